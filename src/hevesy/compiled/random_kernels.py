"""Counter-based random numbers for kernels: each history has a stream of its own.

A stream is SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195) started at a hash of
(seed, batch, history). It depends on these three numbers only: results are the same bits on any
number of threads, and any history can be run again alone.
"""

from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel

__all__ = ["mix64", "start_stream", "uniform"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 2.0**-53


@kernel
def mix64(word: Any) -> Any:
    """Scramble 64 bits (the finaliser of SplitMix64).

    Parameters
    ----------
    word : uint64

    Returns
    -------
    uint64

    Examples
    --------
    >>> hex(mix64(np.uint64(0x9E3779B97F4A7C15)))
    '0xe220a8397b1dcdaf'
    """
    z = (word ^ (word >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@kernel
def start_stream(state: Any, seed: Any, batch: Any, history: Any) -> None:
    """Set `state` to the beginning of one history's stream.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        Changed in place: it is the stream.
    seed, batch, history : uint64
        Name the stream.

    Examples
    --------
    >>> state = np.zeros(1, dtype=np.uint64)
    >>> start_stream(state, np.uint64(1), np.uint64(2), np.uint64(3))
    >>> 0 < uniform(state) < 1
    True
    """
    word = mix64(seed + _GOLDEN)
    word = mix64(word ^ (batch * _MIX1 + _GOLDEN))
    state[0] = mix64(word ^ (history * _MIX2 + _GOLDEN))


@kernel
def uniform(state: Any) -> Any:
    """Draw the next number of a stream, above 0 and below 1.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream; moved on by one.

    Returns
    -------
    float64
        On the centres of 2^53 equal intervals.

    Examples
    --------
    >>> state = np.zeros(1, dtype=np.uint64)
    >>> round(uniform(state), 6)
    0.883311
    """
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    z = z ^ (z >> _S31)
    return (float(z >> _S11) + 0.5) * _TO_UNIT
