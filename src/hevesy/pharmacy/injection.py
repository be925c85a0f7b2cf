"""The injection: what was in the syringe, what stayed in it, what each lesion got."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hevesy.errors import CustodyError, InputError, TimeError
from hevesy.nuclides import Nuclide, decay_factor
from hevesy.pharmacy.amounts import require_amount, require_share, require_text
from hevesy.pharmacy.carrying_back import carry_back_factor
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = [
    "InjectionPart",
    "LesionActivity",
    "NetActivity",
    "SyringeMeasurement",
    "judge_prescription",
    "net_injected_activity",
    "split_over_lesions",
]

_PRESCRIPTION_TOLERANCE = 0.10  # Euratom practice: within 10 % of what was prescribed
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class SyringeMeasurement:
    """A syringe in the dose calibrator.

    Parameters
    ----------
    activity_bq, uncertainty_bq : float
        At `measured_at`; the uncertainty is this reading's own (k = 1), Bq.
    measured_at : datetime
        Aware; kept in UTC.

    Raises
    ------
    InputError
        A value that cannot be (raised by the checks).

    Examples
    --------
    >>> from datetime import UTC
    >>> SyringeMeasurement(activity_bq=2e9, measured_at=datetime(2024, 3, 1, 10, tzinfo=UTC)
    ...                    ).uncertainty_bq
    0.0
    """

    activity_bq: float
    measured_at: datetime
    uncertainty_bq: float = 0.0

    def __post_init__(self) -> None:
        require_amount(self.activity_bq, "a syringe's activity (Bq)")
        require_amount(self.uncertainty_bq, "a syringe's uncertainty (Bq)")
        object.__setattr__(self, "measured_at", as_utc(self.measured_at, "syringe's measurement"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetActivity:
    """What was injected, at the start of the injection.

    Parameters
    ----------
    kind : {"net", "gross"}
        Gross: the residual was not measured and is still part of the figure.
    activity_bq, uncertainty_bq : float
        At the start of the injection, Bq; k = 1. A gross figure's uncertainty does not hold the
        unknown residual.
    residual_bq : float or None
        Carried back to the start; None where it was not measured.
    started_at : datetime
        UTC.

    Examples
    --------
    >>> NetActivity.__slots__[0]
    'kind'
    """

    kind: Literal["net", "gross"]
    activity_bq: float
    uncertainty_bq: float
    residual_bq: float | None
    started_at: datetime

    @property
    def residual_fraction(self) -> float | None:
        """Residual over what was in the syringe; None where it was not measured."""
        if self.residual_bq is None:
            return None
        return self.residual_bq / (self.activity_bq + self.residual_bq)


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionPart:
    """What one lesion was given of a syringe.

    Parameters
    ----------
    lesion : str
        The study's name for it.
    share : float
        Of the syringe's injected activity, 0 to 1.
    share_uncertainty_fraction : float
        One standard deviation of `share`, in the same measure (0.05 is 5 of 100 parts).
    needle_passes : int
    reflux_fraction : float
        Of this part, what came back along the needle and was seen outside the lesion.

    Raises
    ------
    CustodyError
        No needle pass.

    Examples
    --------
    >>> InjectionPart(lesion="L1", share=1.0, needle_passes=1).reflux_fraction
    0.0
    """

    lesion: str
    share: float
    needle_passes: int
    share_uncertainty_fraction: float = 0.0
    reflux_fraction: float = 0.0

    def __post_init__(self) -> None:
        require_text(self.lesion, "the lesion's name")
        require_share(self.share, "a lesion's share of the syringe")
        require_share(self.share_uncertainty_fraction, "the share's uncertainty")
        require_share(self.reflux_fraction, "the share that flowed back")
        if self.needle_passes < 1:
            raise CustodyError(
                "an injection needs a needle pass",
                got=self.needle_passes,
                allowed="1 or more",
                remedy="correct the number",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionActivity:
    """What one lesion got, at the start of the injection.

    Parameters
    ----------
    lesion : str
    activity_bq, uncertainty_bq : float
        Less what flowed back, Bq; k = 1.
    reflux_bq : float
        What flowed back, Bq.

    Examples
    --------
    >>> LesionActivity(lesion="L1", activity_bq=1e9, uncertainty_bq=0.0, reflux_bq=0.0).lesion
    'L1'
    """

    lesion: str
    activity_bq: float
    uncertainty_bq: float
    reflux_bq: float


def net_injected_activity(
    nuclide: Nuclide,
    *,
    before: SyringeMeasurement,
    after: SyringeMeasurement | None,
    started_at: datetime,
    ended_at: datetime | None = None,
    calibrator_uncertainty_fraction: float = 0.0,
) -> NetActivity:
    """Activity injected, as DICOM defines it: both measurements carried to the injection's start.

    The calibrator's own relative uncertainty is common to both readings, so that it is common to
    their difference; the readings' uncertainties are independent.

    Parameters
    ----------
    nuclide : Nuclide
    before : SyringeMeasurement
        Full; not after the start.
    after : SyringeMeasurement or None
        The residual; not before the end. None: the answer is gross, and says so.
    started_at : datetime
        Aware.
    ended_at : datetime, optional
        Aware; where left out, the start.
    calibrator_uncertainty_fraction : float
        Relative, one standard deviation, common to both readings.

    Returns
    -------
    NetActivity

    Raises
    ------
    TimeError
        Full measured after the start, the residual before the end, or an end before the start.
    CustodyError
        The residual is as much as the syringe held, or more.

    References
    ----------
    DICOM PS3.16, TID 10022, Administered activity.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from hevesy.nuclides import get_nuclide
    >>> start = datetime(2024, 3, 1, 10, tzinfo=UTC)
    >>> net = net_injected_activity(
    ...     get_nuclide("Re-188"), started_at=start,
    ...     before=SyringeMeasurement(activity_bq=2e9, measured_at=start),
    ...     after=SyringeMeasurement(activity_bq=160e6, measured_at=start + timedelta(minutes=30)),
    ... )
    >>> net.kind, round(net.activity_bq / 1e6, 1)
    ('net', 1836.7)
    """
    start = as_utc(started_at, "injection's start")
    end = start if ended_at is None else as_utc(ended_at, "injection's end")
    require_share(calibrator_uncertainty_fraction, "the calibrator's relative uncertainty")
    elapsed_s(start, end, "an injection's start and end")
    waited_s = elapsed_s(before.measured_at, start, "the full syringe's measurement and injection")
    held_factor = decay_factor(nuclide, waited_s)
    held_bq = before.activity_bq * held_factor
    require_amount(held_bq, "the full syringe's activity (Bq)", above_zero=True)
    if after is None:
        gross_bq = math.hypot(
            before.uncertainty_bq * held_factor, calibrator_uncertainty_fraction * held_bq
        )
        return NetActivity(
            kind="gross", activity_bq=held_bq, uncertainty_bq=gross_bq, residual_bq=None,
            started_at=start,
        )  # fmt: skip
    if after.measured_at < end:
        raise TimeError(
            "the residual was measured before the injection was over",
            got=after.measured_at.isoformat(),
            allowed=f"from {end.isoformat()}",
            remedy="correct one of the two times",
        )
    later_s = (after.measured_at - start).total_seconds()
    back = carry_back_factor(nuclide, later_s, "the residual")
    residual_bq = after.activity_bq * back
    net_bq = held_bq - residual_bq
    if not net_bq > 0:
        raise CustodyError(
            "the residual is not less than what the syringe held",
            got=f"{residual_bq / 1e6:.6g} MBq of {held_bq / 1e6:.6g} MBq at the injection",
            remedy="check both readings, their units and times",
        )
    uncertainty_bq = math.hypot(
        before.uncertainty_bq * held_factor,
        after.uncertainty_bq * back,
        calibrator_uncertainty_fraction * net_bq,
    )
    return NetActivity(
        kind="net", activity_bq=net_bq, uncertainty_bq=uncertainty_bq, residual_bq=residual_bq,
        started_at=start,
    )  # fmt: skip


def split_over_lesions(
    net: NetActivity, parts: Sequence[InjectionPart]
) -> tuple[LesionActivity, ...]:
    """Divide an injected activity over the lesions.

    Parameters
    ----------
    net : NetActivity
    parts : sequence of InjectionPart
        Their shares make up the whole.

    Returns
    -------
    tuple of LesionActivity

    Raises
    ------
    CustodyError
        A lesion twice.
    InputError
        Shares that are not 1 together.

    Examples
    --------
    >>> from datetime import UTC
    >>> net = NetActivity(kind="net", activity_bq=1e9, uncertainty_bq=3e7, residual_bq=0.0,
    ...                   started_at=datetime(2024, 3, 1, 10, tzinfo=UTC))
    >>> parts = [InjectionPart(lesion="L1", share=0.6, needle_passes=1),
    ...          InjectionPart(lesion="L2", share=0.4, needle_passes=2, reflux_fraction=0.05)]
    >>> [round(part.activity_bq / 1e6, 1) for part in split_over_lesions(net, parts)]
    [600.0, 380.0]
    """
    names = [part.lesion for part in parts]
    if len(set(names)) < len(names):
        raise CustodyError(
            "a lesion stands twice in one injection",
            got=", ".join(names),
            remedy="give each lesion once, with all its needle passes",
        )
    total = math.fsum(part.share for part in parts)
    if abs(total - 1) > _SUM_TOLERANCE:
        raise InputError(
            "the lesions' shares of a syringe must be 1 together",
            got=f"{total:.6g}",
            remedy="correct the shares; what flowed back is given apart, as reflux",
        )
    relative = net.uncertainty_bq / net.activity_bq
    found = []
    for part in parts:
        whole_bq = part.share * net.activity_bq
        kept = 1 - part.reflux_fraction
        found.append(
            LesionActivity(
                lesion=part.lesion,
                activity_bq=whole_bq * kept,
                uncertainty_bq=kept
                * math.hypot(
                    whole_bq * relative, part.share_uncertainty_fraction * net.activity_bq
                ),
                reflux_bq=whole_bq * part.reflux_fraction,
            )
        )
    return tuple(found)


def judge_prescription(
    net: NetActivity,
    *,
    prescribed_bq: float,
    tolerance_fraction: float = _PRESCRIPTION_TOLERANCE,
) -> str | None:
    """Flag an injected activity that is not what was prescribed.

    Parameters
    ----------
    net : NetActivity
    prescribed_bq : float
        For the start of the injection, Bq.
    tolerance_fraction : float
        Of the prescribed activity; the study may set another.

    Returns
    -------
    str or None
        One line; None where it is within the tolerance.

    Examples
    --------
    >>> from datetime import UTC
    >>> net = NetActivity(kind="net", activity_bq=0.85e9, uncertainty_bq=0.0, residual_bq=0.0,
    ...                   started_at=datetime(2024, 3, 1, 10, tzinfo=UTC))
    >>> judge_prescription(net, prescribed_bq=1e9)
    'injected 850 MBq (net) of 1000 MBq prescribed: -15.0 %, outside 10 %'
    """
    require_amount(prescribed_bq, "the prescribed activity (Bq)", above_zero=True)
    require_share(tolerance_fraction, "the tolerance")
    off = net.activity_bq / prescribed_bq - 1
    if abs(off) <= tolerance_fraction:
        return None
    return (
        f"injected {net.activity_bq / 1e6:.6g} MBq ({net.kind}) of {prescribed_bq / 1e6:.6g} MBq "
        f"prescribed: {100 * off:+.1f} %, outside {100 * tolerance_fraction:g} %"
    )
