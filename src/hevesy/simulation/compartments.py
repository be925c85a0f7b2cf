"""How much of the injected activity is where, and when."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.kinetics import ExponentialCurve

__all__ = ["Compartment", "Leak", "compartment_curves", "patient_compartments"]

_HOUR_S = 3600.0
_TRACT_SHARE = 0.006


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """The share of an injection that a part of the body holds, without physical decay.

    share(t) = sum of s_i 2^(-t / T_i), with t from the end of the injection.

    Parameters
    ----------
    name : str
    source : str
        ``"lesion"``, ``"lung lesion"``, ``"bone lesion"`` or ``"small lesion"``: of which
        injection; ``"all"``: of their sum.
    shares : tuple of float
        s_i; a negative one is an uptake phase.
    biological_half_lives_h : tuple of float
        T_i, h, above 0.

    Raises
    ------
    InputError
        The two differ in length, a half-life is not above 0, or the share at time zero is negative.

    Examples
    --------
    >>> depot = Compartment(name="lesion", source="lesion", shares=(0.7, 0.1),
    ...                     biological_half_lives_h=(400.0, 4.0))
    >>> round(float(depot.share_at(0.0)), 3)
    0.8
    """

    name: str
    source: str
    shares: tuple[float, ...]
    biological_half_lives_h: tuple[float, ...]

    def __post_init__(self) -> None:
        if (
            len(self.shares) != len(self.biological_half_lives_h)
            or not all(0 < t < math.inf for t in self.biological_half_lives_h)
            or sum(self.shares) < -1e-12
        ):
            raise InputError(
                f"compartment '{self.name}' needs one biological half-life above 0 h for each "
                "share, and shares that sum to 0 or more",
                got=f"{self.shares}, {self.biological_half_lives_h} h",
                remedy="correct the shares or half-lives",
            )

    def share_at(self, time_s: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the injected activity at a time, physical decay taken out."""
        time_h = np.asarray(time_s, dtype=np.float64)[..., None] / _HOUR_S
        left = 2.0 ** (-time_h / np.array(self.biological_half_lives_h))
        return np.asarray((np.array(self.shares) * left).sum(axis=-1))

    def curve(self, injected_bq: float, decay_per_s: float) -> ExponentialCurve:
        """Activity over time, physical decay included."""
        biological = math.log(2.0) / (np.array(self.biological_half_lives_h) * _HOUR_S)
        return ExponentialCurve(
            amplitudes_bq=np.array(self.shares) * injected_bq,
            rates_per_s=biological + decay_per_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What did not stay where it was injected, of the larger liver lesion.

    Parameters
    ----------
    tract_share : float
        Of what stayed in the body, how much ran back along the needle, 0 to 0.5; the lesion holds
        so much less.
    lost_share : float
        Of the activity that left the syringe, how much came out of the body (a dressing, the
        needle) and was not measured, 0 to 0.5.

    Raises
    ------
    InputError
        A share is out of its range.

    Examples
    --------
    >>> Leak(tract_share=0.08, lost_share=0.1).lost_share
    0.1
    """

    tract_share: float
    lost_share: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.tract_share <= 0.5 and 0 <= self.lost_share <= 0.5):
            raise InputError(
                "a leak's shares can't be",
                got=f"tract {self.tract_share:g}, lost {self.lost_share:g}",
                allowed="0 to 0.5",
                remedy="correct the share",
            )


def patient_compartments(leak: Leak | None = None) -> tuple[Compartment, ...]:
    """Compartments of the virtual patient.

    The picture of a 188Re depot: three quarters stay in the lesion, an eighth of the injection
    washes out in the first hours, what has leaked is taken up mostly by the liver, and kidneys and
    bladder hold a per cent or two after an uptake phase. At no time do all shares sum to more
    than 1. The liver holds more than the trial's paper reports ("extremely low"), so that it
    can be measured beside a lesion of 200 times its concentration at 16 mm resolution.

    Parameters
    ----------
    leak : Leak, optional
        More along the needle than the 0.6 % that are there without it. Shares are of what stayed
        in the body.

    Returns
    -------
    tuple of Compartment
        One for each compartment that `ANATOMY` names.

    Examples
    --------
    >>> [c.name for c in patient_compartments()][:3]
    ['lesion', 'lung lesion', 'bone lesion']
    """

    def of(name: str, source: str, *terms: tuple[float, float]) -> Compartment:
        return Compartment(
            name=name,
            source=source,
            shares=tuple(share for share, _ in terms),
            biological_half_lives_h=tuple(half_life for _, half_life in terms),
        )

    tract = _TRACT_SHARE if leak is None else leak.tract_share
    stays = (1.0 - tract) / (1.0 - _TRACT_SHARE)
    return (
        of("lesion", "lesion", (0.64 * stays, 400.0), (0.12 * stays, 4.0)),
        of("lung lesion", "lung lesion", (0.62, 400.0), (0.14, 4.0)),
        of("bone lesion", "bone lesion", (0.68, 300.0), (0.10, 6.0)),
        of("small lesion", "small lesion", (0.76, 200.0)),
        of("needle tract", "lesion", (tract, 12.0)),
        of("liver", "all", (0.18, 300.0), (-0.05, 1.5)),
        of("lungs", "all", (0.008, 60.0)),
        of("left kidney", "all", (0.008, 30.0), (-0.008, 1.0)),
        of("right kidney", "all", (0.008, 30.0), (-0.008, 1.0)),
        of("bladder", "all", (0.020, 12.0), (-0.020, 1.0)),
        of("remainder", "all", (0.050, 24.0)),
    )


def compartment_curves(
    injected_bq: Mapping[str, float], *, decay_per_s: float, leak: Leak | None = None
) -> dict[str, ExponentialCurve]:
    """Activity over time of every compartment.

    Parameters
    ----------
    injected_bq : Mapping of str to float
        Net injected activity of each lesion, Bq, above 0. Compartments of other lesions are left
        out.
    decay_per_s : float
        Physical decay constant, 1/s.
    leak : Leak, optional

    Returns
    -------
    dict of str to ExponentialCurve
        By compartment.

    Raises
    ------
    InputError
        An activity is not above 0.

    Examples
    --------
    >>> curves = compartment_curves({"lesion": 1e9, "small lesion": 6e7}, decay_per_s=1.13e-5)
    >>> float(curves["lesion"].activity_bq(0.0)) / 1e6
    760.0
    """
    if not all(0 < activity_bq < math.inf for activity_bq in injected_bq.values()):
        raise InputError(
            "the injected activities must be above 0 Bq",
            got=", ".join(f"{activity_bq:g} Bq" for activity_bq in injected_bq.values()),
            remedy="give net activities in Bq",
        )
    stayed_bq = dict(injected_bq)
    if leak is not None and "lesion" in stayed_bq:
        stayed_bq["lesion"] *= 1.0 - leak.lost_share
    sources = {**stayed_bq, "all": math.fsum(stayed_bq.values())}
    return {
        c.name: c.curve(sources[c.source], decay_per_s)
        for c in patient_compartments(leak)
        if c.source in sources
    }
