"""List the inputs that differ between two runs, as far as their `run.json` record them: why something may have changed."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from helpers.settings import paths

_NAMED = 8  # files named of those that differ
_DIGEST = 12  # characters of a hash that are printed

Record = Mapping[str, Any]
Wording = Mapping[str, Any]


class Reason(NamedTuple):
    """An input that differs between two runs, in words; `old` and `new` are empty where there is nothing to print of them."""

    kind: Literal["data", "edition", "parameter", "text", "method", "reference"]
    what: str
    old: str = ""
    new: str = ""


def between(old: Record, new: Record, wording: Wording) -> Iterator[Reason]:
    """Yield what differs between two `run.json`: tickets, editions, parameters, texts by people, files, versions."""
    before, after = old.get("grounds"), new.get("grounds")
    if before:
        for key, ends in _differing(before["tickets"], after["tickets"]):
            yield Reason("data", key, *(f"{facts['source']} {facts['digest'][:_DIGEST]}" if facts else wording["lacking"]
                                        for facts in ends))
        yield from _settings(before["editions"], after["editions"], wording)
    elif old.get("digest") != new["digest"]:
        yield Reason("data", new["edition"], str(old.get("digest"))[:_DIGEST], new["digest"][:_DIGEST])
    for name in ("compare", "base"):
        if old.get(name) != new.get(name):
            yield Reason("parameter", name, old.get(name) or wording["lacking"], new.get(name) or wording["lacking"])
    if "narrative" in old:
        yield from (Reason("text", name) for name, _ in _differing(old["narrative"], new.get("narrative", {})))
    if before:
        yield from _files([name for name, _ in _differing(before["files"], after["files"])], wording)
    yield from (Reason("method", name, *ends) for name, ends in _differing(old.get("versions", {}), new["versions"]) if all(ends))


def of_section(before: Record | None, after: Record | None) -> list[Reason]:
    """Return what differs of a section's own inputs: its notebook."""
    known = before and after and before.get("sources_digest") and after.get("sources_digest")  # an older manifest has none
    digests = [entry and entry.get("sources_digest" if known else "notebook_digest") for entry in (before, after)]
    return [Reason("method", f"{after['notebook']}.ipynb")] if all(digests) and digests[0] != digests[1] else []


def _settings(old: Record, new: Record, wording: Wording) -> Iterator[Reason]:
    """Yield the settings of editions that differ, by their dotted path; an edition that only one run read is one reason."""
    for key, (before, after) in _differing(old, new):
        if before is None or after is None:
            yield Reason("edition", key, *(wording["added" if edition else "lacking"] for edition in (before, after)))
            continue
        for path, ends in _differing(dict(_leaves(before)), dict(_leaves(after))):
            yield Reason("edition", f"{key}{wording['colon']}{path}",
                         *(wording["lacking"] if end is None else str(end) for end in ends))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of nested settings with its dotted path; a list of names is one value, what is not set none."""
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        yield path, "、".join(map(str, value))
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value, start=1):
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif value is not None:
        yield path, value


def _files(names: list[str], wording: Wording) -> Iterator[Reason]:
    """Yield the files that differ: those of the package are method, those of `data/` are reference."""
    package = [name for name in names if name.startswith(f"{paths.PACKAGE.name}/")]
    for kind, some in (("method", package), ("reference", [name for name in names if name not in package])):
        if some:
            more = wording["files"].format(count=len(some)) if len(some) > _NAMED else ""
            yield Reason(kind, wording["and"].join(some[:_NAMED]) + more)


def _differing(old: Record, new: Record) -> list[tuple[str, tuple[Any, Any]]]:
    """Return the keys of two mappings whose values differ, each with both values, None where it is missing."""
    pairs = ((key, (old.get(key), new.get(key))) for key in dict.fromkeys([*old, *new]))
    return [(key, ends) for key, ends in pairs if ends[0] != ends[1]]
