"""Cross the two answers of callers: whether their matter was resolved, and whether they were satisfied."""

import ibis
from ibis import _

from helpers.analysis.measures import Names
from helpers.cube import selections
from helpers.settings.periods import Period

__all__ = ["CROSSED", "SHARES", "crossed"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


CROSSED = ["resolved_content", "resolved_discontent", "unresolved_content", "unresolved_discontent"]
_EXPECTED = 5
SHARES = ["unresolved_content_share", "resolved_discontent_share"]


def crossed(replies: ibis.Table, period: Period, least: int, by: Names = ()) -> ibis.Table:
    """Count the valid answers of a period's assessment months by both questions.

    Partly resolved counts as unresolved, basically satisfied as content. Columns: the keys of `by`; valid; resolved_content,
    resolved_discontent, unresolved_content, unresolved_discontent, which add up to valid; unresolved_content_share, of the
    unresolved, and resolved_discontent_share, of the resolved, 0 to 1, null where these are fewer than `least`, or so few that
    fewer than 5 were to be expected at the share of all rows (Cochran 1954, Biometrics 10, 417–451). In the order of valid,
    largest first, then of names; the unknown last.
    """
    keys = [by] if isinstance(by, str) else list(by)
    rows = replies.filter(selections.in_period(replies, period))
    counts = rows.aggregate(by=keys, valid=_.valid.sum().fill_null(0).cast("int64"),
                            resolved=_.resolved.sum().fill_null(0).cast("int64"),
                            content=(_.satisfied + _.basically).sum().fill_null(0).cast("int64"),
                            resolved_content=(_.resolved_satisfied + _.resolved_basically).sum().fill_null(0).cast("int64"))
    whole = counts.mutate(resolved_discontent=_.resolved - _.resolved_content, unresolved_content=_.content - _.resolved_content)
    whole = whole.mutate(unresolved_discontent=_.valid - _.resolved - _.unresolved_content, unresolved=_.valid - _.resolved)
    shares = {f"{part}_share": _share(whole[part], whole[base], least)
              for part, base in (("unresolved_content", "unresolved"), ("resolved_discontent", "resolved"))}
    unknown = [sum((whole[name].isnull().cast("int8") for name in keys), start=ibis.literal(0))] if keys else []
    return (whole.mutate(shares).select(*keys, "valid", *CROSSED, *SHARES)
            .order_by(*unknown, ibis.desc("valid"), *(ibis.asc(name, nulls_first=False) for name in keys)))


def _share(part: ibis.Column, base: ibis.Column, least: int) -> ibis.Column:
    """Return part / base where the base is large enough to bear a share, else null."""
    expected = base * (part.sum().over() / base.sum().over().nullif(0))
    return ((base >= least) & (expected >= _EXPECTED)).ifelse(part / base.nullif(0), None)
