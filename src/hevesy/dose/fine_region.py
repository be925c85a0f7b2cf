"""Energy that decays bring to a region, on a grid fine enough for the region's own outline."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.convolution import Box, convolve, occupied_box
from hevesy.dose.point_kernel import get_point_kernel
from hevesy.dose.region_fraction import checked_shares
from hevesy.dose.voxel_kernel import voxel_kernel
from hevesy.errors import GridError
from hevesy.images import Quantity, Volume

__all__ = ["FineEnergy", "FineOutline", "fine_region_energy", "refine_outline"]

_Numbers = NDArray[np.float64]
_LEAST_MM = 0.5  # 1 g is then within 1 %
_PARTS = 14.0  # of the radius of the sphere of the region's volume
_MOST_VOXELS = 1.6e7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineOutline:
    """A region's outline on voxels that are a whole part of the image's.

    Parameters
    ----------
    inside : ndarray of bool, shape (fine z, fine y, fine x)
        Read-only.
    box : tuple of slice
        The image's voxels that are covered, along (z, y, x).
    parts : tuple of int
        Fine voxels to one of the image's along each axis; all 1 where the image is fine enough.
    spacing_mm : tuple of float
        The fine voxels' edges along (z, y, x).

    Examples
    --------
    >>> found = refine_outline(np.ones((2, 2, 2), dtype=bool), (4.0, 4.0, 4.0))
    >>> found.parts, found.inside.sum() * 0.5**3
    ((8, 8, 8), np.float64(512.0))
    """

    inside: NDArray[np.bool_]
    box: Box
    parts: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        self.inside.setflags(write=False)

    def coverage(self) -> _Numbers:
        """Share of each of the image's voxels in the box that is inside."""
        (z, y, x), (a, b, c) = self.inside.shape, self.parts
        blocks = self.inside.reshape(z // a, a, y // b, b, x // c, c)
        return np.asarray(blocks.mean(axis=(1, 3, 5)))

    def spread(self, values: _Numbers) -> _Numbers:
        """Give each fine voxel its image voxel's value."""
        z, y, x = self.parts
        return values.repeat(z, axis=0).repeat(y, axis=1).repeat(x, axis=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class FineEnergy:
    """What a region's own decays are, and the energy imparted to it.

    Parameters
    ----------
    own_tia_bq_s : float
        Decays inside the outline.
    imparted_mev : float
        Energy that all decays of the image impart to what is inside.

    Examples
    --------
    >>> FineEnergy(own_tia_bq_s=10.0, imparted_mev=5.0).imparted_mev
    5.0
    """

    own_tia_bq_s: float
    imparted_mev: float


def refine_outline(
    shares: NDArray[np.floating] | NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    *,
    margin_mm: float = 0.0,
) -> FineOutline:
    """Find a region's outline between the centres of voxels that are large against it.

    The shares are interpolated linearly, and the outline is laid at the level that keeps the
    region's volume. Fine voxels are at most 0.5 mm, or a 14th of the radius of the sphere of that
    volume where this is more (coarser where the box would have over 16 million of them).

    Parameters
    ----------
    shares : ndarray of float or bool, shape (z, y, x)
        Share of each voxel that belongs to the region, 0 to 1.
    spacing_mm : tuple of float
        The voxels' edges along (z, y, x).
    margin_mm : float
        How much of the image around the region is wanted.

    Returns
    -------
    FineOutline

    Examples
    --------
    >>> refine_outline(np.ones((90, 90, 90), dtype=bool), (1.0, 1.0, 1.0)).parts
    (1, 1, 1)
    """
    found = occupied_box(checked_shares(shares)) or (slice(0, 0),) * 3
    margins = [1 + math.ceil(margin_mm / mm) for mm in spacing_mm]
    z, y, x = (
        slice(max(part.start - m, 0), min(part.stop + m, n))
        for part, m, n in zip(found, margins, shares.shape, strict=True)
    )
    near = np.asarray(shares[z, y, x], dtype=np.float64)
    volume_mm3 = float(near.sum()) * math.prod(spacing_mm)
    wanted_mm = max(_LEAST_MM, (0.75 * volume_mm3 / math.pi) ** (1.0 / 3.0) / _PARTS)
    wanted_mm = max(wanted_mm, (near.size * math.prod(spacing_mm) / _MOST_VOXELS) ** (1.0 / 3.0))
    a, b, c = (max(math.ceil(mm / wanted_mm - 1e-9), 1) for mm in spacing_mm)
    return FineOutline(
        inside=_level_set(near, (a, b, c)),
        box=(z, y, x),
        parts=(a, b, c),
        spacing_mm=(spacing_mm[0] / a, spacing_mm[1] / b, spacing_mm[2] / c),
    )


def _level_set(shares: _Numbers, parts: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Fine voxels of the greatest interpolated shares, as many as make the region's volume."""
    from scipy import ndimage

    if parts == (1, 1, 1):
        return np.asarray(shares >= 0.5) if (shares >= 0.5).any() else shares >= shares.max()
    fine = ndimage.zoom(shares, parts, order=1, mode="grid-constant", grid_mode=True).ravel()
    count = max(round(float(shares.sum()) * math.prod(parts)), 1)
    level = np.partition(fine, fine.size - count)[fine.size - count]
    inside = fine > level
    edge = np.flatnonzero(fine == level)  # many are equal where a region is a block of voxels
    inside[edge[: count - int(inside.sum())]] = True
    return np.asarray(
        inside.reshape([n * part for n, part in zip(shares.shape, parts, strict=True)])
    )


def fine_region_energy(
    tia: Volume,
    shares: NDArray[np.floating] | NDArray[np.bool_],
    energy_mev: NDArray[np.floating],
    nuclide: str,
    *,
    threads: int | None = None,
) -> FineEnergy:
    """Correct a kernel's energy in a region for voxels that are large against region and range.

    Electrons are convolved anew around the region, on the grid of its fine outline. What a voxel
    on the border holds is parted between inside and outside as two levels (by least squares over
    the border's voxels) would have it. Photons, which change little over a voxel, are taken from
    `energy_mev`.

    Parameters
    ----------
    tia : Volume
        BQ_S.
    shares : ndarray of float or bool, shape ``tia.grid.shape``
        Share of each voxel that belongs to the region.
    energy_mev : ndarray, shape ``tia.grid.shape``
        By the kernel engine, in whole voxels.
    nuclide : str
        With the dash.
    threads : int, optional

    Returns
    -------
    FineEnergy

    Raises
    ------
    GridError
        The shares are not on the grid of the decays.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(40, 40, 40))
    >>> tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    >>> found = fine_region_energy(tia, np.ones(grid.shape), np.full(grid.shape, 0.14), "Lu-177")
    >>> found.own_tia_bq_s, 0.13 < found.imparted_mev < 0.15
    (1.0, True)
    """
    tia.require(Quantity.BQ_S)
    if shares.shape != tia.grid.shape or energy_mev.shape != tia.grid.shape:
        raise GridError(
            "the region or the energy is not on the grid of the decays",
            got=f"{shares.shape}, {energy_mev.shape}",
            allowed=str(tia.grid.shape),
            remedy="bring both to that grid",
        )
    kernel = get_point_kernel(nuclide)
    spacing = tia.grid.spacing_mm
    outline = refine_outline(shares, spacing, margin_mm=kernel.electron_reach_mm())
    decays = np.asarray(tia.values[outline.box], dtype=np.float64)
    weights = np.asarray(shares[outline.box], dtype=np.float64)
    covered = outline.coverage()
    inside_share = _inside_share(decays, covered)
    per_part = decays / math.prod(outline.parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(covered > 0, inside_share * per_part / covered, 0.0)
        without = np.where(covered < 1, (1.0 - inside_share) * per_part / (1.0 - covered), 0.0)
    fine = np.where(outline.inside, outline.spread(within), outline.spread(without))
    electrons = _convolved(fine, outline.spacing_mm, nuclide, threads)
    coarse = _convolved(decays, spacing, nuclide, threads)
    others = float(np.vdot(weights, np.asarray(energy_mev[outline.box], dtype=np.float64) - coarse))
    return FineEnergy(
        own_tia_bq_s=float((inside_share * decays).sum()),
        imparted_mev=float(electrons[outline.inside].sum(dtype=np.float64)) + others,
    )


def _convolved(
    decays: _Numbers, spacing_mm: tuple[float, float, float], nuclide: str, threads: int | None
) -> NDArray[np.float32]:
    energy = np.zeros(decays.shape, dtype=np.float32)
    part, box = convolve(decays, voxel_kernel(nuclide, spacing_mm).octant_mev, threads=threads)
    energy[box] = part
    return energy


def _inside_share(decays: _Numbers, covered: _Numbers) -> _Numbers:
    """Share of each voxel's decays that are inside, if there are two levels around the border."""
    touched = covered > 0
    near = touched | _grown(touched)
    rows = np.stack([covered[near], 1.0 - covered[near]], axis=1)
    inner, outer = (max(float(v), 0.0) for v in np.linalg.lstsq(rows, decays[near], rcond=None)[0])
    if inner + outer <= 0:
        return covered
    within = inner * covered
    total = within + outer * (1.0 - covered)
    return np.divide(within, total, out=covered.copy(), where=total > 0)


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(mask))
