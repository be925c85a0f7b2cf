"""The body's outline, from CT or from SPECT."""

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.images import Grid, Quantity, Region, RigidTransform, Volume
from hevesy.images.overlap import index_matrix, mean_in_voxels
from hevesy.images.sampling import index_image, sample

__all__ = ["outline_body"]

_WORKING_MM = 4.0
_OPENING_MM = 12.0  # a couch top is thinner than twice this


def outline_body(
    volume: Volume,
    *,
    name: str = "body",
    skin_hu: float = -300.0,
    uptake_share: float = 0.02,
    coarse: bool = False,
) -> Region:
    """The body as one solid part: lungs, bowel gas and cold organs are within it.

    The image is averaged to cubes of about 4 mm and cut at a threshold (CT: `skin_hu`; else:
    `uptake_share` of its 99.5th percentile). What is thinner than 24 mm (the couch, tubes) is
    taken off where it isn't part of something thicker, the largest part is kept, and holes are
    filled slice by slice. Edges are true to about half a cube; thin arms may be lost. From SPECT
    it is a rough outline only: where there is little uptake, there is no body.

    Parameters
    ----------
    volume : Volume
        CT in HU, or activity or counts.
    name : str
        Of the region.
    skin_hu : float
        Threshold for CT, HU.
    uptake_share : float
        Threshold for all else.
    coarse : bool
        Leave it on the cubes of about 4 mm, which are what its edges are true to: far fewer voxels
        to go on with.

    Returns
    -------
    Region
        On the image's grid, or on the cubes.

    Raises
    ------
    RegionError
        No body was found.

    Examples
    --------
    >>> grid = Grid.from_spacing((10, 40, 40), spacing_mm=(4, 4, 4))
    >>> z, y, x = np.indices(grid.shape) - 20.0
    >>> body, lung = x**2 + y**2 < 18**2, x**2 + y**2 < 8**2
    >>> ct = Volume(values=body * 1040 - lung * 900 - 1000, grid=grid, quantity=Quantity.HU)
    >>> bool((outline_body(ct).mask == body).mean() > 0.99)
    True
    """
    hounsfield = volume.quantity is Quantity.HU
    grid = _working_grid(volume.grid)
    matrix = index_matrix(volume.grid, grid, RigidTransform.identity())
    shown = np.clip(volume.values, -1000, 1000) if hounsfield else volume.values
    cubes = mean_in_voxels(shown, matrix, grid.shape)
    threshold = skin_hu if hounsfield else uptake_share * float(np.percentile(cubes, 99.5))
    body = _solid(cubes > threshold, grid) if cubes.max() > threshold else None
    if body is None:
        raise RegionError(
            "no body was found in the image",
            got=f"no solid part above {threshold:g} {volume.quantity}",
            remedy="check the image, or choose another threshold",
        )
    if coarse:
        return Region(name=name, mask=body, grid=grid, frame_of_reference=volume.frame_of_reference)
    back = index_matrix(grid, volume.grid, RigidTransform.identity())
    smooth = sample(index_image(body.astype(np.float32)), back, volume.grid.shape, nearest=False)
    return Region(
        name=name,
        mask=smooth >= 0.5,
        grid=volume.grid,
        frame_of_reference=volume.frame_of_reference,
    )


def _working_grid(grid: Grid) -> Grid:
    """Cubes of about 4 mm over the same field; axes that are coarser keep their spacing."""
    shape, spacing = np.asarray(grid.shape), np.asarray(grid.spacing_mm)
    count = np.clip(np.ceil(shape * spacing / _WORKING_MM).astype(int), 1, shape)
    scale = shape * spacing / count
    affine = np.eye(4)
    affine[:3, :3] = grid.direction * scale
    affine[:3, 3] = grid.to_world_mm(0.5 * scale / spacing - 0.5)
    return Grid(shape=(int(count[0]), int(count[1]), int(count[2])), affine=affine)


def _solid(mask: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_] | None:
    """Fill, take thin things off, keep the largest part, fill again."""
    from scipy.ndimage import binary_fill_holes, distance_transform_edt, label

    filled = np.stack([binary_fill_holes(plane) for plane in mask])
    # the body goes on beyond the image's border, so erosion must not begin there
    padded = np.pad(filled, 4, mode="edge")
    inner = np.asarray(distance_transform_edt(padded, sampling=grid.spacing_mm)) > _OPENING_MM
    if not inner.any():
        return None
    near = np.asarray(distance_transform_edt(~inner, sampling=grid.spacing_mm)) <= _OPENING_MM
    opened = (near & padded)[4:-4, 4:-4, 4:-4]
    parts, count = label(opened)
    if count == 0:
        return None
    sizes = np.bincount(parts.ravel())[1:]
    largest = np.asarray(parts == int(sizes.argmax()) + 1)
    return np.stack([binary_fill_holes(plane) for plane in largest])
