"""The curve that the monitor samples: what a region keeps of an injection, and its integral.

share(t) = s exp(-lambda t) exp(-l max(t - o, 0)) [(1 - max(w, 0)) exp(-b t) + w exp(-(b + f) t)]

with the retained share s, the fast part w (above 0: washed out, below 0: still to come), the slow
biological rate b, the step f to the fast one, and a late loss l that sets in at o. Every rate is at
least 0 and s is below 1, so that no activity stays longer than by decay, nor exceeds what was
given. Coordinates are normal: logit s, 2 artanh w, and the logarithms of f, b, l, o (1/s, s).
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PARAMETERS = (
    "retained_share",
    "fast_part",
    "fast_rate_per_s",
    "slow_rate_per_s",
    "late_rate_per_s",
    "late_onset_s",
)
LOGIT_LIMIT = 35.0


def logistic(z: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -LOGIT_LIMIT, LOGIT_LIMIT))))


def unit_shares(z: Array, times_s: Array, decay_per_s: float) -> Array:
    """Shares (n, t) for a retained share of 1, of coordinates (n, 6) at times (t,)."""
    fast_part = np.tanh(z[:, 1:2] / 2)
    fast, slow, late, onset = (np.exp(z[:, i, None]) for i in range(2, 6))
    stays = np.exp(-(decay_per_s + slow) * times_s - late * np.maximum(times_s - onset, 0.0))
    return np.asarray(
        stays * (1 - np.maximum(fast_part, 0.0) + fast_part * np.exp(-fast * times_s))
    )


def shares(z: Array, times_s: Array, decay_per_s: float) -> Array:
    """Shares (n, t) of the injection, physical decay included."""
    return logistic(z[:, :1]) * unit_shares(z, times_s, decay_per_s)


def share_integrals_s(z: Array, end_s: float, decay_per_s: float) -> Array:
    """Integrals (n,) of the shares from zero to `end_s` (which may be infinite), s."""
    fast_part = np.tanh(z[:, 1] / 2)
    fast, slow, late, onset = (np.exp(z[:, i]) for i in range(2, 6))
    before = np.minimum(onset, end_s)
    after = max(end_s, 0.0) - before if np.isfinite(end_s) else np.full(len(z), np.inf)

    def term(rate: Array) -> Array:
        early = -np.expm1(-rate * before) / rate
        behind = rate + late
        return np.asarray(early - np.exp(-rate * before) * np.expm1(-behind * after) / behind)

    whole = (1 - np.maximum(fast_part, 0.0)) * term(decay_per_s + slow)
    whole = whole + fast_part * term(decay_per_s + slow + fast)
    return np.asarray(logistic(z[:, 0]) * whole)
