"""A composite index against the published ASEM index (COINr's example), and what an index's file may say."""

import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from helpers.analysis import composite_index, district_index
from helpers.settings import editions, index_rules, paths
from helpers.settings.errors import UserError
from helpers.settings.index_rules import IndexRules
from helpers.writing import index_sentences

HOUSE = editions.NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                             source="test")


def said(sentences):
    return "".join(sentence.printed(HOUSE) for sentence in sentences)


def test_the_asem_index_is_that_of_coinr():
    """51 countries, 49 indicators: the difference from COINr's own results is 0.0; CHE 68.38, NLD 64.82, DNK 64.80."""
    folder = os.environ.get("HOTLINE_KNOWN_ANSWERS")
    if not folder:
        pytest.skip("HOTLINE_KNOWN_ANSWERS is not set")
    treated = pd.read_csv(Path(folder, "asem_treated.csv")).set_index("UnitCode")
    structure = pd.read_csv(Path(folder, "asem_structure.csv")).set_index("IndCode")
    weights = pd.read_csv(Path(folder, "asem_weights.csv")).set_index("Code")["Weight"].to_dict()
    published = pd.read_csv(Path(folder, "asem_results_first25.csv")).set_index("UnitCode").drop(columns="Year")
    scores = composite_index.scaled(treated[list(structure.index)], (structure["Direction"] > 0).to_dict())
    levels = [structure["Agg1"].to_dict(), *(dict(zip(structure[part], structure[whole], strict=True))
                                            for part, whole in (("Agg1", "Agg2"), ("Agg2", "Agg3")))]
    found, below = [], scores
    for parents in levels:
        below = composite_index.aggregated(below, parents, weights)
        found.append(below)
    mine = pd.concat(found, axis=1)
    assert (mine.loc[published.index, published.columns] - published).abs().max().max() < 1e-10
    assert below["Index"].nlargest(3).round(2).to_dict() == {"CHE": 68.38, "NLD": 64.82, "DNK": 64.80}
    ranks = composite_index.dirichlet_ranks(scores, levels)
    assert (ranks["rank_lower"] <= composite_index.ranks(below["Index"])).mean() > 0.9
    assert ranks.loc["CHE", "rank_lower"] == 1


VALUES = pd.DataFrame({"a": [0.0, 5.0, 10.0], "b": [3.0, 1.0, 2.0], "c": [1.0, None, 3.0]}, index=["甲", "乙", "丙"])


def test_scores_go_from_the_worst_to_the_best_by_direction():
    scores = composite_index.scaled(VALUES, {"a": True, "b": False, "c": True})
    assert scores["a"].tolist() == [0, 50, 100]
    assert scores["b"].tolist() == [0, 100, 50]
    assert scores["c"].fillna(-1).tolist() == [0, -1, 100]


def test_means_weigh_what_is_known_and_a_geometric_one_punishes_a_low_score():
    scores = composite_index.scaled(VALUES, {"a": True, "b": False, "c": True})
    parents, weights = dict.fromkeys("abc", "index"), {"a": 0.5, "b": 0.25, "c": 0.25}
    plain = composite_index.aggregated(scores, parents, weights)["index"]
    assert plain.tolist() == pytest.approx([0, (0.5 * 50 + 0.25 * 100) / 0.75, 0.5 * 100 + 0.25 * 50 + 0.25 * 100])
    geometric = composite_index.aggregated(scores, parents, weights, geometric=True)["index"]
    assert geometric["甲"] == pytest.approx(1)
    assert (geometric <= plain + 1).all()
    assert composite_index.ranks(plain).tolist() == [3, 2, 1]


def test_ranks_that_no_weight_moves_have_no_range_and_others_do():
    sure = pd.DataFrame({"a": [100.0, 50, 0], "b": [100.0, 60, 0]})
    levels = [{"a": "x", "b": "y"}, {"x": "index", "y": "index"}]
    assert composite_index.dirichlet_ranks(sure, levels).to_numpy().tolist() == [[1, 1], [2, 2], [3, 3]]
    torn = pd.DataFrame({"a": [100.0, 0, 40], "b": [0.0, 100, 40]})
    assert composite_index.dirichlet_ranks(torn, levels).loc[0].tolist() == [1, 3]
    without = composite_index.left_out_ranks(torn, {"a": 0.5, "b": 0.5})
    assert without["a"].tolist() == [3, 1, 2]
    assert without["b"].tolist() == [1, 3, 2]


def test_an_indicator_that_is_the_same_everywhere_is_refused_by_name():
    with pytest.raises(UserError, match="'b' is the same in all districts"):
        composite_index.scaled(VALUES.assign(b=1.0), dict.fromkeys("abc", True))


RULES = {"source": "假定", "groups": {"七有": 0.6, "五性": 0.4}, "aspects": {
    "学有所教": {"group": "七有", "source": "假定", "tickets": [{"category": "教育"}], "indicators": [
        {"name": "解决率", "measure": "resolution_rate", "direction": "higher", "source": "假定"},
        {"name": "班额", "file": "x.csv", "column": "size", "direction": "lower", "source": "年鉴"}]},
    "弱有所扶": {"group": "七有", "source": "假定"},
    "安全性": {"group": "五性", "source": "假定", "indicators": [
        {"name": "满意率", "measure": "satisfaction_rate", "direction": "higher", "source": "假定"}]}}}


def changed(*path, value):
    rules = yaml.safe_load(yaml.safe_dump(RULES))
    *way, last = path
    place = rules
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return rules


def test_weights_of_a_whole_are_shared_by_its_parts():
    rules = IndexRules.model_validate(RULES)
    assert rules.weights() == [("七有", "学有所教", "解决率", pytest.approx(0.3)),
                               ("七有", "学有所教", "班额", pytest.approx(0.3)), ("五性", "安全性", "满意率", pytest.approx(0.4))]
    assert rules.is_assumed


@pytest.mark.parametrize(("rules", "words"), [
    (changed("groups", value={"七有": 0.6, "五性": 0.6}), "groups: weights must add to 1, not to 1.2"),
    (changed("groups", value={"七有": 0.6, "五性": None}), "'五性' has no weight"),
    (changed("aspects", "安全性", "group", value="六好"), "group '六好' is none of 七有、五性"),
    (changed("aspects", "安全性", "tickets", value=[{"category": "教育"}]), "is in several aspects"),
    (changed("aspects", "学有所教", "indicators", 0, "measure", value=None), "name a measure, or a file"),
    (changed("aspects", "学有所教", "indicators", 0, "weight", value=0.5), "indicators of 学有所教: '班额' has no weight")])
def test_a_file_that_does_not_add_up_is_refused_with_the_place(rules, words):
    with pytest.raises(ValueError, match=words):
        IndexRules.model_validate(rules)


def test_a_missing_direction_is_named_with_its_key(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    paths.index("town-2020").parent.mkdir()
    text = yaml.safe_dump(changed("aspects", "学有所教", "indicators", 0, "direction", value=None), allow_unicode=True)
    paths.index("town-2020").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"aspects\.学有所教\.indicators\.0\.direction' is missing"):
        index_rules.read("town-2020")
    assert index_rules.read("town-2019") is None


def test_assumed_weights_are_not_for_the_public():
    assert "不得公开" in district_index.missing_reason("beijing-2020", "public", weighted=True)
    assert district_index.missing_reason("beijing-2020", "internal", weighted=True) == ""
    assert district_index.missing_reason("beijing-2020", "public", weighted=False) == ""
    assert "没有" in district_index.missing_reason("pingshan-2018", "internal", weighted=False)


def test_the_twelve_of_beijing_stand_in_their_order():
    """The order in which the names are public: 七有, then 五性."""
    rules = index_rules.read("beijing-2020")
    assert list(rules.aspects) == ["幼有所育", "学有所教", "劳有所得", "病有所医", "老有所养", "住有所居", "弱有所扶",
                                   "便利性", "宜居性", "多样性", "公正性", "安全性"]


def test_a_rank_whose_range_spans_more_than_half_is_not_printed():
    values = pd.DataFrame({("学有所教", "解决率"): [1.0, 0.1, 0.5, 0.0, 0.6],
                           ("学有所教", "班额"): [20.0, 50.0, 40.0, 60.0, 39.0],
                           ("安全性", "满意率"): [0.1, 1.0, 0.5, 0.0, 0.6]}, index=list("甲乙丙丁戊"))
    index = district_index._index(IndexRules.model_validate(RULES), values, HOUSE)
    rows = index.districts.set_index("district")
    spans = rows["index_rank_upper"] - rows["index_rank_lower"]
    assert (rows["index_rank"].isna() == (spans > 2.5)).all()
    assert rows.loc["丁"].tolist()[1:] == [5, 5, 5, 5]
    last = rows[rows["index_rank"].isna()]
    assert rows.tail(len(last)).index.tolist() == [name for name in "甲乙丙丁戊" if name in last.index]
    assert last["geometric_rank"].isna().all()
    assert 0 < len(last) < 5
    assert index.indicators.query("district == '甲'")["indicator_value"].tolist() == ["100.00%", "20.0", "10.00%"]
    assert "考核成绩" not in said(index_sentences.certain(index.districts, "区"))
    aspects, _ = district_index.of_district(index, "丁")
    assert aspects["aspect_rank"].tolist() == [5, 5]


def test_aspects_are_named_by_their_rates_and_what_has_none_is_said():
    rates = pd.DataFrame({"aspect": ["甲", "乙", "丙", "丁"], "valid": [1000, 1000, 1000, None],
                          "resolution_rate": [0.5, 0.9, 0.7, None], "satisfaction_rate": [0.80, 0.81, 0.82, None]})
    assert said(index_sentences.aspects(rates, 0.95)) == (
        "按细类与各方面的对应（假定）统计，解决率最高的是乙90.00%，最低的是甲50.00%。丁没有相应的细类，不列。")
    assert index_sentences.aspects(pd.DataFrame(columns=["aspect"]), 0.95) == []


def test_an_outside_column_is_read_by_district_and_a_missing_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    (tmp_path / "reference").mkdir()
    wanted = index_rules.Indicator(name="班额", file="schools.csv", column="size", direction="lower", source="年鉴")
    with pytest.raises(UserError, match=r"schools\.csv is not there: the indicator '班额' needs it"):
        district_index._values(pd.DataFrame(), wanted, pd.DataFrame())
    paths.reference("schools.csv").write_text("district,size\n甲区,40\n乙区,35\n", encoding="utf-8")
    assert district_index._values(pd.DataFrame(), wanted, pd.DataFrame()).to_dict() == {"甲区": 40, "乙区": 35}
    with pytest.raises(UserError, match="has no column 'pupils'"):
        district_index._values(pd.DataFrame(), wanted.model_copy(update={"column": "pupils"}), pd.DataFrame())


def test_a_density_is_per_ten_thousand_residents():
    rates = pd.DataFrame({"district": ["甲区", "乙区", None], "assessed": [50, 30, 9], "resolution_rate": [0.5, 0.6, 0.1]})
    places = pd.DataFrame({"district": ["甲区"], "residents": [100_000]})
    wanted = index_rules.Indicator(name="件数", measure="assessed_density", direction="lower", source="假定")
    found = district_index._values(rates, wanted, places)
    assert found["甲区"] == 5
    assert pd.isna(found["乙区"])
