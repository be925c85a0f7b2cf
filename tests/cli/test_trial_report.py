"""`hevesy trial report`, `bundle` and `rebuild`: the real commands on a study's folder."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest

from hevesy.cli import main
from tests.cli.trial_command import run
from tests.report.report_counts import stated_counts
from tests.trial.filled_study import fill_study
from tests.trial.made_study import make_study

MADE = make_study(5, patients=16, events=30, lesions=2)
AT = "2020-01-01T12:00+00:00"


def quietly(*arguments: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["trial", *(str(word) for word in arguments)])
    assert ended.value.code in {0, None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("study") / "trial"
    fill_study(place, MADE)
    return place


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    out = folder.parent / "out"
    quietly("report", "--study", folder, "--out", out, "--at", AT, "--format", "html,docx,csv")
    return out


@pytest.fixture(scope="module")
def bundle(folder: Path) -> Path:
    out = folder.parent / "bundle.zip"
    quietly("bundle", "--study", folder, "--out", out, "--at", AT)
    return out


def cells(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def test_the_report_has_all_sections_and_says_what_is_missing(written: Path) -> None:
    page = (written / "study-report.html").read_text("utf-8")
    titles = re.findall(r'<h2 id="section-[a-z_]+">(\d+)\. ', page)
    assert titles == [str(number) for number in range(1, 14)]
    assert "no dose result is filed" in page
    assert "no elution and no batch is on record" in page
    assert "not a medical device" in page


def test_its_counts_are_those_of_the_made_rows(written: Path) -> None:
    flow = {c["row"]: c for c in cells(written / "report-tables/flow.csv")}
    assert flow["Screened"]["text"] == str(len(MADE.inclusions))
    assert flow["Treated"]["text"] == str(len(MADE.treated))
    names = {f"inclusion:{name}" for name in MADE.treated}
    assert set(flow["Treated"]["records"].split()) == names
    given = cells(written / "report-tables/administrations.csv")
    activities = {c["row"]: float(c["value"]) for c in given if c["unit"] == "MBq" and c["value"]}
    assert activities.keys() == {row.administration for row in MADE.administrations}
    for row in MADE.administrations:
        # one part in 1e12: the store keeps Bq as doubles
        assert activities[row.administration] == pytest.approx(row.activity_mbq, rel=1e-12)


def test_word_has_the_same_numbers(written: Path) -> None:
    document = docx.Document(str(written / "study-report.docx"))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert len(headings) == 13
    texts = {c.text for table in document.tables[:6] for row in table.rows for c in row.cells}
    assert str(len(MADE.inclusions)) in texts


def test_a_rerun_gives_the_same_bytes_but_for_its_date(folder: Path, written: Path) -> None:
    again, later = folder.parent / "again", folder.parent / "later"
    quietly("report", "--study", folder, "--out", again, "--at", AT, "--format", "html,docx,csv")
    quietly("report", "--study", folder, "--out", later, "--at", "2020-01-02T13:30+00:00",
            "--format", "html,csv")  # fmt: skip
    files = sorted(p.relative_to(written) for p in written.rglob("*") if p.is_file())
    assert len(files) > 20
    for name in files:
        assert (again / name).read_bytes() == (written / name).read_bytes(), name
    first = (written / "study-report.html").read_text("utf-8")
    second = (later / "study-report.html").read_text("utf-8")
    assert first != second
    assert first.replace("2020-01-01 12:00", "X") == second.replace("2020-01-02 13:30", "X")


def test_a_bundle_rebuilds_the_report_alone(
    written: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rebuilt"
    code, said, _ = run(["rebuild", bundle, "--out", out, "--json"], capsys)
    answer = json.loads(said)
    assert code == 0
    assert answer["same"]
    assert not answer["different"]
    for kind in ("data", "pictures"):
        figures = answer["figures"][kind]
        assert len(figures.pop("equal")) == len(list((written / "report-figures").glob("*.csv")))
        assert not any(figures.values())
    tables = sorted((written / "report-tables").glob("*.csv"))
    assert len(answer["equal"]) == len(tables)
    for path in tables:  # the report's own, not the bundle's
        assert (out / "report-tables" / path.name).read_bytes() == path.read_bytes()
    page = (out / "study-report.html").read_bytes()
    assert page == (written / "study-report.html").read_bytes()


def repack(bundle: Path, target: Path, change: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, old.read(name)))
    return target


def test_an_altered_bundle_is_refused(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = repack(bundle, tmp_path / "bad.zip", {"tables/flow.csv": b"table\n"})
    out = tmp_path / "out"
    code, _, error = run(["rebuild", bad, "--out", out], capsys)
    assert (code, error.count("\n")) == (2, 1)
    assert "not as it was written" in error
    assert "tables/flow.csv" in error
    assert not out.exists()


def forge(bundle: Path, target: Path, change: dict[str, bytes], *, drawn_by: str = "") -> Path:
    """Change files and their hashes alike, as if they had been made so."""
    with zipfile.ZipFile(bundle) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    for name, content in change.items():
        manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    if drawn_by:
        manifest["packages"]["matplotlib"] = drawn_by
    return repack(bundle, target, {**change, "manifest.json": json.dumps(manifest).encode()})


def test_what_differs_is_named(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = forge(bundle, tmp_path / "bad.zip",
                {"tables/flow.csv": b"table\n", "figures/events.csv": b"panel\n"})  # fmt: skip
    code, said, _ = run(["rebuild", bad, "--out", tmp_path / "out"], capsys)
    assert code == 1
    assert "tables, different: flow\n" in said
    assert "figures' data, different: events\n" in said
    assert "pictures, different" not in said


def test_a_picture_may_differ_by_another_matplotlib_alone(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {"figures/flow.svg": b"<svg/>"}
    bad = forge(bundle, tmp_path / "bad.zip", changed)
    other = forge(bundle, tmp_path / "other.zip", changed, drawn_by="0.1")
    code, said, _ = run(["rebuild", bad, "--out", tmp_path / "out"], capsys)
    assert (code, "figures' pictures, different: flow\n" in said) == (1, True)
    code, said, _ = run(["rebuild", other, "--out", tmp_path / "out"], capsys)
    assert (code, "figures' pictures, different: flow\n" in said) == (0, True)
    assert "the bundle's pictures were drawn by matplotlib 0.1, these by" in said


def test_every_figure_lies_beside_its_data_in_report_and_bundle(
    written: Path, bundle: Path
) -> None:
    kept = {path.name: path.read_bytes() for path in (written / "report-figures").iterdir()}
    names = {Path(name).stem for name in kept}
    assert set(kept) == {f"{name}.{kind}" for name in names for kind in ("csv", "svg")}
    assert {"flow", "events", "waterfall", "spider", "swimmer", "overall"} <= names
    with zipfile.ZipFile(bundle) as packed:
        inside = {name: packed.read(name) for name in packed.namelist()}
    assert {n[8:]: c for n, c in inside.items() if n.startswith("figures/")} == kept
    listed = json.loads(inside["manifest.json"])
    assert {f"figures/{name}" for name in kept} | {"redraw.py"} <= set(listed["sha256"])
    assert listed["packages"]["matplotlib"] in inside["README.txt"].decode()


def test_the_bundle_draws_itself_where_there_is_no_hevesy(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(tmp_path)
    code = "import sys, runpy; sys.modules['hevesy'] = None; "
    code += "runpy.run_path('redraw.py', run_name='__main__'); "
    code += "print(*sorted(n for n in sys.modules if n.startswith('hevesy')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["hevesy"]  # the block alone
    tables = sorted(path.stem for path in (tmp_path / "figures").glob("*.csv"))
    drawn = sorted((tmp_path / "redrawn").iterdir())
    assert [path.name for path in drawn] == [f"{name}.png" for name in tables]
    assert all(path.stat().st_size > 8000 for path in drawn)  # an empty one has fewer bytes


def test_every_stated_number_is_that_of_the_flow_or_the_rows(written: Path) -> None:
    page = (written / "study-report.html").read_text("utf-8")
    treated = len(MADE.treated)
    lesions = {(one.inclusion, one.lesion) for one in MADE.assessments if one.role == "target"
               and one.inclusion in MADE.treated}  # fmt: skip
    found = stated_counts(page)
    assert {n for _, n in found["inclusions that were treated"]} == {treated}
    assert {n for _, n in found["administrations"]} == {len(MADE.administrations)}
    assert {n for place, n in found["column all"] if place != "exposure"} == {treated}
    assert {n for _, n in found["target lesions with a baseline"]} <= set(range(len(lesions) + 1))
    assert len(found["inclusions that were treated"]) > 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "xlsx"], "this format of a report is unknown"),
        (["--format", ""], "this format of a report is unknown"),
        (["--at", "2026-07-01"], "--at is not a date and time"),
        (["--at", "2026-07-01T12:00"], "has no time zone"),
        (["--at", "2999-07-01T12:00Z"], "must be past"),
        (["--unit", "lesion"], "unit of analysis"),
    ],
)
def test_bad_input_is_one_clear_line(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    out = tmp_path / "out"
    code, _, error = run(["report", "--study", folder, "--out", out, *arguments], capsys)
    assert (code, error.count("\n")) == (2, 1)
    assert words in error
    assert not out.exists()


def test_no_study_and_no_bundle_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code, _, error = run(["report", "--study", tmp_path, "--out", out], capsys)
    assert (code, "holds no study" in error) == (2, True)
    (tmp_path / "x.zip").write_bytes(b"no zip")
    code, _, error = run(["rebuild", tmp_path / "x.zip", "--out", out], capsys)
    assert (code, "this is no bundle" in error) == (2, True)
    assert not out.exists()
