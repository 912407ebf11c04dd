"""Run `python -m helpers.ingest`."""

import signal
import sys

try:
    from helpers.ingest.ingest import main
except KeyboardInterrupt:  # while modules are imported, which takes a second or two
    sys.exit(128 + signal.SIGINT)

sys.exit(main())
