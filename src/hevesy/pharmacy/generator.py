"""A radionuclide generator: how the daughter grows on the column, and what an elution takes."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.nuclides import (
    Nuclide,
    branching_fraction,
    decay_factor,
    get_nuclide,
    normalise_nuclide_name,
)
from hevesy.pharmacy.amounts import require_amount, require_share

__all__ = [
    "ColumnContents",
    "DecayPair",
    "EluatePrediction",
    "get_decay_pair",
    "grow",
    "predict_elution",
    "time_to_eluted_activity_s",
    "time_to_maximum_s",
]

_PARENTS = {"Re-188": "W-188", "Y-90": "Sr-90", "Tc-99m": "Mo-99", "Ho-166": "Dy-166"}
_BISECTIONS = 200  # halvings until nothing is left of a double's 53 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayPair:
    """A parent on a column and the daughter that is eluted.

    Parameters
    ----------
    parent, daughter : Nuclide
    branching_fraction : float
        Share of the parent's decays that lead to the daughter.

    Raises
    ------
    InputError
        The share is outside 0 to 1, or both half-lives are the same.

    Examples
    --------
    >>> get_decay_pair("Re-188").parent.name
    'W-188'
    """

    parent: Nuclide
    daughter: Nuclide
    branching_fraction: float

    def __post_init__(self) -> None:
        require_share(self.branching_fraction, "a branching fraction")
        if self.parent.decay_per_s == self.daughter.decay_per_s:
            raise InputError(
                "a generator's two half-lives must differ",
                got=f"{self.parent.name}, {self.daughter.name}",
                remedy="name parent and daughter",
            )

    @property
    def equilibrium_ratio(self) -> float:
        """Daughter over parent once the daughter's own start is forgotten (may be negative)."""
        fast, slow = self.daughter.decay_per_s, self.parent.decay_per_s
        return self.branching_fraction * fast / (fast - slow)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnContents:
    """What a column, or any other mixture of parent and daughter, holds at one moment.

    Parameters
    ----------
    parent_bq, daughter_bq : float
        Activities, Bq.

    Raises
    ------
    InputError
        One is negative or not finite (raised by the check of amounts).

    Examples
    --------
    >>> ColumnContents(parent_bq=37e9, daughter_bq=0.0).daughter_bq
    0.0
    """

    parent_bq: float
    daughter_bq: float

    def __post_init__(self) -> None:
        require_amount(self.parent_bq, "the parent's activity (Bq)")
        require_amount(self.daughter_bq, "the daughter's activity (Bq)")


@dataclass(frozen=True, slots=True, kw_only=True)
class EluatePrediction:
    """What an elution would give.

    Parameters
    ----------
    parent_bq : float
        Of the parent on the column at the elution, Bq.
    available_bq : float
        Of the daughter on the column just before it, Bq.
    eluted_bq, eluted_uncertainty_bq : float
        What comes off, and one standard deviation of it, Bq.
    left_bq : float
        Of the daughter on the column just after it, Bq.
    time_to_maximum_s : float
        From the previous elution until the daughter on the column is at its greatest, s.

    Examples
    --------
    >>> column = ColumnContents(parent_bq=37e9, daughter_bq=0.0)
    >>> pair = get_decay_pair("Re-188")
    >>> today = predict_elution(pair, column, elapsed_s=86400.0, yield_fraction=0.8)
    >>> round(today.eluted_bq / 1e9, 2), round(today.left_bq / 1e9, 2)
    (18.37, 4.59)
    """

    parent_bq: float
    available_bq: float
    eluted_bq: float
    eluted_uncertainty_bq: float
    left_bq: float
    time_to_maximum_s: float


def get_decay_pair(daughter: str, parent: str | None = None) -> DecayPair:
    """Get a generator's pair of nuclides, with the branching fraction of ICRP-107.

    Parameters
    ----------
    daughter : str
        Any usual spelling.
    parent : str, optional
        Where left out: 188W for 188Re, 90Sr for 90Y, 99Mo for 99mTc, 166Dy for 166Ho.

    Returns
    -------
    DecayPair

    Raises
    ------
    InputError
        No parent is known for that daughter.

    Examples
    --------
    >>> get_decay_pair("Re-188").branching_fraction
    1.0
    """
    name = normalise_nuclide_name(daughter)
    above = parent if parent is not None else _PARENTS.get(name)
    if above is None:
        raise InputError(
            "no generator's parent is known for this nuclide",
            got=name,
            allowed=", ".join(_PARENTS),
            remedy="name the parent",
        )
    return DecayPair(
        parent=get_nuclide(above),
        daughter=get_nuclide(name),
        branching_fraction=branching_fraction(above, name),
    )


def grow(pair: DecayPair, contents: ColumnContents, elapsed_s: float) -> ColumnContents:
    """What the column holds after some time without an elution (Bateman's equations).

    Parameters
    ----------
    pair : DecayPair
    contents : ColumnContents
        At the start; the daughter that the last elution left behind is part of it.
    elapsed_s : float
        Time since, s, at least 0.

    Returns
    -------
    ColumnContents

    References
    ----------
    Bateman, Proc. Cambridge Philos. Soc. 15, 423, 1910.

    Examples
    --------
    >>> fresh = ColumnContents(parent_bq=100.0, daughter_bq=0.0)
    >>> round(grow(get_decay_pair("Re-188"), fresh, 86400.0).daughter_bq, 2)
    62.05
    """
    parent_bq = contents.parent_bq * decay_factor(pair.parent, elapsed_s)
    slow, fast = pair.parent.decay_per_s, pair.daughter.decay_per_s
    # of the difference of two exponentials the common part is taken out: no cancellation near 0
    grown = pair.equilibrium_ratio * parent_bq * -math.expm1(-(fast - slow) * elapsed_s)
    left = contents.daughter_bq * decay_factor(pair.daughter, elapsed_s)
    return ColumnContents(parent_bq=parent_bq, daughter_bq=grown + left)


def time_to_maximum_s(pair: DecayPair, contents: ColumnContents) -> float:
    """Time until the daughter is at its greatest, s; 0 where it only falls.

    From a zero of the daughter's slope: exp((f - s) t) = (1 - D/c) f/s, where s and f are the
    decay constants of parent and daughter, D is the daughter at the start and c = b P f/(f - s)
    with the parent's activity P and the branching fraction b.

    Parameters
    ----------
    pair : DecayPair
    contents : ColumnContents
        Parent and daughter just after the last elution.

    Returns
    -------
    float

    Examples
    --------
    >>> column = ColumnContents(parent_bq=37e9, daughter_bq=0.0)
    >>> round(time_to_maximum_s(get_decay_pair("Re-188"), column) / 3600, 2)
    113.75
    """
    slow, fast = pair.parent.decay_per_s, pair.daughter.decay_per_s
    ceiling_bq = pair.equilibrium_ratio * contents.parent_bq
    if ceiling_bq == 0:
        return 0.0
    turning = (1.0 - contents.daughter_bq / ceiling_bq) * fast / slow
    return max(0.0, math.log(turning) / (fast - slow)) if turning > 0 else 0.0


def predict_elution(
    pair: DecayPair,
    contents: ColumnContents,
    *,
    elapsed_s: float,
    yield_fraction: float,
    yield_uncertainty_fraction: float = 0.0,
) -> EluatePrediction:
    """Predict an elution from what the last one left on the column.

    Parameters
    ----------
    pair : DecayPair
    contents : ColumnContents
        Parent and daughter just after the previous elution.
    elapsed_s : float
        Time since the previous elution, s.
    yield_fraction, yield_uncertainty_fraction : float
        Share of the available daughter that comes off, and one standard deviation of it.

    Returns
    -------
    EluatePrediction

    Examples
    --------
    >>> column = ColumnContents(parent_bq=37e9, daughter_bq=5e9)
    >>> pair = get_decay_pair("Re-188")
    >>> today = predict_elution(pair, column, elapsed_s=86400.0, yield_fraction=0.8)
    >>> round(today.available_bq / 1e9, 2)
    24.84
    """
    require_share(yield_fraction, "the yield")
    require_share(yield_uncertainty_fraction, "the yield's uncertainty")
    now = grow(pair, contents, elapsed_s)
    eluted_bq = yield_fraction * now.daughter_bq
    return EluatePrediction(
        parent_bq=now.parent_bq,
        available_bq=now.daughter_bq,
        eluted_bq=eluted_bq,
        eluted_uncertainty_bq=yield_uncertainty_fraction * now.daughter_bq,
        left_bq=now.daughter_bq - eluted_bq,
        time_to_maximum_s=time_to_maximum_s(pair, contents),
    )


def time_to_eluted_activity_s(
    pair: DecayPair, contents: ColumnContents, *, needed_bq: float, yield_fraction: float
) -> float:
    """Earliest time after the previous elution at which an elution gives what is needed, s.

    The daughter rises to its maximum and then falls, so that the answer lies on the rise.

    Parameters
    ----------
    pair : DecayPair
    contents : ColumnContents
        Parent and daughter just after the previous elution.
    needed_bq : float
        Activity to elute, Bq.
    yield_fraction : float
        Share that comes off; a lower limit of it gives a time that is safer.

    Returns
    -------
    float

    Raises
    ------
    InputError
        The generator never gives so much.

    Examples
    --------
    >>> column = ColumnContents(parent_bq=37e9, daughter_bq=0.0)
    >>> pair = get_decay_pair("Re-188")
    >>> seconds = time_to_eluted_activity_s(pair, column, needed_bq=20e9, yield_fraction=0.8)
    >>> round(seconds / 3600, 2)
    27.98
    """
    require_amount(needed_bq, "the needed activity (Bq)", above_zero=True)
    require_share(yield_fraction, "the yield")

    def eluted_bq(elapsed_s: float) -> float:
        return yield_fraction * grow(pair, contents, elapsed_s).daughter_bq

    low, high = 0.0, time_to_maximum_s(pair, contents)
    if eluted_bq(low) >= needed_bq:
        return low
    if eluted_bq(high) < needed_bq:
        raise InputError(
            "the generator does not give so much in one elution",
            got=f"{needed_bq / 1e6:.6g} MBq",
            allowed=f"at most {eluted_bq(high) / 1e6:.6g} MBq, {high / 3600:.4g} h after the "
            "previous elution",
            remedy="plan for less, or for two generators",
        )
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if eluted_bq(middle) >= needed_bq else (middle, high)
    return high
