"""Sentences on labels across categories and on answers that differ."""

import ibis
import pandas as pd
import pytest

from helpers.analysis import replies, tagged
from helpers.cube.counts import PAIRS
from helpers.settings import editions, label_rules, periods
from helpers.writing import label_sentences
from helpers.writing import replies as reply_sentences

NUMBERS = editions.NumberRules(wan_from=10000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                               source="test")
YEAR = periods.parse("year", 2020)


def said(sentences):
    return "".join(sentence.printed(NUMBERS) for sentence in sentences)


def test_the_parts_of_a_label_add_up_to_the_printed_whole():
    """Report 2020, 一: 236.79万件. The simulation's parts of it, as the cube has them."""
    rows = pd.DataFrame([("疫情防控", "新冠疫情", 1049624), (None, None, 637473), ("医疗卫生", "疾病预防", 130286),
                         ("医疗卫生", None, 25487), ("其他类", "其余", 525030)], columns=["category", "subcategory", "tickets"])
    assert rows["tickets"].sum() == 2367900
    assert said(label_sentences.subjects(rows, "按细类看，", 2)) == (
        "按细类看，新冠疫情105.0万件、疾病预防13.0万件，其余细类52.5万件，有类别而没有细类的2.5万件，没有分类的63.7万件，合计236.79万件。")
    assert label_sentences.subjects(rows[rows["subcategory"].isna()], "按细类看，", 2) == []


def test_kinds_and_matters_are_counted_as_the_label_has_them():
    rows = [(2020, 1, "疫情", "出行", "进返京", 5), (2020, 2, "疫情", "出行", "进返京", 2), (2020, 2, "疫情", "出行", "核酸", 1),
            (2020, 2, "疫情", "物资", None, 3), (2019, 2, "疫情", "复课", "开学", 9)]
    table = ibis.memtable(pd.DataFrame(rows, columns=["year", "month", "tag", "tag_kind", "matter", "tickets"]))
    kinds = tagged.kinds(table, YEAR).to_pandas()
    assert kinds.to_dict("list") == {"tag_kind": ["出行", "物资"], "matters": [2, 0], "tickets": [8, 3]}
    assert said(label_sentences.kinds(kinds, 3)) == "归纳为2类2个事项，最多的是出行（8件）、物资（3件）。"
    assert label_sentences.kinds(kinds.head(0), 3) == []


def test_the_example_of_rules_is_valid_and_has_kinds():
    assert all("/" in label for label in label_rules.read("example"))
    assert label_rules.read("example")
    assert label_rules.read("nowhere") == {}


def test_the_share_of_a_label_is_of_all_calls():
    tags = pd.DataFrame({"tag": ["a", "b"], "tickets": [30, 10], "ticket_share": [0.75, 0.25]})
    assert tagged.of_calls(tags, pd.DataFrame({"tickets": [200]}))["ticket_share"].tolist() == [0.15, 0.05]


def test_districts_with_the_most_and_the_fewest_per_resident_are_named():
    rows = pd.DataFrame({"district": ["甲", "乙", "丙", "丁"], "ticket_density": [2.0, 9.5, None, 1.0]})
    assert said(label_sentences.densities(rows, "区")) == "每万常住人口的来电，各区中乙最多，为9.5件，丁最少，为1.0件。"
    assert label_sentences.densities(rows.head(2), "区") == []


def outcome(resolution, satisfaction, valid):
    return pd.DataFrame({"valid": [valid], "resolution_rate": [resolution], "satisfaction_rate": [satisfaction]})


def test_rates_are_only_different_where_chance_does_not_explain_it():
    sentences = label_sentences.compared(outcome(0.5, 0.91, 1000), outcome(0.8, 0.9, 100_000), 0.95)
    assert said(sentences) == "解决率低于全部诉求的80.00%，满意率与全部诉求的90.00%相差在抽样误差之内。"


COUNTS = ["valid", "resolved", "satisfied", "basically", *PAIRS]


def answers(*rows):
    frame = pd.DataFrame([{"year": 2020, "month": 1, **dict.fromkeys(COUNTS, 0), **row} for row in rows])
    return ibis.memtable(frame)


def test_the_two_answers_cross_to_four_counts_that_add_up():
    """100 answers: 60 resolved (of these 50 satisfied, 4 basically), 40 not (of these 10 satisfied, 2 basically)."""
    table = answers({"category": "住房", "valid": 100, "resolved": 60, "satisfied": 60, "basically": 6,
                     "resolved_satisfied": 50, "resolved_basically": 4, "partly_satisfied": 3})
    row = replies.crossed(table, YEAR, 30, "category").to_pandas().iloc[0]
    assert row[["valid", *replies.CROSSED]].tolist() == [100, 54, 6, 12, 28]
    assert row[replies.SHARES].tolist() == [12 / 40, 6 / 60]
    rare = answers({"category": "住房", "valid": 1000, "resolved": 1000, "satisfied": 980, "resolved_satisfied": 980},
                   {"category": "教育", "valid": 100, "resolved": 100, "satisfied": 90, "resolved_satisfied": 90})
    shares = replies.crossed(rare, YEAR, 30, "category").to_pandas()["resolved_discontent_share"]
    assert shares[0] == pytest.approx(0.02)
    assert pd.isna(shares[1])  # 30 of 1,100 are 2.7 of 100
    few = replies.crossed(table, YEAR, 50, "category").to_pandas().iloc[0]
    assert pd.isna(few["unresolved_content_share"])
    assert few["resolved_discontent_share"] == pytest.approx(0.1)


def test_the_city_s_answers_of_2020_that_differ_are_198_thousand_and_33_thousand():
    """Sums of the simulated year: 2607900 valid, 2177490 resolved, 2342819 satisfied, 2144829 both."""
    table = answers({"valid": 2607900, "resolved": 2177490, "satisfied": 2342819, "resolved_satisfied": 2144829})
    whole = replies.crossed(table, YEAR, 30).to_pandas()
    assert said(reply_sentences.crossed(whole)) == (
        "在260.8万件有效回访中，未解决但满意的19.8万件，占未解决的46.00%；已解决但不满意的3.3万件，占已解决的1.50%。")
    assert reply_sentences.crossed(whole.assign(valid=0)) == []


def rows(*shares, n=1000):
    return pd.DataFrame([{"category": name, "unresolved_content": share * n, "unresolved_content_share": share,
                          "resolved_discontent": 0.1 * n, "resolved_discontent_share": 0.1}
                         for name, share in zip("甲乙丙丁", shares, strict=False)])


def test_extremes_are_named_only_beyond_chance_and_of_three_or_more():
    assert said(reply_sentences.extremes(rows(0.2, 0.5, 0.4), "category", "各类问题", 0.95)) == (
        "各类问题中，未解决但满意占未解决的比例，乙最高（50.00%），甲最低（20.00%）。")
    assert reply_sentences.extremes(rows(0.40, 0.41, 0.42), "category", "各类问题", 0.95) == []
    assert reply_sentences.extremes(rows(0.2, 0.5), "category", "各类问题", 0.95) == []
