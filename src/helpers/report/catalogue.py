"""Run `hotline list`: editions with the state of their tickets and their chapters, products with their periods."""

import argparse
import importlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from helpers.document import document
from helpers.settings import editions, products
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.tickets import schema

_PACKAGES = ("tickets", "cube")  # Frictionless data packages, of `cube.descriptor`
_SCHEMAS = {"edition": ("helpers.settings.editions", "Edition"), "mapping": ("helpers.ingest.mappings", "Mapping"),
            "product": ("helpers.settings.products", "Product"), "grouping": ("helpers.settings.groupings", "Grouping")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the catalogue and return the exit code."""
    parser = argparse.ArgumentParser("hotline list", description=__doc__.partition(": ")[2])
    parser.add_argument("--city", help="only this city's editions")
    parser.add_argument("--schema", choices=[*_SCHEMAS, *_PACKAGES],
                        help="only print the JSON schema of such a file, for an editor, or a Frictionless descriptor of data")
    options = parser.parse_args(arguments)
    if options.schema:
        print(json.dumps(_schema(options.schema), ensure_ascii=False, indent=1))
        return 0
    city = options.city
    found = [editions.read(*known) for known in editions.known() if city in (None, known[0])]
    if not found:
        raise UserError(f"city '{city}' has no edition.{did_you_mean(city, {name for name, _ in editions.known()})}", exit_code=2)
    print(*_editions(found), *_products(), sep="\n")
    return 0


def _schema(name: str) -> dict[str, Any]:
    if name in _PACKAGES:
        return getattr(importlib.import_module("helpers.cube.descriptor"), name)()
    module, model = _SCHEMAS[name]
    return getattr(importlib.import_module(module), model).model_json_schema()


def _editions(found: Sequence[Edition]) -> Iterator[str]:
    """Yield a line for each edition, and one for the chapters of those that share an outline."""
    yield "editions (--city, --year)"
    chapters = {edition.key: " ".join(_chapters(edition)) for edition in found}
    for edition in found:
        yield f"  {edition.city:14} {edition.year}  {_tickets(edition):28} {edition.title}"
    yield "chapters (--chapter)"
    for outline in dict.fromkeys(chapters.values()):
        keys = ", ".join(key for key, own in chapters.items() if own == outline)
        yield f"  {keys}: {outline}"


def _tickets(edition: Edition) -> str:
    """Return whether an edition has tickets, and of what kind."""
    present = schema.metadata(edition)
    if present:
        return {"simulated": "simulated tickets", "export": "tickets of an export"}[present["data"]]
    return "tickets will be simulated" if edition.simulation else "needs an export in data/raw"


def _chapters(edition: Edition) -> Iterator[str]:
    for entry in document.outline(edition, lambda sections: ()):
        if entry.notebook:
            yield entry.notebook.partition("-")[2]


def _products() -> Iterator[str]:
    yield "products (--product)"
    for name in products.known():
        product = products.read(name)
        yield f"  {name:14} for a {', '.join(product.periods)}{f': {product.title}' if product.title else ''}"
    yield "periods (--period): year, H1, H2, Q1 to Q4, M01 to M12, M01..M06"
