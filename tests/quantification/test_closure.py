"""The whole body's balance: closed forms, what is common counts once, verdicts, coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.quantification import (
    ClosureCause,
    ClosureEvidence,
    ClosureUncertainty,
    ClosureVerdict,
    Strength,
    WholeBodyScan,
    balance_scan,
    combine_ratios,
    explain_balance,
    find_rises,
    injected_share,
    region_detection,
)

KNOWN = ClosureUncertainty(
    calibration_relative_uncertainty=0.03, administered_relative_uncertainty=0.04
)


def body(measured: float, **changes: object) -> WholeBodyScan:
    values: dict[str, object] = {
        "scan": 1, "course": 1, "hours_after_administration": 1.0, "measured_bq": measured,
        "counting_relative_uncertainty": 0.0, "injected_bq": 1e9, "decay_factor": 0.5,
        "outside_bq": 0.0,
    }  # fmt: skip
    return WholeBodyScan(**{**values, **changes})  # type: ignore[arg-type]


def test_closed_form() -> None:
    seen = body(
        4e8, counting_relative_uncertainty=0.01, left_over_bq=2e7, left_over_uncertainty_bq=5e6,
        excreted_bq=1e8, excreted_uncertainty_bq=4e6,
    )  # fmt: skip
    found = balance_scan(seen, KNOWN)
    # expected 500 - 100 = 400 MBq; of this course 400 - 20 = 380 MBq
    assert found.difference_bq == pytest.approx(-2e7)
    assert found.ratio == pytest.approx(0.95)
    # MBq: calibration 0.03 * 380, injected 0.04 * 500, counting 0.01 * 400, left 5, urine 4
    assert found.stated_uncertainty_bq / 1e6 == pytest.approx(math.hypot(11.4, 20, 4, 5, 4))
    # of the ratio: those of the expectation act by 0.95 times their share of 400
    assert found.common_share == pytest.approx(math.hypot(11.4, 0.95 * 20) / 400)
    assert found.random_share == pytest.approx(math.hypot(4, 5, 0.95 * 4) / 400)


@given(
    st.floats(0.0, 1.5), st.floats(0.01, 1.0), st.floats(0.0, 0.5), st.floats(1e5, 1e11)
)  # fmt: skip
def test_nothing_is_lost(seen: float, decay: float, urine: float, injected: float) -> None:
    """Seen, measured urine and difference add up to what was injected, decayed."""
    left = injected * decay
    scan = body(seen * left, injected_bq=injected, decay_factor=decay, excreted_bq=urine * left)
    found = balance_scan(scan, KNOWN)
    assert scan.own_bq + scan.excreted_bq - found.difference_bq == pytest.approx(left, rel=1e-9)
    # what is no longer seen, and what is, is all
    assert 100.0 * scan.own_bq / left + found.excreted_percent == pytest.approx(100.0)


def test_what_is_common_counts_once() -> None:
    one = balance_scan(body(4.5e8), KNOWN)
    ratio, sigma = combine_ratios([one] * 9)
    assert ratio == pytest.approx(0.9)
    assert sigma == pytest.approx(0.9 * 0.05)  # 3 % and 4 %: nine scans know it no better
    noisy = balance_scan(body(4.5e8, counting_relative_uncertainty=0.3), KNOWN)
    _, sigma = combine_ratios([noisy] * 9)
    assert sigma == pytest.approx(0.9 * math.hypot(0.05, 0.3 / 3))


def test_coverage_of_the_ratio() -> None:
    """The true ratio lies within one stated standard uncertainty in 68.3 % of repeats.

    400 repeats of three scans with one calibration and one activity meter: the binomial standard
    error is 2.3 %, and three of them are allowed.
    """
    rng = np.random.default_rng(7)
    repeats, hits = 400, 0
    for _ in range(repeats):
        calibration, meter = 1 + rng.normal(0, 0.03), 1 + rng.normal(0, 0.04)
        balances = [
            balance_scan(
                body(
                    0.95e9 * decay * calibration * (1 + rng.normal(0, 0.02)),
                    injected_bq=1e9 * meter, decay_factor=decay,
                    counting_relative_uncertainty=0.02, scan=n,
                ),
                KNOWN,
            )
            for n, decay in enumerate((0.9, 0.6, 0.3), start=1)
        ]  # fmt: skip
        ratio, sigma = combine_ratios(balances)
        hits += abs(ratio - 0.95) <= sigma
    assert abs(hits / repeats - 0.683) < 3 * math.sqrt(0.683 * 0.317 / repeats)


@pytest.mark.parametrize(
    ("measured", "changes", "verdict"),
    [
        (4.9e8, {}, "closes"),
        (4.3e8, {}, "does not close"),  # 14 % is 3 sigma
        (5.8e8, {}, "does not close"),
        # the field: an excess can't be excused by it, a deficit as far as the rest may hold
        (4.3e8, {"outside_bq": 7e7}, "partial"),
        (4.3e8, {"outside_bq": 1e7}, "does not close"),
        (4.9e8, {"outside_bq": 1e7}, "closes"),
        # a difference that only the field excuses is no agreement, however small the bound
        (4.3e8, {"outside_bq": 3e7}, "partial"),
        (4.9e8, {"outside_bq": 7e7}, "partial"),
        (5.8e8, {"outside_bq": 7e7}, "does not close"),
        (4.9e8, {"outside_bq": None}, "not tested"),
        (4.9e8, {"outside_bq": None, "field_too_short": True}, "partial"),
        (5.8e8, {"outside_bq": None, "field_too_short": True}, "does not close"),
        (4.3e8, {"outside_bq": None}, "not tested"),
        (5.8e8, {"outside_bq": None}, "does not close"),
        # after the first voiding a deficit may be urine, unless all of it was measured
        (3.0e8, {"hours_after_administration": 24.0}, "not tested"),
        (3.0e8, {"hours_after_administration": 24.0, "excretion_covered": True}, "does not close"),
        (
            3.0e8,
            {"hours_after_administration": 24.0, "excretion_covered": True, "excreted_bq": 2e8},
            "closes",
        ),
    ],
)
def test_verdicts(measured: float, changes: dict[str, object], verdict: str) -> None:
    found = balance_scan(body(measured, **changes), KNOWN)
    assert found.verdict.value == verdict, found.reason


def test_what_is_not_stated_is_not_nothing() -> None:
    unstated = ClosureUncertainty(
        calibration_relative_uncertainty=None, administered_relative_uncertainty=0.04
    )
    found = balance_scan(body(4.3e8), unstated)
    assert found.unstated == ("calibration",)
    assert found.verdict is ClosureVerdict.NOT_TESTED
    # 70 MBq are two sigma at 35 MBq; 20 are stated, so sqrt(35^2 - 20^2) of 500 lacks, 5.7 %
    assert "5.7 %" in found.reason
    # a factor of three is no calibration's uncertainty
    assert balance_scan(body(1.5e9), unstated).verdict is ClosureVerdict.DOES_NOT_CLOSE
    # agreement within what is stated is agreement within more
    assert balance_scan(body(4.9e8), unstated).verdict is ClosureVerdict.CLOSES


def test_a_rise_needs_no_calibration() -> None:
    early = balance_scan(body(3.5e8, scan=1, decay_factor=0.9), KNOWN)
    late = balance_scan(body(3.5e8, scan=2, decay_factor=0.5), KNOWN)
    ((first, second, percent, sigma),) = find_rises([early, late])
    assert (first, second) == (1, 2)
    assert percent == pytest.approx(80.0)
    assert sigma == pytest.approx(180 * math.sqrt(2) * 0.05)  # repeatability alone
    assert find_rises([late, early]) == ()


@pytest.mark.parametrize(
    ("measured", "changes", "evidence", "cause"),
    [
        (4e8, {}, {"gross": True}, ClosureCause.RESIDUAL),
        (4e8, {}, {"named_parts_bq": 0.9e9}, ClosureCause.LOST_PART),
        (4e8, {}, {"rises": True}, ClosureCause.DEAD_TIME),
        (
            4e8,
            {},
            {"dead_time_said": "scan 1: dead time was not corrected"},
            ClosureCause.DEAD_TIME,
        ),
        (4e8, {"outside_bq": 9e7}, {}, ClosureCause.FIELD_OF_VIEW),
        (4e8, {"hours_after_administration": 24.0}, {}, ClosureCause.EXCRETION),
        (6e8, {}, {"scatter_said": "scatter was not corrected"}, ClosureCause.SCATTER),
        (6e8, {}, {"calibration_said": "calibration is 400 days old"}, ClosureCause.CALIBRATION),
    ],
)
def test_strong_evidence_comes_first(
    measured: float, changes: dict[str, object], evidence: dict[str, object], cause: ClosureCause
) -> None:
    balance = balance_scan(body(measured, **changes), KNOWN)
    found = explain_balance(balance, ClosureEvidence(**evidence))  # type: ignore[arg-type]
    assert (found[0].cause, found[0].strength) == (cause, Strength.STRONG)


def test_an_excess_is_not_blamed_on_losses() -> None:
    found = explain_balance(balance_scan(body(6e8), KNOWN), ClosureEvidence(gross=True))
    losses = {
        ClosureCause.RESIDUAL, ClosureCause.LOST_PART, ClosureCause.EXCRETION,
        ClosureCause.FIELD_OF_VIEW,
    }  # fmt: skip
    assert not losses & {item.cause for item in found}


@pytest.mark.parametrize(
    "changes",
    [
        {"measured_bq": -1.0}, {"decay_factor": 0.0}, {"decay_factor": 1.1}, {"injected_bq": 0.0},
        {"excreted_bq": 5e8}, {"measured_bq": math.nan},
    ],
)  # fmt: skip
def test_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        body(**{"measured": 4e8, **changes} if "measured_bq" not in changes else {
            "measured": changes["measured_bq"]})  # type: ignore[arg-type]  # fmt: skip


def test_injected_share_in_closed_form() -> None:
    found = injected_share(
        2e8, 2e7, injected_bq=1e9, injected_relative_uncertainty=0.05, decay_factor=0.25
    )
    assert found.physical_share == pytest.approx(0.2)
    assert found.physical_uncertainty_share == pytest.approx(math.hypot(0.02, 0.01))
    assert found.decay_corrected_share == pytest.approx(0.8)
    assert found.decay_corrected_uncertainty_share == pytest.approx(4 * math.hypot(0.02, 0.01))


def test_detection_limit_finds_95_of_100() -> None:
    """Activity at the detection limit is found in 95 % of draws, none in 5 %.

    Background and region are counted once each, Poisson, 20 000 times: the standard error is
    0.15 %; Poisson's skewness at 400 counts adds up to 0.5 % (Currie takes it as normal).
    """
    rng = np.random.default_rng(3)
    found = region_detection(
        background_bq=4e4, random_uncertainty_bq=0.0, counts_per_bq=0.01,
        calibration_relative_uncertainty=None,
    )  # fmt: skip
    assert found is not None
    background = rng.poisson(400, 20_000)
    nothing = rng.poisson(400, 20_000) - background
    there = rng.poisson(400 + found.detection_counts, 20_000) - background
    assert np.mean(nothing > found.decision_counts) == pytest.approx(0.05, abs=0.01)
    assert np.mean(there > found.decision_counts) == pytest.approx(0.95, abs=0.01)
