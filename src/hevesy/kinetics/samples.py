"""Activities at times, as curves that join them take them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError

__all__ = ["rising_samples"]

Numbers = NDArray[np.float64]


def rising_samples(
    times_s: ArrayLike, activities_bq: ArrayLike, *, what: str
) -> tuple[Numbers, Numbers]:
    """Check times and activities, and give read-only copies of them.

    Parameters
    ----------
    times_s : array_like of float, shape (n,)
        s since time zero, at least 0 and strictly rising; n at least 1.
    activities_bq : array_like of float, shape (n,)
        Bq.
    what : str
        The curve, for the message.

    Returns
    -------
    times_s, activities_bq : ndarray of float64, shape (n,)

    Raises
    ------
    InputError
        They differ in length, are empty or not finite, or the times do not rise.

    Examples
    --------
    >>> times_s, _ = rising_samples([0, 60], [2e6, 1e6], what="a trapezoid")
    >>> times_s.tolist(), times_s.flags.writeable
    ([0.0, 60.0], False)
    """
    times = np.array(times_s, dtype=np.float64).reshape(-1)
    values = np.array(activities_bq, dtype=np.float64).reshape(-1)
    rising = times.size > 0 and times[0] >= 0 and bool((np.diff(times) > 0).all())
    finite = np.isfinite(times).all() and np.isfinite(values).all()
    if times.shape != values.shape or not rising or not finite:
        raise InputError(
            f"{what} needs one finite activity for each of its times, which must rise",
            got=f"times {times.tolist()} s, {values.size} activities",
            remedy="give distinct times in s since time zero, in order",
        )
    times.setflags(write=False)
    values.setflags(write=False)
    return times, values
