"""Run `python -m helpers.warehouse`: the same as `python -m helpers.ingest`, of which it takes `--table`."""

import sys

from helpers.ingest.ingest import main

if __name__ == "__main__":
    sys.exit(main())
