"""Write `ro-crate-metadata.json`: every output with its hash, the command that made it, its inputs, software and terms of use.

It is a Process Run Crate 0.5 on RO-Crate 1.1, the latest that `roc-validator` checks. What each notebook did is in `run.json`.
Inputs lie outside the folder, so they have a hash, neither a path nor a URL: `sha256` is that of a file's bytes, `identifier`
that of what the description names.
"""

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.rocrate import ROCrate

from helpers.settings import paths, periods

_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # RO-Crate 1.1 has no term for a SHA-256
_MIT, _RIGHTS, _PACKAGE = "https://spdx.org/licenses/MIT", "#rights", "#package"
_LISTED = "run.json 中 grounds.files 里 "
_OFFICE = "application/vnd.openxmlformats-officedocument"
_FORMATS = {".csv": "text/csv", ".docx": f"{_OFFICE}.wordprocessingml.document", ".html": "text/html", ".log": "text/plain",
            ".ipynb": "application/x-ipynb+json", ".json": "application/json", ".md": "text/markdown", ".pdf": "application/pdf",
            ".png": "image/png", ".svg": "image/svg+xml", ".xlsx": f"{_OFFICE}.spreadsheetml.sheet"}

Entity = dict[str, Any]
Run = Mapping[str, Any]


def crate(folder: Path, run: Run) -> str:
    """Return the `ro-crate-metadata.json` of an outputs folder whose `run.json` is to contain `run`; read no file's contents.

    The same run gives the same bytes: entities are sorted by `@id`, and all times are the run's.
    """
    made = ROCrate(version="1.1")
    made.metadata.extra_contexts.append(_TERMS)
    outputs = [made.add_file(dest_path=name, properties=_output(folder / name, *facts))
               for name, facts in sorted(_outputs(folder, run).items())]
    inputs, software = _inputs(run), _software(run)
    action = _command(run, [entity["@id"] for entity in inputs], [output.id for output in outputs])
    for entity in (*_terms_of_use(run), *inputs, *software, action):
        made.add_jsonld(dict(entity))  # a copy: the library removes its `@id`
    for key, value in _root(run).items():
        made.root_dataset[key] = value
    contents = made.metadata.generate()
    contents["@graph"].sort(key=lambda entity: (entity["@id"] != made.metadata.id, entity["@id"] != "./", entity["@id"]))
    return json.dumps(contents, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _outputs(folder: Path, run: Run) -> dict[str, tuple[str | None, str | None]]:
    """Return each output's SHA-256 and when it was made: null for `run.json`, which names the crate, and for logs of failures."""
    parts = {name: (digest, part.get("ended")) for part in run["parts"].values() for name, digest in part["files"].items()}
    executed = {paths.executed(folder, entry["stem"]): (entry["digest"], entry.get("ended"))
                for entry in run["notebooks"] if entry["status"] in ("done", "skipped", "stale")}
    failed = [place(folder, entry["stem"]) for entry in run["notebooks"] if entry["status"] == "failed"
              for place in (paths.failed, paths.log)]
    unhashed = dict.fromkeys([paths.run(folder), *filter(Path.is_file, failed)], (None, None))
    return parts | {file.relative_to(folder).as_posix(): facts for file, facts in (executed | unhashed).items()}


def _output(file: Path, digest: str | None, made_at: str | None) -> Entity:
    size = str(file.stat().st_size) if digest and file.is_file() else None
    return _known(name=file.name, sha256=digest, dateModified=made_at, encodingFormat=_FORMATS.get(file.suffix), contentSize=size)


def _known(**properties: Any) -> Entity:
    return {key: value for key, value in properties.items() if value is not None}


def _refs(ids: Iterable[str]) -> list[Entity]:
    return [{"@id": id_} for id_ in ids]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _edition(run: Run) -> Mapping[str, Any]:
    return run["grounds"]["editions"][run["edition"]]


def _title(run: Run) -> str:
    edition = _edition(run)
    return f"{edition['title']}（{periods.parse(run['period'], edition['year']).words}）"


def _simulated(run: Run) -> list[str]:
    return [key for key, facts in sorted(run["grounds"]["tickets"].items()) if facts["data"] == "simulated"]


def _licence(run: Run) -> str:
    """Return the terms of the outputs: MIT where all tickets are simulated, else those of who provided the tickets."""
    return _MIT if len(_simulated(run)) == len(run["grounds"]["tickets"]) else _RIGHTS


def _root(run: Run) -> Entity:
    edition, simulated = _edition(run), _simulated(run)
    warning = (f"注意：{'、'.join(simulated)} 的工单为模拟数据，依公开报告的总数随机生成，不是真实工单；"
               "报告以外的个别地点、单位的数字没有实际意义。") if simulated else ""
    return {"name": _title(run) + ("（模拟数据）" if simulated else ""), "datePublished": run["finished"],
            "description": f"由{edition['place']}{edition['hotline']}的工单经笔记本计算而成的报告，及其各章、表、图和核对结果。"
                           f"每个文件都可追溯到所用的命令、笔记本、工单、版次和程序。{warning}",
            "keywords": run["data"], "inLanguage": edition["language"], "license": {"@id": _licence(run)},
            "conformsTo": {"@id": _PROFILE}, "mentions": {"@id": "#run"}}


def _terms_of_use(run: Run) -> list[Entity]:
    """Return the profile and the licences."""
    profile = {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    mit = {"@id": _MIT, "@type": "CreativeWork", "name": "MIT License", "identifier": "MIT", "url": _MIT}
    rights = {"@id": _RIGHTS, "@type": "CreativeWork", "name": "依工单提供者的规定",
              "description": "工单由他人提供，本报告能否公开、如何使用，以工单提供者的规定为准；编制报告的程序依 MIT 许可证。"}
    return [profile, mit, *([rights] if _licence(run) == _RIGHTS else [])]


def _parameters(run: Run) -> dict[str, Any]:
    edition = _edition(run)
    return {"city": edition["city"], "year": edition["year"], "period": run["period"].partition("-")[2] or "year",
            "compare": run["compare"]}


def _inputs(run: Run) -> list[Entity]:
    """Return what the command read, each with its hash: parameters, tickets, editions, `data/`, notebooks, texts by people."""
    grounds, editions = run["grounds"], run["grounds"]["editions"]
    notebooks = {f"{entry['notebook']}.ipynb": entry["notebook_digest"]
                 for entry in run["notebooks"] if entry["status"] != "absent"}
    return [
        *({"@id": f"#parameter/{name}", "@type": "PropertyValue", "name": name, "value": value}
          for name, value in _parameters(run).items()),
        *(_tickets(key, facts, editions[key]) for key, facts in sorted(grounds["tickets"].items())),
        *(_hashed(f"edition/{key}", f"版次 {key}：{edition['title']}", "版次的 JSON（键已排序，全文见 run.json）的 SHA-256",
                  _hash(edition)) for key, edition in sorted(editions.items())),
        _hashed("reference", "地名、术语等小文件和公开报告的数字", f"{_LISTED}data 各文件名与哈希的 SHA-256（JSON，键已排序）",
                _hash(_tracked(run, package=False))),
        *({"@id": f"#{kind}/{quote(name)}", "@type": "CreativeWork", "name": name, "sha256": digest,
           "encodingFormat": _FORMATS[Path(name).suffix]}
          for kind, files in (("notebook", notebooks), ("text", run["narrative"])) for name, digest in sorted(files.items()))]


def _tickets(key: str, facts: Mapping[str, Any], edition: Mapping[str, Any]) -> Entity:
    simulated = facts["data"] == "simulated"
    name = f"{edition['place']}{edition['hotline']}{edition['year']}年工单{'（模拟数据）' if simulated else ''}"
    return _hashed(f"tickets/{key}", name, "工单来源的 SHA-256，也记在工单文件中", facts["digest"],
                   _MIT if simulated else _RIGHTS)


def _hashed(name: str, title: str, hashed: str, digest: str, licence: str = _MIT) -> Entity:
    return {"@id": f"#{name}", "@type": "CreativeWork", "name": title, "description": f"identifier 是{hashed}。",
            "identifier": f"sha256:{digest}", "license": {"@id": licence}}


def _tracked(run: Run, package: bool) -> dict[str, str]:
    """Return the hashes of the files that `run.json` tracks: those of this package, or those of `data/`."""
    return {name: digest for name, digest in run["grounds"]["files"].items()
            if name.startswith(f"{paths.PACKAGE.name}/") == package}


def _software(run: Run) -> list[Entity]:
    """Return this package and what it requires, with versions."""
    required = [{"@id": f"pkg:{'generic' if name == 'python' else 'pypi'}/{name}@{version}",  # a package URL
                 "@type": "SoftwareApplication", "name": name, "softwareVersion": version}
                for name, version in sorted(run["versions"].items())]
    digest = _hash(_tracked(run, package=True))
    package = {"@id": _PACKAGE, "@type": "SoftwareApplication", "name": "hotline-report", "license": {"@id": _MIT},
               "description": f"identifier 是{_LISTED}helpers 各文件名与哈希的 SHA-256（JSON，键已排序）。",
               "identifier": f"sha256:{digest}", "softwareVersion": digest[:12],
               "softwareRequirements": _refs(entity["@id"] for entity in required)}
    return [package, *required]


def _command(run: Run, inputs: Iterable[str], outputs: Iterable[str]) -> Entity:
    """Return the report command as the action that made every output; it has failed where a notebook has."""
    failed = "、".join(entry["stem"] for entry in run["notebooks"] if entry["status"] == "failed")
    given = [text for name, value in _parameters(run).items() for text in (f"--{name}", str(value))]
    chapters = ["--chapter", *run["chapters"]] if run["chapters"] else []
    return _known(name=f"编制 {_title(run)}", description=shlex.join(["python", "-m", "helpers.report", *given, *chapters]),
                  instrument={"@id": _PACKAGE}, object=_refs(inputs), result=_refs(outputs), startTime=run["started"],
                  endTime=run["finished"], error=f"{failed} 运行失败" if failed else None,
                  actionStatus=f"http://schema.org/{'Failed' if failed else 'Completed'}ActionStatus"
                  ) | {"@id": "#run", "@type": "CreateAction"}
