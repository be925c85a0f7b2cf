"""Collimators against published numbers and closed forms."""

import math

import numpy as np
import pytest

from hevesy.camera import Collimator, angular_response, collimator_names, get_collimator
from hevesy.camera import collimator_kernels as kernels
from hevesy.errors import InputError
from hevesy.media import LEAD, linear_attenuation_per_mm


@pytest.mark.parametrize(
    ("kev", "cm2_per_g"), [(150.0, 2.014), (200.0, 0.9985), (500.0, 0.1614), (1000.0, 0.07102)]
)
def test_lead_is_nist_s(kev: float, cm2_per_g: float) -> None:
    """NIST SRD 126, table 3."""
    mu = float(linear_attenuation_per_mm(LEAD, kev))
    assert mu == pytest.approx(0.1 * 11.35 * cm2_per_g, rel=0.004)


@pytest.mark.parametrize(("name", "fwhm_mm"), [("siemens-he", 17.9), ("siemens-me", 18.1)])
def test_symbia_at_20_cm_and_155_kev(name: str, fwhm_mm: float) -> None:
    spread = get_collimator(name).resolution(155.0, intrinsic_mm=3.8)
    assert float(spread.fwhm_mm(200.0)) == pytest.approx(fwhm_mm, abs=0.15)


def test_the_efficiency_is_anger_s() -> None:
    """Cherry, Sorenson, Phelps 2012, eq. 14-7: K = 0.26 for hexagonal holes."""
    for name in collimator_names():
        collimator = get_collimator(name)
        d, t = collimator.hole_mm, collimator.septum_mm
        ratio = d / collimator.effective_length_mm(140.5)
        anger = (0.26 * ratio * d / (d + t)) ** 2
        assert collimator.geometric_efficiency(140.5) == pytest.approx(anger, rel=0.03)


def test_lead_that_is_too_thin_is_refused() -> None:
    with pytest.raises(InputError, match="transparent"):
        get_collimator("siemens-lehr").effective_length_mm(1500.0)


def test_an_unknown_collimator_names_the_nearest() -> None:
    with pytest.raises(InputError, match="siemens-lehr"):
        get_collimator("siemens-lher")


@pytest.mark.parametrize("shape", ["hexagonal", "square", "round"])
def test_rays_through_the_holes_give_the_closed_form(shape: str) -> None:
    collimator = Collimator(
        name="test", maker="none", hole_shape=shape, hole_mm=3.0, length_mm=50.0, septum_mm=1.0,
        source="none",
    )  # fmt: skip
    seen = angular_response(collimator, rays=1024)
    closed_sr = collimator.hole_area_mm2**2 / (collimator.cell_area_mm2 * collimator.length_mm**2)
    assert seen.geometric_sr == pytest.approx(closed_sr, rel=0.02)
    # nothing passes 12 / mm of lead but what cuts corners
    assert seen.geometric_sr <= seen.acceptance_sr(12.0) < 1.03 * seen.geometric_sr


def test_on_the_axis_lead_weakens_by_its_length() -> None:
    collimator = get_collimator("siemens-lehr")
    seen = angular_response(collimator, rays=1024)
    open_area = collimator.hole_area_mm2 / collimator.cell_area_mm2
    for row in (0, 30, 60):
        mu = seen.mu_per_mm[row]
        wanted = open_area + (1 - open_area) * math.exp(-mu * collimator.length_mm)
        assert seen.transmission[row, 0] == pytest.approx(wanted, rel=0.03)


def test_far_from_the_axis_lead_is_met_in_proportion() -> None:
    """Through hundreds of septa each ray meets the mean, so the mean is nearly exp(-mu mean)."""
    collimator = get_collimator("siemens-lehr")
    seen = angular_response(collimator, rays=1024)
    band = int(np.searchsorted(-seen.cosine_edges, -math.cos(math.radians(60.0)))) - 1
    cosine = 0.5 * (seen.cosine_edges[band] + seen.cosine_edges[band + 1])
    lead = 1 - collimator.hole_area_mm2 / collimator.cell_area_mm2
    mean = math.exp(-seen.mu_per_mm[10] * lead * collimator.length_mm / cosine)
    assert seen.transmission[10, band] == pytest.approx(mean, rel=0.06)
    assert seen.transmission[10, band] > 0.98 * mean  # Jensen


def test_lehr_lets_131i_through_and_hegp_does_not() -> None:
    """Sensitivity of LEHR over HEGP at 364 keV, GE: 67.7 by SIMIND, 64.5 by TOPAS.

    Theirs count photons that lead scattered, which are more of the few that HEGP passes.
    """
    mu = float(linear_attenuation_per_mm(LEAD, 364.0))
    low = angular_response(get_collimator("ge-lehr"), rays=512).acceptance_sr(mu)
    high = angular_response(get_collimator("ge-hegp"), rays=512).acceptance_sr(mu)
    assert 60 < low / high < 95


def test_the_python_reading_agrees() -> None:
    for shape in (kernels.HEXAGONAL, kernels.SQUARE, kernels.ROUND):
        mu = np.array([0.1, 2.0])
        one, other = np.zeros(2), np.zeros(2)
        given = (0.99, 0.98, 1.5, 35.0, 1.7, shape, mu, 7, 40, 30)
        share = kernels.average_transmission(*given, one)
        assert kernels.average_transmission.py_func(*given, other) == share
        np.testing.assert_allclose(one, other, rtol=1e-12)
