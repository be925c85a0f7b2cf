"""Absorbed fractions of regions on fine grids against the integral over a ball."""

import numpy as np
import pytest

from hevesy.dose import get_point_kernel, region_absorbed_fraction, sphere_absorbed_fraction
from hevesy.errors import RegionError


def ball(radius_mm, voxel_mm, parts=4):
    """Share of each voxel inside a ball whose centre is a voxel's corner."""
    half = int(radius_mm / voxel_mm) + 1
    line = (np.arange(2 * half * parts) + 0.5) * voxel_mm / parts - half * voxel_mm
    inside = line[:, None, None] ** 2 + line[:, None] ** 2 + line**2 <= radius_mm**2
    shape = (2 * half, parts) * 3
    return inside.reshape(shape).mean(axis=(1, 3, 5))


@pytest.mark.parametrize("name", ["Re-188", "Y-90"])
@pytest.mark.parametrize(("voxel_mm", "allowed"), [(1.0, 0.04), (0.5, 0.02)])
def test_one_gram_is_right_on_fine_voxels(name, voxel_mm, allowed):
    radius_mm = (3.0 / (4.0 * np.pi)) ** (1 / 3) * 10.0
    found = region_absorbed_fraction(ball(radius_mm, voxel_mm), (voxel_mm,) * 3, name)
    wanted = sphere_absorbed_fraction(get_point_kernel(name), radius_mm)
    assert (1 - allowed) * wanted < found < wanted


def test_a_single_voxel_keeps_what_its_kernel_says_and_bad_shares_are_refused():
    whole = region_absorbed_fraction(np.ones((1, 1, 1), dtype=bool), (40.0, 40.0, 40.0), "Lu-177")
    assert 0.97 < whole < 1.0
    for bad in (
        np.zeros((2, 2, 2)),
        np.full((2, 2, 2), 1.5),
        -np.ones((2, 2, 2)),
        np.ones((0, 1, 1)),
    ):
        with pytest.raises(RegionError):
            region_absorbed_fraction(bad, (1.0, 1.0, 1.0), "Lu-177")
