"""Which views are used together, and in which order."""

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

__all__ = ["order_subsets"]


def order_subsets(angles_deg: NDArray[np.float64], subsets: int) -> tuple[NDArray[np.int64], ...]:
    """Deal views out to subsets of equally spaced angles, far-apart subsets after each other.

    The views are sorted by their angle and dealt out in turn; where the subsets do not divide the
    views, some have one view more. Each next subset is the one whose angles lie furthest from the
    last one's, and from those before it.

    Parameters
    ----------
    angles_deg : ndarray of float64, shape (views,)
        Angles of the views, in any order; two heads' views at one angle stay apart.
    subsets : int
        1 to the number of views.

    Returns
    -------
    tuple of ndarray of int64
        Indices of the views of each subset, in the order of use.

    Raises
    ------
    InputError
        A number of subsets that is not 1 to the number of views.

    References
    ----------
    Hudson HM, Larkin RS. Accelerated image reconstruction using ordered subsets of projection
    data. IEEE Trans Med Imaging 1994;13:601. Herman GT, Meyer LB. Algebraic reconstruction
    techniques can be made computationally efficient. IEEE Trans Med Imaging 1993;12:600 (order).

    Examples
    --------
    >>> [found.tolist() for found in order_subsets(np.arange(0.0, 360.0, 45.0), 4)]
    [[0, 4], [2, 6], [1, 5], [3, 7]]
    """
    views = angles_deg.size
    if not 1 <= subsets <= views:
        raise InputError(
            "the views can't be divided into so many subsets",
            got=subsets,
            allowed=f"1 to {views}",
            remedy="choose fewer subsets",
        )
    sorted_views = np.argsort(np.round(np.mod(angles_deg, 360.0), 6), kind="stable")
    left = list(range(1, subsets))
    order = [0]
    while left:

        def distance(number: int) -> list[int]:
            """To the last subset used, then to the one before it, ..."""
            gaps = [abs(number - used) for used in reversed(order)]
            return [min(gap, subsets - gap) for gap in gaps]

        order.append(max(left, key=lambda number: (distance(number), -number)))
        left.remove(order[-1])
    return tuple(np.sort(sorted_views[number::subsets]).astype(np.int64) for number in order)
