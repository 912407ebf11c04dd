import numpy as np
import pandas as pd
import pytest
import yaml

from helpers.settings import editions, errors, paths
from helpers.simulate import calibration, simulate, volumes

ORIGINAL = paths.calibration("beijing-2020")
YEARS = [2019, 2020]


def changed(home, change):
    """The constraints of 2020 with a change, read from a file of their own."""
    contents = yaml.safe_load(ORIGINAL.read_text(encoding="utf-8"))
    change(contents)
    file = home / "data" / "calibration" / "other.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(contents, allow_unicode=True), encoding="utf-8")
    return calibration.read("other")


def test_a_wrong_key_is_refused_by_its_name(home):
    with pytest.raises(errors.UserError, match=r"other\.yml: 'totals\.reachd' is not a known key\. Did you mean 'reached'\?"):
        changed(home, lambda contents: contents["totals"].update(reachd=1))


def test_a_wrong_key_of_a_subcategory_is_refused_with_the_nearest_right_one(home):
    with pytest.raises(errors.UserError, match=r"入学升学\.pined' is not a known key\. Did you mean 'pinned'\?"):
        changed(home, lambda contents: contents["categories"]["教育"]["subcategories"]["入学升学"].update(pined={}))


def test_a_year_has_twelve_months(home):
    with pytest.raises(errors.UserError, match=r"categories\.教育\.months: List should have at least 12 items"):
        changed(home, lambda contents: contents["categories"]["教育"]["months"].pop())


def test_a_file_that_is_not_there_is_named(home):
    with pytest.raises(errors.UserError, match=r"add data/calibration/none\.yml"):
        calibration.read("none")


def test_the_satisfied_share_follows_from_the_solved_one():
    rates = calibration.read("beijing-2020").answers
    assert rates.satisfied[0] == pytest.approx(0.785 * 0.985 + 0.215 * 0.46)


@pytest.mark.parametrize("year", YEARS)
def test_calls_are_those_answered_at_once_and_those_dispatched(year):
    constraints = calibration.read(f"beijing-{year}")
    calls = sum(category.calls for category in constraints.categories.values()) + constraints.unnamed.calls
    dispatched = (sum(district.departments + district.subdistricts for district in constraints.districts.values())
                  + sum(owners.tickets for owners in constraints.owners.values()))
    assert calls == constraints.totals.answered + dispatched


@pytest.mark.parametrize("year", YEARS)
def test_every_name_of_the_constraints_stands_in_a_reference_file(year):
    constraints = calibration.read(f"beijing-{year}")
    taxonomy = pd.read_csv(paths.reference("beijing/taxonomy.csv"), dtype=str, keep_default_na=False)
    known = set(taxonomy[["category", "subcategory", "topic"]].itertuples(index=False, name=None))
    used = {(name, "", "") for name in constraints.categories}
    for name, category in constraints.categories.items():
        used |= {(name, "", topic) for topic in category.topics}
        for sub, block in category.subcategories.items():
            used |= {(name, sub, ""), *((name, sub, topic) for topic in block.topics)}
    used |= {(quota.category, quota.subcategory, quota.topic) for quota in constraints.quotas}
    owners = calibration.owners(constraints)
    of_level = owners.groupby("owner_level")["owner"].agg(set)
    assert used <= known
    assert {level: set(block.weights) - of_level[level] for level, block in constraints.owners.items()} == {
        "municipal_agency": set(), "state_owned_enterprise": set()}
    assert set(constraints.districts) == set(owners["district"]) - {""}
    handled = {subject for subjects in owners["handles"] for subject in subjects} - {""}
    assert handled <= {"/".join(filter(None, row[:2])) for row in known}


@pytest.mark.parametrize(("year", "count"), [(2019, 333), (2020, 338)])
def test_places_are_the_subdistricts_of_the_year_spelt_as_the_report_does(year, count):
    places = calibration.places(calibration.read(f"beijing-{year}"))
    keys = set(zip(places["district"], places["subdistrict"], strict=True))
    assert len(places) == len(keys) == count
    assert {("西城区", "广外街道"), ("海淀区", "四季青镇"), ("通州区", "漷县镇"), ("通州区", "于家务乡"), ("平谷区", "平谷镇"),
            ("北京经济技术开发区", "博兴街道"), ("朝阳区", "八里庄街道"), ("海淀区", "八里庄街道")} <= keys
    assert (("通州区", "临河里街道") in keys) == (year == 2020)
    assert not places["subdistrict"].str.contains("开发区|基地|机场$").any()
    assert set(places["kind"]) == {"街道", "地区", "镇", "乡"}


def test_fifty_two_agencies_and_forty_four_enterprises_are_known():
    owners = calibration.owners(calibration.read("beijing-2020"))
    assert owners["owner_level"].value_counts().to_dict() | {"district_department": 0} == {
        "district_department": 0, "municipal_agency": 52, "state_owned_enterprise": 44}
    assert not owners.duplicated(["district", "owner"]).any()


def test_the_digest_knows_constraints_edition_reference_files_and_code(home):
    edition = editions.read("beijing", 2020)
    constraints = changed(home, lambda contents: None)
    code = home / "code.py"
    code.write_text("1")

    def digest(edition=edition, constraints=constraints):
        return calibration.digest(edition, constraints, [code])

    first = digest()
    assert first == digest()
    assert digest(constraints=changed(home, lambda contents: contents["totals"].update(valid=1))) != first
    assessment = edition.assessment.model_copy(update={"month_starts_on": 19})
    assert digest(edition=edition.model_copy(update={"assessment": assessment})) != first
    code.write_text("2")
    assert (second := digest()) != first
    with paths.reference(constraints.owners_file).open("a", encoding="utf-8") as file:
        file.write("municipal_agency,,另一个,\n")
    assert digest() != second
    assert {file.name for file in simulate.code()} >= {"calibration.py", "volumes.py", "target_scores.py"}


def test_a_margin_without_a_basis_is_refused_by_its_name(home):
    with pytest.raises(errors.UserError, match=r"basis\.district"):
        changed(home, lambda contents: contents["basis"].pop("district"))
    with pytest.raises(errors.UserError, match=r"basis\.owner\.basis cannot be 'guessed'"):
        changed(home, lambda contents: contents["basis"].update(owner="guessed"))


def test_the_four_districts_that_were_published_for_2019_have_their_numbers():
    districts = calibration.read("beijing-2019").districts
    assert {name: round((districts[name].departments + districts[name].subdistricts) / 10_000)
            for name in ("朝阳区", "海淀区", "丰台区", "延庆区")} == {"朝阳区": 32, "海淀区": 22, "丰台区": 17, "延庆区": 4}


def test_no_growth_of_a_place_or_subcategory_occurs_more_than_twice():
    seeds = {year: editions.read("beijing", year).simulation.seed for year in YEARS}
    years = [volumes.draw(calibration.read(f"beijing-{year}"), np.random.default_rng([seeds[year], 10])) for year in YEARS]
    for key in (["district"], ["district", "subdistrict"]):
        then, now = (year.units.assign(tickets=year.by_unit.sum(axis=1)).groupby(key)["tickets"].sum() for year in years)
        assert_uneven(then, now)
    then, now = (year.subjects.groupby(["category", "subcategory"])["calls"].sum() for year in years)
    assert_uneven(then, now)


def assert_uneven(then, now):
    both = pd.concat([then, now], axis=1, keys=["then", "now"], join="inner").query("then >= 1000")
    growth = (both["now"] / both["then"] - 1).round(4)
    assert len(growth) > 10
    assert growth.value_counts().max() <= 2
