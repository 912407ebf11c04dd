"""What must add up in the tickets of any edition, and what is said where it does not."""

from datetime import datetime
from types import SimpleNamespace

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from support.tickets import counted

from helpers.cube import checks, cube
from helpers.cube.cube import Cube
from helpers.settings import editions, label_rules
from helpers.settings.errors import UserError
from helpers.tickets import schema

pytestmark = pytest.mark.slow
EDITION = editions.read("beijing", 2020)
SOUND = [
    {"handling": "answered"},
    {"handling": "dispatched", "owner_level": "municipal_agency", "assessment": "full", "reached": True, "resolved": "resolved",
     "satisfied": "satisfied"},
    {"handling": "dispatched", "owner_level": "district_department", "district": "东城区", "assessment": "full",
     "reached": False},
    {"handling": "dispatched", "owner_level": "subdistrict", "district": "通州区", "assessment": "none"},
]


def cube_of(*rows, year=2020, **tables):
    """The cube of some tickets of February; `tables` are counted from other tickets, as nothing but a mistake would."""
    asked = questions(rows, year) | {name: questions(others, year)[name] for name, others in tables.items()}
    return Cube(**{name: ibis.memtable(asked[name]) for name in cube.TABLES}, data="export", source="by hand", years=(2020,))


def questions(rows, year):
    blank = dict.fromkeys(schema.SCHEMA.names) | {"tags": [], "received_at": datetime(year, 2, 1)}
    full = [blank | {"ticket_id": str(place)} | row for place, row in enumerate(rows)]
    return counted(pa.Table.from_pylist(full, schema=schema.SCHEMA))


def said(loaded, edition=EDITION):
    with pytest.raises(UserError) as error:
        checks.check(edition, loaded)
    return str(error.value)


def test_sound_tickets_pass_and_the_cube_is_returned():
    loaded = cube_of(*SOUND)
    assert checks.check(EDITION, loaded) is loaded


def test_tickets_of_which_little_is_known_pass():
    checks.check(EDITION, cube_of({}, {"district": "东城区"}, {"resolved": "resolved", "satisfied": "satisfied",
                                                                "assessment": "full"}))
    checks.check(EDITION, cube_of())


def test_a_handling_or_an_owner_level_of_its_own_is_named_with_its_number():
    assert said(cube_of(*SOUND, {"handling": "forwarded"})) == (
        "beijing-2020: calls = answered + dispatched does not hold: 1 tickets have handling 'forwarded', which is none of these.")
    assert "dispatched = Σ owner levels does not hold: 2 tickets have owner_level 'village'" in said(
        cube_of(*SOUND, *[{"handling": "dispatched", "owner_level": "village"}] * 2))


def test_an_answered_ticket_has_no_owner_level():
    assert "1 tickets were answered at once, and yet have an owner level" in said(
        cube_of(*SOUND, {"handling": "answered", "owner_level": "subdistrict", "district": "东城区"}))


def test_every_district_is_in_one_zone():
    assert said(cube_of(*SOUND, {"district": "雄安区"})) == (
        "beijing-2020: zones = districts does not hold: 1 tickets of 雄安区 are in no zone: name it in zones of "
        "data/editions/beijing-2020.yml.")
    twice = EDITION.zones.model_copy(update={"members": {"甲": EDITION.districts, "乙": ["东城区"]}})
    assert "东城区 is in more than one zone" in said(cube_of(*SOUND), EDITION.model_copy(update={"zones": twice}))
    checks.check(EDITION.model_copy(update={"zones": None}), cube_of(*SOUND, {"district": "雄安区"}))


@pytest.mark.parametrize(("row", "sentence"), [
    ({"assessment": "full", "reached": False, "resolved": "resolved", "satisfied": "satisfied"}, "valid ≤ reached does not"),
    ({"handling": "answered", "assessment": "full", "reached": True}, "assessed ≤ dispatched does not"),
])
def test_a_step_is_never_more_than_the_one_before(row, sentence):
    assert f"{sentence} hold in month 2: 1 and 0." in said(cube_of({"handling": "dispatched"} | row))


@pytest.mark.parametrize("name", ["calls", "hours", "funnel"])
def test_every_table_counts_all_tickets_of_a_month(name):
    assert f"calls by {name} = calls by channel does not hold in month 2: 3 and 4." in said(
        cube_of(*SOUND, **{name: SOUND[:3]}))


def test_the_districts_are_what_departments_and_subdistricts_handled():
    assert "districts = departments + subdistricts does not hold in month 2: 1 and 2." in said(cube_of(*SOUND, areas=SOUND[:3]))


def test_a_ticket_of_another_year_is_no_ticket_of_the_edition():
    assert "months = year does not hold" in said(cube_of(*SOUND, channels=[{"received_at": datetime(2018, 2, 1)}, *SOUND]))


def test_a_label_that_names_what_no_ticket_has_is_told_with_the_nearest(monkeypatch):
    rule = label_rules.LabelRule(source="假定", tickets=[label_rules.Subject(category="公共服物", subcategory="供暖")])
    monkeypatch.setattr(label_rules, "read", lambda city: {"供暖季": rule})
    calls = ibis.memtable(pd.DataFrame({"category": ["公共服务"], "subcategory": ["供暖"], "topic": ["供暖温度"]}))
    assert [*checks.labels_name_what_there_is(EDITION, SimpleNamespace(calls=calls))] == [
        "data/labels/beijing.yml: '供暖季' names the category '公共服物', which no ticket has. Did you mean '公共服务'?"]
