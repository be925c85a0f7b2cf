"""The `[[urine]]` tables of a case file."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hevesy.case import UrineCollection
from hevesy.errors import CaseError, TimeError, UnitError
from hevesy.files.case_models import UrineModel
from hevesy.files.case_quantities import share
from hevesy.files.case_times import to_utc
from hevesy.units import parse_activity_bq, parse_volume_ml

__all__ = ["to_urine"]


def to_urine(
    models: Sequence[UrineModel], zone: ZoneInfo, first_administration: datetime
) -> tuple[UrineCollection, ...]:
    """Turn the ``[[urine]]`` tables into values, in order of time.

    Parameters
    ----------
    models : sequence of UrineModel
        As the case file has them.
    zone : ZoneInfo
        The site's zone, for times without an offset.
    first_administration : datetime
        Its time, UTC: before it there is no activity in urine.

    Returns
    -------
    tuple of UrineCollection

    Raises
    ------
    CaseError
        Neither a single time nor start and end; two collections overlap.
    TimeError
        A collection that ended before the first administration, or moments out of order.

    Examples
    --------
    >>> model = UrineModel(time=datetime(2024, 3, 5, 12), activity="12 MBq", uncertainty="5 %",
    ...                    measured_at=datetime(2024, 3, 5, 13))
    >>> from datetime import UTC
    >>> to_urine([model], ZoneInfo("UTC"), datetime(2024, 3, 5, 10, tzinfo=UTC))[0].activity_bq
    12000000.0
    """
    found = []
    for i, model in enumerate(models):
        where = f"urine[{i + 1}]"
        start, end = _moments(model, zone, where)
        measured_at = to_utc(model.measured_at, zone, f"{where}.measured_at")
        if end <= first_administration:
            raise TimeError(
                f"{where} ended before the injection",
                got=end.isoformat(),
                allowed=f"after {first_administration.isoformat()}",
                remedy="correct its times, or leave it out",
            )
        try:
            found.append(
                UrineCollection(
                    start=start,
                    end=end,
                    activity_bq=parse_activity_bq(model.activity, f"{where}.activity"),
                    measured_at=measured_at,
                    activity_relative_uncertainty=share(model.uncertainty, f"{where}.uncertainty")
                    or 0.0,
                    volume_ml=_volume_ml(model.volume, f"{where}.volume"),
                )
            )
        except TimeError as error:
            raise TimeError(
                f"{where}: {error.problem}",
                got=error.got,
                allowed=error.allowed,
                remedy=error.remedy,
            ) from None
    ordered = sorted(found, key=lambda item: item.end)
    _refuse_overlap(ordered)
    return tuple(ordered)


def _moments(model: UrineModel, zone: ZoneInfo, where: str) -> tuple[datetime | None, datetime]:
    single = model.time is not None
    if single and (model.start is not None or model.end is not None):
        raise CaseError(
            f"{where} has both a time and a start or end",
            remedy="give `time` for one voiding, or `start` and `end` for a collection",
        )
    if model.time is not None:
        return None, to_utc(model.time, zone, f"{where}.time")
    if model.start is None or model.end is None:
        raise CaseError(
            f"{where} has no time" if model.start is model.end else f"{where} has half of a time",
            remedy="add `start` and `end` of the collection, or the `time` of one voiding: "
            "without it the activity can't be placed before or after a scan",
        )
    return (
        to_utc(model.start, zone, f"{where}.start"),
        to_utc(model.end, zone, f"{where}.end"),
    )


def _volume_ml(text: str | None, what: str) -> float | None:
    if text is None:
        return None
    value = parse_volume_ml(text, what)
    if value <= 0:
        raise UnitError(f"{what} must be above 0", got=text, remedy='write it as "320 mL"')
    return value


def _refuse_overlap(ordered: Sequence[UrineCollection]) -> None:
    for before, after in pairwise(ordered):
        begun = after.start if after.start is not None else after.end
        if begun < before.end or after.end == before.end:
            raise CaseError(
                "two [[urine]] collections overlap, and their activity would be counted twice",
                got=f"{begun.isoformat()} and {before.end.isoformat()}",
                remedy="correct their times, or leave one out",
            )
