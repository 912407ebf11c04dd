"""What a cell of a notebook prints: a typed output, which JupyterLab previews and `document` reads again."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

MIME = "application/vnd.hotline+json"


@dataclass(frozen=True)
class Output:
    """A printed output: `payload` is what documents are made of, `preview` the HTML that JupyterLab shows."""

    kind: ClassVar[str]
    preview: str

    @property
    def payload(self) -> dict[str, Any]:
        """The output as JSON: its `kind` and its fields, without the preview and the drawing."""
        fields = {name: value for name, value in vars(self).items() if name not in ("preview", "svg")}
        return {"kind": self.kind} | fields

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        return {MIME: self.payload, "text/html": self.preview, "text/plain": self.payload.get("caption", "")}


@dataclass(frozen=True)
class Prose(Output):
    """A paragraph: its sentences, each a list of `parts`, which are words or quoted numbers with their source."""

    kind = "prose"
    data: str
    sentences: list[dict[str, Any]]


@dataclass(frozen=True)
class Points(Prose):
    """Statements, numbered, one below the other: each sentence is one."""

    kind = "points"


@dataclass(frozen=True)
class Table(Output):
    """A printed table under a caption; `name` is the caption without its note on hidden cells.

    `answers` are the ids of the answers that its rows are taken from, in their order, each with its number of rows.
    """

    kind = "table"
    name: str
    caption: str
    data: str
    table: Mapping[str, Any]
    answers: list[list[Any]]


@dataclass(frozen=True)
class Figure(Output):
    """A drawing below its title and subtitle, with its alternative text and the table of what it draws.

    `caption` has title and subtitle in one line, without the unit. `narrow` is for phones, as SVG.
    """

    kind = "figure"
    name: str
    caption: str
    data: str
    alt: str
    table: Mapping[str, Any]
    answers: list[list[Any]]
    narrow: str
    svg: str
    title: str = ""
    subtitle: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        return super()._repr_mimebundle_() | {"image/svg+xml": self.svg}


@dataclass(frozen=True)
class Absence(Output):
    """A sentence that says what is not printed, and why."""

    kind = "absence"
    what: str
    reason: str


def absence(what: str, reason: str) -> Absence:
    """Return the output that says what is not printed, and why."""
    return Absence(paragraph(f"{what}：{reason}"), what, reason)


def numbered(texts: Sequence[str]) -> str:
    """Return texts as a numbered list of HTML for JupyterLab."""
    return f'<ol style="max-width:46em">{"".join(f"<li>{html.escape(text)}</li>" for text in texts)}</ol>'


def paragraph(text: str) -> str:
    """Return a text as HTML for JupyterLab, in lines of a readable length."""
    return f'<p style="max-width:46em">{html.escape(text)}</p>'
