"""Warm the caches (editions, cube rows, labels, fonts, compiled queries) that forked kernels inherit."""

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.figure import Figure

from helpers import chapters
from helpers.analysis import hidden_cells, measures, trends, unit_sheets, units
from helpers.chapters.chapter import Chapter
from helpers.cube import cube
from helpers.drawing import charts, style

_OPENED = ("city", "year", "period", "compare")  # what a chapter is opened with; a product's own parameters choose among it
_MOST = 4  # chapters opened, which bounds the memory that all kernels inherit; of further ones each kernel reads the cube


def prewarm(openings: Iterable[Mapping[str, Any]]) -> None:
    """Open chapters with these parameters (`city`, `year`, `period`, `compare`); query and draw once from the first.

    With a `unit` ("" for all), the answers on all units are computed, which their sheets share.
    No connection, thread or figure is left open, and pyplot's backend is not chosen: a kernel does that with its shell.
    """
    for number, opening in enumerate(list(openings)[:_MOST]):
        scope = {name: opening[name] for name in _OPENED if name in opening}
        chapter = chapters.open_unit(**scope) if units.UNIT in opening else chapters.open(**scope)
        if number == 0:
            _use(chapter)
        if units.UNIT in opening:
            for unit in units.every(chapter):
                unit_sheets.sheet(chapter, unit)
        cube.disconnect(chapter.cube)
        hidden_cells.disconnect()


def _use(chapter: Chapter) -> None:
    areas, period, numbers = chapter.cube.areas, chapter.period, chapter.edition.numbers
    districts = chapter.ask(measures.volume(areas, period, "district", chapter.base))
    busiest = chapter.ask(measures.volume(areas, period, "category")).head(chapter.edition.busiest.categories)
    months = trends.restrict_to(chapter.ask(measures.monthly(areas, period, "category")), busiest)
    chapter.table("", districts, ["district", "tickets"], optional=True)
    style.use_style()
    for chart, answer, columns in ((charts.bars, districts, {"label": "district"}),
                                   (charts.monthly_lines, months, {"by": "category", "extremes": True})):
        if not answer.empty:
            ax = Figure(figsize=(style.WIDTH, 3), layout="constrained").subplots()
            style.svg(style.mark(chart(answer, value="tickets", numbers=numbers, ax=ax, **columns), chapter.period.words))
