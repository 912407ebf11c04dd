"""run.json as it is read and written: keys on disk, older files, broken files."""

import json

import pytest

from helpers.report.manifest import Manifest, NotebookEntry, StoredInputs
from helpers.settings import paths

ENTRY = {"stem": "01-overview", "notebook": "01-overview", "title": "总体", "parameters": {"year": 2020}, "status": "done"}


@pytest.mark.parametrize("contents", [None, "", "{", '{"notebooks": [', "[]", '{"notebooks": 3}', '{"parts": {"report": {}}}'])
def test_a_folder_without_a_readable_run_json_has_an_empty_manifest(tmp_path, contents):
    if contents is not None:
        paths.run(tmp_path).write_text(contents)
    assert Manifest.read(tmp_path) == Manifest()


def test_a_manifest_that_is_read_and_written_again_is_the_same_file(tmp_path):
    Manifest(edition="beijing-2020", base=None, notebooks=[NotebookEntry(**ENTRY)], inputs_key="1").write(tmp_path)
    before = paths.run(tmp_path).read_bytes()
    Manifest.read(tmp_path).write(tmp_path)
    assert paths.run(tmp_path).read_bytes() == before
    assert json.loads(before) == {"edition": "beijing-2020", "base": None, "notebooks": [ENTRY], "inputs": "1"}
    assert "总体" in before.decode()


def test_inputs_and_their_hash_have_the_keys_grounds_and_inputs(tmp_path):
    Manifest(stored_inputs=StoredInputs(files={"helpers/a.py": "1"}), inputs_key="2").write(tmp_path)
    assert json.loads(paths.run(tmp_path).read_text()) == {"grounds": {"files": {"helpers/a.py": "1"}}, "inputs": "2"}
    assert Manifest.read(tmp_path).stored_inputs.files == {"helpers/a.py": "1"}


def test_unknown_keys_of_an_older_run_json_are_ignored(tmp_path):
    paths.run(tmp_path).write_text(json.dumps({"edition": "a-1", "colour": "blue", "notebooks": [ENTRY | {"mood": "good"}]}))
    assert Manifest.read(tmp_path).entry("01-overview") == NotebookEntry(**ENTRY)
    assert Manifest.read(tmp_path).entry("02-hotspots") is None
