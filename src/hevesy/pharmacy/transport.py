"""Dispatch and receipt: the same item in two dose calibrators."""

import math
from dataclasses import dataclass
from datetime import datetime

from hevesy.errors import CustodyError
from hevesy.nuclides import Nuclide, decay_factor
from hevesy.pharmacy.amounts import require_amount, require_text, unit_slip_question
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = ["CalibratorReading", "ReceiptComparison", "compare_receipt"]

_PLAUSIBLE = 2.0  # two calibrators never differ by more than this factor, but for a slip


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratorReading:
    """An item's activity at one end of its way.

    Parameters
    ----------
    item : str
        The syringe's or vial's number.
    device : str
    activity_bq, uncertainty_bq : float
        At `measured_at`; one standard deviation with the device's own factor in it, Bq.
    measured_at : datetime
        Aware; kept in UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> CalibratorReading(item="S-1", device="C-1", activity_bq=2e9, uncertainty_bq=6e7,
    ...                   measured_at=datetime(2024, 3, 1, tzinfo=UTC)).device
    'C-1'
    """

    item: str
    device: str
    activity_bq: float
    uncertainty_bq: float
    measured_at: datetime

    def __post_init__(self) -> None:
        require_text(self.item, "the number of what was sent")
        require_text(self.device, "the dose calibrator's number")
        require_amount(self.activity_bq, "what was sent (Bq)", above_zero=True)
        require_amount(self.uncertainty_bq, "a reading's uncertainty (Bq)", above_zero=True)
        object.__setattr__(self, "measured_at", as_utc(self.measured_at, "reading"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptComparison:
    """What arrived beside what was sent, at the time of the receipt's reading.

    Parameters
    ----------
    expected_bq : float
        What was sent, decayed, Bq.
    difference_bq, difference_uncertainty_bq : float
        Received less expected, Bq.
    difference_fraction : float
        Of what was expected.
    difference_sigmas : float
        In standard deviations of both readings together.
    question : str or None
        Where the difference looks like a slip of the unit.

    Examples
    --------
    >>> ReceiptComparison.__slots__[0]
    'expected_bq'
    """

    expected_bq: float
    difference_bq: float
    difference_uncertainty_bq: float
    difference_fraction: float
    difference_sigmas: float
    question: str | None


def compare_receipt(
    nuclide: Nuclide, sent: CalibratorReading, received: CalibratorReading
) -> ReceiptComparison:
    """Compare two calibrators by what was sent from the one to the other.

    Parameters
    ----------
    nuclide : Nuclide
    sent, received : CalibratorReading
        Of one item, on two devices (their uncertainties are taken as independent).

    Returns
    -------
    ReceiptComparison

    Raises
    ------
    CustodyError
        Two items, or one device.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> at = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> sent = CalibratorReading(item="S-1", device="C-1", activity_bq=2000e6, uncertainty_bq=60e6,
    ...                          measured_at=at)
    >>> received = CalibratorReading(item="S-1", device="C-2", activity_bq=1900e6,
    ...                              uncertainty_bq=60e6, measured_at=at)
    >>> round(compare_receipt(get_nuclide("Re-188"), sent, received).difference_sigmas, 2)
    -1.18
    """
    if sent.item != received.item:
        raise CustodyError(
            "what arrived is not what was sent",
            got=received.item,
            allowed=sent.item,
            remedy="compare the two readings of one item",
        )
    if sent.device == received.device:
        raise CustodyError(
            f"{sent.item} was measured twice on one dose calibrator",
            got=received.device,
            allowed="a second device",
            remedy="measure on the receiving site's own calibrator",
        )
    way_s = elapsed_s(sent.measured_at, received.measured_at, "dispatch and receipt")
    factor = decay_factor(nuclide, way_s)
    expected_bq = sent.activity_bq * factor
    difference_bq = received.activity_bq - expected_bq
    sigma_bq = math.hypot(sent.uncertainty_bq * factor, received.uncertainty_bq)
    return ReceiptComparison(
        expected_bq=expected_bq,
        difference_bq=difference_bq,
        difference_uncertainty_bq=sigma_bq,
        difference_fraction=difference_bq / expected_bq,
        difference_sigmas=difference_bq / sigma_bq,
        question=unit_slip_question(
            received.activity_bq,
            low_bq=expected_bq / _PLAUSIBLE,
            high_bq=expected_bq * _PLAUSIBLE,
            what="the activity received",
        ),
    )
