"""When an acquisition began, as its headers say."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset

from hevesy.dicom.times import DicomClock

__all__ = ["acquisition_start"]

# They may say when the file was made, not when the patient was there: taken with a warning.
_FALLBACK = (("SeriesDate", "SeriesTime"), ("ContentDate", "ContentTime"))


def acquisition_start(
    headers: Sequence[Dataset], zone: ZoneInfo | None, *, where: str
) -> tuple[datetime | None, tuple[str, ...]]:
    """Start of an acquisition, the earliest header's, and what to warn of.

    Acquisition Date and Time, then Acquisition DateTime, then with a warning Series and Content
    Date and Time.

    Parameters
    ----------
    headers : sequence of pydicom.Dataset
        One or more, of one series.
    zone : ZoneInfo or None
        The site's zone, for files without Timezone Offset From UTC.
    where : str
        Which image, for messages, e.g. ``"the SPECT"``.

    Returns
    -------
    start : datetime or None
        Aware, UTC; None without a date, a time or a zone.
    warnings : tuple of str

    References
    ----------
    DICOM PS3.3 C.7.10.1 (General Acquisition), C.12.1.1.8 (time zone).

    Examples
    --------
    >>> acquisition_start([Dataset()], None, where="the SPECT")
    (None, ('the SPECT has no date and time',))
    """
    first = headers[0]
    clock = DicomClock(first, zone)
    what = f"{where}'s acquisition"
    distinct = {
        tuple(str(h.get(word) or "") for word in ("AcquisitionDate", "AcquisitionTime")): h
        for h in headers
    }.values()
    moments = [
        moment
        for header in distinct
        if (moment := _acquisition(DicomClock(header, zone), header, what)) is not None
    ]
    warnings = []
    if moments:
        start = min(moments)
        apart_s = (max(moments) - start).total_seconds()
        if apart_s > 60:
            warnings.append(
                f"{where}'s slices were acquired over {apart_s:g} s; the earliest is its start"
            )
        if hours := clock.disagreement_h(start):
            warnings.append(
                f"{where}'s own time zone is {hours:+g} h from the case's; the file's was taken"
            )
        return start, tuple(warnings)
    for date, time in _FALLBACK:
        moment = clock.moment(date, time, what=what)
        if moment is not None:
            return moment, (
                f"{where} has no acquisition time; its {time} was taken, which may be later",
            )
    if clock.zone is None and any(first.get(word) for word in ("AcquisitionTime", "SeriesTime")):
        return None, (f"{where}'s times have no zone and were not read",)
    return None, (f"{where} has no date and time",)


def _acquisition(clock: DicomClock, header: Dataset, what: str) -> datetime | None:
    moment = clock.moment("AcquisitionDate", "AcquisitionTime", what=what)
    if moment is None:
        moment = clock.moment_of(str(header.get("AcquisitionDateTime") or ""), what=what)
    return moment
