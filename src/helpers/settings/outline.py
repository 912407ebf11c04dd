"""The outline of a report: its chapters, their notebooks and sections."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from helpers.settings.rules import Count
from helpers.settings.yaml_models import StrictModel


class Sections(StrictModel):
    """A notebook that runs once for each entity of a dimension (`dimensions.DIMENSIONS`), of the first `top` by tickets.

    Its headings stand at `level` (else one below the chapter's). Without `top`, categories are as many as `categories` says,
    districts those that the edition lists, entities of any other dimension all that have tickets. Of these, entities with fewer
    than `least` tickets have no section, nor those that are not among the `most` with the most tickets: the notebook `others`
    lists them after the sections. `choose: hard` takes instead the subcategories (the categories, where there are none) that
    weigh most on the period (`problems.heaviest`), as many as `movements.topics` says, and lists no others.
    """

    notebook: str
    each: str
    top: Count | None = None
    least: Count = 30
    most: Count = 40
    others: str = "09-others"
    choose: Literal["tickets", "hard"] = "tickets"
    level: Annotated[int, Field(ge=1, le=4)] | None = None


class Chapter(StrictModel):
    """A heading of the report with its notebook, the sections for its entities, and the chapters below it (`parts`).

    A chapter of text alone names a `narrative` instead of a notebook. An `appendix` is numbered separately and keeps its place;
    what is in `front` stands before the contents, without a number, and as `summary.pdf` alone.
    """

    title: str | None = None
    notebook: str | None = None
    narrative: str | None = None
    appendix: bool = False
    front: bool = False
    sections: Sections | None = None
    parts: list["Chapter"] = Field(default=[])

    @property
    def name(self) -> str | None:
        """The notebook's name without its number, as `--chapter` takes it; None without a notebook."""
        return self.notebook.partition("-")[2] if self.notebook else None

    @property
    def notebooks(self) -> list[str]:
        """The notebooks of the chapter, of its sections and of its parts, in order."""
        sections = [self.sections.notebook, self.sections.others] if self.sections else []
        own = [self.notebook, *sections, *(name for part in self.parts for name in part.notebooks)]
        return [name for name in own if name]

    @model_validator(mode="after")
    def _one_or_the_other(self):
        if self.notebook and self.narrative:
            raise ValueError(f"the text of a chapter with a notebook is {self.notebook}.md: take narrative away")
        return self
