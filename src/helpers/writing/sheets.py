"""Write the sentences of a unit's sheet: its rank, its peers, what categories win or cost it, what became of its tickets.

Frames are those of `analysis.unit_sheets`.
"""

import pandas as pd

from helpers.analysis.unit_sheets import Sheet, named
from helpers.settings import labels
from helpers.settings.assessment_rules import Rankings
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, join, literal, optional, phrase, sentence

__all__ = ["gap", "handled", "peers", "rank"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_LISTS = {"district": "districts", "subdistrict": "subdistricts"}
_SURE, _UNSURE = "，可以认定在前{k}名之内", "，但不能认定确在前{k}名之内"
_NAMED = 3  # categories on each side
_SEEN = 0.005  # points; less prints as nothing


def rank(sheet: Sheet, opening: str, comparison: str, level: str, rankings: Rankings) -> list[Sentence]:
    """State how many tickets a unit had, its score, its rank with what chance leaves of it, and its rates."""
    numbers = sheet.numbers
    volume = sentence("{opening}承办诉求{tickets}{change}。", opening=opening, tickets=cite(numbers, "tickets"),
                      change=phrases.change(numbers, comparison))
    rates = join([phrase("{name}{rate}", name=labels.column(rate), rate=cite(numbers, rate))
                  for rate in ("contact_rate", "resolution_rate", "satisfaction_rate") if numbers[rate].notna().all()], "，")
    if not numbers["valid"].fillna(0).sum():
        return [volume]
    if numbers["score_rank"].isna().all():
        return [volume, sentence("有效回访{valid}，不足{least}，不列得分和名次。", valid=cite(numbers, "valid"),
                                 least=literal(rankings.min_valid, "exact"))]
    return [volume,
            sentence("综合得分{score}{interval}，在{class_}{n}个{level}中列{place}{range}。", score=cite(numbers, "score"),
                     interval=optional("（区间{lower}至{upper}）", lower=cite(numbers, "score_lower"),
                                       upper=cite(numbers, "score_upper")),
                     n=cite(numbers, "ranked", kind="plain"), level=level, class_=_class(sheet, rankings),
                     place=phrase("{rank}名", rank=cite(numbers, "score_rank")),
                     range=_range(sheet, rankings)),
            sentence("{rates}，均以有效回访{valid}计。", rates=rates, valid=cite(numbers, "valid"))]


def _class(sheet: Sheet, rankings: Rankings) -> Fragment:
    """Return which of the two lists of owners a unit is ranked in; empty of other levels."""
    if sheet.unit.level in _LISTS:
        return ()
    is_long = bool(sheet.numbers["scored_months"].iloc[0] >= rankings.split_months)
    return phrase(f"得分月数{'满' if is_long else '不足'}{{months}}个月的", months=literal(rankings.split_months, "plain"))


def _range(sheet: Sheet, rankings: Rankings) -> Fragment:
    """Return the ranks that chance leaves to a unit, and whether it is among the first, after a comma."""
    numbers, rule = sheet.numbers, getattr(rankings, _LISTS.get(sheet.unit.level, "owners"))
    ends = {end: cite(numbers, f"rank_{end}") for end in ("lower", "upper")}
    if any(end.value is None for end in ends.values()) or numbers["ranked"].iloc[0] == 1:
        return ()
    place = "名次" if rule.ties == "volume" else "不计并列的位次"
    within = f"{place}为{{lower}}" if ends["lower"].value == ends["upper"].value else f"{place}在{{lower}}至{{upper}}之间"
    band, first = numbers["band"].iloc[0], bool(numbers["score_rank"].iloc[0] <= rule.top)
    band = phrase(_SURE if band == "surely" else _UNSURE, k=literal(rule.top, "plain")) if isinstance(band, str) and first else ()
    return phrase(f"；按{{level}}的把握，{within}{{band}}", level=literal(rankings.level, "level"), band=band, **ends)


def peers(sheet: Sheet, level: str) -> list[Sentence]:
    """Name a unit's peers with their scores and ranks, and state the score of all of them together."""
    near = sheet.peers
    if near.empty:
        return []
    key = near.columns[near.columns.get_loc("tickets") - 1]
    names = join([phrase("{name}{about}", name=phrases.full_name(row, key), about=_about(near, place))
                  for place, row in enumerate(near.to_dict("records"))])
    together = optional("，合计得分{score}", score=cite(sheet.numbers, "peers_score"))
    return [sentence("承办量和诉求构成与之最接近的{n}个{level}（以下称同类单位）是{names}{together}。",
                     n=literal(len(near), "plain"), level=level, names=names, together=together)]


def _about(near: pd.DataFrame, place: int) -> Fragment:
    row = near.iloc[[place]]
    row.attrs = near.attrs
    return optional("（{score}，{rank}名）", score=cite(row, "score"), rank=cite(row, "score_rank"))


def gap(sheet: Sheet) -> list[Sentence]:
    """State how far a unit's score is from its peers', what of it is due to its matters and what to how they are solved."""
    numbers = sheet.numbers
    if numbers["gain"].isna().all():
        return []
    opening = sentence("得分与同类单位相比{gain}：诉求的类别构成使其{share}，各类诉求的办理使其{rate}。",
                       gain=cite(numbers, "gain"), share=cite(numbers, "share_gain"), rate=cite(numbers, "rate_gain"))
    known = named(sheet.categories)
    sides = [(word, rows) for word, rows in (("拉低得分最多的是", known[known["gain"] <= -_SEEN].head(_NAMED)),
                                             ("拉高得分最多的是", known[known["gain"] >= _SEEN].tail(_NAMED)[::-1])) if len(rows)]
    listed = join([phrase("{word}{names}", word=word, names=join(
        [phrase("{name}（{gain}）", name=phrases.value_name("category", row["category"]),
                gain=phrases.quote(sheet.categories, place, "category", "gain")) for place, row in rows.iterrows()]))
        for word, rows in sides], "；")
    return [opening, *([sentence("{listed}。", listed=listed)] if sides else [])]


def handled(sheet: Sheet) -> list[Sentence]:
    """State how many callers said that nothing was solved, what was closed in time, dispatched again, and reported again."""
    numbers = sheet.numbers
    unresolved = phrase("回访中明确表示未解决的{unresolved}", unresolved=cite(numbers, "unresolved"))
    parts = [
        unresolved if numbers["unresolved"].sum() else (),
        optional("按时办结率{rate}（以可判断是否按时的{due}计）", rate=cite(numbers, "on_time_rate"), due=cite(numbers, "due")),
        *(phrase("{word}的{count}{share}", word=word, count=cite(numbers, name),
                 share=optional("（占{share}）", share=cite(numbers, f"{name}_share")))
          for name, word in (("redispatched", "派单两次及以上"), ("repeated", "重复来电或多人反映")) if numbers[name].sum())]
    said = phrases.clauses(parts)
    return [sentence("{said}。", said=said)] if said else []
