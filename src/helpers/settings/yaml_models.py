"""Read YAML files that people write (editions, mappings) and name file, key and remedy where one is wrong."""

import datetime
import reprlib
import stat
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, get_args, get_origin

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from helpers.settings import paths
from helpers.settings.errors import UserError, did_you_mean

_BYTES = 1 << 20  # of a file of settings, of which the largest that we have takes a thirtieth
_NODES = 100_000  # values of a file, those of an alias at each of its places
_PROBLEMS = 20  # that one message names
_SHOWN = 80  # characters of a wrong value
_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = _SHOWN


class StrictModel(BaseModel):
    """A block of a YAML file: unknown keys and values of another type are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def display_path(file: Path) -> str:
    """Return a file's path for messages: relative to the project's folder, or whole where it lies elsewhere."""
    return file.relative_to(paths.ROOT).as_posix() if file.is_relative_to(paths.ROOT) else str(file)


def _below(name: str) -> str:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or not place.name or not name.isprintable():
        raise ValueError("must be the name of a file, which does not lead out of its folder")
    return name


FileName = Annotated[str, AfterValidator(_below)]


def read_text(file: Path, most: int = _BYTES) -> str:
    """Return a text that people write, UTF-8 with or without a mark, with \\n at the end of lines.

    Raises UserError where it is no file, as a folder, a link that leads nowhere or a pipe, cannot be read, is larger than `most`
    bytes, or is not UTF-8.
    """
    place = display_path(file)
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{place}: is {'a folder' if stat.S_ISDIR(found.st_mode) else 'a pipe or a device'}, where a file is "
                            "read: take it away, or give it another name.")
        if found.st_size > most:
            raise UserError(f"{place}: has {found.st_size} bytes, more than the {most} that such a file may have: shorten it.")
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise UserError(f"{place}: not readable as UTF-8: save it in that encoding.") from None
    except OSError as error:
        what = "is a link that leads nowhere" if file.is_symlink() else f"cannot be read ({error.strerror})"
        raise UserError(f"{place}: {what}: check it, or take it away.") from None


def read_yaml(file: Path) -> dict[str, Any]:
    """Return a YAML file as a dictionary.

    Raises UserError where it is not YAML, has a duplicate key, aliases that stand for too much or for themselves, or is no
    dictionary, and as `read_text` does.
    """
    text = read_text(file)
    try:
        contents = _loaded(text)
    except (yaml.YAMLError, ValueError) as error:  # a ValueError: a number or a date that is none
        raise UserError(f"{display_path(file)}: not readable as YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise UserError(f"{display_path(file)}: not readable as YAML: its values are nested too deep.") from None
    if not isinstance(contents, dict):
        raise UserError(f"{display_path(file)}: must be a list of keys and values; see data/README.md.")
    return contents


def _loaded(text: str) -> Any:
    """Return what a text of YAML holds; libyaml reads it faster, and the reader in Python says of a mistake where it is."""
    try:
        return yaml.load(text, Loader=_FastSettings)
    except yaml.YAMLError:
        return yaml.load(text, Loader=_Settings)


def validation_message(error: ValidationError, file: Path, model: type[BaseModel], *, base: Path | None = None,
                       inherited: dict[str, Any] | None = None) -> UserError:
    """Return pydantic's findings as a UserError, one sentence a problem: file, key, what is wrong, the nearest valid key.

    Problems with the keys of `inherited` are reported for `base`, the file that `file` extends.
    """
    problems = error.errors()
    places = [base if base and problem["loc"][:1] and problem["loc"][0] in (inherited or {}) else file
              for problem in problems[:_PROBLEMS]]
    sentences = [_sentence(where, problem, model) for where, problem in zip(places, problems, strict=False)]
    more = [f"{display_path(file)}: and {len(problems) - _PROBLEMS} further mistakes."] if len(problems) > _PROBLEMS else []
    return UserError("\n".join([*sentences, *more]))


class _Checked:
    """Reject duplicate keys, of which PyYAML would quietly take the last, and aliases that stand for too much."""

    def get_single_node(self):
        node = super().get_single_node()
        if node is not None and _size(node, {}) > _NODES:
            raise yaml.constructor.ConstructorError(
                None, None, f"it has more than {_NODES} values, those of its aliases included")
        return node

    def construct_mapping(self, node, deep=False):
        seen = set()
        for place, _ in node.value:
            key = self.construct_object(place, deep=True)
            if not isinstance(key, str | int | float | bool | datetime.date | None):
                raise yaml.constructor.ConstructorError(None, None, "a key is a list or a block", place.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' occurs twice", place.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Settings(_Checked, yaml.SafeLoader):
    """Read settings in Python."""


class _FastSettings(_Checked, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Read settings by libyaml, where PyYAML was built with it."""


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many values a node stands for. Raises ConstructorError where it stands for itself."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = 0
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    elif not known[id(node)]:
        raise yaml.constructor.ConstructorError(None, None, "an alias stands for what it is part of", node.start_mark)
    return known[id(node)]


def _sentence(file: Path, problem: dict[str, Any], model: type[BaseModel]) -> str:
    steps = [str(step) for step in problem["loc"] if step != "[key]"]
    key, last = ".".join(steps), steps[-1] if steps else ""
    if problem["type"] == "extra_forbidden":
        return f"{display_path(file)}: '{key}' is not a known key.{did_you_mean(last, _keys(model, steps[:-1]))}"
    if problem["type"] == "missing":
        return f"{display_path(file)}: key '{key}' is missing: add it."
    if problem["type"] == "literal_error":
        choices = problem["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        word = _shown(problem["input"])
        return f"{display_path(file)}: {key} cannot be '{word}'.{did_you_mean(word, choices)}"
    if problem["type"] == "list_type" and isinstance(problem["input"], str | int):
        return f"{display_path(file)}: {key} must be a list: write [{_shown(problem['input'])}]."
    message = problem["msg"].removeprefix("Value error, ")
    found = f", not {_repr.repr(problem['input'])}" if key else ""
    return f"{display_path(file)}: {f'{key}: ' if key else ''}{message}{found}."


def _shown(value: Any) -> str:
    return value[:_SHOWN] if isinstance(value, str) else _repr.repr(value)


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
