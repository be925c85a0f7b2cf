"""How histories are divided into batches: by their number only, so that any run can be repeated."""

from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["LEAST_BATCHES", "LEAST_HISTORIES", "batch_sizes", "effective_batches", "next_border"]

LEAST_BATCHES = 32
_FIRST = 2048
LEAST_HISTORIES = LEAST_BATCHES * _FIRST  # of a run that ends at a batch's border
_PER_SIZE = 24  # batches of each size after the first; sizes double
_LARGEST = 1 << 21


@dataclass(frozen=True, slots=True)
class _Step:
    size: int
    count: int


def _step(number: int) -> _Step:
    if number == 0:
        return _Step(_FIRST, LEAST_BATCHES)
    return _Step(min(_FIRST * 2**number, _LARGEST), _PER_SIZE)


def batch_sizes(histories: int) -> tuple[int, ...]:
    """Sizes of the batches of a run with that many histories.

    32 batches of 2048, then 24 of each doubled size up to 2 million, until all histories are
    dealt out; the last is cut. A run that stops at a batch's border has the same batches as one
    that was asked for just its histories. Fewer than 65 536 histories make 32 batches, equal but
    for one history.
    Weighted by size, never fewer than 30 equal batches' worth carry the result.

    Parameters
    ----------
    histories : int
        64 or more.

    Returns
    -------
    tuple of int

    Raises
    ------
    InputError
        Fewer than two histories for each of 32 batches.

    Examples
    --------
    >>> sizes = batch_sizes(200_000)
    >>> sum(sizes), sizes[0], sizes[40], round(effective_batches(sizes))
    (200000, 2048, 4096, 49)
    """
    if histories < 2 * LEAST_BATCHES:
        raise InputError(
            "too few histories for an uncertainty",
            got=histories,
            allowed=f"{2 * LEAST_BATCHES} or more",
            remedy="ask for 100000 or more",
        )
    if histories < LEAST_HISTORIES:
        share, rest = divmod(histories, LEAST_BATCHES)
        return tuple(share + (n < rest) for n in range(LEAST_BATCHES))
    sizes: list[int] = []
    left, number = histories, 0
    while left > 0:
        step = _step(number)
        for _ in range(step.count):
            if left <= 0:
                break
            sizes.append(min(step.size, left))
            left -= sizes[-1]
        number += 1
    return tuple(sizes)


def effective_batches(sizes: tuple[int, ...]) -> float:
    """Number of equal batches that carry as much: (sum n)^2 / sum n^2.

    Parameters
    ----------
    sizes : tuple of int

    Returns
    -------
    float

    Examples
    --------
    >>> effective_batches((10, 10, 10))
    3.0
    """
    return float(sum(sizes)) ** 2 / float(sum(n * n for n in sizes))


def next_border(histories: int) -> int:
    """Fewest histories, at least so many, that end with a whole batch.

    Parameters
    ----------
    histories : int

    Returns
    -------
    int

    Examples
    --------
    >>> next_border(1), next_border(65_537), batch_sizes(next_border(70_000))[-1]
    (65536, 69632, 4096)
    """
    if histories <= LEAST_HISTORIES:
        return LEAST_HISTORIES
    total, number = LEAST_HISTORIES, 1
    while True:
        step = _step(number)
        whole = step.count * step.size
        if histories <= total + whole:
            return total + -(-(histories - total) // step.size) * step.size
        total, number = total + whole, number + 1
