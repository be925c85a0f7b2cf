"""`hevesy trial narratives`: what is on record of a serious event, and nothing else."""

import io
import json
from pathlib import Path

import docx
import pytest

from tests.store.commands import Run, refused

EVENT = (
    "term=Depot <leak>", "organ_class=Depot & more", "grade=3", "began_on=2024-03-09",
    "ended_on=2024-03-12", "inclusion=P01-1", "serious=yes", "seriousness=hospitalisation",
    "related_agent=possible", "related_procedure=probable", "expected=no",
    "aware_at=2024-03-09T10:00", "outcome=recovered", "administration=A1",
    "narrative=Came with pain.",
)  # fmt: skip


@pytest.fixture
def dialect() -> str:
    """Made from rows, whatever the database."""
    return "sqlite"


def enter(run: Run, trial: Path, kind: str, name: str, *values: str) -> None:
    sets = [part for value in values for part in ("--set", value)]
    code, _, error = run("trial", "record", kind, name, *sets, "--study", trial, "--as",
                         "coordinator")  # fmt: skip
    assert code == 0, error


def write(run: Run, trial: Path, out: Path, *more: str) -> tuple[int, str, str]:
    return run("trial", "narratives", "--study", trial, "--out", out, *more)


def words_of(path: Path) -> list[str]:
    document = docx.Document(io.BytesIO(path.read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def test_one_event_in_both_documents(run: Run, trial: Path, tmp_path: Path) -> None:
    enter(run, trial, "adverse_event", "AE1", *EVENT)
    mild = ("term=Fever", "organ_class=General", "grade=1", "began_on=2024-03-06")
    enter(run, trial, "adverse_event", "AE2", *mild, "inclusion=P01-1")
    page, word = tmp_path / "n.html", tmp_path / "n.docx"
    code, out, error = write(run, trial, page, "--json")
    assert (code, error) == (0, "")
    [found] = json.loads(out)["events"]
    # 2024-03-05 to 03-09 are four days; 24 h after awareness in 2024 nothing had been reported
    assert found == {"event": "AE1", "inclusion": "P01-1", "days_since_injection": 4,
                     "overdue": True, "generated": False}  # fmt: skip
    html = page.read_text("utf-8")
    assert "Depot &lt;leak&gt;" in html
    assert "<leak>" not in html
    assert "Fever" not in html  # not serious
    code, out, _ = write(run, trial, word)
    assert (code, "1 serious event in" in out) == (0, True)
    said = words_of(word)
    lead = "A woman (inclusion P01-1) had Depot <leak>, grade 3, from 2024-03-09 on, 4 days after "
    assert f"{lead}injection 1." in said
    for fact in (
        "Depot <leak> (Depot & more), record AE1",
        "2024-03-09 to 2024-03-12 (4 days)",
        "A1, number 1, 2024-03-05",
        "1500 ± 30 MBq (40.54 mCi), net",  # 1500 / 37 = 40.54
        "Came with pain.", "hospitalisation", "possible", "probable", "no",
        "3, CTCAE version not recorded", "no departure on record",
    ):  # fmt: skip
        assert fact in said, fact
    assert any(text.startswith("OVERDUE, due 2024-03-10") for text in said)
    assert said[said.index("Action taken") + 1] == "not recorded"


def test_none_is_said_and_another_ending_refused(run: Run, trial: Path, tmp_path: Path) -> None:
    page = tmp_path / "n.html"
    assert write(run, trial, page)[0] == 0
    assert "0 serious events" in page.read_text("utf-8")
    refused(write(run, trial, tmp_path / "n.pdf"), ".docx or .html")
    assert [path.name for path in tmp_path.glob("n.*")] == ["n.html"]


def test_a_visit_keeps_its_own_name(run: Run, trial: Path) -> None:
    enter(run, trial, "visit", "V1", "name=week 6", "visited_on=2024-04-16", "inclusion=P01-1")
    out = run("trial", "show", "visit", "--study", trial, "--json")[1]
    [shown] = json.loads(out)["records"]
    assert (shown["record"], shown["name"], shown["version"]) == ("V1", "week 6", 1)
    line = run("trial", "show", "visit", "--study", trial)[1]
    assert line.startswith("V1, version 1  name=week 6")
    [site] = json.loads(run("trial", "show", "site", "--study", trial, "--json")[1])["records"]
    assert (site["record"], site["name"]) == ("S1", "Shanghai Xinhua Hospital")
    assert "name=" not in run("trial", "show", "lesion", "--study", trial)[1]


def test_needle_passes_are_those_of_all_injections(run: Run, trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    made = run("trial", "tables", "--study", trial, "--out", out, "--format", "csv")
    assert made[0] == 0, made
    text = (out / "tables" / "exposure.csv").read_text("utf-8")
    assert "Needle passes in an administration" in text
