"""Each output can be traced to its notebook, data, edition and code, by hashes that are those of `run.json`."""

import copy
import hashlib
import json
import warnings
from types import SimpleNamespace
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
              "03-district-02-西城区": part("chapters/03-district-02-西城区.html"), "reconciliation": part("reconciliation.csv")}}
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


def behind(graph, name):
    """Everything that an output was made of: back from result to action, its objects and its tools, and what they need."""
    found, todo = set(), [name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            makers = [action for action in graph.values() if action["@type"] == "CreateAction" and action["@id"] != "#run"
                      and one in of(action, "result")]
            todo += [used for maker in makers for key in ("object", "instrument") for used in of(maker, key)]
            todo += of(graph[one], "softwareRequirements")
    return found


def test_every_output_is_a_file_of_the_crate_with_its_hash_size_and_format(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    files = {unquote(one["@id"]): one for one in graph.values() if "File" in one["@type"] and one["@id"] != "run.json"}
    assert {name: one["sha256"] for name, one in files.items()} == outputs(RUN)
    assert {one["contentSize"] for one in files.values()} == {"6"}
    assert all(one["encodingFormat"] and one["name"] == name.split("/")[-1] for name, one in files.items())
    assert set(of(graph["./"], "hasPart")) == {quote(name) for name in [*files, "run.json"]}


def test_every_hash_is_one_of_the_run(folder):
    graph, grounds = entities(ro_crate.crate(folder, RUN)), RUN["grounds"]
    known = {*outputs(RUN).values(), *RUN["narrative"].values(), *(one["notebook_digest"] for one in RUN["notebooks"])}
    assert {one["sha256"] for one in graph.values() if "sha256" in one} <= known
    identifiers = {one["@id"]: one["identifier"] for one in graph.values() if one.get("identifier", "").startswith("sha256:")}
    assert identifiers == {
        **{f"#tickets/{key}": f"sha256:{facts['digest']}" for key, facts in grounds["tickets"].items()},
        **{f"#edition/{key}": canonical(edition) for key, edition in EDITIONS.items()},
        "#package": canonical({"helpers/cube.py": "0123456789ab"}),
        "#data-files": canonical({"data/glossary.yml": "ba9876543210"})}


@pytest.mark.parametrize("name", sorted(outputs(RUN)))
def test_every_output_is_reached_from_its_notebook_data_edition_and_code(folder, name):
    graph = entities(ro_crate.crate(folder, RUN))
    found = behind(graph, quote(name))
    assert {"#tickets/beijing-2019", "#tickets/beijing-2020", "#edition/beijing-2020", "#data-files"} <= found
    assert {"#package", "pkg:pypi/duckdb@2.0.0", "pkg:generic/python@3.11.7"} <= found
    notebooks = {one for one in found if one.startswith("#notebook/")}
    whole = {"#notebook/01-overview", "#notebook/03-district"}
    own = {"01-overview": {"#notebook/01-overview"}, "03-district": {"#notebook/03-district"}, "reconciliation": set()}
    assert notebooks == next((wanted for stem, wanted in own.items() if stem in name), whole)
    districts = {one for one in found if one.startswith("#parameter/district/")}
    assert all(unquote(one).split("/")[-1] in name for one in districts) or notebooks == whole


def test_a_chapter_is_made_of_its_own_words_and_the_report_of_all(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    words = {name: {one for one in behind(graph, quote(name)) if one.startswith("#words/")} for name in outputs(RUN)}
    assert words["report.pdf"] == words["chapters/01-overview.pdf"] == {"#words/01-overview.md", "#words/beijing-2020.csv"}
    assert words["chapters/03-district-01-东城区.html"] == {"#words/beijing-2020.csv"}
    assert words["reconciliation.csv"] == set()


def test_an_execution_has_its_times_parameters_and_result(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    assert graph["#execution/01-overview"] == {
        "@id": "#execution/01-overview", "@type": "CreateAction", "name": "运行“overview”",
        "description": "papermill notebooks/01-overview.ipynb -p city beijing -p year 2020 -p period year -p compare year_ago",
        "instrument": {"@id": "#notebook/01-overview"}, "result": {"@id": "notebooks/01-overview.ipynb"},
        "object": [{"@id": one} for one in (
            "#parameter/city/beijing", "#parameter/year/2020", "#parameter/period/year", "#parameter/compare/year_ago",
            "#tickets/beijing-2019", "#tickets/beijing-2020", "#edition/beijing-2019", "#edition/beijing-2020", "#data-files")],
        "startTime": "2026-01-02T03:04:06.500+08:00", "endTime": "2026-01-02T03:04:08.250+08:00",
        "actionStatus": "http://schema.org/CompletedActionStatus"}
    assert graph["#parameter/year/2020"] == {"@id": "#parameter/year/2020", "@type": "PropertyValue", "name": "year",
                                             "value": 2020, "exampleOfWork": {"@id": "#parameter/year"}}


def test_a_reused_notebook_without_times_has_none_and_an_absent_one_was_not_executed(folder):
    graph = entities(ro_crate.crate(folder, RUN))
    assert not {"startTime", "endTime"} & graph[f"#execution/{quote('03-district-01-东城区')}"].keys()
    assert not [one for one in graph if "06-rankings" in one]


def test_a_failed_notebook_says_why_without_the_folders_of_the_machine(folder):
    stem = "03-district-02-西城区"
    for file in (paths.failed(folder, stem), paths.log(folder, stem)):
        file.parent.mkdir(exist_ok=True)
        file.write_text("…", encoding="utf-8")
    text = ro_crate.crate(folder, FAILED)
    failed = entities(text)[f"#execution/{quote(stem)}"]
    assert failed["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert failed["error"] == "FileNotFoundError: 'tickets.parquet', see cube.py, 3/4"
    assert [unquote(name) for name in of(failed, "result")] == [f"logs/{stem}.ipynb", f"logs/{stem}.log"]
    assert entities(text)["#run"]["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert "someone" not in text


@pytest.mark.parametrize("run", [RUN, FAILED, EXPORT], ids=["done", "failed", "export"])
def test_every_reference_leads_somewhere(folder, run):
    graph = entities(ro_crate.crate(folder, run))
    named = {one for entity in graph.values() for value in entity.values() for one in references(value)}
    assert named - graph.keys() == {"https://w3id.org/ro/crate/1.1"}  # the specification, which the library names so
    assert graph.keys() - named <= {"ro-crate-metadata.json", "#engine"}


def test_the_same_run_gives_the_same_bytes_whenever_it_is_written(folder):
    other = json.loads(json.dumps(RUN))
    assert ro_crate.crate(folder, other) == ro_crate.crate(folder, RUN)
    times = {value for one in entities(ro_crate.crate(folder, RUN)).values() for key, value in one.items()
             if "Time" in key or "date" in key}
    assert times == {RUN["started"], RUN["finished"], RUN["notebooks"][0]["started"], RUN["notebooks"][0]["ended"]}
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


def test_simulated_data_is_said_to_be_so_and_an_export_leaves_its_terms_to_who_gave_it(folder):
    simulated, export = (entities(ro_crate.crate(folder, run)) for run in (RUN, EXPORT))
    assert "模拟数据" in simulated["./"]["name"]
    assert "模拟数据" in simulated["./"]["description"]
    assert of(simulated["./"], "license") == of(simulated["#tickets/beijing-2020"], "license") == ["https://spdx.org/licenses/MIT"]
    assert "模拟" not in json.dumps(export, ensure_ascii=False)
    assert of(export["./"], "license") == of(export["#tickets/beijing-2020"], "license") == ["#rights"]
    assert of(export["#package"], "license") == ["https://spdx.org/licenses/MIT"]


def test_the_library_reads_it_back(folder):
    paths.crate(folder).write_text(ro_crate.crate(folder, RUN), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = ROCrate(folder)
    assert read.mainEntity.id == "run.json"
    assert {unquote(one.id) for one in read.data_entities} == {*outputs(RUN), "run.json"}


BIOSCHEMAS = "https://bioschemas.org"
CONTEXTS = {"https://w3id.org/ro/crate/1.1/context": vocabs.RO_CRATE["@context"] | {  # the library's is 1.3; where 1.1 differs:
    "ComputationalWorkflow": f"{BIOSCHEMAS}/ComputationalWorkflow", "FormalParameter": f"{BIOSCHEMAS}/FormalParameter",
    "input": f"{BIOSCHEMAS}/ComputationalWorkflow#input", "output": f"{BIOSCHEMAS}/ComputationalWorkflow#output"},
    f"{WFRUN}/context": {"sha256": f"{WFRUN}#sha256"}}


@pytest.mark.parametrize("run", [RUN, FAILED, EXPORT], ids=["done", "failed", "export"])
def test_it_meets_all_that_the_profile_requires(folder, tmp_path_factory, monkeypatch, run):
    services = pytest.importorskip("rocrate_validator.services", reason="roc-validator is not installed: nothing says that the "
                                   "crate conforms to Provenance Run Crate")
    from rocrate_validator.utils.http import HttpRequester

    def get(_, url, **__):
        return SimpleNamespace(status_code=200, headers={"Content-Type": "application/ld+json"}, text="",
                               json=lambda: {"@context": CONTEXTS[url]})

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)  # contexts without a network
    paths.crate(folder).write_text(ro_crate.crate(folder, run), encoding="utf-8")
    validated = services.validate({"rocrate_uri": str(folder), "profile_identifier": "provenance-run-crate-0.5", "offline": True,
                                   "requirement_severity": "REQUIRED", "cache_path": tmp_path_factory.mktemp("cache") / "http"})
    assert [f"{one.message}: {one.violatingEntity}" for one in validated.get_issues()] == []
    assert len(validated.executed_checks) > 80
