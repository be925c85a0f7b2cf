"""Images as a registration looks at them: coarse, windowed, on cubes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegistrationError
from hevesy.images import Grid, Quantity, RigidTransform, Volume
from hevesy.images.overlap import index_matrix, mean_in_voxels
from hevesy.images.sampling import simpleitk

__all__ = ["as_itk", "background", "window", "working_volume"]

_CT_WINDOW_HU = (-1000.0, 500.0)  # metal, contrast and dense bone don't outweigh the rest


def background(quantity: Quantity) -> float:
    """Value where nothing is, after `window`.

    Examples
    --------
    >>> background(Quantity.HU)
    -1000.0
    """
    return _CT_WINDOW_HU[0] if quantity is Quantity.HU else 0.0


def window(values: NDArray[Any], quantity: Quantity) -> NDArray[np.float32]:
    """Values as the metric sees them.

    CT clipped to -1000 to 500 HU. All else as the square root of what is above 0, so that one hot
    lesion, which changes between scans, doesn't outweigh the body.

    Parameters
    ----------
    values : ndarray of numbers, shape (z, y, x)
        In the image's unit.
    quantity : Quantity
        What they are.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        HU, or the square root of the image's unit.

    Examples
    --------
    >>> window(np.array([[[-3024.0, 40.0]]]), Quantity.HU).tolist()
    [[[-1000.0, 40.0]]]
    """
    if quantity is Quantity.HU:
        return np.asarray(np.clip(values, *_CT_WINDOW_HU), dtype=np.float32)
    return np.asarray(np.sqrt(np.clip(values, 0.0, None)), dtype=np.float32)


def working_volume(volume: Volume, spacing_mm: float, *, role: str) -> Volume:
    """Average an image over cubes of about `spacing_mm`, and window it.

    Parameters
    ----------
    volume : Volume
        Any quantity.
    spacing_mm : float
        The cubes' size along each axis; an axis that is coarser already keeps its spacing.
    role : str
        "fixed" or "moving", for the message.

    Returns
    -------
    Volume
        float32, of the same quantity's windowed values, on a grid with the same field and axes.

    Raises
    ------
    RegistrationError
        The image is the same everywhere, or less than four cubes along an axis.

    Examples
    --------
    >>> grid = Grid.from_spacing((16, 16, 16), spacing_mm=(2, 2, 2))
    >>> ct = Volume(values=np.arange(4096.0).reshape(grid.shape), grid=grid, quantity=Quantity.HU)
    >>> working_volume(ct, 4.0, role="fixed").grid.shape
    (8, 8, 8)
    """
    shape = np.asarray(volume.grid.shape)
    extent_mm = shape * np.asarray(volume.grid.spacing_mm)
    count = np.clip(np.round(extent_mm / spacing_mm).astype(int), 1, shape)
    if count.min() < 4:
        raise RegistrationError(
            f"the {role} image is too thin to be registered",
            got=f"{extent_mm.min():.0f} mm along one axis",
            allowed=f"{4 * spacing_mm:.0f} mm or more",
            remedy="give an image with more slices, or a smaller working_spacing_mm",
        )
    scale = extent_mm / count
    affine = np.eye(4)
    affine[:3, :3] = volume.grid.direction * scale
    # the first cube's centre, seen from the first voxel's centre
    first = 0.5 * (scale / np.asarray(volume.grid.spacing_mm)) - 0.5
    affine[:3, 3] = volume.grid.to_world_mm(first)
    grid = Grid(shape=(int(count[0]), int(count[1]), int(count[2])), affine=affine)
    matrix = index_matrix(volume.grid, grid, RigidTransform.identity())
    values = mean_in_voxels(window(volume.values, volume.quantity), matrix, grid.shape)
    if float(values.max() - values.min()) <= 0.0:
        raise RegistrationError(
            f"the {role} image is the same everywhere",
            got=float(values.max()),
            remedy="check that the right image was given",
        )
    return Volume(values=values, grid=grid, quantity=volume.quantity)


def as_itk(volume: Volume) -> Any:
    """A SimpleITK image in LPS mm, for the optimiser.

    Examples
    --------
    >>> grid = Grid.from_spacing((2, 3, 4), spacing_mm=(5, 2, 1), origin_mm=(7, 8, 9))
    >>> image = as_itk(Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU))
    >>> image.GetSpacing(), image.GetOrigin()
    ((1.0, 2.0, 5.0), (7.0, 8.0, 9.0))
    """
    image = simpleitk().GetImageFromArray(np.ascontiguousarray(volume.values, dtype=np.float32))
    image.SetSpacing([float(s) for s in volume.grid.spacing_mm[::-1]])
    image.SetOrigin([float(o) for o in volume.grid.origin_mm])
    image.SetDirection(volume.grid.direction[:, ::-1].ravel().tolist())
    return image
