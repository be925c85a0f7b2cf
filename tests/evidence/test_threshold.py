"""Doses with uncertainty, the rule, the threshold and its interval, the ROC."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from hevesy.errors import TrialError
from hevesy.evidence import (
    DoseData,
    DoseResponse,
    LesionOutcome,
    LesionTruth,
    ThresholdRule,
    account_lesions,
    analyse_lesions,
    check_design,
    compute_roc,
    draw_lesions,
    fit_corrected,
    fit_dose_response,
    local_control,
    log_uncertainty,
    true_threshold_gy,
)

TRUTH = LesionTruth(half_dose_gy=100.0)
RULE = ThresholdRule(name="test", resamples=200)


def study(patients: int = 36, seed: int = 3, **changes: float) -> tuple[LesionOutcome, ...]:
    truth = replace(TRUTH, **changes)
    return draw_lesions(truth, patients=patients, generator=np.random.default_rng(seed))


def test_attenuation_is_undone() -> None:
    """20,000 lesions, doses uncertain by 40 %: the slope's standard error is near 0.06.

    Carroll's attenuation: the reliability, 0.36 / (0.36 + 0.148) = 0.708, over the root of 1 +
    slope^2 * 0.105 / 1.7^2 (0.105: the variance left), together 0.615; the approximation itself
    is good to a few per cent, so that after correction less than 5 % of bias may be left.
    """
    generator = np.random.default_rng(1)
    n, slope, relative = 20_000, 3.0, 0.4
    true = 0.6 * generator.standard_normal(n)
    sd = log_uncertainty(np.ones(n), np.full(n, relative))
    data = DoseData(
        log_dose=true + sd * generator.standard_normal(n),
        log_sd=sd,
        responded=generator.random(n) < 1 / (1 + np.exp(-slope * (true - 0.2))),
    )
    one = np.ones((1, n))
    naive = fit_corrected(data, one, correction="none")[0]
    corrected = fit_corrected(data, one)[0]
    simex = fit_corrected(data, one, correction="simex", copies=3)[0]
    assert naive[1] / slope == pytest.approx(0.615, abs=0.03)
    assert corrected[1] / slope == pytest.approx(1, abs=0.05)
    assert naive[1] < simex[1] < 1.02 * slope  # a parabola takes away most of it, not all
    at80 = (np.log(4) - corrected[0]) / corrected[1]
    assert at80 == pytest.approx(0.2 + np.log(4) / slope, abs=0.03)
    assert (np.log(4) - naive[0]) / naive[1] > at80 + 0.1  # what ignoring it would say


def test_the_log_normal_has_the_stated_moments() -> None:
    sd = log_uncertainty(np.array([80.0]), np.array([20.0]))[0]
    mu = np.log(80.0) - sd**2 / 2
    assert np.exp(2 * mu + sd**2) * np.expm1(sd**2) == pytest.approx(400.0)


def test_the_population_threshold() -> None:
    """At that dose, of 400,000 patients' lesions the stated share responds (SE 0.0006)."""
    dose = true_threshold_gy(TRUTH, probability=0.8)
    generator = np.random.default_rng(2)
    odds = 3.0 * np.log(dose / 100) + TRUTH.patient_sd * generator.standard_normal(400_000)
    assert np.mean(1 / (1 + np.exp(-odds))) == pytest.approx(0.8, abs=0.0025)
    assert true_threshold_gy(TRUTH, probability=0.5) == pytest.approx(100.0)
    assert dose > 100 * 4 ** (1 / 3)  # flatter than one patient's curve


def test_drawn_lesions() -> None:
    rows = study(patients=4000, missing_share=0.1)
    doses = np.log([row.dose_gy for row in rows])
    n = len(rows)
    assert n / 4000 == pytest.approx(2.0, abs=0.06)
    assert doses.mean() == pytest.approx(np.log(100), abs=4 * 0.65 / n**0.5)
    assert doses.var() == pytest.approx(0.36 + np.log1p(0.0625), rel=0.06)
    assert np.mean([row.responded is None for row in rows]) == pytest.approx(0.1, abs=0.015)


def test_the_interval_is_where_the_band_holds_the_probability() -> None:
    account = account_lesions(study())
    curve = fit_dose_response(account.complete, rule=RULE)
    low, high = curve.dose_interval_gy(0.5)
    assert low is not None
    assert high is not None
    assert low < curve.dose_gy(0.5) < high
    below, above = curve.band(np.array([low, high]))
    assert above[0] == pytest.approx(0.5, abs=2e-3)
    assert below[1] == pytest.approx(0.5, abs=2e-3)
    wider = fit_dose_response(account.complete, rule=replace(RULE, common_dose_share=0.3))
    wide_low, wide_high = wider.dose_interval_gy(0.5)
    assert wide_low < low
    assert wide_high > high
    assert wider.coefficients == curve.coefficients


def test_a_band_that_never_holds_the_probability_still_limits() -> None:
    """Log odds near -4, or +4, with a slope near 0.1: half is not met from 2 to 3,000 Gy."""
    slopes = np.linspace(0.05, 0.15, 200)
    for level, expected in ((-4.0, (3000.0, None)), (4.0, (None, 2.0))):
        draws = np.column_stack([np.full(200, level), slopes])
        found = DoseResponse(
            link="logit", reference_gy=77.0, coefficients=(level, 0.1), uncorrected=(level, 0.1),
            draws=draws, confidence=0.95, doses_range=(20.0, 300.0), lesions=40, subjects=20,
            responders=20, failed_resamples=0,
        ).dose_interval_gy(0.5)  # fmt: skip
        assert found == tuple(one and pytest.approx(one) for one in expected)


def test_doses_in_another_unit_move_the_threshold_alone() -> None:
    rows = study()
    tenfold = [
        replace(row, dose_gy=10 * row.dose_gy, dose_uncertainty_gy=10 * row.dose_uncertainty_gy)
        for row in rows
    ]
    one, ten = (analyse_lesions(some, rule=RULE) for some in (rows, tenfold))
    for a, b in ((one.threshold.dose_gy, ten.threshold.dose_gy),
                 (one.threshold.low_gy, ten.threshold.low_gy)):  # fmt: skip
        assert b == pytest.approx(10 * a, rel=1e-6)
    assert ten.curve.coefficients == pytest.approx(one.curve.coefficients, abs=1e-7)


def test_no_relation_has_no_limits() -> None:
    rows = [
        LesionOutcome(subject=str(i // 2), lesion=str(i), dose_gy=20.0 * 1.1**i,
                      dose_uncertainty_gy=5.0, responded=i % 3 == 0)
        for i in range(40)
    ]  # fmt: skip
    found = analyse_lesions(rows, rule=RULE)
    assert None in (found.threshold.low_gy, found.threshold.high_gy)
    assert any("do not show that response rises" in note for note in found.notes)


def test_the_rule_is_what_is_signed() -> None:
    rule = ThresholdRule(name="Primär", probability=1 / 4, common_dose_share=0)
    text = rule.to_json()
    assert json.loads(text)["probability"] == 0.25
    assert text.isascii()
    assert hashlib.sha256(text.encode()).hexdigest() == rule.sha256
    assert ThresholdRule.from_json(text) == rule
    assert rule.sha256 == ThresholdRule(name="Primär", probability=0.25).sha256
    assert rule.sha256 != replace(rule, seed=2).sha256
    for bad in ({"probability": 1.0}, {"link": "cauchit"}, {"resamples": 10}, {"seed": 1.5},
                {"endpoint": "local-control"}, {"horizon_d": 180}, {"name": " "},
                {"metric": "v100_percent"}, {"fewest_each": 1}):  # fmt: skip
        with pytest.raises(TrialError):
            ThresholdRule(**{"name": "x", **bad})
    for other in ("{", "[]", '{"format":"other"}', text.replace('"seed":1', '"sed":1')):
        with pytest.raises(TrialError):
            ThresholdRule.from_json(other)


def test_a_rule_that_was_not_fixed_is_exploratory() -> None:
    rows = study()
    found = analyse_lesions(rows, rule=RULE)
    assert (found.status, found.threshold.status) == ("exploratory", "exploratory")
    assert "exploratory" in found.threshold.as_text()
    fixed = analyse_lesions(rows, rule=RULE, fixed_sha256=RULE.sha256.upper())
    assert (fixed.status, fixed.threshold.status) == ("pre-specified", "pre-specified")
    assert fixed.threshold.dose_gy == found.threshold.dose_gy
    with pytest.raises(TrialError, match="not the rule that was fixed"):
        analyse_lesions(rows, rule=RULE, fixed_sha256="0" * 64)


def test_every_lesion_is_somewhere() -> None:
    rows = [
        *study(),
        LesionOutcome(subject="A", lesion="no dose", responded=True),
        LesionOutcome(subject="A", lesion="no outcome", dose_gy=50.0),
        LesionOutcome(subject="A", lesion="neither"),
    ]
    found = analyse_lesions(rows, rule=RULE)
    assert found.account.total == len(rows)
    assert [row.lesion for row in found.account.outcome_without_dose] == ["no dose"]
    assert [row.lesion for row in found.account.dose_without_outcome] == ["no outcome"]
    assert [row.lesion for row in found.account.neither] == ["neither"]
    assert any(note.startswith("3 lesions lack") for note in found.notes)
    none = LesionOutcome(subject="A", lesion="0", dose_gy=1.0, responded=True,
                         metrics={"d70_gy": 0.0})  # fmt: skip
    assert account_lesions([none], metric="d70_gy").counts["outcome_without_dose"] == 1
    with pytest.raises(TrialError, match="no lesion has the rule's dose"):
        analyse_lesions(rows, rule=replace(RULE, metric="d70_gy"))
    with pytest.raises(TrialError, match="stands twice"):
        account_lesions([rows[0], rows[0]])


def test_too_few_outcomes_are_not_fitted() -> None:
    few = [row for row in study() if not row.responded][:20]
    found = analyse_lesions(few, rule=RULE)
    assert found.curve is None
    assert found.threshold is None
    assert found.roc is None
    assert found.not_fitted.startswith("too few outcomes: 0 lesions with")
    equal = [replace(row, dose_gy=50.0) for row in study()]
    assert "all doses are equal" in analyse_lesions(equal, rule=RULE).not_fitted


def test_separation_is_said() -> None:
    rows = [replace(row, responded=row.dose_gy > 100) for row in study()]
    found = analyse_lesions(rows, rule=RULE)
    assert found.separated == "complete"
    assert any("separation" in note for note in found.notes)
    assert np.isfinite(found.threshold.dose_gy)


def test_doses_without_uncertainty_are_said() -> None:
    rows = [
        replace(row, dose_uncertainty_gy=None) if i % 4 else row for i, row in enumerate(study())
    ]
    assert any("the others' median" in n for n in analyse_lesions(rows, rule=RULE).notes)
    none = [replace(row, dose_uncertainty_gy=None) for row in study()]
    found = analyse_lesions(none, rule=RULE)
    assert any("no dose has an uncertainty" in note for note in found.notes)
    assert found.curve.uncorrected == pytest.approx(found.curve.coefficients)
    huge = [replace(row, dose_uncertainty_gy=3 * row.dose_gy) for row in study()]
    assert any("hardly differ" in note for note in analyse_lesions(huge, rule=RULE).notes)


def test_local_control() -> None:
    assert local_control(179, False, horizon_d=180) is None
    assert local_control(180, False, horizon_d=180) is True
    assert local_control(180, True, horizon_d=180) is False
    assert local_control(181, True, horizon_d=180) is True
    assert local_control(None, None, horizon_d=180) is None
    rows = [replace(row, followed_d=200, progressed=not row.responded) for row in study()]
    rule = replace(RULE, endpoint="local-control", horizon_d=250)
    assert analyse_lesions(rows, rule=rule).not_fitted
    rule = replace(RULE, endpoint="local-control", horizon_d=200)
    same = analyse_lesions(rows, rule=rule).threshold
    assert same.dose_gy == analyse_lesions(rows, rule=RULE).threshold.dose_gy


def test_roc() -> None:
    generator = np.random.default_rng(6)
    y = generator.random(60) < 0.4
    x = np.round(generator.normal(size=60) + y, 1)  # with ties
    roc = compute_roc(x, y, np.arange(60), resamples=400, seed=1)
    u = mannwhitneyu(x[y], x[~y]).statistic
    assert roc.area_share == pytest.approx(u / y.sum() / (~y).sum())
    assert roc.area_interval[0] < roc.area_share < roc.area_interval[1]
    best = max(np.mean(x[y] >= c) - np.mean(x[~y] >= c) for c in x)
    assert roc.youden_share == pytest.approx(best)
    assert roc.youden_corrected_share < roc.youden_share


def test_optimism_draws_the_area_towards_a_half_from_either_side() -> None:
    """More dose, more or less of the outcome: the same area from the other side."""
    generator = np.random.default_rng(9)
    y = generator.random(40) < 0.4
    for shift, clear in ((0.0, False), (4.0, True)):
        x = generator.normal(size=40) + shift * y
        one, other = (
            compute_roc(sign * x, y, np.arange(40), resamples=200, seed=1) for sign in (1, -1)
        )
        assert other.area_share == pytest.approx(1 - one.area_share)
        assert other.area_corrected_share == pytest.approx(1 - one.area_corrected_share)
        assert 0 <= one.area_optimism_share == pytest.approx(other.area_optimism_share)
        assert 0.5 < one.area_corrected_share <= one.area_share
        assert (one.area_optimism_share < 1e-9) == clear


def test_the_best_cut_of_noise_is_mostly_optimism() -> None:
    """40 sets in which dose tells nothing: the apparent Youden is near 0.2, the truth 0."""
    apparent, corrected = [], []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        y = generator.random(50) < 0.5
        roc = compute_roc(generator.normal(size=50), y, np.arange(50), resamples=100, seed=1)
        apparent.append(roc.youden_share)
        corrected.append(roc.youden_corrected_share)
    assert np.mean(apparent) > 0.12
    assert abs(np.mean(corrected)) < 0.5 * np.mean(apparent)


def test_a_design_counts_what_it_could_not_fit() -> None:
    scarce = replace(TRUTH, half_dose_gy=2000.0)
    found = check_design(scarce, patients=12, rule=RULE, studies=5, seed=1)
    assert found.not_fitted == 5
    assert found.fitted == 0
    with pytest.raises(TrialError, match="can't be checked"):
        check_design(TRUTH, patients=12, rule=replace(RULE, method="youden"), studies=5, seed=1)
    with pytest.raises(TrialError, match="steepness_factor"):
        LesionTruth(half_dose_gy=100.0, steepness_factor=float("nan"))
