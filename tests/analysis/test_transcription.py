"""The 2020 report written down: the columns and words of its files, and a second reading of its text."""

import ast
import csv
import itertools
import re
from collections import Counter
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

PUBLISHED = Path(__file__).parents[2] / "data" / "published" / "beijing-2020"
COLUMNS = {
    "figures": "id,section,chapter,subject,parent,measure,period,printed,unit,value,decimals,approx,line",
    "rankings": "list_id,section,position,rank,entity,parent,tie,line",
    "claims": "claim_id,section,subject,parent,claim_type,form,strictness,line",
    "not-transcribed": "line,text,reason",
}
# fmt: off
MONTH_MEASURES = {"month_of_max", "month_of_min", "month_of_high", "month_of_rebound", "trend_from_month"}
MEASURES = MONTH_MEASURES | {
    "total", "share", "yoy", "dept_count", "dept_share", "street_count", "month_value", "month_share", "month_level",
    "listing_threshold", "assessed", "excluded_from_assessment", "callback_connected", "callback_valid",
    "assessed_units", "class_min_months", "class_max_months", "count",
}
PART_OF_YEAR = {"month_value", "month_share", "month_level"}
CHAPTERS = {
    "1": "总体情况", "2": "市民来电及热点分析", "4": "考核排名情况",
    "3.0": "诉求办理情况", "3.1": "各区办理分布情况", "3.2": "功能区办理分布情况",
}
# fmt: on
CLAIM_TYPES = {
    "maximum": (r"argmax\(series\) == \d+", "最多|最为集中|峰值"),
    "minimum": (r"argmin\(series\) == \d+", "最少"),
    "high_months": (r"top\(series, \d\) == \{[\d, ]+\}", "较高|较为集中"),
    "reached_high": (r"reaches_high\(series, \d+\)", "达到"),
    "rise": (r"(step|onset)\(series, \d+\) (> 0|>= 0\.15)|0 < step\(series, \d+\) <= 0\.3", "上升|增幅"),
    "fall": (r"falls\(series, 7, 10\)|step\(series, 6\) <= -0\.15|slope\(series, 10, 12\) < 0", "下降"),
    "rebound": (r"at\(series, 11\) > at\(series, 10\)", "反弹"),
    "hump": (r"hump\(series\)", "先升后降"),
    "trend": (r"slope\(series, 1, 12\) > 0|rises\((resolution|satisfaction), 2, 12\)", "上升趋势"),
    "steady_high": (r"steady_high\(series, \d+, 12\)", "稳定在相对"),
    "level": (r"plateau\(series, 10, 12, \d+\)", "基本稳定在"),
    "about": (r"about\(at\(series, \d+\), \d+\)( and about\(at\(series, \d+\), \d+\))*", "约为"),
    "concentration": (r"(mean|total)\(series, \d+, \d+\) > \1\(series, \d+, \d+\)", "集中"),
    "largest": (r'argmax\(subcategories\) == ".+"', "占比最大|最多|突出"),
    "busiest": (r"argmax\((districts|subdistricts|agencies|enterprises)\) == .+", "最多"),
    "listing": (r"listed\(subcategories, 10000\) == \{.+\}", "主要是"),
    "comparison": (r"(count\(scores\) == 337 and )?above\(\w+, \w+\)", "高于|均大幅提升"),
}
DISTRICT_MEASURES = "total share dept_count dept_share month_of_max month_value month_of_min month_value"
SECTION = r"[0-5]\.0|2\.(0[1-9]|10)|3\.1\.(0[1-9]|1[0-6])|3\.2\.[123]|4\.[1-4]"
PERIOD = r"2020|2020-\d\d(;2020-\d\d)*|2020-\d\d/2020-\d\d"
UNIT = {"%": Decimal("0.01"), "万件": 10000, "万条": 10000, "万人": 10000}
UNIT_IN_TEXT = {"month": "月", "months": "个月", "万件": "万余?件", "万人": "万群众", "人": "的滞汉滞鄂人员"}
FORM_NODES = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Compare, ast.cmpop, ast.Call, ast.Name, ast.Load),
    *(ast.Constant, ast.Tuple, ast.Set, ast.UnaryOp, ast.USub),
)
CATEGORY = re.compile(r"2\.(0[1-9]|10)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
MONTH_WORD = re.compile(r"[一二三四五六七八九十]+月|上半年|下半年|供暖季|逐月")
NUMBER_WORD = re.compile(r"[第前][一二三五十]+|[一二两三四五](?=[类级])|[一二]是|“五统一”|“七有”|双轮|以万计")
NUMBERED_LISTS = ("4.1-districts-score", "4.1-districts-volume", "4.2-subdistricts-top30")


def rows_of(name):
    with open(PUBLISHED / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grouped(rows, column):
    groups = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


FIGURES, RANKINGS, CLAIMS, DECLINED = (rows_of(name) for name in COLUMNS)
LISTS = grouped(RANKINGS, "list_id")
ERRATA = yaml.safe_load((PUBLISHED / "errata.yml").read_text(encoding="utf-8"))
IN_TEXT = {right: wrong for erratum in ERRATA for wrong, right in erratum.get("reads", {}).items()}


def holds(expectation, figures=FIGURES):
    by_id = {row["id"]: row for row in figures}
    lines = {row.get("id") or row["list_id"]: int(row["line"]) for row in figures + RANKINGS}
    places = {(row["list_id"], row["entity"]): int(row["position"]) for row in RANKINGS}

    def bound(figure, side):
        half = float(UNIT.get(by_id[figure]["unit"], 1)) * 10 ** -int(by_id[figure]["decimals"]) / 2
        return float(by_id[figure]["value"]) + side * half

    words = {
        "value": lambda figure: bound(figure, 0),
        "low": lambda figure: bound(figure, -1),
        "high": lambda figure: bound(figure, 1),
        "added": lambda pattern: sum(bound(figure, 0) for figure in by_id if fnmatchcase(figure, pattern)),
        "position": lambda list_id, entity: places.get((list_id, entity), 0),
        "line": lines.get,
        "round": round,
    }
    return eval(" ".join(expectation.split()), {"__builtins__": {}}, words)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_file_has_the_columns_of_the_contract_and_plain_line_ends(name):
    written = (PUBLISHED / f"{name}.csv").read_bytes()
    assert written.startswith(COLUMNS[name].encode() + b"\n")
    assert b"\r" not in written


def test_ids_are_unique_and_begin_with_section_and_subject():
    ids = [(row["id"], f"{row['section']}-{row['subject']}-{row['measure']}") for row in FIGURES]
    ids += [(claim["claim_id"], f"{claim['section']}-{claim['subject']}-") for claim in CLAIMS]
    assert [name for name, start in ids if not name.startswith(start)] == []
    assert len({row["id"] for row in FIGURES}) == len(FIGURES)
    assert len({claim["claim_id"] for claim in CLAIMS}) == len(CLAIMS)


def test_every_word_is_of_its_vocabulary():
    assert {row["measure"] for row in FIGURES} == MEASURES
    assert {claim["claim_type"] for claim in CLAIMS} == set(CLAIM_TYPES)
    assert {claim["strictness"] for claim in CLAIMS} == {"exact", "interpretive"}
    assert {row["approx"] for row in FIGURES} == {row["tie"] for row in RANKINGS} == {"true", "false"}
    assert [row["section"] for row in FIGURES + RANKINGS + CLAIMS if not re.fullmatch(SECTION, row["section"])] == []
    assert [row["id"] for row in FIGURES if not re.fullmatch(PERIOD, row["period"])] == []
    assert [row["id"] for row in FIGURES if (row["period"] != "2020") != (row["measure"] in PART_OF_YEAR)] == []
    assert [row["id"] for row in FIGURES if (row["unit"] == "month") != (row["measure"] in MONTH_MEASURES)] == []
    names = {row["section"]: CHAPTERS.get(row["section"][:3]) or CHAPTERS[row["section"][0]] for row in FIGURES}
    assert [row["id"] for row in FIGURES if row["chapter"] != names[row["section"]]] == []


def test_sections_follow_each_other_and_their_rows_stay_between_their_lines():
    spans = [(row["section"], int(row["line"])) for row in FIGURES + RANKINGS + CLAIMS]
    first = {section: min(line for name, line in spans if name == section) for section, _ in spans}
    last = {section: max(line for name, line in spans if name == section) for section, _ in spans}
    order = sorted(first)
    assert all(last[before] < first[after] for before, after in itertools.pairwise(order))
    assert [int(row["line"]) for row in FIGURES] == sorted(int(row["line"]) for row in FIGURES)


def test_a_section_speaks_of_its_own_category_district_or_zone_and_of_their_parts():
    for section, rows in grouped([row for row in FIGURES if row["section"].count(".") == 2], "section").items():
        assert {row["parent"] or row["subject"] for row in rows} == {rows[0]["subject"]}, section
    for section, rows in grouped(
        [row for row in FIGURES + CLAIMS if CATEGORY.match(row["section"])], "section"
    ).items():
        assert {row["parent"] or row["subject"] for row in rows} == {rows[0]["subject"]}, section


def test_a_subdistrict_has_a_total_and_a_threshold_is_printed_once_a_category():
    assert {row["measure"] for row in FIGURES if row["section"].startswith("3.1.") and row["parent"]} == {"total"}
    thresholds = [row["section"] for row in FIGURES if row["measure"] == "listing_threshold"]
    assert thresholds == sorted({row["section"] for row in FIGURES if CATEGORY.match(row["section"])})


def test_a_value_is_the_printed_number_in_its_unit_and_negative_only_as_growth():
    for row in FIGURES:
        printed = Decimal(10000 if row["printed"] == "数以万计" else row["printed"])
        assert abs(Decimal(row["value"])) == printed * UNIT.get(row["unit"], 1), row["id"]
        assert Decimal(row["value"]) > 0 or row["measure"] == "yoy", row["id"]


def test_decimals_are_the_printed_ones_or_the_house_number_where_zeros_were_dropped():
    for row in FIGURES:
        headline = row["section"] in ("3.0", "4.0") and row["unit"] == "万件"
        house = 0 if row["measure"] == "count" else 2 if headline else {"%": 2, "万件": 1}.get(row["unit"], 0)
        assert int(row["decimals"]) == max(len(row["printed"].partition(".")[2]), house), row["id"]


def test_a_list_counts_on_ranks_densely_and_names_nobody_twice():
    for list_id, rows in LISTS.items():
        ranks = [int(row["rank"]) for row in rows]
        assert [int(row["position"]) for row in rows] == list(range(1, len(rows) + 1)), list_id
        assert ranks == sorted(ranks), list_id
        assert set(ranks) == set(range(1, max(ranks) + 1)), list_id
        assert [row["tie"] == "true" for row in rows] == [ranks.count(rank) > 1 for rank in ranks], list_id
        assert len({(row["entity"], row["parent"]) for row in rows}) == len(rows), list_id


def test_the_lists_are_as_many_and_as_long_as_the_text_says():
    lengths = {"2.0-categories-*": (2, 10), "2.*-subcategories": (10, None), "3.0-busiest-*": (4, 1)}
    lengths |= {"3.1.*-categories": (16, 5), "3.1.*-subdistricts": (16, 3), "4.1-*": (2, 3)}
    lengths |= {"4.2-subdistricts-top30": (1, 30), "4.2-[朝平][阳谷]区": (2, 4), "4.2-[!朝平s]*": (14, 3)}
    for pattern, (number, length) in lengths.items():
        matching = [rows for list_id, rows in LISTS.items() if fnmatchcase(list_id, pattern)]
        assert len(matching) == number, pattern
        assert length is None or {len(rows) for rows in matching} == {length}, pattern
    assert len(LISTS) == sum(number for number, _ in lengths.values())


def test_a_list_by_volume_never_rises_in_its_printed_volumes():
    volumes = {(row["section"], row["subject"]): float(row["value"]) for row in FIGURES if row["measure"] == "total"}
    for list_id, rows in LISTS.items():
        printed = [volumes[key] for row in rows if (key := (row["section"], row["entity"])) in volumes]
        assert printed == sorted(printed, reverse=True), list_id


def test_a_form_is_made_of_documented_calls_and_tables_only():
    documented = set(re.findall(r"`(\w+)[`(]", (PUBLISHED / "form.md").read_text(encoding="utf-8")))
    for claim in CLAIMS:
        nodes = list(ast.walk(ast.parse(claim["form"], mode="eval")))
        assert all(isinstance(node, FORM_NODES) for node in nodes), claim["claim_id"]
        assert {node.id for node in nodes if isinstance(node, ast.Name)} <= documented, claim["claim_id"]


def test_a_form_says_what_its_type_says():
    for claim in CLAIMS:
        assert re.fullmatch(CLAIM_TYPES[claim["claim_type"]][0], claim["form"]), claim["claim_id"]
        named = re.findall(r'"([^"]+)"', claim["form"])
        if claim["claim_type"] in ("largest", "busiest"):
            assert named == ([claim["parent"]] if "subdistricts" in claim["form"] else []) + [claim["subject"]]
        if claim["claim_type"] == "listing":
            assert named == [row["entity"] for row in LISTS[f"{claim['section']}-subcategories"]], claim["claim_id"]


def test_a_month_is_in_the_claim_whose_id_begins_its_own():
    for row in FIGURES:
        if row["measure"] in MONTH_MEASURES:
            claims = [claim for claim in CLAIMS if f"{row['id']}-".startswith(f"{claim['claim_id']}-")]
            assert len(claims) == 1, row["id"]
            assert (claims[0]["subject"], claims[0]["parent"]) == (row["subject"], row["parent"])
            months = {int(number) for number in NUMBER.findall(claims[0]["form"]) if "." not in number}
            shift = 1 if claims[0]["strictness"] == "interpretive" else 0
            assert months & set(range(int(row["printed"]) - shift, int(row["printed"]) + shift + 1)), row["id"]


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum["id"])
def test_an_erratum_stands_in_the_printed_values_and_names_rows_that_exist(erratum):
    known = {row["id"] for row in FIGURES} | {claim["claim_id"] for claim in CLAIMS}
    known |= {f"{row['list_id']}#{row['position']}" for row in RANKINGS}
    assert erratum["reason"]
    assert set(erratum["rows"]) <= known
    assert all(any(fnmatchcase(name, pattern) for name in known) for pattern in erratum["concerns"])
    assert holds(erratum["expect"])


def test_the_contradiction_of_november_is_gone_once_its_share_is_mended():
    erratum = next(erratum for erratum in ERRATA if erratum["id"] == "housing-agents-november")
    mended = [row | {"value": "0.25"} if row["id"] in erratum["rows"] else row for row in FIGURES]
    assert not holds(erratum["expect"], mended)


def test_at_most_six_rows_are_excused():
    excused = [name for erratum in ERRATA for name in erratum["rows"]]
    assert len(excused) == len(set(excused)) <= 6


@pytest.fixture(scope="module")
def lines(seed):
    return seed.read_text(encoding="utf-8").split("\n")


def plain(text):
    return "".join(text.split()).translate(str.maketrans("（），；：", "(),;:"))


def text_from(lines, row, before=0, after=12):
    start = int(row["line"]) - 1
    return plain("".join(lines[max(0, start - before) : start + after]))


def test_every_number_of_the_text_has_one_row_and_every_row_its_number(lines):
    figures, rankings, declined = (grouped(rows, "line") for rows in (FIGURES, RANKINGS, DECLINED))
    for number, line in enumerate(lines, start=1):
        written = Counter(digits for row in figures.get(str(number), []) for digits in NUMBER.findall(row["printed"]))
        written.update(row["position"] for row in rankings.get(str(number), []) if row["list_id"] in NUMBERED_LISTS)
        written.update(digits for row in declined.get(str(number), []) for digits in NUMBER.findall(row["text"]))
        assert written == Counter(NUMBER.findall(line)), f"line {number}"


def test_figures_stand_in_their_line_in_order_each_before_its_unit_and_after_its_word_of_growth(lines):
    for number, rows in grouped(FIGURES, "line").items():
        text, length, end = text_from(lines, rows[0]), len(plain(lines[int(number) - 1])), 0
        for row in rows:
            unit = UNIT_IN_TEXT.get(row["unit"], re.escape(row["unit"]))
            found = re.compile(rf"(?<![\d.]){re.escape(row['printed'])}(?![\d.]){unit}").search(text, end)
            assert found, row["id"]
            assert found.start() < length, row["id"]
            start, end = found.span()
            rough = text[:start].endswith(("约", "约为")) or text[end:].startswith("左右") or "余" in found[0]
            assert (row["approx"] == "true") == (rough or row["printed"] == "数以万计"), row["id"]
            if row["measure"] == "yoy":
                assert text[:start].endswith("下降" if row["value"].startswith("-") else "上升")


def test_declined_words_stand_in_their_lines(lines):
    assert [row for row in DECLINED if row["text"] not in lines[int(row["line"]) - 1]] == []


def test_every_number_word_has_a_row(lines):
    figures, declined = grouped(FIGURES, "line"), grouped(DECLINED, "line")
    for number, line in enumerate(lines, start=1):
        texts = [row["printed"] for row in figures.get(str(number), [])]
        texts += [row["text"] for row in declined.get(str(number), [])]
        assert all(any(word in text for text in texts) for word in NUMBER_WORD.findall(line)), f"line {number}"


def test_every_line_with_a_half_year_a_season_or_a_month_in_words_has_a_claim(lines):
    spoken = {str(number) for number, line in enumerate(lines, start=1) if MONTH_WORD.search(line)}
    assert spoken
    assert spoken <= set(grouped(CLAIMS, "line"))


def test_a_listed_volume_stands_in_brackets_behind_its_name(lines):
    for row in FIGURES:
        if row["parent"] and row["measure"] == "total":
            phrase = f"{row['subject']}({row['printed']}{row['unit']})"
            assert phrase in text_from(lines, row, before=9), row["id"]


def test_the_two_sentences_of_a_district_can_be_written_again_from_its_rows(lines):
    districts = [row for row in FIGURES if row["section"].startswith("3.1.") and not row["parent"]]
    for rows in grouped(districts, "section").values():
        total, share, count, part, most, in_most, least, in_least = (row["printed"] for row in rows)
        volume = f"{rows[0]['subject']}共办理诉求{total}万件,占各区办理量的{share}%,"
        volume += f"其中,区级部门办理{count}万件,占比{part}%。"
        months = f"{most}月份X诉求量最多,达到{in_most}件;{least}月份X诉求最少,为{in_least}件。"
        assert " ".join(row["measure"] for row in rows) == DISTRICT_MEASURES
        assert [row["period"] for row in rows[4:]] == ["2020", f"2020-{most:0>2}", "2020", f"2020-{least:0>2}"]
        assert text_from(lines, rows[0]).startswith(volume)
        assert months in re.sub("承办|办理", "X", text_from(lines, rows[4]))


def test_the_first_sentence_of_a_category_can_be_written_again_from_its_rows(lines):
    for rows in grouped([row for row in FIGURES if CATEGORY.match(row["section"])], "section").values():
        category = rows[0]["subject"]
        growth = "".join(f",环比上升{row['printed']}%" for row in rows if row["measure"] == "yoy")
        listed = [
            f"{row['subject']}({row['printed']}万件)" for row in rows if row["parent"] and row["measure"] == "total"
        ]
        share = next(row for row in rows if row["measure"] == "share")
        text = text_from(lines, rows[0], before=3)
        opening = f"{category}类问题共来电{rows[0]['printed']}万件{growth},1万件以上的主要是{'、'.join(listed)}等"
        assert opening in text
        assert f"其中,{share['subject']}占比最大,为{share['printed']}%。" in text


def test_a_month_of_a_category_is_named_before_its_value(lines):
    for row in FIGURES:
        if CATEGORY.match(row["section"]) and row["measure"] in ("month_value", "month_share"):
            before = text_from(lines, row).partition(f"{row['printed']}{row['unit']}")[0]
            months = [int(month) for month in re.findall(r"2020-(\d\d)", row["period"])]
            assert re.findall(r"(\d+)月", before)[-len(months) :] == [str(month) for month in months], row["id"]
            assert row["subject"] in before, row["id"]


def test_a_total_of_the_whole_stands_between_its_name_and_its_share(lines):
    rows = [row for row in FIGURES if row["section"] in ("2.0", "3.0")]
    for total, share in itertools.pairwise(rows):
        if share["measure"] == "share":
            assert (total["subject"], total["measure"]) == (share["subject"], "total")
            phrase = rf"{re.escape(plain(share['subject']))}[^%]*?{total['printed']}万件、占比{share['printed']}%"
            assert re.search(phrase, text_from(lines, share, before=3)), share["id"]


def test_a_ranked_name_stands_in_its_line(lines):
    for row in RANKINGS:
        line, name = plain(lines[int(row["line"]) - 1]), IN_TEXT.get(row["entity"], row["entity"])
        assert 0 <= text_from(lines, row).find(name) < len(line), row
        if row["list_id"] in NUMBERED_LISTS:
            assert line == row["position"] + row["parent"] + name


def test_a_list_of_categories_stands_in_the_text_as_one_phrase(lines):
    for list_id, rows in LISTS.items():
        if "-categories" in list_id:
            assert f"分别是{'、'.join(row['entity'] for row in rows)}。" in text_from(lines, rows[0]), list_id


def test_the_best_of_a_district_stand_in_its_line_as_one_phrase(lines):
    ordinals = {"1": "第一名", "2": "第二名", "3": "第三名"}
    for list_id, rows in LISTS.items():
        if re.fullmatch("4.2-.*区", list_id):
            names = "、".join(IN_TEXT.get(row["entity"], row["entity"]) for row in rows)
            if any(row["tie"] == "true" for row in rows):
                ranks = grouped(rows, "rank").items()
                names = "".join(
                    "并列" * (len(tied) > 1) + ordinals[rank] + "、".join(row["entity"] for row in tied)
                    for rank, tied in ranks
                )
            assert plain(lines[int(rows[0]["line"]) - 1]).lstrip("0123456789") == list_id[4:] + names


def test_a_claim_stands_in_a_line_with_a_word_for_it(lines):
    for claim in CLAIMS:
        text = text_from(lines, claim, after=4)
        assert re.search(CLAIM_TYPES[claim["claim_type"]][1], text), claim["claim_id"]
        if claim["section"].startswith("2."):
            assert claim["subject"] in text or f"{claim['parent']}类问题" in text, claim["claim_id"]


def test_an_exact_claim_stands_in_a_line_that_names_its_months_or_its_winner(lines):
    for claim in CLAIMS:
        if claim["strictness"] == "exact":
            text, right = text_from(lines, claim), claim["form"].rpartition("==")[2]
            assert all(re.search(rf"(?<!\d){month}月", text) for month in NUMBER.findall(right)), claim["claim_id"]
            assert all(name in text for name in re.findall(r'"([^"]+)"', right)[-1:]), claim["claim_id"]


def test_a_corrected_name_is_still_wrong_in_the_text(lines):
    text = "".join(lines)
    assert all(wrong in text and right not in text for right, wrong in IN_TEXT.items())
