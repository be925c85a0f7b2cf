"""Kaplan-Meier, medians and intervals against lifelines, statsmodels and closed forms."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.trial.tables import (
    DAYS_PER_MONTH,
    SurvivalTime,
    TableOptions,
    date_units,
    describe,
    estimate_survival,
    median_interval,
    prepare_analysis,
    quantile,
    survival_of,
)
from tests.trial.made_study import make_study

TIMES = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=40)


def curve(pairs):
    return estimate_survival([SurvivalTime(days=d, event=e) for d, e in pairs])


@given(TIMES)
@settings(max_examples=60, deadline=None)
def test_the_step_function_is_the_product_in_fractions(pairs) -> None:
    found = curve(pairs)
    share, greenwood = Fraction(1), Fraction(0)
    for day in range(41):
        at_risk = sum(d >= day for d, _ in pairs)
        died = sum(d == day and e for d, e in pairs)
        assert found.at_risk(day) == at_risk
        if died:
            share *= 1 - Fraction(died, at_risk)
            if at_risk > died:
                greenwood += Fraction(died, at_risk * (at_risk - died))
        got, low, high = found.at(day) if day >= found.days[0] else (1.0, math.nan, 1.0)
        # at most 40 products of doubles, each rounded once: 40 * 1.1e-16 of 1
        assert got == pytest.approx(float(share), abs=1e-14)
        if 0 < share < 1:
            # log-log Greenwood, written out from its definition
            theta = 1.959963984540054 * math.sqrt(greenwood) / math.log(share)
            assert low == pytest.approx(float(share) ** math.exp(-theta), abs=1e-12)
            assert high == pytest.approx(float(share) ** math.exp(theta), abs=1e-12)
        elif share == 1:
            assert math.isnan(low)
        else:
            assert math.isnan(high)
    assert found.events == sum(e for _, e in pairs)
    assert len(found.censored) == len(pairs) - found.events
    assert all(b <= a for a, b in pairwise(found.share))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_against_lifelines(seed: int) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    rng = np.random.default_rng(seed)
    days, events = rng.integers(1, 400, 120), rng.random(120) < 0.6
    found = curve(list(zip(days.tolist(), events.tolist(), strict=True)))
    peer = KaplanMeierFitter().fit(days, events)
    bands = peer.confidence_interval_survival_function_
    for day in found.days[1:]:
        got, low, high = found.at(day)
        # lifelines sums logarithms: some 1e-13 away from the product
        assert got == pytest.approx(float(peer.predict(day)), abs=1e-9)
        if 0 < got < 1:
            assert (low, high) == pytest.approx(tuple(bands.loc[day]), abs=1e-9)
        assert found.at_risk(day) == peer.event_table.loc[day, "at_risk"]
    assert found.median_days == peer.median_survival_time_
    limits = median_survival_times(bands)
    expected = [float(v) for v in limits.iloc[0]]
    assert found.median_interval_days == tuple(expected)


@pytest.mark.parametrize("seed", [4, 5])
def test_against_statsmodels(seed: int) -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(seed)
    days, events = rng.integers(1, 60, 80), rng.random(80) < 0.7
    found = curve(list(zip(days.tolist(), events.tolist(), strict=True)))
    peer = SurvfuncRight(days, events)
    for day, share, error in zip(peer.surv_times, peer.surv_prob, peer.surv_prob_se, strict=True):
        got, low, high = found.at(int(day))
        assert got == pytest.approx(share, abs=1e-12)
        if 0 < share < 1:
            # Greenwood's error back from the band: ln(-ln S) +- z se / (S |ln S|)
            width = (math.log(-math.log(low)) - math.log(-math.log(high))) / 2
            back = width / 1.959963984540054 * share * abs(math.log(share))
            assert back == pytest.approx(error, rel=1e-9)


def test_follow_up_is_the_curve_with_ends_and_deaths_exchanged() -> None:
    from lifelines import KaplanMeierFitter

    rows = make_study(9, patients=80)
    units = date_units(prepare_analysis(rows, options=TableOptions()))
    died = {d.inclusion for d in rows.departures if d.kind == "died"}
    assert [one.died for one in units] == [one.unit.key[1] in died for one in units]
    found = survival_of(units, "follow-up")
    assert found is not None
    peer = KaplanMeierFitter().fit(
        [one.last_day for one in units], [one.unit.key[1] not in died for one in units]
    )
    assert found.median_days == peer.median_survival_time_
    overall = survival_of(units, "overall")
    assert overall is not None
    assert overall.events == len(died & {one.unit.key[1] for one in units})


def test_last_days_by_plain_loops() -> None:
    rows = make_study(9, patients=40)
    for one in date_units(prepare_analysis(rows, options=TableOptions())):
        name = one.unit.key[1]
        left = [d.left_on for d in rows.departures if d.inclusion == name]
        seen = [
            *(v.visited_on for v in rows.visits if v.inclusion == name),
            *(e.began_on for e in rows.events if e.inclusion == name),
            *(a.given_on for a in rows.administrations if a.inclusion == name),
            *(s.assessed_on for s in rows.assessments if s.inclusion == name),
        ]
        last = left[0] if left else max(seen)
        start = min(a.given_on for a in rows.administrations if a.inclusion == name)
        assert one.last_day == (last - start).days


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_quantiles_and_spread_against_numpy(values: list[int]) -> None:
    ordered = sorted(Fraction(v) for v in values)
    for share in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)):
        expected = np.percentile(values, float(100 * share), method="averaged_inverted_cdf")
        assert float(quantile(ordered, share)) == expected
    cells = dict(describe(ordered, unit="", decimals=3))
    if len(values) > 1:
        # the root is cut at 12 decimals
        assert float(cells["standard deviation"].value) == pytest.approx(
            float(np.std(values, ddof=1)), abs=1e-11
        )


@pytest.mark.parametrize("n", [*range(1, 30), 101, 1000])
def test_the_medians_interval_covers_95_percent_and_not_too_much(n: int) -> None:
    """P(x_k < m < x_(n+1-k)) = 1 - 2 P(Bin(n, 1/2) < k), with the largest k that keeps 95 %."""
    found = median_interval([Fraction(v) for v in range(1, n + 1)])

    def covered(k: int) -> Fraction:
        return 1 - 2 * Fraction(sum(math.comb(n, i) for i in range(k)), 2**n)

    if found is None:
        assert covered(1) < Fraction(95, 100)
        return
    k = int(found[0])
    assert int(found[1]) == n + 1 - k
    assert covered(k) >= Fraction(95, 100) > covered(k + 1)


def test_refusals_and_months() -> None:
    assert Fraction("365.25") == 12 * DAYS_PER_MONTH
    with pytest.raises(TrialError, match="can't be negative"):
        SurvivalTime(days=-1, event=True)
    with pytest.raises(TrialError, match="nobody"):
        estimate_survival([])
    with pytest.raises(TrialError, match="no quantile"):
        quantile([], Fraction(1, 2))
