"""Cells of every chapter run twice, and again from the last to the first, as a researcher runs them in JupyterLab."""

import random
from datetime import datetime, timedelta

import nbformat
import pyarrow as pa
import pytest
from support.home import inside

from helpers.settings import editions, paths
from helpers.tickets import schema

NEEDS_MORE = ("00-", "90-", "07-index", "07-early-warning")  # a printed report, an index's file, or years of history
NOTEBOOKS = sorted(file for file in paths.NOTEBOOKS.glob("[!.]*.ipynb") if not file.name.startswith(NEEDS_MORE))
PLACES = {"朝阳区": ["望京街道", "麦子店街道"], "海淀区": ["学院路街道", "清河街道"]}
SECTION = {"district": "海淀区", "category": "住房", "others": "district"}
OWNERS = {"municipal_agency": "市水务局", "state_owned_enterprise": "自来水集团", "district_department": "区城管委"}


def drawn(year, count=600):
    """Tickets of a small year: two districts, each kind of owner, answers, closing and due times."""
    chance = random.Random(year)
    for number in range(count):
        received = datetime(year, 1, 1) + timedelta(hours=chance.randrange(8700))
        district = chance.choice([*PLACES])
        subdistrict, level = chance.choice(PLACES[district]), chance.choice(["subdistrict", *OWNERS])
        within = level in ("subdistrict", "district_department")
        yield {
            "ticket_id": str(number), "received_at": received, "channel": chance.choice(["phone", "web"]), "kind": "request",
            "source": "热线", "category": chance.choice(["疫情防控", "住房", "教育", None]),
            "subcategory": chance.choice(["甲", "乙"]),
            "topic": chance.choice(["丙", None]), "tags": ["epidemic"] * (number % 3 == 0), "handling": "dispatched",
            "owner_level": level, "dispatches": 1,
            "owner": OWNERS.get(level, subdistrict), "district": district if within else None,
            "subdistrict": subdistrict if level == "subdistrict" else None, "assessment": "full", "reached": True,
            "contacted": True, "resolved": chance.choice(["resolved", "unresolved"]),
            "satisfied": chance.choice(["satisfied", "dissatisfied"]), "dispatched_at": received,
            "due_at": received + timedelta(days=3), "closed_at": received + timedelta(days=chance.randrange(6))}


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    with inside(tmp_path_factory.mktemp("home")):
        for year in (2019, 2020):
            rows = pa.RecordBatch.from_pylist([*drawn(year)], schema=schema.SCHEMA)
            schema.write(editions.read("beijing", year), [rows], data="export", source="t", digest=str(year))
        yield


def run(cell, names):
    exec(compile(cell.source, cell.id, "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_every_cell_runs_twice_and_in_reverse_order(years, notebook):
    setup, *cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    names = {}
    run(setup, names)
    names.update({name: value for name, value in SECTION.items() if name in names})
    for cell in cells:
        run(cell, names)
        run(cell, names)
    for cell in reversed(cells):
        run(cell, names)
