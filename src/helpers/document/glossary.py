"""The report's terms and what they mean: `data/glossary.yml`. A document prints those that occur in its own text."""

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError
from helpers.settings.script import Writer
from helpers.settings.yaml_models import StrictModel


class Term(StrictModel):
    """A term, what it means, and where that is laid down: `source` for every city, `sources` by city.

    For a city without either it is the report's own use of the word: what one city lays down is no source of another's report.
    """

    term: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    source: str = ""
    sources: dict[str, str] = {}

    def source_for(self, city: str) -> str:
        """Return where a city's report finds the meaning laid down, or ""."""
        return self.sources.get(city, self.source)


class Glossary(StrictModel):
    """All terms, in printed order; none occurs twice."""

    terms: list[Term]

    @model_validator(mode="after")
    def _each_once(self):
        names = [entry.term for entry in self.terms]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"each term must occur once, but {', '.join(twice)} occurs twice")
        return self


def read() -> list[Term]:
    """Return all terms in printed order. Raises UserError with file and key where the file is missing or not valid."""
    file = paths.GLOSSARY
    if not file.exists():
        raise UserError(
            f"{yaml_models.display_path(file)} is missing: restore it with `git checkout -- {yaml_models.display_path(file)}`."
        )
    try:
        return Glossary.model_validate(yaml_models.read_yaml(file)).terms
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Glossary) from None


def occurring(text: str, write: Writer = str) -> list[Term]:
    """Return the terms that occur in a text, in printed order; `write` writes them in the script of the text.

    A term inside a longer one (满意率 in 基本满意率) counts too: its meaning helps there.
    """
    return [entry for entry in read() if write(entry.term) in text]
