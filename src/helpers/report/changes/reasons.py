"""What two runs were made of that differs, as far as their `run.json` tell: why something may have moved."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from helpers.settings import paths

_NAMED = 8  # files named of those that differ
_DIGEST = 12  # characters of a hash that are shown

Said = Mapping[str, Any]


class Reason(NamedTuple):
    """Something that two runs were made of and that differs, in words; `old` and `new` are empty where they say nothing."""

    kind: Literal["data", "edition", "parameter", "text", "method", "reference"]
    what: str
    old: str = ""
    new: str = ""


def between(old: Mapping[str, Any], new: Mapping[str, Any], said: Said) -> Iterator[Reason]:
    """Yield what differs of two `run.json`: tickets, editions, parameters, words by people, files, versions."""
    before, after = (one.get("grounds", {}) for one in (old, new))
    if before:
        yield from _tickets(before["tickets"], after["tickets"], said)
        yield from _settings(before["editions"], after["editions"], said)
    elif old.get("digest") != new["digest"]:
        yield Reason("data", new["edition"], str(old.get("digest"))[:_DIGEST], new["digest"][:_DIGEST])
    for name in ("compare", "base"):
        if old.get(name) != new.get(name):
            yield Reason("parameter", name, old.get(name) or said["lacking"], new.get(name) or said["lacking"])
    if "narrative" in old:
        yield from (Reason("text", name) for name, _ in _differing(old["narrative"], new.get("narrative", {}), ""))
    if before:
        yield from _files(before["files"], after["files"], said)
    versions = old.get("versions", {})  # of what both have written down
    yield from (Reason("method", name, versions[name], version) for name, version in new["versions"].items()
                if versions.get(name, version) != version)


def own(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Reason]:
    """Return what a section alone was made of that differs: its notebook."""
    digests = [one and one.get("notebook_digest") for one in (before, after)]
    return [Reason("method", f"{after['notebook']}.ipynb")] if all(digests) and digests[0] != digests[1] else []


def _tickets(old: Mapping[str, Any], new: Mapping[str, Any], said: Said) -> Iterator[Reason]:
    for key, (before, after) in _differing(old, new, None):
        ends = (f"{one['source']} {one['digest'][:_DIGEST]}" if one else said["lacking"] for one in (before, after))
        yield Reason("data", key, *ends)


def _settings(old: Mapping[str, Any], new: Mapping[str, Any], said: Said) -> Iterator[Reason]:
    """Yield the keys of editions that differ, by their dotted path; an edition that only one run read is one reason."""
    for edition, (before, after) in _differing(old, new, None):
        if before is None or after is None:
            yield Reason("edition", edition, *(said["lacking"] if one is None else said["added"] for one in (before, after)))
        else:
            yield from (Reason("edition", f"{edition}{said['colon']}{path}", *map(str, ends))
                        for path, ends in _differing(dict(_leaves(before)), dict(_leaves(after)), said["lacking"]))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of nested settings with its dotted path; a list of names is one value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value, start=1) if isinstance(value, list) else []
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        yield path, "、".join(map(str, value))
    elif isinstance(value, dict | list):
        for key, part in parts:
            yield from _leaves(part, f"{path}.{key}" if path else str(key))
    elif value is not None:
        yield path, value


def _files(old: Mapping[str, str], new: Mapping[str, str], said: Said) -> Iterator[Reason]:
    """Yield the files that differ: those of the package are method, those of `data/` are what it refers to."""
    names = [name for name, _ in _differing(old, new, "")]
    ours = [name for name in names if name.startswith(f"{paths.PACKAGE.name}/")]
    for kind, some in (("method", ours), ("reference", [name for name in names if name not in ours])):
        if some:
            more = said["files"].format(count=len(some)) if len(some) > _NAMED else ""
            yield Reason(kind, said["and"].join(some[:_NAMED]) + more)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], lacking: Any) -> list[tuple[str, tuple[Any, Any]]]:
    """Return the keys of two mappings whose values differ, each with both values."""
    pairs = ((key, (old.get(key, lacking), new.get(key, lacking))) for key in dict.fromkeys([*old, *new]))
    return [(key, ends) for key, ends in pairs if ends[0] != ends[1]]
