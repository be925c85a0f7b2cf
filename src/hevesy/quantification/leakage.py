"""How much of an injection is where it was put, and where the rest went."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["InjectedPart", "LeakageShares", "share_injection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectedPart:
    """Activity of one part of the body in one scan.

    Parameters
    ----------
    activity_bq : float
        At the scan, Bq; a corrected activity may be below 0.
    own_uncertainty_bq : float
        Its standard uncertainty without what is common to all parts (calibration), Bq.

    Raises
    ------
    InputError
        A value that is not finite, or an uncertainty below 0.

    Examples
    --------
    >>> InjectedPart(activity_bq=1e6, own_uncertainty_bq=1e5).activity_bq
    1000000.0
    """

    activity_bq: float
    own_uncertainty_bq: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.activity_bq) and 0 <= self.own_uncertainty_bq < math.inf):
            raise InputError(
                "a part's activity must be finite and its uncertainty 0 or more",
                got=f"{self.activity_bq:g} and {self.own_uncertainty_bq:g} Bq",
                remedy="look at the region's measurement",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageShares:
    """Shares of the net injected activity at one scan, decay-corrected; each with k = 1.

    Parameters
    ----------
    retained : tuple of (float, float)
        In the lesions.
    leaked : tuple of (float, float)
        Not in the lesions: 1 less the above. What was excreted is in it.
    parts : tuple of (str, float, float)
        Name, share and uncertainty of every part outside the lesions.
    rest : tuple of (float, float)
        Neither in the lesions nor in a part: the rest of the body, what lies outside the field,
        what was excreted, and what a wrong net activity or calibration puts there.
    extravasation : tuple of (float, float)
        Lost at the injection's site: the parts that were said to be there.

    Examples
    --------
    >>> LeakageShares(retained=(0.9, 0.05), leaked=(0.1, 0.05), parts=(), rest=(0.1, 0.05),
    ...               extravasation=(0.0, 0.0)).leaked
    (0.1, 0.05)
    """

    retained: tuple[float, float]
    leaked: tuple[float, float]
    parts: tuple[tuple[str, float, float], ...]
    rest: tuple[float, float]
    extravasation: tuple[float, float]


def share_injection(
    *,
    net_bq: float,
    net_relative_uncertainty: float,
    decay_factor: float,
    lesions: Collection[InjectedPart],
    parts: Mapping[str, InjectedPart],
    at_site: Collection[str],
    calibration_relative_uncertainty: float,
) -> LeakageShares:
    """Divide what a scan shows by what was injected.

    s = A / (N f) for each part, f being what decay left. Calibration and net activity scale all
    shares alike; the parts' own errors are added in squares (a border between two parts errs
    against itself, so that this is too much for sums of neighbours, never too little).

    Parameters
    ----------
    net_bq : float
        Net injected at time zero, Bq, above 0.
    net_relative_uncertainty : float
        Its standard uncertainty, as a share.
    decay_factor : float
        exp(-k t) at the scan, above 0 and up to 1.
    lesions : collection of InjectedPart
        What was meant to hold it.
    parts : Mapping of str to InjectedPart
        All else that was measured, without overlap.
    at_site : collection of str
        Which of `parts` belong to the injection's site.
    calibration_relative_uncertainty : float
        Of all activities at once, as a share.

    Returns
    -------
    LeakageShares

    Raises
    ------
    InputError
        An activity injected that is not above 0, a decay factor or an uncertainty out of range.

    References
    ----------
    DICOM PS3.16, TID 10022, DCM 113506 "Estimated Extravasation Activity": the share of the
    administered activity lost at the injection's site, leakage there included.

    Examples
    --------
    >>> found = share_injection(net_bq=100.0, net_relative_uncertainty=0.02, decay_factor=0.5,
    ...     lesions=[InjectedPart(activity_bq=40.0, own_uncertainty_bq=1.0)],
    ...     parts={"tract": InjectedPart(activity_bq=2.0, own_uncertainty_bq=1.0)},
    ...     at_site=["tract"], calibration_relative_uncertainty=0.03)
    >>> [round(v, 3) for v in (*found.leaked, *found.extravasation, found.rest[0])]
    [0.2, 0.035, 0.04, 0.02, 0.16]
    """
    scales = (net_relative_uncertainty, calibration_relative_uncertainty)
    if not (0 < net_bq < math.inf and 0 < decay_factor <= 1 and all(0 <= u < 1 for u in scales)):
        raise InputError(
            "shares of an injection need its net activity, the decay since and their uncertainty",
            got=f"{net_bq:g} Bq, {decay_factor:g}, {scales[0]:g} and {scales[1]:g}",
            allowed="above 0 Bq, above 0 to 1, 0 to below 1",
            remedy="check the administration's activity and time",
        )
    per_bq = 1.0 / (net_bq * decay_factor)
    common = math.hypot(*scales)

    def summed(chosen: Collection[InjectedPart]) -> tuple[float, float]:
        share = math.fsum(part.activity_bq for part in chosen) * per_bq
        own = math.hypot(0.0, *(part.own_uncertainty_bq for part in chosen)) * per_bq
        return share, math.hypot(own, common * share)

    retained = summed(lesions)
    everything = summed([*lesions, *parts.values()])
    return LeakageShares(
        retained=retained,
        leaked=(1.0 - retained[0], retained[1]),
        parts=tuple((name, *summed([part])) for name, part in parts.items()),
        rest=(1.0 - everything[0], everything[1]),
        extravasation=summed([part for name, part in parts.items() if name in at_site]),
    )
