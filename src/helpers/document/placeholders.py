"""The names that a text by people may have in braces, and their values: `{{district.朝阳区.share}}` is a number of the measures.

    calls.total|before|change
    <kind>.<names>.tickets|share|before|change|rank     any kind of `subjects`, and owner
    rate.resolution|satisfaction|contact    funnel.<step>    units.<kind of unit>
    period.words|base|comparison            external.<name>

The cube is queried only when a text names one, then once for all names of the same kind.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pandas as pd

from helpers.analysis import dimensions, measures, ranking
from helpers.analysis.scope import Scope
from helpers.chapters.disclosure import Disclosure
from helpers.document import external_figures
from helpers.document.blocks import Run
from helpers.settings import labels, number_format
from helpers.settings.errors import UserError, did_you_mean
from helpers.writing import citations
from helpers.writing.citations import Number

Names = tuple[str, ...]
Quote = Callable[[], Run]

KINDS = {name: dimension for name, dimension in dimensions.DIMENSIONS.items() if dimension.keys}
_UNITS = {"districts": "district", "subdistricts": "subdistrict", "municipal_agencies": "municipal_agency",
          "state_owned_enterprises": "state_owned_enterprise"}
_CITYWIDE = ("channel", "handling", "tag", "exclusion", "owner_level")  # printed as totals of the city are
_MEASURES = {"tickets": "tickets", "share": "ticket_share", "before": "tickets_before", "change": "tickets_change",
             "rank": "tickets_rank"}
_OF_CALLS = {"total": "tickets", "before": "tickets_before", "change": "tickets_change"}
_RATES = {"resolution": "resolution_rate", "satisfaction": "satisfaction_rate", "contact": "contact_rate"}


class Vocabulary:
    """All names of a scope's period; an answer is kept for the next name of its kind."""

    def __init__(self, scope: Scope, figures: Mapping[str, external_figures.Figure]):
        self.scope, self.figures, self.disclosure = scope, figures, Disclosure(scope.edition)
        self._base = scope.base if scope.cube.covers(scope.base) else None
        self._names: dict[str, dict[Names, Quote]] = {}
        self._roots: dict[str, Callable[[], dict[Names, Quote]]] = {
            "calls": self._calls, **{name: partial(self._counted, name) for name in KINDS}, "rate": self._rates,
            "funnel": self._funnel, "units": self._units, "period": self._period, "external": self._external}

    def value(self, name: str) -> Run:
        """Return what is printed in place of a name: its text in house style, and its number where it is one.

        A figure that no ticket holds has `source` and `unit`, and no table. Raises UserError for a name that is not known, with
        the nearest right one, and for one that has no value in this period.
        """
        root, *rest = (part.strip() for part in name.split("."))
        if root not in self._roots:
            raise UserError(f"'{name}' is not known.{self._nearest(root, rest)}")
        found = self._of(root).get(tuple(rest))
        if not found:
            raise UserError(f"'{name}' is not known.{_near(name, ('.'.join((root, *names)) for names in self._of(root)))}")
        quoted = found()
        if quoted.number and quoted.number.value is None:
            why = (f": {self.scope.base.words} has nothing to compare with" if rest[-1] in ("before", "change") else
                   f" in {self.scope.period.words}")
            raise UserError(f"'{name}' has no value{why}.")
        return quoted

    def names_in(self, text: str) -> dict[str, Quote]:
        """Return the names whose subjects a text mentions, and those that have none."""
        return {".".join((root, *names)): quote for root in self._roots for names, quote in self._of(root).items()
                if all(self._word(root, name) in text for name in (names[:-1] if root in KINDS else ()))}

    def subjects(self, text: str) -> list[str]:
        """Return the names of subjects that occur in a text, longest first."""
        known = {self._word(root, name) for root in KINDS for names in self._of(root) for name in names[:-1]}
        return sorted((name for name in known if name in text), key=lambda name: (-len(name), name))

    def _word(self, root: str, name: str) -> str:
        return labels.values(root).get(name, name)

    def _of(self, root: str) -> dict[Names, Quote]:
        if root not in self._names:
            self._names[root] = self._roots[root]()
        return self._names[root]

    def _nearest(self, root: str, rest: list[str]) -> str:
        """Return a hint for a name that begins with nothing known: the nearest beginning, and what it may go on with."""
        hint = did_you_mean(root, self._roots)
        nearest = next((name for name in self._roots if hint == f" Did you mean '{name}'?"), None)
        known = [".".join((nearest, *names)) for names in self._of(nearest)] if nearest else []
        return _near(".".join((nearest, *rest)), known) if nearest else hint

    def _quoted(self, number: Number) -> Run:
        replacement = self.disclosure.replacement(number)
        if replacement is not None:
            return Run(replacement)
        unit = "件" if number.unit is None else number.unit
        text = number_format.phrase(number.value, number.kind, self.scope.edition.numbers, unit)
        return Run(text, number=replace(number, least=None))

    def _cited(self, answer: pd.DataFrame, column: str, **options: Any) -> Run:
        return self._quoted(citations.cite(answer, column, **options))

    def _calls(self) -> dict[Names, Quote]:
        whole = dimensions.volume(self.scope, dimensions.DIMENSIONS["whole"], self._base)
        return {(name,): partial(self._cited, whole, column, kind=_kind(column, True)) for name, column in _OF_CALLS.items()}

    def _counted(self, root: str) -> dict[Names, Quote]:
        """Return the measures of all subjects of a kind; those that the dictionary has a word for go by it as well."""
        keys = [*KINDS[root].keys]
        answer = _ranked(dimensions.volume(self.scope, KINDS[root], self._base), keys)
        found = {}
        for names in answer[keys].dropna().itertuples(index=False, name=None):
            for called in dict.fromkeys([names, tuple(self._word(root, name) for name in names)]):
                found |= {(*called, measure): partial(
                    self._cited, answer, column, kind=_kind(column, root in _CITYWIDE), at=dict(zip(keys, names, strict=True)),
                    base=names[-2] if measure == "share" and len(names) > 1 else None) for measure, column in _MEASURES.items()}
        return found

    def _rates(self) -> dict[Names, Quote]:
        answers = self.scope.edition.assessment.answers
        whole = self.scope.ask(measures.rates(self.scope.cube.outcomes, self.scope.period, answers))
        return {(name,): partial(self._cited, whole, column) for name, column in _RATES.items()}

    def _funnel(self) -> dict[Names, Quote]:
        steps = self.scope.ask(measures.funnel(self.scope.cube.funnel, self.scope.period))
        return {(column,): partial(self._cited, steps, column, kind=_kind(column, True)) for column in steps.columns
                if column != "calls"}

    def _units(self) -> dict[Names, Quote]:
        return {(name,): cache(partial(self._scored, name)) for name in _UNITS}

    def _scored(self, name: str) -> Run:
        """Count the units with a score; where none has a score, the count is unknown, not 0."""
        unit, scored = _UNITS[name], ranking.of_units(self.scope, _UNITS[name])
        owners = unit in ("municipal_agency", "state_owned_enterprise")
        return self._quoted(Number(len(scored) or None, "plain", "outcomes", "owners" if owners else name,
                                   {"owner_level": unit} if owners else {}, self.scope.period.name))

    def _period(self) -> dict[Names, Quote]:
        scope = self.scope
        texts = {"words": scope.period.words, "base": scope.base.words, "comparison": scope.comparison}
        return {(name,): partial(Run, text) for name, text in texts.items()}

    def _external(self) -> dict[Names, Quote]:
        return {(name,): partial(self._foreign, figure) for name, figure in self.figures.items()}

    def _foreign(self, figure: external_figures.Figure) -> Run:
        kind = "text" if isinstance(figure.value, str) else "threshold"
        return self._quoted(Number(figure.value, kind, unit=figure.unit, source=figure.source))


def _kind(column: str, citywide: bool) -> str:
    kind = number_format.kind(column)
    return "headline" if kind == "count" and citywide else kind


def _ranked(answer: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add the place of each named subject among those of its parent, 1 for the most; equal counts share one."""
    named = answer.dropna(subset=keys)
    groups = named.groupby(keys[:-1])["tickets"] if keys[1:] else named["tickets"]
    ranked = answer.assign(tickets_rank=groups.rank(method="dense", ascending=False).astype("Int64").reindex(answer.index))
    ranked.attrs = answer.attrs
    return ranked


def _near(name: str, known: Iterable[str]) -> str:
    """Return a hint at the nearest of the names that can be written, however far it is."""
    near = difflib.get_close_matches(name, [name for name in known if not set("{}") & set(name)], n=1, cutoff=0)
    return f" Did you mean '{near[0]}'?" if near else ""
