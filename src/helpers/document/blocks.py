"""The blocks that a document consists of. Notebooks and texts by people become blocks; every output format prints them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from helpers.writing.citations import Number


@dataclass(frozen=True)
class Run:
    """A piece of a paragraph: text, with a link (`href`) or a reference to an exhibit (`ref`, its id), or a quoted number.

    `style` holds any of strong, emphasis, code, struck. `number` is None for text.
    """

    text: str
    style: tuple[str, ...] = ()
    href: str | None = None
    ref: str | None = None
    number: Number | None = None


@dataclass(frozen=True)
class Block:
    """A piece of a document. `kind` is what templates call it."""

    kind: ClassVar[str]


@dataclass(frozen=True)
class Heading(Block):
    """A heading. `level` is 1 for a chapter; `number` (一、) and `id` are set when a document is numbered.

    `entity` are the parameters of the section that it begins: {district: 东城区}. What begins in `front` stands before the
    contents, without a number. `whole`: of a section with a notebook of its own (a district, a category), which stays on a page
    where it fits on one.
    """

    kind = "heading"
    level: int
    text: str
    appendix: bool = False
    whole: bool = False
    front: bool = False
    number: str = ""
    id: str = ""
    entity: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prose(Block):
    """A paragraph computed from answers. `data` is `simulated` or `export`."""

    kind = "prose"
    runs: Sequence[Run]
    data: str = ""


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph of markup; `written` where a person wrote it for this report."""

    kind = "paragraph"
    runs: Sequence[Run]
    written: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table: its header in print with its unit, and whether all its values are numbers.

    `name`, `unit` and `kind` (`number_format.kind`) are those of the dictionary; a foreign table has none.
    """

    header: str
    numeric: bool = False
    name: str = ""
    unit: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Grid:
    """Columns and rows of a table: `rows` as printed, `values` unrounded (None where missing)."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    values: Sequence[Sequence[Any]]


class Entity(NamedTuple):
    """The entity of a section: its dimension, its name, and what the city calls the dimension: district, 东城区, 区."""

    dimension: str
    name: str
    words: str = ""


@dataclass(frozen=True)
class Exhibit(Block):
    """A figure or table with its numbers. One without a caption is not numbered; `number` and `id` are set by numbering.

    `name` is the caption that a chapter gave it, None for a foreign table; `file` is the name of its files in `tables/` and
    `figures/`, without ending, empty where it has none; `data` is `simulated`, `export`, or empty for a foreign table. `answers`
    are the ids of the answers that its rows are taken from, in their order, each with its number of rows. `entity` is that of
    its section, None in a chapter.
    """

    grid: Grid
    caption: str = ""
    name: str | None = None
    data: str = ""
    number: int | None = None
    id: str = ""
    file: str = ""
    answers: Sequence[tuple[str, int]] = ()
    entity: Entity | None = None

    def rows_of(self, answer: str) -> list[int]:
        """Return the places of the rows that are taken from an answer."""
        ids = [name for name, rows in self.answers for _ in range(rows)]
        return [place for place, name in enumerate(ids) if name == answer]


@dataclass(frozen=True)
class Table(Exhibit):
    """A table."""

    kind = "table"


@dataclass(frozen=True)
class Figure(Exhibit):
    """A drawing (`svg`) with its alternative text; its grid holds what it draws. `narrow` is for phones, where there is one.

    `title` states the finding, or names what is drawn where nothing is claimed; `subtitle` has what the title lacks: what, when,
    unit. Both are what the caption has in one line.
    """

    kind = "figure"
    alt: str = ""
    svg: str = ""
    narrow: str = ""
    title: str = ""
    subtitle: str = ""

    @property
    def head(self) -> str:
        """The title; of a figure without one its caption."""
        return self.title or self.caption


@dataclass(frozen=True)
class Image(Block):
    """A picture of a foreign notebook, as SVG; width and height in points."""

    kind = "image"
    svg: str
    alt: str
    width: float
    height: float


@dataclass(frozen=True)
class List(Block):
    """A list; an item is a sequence of blocks. `start` is the first number of an ordered one."""

    kind = "list"
    items: Sequence[Sequence[Block]]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True)
class Quote(Block):
    """A quotation or a note."""

    kind = "quote"
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Code(Block):
    """Source code."""

    kind = "code"
    text: str


@dataclass(frozen=True)
class Text(Block):
    """Plain text as a program printed it."""

    kind = "text"
    text: str


@dataclass(frozen=True)
class Rule(Block):
    """A horizontal line."""

    kind = "rule"


@dataclass(frozen=True)
class Absence(Block):
    """What is not printed, and why."""

    kind = "absence"
    what: str
    reason: str


@dataclass(frozen=True)
class Failure(Block):
    """A notebook or cell that failed: why, and the end of its traceback."""

    kind = "failure"
    title: str
    reason: str
    traceback: str = ""


def fields(block: Block) -> dict[str, Any]:
    """Return a block's kind and fields by name, as templates read them."""
    return {"kind": block.kind} | vars(block)


def paragraphs(block: Block) -> list[Sequence[Run]]:
    """Return the runs of each paragraph in a block, also of those in lists and quotations, in reading order."""
    if isinstance(block, Prose | Paragraph):
        return [block.runs]
    return [runs for inner in children(block) for runs in paragraphs(inner)]


def children(block: Block) -> list[Block]:
    """Return the blocks inside a list or a quotation."""
    if isinstance(block, List):
        return [inner for item in block.items for inner in item]
    return list(block.blocks) if isinstance(block, Quote) else []


def texts(block: Block) -> Iterator[str]:
    """Yield every text of a block in print, in reading order; of a figure the caption and its numbers, not the drawing."""
    match block:
        case Heading() | Code() | Text():
            yield block.text
        case Prose() | Paragraph():
            yield from (run.text for run in block.runs)
        case Exhibit():
            yield block.caption
            yield from (column.header for column in block.grid.columns)
            yield from (cell for row in block.grid.rows for cell in row)
        case Absence():
            yield from (block.what, block.reason)
        case Failure():
            yield block.reason
        case _:
            for inner in children(block):
                yield from texts(inner)
