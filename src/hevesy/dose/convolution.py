"""Convolution of an image with a symmetric kernel, where it matters only."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import thread_count
from hevesy.errors import GridError

__all__ = ["Box", "convolve", "occupied_box"]

Box = tuple[slice, slice, slice]
"""A block of voxels, (z, y, x)."""


def occupied_box(values: NDArray[Any]) -> Box | None:
    """Find the smallest box that holds all voxels that are not 0; None where all are.

    Examples
    --------
    >>> image = np.zeros((4, 5, 6))
    >>> image[1:3, 2, 3:] = 1.0
    >>> occupied_box(image)
    (slice(1, 3, None), slice(2, 3, None), slice(3, 6, None))
    """
    plane = np.any(values, axis=0)
    marks = [np.any(values, axis=(1, 2)), np.any(plane, axis=1), np.any(plane, axis=0)]
    if not marks[0].any():
        return None
    ends = [(int(m.argmax()), int(m.size - m[::-1].argmax())) for m in marks]
    z, y, x = (slice(*end) for end in ends)
    return z, y, x


def convolve(
    values: NDArray[Any], octant: NDArray[Any], *, threads: int | None = None
) -> tuple[NDArray[np.float32], Box]:
    """Convolve by Fourier transform, in single precision.

    Only the box of voxels that are not 0 is transformed, padded just so far that nothing wraps
    around into what is kept, to lengths that transform fast. Errors are about 1e-7 of the greatest
    result; what is smaller than 5e-7 of it is set to 0.

    Parameters
    ----------
    values : ndarray, shape (nz, ny, nx)
    octant : ndarray of float64, shape (a, b, c)
        The kernel at offsets from 0 up; the same at mirrored offsets.
    threads : int, optional
        Those of the process by default.

    Returns
    -------
    ndarray of float32, shape of the box
        The result there; it is 0 elsewhere. Not below 0 where input and kernel are not.
    tuple of slice
        The box, (z, y, x): where the kernel reaches from voxels that are not 0.

    Raises
    ------
    GridError
        The image or the kernel does not have three axes.

    Examples
    --------
    >>> image, octant = np.zeros((5, 5, 5)), np.zeros((2, 2, 2))
    >>> image[2, 2, 2], octant[0, 0, 0], octant[0, 0, 1] = 1.0, 0.5, 0.25
    >>> found, box = convolve(image, octant)
    >>> found[1, 1].tolist(), box[2]
    ([0.25, 0.5, 0.25], slice(1, 4, None))
    """
    from scipy import fft

    if values.ndim != 3 or octant.ndim != 3:
        raise GridError(
            "a convolution needs three axes",
            got=f"{values.ndim} of the image, {octant.ndim} of the kernel",
            allowed="3",
            remedy="give both in (z, y, x) order",
        )
    inner = occupied_box(values)
    if inner is None:
        nothing = (slice(0, 0), slice(0, 0), slice(0, 0))
        return np.zeros((0, 0, 0), dtype=np.float32), nothing
    workers = threads or thread_count()
    lengths, box, starts = [], [], []
    for axis, part in enumerate(inner):
        reach = min(octant.shape[axis] - 1, values.shape[axis] - 1)
        before = min(reach, part.start)
        after = min(reach, values.shape[axis] - part.stop)
        needed = part.stop - part.start + reach + max(before, after)
        lengths.append(fft.next_fast_len(max(needed, 2 * reach + 1), real=True))
        box.append(slice(part.start - before, part.stop + after))
        starts.append(before)
    scale = float(np.abs(values[inner]).max())
    image = np.asarray(values[inner], dtype=np.float32) / np.float32(scale)
    spectrum = fft.rfftn(image, s=lengths, workers=workers)
    spectrum *= _kernel_spectrum(octant, lengths, values.shape, workers)
    whole: NDArray[Any] = fft.irfftn(spectrum, s=lengths, workers=workers, overwrite_x=True)
    found = _unrolled(whole, box, starts)
    found[np.abs(found) < 5e-7 * np.abs(found).max()] = 0.0
    if octant.min() >= 0 and image.min() >= 0:
        np.maximum(found, 0.0, out=found)
    found *= np.float32(scale)
    z, y, x = box
    return found, (z, y, x)


def _kernel_spectrum(
    octant: NDArray[Any], lengths: list[int], shape: tuple[int, ...], workers: int
) -> NDArray[np.float32]:
    """Transform of the kernel about index 0: real, as the kernel is symmetric."""
    from scipy import fft

    wrapped = np.zeros(lengths, dtype=np.float32)
    reach = [min(n, m) - 1 for n, m in zip(octant.shape, shape, strict=True)]
    offsets = [np.arange(-n, n + 1) for n in reach]
    at = [o % length for o, length in zip(offsets, lengths, strict=True)]
    wrapped[np.ix_(*at)] = octant[np.ix_(*(np.abs(o) for o in offsets))]
    return np.ascontiguousarray(fft.rfftn(wrapped, workers=workers, overwrite_x=True).real)


def _unrolled(whole: NDArray[Any], box: list[slice], starts: list[int]) -> NDArray[np.float32]:
    """The box's part of a cyclic result, whose index 0 is the box's `starts`."""
    found = np.empty([part.stop - part.start for part in box], dtype=np.float32)
    pieces = []
    for before, size, length in zip(starts, whole.shape, found.shape, strict=True):
        head = (slice(0, before), slice(size - before, size))
        pieces.append((head, (slice(before, length), slice(0, length - before))))
    for parts in product(*pieces):
        to, source = (tuple(side) for side in zip(*parts, strict=True))
        found[to] = whole[source]
    return found
