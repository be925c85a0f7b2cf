"""A syringe's label: what people read, and what a scanner reads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hevesy.errors import CustodyError
from hevesy.nuclides import Nuclide
from hevesy.pharmacy.amounts import require_amount, require_text
from hevesy.pharmacy.moments import as_utc
from hevesy.units import MBQ_PER_MCI

__all__ = ["LabelPayload", "SyringeLabel", "label_payload", "label_text", "parse_label_payload"]

_MARK = "HVS1"  # which reading of the code this is
_FIELDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SyringeLabel:
    """What a syringe's label states.

    Parameters
    ----------
    study, agent, batch, syringe : str
    nuclide : Nuclide
    activity_bq : float
        At `reference_at`, Bq.
    reference_at, expires_at : datetime
        Aware; kept in UTC.
    volume_ml : float
    shield : str
    subject : str or None
        The study's code, never a name.

    Raises
    ------
    CustodyError
        The expiry is not after the reference time.

    Examples
    --------
    >>> SyringeLabel.__slots__[0]
    'study'
    """

    study: str
    agent: str
    batch: str
    syringe: str
    nuclide: Nuclide
    activity_bq: float
    reference_at: datetime
    expires_at: datetime
    volume_ml: float
    shield: str
    subject: str | None = None

    def __post_init__(self) -> None:
        for name in ("study", "agent", "batch", "syringe", "shield"):
            require_text(getattr(self, name), f"the label's {name}")
        if self.subject is not None:
            require_text(self.subject, "the label's subject")
        require_amount(self.activity_bq, "the label's activity (Bq)", above_zero=True)
        require_amount(self.volume_ml, "the label's volume (mL)", above_zero=True)
        object.__setattr__(self, "reference_at", as_utc(self.reference_at, "label's reference"))
        object.__setattr__(self, "expires_at", as_utc(self.expires_at, "label's expiry"))
        if self.expires_at <= self.reference_at:
            raise CustodyError(
                f"the label of {self.syringe} expires before its reference time",
                got=self.expires_at.isoformat(),
                allowed=f"after {self.reference_at.isoformat()}",
                remedy="correct one of the two times",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPayload:
    """What the code on a label says.

    Parameters
    ----------
    syringe, batch : str
    activity_bq : float
        At `reference_at`, Bq, to a hundredth of a MBq.
    reference_at, expires_at : datetime
        UTC, to the second.

    Examples
    --------
    >>> LabelPayload.__slots__[:2]
    ('syringe', 'batch')
    """

    syringe: str
    batch: str
    activity_bq: float
    reference_at: datetime
    expires_at: datetime


def _moment(time: datetime, zone: ZoneInfo) -> str:
    local = time.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()} ({time:%H:%M} UTC)"


def label_text(label: SyringeLabel, zone: ZoneInfo) -> tuple[str, ...]:
    """The label's lines.

    Parameters
    ----------
    label : SyringeLabel
    zone : ZoneInfo
        The site's, for the times.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> label = SyringeLabel(
    ...     study="IMD-1", agent="[188Re]Re-ImDendrim", batch="B-1", syringe="S-1",
    ...     nuclide=get_nuclide("Re-188"), activity_bq=2e9, volume_ml=2.0, shield="10 mm PMMA",
    ...     reference_at=datetime(2024, 3, 1, 9, tzinfo=UTC),
    ...     expires_at=datetime(2024, 3, 1, 15, tzinfo=UTC))
    >>> label_text(label, ZoneInfo("Europe/Warsaw"))[3:5]
    ('2000 MBq (54.05 mCi) in 2 mL', 'at 2024-03-01 10:00 CET (09:00 UTC)')
    """
    mbq = label.activity_bq / 1e6
    lines = [
        f"RADIOACTIVE {label.nuclide.name}",
        f"{label.agent}, study {label.study}",
        f"syringe {label.syringe}, batch {label.batch}",
        f"{mbq:.6g} MBq ({mbq / MBQ_PER_MCI:.4g} mCi) in {label.volume_ml:g} mL",
        f"at {_moment(label.reference_at, zone)}",
        f"use before {_moment(label.expires_at, zone)}",
        f"shield: {label.shield}",
    ]
    if label.subject is not None:
        lines.insert(3, f"subject {label.subject}")
    return tuple(lines)


def label_payload(label: SyringeLabel) -> str:
    """The text for the Data Matrix code: syringe, batch, activity, reference time, expiry.

    The subject is not in it.

    Parameters
    ----------
    label : SyringeLabel

    Returns
    -------
    str
        ASCII, fields parted by ``|``.

    Raises
    ------
    CustodyError
        A number with ``|`` or beyond ASCII.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> label = SyringeLabel(
    ...     study="IMD-1", agent="[188Re]Re-ImDendrim", batch="B-1", syringe="S-1",
    ...     nuclide=get_nuclide("Re-188"), activity_bq=2e9, volume_ml=2.0, shield="10 mm PMMA",
    ...     reference_at=datetime(2024, 3, 1, 9, tzinfo=UTC),
    ...     expires_at=datetime(2024, 3, 1, 15, tzinfo=UTC))
    >>> label_payload(label)
    'HVS1|S-1|B-1|2000.00|20240301T090000Z|20240301T150000Z'
    """
    for text in (label.syringe, label.batch):
        if "|" in text or not text.isascii() or not text.isprintable():
            raise CustodyError(
                "this number can't stand in a code",
                got=text,
                allowed="printable ASCII without |",
                remedy="give it a plain number",
            )
    times = (f"{time:%Y%m%dT%H%M%SZ}" for time in (label.reference_at, label.expires_at))
    mbq = f"{label.activity_bq / 1e6:.2f}"
    return "|".join((_MARK, label.syringe, label.batch, mbq, *times))


def parse_label_payload(text: str) -> LabelPayload:
    """Read what a scanner read.

    Parameters
    ----------
    text : str

    Returns
    -------
    LabelPayload

    Raises
    ------
    CustodyError
        Not such a code.

    Examples
    --------
    >>> parse_label_payload("HVS1|S-1|B-1|2000.00|20240301T090000Z|20240301T150000Z").syringe
    'S-1'
    """
    parts = text.strip().split("|")
    try:
        mark, syringe, batch, mbq, reference, expiry = parts
        times = [
            datetime.strptime(part, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for part in (reference, expiry)
        ]
        activity_bq = float(mbq) * 1e6
    except ValueError:
        mark = ""
    if mark != _MARK:
        raise CustodyError(
            "this is not the code of a syringe's label",
            got=text.strip()[:60],
            allowed=f"{_MARK} and {_FIELDS - 1} fields parted by |",
            remedy="scan the code again, or type the syringe's number",
        )
    return LabelPayload(
        syringe=syringe,
        batch=batch,
        activity_bq=activity_bq,
        reference_at=times[0],
        expires_at=times[1],
    )
