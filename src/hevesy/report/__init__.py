"""One patient's result as a document: figures, tables, HTML and PDF."""

__all__: list[str] = []
