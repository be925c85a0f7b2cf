"""Exposures against outcomes: slopes against known truths and other codes; every row's place."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
import statsmodels.api as sm

from hevesy.evidence import (
    EVENT_OUTCOMES,
    Association,
    ExposurePoint,
    LesionOutcome,
    SubjectExposure,
    ThresholdRule,
    associate_lesions,
    associate_subjects,
    fit_association,
    fit_binary,
    lesion_table,
    subject_table,
)
from hevesy.evidence.study_subjects import LaboratoryShift
from hevesy.trial import (
    AdministrationRow,
    AssessmentRow,
    DoseRow,
    InclusionRow,
    PatientRow,
    StudyRows,
)

RULE = ThresholdRule(name="x", resamples=200)


def points(
    doses: np.ndarray, outcomes: np.ndarray, relative: float = 0.0, per_subject: int = 1
) -> list[ExposurePoint]:
    return [
        ExposurePoint(
            row=str(i), subject=str(i // per_subject), exposure=float(dose),
            uncertainty=relative * float(dose), outcome=float(outcome),
        )
        for i, (dose, outcome) in enumerate(zip(doses, outcomes, strict=True))
    ]  # fmt: skip


def fit(rows: list[ExposurePoint], unit: str = "%", rule: ThresholdRule = RULE) -> Association:
    return fit_association(
        rows, exposure="dose", exposure_unit="Gy", outcome="change", outcome_unit=unit, rule=rule
    )


def slope_of(found: Association) -> float:
    assert found.coefficients is not None
    return found.coefficients[1]


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    dose = np.exp(generator.normal(4.5, 0.6, 40))
    return dose, -8.0 * np.log2(dose) + generator.normal(0, 6, 40)


def test_exact_exposures_give_least_squares(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    """Slope and intercept of statsmodels; a bootstrap's width within a third of its robust one.

    A standard deviation from 2000 resamples is known to 2 %; for 40 rows the bootstrap of pairs and
    HC3 differ in the second order, by some tenths at most.
    """
    dose, change = drawn
    found = fit(points(dose, change), rule=replace(RULE, resamples=2000))
    other = sm.OLS(change, sm.add_constant(np.log2(dose))).fit(cov_type="HC3")
    assert found.coefficients == pytest.approx(other.params, rel=1e-9)
    assert found.interval is not None
    low, high = found.interval
    assert low < slope_of(found) < high
    assert (high - low) / 3.92 == pytest.approx(other.bse[1], rel=0.33)


def test_units_do_not_matter(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    """Per doubling a slope is the same in Gy and cGy, MBq and mCi."""
    dose, change = drawn
    for unit, outcome in (("%", change), ("", (change < np.median(change)).astype(float))):
        one, other = (
            fit(points(dose, outcome, 0.2), unit),
            fit(points(37 * dose, outcome, 0.2), unit),
        )
        assert slope_of(one) == pytest.approx(slope_of(other), rel=1e-6)
        assert one.interval == pytest.approx(other.interval, rel=1e-5)


def test_uncertain_exposures_flatten_and_are_undone() -> None:
    """20,000 rows, log doses with spread 0.6 and errors of 0.4: 69 % of the variance is true.

    The naive slope is -8 times that share; the standard error of either is about 6 / (0.6 / ln 2
    sqrt 20000) = 0.05, over the share for the corrected one; four of them are allowed.
    """
    generator = np.random.default_rng(5)
    count, spread, error = 20_000, 0.6, 0.4
    true = generator.normal(4.5, spread, count)
    change = -8.0 * true / np.log(2) + generator.normal(0, 6, count)
    seen = np.exp(true + generator.normal(0, error, count))
    relative = float(np.sqrt(np.expm1(error**2)))
    found = fit(points(seen, change, relative), rule=replace(RULE, resamples=120))
    share = spread**2 / (spread**2 + error**2)
    assert found.uncorrected is not None
    assert found.uncorrected[1] == pytest.approx(-8 * share, abs=0.3)
    assert slope_of(found) == pytest.approx(-8, abs=0.3)
    assert found.reliability_share == pytest.approx(share, abs=0.02)


def test_yes_or_no_is_firths_logistic_regression(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    """As `fit_binary`, which is held against R's logistf."""
    dose, change = drawn
    outcome = change < np.median(change)
    found = fit(points(dose, outcome), "")
    design = np.column_stack([np.ones_like(dose), np.log2(dose)])
    other = fit_binary(design, outcome, intervals=False)
    assert found.coefficients == pytest.approx(other.coefficients, rel=1e-4)
    middle, low, high = found.curve(np.array([50.0, 100.0, 200.0]))
    assert np.all((low <= middle) & (middle <= high) & (low >= 0) & (high <= 1))


def test_little_beyond_the_uncertainty_is_taken_as_exact_and_said() -> None:
    generator = np.random.default_rng(6)
    dose = np.exp(generator.normal(2, 0.1, 30))
    found = fit(points(dose, generator.normal(0, 1, 30), 0.15))
    assert "taken as exact" in found.note
    assert found.coefficients == found.uncorrected


def test_patients_are_resampled_not_rows() -> None:
    """Two equal lesions of each patient tell no more than one: the interval stays as wide."""
    generator = np.random.default_rng(7)
    dose = np.exp(generator.normal(4, 0.5, 20))
    change = generator.normal(0, 5, 20)
    single = fit(points(dose, change))
    twice = fit(points(np.repeat(dose, 2), np.repeat(change, 2), per_subject=2))
    assert slope_of(single) == pytest.approx(slope_of(twice), rel=1e-9)
    assert single.interval == pytest.approx(twice.interval, rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "unit", "why"),
    [
        (9, "%", "too few: 9 rows of 9 patients"),
        (14, "", "too few: 4 with and 10 without in 14 patients"),
    ],
)
def test_too_few_fit_nothing(rows: int, unit: str, why: str) -> None:
    found = fit(points(np.arange(1.0, rows + 1), np.arange(rows) < 4), unit)
    assert found.not_fitted == why
    assert found.coefficients is None
    assert found.interval is None
    assert len(found.points) == rows


def test_equal_exposures_fit_nothing() -> None:
    assert fit(points(np.full(12, 3.0), np.arange(12.0))).not_fitted == "all exposures are equal"


def test_every_lesion_is_somewhere() -> None:
    def lesion(number: int, **values: object) -> LesionOutcome:
        return LesionOutcome(subject=str(number), lesion=f"T{number}", **values)  # type: ignore[arg-type]

    rows = [
        lesion(1, dose_gy=80.0, dose_uncertainty_gy=8.0, density_change_percent=-9.0,
               metrics={"d70_gy": 60.0}),
        lesion(2, dose_gy=80.0, metrics={"d70_gy": 60.0}),
        lesion(3, density_change_percent=-1.0),
    ]  # fmt: skip
    density, size = associate_lesions(rows, rule=replace(RULE, metric="d70_gy"))
    assert [point.exposure for point in density.points] == [60.0]
    # another figure of the dose has the mean dose's relative uncertainty
    assert density.points[0].uncertainty == pytest.approx(6.0)
    assert density.uncounted == (("T2", "no density change"), ("T3", "no dose"))
    assert len(size.uncounted) == 3
    assert {one.status for one in (density, size)} == {"exploratory"}


def test_volumes_with_a_dose_stand_in_the_pairs_as_they_are() -> None:
    """A share may be 0 or 1: no logarithm; per 10 % of the volume, against least squares."""
    generator = np.random.default_rng(8)
    share = np.clip(generator.uniform(-0.2, 1.2, 30), 0, 1)
    assert {share.min(), share.max()} == {0.0, 1.0}
    change = -3 * 10 * share + generator.normal(0, 2, 30)
    rows = [
        LesionOutcome(subject=str(i), lesion="T", dose_gy=80.0 + i, dose_uncertainty_gy=8.0,
                      density_change_percent=float(change[i]), responded=bool(i % 3),
                      metrics={"v100_share": float(share[i]), "d70_gy": 60.0})
        for i in range(30)
    ]  # fmt: skip
    rows.append(LesionOutcome(subject="30", lesion="T", dose_gy=80.0, responded=True))
    found = associate_lesions(rows, rule=RULE)
    assert [(one.exposure, one.outcome, one.per) for one in found] == [
        ("mean dose", "density change", "doubling"),
        ("mean dose", "best change of diameter", "doubling"),
        ("volume with 100 Gy or more", "density change", "10 %"),
        ("volume with 100 Gy or more", "best change of diameter", "10 %"),
        ("volume with 100 Gy or more", "response", "10 %"),
    ]
    density, end = found[2], found[4]
    other = sm.OLS(change, sm.add_constant(10 * share)).fit()
    assert density.coefficients == pytest.approx(other.params, rel=1e-9)
    assert density.coefficients == density.uncorrected
    assert "taken as exact" in density.note
    middle, low, high = density.curve(np.array([0.0, 100.0]))
    assert middle == pytest.approx(other.predict([[1, 0], [1, 10]]))
    assert np.all((low < middle) & (middle < high))
    assert end.binary
    assert len(end.points) == 30
    assert end.uncounted == (("T", "no volume"),)


def test_every_subject_is_in_every_pair() -> None:
    shift = LaboratoryShift(
        unit="10^9/L", before=Decimal(4), lowest=Decimal(3), highest=Decimal("4.4")
    )
    rows = [
        SubjectExposure(
            inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=2, events=1,
            worst_grade=3, worst_related_grade=1, organ_doses_gy={"liver": 4.0},
            organ_courses={"liver": 2}, shifts={"neutrophils": shift},
            organ_uncertainties_gy={"liver": 0.4}),
        SubjectExposure(
            inclusion="P2-1", subject="P2", activity_mbq=800.0, procedures=2, worst_grade=2,
            organ_doses_gy={"liver": 2.0}, organ_courses={"liver": 1}, missing=("neutrophils",)),
    ]  # fmt: skip
    found = {(one.exposure, one.outcome): one for one in associate_subjects(rows, rule=RULE)}
    assert len(found) == 3 * 4
    for one in found.values():
        names = [point.row for point in one.points] + [name for name, _ in one.uncounted]
        assert sorted(names) == ["P1-1", "P2-1"]
    related = found["activity", EVENT_OUTCOMES[0]]
    assert [point.outcome for point in related.points] == [1.0, 0.0]
    assert [point.outcome for point in found["procedures", EVENT_OUTCOMES[1]].points] == [1.0, 0.0]
    liver = found["dose to liver", "neutrophils, lowest"]
    assert liver.points[0].outcome == pytest.approx(-25.0)
    assert liver.points[0].uncertainty == 0.4
    assert liver.uncounted == (
        ("P2-1", "dose of 1 of 2 administrations, no neutrophils before and after in one unit"),
    )
    highest = found["dose to liver", "neutrophils, highest"]
    assert highest.points[0].outcome == pytest.approx(10.0)


def test_uncertainties_of_a_subject_add_up_and_strangers_are_listed() -> None:
    """Errors of the camera are common to all administrations: they add up, not in quadrature."""
    given = [
        AdministrationRow(
            administration=f"A{i}", inclusion="P1-1", given_at=datetime(2026, 1, i, 9, tzinfo=UTC),
            given_on=date(2026, 1, i), activity_mbq=500.0, activity_uncertainty_mbq=15.0,
            kind="net", lesions=("L1",))
        for i in (1, 20)
    ]  # fmt: skip
    doses = [
        DoseRow(dose=f"D{i}{region}", administration=f"A{i}", region=region, method="local",
                mean_dose_gy=2.0, mean_dose_uncertainty_gy=unsure)
        for i, region, unsure in ((1, "liver", 0.3), (20, "liver", 0.2), (1, "lung", 0.1),
                                  (20, "lung", None))
    ]  # fmt: skip
    looks = [
        AssessmentRow(assessment=name, inclusion="P1-1", lesion=name, organ="liver", visit="v",
                      assessed_on=date(2026, 3, 1), role="target", status="present",
                      diameter_mm=Decimal(20))
        for name in ("L1", "L2")
    ]  # fmt: skip
    rows = StudyRows(
        study="A study", as_of=date(2026, 4, 1),
        patients=(PatientRow(patient="P1", site="east"),),
        inclusions=(InclusionRow(inclusion="P1-1", patient="P1", included_on=date(2025, 12, 20),
                                 eligible=True),),
        administrations=tuple(given), doses=tuple(doses), assessments=tuple(looks),
    )  # fmt: skip
    (one,) = subject_table(rows)
    assert one.activity_uncertainty_mbq == 30.0
    assert one.organ_doses_gy == {"liver": 4.0, "lung": 4.0}
    assert one.organ_uncertainties_gy == {"liver": 0.5}
    lesions = lesion_table(rows)
    assert lesions.elsewhere == (("P1", "L2"),)
    assert "1 lesions of treated patients were assessed, not injected" in lesions.notes[0]
