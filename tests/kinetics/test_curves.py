"""Curves against closed forms and numerical integration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.errors import InputError
from hevesy.kinetics import (
    AverageCurve,
    ExponentialCurve,
    TrapezoidCurve,
    average_curves,
    effective_half_life_s,
    frame_mean_factor,
)

HOUR = 3600.0


def test_an_exponential_has_its_closed_integral() -> None:
    curve = ExponentialCurve(amplitudes_bq=[3e8, 1e8], rates_per_s=[2e-5, 1e-6])
    assert curve.tia_bq_s() == pytest.approx(3e8 / 2e-5 + 1e8 / 1e-6, rel=1e-14)
    part, _ = quad(lambda t: float(curve.activity_bq(t)), HOUR, 50 * HOUR, epsrel=1e-12)
    assert curve.tia_bq_s(HOUR, 50 * HOUR) == pytest.approx(part, rel=1e-10)


@given(
    gaps=st.lists(st.floats(1, 1e5), min_size=1, max_size=6),
    levels=st.lists(st.floats(0, 1e9), min_size=6, max_size=6),
    start=st.floats(0, 1e9),
    rate=st.floats(1e-7, 1e-3),
    share=st.floats(0, 1.5),
)
@settings(max_examples=40, deadline=None)
def test_a_trapezoid_is_additive_and_agrees_with_its_corners(
    gaps: list[float], levels: list[float], start: float, rate: float, share: float
) -> None:
    times = np.cumsum(gaps)
    values = np.array(levels[: times.size])
    curve = TrapezoidCurve(
        times_s=times, activities_bq=values, tail_rate_per_s=rate, start_activity_bq=start
    )
    corners = np.concatenate(([start], values))
    widths = np.diff(np.concatenate(([0.0], times)))
    area = float(np.sum((corners[1:] + corners[:-1]) / 2 * widths)) + values[-1] / rate
    # Sums of at most 8 terms: rounding stays below 1e-12.
    assert curve.tia_bq_s() == pytest.approx(area, rel=1e-12, abs=1e-3)
    cut = share * float(times[-1])
    both = curve.tia_bq_s(0, cut) + curve.tia_bq_s(cut)
    assert both == pytest.approx(area, rel=1e-9, abs=1e-3)
    assert np.allclose(curve.activity_bq(times), values)


def test_a_trapezoid_from_time_zero_needs_no_start() -> None:
    curve = TrapezoidCurve(
        times_s=[0, 10], activities_bq=[4.0, 2.0], tail_rate_per_s=0.5, start_activity_bq=99.0
    )
    assert curve.activity_bq(0) == 4.0
    assert curve.tia_bq_s() == pytest.approx(30 + 4)
    assert curve.activity_bq(12) == pytest.approx(2 * math.exp(-1))


@pytest.mark.parametrize(
    "change",
    [
        {"times_s": [5, 5]},
        {"times_s": [-1, 5]},
        {"times_s": [5]},
        {"activities_bq": [1, math.nan]},
        {"tail_rate_per_s": 0.0},
        {"start_activity_bq": math.inf},
    ],
)
def test_a_broken_trapezoid_is_refused(change: dict[str, object]) -> None:
    good = {
        "times_s": [5, 6], "activities_bq": [1, 2], "tail_rate_per_s": 1.0, "start_activity_bq": 0.0
    }  # fmt: skip
    with pytest.raises(InputError):
        TrapezoidCurve(**{**good, **change})  # type: ignore[arg-type]


def test_curves_are_read_only() -> None:
    curve = TrapezoidCurve(
        times_s=[5], activities_bq=[1], tail_rate_per_s=1.0, start_activity_bq=0.0
    )
    with pytest.raises(ValueError, match="read-only"):
        curve.activities_bq[0] = 2


def test_an_average_integrates_to_the_average() -> None:
    one = ExponentialCurve(amplitudes_bq=[3e8], rates_per_s=[2e-5])
    two = ExponentialCurve(amplitudes_bq=[1e8, 5e7], rates_per_s=[1e-5, 4e-6])
    line = TrapezoidCurve(
        times_s=[HOUR], activities_bq=[1e8], tail_rate_per_s=1e-5, start_activity_bq=0.0
    )
    exponential = average_curves([one, two], [3, 1])
    assert isinstance(exponential, ExponentialCurve)
    mean = 0.75 * one.tia_bq_s() + 0.25 * two.tia_bq_s()
    assert exponential.tia_bq_s() == pytest.approx(mean, rel=1e-14)
    mixed = average_curves([one, line], [1, 1])
    assert isinstance(mixed, AverageCurve)
    assert mixed.tia_bq_s() == pytest.approx((one.tia_bq_s() + line.tia_bq_s()) / 2, rel=1e-14)
    times = np.array([[0.0, HOUR], [2 * HOUR, 3 * HOUR]])
    expected = (one.activity_bq(times) + line.activity_bq(times)) / 2
    assert np.allclose(mixed.activity_bq(times), expected, rtol=1e-14)


@pytest.mark.parametrize("weights", [[], [1.0], [0.0, 0.0], [1.0, -1.0], [math.nan, 1.0]])
def test_weights_that_mean_nothing_are_refused(weights: list[float]) -> None:
    one = ExponentialCurve(amplitudes_bq=[1], rates_per_s=[1])
    with pytest.raises(InputError):
        average_curves([one, one], weights)


@given(st.floats(0, 5))
@settings(max_examples=30, deadline=None)
def test_the_frame_mean_is_the_mean(exponent: float) -> None:
    mean, _ = quad(lambda x: math.exp(-exponent * x), 0, 1, epsrel=1e-12)
    assert frame_mean_factor(exponent / 100, 100.0) == pytest.approx(mean, rel=1e-9)


def test_half_lives_and_refusals() -> None:
    assert effective_half_life_s(math.log(2) / 7.0) == pytest.approx(7.0, rel=1e-15)
    for bad in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(InputError):
            effective_half_life_s(bad)
    with pytest.raises(InputError):
        frame_mean_factor(-1.0, 1.0)
