"""`hevesy trial init --with-paper-data`: the paper's rows, and made-up ones to fit its margins."""

import csv
from collections import Counter
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path

import pytest

from hevesy.store import open_store
from hevesy.trial import StudyRows, paper_tables, read_publication
from hevesy.workflows.study_rows import read_study_rows
from tests.store.commands import Run, address_of, refused


def published(name: str) -> list[dict[str, str]]:
    text = (resources.files("hevesy.trial") / "data" / f"imdendrim_{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def paper(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "paper"
    monkeypatch.setenv("HEVESY_PASSPHRASE", "made up, as all here")
    words = ("--template", "imdendrim", "--with-paper-data", "--as", "ada")
    code, _, err = run("trial", "init", folder, *words)
    assert code == 0, err
    return folder


def rows_of(folder: Path) -> StudyRows:
    address = address_of(folder)
    local = address.startswith("sqlite")
    store = open_store(folder / "study.db" if local else address, clock=lambda: datetime.now(UTC))
    with store.reading() as reader:
        rows = read_study_rows(reader, study="paper", as_of=date(2026, 1, 1))
    store.close()
    return rows


def test_the_paper_as_a_study(run: Run, paper: Path) -> None:
    rows = rows_of(paper)
    real = {row.inclusion: row for row in rows.inclusions if not row.generated}
    assert len(real) == 36
    sex = {row.patient: row.sex for row in rows.patients}
    for row in published("patients"):
        found = real[f"P{int(row['patient']):02d}-1"]
        assert (found.age_years, found.ecog) == (int(row["age_years"]), int(row["ecog"]))
        assert (found.primary_tumour, found.treated_site) == (
            row["primary_tumour"], row["treated_site"],
        )  # fmt: skip
        assert sex[found.patient] == row["sex"][0].upper()
    # Table 2's margins, counted by plain loops
    assert all(event.generated for event in rows.events)
    assert {event.inclusion for event in rows.events} == set(real)  # "all 36 had at least one"
    counted = Counter(event.term for event in rows.events)
    severe = Counter(event.term for event in rows.events if event.grade >= 3)
    for row in published("events"):
        assert counted[row["event"]] == int(row["all_grades_n"])
        assert severe[row["event"]] == int(row["grade_3_or_more_n"])
        those = [event.inclusion for event in rows.events if event.term == row["event"]]
        assert len(set(those)) == len(those)
    assert len({event.inclusion for event in rows.events if event.grade >= 3}) == 2
    assert all(given.generated for given in rows.administrations)
    mci = [given.activity_mbq / 37 for given in rows.administrations]
    assert 30 <= min(mci) < max(mci) <= 337
    said = run("trial", "check", paper, "--data", "--audit")[1]
    for words in ("P07-1 and P20-1 agree", "P22-1 and P23-1 agree", "P19-1 has ecog 3"):
        assert words in said
    assert "All agrees." in said
    code, said, _ = run("trial", "flow", "--study", paper)
    assert code == 1  # somebody was treated who was not eligible: the paper's own row 19
    assert "FAULT: P19-1 was treated and is not eligible" in said
    counts = [line.split()[-1] for line in said.splitlines()[:9]]
    assert counts == ["51", "4", "4", "1", "42", "42", "4", "2", "36"]


def test_other_templates_have_no_data(run: Run, tmp_path: Path) -> None:
    done = run("trial", "init", tmp_path / "x", "--template", "blank", "--with-paper-data",
               "--as", "ada")  # fmt: skip
    refused(done, "no published data", "imdendrim")
    assert not (tmp_path / "x").exists()


def test_the_seed_draws_the_rest_alone() -> None:
    publication = read_publication("imdendrim")
    one, other = (paper_tables(publication, seed=seed) for seed in (1, 2))
    assert one == paper_tables(publication, seed=1)
    assert one.events != other.events
    assert one.patients[:37] == other.patients[:37]
