"""The page of the paper as a study is what the study gives."""

from benchmarks import paper_study


def test_the_page_is_what_the_study_gives() -> None:
    written = paper_study.PAGE.read_text("utf-8")
    assert paper_study.page() == written, "run `python -m benchmarks.paper_study`"
