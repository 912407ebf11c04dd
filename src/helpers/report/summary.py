"""What came of a run, in lines: each notebook, how many there are of each status, where the report is."""

import collections
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helpers.settings import paths

STATUS = {"done": "完成", "skipped": "沿用", "failed": "失败", "absent": "缺数据", "run": "将运行"}


def lines(folder: Path, notebooks: Iterable[Mapping[str, Any]], seconds: float | None = None) -> list[str]:
    """Return a summary of the notebooks of a `run.json`: seconds, status, stem, and of what failed or is absent why.

    `seconds` is what the whole took, documents included; None where nothing was made.
    """
    notebooks = list(notebooks)
    each = [f"{one['seconds'] or 0:7.1f} 秒  {STATUS[one['status']]}  {one['stem']}"
            f"{'：' + one['reason'] if one.get('reason') else ''}" for one in notebooks]
    counts = collections.Counter(one["status"] for one in notebooks)
    took = "，没有改动，无需重编" if seconds is None else f"，连同排印用时 {seconds:.1f} 秒"
    return [*each, "，".join(f"{STATUS[status]} {count} 本" for status, count in counts.items()) + took,
            f"报告：{paths.report(folder)}"]
