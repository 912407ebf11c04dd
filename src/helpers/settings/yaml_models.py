"""Read YAML files that people write (editions, mappings) and name file, key and remedy where one is wrong."""

from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from helpers.settings import paths
from helpers.settings.errors import UserError, did_you_mean


class StrictModel(BaseModel):
    """A block of a YAML file: unknown keys and values of another type are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def display_path(file: Path) -> str:
    """Return a file's path for messages: relative to the project's folder, or whole where it lies elsewhere."""
    return file.relative_to(paths.ROOT).as_posix() if file.is_relative_to(paths.ROOT) else str(file)


def read_yaml(file: Path) -> dict[str, Any]:
    """Return a YAML file as a dictionary. Raises UserError where it is not YAML, has a duplicate key, or is no dictionary."""
    try:
        contents = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_UniqueKeys)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{display_path(file)}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(contents, dict):
        raise UserError(f"{display_path(file)}: must be a list of keys and values; see data/README.md.")
    return contents


def validation_message(error: ValidationError, file: Path, model: type[BaseModel], *, base: Path | None = None,
                       inherited: dict[str, Any] | None = None) -> UserError:
    """Return pydantic's findings as a UserError, one sentence a problem: file, key, what is wrong, the nearest valid key.

    Problems with the keys of `inherited` are reported for `base`, the file that `file` extends.
    """
    places = [base if base and problem["loc"][:1] and problem["loc"][0] in (inherited or {}) else file
              for problem in error.errors()]
    return UserError("\n".join(_sentence(where, problem, model)
                                for where, problem in zip(places, error.errors(), strict=True)))


class _UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # libyaml, where PyYAML was built with it
    """Reject duplicate keys, of which PyYAML would quietly take the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, (place, _) in zip(keys, node.value, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' occurs twice", place.start_mark)
        return super().construct_mapping(node, deep)


def _sentence(file: Path, problem: dict[str, Any], model: type[BaseModel]) -> str:
    steps = [str(step) for step in problem["loc"] if step != "[key]"]
    key, last = ".".join(steps), steps[-1] if steps else ""
    if problem["type"] == "extra_forbidden":
        return f"{display_path(file)}: '{key}' is not a known key.{did_you_mean(last, _keys(model, steps[:-1]))}"
    if problem["type"] == "missing":
        return f"{display_path(file)}: key '{key}' is missing: add it."
    if problem["type"] == "literal_error":
        choices = problem["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        return f"{display_path(file)}: {key} cannot be '{problem['input']}'.{did_you_mean(problem['input'], choices)}"
    if problem["type"] == "list_type" and isinstance(problem["input"], str | int):
        return f"{display_path(file)}: {key} must be a list: write [{problem['input']}]."
    message = problem["msg"].removeprefix("Value error, ")
    return f"{display_path(file)}: {key}: {message}, not {problem['input']!r}." if key else f"{display_path(file)}: {message}."


def _keys(model: Any, steps: list[str]) -> list[str]:
    """Return the keys that a model allows below `steps`, as files write them."""
    for step in steps:
        fields = _fields(model)
        model = fields[step].annotation if step in fields else model  # else a place or a name
        while not (isinstance(model, type) and issubclass(model, BaseModel)):
            candidates = [arg for arg in get_args(model) if arg is not type(None)]
            if not get_origin(model) or not candidates:
                return []
            model = candidates[-1]
    return list(_fields(model))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
