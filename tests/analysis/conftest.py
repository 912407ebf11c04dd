import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def known_answers() -> Path:
    """The folder of published results that HOTLINE_KNOWN_ANSWERS names; a test that asks for it skips where there is none."""
    folder = os.environ.get("HOTLINE_KNOWN_ANSWERS")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HOTLINE_KNOWN_ANSWERS names no folder of published results")
    return Path(folder)
