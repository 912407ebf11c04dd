"""Keep what benchmarks have measured (`measures.json`), and write the tables of the READMEs from it: python measures.py.

A step that was never measured is not in the tables; nothing in them is written by hand.
"""

import json
import os
from pathlib import Path
from typing import Any

import psutil

FILE = Path(__file__).with_name("measures.json")
ROOT = FILE.parents[2]
BEGIN, END = "<!-- measured: tests/benchmarks/measures.py writes this table -->", "<!-- end of what is measured -->"
BUSY = 0.2  # share of the processors that other programs had, from which seconds are marked
LANGUAGES = {"README.md": 0, "README.zh-CN.md": 1}
HEADS = (("What", "seconds", "processor seconds", "memory, peak"), ("内容", "秒", "处理器时间（秒）", "内存峰值"))
STEPS = {  # in the order of the tables; {millions} and {years} are of the measure
    "simulate the year before": ("draw the simulated tickets of 2019", "生成 2019 年的模拟工单"),
    "simulate": ("draw the simulated tickets of 2020", "生成 2020 年的模拟工单"),
    "ingest": ("ingest a year's export as CSV", "导入一年的 CSV 导出文件"),
    "ingest a later export": ("ingest a later export of the same year, a tenth of it changed",
                              "再导入同一年较新的导出文件，其中一成有变"),
    "cube": ("cube of the year", "一年的汇总表"),
    "cube of many": ("cube of {millions:g} million tickets, unique and shuffled",
                     "{ten_thousands:.0f} 万件工单的汇总表，编号不重复、次序打乱"),
    "report": ("report from tickets and cube in place, everything anew", "工单和汇总表已备好时生成全部报告，全部重新运行"),
    "report, one notebook at a time": ("the same with `JOBS=1`", "同上，`JOBS=1`"),
    "pdf": ("`report.pdf` alone anew", "只重新编制 `report.pdf`"),
    "nothing changed": ("nothing changed", "没有变化时"),
    "bulletin": ("a monthly bulletin", "月通报"),
    "quarter": ("a quarterly analysis", "季度分析"),
    "brief": ("a brief on a topic", "专题专报"),
    "sheets": ("sheets of all units", "全部单位的分析单"),
    "plain": ("the same chapters the plain way, cube and report: pandas, papermill, nbconvert, WeasyPrint, one after another",
              "通常做法编制同样的汇总表和章节：pandas、papermill、nbconvert、WeasyPrint 依次进行"),
    "years": ("{years} years in one run, 300 thousand tickets each", "一次编制 {years} 年，每年 30 万件工单"),
}
NOTES = (
    ("Beijing 2020, 11.04 million simulated tickets, on {cores} cores and {memory} GB, by `tests/benchmarks/`: processor seconds "
     "and memory of all processes together, shared pages once. Seconds with * were measured while other programs ran.",
     "A figure is the median of at least {runs}."),
    ("北京市 2020 年，1104 万件模拟工单，{cores} 核、{memory} GB 内存，由 `tests/benchmarks/` 测得：处理器时间和内存为"
     "全部进程之和，共享的内存页只计一次。秒数带 * 的，测量时机器上另有程序运行。",
     "各数为至少 {runs} 次运行的中位数。"),
)


def keep(step: str, wall: float, processor: float, pss: float, **about: Any) -> None:
    """Store the figures of a step (seconds, processor seconds, MB); those of another machine go."""
    kept, machine = read(), {"cores": os.cpu_count(), "memory": round(psutil.virtual_memory().total / 2**30)}
    kept = {"machine": machine, "steps": kept["steps"] if kept["machine"] == machine else {}}
    about = {name: round(value, 2) for name, value in about.items()}
    kept["steps"][step] = {"wall": round(wall, 2), "processor": round(processor, 2), "pss": round(pss), **about}
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read() -> dict[str, Any]:
    """Return what was measured: the `machine`, and the figures of `steps` by name."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"machine": {}, "steps": {}}


def table(language: int) -> str:
    """Return the table of a README (0: English, 1: Chinese) with the sentences before it."""
    kept = read()
    runs = min((measured.get("runs", 1) for name, measured in kept["steps"].items() if name in STEPS), default=1)
    times = runs if language else f"{runs} run{'s' * (runs > 1)}"
    note = (" ", "")[language].join(NOTES[language]).format(**kept["machine"], runs=times)
    rows = [(STEPS[name][language].format(ten_thousands=measured.get("millions", 0) * 100, **measured),
             _seconds(measured["wall"]) + "*" * (measured["others"] > BUSY),
             _seconds(measured["processor"]), f"{measured['pss'] / 1000:.2f} GB")
            for name in STEPS if (measured := kept["steps"].get(name))]
    lines = [f"| {' | '.join(cells)} |" for cells in (HEADS[language], ("---",) * 4, *rows)]
    return "\n".join([BEGIN, note, "", *lines, END])


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"


def write_readmes() -> None:
    """Replace the table between the two marks in each README."""
    for name, language in LANGUAGES.items():
        file = ROOT / name
        before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        if not end:
            raise SystemExit(f"{name}: has no lines '{BEGIN}' and '{END}' to write between")
        file.write_text(before + table(language) + after, encoding="utf-8")


if __name__ == "__main__":
    write_readmes()
