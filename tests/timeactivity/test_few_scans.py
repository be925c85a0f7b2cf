"""One, two, three scans; rises; depots; what is refused."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.errors import FitError, InputError
from hevesy.timeactivity import FitOptions, TimeActivityFit, fit_time_activity

HOUR = 3600.0
LU177 = math.log(2) / (6.647 * 24 * HOUR)
Array = NDArray[np.float64]


def fit(times_h: object, values: object, sigmas: object, **options: object) -> TimeActivityFit:
    return fit_time_activity(
        np.asarray(times_h) * HOUR, values, sigmas, decay_per_s=LU177,  # type: ignore[arg-type]
        options=FitOptions(**options), name="lesion 2",  # type: ignore[arg-type]
    )  # fmt: skip


def test_one_scan_with_a_given_half_life() -> None:
    found = fit(
        [24], [1e8], [5e6], effective_half_life_s=50 * HOUR,
        effective_half_life_uncertainty_s=5 * HOUR, n_bootstrap=5000,
    )  # fmt: skip
    rate = math.log(2) / (50 * HOUR)
    expected = 1e8 * math.exp(rate * 24 * HOUR) / rate
    assert found.tia_bq_s == pytest.approx(expected, rel=1e-12)
    # First order: d ln TIA = dA/A + (1 - k t) dT/T with k t = ln 2 24/50; the second order and
    # 5000 draws (1 %) leave 4 %.
    share = math.hypot(0.05, (1 - rate * 24 * HOUR) * 0.1)
    assert found.tia_uncertainty_bq_s == pytest.approx(share * expected, rel=0.04)
    assert "given, not measured" in found.warnings[0]
    low, high = found.tia_interval68_bq_s
    assert low < found.tia_bq_s < high


def test_one_scan_alone_is_refused_with_what_to_set() -> None:
    with pytest.raises(FitError, match=r"lesion 2.*set effective_half_life") as caught:
        fit([24], [1e8], [5e6])
    assert "\n" not in str(caught.value)


def test_a_given_half_life_is_no_longer_than_the_physical_one() -> None:
    with pytest.raises(FitError, match=r"lesion 2.*physical"):
        fit(
            [24], [1e8], [5e6], effective_half_life_s=200 * HOUR,
            effective_half_life_uncertainty_s=HOUR,
        )  # fmt: skip


def test_a_prior_can_be_fitted_to_several_scans() -> None:
    rate = math.log(2) / (50 * HOUR)
    times = np.array([4, 24, 72.0])
    values = 1e8 * np.exp(-rate * times * HOUR)
    found = fit(
        times, values, 0.05 * values, models=("prior",), effective_half_life_s=50 * HOUR,
        effective_half_life_uncertainty_s=5 * HOUR,
    )  # fmt: skip
    assert found.tia_bq_s == pytest.approx(1e8 / rate, rel=1e-12)


def test_two_falling_scans_are_met_exactly() -> None:
    found = fit([24, 96], [2e8, 1e8], [1e7, 5e6])
    rate = math.log(2) / (72 * HOUR)
    assert found.model == "mono-exponential"
    assert found.tia_bq_s == pytest.approx(2e8 * math.exp(rate * 24 * HOUR) / rate, rel=1e-6)
    assert found.chi2 < 1e-9
    assert found.curve.activity_bq([24 * HOUR, 96 * HOUR]) == pytest.approx([2e8, 1e8])


def test_two_scans_at_physical_decay_within_noise_stay_an_exponential() -> None:
    left = math.exp(-LU177 * 72 * HOUR)
    found = fit([24, 96], [1e8, 1e8 * left * 1.05], [5e6, 5e6])
    assert found.effective_half_life_s == pytest.approx(math.log(2) / LU177)
    assert any("no clearance" in w for w in found.warnings)
    low, high = found.tia_interval68_bq_s
    assert low < found.tia_bq_s < high


def test_two_rising_scans_give_a_span_and_say_why() -> None:
    found = fit([24, 96], [1e8, 1.2e8], [2e6, 2e6])
    low, high = found.tia_interval68_bq_s
    # By hand: straight from the start to the scans, then the two tails.
    between = (1e8 + 1.2e8) / 2 * 72 * HOUR
    first = 1e8 * math.exp(LU177 * 24 * HOUR)
    upper = (first + 1e8) / 2 * 24 * HOUR + between + 1.2e8 / LU177
    fast = math.log(96 / 24 * 1e8 / 1.2e8) / (72 * HOUR)  # above LU177 + ln 2 / 96 h
    lower = 1e8 / 2 * 24 * HOUR + between + 1.2e8 / fast
    named = dict(found.candidates[0].parameters)
    assert named["highest_tia_bq_s"] == pytest.approx(upper, rel=1e-12)
    assert named["lowest_tia_bq_s"] == pytest.approx(lower, rel=1e-12)
    assert found.tia_bq_s == pytest.approx((upper + lower) / 2, rel=1e-12)
    assert low < lower
    assert high > upper
    assert found.tia_uncertainty_bq_s > (upper - lower) / math.sqrt(12)
    assert found.effective_half_life_s is None
    assert "can't tell how fast activity leaves" in found.warnings[0]
    assert found.curve.tia_bq_s() == pytest.approx(found.tia_bq_s, rel=1e-12)


def test_the_fast_tail_is_the_limit_of_uptake_curves_through_both_scans() -> None:
    """c t exp(-k t) through both scans has that k, and meets them."""
    found = fit([24, 96], [1e8, 1.2e8], [2e6, 2e6])
    rate = dict(found.candidates[0].parameters)["fastest_tail_rate_per_s"]
    scale = 1e8 / (24 * math.exp(-rate * 24 * HOUR))
    assert scale * 96 * math.exp(-rate * 96 * HOUR) == pytest.approx(1.2e8, rel=1e-12)


def test_a_steep_rise_still_has_a_span() -> None:
    found = fit([24, 96], [1e7, 3e8], [2e6, 6e6])
    named = dict(found.candidates[0].parameters)
    assert named["fastest_tail_rate_per_s"] == pytest.approx(LU177 + math.log(2) / (96 * HOUR))
    assert named["lowest_tia_bq_s"] < 0.7 * named["highest_tia_bq_s"]


def test_a_depot_does_not_rise() -> None:
    found = fit([24, 96], [1e8, 1.2e8], [2e6, 2e6], initial_activity_limit_bq=5e8)
    assert found.model == "mono-exponential"
    assert any("scatter about the curve" in w for w in found.warnings)
    assert any("no clearance" in w for w in found.warnings)


def test_a_depot_starts_with_no_more_than_was_injected() -> None:
    times = np.array([4, 24, 48, 72, 96, 120.0])
    values = 1e9 * np.exp(-3 * LU177 * times * HOUR)
    found = fit(times, values, 0.05 * values, initial_activity_limit_bq=0.97e9)
    assert float(found.curve.activity_bq(0)) <= 0.97e9 * (1 + 1e-12)
    assert any("net injected activity" in w for w in found.warnings)
    _, high = found.band([0.0])
    assert high[0] <= 0.97e9 * (1 + 1e-12)
    free = fit(times, values, 0.05 * values)
    assert float(free.curve.activity_bq(0)) == pytest.approx(1e9, rel=1e-5)


def test_three_scans_give_one_exponential_without_a_choice() -> None:
    times = np.array([4, 24, 96.0])
    values = 1e9 * np.exp(-2 * LU177 * times * HOUR) * np.array([1.03, 0.98, 1.01])
    found = fit(times, values, 0.05 * values)
    assert [(c.name, c.weight, c.aicc) for c in found.candidates] == [("mono", 1.0, None)]


def test_three_rising_scans_have_an_open_tail() -> None:
    found = fit([4, 24, 96], [1e8, 2e8, 3e8], [5e6, 1e7, 1.5e7])
    assert found.candidates[0].name == "open-tail"


def test_an_uptake_phase_comes_only_where_asked_for() -> None:
    truth = 1e9 * (1 / (1.5 * LU177) - 1 / (20 * LU177))
    times = np.array([4, 12, 24, 72, 144.0]) * HOUR
    values = 1e9 * (np.exp(-1.5 * LU177 * times) - np.exp(-20 * LU177 * times))
    for count in (3, 4, 5):
        part = slice(5 - count, 5)
        asked = fit(times[part] / HOUR, values[part], 0.05 * values[part], uptake_phase=True)
        assert any(c.name == "bi-uptake" for c in asked.candidates)
        plain = fit(times[part] / HOUR, values[part], 0.05 * values[part])
        assert not any(c.name == "bi-uptake" for c in plain.candidates)
        if count < 5:
            assert asked.tia_bq_s == pytest.approx(truth, rel=1e-4)


def test_trapezoids_with_declared_tails() -> None:
    times, values = np.array([4, 24, 96.0]) * HOUR, np.array([3e8, 2e8, 1e8])
    inside = 2.5e8 * 20 * HOUR + 1.5e8 * 72 * HOUR
    start = (3e8 * math.exp(LU177 * 4 * HOUR) + 3e8) / 2 * 4 * HOUR
    physical = fit(times / HOUR, values, 0.05 * values, models=("trapezoid",))
    assert physical.tia_bq_s == pytest.approx(start + inside + 1e8 / LU177, rel=1e-12)
    last_two = fit(
        times / HOUR, values, 0.05 * values, models=("trapezoid",), tail="last-two",
        uptake_phase=True,
    )  # fmt: skip
    tail = 1e8 / (math.log(2) / (72 * HOUR))
    assert last_two.tia_bq_s == pytest.approx(1.5e8 * 4 * HOUR + inside + tail, rel=1e-12)
    # Linear in the activities: the weights of the three scans by hand.
    grown = math.exp(LU177 * 4 * HOUR)
    weights = np.array([(grown + 1) / 2 * 4 + 10, 10 + 36, 36]) * HOUR + [0, 0, 1 / LU177]
    exact = math.sqrt(float(np.sum((weights * 0.05 * values) ** 2)))
    # 400 draws know a standard deviation to 3.5 %: 3 of these.
    assert physical.tia_uncertainty_bq_s == pytest.approx(exact, rel=0.11)


def test_scatter_beyond_the_stated_uncertainty_raises_it() -> None:
    times = np.array([4, 24, 48, 72, 96, 120.0])
    ripple = 1 + 0.1 * np.array([1, -1, 1, -1, 1, -1])
    values = 1e9 * np.exp(-3 * LU177 * times * HOUR) * ripple
    found = fit(times, values, 0.02 * values, models=("mono",))
    calm = fit(times, values, 0.2 * values, models=("mono",))
    assert any("scatter about the curve" in w for w in found.warnings)
    assert calm.warnings == ()
    assert found.chi2 / 4 > 15
    # Scale of the sigmas drops out once scatter rules.
    other = fit(times, values, 0.01 * values, models=("mono",))
    assert found.tia_uncertainty_bq_s == pytest.approx(other.tia_uncertainty_bq_s, rel=1e-3)


GOOD = ([4, 24, 96], [3e8, 2e8, 1e8], [1e7, 1e7, 1e7])


@pytest.mark.parametrize(
    ("times", "values", "sigmas", "why"),
    [
        ([4, 24], GOOD[1], GOOD[2], "one activity and one uncertainty"),
        ([], [], [], "one activity and one uncertainty"),
        ([-1, 24, 96], GOOD[1], GOOD[2], "after time zero"),
        ([4, 4, 96], GOOD[1], GOOD[2], "distinct times"),
        (GOOD[0], [3e8, math.nan, 1e8], GOOD[2], "finite"),
        (GOOD[0], GOOD[1], [1e7, -1e7, 1e7], "not negative"),
        (GOOD[0], GOOD[1], [1e7, 0, 1e7], "needs an uncertainty above 0"),
        (GOOD[0], [3e8, 2e8, -1e8], GOOD[2], "negative by more than"),
        (GOOD[0], [0, 0, 0], GOOD[2], "no scan shows any activity"),
    ],
)
def test_what_cannot_be_fitted_names_the_region_and_why(
    times: list[float], values: list[float], sigmas: list[float], why: str
) -> None:
    with pytest.raises(FitError, match=rf"lesion 2.*{why}"):
        fit(times, values, sigmas)


def test_too_few_scans_for_what_was_asked() -> None:
    with pytest.raises(FitError, match=r"lesion 2.*too few scans.*bi: 4 or more"):
        fit(*GOOD, models=("bi",))


def test_an_exact_curve_without_uncertainties_is_refused() -> None:
    with pytest.raises(FitError, match="as many parameters as scans"):
        fit([4, 24], [3e8, 2e8], [0, 0], weighting="uniform")


def test_noise_below_zero_is_taken() -> None:
    found = fit([4, 24, 96, 200], [3e8, 2e8, 1e8, -5e6], [1e7, 1e7, 1e7, 1e7])
    assert found.tia_bq_s > 0


@pytest.mark.parametrize(
    "options",
    [
        {"models": ("quadri",)},
        {"models": ("mono", "mono")},
        {"models": ("mono", "trapezoid")},
        {"weighting": "none"},
        {"tail": "flat"},
        {"interval": "guess"},
        {"n_bootstrap": 3},
        {"seed": -1},
        {"initial_activity_limit_bq": 0.0},
        {"effective_half_life_s": 5.0},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        FitOptions(**options)  # type: ignore[arg-type]
