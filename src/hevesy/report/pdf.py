"""The report on paper: HTML to PDF."""

import base64
from functools import cache
from pathlib import Path

from hevesy.errors import OutputError

__all__ = ["html_to_pdf"]

_FONTS = (
    ("DejaVuSans.ttf", "normal", "normal"),
    ("DejaVuSans-Bold.ttf", "bold", "normal"),
    ("DejaVuSans-Oblique.ttf", "normal", "italic"),
)


@cache
def _font_css() -> str:
    """Rules that bring the font along, for a bare machine has none."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    rules = []
    for name, weight, slant in _FONTS:
        content = base64.b64encode((folder / name).read_bytes()).decode("ascii")
        rules.append(
            '@font-face { font-family: "hevesy report"; '
            f"font-weight: {weight}; font-style: {slant}; "
            f'src: url("data:font/ttf;base64,{content}"); }}'
        )
    return "\n".join(rules)


def html_to_pdf(html: str) -> bytes:
    """Lay a report out on A4; nothing is fetched, from the network or from files.

    Raises
    ------
    OutputError
        The text libraries that the layout needs (pango) are missing.

    Examples
    --------
    >>> html_to_pdf("<html lang='en'><title>t</title><p>one page</p></html>")[:5]
    b'%PDF-'
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise OutputError(
            "the PDF cannot be laid out: a library is missing",
            got=str(error).splitlines()[0][:120],
            remedy="run `make system` (Debian: libpango-1.0-0 libpangoft2-1.0-0); "
            "the HTML report needs neither",
        ) from error
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    sheet = CSS(string=_font_css(), font_config=fonts, url_fetcher=fetcher)
    page = HTML(string=html, url_fetcher=fetcher)
    pdf = page.write_pdf(stylesheets=[sheet], font_config=fonts)
    return bytes(pdf)
