"""00-explore in a real JupyterLab, run and picked from as a researcher does: what is drawn is whole, and what was asked for."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from support import home, tickets
from support.browser import Browser, Tab

from helpers import chapters
from helpers.analysis import measures
from helpers.chapters import explore
from helpers.drawing import charts
from helpers.settings import editions, paths
from helpers.tickets import schema

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.thorough]

ROOT = paths.PACKAGE.parents[1]
PICKS = [("东城区", "全部"), ("西城区", "教育"), ("全部", "市容环卫"), ("东城区", "教育"), ("西城区", "全部"), ("全部", "全部")]
DRAWN = """[...document.querySelectorAll('.jp-OutputArea-output svg')].filter(svg => svg.querySelector('text')).map(svg => {
    const sheet = svg.getBoundingClientRect()
    return [...svg.querySelectorAll('text')].map(text => {
        const box = text.getBoundingClientRect()
        return {text: text.textContent.trim(), at: ['x', 'y', 'transform'].map(name => text.getAttribute(name)),
                inside: box.left >= sheet.left - 1 && box.right <= sheet.right + 1
                        && box.top >= sheet.top - 1 && box.bottom <= sheet.bottom + 1}
    })
})"""
RUN = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(e => /[0-9]/.test(e.innerText))"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of a town's few thousand tickets with the notebook, whose cells are the shipped ones."""
    folder = tmp_path_factory.mktemp("lab")
    with home.inside(folder) as patch:
        patch.setenv("HOTLINE_HOME", str(folder))
        rows = [{**row, "handling": "dispatched", "category": row["category"] and row["category"].replace("𠮷", "住房")}
                for row in tickets.drawn(4000).to_pylist() if row["received_at"].year == 2020]
        batch = pa.RecordBatch.from_pylist(rows, schema=schema.SCHEMA)
        schema.write(editions.read("beijing", 2020), [batch], data="simulated", source="test", digest="lab")
        for name in ("dictionary.yml", "glossary.yml"):
            shutil.copy(ROOT / "data" / name, folder / "data")
        (folder / "notebooks").mkdir()
        shutil.copy(ROOT / "notebooks" / "00-explore.ipynb", folder / "notebooks")
        yield folder


@pytest.fixture(scope="module")
def lab(project, tmp_path_factory):
    """A tab with the notebook open in JupyterLab as `make lab` starts it, in a fresh kernel, all cells run."""
    runtime = tmp_path_factory.mktemp("runtime")
    own = {name: str(runtime / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR",
                                                          "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--config", str(ROOT / ".jupyter" / "jupyter_lab_config.py"), "--no-browser",
         f"--ServerApp.root_dir={project}", "--ServerApp.port=0", "--IdentityProvider.token=",
         "--LabApp.expose_app_in_browser=True"],
        env={**os.environ, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    browser = Browser(tmp_path_factory.mktemp("profile"), "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    try:
        tab = Tab(browser, (1400, 12_000))  # JupyterLab keeps only the cells in view
        tab.go(f"http://127.0.0.1:{_port(runtime / 'jupyter_runtime_dir')}/lab/tree/notebooks/00-explore.ipynb")
        tab.until("window.jupyterapp && document.querySelectorAll('.jp-CodeCell').length > 5", 180)
        tab.until("!!document.querySelector('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]')", 180)
        tab.value("jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)")
        tab.until(f"document.querySelectorAll('.widget-dropdown select').length == 2 && {RUN}", 120)
        if folder := os.environ.get("HOTLINE_SCREENSHOTS"):
            Path(folder, "lab.png").write_bytes(tab.png())
        yield tab
    finally:
        browser.close()
        server.terminate()
        server.wait(30)


def _port(runtime):
    for _ in range(1200):
        texts = [file.read_text() for file in runtime.glob("jpserver-*.json")] if runtime.exists() else []
        if whole := [text for text in texts if text.rstrip().endswith("}")]:  # the server may be writing it
            return json.loads(whole[0])["port"]
        time.sleep(0.05)
    raise AssertionError("JupyterLab did not start")


def pick(tab, place, name):
    tab.value(f"""(select => {{
        select.selectedIndex = [...select.options].findIndex(option => option.innerText === {json.dumps(name)})
        select.dispatchEvent(new Event('change', {{bubbles: true}}))
    }})(document.querySelectorAll('.widget-dropdown select')[{place}])""")


def wait_for(tab, district, category):
    caption = json.dumps(f"派单办理（区：{district}，类别：{category}）最多的地方")
    tab.until(f"[...document.querySelectorAll('figcaption')].some(e => e.innerText.includes({caption}))", 60)


def test_no_cell_of_the_shipped_notebook_failed(lab):
    assert lab.texts(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']") == []
    assert lab.value(RUN)
    assert "error:" not in "".join(lab.texts(".jp-OutputArea-output"))


@pytest.mark.parametrize(("district", "category"), PICKS)
def test_what_is_picked_is_drawn_whole(lab, project, district, category):
    before = lab.value("document.querySelectorAll('.widget-dropdown select')[1].selectedOptions[0].innerText")
    pick(lab, 0, district)
    wait_for(lab, district, before)
    pick(lab, 1, category)
    wait_for(lab, district, category)
    drawn = lab.value(DRAWN)
    assert [label["text"] for labels in drawn for label in labels if not label["inside"]] == []
    for wanted in figures(district, category):  # every label where a process draws it that does nothing else
        assert wanted in [[(label["text"], *label["at"]) for label in labels] for labels in drawn]
    assert lab.value("document.querySelectorAll('.jp-OutputArea-output img').length") == 0  # nothing that pyplot flushed


def figures(district, category):
    """Yield the labels, with their places, of both figures that a pick draws, as another process draws them."""
    chapter = chapters.open("beijing", 2020)
    areas = explore.filtered(chapter.cube.areas, district=district, category=category)
    months = chapter.ask(measures.monthly(areas, chapter.period))
    places = chapter.ask(measures.top(measures.volume(areas, chapter.period, ["district", "subdistrict"]), 10))
    for figure in (chapter.figure("x", charts.monthly_lines, months, value="tickets", extremes=True),
                   chapter.figure("x", charts.bars, places, label=["district", "subdistrict"], value="tickets")):
        texts = ElementTree.fromstring(figure.svg).iter("{http://www.w3.org/2000/svg}text")
        yield [("".join(text.itertext()).strip(), *(text.get(name) for name in ("x", "y", "transform"))) for text in texts]
