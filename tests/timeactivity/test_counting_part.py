"""The part of a fit's uncertainty that counting alone brings."""

import numpy as np
import pytest

from hevesy.timeactivity import FitOptions, fit_time_activity

HOURS = np.array([1.0, 6.0, 24.0, 48.0, 72.0, 96.0])
DECAY_PER_S = np.log(2) / (17.004 * 3600)


def fit(activities: np.ndarray, sigmas: np.ndarray):
    return fit_time_activity(
        HOURS * 3600,
        activities,
        sigmas,
        decay_per_s=DECAY_PER_S,
        options=FitOptions(models=("mono",), interval="covariance"),
        name="lesion",
    )


def test_it_is_the_spread_of_refits_with_that_noise_alone() -> None:
    truth = 5e8 * np.exp(-np.log(2) / 12 * HOURS)
    sigmas = 0.02 * truth
    rng = np.random.default_rng(5)
    tias = [fit(truth + sigmas * rng.standard_normal(6), sigmas).tia_bq_s for _ in range(400)]
    found = fit(truth, sigmas).tia_counting_uncertainty_bq_s
    # 400 repeats know a standard deviation to 1 / sqrt(2 * 400) = 3.5 %; three of these
    assert found == pytest.approx(np.std(tias), rel=0.11)


def test_scatter_beyond_it_is_not_in_it() -> None:
    truth = 5e8 * np.exp(-np.log(2) / 12 * HOURS)
    scattered = truth * (1 + 0.08 * np.array([1, -1, 1, -1, 1, -1]))
    found = fit(scattered, 0.02 * truth)
    part = found.tia_counting_uncertainty_bq_s
    assert part is not None
    assert part < 0.5 * found.tia_uncertainty_bq_s
    assert part == pytest.approx(fit(truth, 0.02 * truth).tia_counting_uncertainty_bq_s, rel=0.2)
