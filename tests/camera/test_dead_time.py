"""Paralysable dead time: both directions, both branches, what is refused."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.camera import (
    DeadTime,
    check_low_branch,
    measurable_after_s,
    observed_rate_per_s,
    true_rate_per_s,
    upper_branch_rate_per_s,
)
from hevesy.errors import InputError

TAU = 4.6e-6  # 177Lu on the SymbiaT at 208 keV, doi:10.1186/s40658-017-0202-7


@given(load=st.floats(0, 0.699), tau=st.floats(1e-8, 1e-4))
@settings(max_examples=60, deadline=None)
def test_there_and_back(load, tau):
    true = load / tau
    found = true_rate_per_s(observed_rate_per_s(true, tau), DeadTime(dead_time_s=tau))
    assert float(found.rate_per_s) == pytest.approx(true, rel=1e-12, abs=1e-9)
    assert float(found.factor) == pytest.approx(math.exp(load), rel=1e-12)


@pytest.mark.parametrize("load", [1.01, 1.5, 4.0, 30.0])
def test_the_upper_branch_gives_the_same_rate(load):
    seen = observed_rate_per_s(load / TAU, TAU)
    assert float(upper_branch_rate_per_s(seen, TAU)) == pytest.approx(load / TAU, rel=1e-6)


def test_losses_of_a_quarter():
    # a loss of 20 % is n tau = -ln 0.8
    true = -math.log(0.8) / TAU
    assert float(observed_rate_per_s(true, TAU)) == pytest.approx(0.8 * true, rel=1e-12)
    found = true_rate_per_s([0.8 * true, 0.1 * true], DeadTime(dead_time_s=TAU))
    assert found.flagged.tolist() == [True, False]


def test_stated_uncertainty_is_the_spread_of_repeats():
    rng = np.random.default_rng(11)
    true = 0.5 / TAU
    observed = float(observed_rate_per_s(true, TAU))
    stated = true_rate_per_s(observed, DeadTime(dead_time_s=TAU, uncertainty_s=0.01 * TAU))
    of_counts = true_rate_per_s(
        observed * (1 + 1e-3 * rng.standard_normal(20000)), DeadTime(dead_time_s=TAU)
    )
    spread = float(of_counts.rate_per_s.std()) / true
    # first order; 20 000 draws know a spread to 0.5 %
    assert spread == pytest.approx(1e-3 * float(stated.relative_to_observed), rel=0.03)
    taus = TAU * (1 + 0.01 * rng.standard_normal(2000))
    rates = [float(true_rate_per_s(observed, DeadTime(dead_time_s=t), most_ratio=0.99).rate_per_s)
             for t in taus]  # fmt: skip
    assert np.std(rates) / true == pytest.approx(float(stated.dead_time_relative), rel=0.06)


def test_what_is_refused():
    dead_time = DeadTime(dead_time_s=TAU)
    with pytest.raises(InputError, match=r"higher than a detector of this dead time can count"):
        true_rate_per_s(1.001 / (math.e * TAU), dead_time)
    with pytest.raises(InputError, match=r"n tau 0\.71"):
        true_rate_per_s(observed_rate_per_s(0.71 / TAU, TAU), dead_time)
    with pytest.raises(InputError, match="0 or more"):
        true_rate_per_s(-1.0, dead_time)
    with pytest.raises(InputError, match="dead time must be 0 or more"):
        DeadTime(dead_time_s=-1.0)
    with pytest.raises(InputError, match="between 0 and 1"):
        true_rate_per_s(1.0, dead_time, most_ratio=1.0)


def test_without_dead_time_nothing_is_lost():
    found = true_rate_per_s([0.0, 1e6], DeadTime(dead_time_s=0.0))
    assert found.factor.tolist() == [1.0, 1.0]
    check_low_branch(1e6, DeadTime(dead_time_s=0.0))


class TestBranch:
    dead_time = DeadTime(dead_time_s=TAU)

    @given(low=st.floats(0.01, 0.99))
    @settings(max_examples=30, deadline=None)
    def test_a_bound_below_the_partner_proves_it(self, low):
        seen = observed_rate_per_s(low / TAU, TAU)
        partner = float(upper_branch_rate_per_s(seen, TAU))
        check_low_branch(seen, self.dead_time, most_true_per_s=0.999 * partner)
        with pytest.raises(InputError, match="can't be told"):
            check_low_branch(seen, self.dead_time, most_true_per_s=1.001 * partner)

    def test_nothing_known_is_refused(self):
        with pytest.raises(InputError, match="give the activity administered"):
            check_low_branch(1e4, self.dead_time)

    def test_a_paralysed_scan_is_found_by_the_next_one(self):
        # 188Re: n tau 2.5 at first, 0.94 a day later
        loads = (2.5, 2.5 * 2 ** (-24 / 17.0))
        first, second = (float(observed_rate_per_s(x / TAU, TAU)) for x in loads)
        assert second > first
        with pytest.raises(InputError, match="a later scan counts more"):
            check_low_branch(first, self.dead_time, later_per_s=[second])

    def test_a_series_that_falls_proves_its_later_scans(self):
        first, second = (float(observed_rate_per_s(x / TAU, TAU)) for x in (0.6, 0.2))
        check_low_branch(second, self.dead_time, earlier_per_s=[first])
        with pytest.raises(InputError, match="can't be told"):
            check_low_branch(first, self.dead_time, earlier_per_s=[first])

    def test_a_refusal_says_when(self):
        decay = math.log(2) / (17.0 * 3600)
        with pytest.raises(InputError, match=r"measure 34\.0 h later"):
            # 7.2e4 /s is n tau 0.6 or 1.6
            check_low_branch(7.2e4, self.dead_time, most_true_per_s=2.8 / TAU, decay_per_s=decay)

    @given(low=st.floats(0.3, 0.65), over=st.floats(1.5, 3.0))
    @settings(max_examples=30, deadline=None)
    def test_a_refusal_says_from_when_the_lower_rate_would_be_told(self, low, over):
        """Said to 0.1 h; both rates fall by physical decay alone."""
        decay = math.log(2) / (17.0 * 3600)
        partner = float(upper_branch_rate_per_s(observed_rate_per_s(low / TAU, TAU), TAU))

        def scan(hours):
            left = math.exp(-3600 * decay * hours)
            seen = observed_rate_per_s(left * low / TAU, TAU)
            bound = left * over * partner
            check_low_branch(seen, self.dead_time, most_true_per_s=bound, decay_per_s=decay)

        with pytest.raises(InputError) as refused:
            scan(0.0)
        said = float(re.search(r"([0-9.]+) h later will do", str(refused.value)).group(1))
        scan(said + 0.051)
        with pytest.raises(InputError, match="can't be told"):
            scan(said - 0.051)


def test_waiting():
    decay = math.log(2) / 61214.4
    wait = measurable_after_s(2.0 / TAU, TAU, decay_per_s=decay)
    assert 2.0 * math.exp(-decay * wait) == pytest.approx(0.7, rel=1e-12)
    assert measurable_after_s(0.5 / TAU, TAU, decay_per_s=decay) == 0.0
    assert measurable_after_s(0.0, TAU, decay_per_s=decay) == 0.0
    with pytest.raises(InputError, match="decay constant"):
        measurable_after_s(1.0, TAU, decay_per_s=0.0)
