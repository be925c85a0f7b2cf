"""Penalised binary regression: published values, closed forms, an independent maximiser."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logit
from scipy.stats import chi2

from hevesy.errors import TrialError
from hevesy.evidence import (
    cluster_resamples,
    fit_binary,
    fit_resamples,
    link_of,
    probability_of,
    sandwich_covariance,
    separation,
)
from tests.evidence.endometrial import COEFFICIENTS, DESIGN, INTERVALS, OUTCOME


def test_published_logistf_values() -> None:
    """logistf stops at a change of 1e-5: its coefficients are good to about that."""
    found = fit_binary(DESIGN, OUTCOME)
    assert found.coefficients == pytest.approx(COEFFICIENTS, rel=2e-5)
    for got, published in zip(found.intervals, INTERVALS, strict=True):
        assert got == pytest.approx(published, rel=2e-6)
    assert found.outcomes == (49, 30)
    assert found.separated == "quasi-complete"  # every patient with neovascularisation is high


@pytest.mark.parametrize("table", [(0, 9, 5, 4), (3, 8, 12, 2), (6, 0, 0, 7)])
def test_a_two_by_two_table_is_each_cell_and_a_half(table: tuple[int, int, int, int]) -> None:
    """Closed form: Firth's estimate of a saturated table adds a half to every cell."""
    a, b, c, d = table
    x = np.repeat([0.0, 0.0, 1.0, 1.0], table)
    y = np.repeat([True, False, True, False], table)
    found = fit_binary(np.column_stack([np.ones_like(x), x]), y, intervals=False)
    first = np.log((a + 0.5) / (b + 0.5))
    second = np.log((c + 0.5) / (d + 0.5))
    assert found.coefficients == pytest.approx((first, second - first), abs=1e-6)


def test_an_intercept_alone_is_the_count_and_a_half() -> None:
    y = np.array([True] * 3 + [False] * 9)
    found = fit_binary(np.ones((12, 1)), y)
    assert found.coefficients[0] == pytest.approx(logit(3.5 / 13), abs=1e-8)
    for limit in found.intervals[0]:  # log-likelihood of beta(3.5, 9.5), as the penalty makes it
        p = 1 / (1 + np.exp(-limit))
        fallen = 3.5 * np.log(3.5 / 13 / p) + 9.5 * np.log(9.5 / 13 / (1 - p))
        assert 2 * fallen == pytest.approx(chi2.ppf(0.95, 1), rel=1e-8)


@pytest.mark.parametrize("link", ["logit", "probit", "loglog"])
def test_the_maximum_is_one(link: str) -> None:
    """Against a simplex on the penalised likelihood written out anew, derivative by difference."""
    generator = np.random.default_rng(4)
    x = np.column_stack([np.ones(40), generator.normal(size=40)])
    y = generator.random(40) < probability_of(x @ [0.3, 1.0], link)

    def against(beta: np.ndarray) -> float:
        eta = x @ beta
        p = probability_of(eta, link)
        slope = (probability_of(eta + 1e-5, link) - probability_of(eta - 1e-5, link)) / 2e-5
        information = (x * (slope**2 / p / (1 - p))[:, None]).T @ x
        likely = np.sum(np.where(y, np.log(p), np.log(1 - p)))
        return float(-likely - 0.5 * np.linalg.slogdet(information)[1])

    found = fit_binary(x, y, link=link, intervals=False)
    best = minimize(against, [0.0, 0.5], method="Nelder-Mead",
                    options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000})  # fmt: skip
    assert found.coefficients == pytest.approx(best.x, abs=3e-5)
    assert -found.log_likelihood == pytest.approx(best.fun, abs=1e-7)


@pytest.mark.parametrize("link", ["logit", "probit", "loglog"])
def test_separated_outcomes_stay_finite(link: str) -> None:
    x = np.column_stack([np.ones(12), np.arange(12.0)])
    found = fit_binary(x, np.arange(12) > 5, link=link)
    assert found.separated == "complete"
    assert np.all(np.isfinite(found.coefficients))
    if link == "logit":
        assert 0 < found.intervals[1][0] < found.coefficients[1] < found.intervals[1][1]
    else:
        assert found.intervals == ()


def test_columns_in_other_units_give_the_same_curve() -> None:
    other = DESIGN * [1, 1, 1000, 0.01] + [0, 0, 7, -3]
    one, two = (fit_binary(x, OUTCOME, intervals=False) for x in (DESIGN, other))
    assert DESIGN @ one.coefficients == pytest.approx(other @ two.coefficients, abs=1e-6)


def test_weights_are_repeated_rows() -> None:
    clusters = np.arange(OUTCOME.size)
    weights = cluster_resamples(clusters, resamples=4, seed=2)
    many = fit_resamples(DESIGN[None], OUTCOME, weights)
    for row, counts in zip(many, weights.astype(int), strict=True):
        again = fit_binary(
            np.repeat(DESIGN, counts, axis=0), np.repeat(OUTCOME, counts), intervals=False
        )
        assert row == pytest.approx(again.coefficients, abs=2e-5)
    assert np.isnan(fit_resamples(DESIGN[None], OUTCOME, OUTCOME[None] * 1.0)).all()


def test_the_sandwich_is_mancl_and_derouens() -> None:
    """statsmodels' GEE has the same correction under the name bias_reduced."""
    import statsmodels.api as sm

    generator = np.random.default_rng(5)
    clusters = np.repeat(np.arange(20), 3)
    shift = np.repeat(generator.normal(size=20), 3)
    x = np.column_stack([np.ones(60), generator.normal(size=60)])
    y = generator.random(60) < 1 / (1 + np.exp(-x[:, 1] - shift))
    model = sm.GEE(y.astype(float), x, groups=clusters, family=sm.families.Binomial())
    fit = model.fit(cov_type="bias_reduced")
    found = sandwich_covariance(x, y, clusters, fit.params)
    assert found == pytest.approx(fit.cov_params(), rel=1e-6)


def test_separation() -> None:
    x = np.column_stack([np.ones(5), [1.0, 2, 3, 3, 5]])
    assert separation(x, np.array([0, 0, 0, 1, 1]) > 0) == "quasi-complete"
    assert separation(x, np.array([0, 0, 1, 0, 1]) > 0) == "quasi-complete"
    assert separation(x, np.array([0, 1, 0, 0, 1]) > 0) == "none"
    assert separation(x * [1, 1e6], np.array([0, 0, 1, 1, 1]) > 0) == "complete"


def test_links_and_their_inverse() -> None:
    for link in ("logit", "probit", "loglog"):
        for p in (0.01, 0.5, 0.97):
            assert probability_of(np.array([link_of(p, link)]), link)[0] == pytest.approx(p)
    with pytest.raises(TrialError, match="between 0 and 1"):
        link_of(1.0, "logit")
    with pytest.raises(TrialError, match="not known"):
        link_of(0.5, "cauchit")


def test_refusals() -> None:
    with pytest.raises(TrialError, match="one outcome alone"):
        fit_binary(DESIGN, np.ones(79, dtype=bool))
    with pytest.raises(TrialError, match="depend on each other"):
        fit_binary(DESIGN[:, [0, 1, 1]], OUTCOME)
    with pytest.raises(TrialError, match="do not fit"):
        fit_binary(DESIGN[:-1], OUTCOME)
    with pytest.raises(TrialError, match="two patients"):
        cluster_resamples(np.zeros(3, dtype=np.int64), resamples=10, seed=1)
