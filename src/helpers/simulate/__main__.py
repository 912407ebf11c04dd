"""Run `python -m helpers.simulate --city beijing --year 2020`."""

import argparse
import sys

from helpers.settings import editions, errors
from helpers.simulate import simulate
from helpers.tickets import schema


def main(arguments: list[str] | None = None) -> int:
    """Write the simulated tickets of an edition, print the outcome and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m helpers.simulate", description=simulate.__doc__.splitlines()[0])
    parser.add_argument("--city", required=True)
    parser.add_argument("--year", required=True, type=int)
    parser.add_argument("--replace", action="store_true", help="overwrite tickets that an export brought")
    options = parser.parse_args(arguments)
    edition = editions.read(options.city, options.year)
    wrote = simulate.prepare(edition, options.replace)
    print(f"{options.city} {options.year}: 模拟数据 {'written' if wrote else 'up to date'} "
          f"({schema.metadata(edition)['digest'][:12]})")
    return 0


if __name__ == "__main__":
    sys.exit(errors.run_command(main, interrupted="interrupted; the tickets are as they were."))
