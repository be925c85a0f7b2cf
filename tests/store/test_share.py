"""`hevesy trial share` on a study with records and images, on both databases."""

import csv
from pathlib import Path

from tests.store import dose_study as d
from tests.store.commands import Run


def share(run: Run, study: Path, out: Path, *words: object, user: str = "coordinator") -> str:
    key = out.parent / "sharing.key"
    done = run("trial", "share", "--study", study, "--out", out, "--key", key, "--as", user, *words)
    assert done[0] == 0, done[2]
    return done[1]


def rows_of(copy: Path, name: str) -> list[dict[str, str]]:
    with (copy / "tables" / "rows" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_copy_is_made_and_gives_the_same_dose(run: Run, trial: Path, tmp_path: Path) -> None:
    said = share(run, trial, tmp_path / "copy")
    assert "1 patients" in said
    copy = tmp_path / "copy"
    (case,) = (copy / "cases").iterdir()
    assert run("dose", case, "--out", tmp_path / "again")[0] == 0
    (trial / "case.toml").write_text(d.CASE)
    assert run("dose", trial / "case.toml", "--out", tmp_path / "first")[0] == 0
