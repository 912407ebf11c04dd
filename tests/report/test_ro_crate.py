"""Each output can be traced to its notebook, data, edition and code, by hashes that are those of `run.json`."""

import copy
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from rocrate import vocabs
from rocrate.rocrate import ROCrate

from helpers.report import ro_crate
from helpers.settings import paths

EDITIONS = {f"beijing-{year}": {"city": "beijing", "year": year, "place": "北京市", "hotline": "12345市民服务热线",
                                "title": "年度报告", "language": "zh-Hans", "chapters": []} for year in (2019, 2020)}
GIVEN = {"city": "beijing", "year": 2020, "period": "year", "compare": "year_ago"}
WFRUN = "https://w3id.org/ro/terms/workflow-run"


def hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value):
    return "sha256:" + hashed(json.dumps(value, ensure_ascii=False, sort_keys=True))


def notebook(stem, source, status="done", **more):
    return {"stem": stem, "notebook": source, "title": stem.split("-")[-1], "parameters": GIVEN, "status": status, "seconds": 1.5,
            "key": hashed(f"key of {stem}"), "notebook_digest": hashed(source), "digest": hashed(f"executed {stem}")} | more


def part(*names):
    return {"key": hashed(f"key of {names}"), "files": {name: hashed(name) for name in names}, "replaced": 0}


RUN = {
    "data": "simulated", "source": "beijing-2020", "digest": hashed("tickets of beijing-2020"), "edition": "beijing-2020",
    "period": "2020", "compare": "year_ago", "base": "2019", "chapters": [], "final": False,
    "narrative": {"01-overview.md": hashed("words"), "beijing-2020.csv": hashed("figures")},
    "written": {"01-overview": {"title": "总体情况"}},
    "grounds": {"editions": EDITIONS, "files": {"helpers/cube.py": "0123456789ab", "data/glossary.yml": "ba9876543210"},
                "tickets": {key: {"data": "simulated", "source": key, "digest": hashed(f"tickets of {key}")}
                            for key in EDITIONS}},
    "versions": {"python": "3.11.7", "duckdb": "2.0.0"},
    "started": "2026-01-02T03:04:05+08:00", "finished": "2026-01-02T03:04:45+08:00",
    "notebooks": [
        notebook("01-overview", "01-overview", started="2026-01-02T03:04:06.500+08:00", ended="2026-01-02T03:04:08.250+08:00"),
        notebook("03-district-01-东城区", "03-district", "skipped", parameters=GIVEN | {"district": "东城区"}),
        notebook("03-district-02-西城区", "03-district", parameters=GIVEN | {"district": "西城区"}),
        notebook("06-rankings", "06-rankings", "absent", digest=None, reason="数据没有“解决”一栏的内容。")],
    "parts": {"report": part("report.pdf", "index.html", "tables.xlsx"), "word": part("report.docx"),
              "01-overview": part("chapters/01-overview.pdf", "tables/01-overview-各月 来电量.csv",
                                  "figures/01-overview-各月 来电量.png"),
              "03-district-01-东城区": part("chapters/03-district-01-东城区.html"),
              "03-district-02-西城区": part("chapters/03-district-02-西城区.html"),
              "reconciliation": part("reconciliation.csv") | {"ended": "2026-01-02T03:04:09.000+08:00"}}}
EXPORT = RUN | {"data": "export", "grounds": RUN["grounds"] | {
    "tickets": {key: facts | {"data": "export"} for key, facts in RUN["grounds"]["tickets"].items()}}}
REASON = "FileNotFoundError: '/home/someone here/x/tickets.parquet', see C:\\Users\\someone\\x\\cube.py, 3/4"
FAILED = RUN | {"notebooks": [*RUN["notebooks"][:2], notebook("03-district-02-西城区", "03-district", "failed", reason=REASON)]}


def outputs(run):
    """The SHA-256 of each output that `run.json` knows, by its name."""
    executed = {f"notebooks/{one['stem']}.ipynb": one["digest"] for one in run["notebooks"]
                if one["status"] in ("done", "skipped")}
    return executed | {name: digest for one in run["parts"].values() for name, digest in one["files"].items()}


@pytest.fixture
def folder(tmp_path):
    """An outputs folder that holds what RUN says it does."""
    for name in [*outputs(RUN), "run.json"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("内容", encoding="utf-8")
    return tmp_path


def entities(text):
    graph = json.loads(text)["@graph"]
    assert len({one["@id"] for one in graph}) == len(graph)
    return {one["@id"]: one for one in graph}


def references(value):
    if isinstance(value, dict):
        yield from [value["@id"]] if "@id" in value else []
    for one in value if isinstance(value, list) else []:
        yield from references(one)


def of(entity, key):
    return list(references(entity.get(key, [])))


def test_every_output_is_a_file_of_the_crate_with_its_hash_size_and_format(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    files = {unquote(entity["@id"]): entity for entity in graph.values() if "File" in entity["@type"]}
    assert "sha256" not in files.pop("run.json")  # which names the crate's own
    assert {name: entity["sha256"] for name, entity in files.items()} == outputs(RUN)
    assert {entity["contentSize"] for entity in files.values()} == {"6"}
    assert all(entity["encodingFormat"] and entity["name"] == name.split("/")[-1] for name, entity in files.items())
    assert set(of(graph["./"], "hasPart")) == {quote(name) for name in [*files, "run.json"]}


def test_every_hash_is_one_of_the_run(folder):
    graph, grounds = entities(ro_crate.crate(folder, RUN)), RUN["grounds"]
    known = {*outputs(RUN).values(), *RUN["narrative"].values(), *(entry["notebook_digest"] for entry in RUN["notebooks"])}
    assert {entity["sha256"] for entity in graph.values() if "sha256" in entity} <= known
    identifiers = {name: entity["identifier"] for name, entity in graph.items()
                   if entity.get("identifier", "").startswith("sha256:")}
    assert identifiers == {
        **{f"#tickets/{key}": f"sha256:{facts['digest']}" for key, facts in grounds["tickets"].items()},
        **{f"#edition/{key}": canonical(edition) for key, edition in EDITIONS.items()},
        "#package": canonical({"helpers/cube.py": "0123456789ab"}),
        "#reference": canonical({"data/glossary.yml": "ba9876543210"})}


def test_every_output_results_from_the_command_with_its_inputs_and_its_software(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    (command,) = [entity for entity in graph.values() if entity["@type"] == "CreateAction"]
    assert {unquote(name) for name in of(command, "result")} == {*outputs(RUN), "run.json"}
    assert {name: command[name] for name in ("@id", "name", "description", "startTime", "endTime", "actionStatus")} == {
        "@id": "#run", "name": "编制 年度报告（2020年）",
        "description": "python -m helpers.report --city beijing --year 2020 --period year --compare year_ago",
        "startTime": RUN["started"], "endTime": RUN["finished"], "actionStatus": "http://schema.org/CompletedActionStatus"}
    assert of(command, "object") == [
        "#parameter/city", "#parameter/year", "#parameter/period", "#parameter/compare", "#tickets/beijing-2019",
        "#tickets/beijing-2020", "#edition/beijing-2019", "#edition/beijing-2020", "#reference", "#notebook/01-overview.ipynb",
        "#notebook/03-district.ipynb", "#text/01-overview.md", "#text/beijing-2020.csv"]
    assert of(command, "instrument") == ["#package"]
    assert of(graph["#package"], "softwareRequirements") == ["pkg:pypi/duckdb@2.0.0", "pkg:generic/python@3.11.7"]
    assert graph["#parameter/year"] == {"@id": "#parameter/year", "@type": "PropertyValue", "name": "year", "value": 2020}
    assert of(graph["./"], "mentions") == ["#run"]


def test_a_file_has_the_time_at_which_it_was_made_if_the_run_knows_it(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    dated = {unquote(name): entity["dateModified"] for name, entity in graph.items() if "dateModified" in entity}
    assert dated == {"notebooks/01-overview.ipynb": RUN["notebooks"][0]["ended"],
                     "reconciliation.csv": RUN["parts"]["reconciliation"]["ended"]}


def test_a_command_for_some_chapters_and_months_names_them(folder):
    some = RUN | {"chapters": ["districts", "overview"], "period": "2020-M01..M06", "compare": "2019-Q3"}
    assert entities(ro_crate.crate(folder, some))["#run"]["description"] == (
        "python -m helpers.report --city beijing --year 2020 --period M01..M06 --compare 2019-Q3 --chapter districts overview")


def test_a_failed_notebook_fails_the_command_and_leaves_its_log_but_no_folder_of_the_machine(folder):
    stem = "03-district-02-西城区"
    for file in (paths.failed(folder, stem), paths.log(folder, stem)):
        file.parent.mkdir(exist_ok=True)
        file.write_text("…", encoding="utf-8")
    text = ro_crate.crate(folder, FAILED)
    command = entities(text)["#run"]
    assert command["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert command["error"] == f"{stem} 运行失败"
    assert {f"logs/{stem}.ipynb", f"logs/{stem}.log"} < {unquote(name) for name in of(command, "result")}
    assert f"notebooks/{stem}.ipynb" not in {unquote(name) for name in entities(text)}
    assert "someone" not in text


@pytest.mark.parametrize("run", [RUN, FAILED, EXPORT], ids=["done", "failed", "export"])
def test_every_reference_leads_somewhere(folder, run):
    graph = entities(ro_crate.crate(folder, run))
    named = {one for entity in graph.values() for value in entity.values() for one in references(value)}
    assert named - graph.keys() == {"https://w3id.org/ro/crate/1.1"}  # the specification, which the library names so
    assert graph.keys() - named == {"ro-crate-metadata.json"}


def test_the_same_run_gives_the_same_bytes_whenever_it_is_written(folder):
    other = json.loads(json.dumps(RUN))
    assert ro_crate.crate(folder, other) == ro_crate.crate(folder, RUN)
    times = {value for one in entities(ro_crate.crate(folder, RUN)).values() for key, value in one.items()
             if "Time" in key or "date" in key}
    assert times == {RUN["started"], RUN["finished"], RUN["notebooks"][0]["ended"], RUN["parts"]["reconciliation"]["ended"]}
    assert str(folder) not in ro_crate.crate(folder, RUN)


@pytest.mark.parametrize("change", [
    lambda run: run["parts"]["report"]["files"].update({"report.pdf": "f" * 64}),
    lambda run: run["notebooks"][1].update(digest="f" * 64),
    lambda run: run["notebooks"][0].update(notebook_digest="f" * 64),
    lambda run: run["grounds"]["tickets"]["beijing-2019"].update(digest="f" * 64),
    lambda run: run["grounds"]["editions"]["beijing-2020"].update(title="另一个名称"),
    lambda run: run["grounds"]["files"].update({"helpers/cube.py": "f" * 12}),
    lambda run: run["grounds"]["files"].update({"data/glossary.yml": "f" * 12}),
    lambda run: run["narrative"].update({"01-overview.md": "f" * 64}),
    lambda run: run["versions"].update(duckdb="9.9.9")],
    ids=["output", "executed notebook", "notebook", "tickets", "edition", "code", "small file", "words", "version"])
def test_whatever_changes_shows(folder, change):
    changed = copy.deepcopy(RUN)
    change(changed)
    assert ro_crate.crate(folder, changed) != ro_crate.crate(folder, RUN)


def test_simulated_data_is_marked_and_an_export_has_the_terms_of_its_provider(folder):
    simulated, export = (entities(ro_crate.crate(folder, run)) for run in (RUN, EXPORT))
    assert "模拟数据" in simulated["./"]["name"]
    assert "模拟数据" in simulated["./"]["description"]
    assert of(simulated["./"], "license") == of(simulated["#tickets/beijing-2020"], "license") == ["https://spdx.org/licenses/MIT"]
    assert (simulated["./"]["keywords"], export["./"]["keywords"]) == ("simulated", "export")
    assert "模拟" not in json.dumps(export, ensure_ascii=False)
    assert of(export["./"], "license") == of(export["#tickets/beijing-2020"], "license") == ["#rights"]
    assert of(export["#package"], "license") == ["https://spdx.org/licenses/MIT"]


def test_the_library_reads_it_back(folder):
    paths.crate(folder).write_text(ro_crate.crate(folder, RUN), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = ROCrate(folder)
    assert read.name == "年度报告（2020年）（模拟数据）"
    assert {unquote(one.id) for one in read.data_entities} == {*outputs(RUN), "run.json"}


CONTEXTS = {"https://w3id.org/ro/crate/1.1/context": vocabs.RO_CRATE["@context"],  # of 1.3: our terms are the same in 1.1
            f"{WFRUN}/context": {"sha256": f"{WFRUN}#sha256"}}


@pytest.fixture
def validate(folder, tmp_path_factory):
    """Validate a crate by roc-validator, in the Python that HOTLINE_ROC_VALIDATOR names, or in this one."""
    python = os.environ.get("HOTLINE_ROC_VALIDATOR")
    if not python and not importlib.util.find_spec("rocrate_validator"):
        pytest.skip("HOTLINE_ROC_VALIDATOR names no Python with roc-validator: conformance to Process Run Crate is not checked")
    scratch = tmp_path_factory.mktemp("validator")

    def validated(crate):
        paths.crate(folder).write_text(crate, encoding="utf-8")
        (scratch / "contexts.json").write_text(json.dumps(CONTEXTS), encoding="utf-8")
        done = subprocess.run([python or sys.executable, Path(__file__).with_name("validate_crate.py"), folder,
                               scratch / "contexts.json", scratch / "http"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return validated


@pytest.mark.validator
@pytest.mark.parametrize("run", [FAILED, EXPORT], ids=["simulated and failed", "export"])
def test_it_meets_all_that_the_profile_requires(folder, validate, run):
    found = validate(ro_crate.crate(folder, run))
    assert found["issues"] == []
    assert found["checks"] >= 47


@pytest.mark.validator
def test_the_validator_finds_an_action_without_its_instrument(folder, validate):
    contents = json.loads(ro_crate.crate(folder, RUN))
    (command,) = [entity for entity in contents["@graph"] if entity["@id"] == "#run"]
    del command["instrument"]
    (issue,) = validate(json.dumps(contents))["issues"]
    assert "MUST have an instrument" in issue
