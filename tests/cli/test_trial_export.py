"""`hevesy trial export`: the real command on a study's folder, and what it refuses."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from hevesy.trial.export.sample import sample_study
from hevesy.workflows.study_conduct import open_rows
from tests.cli import trial_command
from tests.trial.filled_study import fill_study
from tests.trial.made_study import make_study

_RAW = make_study(4, patients=12, events=20)
MADE = replace(
    _RAW,
    events=tuple(
        replace(one, term=one.term.strip(), organ_class=one.organ_class.strip())
        for one in _RAW.events
    ),
)  # its stray spaces are refused by a transport file; see tests/exchange


def run(arguments: list[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    return trial_command.run(["export", *arguments], capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("study") / "trial"
    fill_study(place, MADE)
    return place


def files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield path.relative_to(folder).as_posix(), digest


def test_an_export_of_everything(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--study", folder, "--standard", "sdtm,adam,rows",
             "--format", "dataset-json,xpt,csv,xlsx,parquet"]  # fmt: skip
    code, out, err = run([*asked, "--out", tmp_path / "1", "--json"], capsys)
    assert out, err
    answer = json.loads(out)
    findings = answer["findings"]
    assert code == (1 if findings else 0)
    assert {one["check"] for one in findings} <= {"controlled-term", "date-order"}
    _, rows = open_rows(folder)
    assert answer["datasets"]["AE"]["rows"] == len(rows.events)
    assert sorted(Path(name) for name in answer["files"]) == sorted(
        tmp_path / "1" / name for name, _ in files(tmp_path / "1")
    )
    document = json.loads((tmp_path / "1/sdtm/ae.json").read_text("utf-8"))
    frame, _ = pyreadstat.read_xport(str(tmp_path / "1/sdtm/ae.xpt"))
    assert frame["AETERM"].tolist() == [row[6] for row in document["rows"]]
    assert sorted(frame["AETERM"]) == sorted(event.term for event in rows.events)
    plain = pd.read_csv(tmp_path / "1/rows/events.csv")
    assert plain["event"].tolist() == [event.event for event in rows.events]
    run([*asked, "--out", tmp_path / "2"], capsys)
    assert dict(files(tmp_path / "1")) == dict(files(tmp_path / "2"))


def test_a_smaller_export_takes_the_larger_ones_files_away(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run(["--study", folder, "--out", out], capsys)
    run(["--study", folder, "--out", out, "--standard", "rows", "--format", "csv"], capsys)
    names = [name for name, _ in files(out)]
    assert "conformance.csv" in names
    assert {Path(name).parts[0] for name in names} == {"rows", "conformance.csv"}


def test_findings_are_listed_and_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A departure of a kind that no list has, written past the rules of entry."""
    rows, _ = sample_study()
    moved = replace(rows.departures[0], kind="moved away")
    sample = replace(rows, departures=(moved,), injections=(), measurements=(), doses=(), visits=())
    place = tmp_path / "trial"
    fill_study(place, sample)
    code, out, _ = run(["--study", place, "--check"], capsys)
    assert code == 1
    assert "FOUND controlled-term: DS" in out
    code, _, _ = run(["--study", place, "--out", tmp_path / "out"], capsys)
    assert code == 1
    assert "controlled-term,DS" in (tmp_path / "out/conformance.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "sas"], "format of data sets is unknown"),
        (["--standard", "send"], "standard of data sets is unknown"),
        (["--date", "1 June"], "--date is no day"),
        (["--unit", "lesion"], "an inclusion or a person"),
        (["--check"], "the checks alone need none"),
    ],
)
def test_bad_requests_are_one_line(
    arguments: list[str],
    words: str,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = run(["--study", folder, "--out", tmp_path / "o", *arguments], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert not (tmp_path / "o").exists()


def test_a_folder_without_a_study_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(["--study", tmp_path, "--out", tmp_path / "o"], capsys)
    assert (code, err.count("\n")) == (2, 1)
