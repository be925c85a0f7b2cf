"""`hevesy spect simulate`: what it writes, what others make of it, and what it refuses."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from hevesy.cli import main
from hevesy.dicom import read_projections
from hevesy.files import read_volume, write_volume
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide
from tests.dicom.image_cases import verify

SHAPE, STEP = (56, 32, 32), 8.0
CENTRE = (3.0, -5.0, 40.0)  # x, y, z of the cylinder of water
SOURCE = (43.0, -35.0, 70.0)
RADIUS = 90.0


def points() -> tuple[Grid, np.ndarray]:
    nz, ny, nx = SHAPE
    origin = [c - (n - 1) / 2 * STEP for c, n in zip(CENTRE, (nx, ny, nz), strict=True)]
    grid = Grid.from_spacing(SHAPE, spacing_mm=(STEP,) * 3, origin_mm=origin)
    return grid, grid.to_world_mm(np.stack(np.indices(SHAPE), axis=-1))


def write_case(folder: Path, bq: float = 2e8, two: bool = False) -> tuple[Path, Path]:
    """A ball of 188Re (two: and a second, 300 mm lower) in a cylinder of water."""
    grid, world = points()
    hot = np.linalg.norm(world - np.array(SOURCE), axis=-1) < 20.0
    if two:
        hot |= np.linalg.norm(world - (SOURCE - np.array([0, 0, 200.0])), axis=-1) < 20.0
    values = np.where(hot, bq / (hot.sum() * grid.voxel_volume_ml), 0.0)
    across = np.hypot(world[..., 0] - CENTRE[0], world[..., 1] - CENTRE[1])
    water = np.where(across < RADIUS, 0, -1000).astype(np.int16)
    activity, ct = folder / "activity.nii.gz", folder / "ct.nii.gz"
    write_volume(activity, Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML))
    write_volume(ct, Volume(values=water, grid=grid, quantity=Quantity.HU))
    return activity, ct


def command(activity: Path, ct: Path, **changes: object) -> list[object]:
    options: dict[str, object] = {
        "activity": activity, "ct": ct, "camera": "siemens-symbia-he", "nuclide": "Re-188",
        "seconds-per-view": "20s", "seed": 7, "views": 24, "matrix": 64,
        "start-time": "2024-05-06T10:15:30+02:00",
    }  # fmt: skip
    options |= {name.replace("_", "-"): value for name, value in changes.items()}
    given = [[f"--{name}", value] for name, value in options.items() if value is not None]
    return [word for pair in given for word in pair]


def run(words: Sequence[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["spect", *map(str, words)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def simulate(words: list[object], out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, _, error = run(["simulate", *words, "--quiet", "--out", out], capsys)
    assert code == 0, error
    return dict(json.loads((out / "result.json").read_text()))


def test_what_is_written_is_read_and_reconstructed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two heads, clockwise; the source comes out where it lies, and with its activity.

    Sensitivity by hand: geometric efficiency 1.42e-4 of Symbia HE, 0.156 photons, 0.79 counted.
    """
    activity, ct = write_case(tmp_path)
    words = command(activity, ct, heads=2, direction="CW", start=40)
    result = simulate(words, tmp_path / "sim", capsys)
    bed = tmp_path / "sim/bed_1.dcm"
    verify(bed)
    raw = read_projections(bed)
    assert raw.heads == 2
    assert raw.started_at == datetime(2024, 5, 6, 8, 15, 30, tzinfo=UTC)
    assert raw.agent.radionuclide == "Re-188"
    seen, figures = raw.projections, result["beds"][0]
    drawn = {f"{w.lower_kev:g}-{w.upper_kev:g} keV": n
             for w, n in zip(seen.windows, raw.counts_by_window, strict=True)}  # fmt: skip
    assert drawn == figures["drawn_counts"]
    for name, count in figures["expected_after_losses"].items():
        assert abs(drawn[name] - count) < 5 * np.sqrt(count)
    assert 0 < figures["n_tau"]["highest"] == result["n_tau_highest"] < 0.1
    # heads stand opposite each other, and turn clockwise
    angles = seen.geometry.angles_deg.reshape(2, 12) % 360.0
    np.testing.assert_allclose(angles[0, :2], [40.0, 25.0], atol=1e-3)
    np.testing.assert_allclose((angles[1] - angles[0]) % 360.0, 180.0, atol=1e-3)
    assert seen.geometry.radii_mm[0] == pytest.approx(RADIUS + 20.0, abs=9.0)
    options = ["--ct", ct, "--peak", "139.5:170.5", "--psf", "0.0681:4.25:3.6", "--iterations", 6,
               "--subsets", 6, "--quiet", "--out", tmp_path / "rec"]  # fmt: skip
    code, _, error = run(["reconstruct", bed, *options], capsys)
    assert code == 0, error
    image = read_volume(tmp_path / "rec/spect.nii.gz", quantity=Quantity.COUNTS)
    world = image.grid.to_world_mm(np.stack(np.indices(image.grid.shape), axis=-1))
    near = np.linalg.norm(world - np.array(SOURCE), axis=-1) < 45.0
    counts = np.asarray(image.values, float)[near]
    centre = (world[near] * counts[:, None]).sum(axis=0) / counts.sum()
    assert np.abs(centre - SOURCE).max() < 2.0
    per_view = 2e8 * 20.0 * 1.42e-4 * 0.156 * 0.79
    assert counts.sum() == pytest.approx(per_view, rel=0.08)


def test_beds_cover_the_activity_and_decay_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    activity, ct = write_case(tmp_path, two=True)
    words = command(activity, ct, views=4, beds=2, seconds_per_view=900, camera="ge-discovery-hegp")
    result = simulate(words, tmp_path / "sim", capsys)
    assert [bed["file"] for bed in result["beds"]] == ["bed_1.dcm", "bed_2.dcm"]
    feet, head = (read_projections(tmp_path / f"sim/bed_{n}.dcm") for n in (1, 2))
    assert feet.started_at is not None
    assert head.started_at == feet.started_at + timedelta(seconds=3600)
    low, high = (bed.projections.geometry.axial_centre_mm for bed in (feet, head))
    assert high - low == pytest.approx(0.8 * 400.0, abs=9.0)
    assert feet.frame_of_reference == head.frame_of_reference
    assert feet.patient_key == head.patient_key
    assert feet.context.study_uid == head.context.study_uid
    # the beds lie about the activity's middle: both see one ball, an hour apart
    first, second = (bed["expected_counts"]["139.5-170.5 keV"] for bed in result["beds"])
    assert second / first == pytest.approx(0.5 ** (3600 / get_nuclide("Re-188").half_life_s),
                                           rel=0.03)  # fmt: skip
    assert any("without CT" in warning for warning in result["warnings"])


def test_the_same_seed_gives_the_same_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    activity, ct = write_case(tmp_path)

    def pixels(name: str, **changes: object) -> np.ndarray:
        simulate(command(activity, ct, views=4, **changes), tmp_path / name, capsys)
        return np.asarray(pydicom.dcmread(tmp_path / name / "bed_1.dcm").pixel_array)

    one, two, other = pixels("a", threads=1), pixels("b", threads=2), pixels("c", seed=8)
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    assert (tmp_path / "a/bed_1.dcm").read_bytes() == (tmp_path / "b/bed_1.dcm").read_bytes()
    # without losses and with a background there is more
    more = pixels("d", dead_time="0s", background=0.5, unit="Bq/mL")
    assert more.sum() > one.sum() + 0.3 * 0.5 * 20 * 4 * 387 * 533 / 9.6**2


def test_monte_carlo_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    activity, ct = write_case(tmp_path)
    words = command(activity, ct, views=4)
    model = simulate(words, tmp_path / "model", capsys)
    photons = simulate([*words, "--method", "monte-carlo", "--histories", 60000],
                       tmp_path / "photons", capsys)  # fmt: skip
    assert photons["histories"] == 60000
    ours, theirs = (r["beds"][0]["expected_counts"] for r in (model, photons))
    for name, count in theirs.items():
        assert ours[name] == pytest.approx(count, rel=0.07)


def test_the_real_command_refuses_in_one_line(tmp_path: Path) -> None:
    activity, ct = write_case(tmp_path)
    words = [*command(activity, ct, radius="70mm"), "--out", tmp_path / "out"]
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", "spect", "simulate", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert_refused((done.returncode, done.stdout, done.stderr), ("stand in the patient",), tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"camera": "symbia HE"}, ("unknown camera", "write 'siemens-symbia-he'")),
        ({"nuclide": "Re-288"}, ("Re-288",)),
        ({"unit": "MBq"}, ("--unit is unknown", "kBq/mL")),
        ({"windows": "170.5:139.5"}, ("limits are not in order",)),
        ({"windows": "139.5:170.5,160:180"}, ("windows overlap", "correct --windows")),
        ({"windows": "139.5"}, ("two limits for each window",)),
        ({"radius": "70mm"}, ("stand in the patient", "greater radius")),
        ({"radius": "70"}, ("--radius needs a number and a unit",)),
        ({"heads": 3}, ("--heads is out of range", "1 to 2")),
        ({"heads": 2, "views": 25}, ("two heads can't share", "25 views")),
        ({"views": 0}, ("--views is out of range",)),
        ({"direction": "left"}, ("--direction is unknown", "CC, CW")),
        ({"method": "guess"}, ("--method is unknown", "model, monte-carlo")),
        ({"seconds_per_view": "0"}, ("--seconds-per-view is out of range",)),
        ({"seconds_per_view": "1.23456"}, ("whole ms",)),
        ({"seconds_per_view": "long"}, ("--seconds-per-view needs a number and a unit",)),
        ({"start_time": "2024-05-06T10:15"}, ("--start-time has no zone",)),
        ({"start_time": "yesterday"}, ("--start-time is not a moment",)),
        ({"background": -1}, ("--background is out of range",)),
        ({"dead_time": "4"}, ("--dead-time needs a number and a unit",)),
        ({"seed": -1}, ("--seed is out of range",)),
        ({"beds": 0}, ("--beds is out of range",)),
        ({"activity": Path("no-such.nii.gz")}, ("no-such.nii.gz",)),
        ({"nuclide": "Y-90"}, ("no line that a gamma camera images", "--windows")),
    ],
)
def test_bad_options(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, object],
    words: tuple[str, ...],
) -> None:
    activity, ct = write_case(tmp_path)
    arguments = command(activity, ct) if not changes else command(
        *(changes.pop("activity", activity), ct), **changes)  # type: ignore[arg-type]  # fmt: skip
    assert_refused(
        run(["simulate", *arguments, "--out", tmp_path / "out"], capsys), words, tmp_path
    )


def assert_refused(said: tuple[int, str, str], words: Sequence[str], folder: Path) -> None:
    code, printed, error = said
    assert code == 2, error
    assert printed == ""
    assert error.startswith("hevesy: error: ")
    assert error.count("\n") == 1
    for word in words:
        assert word in error, error
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("negative", ("negative voxels",)),
        ("empty", ("none that is above 0",)),
        ("elsewhere", ("does not cover the activity", "100 %")),
        ("not HU", ("can't be HU",)),
        ("not an image", ("NIfTI or NRRD",)),
        ("too many counts", ("NM holds whole counts", "65535")),
    ],
)
def test_bad_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str, words: tuple[str, ...]
) -> None:
    activity, ct = write_case(tmp_path, bq=3e11 if fault == "too many counts" else 2e8)
    held = read_volume(activity, quantity=Quantity.BQ_PER_ML)
    changes: dict[str, object] = {}
    if fault == "negative":
        write_volume(activity, held.with_values(held.values - 1.0))
    elif fault == "empty":
        write_volume(activity, held.with_values(held.values * 0.0))
    elif fault == "elsewhere":
        far = Grid.from_spacing(SHAPE, spacing_mm=(STEP,) * 3, origin_mm=(2000.0, 0.0, 0.0))
        tissue = np.zeros(SHAPE, dtype=np.int16)
        write_volume(ct, Volume(values=tissue, grid=far, quantity=Quantity.HU))
    elif fault == "not HU":
        tissue = read_volume(ct, quantity=Quantity.HU)
        write_volume(ct, tissue.with_values(tissue.values.astype(np.float32) * 5))
    elif fault == "not an image":
        ct.unlink()
        ct = tmp_path / "ct.txt"
        ct.write_text("no")
    else:
        changes = {"views": 1, "dead_time": "0s", "seconds_per_view": 600}
    said = run(["simulate", *command(activity, ct, **changes), "--out", tmp_path / "out"], capsys)
    assert_refused(said, words, tmp_path)
