"""A chapter: asks questions of its scope, and prints the answers as paragraphs, tables, figures and maps.

    chapter = chapters.open(city, year, period, compare)
    districts = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "district", chapter.base))
    chapter.figure("{period}各区办理情况", charts.bars, districts, label="district", value="tickets")
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import ibis
import pandas as pd

from helpers.analysis import dimensions, places, scope, soundness, suppression, topics, trends, units
from helpers.analysis.scope import Scope
from helpers.chapters import arguments, output, titles
from helpers.chapters.disclosure import LEFT_OUT, Disclosure, with_simulated_mark
from helpers.chapters.output import Absence, Figure, Output, Points, Prose, Table
from helpers.cube.narrowed import narrowed
from helpers.drawing import alt_text, charts, framed, maps, style, tables
from helpers.settings import editions, fonts, labels, number_format, script
from helpers.settings.errors import UserError, did_you_mean
from helpers.writing.citations import Number, Sentence

_WHERE_KNOWN = {"band", "tickets_change", "low_change", "high_change"}  # columns that go where no row has a value
_ASSUMED = "〔假定〕"
_OF_BASE = {"tickets_before", "before_density", "usual"}  # columns that count tickets of another period
_FEW = "各月件数过少，不作折线图。"
_NOT_COVERED = "各月数据均不完整，不作图。"


@dataclass(frozen=True)
class Chapter(Scope):
    """A scope that prints. `entity` holds a section's parameters: {district: 通州区}; `named` further words for captions.

    What is for `paper` alone has no drawings for phones.
    """

    entity: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    paper: bool = False

    @cached_property
    def disclosure(self) -> Disclosure:
        """What the edition's audience may see."""
        return Disclosure(self.edition)

    @cached_property
    def soundness(self) -> soundness.Soundness:
        """What the rows of the chapter's answers are worth."""
        return soundness.of(self, self.entity)

    @cached_property
    def write(self) -> script.Writer:
        """What writes a text in the edition's script; names of tickets and the edition's own words stay as they are."""
        names = self.cube.names() if self.edition.language == editions.TRADITIONAL else ()
        return script.writer(self.edition.language, {*names, *self.edition.own_words, *self.entity.values()})

    def ask(self, question: ibis.Table) -> pd.DataFrame:
        """Execute a query as `Scope.ask` does, without what the answer's rows do not bear (`soundness`)."""
        arguments.check_query(question)
        return self.soundness.apply(self.count(question))

    @property
    def words(self) -> dict[str, str]:
        """What captions and openings may name in braces."""
        areas = {f"{level}_level": word for level, word in self.edition.areas.model_dump().items()}
        both = f"{self.base.words}和{self.period.words}" if self.cube.covers(self.base) else self.period.words
        return {"period": self.period.words, "base": self.base.words, "both": both, "place": self.edition.place,
                "hotline": self.edition.hotline, "hotline_of_place": self.edition.hotline_of_place(),
                "mapped": labels.value("tag", self.edition.maps.tag) if self.edition.maps.tag else "全部",
                "split_months": str(self.edition.rankings.split_months), **areas, **self.named,
                **{dimension: labels.value(dimension, name) for dimension, name in self.entity.items()}}

    @cached_property
    def places(self) -> pd.DataFrame:
        """Where the districts stand on a map, and how many live there (`places.read`); empty where the edition does not say."""
        found = self.cube.areas.district.as_table().distinct().execute()["district"].dropna()
        return places.read(self.edition, dict.fromkeys([*self.edition.districts, *sorted(found)]))

    @cached_property
    def categories(self) -> list[str]:
        """The city's categories, most handled by districts in the edition's year first: lines keep their look by this order."""
        counted = [table.filter(table.year == self.edition.year, table.category.notnull())
                   .group_by("category").agg(tickets=table.tickets.sum(), place=ibis.literal(place))
                   for place, table in enumerate((self.cube.areas, self.cube.calls))]
        order = ibis.union(*counted).order_by("place", ibis.desc("tickets"), "category")
        return list(dict.fromkeys(order.to_pandas()["category"]))

    @property
    def lists(self) -> editions.Rankings:
        """The ordered lists as the edition's audience sees them: `top` is None where all ranks are printed."""
        return self.edition.lists

    def fill(self, template: str) -> str:
        """Fill the braces of a caption or an opening: `{period}{district}各{subdistrict_level}办理情况`."""
        return arguments.filled(template, self.words)

    def level(self, dimension: str) -> str:
        """Return what the city calls an entity of a dimension: 區, 类别."""
        return self.edition.areas.model_dump().get(dimension) or labels.column(dimension)

    def paragraph(self, *groups: list[Sentence]) -> Prose | None:
        """Print sentences as one paragraph; None where there are none."""
        sentences = [sentence for group in groups for sentence in group]
        if any(isinstance(sentence, str) for sentence in sentences):
            raise UserError("a paragraph is made of sentences that quote their numbers (`writing.prose`, or `sentence` and "
                            "`cite` of `writing.citations`), not of text: write words of your own in a Markdown cell.",
                            exit_code=2)
        if not sentences:
            return None
        pieces = self._pieces(sentences)
        if not pieces:
            return None
        text = with_simulated_mark("".join(text for sentence in pieces for text, _ in sentence), self.cube.data)
        return Prose(output.paragraph(text), self.cube.data, _sentences(pieces))

    def _pieces(self, sentences: Sequence[Sentence]) -> list[list[tuple[str, Number | None]]]:
        """Return sentences in pieces, each with its number, as the edition's audience may read them, in its script."""
        disclosed = [[self._disclosed(*piece) for piece in sentence.pieces(self.edition.numbers)] for sentence in sentences]
        written = [[(self.write(text), number) for text, number in sentence] for sentence in disclosed]
        return [pieces for pieces, sentence in zip(written, sentences, strict=True) if not self._is_left_out(sentence)]

    def _is_left_out(self, sentence: Sentence) -> bool:
        """Return whether more than two in three of a sentence's numbers are not to be seen, so that it says little."""
        numbers = [part for part in sentence.parts if isinstance(part, Number) and part.value is not None]
        return 3 * sum(self.disclosure.replacement(number) == LEFT_OUT for number in numbers) > 2 * len(numbers)

    def points(self, sentences: Sequence[Sentence]) -> Points | None:
        """Print sentences as numbered statements, one below the other; None where there are none."""
        if not sentences:
            return None
        pieces = self._pieces(sentences)
        if not pieces:
            return None
        texts = ["".join(text for text, _ in sentence) for sentence in pieces]
        return Points(output.numbered(texts), self.cube.data, _sentences(pieces))

    def table(self, caption: str, answer: pd.DataFrame, columns: Sequence[str], *, optional: bool = False,
              internal: bool = False, words: Mapping[str, str] | None = None) -> Output | None:
        """Print some columns of an answer under a caption, as far as the edition's audience may see them (`disclosure`).

        Where there is nothing to print, a sentence says so, or None is returned where the table is `optional`, and where its one
        row has no name. One that is `internal` as a whole is not printed for the public. `words` name columns of one's own:
        {"per_head": "人均件数（件/人）"}.
        """
        arguments.check_exhibit(caption, answer, words)
        arguments.check_columns(answer, columns)
        with labels.made_up(words or {}, answer):
            return self._table(caption, answer, columns, optional, internal)

    def _table(self, caption: str, answer: pd.DataFrame, columns: Sequence[str], optional: bool, internal: bool) -> Output | None:
        if internal and self.disclosure.is_public:
            return None
        caption, withheld, answer = self.fill(caption), self.disclosure.withheld_columns(answer), self.disclosure.ordered(answer)
        if answer.empty:
            return None if optional else self._missing(caption, columns)
        if _has_no_names(answer, columns):
            return None
        ranges = [[column] if column != "tickets_change" or "low_change" not in answer else ["low_change", "high_change"]
                  for column in columns]
        columns = [column for names in ranges for column in names
                   if column not in _WHERE_KNOWN or answer[column].notna().any()]
        marked = [*columns, *(["covered"] if "covered" in answer and "month" in columns else [])]
        allowed, hidden = [column for column in marked if column not in withheld], self.disclosure.mask(answer)
        full = self.write(self.disclosure.caption(caption, int(hidden[allowed].to_numpy().sum())))
        shown = [column for column in allowed if not hidden[column].all()]
        if shown != allowed and not {*shown} & {*suppression.disclosing(answer)}:
            return None if optional else output.absence(full, self.write(self.disclosure.all_hidden))
        printed = self._in_script(
            suppression.with_marks(self._headed(tables.table(answer, shown, self.edition.numbers), answer), hidden)
        )
        preview = tables.as_html(printed, with_simulated_mark(full, self.cube.data))
        return Table(preview, self.write(caption), full, self.cube.data, printed, _answers(answer))

    def figure(self, caption: str, chart: Callable, answer: pd.DataFrame, *, optional: bool = False,
               words: Mapping[str, str] | None = None, finding: Sequence[Sentence] = (), **columns: Any) -> Output | None:
        """Draw an answer under a caption; `columns` are the chart's own keywords. Tab after `charts.` lists the charts.

        charts.bars(label, value): one number a name; paired_bars(label, value, earlier): a number and an earlier one;
        share_bar(label, value): parts of a whole; funnel(values): steps; monthly_lines(value, by, total, earlier, extremes):
        months, one line or several; small_multiples(by, value, earlier): a panel of months a name; comparison(label, values): a
        row of dots a name; rates(values): rates by month; heatmap(x, y, value): two dimensions. `highlight` names what alone has
        a colour. maps.shaded is drawn by `map`, funnel_plot.funnel_plot(label, value, count) by `figure`.

        What has no parts is drawn as a whole where a `total` is given. Where there is nothing to draw, a sentence says so, or
        None is returned where the figure is `optional`; so is where a sentence tells as much (`charts.worth_drawing`). What the
        edition's audience may not see is not drawn (`disclosure`).
        `words` name columns of one's own: {"per_head": "人均件数（件/人）"}. A `finding` (`writing.findings`) is the title where
        something can be claimed: the caption is its subtitle, and what it speaks of alone has a colour.
        """
        arguments.check_exhibit(caption, answer, words)
        arguments.check_chart(chart, answer, columns)
        with labels.made_up(words or {}, answer):
            return self._figure(caption, chart, answer, optional, columns, finding)

    def _finding(self, sentences: Sequence[Sentence]) -> str:
        """Return the first of some sentences as a title, without its full stop; "" where a number of it is not to be seen."""
        shown = [[self._disclosed(text, number) for text, number in sentence.pieces(self.edition.numbers)]
                 for sentence in sentences[:1]]
        whole = all(text == disclosed for sentence, each in zip(sentences, shown, strict=False)
                    for (text, _), (disclosed, _) in zip(sentence.pieces(self.edition.numbers), each, strict=True))
        return self.write("".join(text for each in shown for text, _ in each)).removesuffix("。") if whole else ""

    def _figure(self, caption: str, chart: Callable, answer: pd.DataFrame, optional: bool,
                columns: dict[str, Any], finding: Sequence[Sentence]) -> Output | None:
        withheld = self.disclosure.withheld_columns(answer)
        if chart is charts.comparison:
            columns["values"] = [name for name in columns["values"] if name in answer and name not in withheld]
        if set(withheld) & {name for value in columns.values() for name in _column_names(value)} or columns.get("values") == []:
            return None
        answer = self.disclosure.ordered(answer.drop(columns=withheld))
        if chart in (charts.monthly_lines, charts.small_multiples):
            answer, columns = self._with_long_lines(answer, columns)
        if chart is charts.monthly_lines and "year" in answer and answer.empty and "total" not in columns:
            return None if optional else output.absence(self.fill(caption), _FEW)
        if answer.empty and "total" in columns:
            kept = {name: columns[name] for name in ("value", "earlier", "names") if name in columns}
            return self._figure(caption, chart, columns["total"], optional, kept, finding)
        name = self.fill(caption)
        keys = [columns[key] for key in ("label", "value", "x", "y") if isinstance(columns.get(key), str)]
        several = [*columns.get("values", answer.columns)]
        without_places = "places" in columns and columns["places"].empty
        if answer.empty or without_places or not (answer[keys].notna().any().all() and answer[several].notna().any().any()):
            return None if optional else self._missing(name, keys)
        if optional and not charts.worth_drawing(chart, answer, columns):
            return None
        if chart is charts.monthly_lines and columns.get("by") == "category":
            columns["order"] = self.categories
        return self._disclosed_figure(name, chart, answer, optional, columns, finding, keys)

    def _disclosed_figure(self, name: str, chart: Callable, answer: pd.DataFrame, optional: bool, columns: dict[str, Any],
                          finding: Sequence[Sentence], keys: Sequence[str]) -> Output | None:
        """Draw what is not hidden of an answer; where all is, or no month is covered, a sentence says so."""
        whole = [columns["total"].assign(**{columns["by"]: labels.column("total")})] if "total" in columns else []
        before = [columns["earlier"]] if isinstance(columns.get("earlier"), pd.DataFrame) else []
        rows = pd.concat([*whole, answer, *before], ignore_index=True)
        if "covered" in rows:
            rows = rows.assign(covered=rows["covered"].eq(True) | rows["covered"].isna())
        hidden = pd.concat([self.disclosure.mask(part) for part in (*whole, answer, *before)], ignore_index=True).eq(True)
        shown = tables.non_empty(rows)
        printed = self._in_script(
            suppression.with_marks(self._headed(tables.table(rows, shown, self.edition.numbers), rows), hidden)
        )
        full = self.write(self.disclosure.caption(name, int(hidden[shown].to_numpy().sum())))
        claim, note = self._finding(finding), full.removeprefix(self.write(name))
        full = f"{claim}——{full}" if claim else full
        columns |= {months: self.disclosure.for_chart(columns[months], columns) for months in ("total", "earlier", "whole")
                    if isinstance(columns.get(months), pd.DataFrame)}
        drawn = self.disclosure.for_chart(answer, columns)
        if chart is charts.comparison:
            columns["values"] = [value for value in columns["values"] if drawn[value].notna().any()]
        elif "whole" in columns:  # large numbers
            columns["values"] = [value for value in columns["values"] if columns["whole"][value].notna().any()]
        several = [*columns.get("values", drawn.columns)]
        if not (several and drawn[keys].notna().any().all() and drawn[several].notna().any().any()):
            return None if optional else output.absence(full, self.write(self.disclosure.all_hidden))
        if chart in (charts.monthly_lines, charts.small_multiples, charts.rates) and not any(
                part.get("covered", pd.Series(True, index=part.index)).any() for part in (*whole, drawn)):
            return None if optional else output.absence(full, self.write(_NOT_COVERED))
        partly = bool(hidden.to_numpy().any())
        alt = f"{full}。{self.write(alt_text.describe(drawn, self.edition.numbers, partly=partly, **columns))}"
        columns |= titles.looks(chart, drawn, columns, finding if claim else ())
        svg, size, unit, narrow = self._drawings(chart, drawn, columns)
        title, subtitle = titles.above(claim, self.write(name), self.write(unit), note)
        framed_svg = framed.framed(svg, size, framed.titles(with_simulated_mark(title, self.cube.data), subtitle))
        preview = tables.drawing_as_html(framed_svg, with_simulated_mark(full, self.cube.data))
        answers = _answers(*whole, answer, *before)
        return Figure(preview, self.write(name), full, self.cube.data, alt, printed, answers, narrow, svg, title, subtitle)

    def _drawings(self, chart: Callable, drawn: pd.DataFrame,
                  columns: dict[str, Any]) -> tuple[str, tuple[float, float], str, str]:
        """Return what `_drawing` does, and the chart as it is drawn for phones; "" on paper."""
        style.use_fonts(fonts.files(self.edition))
        wide = self._drawing(chart, drawn, columns)
        with style.narrow():
            return *wide, "" if self.paper else self._drawing(chart, drawn, columns)[0]

    def _drawing(self, chart: Callable, drawn: pd.DataFrame, columns: dict[str, Any]) -> tuple[str, tuple[float, float], str]:
        """Return a chart as SVG, with the mark of simulated data; its size in points, and the unit of its numbers."""
        with style.titled():
            axes = chart(drawn, numbers=self.edition.numbers, **columns)
        if self.cube.data == "simulated":
            style.mark(axes, labels.value("data", "simulated"))
        return script.drawing(self.write, style.svg(axes)), style.points(axes), style.unit(axes)

    def map(self, caption: str, answer: pd.DataFrame, *values: str, finding: Sequence[Sentence] = ()) -> Output | None:
        """Shade the districts by one or several columns; None where the edition does not say where they stand."""
        columns = {"value": values[0]} if len(values) == 1 else {"values": values}
        return self.figure(caption, maps.shaded, answer, optional=True, label="district", places=self.places, finding=finding,
                           **columns)

    def note_missing(self, column: str, what: str) -> Absence | None:
        """Say once that the period's tickets hold nothing in a column, and what is left out for it; else return None."""
        return None if self.cube.count_known(column, self.period) else self._without(self.fill(what), [column])

    def _with_long_lines(self, answer: pd.DataFrame, columns: dict[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the answer and the keywords of a chart of months without lines of too few tickets."""
        least = self.edition.changes.min_tickets, self.edition.soundness.min_drawn
        kept = trends.long_lines(answer, columns["value"], columns.get("by"), *least)
        if "total" in columns and trends.long_lines(columns["total"], columns["value"], None, *least).empty:
            return kept.head(0), {name: value for name, value in columns.items() if name != "total"}
        return kept, columns

    def _headed(self, printed: dict[str, Any], answer: pd.DataFrame) -> dict[str, Any]:
        """Return a printed table whose columns of the base period name it, 2019年（件）, and mark what a simulation assumed."""
        words = {"tickets_before": self.base.words, "before_share": f"{self.base.words}占比"}
        assumed = self.soundness.assumed(answer, self.base) if self.cube.data == "simulated" else [False] * len(answer)
        names = [column["name"] for column in printed["columns"]]
        cells = [
            [
                f"{cell}{_ASSUMED}" if is_assumed and name in _OF_BASE and cell != number_format.MISSING else cell
                for name, cell in zip(names, row, strict=True)
            ]
            for is_assumed, row in zip(assumed, printed["printed"], strict=True)
        ]
        return printed | {"printed": cells, "columns": [column | {"words": words.get(column["name"], column["words"])}
                                                        for column in printed["columns"]]}

    def _disclosed(self, text: str, number: Number | None) -> tuple[str, Number | None]:
        replacement = self.disclosure.replacement(number) if number else None
        return (text, number) if replacement is None else (replacement, None)

    def _missing(self, what: str, columns: Sequence[str]) -> Absence:
        return self._without(what, [column for column in columns if number_format.kind(column) == "text"])

    def _without(self, what: str, columns: Sequence[str]) -> Absence:
        named = "、".join(f"“{labels.column(column)}”" for column in columns)
        return output.absence(self.write(what), self.write(f"{self.period.words}的数据中没有可用于此处的{named}内容，从略。"))

    def _in_script(self, table: dict[str, Any]) -> dict[str, Any]:
        """Return a table's words and printed cells in the edition's script; its values stay."""
        columns = [column | {"words": self.write(column["words"]), "unit": self.write(column["unit"])}
                   for column in table["columns"]]
        return table | {"columns": columns, "printed": [[self.write(cell) for cell in row] for row in table["printed"]]}


def _sentences(pieces: Sequence[Sequence[tuple[str, Number | None]]]) -> list[dict[str, Any]]:
    return [{"parts": [text if number is None else _quoted(text, number) for text, number in sentence]} for sentence in pieces]


def _quoted(text: str, number: Number) -> dict[str, Any]:
    fields = ("value", "kind", "table", "column", "where", "period", "base", "answer", "row", "parts")
    return {"text": text} | {name: getattr(number, name) for name in fields}


def _answers(*answers: pd.DataFrame) -> list[list[Any]]:
    return [[answer.attrs.get("answer", ""), len(answer)] for answer in answers]


def _has_no_names(answer: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Return whether a table is the one row of what has no name: it repeats the total (`note_missing` says what lacks)."""
    return len(answer) == 1 and number_format.kind(columns[0]) == "text" and bool(answer[columns[0]].isna().all())


def _column_names(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value] if isinstance(value, str) else []


def open(city: str, year: int, period: str = "year", compare: str = "year_ago", **entity: str) -> Chapter:
    """Open a chapter of an edition, or a section of it for one entity of a dimension: `district=`, `category=`, `topic=`.

    Raises UserError for an unknown city, year, period, dimension or entity, and where the year has no tickets.
    """
    _check_types(city=city, year=year, period=period, compare=compare)
    opened = scope.open(editions.read(city, year), period, compare)
    for parameter, name in entity.items():
        _check_entity(opened, parameter, name)
    return Chapter(opened.edition, opened.period, opened.base, compare, opened.cube, entity)


def open_topic(city: str, year: int, period: str, compare: str, topic: str, area: str = "") -> Chapter:
    """Open a chapter on the tickets of a topic and an area alone (`topics`); both may be named in captions: {topic}, {area}."""
    whole = open(city, year, period, compare)
    found, place = topics.find_topic(whole.cube, topic), topics.find_area(whole.cube, area)
    chosen = narrowed(whole.cube, whole.edition, lambda rows: found.selects(rows) & place.selects(rows))
    return replace(whole, is_part=True, cube=chosen, named={"topic": found.name, "area": place.name, "finer": found.finer})


def open_unit(city: str, year: int, period: str, compare: str, unit: str = "") -> Chapter:
    """Open the sheet of a unit, or a list of all; captions may name it: {unit}. The audience is the unit, not the public."""
    whole = open(city, year, period, compare)
    inside = replace(whole, edition=whole.edition.model_copy(update={"audience": "internal"}))
    if not unit:
        return inside
    found = units.find(inside, unit)
    named = {"full": found.full, "unit": found.printed, "level": labels.value("unit_level", found.level)}
    return replace(inside, paper=True, named=named)


def _check_types(**given: Any) -> None:
    """Raise UserError where a parameter has another type than notebooks declare: papermill's -r makes all text, -p guesses."""
    for name, value in given.items():
        wanted = int if name == "year" else str
        if type(value) is not wanted:
            hint = "a whole number: with papermill, -p year 2020" if wanted is int else f'text: {name} = "{value}"'
            raise UserError(f"{name} {value!r} must be {hint}.", exit_code=2)


def _check_entity(scope: Scope, parameter: str, name: str) -> None:
    dimension = dimensions.of_parameter(parameter)
    if dimension is None:
        raise UserError(f"'{parameter}' is nothing that tickets are counted by.{did_you_mean(parameter, dimensions.DIMENSIONS)}",
                        exit_code=2)
    listed = scope.edition.districts if parameter == "district" else []
    if name in listed:
        return
    found = set(dimension.table(scope).select(dimension.keys[-1]).distinct().to_pandas()[dimension.keys[-1]].dropna())
    if name not in found:
        raise UserError(f"{parameter} '{name}' is not in {scope.edition.key}.{did_you_mean(name, {*listed, *found})}",
                        exit_code=2)
