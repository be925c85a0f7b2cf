"""A study's rows by inclusion, made once for all checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hevesy.trial.rows import AssessmentRow, InclusionRow, PatientRow, StudyRows, VisitRow

__all__ = ["RowIndex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowIndex:
    """Where to find what belongs to an inclusion.

    Parameters
    ----------
    patients, inclusions : mapping of str to row
    visits, assessments : mapping of str to tuple of rows
        By inclusion.
    first_given : mapping of str to date
        Day of the first administration, by inclusion.
    left_on, died : mapping of str to date
        By inclusion.
    dated : tuple of (str, str, str, date, str)
        What a living patient is needed for: kind, name, inclusion, day, words.

    Examples
    --------
    >>> RowIndex.of(StudyRows(study="A", as_of=date(2026, 1, 9))).died
    {}
    """

    patients: Mapping[str, PatientRow]
    inclusions: Mapping[str, InclusionRow]
    visits: Mapping[str, tuple[VisitRow, ...]]
    assessments: Mapping[str, tuple[AssessmentRow, ...]]
    first_given: Mapping[str, date]
    left_on: Mapping[str, date]
    died: Mapping[str, date]
    dated: tuple[tuple[str, str, str, date, str], ...]

    @classmethod
    def of(cls, rows: StudyRows) -> "RowIndex":
        """Index a study's rows."""
        first: dict[str, date] = {}
        for given in rows.administrations:
            first[given.inclusion] = min(first.get(given.inclusion, given.given_on), given.given_on)
        visits: dict[str, list[VisitRow]] = {}
        for visit in rows.visits:
            visits.setdefault(visit.inclusion, []).append(visit)
        assessments: dict[str, list[AssessmentRow]] = {}
        for one in rows.assessments:
            assessments.setdefault(one.inclusion, []).append(one)
        dated = [("adverse_event", e.event, e.inclusion, e.began_on, "began") for e in rows.events]
        dated += [("visit", v.visit, v.inclusion, v.visited_on, "visited") for v in rows.visits]
        dated += [("measurement", m.measurement, m.inclusion, m.measured_on, "measured")
                  for m in rows.measurements]  # fmt: skip
        dated += [("lesion_assessment", a.assessment, a.inclusion, a.assessed_on, "assessed")
                  for a in rows.assessments]  # fmt: skip
        dated += [("administration", a.administration, a.inclusion, a.given_on, "given")
                  for a in rows.administrations]  # fmt: skip
        return cls(
            patients={row.patient: row for row in rows.patients},
            inclusions={row.inclusion: row for row in rows.inclusions},
            visits={name: tuple(own) for name, own in visits.items()},
            assessments={name: tuple(own) for name, own in assessments.items()},
            first_given=first,
            left_on={row.inclusion: row.left_on for row in rows.departures},
            died={row.inclusion: row.left_on for row in rows.departures if row.kind == "dead"},
            dated=tuple(dated),
        )
