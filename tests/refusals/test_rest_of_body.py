"""The rest of the body of the small patient: what the command gives, and what it refuses."""

import math
from pathlib import Path

import numpy as np
import pytest

from tests.refusals.command import run_here, run_process
from tests.refusals.spoil import Spoil, case, nifti_case
from tests.refusals.test_accepted import LU177_MEV, MEV_J, read_result
from tests.refusals.test_variants import refuse

OPTIONS = "[options]\n"
SAMPLES = """[[blood]]
time = 2024-03-05T11:00:00
concentration = "10 kBq/mL"
uncertainty = "3 %"

[[blood]]
time = 2024-03-05T21:00:00
concentration = "5 kBq/mL"
uncertainty = "3 %"

"""
MARROW = """[rest_of_body]
hematocrit = "42 %"
marrow_region = "liver"
marrow_share = "10 %"
sex = "male"
body_mass = "73 kg"

"""

SECOND = """[[administration]]
activity = "200 MBq"
kind = "net"
time = 2024-03-07T10:00:00
route = "intravenous"

"""


def added(text: str, *, hematocrit: bool = True) -> Spoil:
    text = text if hematocrit else text.replace('hematocrit = "42 %"\n', "")
    return case((OPTIONS, text + OPTIONS))


def test_marrow_by_both_methods(patient: Path) -> None:
    """Blood that halves in 10 h, and the marrow region's own activity, by hand."""
    added(SAMPLES + MARROW)(patient)
    out = patient.parent / "out"
    done = run_process(patient / "case.toml", out)
    assert done.returncode == 0, done.stderr
    assert "red marrow, by blood" in done.stdout
    assert "effective dose not given" in done.stdout
    result = read_result(out)
    rest = result["rest_of_body"]
    blood, image = rest["marrow"]  # type: ignore[index]
    # 10 kBq/mL an hour after the injection: 10.7177 at time zero; two samples give one exponential
    decays = 1e4 * 2**0.1 * 36000 / math.log(2)
    fraction = 0.5 * (1 + 1170 / 4750)
    own = decays * 0.19 / 0.58 * 1e3 * LU177_MEV * MEV_J * fraction
    assert blood["self_dose_gy"] == pytest.approx(own, rel=1e-3)
    liver = next(r for r in result["regions"] if r["name"] == "liver")  # type: ignore[attr-defined]
    own = liver["tia_mbq_h"] * 3.6e9 / 117.0 * 1e3 * LU177_MEV * MEV_J * fraction
    assert image["self_dose_gy"] == pytest.approx(own, rel=1e-3)
    assert blood["cross_dose_gy"] == image["cross_dose_gy"] > 0
    for found in (blood, image):
        assert found["mean_dose_gy"] == found["self_dose_gy"] + found["cross_dose_gy"]
        assert found["uncertainty_gy"] > 0.3 * found["self_dose_gy"]
    photons = {p["name"]: p for p in rest["photons"]}  # type: ignore[index]  # of local deposition
    assert set(photons) == {"lesion", "liver"}
    for region in result["regions"]:  # type: ignore[attr-defined]
        added_gy = photons[region["name"]]["photon_dose_gy"]
        assert 0 < added_gy < 0.1 * region["mean_dose_gy"]  # 0.035 MeV of photons, few stay
        total_gy = photons[region["name"]]["total_dose_gy"]
        assert total_gy == pytest.approx(region["mean_dose_gy"] + added_gy)
    weight = 0.12 + 0.04
    assert rest["effective"]["weight_share"] == pytest.approx(weight)  # type: ignore[index]
    assert "ICRP 103" in rest["effective"]["caveat"]  # type: ignore[index]


def test_energy_and_whole_body(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The body's mean dose is its energy over its mass; an organ without activity is dosed."""
    added('[rest_of_body]\nunmeasured = ["liver"]\nbody_mass = "30 kg"\n\n')(patient)
    out = patient.parent / "out"
    done = run_here(patient / "case.toml", out, capsys)
    assert done.returncode == 0, done.stderr
    result = read_result(out)
    assert [r["name"] for r in result["regions"]] == ["lesion"]  # type: ignore[attr-defined]
    rest = result["rest_of_body"]
    energy, body, whole = (rest[k] for k in ("energy", "body_in_ct", "whole_body"))  # type: ignore[index]
    spent = sum(energy[k] for k in ("in_body_j", "beyond_ct_j", "elsewhere_j", "escaped_j"))
    assert spent == pytest.approx(energy["emitted_j"], rel=1e-9)
    assert body["mean_dose_gy"] == pytest.approx(energy["in_body_j"] / body["mass_g"] * 1e3)
    # what the images don't show of 200 MBq may have stayed or not: half of it, all of it uncertain
    unseen = (rest["injected_tia_mbq_h"] - rest["in_images_tia_mbq_h"]) * 3.6e9  # type: ignore[index]
    stays_j = 0.5 * max(unseen, 0.0) * LU177_MEV * MEV_J
    expected = energy["in_body_j"] + energy["beyond_ct_j"] + stays_j
    assert whole["mean_dose_gy"] == pytest.approx(expected / 30.0, rel=1e-3)
    assert whole["uncertainty_gy"] >= stays_j / math.sqrt(3.0) / 30.0 * 0.999
    (liver,) = rest["unmeasured"]  # type: ignore[index]
    assert 0 < liver["mean_dose_gy"] < 0.1 * body["mean_dose_gy"] + liver["shown_dose_gy"]
    assert liver["statistical_uncertainty_gy"] < 0.1 * liver["mean_dose_gy"]
    assert "What else got dose" in (out / "report.html").read_text()
    assert np.isclose(liver["mass_g"] / liver["volume_ml"], 1.05, atol=0.1)


CASES: list[tuple[str, Spoil, tuple[str, ...]]] = [
    (
        "blood without hematocrit",
        added(SAMPLES + MARROW, hematocrit=False),
        ("hematocrit", 'set hematocrit = "42 %"'),
    ),
    (
        "blood without time",
        added((SAMPLES + MARROW).replace("time = 2024-03-05T21:00:00\n", "")),
        ("blood[2].time", "missing"),
    ),
    (
        "blood before the injection",
        added((SAMPLES + MARROW).replace("05T11:00", "05T09:00")),
        ("blood[1].time is not after the injection",),
    ),
    (
        "one blood sample",
        added(SAMPLES.split("\n\n")[0] + "\n\n" + MARROW),
        ("one blood sample", "2 or more"),
    ),
    (
        "blood in another unit",
        added((SAMPLES + MARROW).replace("10 kBq/mL", "10 kBq/L")),
        ("blood[1].concentration", "kBq/L", "Bq/mL, kBq/mL, MBq/mL"),
    ),
    (
        "an organ that ICRP does not list",
        added('[rest_of_body]\ntissues = { "liver" = "tail" }\n\n'),
        ("region 'liver'", "tail", "red marrow"),
    ),
    (
        "a tissue for a region that is not there",
        added('[rest_of_body]\ntissues = { "spleen" = "spleen" }\n\n'),
        ("rest_of_body.tissues", "spleen", "lesion, liver"),
    ),
    (
        "an unmeasured region that is not there",
        added('[rest_of_body]\nunmeasured = ["thyroid"]\n\n'),
        ("rest_of_body.unmeasured", "thyroid", "lesion, liver"),
    ),
    (
        "nothing left to measure",
        added('[rest_of_body]\nunmeasured = ["lesion", "liver"]\n\n'),
        ("leaves no region to measure",),
    ),
    (
        "a marrow region without its share",
        added(MARROW.replace('marrow_share = "10 %"\n', "")),
        ("marrow_region needs marrow_share", "liver"),
    ),
    (
        "a body lighter than what the CT shows",
        added('[rest_of_body]\nbody_mass = "2 kg"\n\n'),
        ("body_mass is not above", "2 kg"),
    ),
    (
        "blood where the CT shows no bone",
        added(SAMPLES + '[rest_of_body]\nhematocrit = "42 %"\n\n'),
        ("the CT shows no bone",),
    ),
    (
        "blood of two administrations",
        case(
            ("[administration]", "[[administration]]"),
            ('[[scan]]\nspect = "scan_3', SECOND + '[[scan]]\nspect = "scan_3'),
            (OPTIONS, SAMPLES + MARROW + OPTIONS),
        ),
        ("[[blood]] is for one administration",),
    ),
]  # fmt: skip


WITHOUT_CT: list[tuple[str, Spoil, tuple[str, ...]]] = [
    (
        "a marrow region without density",
        nifti_case(('ct = "nifti/ct.nii.gz"\n', ""), (OPTIONS, MARROW + OPTIONS)),
        ("there is no CT, so the density is not known",),
    ),
    (
        "a marrow region with a density and no CT",
        nifti_case(
            ('ct = "nifti/ct.nii.gz"\n', ""),
            (OPTIONS, MARROW + OPTIONS + "density_g_cm3 = 1.05\n"),
        ),
        ("the rest of the body needs a CT",),
    ),
]


@pytest.mark.parametrize(
    ("name", "fault", "words"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_refused(
    patient: Path,
    name: str,
    fault: Spoil,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    refuse(patient, "case.toml", fault, words, capsys)


@pytest.mark.parametrize(
    ("name", "fault", "words"), WITHOUT_CT, ids=lambda v: v if isinstance(v, str) else ""
)
def test_refused_without_ct(
    patient: Path,
    name: str,
    fault: Spoil,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    refuse(patient, "nifti.toml", fault, words, capsys)
