"""Write sentences on how long it took to close what was received."""

import pandas as pd

from helpers.writing.citations import Sentence, cite, sentence


def speed(hours: pd.DataFrame, days: pd.DataFrame) -> list[Sentence]:
    """State within how many hours half and nine tenths were closed; within how many days where most lack a time of day.

    Both are answers of `analysis.backlog.spent`. Too few tickets give no sentence.
    """
    by_hours = hours["closed"].sum() * 2 >= days["closed"].sum()
    column, answer, unit, known = ("hours", hours, "小时", "时刻") if by_hours else ("days", days, "天", "日期")
    if answer[f"{column}_median"].isna().all():
        return []
    return [sentence("从受理到办结，半数在{half}{unit}之内，九成在{most}{unit}之内（以有办结{known}的{closed}计）。",
                     half=cite(answer, f"{column}_median", kind="plain"), most=cite(answer, f"{column}_p90", kind="plain"),
                     unit=unit, known=known, closed=cite(answer, "closed"))]
