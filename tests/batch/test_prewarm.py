"""What a process has read before it forks kernels, and what it must not have when it forks."""

import os
import shutil
import subprocess
import sys

import pytest
from support.tickets import write_three

from helpers.batch import kernel_server
from helpers.settings import paths

pytestmark = pytest.mark.slow
LEFT = """
import os
from matplotlib import pyplot
from helpers.batch import prewarm
from helpers.cube import cube
prewarm.prewarm([{"city": "beijing-water", "year": 2020, "period": "year", "compare": "year_ago", "topic": "供水", "area": ""}])
print(cube._rows.cache_info().currsize, len(os.listdir("/proc/self/task")), pyplot._backend_mod, pyplot.get_fignums())
"""


@pytest.mark.skipif(not kernel_server.can_fork(), reason="kernels are forked on Linux only")
def test_rows_are_held_and_neither_a_thread_nor_a_backend_nor_a_figure_is_left(home):
    write_three("beijing-water", 2020, "export")
    shutil.copy(paths.DICTIONARY, home / "data")
    run = subprocess.run([sys.executable, "-c", LEFT], env=os.environ | kernel_server.ENVIRONMENT | {"HOTLINE_HOME": str(home)},
                         capture_output=True, text=True, check=True)
    assert run.stdout == "1 1 None []\n"
