"""Write the sentences of bulletins and quarterly analyses: totals with the sign of a chart, movements, areas, follow-up."""

import pandas as pd

from helpers.analysis import movements
from helpers.analysis.bulletin import LunarNewYear, Spans
from helpers.settings import labels, number_format, periods
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, join, literal, optional, phrase, sentence

__all__ = [
    "assessment_month",
    "assumed",
    "beside",
    "carried",
    "chosen",
    "densest",
    "follow_up",
    "hard",
    "incomplete",
    "lines",
    "lunar_new_year",
    "moved",
    "order",
    "outcomes",
    "persistent",
    "proposals",
    "quarter",
    "seasonal",
    "together",
    "topic",
    "total",
    "unplaced",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_JUDGED = {"unsolved": "解决率", "long": "办理时间", "repeated": "重复反映"}
_WAYS = 2  # in which a problem has to be worse, to be hard
_SIGNED = {"above", "below", "high", "low", "rising", "falling", "near_above", "near_below", "within"}


def lines(items: pd.DataFrame) -> pd.DataFrame:
    """Add `line`, what a row of `bulletin.items` is called, and `comparison`, its sign; null where no row has limits."""
    names = [
        labels.value("item", item) if pd.isna(name) and item in ("total", "handling") else labels.value(item, name)
        for item, name in zip(items["item"], items["name"], strict=True)
    ]
    signs = items["sign"] if items["sign"].isin(_SIGNED).any() else None
    rows = items.assign(line=names, comparison=pd.Series(signs, index=items.index, dtype="str"))
    rows.attrs = items.attrs
    return rows


def total(items: pd.DataFrame, opening: str) -> list[Sentence]:
    """State all calls of the month, their changes where they are known, and what the control chart says of them."""
    row = items[items["item"] == "total"]
    if not row["tickets"].sum():
        return [sentence("{opening}没有群众来电记录。", opening=opening)]
    sign = row["sign"].iloc[0]
    return [
        sentence(
            "{opening}共受理群众来电{tickets}{previous}{year_ago}{sign}。",
            opening=opening,
            tickets=cite(row, "tickets", kind="headline"),
            previous=phrases.change(row, "环比", "previous_change"),
            year_ago=phrases.change(row, "同比", "year_ago_change"),
            sign=phrase("；日均件数{sign}", sign=labels.value("comparison", sign)) if sign in _SIGNED else "",
        ),
        *([sentence("此前的月份不足，尚不能判断是否在正常波动范围之内。")] if sign == "short" else []),
    ]


def together(both: pd.DataFrame, spans: Spans) -> list[Sentence]:
    """State by how much January and February together, or March beside them, differ by the day; none where that is not known."""
    if both.empty:
        return []
    change = optional("日均件数比{before}{change}", before=_before(spans), change=cite(both, "daily_change"))
    whole = phrase("{now}合计{tickets}", now=spans.now.words, tickets=cite(both, "tickets")) if spans.now.months > 1 else ()
    known = phrases.clauses([whole, change], "，")
    return [sentence("{known}。", known=known)] if known else []


def quarter(calls: pd.DataFrame, since: pd.DataFrame, opening: str, comparison: str) -> list[Sentence]:
    """State a quarter's total with its changes from a year and from the quarter before. Each answer has one row."""
    if not calls["tickets"].sum():
        return [sentence("{opening}没有群众来电记录。", opening=opening)]
    return [
        sentence(
            "{opening}共受理群众来电{tickets}{change}{since}。",
            opening=opening,
            tickets=cite(calls, "tickets", kind="headline"),
            change=phrases.change(calls, comparison),
            since=phrases.change(since, "环比"),
        )
    ]


def unplaced(tickets: pd.DataFrame, level: str) -> list[Sentence]:
    """State how many tickets no area is known of; none where there are none."""
    return [sentence("另有{tickets}未注明{level}。", tickets=cite(tickets, "tickets"), level=level)] if len(tickets) else []


def chosen(problems: pd.DataFrame, by: list[str], n: int) -> list[Sentence]:
    """Name the problems that have a page each."""
    names = "、".join(phrases.quoted(name) for name in problems[by[-1]])
    return (
        [sentence("以下各列一页的{n}个问题是{names}。", n=literal(len(problems), "plain"), names=names)]
        if names
        else [sentence("没有可列的重点问题。")]
    )


def topic(volume: pd.DataFrame, name: str, comparison: str) -> list[Sentence]:
    """State a problem's calls, their share and their change. `volume` has one row, or none."""
    if volume.empty:
        return [sentence("{name}没有来电。", name=phrases.quoted(name))]
    return [
        sentence(
            "{name}来电{tickets}{change}。",
            name=phrases.quoted(name),
            tickets=cite(volume, "tickets"),
            change=phrases.change(volume, comparison),
        )
    ]


def beside(handled: pd.DataFrame, whole: pd.DataFrame) -> list[Sentence]:
    """Set how a problem was handled beside all tickets. Each has one row."""
    if handled.empty:
        return []
    templates = {"days_mean": "平均办理{x}", "resolution_rate": "解决率为{x}", "repeated_share": "重复反映占{x}"}
    both = [name for name in templates if handled[name].notna().all() and whole[name].fillna(0).sum() > 0]
    known = phrases.clauses([optional(templates[name], x=cite(whole, name)) for name in both], "，")
    return [sentence("全市同期{known}。", known=known)] if known else []


def assumed(is_assumed: bool) -> list[Sentence]:
    """Say once that the months of a simulated year are assumed, and what follows from it."""
    return [sentence("本版为模拟数据，各月数量系假定：与其他时期的比较只演示写法，不列增减幅度。")] if is_assumed else []


def incomplete(spans: Spans, whole_days: int) -> list[Sentence]:
    """Say of how many days there are tickets, where these are not all days of what is compared."""
    if spans.days[0] >= whole_days:
        return []
    return [
        sentence(
            "本期{whole}天中有数据的为{days}天，与其他时期的比较按日均件数计算。",
            whole=literal(whole_days, "plain"),
            days=literal(spans.days[0], "plain"),
        )
    ]


def lunar_new_year(found: LunarNewYear | None, spans: Spans) -> list[Sentence]:
    """Say where Lunar New Year falls in both years, and with what January or February is compared."""
    if found is None:
        return []
    how = (
        "1月与2月合并比较，见2月通报"
        if spans.before is None and spans.now.months == 1
        else ("以下增减和名次将1月与2月合并比较" if spans.before is not None else "上年没有可合并比较的数据")
    )
    now, before = (_days_of(january, february) for january, february in (found[:2], found[2:]))
    return [sentence("春节假期本年{now}，上年{before}，{how}。", now=now, before=before, how=how)]


def _days_of(january: int, february: int) -> Fragment:
    """Return in which month days are: 6天均在1月, or 7天在1月、2天在2月."""
    each = [
        phrase("{n}天{all}在{month}月", n=literal(days, "plain"), all="" if january and february else "均", month=str(month))
        for month, days in enumerate((january, february), start=1)
        if days
    ]
    return join(each) if each else ("不在1月、2月",)


def order(placed: pd.DataFrame, by: str) -> list[Sentence]:
    """Name the rows whose order counts do not separate; none where all are certain."""
    unsure = placed[placed["order"] == "unsure"]
    if unsure.empty:
        return []
    sure = placed[placed["order"] == "sure"]
    listed = sure if len(sure) < len(unsure) else unsure
    names = "、".join(phrases.value_name(by, name) for name in listed[by])
    if listed is unsure:
        return [sentence("{names}与名次相邻或互换的一项件数接近，次序不能确定。", names=names)]
    but = f"除{names}外，" if names else ""
    return [sentence("{but}名次相邻或互换的各项件数接近，次序{all}不能确定。", but=but, all="" if but else "均")]


def moved(both: pd.DataFrame, keys: list[str], spans: Spans, n: int, unit: str, *, is_first: bool = True) -> list[Sentence]:
    """State which rows rose and fell beyond chance, the fastest first, and which are new; that none did where none did.

    The base is named where the sentence `is_first` of its paragraph.
    """
    if spans.before is None:
        return [] if spans.now.months > 1 or spans.joint else [sentence("没有更早时期的数据，不判断增减。")]
    if both["tickets_before"].isna().all():  # all have other names since
        return []
    base = f"与{_before(spans)}相比，" if is_first else ""
    parts = [
        _listed(both, keys, movement, n, words)
        for movement, words in (
            ("rise", f"日均件数显著上升的{unit}"),
            ("fall", f"日均件数显著下降的{unit}"),
            ("new", f"新出现的{unit}"),
            ("gone", f"不再出现的{unit}"),
        )
    ]
    known = [part for part in parts if part]
    if not known:
        each = "其余" if both["tickets_before"].isna().any() else "各"
        return [sentence("{base}{each}{unit}的增减均不显著。", base=base, each=each, unit=unit)]
    return [sentence("{base}{parts}。", base=base, parts=join(known, "；"))]


def _before(spans: Spans) -> str:
    """Return what the earlier span is called: without its year where that is the later one's."""
    same = spans.before.years == spans.now.years
    return spans.before.words.partition("年")[2] if same and spans.before.months < 12 else spans.before.words


def seasonal(both: pd.DataFrame, keys: list[str], n: int, opening: str) -> list[Sentence]:
    """State which rows have moved otherwise than in the season of the year before, or that the season explains all."""
    if both["usual"].isna().all():
        return [sentence("没有上年同期的数据，不扣除季节因素。")]
    parts = [
        part
        for part in (_listed(both, keys, "rise", n, "增长超过季节变化的"), _listed(both, keys, "fall", n, "下降超过季节变化的"))
        if part
    ]
    if not parts:
        return [sentence("{opening}各类问题的增减与上年同期没有显著差别。", opening=opening)]
    return [sentence("{opening}{parts}。", opening=opening, parts=join(parts, "；"))]


def _listed(both: pd.DataFrame, keys: list[str], movement: str, n: int, words: str) -> Fragment:
    first, count = movements.fastest(both, movement, n), int((both["movement"] == movement).sum())
    if first.empty:
        return ()
    listed = join(
        [
            phrase(
                "{name}（{tickets}{change}）",
                name=phrases.quoted(row[keys[-1]]),
                tickets=_had(first, place, keys) if movement == "gone" else phrases.quote(first, place, keys),
                change=_change(first, place, keys) if movement != "gone" else (),
            )
            for place, row in first.iterrows()
        ]
    )
    more = phrase("等{n}个", n=literal(count, "plain")) if count > len(first) else ()
    return phrase("{words}有{listed}{more}", words=words, listed=listed, more=more)


def _had(both: pd.DataFrame, place, keys: list[str]) -> Fragment:
    return phrase("比较期{tickets}", tickets=phrases.quote(both, place, keys, "tickets_before", kind="count"))


def _change(both: pd.DataFrame, place, keys: list[str]) -> Fragment:
    return optional("，{change}", change=phrases.quote(both, place, keys, "daily_change"))


def densest(areas: pd.DataFrame, by: str, n: int, level: str) -> list[Sentence]:
    """Name the areas with most tickets per 10,000 residents; none without residents."""
    if "ticket_density" not in areas or areas["ticket_density"].notna().sum() < 2:
        return []
    first = areas.dropna(subset="ticket_density").sort_values("ticket_density", ascending=False, kind="stable").head(n)
    listed = join(
        [
            phrase("{name}（{density}）", name=row[by], density=phrases.quote(areas, place, by, "ticket_density", kind="density"))
            for place, row in first.iterrows()
        ]
    )
    return [sentence("按每万常住人口的件数计，居前的{level}依次是{listed}。", level=level, listed=listed)]


def assessment_month(starts_on: int) -> list[Sentence]:
    """Say from which day on the tickets of an assessment month are counted; nothing of calendar months."""
    if starts_on == 1:
        return []
    return [sentence("解决率、满意率按考核月计，自上月{day}日起。", day=literal(starts_on, "plain"))]


def outcomes(problems: pd.DataFrame, rates: bool = True, is_dispatched: bool = True) -> list[Sentence]:
    """State how dispatched tickets were handled: repeated, dispatched again, with `rates` also resolved. One row, or none.

    `is_dispatched`: whether the tickets say which of them were; where they do not, their number is left out.
    """
    if problems.empty or not problems["dispatched"].sum():
        return []
    parts = [
        optional("重复反映占{x}", x=cite(problems, "repeated_share")),
        optional("两次及以上派单占{x}", x=cite(problems, "redispatched_share")),
        optional("平均办理{x}", x=cite(problems, "days_mean")),
        optional("解决率为{x}", x=cite(problems, "resolution_rate")),
        optional("满意率为{x}", x=cite(problems, "satisfaction_rate")),
    ]
    known = phrases.clauses(
        [
            part
            for part, name in zip(parts, ("repeated", "redispatched", "closed", "valid", "valid"), strict=True)
            if problems[name].sum() and (rates or name != "valid")
        ],
        "，",
    )
    number = phrase("派单办理{tickets}", tickets=cite(problems, "dispatched")) if is_dispatched else ()
    both = phrases.clauses([number, known], "，")
    return [sentence("{both}。", both=both)] if both else []


def hard(problems: pd.DataFrame, by: list[str], n: int, judged: list[str]) -> list[Sentence]:
    """Name the hard problems, heaviest first, each with what makes it hard; that none is known where tickets do not say.

    `judged` are the ways that can be judged (`problems.judged`).
    """
    first = problems.head(n)
    if len(judged) < _WAYS:
        lacking = "、".join(words for way, words in _JUDGED.items() if way not in judged)
        return [sentence("数据没有{lacking}的记录，不认定难点问题。", lacking=lacking)]
    if first.empty:
        ways = "、".join(_JUDGED[way] for way in judged)
        return [sentence("按{ways}衡量，没有达到规定件数的难点问题。", ways=ways)]
    listed = join(
        [
            phrase(
                "{name}（派单{tickets}，{signs}）",
                name=phrases.quoted(row[by[-1]]),
                tickets=phrases.quote(problems, place, by, "dispatched"),
                signs=row["signs"],
            )
            for place, row in first.iterrows()
        ]
    )
    return [sentence("难点问题有{n}个，居前的是{listed}。", n=literal(len(problems), "plain"), listed=listed)]


def persistent(rows: pd.DataFrame, by: list[str], n: int, places: pd.DataFrame, level: str) -> list[Sentence]:
    """Name the problems that stay among the first in all months, and what most places have as their first in all months."""
    names = "、".join(phrases.quoted(name) for name in rows[by[-1]])
    found = (
        [sentence("各月均居前{n}位的是{names}。", n=literal(n, "plain"), names=names)]
        if names
        else [sentence("没有各月均居前{n}位的问题。", n=literal(n, "plain"))]
    )
    if len(places):
        listed = join(
            [
                phrase(
                    "{name}（{count}个）",
                    name=phrases.quoted(row["category"]),
                    count=phrases.quote(places, place, "category", "place_count", kind="plain"),
                )
                for place, row in places.head(3).iterrows()
            ]
        )
        whole = literal(int(places["place_count"].sum()), "plain")
        several = phrase("同一类，居前的是{listed}", listed=listed)
        what = several if len(places) > 1 else phrases.quoted(places["category"].iloc[0])
        found.append(sentence("有{n}个{level}各月最多的问题始终是{what}。", n=whole, level=level, what=what))
    return found


def carried(months: pd.DataFrame) -> list[Sentence]:
    """State how many tickets were open when the month began, and when it ended."""
    if len(months) < 2:
        return []
    first, last = (months.index[place] for place in (0, -1))
    return [
        sentence(
            "期初结转未办结{before}，期末未办结{now}。",
            before=phrases.quote(months, first, ["year", "month"]),
            now=phrases.quote(months, last, ["year", "month"]),
        )
    ]


def follow_up(followed: pd.DataFrame) -> list[Sentence]:
    """State how many proposals there are, how many were due, and what became of what they are measured by; none without any."""
    if followed.empty:
        return []
    n, due = len(followed), int((followed["stage"] == "due").sum())
    outcomes = [(labels.value("outcome", name), int((followed["outcome"] == name).sum())) for name in labels.values("outcome")]
    listed = join([phrase("{words}的{n}项", words=words, n=literal(count, "plain")) for words, count in outcomes if count])
    return [
        sentence(
            "以往通报提出的建议有{n}项，其中{due}项已到应完成时期；所针对的数字，{listed}。",
            n=literal(n, "plain"),
            due=literal(due, "plain"),
            listed=listed,
        )
    ]


def proposals(followed: pd.DataFrame) -> list[Sentence]:
    """State each proposal: when it was made, what, to whom, by when, and what became of the number that it is measured by."""
    return [_proposal(followed, place) for place in followed.index]


def _proposal(followed: pd.DataFrame, place) -> Sentence:
    row = followed.loc[place]
    kind = number_format.kind(row["measure"])
    before, now = (
        phrases.quote(followed, place, ["made_in", "text"], column, kind=kind) for column in ("value_before", "value_now")
    )
    subject = row["subject"].rpartition("/")[2] or labels.value("item", "total")
    became = phrases.clauses(
        [optional("由提出时的{before}变为本期的{now}", before=before, now=now), (labels.value("outcome", row["outcome"]),)], "，"
    )
    return sentence(
        "{made}建议：{text}（{to}，{due}前完成）。{subject}{measure}{became}。",
        made=periods.parse(row["made_in"], 0).words,
        text=row["text"],
        to=row["to"],
        due=f"{periods.parse(row['due'], 0).words}底",
        subject=phrases.quoted(subject),
        measure=labels.value("measure", row["measure"]),
        became=became,
    )
