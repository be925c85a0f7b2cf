"""Dose calibrators: the factor of a device, container and volume; constancy; traceability."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hevesy.errors import CustodyError
from hevesy.nuclides import Nuclide, decay_factor
from hevesy.pharmacy.amounts import require_amount, require_share, require_text
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = [
    "CalibratorFactor",
    "ConstancyCheck",
    "MeasuredActivity",
    "choose_factor",
    "measure_activity",
    "require_constancy",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratorFactor:
    """What turns a device's reading into activity, for one nuclide in one container.

    Parameters
    ----------
    device, container : str
        A vial and a syringe are two containers, with two factors: betas and bremsstrahlung make
        the difference large for 188Re.
    nuclide : Nuclide
    volume_low_ml, volume_high_ml : float
        Volumes for which it holds, both included, mL.
    factor : float
        Activity over reading.
    relative_uncertainty : float
        One standard deviation.
    determined_at, expires_at : datetime
        Aware; kept in UTC.
    traceable_to : str
        The standard behind it.

    Raises
    ------
    CustodyError
        Volumes or dates the wrong way round.

    Examples
    --------
    >>> CalibratorFactor.__slots__[:2]
    ('device', 'container')
    """

    device: str
    container: str
    nuclide: Nuclide
    volume_low_ml: float
    volume_high_ml: float
    factor: float
    relative_uncertainty: float
    determined_at: datetime
    expires_at: datetime
    traceable_to: str

    def __post_init__(self) -> None:
        require_text(self.device, "the dose calibrator's number")
        require_text(self.container, "the container")
        require_text(self.traceable_to, "what the factor is traceable to")
        require_amount(self.factor, "a calibrator's factor", above_zero=True)
        require_share(self.relative_uncertainty, "a factor's relative uncertainty")
        require_amount(self.volume_low_ml, "a factor's least volume (mL)")
        require_amount(self.volume_high_ml, "a factor's greatest volume (mL)", above_zero=True)
        object.__setattr__(self, "determined_at", as_utc(self.determined_at, "factor's date"))
        object.__setattr__(self, "expires_at", as_utc(self.expires_at, "factor's expiry"))
        if self.volume_low_ml > self.volume_high_ml or self.determined_at >= self.expires_at:
            raise CustodyError(
                f"a factor of {self.device} has volumes or dates the wrong way round",
                got=f"{self.volume_low_ml:g} to {self.volume_high_ml:g} mL, "
                f"{self.determined_at.isoformat()} to {self.expires_at.isoformat()}",
                remedy="correct the record",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredActivity:
    """An activity from a reading.

    Parameters
    ----------
    activity_bq : float
    reading_uncertainty_bq : float
        Of this reading alone: independent from reading to reading, Bq.
    uncertainty_bq : float
        With the factor's own, which all readings of one device and container share, Bq.

    Examples
    --------
    >>> MeasuredActivity(activity_bq=1e9, reading_uncertainty_bq=0.0, uncertainty_bq=3e7
    ...                  ).uncertainty_bq
    30000000.0
    """

    activity_bq: float
    reading_uncertainty_bq: float
    uncertainty_bq: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstancyCheck:
    """A long-lived source in a dose calibrator, beside what it should show.

    Parameters
    ----------
    device : str
    nuclide : Nuclide or None
        Of the source; None where `reference_bq` was decayed to the reading already.
    reference_bq : float
        Its activity at `reference_at`, Bq.
    reference_at, read_at : datetime
        Aware; kept in UTC.
    reading_bq : float
        At `read_at`, Bq.
    limit_fraction : float or None
        Greatest relative deviation; None: the site has set none.

    Raises
    ------
    CustodyError
        Without a nuclide, the source's activity is not that at the reading.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> at = datetime(2024, 3, 1, tzinfo=UTC)
    >>> check = ConstancyCheck(device="C-1", nuclide=get_nuclide("Cs-137"), reference_bq=7.4e6,
    ...                        reference_at=at, read_at=at, reading_bq=7.8e6, limit_fraction=0.05)
    >>> round(check.deviation_fraction, 3), check.passed
    (0.054, False)
    """

    device: str
    nuclide: Nuclide | None
    reference_bq: float
    reference_at: datetime
    reading_bq: float
    read_at: datetime
    limit_fraction: float | None

    def __post_init__(self) -> None:
        require_text(self.device, "the dose calibrator's number")
        require_amount(self.reference_bq, "a check source's activity (Bq)", above_zero=True)
        require_amount(self.reading_bq, "a check source's reading (Bq)")
        if self.limit_fraction is not None:
            require_share(self.limit_fraction, "the constancy limit")
        object.__setattr__(self, "reference_at", as_utc(self.reference_at, "source's date"))
        object.__setattr__(self, "read_at", as_utc(self.read_at, "constancy reading"))
        since_s = elapsed_s(
            self.reference_at, self.read_at, "a check source's date and its reading"
        )
        if self.nuclide is None and since_s > 0:
            raise CustodyError(
                "a check source without a nuclide can't be decayed to its reading",
                got=f"{since_s:g} s before",
                remedy="name its nuclide, or give its activity at the reading",
            )

    @property
    def deviation_fraction(self) -> float:
        """Reading over what the source holds by then, less 1."""
        since_s = (self.read_at - self.reference_at).total_seconds()
        left = 1.0 if self.nuclide is None else decay_factor(self.nuclide, since_s)
        return self.reading_bq / (self.reference_bq * left) - 1

    @property
    def passed(self) -> bool | None:
        """Whether it is within the limit; None where the site has set none."""
        if self.limit_fraction is None:
            return None
        return abs(self.deviation_fraction) <= self.limit_fraction


def choose_factor(
    factors: Sequence[CalibratorFactor],
    *,
    device: str,
    container: str,
    nuclide: Nuclide,
    volume_ml: float,
    at: datetime,
) -> CalibratorFactor:
    """Find the one factor for a measurement; there is no default.

    Parameters
    ----------
    factors : sequence of CalibratorFactor
    device, container : str
    nuclide : Nuclide
    volume_ml : float
    at : datetime
        When it was measured, aware.

    Returns
    -------
    CalibratorFactor
        The latest, where several hold.

    Raises
    ------
    CustodyError
        None holds: another device, container, nuclide or volume, or past its expiry.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> choose_factor([], device="C-1", container="vial", nuclide=get_nuclide("Re-188"),
    ...               volume_ml=5.0, at=datetime(2024, 3, 1, tzinfo=UTC))
    Traceback (most recent call last):
    hevesy.errors.CustodyError: no calibrator factor fits this measurement: got 'C-1, vial, \
Re-188, 5 mL', allowed: none are on record; determine one, or measure in a container that has one
    """
    moment = as_utc(at, "measurement")
    fitting = [
        f
        for f in factors
        if (f.device, f.container, f.nuclide.name) == (device, container, nuclide.name)
        and f.volume_low_ml <= volume_ml <= f.volume_high_ml
    ]
    valid = [f for f in fitting if f.determined_at <= moment < f.expires_at]
    if valid:
        return max(valid, key=lambda f: f.determined_at)
    known = [
        f"{f.container}, {f.nuclide.name}, {f.volume_low_ml:g} to {f.volume_high_ml:g} mL, "
        f"until {f.expires_at.date().isoformat()}"
        for f in factors
        if f.device == device
    ]
    raise CustodyError(
        "no calibrator factor fits this measurement",
        got=f"{device}, {container}, {nuclide.name}, {volume_ml:g} mL"
        + (f", {moment.date().isoformat()}" if fitting else ""),
        allowed="; ".join(known) or "none are on record",
        remedy="determine one, or measure in a container that has one",
    )


def measure_activity(
    factor: CalibratorFactor, *, reading_bq: float, reading_uncertainty_bq: float
) -> MeasuredActivity:
    """Turn a reading into activity.

    Parameters
    ----------
    factor : CalibratorFactor
        From `choose_factor`.
    reading_bq, reading_uncertainty_bq : float
        As the device shows it, less its background; one standard deviation of one reading, Bq.

    Returns
    -------
    MeasuredActivity

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> factor = CalibratorFactor(
    ...     device="C-1", container="vial", nuclide=get_nuclide("Re-188"), volume_low_ml=1.0,
    ...     volume_high_ml=10.0, factor=1.2, relative_uncertainty=0.03, traceable_to="NMI",
    ...     determined_at=datetime(2024, 1, 1, tzinfo=UTC),
    ...     expires_at=datetime(2025, 1, 1, tzinfo=UTC))
    >>> found = measure_activity(factor, reading_bq=1e9, reading_uncertainty_bq=0.0)
    >>> found.activity_bq, found.uncertainty_bq
    (1200000000.0, 36000000.0)
    """
    require_amount(reading_bq, "a reading (Bq)")
    require_amount(reading_uncertainty_bq, "a reading's uncertainty (Bq)")
    activity_bq = factor.factor * reading_bq
    own_bq = factor.factor * reading_uncertainty_bq
    return MeasuredActivity(
        activity_bq=activity_bq,
        reading_uncertainty_bq=own_bq,
        uncertainty_bq=math.hypot(own_bq, factor.relative_uncertainty * activity_bq),
    )


def require_constancy(
    checks: Sequence[ConstancyCheck], *, device: str, at: datetime, valid_for_s: float | None
) -> ConstancyCheck:
    """Refuse a measurement on a device whose latest constancy check is too old or failed.

    Parameters
    ----------
    checks : sequence of ConstancyCheck
    device : str
    at : datetime
        When it measures, aware.
    valid_for_s : float or None
        How long a check holds, s; None: until the next one.

    Returns
    -------
    ConstancyCheck
        The latest one before `at`.

    Raises
    ------
    CustodyError
        None, too old, or outside its limit.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.nuclides import get_nuclide
    >>> at = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> check = ConstancyCheck(device="C-1", nuclide=get_nuclide("Cs-137"), reference_bq=7.4e6,
    ...                        reference_at=at, read_at=at, reading_bq=7.4e6, limit_fraction=0.05)
    >>> require_constancy([check], device="C-1", at=at, valid_for_s=86400.0).passed
    True
    """
    moment = as_utc(at, "measurement")
    if valid_for_s is not None:
        require_amount(valid_for_s, "how long a constancy check holds (s)", above_zero=True)
    own = [check for check in checks if check.device == device and check.read_at <= moment]
    latest = max(own, key=lambda check: check.read_at, default=None)
    age_s = math.inf if latest is None else (moment - latest.read_at).total_seconds()
    if latest is None or (valid_for_s is not None and age_s > valid_for_s):
        hours = "" if valid_for_s is None else f"within {valid_for_s / 3600:g} h "
        raise CustodyError(
            f"dose calibrator {device} has no constancy check that still holds",
            got="none" if latest is None else latest.read_at.isoformat(),
            allowed=f"one {hours}before the measurement at {moment.isoformat()}",
            remedy="check it with its source",
        )
    if latest.passed is False:
        raise CustodyError(
            f"dose calibrator {device} failed its constancy check",
            got=f"{100 * latest.deviation_fraction:+.2f} %",
            allowed=f"within {100 * (latest.limit_fraction or 0):g} %",
            remedy="measure on another device until it is repaired",
        )
    return latest
