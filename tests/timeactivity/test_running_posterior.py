"""The running posterior against quadrature, closed forms, simulation and its own promises."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom

from hevesy.errors import FitError, InputError
from hevesy.timeactivity import (
    DoseScale,
    KineticsPrior,
    MeasuredCurve,
    cited_prior,
    expected_interval90_width_gy,
    fit_study_prior,
    follow_curve,
    half_life_tia_bq_s,
    population_tia_bq_s,
    single_scan_posterior,
    steadiest_scan_s,
    wide_prior,
)
from hevesy.timeactivity._retention import share_integrals_s, shares

HOUR = 3600.0
DECAY = math.log(2.0) / (17.0 * HOUR)
PLAIN = DoseScale(gy_per_bq_s=1e-12)


def coordinates(seed: int, count: int) -> np.ndarray:
    wide = wide_prior("organ")
    rng = np.random.default_rng(seed)
    return rng.multivariate_normal(wide.mean, wide.covariance, size=count)


def curve_at(hours, activities, *, noise=0.03, injected=6e8, scatter=0.0) -> MeasuredCurve:
    activities = np.asarray(activities, dtype=float)
    return MeasuredCurve(
        times_s=HOUR * np.asarray(hours, dtype=float),
        activities_bq=activities,
        uncertainties_bq=noise * np.abs(activities),
        decay_per_s=DECAY,
        injected_bq=injected,
        injected_relative_uncertainty=0.0,
        scatter_relative=scatter,
    )


def test_a_curve_never_exceeds_what_was_given_and_integrates_as_quadrature_does():
    """Tolerance: quad's own 1e-8, and 1e-7 for the part beyond 40 half-lives that it leaves out."""
    z = coordinates(1, 40)
    times = np.linspace(0.0, 400.0, 200) * HOUR
    values = shares(z, times, DECAY)
    assert (values >= 0).all()
    assert (values <= np.exp(-DECAY * times) * (1 + 1e-12)).all()
    for end in (6.0 * HOUR, 48.0 * HOUR, math.inf):
        found = share_integrals_s(z, end, DECAY)
        last = min(end, 40 * 17.0 * HOUR)
        for row, integral in zip(z, found, strict=True):
            onset = min(float(np.exp(row[5])), last)

            def share(t, row=row):
                return float(shares(row[None], np.array([t]), DECAY)[0, 0])

            edges = [0.0, *(f * onset for f in (0.01, 0.1, 0.4)), onset]
            edges += [onset + f * (last - onset) for f in (0.02, 0.1, 0.4, 1.0)]
            parts = [quad(share, a, b, epsrel=1e-9)[0] for a, b in pairwise(edges)]
            assert integral == pytest.approx(sum(parts), rel=1e-6)


def sharp(*, share_sd=1.0, slow_h=60.0, slow_sd=1e-3) -> KineticsPrior:
    """One exponential: no fast part, no late loss."""
    rate = math.log(2.0) / (slow_h * HOUR)
    mean = [0.5, 0.0, math.log(1e-4), math.log(rate), math.log(1e-12), math.log(1e5)]
    sds = np.array([share_sd, 1e-6, 0.1, slow_sd, 0.1, 0.1])
    return KineticsPrior(
        name="sharp",
        source="test",
        mean=np.array(mean),
        covariance=np.diag(sds**2),
        wide_weight=0.0,
    )


def test_known_kinetics_leave_the_scans_noise_and_the_common_errors():
    """TIA = A(t) exp(k t) / k; of one scan the spread is its noise, exp(0.35^2) wider by its scale.

    With 2000 particles a standard deviation is known to 1.6 % (and the heavy tail of the scale of
    noise doubles that); the share's prior shifts the median by under a tenth of a deviation.
    """
    prior = sharp()
    rate = DECAY + math.log(2.0) / (60.0 * HOUR)
    activity = 3e8
    curve = curve_at([24.0], [activity])
    (found,) = follow_curve(curve, prior=prior, wide=prior, scale=PLAIN, seed=3)
    true = activity / rate * math.exp(rate * 24 * HOUR) * 1e-12
    doses = found.doses_gy()
    assert np.median(doses) == pytest.approx(true, rel=0.004)
    assert np.std(doses) / true == pytest.approx(0.03 * math.exp(0.35**2), rel=0.08)
    scale = DoseScale(
        gy_per_bq_s=1e-12, activity_relative_uncertainty=0.05, dose_relative_uncertainty=0.1,
        covariance_relative=0.0025,
    )  # fmt: skip
    (wider,) = follow_curve(curve, prior=prior, wide=prior, scale=scale, seed=3)
    # the share's prior (sd 1 of its logit) says next to nothing of a calibration of 5 %
    expected = math.hypot(0.03 * math.exp(0.35**2), 0.1)
    assert np.std(np.log(wider.doses_gy())) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("hours", [6.0, 24.0, 96.0])
def test_one_scan_of_one_exponential_is_the_quadrature_over_its_half_life(hours):
    """Noise of 1e-4: the share follows from the rate, and the posterior is an integral over it.

    Quantiles of 4000 particles are known to 0.008 in probability: four of them.
    """
    prior = sharp(slow_sd=0.8)
    activity = 0.5 * 6e8 * math.exp(-DECAY * hours * HOUR) * 0.5 ** (hours / 60.0)
    curve = curve_at([hours], [activity], noise=1e-4)
    (found,) = follow_curve(curve, prior=prior, wide=prior, scale=PLAIN, seed=5, n_particles=4000)
    log_rate = np.linspace(prior.mean[3] - 4.5 * 0.8, prior.mean[3] + 4.5 * 0.8, 20001)
    biological = np.exp(log_rate)
    share = activity / 6e8 * np.exp((DECAY + biological) * hours * HOUR)
    inside = share < 1
    share = np.where(inside, share, 0.5)
    # density of the share that the activity asks for, by the change of variables y = A s exp(-kt)
    logit = np.log(share / (1 - share))
    density = np.exp(-0.5 * (logit - 0.5) ** 2) / (share * (1 - share))
    density = density * np.exp((DECAY + biological) * hours * HOUR)
    weight = np.where(inside, density, 0.0) * np.exp(-0.5 * ((log_rate - prior.mean[3]) / 0.8) ** 2)
    tia = 6e8 * share / (DECAY + biological) * 1e-12
    order = np.argsort(tia)
    cumulative = np.cumsum(weight[order]) / weight.sum()
    for level in (0.05, 0.5, 0.95):
        quantile = tia[order][np.searchsorted(cumulative, level)]
        assert np.mean(found.doses_gy() < quantile) == pytest.approx(level, abs=0.032)


def test_curves_drawn_from_the_prior_lie_in_their_90_per_cent_intervals():
    """60 patients, 3 scans: the count is binomial; its central 99.9 % is allowed at each scan."""
    prior = wide_prior()
    rng = np.random.default_rng(11)
    hours = np.array([1.0, 24.0, 72.0])
    within = np.zeros(3, dtype=int)
    count = 60
    for patient in range(count):
        z = rng.multivariate_normal(prior.mean, prior.covariance, size=1)
        common = 0.05 * rng.standard_normal()
        scale_of_noise = math.exp(0.35 * rng.standard_normal())
        true = 6e8 * shares(z, HOUR * hours, DECAY)[0] * math.exp(common)
        stated = 0.03 * true
        seen = true + scale_of_noise * stated * rng.standard_normal(3)
        curve = MeasuredCurve(
            times_s=HOUR * hours, activities_bq=seen, uncertainties_bq=stated, decay_per_s=DECAY,
            injected_bq=6e8, injected_relative_uncertainty=0.0, scatter_relative=0.0,
        )  # fmt: skip
        scale = DoseScale(
            gy_per_bq_s=1e-12, activity_relative_uncertainty=0.05, dose_relative_uncertainty=0.05,
            covariance_relative=0.0025,
        )  # fmt: skip
        dose = 6e8 * float(share_integrals_s(z, math.inf, DECAY)[0]) * 1e-12
        found = follow_curve(
            curve, prior=prior, wide=prior, scale=scale, seed=patient, n_particles=500
        )
        for k, now in enumerate(found):
            low, high = now.interval90_gy()
            within[k] += low < dose < high
    least, most = binom.interval(0.999, count, 0.9)
    assert (within >= least).all(), within
    assert (within <= most).all(), within


def measured_depot(seed=0, scans=5):
    hours = np.array([1.0, 6.0, 24.0, 48.0, 72.0])[:scans]
    rng = np.random.default_rng(seed)
    share = 0.64 * 0.5 ** (hours / 400) + 0.12 * 0.5 ** (hours / 4)
    activity = 6e8 * share * np.exp(-DECAY * HOUR * hours)
    return curve_at(hours, activity * (1 + 0.02 * rng.standard_normal(scans)), noise=0.02)


@pytest.mark.parametrize("prior", [wide_prior(), cited_prior("re188-lipiodol")])
def test_what_is_known_after_a_scan_does_not_hang_on_later_ones(prior):
    curve, wide = measured_depot(), wide_prior()
    whole = follow_curve(curve, prior=prior, wide=wide, scale=PLAIN, seed=7)
    for count in (1, 3):
        early = follow_curve(curve.first(count), prior=prior, wide=wide, scale=PLAIN, seed=7)
        assert (early[-1].doses_gy() == whole[count - 1].doses_gy()).all()
        assert early[-1].wide_prior_weight == whole[count - 1].wide_prior_weight


def test_scans_narrow_the_dose_and_the_dose_so_far_grows_to_the_final_one():
    wide = wide_prior()
    found = follow_curve(measured_depot(), prior=wide, wide=wide, scale=PLAIN, seed=7)
    widths = [high - low for low, high in (now.interval90_gy() for now in found)]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]
    last = found[-1]
    so_far = [np.median(last.doses_gy(HOUR * h)) for h in (1, 24, 96, 1000)]
    assert so_far == sorted(so_far)
    assert so_far[-1] == pytest.approx(np.median(last.doses_gy()), rel=1e-6)
    true = 6e-4 * sum(
        share / (DECAY + math.log(2.0) / (half * HOUR)) for share, half in ((0.64, 400), (0.12, 4))
    )
    low, high = last.interval90_gy()
    assert low < true < high


def test_a_wrong_prior_is_outvoted_by_its_wide_part():
    mean = wide_prior().mean.copy()
    mean[[0, 1, 3]] = 3.5, 0.04, math.log(math.log(2.0) / 1000 / HOUR)
    wrong = KineticsPrior(
        name="wrong", source="test", mean=mean,
        covariance=np.diag(np.array([0.3, 0.1, 0.3, 0.3, 0.5, 0.5]) ** 2),
    )  # fmt: skip
    hours = np.array([1.0, 24.0, 48.0])
    activity = 6e8 * 0.6 * np.exp(-DECAY * HOUR * hours) * 0.5 ** (hours / 40)
    curve = curve_at(hours, activity)
    found = follow_curve(curve, prior=wrong, wide=wide_prior(), scale=PLAIN, seed=2)
    assert found[-1].wide_prior_weight > 0.99
    wide = follow_curve(curve, prior=wide_prior(), wide=wide_prior(), scale=PLAIN, seed=2)
    expected = np.median(wide[-1].doses_gy())
    assert np.median(found[-1].doses_gy()) == pytest.approx(expected, rel=0.02)


def test_more_than_was_injected_is_named_and_not_squeezed_in():
    hours = np.array([1.0, 24.0, 48.0])
    activity = 1.4 * 6e8 * np.exp(-(DECAY + math.log(2.0) / (100 * HOUR)) * HOUR * hours)
    found = follow_curve(
        curve_at(hours, activity), prior=wide_prior(), wide=wide_prior(), scale=PLAIN, seed=1
    )
    assert all("more activity than was injected" in now.warnings[0] for now in found)
    true = 1.4 * 6e8 / (DECAY + math.log(2.0) / (100 * HOUR)) * 1e-12
    low, high = found[-1].interval90_gy()
    assert low < true < high


@pytest.mark.parametrize("further", [(36.0,), (20.0, 44.0, 70.0)])
def test_expected_widths_are_what_simulated_further_scans_give(further):
    """Means of 48 imagined and 24 simulated outcomes: each is known to 5 to 10 %."""
    prior = sharp(slow_sd=0.8, slow_h=40.0)
    curve = curve_at([3.0], [0.55 * 6e8 * math.exp(-DECAY * 3 * HOUR)])
    scale = DoseScale(gy_per_bq_s=1e-12, dose_relative_uncertainty=0.05)
    (now,) = follow_curve(curve, prior=prior, wide=prior, scale=scale, seed=4)
    times = HOUR * np.array(further)
    expected = expected_interval90_width_gy(now, times, relative_uncertainties=0.05, seed=1)
    rng = np.random.default_rng(9)
    widths = []
    for seed, index in enumerate(rng.integers(0, 2000, 24)):
        ahead = now.activities_bq(times)[index]
        noise = 0.05 * math.exp(float(now.noise_log[index])) * rng.standard_normal(times.size)
        both = MeasuredCurve(
            times_s=[3 * HOUR, *times],
            activities_bq=[float(curve.activities_bq[0]), *(ahead * (1 + noise))],
            uncertainties_bq=[float(curve.uncertainties_bq[0]), *(0.05 * ahead)],
            decay_per_s=DECAY, injected_bq=6e8, injected_relative_uncertainty=0.0,
            scatter_relative=0.0,
        )  # fmt: skip
        found = follow_curve(both, prior=prior, wide=prior, scale=scale, seed=seed, n_particles=600)
        low, high = found[-1].interval90_gy()
        widths.append(high - low)
    assert expected == pytest.approx(np.mean(widths), rel=0.25)
    low, high = now.interval90_gy()
    assert expected < 0.7 * (high - low)
    assert expected_interval90_width_gy(now, [], relative_uncertainties=0.05, seed=1) == high - low


def test_no_number_of_scans_takes_the_common_errors_away():
    """A mass known to 10 % leaves 2 sinh(1.645 x 0.1) = 0.330 of the dose, however many scans."""
    scale = DoseScale(gy_per_bq_s=1e-12, dose_relative_uncertainty=0.1)
    wide = wide_prior()
    (now,) = follow_curve(measured_depot(scans=1), prior=wide, wide=wide, scale=scale, seed=7)
    times = HOUR * np.array([6.0, 24.0, 48.0, 72.0, 96.0])
    expected = expected_interval90_width_gy(now, times, relative_uncertainties=0.02, seed=1)
    # the mean over believed doses is within 15 % of their median; the drawn errors' sd within 5 %
    assert expected > 0.33 * 0.8 * np.median(now.doses_gy())
    low, high = now.interval90_gy()
    assert expected < high - low


def test_a_studys_prior_is_the_distribution_its_patients_came_from():
    """20 patients: the mean is known to sd / sqrt(20), four of which are allowed; sds to 40 %."""
    wide = wide_prior()
    mean = wide.mean + np.array([0.5, 0.3, 0.0, -0.7, 0.0, 0.0])
    sds = np.array([0.5, 0.5, 0.4, 0.5, 0.3, 0.3])
    rng = np.random.default_rng(21)
    hours = np.array([0.5, 2.0, 5.0, 12.0, 24.0, 48.0, 96.0])
    found = []
    for patient in range(20):
        z = mean + sds * rng.standard_normal((1, 6))
        activity = 6e8 * shares(z, HOUR * hours, DECAY)[0]
        curve = curve_at(hours, activity * (1 + 0.01 * rng.standard_normal(7)), noise=0.01)
        found.append(
            follow_curve(curve, prior=wide, wide=wide, scale=PLAIN, seed=patient, n_particles=500)[
                -1
            ]
        )
    study = fit_study_prior(found, given=wide)
    for k in (0, 1, 3):  # what scans tell well
        assert study.mean[k] == pytest.approx(mean[k], abs=4 * sds[k] / math.sqrt(20) + 0.1), k
        assert math.sqrt(study.covariance[k, k]) == pytest.approx(sds[k], rel=0.4), k
    with pytest.raises(FitError, match="too few lesions"):
        fit_study_prior(found[:3], given=wide)


def test_formulas_of_one_scan_are_exact_where_they_should_be():
    half_life = 16.0 * HOUR
    true = half_life / math.log(2.0)
    for at in (half_life, 2 * half_life):
        assert half_life_tia_bq_s(2.0 ** (-at / half_life), at) == pytest.approx(true, rel=1e-12)
    worst = half_life / math.log(2.0)
    high = half_life_tia_bq_s(2.0 ** (-worst / half_life), worst) / true
    assert high == pytest.approx(2 / (math.e * math.log(2.0)), rel=1e-12)  # 1.0615
    at = steadiest_scan_s(half_life)

    def ratio(assumed):
        return population_tia_bq_s(2.0 ** (-at / half_life), at, half_life_s=assumed) / true

    assert ratio(half_life) == pytest.approx(1.0, rel=1e-12)
    # stationary: a half-life 1 % off moves it by half its square
    assert abs(ratio(1.01 * half_life) - 1) < 1e-4
    assert abs(ratio(0.99 * half_life) - 1) < 1e-4


def test_one_scan_alone_is_the_curve_that_has_only_it():
    curve, wide = measured_depot(), wide_prior()
    alone = single_scan_posterior(curve, 2, prior=wide, wide=wide, scale=PLAIN, seed=1)
    (same,) = follow_curve(curve.only(2), prior=wide, wide=wide, scale=PLAIN, seed=1)
    assert (alone.doses_gy() == same.doses_gy()).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"times_s": [2.0, 1.0]}, "order of time"),
        ({"times_s": [1.0]}, "as many activities"),
        ({"activities_bq": [math.nan, 1.0]}, "all finite"),
        ({"uncertainties_bq": [0.0, 1.0]}, "above 0"),
        ({"injected_bq": -1.0}, "above 0"),
        ({"scatter_relative": -0.1}, "can't be negative"),
    ],
)
def test_bad_curves_are_refused(change, said):
    good = {
        "times_s": [1.0, 2.0], "activities_bq": [2.0, 1.0], "uncertainties_bq": [0.1, 0.1],
        "decay_per_s": 1e-5,
    }  # fmt: skip
    with pytest.raises(InputError, match=said):
        MeasuredCurve(**{**good, **change})


def test_bad_priors_and_scales_are_refused():
    with pytest.raises(InputError, match="wrong size"):
        KineticsPrior(name="a", source="b", mean=np.zeros(5), covariance=np.eye(5))
    with pytest.raises(InputError, match="not a covariance"):
        KineticsPrior(name="a", source="b", mean=np.zeros(6), covariance=-np.eye(6))
    with pytest.raises(InputError, match="no probability"):
        KineticsPrior(name="a", source="b", mean=np.zeros(6), covariance=np.eye(6), wide_weight=2.0)
    with pytest.raises(InputError, match="covariance can't exceed"):
        DoseScale(gy_per_bq_s=1.0, activity_relative_uncertainty=0.1, covariance_relative=1.0)
    with pytest.raises(InputError, match="no cited kinetics prior"):
        cited_prior("nobody")
    with pytest.raises(InputError, match="few kinds"):
        wide_prior("tumour")
    with pytest.raises(InputError, match="one dose scale"):
        follow_curve(measured_depot(), prior=wide_prior(), wide=wide_prior(), scale=[PLAIN], seed=1)
    with pytest.raises(InputError, match="must be above 0"):
        half_life_tia_bq_s(1.0, 0.0)
