"""Every generated sentence on months is read back by `sentence_checker` and verified against its counts, over drawn series."""

import os
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from sentence_checker import faults

from helpers.settings import editions
from helpers.writing import months

NUMBERS = editions.NumberRules(wan_from=10**12, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                               source="test")
CHANGES = editions.ChangeRules()
RISE = "来电6月最多，达到52件；1月最少，为30件。1月至4月逐月上升，由30件升至40件，升幅33.33%"
MUTATIONS = [("level", 0.09), ("level", 0.11), ("slight", 0.04), ("slight", 0.06), ("clear", 0.12), ("clear", 0.18),
             ("doubled", 1.9), ("doubled", 2.1), ("run_months", 3), ("run_months", 5), ("quarter_run", 4), ("shape_months", 5),
             ("shape_months", 7), ("steady", 0.65), ("steady", 0.75), ("min_tickets", 25), ("min_tickets", 35)]


def drawn(seed):
    """Series of all shapes, without end: counts of 2 to 12 months, some without tickets, some not known."""
    draw = np.random.default_rng(seed)
    while True:
        for shape in SERIES.values():
            n = int(draw.choice([2, 3, 4, 5, 6, 7, 9, 12, 12, 12, 12]))
            counts = np.maximum(1, np.rint(shape(draw, n))).tolist()
            if draw.random() < 0.15:
                counts = [0 if draw.random() < 0.15 else count for count in counts]
            if draw.random() < 0.15:
                counts = [None if draw.random() < 0.15 else count for count in counts]
            yield counts


def step(draw, n):
    return np.where(np.arange(n) < draw.integers(1, n), 800, draw.uniform(500, 1900)) * draw.uniform(0.96, 1.04, n)


def spike(draw, n):
    return 500 * draw.uniform(0.9, 1.1, n) * np.where(np.arange(n) == draw.integers(n), draw.uniform(1.7, 2.5), 1)


def seasonal(draw, n):
    wave = np.sin(2 * np.pi * (np.arange(n) / 12 + draw.random()))
    return 1000 * (1 + draw.uniform(0.02, 0.6) * wave + draw.normal(0, 0.02, n))


def ramp(draw, n):
    return 700 * (1 + draw.uniform(-0.06, 0.12) * np.arange(n) + draw.normal(0, draw.choice([0.003, 0.03, 0.1]), n))


def hump(draw, n):
    distance = np.abs(np.arange(n) - draw.integers(n)) ** 1.3
    return 600 * (1 - draw.choice([-0.02, 0.01, 0.02]) * distance + draw.normal(0, 0.03, n))


def edge(draw, n):
    """Steps at and next to the sizes, so that a size that is a little off is found."""
    return np.cumprod([1000, *draw.choice([0.95, 0.951, 0.96, 0.985, 1.0, 1.01, 1.012, 1.03, 1.05, 2.0], n - 1)])


SERIES = {"seasonal": seasonal, "step": step, "spike": spike, "ramp": ramp, "hump": hump, "edge": edge,
          "plateau": lambda draw, n: 3000 * (1 + draw.uniform(0.08, 0.13) * draw.uniform(-1, 1, n)),
          "noise": lambda draw, n: draw.uniform(40, 900, n),
          "few": lambda draw, n: draw.integers(0, 2 + 80 // n, n)}


def paragraph(counts, sizes=CHANGES):
    monthly = pd.DataFrame({"year": 2020, "month": range(1, len(counts) + 1), "tickets": pd.array(counts, "Float64")})
    return "".join(sentence.printed(NUMBERS) for sentence in months.months(monthly, "", "来电", kind="exact", sizes=sizes))


def wrong(counts, sizes=CHANGES):
    text = paragraph(counts, sizes)
    return [(counts, text, fault) for fault in faults(text, counts)]


@pytest.mark.parametrize("n", [300, pytest.param(int(os.environ.get("HOTLINE_SERIES", 600)),
                                                marks=[pytest.mark.slow, pytest.mark.thorough])])
def test_no_sentence_contradicts_its_counts_or_another(n):
    assert [found for counts in islice(drawn(n), n) for found in wrong(counts)] == []


@pytest.mark.parametrize(("size", "value"), MUTATIONS)
@pytest.mark.slow
def test_the_checker_sees_every_size_that_is_not_the_editions(size, value):
    mutated = CHANGES.model_copy(update={size: value})
    assert any(wrong(counts, mutated) for counts in islice(drawn(3), 6_000))


@pytest.mark.parametrize(("counts", "text"), [
    ([300, 310, 320, 400], "来电4月最多，达到400件；1月最少，为300件。各月基本稳定，月均333件，各月与之最多相差20.30%。"),
    ([30, 35, 38, 40, 39, 52], f"{RISE}，5月回落至39件，降幅2.50%。"),
    ([30, 35, 38, 40, 33, 52], f"{RISE}，5月回落至33件，降幅17.50%。"),
    ([199, 199, 199, 814], "来电4月最多，达到814件；1月至3月最少，均为199件。"),
    ([30, 31, 35, 44], "来电3月最多，达到44件；1月最少，为30件。1月至4月逐月上升，由30件升至44件，升幅46.67%。"),
    ([30, 31, 35, 44], "来电4月最多，达到44件；1月最少，为30件。1月至4月逐月上升。")])
def test_the_checker_refuses_sentences_of_the_old_kind(counts, text):
    assert faults(text, counts)


def test_the_checker_reads_a_paragraph_that_is_right():
    assert faults(f"{RISE}，5月回落至33件，降幅17.50%，6月达到52件，为各月最高。", [30, 35, 38, 40, 33, 52]) == []


def test_a_change_between_months_is_their_difference_over_the_earlier_one():
    monthly = pd.DataFrame({"year": 2020, "month": range(1, 7), "tickets": [300, 330, 360, 400, 410, 520]})
    parts = [part for sentence in months.months(monthly, "来电", "来电", sizes=CHANGES) for part in sentence.parts]
    numbers = [part for part in parts if not isinstance(part, str)]
    changes = [number for number in numbers if number.column == "tickets_change"]
    assert changes
    assert all(number.parts[0] / number.parts[1] == pytest.approx(number.value) for number in changes)
