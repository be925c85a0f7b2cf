"""A mass that changes: against the exponential integral, and what must not depend on it."""

import math

import numpy as np
import pytest
from scipy.special import exp1

from hevesy.dose import effective_mass
from hevesy.errors import InputError
from hevesy.kinetics import ExponentialCurve

HOUR = 3600.0
RATE = math.log(2) / (17.0 * HOUR)
CURVE = ExponentialCurve(amplitudes_bq=[2e8], rates_per_s=[RATE])


@pytest.mark.parametrize("last_g", [20.0, 60.0])
def test_linear_mass_is_the_exponential_integral(last_g: float) -> None:
    """int exp(-k t) / (a + b t) dt = exp(k a / b) / b [E1(k a / b) - E1(k (a / b + T))]."""
    end = 96 * HOUR
    a, b = 40.0, (last_g - 40.0) / end
    if b > 0:
        inner = math.exp(RATE * a / b) / b * (exp1(RATE * a / b) - exp1(RATE * (a / b + end)))
    else:  # E1 of negative arguments: -Ei; by a fine trapezoid instead (error under 1e-9)
        t = np.linspace(0, end, 2_000_001)
        inner = float(np.trapezoid(np.exp(-RATE * t) / (a + b * t), t))
    over = 2e8 * (inner + math.exp(-RATE * end) / RATE / last_g)
    found = effective_mass(CURVE, [0.0, end], [40.0, last_g], [1.0, 1.0])
    assert found.mass_g == pytest.approx(2e8 / RATE / over, rel=1e-8)


def test_a_constant_mass_stays_and_its_weights_are_the_decays() -> None:
    times = np.array([1.0, 24.0, 96.0]) * HOUR
    found = effective_mass(CURVE, times, [30.0, 30.0, 30.0], [0.6, 0.6, 0.6])
    assert found.mass_g == pytest.approx(30.0, rel=1e-12)
    assert sum(found.weights) == pytest.approx(1.0, rel=1e-6)
    # independent errors: between one alone and all alike
    assert 0.6 / math.sqrt(3) < found.mass_uncertainty_g < 0.6
    # level after the last scan: what is left there are the decays from 96 h on, and some before
    assert found.weights[2] > math.exp(-RATE * 96 * HOUR)
    assert found.weights[0] > 1 - math.exp(-RATE * HOUR)


def test_a_sudden_change_weighs_by_decays() -> None:
    """10 g until 17 h, 20 g after: half of the decays each, so 1/m is the mean of 1/10 and 1/20."""
    times = np.array([0.0, 17.0, 17.0 + 1e-6, 100.0]) * HOUR
    found = effective_mass(CURVE, times, [10.0, 10.0, 20.0, 20.0], [0, 0, 0, 0])
    assert found.mass_g == pytest.approx(1 / (0.5 / 10 + 0.5 / 20), rel=1e-6)


def test_masses_from_before_the_injection() -> None:
    found = effective_mass(CURVE, [-48 * HOUR, -24 * HOUR], [50.0, 25.0], [1.0, 1.0])
    assert found.mass_g == pytest.approx(25.0, rel=1e-12)  # the last one holds


@pytest.mark.parametrize(
    ("times", "masses", "spread"),
    [([], [], []), ([1.0, 1.0], [1, 1], [0, 0]), ([1.0], [0.0], [0]), ([1.0], [1.0], [-1])],
)
def test_refused(times: list[float], masses: list[float], spread: list[float]) -> None:
    with pytest.raises(InputError, match="masses need"):
        effective_mass(CURVE, times, masses, spread)


def test_no_decays() -> None:
    with pytest.raises(InputError, match="only where there are some"):
        effective_mass(
            ExponentialCurve(amplitudes_bq=[0.0], rates_per_s=[RATE]), [0.0], [1.0], [0.0]
        )
