"""Run `python -m helpers.warehouse`: the same as `python -m helpers.ingest --table`."""

import sys

from helpers.ingest.external_table import main

if __name__ == "__main__":
    sys.exit(main())
