"""What a notebook opens: an edition, a period and the cube, and the place where answers become print.

    chapter = chapters.open(city, year, period, compare)
    districts = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "district", chapter.base))
    chapter.figure("{period}各区办理情况", charts.bars, districts, label="district", value="tickets")
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.operations as ops
import pandas as pd

from helpers import (
    alternatives,
    canvas,
    cube,
    editions,
    maps,
    measures,
    numerals,
    periods,
    places,
    ranking,
    suppression,
    tables,
    words,
)
from helpers.citations import Number, Sentence
from helpers.errors import KnownError, nearest
from helpers.periods import Period

MIME = "application/vnd.hotline+json"
_UNITS = {"district", "subdistrict", "community", "owner"}
_STANDING, _OUTCOMES = {"scored_months"}, {"score", "rate", "points"}


@dataclass(frozen=True)
class Output:
    """Something a cell shows: `payload` is read by every output format, `preview` is what JupyterLab shows."""

    payload: dict[str, Any]
    preview: str
    svg: str | None = None

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        drawing = {"image/svg+xml": self.svg} if self.svg else {}
        return {MIME: self.payload, "text/html": self.preview, "text/plain": self.payload.get("caption", ""), **drawing}


@dataclass(frozen=True)
class Chapter:
    """A chapter being written: `period` and `base` are spans of months, `entity` is a section's parameter."""

    edition: editions.Edition
    period: Period
    base: Period
    compare: str
    cube: cube.Cube
    entity: dict[str, str] = field(default_factory=dict)

    @property
    def comparison(self) -> str:
        """The word for the comparison: 同比 with a year ago, 环比 with the span before, 较2019年第三季度 with a named one."""
        return {"year_ago": "同比", "previous": "环比"}.get(self.compare, f"较{self.base.words}")

    @property
    def words(self) -> dict[str, str]:
        """What captions and openings may name in braces."""
        areas = {f"{level}_level": word for level, word in self.edition.areas.model_dump().items()}
        both = f"{self.base.words}和{self.period.words}" if self.cube.covers(self.base) else self.period.words
        return {"period": self.period.words, "base": self.base.words, "both": both, "place": self.edition.place,
                "hotline": self.edition.hotline, "split_months": str(self.edition.rankings.split_months), **areas, **self.entity}

    @cached_property
    def places(self) -> pd.DataFrame:
        """Where the districts stand on a map, and how many live there (`places.read`); empty where the edition does not say."""
        found = self.cube.areas.district.as_table().distinct().execute()["district"].dropna()
        return places.read(self.edition, dict.fromkeys([*self.edition.districts, *sorted(found)]))

    @cached_property
    def categories(self) -> list[str]:
        """The city's categories, what its districts handle most in the edition's year first: by this order lines keep looks."""
        counted = [table.filter(table.year == self.edition.year, table.category.notnull())
                   .group_by("category").agg(tickets=table.tickets.sum(), place=ibis.literal(place))
                   for place, table in enumerate((self.cube.areas, self.cube.calls))]
        order = ibis.union(*counted).order_by("place", ibis.desc("tickets"), "category")
        return list(dict.fromkeys(order.to_pandas()["category"]))

    @property
    def lists(self) -> editions.Rankings:
        """The ordered lists as the edition's audience sees them: `top` is None where all ranks are printed."""
        return self.edition.lists

    def say(self, template: str) -> str:
        """Fill a caption's or an opening's braces: `{period}{district}各{subdistrict_level}办理情况`."""
        return template.format_map(self.words)

    def ask(self, question: ibis.Table) -> pd.DataFrame:
        """Answer a question; the answer remembers the cube's tables and the period that it was taken from."""
        answer = question.to_pandas()
        answer.attrs = {"table": "、".join(sorted({node.name for node in question.op().find(ops.PhysicalTable)
                                                  if node.name in cube.TABLES})), "period": self.period.name}
        return answer

    def scores(self, outcomes: ibis.Table, *unit: str, period: Period | None = None) -> pd.DataFrame:
        """Score each unit by the edition's rules from its monthly rates; those with too few valid tickets are left out.

        `period` is the chapter's own where none is given.
        """
        rules, least = self.edition.assessment, self.edition.rankings.min_valid
        monthly = self.ask(measures.monthly_rates(outcomes, period or self.period, rules.answers, unit))
        return ranking.eligible(ranking.scores(monthly, list(unit), rules), least)

    def text(self, *groups: list[Sentence]) -> Output | None:
        """Print sentences as one paragraph; nothing where there are none."""
        sentences = [one for group in groups for one in group]
        if not sentences:
            return None
        printed = [[self._unless_small(*piece) for piece in one.pieces(self.edition.numbers)] for one in sentences]
        payload = {"kind": "prose", "data": self.cube.data, "sentences": [{"parts": [
            text if number is None else
            {"text": text, "value": number.value, "kind": number.kind, "table": number.table, "column": number.column,
             "where": number.where, "period": number.period, "base": number.base}
            for text, number in pieces]} for pieces in printed]}
        said = self.titled("".join(text for pieces in printed for text, _ in pieces))
        return Output(payload, paragraph(said))

    def unsaid(self, number: Number) -> str | None:
        """Return what stands in place of a number that the edition's `suppression` does not print; None where it is printed."""
        rule = self.edition.suppression
        return suppression.unsaid(number.value, number.kind, number.column, number.least, rule.below) if rule else None

    def _unless_small(self, text: str, number: Number | None) -> tuple[str, Number | None]:
        said = self.unsaid(number) if number else None
        return (text, number) if said is None else (said, None)

    def _hidden(self, answer: pd.DataFrame) -> pd.DataFrame:
        """Which cells of an answer the edition's `suppression` does not print."""
        return suppression.hidden(answer, self.edition.suppression.below if self.edition.suppression else 0)

    def _counting(self, caption: str, cells: int) -> str:
        return suppression.captioned(caption, cells, self.edition.suppression.below) if cells else caption

    def withheld(self, answer: pd.DataFrame) -> list[str]:
        """The columns of an answer that the public does not see: scores and rates of single places and owners.

        As the report of 2020 prints, 四: their names in order of rank, and of volumes the counts.
        """
        if self.edition.audience != "public" or not _UNITS & set(answer.columns):
            return []
        return [column for column in answer.columns if column in _STANDING or numerals.kind(column) in _OUTCOMES]

    def table(self, caption: str, answer: pd.DataFrame, columns: Sequence[str], *, optional: bool = False,
              internal: bool = False) -> Output | None:
        """Print some columns of an answer under a caption, without those that are `withheld` from the edition's audience.

        Where there is nothing to print, that is said, or nothing at all where the table is `optional`. One that is `internal`
        as a whole is not printed for the public. Small counts are hidden as the edition says (`suppression`).
        """
        if internal and self.edition.audience == "public":
            return None
        caption, withheld = self.say(caption), self.withheld(answer)
        if answer.empty:
            return None if optional else self._absence(caption, columns)
        shown, hidden = [column for column in columns if column not in withheld], self._hidden(answer)
        printed = suppression.marked(tables.table(answer, shown, self.edition.numbers), hidden)
        counting = self._counting(caption, int(hidden[shown].to_numpy().sum()))
        return Output({"kind": "table", "name": caption, "caption": counting, "data": self.cube.data, "table": printed},
                      tables.as_html(printed, self.titled(counting)))

    def figure(self, caption: str, chart: Callable, answer: pd.DataFrame, *, optional: bool = False,
               **columns: Any) -> Output | None:
        """Draw an answer under a caption; `columns` are the chart's own.

        What has no parts is drawn as a whole where a `total` is given. Where there is nothing to draw, that is said, or
        nothing at all where the figure is `optional`. One of what is `withheld` from the edition's audience is not drawn, nor are
        small counts that the edition hides (`suppression`).
        """
        withheld = self.withheld(answer)
        if set(withheld) & {name for given in columns.values() for name in _listed(given)}:
            return None
        answer = answer.drop(columns=withheld)
        if answer.empty and "total" in columns:
            return self.figure(caption, chart, columns["total"], optional=optional, value=columns["value"])
        caption = self.say(caption)
        names = [columns[key] for key in ("label", "value", "x", "y") if isinstance(columns.get(key), str)]
        several = [*columns.get("values", answer.columns)]
        placeless = "places" in columns and columns["places"].empty
        if answer.empty or placeless or not (answer[names].notna().any().all() and answer[several].notna().any().any()):
            return None if optional else self._absence(caption, names)
        if columns.get("by") == "category":
            columns["order"] = self.categories
        whole = [columns["total"].assign(**{columns["by"]: words.column("total")})] if "total" in columns else []
        rows = pd.concat([*whole, answer], ignore_index=True)
        hidden = pd.concat([self._hidden(one) for one in (*whole, answer)], ignore_index=True).eq(True)
        shown = tables.known(rows)
        printed = suppression.marked(tables.table(rows, shown, self.edition.numbers), hidden)
        caption, name = self._counting(caption, int(hidden[shown].to_numpy().sum())), caption
        if whole:
            columns["total"] = suppression.drawn(columns["total"], self._hidden(columns["total"]), columns)
        answer = suppression.drawn(answer, self._hidden(answer), columns)
        if not answer[names].notna().any().all():
            return None if optional else self._unprinted(caption)
        axes = chart(answer, numbers=self.edition.numbers, **columns)
        if self.cube.data == "simulated":
            canvas.mark(axes, words.value("data", "simulated"))
        svg = canvas.svg(axes)
        payload = {"kind": "figure", "name": name, "caption": caption, "data": self.cube.data,
                   "alt": f"{caption}。{alternatives.describe(answer, self.edition.numbers, **columns)}", "table": printed}
        return Output(payload, tables.drawing_as_html(svg, self.titled(caption)), svg)

    def map(self, caption: str, answer: pd.DataFrame, *values: str) -> Output | None:
        """Shade the districts by one or several columns; nothing where the edition does not say where they stand."""
        columns = {"value": values[0]} if len(values) == 1 else {"values": values}
        return self.figure(caption, maps.shaded, answer, optional=True, label="district", places=self.places, **columns)

    def titled(self, caption: str) -> str:
        """Return a caption that says where its numbers are simulated: 2020年各区办理情况（模拟数据）."""
        return f"{caption}（{words.value('data', 'simulated')}）" if self.cube.data == "simulated" else caption

    def lacks(self, column: str, what: str) -> Output | None:
        """Say once that the period's tickets hold nothing in a column, and what is left out for it; else print nothing."""
        return None if self.cube.known(column, self.period) else self._absence(self.say(what), [column])

    def _unprinted(self, what: str) -> Output:
        reason = f"其中的数字均不足{self.edition.suppression.below}件，或可推知此类数字，从略。"
        return Output({"kind": "absence", "what": what, "reason": reason}, paragraph(f"{what}：{reason}"))

    def _absence(self, what: str, columns: Sequence[str]) -> Output:
        named = "、".join(f"“{words.column(column)}”" for column in columns if numerals.kind(column) == "text")
        reason = f"{self.period.words}的数据中没有可用于此处的{named}内容，从略。"
        return Output({"kind": "absence", "what": what, "reason": reason}, paragraph(f"{what}：{reason}"))


def _listed(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else [given] if isinstance(given, str) else []


def paragraph(text: str) -> str:
    """Return a text for JupyterLab, in lines that an eye can follow."""
    return f'<p style="max-width:46em">{html.escape(text)}</p>'


def open(city: str, year: int, period: str = "year", compare: str = "year_ago", **entity: str) -> Chapter:
    """Open a chapter of an edition, or a section of it for one `district=` or `category=`.

    Raises KnownError for an unknown city, year, period or entity, and where the year has no tickets.
    """
    edition = editions.read(city, year)
    span = periods.parse(period, year)
    base = periods.base(span, compare)
    loaded = cube.load(city, year, span, base)
    for parameter, name in entity.items():
        listed = edition.districts if parameter == "district" else []
        if name not in listed and name not in (found := _found(loaded, parameter)):
            raise KnownError(f"{parameter} '{name}' is not in {edition.key}.{nearest(name, {*listed, *found})}", exit_code=2)
    return Chapter(edition, span, base, compare, loaded, entity)


def _found(loaded: cube.Cube, parameter: str) -> set[str]:
    table = loaded.calls if parameter == "category" else loaded.areas
    return set(table.select(parameter).distinct().to_pandas()[parameter].dropna())
