"""Waste for decay: nuclide and parent together, until little enough is left."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.nuclides import Nuclide, decay_chain_activities_bq, radioactive_progeny
from hevesy.pharmacy.amounts import require_amount
from hevesy.pharmacy.generator import ColumnContents, DecayPair, grow

__all__ = ["DecayStorage", "plan_decay_storage"]

_LONGEST_S = 1000 * 365.2422 * 86400.0
_STEPS = 400  # of the search, from a hundredth of the shortest half-life to the longest time
_BISECTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayStorage:
    """How long waste has to be kept.

    Parameters
    ----------
    storage_s : float
        Until parent, nuclide and what they become are together at the level, for good, s.
    daughter_only_s : float
        The same for the nuclide alone, as if there were no parent, s.
    parent_then_bq, daughter_then_bq : float
        After `storage_s`, Bq.
    together_at_daughter_only_bq : float
        What is really there after `daughter_only_s`, Bq.

    Examples
    --------
    >>> DecayStorage.__slots__[0]
    'storage_s'
    """

    storage_s: float
    daughter_only_s: float
    parent_then_bq: float
    daughter_then_bq: float
    together_at_daughter_only_bq: float


def plan_decay_storage(
    nuclide: Nuclide,
    *,
    activity_bq: float,
    level_bq: float,
    pair: DecayPair | None = None,
    parent_fraction: float = 0.0,
) -> DecayStorage:
    """Find how long waste decays to a level, with the parent that came through the generator.

    All radioactive members of both chains count. Where the total rises before it falls, the time
    is the last at which it is above the level.

    Parameters
    ----------
    nuclide : Nuclide
        Of the waste.
    activity_bq : float
        Of the nuclide now, Bq.
    level_bq : float
        Of all together, Bq.
    pair : DecayPair, optional
        The nuclide with its parent; needed where there is some.
    parent_fraction : float
        Parent over nuclide activity now.

    Returns
    -------
    DecayStorage

    Raises
    ------
    InputError
        The level is not reached in 1000 years, or a parent's share without a parent.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> kept = plan_decay_storage(
    ...     get_nuclide("Re-188"), activity_bq=10e9, level_bq=100e3,
    ...     pair=get_decay_pair("Re-188"), parent_fraction=1e-5,
    ... )
    >>> round(kept.storage_s / 3600), round(kept.daughter_only_s / 3600)
    (1687, 282)
    """
    require_amount(activity_bq, "the waste's activity (Bq)", above_zero=True)
    require_amount(level_bq, "the level (Bq)", above_zero=True)
    require_amount(parent_fraction, "the parent's share")
    if parent_fraction > 0 and pair is None:
        raise InputError(
            "a parent's share needs the parent",
            got=f"{parent_fraction:g}",
            remedy="name the parent",
        )
    parent_bq = parent_fraction * activity_bq

    def alone_bq(elapsed_s: float) -> float:
        return _chain_bq(nuclide, activity_bq, elapsed_s)

    def together_bq(elapsed_s: float) -> float:
        if pair is None or parent_bq == 0:
            return alone_bq(elapsed_s)
        if not radioactive_progeny(nuclide.name) and pair.branching_fraction == 1.0:
            held = grow(pair, start, elapsed_s)
            return held.parent_bq + held.daughter_bq
        return alone_bq(elapsed_s) + _chain_bq(pair.parent, parent_bq, elapsed_s)

    start = ColumnContents(parent_bq=parent_bq, daughter_bq=activity_bq)
    shortest_s = nuclide.half_life_s
    if pair is not None:
        shortest_s = min(shortest_s, pair.parent.half_life_s)
    storage_s = _last_time_above(together_bq, level_bq, shortest_s)
    daughter_only_s = _last_time_above(alone_bq, level_bq, shortest_s)
    then = start if pair is None else grow(pair, start, storage_s)
    daughter_then_bq = then.daughter_bq if pair else _own_bq(nuclide, activity_bq, storage_s)
    return DecayStorage(
        storage_s=storage_s,
        daughter_only_s=daughter_only_s,
        parent_then_bq=then.parent_bq if pair else 0.0,
        daughter_then_bq=daughter_then_bq,
        together_at_daughter_only_bq=together_bq(daughter_only_s),
    )


def _own_bq(nuclide: Nuclide, activity_bq: float, elapsed_s: float) -> float:
    left_bq: float = activity_bq * math.exp(-nuclide.decay_per_s * elapsed_s)
    return left_bq


def _chain_bq(nuclide: Nuclide, activity_bq: float, elapsed_s: float) -> float:
    """A nuclide and all that it becomes, Bq."""
    if not radioactive_progeny(nuclide.name):
        return _own_bq(nuclide, activity_bq, elapsed_s)
    return math.fsum(decay_chain_activities_bq(nuclide.name, activity_bq, elapsed_s).values())


def _last_time_above(
    total_bq: Callable[[float], float], level_bq: float, shortest_s: float
) -> float:
    """When a total last falls through a level, s; 0 where it is never above it."""
    first_s = shortest_s / 100
    ratio: float = (_LONGEST_S / first_s) ** (1 / _STEPS)
    times_s = [0.0, *(first_s * ratio**step for step in range(_STEPS + 1))]
    above = [total_bq(time_s) > level_bq for time_s in times_s]
    if above[-1]:
        raise InputError(
            "the waste does not decay to this level in 1000 years",
            got=f"{level_bq:g} Bq",
            remedy="choose a higher level, or dispose of it otherwise",
        )
    if not any(above):
        return 0.0
    last = max(i for i, is_above in enumerate(above) if is_above)
    low_s, high_s = times_s[last], times_s[last + 1]
    for _ in range(_BISECTIONS):
        middle_s = 0.5 * (low_s + high_s)
        low_s, high_s = (middle_s, high_s) if total_bq(middle_s) > level_bq else (low_s, middle_s)
    return high_s
