"""The simulated years against the report: what is printed is recomputed here from the tickets themselves.

A printed number with d decimals means [x − ½·10^−d, x + ½·10^−d); the sections name the report's chapters.
"""

import itertools
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from helpers.settings import editions, errors, paths
from helpers.simulate import __main__, arrow_columns, fitting, simulate, target_scores, timestamps
from helpers.simulate.calibration import LEVELS
from helpers.tickets import schema

CITY = "beijing"
CALIBRATION = paths.calibration("beijing-2020")
PAIR = ["延庆区", "平谷区"]
SCORE = editions.read(CITY, 2020).assessment.score


# Tables that agree with their margins


def test_fitted_tables_agree_with_both_margins_and_keep_their_zeros():
    fitted = fitting.fit(np.array([[1, 0, 1], [1, 1, 1]]), [((0,), np.array([6, 9])), ((1,), np.array([5, 4, 6]))])
    assert fitted.sum(axis=0) == pytest.approx([5, 4, 6])
    assert fitted.sum(axis=1) == pytest.approx([6, 9])
    assert fitted[0, 1] == 0


def test_rounding_keeps_the_sum_and_gives_nothing_to_a_weight_of_zero():
    assert fitting.round_to_total(np.array([1, 0, 1, 1]), 10).tolist() == [3, 0, 4, 3]
    assert fitting.round_to_total(np.array([[1.0, 1.0], [3.0, 1.0]]), np.array([3, 8])).tolist() == [[2, 1], [6, 2]]


def test_numbers_between_bounds_rise_with_their_weights_and_never_meet_a_bound():
    numbers = fitting.bounded_fit(np.array([1, 2, 2.1, 90]), 16, 2, 6)
    assert numbers.sum() == pytest.approx(16)
    assert 2 < numbers[0] < numbers[1] < numbers[2] < numbers[3] < 6
    with pytest.raises(ValueError, match="cannot add to 20"):
        fitting.bounded_fit(np.array([1, 1]), 20, 2, 6)


def test_a_whole_table_has_exactly_the_margins_it_is_asked_for():
    rows, columns = np.array([5, 0, 7]), np.array([3, 4, 5])
    table = fitting.integer_table(np.outer(rows, columns) / 12, rows, columns, np.random.default_rng(1))
    assert table.sum(axis=1).tolist() == [5, 0, 7]
    assert table.sum(axis=0).tolist() == [3, 4, 5]
    assert (np.abs(table - np.outer(rows, columns) / 12) < 3).all()


def test_a_draw_has_the_size_asked_for_and_none_without_weight():
    mask = fitting.sample_mask(np.array([0, 1, 0, 5, 1]), 3, np.random.default_rng(1))
    assert mask.tolist() == [False, True, False, True, True]


def test_a_lookup_table_holds_each_choice_by_its_weight():
    assert np.bincount(fitting.lookup(np.array([1, 0, 3]), 8)).tolist() == [2, 0, 6]


def test_order_is_by_group_then_key_then_position():
    assert fitting.order(np.array([1, 0, 0, 1]), np.array([5, 7, 7, 2])).tolist() == [1, 2, 3, 0]


# Scores by construction


def test_a_months_score_weighs_the_rates_and_is_rounded_half_up():
    counts = np.array([[[20, 1, 2, 1, 16]]])  # contacted 20/20, resolved 17/20, satisfied 18/20
    scores, near_half = target_scores.monthly(counts, SCORE)
    assert scores.tolist() == [[885]]  # 10 + 42.5 + 36
    assert not near_half.any()


def test_a_score_that_would_turn_on_the_rounding_of_a_half_is_seen():
    assert target_scores.monthly(np.array([[[8, 1, 0, 0, 7]]]), SCORE)[1].all()  # 88.75


def test_tuning_changes_answers_until_the_years_score_is_met_and_no_ticket_more():
    counts = np.array([[[30, 5, 3, 2, 20], [8, 1, 0, 0, 7], [57, 8, 2, 1, 46], [0, 0, 0, 0, 0]]])
    tuned = target_scores.adjust_to_scores(counts, np.array([864]), SCORE, np.random.default_rng(1))
    scores, near_half = target_scores.monthly(tuned, SCORE)
    assert abs(np.nanmean(scores) - 864) <= 0.33
    assert not near_half.any()
    assert tuned[..., 1:].sum(axis=-1).tolist() == [[30, 8, 57, 0]]


# Columns


def test_codes_below_zero_are_null_words():
    assert arrow_columns.words(np.array([1, -1, 0]), ["a", "b"]).to_pylist() == ["b", None, "a"]


def test_placed_values_leave_the_other_rows_null():
    at = np.array([2, 0])
    assert arrow_columns.flags(np.array([True, False]), at, 4).to_pylist() == [False, None, True, None]
    assert arrow_columns.times(np.array([60, 0]), at, 3).cast(pa.int64()).to_pylist() == [0, None, 60_000_000]


def test_tags_are_the_names_of_the_masks_and_empty_where_none():
    masks = {"a": np.array([True, False, True]), "b": np.array([False, False, True])}
    assert arrow_columns.tags(masks, 3).to_pylist() == [["a"], [], ["a", "b"]]
    assert arrow_columns.tags({}, 2).to_pylist() == [[], []]


def test_identifiers_count_within_each_day():
    seconds = np.array([0, 5, 86400, 86401]) + 18262 * 86400
    assert arrow_columns.identifiers(seconds).to_pylist() == ["200101-000001", "200101-000002", "200102-000001", "200102-000002"]


# The command


def test_an_edition_that_is_not_simulated_is_refused(home):
    with pytest.raises(errors.UserError, match="taipei 2020 is not simulated"):
        simulate.prepare(editions.read("taipei", 2020))


def test_tickets_of_an_export_are_not_overwritten(home):
    schema.write(editions.read(CITY, 2020), [], data="export",
                  source="export.csv", digest="0")
    with pytest.raises(errors.UserError, match="add --replace"):
        simulate.prepare(editions.read(CITY, 2020))


def test_the_command_needs_a_city_and_a_year(capsys):
    with pytest.raises(SystemExit) as stop:
        __main__.main(["--city", CITY])
    assert stop.value.code == 2


@pytest.fixture
def small(home):
    """A made-up city with two districts of Beijing's and a thirtieth of its calls; a function that writes it changed."""
    contents = yaml.safe_load(CALIBRATION.read_text(encoding="utf-8"))
    blocks = list(contents["categories"].values())
    for block in [*blocks, contents["unnamed"], *(sub for category in blocks for sub in category["subcategories"].values())]:
        block["calls"] //= 30
        block.pop("pinned", None)
    standings = contents["answers"]["subdistricts"]
    for key in ("city", "unscored"):
        standings[key] = [place for place in standings[key] if place[0] in PAIR]
    standings["districts"] = {name: standings["districts"][name] for name in PAIR}
    contents["districts"] = {name: contents["districts"][name] for name in PAIR}
    contents["answers"]["districts"] = PAIR[:1]
    for block in (contents["web"], contents["praise"], contents["tags"]["epidemic"], *contents["owners"].values()):
        block["tickets"] //= 30
    counts = [*contents["districts"].values()], [*contents["owners"].values()]
    dispatched = sum(district["departments"] + district["subdistricts"] for district in counts[0])
    dispatched += sum(owners["tickets"] for owners in counts[1])
    calls = sum(block["calls"] for block in [*blocks, contents["unnamed"]])
    contents |= {"quotas": [], "standing_from": {}, "totals": {
        "answered": calls - dispatched, "duplicate": 26_000, "petition_or_litigation": 9_000, "reached": 150_000,
        "valid": 110_000}}

    def write(**changes):
        (home / "data" / "calibration").mkdir(exist_ok=True)
        text = yaml.safe_dump(contents | changes, allow_unicode=True)
        (home / "data" / "calibration" / "small.yml").write_text(text, encoding="utf-8")

    (home / "data" / "editions" / "small-2021.yml").write_text(
        "city: small\nyear: 2021\nextends: beijing-2020\n"
        "simulation: {seed: 1, calibration: small, source: made up}\n", encoding="utf-8")
    write()
    return write


@pytest.mark.slow
def test_another_city_needs_a_file_and_no_code_and_is_written_again_only_when_something_changed(small):
    assert simulate.prepare(editions.read("small", 2021))
    assert not simulate.prepare(editions.read("small", 2021))
    facts = schema.metadata(editions.read("small", 2021))
    assert (facts["data"], facts["source"]) == ("simulated", "small")
    found = duckdb.sql(f"select year(min(received_at)) a, year(max(received_at)) b, count(*) filter (subdistrict = '延庆镇') n "
                       f"from '{paths.tickets(paths.edition_key('small', 2021))}'").df()
    assert found.values.tolist() == [[2021, 2021, 4540]]
    small(source="another")
    assert simulate.prepare(editions.read("small", 2021))
    assert schema.metadata(editions.read("small", 2021))["digest"] != facts["digest"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(small):
    simulate.prepare(editions.read("small", 2021))
    first = paths.tickets("small-2021").read_bytes()
    paths.tickets("small-2021").unlink()
    simulate.prepare(editions.read("small", 2021))
    assert paths.tickets("small-2021").read_bytes() == first


def test_standings_that_cannot_be_are_refused(small):
    contents = yaml.safe_load((paths.DATA / "calibration" / "small.yml").read_text(encoding="utf-8"))
    contents["answers"]["subdistricts"]["city"][0] = ["延庆区", "延庆县"]
    small(answers=contents["answers"])
    with pytest.raises(errors.UserError, match="standings name 延庆县 of 延庆区"):
        simulate.prepare(editions.read("small", 2021))


# The simulated years


@pytest.fixture(scope="module")
def years(simulated):
    """Both years' tickets, as a function from SQL (with {2019}, {2020} for the tables) to a frame."""
    tables = {str(year): f"'{paths.tickets(paths.edition_key(CITY, year))}'" for year in (2019, 2020)}
    return lambda sql: duckdb.sql(sql.replace("{2019}", tables["2019"]).replace("{2020}", tables["2020"])).df()


@pytest.fixture(scope="module")
def calls(years):
    """Calls of 2020 by category, subcategory and month; '' where there is none."""
    return years("select coalesce(category, '') category, coalesce(subcategory, '') subcategory, month(received_at) m, "
                 "count(*) tickets from {2020} group by all").set_index(["category", "subcategory", "m"])["tickets"]


@pytest.fixture(scope="module")
def areas(years):
    """Tickets of districts and subdistricts of 2020 by owner level, district, subdistrict, category and month."""
    return years("select owner_level, district, coalesce(subdistrict, '') subdistrict, coalesce(category, '') category, "
                 "month(received_at) m, count(*) tickets from {2020} "
                 "where owner_level in ('district_department', 'subdistrict') group by all")


@pytest.fixture(scope="module")
def answers(years):
    """Valid tickets of both years by unit and month, with the score of the month (tenths, rounded half up)."""
    parts = [f"select {year} y, owner_level, district, subdistrict, owner, month(received_at) m, count(*) valid, "
             "count(*) filter (contacted) contacted, count(*) filter (resolved = 'resolved') solved, "
             "count(*) filter (satisfied = 'satisfied') happy, "
             "count(*) filter (resolved = 'resolved' and satisfied = 'satisfied') solved_happy "
             f"from {{{year}}} where assessment <> 'none' and resolved is not null and satisfied is not null group by all"
             for year in (2019, 2020)]
    return years(" union all ".join(parts))


def scores(answers, unit):
    """The year's score of each unit in tenths: the mean of its months', each rounded half up; and its scored months."""
    months = answers.groupby([*unit, "m"])[["valid", "contacted", "solved", "happy"]].sum()
    points = 100 * months["contacted"] + 500 * months["solved"] + 400 * months["happy"]
    rounded = (2 * points + months["valid"]) // (2 * months["valid"])
    means = rounded.groupby(unit).agg(["sum", "count"])
    return ((2 * means["sum"] + means["count"]) // (2 * means["count"])), means["count"]


def near(value, printed, unit=10_000):
    """Whether a count rounds to the printed number: '54.1' with unit 10,000 is [540,500, 541,500)."""
    half = Decimal(1).scaleb(Decimal(printed).as_tuple().exponent) / 2
    exact = value if isinstance(value, Decimal) else int(value)
    return (Decimal(printed) - half) * unit <= exact < (Decimal(printed) + half) * unit


def share(part, whole, printed):
    return near(Decimal(int(part)) / int(whole), printed, Decimal("0.01"))


def month_of(calls, *key):
    return calls.sort_index().loc[key].groupby("m").sum()


# 一


def test_every_ticket_has_its_own_number(years):
    for year, count in (("2020", 11_039_400), ("2019", 7_111_183)):
        found = years(f"select count(*) n, count(distinct ticket_id) ids, min(received_at) a, max(received_at) b from {{{year}}}")
        assert found[["n", "ids"]].values.tolist() == [[count, count]]
        assert (str(found["a"][0])[:10], str(found["b"][0])[:10]) == (f"{year}-01-01", f"{year}-12-31")


def test_totals_are_those_printed(years):
    counts = years("""select count(*) calls, count(*) filter (channel = 'phone') phone, count(*) filter (channel = 'web') web,
        count(*) filter (handling = 'answered') answered, count(*) filter (handling = 'dispatched') dispatched,
        count(*) filter (kind = 'praise') praise, count(*) filter (list_contains(tags, 'epidemic')) epidemic,
        count(*) filter (exclusion = 'duplicate') duplicate, count(*) filter (exclusion = 'petition_or_litigation') petition,
        count(*) filter (assessment <> 'none') assessed, count(*) filter (reached) reached,
        count(*) filter (assessment <> 'none' and resolved is not null and satisfied is not null) valid from {2020}""").loc[0]
    printed = {"calls": "1103.94", "phone": "1001.38", "web": "102.56", "answered": "655.23", "dispatched": "448.71",
               "praise": "3.1", "epidemic": "236.79", "duplicate": "59.89", "petition": "22.04", "assessed": "366.78",
               "reached": "359.60", "valid": "260.79"}
    assert [name for name, text in printed.items() if not near(int(counts[name]), text)] == []
    shares = {("phone", "calls"): "90.71", ("web", "calls"): "9.29", ("answered", "calls"): "59.35",
              ("dispatched", "calls"): "40.65", ("duplicate", "dispatched"): "13.35", ("petition", "dispatched"): "4.91"}
    assert [key for key, text in shares.items() if not share(counts[key[0]], counts[key[1]], text)] == []


def test_totals_grew_as_printed(years):
    both = years("select year(received_at) y, count(*) calls, count(*) filter (kind = 'praise') praise, "
                 "count(*) filter (topic = '交通信号灯故障' and owner = '市交管局') faults from "
                 "(select * from {2019} union all by name select * from {2020}) group by y order by y")
    growth = [Decimal(int(now)) / int(then) - 1 for then, now in both[["calls", "praise", "faults"]].T.values]
    assert [near(rate, text, Decimal("0.01")) for rate, text in zip(growth, ["55.24", "76.89", "-23"], strict=True)] == [True] * 3


def test_only_assessed_tickets_have_been_called_back_and_only_dispatched_ones_have_an_owner(years):
    wrong = years("""select count(*) n from {2020} where (reached is not null) <> (assessment = 'full')
        or (assessment = 'full') <> (handling = 'dispatched' and exclusion is null)
        or ((resolved is not null or satisfied is not null or contacted is not null) and reached is not true)
        or (owner is null) <> (handling = 'answered') or (owner_level is null) <> (owner is null)
        or (dispatches > 0) <> (handling = 'dispatched') or dispatched_at < received_at or due_at <= dispatched_at
        or closed_at < dispatched_at or on_time <> (closed_at <= due_at)
        or (subdistrict is not null) <> (coalesce(owner_level, '') = 'subdistrict')""")
    assert wrong["n"][0] == 0


# 二

CATEGORIES = {
    "疫情防控": ("107.7", None, "97.44", {"新冠疫情": "105.0", "公共场所卫生防疫": "2.7"}),
    "市场管理": ("98.0", "23.17", "55.25", {"网络交易": "54.1", "市场环境秩序": "17.6", "商品质量": "10.2", "预付式消费": "10.2",
                                      "合同违法行为": "1.6"}),
    "公共服务": ("64.8", "26.00", "25.86", {"供暖": "16.8", "公交": "14.1", "供水": "10.0", "网络与通讯": "7.5", "供电": "5.0"}),
    "住房": ("61.2", "67.21", "24.13", {"房产中介": "14.8", "小区配套": "14.4", "房屋修缮": "12.0", "房屋权属": "4.7",
                                     "非法出租房屋": "3.3"}),
    "医疗卫生": ("59.8", "181.76", "38.61", {"疾病预防": "23.1", "医疗服务": "18.1", "疫苗接种": "8.1", "医院管理": "2.7",
                                        "药品管理": "2.0"}),
    "城乡建设": ("54.8", "19.24", "32.94", {"施工管理": "18.0", "违法建设": "17.6", "拆迁腾退": "16.1", "规划设计": "2.8"}),
    "交通管理": ("47.2", "34.14", "49.20", {"停车管理": "23.2", "交通设施": "6.2", "道路拥堵": "5.8", "缓堵措施": "4.5",
                                       "违章处理": "2.4"}),
    "社会秩序": ("46.5", "217.38", "40.19", {"经济纠纷": "18.7", "各类案件": "17.5", "户籍管理": "7.4", "宠物管理": "2.8"}),
    "劳动和社会保障": ("35.7", "93.06", "54.45", {"薪酬纠纷": "19.4", "社会保险": "7.6", "劳动合同及用工管理": "4.1",
                                           "离退休工资和待遇": "3.4"}),
    "教育": ("35.1", "269.30", "72.82", {"社会办学": "25.6", "入学升学": "5.3", "教职人员管理": "1.3", "教务管理": "1.0"}),
}
TOP_2019 = "市场管理 公共服务 城乡建设 住房 交通管理 环境保护 医疗卫生 农村管理 劳动和社会保障 市容环卫"


def test_the_ten_categories_and_their_subcategories_are_those_printed(calls):
    totals = calls.groupby("category").sum().drop("").sort_values(ascending=False)
    assert totals.index[:10].tolist() == list(CATEGORIES)
    for category, (printed, _, largest, listed) in CATEGORIES.items():
        parts = calls.loc[category].groupby("subcategory").sum().drop("").sort_values(ascending=False)
        assert near(totals[category], printed), category
        assert share(parts.iloc[0], totals[category], largest), category
        assert [name for name in parts.index if parts[name] >= 10_000] == sorted(listed, key=lambda name: -parts[name])
        assert [name for name, text in listed.items() if not near(parts[name], text)] == []
        assert parts.index[0] == next(iter(listed))


def test_categories_grew_as_printed_and_stood_in_that_order_in_2019(years, calls):
    before = years("select category, count(*) n from {2019} where category is not null group by 1 order by n desc")
    assert before["category"][:10].tolist() == TOP_2019.split()
    before, now = before.set_index("category")["n"], calls.groupby("category").sum()
    grown = {name: Decimal(int(now[name])) / int(before[name]) - 1 for name, row in CATEGORIES.items() if row[1]}
    assert [name for name, growth in grown.items() if not near(growth, CATEGORIES[name][1], Decimal("0.01"))] == []
    assert "疫情防控" not in before.index


def falls(months):
    return bool((np.diff(months) < 0).all())


def rises_then_falls(months):
    top = int(np.argmax(months))
    return 0 < top < 11 and bool((np.diff(months[: top + 1]) > 0).all()) and falls(months[top:])


def change(months, after):
    """The mean of up to three months after `after`, against that of up to three before and with it."""
    return months[after:after + 3].mean() / months[max(after - 3, 0):after].mean() - 1


def steady(months, first):
    """Whether the months from `first` on stay high (0.9 of the year's mean) and near each other (0.35 of their mean)."""
    part = months[first - 1:]
    return part.min() >= 0.9 * months.mean() and np.ptp(part) <= 0.35 * part.mean()


def around(months, printed, within=0.05):
    return all(abs(month / (printed * 10_000) - 1) <= within for month in months)


def largest(months, count):
    return set(np.argsort(-months)[:count] + 1)


def test_what_is_said_of_the_months_of_the_categories(calls):
    def of(*key):
        return month_of(calls, *key).to_numpy()

    epidemic, market, web = of("疫情防控"), of("市场管理"), of("市场管理", "网络交易")
    assert epidemic.argmax() == 5
    assert falls(epidemic[5:10])
    assert epidemic[10] > epidemic[9]
    assert change(market, 6) > 0
    assert (np.diff(market[5:]) > 0).all()
    assert steady(market, 7)
    assert largest(web, 3) == {1, 11, 12}
    assert around(web[[0, 10, 11]], 6.1)
    services, heating, bus = of("公共服务"), of("公共服务", "供暖"), of("公共服务", "公交")
    assert services[8] > services[7]
    assert change(heating, 10) >= 0.15
    assert largest(heating, 5) == {1, 2, 3, 11, 12}
    assert all(rises_then_falls(of("公共服务", name)) for name in ("公交", "供水", "供电"))
    assert largest(bus, 1) == {9}
    assert around(bus[[8]], 2.1)
    assert all(change(of("住房", name), 6) > 0 for name in CATEGORIES["住房"][3])
    repair, agents = of("住房", "房屋修缮"), of("住房", "房产中介")
    assert repair.argmax() == 7
    assert near(repair[7], "2.3")
    assert near(agents[10], "3.7")
    assert agents[10] > 1.15 * agents[7:10].mean()


def test_what_is_said_of_the_months_of_the_other_categories(calls):
    def of(*key):
        return month_of(calls, *key).to_numpy()

    health, prevention = of("医疗卫生"), of("医疗卫生", "疾病预防")
    assert health[:6].sum() > health[6:].sum()
    assert change(health, 6) <= -0.15
    assert prevention.argmax() == 3
    assert near(prevention[3], "4.4")
    assert around(prevention[9:], 0.6)
    building, works = of("城乡建设"), of("城乡建设", "施工管理")
    assert change(building, 3) >= 0.15
    assert steady(building, 4)
    assert works.argmax() == 7
    assert near(works[7], "2.7")
    traffic, parking = of("交通管理"), of("交通管理", "停车管理")
    assert change(traffic, 3) >= 0.15
    assert steady(traffic, 4)
    assert change(parking, 3) >= 0.15
    assert around(parking[9:], 2.8)
    order, disputes = of("社会秩序"), of("社会秩序", "经济纠纷")
    assert order.argmax() == 8
    assert steady(order, 9)
    assert np.polyfit(range(12), order, 1)[0] > 0
    assert disputes.argmax() == 11
    assert near(disputes[11], "3.0")
    labour = of("劳动和社会保障")
    assert change(labour, 2) >= 0.15
    assert labour.argmax() == 11
    assert near(labour[11], "5.1")
    assert change(of("劳动和社会保障", "薪酬纠纷"), 2) >= 0.15
    assert all(0 < change(of("劳动和社会保障", name), 6) <= 0.3 for name in ("社会保险", "离退休工资和待遇"))
    training, schools = of("教育", "社会办学"), of("教育", "入学升学")
    assert change(training, 6) >= 0.15
    assert training.argmax() == 9
    assert near(training[9], "3.9")
    assert falls(training[9:])
    assert rises_then_falls(schools)
    assert schools.argmax() == 6
    assert near(schools[6], "1.1")


def test_the_topics_that_are_named_stand_under_their_categories(years):
    topics = years("select category, list(distinct topic) topics from {2020} where topic is not null group by 1")
    topics = topics.set_index("category")["topics"]
    assert len(topics) == 9
    assert {"电梯", "公共绿地", "下水管道堵塞", "房屋中介费"} == set(topics["住房"])
    assert {"线路站点", "水质", "供暖温度", "煤改电"} == set(topics["公共服务"])


# 三

# District, total, share, departments, their share; three subdistricts; busiest, quietest month; beginnings of five categories.
DISTRICTS = """
东城区 16.7 4.99 9.9 59.12 龙潭街道 6754 永定门外街道 6126 东直门街道 6021 11 21150 4 7303 住房、市场、城乡、市容、交通
西城区 16.6 4.96 8.8 53.40 广外街道 9493 月坛街道 7902 白纸坊街道 7421 11 20858 3 6800 住房、城乡、交通、市场、市容
朝阳区 58.5 17.52 35.6 60.79 三间房地区 9026 平房地区 8996 望京街道 8771 11 67380 4 30771 市场、住房、教育、物业、城乡
海淀区 42.4 12.68 27.9 65.88 四季青镇 9914 甘家口街道 8739 海淀街道 8547 11 50877 4 20505 市场、教育、住房、城乡、物业
丰台区 33.2 9.94 15.7 47.25 新村街道 1.9 大红门街道 1.6 卢沟桥街道 1.4 9 37196 3 14026 住房、城乡、物业、市场、市容
石景山区 9.9 2.97 6.6 66.60 八角街道 6183 鲁谷街道 5668 苹果园街道 5478 8 11579 4 4886 市场、住房、教育、城乡、物业
门头沟区 10.2 3.05 3.6 34.99 永定镇 1.1 大峪街道 9874 龙泉镇 8576 12 12084 2 3355 住房、市容、物业、市政、城乡
房山区 19.5 5.83 9.8 50.40 长阳镇 1.2 拱辰街道 9638 阎村镇 7867 12 27203 2 6701 城乡、住房、农村、市容、公共
通州区 20.5 6.15 9.5 46.45 宋庄镇 1.2 永顺镇 1.2 梨园镇 10961 12 24374 3 9856 城乡、住房、农村、市场、物业
顺义区 27.6 8.27 10.0 36.25 杨镇 1.1 李桥镇 1.0 张镇 9711 12 37397 3 9750 农村、住房、城乡、市政、市容
大兴区 20.0 5.98 8.6 43.18 黄村镇 1.2 西红门镇 1.1 清源街道 8479 11 23039 4 9137 住房、农村、城乡、物业、市容
昌平区 21.4 6.42 10.0 46.72 北七家镇 1.4 沙河镇 1.3 龙泽园街道 8725 11 27139 4 9386 住房、城乡、物业、农村、市场
平谷区 11.0 3.30 3.1 28.41 金海湖镇 6700 平谷镇 6696 王辛庄镇 6295 12 13929 2 4315 农村、城乡、市政、市容、公共
怀柔区 9.3 2.80 2.8 30.17 庙城镇 6624 雁栖镇 6314 泉河街道 5205 10 10836 2 4130 农村、市政、城乡、市容、住房
密云区 12.0 3.60 5.0 41.70 巨各庄镇 5410 鼓楼街道 5375 西田各庄镇 5241 11 15880 2 4293 农村、住房、城乡、市容、公共
延庆区 5.3 1.58 1.9 36.03 延庆镇 4540 永宁镇 3282 康庄镇 2983 11 7001 2 1381 农村、城乡、公共、住房、市容
"""
ZONES = {"197.8 59.18 83.8 114": "东城区 西城区 朝阳区 海淀区 丰台区 石景山区 通州区",
         "88.6 26.51 50.1 38.5": "房山区 顺义区 昌平区 大兴区 北京经济技术开发区",
         "47.8 14.32 31.4 16.4": "门头沟区 平谷区 怀柔区 密云区 延庆区"}


def test_owner_levels_are_those_printed_and_the_busiest_of_each_is_named(years, areas):
    levels = years("select owner_level, owner, count(*) n from {2020} where owner is not null group by all")
    sums = levels.groupby("owner_level")["n"].sum()
    printed = dict(zip(LEVELS, [("168.90", "37.64"), ("165.30", "36.84"), ("53.80", "11.99"), ("60.71", "13.53")], strict=True))
    assert [level for level, (text, _) in printed.items() if not near(sums[level], text)] == []
    assert [level for level, (_, part) in printed.items() if not share(sums[level], sums.sum(), part)] == []
    first = levels.sort_values("n", ascending=False).drop_duplicates("owner_level").set_index("owner_level")["owner"]
    assert (first["municipal_agency"], first["state_owned_enterprise"]) == ("市公安局", "公交集团")
    streets = areas[areas["subdistrict"] != ""].groupby(["district", "subdistrict"])["tickets"].sum()
    assert streets.idxmax() == ("丰台区", "新村街道")


@pytest.mark.parametrize("row", DISTRICTS.split("\n")[1:-1], ids=lambda row: row.split()[0])
def test_a_district_is_as_printed(areas, row):
    name, total, part, own, own_part, a, a_count, b, b_count, c, c_count, *months_printed, top = row.split()
    here = areas[areas["district"] == name]
    whole, departments = here["tickets"].sum(), here.loc[here["subdistrict"] == "", "tickets"].sum()
    assert near(whole, total)
    assert share(whole, areas["tickets"].sum(), part)
    assert near(departments, own)
    assert share(departments, whole, own_part)
    streets = here[here["subdistrict"] != ""].groupby("subdistrict")["tickets"].sum().sort_values(ascending=False)
    assert streets.index[:3].tolist() == [a, b, c]
    assert all(near(count, text) if "." in text else count == int(text)
               for count, text in zip(streets, [a_count, b_count, c_count], strict=False))
    categories = here[here["category"] != ""].groupby("category")["tickets"].sum().sort_values(ascending=False)
    assert [name for name, first in zip(categories.index, top.split("、"), strict=False) if not name.startswith(first)] == []
    months = here.groupby("m")["tickets"].sum().sort_values()
    assert [months.index[-1], months.iloc[-1], months.index[0], months.iloc[0]] == [int(text) for text in months_printed]
    assert months.iloc[-2] < months.iloc[-1]
    assert months.iloc[1] > months.iloc[0]


@pytest.mark.parametrize("printed", ZONES)
def test_a_zone_is_as_printed(areas, printed):
    total, part, streets, departments = printed.split()
    here = areas[areas["district"].isin(ZONES[printed].split())]
    by_level = here.groupby("owner_level")["tickets"].sum()
    assert near(here["tickets"].sum(), total)
    assert share(here["tickets"].sum(), areas["tickets"].sum(), part)
    assert near(by_level["subdistrict"], streets)
    assert near(by_level["district_department"], departments if "." in departments else departments + ".0")


def test_no_subdistricts_months_are_a_scaled_copy_of_its_districts(areas):
    streets = areas[areas["subdistrict"] != ""].pivot_table(
        index=["district", "subdistrict"], columns="m", values="tickets", aggfunc="sum", fill_value=0)
    districts = areas.pivot_table(index="district", columns="m", values="tickets", aggfunc="sum")
    own = streets.div(streets.sum(axis=1), axis=0)
    base = districts.div(districts.sum(axis=1), axis=0).loc[streets.index.get_level_values("district")]
    assert np.abs(own.to_numpy() / base.to_numpy() - 1).max(axis=1).min() > 0.05


# 四

# The erratum: 临河里街道, printed as 26th, is not among the first of its district; 新华街道 is, and takes its place.
CITY_TOP = """
门头沟区大台街道 顺义区天竺镇 怀柔区宝山镇 怀柔区杨宋镇 顺义区石园街道 大兴区亦庄镇
石景山区广宁街道 北京经济技术开发区博兴街道 延庆区儒林街道 房山区大安山乡 平谷区马昌营镇 平谷区滨河街道
平谷区熊儿寨乡 顺义区北务镇 石景山区八角街道 石景山区老山街道 昌平区阳坊镇 房山区向阳街道
怀柔区桥梓镇 延庆区康庄镇 怀柔区长哨营满族乡 密云区北庄镇 房山区蒲洼乡 石景山区五里坨街道
顺义区李遂镇 通州区新华街道 西城区西长安街街道 西城区展览路街道 海淀区清华园街道 石景山区八宝山街道
"""
DISTRICT_TOP = {
    "东城区": "前门街道 景山街道 建国门街道", "西城区": "西长安街街道 展览路街道 大栅栏街道",
    "朝阳区": "小红门地区 小关街道=孙河地区 麦子店街道", "海淀区": "清华园街道 学院路街道 甘家口街道",
    "丰台区": "右安门街道 云岗街道 方庄地区", "石景山区": "广宁街道 八角街道 老山街道", "门头沟区": "大台街道 雁翅镇 潭柘寺镇",
    "房山区": "大安山乡 向阳街道 蒲洼乡", "通州区": "新华街道 漷县镇 于家务乡", "顺义区": "天竺镇 石园街道 北务镇",
    "昌平区": "阳坊镇 天通苑北街道 百善镇", "大兴区": "亦庄镇 林校路街道 瀛海镇", "怀柔区": "宝山镇 杨宋镇 桥梓镇",
    "平谷区": "滨河街道=马昌营镇 熊儿寨乡 南独乐河镇", "密云区": "北庄镇 十里堡镇 檀营地区", "延庆区": "儒林街道 康庄镇 珍珠泉乡"}


def test_both_rates_rise_from_month_to_month_and_satisfied_stays_above_solved(answers):
    for _, year in answers.groupby("y"):
        months = year.groupby("m")[["valid", "solved", "happy"]].sum()
        solved, happy = months["solved"] / months["valid"], months["happy"] / months["valid"]
        assert (np.diff(solved) > 0).all()
        assert (np.diff(happy) > 0).all()
        assert (happy > solved).all()


def test_levels_and_the_link_of_both_answers_are_those_known(answers):
    sums = answers.groupby("y")[["valid", "solved", "happy", "solved_happy"]].sum()
    year = sums.loc[2020]
    assert year["solved_happy"] / year["solved"] == pytest.approx(0.985, abs=0.0005)
    assert (year["happy"] - year["solved_happy"]) / (year["valid"] - year["solved"]) == pytest.approx(0.46, abs=0.0005)
    assert 0.75 < year["solved"] / year["valid"] < 0.89
    assert 0.87 < year["happy"] / year["valid"] < 0.92
    months = answers[answers["y"] == 2019].groupby("m")[["valid", "solved", "happy"]].sum()
    rates = months[["solved", "happy"]].div(months["valid"], axis=0).loc[[1, 10]].round(4).to_numpy().tolist()
    assert rates == [[0.5309, 0.6461], [0.7436, 0.8539]]


def test_the_citys_first_thirty_stand_in_the_printed_order(answers, areas):
    streets = answers[(answers["y"] == 2020) & (answers["owner_level"] == "subdistrict")]
    score, _ = scores(streets, ["district", "subdistrict"])
    volume = areas.groupby(["district", "subdistrict"])["tickets"].sum()
    order = score.to_frame("score").assign(tickets=volume).sort_values(["score", "tickets"], ascending=False)
    assert [district + name for district, name in order.index[:30]] == CITY_TOP.split()
    assert order["score"].iloc[29] > order["score"].iloc[30]
    tied = [pair for pair in itertools.pairwise(range(30)) if order["score"].iloc[pair[0]] == order["score"].iloc[pair[1]]]
    assert tied == [(10, 11)]


@pytest.mark.parametrize("district", DISTRICT_TOP)
def test_a_districts_first_stand_in_the_printed_order_with_the_printed_ties(answers, district):
    streets = answers[(answers["y"] == 2020) & (answers["owner_level"] == "subdistrict") & (answers["district"] == district)]
    score, _ = scores(streets, ["subdistrict"])
    ranks = [sorted(names) for _, names in sorted(score.groupby(-score).groups.items())]
    printed = [sorted(tie.split("=")) for tie in DISTRICT_TOP[district].split()]
    assert ranks[:len(printed)] == printed


def test_districts_lead_in_the_printed_order(answers):
    levels = answers[(answers["y"] == 2020) & answers["owner_level"].isin(["district_department", "subdistrict"])]
    score, months = scores(levels, ["district"])
    order = score.sort_values(ascending=False)
    assert order.index[:3].tolist() == ["怀柔区", "大兴区", "东城区"]
    assert (np.diff(order[:4]) < 0).all()
    assert (months == 12).all()


def test_every_subdistrict_scores_higher_than_in_the_year_before(years, answers):
    streets = answers[answers["owner_level"] == "subdistrict"]
    now, _ = scores(streets[streets["y"] == 2020], ["district", "subdistrict"])
    before, _ = scores(streets[streets["y"] == 2019], ["district", "subdistrict"])
    assert (len(before), len(now)) == (333, 337)
    assert now.min() > before.max()
    standing = years("select distinct district, subdistrict from {2020} where subdistrict is not null")
    assert len(standing) == 338
    assert set(map(tuple, standing.values)) - set(now.index) == {("通州区", "潞邑街道")}


def test_agencies_and_enterprises_are_scored_in_two_classes(answers):
    for level, count in (("municipal_agency", 52), ("state_owned_enterprise", 44)):
        _, months = scores(answers[(answers["y"] == 2020) & (answers["owner_level"] == level)], ["owner"])
        assert len(months) == count
        assert (months >= 7).sum() > (months <= 6).sum() > 0


# What the report does not say


def test_calls_come_by_day_mostly_from_nine_to_eleven_and_fourteen_to_sixteen(years):
    hours = years("select hour(received_at) h, count(*) n from {2020} group by 1").set_index("h")["n"]
    assert set(hours.nlargest(2).index) == {9, 10}
    assert set(hours.drop([8, 9, 10, 11]).nlargest(2).index) == {14, 15}
    assert hours[3] < hours[10] / 10
    night = years("select category, avg((hour(received_at) >= 22 or hour(received_at) < 6)::int) n from {2020} "
                  "where category is not null group by 1").set_index("category")["n"]
    assert night["环境保护"] > 1.5 * night["教育"]


def test_rates_differ_by_category_and_owners_fit_their_categories(years):
    rates = years("select category, avg((resolved = 'resolved')::int) r from {2020} where resolved is not null "
                  "and satisfied is not null and category is not null group by 1").set_index("category")["r"]
    assert rates["公共服务"] - rates["城乡建设"] > 0.04
    owners = years("select owner, category, count(*) n from {2020} where owner_level = 'municipal_agency' "
                   "and category is not null group by all").sort_values("n", ascending=False).drop_duplicates("owner")
    owners = owners.set_index("owner")["category"]
    fits = {"市公安局": "社会秩序", "市交管局": "交通管理", "市教委": "教育", "市水务局": "公共服务"}
    assert {name: owners[name] for name in fits} == fits


def test_hours_follow_the_slope_of_the_months():
    rising = timestamps._slope(np.array([10, 20, 40] + [40] * 9), 2, 28)
    assert rising[0] < 1 < rising[-1]
    assert pd.Series(rising).is_monotonic_increasing
