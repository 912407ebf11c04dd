"""The CSV files as a Frictionless data package, `tables/datapackage.json`: every file with its columns, types and title.

Frictionless Data Package 1.0, tabular profile: https://specs.frictionlessdata.io/tabular-data-package/.
"""

import json
from collections.abc import Sequence
from typing import Any

from helpers.document.blocks import Column, Exhibit
from helpers.document.document import Document
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths, script

file = paths.table_package
_DATA = {"name": "data", "type": "string", "constraints": {"required": True, "enum": ["simulated", "export"]}}


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return the descriptor: a resource for each CSV file, a field for each column, in the order of the document."""
    exhibits = [block for block in document.blocks if isinstance(block, Exhibit) and block.file and block.grid.columns]
    write = script.writer(document.language)
    package = {"profile": "tabular-data-package", "name": "tables", "title": document.title,
               "resources": [_resource(exhibit, write(labels.column("data"))) for exhibit in exhibits]}
    return Rendered(json.dumps(package, ensure_ascii=False, indent=1).encode())


def _resource(exhibit: Exhibit, word: str) -> dict[str, Any]:
    columns = zip(exhibit.grid.columns, zip(*exhibit.grid.values, strict=True), strict=True) if exhibit.grid.values else (
        (column, ()) for column in exhibit.grid.columns)
    fields = [_DATA | {"title": word}, *(_field(column, values) for column, values in columns)]
    return {"profile": "tabular-data-resource", "name": paths.resource_name(exhibit.file), "path": f"{exhibit.file}.csv",
            "title": exhibit.caption, "format": "csv", "mediatype": "text/csv", "encoding": "utf-8-sig",
            "schema": {"fields": fields, "missingValues": [""]}}


def _field(column: Column, values: Sequence[Any]) -> dict[str, str]:
    known = [value for value in values if value is not None]
    kinds = [(bool, "boolean"), (int, "integer"), ((int, float), "number")]
    kind = next((word for types, word in kinds if known and all(isinstance(value, types) for value in known)), "string")
    return {"name": column.name or column.header, "type": kind, "title": column.header}
