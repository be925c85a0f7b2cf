"""What a study's report reads from its records: production and filed results, by hand."""

import hashlib
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hevesy.report.study_report.material import StudyMaterial
from hevesy.store import tables as t
from hevesy.workflows.bundle_values import from_plain, to_plain
from hevesy.workflows.study import open_study
from hevesy.workflows.study_report import read_material
from hevesy.workflows.trial_tables import TableRequest
from tests.trial.filled_study import fill_study
from tests.trial.made_study import make_study

HALF_H = 17.0040  # 188Re, ICRP Publication 107
AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
MADE = make_study(5, patients=4, events=3, lesions=2)
GIVEN = MADE.administrations[0].administration


def left(hours: float) -> float:
    return 2 ** (-hours / HALF_H)


def result_text(ratio: float) -> str:
    part = {"scan": 1, "hours_after_administration": 24.0, "decay_corrected_percent": 81.5,
            "decay_corrected_percent_uncertainty": 4.0, "below_detection": False}  # fmt: skip
    return json.dumps({
        "scans": [{}], "warnings": ["w"],
        "regions": [{"name": "tumour", "kind": "lesion", "biodistribution": [part],
                     "kinetics": [{"residence_time_h": 20.5, "effective_half_life_h": None}],
                     "uncertainty_shares": [{"source": "volume", "relative_uncertainty": 0.05}]}],
        "closure": {"verdict": "closes", "reason": "r", "unstated": ["calibration"],
                    "ratio": ratio, "ratio_uncertainty": None, "ratio_stated_uncertainty": 0.05},
        "provenance": {"hevesy_version": "9", "inputs": [{"role": "CT", "sha256": "a" * 64}],
                       "data_sets": [{"name": "N", "version": "V", "source": "S"}]},
    })  # fmt: skip


def add_production(folder: Path) -> None:
    with open_study(folder) as (_, store), store.writing("ines") as writer:
        writer.add(t.Generator(
            id="G1", site="S1", parent_nuclide="W-188", daughter_nuclide="Re-188", lot="l",
            calibrated_at=AT - timedelta(days=3), parent_bq=40e9, daughter_bq=0.0,
        ))  # fmt: skip
        writer.add(t.Elution(
            id="E1", generator="G1", at=AT, volume_ml=10.0, activity_bq=20e9 * left(1),
            measured_at=AT + timedelta(hours=1), performed_by="ines", predicted_bq=22e9,
            activity_uncertainty_bq=None, predicted_uncertainty_bq=1e9,
        ))  # fmt: skip
        for name in ("B1", "B2"):
            writer.add(t.Batch(
                id=name, site="S1", agent="a", nuclide="Re-188", started_at=AT,
                performed_by="ines", labelled_at=AT + timedelta(hours=2),
                activity_bq=9e9 * left(2), activity_uncertainty_bq=0.2e9,
                measured_at=AT + timedelta(hours=2), expires_at=AT + timedelta(hours=9),
            ))  # fmt: skip
            writer.add(t.BatchElution(
                id=f"{name}-E1", batch=name, elution="E1", volume_ml=5.0, activity_bq=10e9,
                measured_at=AT,
            ))  # fmt: skip
        writer.add(t.QualityTest(
            id="T1", batch="B2", test="not in the protocol", sampled_at=AT, result_at=AT,
            performed_by="ines", value=1.0,
        ))  # fmt: skip
        writer.add(t.Vial(
            id="V1", batch="B1", container="vial", volume_ml=5.0, activity_bq=8e9, measured_at=AT,
            performed_by="ines",
        ))  # fmt: skip
        for name, hours in (("D1", 0.0), ("D2", 4.0)):
            writer.add(t.Dispatch(
                id=name, vial="V1", from_site="S1", to_site="S1", at=AT + timedelta(hours=hours),
                activity_bq=8e9, activity_uncertainty_bq=0.3e9, measured_at=AT,
                performed_by="ines",
            ))  # fmt: skip
        writer.add(t.Receipt(
            id="R1", dispatch="D1", at=AT + timedelta(hours=3), activity_bq=7e9,
            activity_uncertainty_bq=0.4e9, measured_at=AT + timedelta(hours=3),
            performed_by="ines",
        ))  # fmt: skip
        for name, day, ratio, kind in (
            ("old", 1, 0.5, "dose"), ("new", 2, 1.01, "dose"), ("both", 3, 9.0, "dose of several"),
        ):  # fmt: skip
            text = result_text(ratio)
            writer.add(t.Result(
                id=name, administration=GIVEN, kind=kind, content=text,
                computed_at=AT + timedelta(days=day),
                content_sha256=hashlib.sha256(text.encode()).hexdigest(),
            ))  # fmt: skip


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> StudyMaterial:
    place = tmp_path_factory.mktemp("study") / "trial"
    fill_study(place, MADE)
    add_production(place)
    found, _ = read_material(place, request=TableRequest(), made_at=AT)
    return found


def test_an_eluate_is_carried_back_to_its_elution(material: StudyMaterial) -> None:
    (one,) = material.eluates
    assert one.eluted_bq == pytest.approx(20e9, rel=1e-4)  # of the half-life's digits
    assert one.eluted_uncertainty_bq is None  # not recorded is not 0
    assert one.predicted_bq == 22e9
    # 3 days after an empty column: of the parent's activity (half-life 69.78 d) what grew in
    days = 69.78
    slow, fast = math.log(2) / (24 * days), math.log(2) / HALF_H
    grown = 40e9 * fast / (fast - slow) * (math.exp(-slow * 72) - math.exp(-fast * 72))
    assert one.theoretical_bq == pytest.approx(grown, rel=2e-3)


def test_a_labelling_yield_takes_the_decay_out(material: StudyMaterial) -> None:
    first, second = material.batches
    assert first.activity_bq is not None
    assert first.precursor_bq is not None
    assert first.activity_bq / first.precursor_bq == pytest.approx(0.9, rel=1e-4)
    assert first.elution_to_labelled_s == 7200.0
    assert (first.why_not, second.why_not != "") == ("", True)


def test_transport_compares_at_the_receipt(material: StudyMaterial) -> None:
    came, away = material.transports
    assert came.expected_bq == pytest.approx(8e9 * left(3), rel=1e-4)
    sigma = math.hypot(0.3e9 * left(3), 0.4e9)
    assert came.difference_uncertainty_bq == pytest.approx(sigma, rel=1e-4)
    assert away.receipt == ""


def test_the_newest_result_counts_and_others_are_counted(material: StudyMaterial) -> None:
    (one,) = material.results
    assert (one.result, material.other_results) == ("new", 1)
    assert one.closure is not None
    assert (one.closure.ratio, one.closure.unstated) == (1.01, ("calibration",))
    part = one.regions[0].parts[0]
    assert (part.percent, part.percent_uncertainty) == (81.5, 4.0)
    assert one.regions[0].residence_time_h == 20.5
    assert one.inputs == (("CT", "a" * 64),)


def test_the_audit_is_proved(material: StudyMaterial) -> None:
    assert len(material.proof.audit_head) == 64
    assert material.proof.faults == ()
    assert material.proof.protocol_recorded


def test_values_come_back_as_they_were(material: StudyMaterial) -> None:
    text = json.dumps(to_plain(material), allow_nan=False)
    assert from_plain(StudyMaterial, json.loads(text)) == material
