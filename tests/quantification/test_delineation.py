"""Borders, volumes and recovery against blurred spheres and sampled borders."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import InputError, RegionError
from hevesy.quantification import (
    border_uncertainty_mm,
    boundary_count_share,
    recovery_coefficient,
    sphere_diameter_mm,
    volume_relative_uncertainty,
)
from tests.quantification import blurred_sphere


def volume_ml(radius_mm: float) -> float:
    return 4 / 3 * math.pi * radius_mm**3 / 1000


@given(radius=st.floats(3, 60), fwhm=st.floats(2, 25))
@settings(max_examples=40, deadline=None)
def test_phi_is_twice_the_blurred_intensity_at_the_border(radius, fwhm):
    at_border = float(blurred_sphere.profile(np.array([radius]), radius, fwhm)[0])
    assert boundary_count_share(volume_ml(radius), fwhm_mm=fwhm) == pytest.approx(
        2 * at_border, abs=1e-12
    )


@pytest.mark.parametrize(("radius", "fwhm"), [(10.0, 12.0), (20.0, 16.0), (40.0, 16.0)])
def test_counts_follow_the_border_as_gear_says(radius, fwhm):
    """u(C)/C = phi/(2R) u(v)/v: the derivative of the counts inside a moving contour."""

    def counts(contour):
        d = np.linspace(0, contour, 4001)
        return np.trapezoid(blurred_sphere.profile(d, radius, fwhm) * d**2, d)

    step = 1e-3 * radius
    slope = (counts(radius + step) - counts(radius - step)) / (2 * step) * radius / counts(radius)
    share = boundary_count_share(volume_ml(radius), fwhm_mm=fwhm)
    recovered = blurred_sphere.recovery(radius, fwhm)
    # d ln C / d ln v = (1/3) d ln C / d ln r; 4001 points and the step leave about 1e-5
    assert slope / 3 == pytest.approx(share / (2 * recovered), rel=1e-4)


def test_phi_without_blur_is_one():
    assert boundary_count_share(10.0, fwhm_mm=0.0) == 1.0


def test_volume_uncertainty_against_sampled_borders():
    """Each end of the diameter: uniform in a voxel, and Gaussian with the image's blur."""
    rng = np.random.default_rng(7)
    diameter, voxel, fwhm = 60.0, 4.42, 3.0
    ends = rng.uniform(-voxel / 2, voxel / 2, (2, 400_000))
    ends += rng.normal(0, blurred_sphere.sigma_mm(fwhm), ends.shape)
    sampled = np.std(ends.sum(axis=0)) / diameter * 3
    border = border_uncertainty_mm(voxel_mm=voxel, fwhm_mm=fwhm)
    stated = volume_relative_uncertainty(volume_ml(diameter / 2), border_mm=border)
    # the sample's own standard error is 1/sqrt(2 n) = 0.11 %: five of them
    assert stated == pytest.approx(sampled, rel=0.006)


def test_a_known_border_replaces_voxel_and_blur():
    border = border_uncertainty_mm(voxel_mm=4, fwhm_mm=16, stated_mm=1.0)
    stated = volume_relative_uncertainty(volume_ml(30), border_mm=border)
    assert stated == pytest.approx(3 * math.sqrt(2) / 60)


def test_two_parts_have_more_border_than_one_sphere_of_their_volume():
    """Two equal spheres: u(v)/v is that of one of them, 3 sqrt(2) u / d."""
    area = 2 * 4 * math.pi * 30**2
    stated = volume_relative_uncertainty(2 * volume_ml(30), border_mm=1.0, border_area_mm2=area)
    assert stated == pytest.approx(3 * math.sqrt(2) / 60)


def test_no_shape_has_less_border_than_the_sphere():
    sphere = volume_relative_uncertainty(volume_ml(9), border_mm=1.0)
    assert volume_relative_uncertainty(
        volume_ml(9), border_mm=1.0, border_area_mm2=900.0
    ) == pytest.approx(sphere)


def test_recovery_curve_is_half_at_beta_and_rises():
    values = [recovery_coefficient(v, beta_ml=6.0, alpha=1.3).recovery for v in (1, 6, 20, 1e6)]
    assert values[1] == 0.5
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1, abs=1e-6)


@given(
    volume=st.floats(0.5, 500),
    beta=st.floats(1, 20),
    alpha=st.floats(0.5, 2.5),
    rho=st.floats(-1, 1),
)
@settings(max_examples=40, deadline=None)
def test_recovery_uncertainty_is_the_law_of_propagation(volume, beta, alpha, rho):
    def value(v, b, a):
        return 1 - 1 / (1 + (v / b) ** a)

    sb, sa = 0.05 * beta, 0.04 * alpha
    covariance = np.array([[sb**2, rho * sb * sa], [rho * sb * sa, sa**2]])
    found = recovery_coefficient(volume, beta_ml=beta, alpha=alpha, covariance=covariance)
    assert found.recovery == pytest.approx(value(volume, beta, alpha), rel=1e-12)
    h = 1e-5
    gradient = np.array(
        [
            (value(volume, beta * (1 + h), alpha) - value(volume, beta * (1 - h), alpha))
            / (2 * h * beta),
            (value(volume, beta, alpha * (1 + h)) - value(volume, beta, alpha * (1 - h)))
            / (2 * h * alpha),
        ]
    )
    expected = math.sqrt(max(gradient @ covariance @ gradient, 0)) / found.recovery
    # central differences: relative error of order h^2 and rounding / h
    assert found.relative_uncertainty == pytest.approx(expected, rel=1e-3, abs=1e-6)
    slope = (value(volume * (1 + h), beta, alpha) / value(volume * (1 - h), beta, alpha) - 1) / (
        2 * h
    )
    assert found.volume_slope_ratio == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_relative_uncertainty_adds_in_squares():
    found = recovery_coefficient(
        6.0, beta_ml=6.0, alpha=1.0, covariance=[[0, 0], [0, 0]], relative_uncertainty=0.05
    )
    assert found.relative_uncertainty == pytest.approx(0.05)
    assert found.correct(1.0) == 2.0


@pytest.mark.parametrize(
    "bad",
    [
        lambda: recovery_coefficient(1.0, beta_ml=0.0, alpha=1.0),
        lambda: recovery_coefficient(1.0, beta_ml=1.0, alpha=-1.0),
        lambda: recovery_coefficient(1.0, beta_ml=1.0, alpha=1.0, covariance=[[1, 2], [2, 1]]),
        lambda: recovery_coefficient(1.0, beta_ml=1.0, alpha=1.0, relative_uncertainty=-0.1),
        lambda: border_uncertainty_mm(voxel_mm=-1.0, fwhm_mm=0.0),
    ],
)
def test_impossible_values_are_refused(bad):
    with pytest.raises(InputError):
        bad()


def test_an_empty_volume_is_refused():
    with pytest.raises(RegionError):
        sphere_diameter_mm(0.0)
