"""A scan of a study's records, as a case has it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hevesy.case import ScanSource
from hevesy.files.case_models import ScanModel
from hevesy.files.case_scans import to_scans
from hevesy.files.model_refusal import refuse_shape
from hevesy.files.volumes import is_volume_file

__all__ = ["study_scan"]


def study_scan(keys: Mapping[str, object], folder: Path, at: datetime) -> ScanSource:
    """Turn a recorded scan into what a case reads; its keys are those of ``[[scan]]``.

    DICOM says itself when it was measured; NIfTI and NRRD take the record's time.

    Parameters
    ----------
    keys : mapping of str to object
        As a case file's ``[[scan]]`` has them, without the time.
    folder : Path
        The study's; paths are relative to it.
    at : datetime
        Start of the frame, aware.

    Returns
    -------
    ScanSource

    Raises
    ------
    CaseError
        A key is unknown, missing, of a wrong type, or contradicts another (from the case file's
        rules).

    Examples
    --------
    >>> from datetime import UTC
    >>> study_scan({"spcet": "dicom/a"}, Path(), datetime(2026, 1, 9, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: unknown key in the scan: got 'spcet'; did you mean `spect`?
    """
    spect = keys.get("spect")
    volume = isinstance(spect, str) and is_volume_file(folder / spect)
    try:
        model = ScanModel.model_validate({**keys, **({"time": at} if volume else {})})
    except ValidationError as error:
        raise refuse_shape(error, ScanModel, "the scan") from None
    return to_scans([model], folder, ZoneInfo("UTC"))[0]
