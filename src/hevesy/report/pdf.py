"""The report on paper: HTML to PDF."""

from functools import cache
from pathlib import Path
from typing import Any

from hevesy.errors import OutputError

__all__ = ["html_to_pdf"]

_FAMILIES = ("hevesy report", "DejaVu Sans")  # the text's name for it, and the figures'
_FACES = (
    ("DejaVuSans.ttf", "normal", "normal"),
    ("DejaVuSans-Bold.ttf", "bold", "normal"),
    ("DejaVuSans-Oblique.ttf", "normal", "italic"),
)


@cache
def _fonts() -> dict[str, str]:
    """Addresses of the font files that matplotlib brings, and the rule for each."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    rules = {}
    for name, weight, slant in _FACES:
        address = (folder / name).as_uri()
        rules[address] = "".join(
            f'@font-face {{ font-family: "{family}"; font-weight: {weight}; '
            f'font-style: {slant}; src: url("{address}"); }}\n'
            for family in _FAMILIES
        )
    return rules


def _fetcher() -> Any:
    """Fetch what stands in the document itself and our fonts; refuse all else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed = frozenset(_fonts())

    class Closed(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url.startswith("data:") or url in allowed:
                return super().fetch(url, headers)
            raise FatalURLFetchingError("a report refers to nothing outside itself")

    return Closed(allow_redirects=False)


def html_to_pdf(html: str) -> bytes:
    """Lay a report out on A4; nothing is fetched, from the network or from files.

    Raises
    ------
    OutputError
        The text libraries that the layout needs (pango) are missing, or the HTML refers to
        something outside itself.

    Examples
    --------
    >>> html_to_pdf("<html lang='en'><title>t</title><p>one page</p></html>")[:5]
    b'%PDF-'
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError
    except (ImportError, OSError) as error:
        raise OutputError(
            "the PDF cannot be laid out: a library is missing",
            got=str(error).splitlines()[0][:120],
            remedy="run `make system` (Debian: libpango-1.0-0 libpangoft2-1.0-0); "
            "the HTML report needs neither",
        ) from error
    fetcher = _fetcher()
    fonts = FontConfiguration()
    sheet = CSS(string="".join(_fonts().values()), font_config=fonts, url_fetcher=fetcher)
    page = HTML(string=html, url_fetcher=fetcher)
    try:
        pdf = page.write_pdf(stylesheets=[sheet], font_config=fonts)
    except FatalURLFetchingError as error:
        raise OutputError(
            "the report refers to something outside itself",
            remedy="give pictures and styles within the HTML, as `data:` addresses",
        ) from error
    return bytes(pdf)
