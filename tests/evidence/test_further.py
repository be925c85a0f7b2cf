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
    found = fit_hazard(t, happened, x, np.arange(15), resamples=20, seed=1)
    assert found.log_hazard[0] == pytest.approx(best.x, abs=1e-5)
    for limit in found.profile_interval:
        assert against(limit) - best.fun == pytest.approx(3.841459 / 2, abs=1e-4)


def test_a_monotone_likelihood_stays_finite() -> None:
    x = np.arange(12.0)
    found = fit_hazard(12 - x, x > 5, x, np.arange(12), resamples=50, seed=1)
    assert found.monotone
    assert np.isfinite(found.log_hazard[0])
    assert found.profile_interval[0] > 0
    t, happened, z = survival(40, 3)
    assert not fit_hazard(t, happened, z, np.arange(40), resamples=20, seed=1).monotone
    with pytest.raises(TrialError, match="needs events"):
        fit_hazard(t, happened & False, z, np.arange(40), resamples=20, seed=1)


def ordered(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(5, 2, size=n)
    latent = 0.6 * x + generator.logistic(size=n)
    return [("PD", "SD", "PR")[k] for k in np.digitize(latent, [2.0, 4.0])], x


def test_without_its_prior_the_ordinal_model_is_statsmodels() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    kinds, x = ordered(150, 1)
    found = fit_ordinal(kinds, x, np.arange(150), order=("PD", "SD", "PR"), resamples=5, seed=1,
                        prior_weight=0.0)  # fmt: skip
    y = pd.Series(pd.Categorical(kinds, categories=["PD", "SD", "PR"], ordered=True))
    other = OrderedModel(y, x[:, None], distr="logit").fit(method="bfgs", disp=False)
    cuts = other.model.transform_threshold_params(other.params)[1:-1]
    assert found.log_odds[0] == pytest.approx(other.params.iloc[0], abs=2e-4)
    assert found.cuts == pytest.approx(cuts, abs=2e-3)


def test_the_ordinal_prior_shrinks_and_holds() -> None:
    kinds, x = ordered(30, 2)
    free, held = (
        fit_ordinal(kinds, x, np.arange(30), order=("PD", "SD", "PR"), resamples=30, seed=1,
                    prior_weight=weight)
        for weight in (0.0, 1.0)
    )  # fmt: skip
    assert 0 < held.log_odds[0] < free.log_odds[0]
    assert held.profile_interval[0] < held.log_odds[0] < held.profile_interval[1]
    assert sum(held.counts) == 30
    apart = fit_ordinal(["PD"] * 8 + ["PR"] * 8, np.arange(16.0), np.arange(16),
                        order=("PD", "SD", "PR"), resamples=10, seed=1)  # fmt: skip
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


def test_further_models_of_a_table() -> None:
    rule = ThresholdRule(name="x", resamples=100)
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
    few = fit_further(rows[:4], rule=rule)
    assert (few.control, few.ordinal, few.hazard) == ((), None, None)
    assert len(few.notes) == 3
