"""How well two images lie on each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Quantity, RigidTransform, Volume
from hevesy.images.overlap import index_matrix
from hevesy.images.sampling import index_image, sample

__all__ = ["Merit", "correlation", "information_share", "measure_merit"]

_BODY_HU = -300.0
_UPTAKE_SHARE = 0.1  # of the highest root count: 1 % of the hottest voxel
_BINS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """A figure of merit and the overlap it was taken over.

    Parameters
    ----------
    value : float
        Correlation (-1 to 1), or share of information (0 to 1).
    overlap_share : float
        Of the smaller field's volume.

    Examples
    --------
    >>> Merit(value=0.97, overlap_share=0.9).value
    0.97
    """

    value: float
    overlap_share: float


def measure_merit(moving: Volume, fixed: Volume, transform: RigidTransform) -> Merit:
    """Figure of merit of a transform, over the overlap of both fields.

    Two images of one kind (CT and CT, or SPECT and SPECT): Pearson's correlation over the voxels
    that either image shows the body (CT) or uptake (SPECT) in, so that air outside doesn't count
    for likeness. CT with SPECT: the share of information that one gives about the other.

    Parameters
    ----------
    moving, fixed : Volume
        As of `working_volume`.
    transform : RigidTransform
        From the fixed world to the moving world.

    Returns
    -------
    Merit
        0 where fewer than 64 voxels overlap.

    References
    ----------
    Maes F et al. Multimodality image registration by maximization of mutual information. IEEE
    Trans Med Imaging 1997;16:187, table I (the entropy correlation coefficient).

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((8, 8, 8), spacing_mm=(4, 4, 4))
    >>> ct = Volume(values=np.arange(512.0).reshape(grid.shape), grid=grid, quantity=Quantity.HU)
    >>> round(measure_merit(ct, ct, RigidTransform.identity()).value, 6)
    1.0
    """
    matrix = index_matrix(moving.grid, fixed.grid, transform)
    shape = fixed.grid.shape
    corner = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
    index = corner @ matrix[:3, :3].T + matrix[:3, 3]
    inside = np.ones(shape, dtype=np.bool_)
    for axis, n in enumerate(moving.grid.shape):
        steps = index[1:, axis] - index[0, axis]
        place = index[0, axis] + sum(
            step * np.arange(count).reshape([-1 if a == k else 1 for a in range(3)])
            for k, (step, count) in enumerate(zip(steps, shape, strict=True))
        )
        inside &= (place >= -0.5) & (place <= n - 0.5)
    overlap_ml = float(np.count_nonzero(inside)) * fixed.grid.voxel_volume_ml
    field_ml = min(v.grid.size * v.grid.voxel_volume_ml for v in (moving, fixed))
    overlap_share = min(1.0, overlap_ml / field_ml)
    there = sample(index_image(moving.values), matrix, shape, nearest=False)
    if (moving.quantity is Quantity.HU) == (fixed.quantity is Quantity.HU):
        seen = inside & (_shown(fixed.values, fixed.quantity) | _shown(there, moving.quantity))
        value = correlation(fixed.values[seen], there[seen])
    else:
        value = information_share(fixed.values[inside], there[inside])
    return Merit(value=value, overlap_share=overlap_share)


def _shown(values: NDArray[np.float32], quantity: Quantity) -> NDArray[np.bool_]:
    limit = _BODY_HU if quantity is Quantity.HU else _UPTAKE_SHARE * float(values.max())
    return np.asarray(values > limit)


def correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Pearson's correlation of two lists; 0 for fewer than 64 values or where one is constant.

    Examples
    --------
    >>> up = np.arange(100, dtype=np.float32)
    >>> round(correlation(up, -up), 6)
    -1.0
    """
    if first.size < 64:
        return 0.0
    a = first.astype(np.float64) - float(first.mean(dtype=np.float64))
    b = second.astype(np.float64) - float(second.mean(dtype=np.float64))
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread > 0 else 0.0


def information_share(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Share 2 I(A, B) / (H(A) + H(B)) of information that two lists have in common.

    From a joint histogram of 48 x 48 bins, less the (48 - 1)^2 / 2n nat that unrelated lists of n
    values show by chance. 0 for fewer than 64 values or where one is constant.

    References
    ----------
    Maes et al. IEEE Trans Med Imaging 1997;16:187, table I. Miller GA. Note on the bias of
    information estimates, 1955 (the chance term).

    Examples
    --------
    >>> up = np.arange(10000, dtype=np.float32)
    >>> round(information_share(up, -up), 1)
    1.0
    """
    if first.size < 64 or first.max() <= first.min() or second.max() <= second.min():
        return 0.0
    joint, _, _ = np.histogram2d(first, second, bins=_BINS)
    joint /= joint.sum()
    alone = joint.sum(axis=1), joint.sum(axis=0)
    entropies = [-float(np.sum(p[p > 0] * np.log(p[p > 0]))) for p in (*alone, joint.ravel())]
    used = [int(np.count_nonzero(p)) for p in alone]
    chance = (used[0] - 1) * (used[1] - 1) / (2 * first.size)
    common = entropies[0] + entropies[1] - entropies[2] - chance
    return float(np.clip(2 * common / (entropies[0] + entropies[1]), 0.0, 1.0))
