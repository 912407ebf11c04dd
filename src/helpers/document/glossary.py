"""The report's terms and what they mean: `data/glossary.yml`. A document prints those that stand in its own text."""

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError
from helpers.settings.yaml_models import StrictModel


class Term(StrictModel):
    """A term, what it means, and where that is laid down; without `source` it is this report's own use of it."""

    term: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    source: str = ""


class Glossary(StrictModel):
    """All terms, in printed order; none stands twice."""

    terms: list[Term]

    @model_validator(mode="after")
    def _each_once(self):
        names = [one.term for one in self.terms]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"each term must stand once, but {', '.join(twice)} stands twice")
        return self


def read() -> list[Term]:
    """Return all terms in printed order. Raises KnownError with file and key where the file is missing or not valid."""
    file = paths.GLOSSARY
    if not file.exists():
        raise UserError(
            f"{yaml_models.display_path(file)} is missing: restore it with `git checkout -- {yaml_models.display_path(file)}`."
        )
    try:
        return Glossary.model_validate(yaml_models.read_yaml(file)).terms
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Glossary) from None


def occurring(text: str) -> list[Term]:
    """Return the terms that stand in a text, in printed order.

    Where one stands only inside a longer one (满意率 in 基本满意率), it counts all the same: its meaning helps there.
    """
    return [one for one in read() if one.term in text]
