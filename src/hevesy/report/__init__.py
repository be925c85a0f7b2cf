"""One patient's result as a document: figures, tables, HTML and PDF."""

from hevesy.report.document import ReportDocument, render_report
from hevesy.report.pdf import html_to_pdf

__all__ = ["ReportDocument", "html_to_pdf", "render_report"]
