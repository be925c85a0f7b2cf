"""BED and EUD against closed forms and direct integration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hevesy.dose import (
    biologically_effective_dose,
    equivalent_uniform_bed,
    generalised_eud,
    lea_catcheside_factor,
)
from hevesy.errors import FitError, InputError
from hevesy.kinetics import ExponentialCurve

HOUR = 3600.0


def curve(*terms) -> ExponentialCurve:
    amplitudes, rates = zip(*terms, strict=True)
    return ExponentialCurve(amplitudes_bq=np.array(amplitudes), rates_per_s=np.array(rates))


class Disguised:
    """The same curve, without its type: forces the numerical way."""

    def __init__(self, inner: ExponentialCurve) -> None:
        self.inner = inner

    def activity_bq(self, time_s):
        return self.inner.activity_bq(time_s)

    def tia_bq_s(self, start_s=0.0, end_s=math.inf):
        return self.inner.tia_bq_s(start_s, end_s)


@given(rate=st.floats(1e-7, 1e-3), repair_h=st.floats(0.2, 24))
@settings(max_examples=40, deadline=None)
def test_one_phase_is_dales_closed_form(rate, repair_h):
    """Dale 1985: for a decaying source G = lambda / (lambda + mu)."""
    mu = math.log(2) / (repair_h * HOUR)
    found = lea_catcheside_factor(curve((5e6, rate)), repair_half_time_s=repair_h * HOUR)
    assert found == pytest.approx(rate / (rate + mu), rel=1e-12)


def by_differential_equation(source: ExponentialCurve, mu: float) -> float:
    """G from the two-pool equation of unrepaired damage, integrated by an independent solver."""
    scale = source.tia_bq_s()

    def change(t, state):
        rate = float(source.activity_bq(t)) / scale
        return [rate - mu * state[0], 2 * rate * state[0]]

    end = 45 / min(source.rates_per_s.min(), mu)
    found = solve_ivp(change, (0, end), [0, 0], method="LSODA", rtol=1e-9, atol=1e-13)
    return float(found.y[1, -1])


@pytest.mark.parametrize(
    "source",
    [
        curve((3e6, 2e-5), (1e6, 2e-6)),
        curve((1e6, 1.2e-5), (-1e6, 2e-4)),  # uptake
        curve((4e6, 1.1e-5), (2e6, 3e-5), (-6e6, 4e-4)),
    ],
)
def test_sums_of_exponentials_against_an_independent_solver(source):
    mu = math.log(2) / (1.5 * HOUR)
    closed = lea_catcheside_factor(source, repair_half_time_s=1.5 * HOUR)
    assert closed == pytest.approx(by_differential_equation(source, mu), rel=1e-5)
    numerical = lea_catcheside_factor(Disguised(source), repair_half_time_s=1.5 * HOUR)
    # linear between 6000 times: 1e-5 or better
    assert numerical == pytest.approx(closed, rel=2e-5)


@given(
    fast=st.floats(1e-5, 1e-3),
    slow=st.floats(1e-6, 1e-5),
    share=st.floats(-0.9, 1),
    repair_h=st.floats(0.3, 6),
)
@settings(max_examples=30, deadline=None)
def test_g_lies_between_all_repaired_and_acute(fast, slow, share, repair_h):
    source = curve((1e6, slow), (share * 1e6, fast))
    half = repair_h * HOUR
    found = lea_catcheside_factor(source, repair_half_time_s=half)
    assert 0 < found < 1
    assert lea_catcheside_factor(source, repair_half_time_s=2 * half) > found
    assert lea_catcheside_factor(
        curve((7e6, slow), (share * 7e6, fast)), repair_half_time_s=half
    ) == pytest.approx(found)


def test_limits():
    source = curve((1e6, 1e-5))
    assert lea_catcheside_factor(source, repair_half_time_s=1e12) == pytest.approx(1, abs=1e-6)
    assert lea_catcheside_factor(source, repair_half_time_s=1e-3) == pytest.approx(0, abs=1e-6)
    # two equal phases are one
    assert lea_catcheside_factor(
        curve((1e6, 1e-5), (2e6, 1e-5)), repair_half_time_s=HOUR
    ) == pytest.approx(lea_catcheside_factor(source, repair_half_time_s=HOUR))


def test_bed_of_an_acute_dose_is_the_linear_quadratic_formula():
    found = biologically_effective_dose(
        6.0,
        curve=curve((1e6, 1.0)),  # all given within seconds
        alpha_per_gy=0.3,
        alpha_beta_gy=10.0,
        repair_half_time_s=1e7,
    )
    assert found.bed_gy == pytest.approx(6 * (1 + 6 / 10), rel=1e-6)
    assert found.log_surviving_fraction == pytest.approx(-0.3 * 6 - 0.03 * 36, rel=1e-6)


def test_re188_bed_by_hand():
    """80 Gy, physical decay only, 1.5 h repair, alpha/beta 10: G = 1.5 / (17.004 + 1.5)."""
    found = biologically_effective_dose(
        80.0,
        curve=curve((1e9, math.log(2) / (17.004 * HOUR))),
        alpha_per_gy=0.35,
        alpha_beta_gy=10.0,
        repair_half_time_s=1.5 * HOUR,
    )
    assert found.lea_catcheside_factor == pytest.approx(1.5 / 18.504, rel=1e-12)
    assert found.bed_gy == pytest.approx(80 * (1 + 8 * 1.5 / 18.504), rel=1e-12)


doses = st.lists(st.floats(0.1, 500), min_size=1, max_size=20)


@given(values=doses, a=st.floats(-30, 30).filter(lambda a: abs(a) > 0.05))
@settings(max_examples=40, deadline=None)
def test_eud_lies_between_least_and_greatest_and_rises_with_a(values, a):
    shares = np.ones(len(values))
    found = generalised_eud(values, shares, a=a)
    assert min(values) * (1 - 1e-9) <= found <= max(values) * (1 + 1e-9)
    assert generalised_eud(values, shares, a=a + 0.1 if a > -0.2 else a) >= found * (1 - 1e-9)
    assert generalised_eud(2 * np.array(values), shares, a=a) == pytest.approx(2 * found)


def test_eud_known_values():
    assert generalised_eud([10, 40], [0.5, 0.5], a=-1) == pytest.approx(16)  # harmonic mean
    assert generalised_eud([3, 4], [1, 1], a=2) == pytest.approx(math.sqrt(12.5))
    assert generalised_eud([0, 50], [0.1, 0.9], a=-10) == 0
    assert generalised_eud([0, 50], [0.0, 1.0], a=-10) == pytest.approx(50)
    assert generalised_eud([1e5, 2e5], [1, 1], a=200) == pytest.approx(2e5, rel=0.01)


@given(values=doses, alpha=st.floats(0.05, 1), ratio=st.floats(2, 20), g=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_the_uniform_bed_is_no_more_than_the_mean_bed(values, alpha, ratio, g):
    shares = np.ones(len(values)) / len(values)
    beds = np.array(values) * (1 + g * np.array(values) / ratio)
    found = equivalent_uniform_bed(
        values, shares, lea_catcheside_factor=g, alpha_per_gy=alpha, alpha_beta_gy=ratio
    )
    assert beds.min() * (1 - 1e-9) <= found <= beds.mean() * (1 + 1e-9)


def test_uniform_bed_by_hand():
    """Half without dose: survival is a half, whatever the other half gets."""
    found = equivalent_uniform_bed(
        [0.0, 5000.0], [0.5, 0.5], lea_catcheside_factor=0.0, alpha_per_gy=0.3, alpha_beta_gy=10.0
    )
    assert found == pytest.approx(math.log(2) / 0.3)


def test_bad_input_is_refused():
    source = curve((1e6, 1e-5))
    good = {"alpha_per_gy": 0.3, "alpha_beta_gy": 10.0, "repair_half_time_s": HOUR}
    for name in good:
        with pytest.raises(InputError):
            biologically_effective_dose(10.0, curve=source, **{**good, name: 0.0})
    with pytest.raises(InputError):
        biologically_effective_dose(-1.0, curve=source, **good)
    with pytest.raises(FitError):
        lea_catcheside_factor(curve((0.0, 1e-5)), repair_half_time_s=HOUR)
    with pytest.raises(InputError):
        generalised_eud([1.0], [1.0], a=0.0)
    with pytest.raises(InputError):
        generalised_eud([1.0, 2.0], [1.0], a=1.0)
    with pytest.raises(InputError):
        generalised_eud([1.0], [0.0], a=1.0)
    with pytest.raises(TypeError):
        biologically_effective_dose(10.0, curve=source)  # no hidden defaults


class Endless:
    def activity_bq(self, time_s):
        return 1.0 / (1.0 + np.asarray(time_s))

    def tia_bq_s(self, start_s=0.0, end_s=math.inf):
        return 1.0


def test_a_curve_that_does_not_end_is_refused():
    with pytest.raises(FitError, match="does not end"):
        lea_catcheside_factor(Endless(), repair_half_time_s=HOUR)
