"""`hevesy dose` from raw projections: the decays come back in closed form; what is refused."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import write_calibration, write_volume
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide
from hevesy.quantification import (
    CalibrationRecord,
    DoseCalibrator,
    ReconstructionProtocol,
    ScanProtocol,
)
from hevesy.workflows.spect.request import ReconstructRequest
from hevesy.workflows.spect.scan import reconstruct_scan
from tests.cli.spect_scan import PEAK, PIXEL_MM, VIEWS, Source, write_bed
from tests.dicom.image_cases import IDENTIFIERS
from tests.dicom.raw_cases import HOW

SOURCE = Source((20.0, -15.0, 5.0), 9000.0)  # counts in a view of 10 s
SENSITIVITY = 2e-5  # counts per Bq and s
LATER_MIN = 600.0
CASE = """\
patient = "P01"
nuclide = "Re-188"
agent = "ImDendrim"
timezone = "Europe/Paris"

[administration]
activity = "1.234 GBq"
kind = "net"
time = 2024-05-06T09:05:00
route = "intravenous"

[[scan]]
projections = ["first.dcm"]
calibration = "record.json"
structures = ["lesion.nii.gz"]
structure_names = { 1 = "lesion" }

[[scan]]
projections = ["second.dcm"]
calibration = "record.json"
structures = ["lesion.nii.gz"]
structure_names = { 1 = "lesion" }

[options]
method = "local"
count_repeats = 3
density_g_cm3 = 1.05
fit = ["mono"]
"""


def record(*, attenuation: bool = False) -> CalibrationRecord:
    plan = ReconstructionProtocol(
        algorithm="OSEM", iterations=4, subsets=6, attenuation=attenuation, point_spread=None,
        postfilter_fwhm_mm=0.0, voxel_mm=(PIXEL_MM,) * 3,
    )  # fmt: skip
    protocol = ScanProtocol(
        scanner="camera", collimator="HE", nuclide="Re-188", peak=PEAK, scatter_windows=(),
        scatter="none", reconstruction=plan,
    )  # fmt: skip
    return CalibrationRecord(
        version="1", protocol=protocol, counts_per_bq_s=SENSITIVITY, relative_uncertainty=0.03,
        made=date(2024, 1, 9), valid_from=date(2024, 1, 9), expires=date(2025, 1, 9),
        dose_calibrator=DoseCalibrator(name="a", traceable_to="b", relative_uncertainty=0.02),
    )  # fmt: skip


def write_input(folder: Path) -> None:
    decay_per_s = get_nuclide("Re-188").decay_per_s
    write_bed(folder / "first.dcm", (SOURCE,))
    left = math.exp(-decay_per_s * LATER_MIN * 60)
    write_bed(folder / "second.dcm", (SOURCE,), weaken=left, minutes_later=LATER_MIN)
    write_calibration(folder / "record.json", record())
    grid = Grid.from_spacing((40, 40, 40), spacing_mm=(4, 4, 4), origin_mm=(-58.0, -93.0, -73.0))
    index = np.stack(np.indices(grid.shape), axis=-1)
    away = np.linalg.norm(grid.to_world_mm(index) - np.array(SOURCE.place), axis=-1)
    mask = (away < 60).astype(np.float32)
    write_volume(
        folder / "lesion.nii.gz", Volume(values=mask, grid=grid, quantity=Quantity.RELATIVE)
    )
    (folder / "case.toml").write_text(CASE)


def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(folder / "case.toml"), "--out", str(folder / "out"), "--quiet"])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.err


def test_the_decays_come_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A(t) = (counts in a mean view) / (k T), brought to the start; then it only decays."""
    write_input(tmp_path)
    code, error = run(tmp_path, capsys)
    assert code == 0, error
    result: dict[str, Any] = json.loads((tmp_path / "out/result.json").read_text())
    (lesion,) = result["regions"]
    decay_per_s = get_nuclide("Re-188").decay_per_s
    scan_s = VIEWS * 10.0
    within = (1 - math.exp(-decay_per_s * scan_s)) / (decay_per_s * scan_s)
    at_start_bq = SOURCE.counts / (SENSITIVITY * 10.0) / within
    first, second = lesion["scans"]
    assert first["activity_mbq"] == pytest.approx(at_start_bq / 1e6, rel=0.01)
    left = math.exp(-decay_per_s * LATER_MIN * 60)
    assert second["activity_mbq"] == pytest.approx(at_start_bq * left / 1e6, rel=0.01)
    assert second["hours_after_administration"] == pytest.approx(LATER_MIN / 60 + 70.5 / 60)
    elapsed_s = (HOW.start - HOW.administered_at).total_seconds()
    tia_mbq_h = at_start_bq * math.exp(decay_per_s * elapsed_s) / decay_per_s / 3.6e9
    assert lesion["tia_mbq_h"] == pytest.approx(tia_mbq_h, rel=0.015)
    # the record's 3 % is in the chain, and counting is known
    assert lesion["tia_uncertainty_mbq_h"] > 0.03 * lesion["tia_mbq_h"]
    assert first["activity_uncertainty_mbq"] > 0
    assert not any("calibration uncertainty not included" in word for word in result["warnings"])
    assert any("scatter was not corrected" in word for word in result["warnings"])
    roles = {given["role"] for given in result["provenance"]["inputs"]}
    assert {"scan 1 bed 1", "scan 1 calibration"} <= roles
    text = (tmp_path / "out/result.json").read_text() + (tmp_path / "out/report.html").read_text()
    # four digits alone may stand in any number
    assert not any(word in text for word in ("SECRET", "SECRET-4711", "Hidden"))


def test_counts_are_drawn_anew_as_poisson_says(tmp_path: Path) -> None:
    """With one subset EM keeps the total of the counts, and N drawn anew scatter by sqrt(N).

    With more it keeps the last subset's, which scatters more.
    """
    bed = write_bed(tmp_path / "bed.dcm", (SOURCE,))
    request = ReconstructRequest(
        beds=(bed,), no_attenuation=True, iterations=4, subsets=1, scatter="none",
        peak_kev=(PEAK.lower_kev, PEAK.upper_kev),
    )  # fmt: skip
    scan = reconstruct_scan(request, repeats=24, seed=3)
    counts = scan.beds[0].figures["counts_in"]
    totals = np.array([image.sum(dtype=np.float64) for image in scan.repeats])
    relative = totals / float(np.asarray(scan.image.values).sum(dtype=np.float64)) - 1.0
    # the spread of 24 is known to 15 %, their mean to a fifth of it: three of each
    assert relative.std(ddof=1) == pytest.approx(1 / math.sqrt(counts), rel=0.45)
    assert abs(relative.mean()) < 3 / math.sqrt(24 * counts)
    again = reconstruct_scan(request, repeats=2, seed=3)
    np.testing.assert_array_equal(again.repeats[1], scan.repeats[1])


def edit(old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        text = (folder / "case.toml").read_text()
        assert old in text
        (folder / "case.toml").write_text(text.replace(old, new, 1))

    return apply


def other_record(**changes: Any) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        write_calibration(folder / "record.json", replace(record(), **changes))

    return apply


def with_attenuation(folder: Path) -> None:
    write_calibration(folder / "record.json", record(attenuation=True))


CALIBRATION = 'calibration = "record.json"\n'
FAULTS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "no calibration": (edit(CALIBRATION, ""), ("scan[1].calibration is missing",)),
    "both": (
        edit('projections = ["first.dcm"]', 'projections = ["first.dcm"]\nspect = "second.dcm"'),
        ("scan[1] has both spect and projections",),
    ),
    "neither": (edit('projections = ["first.dcm"]\n', ""), ("scan[1].spect is missing",)),
    "the same bed in two scans": (
        edit("second.dcm", "first.dcm"), ("have the same SPECT", "first.dcm"),
    ),
    "a bed twice": (edit('["first.dcm"]', '["first.dcm", "first.dcm"]'), ("names a file twice",)),
    "no such bed": (edit("first.dcm", "none.dcm"), ("scan[1].projections[1] does not exist",)),
    "a unit": (edit(CALIBRATION, f'{CALIBRATION}unit = "Bq/mL"\n'), ("scan[1].unit",)),
    "a calibration past its date": (
        other_record(valid_from=date(2023, 1, 9), expires=date(2023, 2, 9)),
        ("scan 1", "past its date"),
    ),
    "no CT": (with_attenuation, ("scan 1 has no CT", "add `ct`")),
    "another nuclide": (edit('"Re-188"', '"Lu-177"'), ("scan 1", "Lu-177")),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_refused(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_input(tmp_path)
    spoil, words = FAULTS[fault]
    spoil(tmp_path)
    code, error = run(tmp_path, capsys)
    assert code == 2, error
    assert error.count("\n") == 1
    assert all(word in error for word in words), error
    assert not (tmp_path / "out").exists()
    assert not any(word in error for word in IDENTIFIERS)
