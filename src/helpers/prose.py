"""Sentences in the register of an official report, computed from answers: no number is typed, none is invented.

Every function takes answers (`DataFrame`s of `measures` and `ranking`) and returns the sentences that can be said of them;
what the tickets do not hold is left unsaid here and said once by the chapter.
"""

from itertools import groupby
from typing import Any, Literal

import pandas as pd

from helpers import words
from helpers.citations import Fragment, Number, Sentence, cite, given, listing, optional, phrase, sentence

_ORDINALS = "零一二三四五六七八九十"
_NAMED = 3  # months that share an extreme are named, up to so many


def total(calls: pd.DataFrame, opening: str, comparison: str) -> list[Sentence]:
    """How many, and how that compares: 2020年，……共受理群众来电1103.94万件，同比上升55.24%。 `calls` has one row."""
    if not calls["tickets"].sum():
        return [sentence("{opening}没有群众来电记录。", opening=opening)]
    return [sentence("{opening}共受理群众来电{tickets}{change}。", opening=opening,
                     tickets=cite(calls, "tickets", kind="headline"), change=_change(calls, comparison))]


def within(calls: pd.DataFrame, period: str) -> Fragment:
    """The opening of what a period's calls consist of: 在2020年受理的1103.94万件群众来电中，. `calls` has one row."""
    return phrase("在{period}受理的{tickets}群众来电中，", period=period, tickets=cite(calls, "tickets", kind="headline"))


def split(shares: pd.DataFrame, by: str, opening: str | Fragment, *, kind: str = "headline", verb: str = "",
          unnamed: str = "") -> list[Sentence]:
    """What it consists of: 其中，电话1001.38万件、占比90.71%，网络……。

    Rows without a name are said in the words of `unnamed`, or not at all; nothing is said where no row has a name.
    """
    said = shares[(shares["tickets"] > 0) & (shares[by].notna() | bool(unnamed))]
    if said[by].notna().sum() == 0:
        return []
    parts = [phrase("{name}{tickets}、占比{share}", name=unnamed if pd.isna(name) else words.value(by, name) + verb,
                    tickets=cite(said, "tickets", kind=kind, **{by: name}), share=cite(said, "ticket_share", **{by: name}))
             for name in said[by]]
    return [sentence("{opening}{parts}。", opening=opening, parts=listing(parts, "，"))]


def part(volumes: pd.DataFrame, by: str, name: str, template: str, comparison: str, *, kind: str = "count") -> list[Sentence]:
    """One row of a split in a sentence of its own: `template` has {tickets}, {share} and {change}; nothing where it is zero."""
    row = volumes[(volumes[by] == name) & (volumes["tickets"] > 0)]
    if row.empty:
        return []
    return [sentence(template, tickets=cite(row, "tickets", kind=kind), share=cite(row, "ticket_share"),
                     change=_change(row, comparison))]


def parts(volumes: pd.DataFrame, by: str, template: str, comparison: str, *, kind: str = "headline",
          only: list[str] | None = None) -> list[Sentence]:
    """A sentence for each named row, or those named in `only`: `template` has {name}, {tickets}, {share} and {change}."""
    return [sentence(template, name=words.value(by, name), tickets=cite(volumes, "tickets", kind=kind, **{by: name}),
                     share=cite(volumes, "ticket_share", **{by: name}), change=_change(volumes[volumes[by] == name], comparison))
            for name in volumes.loc[volumes[by].notna() & (volumes["tickets"] > 0), by] if only is None or name in only]


def ordered(volumes: pd.DataFrame, by: str, opening: str, n: int) -> list[Sentence]:
    """The names of the first `n`, in order: 群众来电前十类问题分别是……。"""
    names = volumes[by].dropna().head(n).tolist()
    if not names:
        return []
    verb = "分别是" if len(names) > 1 else "是"
    return [sentence("{opening}{verb}{names}。", opening=opening, verb=verb, names="、".join(names))]


def busiest(volumes: dict[str, tuple[pd.DataFrame, str]], opening: str) -> list[Sentence]:
    """The busiest of each kind: 办理最多的区是朝阳区，最多的街道（乡镇）是丰台区新村街道。

    `volumes` gives for each kind in words its answer and the column of names; a subdistrict is named with its district.
    """
    parts = []
    for kind, (answer, by) in volumes.items():
        first = answer[answer[by].notna() & (answer["tickets"] == answer["tickets"].where(answer[by].notna()).max())]
        if len(first):
            names = "、".join(_full_name(row, by) for row in first.to_dict("records"))
            parts.append((f"{'并列' if len(first) > 1 else ''}最多的{kind}是{names}",))
    return [sentence("{opening}{parts}。", opening=opening, parts=listing(parts, "，"))] if parts else []


def category(volume: pd.DataFrame, subcategories: pd.DataFrame, name: str, comparison: str, least: int) -> list[Sentence]:
    """A category's calls, its subcategories from `least` calls on, and the largest one's share.

    `volume` holds the category's row, `subcategories` its subcategories with `ticket_share` within it.
    """
    row = volume[volume["category"] == name]
    if row.empty:
        return [sentence("{name}类问题没有来电。", name=name)]
    total = phrase("{name}类问题共来电{tickets}{change}", name=name, tickets=cite(row, "tickets"),
                   change=_change(row, comparison))
    named = subcategories[subcategories["subcategory"].notna()]
    if named.empty:
        return [sentence("{total}。", total=total)]
    large = named[named["tickets"] >= least]
    listed = listing(_counted(large, "subcategory", row) for _, row in large.iterrows())
    threshold = given(least, "threshold")
    said = "{total}，{threshold}以上的包括{listed}。" if len(large) > 1 else "{total}，{threshold}以上的是{listed}。"
    sentences = [sentence(said, total=total, threshold=threshold, listed=listed)
                 if len(large) else sentence("{total}，各细类均不足{threshold}。", total=total, threshold=threshold)]
    largest = named.iloc[0]["subcategory"]
    unknown = subcategories.loc[subcategories["subcategory"].isna(), "tickets"].sum()
    among = "已写明细类的问题中" if unknown > named.iloc[0]["tickets"] else "其中"
    return [*sentences, sentence("{among}，{name}占比最大，为{share}。", among=among, name=largest,
                                 share=cite(named, "ticket_share", subcategory=largest, base=name))]


def topics(volumes: pd.DataFrame, n: int) -> list[Sentence]:
    """What it is about in particular: 具体涉及线路站点、水质等问题。"""
    names = volumes["topic"].dropna().head(n).tolist()
    return [sentence("具体涉及{names}等问题。", names="、".join(names))] if names else []


def months(monthly: pd.DataFrame, opening: str, noun: str, *, kind: str = "count") -> list[Sentence]:
    """The busiest and the quietest month, ties named, and which way the year went. `monthly` has a row a month."""
    if monthly["tickets"].sum() == 0 or len(monthly) < 2:
        return []
    if monthly["tickets"].nunique() == 1:
        return [sentence("{opening}各月{noun}相同，均为{tickets}。", opening=opening, noun=noun,
                         tickets=_at(monthly, monthly.iloc[0], kind))]
    return [sentence("{opening}{most}{noun}最多，{reached}{most_tickets}；{least}{noun}最少，{low}{least_tickets}。",
                     opening=opening, noun=noun, reached="均为" if _ties(monthly, "max") > 1 else "达到",
                     low="均为" if _ties(monthly, "min") > 1 else "为",
                     most=_month_names(monthly, "max"), most_tickets=_at(monthly, _extreme(monthly, "max"), kind),
                     least=_month_names(monthly, "min"), least_tickets=_at(monthly, _extreme(monthly, "min"), kind)),
            *turning(monthly)]


def turning(monthly: pd.DataFrame) -> list[Sentence]:
    """The longest run of months in one direction, where it is three months or more, and a turn: 7月至10月逐月下降，11月回升。"""
    steps = monthly["tickets"].diff().iloc[1:].apply(lambda step: (step > 0) - (step < 0))
    runs = [list(run) for _, run in groupby(range(len(steps)), key=lambda place: steps.iloc[place])]
    longest = max(runs, key=len, default=[])
    direction = {1: "上升", -1: "下降"}.get(steps.iloc[longest[0]] if longest else 0)
    if len(longest) < 2 or direction is None:
        return []
    first, last = monthly.iloc[longest[0]], monthly.iloc[longest[-1] + 1]
    after = monthly.iloc[longest[-1] + 2:longest[-1] + 3]
    turned = bool(len(after)) and steps.iloc[longest[-1] + 1] != 0
    back = {"上升": "回落", "下降": "回升"}[direction]
    turn = phrase("，{month}{back}", month=_month(monthly, after.iloc[0]), back=back) if turned else ()
    return [sentence("{first}至{last}逐月{direction}{turn}。", first=_month(monthly, first), last=_month(monthly, last),
                     direction=direction, turn=turn)]


def peaks(monthly: pd.DataFrame, by: str, n: int) -> list[Sentence]:
    """In which month each of the first `n` was at its highest, and of the very first the two months that follow.

    其中，网络交易在11月最多，为6.1万件，12月、1月次之；……。
    """
    parts: list[Fragment] = []
    for name in monthly[by].dropna().drop_duplicates().head(n):
        one = monthly[monthly[by] == name]
        if one["tickets"].sum() and one["tickets"].nunique() > 1:
            parts.append(phrase("{name}在{months}最多，{each}{tickets}{next}", name=name, months=_month_names(one, "max"),
                                each="均为" if _ties(one, "max") > 1 else "为", tickets=_at(one, _extreme(one, "max"), "count"),
                                next=() if parts else _next(one)))
    return [sentence("其中，{parts}。", parts=listing(parts, "；"))] if parts else []


def district(volume: pd.DataFrame, levels: pd.DataFrame, name: str, opening: str, whole: str, comparison: str) -> list[Sentence]:
    """A district's tickets, its share of all districts, and what its departments handled themselves."""
    row = volume[volume["district"] == name]
    if row.empty or not row["tickets"].iloc[0]:
        return [sentence("{opening}{name}没有办理记录。", opening=opening, name=name)]
    departments = levels[levels["owner_level"] == "district_department"]
    own = () if departments.empty else phrase(
        "；其中，{level}办理{tickets}，占比{share}", level=words.value("owner_level", "district_department"),
        tickets=cite(departments, "tickets"), share=cite(departments, "ticket_share", base=name))
    return [sentence("{opening}{name}共办理诉求{tickets}，占{whole}的{share}{change}{own}。", opening=opening, name=name,
                     whole=whole, tickets=cite(row, "tickets"), share=cite(row, "ticket_share", base=whole),
                     change=_change(row, comparison), own=own)]


def leading(volumes: pd.DataFrame, by: str, opening: str, n: int) -> list[Sentence]:
    """The first `n` with their counts: 办理量排名前三的街道（乡镇）分别是龙潭街道（6754件）、……。"""
    first = volumes[volumes[by].notna()].head(n)
    if first.empty:
        return []
    return [sentence("{opening}{verb}{names}。", opening=opening, verb="分别是" if len(first) > 1 else "是",
                     names=listing(_counted(first, by, row) for _, row in first.iterrows()))]


def districts(whole: pd.DataFrame, volumes: pd.DataFrame, comparison: str, listed: list[str]) -> list[Sentence]:
    """All districts together, what names none of them, and which of those `listed` (else of all) grew most and least."""
    if not whole["tickets"].sum():
        return []
    named = volumes[volumes["district"].notna()]
    unknown = () if len(named) == len(volumes) else phrase("，其中未写明所在区的{tickets}",
                                                           tickets=cite(volumes, "tickets", district=None))
    sentences = [sentence("各区共办理诉求{tickets}{change}{unknown}。", tickets=cite(whole, "tickets"),
                          change=_change(whole, comparison), unknown=unknown)]
    compared = named[named["tickets_change"].notna() & (named["district"].isin(listed) | (not listed))]
    if compared["tickets_change"].nunique() > 1:
        most, least = (compared.loc[compared["tickets_change"] == getattr(compared["tickets_change"], end)(), "district"]
                       for end in ("max", "min"))
        sentences.append(sentence("各区中，{most}{comparison}{most_change}，{least}{comparison}{least_change}{rest}。",
                                  comparison=comparison, most="、".join(most), least="、".join(least),
                                  rest="，其余介于两者之间" if len(compared) > len(most) + len(least) else "",
                                  most_change=cite(compared, "tickets_change", district=most.iloc[0]),
                                  least_change=cite(compared, "tickets_change", district=least.iloc[0])))
    return sentences


def zones(volumes: pd.DataFrame, levels: pd.DataFrame, members: dict[str, list[str]], whole: str) -> list[list[Sentence]]:
    """Each functional zone: a paragraph of its members, total, share, and what its owners handled."""
    return [zone(volumes, levels, name, districts, whole) for name, districts in members.items()]


def zone(volumes: pd.DataFrame, levels: pd.DataFrame, name: str, members: list[str], whole: str) -> list[Sentence]:
    """A functional zone: its members, total, share, and what went to its subdistricts and its district departments."""
    row = volumes[volumes["zone"] == name]
    if row.empty:
        return [sentence("{name}（{members}）没有办理记录。", name=name, members="、".join(members))]
    parts = [phrase("{level}{tickets}", level=words.value("owner_level", level),
                    tickets=cite(levels, "tickets", zone=name, owner_level=level))
             for level in levels.loc[(levels["zone"] == name) & levels["owner_level"].notna(), "owner_level"]]
    handled = phrase("，其中{parts}", parts=listing(parts)) if parts else ()
    return [sentence("{name}（{members}）办理群众诉求{tickets}，占{whole}的{share}{handled}。", name=name,
                     members="、".join(members), whole=whole, tickets=cite(row, "tickets"),
                     share=cite(row, "ticket_share", base=whole), handled=handled)]


def funnel(steps: pd.DataFrame, period: str) -> list[Sentence]:
    """From dispatched to valid: how many were excluded, assessed, reached by call-back and answered. `steps` has one row."""
    if not steps["assessed"].sum():
        return []
    excluded = optional("，除去不作考核的{tickets}", tickets=_positive(steps, "excluded"))
    reached = optional("，电话回访接通{tickets}", tickets=_positive(steps, "reached"))
    dispatched = optional("{tickets}", tickets=cite(steps, "dispatched", kind="headline"))
    return [sentence("{period}办理的{dispatched}群众诉求中{excluded}，对{assessed}进行考核{reached}，有效回访（对反映诉求明确表达"
                     "是否解决和是否满意意见）{valid}。", period=period, dispatched=dispatched,
                     excluded=excluded, assessed=cite(steps, "assessed", kind="headline"), reached=reached,
                     valid=cite(steps, "valid", kind="headline"))]


def rates(whole: pd.DataFrame, monthly: pd.DataFrame) -> list[Sentence]:
    """Solved and satisfied rates of the period, how they went by month, and which is higher."""
    if not whole["valid"].sum():
        return []
    known = monthly[monthly["valid"] > 0]
    rising = {column: known[column].is_monotonic_increasing for column in ("resolution_rate", "satisfaction_rate")}
    resolution, satisfaction = cite(whole, "resolution_rate"), cite(whole, "satisfaction_rate")
    sentences = [sentence("群众诉求解决率为{resolution}，满意率为{satisfaction}。", resolution=resolution,
                          satisfaction=satisfaction)]
    if len(known) > 2:
        trends = [_trend(known, column, words.column(column)) for column in rising]
        said = (("解决率、满意率均呈逐月上升趋势",),) if all(rising.values()) else trends
        sentences.append(sentence("{trends}{order}。", trends=listing(said, "；"), order=_order(known, resolution, satisfaction)))
    return sentences


def outcome(whole: pd.DataFrame) -> list[Sentence]:
    """Solved and satisfied rates of the period in one sentence, with the number of answers that they are taken from."""
    if not whole["valid"].sum():
        return []
    return [sentence("在{valid}有效回访中，解决率为{resolution}，满意率为{satisfaction}。", valid=cite(whole, "valid"),
                     resolution=cite(whole, "resolution_rate"), satisfaction=cite(whole, "satisfaction_rate"))]


def improved(scores: pd.DataFrame, earlier: pd.DataFrame, unit: list[str], whom: str) -> list[Sentence]:
    """How many units have a score, and how many of those that had one before score higher now."""
    now = scores[scores["score"].notna()]
    if now.empty:
        return []
    both = now.merge(earlier[earlier["score"].notna()], on=unit, suffixes=("", "_before"))
    said = optional("，与比较期可比的{both}个中，{higher}个成绩提高", both=given(len(both) or None, "plain"),
                    higher=given(int((both["score"] > both["score_before"]).sum()), "plain"))
    return [sentence("共有{all}个{whom}有考评成绩{said}。", all=given(len(now), "plain"), whom=whom, said=said)]


def timeliness(times: pd.DataFrame, whose: str) -> list[Sentence]:
    """On time and days to close, as far as due and closing times are known. `times` has one row."""
    on_time = optional("按时办结率为{rate}（可判断是否按时的{due}）", rate=cite(times, "on_time_rate"), due=cite(times, "due"))
    days = optional("平均办理{mean}，办理天数中位数为{median}（有办结时间的{closed}）", mean=cite(times, "days_mean"),
                    median=cite(times, "days_median"), closed=cite(times, "closed"))
    known = [fragment for fragment in (on_time, days) if fragment]
    return [sentence("{whose}{known}。", whose=whose, known=listing(known, "；"))] if known else []


def ranking(ranked: pd.DataFrame, by: str, opening: str, n: int) -> list[Sentence]:
    """The first `n` ranks with their ties: 第一名小红门地区，并列第二名小关街道、孙河地区，第三名麦子店街道。"""
    first = ranked[ranked["score_rank"] <= n]
    if first.empty:
        return []
    places = [_place(int(rank), [_full_name(row, by) for row in group.to_dict("records")])
              for rank, group in first.groupby("score_rank", sort=True)]
    return [sentence("{opening}{places}。", opening=opening, places="，".join(places))]


def eligibility(scores: pd.DataFrame, split_months: int, whom: str) -> list[Sentence]:
    """How many units have scores, in the two classes by scored months. `scores` has a row a unit with `scored_months`."""
    scored = scores[scores["score"].notna()]
    if scored.empty:
        return []
    long = int((scored["scored_months"] >= split_months).sum())
    return [sentence("共有{all}个{whom}有考评成绩，其中有{split}个月以上考评成绩的{long}个，"
                     "有{below}个月以下考评成绩的{short}个。",
                     whom=whom, all=given(len(scored), "plain"), split=given(split_months, "plain"), long=given(long, "plain"),
                     below=given(split_months - 1, "plain"), short=given(len(scored) - long, "plain"))]


def _change(row: pd.DataFrame, comparison: str) -> Fragment:
    return optional("，{comparison}{change}", comparison=comparison, change=cite(row, "tickets_change"))


def _counted(rows: pd.DataFrame, by: str, row: pd.Series) -> Fragment:
    return phrase("{name}（{tickets}）", name=str(row[by]), tickets=cite(rows.loc[[row.name]], "tickets"))


def _full_name(row: dict[str, Any], by: str) -> str:
    """A subdistrict's name is unique only within its district, which is therefore said before it."""
    district = row.get("district") if by == "subdistrict" else None
    return f"{district}{row[by]}" if isinstance(district, str) else str(row[by])


def _positive(row: pd.DataFrame, column: str) -> Number:
    number = cite(row, column, kind="headline")
    return number if number.value else given(None, "headline")


def _extreme(monthly: pd.DataFrame, which: Literal["max", "min"]) -> pd.Series:
    return monthly.loc[getattr(monthly["tickets"], f"idx{which}")()]


def _ties(monthly: pd.DataFrame, which: Literal["max", "min"]) -> int:
    return int((monthly["tickets"] == getattr(monthly["tickets"], which)()).sum())


def _month(monthly: pd.DataFrame, row: pd.Series) -> Fragment:
    """A month's name; its year is said where the months are of two."""
    year = (f"{row['year']}年",) if monthly["year"].nunique() > 1 else ()
    return (*year, cite(monthly.loc[[row.name]], "month"))


def _month_names(monthly: pd.DataFrame, which: Literal["max", "min"]) -> Fragment:
    """The months that share an extreme; the first of them and their number where they are more than three."""
    rows = monthly[monthly["tickets"] == getattr(monthly["tickets"], which)()]
    if len(rows) > _NAMED:
        return phrase("{first}等{n}个月", first=_month(monthly, rows.iloc[0]), n=given(len(rows), "plain"))
    return listing(_month(monthly, row) for _, row in rows.iterrows())


def _next(monthly: pd.DataFrame) -> Fragment:
    """The two months after the busiest, in order of their tickets; none where that is shared or they are not two."""
    below = monthly[monthly["tickets"] < monthly["tickets"].max()].nlargest(2, "tickets")
    if _ties(monthly, "max") > 1 or len(below) < 2:
        return ()
    return phrase("，{months}次之", months=listing(_month(monthly, row) for _, row in below.iterrows()))


def _at(monthly: pd.DataFrame, row: pd.Series, kind: str) -> Number:
    return cite(monthly.loc[[row.name]], "tickets", kind=kind)


def _trend(known: pd.DataFrame, column: str, name: str) -> Fragment:
    """A rate's first and last month, and whether it rose or fell throughout."""
    first, last = known.iloc[[0]], known.iloc[[-1]]
    step = last[column].iloc[0] - first[column].iloc[0]
    if step == 0:
        return phrase("{name}{last_month}与{first_month}持平，为{last}", name=name, first_month=_month(known, known.iloc[0]),
                      last_month=_month(known, known.iloc[-1]), last=cite(last, column))
    steady = "逐月" if known[column].is_monotonic_increasing or known[column].is_monotonic_decreasing else ""
    direction = "升至" if step > 0 else "降至"
    return phrase("{name}由{first_month}的{first}{steady}{direction}{last_month}的{last}", name=name, steady=steady,
                  direction=direction, first_month=_month(known, known.iloc[0]), first=cite(first, column),
                  last_month=_month(known, known.iloc[-1]), last=cite(last, column))


def _order(known: pd.DataFrame, resolution: Number, satisfaction: Number) -> str:
    if resolution.value is None or satisfaction.value is None:
        return ""
    if (known["satisfaction_rate"] > known["resolution_rate"]).all():
        return "，满意率各月均高于解决率"
    return "，全期满意率高于解决率" if satisfaction.value > resolution.value else "，全期满意率不高于解决率"


def _place(rank: int, names: list[str]) -> str:
    ordinal = _ORDINALS[rank] if rank < len(_ORDINALS) else str(rank)
    return f"{'并列' if len(names) > 1 else ''}第{ordinal}名{'、'.join(names)}"
