"""Effective and biological half-life: closed forms, bounds, and how often they hold."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.timeactivity import (
    FitOptions,
    fit_time_activity,
    half_lives,
    terminal_half_life_uncertainty_s,
)

H = 3600.0


def test_rates_subtract() -> None:
    found = half_lives(6 * H, 0.06 * H, physical_s=12 * H)
    # 1/6 - 1/12 = 1/12; u(1/T) = u(T)/T^2, so u(T_b) = T_b^2 u(T_e)/T_e^2 = 4 * 0.06 h
    assert found.biological_s == pytest.approx(12 * H)
    assert found.biological_uncertainty_s == pytest.approx(0.24 * H)
    assert found.biological_at_least_s == pytest.approx(H / (1 / 12 + 1.6449 * 0.06 / 36), rel=1e-4)


@pytest.mark.parametrize("effective_h", [16.9, 17.0, 17.4])
def test_no_clearance_is_a_bound(effective_h: float) -> None:
    found = half_lives(effective_h * H, 0.2 * H, physical_s=17 * H)
    assert found.biological_s is None
    rate = max(1 / effective_h - 1 / 17, 0.0) + 1.6449 * 0.2 / effective_h**2
    assert found.biological_at_least_s == pytest.approx(H / rate, rel=1e-4)


def test_without_uncertainty_nothing_biological_is_said() -> None:
    found = half_lives(6 * H, None, physical_s=12 * H)
    assert found.biological_s is None
    assert found.biological_at_least_s is None


@pytest.mark.parametrize(("effective", "spread"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0)])
def test_refused(effective: float, spread: float) -> None:
    with pytest.raises(InputError):
        half_lives(effective, spread, physical_s=17 * H)


def test_coverage_of_the_effective_half_life() -> None:
    """The true half-life lies within one stated uncertainty in 68 % of repeats of six scans.

    60 repeats: the binomial standard error is 6 %, and two and a half of them are allowed. The
    uncertainty has the fit's inflation by scatter in it, which may only make it hold more often.
    """
    rng = np.random.default_rng(11)
    decay = math.log(2) / (17 * H)
    truth_s = 12 * H
    times = np.array([1.0, 6.0, 24.0, 48.0, 72.0, 96.0]) * H
    hits, repeats = 0, 60
    for _ in range(repeats):
        exact = 5e8 * 0.5 ** (times / truth_s)
        fit = fit_time_activity(
            times, exact * (1 + rng.normal(0, 0.02, times.size)), 0.02 * exact, decay_per_s=decay,
            options=FitOptions(models=("mono",)), name="lesion",
        )  # fmt: skip
        spread = terminal_half_life_uncertainty_s(fit, from_s=float(times[-1]))
        assert spread is not None
        assert fit.effective_half_life_s is not None
        hits += abs(fit.effective_half_life_s - truth_s) <= spread
    error = math.sqrt(0.683 * 0.317 / repeats)
    assert hits / repeats > 0.683 - 2.5 * error
    assert hits / repeats < 0.683 + 3.5 * error
