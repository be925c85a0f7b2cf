"""Growth on the column, elutions and forecasts against Bateman, radioactivedecay and statistics."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import CustodyError, HevesyError, InputError, NuclideError, TimeError
from hevesy.nuclides import branching_fraction, decay_chain_activities_bq, get_nuclide
from hevesy.pharmacy import (
    BreakthroughLimit,
    ColumnContents,
    Elution,
    Generator,
    breakthrough_growth_factor,
    breakthrough_ratio,
    column_at,
    estimate_yield,
    forecast_elution,
    get_decay_pair,
    grow,
    judge_breakthrough,
    plan_decay_storage,
    plan_elution,
    predict_elution,
    reckon_elutions,
    time_to_eluted_activity_s,
    time_to_maximum_s,
)

HOUR = 3600.0
RHENIUM = get_decay_pair("Re-188")
FRESH = ColumnContents(parent_bq=100.0, daughter_bq=0.0)
START = datetime(2024, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "percent"), [(24, 62.05), (48, 84.76), (72, 92.69), (96, 95.07)])
def test_published_ingrowth(hours: int, percent: float) -> None:
    # half a unit of the published last digit
    assert grow(RHENIUM, FRESH, hours * HOUR).daughter_bq == pytest.approx(percent, abs=0.005)


def test_published_maximum() -> None:
    seconds = time_to_maximum_s(RHENIUM, FRESH)
    assert seconds / HOUR == pytest.approx(113.75, abs=0.005)
    assert grow(RHENIUM, FRESH, seconds).daughter_bq == pytest.approx(95.40, abs=0.005)


def test_published_breakthrough_growth() -> None:
    assert breakthrough_growth_factor(RHENIUM, 24 * HOUR) == pytest.approx(2.63, abs=0.005)


@pytest.mark.parametrize("daughter", ["Re-188", "Y-90", "Ho-166"])
@pytest.mark.parametrize("hours", [0.01, 17.0, 200.0])
def test_growth_agrees_with_radioactivedecay(daughter: str, hours: float) -> None:
    pair = get_decay_pair(daughter)
    found = grow(pair, ColumnContents(parent_bq=1e9, daughter_bq=2e8), hours * HOUR)
    chain = decay_chain_activities_bq(pair.parent.name, 1e9, hours * HOUR)
    left = 2e8 * 2 ** (-hours * HOUR / pair.daughter.half_life_s)
    # both use ICRP-107; the packages' copies agree to their digits
    assert found.parent_bq == pytest.approx(chain[pair.parent.name], rel=1e-6)
    assert found.daughter_bq == pytest.approx(chain[pair.daughter.name] + left, rel=1e-6)


def test_branches() -> None:
    radioactivedecay = pytest.importorskip("radioactivedecay")
    shares = radioactivedecay.Nuclide("W-188").branching_fractions()
    assert branching_fraction("188W", "Re188") == shares[0]  # the built-in one
    assert branching_fraction("Mo-99", "Tc-99m") == pytest.approx(0.8773)
    with pytest.raises(NuclideError):
        branching_fraction("Re-188", "W-188")
    with pytest.raises(InputError):
        get_decay_pair("Lu-177")


@settings(deadline=None)
@given(
    left=st.floats(0.0, 1.5),
    hours=st.floats(0.0, 400.0),
    more=st.floats(0.0, 400.0),
)
def test_two_waits_are_one(left: float, hours: float, more: float) -> None:
    column = ColumnContents(parent_bq=1.0, daughter_bq=left)
    once = grow(RHENIUM, column, (hours + more) * HOUR)
    twice = grow(RHENIUM, grow(RHENIUM, column, hours * HOUR), more * HOUR)
    # rounding of a few exponentials
    assert twice.daughter_bq == pytest.approx(once.daughter_bq, rel=1e-11, abs=1e-14)


@settings(deadline=None)
@given(left=st.floats(0.0, 2.0))
def test_the_maximum_is_one(left: float) -> None:
    column = ColumnContents(parent_bq=1.0, daughter_bq=left)
    at_s = time_to_maximum_s(RHENIUM, column)
    top = grow(RHENIUM, column, at_s).daughter_bq
    for beside in (0.0, 0.5 * at_s, at_s + HOUR, 2 * at_s + HOUR):
        assert grow(RHENIUM, column, beside).daughter_bq <= top * (1 + 1e-12)


def test_a_residue_brings_the_maximum_forward() -> None:
    # more than 99 % of the parent at the start: above its own maximum, it only falls
    assert time_to_maximum_s(RHENIUM, ColumnContents(parent_bq=1.0, daughter_bq=1.02)) == 0.0
    half = time_to_maximum_s(RHENIUM, ColumnContents(parent_bq=1.0, daughter_bq=0.5))
    assert 0 < half < time_to_maximum_s(RHENIUM, FRESH)


def test_an_elution_conserves_and_its_time_is_found() -> None:
    column = ColumnContents(parent_bq=37e9, daughter_bq=4e9)
    found = predict_elution(RHENIUM, column, elapsed_s=24 * HOUR, yield_fraction=0.8)
    assert found.eluted_bq + found.left_bq == pytest.approx(found.available_bq, rel=1e-15)
    back = time_to_eluted_activity_s(RHENIUM, column, needed_bq=found.eluted_bq, yield_fraction=0.8)
    assert back == pytest.approx(24 * HOUR, rel=1e-9)
    assert time_to_eluted_activity_s(RHENIUM, column, needed_bq=1e9, yield_fraction=0.8) == 0.0
    with pytest.raises(InputError, match="at most"):
        time_to_eluted_activity_s(RHENIUM, column, needed_bq=40e9, yield_fraction=0.8)


def test_a_breakthrough_limit_has_its_time() -> None:
    late = BreakthroughLimit(maximum_ratio=2e-6, after_elution_s=24 * HOUR)
    early = BreakthroughLimit(maximum_ratio=2e-6, after_elution_s=0.0)
    assert judge_breakthrough(
        RHENIUM, measured_ratio=1e-6, measured_after_s=0.0, limit=early
    ).passed
    verdict = judge_breakthrough(RHENIUM, measured_ratio=1e-6, measured_after_s=0.0, limit=late)
    assert verdict.passed is False
    assert verdict.parent_ratio == pytest.approx(2.634e-6, rel=1e-3)
    unset = judge_breakthrough(RHENIUM, measured_ratio=1e-6, measured_after_s=0.0, limit=None)
    assert unset.passed is None
    # carried back, it is what the closed form gives forward
    eluate = ColumnContents(parent_bq=1.0, daughter_bq=1e5)
    measured = breakthrough_ratio(RHENIUM, eluate, 100 * HOUR)
    back = judge_breakthrough(
        RHENIUM, measured_ratio=measured, measured_after_s=100 * HOUR, limit=early
    )
    assert back.parent_ratio == pytest.approx(1e-5, rel=1e-12)
    with pytest.raises(InputError):
        judge_breakthrough(RHENIUM, measured_ratio=1.5, measured_after_s=100 * HOUR, limit=early)


def test_waste_as_a_chain() -> None:
    kept = plan_decay_storage(
        RHENIUM.daughter, activity_bq=10e9, level_bq=1e5, pair=RHENIUM, parent_fraction=1e-5
    )
    assert kept.daughter_only_s / HOUR == pytest.approx(282, abs=0.5)
    assert kept.together_at_daughter_only_bq == pytest.approx(279e3, abs=500)
    assert kept.storage_s / HOUR == pytest.approx(1687, abs=0.5)
    assert kept.parent_then_bq + kept.daughter_then_bq == pytest.approx(1e5, rel=1e-9)
    # alone: ln(1e5) / ln 2 half-lives
    alone = plan_decay_storage(RHENIUM.daughter, activity_bq=10e9, level_bq=1e5)
    assert alone.storage_s == pytest.approx(17.004 * HOUR * math.log2(1e5), rel=1e-9)


def test_waste_that_rises_before_it_falls() -> None:
    # almost pure parent at 0.6 of the level: with its daughter it goes above, and comes back
    kept = plan_decay_storage(
        RHENIUM.daughter, activity_bq=1.0, level_bq=1e5, pair=RHENIUM, parent_fraction=6e4
    )
    chain = decay_chain_activities_bq("W-188", 6e4, kept.storage_s)
    assert sum(chain.values()) == pytest.approx(1e5, rel=1e-5)
    assert kept.storage_s > 10 * 86400
    low = plan_decay_storage(RHENIUM.daughter, activity_bq=1.0, level_bq=2.0)
    assert low.storage_s == 0.0


def test_waste_counts_every_daughter() -> None:
    iodine = get_nuclide("I-131")  # 1.1 % lead to 131mXe, which lives longer
    kept = plan_decay_storage(iodine, activity_bq=1e9, level_bq=1e3)
    total = sum(decay_chain_activities_bq("I-131", 1e9, kept.storage_s).values())
    assert total == pytest.approx(1e3, rel=1e-6)
    assert kept.daughter_then_bq < 1e3


GENERATOR = Generator(
    identifier="G-1", pair=RHENIUM, parent_bq=37e9, daughter_bq=0.0, calibrated_at=START
)


def eluted(day: float, activity_bq: float, sigma_bq: float = 0.0, name: str = "") -> Elution:
    at = START + timedelta(days=day)
    return Elution(
        identifier=name or f"E-{day}",
        eluted_at=at,
        measured_at=at + timedelta(minutes=10),
        activity_bq=activity_bq * 2 ** (-1 / 6 / 17.004),
        activity_uncertainty_bq=sigma_bq,
        volume_ml=10.0,
        performed_by="A",
    )


def test_the_log_starts_each_elution_from_what_was_left() -> None:
    first = grow(RHENIUM, ColumnContents(parent_bq=37e9, daughter_bq=0.0), 24 * HOUR)
    log = [eluted(1, 0.8 * first.daughter_bq)]
    row = reckon_elutions(GENERATOR, log)[0]
    assert row.yield_fraction == pytest.approx(0.8, rel=1e-9)
    assert row.left_bq == pytest.approx(0.2 * first.daughter_bq, rel=1e-9)
    second = grow(
        RHENIUM, ColumnContents(parent_bq=first.parent_bq, daughter_bq=row.left_bq), 24 * HOUR
    )
    rows = reckon_elutions(GENERATOR, [eluted(2, 0.75 * second.daughter_bq), *log])
    assert rows[1].yield_fraction == pytest.approx(0.75, rel=1e-9)
    assert rows[1].theoretical_bq > first.daughter_bq  # not from zero


def test_more_than_there_was_is_asked_about() -> None:
    row = reckon_elutions(GENERATOR, [eluted(1, 30e9)])[0]
    assert row.question is not None
    assert row.question.endswith("?")
    assert row.left_bq == 0.0


def random_log(rng: np.random.Generator, days: int, spread: float) -> list[Elution]:
    column = ColumnContents(parent_bq=37e9, daughter_bq=0.0)
    log = []
    for day in range(1, days + 1):
        now = grow(RHENIUM, column, 24 * HOUR)
        share = float(np.clip(rng.normal(0.8, spread), 0.5, 0.98))
        log.append(eluted(day, share * now.daughter_bq))
        column = ColumnContents(parent_bq=now.parent_bq, daughter_bq=(1 - share) * now.daughter_bq)
    return log


def test_the_interval_holds_as_often_as_it_says() -> None:
    # 600 generators: 95 % is met within 3 standard deviations of a binomial share (0.9 %)
    rng = np.random.default_rng(11)
    repeats, inside = 600, 0
    for _ in range(repeats):
        log = random_log(rng, 5, 0.03)
        ahead = forecast_elution(GENERATOR, log[:4], log[4].eluted_at)
        truth = reckon_elutions(GENERATOR, log)[4].eluted_bq
        inside += ahead.eluted_low_bq <= truth <= ahead.eluted_high_bq
    assert inside / repeats == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / repeats))


def test_two_elutions_have_students_one_degree_of_freedom() -> None:
    log = random_log(np.random.default_rng(5), 2, 0.03)
    ahead = forecast_elution(GENERATOR, log, START + timedelta(days=3))
    half = ahead.eluted_high_bq - ahead.prediction.eluted_bq
    # tabulated t(0.975, 1)
    assert half / ahead.prediction.eluted_uncertainty_bq == pytest.approx(12.706, abs=0.001)


def test_readings_set_the_least_spread() -> None:
    first = grow(RHENIUM, ColumnContents(parent_bq=37e9, daughter_bq=0.0), 24 * HOUR)
    rows = reckon_elutions(
        GENERATOR, [eluted(1, 0.8 * first.daughter_bq, 0.05 * first.daughter_bq)]
    )
    assert estimate_yield([*rows, *rows]).spread_fraction == pytest.approx(0.05, rel=0.01)


def test_the_next_elution_is_planned() -> None:
    log = random_log(np.random.default_rng(7), 4, 0.02)
    now = START + timedelta(days=4)
    timing = plan_elution(GENERATOR, log, now=now, needed_bq=15e9)
    ahead = forecast_elution(GENERATOR, log, timing.earliest_at)
    assert ahead.prediction.eluted_bq == pytest.approx(15e9, rel=1e-4)  # a microsecond's rounding
    assert timing.safe_at is not None
    assert forecast_elution(GENERATOR, log, timing.safe_at).eluted_low_bq == pytest.approx(
        15e9, rel=1e-4
    )
    late = plan_elution(GENERATOR, log, now=now + timedelta(days=2), needed_bq=15e9)
    assert late.earliest_at == now + timedelta(days=2)
    with pytest.raises(InputError):
        plan_elution(GENERATOR, log, now=now, needed_bq=40e9)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: reckon_elutions(GENERATOR, [eluted(1, 1e9), eluted(1, 1e9, name="other")]),
        lambda: reckon_elutions(GENERATOR, [eluted(1, 1e9, name="a"), eluted(2, 1e9, name="a")]),
        lambda: reckon_elutions(GENERATOR, [eluted(-1, 1e9)]),
        lambda: column_at(GENERATOR, [], START - timedelta(days=1)),
        lambda: forecast_elution(GENERATOR, [eluted(1, 1e9)], START + timedelta(days=2)),
        lambda: eluted(1, -1e9),
        lambda: eluted(1, math.nan),
        lambda: grow(RHENIUM, FRESH, -1.0),
        lambda: predict_elution(RHENIUM, FRESH, elapsed_s=1.0, yield_fraction=1.2),
        lambda: column_at(GENERATOR, [], datetime(2024, 3, 2)),  # noqa: DTZ001 - naive on purpose
    ],
)
def test_what_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises((CustodyError, InputError, TimeError)) as caught:
        wrong()  # type: ignore[operator]
    assert isinstance(caught.value, HevesyError)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(
    shares=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8),
    gaps_h=st.lists(st.floats(1.0, 200.0), min_size=8, max_size=8),
)
def test_activity_is_conserved_over_any_log(shares: list[float], gaps_h: list[float]) -> None:
    """All daughter eluted, and what is left, carried to one time, is what grew in all."""
    at, log = START, []
    column = ColumnContents(parent_bq=37e9, daughter_bq=0.0)
    for number, (share, gap_h) in enumerate(zip(shares, gaps_h, strict=False)):
        at += timedelta(hours=gap_h)
        now = grow(RHENIUM, column, timedelta(hours=gap_h).total_seconds())
        log.append(
            Elution(
                identifier=f"E-{number}", eluted_at=at, measured_at=at,
                activity_bq=share * now.daughter_bq, activity_uncertainty_bq=0.0, volume_ml=5.0,
                performed_by="A",
            )
        )  # fmt: skip
        column = ColumnContents(parent_bq=now.parent_bq, daughter_bq=(1 - share) * now.daughter_bq)
    rows = reckon_elutions(GENERATOR, log)
    carried = rows[-1].left_bq + sum(
        row.eluted_bq * 2 ** (-(at - row.elution.eluted_at).total_seconds() / (17.004 * HOUR))
        for row in rows
    )
    undisturbed = grow(
        RHENIUM,
        ColumnContents(parent_bq=37e9, daughter_bq=0.0),
        (at - START).total_seconds(),
    )
    assert carried == pytest.approx(undisturbed.daughter_bq, rel=1e-9)
