"""Hazards, ordered categories, control curves: other packages, closed forms, known truths."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from hevesy.errors import TrialError
from hevesy.evidence import (
    LesionOutcome,
    ThresholdRule,
    fit_control_curve,
    fit_further,
    fit_hazard,
    fit_ordinal,
    lkb_ntcp,
    logistic_tcp,
    poisson_tcp,
)


def survival(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    died = generator.exponential(100 * np.exp(0.7 * x))
    left = generator.uniform(20, 300, size=n)
    return np.minimum(died, left), died <= left, x


def test_the_hazard_of_many_is_lifelines() -> None:
    """600 lesions: Firth's penalty moves the estimate by less than a tenth of its error (0.05)."""
    from lifelines import CoxPHFitter

    t, happened, x = survival(600, 1)
    found = fit_hazard(t, happened, x, np.arange(600), resamples=100, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = CoxPHFitter().fit(pd.DataFrame({"t": t, "e": happened, "x": x}), "t", "e")
    assert found.log_hazard[0] == pytest.approx(other.params_["x"], abs=0.005)
    low, high = other.confidence_intervals_.loc["x"]
    assert found.profile_interval == pytest.approx((low, high), abs=0.01)
    assert found.cluster_interval == pytest.approx((low, high), abs=0.05)


def test_the_hazard_of_few_is_the_penalised_maximum() -> None:
    """Written out event by event, its information by differences."""
    t, happened, x = survival(15, 2)

    def likely(beta: float) -> float:
        return sum(
            beta * x[i] - np.log(np.exp(beta * x[t >= t[i]]).sum())
            for i in np.flatnonzero(happened)
        )

    def against(beta: float) -> float:
        step = 1e-3
        curve = -(likely(beta + step) - 2 * likely(beta) + likely(beta - step)) / step**2
        return -likely(beta) - 0.5 * np.log(curve)

    best = minimize_scalar(against, bounds=(-5, 5), method="bounded", options={"xatol": 1e-9})
    found = fit_hazard(t, happened, x, np.arange(15), resamples=90, seed=1)
    assert found.log_hazard[0] == pytest.approx(best.x, abs=1e-5)
    for limit in found.profile_interval:
        assert against(limit) - best.fun == pytest.approx(3.841459 / 2, abs=1e-4)


def test_a_monotone_likelihood_stays_finite() -> None:
    x = np.arange(12.0)
    found = fit_hazard(12 - x, x > 5, x, np.arange(12), resamples=100, seed=1)
    assert found.monotone
    assert np.isfinite(found.log_hazard[0])
    assert found.profile_interval[0] > 0
    t, happened, z = survival(40, 3)
    assert not fit_hazard(t, happened, z, np.arange(40), resamples=60, seed=1).monotone
    with pytest.raises(TrialError, match="needs events"):
        fit_hazard(t, happened & False, z, np.arange(40), resamples=60, seed=1)


def ordered(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(5, 2, size=n)
    latent = 0.6 * x + generator.logistic(size=n)
    return [("PD", "SD", "PR")[k] for k in np.digitize(latent, [2.0, 4.0])], x


def test_without_its_prior_the_ordinal_model_is_statsmodels() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    kinds, x = ordered(150, 1)
    found = fit_ordinal(kinds, x, np.arange(150), order=("PD", "SD", "PR"), resamples=50, seed=1,
                        prior_weight=0.0)  # fmt: skip
    y = pd.Series(pd.Categorical(kinds, categories=["PD", "SD", "PR"], ordered=True))
    other = OrderedModel(y, x[:, None], distr="logit").fit(method="bfgs", disp=False)
    cuts = other.model.transform_threshold_params(other.params)[1:-1]
    assert found.log_odds[0] == pytest.approx(other.params.iloc[0], abs=2e-4)
    assert found.cuts == pytest.approx(cuts, abs=2e-3)


def test_the_ordinal_prior_shrinks_and_holds() -> None:
    kinds, x = ordered(30, 2)
    free, held = (
        fit_ordinal(kinds, x, np.arange(30), order=("PD", "SD", "PR"), resamples=60, seed=1,
                    prior_weight=weight)
        for weight in (0.0, 1.0)
    )  # fmt: skip
    assert 0 < held.log_odds[0] < free.log_odds[0]
    assert held.profile_interval[0] < held.log_odds[0] < held.profile_interval[1]
    assert sum(held.counts) == 30
    apart = fit_ordinal(["PD"] * 8 + ["PR"] * 8, np.arange(16.0), np.arange(16),
                        order=("PD", "SD", "PR"), resamples=80, seed=1)  # fmt: skip
    assert np.isfinite(apart.log_odds[0])
    assert apart.categories == ("PD", "PR")
    with pytest.raises(TrialError, match="ordered categories"):
        fit_ordinal(["PD", "XX"], np.arange(2.0), np.arange(2), order=("PD", "SD"), resamples=5,
                    seed=1)  # fmt: skip


def test_closed_forms() -> None:
    """Half at D50, the normalised slope there, and the linear-quadratic Poisson model itself."""
    step = 1e-4
    for curve in (logistic_tcp, poisson_tcp):
        near = curve(np.array([60 - step, 60.0, 60 + step]), d50_gy=60.0, gamma50_factor=1.7)
        assert near[1] == pytest.approx(0.5)
        assert 60 * (near[2] - near[0]) / (2 * step) == pytest.approx(1.7, rel=1e-6)
    clonogens, alpha = 1e6, 0.03
    d50 = (np.log(clonogens) - np.log(np.log(2))) / alpha
    gamma = np.log(2) / 2 * alpha * d50
    dose = np.array([300.0, 450.0, 600.0])
    exact = np.exp(-clonogens * np.exp(-alpha * dose))
    assert poisson_tcp(dose, d50_gy=d50, gamma50_factor=gamma) == pytest.approx(exact, rel=1e-9)
    assert lkb_ntcp(np.array([28.0]), td50_gy=40.0, m_factor=0.3)[0] == pytest.approx(
        0.15866, abs=1e-5
    )


@pytest.mark.parametrize(
    ("kind", "half", "shape"), [("logistic", 90.0, 0.8), ("poisson", 90.0, 0.9), ("lkb", 90.0, 0.4)]
)
def test_a_known_curve_is_found(kind: str, half: float, shape: float) -> None:
    """4,000 lesions: D50 to 2 %, slope to 6 % (two standard errors)."""
    generator = np.random.default_rng(5)
    dose = 90 * np.exp(0.6 * generator.normal(size=4000))
    chance = {
        "logistic": lambda: logistic_tcp(dose, d50_gy=half, gamma50_factor=shape),
        "poisson": lambda: poisson_tcp(dose, d50_gy=half, gamma50_factor=shape),
        "lkb": lambda: lkb_ntcp(dose, td50_gy=half, m_factor=shape),
    }[kind]()
    found = fit_control_curve(dose, generator.random(4000) < chance, np.arange(4000), kind=kind,
                              resamples=40, seed=1)  # fmt: skip
    assert found.half_gy == pytest.approx(half, rel=0.035)
    assert found.shape_factor == pytest.approx(shape, rel=0.07)
    assert found.half_interval_gy[0] < found.half_gy < found.half_interval_gy[1]
    assert found.probability(np.array([found.half_gy]))[0] == pytest.approx(0.5)
    low, high = found.band(np.array([50.0, 150.0]))
    assert np.all(low < high)


def erred(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, float, np.random.Generator]:
    """True and measured log doses, spread 0.6, errors of 40 % (0.385): 71 % of what is seen."""
    generator = np.random.default_rng(seed)
    log_sd = float(np.sqrt(np.log1p(0.4**2)))
    true = 0.6 * generator.normal(size=n)
    return true, true + log_sd * generator.normal(size=n), log_sd, generator


@pytest.mark.parametrize(("kind", "shape"), [("logistic", 0.8), ("poisson", 0.9), ("lkb", 0.4)])
def test_a_control_curve_undoes_its_doses_errors(kind: str, shape: float) -> None:
    """12,000 lesions, errors of 40 %.

    Naive normalised slopes lose 40 % or more. The standard error of the corrected ones, from
    their own resamples, is 2.6 % (D50 1 %), and the probit approximation of the logistic-normal
    integral takes 3 % here: three errors and that, 11 % (3 % of D50).
    """
    true, seen, log_sd, generator = erred(12_000, 11)
    dose = 90 * np.exp(true)
    chance = {
        "logistic": lambda: logistic_tcp(dose, d50_gy=90.0, gamma50_factor=shape),
        "poisson": lambda: poisson_tcp(dose, d50_gy=90.0, gamma50_factor=shape),
        "lkb": lambda: lkb_ntcp(dose, td50_gy=90.0, m_factor=shape),
    }[kind]()
    n = dose.size
    found = fit_control_curve(
        90 * np.exp(seen), generator.random(n) < chance, np.arange(n), kind=kind, resamples=40,
        seed=1, log_sd=np.full(n, log_sd),
    )  # fmt: skip
    slope = 1 / shape if kind == "lkb" else shape
    exact = found.exact_half[1]
    assert (1 / found.shape_factor if kind == "lkb" else found.shape_factor) == pytest.approx(
        slope, rel=0.11
    )
    assert (1 / exact if kind == "lkb" else exact) < 0.65 * slope
    assert found.half_gy == pytest.approx(90.0, rel=0.03)


def test_common_errors_widen_a_control_curve_and_leave_it() -> None:
    true, _, _, generator = erred(300, 3)
    dose = 90 * np.exp(true)
    done = generator.random(300) < logistic_tcp(dose, d50_gy=90.0, gamma50_factor=0.8)
    for kind in ("logistic", "poisson"):
        alone, common = (
            fit_control_curve(dose, done, np.arange(300), kind=kind, resamples=500, seed=1,
                              common_dose_share=share)
            for share in (0.0, 0.2)
        )  # fmt: skip
        assert common.half_gy == alone.half_gy
        wide, narrow = (
            float(np.log(one.half_interval_gy[1] / one.half_interval_gy[0]))
            for one in (common, alone)
        )
        added = 2 * 1.96 * np.sqrt(np.log1p(0.2**2))
        assert wide == pytest.approx(np.hypot(narrow, added), rel=0.15)  # 500 draws' limits


@pytest.mark.parametrize("slope", [1.5, 3.0])
def test_ordered_odds_undo_their_doses_errors(slope: float) -> None:
    """3,000 lesions: standard errors of 0.08 and 0.19, of which three are allowed."""
    true, seen, log_sd, generator = erred(3000, 3)
    latent = slope * true + generator.logistic(size=3000)
    kinds = [("PD", "SD", "PR")[k] for k in np.digitize(latent, [-0.7, 0.9])]
    found = fit_ordinal(kinds, seen, np.arange(3000), order=("PD", "SD", "PR"), resamples=40,
                        seed=1, covariate_sd=np.full(3000, log_sd))  # fmt: skip
    error = {1.5: 0.08, 3.0: 0.19}[slope]
    assert found.log_odds[0] == pytest.approx(slope, abs=3 * error)
    assert found.uncorrected[0] < 0.72 * slope
    assert found.cuts == pytest.approx((-0.7, 0.9), abs=0.2)
    assert found.cluster_interval[0] < found.log_odds[0] < found.cluster_interval[1]


def test_hazards_undo_their_doses_errors_where_events_are_rare_or_slopes_small() -> None:
    """2,000 lesions, exact survival times.

    Where events are rare (one in seven) or the slope small (0.5, two thirds with an event), the
    truth within three standard errors, 1 / (0.51 sqrt(events)); the naive slope is 71 % of it.
    With a slope of 2 and two thirds with an event calibration undoes only part, as the page says.
    """
    true, seen, log_sd, generator = erred(2000, 3)
    for slope, latest, full in ((-1.0, 0.3, True), (-0.5, 3.0, True), (-2.0, 3.0, False)):
        died = generator.exponential(np.exp(-slope * true))
        left = generator.uniform(0, latest, size=2000)
        found = fit_hazard(
            np.minimum(died, left), died <= left, seen, np.arange(2000), resamples=40, seed=1,
            covariate_sd=np.full(2000, log_sd),
        )  # fmt: skip
        error = 1 / (0.51 * found.events**0.5)
        naive = found.uncorrected[0]
        assert found.log_hazard[0] / naive == pytest.approx(1 / 0.71, rel=0.04)
        if full:
            assert found.log_hazard[0] == pytest.approx(slope, abs=3 * error)
        else:
            assert 0.75 < found.log_hazard[0] / slope < 0.95


def test_what_cannot_be_undone_is_said() -> None:
    """Doses of 40 %, all within 20 % of each other: taken as exact, and no other slope."""
    rows = [
        LesionOutcome(
            subject=str(i // 2), lesion=str(i), dose_gy=90.0 + i % 10, dose_uncertainty_gy=36.0,
            responded=i % 3 > 0, category=("PD", "SD", "PR")[i % 3], followed_d=100 + i,
            progressed=i % 2 > 0,
        )
        for i in range(50)
    ]  # fmt: skip
    found = fit_further(rows, rule=ThresholdRule(name="x", resamples=120))
    assert sum("differ little beyond their uncertainty" in one for one in found.remarks) == 3
    assert all(curve.coefficients == curve.uncorrected for curve in found.control)
    assert found.ordinal.log_odds[0] == pytest.approx(found.ordinal.uncorrected[0])
    assert found.hazard.log_hazard[0] == found.hazard.uncorrected[0]


def test_a_rare_category_fits_nothing_and_says_so() -> None:
    """Two categories of one lesion each: four resamples in ten have all.

    Twelve patients need 92 resamples; 120 are drawn, of which 0.65^2, some 50, can be used.
    """
    kinds = ["PD", "CR", *["SD"] * 5, *["PR"] * 5]
    rows = [
        LesionOutcome(subject=str(i), lesion="T", dose_gy=60.0 + 7 * i, category=kind,
                      responded=i > 6)
        for i, kind in enumerate(kinds)
    ]  # fmt: skip
    rule = ThresholdRule(name="x", resamples=120, fewest_subjects=10)
    found = fit_further(rows, rule=rule)
    assert found.ordinal is None
    assert any(
        note.startswith("ordered response: too few resamples for an interval of 95 %")
        for note in found.notes
    )


def test_further_models_of_a_table() -> None:
    rule = ThresholdRule(name="x", resamples=120)
    generator = np.random.default_rng(7)
    rows = []
    for i in range(50):
        dose = float(90 * np.exp(0.6 * generator.normal()))
        good = dose * np.exp(0.4 * generator.normal()) > 90
        rows.append(
            LesionOutcome(
                subject=str(i // 2), lesion=str(i), dose_gy=dose, responded=bool(good),
                category="PR" if good else "SD" if i % 3 else "PD",
                followed_d=300 if good else 60 + i, progressed=not good,
            )
        )  # fmt: skip
    found = fit_further(rows, rule=rule)
    assert found.status == "exploratory"
    assert [curve.kind for curve in found.control] == ["logistic", "poisson"]
    assert found.ordinal.log_odds[0] > 0
    assert found.hazard.log_hazard[0] < 0
    assert found.remarks[0].startswith("control curves: no dose has an uncertainty")
    few = fit_further(rows[:4], rule=rule)
    assert (few.control, few.ordinal, few.hazard) == ((), None, None)
    assert len(few.notes) == 3
