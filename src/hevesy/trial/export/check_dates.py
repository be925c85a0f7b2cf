"""Checks of dates: their form, their order, the study days that belong to them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from hevesy.trial.export.dataset import DataSet
from hevesy.trial.export.subjects import study_day

__all__ = ["check_date_order", "check_dates", "check_study_days"]

_Found = Iterator[tuple[str, str, int]]
_PARTIAL = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
_ORDERED = (
    ("RFSTDTC", "RFENDTC"), ("RFXSTDTC", "RFXENDTC"), ("RFICDTC", "RFSTDTC"),
    ("RFSTDTC", "DTHDTC"), ("EXSTDTC", "EXENDTC"), ("PRSTDTC", "PRENDTC"), ("AESTDTC", "AEENDTC"),
    ("ASTDT", "AENDT"), ("TRTSDT", "TRTEDT"), ("STARTDT", "ADT"), ("TRTSDT", "DTHDT"),
)  # fmt: skip


def _moment(cell: object) -> date | datetime | None:
    if isinstance(cell, date):
        return cell
    text = str(cell)
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def check_dates(found: Mapping[str, DataSet]) -> _Found:
    """A date is one of ISO 8601, whole or cut after the month or the year.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_dates(found))
    []
    """
    for one in found.values():
        for at, variable in enumerate(one.variables):
            if variable.kind not in {"date", "datetime"}:
                continue
            for number, row in enumerate(one.rows, start=1):
                cell = row[at]
                if cell is None or _PARTIAL.fullmatch(str(cell)):
                    continue
                try:
                    _moment(cell)
                except ValueError:
                    yield one.name, f"{variable.name} is no date of ISO 8601", number


def check_date_order(found: Mapping[str, DataSet]) -> _Found:
    """What begins does not end before; days are compared where one of two has no time.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_date_order(found))
    []
    """
    for one in found.values():
        for first, last in _ORDERED:
            if first not in one.names or last not in one.names:
                continue
            pairs = zip(one.column(first), one.column(last), strict=True)
            for number, (a, b) in enumerate(pairs, start=1):
                if a is None or b is None:
                    continue
                try:
                    begins, ends = _moment(a), _moment(b)
                except ValueError:
                    continue  # its form is another check's
                if isinstance(begins, datetime) and isinstance(ends, datetime):
                    wrong = begins > ends
                else:
                    wrong = str(a)[:10] > str(b)[:10]
                if wrong:
                    yield one.name, f"{first} is after {last}", number


def check_study_days(found: Mapping[str, DataSet]) -> _Found:
    """A study day is its date's distance from RFSTDTC, without a day 0; empty without either.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_study_days(found))
    []
    """
    if "DM" not in found:
        return
    start = dict(zip(found["DM"].column("USUBJID"), found["DM"].column("RFSTDTC"), strict=True))
    for one in found.values():
        for name in one.names:
            dated = name[:-2] + "DTC" if name.endswith("DY") else ""
            if dated not in one.names:
                continue
            columns = zip(one.column("USUBJID"), one.column(name), one.column(dated), strict=True)
            for number, (subject, day, when) in enumerate(columns, start=1):
                reference = start.get(subject)
                try:
                    expected = study_day(_day(when), _day(reference))
                except ValueError:
                    continue
                if day != expected:
                    yield one.name, f"{name} does not agree with {dated} and RFSTDTC", number


def _day(cell: object) -> date | None:
    return None if cell is None else date.fromisoformat(str(cell)[:10])
