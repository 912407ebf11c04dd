"""Run `python -m helpers.ingest`."""

import sys

from helpers.ingest.ingest import main

sys.exit(main())
