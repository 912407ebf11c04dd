"""The exporters `typst`, `typstpdf` and `typst-pdf` of `jupyter nbconvert`; imported by nbconvert alone, not by a report."""

from nbconvert.exporters import Exporter, TemplateExporter

from helpers.document import document as documents
from helpers.publish import pdf


class TypstExporter(TemplateExporter):
    """`jupyter nbconvert --to typst`: any executed notebook as Typst source. `--no-input` leaves the code out."""

    export_from_notebook = "Typst"
    output_mimetype = "text/x-typst"

    def _file_extension_default(self):
        return ".typ"

    def from_notebook_node(self, nb, resources=None, **kw):
        document, resources = self._document(nb, resources, **kw)
        return pdf.source(document)[0], resources

    def _document(self, nb, resources, **kw):
        notebook, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        return documents.of_notebook(notebook, inputs=not self.exclude_input), resources


class TypstPDFExporter(TypstExporter):
    """`jupyter nbconvert --to typstpdf`: any executed notebook as PDF, without TeX or a browser."""

    export_from_notebook = "PDF via Typst"
    output_mimetype = "application/pdf"

    def _file_extension_default(self):
        return ".pdf"

    def from_notebook_node(self, nb, resources=None, **kw):
        document, resources = self._document(nb, resources, **kw)
        return pdf.render(document).contents, resources


class HyphenatedTypstPDFExporter(TypstPDFExporter):
    """`jupyter nbconvert --to typst-pdf`: the same by its older name, which JupyterLab's routes do not take."""
