"""Write sentences on callers whose two answers differ: not resolved but satisfied, resolved but not satisfied."""

import pandas as pd

from helpers.analysis import uncertainty
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, join, phrase, sentence

__all__ = ["crossed", "extremes"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_WORDS = {"unresolved_content": ("未解决但满意", "未解决"), "resolved_discontent": ("已解决但不满意", "已解决")}


def crossed(whole: pd.DataFrame) -> list[Sentence]:
    """State how many answers differ, and their share of the resolved or of the unresolved. `whole` has one row."""
    if not whole["valid"].sum():
        return []
    parts = [_part(whole, column) for column in _WORDS]
    return [sentence("在{valid}有效回访中，{first}；{second}。", valid=cite(whole, "valid"), first=parts[0], second=parts[1])]


def _part(whole: pd.DataFrame, column: str) -> Fragment:
    words, of_what = _WORDS[column]
    share = cite(whole, f"{column}_share", base=of_what)
    of_these = phrase("，占{of}的{share}", of=of_what, share=share) if share.value is not None else ()
    return phrase("{words}的{tickets}{share}", words=words, tickets=cite(whole, column), share=of_these)


def extremes(rows: pd.DataFrame, by: str, what: str, level: float) -> list[Sentence]:
    """Name the entities with the highest and the lowest share of each kind of differing answers.

    Left out where there are fewer than three, where several share an end, and where chance explains the ends' distance.
    """
    clauses = []
    for column, (words, of_what) in _WORDS.items():
        share = f"{column}_share"
        known = phrases.rankable(rows, by).dropna(subset=share)
        ends = [known[known[share] == getattr(known[share], end)()] for end in ("min", "max")]
        if len(known) >= 3 and all(len(end) == 1 for end in ends) and not _is_chance(*ends, column, level):
            low, high = (phrase("{name}最{way}（{share}）", name=phrases.value_name(by, end[by].iloc[0]), way=way,
                                share=phrases.quote(end, end.index[0], by, share, base=of_what))
                         for end, way in zip(ends, ("低", "高"), strict=True))
            clauses.append(phrase("{words}占{of}的比例，{high}，{low}", words=words, of=of_what, high=high, low=low))
    return [sentence("{what}中，{clauses}。", what=what, clauses=join(clauses, "；"))] if clauses else []


def _is_chance(first: pd.DataFrame, second: pd.DataFrame, column: str, level: float) -> bool:
    """Return whether the interval of the difference of two single rows' shares includes 0."""
    wholes = [end[column] / end[f"{column}_share"] for end in (first, second)]
    pairs = [(end[column].to_numpy("float64"), whole.to_numpy("float64"))
             for end, whole in zip((first, second), wholes, strict=True)]
    lower, upper = uncertainty.rate_difference(*pairs, level)
    return not ((lower > 0) | (upper < 0)).all()
