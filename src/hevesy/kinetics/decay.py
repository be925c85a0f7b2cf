"""Decay within a frame, and rates as half-lives."""

import math

from hevesy.errors import InputError

__all__ = ["effective_half_life_s", "frame_mean_factor"]


def frame_mean_factor(decay_per_s: float, duration_s: float) -> float:
    """Mean activity over a frame divided by the activity at its start, by physical decay alone.

    (1 - exp(-lambda T)) / (lambda T). Biological clearance within the frame is neglected: about
    1 % of the mean for a frame of 3 % of the biological half-life.

    Parameters
    ----------
    decay_per_s : float
        Decay constant lambda, 1/s, at least 0.
    duration_s : float
        The frame's duration T, s, at least 0.

    Returns
    -------
    float
        Above 0, at most 1.

    Raises
    ------
    InputError
        A negative or infinite value.

    Examples
    --------
    >>> round(frame_mean_factor(math.log(2) / 61214.4, 1800), 5)
    0.98988
    """
    exponent = decay_per_s * duration_s
    if not (0 <= decay_per_s < math.inf and 0 <= duration_s < math.inf):
        raise InputError(
            "decay within a frame needs a decay constant and a duration of at least 0",
            got=f"{decay_per_s:g} /s, {duration_s:g} s",
            remedy="give finite values in 1/s and s",
        )
    return -math.expm1(-exponent) / exponent if exponent > 0 else 1.0


def effective_half_life_s(rate_per_s: float) -> float:
    """Half-life in s of an exponential whose rate is `rate_per_s`.

    Raises
    ------
    InputError
        The rate is not above 0.

    Examples
    --------
    >>> round(effective_half_life_s(1e-5), 1)
    69314.7
    """
    if not 0 < rate_per_s < math.inf:
        raise InputError(
            "a half-life needs a rate above 0",
            got=f"{rate_per_s:g} /s",
            remedy="give the effective rate in 1/s",
        )
    return math.log(2) / rate_per_s
