"""Whether a binary outcome is separated: where plain maximum likelihood has no estimate."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["separation"]

_ZERO = 1e-7


def separation(design: NDArray[np.float64], outcome: NDArray[np.bool_]) -> str:
    """Say whether some direction of the coefficients tells the outcomes apart.

    Two linear programmes: complete separation if a combination of the columns is positive for all
    with the outcome and negative for all without; quasi-complete if it is so but for ties at zero.

    Parameters
    ----------
    design : ndarray of float, shape (n, p)
        With its intercept.
    outcome : ndarray of bool, shape (n,)

    Returns
    -------
    str
        ``"none"``, ``"quasi-complete"`` or ``"complete"``.

    References
    ----------
    Albert A, Anderson JA. Biometrika 1984;71:1. Konis K. DPhil thesis, Oxford 2007.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])
    >>> separation(x, np.array([False, False, True, True]))
    'complete'
    >>> separation(x, np.array([False, True, False, True]))
    'none'
    """
    from scipy.optimize import linprog

    x = np.asarray(design, dtype=float)
    largest = np.abs(x).max(axis=0)
    x = x / np.where(largest > 0, largest, 1.0)
    signed = np.where(np.asarray(outcome, dtype=bool), 1.0, -1.0)[:, None] * x
    n, p = signed.shape
    box = [(-1.0, 1.0)] * p
    margin = linprog(
        np.append(np.zeros(p), -1.0),
        A_ub=np.column_stack([-signed, np.ones(n)]),
        b_ub=np.zeros(n),
        bounds=[*box, (None, 1.0)],
    )
    if margin.success and float(margin.fun or 0.0) < -_ZERO:
        return "complete"
    total = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(n), bounds=box)
    return "quasi-complete" if total.success and float(total.fun or 0.0) < -_ZERO else "none"
