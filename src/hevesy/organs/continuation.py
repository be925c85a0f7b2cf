"""The body on coarse voxels, gone on with beyond the CT's ends as a cylinder of soft tissue."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.far_field import block_sums
from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, classify_tissue

__all__ = ["ContinuedBody", "continue_body"]

_VOXEL_MM = 5.0
_CUT_MM2 = 1000.0  # a section of the body of 10 cm2 in the last slice: there is more behind it
_TISSUE_G_PER_CM3 = 1.0
_AIR_G_PER_CM3 = 0.0012


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContinuedBody:
    """Coarse voxels of the CT with a cylinder at each end that cuts the body.

    Made by `continue_body`.

    Parameters
    ----------
    tissue : TissueMap
    body : ndarray of bool, shape ``tissue.density.grid.shape``
        The body within the CT.
    beyond, beyond_narrow : ndarray of bool, shape ``tissue.density.grid.shape``
        The cylinders with the outline of the last slice, and their middle with half its area.
    cut_ends : tuple of str
        ``"low"`` and ``"high"``, by the index of the slices.
    factors : tuple of int
        Voxels to a block along each axis.
    inside : tuple of slice
        Where the CT lies on this grid.

    Examples
    --------
    See `continue_body`.
    """

    tissue: TissueMap
    body: NDArray[np.bool_]
    beyond: NDArray[np.bool_]
    beyond_narrow: NDArray[np.bool_]
    cut_ends: tuple[str, ...]
    factors: tuple[int, int, int]
    inside: tuple[slice, slice, slice]

    @property
    def grid(self) -> Grid:
        """The coarse grid with the cylinders."""
        return self.tissue.density.grid

    @property
    def body_mass_g(self) -> float:
        """Mass of the body within the CT, g."""
        density = np.asarray(self.tissue.density.values)[self.body]
        return float(density.sum(dtype=np.float64)) * self.grid.voxel_volume_ml

    def lay_decays(self, decays: NDArray[np.floating]) -> Volume:
        """Lay decays of the CT's voxels on this grid, their total kept; BQ_S."""
        values = np.zeros(self.grid.shape)
        values[self.inside] = block_sums(decays, self.factors)
        return self.tissue.density.with_values(values, Quantity.BQ_S)

    def lay_mask(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Lay a mask of the CT's voxels on this grid: blocks of which half is inside, or the most.

        Raises
        ------
        RegionError
            The mask is empty.
        """
        share = _share(mask, self.factors)
        if share.max() <= 0:
            raise RegionError(
                "a region is empty or lies outside the image",
                got="0 mL",
                remedy="draw it on this image, or leave it out",
            )
        found = np.zeros(self.grid.shape, dtype=np.bool_)
        found[self.inside] = share >= min(0.5, float(share.max()))
        return found


def continue_body(
    density: Volume, body: NDArray[np.bool_], *, length_mm: float = 400.0
) -> ContinuedBody:
    """Make coarse voxels of a CT, and go on with the body where the CT cuts it.

    Blocks of about 5 mm keep their mass. Where the body's section in a last slice is 10 cm2 or
    more, the slice's outline goes on, filled with soft tissue of 1 g/cm3. That is a statement about
    no patient: head, arms and legs have other sections, which `beyond_narrow` is there to gauge.

    Parameters
    ----------
    density : Volume
        DENSITY_G_PER_CM3, slices along the first axis.
    body : ndarray of bool, shape ``density.grid.shape``
        The body's outline.
    length_mm : float
        Of each cylinder; 400 mm is six mean free paths of 155 keV photons.

    Returns
    -------
    ContinuedBody

    Raises
    ------
    GridError
        The outline does not have the density's shape, or slices do not follow the first axis.

    Examples
    --------
    >>> grid = Grid.from_spacing((20, 40, 40), spacing_mm=(5, 5, 5))
    >>> water = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.DENSITY_G_PER_CM3)
    >>> body = np.zeros(grid.shape, dtype=bool)
    >>> body[:15, 10:30, 10:30] = True
    >>> found = continue_body(water, body)
    >>> found.cut_ends, found.grid.shape, int(found.beyond.sum()) // 400
    (('low',), (100, 40, 40), 80)
    """
    density.require(Quantity.DENSITY_G_PER_CM3)
    grid = density.grid
    if body.shape != grid.shape:
        raise GridError(
            "the body's outline does not have the density's shape",
            got=body.shape,
            allowed=str(grid.shape),
            remedy="give it on the density's grid",
        )
    along = int(np.abs(np.asarray(grid.direction)[2]).argmax())
    if along != 0:
        raise GridError(
            "the CT's slices do not follow the patient's long axis",
            got=f"axis {along} is nearest to it",
            allowed="axial slices",
            remedy="reformat the CT to axial slices",
        )
    z, y, x = (max(1, round(_VOXEL_MM / mm)) for mm in grid.spacing_mm)
    factors = (z, y, x)
    size = float(z * y * x)
    coarse = block_sums(np.asarray(density.values), factors) / size
    inside = _share(body, factors) >= 0.5
    spacing = tuple(mm * k for mm, k in zip(grid.spacing_mm, factors, strict=True))
    area_mm2 = spacing[1] * spacing[2]
    cut = [bool(plane.sum() * area_mm2 >= _CUT_MM2) for plane in (inside[0], inside[-1])]
    slices = -(-int(length_mm) // max(int(spacing[0]), 1))
    low, high = (slices if end else 0 for end in cut)
    affine = np.array(grid.affine, dtype=np.float64)
    first = [0.5 * (k - 1) for k in factors]
    first[0] -= low * z
    affine[:3, 3] = grid.to_world_mm(np.array(first))
    affine[:3, :3] = affine[:3, :3] * np.array(factors)
    shape = (coarse.shape[0] + low + high, coarse.shape[1], coarse.shape[2])
    body_out, beyond, narrow = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    values = np.full(shape, _AIR_G_PER_CM3, dtype=np.float32)
    held = slice(low, low + coarse.shape[0])
    values[held] = np.maximum(coarse, _AIR_G_PER_CM3)
    body_out[held] = inside
    for section, place in ((inside[0], slice(0, low)), (inside[-1], slice(held.stop, shape[0]))):
        beyond[place] = section
        narrow[place] = _middle(section, spacing[1:])
        values[place] = np.where(section, _TISSUE_G_PER_CM3, _AIR_G_PER_CM3)
    whole = Volume(
        values=values,
        grid=Grid(shape=shape, affine=affine),
        quantity=Quantity.DENSITY_G_PER_CM3,
        frame_of_reference=density.frame_of_reference,
    )
    return ContinuedBody(
        tissue=classify_tissue(whole),
        body=body_out,
        beyond=beyond,
        beyond_narrow=narrow,
        cut_ends=tuple(name for name, end in zip(("low", "high"), cut, strict=True) if end),
        factors=factors,
        inside=(held, slice(None), slice(None)),
    )


def _share(mask: NDArray[np.bool_], factors: tuple[int, int, int]) -> NDArray[np.float64]:
    """Share of each block that a mask holds, of the voxels that the block has."""
    there = block_sums(np.ones(mask.shape, dtype=np.float32), factors)
    return np.asarray(block_sums(mask.astype(np.float32), factors) / there)


def _middle(section: NDArray[np.bool_], spacing_mm: tuple[float, ...]) -> NDArray[np.bool_]:
    """The half of a section's area that is furthest from its edge."""
    from scipy.ndimage import distance_transform_edt

    if not section.any():
        return section
    depth = np.asarray(distance_transform_edt(section, sampling=spacing_mm))
    return np.asarray(section & (depth >= np.median(depth[section])))
