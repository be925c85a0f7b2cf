"""The uncertainty chain against sampled chains."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dose import DoseUncertaintyInputs, propagate_dose_uncertainty
from hevesy.errors import InputError
from hevesy.quantification import boundary_count_share, recovery_coefficient
from tests.quantification import blurred_sphere

TIMES_S = np.array([1.0, 6.0, 24.0, 48.0]) * 3600
TRUE_RATE = math.log(2) / (12 * 3600)


def fit(activities):
    """TIA of a mono-exponential by a weighted line through log activities; weights are equal."""
    design = np.stack([np.ones(4), -TIMES_S], axis=1)
    log_amplitude, rate = np.linalg.lstsq(design, np.log(activities).T, rcond=None)[0]
    return np.exp(log_amplitude) / rate


def slopes(activities):
    """d ln TIA / d ln A_i by central differences."""
    found = []
    for i in range(len(activities)):
        up, down = activities.copy(), activities.copy()
        up[i] *= 1.001
        down[i] /= 1.001
        found.append(float(np.log(fit(up) / fit(down)) / (2 * np.log(1.001))))
    return tuple(found)


def test_the_chain_against_a_sampled_chain():
    """Sample volume, calibration, recovery's parameters and counts; recompute counts inside the
    moved contour, recovery, activity, fit and dose; compare the variances at every link.

    D = TIA E / (rho v), A_i = C_i(v) / (Q R(v)), with C the counts of a blurred sphere in a contour
    that is off, so the covariance through the volume is nature's and not the code's.
    """
    rng = np.random.default_rng(2018)
    n, radius, fwhm = 20_000, 24.0, 12.0
    u_volume, u_calibration, u_counts = 0.06, 0.04, np.array([0.01, 0.015, 0.03, 0.06])
    beta, alpha, covariance = 6.0, 1.1, np.diag([0.5**2, 0.05**2])
    true_ml = 4 / 3 * math.pi * radius**3 / 1000
    volumes = true_ml * (1 + u_volume * rng.standard_normal(n))
    # counts inside a contour, as a share: cumulative integral of the exact profile
    r = np.linspace(0, 2 * radius, 4000)
    inside = (
        np.cumsum(blurred_sphere.profile(r, radius, fwhm) * r**2) * (r[1] - r[0]) * 3 / radius**3
    )
    counts = np.interp((volumes * 1000 * 3 / 4 / math.pi) ** (1 / 3), r, inside)
    calibration = 1 + u_calibration * rng.standard_normal(n)
    parameters = rng.multivariate_normal([beta, alpha], covariance, n)
    recovery = 1 - 1 / (1 + (volumes / parameters[:, 0]) ** parameters[:, 1])
    clean = 1e8 * np.exp(-TRUE_RATE * TIMES_S)
    noise = 1 + u_counts * rng.standard_normal((n, 4))
    activities = clean * noise * (counts / (calibration * recovery))[:, None]
    tia = fit(activities)
    dose = tia / volumes

    curve = recovery_coefficient(true_ml, beta_ml=beta, alpha=alpha, covariance=covariance)
    share = boundary_count_share(true_ml, fwhm_mm=fwhm)
    slope = share / (2 * blurred_sphere.recovery(radius, fwhm)) - curve.volume_slope_ratio
    sensitivities = slopes(clean)
    through_fit = float(np.hypot.reduce(np.array(sensitivities) * u_counts))
    found = propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=u_volume,
            activity_volume_slope_ratio=slope,
            random_relative_uncertainty=tuple(u_counts.tolist()),
            tia_fit_relative_uncertainty=through_fit,
            tia_counting_relative_uncertainty=through_fit,
            calibration_relative_uncertainty=u_calibration,
            recovery_relative_uncertainty=curve.relative_uncertainty,
        )
    )

    def spread(values):
        return float(np.std(np.log(values)))

    # sampling: 1/sqrt(2 n) = 0.5 %; second-order terms of 6 % inputs: about 1 %; together 3 %
    for i in range(4):
        assert found.activity_relative[i] == pytest.approx(spread(activities[:, i]), rel=0.03)
    assert found.tia_relative == pytest.approx(spread(tia), rel=0.03)
    assert found.dose_relative == pytest.approx(spread(dose), rel=0.03)
    # had volume's three effects been added in squares, the dose's uncertainty would differ
    apart = math.sqrt(
        found.dose_relative**2
        - ((slope - 1) * u_volume) ** 2
        + (1 + (share / 2) ** 2 + curve.volume_slope_ratio**2) * u_volume**2
    )
    assert abs(apart / spread(dose) - 1) > 0.1


@given(
    volume=st.floats(0, 0.5),
    slope=st.floats(-0.5, 1.5),
    fit_share=st.floats(0, 0.5),
    calibration=st.none() | st.floats(0, 0.2),
    recovery=st.none() | st.floats(0, 0.3),
    density=st.none() | st.floats(0, 0.1),
    random=st.lists(st.floats(0, 0.2), min_size=2, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_shares_sum_to_one_and_nothing_is_negative(
    volume, slope, fit_share, calibration, recovery, density, random
):
    found = propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=volume,
            activity_volume_slope_ratio=slope,
            random_relative_uncertainty=tuple(random),
            tia_fit_relative_uncertainty=fit_share,
            tia_counting_relative_uncertainty=0.5 * fit_share,
            calibration_relative_uncertainty=calibration,
            recovery_relative_uncertainty=recovery,
            density_relative_uncertainty=density,
        )
    )
    assert all(s.variance_share >= 0 for s in found.shares)
    if found.dose_relative > 0:
        assert sum(s.variance_share for s in found.shares) == pytest.approx(1)
        total = math.hypot(*(s.relative_uncertainty for s in found.shares))
        assert total == pytest.approx(found.dose_relative, abs=0)
    assert found.tia_relative >= fit_share
    assert all(a >= u for a, u in zip(found.activity_relative, random, strict=True))
    included = {s.source for s in found.shares}
    if calibration is None:
        assert "calibration" not in included
        assert any("calibration uncertainty not included" in w for w in found.warnings)


def test_common_sources_do_not_average_over_scans_and_counting_does():
    few, many = (
        propagate_dose_uncertainty(
            DoseUncertaintyInputs(
                volume_relative_uncertainty=0.0,
                calibration_relative_uncertainty=0.05,
                random_relative_uncertainty=(0.1,) * n,
                tia_counting_relative_uncertainty=0.1 / math.sqrt(n),
                tia_fit_relative_uncertainty=0.1 / math.sqrt(n),
            )
        )
        for n in (2, 8)
    )
    shares = [{s.source: s.relative_uncertainty for s in found.shares} for found in (few, many)]
    assert shares[0]["calibration"] == shares[1]["calibration"] == 0.05
    assert shares[0]["counting"] == pytest.approx(2 * shares[1]["counting"])


def test_a_volume_that_moves_activity_as_much_as_mass_leaves_the_dose():
    """A contour moved within uniform activity: counts and mass change alike, the dose does not."""
    found = propagate_dose_uncertainty(
        DoseUncertaintyInputs(volume_relative_uncertainty=0.2, activity_volume_slope_ratio=1.0)
    )
    assert found.dose_relative == 0
    assert found.shares == ()
    assert found.tia_relative == pytest.approx(0.2)


def test_where_the_border_is_denser_mass_grows_more_than_volume():
    """Lung: a border half as dense again as the mean; the dose's slope is s - 1.5."""
    found = propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=0.04,
            activity_volume_slope_ratio=0.5,
            mass_volume_slope_ratio=1.5,
        )
    )
    assert found.dose_relative == pytest.approx(0.04)
    assert found.tia_relative == pytest.approx(0.02)


def test_neighbours_and_place_are_common_to_all_scans():
    found = propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=0.0,
            neighbours_relative_uncertainty=0.03,
            position_relative_uncertainty=0.04,
            random_relative_uncertainty=(0.0, 0.12),
        )
    )
    assert found.tia_relative == pytest.approx(0.05)
    assert found.dose_relative == pytest.approx(0.05)
    assert found.activity_relative == pytest.approx((0.05, 0.13))
    shares = {s.source: s.variance_share for s in found.shares}
    assert shares == pytest.approx({"neighbours": 9 / 25, "volume": 16 / 25})


def test_what_is_not_in_the_figures_is_said():
    found = propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=0.5, random_relative_uncertainty=(None, 0.1)
        )
    )
    text = " ".join(found.warnings)
    for words in ("calibration", "counting", "partial-volume", "rough guide"):
        assert words in text


def test_bad_input_is_refused():
    with pytest.raises(InputError):
        DoseUncertaintyInputs(volume_relative_uncertainty=-0.1)
    with pytest.raises(InputError):
        DoseUncertaintyInputs(volume_relative_uncertainty=0.1, activity_volume_slope_ratio=math.inf)
    with pytest.raises(InputError):
        DoseUncertaintyInputs(volume_relative_uncertainty=0.1, mass_volume_slope_ratio=math.nan)
    with pytest.raises(InputError):
        DoseUncertaintyInputs(volume_relative_uncertainty=0.1, neighbours_relative_uncertainty=-0.1)
    with pytest.raises(InputError):
        DoseUncertaintyInputs(
            volume_relative_uncertainty=0.1,
            tia_counting_relative_uncertainty=-0.1,
        )
