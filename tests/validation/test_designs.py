"""The page of escalation designs is what is computed now."""

from benchmarks import designs_page


def test_the_page_is_what_is_computed() -> None:
    rows = list(designs_page.simulated())
    written = (designs_page.PAGES / designs_page.PAGE).read_text("utf-8")
    assert designs_page.page(rows) == written, "run `python -m benchmarks.designs_page`"
    assert (designs_page.PAGES / designs_page.FIGURE).is_file()
