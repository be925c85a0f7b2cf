"""Dispensing: a vial's volume and activity, draw by draw, and the balance at the end."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hevesy.errors import CustodyError, TimeError
from hevesy.nuclides import Nuclide, decay_factor
from hevesy.pharmacy.amounts import require_amount, require_text
from hevesy.pharmacy.carrying_back import carry_back_factor
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = ["ActivityBalance", "Draw", "DrawKind", "Vial", "balance_vial", "draw_from"]

_VOLUME_ROUNDING = 1e-9  # of the vial's volume: sums of decimals
_ACTIVITY_ROUNDING = 1e-9
_SIGMAS = 2.0  # of the readings: more activity than is left, by more than this, is refused


class DrawKind(StrEnum):
    """Where a draw goes.

    Examples
    --------
    >>> DrawKind.SYRINGE.value
    'syringe'
    """

    SYRINGE = "syringe"
    SAMPLE = "sample"
    WASTE = "waste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was taken out of a vial.

    Parameters
    ----------
    identifier : str
        Of the syringe or sample.
    kind : DrawKind
    volume_ml : float
    activity_bq, activity_uncertainty_bq : float
        Measured at `measured_at`, with one standard deviation of that reading, Bq.
    drawn_at, measured_at : datetime
        Aware; kept in UTC; measured not before it was drawn.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    >>> Draw(identifier="S-1", kind=DrawKind.SYRINGE, volume_ml=2.0, activity_bq=2e9,
    ...      drawn_at=at, measured_at=at).volume_ml
    2.0
    """

    identifier: str
    kind: DrawKind
    volume_ml: float
    activity_bq: float
    drawn_at: datetime
    measured_at: datetime
    activity_uncertainty_bq: float = 0.0

    def __post_init__(self) -> None:
        require_text(self.identifier, "the number of a syringe or sample")
        require_amount(self.volume_ml, "a drawn volume (mL)", above_zero=True)
        require_amount(self.activity_bq, "a drawn activity (Bq)")
        require_amount(self.activity_uncertainty_bq, "a drawn activity's uncertainty (Bq)")
        object.__setattr__(self, "drawn_at", as_utc(self.drawn_at, "draw"))
        object.__setattr__(self, "measured_at", as_utc(self.measured_at, "draw's measurement"))
        elapsed_s(self.drawn_at, self.measured_at, "a draw and its measurement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vial:
    """A batch's vial and what was taken out of it.

    Parameters
    ----------
    batch : str
    nuclide : Nuclide
    volume_ml : float
        At first.
    activity_bq, activity_uncertainty_bq : float
        At `measured_at`, with one standard deviation, Bq.
    measured_at : datetime
        Aware; kept in UTC.
    draws : tuple of Draw
        In order of time.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> Vial(batch="B-1", nuclide=get_nuclide("Re-188"), volume_ml=10.0, activity_bq=10e9,
    ...      measured_at=datetime(2024, 3, 1, 10, tzinfo=UTC)).volume_left_ml
    10.0
    """

    batch: str
    nuclide: Nuclide
    volume_ml: float
    activity_bq: float
    measured_at: datetime
    activity_uncertainty_bq: float = 0.0
    draws: tuple[Draw, ...] = ()

    def __post_init__(self) -> None:
        require_text(self.batch, "the batch's number")
        require_amount(self.volume_ml, "the vial's volume (mL)", above_zero=True)
        require_amount(self.activity_bq, "the vial's activity (Bq)", above_zero=True)
        require_amount(self.activity_uncertainty_bq, "the vial's uncertainty (Bq)")
        object.__setattr__(self, "measured_at", as_utc(self.measured_at, "vial's measurement"))

    @property
    def volume_left_ml(self) -> float:
        """What is left, mL."""
        return max(0.0, self.volume_ml - math.fsum(draw.volume_ml for draw in self.draws))

    def activity_left_bq(self, at: datetime) -> float:
        """What is left at a moment not before the last draw, by difference of readings, Bq.

        Raises
        ------
        TimeError
            Before the vial was measured, or before its last draw.
        """
        moment = as_utc(at, "vial's reckoning")
        last = max((draw.drawn_at for draw in self.draws), default=self.measured_at)
        if moment < max(last, self.measured_at):
            raise TimeError(
                f"the vial of batch {self.batch} is reckoned before its last event",
                got=moment.isoformat(),
                allowed=f"from {max(last, self.measured_at).isoformat()}",
                remedy="give the draws in their order",
            )
        at_first_bq = self.activity_bq - math.fsum(self._at_first_bq(d)[0] for d in self.draws)
        return at_first_bq * decay_factor(self.nuclide, (moment - self.measured_at).total_seconds())

    def _at_first_bq(self, draw: Draw) -> tuple[float, float]:
        """A draw's activity and uncertainty, carried back to the vial's measurement."""
        later_s = (draw.measured_at - self.measured_at).total_seconds()
        back = carry_back_factor(self.nuclide, later_s, f"draw {draw.identifier}")
        return draw.activity_bq * back, draw.activity_uncertainty_bq * back


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityBalance:
    """A vial's books, all at the moment of the vial's own measurement.

    Parameters
    ----------
    held_bq : float
        What the vial held, Bq.
    dispensed_bq, sampled_bq, wasted_bq : float
        What went to syringes, samples and waste, Bq.
    left_bq : float
        What was measured in the vial at the end, Bq.
    difference_bq : float
        Held less all of these, Bq.
    difference_uncertainty_bq : float
        One standard deviation, from the readings, Bq.

    Examples
    --------
    >>> ActivityBalance(held_bq=10.0, dispensed_bq=6.0, sampled_bq=1.0, wasted_bq=1.0, left_bq=2.0,
    ...                 difference_bq=0.0, difference_uncertainty_bq=0.1).difference_sigmas
    0.0
    """

    held_bq: float
    dispensed_bq: float
    sampled_bq: float
    wasted_bq: float
    left_bq: float
    difference_bq: float
    difference_uncertainty_bq: float

    @property
    def difference_sigmas(self) -> float | None:
        """Difference in standard deviations; None where no uncertainty was given."""
        if self.difference_uncertainty_bq == 0:
            return None
        return self.difference_bq / self.difference_uncertainty_bq


def draw_from(vial: Vial, draw: Draw) -> Vial:
    """Take a draw out of a vial; more than it holds is refused.

    Readings of activity have their uncertainty: a draw may exceed what is left by two standard
    deviations of all readings together. Volume has no such grace.

    Parameters
    ----------
    vial : Vial
    draw : Draw

    Returns
    -------
    Vial
        With the draw.

    Raises
    ------
    CustodyError
        More volume or activity than is left, or a number that was used already.
    TimeError
        Before the vial's measurement or an earlier draw.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    >>> vial = Vial(batch="B-1", nuclide=get_nuclide("Re-188"), volume_ml=10.0, activity_bq=10e9,
    ...             measured_at=at)
    >>> draw = Draw(identifier="S-1", kind=DrawKind.SYRINGE, volume_ml=2.0, activity_bq=2e9,
    ...             drawn_at=at, measured_at=at)
    >>> draw_from(vial, draw).activity_left_bq(at)
    8000000000.0
    """
    left_bq = vial.activity_left_bq(draw.drawn_at)
    if any(earlier.identifier == draw.identifier for earlier in vial.draws):
        raise CustodyError(
            f"batch {vial.batch} has a syringe or sample of this number already",
            got=draw.identifier,
            remedy="give it a number of its own",
        )
    left_ml = vial.volume_left_ml
    if draw.volume_ml > left_ml + _VOLUME_ROUNDING * vial.volume_ml:
        raise CustodyError(
            f"more was drawn than the vial of batch {vial.batch} holds",
            got=f"{draw.volume_ml:g} mL",
            allowed=f"at most {left_ml:.6g} mL",
            remedy="correct the volume, or record the draws before it",
        )
    waited_s = (draw.measured_at - draw.drawn_at).total_seconds()
    back = carry_back_factor(vial.nuclide, waited_s, f"draw {draw.identifier}")
    drawn_bq = draw.activity_bq * back
    fading = decay_factor(vial.nuclide, (draw.drawn_at - vial.measured_at).total_seconds())
    sigma_bq = math.hypot(
        draw.activity_uncertainty_bq * back,
        vial.activity_uncertainty_bq * fading,
        *(vial._at_first_bq(earlier)[1] * fading for earlier in vial.draws),
    )
    grace_bq = _SIGMAS * sigma_bq + _ACTIVITY_ROUNDING * vial.activity_bq
    if drawn_bq > left_bq + grace_bq:
        raise CustodyError(
            f"more was drawn than the vial of batch {vial.batch} holds",
            got=f"{drawn_bq / 1e6:.6g} MBq",
            allowed=f"at most {max(0.0, left_bq) / 1e6:.6g} MBq",
            remedy="check both readings, their units (MBq, mCi) and their times",
        )
    return Vial(
        batch=vial.batch,
        nuclide=vial.nuclide,
        volume_ml=vial.volume_ml,
        activity_bq=vial.activity_bq,
        measured_at=vial.measured_at,
        activity_uncertainty_bq=vial.activity_uncertainty_bq,
        draws=(*vial.draws, draw),
    )


def balance_vial(
    vial: Vial, *, left_bq: float, left_uncertainty_bq: float, left_measured_at: datetime
) -> ActivityBalance:
    """Close a vial's books with a measurement of what is left in it.

    Parameters
    ----------
    vial : Vial
    left_bq, left_uncertainty_bq : float
        Measured in the vial at `left_measured_at`, with one standard deviation, Bq.
    left_measured_at : datetime
        Aware, after the last draw.

    Returns
    -------
    ActivityBalance
        All at the moment of the vial's first measurement.

    Raises
    ------
    TimeError
        Measured before the last draw (from `Vial.activity_left_bq`).

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    >>> vial = Vial(batch="B-1", nuclide=get_nuclide("Re-188"), volume_ml=10.0, activity_bq=10e9,
    ...             measured_at=at)
    >>> books = balance_vial(vial, left_bq=9.9e9, left_uncertainty_bq=0.1e9, left_measured_at=at)
    >>> round(books.difference_sigmas, 6)
    1.0
    """
    require_amount(left_bq, "what is left in the vial (Bq)")
    require_amount(left_uncertainty_bq, "its uncertainty (Bq)")
    moment = as_utc(left_measured_at, "vial's last measurement")
    vial.activity_left_bq(moment)  # refuses a wrong order
    later_s = (moment - vial.measured_at).total_seconds()
    back = carry_back_factor(vial.nuclide, later_s, "what is left in the vial")
    sums = dict.fromkeys(DrawKind, 0.0)
    for draw in vial.draws:
        sums[draw.kind] += vial._at_first_bq(draw)[0]
    sigmas = [vial._at_first_bq(draw)[1] for draw in vial.draws]
    return ActivityBalance(
        held_bq=vial.activity_bq,
        dispensed_bq=sums[DrawKind.SYRINGE],
        sampled_bq=sums[DrawKind.SAMPLE],
        wasted_bq=sums[DrawKind.WASTE],
        left_bq=left_bq * back,
        difference_bq=vial.activity_bq - math.fsum(sums.values()) - left_bq * back,
        difference_uncertainty_bq=math.hypot(
            vial.activity_uncertainty_bq, left_uncertainty_bq * back, *sigmas
        ),
    )
