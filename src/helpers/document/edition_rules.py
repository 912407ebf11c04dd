"""The rules that an edition sets, as one printed table: what is weighed how, how it is rounded, who may be ranked."""

import string
from typing import Any

from pydantic import BaseModel

from helpers.document.blocks import Column, Grid, Table
from helpers.settings import labels
from helpers.settings.editions import Edition
from helpers.settings.script import Writer

COLUMNS = ("rule", "rule_value", "rule_source")
_UNUSED = "not used"  # a source that an edition gives for what its data do not have


class _RuleText(string.Formatter):
    """Fill {rankings.owners.top} from an edition; numbers, names and weights are printed in the dictionary's words."""

    def __init__(self, edition: Edition):
        self.edition = edition

    def get_value(self, key, args, kwargs):
        return getattr(self.edition, key)

    def format_field(self, value, format_spec):
        if format_spec == "first":
            return labels.value("rule", "all" if value is None else "first").format(value)
        if format_spec == "percent":
            return f"{value * 100:g}%"
        if format_spec == "points":
            return f"{value * 100:g}个百分点"
        if isinstance(value, dict):
            return "；".join(f"{labels.value(format_spec, key)}：{self.format_field(part, '')}" for key, part in value.items())
        if isinstance(value, list):
            return "、".join(value)
        return f"{value:g}" if isinstance(value, float | int) else labels.value("rule", value)


def rows(edition: Edition) -> list[list[str]]:
    """Return the rules of an edition as [rule, value, source], as text, in the dictionary's order.

    A rule of a block that the edition does not have (functional zones) or says it does not use is left out, one of sections or a
    notebook that its outline lacks, and one of what is made of real tickets alone where the edition is simulated.
    """
    return [[rule["words"], _RuleText(edition).format(rule["says"]), labels.source(block.source)] for rule in labels.rules()
            if (block := _at(edition, rule["source"])) and ("sections" not in rule or edition.sections(rule["sections"]))
            and ("notebook" not in rule or rule["notebook"] in edition.notebooks)
            and _UNUSED not in block.source.split("; ") and not (rule.get("real") and edition.simulation)]


def _at(value: Any, place: str) -> Any:
    """Return the value at a path such as `assessment.score`, None where a block on the way is missing."""
    for step in place.split("."):
        value = getattr(value, step) if isinstance(value, BaseModel) else None
    return value


def table(edition: Edition, caption: str, write: Writer = str) -> Table:
    """Return the rules as a table whose printed rows are its values; `write` writes them in the edition's script."""
    columns = [Column(write(labels.column(name)), name=name) for name in COLUMNS]
    printed = [[write(cell) for cell in row] for row in rows(edition)]
    return Table(Grid(columns, printed, printed), caption, "rules")
