"""A study's rows as plain tables: every recorded column, in the digits that were recorded."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

from hevesy.trial.export.dataset import Cell, DataSet, Variable
from hevesy.trial.rows import (
    AdministrationRow,
    AssessmentRow,
    DepartureRow,
    DoseRow,
    EventRow,
    InclusionRow,
    InjectionRow,
    LesionPlace,
    MeasurementRow,
    PatientRow,
    StudyRows,
    VisitRow,
)

__all__ = ["tabulate_rows"]

_TABLES: Mapping[str, tuple[type[Any], str]] = {
    "patients": (PatientRow, "Patients"),
    "inclusions": (InclusionRow, "Inclusions with their screening"),
    "lesions": (LesionPlace, "Lesions"),
    "administrations": (AdministrationRow, "Administrations"),
    "injections": (InjectionRow, "Injections"),
    "visits": (VisitRow, "Visits"),
    "departures": (DepartureRow, "Departures"),
    "events": (EventRow, "Adverse events"),
    "measurements": (MeasurementRow, "Laboratory values and vital signs"),
    "assessments": (AssessmentRow, "Lesions at visits"),
    "doses": (DoseRow, "Doses of regions"),
}
_LONGEST_TEXT_BYTES = 32_767


def tabulate_rows(rows: StudyRows) -> tuple[DataSet, ...]:
    """Give every table of a study's rows, the empty ones too.

    Exact decimals and moments are texts, so that no digit and no offset is lost; answers and
    metrics are JSON; lists have a space between.

    Parameters
    ----------
    rows : StudyRows

    Returns
    -------
    tuple of DataSet
        Their first column is the key.

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> found = {one.name: one for one in tabulate_rows(sample_rows())}
    >>> len(found["events"].rows), found["assessments"].column("diameter_mm")[0]
    (3, '50')
    """
    made = []
    for name, (kind, label) in _TABLES.items():
        hints = get_type_hints(kind)
        columns = tuple(
            Variable(
                name=one.name,
                label=one.name.replace("_", " "),
                kind=_kind(hints[one.name]),
                length=_LONGEST_TEXT_BYTES,
                key=1 if number == 0 else None,
            )
            for number, one in enumerate(fields(kind))
        )
        made.append(
            DataSet(
                name=name,
                standard="rows",
                label=label,
                group="",
                structure="One row per record",
                variables=columns,
                rows=tuple(
                    tuple(_cell(getattr(row, one.name)) for one in columns)
                    for row in getattr(rows, name)
                ),
            )
        )
    return tuple(made)


def _kind(hint: Any) -> str:
    said = str(hint)
    if "bool" in said and "Mapping" not in said:
        return "boolean"
    if "float" in said and "Mapping" not in said:
        return "float"
    if "int" in said and "Mapping" not in said:
        return "integer"
    if "datetime.datetime" in said:
        return "datetime"
    return "date" if "datetime.date" in said else "text"


def _cell(value: object) -> Cell:
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, sort_keys=True) if value else None
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value) or None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if value is None or value == "":
        return None
    return value if isinstance(value, str | int | float) else str(value)
