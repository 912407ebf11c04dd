"""Summarise a run in lines: each notebook, the count of each status, the report's path."""

import collections
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.report.manifest import NotebookEntry
from helpers.settings import paths

STATUS = {"done": "完成", "skipped": "沿用", "stale": "未更新", "failed": "失败", "absent": "缺数据", "no_data": "缺数据",
          "run": "将运行"}


def lines(folder: Path, notebooks: Sequence[NotebookEntry], refused: Mapping[str, str],
          seconds: float | None = None) -> list[str]:
    """Return a line for each notebook (seconds, status, stem, reason), one of counts by status, one with the report's path.

    `refused` maps a format that is not made to the reason, which is said before the path of the page. `seconds` is the duration
    of the run, documents included; None where nothing had changed.
    """
    each = [f"{entry.seconds or 0:7.1f} 秒  {STATUS[entry.status]}  {entry.stem}{'：' + entry.reason if entry.reason else ''}"
            for entry in notebooks]
    counts = collections.Counter(entry.status for entry in notebooks)
    took = "，没有改动，无需重编" if seconds is None else f"，连同排印用时 {seconds:.1f} 秒"
    return [*each, "，".join(f"{STATUS[status]} {count} 本" for status, count in counts.items()) + took,
            *refused.values(), *(f"报告：{file}" for file in [paths.page(folder) if refused else paths.report(folder)]
                                 if file.is_file())]
