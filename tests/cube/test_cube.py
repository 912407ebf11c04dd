import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import combinations

import ibis
import pyarrow as pa
import pytest
import yaml
from support.tickets import counted, drawn

from helpers.cube import counts, cube, selections
from helpers.settings import editions, label_rules, paths, periods
from helpers.settings.errors import UserError
from helpers.tickets import parquet, schema

YEAR = periods.parse("year", 2020)
TAKEN_FROM = paths.edition("beijing", 2020)


@pytest.fixture
def city(tmp_path, monkeypatch):
    """Return a function that writes an edition and tickets of a year of `town`, in a folder of the test's own."""
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    monkeypatch.setattr(paths, "EDITIONS", tmp_path / "data" / "editions")
    paths.EDITIONS.mkdir(parents=True)

    def write(year, *rows, month_starts_on=1, data="simulated", digest="1"):
        edition = yaml.safe_load(TAKEN_FROM.read_text(encoding="utf-8"))
        edition |= {"city": "town", "year": year, "simulation": None}
        edition["assessment"]["month_starts_on"] = month_starts_on
        paths.edition("town", year).write_text(yaml.safe_dump(edition), encoding="utf-8")
        batch = table_of(rows).to_batches()
        schema.write(editions.read("town", year), batch, data=data, source="by hand", digest=digest)

    return write


def table_of(rows):
    blank = dict.fromkeys(schema.SCHEMA.names) | {"tags": []}
    full = [blank | {"ticket_id": str(place)} | row | {"received_at": datetime.fromisoformat(row["received_at"])}
            for place, row in enumerate(rows)]
    return pa.Table.from_pylist(full, schema=schema.SCHEMA)


def asked(table, *rows, month_starts_on=1):
    """The rows of one table of the cube, made of some tickets, as plain values."""
    return [tuple(row.values()) for row in counted(table_of(rows), month_starts_on)[table].to_pylist()]


def at(day="2020-01-01", **columns):
    return {"received_at": day} | columns


def closed(received, shut, **columns):
    return at(received, closed_at=datetime.fromisoformat(shut), **columns)


def test_channels_are_counted_by_month_with_the_unknown_last():
    rows = [at("2020-02-29", channel="web"), at("2020-02-01", channel="phone", source="12345"), at("2020-02-01"),
            at("2020-02-02", channel="web"), at("2020-01-31T23:59:59", channel="web")]
    assert asked("channels", *rows) == [
        (2020, 1, "web", None, None, None, 1), (2020, 2, "phone", "12345", None, None, 1),
        (2020, 2, "web", None, None, None, 2), (2020, 2, None, None, None, None, 1)]


def test_calls_are_all_tickets_by_handling_and_category_down_to_the_topic():
    rows = [at(handling="answered", category="教育"), at(handling="dispatched", category="教育", subcategory="入学"),
            at(handling="dispatched", category="教育", subcategory="入学", topic="积分")]
    assert asked("calls", *rows) == [
        (2020, 1, "answered", "教育", None, None, 1), (2020, 1, "dispatched", "教育", "入学", "积分", 1),
        (2020, 1, "dispatched", "教育", "入学", None, 1)]


def test_a_ticket_counts_once_for_each_of_its_tags():
    assert asked("tags", at(tags=["epidemic", "复工"]), at(tags=["epidemic"]), at(tags=[]), at(tags=None)) == [
        (2020, 1, "epidemic", None, None, None, 2), (2020, 1, "复工", None, None, None, 1)]


def test_a_label_counts_once_however_many_of_its_matters_a_ticket_has():
    rows = [at(tags=["疫情/出行/进返京", "疫情/出行/核酸", "疫情"], category="卫生"), at(tags=["疫情/物资"]), at(tags=["疫情"]),
            at("2020-02-01", tags=["疫情/出行/核酸", "涉外"])]
    assert asked("tags", *rows) == [(2020, 1, "疫情", None, "卫生", None, 1), (2020, 1, "疫情", None, None, None, 2),
                                    (2020, 2, "涉外", None, None, None, 1), (2020, 2, "疫情", None, None, None, 1)]
    assert asked("tag_kinds", *rows) == [(2020, 1, "疫情", "出行", "核酸", 1), (2020, 1, "疫情", "出行", "进返京", 1),
                                         (2020, 1, "疫情", "物资", None, 1), (2020, 2, "疫情", "出行", "核酸", 1)]


def test_a_label_has_districts_owners_and_outcomes_like_all_tickets():
    done = {"tags": ["疫情"], "handling": "dispatched", "owner_level": "subdistrict", "district": "东城区", "subdistrict": "甲",
            "owner": "甲", "assessment": "full", "resolved": "resolved", "satisfied": "dissatisfied"}
    rows = [at(**done), at(**done | {"resolved": None}), at(**done | {"tags": []}), at(tags=["疫情"], handling="answered")]
    place = (2020, 1, "疫情", "subdistrict", "东城区")
    assert asked("tag_areas", *rows) == [(*place, "甲", 2)]
    assert asked("tag_owners", *rows) == [(*place, "甲", 2)]
    ((*found, assessed, _reached, _contacted, _known, valid),) = [row[:12] for row in asked("tag_outcomes", *rows)]
    assert (*found, assessed, valid) == (*place, "甲", "甲", 2, 1)


def test_a_ticket_has_a_label_by_itself_or_by_a_kind_or_matter_of_it():
    tags = [["疫情"], ["涉外", "疫情/出行"], ["疫情/出行/核酸"], ["疫情后"], ["后疫情/出行"], [], None]
    rows = ibis.memtable(table_of([at(tags=each) for each in tags]))
    found = rows.select("ticket_id", has=selections.has_tag(rows, "疫情")).order_by("ticket_id").to_pyarrow()
    assert found["has"].to_pylist() == [True, True, True, False, False, False, False]


def test_rules_add_labels_to_tickets_that_lack_them():
    subject = label_rules.Subject
    rules = {"疫情": label_rules.LabelRule(source="假定", tickets=[subject(category="卫生"), subject(topic="核酸")]),
             "教培": label_rules.LabelRule(source="假定", tickets=[subject(category="教育", subcategory="办学")])}
    rows = [at(category="卫生", tags=["疫情"]), at(category="卫生", tags=None), at(topic="核酸", tags=["其他"]),
            at(category="教育", subcategory="办学"), at(category="教育"), at()]
    found = schema.labelled(ibis.memtable(table_of(rows)), rules).select("ticket_id", "tags").order_by("ticket_id").to_pyarrow()
    assert found["tags"].to_pylist() == [["疫情"], ["疫情"], ["其他", "疫情"], ["教培"], [], []]


def test_a_cube_is_built_again_when_the_rules_of_labels_change(city):
    city(2020, at(category="住房"))
    cube.build(editions.read("town", 2020))
    paths.labels("town").parent.mkdir()
    paths.labels("town").write_text("labels: {居住: {source: 假定, tickets: [{category: 住房}]}}", encoding="utf-8")
    assert cube.build(editions.read("town", 2020))
    assert cube.load(editions.read("town", 2020), YEAR).tags.to_pandas()["tag"].tolist() == ["居住"]


@pytest.mark.parametrize(("text", "words"), [
    ("labels: {居住: {tickets: [{category: 住房}]}}", "labels.居住.source"),
    ("labels: {居住: {source: 假定, tickets: [{}]}}", "name a category, a subcategory or a topic"),
    ("labels: {居住: {source: 假定, tickets: [{categry: 住房}]}}", "Did you mean 'category'")])
def test_rules_of_labels_that_are_not_valid_are_refused_with_the_key(city, text, words):
    city(2020, at())
    paths.labels("town").parent.mkdir()
    paths.labels("town").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=words):
        cube.build(editions.read("town", 2020))


def test_monday_is_the_first_day_of_the_week_and_hours_begin_at_zero():
    rows = [at("2020-03-02T00:00:00"), at("2020-03-08T23:59:59"), at("2020-03-09T00:30:00")]
    assert asked("hours", *rows) == [(2020, 3, 1, 0, 2), (2020, 3, 7, 23, 1)]


def test_days_count_the_tickets_with_a_time_of_their_own_apart_from_those_at_midnight():
    rows = [at("2020-03-02"), at("2020-03-02T00:00:01"), at("2020-03-02T09:30:00"), at("2020-03-31")]
    assert asked("days", *rows) == [(2020, 3, 2, 3, 2), (2020, 3, 31, 1, 0)]


def test_areas_are_the_districts_base():
    rows = [at(handling="dispatched", owner_level="subdistrict", district="东城区", subdistrict="甲", category="教育"),
            at(handling="dispatched", owner_level="district_department", district="东城区"),
            at(handling="dispatched", owner_level="municipal_agency", district="东城区"),
            at(handling="dispatched", owner_level="state_owned_enterprise", district="东城区"),
            at(handling="answered", district="东城区"), at(district="西城区")]
    assert asked("areas", *rows) == [
        (2020, 1, "district_department", "东城区", None, None, 1), (2020, 1, "subdistrict", "东城区", "甲", "教育", 1),
        (2020, 1, None, "西城区", None, None, 1)]


def test_owners_are_those_of_dispatched_tickets():
    rows = [at(handling="dispatched", owner_level="municipal_agency", owner="交管局"), at(owner="交管局"),
            at(handling="answered", owner="交管局"), at(handling="dispatched", owner_level="municipal_agency")]
    assert asked("owners", *rows) == [
        (2020, 1, "municipal_agency", None, "交管局", 1), (2020, 1, None, None, "交管局", 1)]


def test_the_funnel_holds_all_tickets_and_the_assessed_reached_and_valid_among_them():
    rows = [at(assessment="full", reached=True, resolved="resolved", satisfied="satisfied"),
            at(assessment="full", reached=True, resolved="resolved"),
            at(assessment="response_only", reached=False),
            at(assessment="none", reached=True, resolved="resolved", satisfied="satisfied"),
            at(reached=True), at(exclusion="duplicate", handling="dispatched")]
    assert asked("funnel", *rows) == [
        (2020, 1, "dispatched", None, "duplicate", 1, 0, 0, 0), (2020, 1, None, None, None, 5, 3, 2, 1)]


def test_outcomes_count_answers_of_valid_tickets_only():
    assessed = {"assessment": "full", "reached": True, "contacted": True}
    rows = [at(**assessed, resolved="resolved", satisfied="basically"),
            at(**assessed | {"contacted": None}, resolved="partly", satisfied="dissatisfied"),
            at(**assessed | {"contacted": False}, resolved="unresolved", satisfied="satisfied"),
            at(**assessed, resolved="resolved"), at(**assessed | {"reached": False}, satisfied="satisfied"),
            at(**assessed | {"assessment": "none"}, resolved="resolved", satisfied="satisfied")]
    expected = {"assessed": 5, "reached": 4, "contacted": 1, "contact_known": 2, "valid": 3, "resolved": 1, "partly": 1,
              "unresolved": 1, "satisfied": 1, "basically": 1, "dissatisfied": 1}
    expected |= dict.fromkeys(counts.PAIRS, 0) | dict.fromkeys(
        ("resolved_basically", "resolved_contacted", "basically_contacted"), 1)
    outcomes = counted(table_of(rows))["outcomes"].to_pylist()
    unit = dict.fromkeys(("owner_level", "district", "subdistrict", "owner"))
    assert outcomes == [{"year": 2020, "month": 1} | unit | expected]


@pytest.mark.parametrize(("day", "month"), [
    ("2020-11-18T23:59:59", (2020, 11)), ("2020-11-19", (2020, 12)), ("2020-12-18", (2020, 12)),
    ("2020-12-19", (2021, 1)), ("2020-01-18", (2020, 1)), ("2020-12-31", (2021, 1))])
def test_an_assessment_month_starts_on_the_19th_of_the_month_before(day, month):
    row = at(day, assessment="full")
    assert asked("outcomes", row, month_starts_on=19)[0][:2] == month
    assert asked("outcomes", row, month_starts_on=1)[0][:2] == (2020, int(day[5:7]))
    assert asked("funnel", row, month_starts_on=19)[0][:2] == (2020, int(day[5:7]))


def test_durations_are_whole_calendar_days():
    rows = [closed("2020-01-01T23:59:00", "2020-01-02T00:01:00", on_time=True),
            closed("2020-01-03", "2020-01-03T22:00:00"), closed("2020-01-03", "2020-02-03", on_time=False),
            at(on_time=True), at(handling="answered", on_time=True)]
    assert asked("durations", *rows) == [
        (2020, 1, None, None, 0, 1, 0, 0), (2020, 1, None, None, 1, 1, 1, 1), (2020, 1, None, None, 31, 1, 1, 0),
        (2020, 1, None, None, None, 1, 1, 1)]


def test_the_backlog_counts_by_day_of_receipt_status_and_month_of_closing():
    rows = [at("2020-01-31", status="open"), closed("2020-01-31", "2020-03-01", status="closed"), at(status="closed"),
            closed("2020-01-01", "2020-02-01", status="open"), closed("2020-01-01", "2020-02-01"),
            at(handling="answered", status="open")]
    assert asked("backlog", *rows) == [
        (2020, 1, 1, "closed", None, 1), (2020, 1, 1, "open", None, 1), (2020, 1, 31, "closed", 2020 * 12 + 2, 1),
        (2020, 1, 31, "open", None, 1)]


def test_hours_to_close_are_begun_hours_of_tickets_with_times():
    rows = [closed("2020-01-01T08:00:00", "2020-01-01T08:00:01"), closed("2020-01-01T08:00:00", "2020-01-01T10:00:00"),
            closed("2020-01-01T08:00:00", "2020-01-02"), closed("2020-01-01", "2020-01-02T10:00:00"), at()]
    assert asked("closings", *rows) == [(2020, 1, 1, 1), (2020, 1, 2, 1), (2020, 1, None, 2)]


def test_coverage_tells_how_many_tickets_of_a_month_have_a_value():
    rows = [at(category="教育", tags=["epidemic"]), at(tags=[]), at(tags=None), at("2020-02-01")]
    known = {row[:3]: row[3:] for row in asked("coverage", *rows)}
    assert known[2020, 1, "category"] == (3, 1)
    assert known[2020, 1, "tags"] == (3, 1)
    assert known[2020, 2, "ticket_id"] == (1, 1)
    assert {column for _, _, column in known} == set(schema.SCHEMA.names)


def test_coverage_asks_a_column_only_of_the_tickets_that_it_applies_to():
    named = {"district": "东城区", "subdistrict": "甲", "owner": "乙处"}
    rows = [at(handling="answered", owner="乙处", district="东城区"),
            at(handling="dispatched", owner_level="subdistrict", **named),
            at(handling="dispatched", owner_level="district_department", **named | {"subdistrict": None}),
            at(handling="dispatched", owner_level="municipal_agency", district="东城区", subdistrict="甲"),
            at(assessment="full", resolved="resolved"), at(handling="dispatched", assessment="none")]
    known = {row[2]: row[3:] for row in asked("coverage", *rows)}
    assert (known["category"], known["owner"], known["closed_at"]) == ((6, 0), (5, 2), (5, 0))
    assert (known["district"], known["subdistrict"], known["community"]) == ((4, 2), (3, 1), (3, 0))
    assert (known["resolved"], known["reached"], known["assessment"]) == ((1, 1), (1, 0), (6, 2))


def test_dispatching_counts_days_from_receipt_to_dispatch_and_how_often():
    def sent(received, out, often):
        return at(received, dispatched_at=datetime.fromisoformat(out), dispatches=often)

    rows = [sent("2020-01-01T23:59:00", "2020-01-02T00:01:00", 1), sent("2020-01-03", "2020-01-03T22:00:00", 1),
            sent("2020-01-03", "2020-01-02T22:00:00", 2), at(dispatches=1), at(),
            at(handling="answered", dispatched_at=datetime.fromisoformat("2020-01-01"))]
    assert asked("dispatching", *rows) == [
        (2020, 1, 1, 0, 1), (2020, 1, 1, 1, 1), (2020, 1, 1, None, 1), (2020, 1, 2, -1, 1), (2020, 1, None, None, 1)]


def test_every_table_has_its_columns_in_int32_months_and_int64_counts():
    for name, table in counted(table_of([at()])).items():
        kinds = dict(zip(table.schema.names, table.schema.types, strict=True))
        assert list(kinds)[:2] == ["year", "month"], name
        assert {str(kinds.pop(part)) for part in ("year", "month")} == {"int32"}, name
        assert {str(kind) for kind in kinds.values()} <= {"string", "int64", "int32"}, name
        assert str(list(kinds.values())[-1]) == "int64", name


def until(row):
    at = row["closed_at"]
    return at.year * 12 + at.month - 1 if row["status"] == "closed" and at else None


def begun_hours(row):
    midnight = [at == at.replace(hour=0, minute=0, second=0, microsecond=0) for at in (row["received_at"], row["closed_at"])]
    return None if any(midnight) else -((row["received_at"] - row["closed_at"]) // timedelta(hours=1))


def one_by_one(rows, month_starts_on):
    """Every count of the cube, by table, column and dimensions, made in the plainest way from tickets as dictionaries."""
    def by(chosen, *dimensions, month=lambda row: (row["received_at"].year, row["received_at"].month)):
        return Counter((*month(row), *(row[name] for name in dimensions)) for row in chosen)

    def those(chosen, **values):
        return [row for row in chosen if all(row[name] == value for name, value in values.items())]

    def known(chosen, *names):
        return [row for row in chosen if all(row[name] is not None for name in names)]

    def days(chosen, name):
        return [row | {"days": row[name] and (row[name].date() - row["received_at"].date()).days} for row in chosen]

    def turned(row):
        at = row["received_at"]
        later = at.year * 12 + at.month - 1 + (1 < month_starts_on <= at.day)
        return later // 12, later % 12 + 1

    def tagged(chosen):
        return [row | {"tag": tag} for row in chosen for tag in {tag.split("/")[0] for tag in row["tags"] or []}]

    dispatched = [row for row in rows if row["handling"] in (None, "dispatched")]
    areas = [row for row in dispatched if row["owner_level"] in (None, "subdistrict", "district_department")]
    subdistricts = [row for row in areas if row["owner_level"] != "district_department"]
    assessed = [row for row in rows if row["assessment"] not in (None, "none")]
    valid = known(assessed, "resolved", "satisfied")
    dates = [row | {"day": row["received_at"].day} for row in rows]
    timed = [row for row in dates if (row["received_at"].hour, row["received_at"].minute, row["received_at"].second) != (0, 0, 0)]
    hours = [row | {"weekday": row["received_at"].isoweekday(), "hour": row["received_at"].hour} for row in rows]
    bases = {"all": rows, "dispatched": dispatched, "districts": areas, "subdistricts": subdistricts, "assessed": assessed}
    every = {column.name: [row | {"column": column.name, "tags": row["tags"] or None} for row in bases[column.applies_to]]
             for column in schema.COLUMNS}
    answers = {level: those(valid, **{name: level}) for name in ("resolved", "satisfied") for level in schema.VALUES[name]}
    answers |= {"assessed": assessed, "reached": those(assessed, reached=True), "valid": valid,
                "contacted": those(valid, contacted=True), "contact_known": known(valid, "contacted")}
    levels = {"resolved": ["resolved", "partly"], "satisfied": ["satisfied", "basically"], "contacted": [True]}
    answers |= {f"{'contacted' if first is True else first}_{'contacted' if second is True else second}":
                those(valid, **{one: first, other: second}) for one, other in combinations(levels, 2)
                for first in levels[one] for second in levels[other]}
    funnel = {"tickets": rows, "assessed": assessed, "reached": answers["reached"], "valid": valid}
    closed = days(dispatched, "closed_at")
    durations = {"tickets": closed, "due": known(closed, "on_time"), "on_time": those(closed, on_time=True)}
    units, matter = ("owner_level", "district", "subdistrict", "owner"), ("category", "subcategory")
    shut = [row for row in closed if row["closed_at"]]
    single = {name: chosen for name, chosen in answers.items() if name not in counts.PAIRS}
    handling = {"tickets": dispatched, "repeated": those(dispatched, exclusion="duplicate"),
               "redispatched": [row for row in dispatched if (row["dispatches"] or 0) > 1], "due": known(dispatched, "on_time"),
               "on_time": those(dispatched, on_time=True), "closed": shut}

    def handled(*names):
        spent = Counter()
        for row in shut:
            spent.update(dict.fromkeys(by([row], *names), row["days"]))
        return {name: by(chosen, *names) for name, chosen in handling.items()} | {"days_spent": spent}

    backlog = [row | {"day": row["received_at"].day, "until": until(row)} for row in known(dispatched, "status")]
    closings = [row | {"hours": begun_hours(row)} for row in known(dispatched, "closed_at")]
    return {
        "channels": {"tickets": by(rows, "channel", "source", "kind", "handling")},
        "calls": {"tickets": by(rows, "handling", "category", "subcategory", "topic")},
        "tags": {"tickets": by(tagged(rows), "tag", "handling", "category", "subcategory")},
        "hours": {"tickets": by(hours, "weekday", "hour")},
        "days": {"tickets": by(dates, "day"), "timed": by(timed, "day")},
        "areas": {"tickets": by(areas, "owner_level", "district", "subdistrict", "category")},
        "owners": {"tickets": by(known(dispatched, "owner"), "owner_level", "district", "owner")},
        "funnel": {name: by(chosen, "handling", "owner_level", "exclusion") for name, chosen in funnel.items()},
        "outcomes": {name: by(chosen, *units, month=turned) for name, chosen in answers.items()},
        "category_outcomes": {name: by(chosen, *matter, month=turned) for name, chosen in single.items()},
        "unit_category_outcomes": {name: by(chosen, *units, "category", month=turned) for name, chosen in single.items()},
        "category_handling": handled(*matter),
        "unit_handling": handled(*units),
        "durations": {name: by(chosen, "owner_level", "district", "days") for name, chosen in durations.items()},
        "dispatching": {"tickets": by(days(dispatched, "dispatched_at"), "dispatches", "days")},
        "backlog": {"tickets": by(backlog, "day", "status", "until")},
        "closings": {"tickets": by(closings, "hours")},
        "coverage": {"tickets": sum((by(chosen, "column") for chosen in every.values()), Counter()),
                     "known": sum((by(known(chosen, name), "column") for name, chosen in every.items()), Counter())},
        "tag_kinds": {"tickets": by([row | dict(zip(("tag", "tag_kind", "matter"), [*tag.split("/"), None], strict=False))
                                     for row in rows for tag in row["tags"] or [] if "/" in tag], "tag", "tag_kind", "matter")},
        "tag_areas": {"tickets": by(tagged(dispatched), "tag", *units[:3])},
        "tag_owners": {"tickets": by(tagged(known(dispatched, "owner")), "tag", "owner_level", "district", "owner")},
        "tag_outcomes": {name: by(tagged(chosen), "tag", *units, month=turned) for name, chosen in answers.items()},
        "replies": {name: by(chosen, "owner_level", "district", "category", "subcategory", month=turned)
                    for name, chosen in answers.items()},
    }


@pytest.mark.slow
@pytest.mark.parametrize("month_starts_on", [1, 19])
@pytest.mark.parametrize("count", [1, 40, 4_000])
def test_every_table_counts_what_one_would_count_ticket_by_ticket(count, month_starts_on):
    rows = drawn(count)
    expected = one_by_one(rows.to_pylist(), month_starts_on)
    made = counted(rows, month_starts_on)
    assert list(made) == list(expected) == cube.TABLES
    for name, table in made.items():
        numbers = expected[name]
        dimensions = [one for one in table.column_names if one not in numbers]
        found = table.to_pylist()
        places = [tuple(row[one] for one in dimensions) for row in found]
        asked = {key for one in numbers.values() for key in one}
        asked |= {(year, month, one) for year, month in {key[:2] for key in asked} for one in schema.SCHEMA.names
                  if name == "coverage"}
        assert places == sorted(asked, key=lambda key: [(1,) if part is None else (0, part) for part in key]), name
        for column, number in numbers.items():
            assert [row[column] for row in found] == [number[place] for place in places], (name, column)


def test_a_cube_is_built_once_and_again_when_tickets_or_method_change(city):
    city(2020, at())
    assert cube.build(editions.read("town", 2020))
    assert not cube.build(editions.read("town", 2020))
    assert cube.build(editions.read("town", 2020), force=True)
    city(2020, at(), digest="2")
    assert cube.build(editions.read("town", 2020))
    city(2020, at(), digest="2", month_starts_on=19)
    assert cube.build(editions.read("town", 2020))
    (paths.cube("town-2020") / "areas.parquet").unlink()
    assert cube.build(editions.read("town", 2020))
    assert not cube.build(editions.read("town", 2020))


@pytest.mark.parametrize(("name", "contents"), [("facts.json", "{"), ("areas.parquet", "PAR1"), ("calls.parquet", "")])
def test_a_broken_cube_is_built_anew(city, name, contents):
    city(2020, at(), at())
    edition = editions.read("town", 2020)
    cube.build(edition)
    (paths.cube("town-2020") / name).write_text(contents)
    loaded = cube.load(edition, periods.parse("year", 2020))
    assert loaded.calls.tickets.sum().execute() == 2
    assert loaded.areas.tickets.sum().execute() == 2


def test_folders_that_killed_builds_left_are_removed(city):
    city(2020, at())
    left = paths.cube("town-2020").with_name(".town-2020.killed")
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    cube.build(editions.read("town", 2020))
    assert not left.exists()


def test_a_cube_says_which_tickets_and_which_method_it_is_made_of(city):
    city(2020, at())
    cube.build(editions.read("town", 2020))
    facts = cube.facts(editions.read("town", 2020))
    assert {key: value for key, value in facts.items() if key != "method"} == schema.metadata(editions.read("town", 2020))
    assert facts["method"]


def test_the_same_tickets_give_the_same_bytes_whatever_their_order(city):
    rows = [at(district="东城区"), at("2020-05-05", category="教育"), at("2020-05-05", tags=["epidemic"]),
            at(kind="praise")]
    city(2020, *rows)
    cube.build(editions.read("town", 2020))
    first = bytes_of("town", 2020)
    city(2020, *reversed(rows))
    cube.build(editions.read("town", 2020), force=True)
    assert bytes_of("town", 2020) == first
    assert len(first) == len(cube.STORED) + 1


def bytes_of(town, year):
    return {file.name: file.read_bytes() for file in paths.cube(paths.edition_key(town, year)).iterdir()}


def test_a_build_that_fails_leaves_the_old_cube_and_nothing_beside_it(city, monkeypatch):
    city(2020, at())
    cube.build(editions.read("town", 2020))
    before = bytes_of("town", 2020)
    city(2020, at(), at(), digest="2")
    monkeypatch.setattr(cube, "_swap", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        cube.build(editions.read("town", 2020))
    assert bytes_of("town", 2020) == before
    assert [folder.name for folder in paths.cube("town-2020").parent.iterdir()] == ["town-2020"]


def test_several_may_build_and_read_at_once(city):
    city(2020, at(district="东城区"), at("2020-03-01"))
    counted, broken = [], []

    def work():
        try:
            cube.build(editions.read("town", 2020), force=True)
            counted.append(cube.load(editions.read("town", 2020), YEAR).channels.tickets.sum().execute())
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert counted == [2, 2, 2, 2]
    assert [folder.name for folder in paths.cube("town-2020").parent.iterdir()] == ["town-2020"]


def test_a_loaded_cube_outlives_the_one_on_disk(city):
    city(2020, at())
    held = cube.load(editions.read("town", 2020), YEAR)
    city(2020, at(), at(), digest="2")
    cube.build(editions.read("town", 2020))
    assert held.channels.tickets.sum().execute() == 1
    assert cube.load(editions.read("town", 2020), YEAR).channels.tickets.sum().execute() == 2


def test_a_cube_that_is_the_same_is_read_from_disk_once(city, monkeypatch):
    city(2020, at())
    read, rows = [], parquet.rows
    monkeypatch.setattr(parquet, "rows", lambda file: read.append(file.stem) or rows(file))
    first, second = (cube.load(editions.read("town", 2020), YEAR) for _ in range(2))
    assert sorted(read) == sorted(cube.TABLES)
    assert first.calls.get_backend() is not second.calls.get_backend()
    city(2020, at(), at(), digest="2")
    cube.load(editions.read("town", 2020), YEAR)
    assert sorted(read) == sorted(cube.TABLES * 2)


def test_loads_of_one_thread_share_a_connection_where_they_may(city):
    city(2020, at())
    first, second = (cube.load(editions.read("town", 2020), YEAR, shared=True) for _ in range(2))
    assert first.calls.get_backend() is second.calls.get_backend()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(cube.load, editions.read("town", 2020), YEAR, shared=True).result()
    assert other.calls.get_backend() is not first.calls.get_backend()
    city(2020, at(), at(), digest="2")
    assert cube.load(editions.read("town", 2020), YEAR, shared=True).calls.tickets.sum().execute() == 2


def test_the_years_of_period_and_base_are_loaded_where_there_are_tickets(city):
    city(2020, at())
    city(2019, at("2019-12-31"))
    loaded = cube.load(editions.read("town", 2020), YEAR, YEAR.back(12))
    assert (loaded.years, loaded.data, loaded.source) == ((2019, 2020), "simulated", "by hand")
    assert loaded.calls.order_by("year").year.to_pyarrow().to_pylist() == [2019, 2020]
    assert (loaded.covers(YEAR.back(12)), loaded.covers(YEAR.back(24))) == (True, False)
    assert cube.load(editions.read("town", 2020), YEAR, YEAR.back(24)).years == (2020,)
    assert cube.load(editions.read("town", 2020), YEAR).years == (2020,)
    assert cube.load(editions.read("town", 2020), periods.Period(2019 * 12 + 11, 3)).years == (2019, 2020)


def test_a_cube_holds_the_account_of_the_rows_that_were_read_and_is_made_anew_with_another(city):
    city(2020, at())
    assert cube.load(editions.read("town", 2020), YEAR).account is None
    batch = table_of([at()]).to_batches()
    schema.write(
        editions.read("town", 2020),
        batch,
        data="simulated",
        source="by hand",
        digest="1",
        account={"read": 2, "nulled": {"甲": 1}},
    )
    assert not cube.is_fresh(editions.read("town", 2020))
    assert cube.load(editions.read("town", 2020), YEAR).account == {"read": 2, "nulled": {"甲": 1}}


def test_an_exports_tickets_are_never_compared_with_simulated_ones(city):
    city(2020, at(), data="export")
    city(2019, at("2019-12-31"), data="simulated")
    loaded = cube.load(editions.read("town", 2020), YEAR, YEAR.back(12))
    assert (loaded.years, loaded.data) == ((2020,), "export")


def test_january_is_assessed_with_the_december_before_where_months_start_on_the_19th(city):
    judged = {"assessment": "full", "resolved": "resolved", "satisfied": "satisfied"}
    city(2019, at("2019-12-18", **judged), at("2019-12-19", **judged), month_starts_on=19)
    city(2020, at("2020-01-18", **judged), at("2020-12-19", **judged), month_starts_on=19)
    loaded = cube.load(editions.read("town", 2020), YEAR)
    assert loaded.years == (2019, 2020)
    valid = loaded.outcomes.filter(loaded.outcomes.valid > 0).order_by("year", "month").select("year", "month", "valid")
    assert [tuple(row.values()) for row in valid.to_pyarrow().to_pylist()] == [
        (2019, 12, 1), (2020, 1, 1), (2020, 1, 1), (2021, 1, 1)]


def test_known_counts_the_tickets_of_a_period_with_a_value(city):
    city(2020, at(topic="电梯"), at("2020-07-01", topic="水质"), at("2020-07-01"))
    loaded = cube.load(editions.read("town", 2020), YEAR)
    assert loaded.count_known("topic", YEAR) == 2
    assert loaded.count_known("topic", periods.parse("Q3", 2020)) == 1
    assert loaded.count_known("topic", periods.parse("Q4", 2020)) == 0
    assert loaded.count_known("due_at", YEAR) == 0
    with pytest.raises(UserError, match="'topic'"):
        loaded.count_known("topic_", YEAR)


def test_a_column_declared_since_the_tickets_were_written_is_unknown_in_them(city):
    city(2020, at(topic="电梯", longitude=116.4))
    file, without = paths.tickets("town-2020"), schema.SCHEMA.remove(schema.SCHEMA.get_field_index("topic"))
    parquet.write(file, parquet.rows(file).select(without.names).to_batches(), without, parquet.metadata(file))
    assert schema.read(editions.read("town", 2020)).columns == tuple(schema.SCHEMA.names)
    loaded = cube.load(editions.read("town", 2020), YEAR)
    assert (loaded.count_known("topic", YEAR), loaded.count_known("longitude", YEAR)) == (0, 1)


def test_an_edition_without_tickets_is_refused_with_a_remedy(city):
    city(2020, at())
    paths.tickets("town-2020").unlink()
    with pytest.raises(UserError, match="has no tickets"):
        cube.load(editions.read("town", 2020), YEAR)
    with pytest.raises(UserError, match="no edition"):
        cube.load(editions.read("elsewhere", 2020), YEAR)


def test_outcomes_by_unit_and_category_add_up_to_those_of_units_and_of_categories():
    tables = {name: table.to_pandas() for name, table in counted(drawn(3000), 19).items()}
    shared = [name for name in tables["category_outcomes"] if name not in ("year", "month", "category", "subcategory")]

    def added(name, *by):
        return tables[name].groupby([*by], dropna=False)[shared].sum()

    unit, category = ["year", "month", "owner_level", "district", "subdistrict", "owner"], ["year", "month", "category"]
    assert added("unit_category_outcomes", *unit).equals(added("outcomes", *unit))
    assert added("unit_category_outcomes", *category).equals(added("category_outcomes", *category))


def test_outcomes_by_category_belong_to_the_assessment_month():
    row = at("2020-12-19", assessment="full", category="教育", resolved="resolved", satisfied="dissatisfied")
    assert asked("category_outcomes", row, month_starts_on=19) == [(2021, 1, "教育", None, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1)]


def test_handling_counts_what_was_closed_in_time_dispatched_again_and_repeats_another():
    unit = {"owner_level": "subdistrict", "district": "东城区", "subdistrict": "甲"}
    rows = [at(**unit, on_time=True, dispatches=2), at(**unit, on_time=False, dispatches=1, exclusion="duplicate"),
            at(**unit, exclusion="petition_or_litigation"), at(**unit, handling="answered", dispatches=3, on_time=True)]
    assert asked("unit_handling", *rows) == [(2020, 1, "subdistrict", "东城区", "甲", None, 3, 1, 1, 2, 1, 0, 0)]
    assert asked("category_handling", *rows) == [(2020, 1, None, None, 3, 1, 1, 2, 1, 0, 0)]
