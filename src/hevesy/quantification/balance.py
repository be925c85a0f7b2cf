"""Where an administered activity is at the time of a scan: parts that add up to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["ActivityBalance", "ActivityPart", "balance_activity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPart:
    """One part of a balance.

    Parameters
    ----------
    name : str
    kind : str
        ``"lesion"``, ``"organ"``, ``"rest"``, ``"unseen"`` or ``"decayed"``.
    activity_bq : float
        Bq. `rest` and `unseen` are differences and may be below 0.
    uncertainty_bq : float or None
        One standard deviation; None where it is not known.

    Examples
    --------
    >>> ActivityPart(name="liver", kind="organ", activity_bq=2e6, uncertainty_bq=1e5).kind
    'organ'
    """

    name: str
    kind: str
    activity_bq: float
    uncertainty_bq: float | None

    @property
    def below_nothing(self) -> bool:
        """Whether it is below 0 by more than two of its standard deviations."""
        return self.activity_bq < -2.0 * (self.uncertainty_bq or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityBalance:
    """An administered activity, shared out.

    Parameters
    ----------
    injected_bq : float
        As it was administered, Bq.
    parts : tuple of ActivityPart
        Regions, the rest of the body, what was not seen, what has decayed. They add up to
        `injected_bq`.
    shares : tuple of (float, float or None)
        Each part over `injected_bq`, and the standard uncertainty of that quotient; None where it
        is not known. Not the part's own uncertainty over the whole: what has decayed is known in
        Bq as well as the administered activity is, but its share follows from the times alone.

    Raises
    ------
    InputError
        The parts don't add up (to 1e-9 of the whole), or have no share each.

    Examples
    --------
    >>> part = ActivityPart(name="decayed", kind="decayed", activity_bq=1.0, uncertainty_bq=0.0)
    >>> ActivityBalance(injected_bq=1.0, parts=(part,), shares=((1.0, 0.0),)).injected_bq
    1.0
    """

    injected_bq: float
    parts: tuple[ActivityPart, ...]
    shares: tuple[tuple[float, float | None], ...]

    def __post_init__(self) -> None:
        total = math.fsum(part.activity_bq for part in self.parts)
        scale = math.fsum(abs(part.activity_bq) for part in self.parts) + abs(self.injected_bq)
        if not abs(total - self.injected_bq) <= 1e-9 * scale:
            raise InputError(
                "the parts of a balance do not add up",
                got=f"{total:g} Bq",
                allowed=f"{self.injected_bq:g} Bq",
                remedy="make it with balance_activity",
            )
        if len(self.shares) != len(self.parts):
            raise InputError(
                "a balance needs a share for each part",
                got=f"{len(self.shares)} shares of {len(self.parts)} parts",
                remedy="make it with balance_activity",
            )


def balance_activity(
    *,
    injected_bq: float,
    injected_relative_uncertainty: float | None,
    remaining_share: float,
    remaining_share_uncertainty: float = 0.0,
    remaining_covariance_share: float = 0.0,
    regions: Sequence[ActivityPart],
    total_bq: float,
    calibration_relative_uncertainty: float | None,
) -> ActivityBalance:
    """Share an administered activity out over what a scan shows at one moment.

    With A the administered activity and s what physical decay leaves of it: decayed A (1 - s);
    unseen A s - T, with T the activity in the whole field of view (excreted, outside the field, or
    an error of calibration); rest of the body T less the regions. The calibration's uncertainty c
    is common to regions and total, and cancels in part: u(rest)^2 = (c rest)^2 plus each region's
    own variance without (c A_i)^2; the total's counting is not known here and is small beside
    these. u(unseen)^2 = (s u(A))^2 + (c T)^2. Partial-volume correction moves activity between
    regions and rest, not in or out of the field. As shares of A: a region's and the rest's have
    u(A) / A as well; u(unseen / A)^2 = (T / A)^2 (c^2 + (u(A) / A)^2) + u(s)^2
    + 2 (T / A) cov(s, A) / A; decayed / A has u(s).

    Parameters
    ----------
    injected_bq : float
        As administered, before decay, Bq.
    injected_relative_uncertainty : float or None
        None: not known; what was not seen then has no uncertainty, nor has what decayed, and
        shares have what is known of the parts.
    remaining_share : float
        s, 0 to 1.
    remaining_share_uncertainty : float
        u(s): 0 for one administration, whose times are known; of several, what their activities'
        uncertainties do to the mean.
    remaining_covariance_share : float
        cov(s, A) / A.
    regions : sequence of ActivityPart
        That do not overlap; physical activity at the scan, uncertainty with the calibration's.
    total_bq : float
        T, in the whole field of view, Bq.
    calibration_relative_uncertainty : float or None
        c; None: not known; rest and unseen then have no uncertainty.

    Returns
    -------
    ActivityBalance

    Raises
    ------
    InputError
        An activity that is not above 0, a share outside 0 to 1.

    Examples
    --------
    >>> lesion = ActivityPart(name="lesion", kind="lesion", activity_bq=30e6, uncertainty_bq=1e6)
    >>> found = balance_activity(injected_bq=100e6, injected_relative_uncertainty=0.02,
    ...     remaining_share=0.5, regions=[lesion], total_bq=45e6,
    ...     calibration_relative_uncertainty=0.03)
    >>> [(part.kind, round(part.activity_bq / 1e6, 6)) for part in found.parts]
    [('lesion', 30.0), ('rest', 15.0), ('unseen', 5.0), ('decayed', 50.0)]
    >>> round(found.parts[1].uncertainty_bq / 1e6, 3), round(found.parts[2].uncertainty_bq / 1e6, 3)
    (0.626, 1.68)
    >>> [round(100 * u, 3) for _, u in found.shares]  # per cent of what was administered
    [1.166, 0.695, 1.622, 0.0]
    """
    if not (0 < injected_bq < math.inf and 0 <= remaining_share <= 1):
        raise InputError(
            "a balance needs an administered activity and the share that has not decayed",
            got=f"{injected_bq:g} Bq, {remaining_share:g}",
            allowed="above 0 Bq, 0 to 1",
            remedy="correct the administration's activity or time",
        )
    present = injected_bq * remaining_share
    rest = total_bq - math.fsum(part.activity_bq for part in regions)
    unseen = present - total_bq
    common, given = calibration_relative_uncertainty, injected_relative_uncertainty
    rest_u = unseen_u = decayed_u = None
    if common is not None and all(part.uncertainty_bq is not None for part in regions):
        own = [
            max((part.uncertainty_bq or 0.0) ** 2 - (common * part.activity_bq) ** 2, 0.0)
            for part in regions
        ]
        rest_u = math.sqrt((common * rest) ** 2 + math.fsum(own))
    if given is not None:
        decayed_u = given * (injected_bq - present)
        if common is not None:
            unseen_u = math.hypot(given * present, common * total_bq)
    decayed = injected_bq - math.fsum((math.fsum(p.activity_bq for p in regions), rest, unseen))
    parts = (
        *regions,
        ActivityPart(name="rest of body", kind="rest", activity_bq=rest, uncertainty_bq=rest_u),
        ActivityPart(
            name="excreted or not in the field",
            kind="unseen",
            activity_bq=unseen,
            uncertainty_bq=unseen_u,
        ),
        ActivityPart(name="decayed", kind="decayed", activity_bq=decayed, uncertainty_bq=decayed_u),
    )
    in_field = _share(total_bq, None if common is None else common * total_bq, injected_bq, given)
    unseen_share_u = (
        None
        if in_field[1] is None or given is None
        else math.sqrt(
            max(
                in_field[1] ** 2
                + remaining_share_uncertainty**2
                + 2.0 * in_field[0] * remaining_covariance_share,
                0.0,
            )
        )
    )
    return ActivityBalance(
        injected_bq=injected_bq,
        parts=parts,
        shares=(
            *(_share(p.activity_bq, p.uncertainty_bq, injected_bq, given) for p in parts[:-2]),
            (unseen / injected_bq, unseen_share_u),
            (decayed / injected_bq, remaining_share_uncertainty),
        ),
    )


def _share(
    part_bq: float, uncertainty_bq: float | None, injected_bq: float, given: float | None
) -> tuple[float, float | None]:
    """A part over the administered activity, both uncertain and independent of each other."""
    share = part_bq / injected_bq
    if uncertainty_bq is None:
        return share, None
    return share, math.hypot(uncertainty_bq / injected_bq, share * (given or 0.0))
