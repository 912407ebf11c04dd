"""Write sentences on what is expected, on alerts, and on how often both were right. Complaints are foretold, never facts or
causes.
"""

import datetime

import pandas as pd

from helpers.settings import labels, periods
from helpers.settings.early_warning import WarningRules
from helpers.writing import phrases
from helpers.writing.citations import Sentence, cite, join, literal, optional, phrase, sentence

__all__ = [
    "accuracy",
    "alerts",
    "case",
    "circles",
    "city",
    "compared",
    "gatherings",
    "history",
    "kinds",
    "peaks",
    "repeated",
    "rising",
    "silence",
    "streets",
    "thresholds",
    "title",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_NAMED = 3
_RARE = 0.00005  # prints as 不足0.01%


def history(known: pd.DataFrame) -> list[Sentence]:
    """State what is known, a row of `outlook.history`: the weeks in a row, names that changed, categories that began later."""
    row = known.iloc[0]
    said = [
        sentence(
            "以下根据{since}至{until}连续{weeks}周的数据。",
            since=_day(row["since"]),
            until=_day(row["until_day"]),
            weeks=cite(known, "weeks", kind="plain"),
        )
    ]
    said += [sentence("名称改变后合并计算的类别：{renamed}。", renamed=row["renamed"])] if row["renamed"] else []
    return said + ([sentence("后来才有的类别只从其出现之周算起：{begun}。", begun=row["begun"])] if row["begun"] else [])


def city(expected: pd.DataFrame, ended: datetime.date) -> list[Sentence]:
    """State what is expected of the whole city, with ranges, from the day after the last known one."""
    first = ended + datetime.timedelta(days=1)
    parts = []
    for weeks in expected["horizon"]:
        last = ended + datetime.timedelta(weeks=int(weeks))
        tickets, lower, upper = (
            cite(expected, f"expected_tickets{end}", kind="exact", horizon=weeks) for end in ("", "_lower", "_upper")
        )
        within = optional("（{lower}至{upper}）", lower=lower, upper=upper)
        parts.append(
            phrase("未来{n}周（至{last}）{tickets}{within}", n=str(weeks), last=_short(last), tickets=tickets, within=within)
        )
    known = expected["expected_tickets_lower"].notna().any()
    return [
        sentence(
            "自{first}起，预计受理{parts}，{ranges}。",
            first=_short(first),
            parts=join(parts, "，"),
            ranges="括号内为有八成把握的范围" if known else "以往的预计过少，不列范围",
        )
    ]


def rising(rows: pd.DataFrame) -> list[Sentence]:
    """Name the districts and categories of which more is expected in the next four weeks than there was in the last."""
    if rows.empty:
        return [sentence("各区各类别未来4周的预计数量与最近4周相比，均未见确定的增加。")]
    parts = [
        phrase(
            "{district}{category}（{expected}，最近4周{recent}）",
            district=row["district"],
            category=phrases.quoted(row["category"]),
            **{
                name: cite(rows, column, district=row["district"], category=row["category"])
                for name, column in (("expected", "expected_tickets"), ("recent", "recent_tickets"))
            },
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [
        sentence(
            "与最近4周相比，预计未来4周增加的{some}{parts}。", some="主要有" if len(rows) > _NAMED else "有", parts=join(parts)
        )
    ]


def silence(counted: pd.DataFrame) -> list[Sentence]:
    """State that no week of the period could be judged, or how many could; nothing where all could."""
    weeks, judged = int(counted["weeks"].iloc[0]), _judged(counted)
    if not weeks:
        return [sentence("本期没有完整的一周可供判断。")]
    if not judged:
        return [sentence("本期各周在春节前后，或以前的数据不足，不作判断。")]
    if judged == weeks:
        return []
    return [
        sentence(
            "本期{weeks}周中作判断的有{judged}周，其余在春节前后，或以前的数据不足。",
            weeks=cite(counted, "weeks", kind="plain"),
            judged=cite(counted, "judged_weeks", kind="plain"),
        )
    ]


def alerts(counted: pd.DataFrame, rows: pd.DataFrame, period: str) -> list[Sentence]:
    """State how many alerts a period had, how many go on, and the largest of them; nothing of a period that is not judged."""
    if not _judged(counted):
        return []
    if not counted["alerts"].iloc[0]:
        whole = _judged(counted) == counted["weeks"].iloc[0]
        none = "各区各类别的来电均在预计范围之内，没有预警" if whole else "作判断的各周没有预警"
        return [sentence("{period}{none}。", period=period, none=none)]
    said = [
        sentence(
            "{period}有预警{alerts}条，{became}。",
            period=period,
            alerts=cite(counted, "alerts", kind="plain"),
            became=phrase(
                "其中期末尚在持续的{open}条，其余均已回落", open=cite(counted, "open_alerts", kind="plain")
            )
            if counted["open_alerts"].iloc[0]
            else "期末均已回落",
        )
    ]
    parts = [
        phrase(
            "{name}（{tickets}，预计{expected}）",
            name=f"{row['district']}{phrases.quoted(row['category'])}",
            tickets=cite(rows, "tickets", **_alert(row)),
            expected=cite(rows, "expected_tickets", **_alert(row)),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [*said, sentence("按超出最多的一周比较，居前的是{parts}。", parts=join(parts))]


def streets(rows: pd.DataFrame, judged: pd.DataFrame, level: str) -> list[Sentence]:
    """State how many alerts there are among subdistricts, judged by themselves, and the largest; nothing where none is known."""
    if not _judged(judged):
        return []
    if rows.empty:
        return [sentence("按{level}和类别另作判断，没有预警。", level=level)]
    parts = [
        phrase(
            "{name}（{tickets}，预计{expected}）",
            name=f"{row['district']}{row['subdistrict']}{phrases.quoted(row['category'])}",
            tickets=cite(rows, "tickets", subdistrict=row["subdistrict"], **_alert(row)),
            expected=cite(rows, "expected_tickets", subdistrict=row["subdistrict"], **_alert(row)),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [
        sentence(
            "按{level}和类别另作判断，有预警{alerts}条，{first}{parts}。",
            level=level,
            first="为" if len(rows) == 1 else "居前的是",
            alerts=cite(judged, "alerts", kind="plain"),
            parts=join(parts),
        )
    ]


def _judged(counted: pd.DataFrame) -> int:
    """Return how many weeks of a period were judged, all where that is not counted."""
    return int(counted.get("judged_weeks", counted["weeks"]).iloc[0])


def case(alert: pd.DataFrame) -> list[Sentence]:
    """State one alert: what came, what was expected, for how long it lasted, how seldom it comes by chance, and what is known."""
    if alert.empty:
        return []
    row = alert.iloc[0].to_dict()
    known = f"，当时的已知事件为“{row['event']}”" if isinstance(row["event"], str) else ""
    lasted = (
        phrase(
            "自{first}当周起持续{weeks}周，{state}",
            first=_day(row["first_week"]),
            weeks=cite(alert, "weeks", kind="plain"),
            state="期末仍在持续" if row["state"] == "open" else "其后回落",
        )
        if row["weeks"] > 1
        else phrase(
            "出现在{first}当周{state}",
            first=_day(row["first_week"]),
            state="，期末仍在持续" if row["state"] == "open" else "，其后回落",
        )
    )
    return [
        sentence(
            "{district}{category}：最多的一周有{tickets}，预计{expected}，预警界限为{threshold}；{lasted}{known}。这样的一周，偶然出现的可能{rare}{chance}。",
            district=row["district"],
            category=phrases.quoted(row["category"]),
            tickets=cite(alert, "tickets"),
            expected=cite(alert, "expected_tickets"),
            threshold=cite(alert, "threshold"),
            lasted=lasted,
            known=known,
            rare="" if row["chance_share"] < _RARE else "为",
            chance=cite(alert, "chance_share"),
        )
    ]


def thresholds(rules: WarningRules) -> list[Sentence]:
    """State the rules by which a week is judged, as the edition sets them."""
    return [
        sentence(
            "每周对近5周满{least}的各区各类别作判断，需要以前连续{history}周的数据；误报在全部预警中的占比控制在{share}以内，每周至多列{listed}条；"
            "春节所在周及其前一周不作判断。",
            least=literal(rules.min_recent, "exact"),
            history=literal(rules.history_weeks, "plain"),
            share=literal(rules.false_share, "level"),
            listed=literal(rules.listed, "plain"),
        )
    ]


def kinds(rows: pd.DataFrame) -> list[Sentence]:
    """Name the categories with most alerts."""
    if rows.empty:
        return []
    parts = [
        phrase(
            "{category}{alerts}条",
            category=phrases.quoted(row["category"]),
            alerts=cite(rows, "alerts", kind="plain", category=row["category"]),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [sentence("按类别看，{parts}。", parts=join(parts))]


def peaks(rows: pd.DataFrame) -> list[Sentence]:
    """Name the categories that peak each year, when, and in how many years that came true."""
    if rows.empty:
        return [sentence("没有哪一类诉求在各年同一时段稳定地增多。")]
    parts = [
        phrase(
            "{category}在{peak}（比其余时间高{change}，检验的{all}年中应验{held}年），宜在{prepare}以前准备",
            category=phrases.quoted(row["category"]),
            peak=row["peak"],
            prepare=row["prepare"],
            change=cite(rows, "peak_change", kind="rate", category=row["category"]),
            all=str(row["held"] + row["failed"]),
            held=cite(rows, "held", kind="plain", category=row["category"]),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [sentence("每年重现的有：{parts}。", parts=join(parts, "；"))]


def title(alert: pd.DataFrame) -> str:
    """Return the caption of an alert's weeks: 萬華區“噪音”各周来电量、预计与预警界限."""
    name = "".join(f"{row['district']}“{row['category']}”" for row in alert.to_dict("records"))
    return f"{name}各周来电量、预计与预警界限".replace("{", "（").replace("}", "）")


def repeated(row: pd.DataFrame) -> list[Sentence]:
    """State how many tickets the export itself calls repeats, or of several callers; nothing where it calls none so."""
    if not row["duplicates"].iloc[0]:
        return []
    return [sentence("导出数据注明为重复来电或多人反映的有{duplicates}。", duplicates=cite(row, "duplicates"))]


def gatherings(rows: pd.DataFrame, rules: WarningRules) -> list[Sentence]:
    """State how many places had several tickets of a kind within some days, and in which districts and categories most."""
    times, days = rules.times, rules.days
    if rows.empty:
        return [
            sentence("没有同一类别的诉求在同一地点{days}日内集中达到{times}件且明显多于平时。", days=str(days), times=str(times))
        ]
    total = int(rows["gatherings"].sum())
    parts = [
        phrase(
            "{district}{category}{places}处",
            district=labels.value("district", row["district"]),
            category=phrases.quoted(labels.value("category", row["category"])),
            places=cite(rows, "gatherings", kind="plain", district=row["district"], category=row["category"]),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [
        sentence(
            "同一类别的诉求在同一地点{days}日内集中达到{times}件且明显多于平时的，共{total}处，较多的是{parts}。",
            days=str(days),
            times=str(times),
            total=str(total),
            parts=join(parts),
        )
    ]


def circles(rows: pd.DataFrame) -> list[Sentence]:
    """State in which districts neighbouring areas together had more tickets of a category; nothing where there is no such
    circle.
    """
    parts = [
        phrase(
            "{district}相邻的{areas}处地点{category}{tickets}（按上一年的分布应有{expected}）",
            district=row["district"],
            category=phrases.quoted(row["category"]),
            areas=cite(rows, "areas_inside", kind="plain", category=row["category"]),
            tickets=cite(rows, "tickets", category=row["category"]),
            expected=cite(rows, "expected_tickets", category=row["category"]),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [sentence("最近4周，诉求在空间上聚集的有：{parts}。", parts=join(parts, "；"))] if parts else []


def accuracy(rows: pd.DataFrame) -> list[Sentence]:
    """State the errors of forecasts by horizon beside those of plainer ones, and how often ranges of 80 % held."""
    parts = [
        phrase(
            "{weeks}周{error}（按前8周平均预计为{mean}，按上年同周预计为{season}）",
            weeks=str(row["horizon"]),
            **{
                name: cite(rows, column, kind="rate", horizon=row["horizon"])
                for name, column in (("error", "error_share"), ("mean", "mean_error_share"), ("season", "season_error_share"))
            },
        )
        for row in rows.to_dict("records")
    ]
    held = [
        phrase("{share}", share=cite(rows, "held_80_share", kind="rate", horizon=row["horizon"]))
        for row in rows.to_dict("records")
    ]
    return [
        sentence(
            "逐周只用当时以前的数据预计各区各类别此后的数量，误差（绝对误差之和与实际之比）为：{parts}。",
            parts=join(parts, "；"),
        ),
        sentence("实际落在八成把握的范围之内的，依次占{held}。", held=join(held)),
    ]


def compared(rows: pd.DataFrame) -> list[Sentence]:
    """State how often the adopted rule raises an alert in calm weeks, and what share of added outbreaks it finds, beside
    another.
    """
    own, plain = ({"rule": rule} for rule in ("adopted", "half_more"))
    return [
        sentence(
            "在{weeks}个平稳周中，每百周有预警{calm}条，{quiet}的周没有预警；“比上周多五成”的做法每百周有{plain}条。",
            weeks=cite(rows, "weeks", kind="plain", **own),
            calm=cite(rows, "alerts_calm", kind="plain", **own),
            quiet=cite(rows, "quiet_share", kind="rate", **own),
            plain=cite(rows, "alerts_calm", kind="plain", **plain),
        ),
        sentence(
            "在真实数据中加入人为的增多来检验：每周增加3倍标准差的，找出{found}，平均在开始后{days}发现；增加5倍标准差的，找出{large}。",
            found=cite(rows, "size_3_share", kind="rate", **own),
            days=cite(rows, "days_until", **own),
            large=cite(rows, "size_5_share", kind="rate", **own),
        ),
    ]


def _alert(row: dict) -> dict[str, str]:
    return {name: row[name] for name in ("district", "category", "first_week")}


def _day(text: str) -> str:
    return periods.day(datetime.date.fromisoformat(text))


def _short(day: datetime.date) -> str:
    return f"{day.month}月{day.day}日"
