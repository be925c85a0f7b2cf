"""The parent in the eluate: its share grows as the daughter decays, so a limit needs a time."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.pharmacy.amounts import require_amount
from hevesy.pharmacy.generator import ColumnContents, DecayPair, grow

__all__ = [
    "BreakthroughLimit",
    "BreakthroughVerdict",
    "breakthrough_growth_factor",
    "breakthrough_ratio",
    "judge_breakthrough",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakthroughLimit:
    """A site's limit for parent over daughter, and when it holds.

    No pharmacopoeia was found that sets one for 188W in 188Re: the site does.

    Parameters
    ----------
    maximum_ratio : float
        Parent over daughter activity.
    after_elution_s : float
        Time after the elution at which the limit holds, s: 0, or for example until expiry.

    Raises
    ------
    InputError
        A value that cannot be (raised by the check of amounts).

    Examples
    --------
    >>> BreakthroughLimit(maximum_ratio=1e-5, after_elution_s=0.0).maximum_ratio
    1e-05
    """

    maximum_ratio: float
    after_elution_s: float

    def __post_init__(self) -> None:
        require_amount(self.maximum_ratio, "the breakthrough limit", above_zero=True)
        require_amount(self.after_elution_s, "the limit's time after the elution (s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakthroughVerdict:
    """A measured breakthrough, carried to the limit's own time.

    Parameters
    ----------
    parent_ratio : float
        Parent over daughter at the limit's time (without a limit: at the elution).
    after_elution_s : float
        That time, s after the elution.
    passed : bool or None
        None: the site has set no limit, so nothing was judged.

    Examples
    --------
    >>> BreakthroughVerdict(parent_ratio=1e-6, after_elution_s=0.0, passed=None).passed is None
    True
    """

    parent_ratio: float
    after_elution_s: float
    passed: bool | None


def breakthrough_ratio(pair: DecayPair, contents: ColumnContents, elapsed_s: float) -> float:
    """Parent over daughter activity in an eluate after some time.

    What the parent in the vial makes anew is part of the daughter.

    Parameters
    ----------
    pair : DecayPair
    contents : ColumnContents
        Of the eluate at the start.
    elapsed_s : float
        Time since, s.

    Returns
    -------
    float

    Raises
    ------
    InputError
        There is no daughter.

    Examples
    --------
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> eluate = ColumnContents(parent_bq=1e4, daughter_bq=1e10)
    >>> round(breakthrough_ratio(get_decay_pair("Re-188"), eluate, 86400.0) / 1e-6, 2)
    2.63
    """
    then = grow(pair, contents, elapsed_s)
    if then.daughter_bq <= 0:
        raise InputError(
            "a breakthrough needs an eluate that holds the daughter",
            got=f"{then.daughter_bq:g} Bq",
            remedy="give the eluate's activity",
        )
    return then.parent_bq / then.daughter_bq


def breakthrough_growth_factor(pair: DecayPair, elapsed_s: float) -> float:
    """How many times a very small breakthrough grows in some time (188W in 188Re: 2.63 in 24 h).

    Examples
    --------
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> round(breakthrough_growth_factor(get_decay_pair("Re-188"), 86400.0), 2)
    2.63
    """
    trace = ColumnContents(parent_bq=1e-12, daughter_bq=1.0)
    return breakthrough_ratio(pair, trace, elapsed_s) / 1e-12


def judge_breakthrough(
    pair: DecayPair,
    *,
    measured_ratio: float,
    measured_after_s: float,
    limit: BreakthroughLimit | None,
) -> BreakthroughVerdict:
    """Carry a measured breakthrough to its limit's time, forward or back, and judge it there.

    Parameters
    ----------
    pair : DecayPair
    measured_ratio : float
        Parent over daughter, as measured.
    measured_after_s : float
        Time after the elution to which `measured_ratio` belongs, s.
    limit : BreakthroughLimit or None
        None: the site has set none.

    Returns
    -------
    BreakthroughVerdict

    Raises
    ------
    InputError
        A ratio above what the parent alone would make of itself in that time.

    Examples
    --------
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> limit = BreakthroughLimit(maximum_ratio=2e-6, after_elution_s=86400.0)
    >>> pair = get_decay_pair("Re-188")
    >>> judge_breakthrough(pair, measured_ratio=1e-6, measured_after_s=0.0, limit=limit).passed
    False
    """
    require_amount(measured_ratio, "the breakthrough")
    require_amount(measured_after_s, "the measurement's time after the elution (s)")
    wanted_s = limit.after_elution_s if limit is not None else 0.0
    # Daughter over parent d obeys d(t) = c + (d(0) - c) g(t), from Bateman's equations
    slow, fast = pair.parent.decay_per_s, pair.daughter.decay_per_s
    then = 0.0
    if measured_ratio > 0:
        fading = math.exp((slow - fast) * (wanted_s - measured_after_s))
        daughters = pair.equilibrium_ratio + (1 / measured_ratio - pair.equilibrium_ratio) * fading
        if daughters <= 0:
            raise InputError(
                "the breakthrough is more than any eluate could have so long after the elution",
                got=f"{measured_ratio:g}",
                remedy="check the ratio, which is parent over daughter, and its time",
            )
        then = 1 / daughters
    passed = None if limit is None else then <= limit.maximum_ratio
    return BreakthroughVerdict(parent_ratio=then, after_elution_s=wanted_s, passed=passed)
