"""Regions from a point: by a range of values, or up to the steepest edge around it."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hevesy.errors import RegionError
from hevesy.images import Region, Volume
from hevesy.images.sampling import simpleitk

__all__ = ["grow_region", "segment_gradient"]


def grow_region(
    volume: Volume, seed_mm: ArrayLike, *, between: tuple[float, float], name: str
) -> Region:
    """All voxels within a range of values that hang together with a point by faces.

    Parameters
    ----------
    volume : Volume
        Any quantity.
    seed_mm : array_like, shape (3,)
        A point in LPS mm; its voxel must be within the range.
    between : tuple of float
        Lowest and highest value, both included, in the image's unit.
    name : str
        Of the region.

    Returns
    -------
    Region

    Raises
    ------
    RegionError
        The point is outside the image or its value outside the range.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((1, 1, 5), spacing_mm=(1, 1, 1))
    >>> ct = Volume(values=np.array([[[40, 50, -900, 45, 42]]]), grid=grid, quantity=Quantity.HU)
    >>> grow_region(ct, (0.0, 0.0, 0.0), between=(0, 100), name="left").mask.astype(int).tolist()
    [[[1, 1, 0, 0, 0]]]
    """
    from scipy.ndimage import label

    place = _voxel_at(volume, seed_mm, name)
    low, high = between
    mask = (volume.values >= low) & (volume.values <= high)
    if not mask[place]:
        raise RegionError(
            f"the starting point of region '{name}' is not within its range of values",
            got=f"{float(volume.values[place]):g} {volume.quantity}",
            allowed=f"{low:g} to {high:g}",
            remedy="move the point, or widen the range",
        )
    parts, _ = label(mask)
    return Region(
        name=name,
        mask=np.asarray(parts == parts[place]),
        grid=volume.grid,
        frame_of_reference=volume.frame_of_reference,
    )


def segment_gradient(
    volume: Volume,
    seed_mm: ArrayLike,
    *,
    search_radius_mm: float,
    smoothing_mm: float,
    name: str,
) -> Region:
    """The object around a point, up to where its edge is steepest.

    A watershed on the length of the gradient, flooded from the seed and from all that is further
    away than `search_radius_mm`. It needs no maximum and no background. The steepest place of a
    blurred plane is its true edge; that of a blurred sphere lies inside: the volume found is in
    theory 97 % of the true one at a radius of 4 FWHM, 94 % at 3, 87 % at 2, 78 % at 1.5 and 60 %
    at 1, the FWHM being that of image and smoothing together.

    Parameters
    ----------
    volume : Volume
        Activity or counts (or any image with an edge).
    seed_mm : array_like, shape (3,)
        A point inside the object, LPS mm.
    search_radius_mm : float
        The object ends within this distance from the point.
    smoothing_mm : float
        Standard deviation of the Gaussian under the derivative; the voxel size or more.
    name : str
        Of the region.

    Returns
    -------
    Region

    Raises
    ------
    RegionError
        The point is outside the image, the distances are out of range, or no edge was found.

    References
    ----------
    Geets X et al. A gradient-based method for segmenting FDG-PET images: methodology and
    validation. Eur J Nucl Med Mol Imaging 2007;34:1427 (watershed on the gradient).

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((24, 24, 24), spacing_mm=(3, 3, 3))
    >>> z, y, x = np.indices(grid.shape) - 12.0
    >>> ball = (x**2 + y**2 + z**2 < 36) * 10.0
    >>> spect = Volume(values=ball, grid=grid, quantity=Quantity.BQ)
    >>> found = segment_gradient(spect, (36, 36, 36), search_radius_mm=33, smoothing_mm=3, name="b")
    >>> bool(0.85 < found.volume_ml / (np.count_nonzero(ball) * 0.027) < 1.0)
    True
    """
    place = _voxel_at(volume, seed_mm, name)
    spacing = volume.grid.spacing_mm
    if not (smoothing_mm > 0 and search_radius_mm > 3 * max(spacing)):
        raise RegionError(
            f"the distances for region '{name}' are out of range",
            got=f"search radius {search_radius_mm} mm, smoothing {smoothing_mm} mm",
            allowed=f"a search radius above {3 * max(spacing):.3g} mm, smoothing above 0 mm",
            remedy="correct the distances",
        )
    sitk = simpleitk()
    box, here = _box_around(volume, place, search_radius_mm + 4 * smoothing_mm)
    values = np.ascontiguousarray(volume.values[box], dtype=np.float32)
    image: Any = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing[::-1])
    edge = sitk.GradientMagnitudeRecursiveGaussian(image, smoothing_mm)
    distance_sq = sum(
        ((np.arange(n) - i) * s).reshape([-1 if a == k else 1 for a in range(3)]) ** 2
        for k, (n, i, s) in enumerate(zip(values.shape, here, spacing, strict=True))
    )
    distance_mm = np.sqrt(np.asarray(distance_sq))
    marks = np.zeros(values.shape, dtype=np.uint8)
    marks[distance_mm > search_radius_mm] = 2
    marks[here] = 1
    if not (marks == 2).any():
        raise RegionError(
            f"the search for region '{name}' fills the whole image",
            got=f"search radius {search_radius_mm:g} mm",
            remedy="choose a smaller search radius",
        )
    flooded = sitk.MorphologicalWatershedFromMarkers(
        edge, _like(sitk.GetImageFromArray(marks), edge), markWatershedLine=False
    )
    mask = np.zeros(volume.grid.shape, dtype=np.bool_)
    mask[box] = sitk.GetArrayFromImage(flooded) == 1
    return Region(
        name=name, mask=mask, grid=volume.grid, frame_of_reference=volume.frame_of_reference
    )


def _like(image: Any, other: Any) -> Any:
    image.CopyInformation(other)
    return image


def _voxel_at(volume: Volume, seed_mm: ArrayLike, name: str) -> tuple[int, int, int]:
    z, y, x = (int(i) for i in np.round(volume.grid.to_index(seed_mm)))
    if not all(0 <= i < n for i, n in zip((z, y, x), volume.grid.shape, strict=True)):
        raise RegionError(
            f"the starting point of region '{name}' is outside the image",
            got=f"LPS {np.asarray(seed_mm).tolist()} mm",
            remedy="give a point inside the image, in LPS mm",
        )
    return z, y, x


def _box_around(
    volume: Volume, place: tuple[int, int, int], radius_mm: float
) -> tuple[tuple[slice, ...], tuple[int, ...]]:
    """Voxels within a distance along each axis, and the place within that box."""
    reach = [int(np.ceil(radius_mm / s)) for s in volume.grid.spacing_mm]
    low = [max(0, i - r) for i, r in zip(place, reach, strict=True)]
    high = [min(n, i + r + 1) for i, r, n in zip(place, reach, volume.grid.shape, strict=True)]
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    return box, tuple(i - a for i, a in zip(place, low, strict=True))
