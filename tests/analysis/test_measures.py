import ibis
import pandas as pd
import pytest

from helpers.analysis import measures
from helpers.cube import selections
from helpers.settings import periods
from helpers.settings.editions import AnswerWeights

YEAR = periods.parse("year", 2020)
ANSWERS = AnswerWeights(resolved={"resolved": 1, "partly": 0.5, "unresolved": 0},
                  satisfied={"satisfied": 1, "basically": 0.9, "dissatisfied": 0}, source="assumed")


def calls(*rows, keys=("category",)):
    """A table of the cube from rows of keys, year, month, tickets."""
    schema = dict.fromkeys(keys, "string") | {"year": "int32", "month": "int32", "tickets": "int64"}
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def answer(table):
    """The rows as plain values; a null is None, so that NaN or infinity would not pass for it."""
    return [tuple(row.values()) for row in table.to_pyarrow().to_pylist()]


def test_volume_stands_largest_first_then_by_name_and_the_unknown_last():
    table = calls((None, 2020, 1, 90), ("教育", 2020, 1, 5), ("住房", 2020, 2, 5), ("住房", 2020, 1, 0),
                  ("交通", 2020, 3, 7))
    assert answer(measures.volume(table, YEAR, "category").select("category", "tickets")) == [
        ("交通", 7), ("住房", 5), ("教育", 5), (None, 90)]


def test_the_unknown_counts_in_the_denominator_of_shares():
    table = calls(("教育", 2020, 1, 1), (None, 2020, 12, 3))
    assert answer(measures.volume(table, YEAR, "category").select("category", "ticket_share")) == [
        ("教育", 0.25), (None, 0.75)]


def test_a_share_within_a_district_is_of_that_district():
    table = calls(("东城区", "甲", 2020, 1, 1), ("东城区", "乙", 2020, 1, 3), ("西城区", "甲", 2020, 1, 4),
                  (None, "甲", 2020, 1, 1), (None, None, 2020, 1, 1), keys=("district", "subdistrict"))
    shares = measures.volume(table, YEAR, ["district", "subdistrict"], within="district")
    assert answer(shares.select("district", "subdistrict", "ticket_share")) == [
        ("西城区", "甲", 1.0), ("东城区", "乙", 0.75), ("东城区", "甲", 0.25), (None, "甲", 0.5), (None, None, 0.5)]


def test_tickets_outside_the_period_are_not_counted():
    table = calls(("教育", 2019, 12, 1), ("教育", 2020, 7, 2), ("教育", 2020, 9, 4), ("教育", 2020, 10, 8),
                  ("住房", 2020, 6, 9))
    assert answer(measures.volume(table, periods.parse("Q3", 2020), "category").select("category", "tickets")) == [
        ("教育", 6)]


def test_a_change_is_the_fraction_of_what_was_before():
    table = calls(("教育", 2020, 1, 3), ("教育", 2019, 1, 4))
    assert answer(measures.volume(table, YEAR, "category", base=YEAR.back(12))) == [("教育", 3, 1.0, 4, -0.25)]


def test_an_entity_new_in_a_covered_base_had_none_and_has_no_change():
    table = calls(("疫情", 2020, 1, 6), ("教育", 2020, 1, 4), ("教育", 2019, 1, 4))
    assert answer(measures.volume(table, YEAR, "category", base=YEAR.back(12))) == [
        ("疫情", 6, 0.6, 0, None), ("教育", 4, 0.4, 4, 0.0)]


def test_an_entity_that_ended_before_the_period_has_no_row_and_no_share():
    table = calls(("教育", 2020, 1, 4), ("旧类", 2019, 1, 4))
    assert answer(measures.volume(table, YEAR, "category", base=YEAR.back(12))) == [("教育", 4, 1.0, 0, None)]


def test_a_base_that_was_not_loaded_is_unknown_and_not_zero():
    table = calls(("教育", 2020, 1, 3))
    assert answer(measures.volume(table, YEAR, "category", base=YEAR.back(12))) == [("教育", 3, 1.0, None, None)]


def test_a_base_that_is_loaded_in_part_is_unknown():
    table = calls(("教育", 2020, 1, 3), ("教育", 2020, 2, 5))
    base = periods.Period(2019 * 12 + 11, 2)  # December 2019 and January 2020
    assert answer(measures.volume(table, periods.parse("M02", 2020), "category", base=base)) == [
        ("教育", 5, 1.0, None, None)]


def test_a_month_without_tickets_in_a_loaded_year_is_a_base_of_zero():
    table = calls(("教育", 2018, 3, 3), ("教育", 2018, 6, 5))
    volume = measures.volume(table, periods.parse("M06", 2018), "category", base=periods.parse("M05", 2018))
    assert answer(volume) == [("教育", 5, 1.0, 0, None)]


def test_a_base_that_overlaps_the_period_counts_its_months_in_both():
    table = calls(("教育", 2020, 1, 1), ("教育", 2020, 2, 2), ("教育", 2020, 3, 4))
    volume = measures.volume(table, periods.parse("M02..M03", 2020), base=periods.parse("M01..M02", 2020))
    assert answer(volume.select("tickets", "tickets_before")) == [(6, 3)]


def test_without_keys_the_total_is_one_row_even_where_there_is_nothing():
    table = calls(("教育", 2020, 1, 3))
    assert answer(measures.volume(table, periods.parse("M04", 2020), base=periods.parse("M01", 2020))) == [
        (0, None, 3, -1.0)]


def test_counts_are_integers_and_the_columns_are_those_of_the_docstring():
    schema = measures.volume(calls(("教育", 2020, 1, 3)), YEAR, "category", base=YEAR.back(12)).schema()
    assert dict(schema.items()) == {"category": ibis.dtype("string"), "tickets": ibis.dtype("int64"),
                                    "ticket_share": ibis.dtype("float64"), "tickets_before": ibis.dtype("int64"),
                                    "tickets_change": ibis.dtype("float64")}


def test_months_without_tickets_are_zero_for_known_and_unknown_entities():
    table = calls(("教育", 2020, 1, 3), ("教育", 2020, 1, 1), (None, 2020, 3, 2), ("住房", 2020, 4, 1))
    assert answer(measures.monthly(table, periods.parse("Q1", 2020), "category")) == [
        ("教育", 2020, 1, 4), ("教育", 2020, 2, 0), ("教育", 2020, 3, 0),
        (None, 2020, 1, 0), (None, 2020, 2, 0), (None, 2020, 3, 2)]


def test_months_stand_in_order_over_the_turn_of_the_year():
    table = calls(("教育", 2019, 12, 3), ("教育", 2020, 2, 1))
    assert answer(measures.monthly(table, periods.Period(2019 * 12 + 11, 3))) == [
        (2019, 12, 3), (2020, 1, 0), (2020, 2, 1)]


def test_months_of_a_year_that_was_not_loaded_are_unknown_and_not_zero():
    table = calls(("教育", 2020, 2, 1))
    assert answer(measures.monthly(table, periods.Period(2019 * 12 + 11, 3), "category")) == [
        ("教育", 2019, 12, None), ("教育", 2020, 1, 0), ("教育", 2020, 2, 1)]


def test_months_are_complete_where_a_loaded_years_period_has_no_ticket():
    assert answer(measures.monthly(calls(("教育", 2018, 6, 1)), periods.parse("M04..M05", 2018))) == [
        (2018, 4, 0), (2018, 5, 0)]


def outcomes(**columns):
    names = ("assessed", "reached", "contacted", "contact_known", "valid", "resolved", "partly", "unresolved",
             "satisfied", "basically", "dissatisfied")
    rows = len(columns["month"])
    frame = pd.DataFrame({name: [0] * rows for name in names} | {"year": [2020] * rows} | columns)
    return ibis.memtable(frame).cast({"year": "int32", "month": "int32"} | dict.fromkeys(names, "int64"))


def test_rates_weigh_the_levels_of_answers_over_valid_tickets():
    table = outcomes(month=[1], assessed=[20], reached=[15], valid=[10], contact_known=[8], contacted=[6],
                     resolved=[5], partly=[2], unresolved=[3], satisfied=[4], basically=[5], dissatisfied=[1])
    assert answer(measures.rates(table, YEAR, ANSWERS)) == [(20, 15, 10, 8, 0.75, 0.6, 0.85)]


def test_rates_of_a_year_pool_its_months_and_are_not_the_mean_of_their_rates():
    table = outcomes(month=[1, 2, 2], assessed=[1, 3, 9], valid=[1, 3, 0], resolved=[1, 0, 0], satisfied=[1, 2, 0])
    assert answer(measures.rates(table, YEAR, ANSWERS).select("assessed", "resolution_rate", "satisfaction_rate")) == [
        (13, 0.25, 0.75)]


def test_rates_without_answers_are_null():
    table = outcomes(month=[1], assessed=[4], reached=[2], district=["东城区"])
    assert answer(measures.rates(table, YEAR, ANSWERS, "district")) == [("东城区", 4, 2, 0, 0, None, None, None)]


def test_monthly_rates_stand_by_entity_year_and_month():
    table = outcomes(month=[2, 1, 1], district=["甲", "甲", None], valid=[1, 1, 1], resolved=[0, 1, 1])
    rates = measures.monthly_rates(table, YEAR, ANSWERS, "district")
    assert answer(rates.select("district", "year", "month", "resolution_rate")) == [
        ("甲", 2020, 1, 1.0), ("甲", 2020, 2, 0.0), (None, 2020, 1, 1.0)]


def funnels(*rows):
    names = ("handling", "exclusion", "tickets", "assessed", "reached", "valid")
    types = ("string", "string", "int64", "int64", "int64", "int64")
    schema = dict(zip(names, types, strict=True)) | {"year": "int32", "month": "int32"}
    return ibis.memtable([dict(zip(names, row, strict=True), year=2020, month=1) for row in rows], schema=schema)


def test_the_funnel_leads_from_calls_to_valid_answers():
    table = funnels(("answered", None, 60, 0, 0, 0), ("dispatched", None, 30, 30, 24, 18),
                    ("dispatched", "duplicate", 6, 0, 0, 0), ("dispatched", "petition_or_litigation", 3, 0, 0, 0),
                    ("dispatched", "测试", 1, 0, 0, 0))
    assert measures.funnel(table, YEAR).to_pyarrow().to_pylist() == [{
        "calls": 100, "answered": 60, "dispatched": 40, "duplicates": 6, "petitions": 3, "otherwise_excluded": 1,
        "excluded": 10, "assessed": 30, "reached": 24, "valid": 18, "answered_share": 0.6, "dispatched_share": 0.4,
        "excluded_share": 0.25, "assessed_share": 0.75, "reached_share": 0.8, "valid_share": 0.75}]


def test_a_funnel_without_known_handling_says_unknown_and_not_zero():
    funnel = measures.funnel(funnels((None, None, 5, 2, 0, 0)), YEAR)
    assert answer(funnel.select("calls", "answered", "dispatched", "answered_share", "assessed", "valid_share")) == [
        (5, None, None, None, 2, None)]


def test_an_empty_period_has_a_funnel_of_zeros_and_no_shares():
    funnel = measures.funnel(funnels(("answered", None, 5, 0, 0, 0)), YEAR.back(12))
    assert answer(funnel.select("calls", "valid", "reached_share")) == [(0, 0, None)]


def durations(*rows):
    schema = {"district": "string", "days": "int32", "tickets": "int64", "due": "int64", "on_time": "int64"}
    full = schema | {"year": "int32", "month": "int32"}
    return ibis.memtable([dict(zip(schema, row, strict=True), year=2020, month=1) for row in rows], schema=full)


@pytest.mark.parametrize(("histogram", "median"), [
    ({1: 1, 2: 1, 9: 1}, 2.0), ({1: 1, 2: 1, 9: 2}, 5.5), ({1: 2, 9: 2}, 5.0), ({1: 3, 9: 2}, 1.0), ({7: 1}, 7.0),
    ({0: 2, 3: 1, 4: 1}, 1.5)])
def test_the_median_is_the_middle_one_or_the_mean_of_the_two_in_the_middle(histogram, median):
    table = durations(*((None, days, tickets, 0, 0) for days, tickets in histogram.items()))
    assert answer(measures.timeliness(table, YEAR).select("days_median")) == [(median,)]


def test_timeliness_knows_only_what_is_closed_or_due():
    table = durations(("东城区", 2, 3, 2, 1), ("东城区", None, 9, 2, 0), ("东城区", 6, 1, 0, 0), (None, None, 5, 0, 0))
    assert answer(measures.timeliness(table, YEAR, "district")) == [
        ("东城区", 4, 4, 1, 0.25, 3.0, 2.0), (None, 0, 0, 0, None, None, None)]


def test_the_same_days_in_several_months_are_one_step_of_the_histogram():
    table = durations(("甲", 1, 1, 0, 0), ("甲", 1, 2, 0, 0), ("甲", 5, 4, 0, 0))
    assert answer(measures.timeliness(table, YEAR).select("closed", "days_median")) == [(7, 5.0)]


def test_the_first_of_each_district_are_named_ones():
    table = calls(("甲", "一", 2020, 1, 3), ("甲", "二", 2020, 1, 4), ("甲", None, 2020, 1, 9),
                  ("乙", "三", 2020, 1, 1), (None, "四", 2020, 1, 8), keys=("district", "subdistrict"))
    volume = measures.volume(table, YEAR, ["district", "subdistrict"])
    assert answer(measures.top(volume, 1, "district").select("district", "subdistrict", "tickets")) == [
        ("甲", "二", 4), ("乙", "三", 1)]
    assert answer(measures.top(volume, 2).select("subdistrict")) == [("二",), ("一",)]


def test_listed_are_named_ones_with_the_least_number_and_more():
    table = calls(("甲", 2020, 1, 9), ("乙", 2020, 1, 10), ("丙", 2020, 1, 11), (None, 2020, 1, 99))
    volume = measures.volume(table, YEAR, "category")
    assert answer(measures.at_least(volume, 10).select("category")) == [("丙",), ("乙",)]


def test_where_asks_for_a_value_or_for_the_unknown():
    table = calls(("municipal_agency", "市公安局", 2020, 1, 3), (None, "河湖处", 2020, 1, 4), keys=("owner_level", "owner"))
    assert answer(selections.rows_where(table, owner_level="municipal_agency").select("owner")) == [("市公安局",)]
    assert answer(selections.rows_where(table, owner_level=None).select("owner")) == [("河湖处",)]


def test_a_ticket_of_unknown_handling_was_dispatched():
    table = calls(("answered", 2020, 1, 1), ("dispatched", 2020, 1, 2), (None, 2020, 1, 4), keys=("handling",))
    assert sorted(answer(selections.dispatched(table).select("tickets"))) == [(2,), (4,)]


def test_a_ticket_of_unknown_owner_level_counts_as_the_subdistricts():
    table = calls(("district_department", 2020, 1, 1), ("subdistrict", 2020, 1, 2), (None, 2020, 1, 4), keys=("owner_level",))
    assert sorted(answer(selections.by_subdistricts(table).select("tickets"))) == [(2,), (4,)]


def test_districts_answer_for_their_departments_and_subdistricts_and_for_no_agency():
    table = calls(("district_department", "东城区", 2020, 1, 1), ("subdistrict", "东城区", 2020, 1, 2),
                  ("municipal_agency", "东城区", 2020, 1, 4), (None, "西城区", 2020, 1, 8), keys=("owner_level", "district"))
    assert sorted(answer(selections.in_districts(table).select("tickets"))) == [(1,), (2,), (8,)]
    assert sorted(answer(selections.in_districts(table, ["东城区"]).select("tickets"))) == [(1,), (2,)]


def test_a_district_without_residents_has_no_number_per_head():
    calls = ibis.memtable({"district": ["甲区", "乙区", None], "tickets": [30, 10, 5]})
    places = pd.DataFrame({"district": ["甲区", "丙区"], "residents": [20_000, 1]})
    answer = measures.per_residents(calls, places).to_pandas()
    assert answer["district"].tolist()[:2] == ["甲区", "乙区"]
    assert answer["ticket_density"].tolist()[0] == 15
    assert answer["ticket_density"].isna().tolist() == [False, True, True]
    assert answer["tickets"].tolist() == [30, 10, 5]


def test_without_any_places_nothing_is_reckoned_per_head():
    calls = ibis.memtable({"district": ["甲区"], "tickets": [30]})
    assert measures.per_residents(calls, pd.DataFrame()).to_pandas()["ticket_density"].isna().all()
