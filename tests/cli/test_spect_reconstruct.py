"""`hevesy spect reconstruct`: sources where they are, in becquerels, and every refusal."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from hevesy.camera import DeadTime
from hevesy.cli import main
from hevesy.dicom import read_spect, write_ct_series
from hevesy.files import read_volume, write_calibration
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide
from hevesy.quantification import (
    CalibrationRecord,
    DoseCalibrator,
    ReconstructionProtocol,
    ScanProtocol,
)
from tests.cli.spect_scan import LOWER, PEAK, PIXEL_MM, UPPER, Source, write_bed, write_water
from tests.dicom.image_cases import FRAME, IDENTIFIERS, WHO, verify
from tests.dicom.raw_cases import change

LEFT_BACK_HEAD = Source((55.0, 40.0, 30.0), 6000.0)
RIGHT_FRONT_FEET = Source((-45.0, -50.0, -70.0), 9000.0)
SOURCES = (LEFT_BACK_HEAD, RIGHT_FRONT_FEET)
OPTIONS = ["--no-attenuation", "--peak", "139.5:170.5", "--quiet"]


def run(arguments: Sequence[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["spect", "reconstruct", *map(str, arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def done(
    arguments: Sequence[object], out: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Volume, dict[str, Any]]:
    code, _, error = run([*arguments, "--out", out], capsys)
    assert code == 0, error
    result = json.loads((out / "result.json").read_text())
    quantity = Quantity.BQ_PER_ML if result["calibration"] else Quantity.COUNTS
    return read_volume(out / "spect.nii.gz", quantity=quantity), result


def around(image: Volume, place: tuple[float, float, float]) -> tuple[np.ndarray, float]:
    """Centroid (mm) and total within 45 mm of a place."""
    index = np.stack(np.indices(image.grid.shape), axis=-1)
    world = image.grid.to_world_mm(index)
    near = np.linalg.norm(world - np.asarray(place), axis=-1) < 45.0
    weights = np.asarray(image.values, float)[near]
    return (world[near] * weights[:, None]).sum(axis=0) / weights.sum(), float(weights.sum())


@pytest.mark.parametrize(("start", "step"), [(0.0, 15.0), (180.16, -15.0), (77.0, 15.0)])
def test_sources_lie_where_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], start: float, step: float
) -> None:
    bed = write_bed(tmp_path / "bed.dcm", (LEFT_BACK_HEAD,), start=start, step=step)
    image, result = done(
        [bed, *OPTIONS, "--scatter", "none", "--iterations", 4, "--subsets", 6], tmp_path / "out",
        capsys,
    )  # fmt: skip
    centroid, total = around(image, LEFT_BACK_HEAD.place)
    assert np.abs(centroid - LEFT_BACK_HEAD.place).max() < 0.8
    # decay over the four minutes brings the mean view's counts to the start: 1.0013
    assert total == pytest.approx(LEFT_BACK_HEAD.counts, rel=0.01)
    assert result["counts_expected"] == pytest.approx(result["counts_in"], rel=1e-3)
    assert result["counts_reconstructed"] == pytest.approx(result["counts_in"], rel=0.01)
    assert len(result["beds"][0]["iterations"]) == 4


def test_two_beds_become_one_body(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Overlapping by 28 mm, turning opposite ways, 30 min of decay between them."""
    late = 0.5 ** (1800 / get_nuclide("Re-188").half_life_s)
    head = write_bed(tmp_path / "head.dcm", SOURCES, centre=30.0, start=180.0)
    feet = write_bed(tmp_path / "feet.dcm", SOURCES, centre=-70.0, step=-15.0,
                     weaken=late, minutes_later=30.0)  # fmt: skip
    image, result = done([head, feet, *OPTIONS, "--scatter", "none", "--iterations", 4],
                         tmp_path / "out", capsys)  # fmt: skip
    for source in SOURCES:
        centroid, total = around(image, source.place)
        assert np.abs(centroid - source.place).max() < 1.5
        assert total == pytest.approx(source.counts, rel=0.03)
    assert result["referred_to"] == "start of the first bed"
    assert len(result["beds"]) == 2
    verify(tmp_path / "out/spect.dcm")
    spect = read_spect(tmp_path / "out/spect.dcm")
    assert spect.volume.quantity is Quantity.COUNTS
    assert spect.start == datetime(2024, 5, 6, 8, 15, 30, tzinfo=UTC)
    assert spect.decay_tags.decay_correction == "START"
    assert spect.radionuclide == "Re-188"
    assert spect.administered_bq == pytest.approx(1.234e9)
    assert spect.frame_of_reference == FRAME
    assert spect.volume.values.sum() == pytest.approx(float(image.values.sum()), rel=1e-3)
    text = (tmp_path / "out/result.json").read_text()
    assert not any(word in text for word in (*IDENTIFIERS, "head.dcm"))


def test_water_and_scatter_are_taken_into_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source on the axis of a water cylinder: exp(-mu R), mu of water at 155 keV 0.149 /cm."""
    centred = Source((3.0, -5.0, 0.0), 60000.0, sigma=10.0)
    bed = write_bed(tmp_path / "bed.dcm", (centred,), scatter=1.0, weaken=np.exp(-0.0149 * 100))
    ct = write_water(tmp_path / "ct.nii.gz", radius=100.0)
    image, result = done(
        [bed, "--ct", ct, "--peak", "139.5:170.5", "--iterations", 4, "--subsets", 6],
        tmp_path / "out", capsys,
    )  # fmt: skip
    # a source with a width sees less water on one side: on average exp(mu^2 sigma^2 / 2) more
    expected = centred.counts / np.exp(0.5 * (0.0149 * 10.0) ** 2)
    assert around(image, centred.place)[1] == pytest.approx(expected, rel=0.015)
    # TEW of a flat spectrum: 1 count a keV, 31 keV wide (16.5 keV rounds to 16 counts)
    assert result["counts_scatter"] == pytest.approx(24 * 16 * 32 * 31 * 16 / 16.5, rel=1e-6)
    assert result["scatter"].startswith("TEW")
    assert result["beds"][0]["ct_coverage"]["axial_share"] == 1.0


def record(**changes: Any) -> CalibrationRecord:
    protocol = ScanProtocol(
        scanner="camera", collimator="HE", nuclide="Re-188", peak=PEAK, scatter_windows=(),
        scatter="none", reconstruction=ReconstructionProtocol(
            algorithm="OSEM", iterations=4, subsets=10, attenuation=False, point_spread=None,
            postfilter_fwhm_mm=0.0, voxel_mm=(PIXEL_MM,) * 3),
    )  # fmt: skip
    made = CalibrationRecord(
        version="1", protocol=protocol, counts_per_bq_s=2e-5, relative_uncertainty=0.03,
        made=date(2024, 1, 9), valid_from=date(2024, 1, 9), expires=date(2025, 1, 9),
        dose_calibrator=DoseCalibrator(name="a", traceable_to="b", relative_uncertainty=0.02),
    )  # fmt: skip
    return replace(made, **changes)


def test_a_calibration_gives_becquerels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """counts = k T A exp(-n tau), by hand."""
    bed = write_bed(tmp_path / "bed.dcm", (LEFT_BACK_HEAD,))
    losing = record(dead_time=DeadTime(dead_time_s=5e-5))
    path = write_calibration(tmp_path / "record.json", losing)
    _, result = done([bed, *OPTIONS, "--scatter", "none", "--iterations", 4, "--calibration",
                          path], tmp_path / "out", capsys)  # fmt: skip
    observed = LEFT_BACK_HEAD.counts / 10.0
    true = observed
    for _ in range(50):
        true = observed * np.exp(true * 5e-5)
    # the nuclide decays while the camera turns: on average by half of the four minutes
    decay = get_nuclide("Re-188").decay_per_s * 120.0
    expected = true / 2e-5 * (1 + decay)
    assert result["calibration"]["total_bq"] == pytest.approx(expected, rel=0.01)
    assert result["unit"] == "Bq/mL"
    spect = read_spect(tmp_path / "out/spect.dcm")
    assert spect.volume.quantity is Quantity.BQ_PER_ML
    total = spect.volume.values.sum(dtype=float) * spect.volume.grid.voxel_volume_ml
    assert total == pytest.approx(expected, rel=0.01)


def pixels(path: Path, edit: Callable[[np.ndarray], np.ndarray]) -> None:
    dataset = pydicom.dcmread(path)
    dataset.PixelData = np.ascontiguousarray(edit(dataset.pixel_array.copy())).tobytes()
    dataset.save_as(path)


def saturate(path: Path) -> None:
    def edit(values: np.ndarray) -> np.ndarray:
        values[5, 6, 7] = 65535
        return values

    pixels(path, edit)


def floats(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    values = dataset.pixel_array.astype(np.float32)
    del dataset.PixelData
    for word in ("BitsStored", "HighBit", "PixelRepresentation"):
        delattr(dataset, word)
    dataset.BitsAllocated = 32
    dataset.FloatPixelData = values.tobytes()
    dataset.save_as(path)


def truncate(path: Path) -> None:
    def edit(values: np.ndarray) -> np.ndarray:
        values[24:48] = 50  # the peak's frames
        return values

    pixels(path, edit)


ROTATION, DETECTOR = "RotationInformationSequence", "DetectorInformationSequence"
FAULTS: list[tuple[str, Callable[[Path], object], list[str], tuple[str, ...]]] = [
    ("missing window", lambda p: None, ["--peak", "100:120"], ("was not recorded", "139.5:170.5")),
    ("no peak named", lambda p: None, ["--peak"], ("none is named as the peak", "--peak LO:HI")),
    ("not a peak", lambda p: None, ["--peak", "a:b"], ("--peak is not numbers",)),
    ("no energy windows", lambda p: change(p, EnergyWindowInformationSequence=[]), [],
     ("do not say their energy windows",)),
    ("unknown scatter", lambda p: None, ["--scatter", "esse"], ("esse", "tew, dew, model, none")),
    ("a model without its camera", lambda p: None, ["--scatter", "model"],
     ("camera's name", "model:siemens-symbia-he")),
    ("a model of an unknown camera", lambda p: None,
     ["--scatter", "model", "--camera", "gamma-9000"], ("unknown camera", "gamma-9000")),
    ("a model without CT", lambda p: None,
     ["--scatter", "model", "--camera", "siemens-symbia-he"], ("needs a CT", "--ct")),
    ("a camera without the model", lambda p: None, ["--camera", "siemens-symbia-he"],
     ("--camera goes with --scatter model", "--scatter tew")),
    ("no share", lambda p: None, ["--scatter", "tew:2"], ("share", "tew:0 to tew:1")),
    ("no angle", lambda p: (change(p, where=DETECTOR, StartAngle=None),
                            change(p, where=ROTATION, StartAngle=None)), [], ("--start",)),
    ("no duration", lambda p: change(p, where=ROTATION, ActualFrameDuration=None), [],
     ("--duration",)),
    ("no radius", lambda p: (change(p, where=DETECTOR, RadialPosition=None),
                             change(p, where=ROTATION, RadialPosition=None)), [], ("--radius",)),
    ("saturated", saturate, [], ("saturated", "1 pixels at 65535")),
    ("truncated field of view", truncate, [], ("cut off at the sides", "--allow-truncated")),
    ("counts that are not integers", floats, [], ("not integers", "float32")),
    ("rescaled", lambda p: change(p, RescaleSlope="2", RescaleIntercept="0"), [],
     ("rescaled", "slope 2")),
    ("views missing", lambda p: change(p, where=ROTATION, NumberOfFramesInRotation=25), [],
     ("views are missing", "view 25")),
    ("a whole-body image", lambda p: change(p, ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY",
                                                          "EMISSION"]), [], ("is planar",)),
    ("not NM", lambda p: change(p, Modality="CT"), [], ("not a nuclear medicine image",)),
    ("not DICOM", lambda p: p.write_text("no"), [], ("truncated or is not DICOM",)),
    ("no CT", lambda p: None, ["no --no-attenuation"], ("needs a CT", "--ct")),
    ("too many subsets", lambda p: None, ["--subsets", "50"], ("subsets", "1 to 24")),
    ("another nuclide", lambda p: None, ["--nuclide", "Lu-177"], ("Lu-177, Re-188",)),
    ("a zone that is none", lambda p: None, ["--zone", "Mars/Base"], ("unknown time zone",)),
]  # fmt: skip


def assert_refused(said: tuple[int, str, str], words: Sequence[str], out: Path) -> None:
    code, printed, error = said
    assert code == 2, error
    assert printed == ""
    assert error.startswith("hevesy: error: ")
    assert error.count("\n") == 1
    assert "; " in error
    for word in words:
        assert word in error, error
    assert not any(word in error for word in IDENTIFIERS)
    assert not out.exists()


@pytest.mark.parametrize(("name", "fault", "options", "words"), FAULTS, ids=[f[0] for f in FAULTS])
def test_bad_input(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    fault: Callable[[Path], object],
    options: list[str],
    words: tuple[str, ...],
) -> None:
    bed = write_bed(tmp_path / "bed.dcm", (LEFT_BACK_HEAD,))
    fault(bed)
    base = list(OPTIONS)
    if options == ["--peak"]:
        base, options = ["--no-attenuation", "--quiet"], []
    elif options == ["no --no-attenuation"]:
        base, options = base[1:], []
    said = run([bed, *base, *options, "--out", tmp_path / "out"], capsys)
    assert_refused(said, words, tmp_path / "out")


def test_what_is_missing_is_taken_by_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bed = write_bed(tmp_path / "bed.dcm", (LEFT_BACK_HEAD,))
    options = [*OPTIONS, "--scatter", "none", "--subsets", "6"]
    image, _ = done([bed, *options], tmp_path / "whole", capsys)
    change(bed, where=DETECTOR, StartAngle=None, RadialPosition=None)
    change(bed, where=ROTATION, StartAngle=None, RadialPosition=None, ActualFrameDuration=None,
           RotationDirection=None)  # fmt: skip
    given = ["--radius", "200mm", "--start", "0", "--duration", "10s", "--direction", "CC"]
    again, _ = done([bed, *options, *given], tmp_path / "given", capsys)
    np.testing.assert_array_equal(again.values, image.values)


def test_beds_and_ct_that_do_not_belong_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_bed(tmp_path / "1.dcm", SOURCES, centre=30.0)
    second = write_bed(tmp_path / "2.dcm", SOURCES, centre=-70.0, minutes_later=5.0)
    far = write_bed(tmp_path / "3.dcm", SOURCES, centre=-300.0, minutes_later=9.0)
    out = tmp_path / "out"
    both = [first, second, *OPTIONS, "--out", out]
    assert_refused(run([first, first, *OPTIONS, "--out", out], capsys), ("given twice",), out)
    said = run([first, far, *OPTIONS, "--scatter", "none", "--out", out], capsys)
    assert_refused(said, ("gap between two beds",), out)
    change(second, PatientID="SECRET-TWO")
    assert_refused(run(both, capsys), ("beds 1 and 2 are of two patients",), out)
    change(second, PatientID=WHO.patient_id, FrameOfReferenceUID="1.2.3")
    assert_refused(run(both, capsys), ("different frames of reference",), out)
    short = write_water(tmp_path / "short.nii.gz", radius=100.0, length=96.0)
    said = run([first, "--ct", short, *OPTIONS[1:], "--out", out], capsys)
    assert_refused(said, ("the CT does not cover bed 1", "46 mm missing at the head"), out)
    grid = Grid.from_spacing((4, 8, 8), spacing_mm=(40, 40, 40), origin_mm=(-140, -140, -60))
    water = np.zeros(grid.shape, np.int16)
    ct = Volume(values=water, grid=grid, quantity=Quantity.HU, frame_of_reference="1.2.9")
    write_ct_series(tmp_path / "ct", ct, identity=WHO)
    said = run([first, "--ct", tmp_path / "ct", *OPTIONS[1:], "--out", out], capsys)
    assert_refused(said, ("beds and the CT lie in different frames",), out)


def test_a_missing_scatter_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    bed = write_bed(tmp_path / "bed.dcm", SOURCES, windows=(LOWER, PEAK))
    said = run([bed, *OPTIONS, "--out", out], capsys)
    assert_refused(said, ("no scatter window above the peak",), out)
    done([bed, *OPTIONS, "--scatter", "dew", "--iterations", "1"], out, capsys)
    bed = write_bed(tmp_path / "bed.dcm", SOURCES, windows=(PEAK, UPPER))
    said = run([bed, *OPTIONS, "--scatter", "dew", "--out", tmp_path / "no"], capsys)
    assert_refused(said, ("no scatter window below the peak",), tmp_path / "no")


def test_a_calibration_that_does_not_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bed = write_bed(tmp_path / "bed.dcm", SOURCES)
    out, path = tmp_path / "out", tmp_path / "record.json"
    command = [bed, *OPTIONS, "--scatter", "none", "--calibration", path, "--out", out]
    assert_refused(run(command, capsys), ("calibration record can't be read",), out)
    path.write_text("{")
    assert_refused(run(command, capsys), ("calibration record",), out)
    write_calibration(path, record())
    assert_refused(run(command, capsys), ("another number of iterations", "2 in the scan"), out)
    command += ["--iterations", "4"]
    other = replace(record().protocol, collimator="ME")
    write_calibration(path, record(protocol=other))
    assert_refused(run(command, capsys), ("another collimator", "HE in the scan"), out)
    write_calibration(path, record(expires=date(2024, 5, 5)))
    assert_refused(run(command, capsys), ("is past its date", "2024-05-06"), out)
    write_calibration(path, record(dead_time=DeadTime(dead_time_s=2e-4)))
    change(bed, where="RadiopharmaceuticalInformationSequence", RadionuclideTotalDose=None)
    assert_refused(run(command, capsys), ("can't be told whether the detector",), out)


def test_a_process_of_its_own_refuses_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hevesy", "spect", "reconstruct", str(tmp_path / "none.dcm"),
               "--no-attenuation", "--out", str(tmp_path / "out")]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    said = (ended.returncode, ended.stdout, ended.stderr)
    assert_refused(said, ("a DICOM file can't be opened",), tmp_path / "out")


def test_a_real_patient_lies_where_the_ct_says(
    shared_data: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two GE beds that turned in opposite directions: liver right, kidneys in the kidneys."""
    folder = shared_data("ge670_lu177_raw")
    with zipfile.ZipFile(folder / "NM.zip") as archive:
        archive.extractall(tmp_path)
    beds = sorted(tmp_path.rglob("bed?_projections.dcm"))
    ct = folder / "CT_128x128x303_HU.nii.gz"
    image, result = done(
        [*beds, "--ct", ct, "--peak", "187.2:228.8", "--psf", "0.0535:3:3.8", "--iterations", "2",
         "--subsets", "10", "--nuclide", "Lu-177", "--heads", "2"], tmp_path / "out", capsys,
    )  # fmt: skip
    world = image.grid.to_world_mm(np.stack(np.indices(image.grid.shape), axis=-1))
    index = np.rint(read_volume(ct, quantity=Quantity.HU).grid.to_index(world)).astype(int)
    hu_volume = read_volume(ct, quantity=Quantity.HU).values
    index = np.clip(index, 0, np.asarray(hu_volume.shape) - 1)
    hu = hu_volume[tuple(np.moveaxis(index, -1, 0))]
    values = np.asarray(image.values, float)
    x, y, z = np.moveaxis(world, -1, 0)
    dome = np.abs(z + 20) < 20
    right, left = (values[dome & (side * x < -10)].sum() for side in (1, -1))
    assert right > 3 * left  # the liver's dome
    for low, high in ((-95, -45), (50, 100)):  # boxes of kidney and twice as much fat
        box = (x > low) & (x < high) & (y > 45) & (y < 105) & (z > -195) & (z < -95)
        soft = box & (hu > 0)
        assert soft.sum() < 0.4 * box.sum()
        hot = box & (values > 0.6 * values[box].max())
        assert (hu[hot] > 0).mean() > 0.85
        activity = [np.average(axis[box], weights=values[box]) for axis in (x, y, z)]
        organ = [axis[soft].mean() for axis in (x, y, z)]
        assert np.abs(np.subtract(activity, organ)).max() < 4.0
    assert values[hu > -500].sum() > 0.93 * values.sum()
    assert [bed["rows_in_field"] for bed in result["beds"]] == [[20, 109], [20, 108]]
