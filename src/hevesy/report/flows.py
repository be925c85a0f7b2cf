"""Ribbons of a Sankey diagram: a flow that splits, and nothing of it lost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["Ribbon", "lay_out_ribbons", "spread_labels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """One branch of a flow that splits, in units of the whole flow's width.

    Parameters
    ----------
    start : float
        Its lower edge at the source.
    end : float
        Its lower edge where it arrives.
    width : float
        The same at both ends.

    Examples
    --------
    >>> Ribbon(start=0.0, end=0.1, width=0.5).width
    0.5
    """

    start: float
    end: float
    width: float


def lay_out_ribbons(amounts: Sequence[float], *, gap: float) -> tuple[Ribbon, ...]:
    """Split a flow of width 1 into branches as wide as their amounts; from the top down.

    Parameters
    ----------
    amounts : sequence of float
        0 or more, in one unit; their sum is the whole flow.
    gap : float
        Between branches where they arrive, in widths of the whole flow.

    Returns
    -------
    tuple of Ribbon
        Widths add up to 1; at the source the branches lie edge to edge.

    Raises
    ------
    InputError
        A negative amount, or nothing that flows.

    Examples
    --------
    >>> [(r.start, r.end, r.width) for r in lay_out_ribbons([3.0, 1.0], gap=0.1)]
    [(0.25, 0.3, 0.75), (0.0, -0.05, 0.25)]
    """
    total = sum(amounts)
    if not total > 0 or min(amounts, default=-1.0) < 0:
        raise InputError(
            "a flow needs amounts of 0 or more, and one above 0",
            got=", ".join(f"{a:g}" for a in amounts),
            remedy="draw what is below 0 as 0, and say so",
        )
    place = 1.0
    ribbons = []
    lift = gap * (len(amounts) - 1) / 2
    for number, amount in enumerate(amounts):
        width = amount / total
        place -= width
        ribbons.append(Ribbon(start=place, end=round(place + lift - gap * number, 12), width=width))
    return tuple(ribbons)


def spread_labels(
    places: Sequence[float], *, apart: float, highest: float = math.inf
) -> tuple[float, ...]:
    """Move labels apart so that none lies on another; they stay near, and in order.

    Parameters
    ----------
    places : sequence of float
        Wanted places, falling.
    apart : float
        Least distance of two.
    highest : float
        None lies higher.

    Returns
    -------
    tuple of float
        Falling by `apart` or more; where labels touch, their mean stays as it was, unless they
        had to come down.

    Examples
    --------
    >>> spread_labels([1.0, 0.0, 0.0], apart=0.5)
    (1.0, 0.25, -0.25)
    """
    groups: list[list[float]] = []  # [sum of wanted centres, number]
    for place in places:
        groups.append([place, 1])
        while len(groups) > 1:
            (upper, above), (lower, below) = groups[-2], groups[-1]
            ends = upper / above - (above - 1) * apart / 2
            begins = lower / below + (below - 1) * apart / 2
            if ends - begins >= apart:
                break
            groups[-2:] = [[upper + lower, above + below]]
    spread: list[float] = []
    for total, number in groups:
        first = total / number + (number - 1) * apart / 2
        spread += [first - n * apart for n in range(int(number))]
    return tuple(min(at, highest - n * apart) for n, at in enumerate(spread))
