"""Run hostile inputs in forked processes with limits, and print what became of each as JSON.

    python tests/hostile/sandbox.py FOLDER [--each] [CASE …]

One interpreter imports the commands, and the cases are forks of it in folders of their own, with limits of time and of address
space: exit code or signal (`hang` beyond the time), what was printed, processor seconds, peak memory. Cases that are not `alone`
share a fork, unless that ends early; with `--each` none does.
"""

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cases

from helpers.ingest import ingest
from helpers.report import command, plan, request
from helpers.settings import paths

SECONDS, ADDRESSES = 90, 6 << 30
_PLACES = ("DATA", "EDITIONS", "PRODUCTS", "GROUPINGS", "OUTPUTS", "LOGS", "NOTEBOOKS", "RECIPES", "DICTIONARY", "GLOSSARY",
           "SYNONYMS")


def move(home: Path) -> None:
    """Let `paths` name the places of another project folder."""
    old = paths.ROOT
    for name in _PLACES:
        setattr(paths, name, home / getattr(paths, name).relative_to(old))
    paths.ROOT = home


def forked(folder: Path, body: Callable[[], None], seconds: int) -> dict:
    """Run a body in a fork with limits, what it prints in `folder`; return its end, processor seconds and peak memory."""
    started = time.monotonic()
    child = os.fork()
    if not child:
        code = 0
        try:
            for number in (1, 2):
                os.dup2(os.open(folder / f"printed-{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            body()
        except BaseException:
            code = 70
        finally:
            os._exit(code)
    ended, hangs = 0, False
    while not ended:
        ended, status, used = os.wait4(child, 0 if hangs else os.WNOHANG)
        if not ended and time.monotonic() - started > seconds:
            os.kill(child, signal.SIGKILL)
            hangs = True
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(status)
    return {"end": "hang" if hangs else f"signal {-code}" if code < 0 else code, "cpu": round(used.ru_utime + used.ru_stime, 2),
            "mb": used.ru_maxrss // 1024}


def run(case: cases.Case, home: Path) -> dict:
    """Run one case in its folder, in this process."""
    move(home)
    os.chdir(home)
    out, err, began = io.StringIO(), io.StringIO(), time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = (ingest if case.command == "ingest" else command).main(list(case.arguments))
        except SystemExit as ended:
            code = ended.code
        except BaseException as error:
            code = type(error).__name__
    sees = repr(case.sees(home)) if case.sees and code == 0 else None
    left = sorted(left.relative_to(home).as_posix() for left in (home / "data").glob(".ingest-*-*"))
    return {"code": code, "cpu": round(time.process_time() - began, 2), "out": out.getvalue()[-20_000:].replace(f"{home}/", "~/"),
            "err": err.getvalue()[-20_000:].replace(f"{home}/", "~/"), "sees": sees, "left": left}


def copy(base: Path, home: Path, case: cases.Case) -> Path:
    """Copy the project for a case by links; notebooks as a whole, unless the case changes one."""
    home.mkdir()
    own = any(name.startswith("notebooks/") for name in case.files)
    for name in ("data", *(["notebooks"] if own else [])):
        shutil.copytree(base / name, home / name, symlinks=True, copy_function=os.link)
    if not own:
        (home / "notebooks").symlink_to(base / "notebooks")
    return home


def together(several: Sequence[cases.Case], folder: Path, base: Path) -> dict[str, dict]:
    """Run cases in one fork and return what became of them by name; those that it did not come to are left out."""
    homes = {case.name: copy(base, folder / f"{number:03}", case) for number, case in enumerate(several)}
    forked(folder, lambda: [case.lay(homes[case.name]) for case in several], SECONDS)  # so that the memory is not this process's

    def body() -> None:
        with (folder / "results").open("w", encoding="utf-8") as results:
            for case in several:
                results.write(json.dumps([case.name, run(case, homes[case.name])], ensure_ascii=False) + "\n")
                results.flush()
    ended = forked(folder, body, SECONDS if len(several) == 1 else 3 * SECONDS)
    found = dict(map(json.loads, (folder / "results").read_text("utf-8").splitlines()))
    if len(several) == 1:
        name = several[0].name
        found = {name: found.get(name, {"code": ended["end"], "out": "", "sees": None, "left": [], "err": ""}) | ended}
    for home in homes.values():
        shutil.rmtree(home)
    return found


def found(home: Path) -> None:
    """Make the project that every case is a copy of: tickets of one small export, and their cube."""
    cases.found(home)
    move(home)
    assert ingest.main([str(home / "good.csv"), "--city", "town", "--year", "2020"]) == 0
    plan.prepare(request.parse("town", 2020, "year", "year_ago", []), None)


def all_of(several: Sequence[cases.Case], folder: Path, each: bool = False) -> dict[str, dict]:
    """Return what became of cases, by name."""
    base = folder / "base"
    base.mkdir(parents=True)
    assert forked(folder, lambda: found(base), SECONDS)["end"] == 0, (folder / "printed-2").read_text("utf-8")
    shared = [case for case in several if not (case.alone or each)]
    results = together(shared, folder, base) if shared else {}
    for case in several:
        if case.name not in results:
            results |= together([case], folder, base)
    return {case.name: results[case.name] for case in several}


if __name__ == "__main__":
    chosen = [case for case in cases.CASES if case.name in sys.argv[2:] or not set(sys.argv[2:]) - {"--each"}]
    json.dump(all_of(chosen, Path(sys.argv[1]), "--each" in sys.argv), sys.stdout, ensure_ascii=False, indent=1)
