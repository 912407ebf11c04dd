"""Run each hostile input in a forked process with limits, and say what became of it: `python sandbox.py FOLDER [CASE …]`.

One interpreter imports the commands; every case is a fork of it, in a folder of its own, with a limit of time and of address
space. The results are printed as JSON by case: exit code or signal, what was printed, seconds, peak memory in MB.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

import cases

from helpers.ingest import ingest
from helpers.report import command, plan, request
from helpers.settings import paths

SECONDS, ADDRESSES = int(os.environ.get("HOSTILE_SECONDS", "60")), 4 << 30
_PLACES = ("DATA", "EDITIONS", "PRODUCTS", "GROUPINGS", "OUTPUTS", "LOGS", "NOTEBOOKS", "RECIPES", "DICTIONARY", "GLOSSARY", "SYNONYMS")


def move(home: Path) -> None:
    """Let `paths` name the places of another project folder."""
    old = paths.ROOT
    for name in _PLACES:
        setattr(paths, name, home / getattr(paths, name).relative_to(old))
    paths.ROOT = home


def forked(folder: Path, body, seconds: int = SECONDS) -> dict:
    """Run a body that returns an exit code in a fork with limits, its output in files of `folder`."""
    started, files = time.monotonic(), [folder / name for name in ("out.txt", "err.txt")]
    child = os.fork()
    if not child:
        code = 70
        try:
            for number, file in enumerate(files, 1):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            code = body()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException as error:
            print(f"Traceback: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() - started > seconds:
            os.kill(child, signal.SIGKILL)
            _, status, used = os.wait4(child, 0)
            return outcome("hang", started, used, files)
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(status)
    return outcome(code if code >= 0 else f"signal {-code}", started, used, files)


def outcome(code, started: float, used, files: list[Path]) -> dict:
    texts = [file.read_text("utf-8", "replace")[-20_000:] if file.exists() else "" for file in files]
    return {"code": code, "seconds": round(time.monotonic() - started, 2), "cpu": round(used.ru_utime + used.ru_stime, 2),
            "mb": used.ru_maxrss // 1024, "out": texts[0], "err": texts[1]}


def found(home: Path) -> int:
    """Make the project that every case is a copy of: tickets of one small export, and their cube."""
    cases.found(home)
    move(home)
    code = ingest.main([str(home / "good.csv"), "--city", "town", "--year", "2020"])
    plan.prepare(request.parse("town", 2020, "year", "year_ago", []), None)
    return code


def run(case: cases.Case, base: Path, home: Path) -> dict:
    """Run one case in a copy of the project."""
    shutil.copytree(base, home, symlinks=True)

    def body() -> int:
        move(home)
        os.chdir(home)
        return (ingest if case.command == "ingest" else command).main(case.arguments)
    case.lay(home)
    result = forked(home.parent, body)
    result["left"] = sorted(left.relative_to(home).as_posix() for left in (home / "data").glob(".ingest-*"))
    for name in ("out", "err"):
        result[name] = result[name].replace(f"{home}/", "~/")
    result["sees"] = case.sees(home) if case.sees and result["code"] == 0 else None
    return result


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    base, results = folder / "base", {}
    made = forked(folder, lambda: found(base))
    assert made["code"] == 0, made
    chosen = [case for case in cases.CASES if not names or case.name in names]
    for number, case in enumerate(chosen):
        own = folder / f"{number:03}"
        own.mkdir()
        results[case.name] = run(case, base, own / "home")
        shutil.rmtree(own)
    json.dump(results, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
