"""Density and media from CT numbers, against the publication's lines and tissues."""

import numpy as np
import pytest

from hevesy.errors import QuantityError
from hevesy.images import (
    Grid,
    HuDensityTable,
    Quantity,
    Volume,
    hu_to_density,
)


def line(values: list[float], quantity: Quantity = Quantity.HU) -> Volume:
    grid = Grid.from_spacing((1, 1, len(values)), spacing_mm=(1, 1, 1))
    return Volume(values=np.array([[values]]), grid=grid, quantity=quantity)


def test_the_default_curve_is_the_published_one() -> None:
    """Schneider 2000: the four straight lines, and the ends of the range.

    Tolerance 0.1 %: the published lines do not quite meet at 14 and 23 HU, where this table goes
    straight from one to the next.
    """
    hu = np.array([-98, -60, 0, 10, 30, 60, 100, 101, 150, 500, 1000, 1600.0])
    published = np.select(
        [hu <= 14, hu < 23, hu <= 100],
        [1.018 + 0.893e-3 * hu, np.full_like(hu, 1.03), 1.003 + 1.169e-3 * hu],
        1.017 + 0.592e-3 * hu,
    )
    assert np.allclose(hu_to_density(line(hu.tolist())).values, published, rtol=1e-3)
    got = hu_to_density(line([-1000, -549, 18])).values.ravel()
    assert got == pytest.approx([0.00121, (0.00121 + 0.930486) / 2, 1.03], rel=1e-3)


@pytest.mark.parametrize(
    ("tissue", "hu", "density_g_per_cm3"),
    [
        # ICRU 46 densities; CT numbers of Schneider 1996/2000's calculated tissues
        ("lung, inflated", -741, 0.26),
        ("adipose 3", -98, 0.93),
        ("muscle 1", 40, 1.05),
        ("cortical bone", 1524, 1.92),
    ],
)
def test_tissues_come_out_at_their_density(
    tissue: str, hu: float, density_g_per_cm3: float
) -> None:
    got = hu_to_density(line([hu])).values.item()
    assert got == pytest.approx(density_g_per_cm3, rel=0.04), tissue


def test_padding_and_metal_are_clamped() -> None:
    got = hu_to_density(line([-3024, -1024, 3000, 3071, 30000])).values.ravel()
    assert got[:2] == pytest.approx([0.00121] * 2)
    assert got[2:] == pytest.approx([2.793] * 3)


def test_a_scanner_s_own_table() -> None:
    table = HuDensityTable(hu=(-1000, 0, 1000), density_g_per_cm3=(0.001, 1, 1.5), source="phantom")
    got = hu_to_density(line([-500, 500]), table)
    assert got.values.ravel() == pytest.approx([0.5005, 1.25])
    assert got.quantity is Quantity.DENSITY_G_PER_CM3
    assert got.values.dtype == np.float32


@pytest.mark.parametrize(
    ("hu", "density", "source"),
    [
        ((0, 0), (1, 1), "x"),
        ((0,), (1,), "x"),
        ((-1000, 0, 1), (0.001, 1), "x"),
        ((-1000, 0), (1.2, 1000), "x"),
        ((-1000, 0), (0.0, 1.0), "x"),
        ((-1000, 0), (0.001, 1.0), " "),
        ((float("nan"), 0), (0.001, 1.0), "x"),
    ],
    ids=["not rising", "one point", "unequal", "kg/m3", "zero", "no source", "not finite"],
)
def test_broken_tables_are_refused(
    hu: tuple[float, ...], density: tuple[float, ...], source: str
) -> None:
    with pytest.raises(QuantityError):
        HuDensityTable(hu=hu, density_g_per_cm3=density, source=source)


def test_activity_has_no_density() -> None:
    with pytest.raises(QuantityError):
        hu_to_density(line([1.0], Quantity.BQ))
