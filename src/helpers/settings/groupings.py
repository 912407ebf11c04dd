"""Group the values of a column by a reading of one's own, a file of `data/groupings/`: 「七有」「五性」 of subcategories."""

from typing import Self

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.yaml_models import StrictModel


class Grouping(StrictModel):
    """A grouping: the `column` of tickets that it reads, its own `words`, its `source` (假定 where it is a reading of one's own).

    `groups`: the values that each group has. A value of several groups is refused; one of none has no group.
    """

    column: str
    words: str = Field(min_length=1)
    source: str = Field(min_length=1)
    groups: dict[str, list[str | int]] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        values = [value for members in self.groups.values() for value in members]
        if twice := [value for value in values if values.count(value) > 1]:
            raise ValueError(f"groups: '{twice[0]}' is in several groups: leave it in one")
        return self


def known() -> list[str]:
    """Return the name of every grouping, which is that of the column that it adds, in order."""
    return sorted(file.stem for file in paths.GROUPINGS.glob("*.yml"))


def read(name: str) -> Grouping:
    """Return a grouping by its file's name.

    Raises UserError for an unknown name, with the nearest right one, and with file, key and remedy for a file that is not valid.
    """
    if name not in known():
        raise UserError(f"grouping '{name}' is not in data/groupings/.{did_you_mean(name, known())}", exit_code=2)
    file = paths.GROUPINGS / f"{name}.yml"
    try:
        return Grouping.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Grouping) from None
