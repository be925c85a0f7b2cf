"""Quadratures of breathing and mismatch against moments; an offset found where it is known."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from hevesy.errors import InputError, RegionError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification import (
    breathing_blur_mm,
    breathing_offsets_mm,
    estimate_offset_mm,
    mismatch_offsets_mm,
    spread_over,
)


def test_breathing_has_the_moments_of_a_sine() -> None:
    """Of z = a/2 sin: <z^2> = a^2/8, <z^4> = 3 a^4/128, <z^6> = 5 a^6/1024; odd ones 0."""
    z = np.array([offset[2] for offset in breathing_offsets_mm(10.0)])
    assert np.mean(z**2) == pytest.approx(100 / 8, rel=1e-12)
    assert np.mean(z**4) == pytest.approx(3e4 / 128, rel=1e-12)
    assert np.mean(z**6) == pytest.approx(5e6 / 1024, rel=1e-12)
    assert abs(np.mean(z**3)) < 1e-12
    assert all(offset[:2] == (0.0, 0.0) for offset in breathing_offsets_mm(10.0))


def test_mismatch_has_the_moments_of_a_normal_error() -> None:
    points = np.array(mismatch_offsets_mm(3.0))
    assert points.mean(axis=0) == pytest.approx([0, 0, 0])
    assert np.cov(points.T, bias=True) == pytest.approx(9.0 * np.eye(3))


def test_blur_of_breathing_is_the_variance_of_a_sine() -> None:
    """The mean over the axes of FWHM^2 grows by 8 ln 2 a^2/8 / 3."""
    wide = 12.0 + breathing_blur_mm(15.0, 12.0)
    assert wide**2 - 144.0 == pytest.approx(8 * math.log(2) * 15.0**2 / 24, rel=1e-12)


def test_spread_of_a_parabola() -> None:
    """A loses c z^2: rms of c z^2 over a sine is c a^2/4 sqrt(3/8)."""
    found = spread_over(
        {"a": 100.0, "none": 0.0},
        lambda offset: {"a": 100.0 - 0.1 * offset[2] ** 2, "none": 1.0},
        breathing_offsets_mm(10.0),
    )
    assert found["a"] == pytest.approx(0.1 * 25.0 * math.sqrt(3 / 8) / 100, rel=1e-12)
    assert found["none"] == 0.0


@pytest.mark.parametrize("offset", [(0.0, 0.0, 0.0), (5.0, 0.0, -2.0), (-3.3, 4.1, 6.0)])
@pytest.mark.parametrize("spacing", [(4.0, 4.0, 4.0), (5.0, 3.0, 3.0)])
def test_an_offset_is_found(
    offset: tuple[float, float, float], spacing: tuple[float, float, float]
) -> None:
    """A ball of 14 mm blurred to 12 mm: to a quarter of a voxel by the parabola."""
    shape = tuple(int(100 / s) for s in spacing)
    grid = Grid.from_spacing(shape, spacing_mm=spacing, origin_mm=(-48, -48, -48))  # type: ignore[arg-type]
    xyz = grid.to_world_mm(np.stack(np.indices(shape), axis=-1))
    drawn = (np.linalg.norm(xyz, axis=-1) <= 14).astype(np.float32)
    true = np.linalg.norm(xyz - offset, axis=-1) <= 14
    seen = gaussian_filter(true * 1.0, [12 / 2.3548 / s for s in spacing]) + 0.02
    image = Volume(values=seen, grid=grid, quantity=Quantity.BQ_PER_ML)
    found = estimate_offset_mm(image, drawn, fwhm_mm=12.0, reach_mm=12.0)
    assert np.abs(np.subtract(found, offset)).max() <= max(spacing) / 4


def test_refused() -> None:
    grid = Grid.from_spacing((3, 3, 3), spacing_mm=(4, 4, 4))
    flat = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    one = np.zeros(grid.shape, np.float32)
    with pytest.raises(RegionError, match="empty"):
        estimate_offset_mm(flat, one, fwhm_mm=4.0, reach_mm=4.0)
    one[1, 1, 1] = 1.0
    with pytest.raises(RegionError, match="shows nothing"):
        estimate_offset_mm(flat, one, fwhm_mm=4.0, reach_mm=4.0)
    for bad in (0.0, -1.0, math.nan):
        with pytest.raises(InputError, match="above 0"):
            breathing_offsets_mm(bad)
        with pytest.raises(InputError, match="above 0"):
            mismatch_offsets_mm(bad)
