"""Write the sentences of bulletins and quarterly analyses: totals with the sign of a chart, movements, areas, follow-up."""

import pandas as pd

from helpers.analysis import movements
from helpers.analysis.bulletin import LunarNewYear, Spans
from helpers.settings import labels, number_format, periods
from helpers.settings.editions import NumberRules
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, join, literal, optional, phrase, sentence

__all__ = [
    "assessment_month",
    "assumed",
    "beside",
    "carried",
    "chosen",
    "densest",
    "hard",
    "incomplete",
    "lines",
    "lunar_new_year",
    "moved",
    "order",
    "outcomes",
    "persistent",
    "proposals",
    "seasonal",
    "since",
    "topic",
    "total",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


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
    said = (
        phrase("；日均件数{sign}", sign=labels.value("comparison", sign))
        if sign in _SIGNED
        else (phrase("；{sign}", sign=labels.value("comparison", sign)) if sign == "short" else ())
    )
    return [
        sentence(
            "{opening}共受理群众来电{tickets}{previous}{year_ago}{said}。",
            opening=opening,
            tickets=cite(row, "tickets", kind="headline"),
            previous=phrases.change(row, "环比", "previous_change"),
            year_ago=phrases.change(row, "同比", "year_ago_change"),
            said=said,
        )
    ]


def since(calls: pd.DataFrame, comparison: str) -> list[Sentence]:
    """State the change of a quarter's total from the quarter before, where it is known. `calls` has one row."""
    known = optional("较上季{change}。", change=cite(calls, "tickets_change"))
    return [Sentence(known)] if known else []


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
    """Say of how many days there are tickets, where these are not all days of the month."""
    if spans.joint or spans.days[0] >= whole_days:
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
    days = [
        phrase("{january}天在1月、{february}天在2月", january=literal(january, "plain"), february=literal(february, "plain"))
        for january, february in (found[:2], found[2:])
    ]
    how = (
        "1月与2月合并比较，见2月通报"
        if spans.before is None and spans.now.months == 1
        else ("以下增减和名次将1月与2月合并比较" if spans.before is not None else "没有可与1月、2月合并比较的数据")
    )
    return [sentence("春节假期本年{days}，上年{earlier}，{how}。", days=days[0], earlier=days[1], how=how)]


def order(placed: pd.DataFrame, by: str) -> list[Sentence]:
    """Name the rows whose order counts do not separate; none where all are certain."""
    unsure = placed[placed["order"] == "unsure"]
    if unsure.empty:
        return []
    sure = placed[placed["order"] == "sure"]
    listed = sure if len(sure) < len(unsure) else unsure
    names = "、".join(phrases.value_name(by, name) for name in listed[by])
    if listed is unsure:
        return [sentence("{names}与相邻或换位的件数接近，次序不能确定。", names=names)]
    but = f"除{names}外，" if names else ""
    return [sentence("{but}其余与相邻或换位的件数接近，次序不能确定。" if but else "各项件数接近，次序均不能确定。", but=but)]


def moved(both: pd.DataFrame, keys: list[str], spans: Spans, n: int, unit: str) -> list[Sentence]:
    """State which rows rose and fell beyond chance, the fastest first, and which are new; that none did where none did."""
    if spans.before is None:
        return [] if spans.now.months > 1 or spans.joint else [sentence("没有更早时期的数据，不判断增减。")]
    base = spans.before.words
    parts = [
        _listed(both, keys, movement, n, words)
        for movement, words in (
            ("rise", f"日均件数上升超出偶然的{unit}"),
            ("fall", f"日均件数下降超出偶然的{unit}"),
            ("new", f"新出现的{unit}"),
            ("gone", f"不再出现的{unit}"),
        )
    ]
    known = [part for part in parts if part]
    if not known:
        return [sentence("与{base}相比，各{unit}的增减均未超出偶然。", base=base, unit=unit)]
    return [sentence("与{base}相比，{parts}。", base=base, parts=join(known, "；"))]


def seasonal(both: pd.DataFrame, keys: list[str], n: int, opening: str) -> list[Sentence]:
    """State which rows have moved otherwise than in the season of the year before, or that the season explains all."""
    if both["usual"].isna().all():
        return [sentence("没有上年同期的数据，不扣除季节因素。")]
    parts = [
        part
        for part in (_listed(both, keys, "rise", n, "增长超过季节性的"), _listed(both, keys, "fall", n, "下降超过季节性的"))
        if part
    ]
    if not parts:
        return [sentence("{opening}各类问题的增减与上年同期的季节变化没有超出偶然的差别。", opening=opening)]
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
                tickets=phrases.quote(first, place, keys),
                change=_change(first, place, keys),
            )
            for place, row in first.iterrows()
        ]
    )
    more = phrase("等{n}个", n=literal(count, "plain")) if count > len(first) else ()
    return phrase("{words}有{listed}{more}", words=words, listed=listed, more=more)


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


def outcomes(problems: pd.DataFrame, rates: bool = True) -> list[Sentence]:
    """State how dispatched tickets were handled: repeated, dispatched again, with `rates` also resolved. One row, or none."""
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
    return [
        sentence(
            "派单办理{tickets}{comma}{known}。", tickets=cite(problems, "dispatched"), comma="，" if known else "", known=known
        )
    ]


def hard(problems: pd.DataFrame, by: list[str], n: int) -> list[Sentence]:
    """Name the hard problems, heaviest first, each with what makes it hard; none where the data do not say."""
    first = problems.head(n)
    if first.empty:
        return [sentence("没有在解决率、办理时间、重复反映中占两项以上的难点问题。")]
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
        found.append(sentence("各月最多的问题始终为同一类的{level}，依问题计为{listed}。", level=level, listed=listed))
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


def _periods(names: pd.Series) -> list[str]:
    return [periods.parse(name, 0).words for name in names]


def proposals(followed: pd.DataFrame, numbers: NumberRules) -> pd.DataFrame:
    """Return proposals as a table prints them: their numbers in words, each in the kind of its measure."""

    def words(column: str) -> list[str]:
        return [
            number_format.MISSING if pd.isna(value) else number_format.phrase(value, number_format.kind(measure), numbers)
            for value, measure in zip(followed[column], followed["measure"], strict=True)
        ]

    course = [
        f"{subject.rpartition('/')[2] or labels.value('item', 'total')}{labels.value('measure', measure)}：{before}→{now}"
        for subject, measure, before, now in zip(
            followed["subject"], followed["measure"], words("value_before"), words("value_now"), strict=True
        )
    ]
    rows = followed.assign(made_in=_periods(followed["made_in"]), proposal_due=_periods(followed["due"]), course=course)
    rows = rows[["made_in", "text", "to", "proposal_due", "course", "outcome"]]
    rows.attrs = followed.attrs
    return rows
