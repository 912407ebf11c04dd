"""Run `python -m helpers.chapter new 07-my-topic --city beijing --year 2020`."""

import sys

from helpers.report.new_chapter import main
from helpers.settings import errors

if __name__ == "__main__":
    sys.exit(errors.run_command(main))
