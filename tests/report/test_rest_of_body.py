"""The table of what else got dose: uncertainty in every line, effective dose with its caveat."""

from dataclasses import replace

from hevesy.case import (
    BodyDose,
    EffectiveDoseResult,
    EnergyAccount,
    MarrowDose,
    PhotonDose,
    RestOfBodyResult,
    UnmeasuredDose,
)
from hevesy.organs import EFFECTIVE_DOSE_CAVEAT
from hevesy.report import render_report
from hevesy.report.rest_of_body import say_rest_of_body, tabulate_rest_of_body
from hevesy.report.sample import sample_result

BODY = BodyDose(mass_g=31_400.0, mean_dose_gy=0.422, uncertainty_gy=0.021)
MARROW = MarrowDose(
    method="blood", mean_dose_gy=0.3, uncertainty_gy=0.1, self_dose_gy=0.25,
    self_uncertainty_gy=0.09, cross_dose_gy=0.05, cross_uncertainty_gy=0.01, source="by Sgouros",
)  # fmt: skip
REST = RestOfBodyResult(
    body_in_ct=BODY,
    whole_body=None,
    whole_body_reason="the CT cuts the body",
    energy=EnergyAccount(
        emitted_j=13.9, in_body_j=13.3, beyond_ct_j=0.024, beyond_ct_uncertainty_j=0.005,
        elsewhere_j=0.006, escaped_j=0.57,
    ),
    injected_tia_mbq_h=33000.0,
    in_images_tia_mbq_h=28600.0,
    in_regions_tia_mbq_h=27500.0,
    photons=(
        PhotonDose(name="liver", photon_dose_gy=0.2, photon_uncertainty_gy=0.01,
                   total_dose_gy=1.7, total_uncertainty_gy=0.1),
    ),
    unmeasured=(
        UnmeasuredDose(name="thyroid", volume_ml=20.0, mass_g=21.0, mean_dose_gy=0.012,
                       uncertainty_gy=0.002, statistical_uncertainty_gy=0.001,
                       shown_dose_gy=0.001),
    ),
    marrow=(MARROW, replace(MARROW, method="image", mean_dose_gy=0.5, source="by Hindorf")),
    effective=EffectiveDoseResult(
        at_least_sv=None, uncertainty_sv=None, weight_share=0.21, least_weight_share=0.5,
        tissues=(), caveat=EFFECTIVE_DOSE_CAVEAT,
    ),
    notes=("Monte Carlo", "a second note"),
)  # fmt: skip
GIVEN = replace(REST.effective, at_least_sv=0.31, uncertainty_sv=0.04, weight_share=0.62)


def test_every_line_has_its_uncertainty_and_marrow_stands_twice() -> None:
    table = tabulate_rest_of_body(replace(sample_result(), rest_of_body=REST))
    assert table is not None
    rows = {row.heading: row.cells for row in table.rows}
    assert list(rows) == [
        "Body in the CT", "Whole body", "liver, with photons", "thyroid", "Red marrow, by blood",
        "Red marrow, by image", "Effective dose",
    ]  # fmt: skip
    for heading in list(rows)[2:6]:
        assert "±" in rows[heading][0].text
        assert rows[heading][0].mark
    assert rows["Whole body"][0].missing
    assert rows["Effective dose"][0].text == "not given"
    notes = dict(table.notes)
    assert "the CT cuts the body" in notes[rows["Whole body"][0].mark]
    assert "a second note." in notes.values()
    assert all(len(row.cells) == len(table.columns) - 1 for row in table.rows)


def test_effective_dose_is_never_without_its_caveat() -> None:
    for effective in (REST.effective, GIVEN):
        result = replace(sample_result(), rest_of_body=replace(REST, effective=effective))
        table = tabulate_rest_of_body(result)
        assert table is not None
        cell = table.rows[-1].cells[0]
        assert EFFECTIVE_DOSE_CAVEAT in dict(table.notes)[cell.mark]
        assert "says nothing of a patient under therapy" in render_report(result).html
        assert "not for judging a patient's risk" in say_rest_of_body(result)[-1]
    assert cell.text == "at least 0.310 ± 0.040 Sv"


def test_truth_stands_beside_the_body() -> None:
    known = replace(REST, body_in_ct=replace(BODY, true_dose_gy=0.418))
    result = replace(sample_result(), rest_of_body=known)
    table = tabulate_rest_of_body(result)
    assert table is not None
    assert table.rows[0].cells[-1].text == "0.418"
    assert all(len(row.cells) == len(table.columns) - 1 for row in table.rows)
    assert (
        say_rest_of_body(result)[0] == "body in the CT: 0.422 ± 0.021 Gy (31.4 kg, truth 0.418 Gy)"
    )
