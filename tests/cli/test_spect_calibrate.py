"""`hevesy spect calibrate` and `quantify`: what they find in phantoms of known activity, and every
refusal, by the real command."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from hevesy.files import read_calibration
from hevesy.quantification import blurred_sphere_recovery
from tests.cli.dose_map_inputs import run_here, run_process
from tests.cli.spect_phantoms import (
    DEAD_TIME_S,
    DIAMETERS,
    FWHM_MM,
    RE188,
    SENSITIVITY,
    spheres,
    write,
    write_phantoms,
)
from tests.refusals.command import assert_refused


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Phantoms, and the record that the real command made of them."""
    folder = tmp_path_factory.mktemp("camera")
    plan = write_phantoms(folder)
    done = run_process(
        [sys.executable, "-m", "hevesy", "spect", "calibrate", str(plan), "--out",
         str(folder / "record.json"), "--json"]
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (folder / "summary.json").write_text(done.stdout)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "case"))


def quantify(folder: Path) -> list[str]:
    return [
        "spect", "quantify", str(folder / "spheres.nii.gz"), "--calibration",
        str(folder / "record.json"), "--protocol", str(folder / "scan.toml"), "--out",
        str(folder / "out"), "--regions", str(folder / "labels.nii.gz"),
    ]  # fmt: skip


def calibrate(folder: Path) -> list[str]:
    return ["spect", "calibrate", str(folder / "plan.toml"), "--out", str(folder / "new.json")]


def test_the_factor_is_the_cameras(made: Path) -> None:
    record = read_calibration(made / "record.json")
    by_kind = {m.kind: m.counts_per_bq_s for m in record.measurements}
    # dead time, decay, penetration taken off
    assert by_kind["planar"] == pytest.approx(SENSITIVITY, rel=0.002)
    assert by_kind["cylinder"] == pytest.approx(SENSITIVITY, rel=1e-4)
    # the spill-out region of a blurred sphere in warm water misses no more than this
    assert by_kind["sphere"] == pytest.approx(SENSITIVITY, rel=0.02)
    assert record.counts_per_bq_s == pytest.approx(SENSITIVITY, rel=0.01)
    assert 0.02 < record.relative_uncertainty < 0.03
    assert record.dead_time is not None
    assert record.dead_time.dead_time_s == pytest.approx(DEAD_TIME_S, rel=1e-12)
    assert record.quality_control[0].test == "uniformity"
    assert record.protocol.reconstruction.updates == 80
    roles = [entry.role for entry in record.inputs]
    assert roles[:2] == ["calibration plan", "planar 1 peak"]
    assert roles[-1] == "spheres 1 labels"


def test_the_recovery_curve_is_the_blurs(made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    measured = [row["measured"] for row in summary["recovery"]]
    # masks of 5 mm voxels have other borders than the spheres; and 0.2 % are the factor's
    expected = blurred_sphere_recovery(DIAMETERS, FWHM_MM)
    np.testing.assert_allclose(measured, expected, atol=0.06)
    fitted = [row["fitted"] for row in summary["recovery"]]
    np.testing.assert_allclose(fitted, measured, atol=0.06)


def test_spheres_come_back_in_becquerels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_here([*quantify(folder), "--json"], capsys)
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result == json.loads((folder / "out" / "result.json").read_text())
    concentration, labels = spheres()
    ml = 0.125
    assert result["total_bq"] == pytest.approx(concentration.sum() * ml, rel=0.015)
    image = SimpleITK.GetArrayFromImage(
        SimpleITK.ReadImage(str(folder / "out" / "activity.nii.gz"))
    )
    assert image.sum() * ml == pytest.approx(result["total_bq"], rel=1e-5)
    first = result["regions"][0]
    mask = labels == 1
    assert first["measured_bq"] == pytest.approx(image[mask].sum() * ml, rel=1e-5)
    assert first["activity_bq"] == pytest.approx(first["measured_bq"] / first["recovery"])
    assert first["activity_relative_uncertainty"] > result["calibration_relative_uncertainty"]
    code, out, err = run_here(quantify(folder), capsys)
    assert code == 0
    assert "MBq" in out
    assert "mCi" in out


def test_a_dead_time_is_fitted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "plan.toml").read_text()
    rows = ""
    for activity in (1e8, 1e9, 4e9):
        true = activity * SENSITIVITY
        rate = true * np.exp(-true * DEAD_TIME_S)
        rows += f'[[dead_time.measurement]]\nactivity = "{activity:g} Bq"\nrate_per_s = {rate}\n'
    stated = '[dead_time]\nvalue = "5 us"\nuncertainty = "0.2 us"\n'
    (folder / "plan.toml").write_text(text.replace(stated, rows))
    code, out, err = run_here(calibrate(folder), capsys)
    assert (code, err) == (0, "")
    assert "dead time 5 ±" in out
    assert read_calibration(folder / "new.json").dead_time.dead_time_s == pytest.approx(DEAD_TIME_S)


def test_the_upper_window_serves_a_source_in_air(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, "lower = [123.5, 139.5]\n", "")
    edit(folder, 'scatter = "tew"', 'scatter = "upper"')
    edit(folder, "expires", 'factor_from = ["planar"]\nvalid_from = 2026-01-10\nexpires')
    code, _, err = run_here(calibrate(folder), capsys)
    assert (code, err) == (0, "")
    record = read_calibration(folder / "new.json")
    assert record.counts_per_bq_s == pytest.approx(SENSITIVITY, rel=0.002)
    assert record.valid_from.day == 10
    assert {m.kind for m in record.measurements} == {"planar", "cylinder", "sphere"}


def test_counts_that_were_not_brought_to_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = 'duration = "20 s"\n'
    edit(folder, f'{line}uncertainty = "1 %"\n\n[[spheres]]', f'{line}scan = "30 min"\n[[spheres]]')
    code, _, err = run_here(calibrate(folder), capsys)
    assert (code, err) == (0, "")
    factors = read_calibration(folder / "new.json").measurements
    found = next(f for f in factors if f.kind == "cylinder")
    x = RE188 * 1800
    assert found.counts_per_bq_s == pytest.approx(SENSITIVITY * x / -np.expm1(-x), rel=1e-4)


def test_no_folder_for_the_record(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*calibrate(folder)[:-1], str(folder / "none" / "new.json")]
    code, out, err = run_here(arguments, capsys)
    assert_refused(subprocess.CompletedProcess([], code, out, err), ("could not be written",))


def test_a_cylinders_middle(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    middle = np.zeros((20, 40, 40), dtype=np.uint8)
    middle[8:12, 14:26, 14:26] = 1
    write(folder / "middle.nii.gz", middle)
    volume_ml = 12 * 24 * 24 * 0.125
    line = 'image = "cylinder.nii.gz"\n'
    edit(folder, line, f'{line}region = "middle.nii.gz"\nvolume_ml = {volume_ml}\n')
    code, _, err = run_here(calibrate(folder), capsys)
    assert (code, err) == (0, "")
    factors = read_calibration(folder / "new.json").measurements
    found = next(f for f in factors if f.kind == "cylinder")
    assert found.counts_per_bq_s == pytest.approx(SENSITIVITY, rel=1e-3)


def edit(folder: Path, old: str, new: str, name: str = "plan.toml") -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


def scan(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, old, new, "scan.toml")


def record(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, old, new, "record.json")


def plan(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, old, new)


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def two_views(folder: Path) -> None:
    write(folder / "peak.nii.gz", np.ones((2, 64, 64)))


def negative(folder: Path) -> None:
    write(folder / "peak.nii.gz", -np.ones((1, 64, 64)))


def other_grid(folder: Path) -> None:
    write(folder / "labels.nii.gz", np.arange(60, dtype=np.uint8).reshape(3, 4, 5) % 6)


def not_text(folder: Path) -> None:
    (folder / "record.json").write_bytes(b"\xff\xfe\x00")


QUANTIFY = [
    ("another collimator", scan('"HE"', '"ME"'), ("another collimator", "ME", "HE")),
    ("another scanner", scan('"Room 2"', '"Room 3"'), ("another scanner",)),
    ("another nuclide", scan('"Re-188"', '"Lu-177"'), ("another nuclide", "Lu-177")),
    ("another peak", scan("139.5, 170.5", "147, 163"), ("another peak window", "147-163 keV")),
    (
        "another scatter correction",
        scan('"tew"', '"dew"'),
        ("another scatter correction", "dew", "tew"),
    ),
    ("other scatter windows", scan("123.5, 139.5", "128, 139.5"), ("set of scatter windows",)),
    (
        "fewer updates",
        scan("iterations = 8", "iterations = 2"),
        ("number of iterations", "2 in the scan"),
    ),
    ("a post-filter", scan("subsets = 10", 'subsets = 10\npostfilter = "5 mm"'), ("post-filter",)),
    ("past its date", scan("2026-05-04", "2027-01-10"), ("past its date", "2027-01-09")),
    ("before its date", scan("2026-05-04", "2025-05-04"), ("so early a scan",)),
    ("no record", gone("record.json"), ("calibration record can't be read",)),
    ("a record that is no JSON", record("{", "("), ("not valid JSON",)),
    ("a record that is no text", not_text, ("not UTF-8 text",)),
    (
        "an unknown key",
        record('"collimator"', '"colimator"'),
        ("unknown key", "protocol.colimator", "did you mean `collimator`"),
    ),
    ("a missing key", record('"version": "2026-01",', ""), ("version is missing",)),
    (
        "a later format",
        record('"format_version": 1', '"format_version": 2'),
        ("format_version of the calibration record is wrong",),
    ),
    ("a text for a number", record('"iterations": 8', '"iterations": "8"'), ("a whole number",)),
    (
        "a failed check",
        record('"passed": true', '"passed": false'),
        ("did not pass its quality control", "uniformity"),
    ),
    ("no protocol", gone("scan.toml"), ("the scan's protocol can't be read",)),
    ("no duration", scan('duration = "20 s"\n', ""), ("duration is missing in the scan's",)),
    ("other voxels", scan('"5 mm", "5 mm", "5 mm"', '"4 mm", "4 mm", "4 mm"'), ("voxel size",)),
    ("regions on another grid", other_grid, ("not on the image's grid",)),
    ("no image", gone("spheres.nii.gz"), ("no such image",)),
]
CALIBRATE = [
    ("no plan", gone("plan.toml"), ("calibration plan can't be read",)),
    ("no TOML", plan("[windows]", "[windows"), ("not valid TOML",)),
    (
        "an unknown key",
        plan("radius =", "radus ="),
        ("unknown key", "planar[1].radus", "did you mean `radius`"),
    ),
    ("a missing key", plan("expires = 2027-01-09\n", ""), ("expires is missing",)),
    ("no lower window", plan("lower = [123.5, 139.5]\n", ""), ("windows.lower is missing",)),
    (
        "no image of a window",
        plan('upper = "upper.nii.gz"\n', ""),
        ("planar.upper is missing, which tew needs",),
    ),
    ("an image that is not there", gone("peak.nii.gz"), ("planar[1].peak does not exist",)),
    ("two views", two_views, ("one view of one size",)),
    ("negative counts", negative, ("negative or not finite",)),
    ("no unit", plan('"2 GBq"', '"2000"'), ("planar[1].activity", "number and a unit")),
    ("no date", plan("made = 2026-01-09", 'made = "soon"'), ("made", "must be a date")),
    ("a wide disc", plan('"40 mm"', '"150 mm"'), ("too near to the border",)),
    (
        "more activity than the detector bears",
        plan('value = "5 us"', 'value = "100 us"'),
        ("higher than a detector of this dead time",),
    ),
    (
        "dead time twice",
        plan('[dead_time]\nvalue = "5 us"\nuncertainty = "0.2 us"\n', "[dead_time]\n"),
        ("dead_time needs a value",),
    ),
    (
        "half a background",
        plan("background_ml = 8000.0\n", ""),
        ("one of background_activity and background_ml",),
    ),
    (
        "spheres colder than water",
        plan("background_ml = 8000.0", "background_ml = 800.0"),
        ("not hotter than what surrounds them",),
    ),
    (
        "one sphere with an uncertainty",
        plan('diameter = "60 mm"', 'diameter = "60 mm"\nuncertainty = "3 %"'),
        ("some spheres state an uncertainty",),
    ),
    ("a label that is not there", plan("label = 5", "label = 9"), ("no voxel with the label",)),
    ("labels on another grid", other_grid, ("labels are not on the image's grid",)),
    (
        "a shell that reaches the next sphere",
        plan('margin = "20 mm"', 'margin = "60 mm"'),
        ("sphere",),
    ),
    ("a failed check", plan("passed = true", "passed = false"), ("quality control",)),
    ("expired before it serves", plan("2027-01-09", "2025-01-09"), ("expires before",)),
]


@pytest.mark.parametrize(
    ("spoil", "words"), [c[1:] for c in QUANTIFY], ids=[c[0] for c in QUANTIFY]
)
def test_a_record_serves_its_protocol_alone(
    folder: Path,
    spoil: Callable[[Path], None],
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(folder)
    code, out, err = run_here(quantify(folder), capsys)
    assert_refused(subprocess.CompletedProcess([], code, out, err), words)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("spoil", "words"), [c[1:] for c in CALIBRATE], ids=[c[0] for c in CALIBRATE]
)
def test_a_bad_plan_makes_no_record(
    folder: Path,
    spoil: Callable[[Path], None],
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(folder)
    code, out, err = run_here(calibrate(folder), capsys)
    assert_refused(subprocess.CompletedProcess([], code, out, err), words)
    assert not (folder / "new.json").exists()


def test_a_kind_that_was_not_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder, "expires", 'factor_from = ["sphere"]\nexpires')
    edit(folder, 'least_for_factor = "28 mm"', 'least_for_factor = "90 mm"')
    code, out, err = run_here(calibrate(folder), capsys)
    assert_refused(
        subprocess.CompletedProcess([], code, out, err), ("names what was not measured", "sphere")
    )


def test_refused_by_the_real_process(folder: Path) -> None:
    edit(folder, '"HE"', '"LEHR"', "scan.toml")
    done = run_process([sys.executable, "-m", "hevesy", *quantify(folder)])
    assert_refused(done, ("the calibration was made with another collimator", "LEHR"))
