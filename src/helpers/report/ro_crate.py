"""What each output was made of, for archives and machines: `ro-crate-metadata.json`, made of `run.json` and sizes of files.

It is a Provenance Run Crate (https://w3id.org/ro/wfrun/provenance/0.5). Of the three Workflow Run profiles Process Run Crate
knows executions and no workflow, Workflow Run Crate a run as a whole and none of its steps; this one ties a file to the
execution of the one notebook that it came from. Version 0.5, on RO-Crate 1.1, is the latest that `roc-validator` can check.

The workflow is the outline of an edition with the parameters of each notebook, and the file of the folder that holds these is
`run.json`. Its steps are the source notebooks and the making of documents; this package is the engine. What lies outside the
folder (tickets, notebooks, code) is named with its hash, never with a path or a URL. `sha256` is that of a file's bytes,
`identifier` that of what a description says.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model import ComputerLanguage
from rocrate.rocrate import ROCrate

from helpers.settings import paths, periods, yaml_models

_ROCRATE = "1.1"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # RO-Crate 1.1 has no word for a SHA-256
_PROFILES = {"https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
             "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
             "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
             "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate"}
_MIT = "https://spdx.org/licenses/MIT"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_FORMATS = {".csv": "text/csv", ".docx": f"{_OFFICE}.wordprocessingml.document", ".html": "text/html", ".log": "text/plain",
            ".ipynb": "application/x-ipynb+json", ".json": "application/json", ".md": "text/markdown", ".pdf": "application/pdf",
            ".png": "image/png", ".xlsx": f"{_OFFICE}.spreadsheetml.sheet"}
_FOLDERS = re.compile(r"""(?<=['"])(?:[A-Za-z]:)?[\\/][^'"\n]*[\\/]"""  # of the machine, before a file's name
                      r"""|(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][^\\/\s'":]+)+[\\/]""")
_MADE = ("done", "skipped")
_RUN, _ENGINE, _PACKAGE, _PRESS, _FILES, _RIGHTS, _OUTLINE = ("#run", "#engine", "#package", "#press", "#data-files", "#rights",
                                                             "#outline")
_DOCUMENTS = "documents"

Entity = dict[str, Any]


def crate(folder: Path, run: Mapping[str, Any]) -> str:
    """Return the `ro-crate-metadata.json` of an outputs folder whose `run.json` is to hold `run`; reads no file's contents.

    The same run gives the same bytes: entities stand by their `@id`, and all times are the run's.
    """
    made = ROCrate(version=_ROCRATE)
    made.metadata.extra_contexts.append(_TERMS)
    language = made.add(ComputerLanguage(made, _OUTLINE, {"name": "hotline-report 版次（JSON）"}))
    made.add_workflow(dest_path=_name(folder, paths.run(folder)), properties=_workflow(run), main=True, lang=language)
    for name, digest in sorted(_files(folder, run).items()):
        made.add_file(dest_path=name, properties=_file(folder / name, digest))
    actions = _actions(folder, run)
    for one in (*_profiles(), *_licences(run), *_inputs(run), *_software(run), *_notebooks(run), *_steps(run), *actions):
        made.add_jsonld({**one})  # which takes its `@id` away
    mentioned = [one for one in actions if one["@type"] == "CreateAction"]
    for key, value in (_root(run) | {"mentions": _refs(_ids(mentioned))}).items():
        made.root_dataset[key] = value
    contents = made.metadata.generate()
    contents["@graph"].sort(key=lambda one: (one["@id"] != made.metadata.id, one["@id"] != made.root_dataset.id, one["@id"]))
    return json.dumps(contents, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _refs(ids: Iterable[str]) -> Any:
    """Return references to entities by their `@id`, in their order; a single one stands alone, as RO-Crate wants it."""
    found = [{"@id": one} for one in ids]
    return found[0] if len(found) == 1 else found


def _ids(entities: Iterable[Entity]) -> list[str]:
    return [one["@id"] for one in entities]


def _id(kind: str, *names: Any) -> str:
    """Return the `@id` of something that is no file of the folder: `#execution/03-district-01-%E4%B8%9C%E5%9F%8E%E5%8C%BA`."""
    return "#" + "/".join([kind, *(quote(str(name)) for name in names)])


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _hash(value: Any) -> str:
    """Return a SHA-256 as an identifier: of a value's JSON with sorted keys, or a string that is one already."""
    text = value if isinstance(value, str) else _digest(value)
    return f"sha256:{text}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _edition(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return run["grounds"]["editions"][run["edition"]]


def _title(run: Mapping[str, Any]) -> str:
    edition = _edition(run)
    return f"{edition['title']}（{periods.parse(run['period'], edition['year']).words}）"


def _simulated(run: Mapping[str, Any]) -> list[str]:
    return [key for key, facts in sorted(run["grounds"]["tickets"].items()) if facts["data"] == "simulated"]


def _root(run: Mapping[str, Any]) -> Entity:
    """Return what is said of the folder as a whole: what it is, whether its data is simulated, on what terms."""
    edition, simulated = _edition(run), _simulated(run)
    warning = (f"注意：{'、'.join(simulated)} 的工单为模拟数据，依公开报告的总数随机生成，不是真实工单；"
               "报告以外的个别地点、单位的数字没有实际意义。") if simulated else ""
    return {"name": _title(run) + ("（模拟数据）" if simulated else ""), "datePublished": run["finished"],
            "description": f"由{edition['place']}{edition['hotline']}的工单经笔记本计算而成的报告，及其各章、表、图和核对结果。"
                           f"每个文件都可追溯到所用的笔记本、工单、版次和程序。{warning}",
            "inLanguage": edition["language"], "license": _refs([_MIT if _all_simulated(run) else _RIGHTS]),
            "conformsTo": _refs(_PROFILES)}


def _all_simulated(run: Mapping[str, Any]) -> bool:
    return len(_simulated(run)) == len(run["grounds"]["tickets"])


def _profiles() -> list[Entity]:
    return [{"@id": uri, "@type": "CreativeWork", "name": name, "version": uri.rpartition("/")[2]}
            for uri, name in _PROFILES.items()]


def _licences(run: Mapping[str, Any]) -> list[Entity]:
    """Return the terms: what is simulated is the project's own; of what others exported it can grant nothing."""
    rights = {"@id": _RIGHTS, "@type": "CreativeWork", "name": "依工单提供者的规定",
              "description": "工单由他人提供，本报告能否公开、如何使用，以工单提供者的规定为准；编制报告的程序依 MIT 许可证。"}
    mit = {"@id": _MIT, "@type": "CreativeWork", "name": "MIT License", "identifier": "MIT", "url": _MIT}
    return [mit] if _all_simulated(run) else [mit, rights]


def _workflow(run: Mapping[str, Any]) -> Entity:
    """Return what is said of `run.json` as a workflow: its steps, the tools that carry them out, and what may be set."""
    return {"@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"], "name": f"{_title(run)}：章节与参数",
            "description": "版次规定的章节、各章的笔记本和参数，以及本次运行的结果。程序和源笔记本不在本文件夹内，以哈希标识。",
            "encodingFormat": _FORMATS[".json"], "version": _digest(_edition(run)),
            "hasPart": _refs([*_ids(_notebooks(run)), _PRESS]),
            "input": _refs(_id("parameter", name) for name in _given(run)),
            "step": _refs(_id("step", name) for name in (*_executed(run), _DOCUMENTS))}


def _files(folder: Path, run: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the SHA-256 of each output, by its name; of what a failed notebook left none is known."""
    parts = {name: digest for part in run["parts"].values() for name, digest in part["files"].items()}
    return parts | {name: one["digest"] if one["status"] in _MADE else None for one in _ran(run) for name in _left(folder, one)}


def _left(folder: Path, notebook: Mapping[str, Any]) -> list[str]:
    """Return the files that running a notebook left; a failed one left it as far as it ran, and a log."""
    if notebook["status"] in _MADE:
        return [_name(folder, paths.executed(folder, notebook["stem"]))]
    places = [place(folder, notebook["stem"]) for place in (paths.failed, paths.log)]
    return [_name(folder, file) for file in places if file.is_file()]


def _file(file: Path, digest: str | None) -> Entity:
    said = {"name": file.name, "sha256": digest, "encodingFormat": _FORMATS.get(file.suffix),
            "contentSize": str(file.stat().st_size) if file.is_file() else None}
    return {key: value for key, value in said.items() if value is not None}


def _inputs(run: Mapping[str, Any]) -> list[Entity]:
    """Return what a run read, each with its hash, and the parameters with their values."""
    grounds = run["grounds"]
    words = [{"@id": _id("words", name), "@type": "CreativeWork", "name": name, "sha256": digest,
              "encodingFormat": _FORMATS[Path(name).suffix]} for name, digest in sorted(run["narrative"].items())]
    return [*(_tickets(run, key) for key in sorted(grounds["tickets"])),
            *(_of_edition(run, key) for key in sorted(grounds["editions"])),
            {"@id": _FILES, "@type": "CreativeWork", "name": "地名、术语等小文件和公开报告的数字", "license": _refs([_MIT]),
             "description": "identifier 是 run.json 中 grounds.files 里 data 各文件名与哈希的 SHA-256（JSON，键已排序）。",
             "identifier": _hash(_listed(run, ours=False))},
            *words, *_settings(run)]


def _tickets(run: Mapping[str, Any], key: str) -> Entity:
    edition, facts = run["grounds"]["editions"][key], run["grounds"]["tickets"][key]
    simulated = facts["data"] == "simulated"
    return {"@id": _id("tickets", key), "@type": "CreativeWork", "identifier": _hash(facts["digest"]),
            "name": f"{edition['place']}{edition['hotline']}{edition['year']}年工单{'（模拟数据）' if simulated else ''}",
            "description": ("依公开报告的总数随机生成的模拟工单，不是真实工单。" if simulated else "由热线系统导出的工单。")
                           + "identifier 是其来源的 SHA-256，也记在工单文件中。",
            "license": _refs([_MIT if simulated else _RIGHTS])}


def _of_edition(run: Mapping[str, Any], key: str) -> Entity:
    edition = run["grounds"]["editions"][key]
    return {"@id": _id("edition", key), "@type": "CreativeWork", "name": f"版次 {key}：{edition['title']}",
            "description": "随城市和年份而变的规定，全文见 run.json；identifier 是其 JSON（键已排序）的 SHA-256。",
            "identifier": _hash(edition), "license": _refs([_MIT])}


def _listed(run: Mapping[str, Any], ours: bool) -> dict[str, str]:
    """Return the hashes of the files that `run.json` keeps: those of this package, or those of `data/`."""
    return {name: one for name, one in run["grounds"]["files"].items() if name.startswith(f"{paths.PACKAGE.name}/") == ours}


def _given(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a run was given; each notebook receives them, a section's also its entity."""
    edition = _edition(run)
    return {"city": edition["city"], "year": edition["year"], "period": run["period"].partition("-")[2] or "year",
            "compare": run["compare"]}


def _parameters(run: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values that each parameter had in this run, by its name."""
    found: dict[str, dict[Any, None]] = {}
    for given in (_given(run), *(one["parameters"] for one in _ran(run))):
        for name, value in given.items():
            found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def _settings(run: Mapping[str, Any]) -> list[Entity]:
    """Return the parameters and their values; one of a name has one meaning in all notebooks, so they share it."""
    found = []
    for name, values in _parameters(run).items():
        settings = [{"@id": _id("parameter", name, value), "@type": "PropertyValue", "name": name, "value": value,
                     "exampleOfWork": _refs([_id("parameter", name)])} for value in values]
        kind = "Integer" if all(isinstance(value, int) for value in values) else "Text"
        found += [{"@id": _id("parameter", name), "@type": "FormalParameter", "name": name, "additionalType": kind,
                   "workExample": _refs(_ids(settings))}, *settings]
    return found


def _software(run: Mapping[str, Any]) -> list[Entity]:
    """Return this package, which runs the notebooks, the part of it that makes documents, and what it stands on, with versions.

    The profile lets an engine be no tool of a step, so that part has a name of its own.
    """
    needs = [{"@id": f"pkg:{'generic' if name == 'python' else 'pypi'}/{name}@{version}",  # a package URL
              "@type": "SoftwareApplication", "name": name, "softwareVersion": version}
             for name, version in sorted(run["versions"].items())]
    digest = _digest(_listed(run, ours=True))
    return [{"@id": _PACKAGE, "@type": "SoftwareApplication", "name": "hotline-report", "license": _refs([_MIT]),
             "description": "运行笔记本、编排文件的程序（python -m helpers.report）。identifier 是 run.json 中 grounds.files 里 "
                            "helpers 各文件名与哈希的 SHA-256（JSON，键已排序）。",
             "identifier": _hash(digest), "softwareVersion": digest[:12], "softwareRequirements": _refs(_ids(needs))},
            {"@id": _PRESS, "@type": "SoftwareApplication", "name": "hotline-report：编排文件", "license": _refs([_MIT]),
             "softwareVersion": digest[:12], "softwareRequirements": _refs([_PACKAGE])}, *needs]


def _ran(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of the notebooks that were executed in this run or, where nothing had changed, in an earlier one."""
    return [one for one in run["notebooks"] if one["status"] != "absent"]


def _executed(run: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the executions of each source notebook, in printed order."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in _ran(run):
        found.setdefault(one["notebook"], []).append(one)
    return found


def _notebooks(run: Mapping[str, Any]) -> list[Entity]:
    """Return the source notebooks: the tools of the workflow."""
    return [{"@id": _id("notebook", name), "@type": "SoftwareSourceCode", "name": paths.notebook(name).name,
             "encodingFormat": _FORMATS[".ipynb"], "programmingLanguage": "Python", "license": _refs([_MIT]),
             "sha256": entries[0]["notebook_digest"], "version": entries[0]["notebook_digest"][:12],
             "input": _refs(_id("parameter", one) for one in entries[0]["parameters"]), "softwareRequirements": _refs([_PACKAGE])}
            for name, entries in _executed(run).items()]


def _steps(run: Mapping[str, Any]) -> list[Entity]:
    """Return the steps of the workflow: each source notebook for all its entities, then the documents."""
    tools = {name: _id("notebook", name) for name in _executed(run)} | {_DOCUMENTS: _PRESS}
    return [{"@id": _id("step", name), "@type": "HowToStep", "name": name, "position": str(place), "workExample": _refs([tool])}
            for place, (name, tool) in enumerate(tools.items(), start=1)]


def _actions(folder: Path, run: Mapping[str, Any]) -> list[Entity]:
    """Return what was done: the run, the engine's orchestration of its steps, each execution, and the making of each part."""
    by_step = {name: [_id("execution", one["stem"]) for one in entries] for name, entries in _executed(run).items()}
    parts = [_part(folder, run, name) for name in run["parts"]]
    controls = [{"@id": _id("control", name), "@type": "ControlAction", "name": f"安排 {name}",
                 "instrument": _refs([_id("step", name)]), "object": _refs(ids)}
                for name, ids in (by_step | {_DOCUMENTS: _ids(parts)}).items() if ids]
    engine = {"@id": _ENGINE, "@type": "OrganizeAction", "name": "安排各步骤", "instrument": _refs([_PACKAGE]),
              "object": _refs(_ids(controls)), "result": _refs([_RUN])} | _times(run["started"], run["finished"])
    return [_whole(folder, run), engine, *controls, *(_execution(folder, run, one) for one in _ran(run)), *parts]


def _times(started: str | None, ended: str | None) -> Entity:
    return {key: value for key, value in (("startTime", started), ("endTime", ended)) if value}


def _status(error: str = "") -> Entity:
    """Return whether an action was carried out, and what went wrong, without the folders of the machine it ran on."""
    if not error:
        return {"actionStatus": "http://schema.org/CompletedActionStatus"}
    return {"actionStatus": "http://schema.org/FailedActionStatus", "error": _FOLDERS.sub("", error)}


def _values(parameters: Mapping[str, Any]) -> list[str]:
    return [_id("parameter", name, value) for name, value in parameters.items()]


def _common(run: Mapping[str, Any]) -> list[str]:
    """Return what every notebook and every document is made of."""
    grounds = run["grounds"]
    return [*(_id("tickets", key) for key in sorted(grounds["tickets"])),
            *(_id("edition", key) for key in sorted(grounds["editions"])), _FILES]


def _whole(folder: Path, run: Mapping[str, Any]) -> Entity:
    """Return the run as a whole, which has failed where one of its notebooks has."""
    edition, failed = _edition(run), [one["stem"] for one in run["notebooks"] if one["status"] == "failed"]
    command = ["python", "-m", "helpers.report", "--city", edition["city"], "--year", str(edition["year"]), "--period",
               _given(run)["period"], "--compare", run["compare"], *(["--chapter", *run["chapters"]] if run["chapters"] else [])]
    return {"@id": _RUN, "@type": "CreateAction", "name": f"编制 {_title(run)}", "description": shlex.join(command),
            "instrument": _refs([quote(_name(folder, paths.run(folder)))]),
            "object": _refs([*_values(_given(run)), *_common(run), *(_id("words", name) for name in sorted(run["narrative"]))]),
            "result": _refs(map(quote, sorted(_files(folder, run)))),
            **_times(run["started"], run["finished"]), **_status(f"{'、'.join(failed)} 运行失败" if failed else "")}


def _execution(folder: Path, run: Mapping[str, Any], notebook: Mapping[str, Any]) -> Entity:
    """Return the execution of a notebook; a reused one is that of the earlier run, with its times."""
    source = yaml_models.display_path(paths.notebook(notebook["notebook"]))
    given = [text for name, value in notebook["parameters"].items() for text in ("-p", name, str(value))]
    results = [quote(name) for name in _left(folder, notebook)]
    return {"@id": _id("execution", notebook["stem"]), "@type": "CreateAction",
            "name": f"运行“{notebook['title'] or notebook['stem']}”", "description": shlex.join(["papermill", source, *given]),
            "instrument": _refs([_id("notebook", notebook["notebook"])]),
            "object": _refs([*_values(notebook["parameters"]), *_common(run)]),
            **({"result": _refs(results)} if results else {}), **_times(notebook.get("started"), notebook.get("ended")),
            **_status((notebook.get("reason") or "failed") if notebook["status"] == "failed" else "")}


def _part(folder: Path, run: Mapping[str, Any], name: str) -> Entity:
    """Return the making of a part's files; one that is unchanged keeps the times of the earlier run that made it."""
    notebooks, words = _sources(run, name)
    return {"@id": _id("document", name), "@type": "CreateAction", "name": f"编排 {name}",
            "description": f"由 {len(notebooks)} 本已运行的笔记本和 {len(words)} 个撰写的文件编排。",
            "instrument": _refs([_PRESS]),
            "object": _refs([*(quote(_name(folder, paths.executed(folder, stem))) for stem in notebooks),
                             *(_id("words", one) for one in words), *_common(run)]),
            "result": _refs(map(quote, sorted(run["parts"][name]["files"]))),
            **_times(run["parts"][name].get("started"), run["parts"][name].get("ended")), **_status()}


def _sources(run: Mapping[str, Any], name: str) -> tuple[Sequence[str], Sequence[str]]:
    """Return the executed notebooks and the words by people that a part is made of.

    A chapter's part has the name of its notebook, and prints the figures that no ticket holds; a reconciliation is made of the
    cube alone; all others are made of the whole.
    """
    made, words = [one["stem"] for one in run["notebooks"] if one["status"] in _MADE], sorted(run["narrative"])
    if name in made or name in run["written"]:
        return [stem for stem in made if stem == name], [one for one in words if one == f"{name}.md" or not one.endswith(".md")]
    return ([], []) if name == "reconciliation" else (made, words)
