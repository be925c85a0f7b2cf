"""Decay against closed forms (exponential, Bateman), and what is refused."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import InputError, TimeError
from hevesy.nuclides import (
    decay_activity_bq,
    decay_chain_activities_bq,
    decay_factor,
    get_nuclide,
    radioactive_progeny,
)
from hevesy.nuclides.decay import _STABLE_DAUGHTERS

RHENIUM = get_nuclide("Re-188")


def test_one_gbq_of_rhenium_after_two_hours() -> None:
    # 1000 MBq x 2^(-2/17.004) = 921.71 MBq
    expected = 1000.0 * 2 ** (-2 / 17.004)
    assert decay_activity_bq(RHENIUM, 1e9, 7200.0) / 1e6 == pytest.approx(expected, rel=1e-12)


def test_series_of_the_trial() -> None:
    # 96, 78, 38, 14, 5.3, 2.0 % at 1, 6, 24, 48, 72, 96 h by decay alone
    hours = np.array([1.0, 6.0, 24.0, 48.0, 72.0, 96.0])
    percent = decay_factor(RHENIUM, hours * 3600.0) * 100.0
    assert percent == pytest.approx([96, 78, 38, 14, 5.3, 2.0], abs=0.5)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
@settings(max_examples=50, deadline=None)
def test_decay_in_two_steps_is_decay_in_one(first_s: float, second_s: float) -> None:
    together = decay_factor(RHENIUM, first_s + second_s)
    apart = decay_factor(RHENIUM, first_s) * decay_factor(RHENIUM, second_s)
    # rel: exponents up to 23 carry an absolute rounding error of 23 x 1e-16
    assert together == pytest.approx(apart, rel=1e-13)


@pytest.mark.parametrize("elapsed_s", [-1.0, -1e-9, float("nan"), -float("inf")])
def test_negative_times_are_refused(elapsed_s: float) -> None:
    for call in (
        lambda: decay_factor(RHENIUM, elapsed_s),
        lambda: decay_factor(RHENIUM, np.array([0.0, elapsed_s])),
        lambda: decay_activity_bq(RHENIUM, 1e9, elapsed_s),
        lambda: decay_chain_activities_bq("W-188", 1e9, elapsed_s),
    ):
        with pytest.raises(TimeError):
            call()


def test_chain_needs_a_finite_time() -> None:
    with pytest.raises(TimeError):
        decay_chain_activities_bq("W-188", 1e9, float("inf"))


@pytest.mark.parametrize("activity_bq", [-1.0, float("nan"), float("inf")])
def test_impossible_activities_are_refused(activity_bq: float) -> None:
    with pytest.raises(InputError):
        decay_activity_bq(RHENIUM, activity_bq, 1.0)
    with pytest.raises(InputError):
        decay_chain_activities_bq("W-188", activity_bq, 1.0)


@given(st.floats(0.0, 400.0))
@settings(max_examples=30, deadline=None)
def test_generator_against_bateman(days: float) -> None:
    parent, daughter = get_nuclide("W-188").decay_per_s, RHENIUM.decay_per_s
    elapsed_s = days * 86400.0
    grown = (
        daughter
        / (daughter - parent)
        * (math.exp(-parent * elapsed_s) - math.exp(-daughter * elapsed_s))
    )
    chain = decay_chain_activities_bq("188W", 1e9, elapsed_s)
    assert list(chain) == ["W-188", "Re-188"]
    assert chain["W-188"] == pytest.approx(1e9 * math.exp(-parent * elapsed_s), rel=1e-10)
    assert chain["Re-188"] == pytest.approx(1e9 * grown, rel=1e-9, abs=1e-3)


def test_chain_of_a_nuclide_with_stable_daughters_is_the_exponential() -> None:
    chain = decay_chain_activities_bq("Re-188", 1e9, 7200.0)
    assert list(chain) == ["Re-188"]
    assert chain["Re-188"] == pytest.approx(decay_activity_bq(RHENIUM, 1e9, 7200.0), rel=1e-12)


def test_list_of_stable_daughters_agrees_with_the_chains() -> None:
    radioactivedecay = pytest.importorskip("radioactivedecay")
    for name in _STABLE_DAUGHTERS:
        for child in radioactivedecay.Nuclide(name).progeny():
            # 186Re's daughter 186Os is measured to live for 2e15 years
            assert radioactivedecay.Nuclide(child).half_life("y") > 1e12, (name, child)


def test_radioactive_progeny() -> None:
    assert radioactive_progeny("I-131") == ("Xe-131m",)
    assert set(radioactive_progeny("Mo-99")) == {"Tc-99m", "Tc-99"}


def test_import_is_light() -> None:
    code = (
        "import sys, hevesy.nuclides as n; n.get_nuclide; "
        "print([m for m in ('radioactivedecay', 'icrp107_database', 'scipy.interpolate', 'pandas')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
