"""JupyterLab as `make lab` starts it: the project's folder as root, kernels that reload edited helpers, exports that work."""

import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821
c.ServerApp.root_dir = str(HERE.parent)  # so that data/README.md and the editions open beside the notebooks
c.ServerApp.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0
c.LabApp.default_url = "/lab/tree/notebooks/00-explore.ipynb"
os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(HERE / "share"), os.environ.get("JUPYTER_PATH")]))

# File → Export does without what needs TeX, a browser or pandoc, and without a name that Jupyter's routes do not take.
UNFIT = ["LatexExporter", "PDFExporter", "QtPDFExporter", "QtPNGExporter", "WebPDFExporter", "HyphenatedTypstPDFExporter"]
for exporter in [*UNFIT, *([] if shutil.which("pandoc") else ["RSTExporter", "ASCIIDocExporter"])]:
    c[exporter].enabled = False
