"""Intervals from resamples: closed forms, the coverage of a mean, and what is refused."""

from statistics import NormalDist

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import t as student

from hevesy.errors import TrialError
from hevesy.evidence import (
    ThresholdRule,
    bootstrap_interval,
    compute_roc,
    expanded_tail_share,
    reachable_confidence,
    resamples_needed,
)


def tail_of(confidence: float, patients: int) -> float:
    """Hesterberg's, written out with other functions than the code's."""
    quantile = student.ppf(0.5 - confidence / 2, patients - 1)
    return NormalDist().cdf((patients / (patients - 1)) ** 0.5 * quantile)


@pytest.mark.parametrize("patients", [10, 20, 36, 94])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_uniform_order_statistics(confidence: float, patients: int) -> None:
    """The k-th of R uniform draws is k / (R + 1) on average: at those, the limits are the tails."""
    draws = np.random.default_rng(1).permutation(np.arange(1, 1000) / 1000)
    low, high = bootstrap_interval(draws, confidence=confidence, clusters=patients)
    tail = tail_of(confidence, patients)
    assert float(low) == pytest.approx(tail, abs=1e-12)
    assert float(high) == pytest.approx(1 - tail, abs=1e-12)
    assert expanded_tail_share(confidence, patients) == pytest.approx(tail, rel=1e-9)
    both = bootstrap_interval(
        np.stack([draws, -3 * draws], axis=1), confidence=confidence, clusters=patients
    )
    assert np.stack(both).ravel() == pytest.approx([low, -3 * high, high, -3 * low], abs=1e-12)


@pytest.mark.parametrize("patients", [10, 20, 36])
def test_the_interval_of_a_mean_holds_it_as_often_as_it_says(patients: int) -> None:
    """4,000 samples of normal values, 999 resamples: 95 % to three binomial SD, 1.03 %.

    The plain percentiles reach z sqrt((n - 1) / n) standard errors, and hold it as often as
    Student's t with n - 1 degrees of freedom is within that: 90.2 % at n = 10, 92.8 at 20, 93.9
    at 36. (Forty samples share their resamples' indices; the samples themselves are independent.)
    """
    generator = np.random.default_rng(patients)
    hits, plain = [], []
    for _ in range(100):
        weights = generator.multinomial(patients, np.full(patients, 1 / patients), size=999)
        means = weights @ generator.normal(size=(patients, 40)) / patients
        low, high = bootstrap_interval(means, confidence=0.95, clusters=patients)
        hits.append((low <= 0) & (high >= 0))
        low, high = np.percentile(means, [2.5, 97.5], axis=0)
        plain.append((low <= 0) & (high >= 0))
    width = 1.959964 * ((patients - 1) / patients) ** 0.5
    short = 1 - 2 * student.sf(width, patients - 1)
    assert np.mean(hits) == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 4000) ** 0.5)
    assert np.mean(plain) == pytest.approx(short, abs=3 * (short * (1 - short) / 4000) ** 0.5)


def test_it_is_students_interval_for_a_normal_mean() -> None:
    """Draws at the quantiles of the resamples' own normal: SD sqrt((n - 1) / n) s / sqrt(n)."""
    patients, s = 12, 2.0
    share = np.arange(1, 20_000) / 20_000
    spread = ((patients - 1) / patients) ** 0.5 * s / patients**0.5
    draws = np.array([NormalDist(5, spread).inv_cdf(p) for p in share])
    low, high = bootstrap_interval(draws, confidence=0.95, clusters=patients)
    half = student.ppf(0.975, patients - 1) * s / patients**0.5
    assert (float(low), float(high)) == pytest.approx((5 - half, 5 + half), abs=1e-4)


def test_too_few_resamples_are_refused_here_and_at_the_rule() -> None:
    """The first draw must not lie beyond the limit: (R + 1) p of at least 1."""
    for patients in (5, 10, 36):
        least = resamples_needed(0.95, patients)
        tail = tail_of(0.95, patients)
        assert (least + 1) * tail >= 1 > least * tail
    draws = np.arange(115.0)
    with pytest.raises(TrialError, match=r"too few resamples.*got .115 of 10 patients.*116"):
        bootstrap_interval(draws, confidence=0.95, clusters=10)
    with pytest.raises(TrialError, match="two patients or more"):
        bootstrap_interval(draws, confidence=0.95, clusters=1)
    ThresholdRule(name="x", resamples=116).require_resamples()
    with pytest.raises(TrialError, match=r"resamples can't be used.*116 or more.*10 patients"):
        ThresholdRule(name="x", resamples=115).require_resamples()
    with pytest.raises(TrialError, match="1048 or more"):
        ThresholdRule(name="x", fewest_subjects=5).require_resamples()


def test_what_too_few_resamples_reach_is_said() -> None:
    """Student's quantile at which the tail is 1 / (R + 1), by a root of the tail's definition."""
    for patients, resamples in ((6, 100), (10, 100), (10, 115), (12, 80)):
        found = reachable_confidence(0.95, patients, resamples)
        root = brentq(lambda c, n=patients, r=resamples: tail_of(c, n) - 1 / (r + 1), 0.5, 0.99)
        assert found == pytest.approx(root, abs=1e-6)
        assert resamples_needed(found, patients) == resamples
        draws = np.arange(float(resamples))
        low, high = bootstrap_interval(draws, confidence=found, clusters=patients)
        assert (low, high) == pytest.approx((0, resamples - 1), abs=1e-4)
    assert reachable_confidence(0.95, 36, 50) == 0.95
    roc = compute_roc(np.arange(6.0), np.arange(6) % 2 > 0, np.arange(6), resamples=100, seed=1)
    assert roc.confidence < 0.95
    for patients, resamples in ((1, 100), (10, 2)):
        with pytest.raises(TrialError, match="too few resamples"):
            reachable_confidence(0.95, patients, resamples)
