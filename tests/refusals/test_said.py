"""What is assumed, left unused or left from an earlier course is said, by the real command."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from tests.refusals.command import run_here
from tests.refusals.patient import HALF_LIFE_H
from tests.refusals.spoil import NM, Spoil, both, case, dicom
from tests.refusals.test_accepted import by_name, read_result

ROUTE = 'route = "intravenous"\n'
COUNTS = 'count_uncertainty = "2 %"\n'
HALF_LIFE = 'effective_half_life = "60 h"\neffective_half_life_uncertainty = "6 h"\n'
SECOND = (
    f'\n[[administration]]\nactivity = "200 MBq"\nkind = "net"\ntime = 2024-03-06T06:00:00\n{ROUTE}'
)


def option(text: str) -> Spoil:
    return case((COUNTS, COUNTS + text))


SPECTS = [NM.replace("scan_1", f"scan_{number}") for number in (1, 2, 3)]
SAID: list[tuple[Spoil, str]] = [
    (
        both(*(dicom(file, FrameOfReferenceUID=None) for file in SPECTS)),
        "no frame of reference in the DICOM of SPECT",
    ),
    (option(HALF_LIFE), "options.effective_half_life is not used"),
    (option('tail = "last-two"\n'), 'options.tail = "last-two" is not used'),
    (
        option('partial_volume = "recovery-curve"\nrecovery_curve = { beta_ml = 3, alpha = 1 }\n'),
        "the recovery curve's uncertainty is not stated",
    ),
]


@pytest.mark.parametrize(("change", "words"), SAID)
def test_said(patient: Path, change: Spoil, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    change(patient)
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 0, done.stderr
    warnings = read_result(patient.parent / "out")["warnings"]
    assert any(words in text for text in warnings), warnings  # type: ignore[attr-defined]


def test_what_an_earlier_course_left_is_said(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of the second course's scans is what the first one left: there was no second."""
    both(case(("[administration]", "[[administration]]"), (ROUTE, ROUTE + SECOND)),
         option(HALF_LIFE))(patient)  # fmt: skip
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 0, done.stderr
    regions = by_name(read_result(patient.parent / "out"))
    for region in regions.values():
        (said,) = [text for text in region["warnings"] if "taken off" in text]  # type: ignore[attr-defined]
        share = float(said.split(":")[1].split("%")[0])
        # the curve before has the true half-life: 100 %, but for two digits
        assert share == pytest.approx(100, abs=1), said
        first, second = region["curves"]  # type: ignore[misc]
        zero_bq = region["scans"][0]["activity_mbq"] * 2 ** (4 / HALF_LIFE_H)  # type: ignore[index]
        assert first["tia_mbq_h"] == pytest.approx(zero_bq * HALF_LIFE_H / np.log(2), rel=1e-3)
        # 16 bits of an image leave 1e-4 of the liver's activity; the rest is nobody's
        assert second["tia_mbq_h"] < 2e-3 * first["tia_mbq_h"]
        assert region["tia_mbq_h"] == pytest.approx(first["tia_mbq_h"], rel=2e-3)
        assert second["tia_uncertainty_mbq_h"] > 0


def test_unknown_counting_is_null(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case((COUNTS, ""))(patient)
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 0, done.stderr
    for region in by_name(read_result(patient.parent / "out")).values():
        assert {s["random_uncertainty_mbq"] for s in region["scans"]} == {None}  # type: ignore[attr-defined]


def test_a_scan_without_activity_is_named(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = patient / "scan_2/spect/nm.dcm"
    dataset = pydicom.dcmread(file)
    dataset.PixelData = bytes(len(dataset.PixelData))
    dataset.save_as(file)
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 1
    assert "region 'lesion' shows no activity at all in scan 2" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (patient.parent / "out").exists()
