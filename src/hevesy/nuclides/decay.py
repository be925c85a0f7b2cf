"""How much activity is left after some time, of a nuclide and of its daughters."""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError, NuclideError, TimeError
from hevesy.nuclides.icrp107 import icrp107_names
from hevesy.nuclides.names import normalise_nuclide_name
from hevesy.nuclides.nuclide import Nuclide
from hevesy.provenance import DataSet

__all__ = [
    "branching_fraction",
    "chain_data_set",
    "decay_activity_bq",
    "decay_chain_activities_bq",
    "decay_factor",
    "radioactive_progeny",
]

# Their daughters are stable, so no chain is needed (and radioactivedecay, which takes over a second
# to import, is not asked). A test holds the list against radioactivedecay.
_STABLE_DAUGHTERS = frozenset({"Re-188", "Re-186", "Y-90", "Ho-166", "Lu-177", "P-32"})

# What a generator yields, for the same reason; held against radioactivedecay by the same test.
_BRANCHES = {("W-188", "Re-188"): 1.0}


def _checked_times(elapsed_s: ArrayLike) -> NDArray[np.float64]:
    times = np.asarray(elapsed_s, dtype=np.float64)
    if np.isnan(times).any() or (times < 0).any():
        raise TimeError(
            "decay needs an elapsed time of 0 s or more",
            got=f"{float(times.min()):g} s",
            remedy="check the order of the two moments; activity is not carried backwards here",
        )
    return times


def _checked_activities(activity_bq: ArrayLike) -> NDArray[np.float64]:
    activities = np.asarray(activity_bq, dtype=np.float64)
    if not np.isfinite(activities).all() or (activities < 0).any():
        raise InputError(
            "an activity must be 0 Bq or more and finite",
            got=f"{float(activities.min()):g} Bq",
            remedy="check where the activity comes from",
        )
    return activities


@overload
def decay_factor(nuclide: Nuclide, elapsed_s: float) -> float: ...
@overload
def decay_factor(nuclide: Nuclide, elapsed_s: NDArray[Any]) -> NDArray[np.float64]: ...
def decay_factor(nuclide: Nuclide, elapsed_s: ArrayLike) -> float | NDArray[np.float64]:
    """Share of the activity that is left after `elapsed_s`, exp(-lambda t).

    Parameters
    ----------
    nuclide : Nuclide
    elapsed_s : float or ndarray
        Elapsed time, s, 0 or more.

    Returns
    -------
    float or ndarray of float64
        Between 0 and 1, in the shape of `elapsed_s`.

    Raises
    ------
    TimeError
        A time is negative or NaN (raised by the check of the times).

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> rhenium = get_nuclide("Re-188")
    >>> round(decay_factor(rhenium, 2 * rhenium.half_life_s), 12)
    0.25
    """
    factor = np.exp(-nuclide.decay_per_s * _checked_times(elapsed_s))
    return float(factor) if factor.ndim == 0 else factor


@overload
def decay_activity_bq(nuclide: Nuclide, activity_bq: float, elapsed_s: float) -> float: ...
@overload
def decay_activity_bq(
    nuclide: Nuclide, activity_bq: ArrayLike, elapsed_s: ArrayLike
) -> float | NDArray[np.float64]: ...
def decay_activity_bq(
    nuclide: Nuclide, activity_bq: ArrayLike, elapsed_s: ArrayLike
) -> float | NDArray[np.float64]:
    """Activity of a nuclide after `elapsed_s`, Bq.

    Parameters
    ----------
    nuclide : Nuclide
    activity_bq : float or ndarray
        Activity at the start, Bq, 0 or more.
    elapsed_s : float or ndarray
        Elapsed time, s, 0 or more; broadcast against `activity_bq`.

    Returns
    -------
    float or ndarray of float64
        Activity, Bq.

    Raises
    ------
    TimeError
        A time is negative or NaN (raised by the check of the times).
    InputError
        An activity is negative or not finite (raised by the check of the activities).

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> round(decay_activity_bq(get_nuclide("Re-188"), 1e9, 2 * 3600.0) / 1e6, 2)
    921.71
    """
    start = _checked_activities(activity_bq)
    left = np.asarray(start * np.exp(-nuclide.decay_per_s * _checked_times(elapsed_s)))
    return float(left) if left.ndim == 0 else left


def radioactive_progeny(name: str) -> tuple[str, ...]:
    """Names of all radioactive descendants of a nuclide, nearest first.

    Those that ICRP-107 holds: what lives for 1e15 years (186Os) counts as stable, and fragments of
    spontaneous fission are left out.

    Parameters
    ----------
    name : str
        Any usual spelling.

    Returns
    -------
    tuple of str
        Empty where the daughters are stable.

    Examples
    --------
    >>> radioactive_progeny("Re-188"), radioactive_progeny("W-188")
    ((), ('Re-188',))
    """
    parent = normalise_nuclide_name(name)
    if parent in _STABLE_DAUGHTERS:
        return ()
    import radioactivedecay

    found: list[str] = []
    waiting = [parent]
    while waiting:
        for child in radioactivedecay.Nuclide(waiting.pop(0)).progeny():
            # ICRP-107 leaves out what is as good as stable (Os-186: 2e15 years) and, as "SF",
            # the fragments of spontaneous fission
            if child in icrp107_names() and child not in found:
                found.append(child)
                waiting.append(child)
    return tuple(found)


def branching_fraction(parent: str, daughter: str) -> float:
    """Share of a parent's decays that lead straight to a daughter.

    Parameters
    ----------
    parent, daughter : str
        Any usual spelling.

    Returns
    -------
    float
        Above 0, at most 1.

    Raises
    ------
    NuclideError
        The one does not decay to the other.

    References
    ----------
    ICRP Publication 107, Ann. ICRP 38(3), 2008, through radioactivedecay.

    Examples
    --------
    >>> branching_fraction("W-188", "Re-188")
    1.0
    """
    above, below = normalise_nuclide_name(parent), normalise_nuclide_name(daughter)
    if (above, below) in _BRANCHES:
        return _BRANCHES[above, below]
    if above in _STABLE_DAUGHTERS:
        children: dict[str, float] = {}
    else:
        import radioactivedecay

        nuclide = radioactivedecay.Nuclide(above)
        shares = zip(nuclide.progeny(), nuclide.branching_fractions(), strict=True)
        children = {str(name): float(share) for name, share in shares}
    if below not in children:
        raise NuclideError(
            f"{above} does not decay to {below}",
            allowed=", ".join(name for name in children if name in icrp107_names()),
            remedy="check parent and daughter",
        )
    return children[below]


def decay_chain_activities_bq(name: str, activity_bq: float, elapsed_s: float) -> dict[str, float]:
    """Activities of a nuclide and of its radioactive descendants after `elapsed_s`, Bq.

    At the start there is the parent alone. The chain is solved by radioactivedecay over ICRP-107;
    its answers to negative times (negative activities) are kept out here.

    Parameters
    ----------
    name : str
        The parent, in any usual spelling.
    activity_bq : float
        Activity of the parent at the start, Bq, 0 or more.
    elapsed_s : float
        Elapsed time, s, 0 or more and finite.

    Returns
    -------
    dict of str to float
        Activity, Bq, of each radioactive member of the chain; the parent first.

    Raises
    ------
    TimeError
        The time is negative or not finite.

    References
    ----------
    Malins and Lemoine, radioactivedecay, J. Open Source Softw. 7(71), 3318, 2022,
    10.21105/joss.03318.

    Examples
    --------
    >>> chain = decay_chain_activities_bq("W-188", 1e9, 69.78 * 86400)
    >>> {name: round(activity / 1e6, 1) for name, activity in chain.items()}
    {'W-188': 500.0, 'Re-188': 505.1}
    """
    parent = normalise_nuclide_name(name)
    start = float(_checked_activities(activity_bq))
    elapsed = float(_checked_times(elapsed_s))
    if not np.isfinite(elapsed):
        raise TimeError(
            "a decay chain needs a finite elapsed time",
            got=f"{elapsed} s",
            remedy="give the time in s",
        )
    import radioactivedecay

    progeny = radioactive_progeny(parent)
    inventory = radioactivedecay.Inventory({parent: start}, "Bq").decay(elapsed, "s")
    activities = {str(key): float(value) for key, value in inventory.activities("Bq").items()}
    return {member: activities.get(member, 0.0) for member in (parent, *progeny)}


def chain_data_set() -> DataSet:
    """The data set behind `decay_chain_activities_bq`, for a result's provenance.

    Examples
    --------
    >>> chain_data_set().name
    'ICRP-107 decay chains'
    """
    from importlib.metadata import version

    return DataSet(
        name="ICRP-107 decay chains",
        version=f"radioactivedecay {version('radioactivedecay')}",
        source="Malins and Lemoine 2022, 10.21105/joss.03318; ICRP Publication 107",
    )
