"""Values of an array at a lattice of points that is given in the array's own index space.

SimpleITK does the work (threads, one result for any number of them). Its image gets no position,
spacing or direction: all geometry is in one matrix from index to index, so no second convention
of axes comes in.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["index_image", "sample", "simpleitk"]


def simpleitk() -> Any:
    """SimpleITK, imported when it is first needed (0.2 s).

    Examples
    --------
    >>> simpleitk().Image([2, 2, 2], simpleitk().sitkFloat32).GetDimension()
    3
    """
    import SimpleITK

    return SimpleITK


def index_image(values: NDArray[Any]) -> Any:
    """A SimpleITK image whose world is the array's index.

    Parameters
    ----------
    values : ndarray of numbers or bool, shape (z, y, x)
        Copied; bool to uint8, 8- and 16-bit integers as they are, all else to float32.

    Returns
    -------
    SimpleITK.Image
        With axes x, y, z.

    Examples
    --------
    >>> index_image(np.zeros((2, 3, 4), dtype=bool)).GetSize()
    (4, 3, 2)
    """
    sitk = simpleitk()
    kind = np.dtype(np.uint8) if values.dtype == np.bool_ else values.dtype
    if kind.kind not in "iu" or kind.itemsize > 2:
        kind = np.dtype(np.float32)
    return sitk.GetImageFromArray(np.ascontiguousarray(values, dtype=kind.newbyteorder("=")))


def sample(
    image: Any,
    matrix: NDArray[np.float64],
    shape: tuple[int, int, int],
    *,
    nearest: bool,
    outside: float = 0.0,
) -> NDArray[Any]:
    """Values of an image at a lattice of points.

    Linear or nearest neighbour. Up to half a voxel beyond the outermost centres, which is where
    the outermost voxels end, their own values hold; further out `outside`.

    Parameters
    ----------
    image : SimpleITK.Image
        As of `index_image`.
    matrix : ndarray of float64, shape (4, 4)
        Takes the lattice's index ``(z, y, x, 1)`` to the image's index.
    shape : tuple of int
        The lattice's points along ``(z, y, x)``.
    nearest : bool
        Nearest neighbour, in the image's own type; otherwise linear, in float32.
    outside : float
        In the image's unit.

    Returns
    -------
    ndarray of numbers, shape `shape`
        In the image's unit.

    Examples
    --------
    >>> image = index_image(np.array([[[0.0, 10.0]]]))
    >>> half = np.diag([1.0, 1.0, 0.5, 1.0])
    >>> sample(image, half, (1, 1, 3), nearest=False).tolist()
    [[[0.0, 5.0, 10.0]]]
    """
    sitk = simpleitk()
    flip = matrix[:3, :3][::-1, ::-1]  # SimpleITK counts x, y, z
    motion = sitk.AffineTransform(3)
    motion.SetMatrix(flip.ravel().tolist())
    motion.SetTranslation(matrix[:3, 3][::-1].tolist())
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize([int(n) for n in shape[::-1]])
    resampler.SetTransform(motion)
    resampler.SetInterpolator(sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear)
    resampler.SetDefaultPixelValue(outside)
    if not nearest:
        resampler.SetOutputPixelType(sitk.sitkFloat32)
    return np.asarray(sitk.GetArrayFromImage(resampler.Execute(image)))
