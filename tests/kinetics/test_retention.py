"""A retention curve: exact for what does not move, additive, true to quadrature."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.errors import InputError
from hevesy.kinetics import RetentionCurve

HOUR = 3600.0
DECAY = math.log(2) / (17.0 * HOUR)
TIMES = np.array([1.0, 6.0, 24.0, 48.0, 72.0, 96.0]) * HOUR


def test_pure_decay_is_exact() -> None:
    curve = RetentionCurve(
        times_s=TIMES, activities_bq=5e8 * np.exp(-DECAY * TIMES), decay_per_s=DECAY
    )
    assert curve.tia_bq_s() == pytest.approx(5e8 / DECAY, rel=1e-12)
    assert curve.tia_weights_s() @ curve.activities_bq == pytest.approx(5e8 / DECAY, rel=1e-12)


def test_integral_is_that_of_the_curve_and_parts_add_up() -> None:
    one = RetentionCurve(times_s=TIMES, activities_bq=[5, 4, 1, -0.5, 0.2, 0.1], decay_per_s=DECAY)
    two = RetentionCurve(times_s=TIMES, activities_bq=[1, 3, 2, 1.5, 0.3, 0.0], decay_per_s=DECAY)
    whole = RetentionCurve(
        times_s=TIMES, activities_bq=one.activities_bq + two.activities_bq, decay_per_s=DECAY
    )
    assert whole.tia_bq_s() == pytest.approx(one.tia_bq_s() + two.tia_bq_s(), rel=1e-12)
    for low, high in ((0.0, 3.0), (2.0, 30.0), (80.0, 200.0)):
        part, _ = quad(
            lambda t: float(one.activity_bq(t)), low * HOUR, high * HOUR,
            points=[t for t in TIMES if low * HOUR < t < high * HOUR], epsabs=1e-6,
        )  # fmt: skip
        assert one.tia_bq_s(low * HOUR, high * HOUR) == pytest.approx(part, rel=1e-9)


def test_washout_errs_by_no_more_than_its_chords() -> None:
    """Biological half-life 100 h, 24 h apart: (b dt)^2 / 8 = 0.35 % at most."""
    b = math.log(2) / (100.0 * HOUR)
    curve = RetentionCurve(
        times_s=TIMES, activities_bq=np.exp(-(DECAY + b) * TIMES), decay_per_s=DECAY
    )
    chord = curve.tia_bq_s(HOUR, 96 * HOUR)
    true = (math.exp(-(DECAY + b) * HOUR) - math.exp(-(DECAY + b) * 96 * HOUR)) / (DECAY + b)
    assert 0 <= chord / true - 1 <= (b * 24 * HOUR) ** 2 / 8


@pytest.mark.parametrize(
    ("times", "values", "decay"),
    [([], [], 1.0), ([1.0, 1.0], [1, 1], 1.0), ([1.0], [math.nan], 1.0), ([1.0], [1.0], 0.0)],
)
def test_refused(times: list[float], values: list[float], decay: float) -> None:
    with pytest.raises(InputError, match="retention curve"):
        RetentionCurve(times_s=times, activities_bq=values, decay_per_s=decay)  # type: ignore[arg-type]
