"""The command `hotline`, and `python -m helpers`: one door to the commands of the rooms."""

import importlib
import sys
from collections.abc import Sequence

from helpers.settings import errors

COMMANDS = {
    "report": ("helpers.report.command", [], "make the report of a city's year"),
    "verify": ("helpers.report.command", ["--verify"], "say whether the outputs in a FOLDER belong to the present inputs"),
    "ingest": ("helpers.ingest.ingest", [], "turn exports into tickets"),
    "simulate": ("helpers.simulate.__main__", [], "draw the tickets of an edition that has no export"),
    "list": ("helpers.report.catalogue", [], "list editions with their tickets and chapters, products and periods"),
    "chapter": ("helpers.report.new_chapter", [], "begin a chapter of one's own"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command by its name and return its exit code; list the names where there is none, or another."""
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments)] or [""]
    if name not in COMMANDS:
        wanted = name in ("-h", "--help")
        lines = [f"  {known:9} {what}" for known, (_, _, what) in COMMANDS.items()]
        print("usage: hotline COMMAND …; `hotline COMMAND --help` says more", *lines, sep="\n",
              file=sys.stdout if wanted else sys.stderr)
        return 0 if wanted else 2
    module, first, _ = COMMANDS[name]
    return errors.run_command(lambda: importlib.import_module(module).main([*first, *rest]))


if __name__ == "__main__":
    sys.exit(main())
