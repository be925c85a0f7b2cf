"""Urine, and other excreta, that were collected and measured."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from hevesy.errors import CaseError, TimeError

__all__ = ["UrineCollection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UrineCollection:
    """One collection, or one voiding.

    Parameters
    ----------
    start : datetime or None
        From when on all urine went into it; None for a single voiding at `end`.
    end : datetime
        When it was finished; aware, held in UTC.
    activity_bq : float
        All of it, at `measured_at`, Bq, 0 or more.
    measured_at : datetime
        Not before `end`; aware, held in UTC.
    activity_relative_uncertainty : float
        One standard deviation as a share.
    volume_ml : float or None
        For the record, mL.
    kind : str
        ``"urine"``; ``"faeces"`` or ``"other"`` are counted as excreted, and say nothing of
        whether all urine was collected.

    Raises
    ------
    TimeError
        A moment without zone, or moments out of order.
    CaseError
        An activity below 0.
    """

    start: datetime | None
    end: datetime
    activity_bq: float
    measured_at: datetime
    activity_relative_uncertainty: float
    volume_ml: float | None = None
    kind: str = "urine"

    def __post_init__(self) -> None:
        for name in ("start", "end", "measured_at"):
            moment = getattr(self, name)
            if moment is None:
                continue
            if moment.tzinfo is None:
                raise TimeError(
                    f"a urine collection's {name} has no zone",
                    got=moment.isoformat(),
                    remedy="set `timezone` in the case, or give the time with an offset",
                )
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.start is not None and self.start >= self.end:
            raise TimeError(
                "a urine collection ends before it starts",
                got=f"{self.start.isoformat()} to {self.end.isoformat()}",
                remedy="correct `start` or `end` in [[urine]]",
            )
        if self.measured_at < self.end:
            raise TimeError(
                "a urine collection was measured before it was finished",
                got=f"measured at {self.measured_at.isoformat()}, ended {self.end.isoformat()}",
                allowed="from its end on",
                remedy="correct `measured_at` in [[urine]]",
            )
        if not 0 <= self.activity_bq < math.inf:
            raise CaseError(
                "a urine collection's activity can't be negative",
                got=f"{self.activity_bq:g} Bq",
                remedy="correct `activity` in [[urine]]",
            )
