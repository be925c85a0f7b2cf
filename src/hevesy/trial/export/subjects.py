"""Who is a subject of the exported data sets, and how their days are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.protocol import StudyProtocol
from hevesy.trial.rows import (
    AdministrationRow,
    DepartureRow,
    InclusionRow,
    PatientRow,
    StudyRows,
)

__all__ = ["Subject", "Subjects", "iso", "make_subjects", "study_day"]

_DEATHS = ("died", "dead", "death")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject of the data sets: an inclusion, or a person with all inclusions.

    Parameters
    ----------
    usubjid, subjid : str
    patient : PatientRow
    inclusions : tuple of InclusionRow
        In order of time; the first treated one leads, else the first.
    administrations : tuple of AdministrationRow
        In order of time.
    departure : DepartureRow or None
        The last one.
    """

    usubjid: str
    subjid: str
    patient: PatientRow
    inclusions: tuple[InclusionRow, ...]
    administrations: tuple[AdministrationRow, ...] = ()
    departure: DepartureRow | None = None

    @property
    def lead(self) -> InclusionRow:
        """The inclusion that was treated first; without a treatment the first one."""
        if self.administrations:
            name = self.administrations[0].inclusion
            return next(row for row in self.inclusions if row.inclusion == name)
        return self.inclusions[0]

    @property
    def started_on(self) -> date | None:
        """Day of the first administration."""
        return self.administrations[0].given_on if self.administrations else None

    @property
    def died(self) -> bool:
        """The last departure is a death, by the words that the study's tables take for one."""
        return self.departure is not None and self.departure.kind.casefold() in _DEATHS

    def day(self, when: date | None) -> int | None:
        """Study day of a date; None without a treatment."""
        return study_day(when, self.started_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The subjects of a study.

    Parameters
    ----------
    study : str
        STUDYID.
    unit : str
        ``"inclusion"`` or ``"person"``.
    of_inclusion : mapping of str to Subject
    visit_numbers : mapping of str to float
        Planned visits first, in the protocol's order; then the others by their first day.
    """

    study: str
    unit: str
    of_inclusion: Mapping[str, Subject]
    visit_numbers: Mapping[str, float]

    def __post_init__(self) -> None:
        for name in ("of_inclusion", "visit_numbers"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def all(self) -> tuple[Subject, ...]:
        """Each subject once, by USUBJID."""
        once = {subject.usubjid: subject for subject in self.of_inclusion.values()}
        return tuple(once[name] for name in sorted(once))

    def of(self, inclusion: str, record: str) -> Subject:
        """Give the subject of a record's inclusion.

        Raises
        ------
        TrialError
            The inclusion is not on record.
        """
        found = self.of_inclusion.get(inclusion)
        if found is None:
            raise TrialError(
                f"{record} is of an inclusion that is not on record",
                got=inclusion[:60],
                remedy="correct it: every row must belong to an inclusion",
            )
        return found


def study_day(when: date | None, reference: date | None) -> int | None:
    """Count a study day: the reference is day 1, the day before it is day -1, there is no day 0.

    Parameters
    ----------
    when, reference : date or None

    Returns
    -------
    int or None

    References
    ----------
    CDISC, SDTM Implementation Guide 3.4, 4.4.4.

    Examples
    --------
    >>> [study_day(date(2026, 1, day), date(2026, 1, 9)) for day in (8, 9, 10)]
    [-1, 1, 2]
    """
    if when is None or reference is None:
        return None
    days = (when - reference).days
    return days + 1 if days >= 0 else days


def iso(when: date | datetime | None) -> str | None:
    """Write a day, or a moment with its offset, by ISO 8601.

    Examples
    --------
    >>> from datetime import UTC
    >>> iso(date(2026, 1, 9)), iso(datetime(2026, 1, 9, 8, 30, tzinfo=UTC))
    ('2026-01-09', '2026-01-09T08:30:00+00:00')
    """
    if isinstance(when, datetime):
        return when.isoformat(timespec="seconds")
    return None if when is None else when.isoformat()


def make_subjects(rows: StudyRows, protocol: StudyProtocol, *, unit: str | None = None) -> Subjects:
    """Find a study's subjects.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    unit : str or None
        ``"inclusion"`` or ``"person"``; None takes what the protocol's flow counts.

    Returns
    -------
    Subjects

    Raises
    ------
    TrialError
        Another unit, nobody was screened, or an inclusion's patient is not on record.

    Examples
    --------
    >>> from hevesy.protocol import ProtocolSite
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> [one.usubjid for one in make_subjects(sample_rows(), protocol).all]
    ['A made-up study-I1', 'A made-up study-I2', 'A made-up study-I3', 'A made-up study-I4']
    """
    counted = unit or protocol.units.flow
    if counted not in {"inclusion", "person"}:
        raise TrialError(
            "a subject is an inclusion or a person",
            got=counted,
            allowed="inclusion, person",
            remedy="name one of them",
        )
    if not rows.inclusions:
        raise TrialError(
            "nobody was screened in this study", remedy="record patients and inclusions first"
        )
    patients = {row.patient: row for row in rows.patients}
    grouped: dict[str, list[InclusionRow]] = {}
    for row in sorted(rows.inclusions, key=lambda one: (one.included_on, one.inclusion)):
        if row.patient not in patients:
            raise TrialError(
                f"{row.inclusion} is of a patient who is not on record",
                remedy="enter the patient first",
            )
        name = row.patient if counted == "person" else row.inclusion
        grouped.setdefault(name, []).append(row)
    given: dict[str, list[AdministrationRow]] = {}
    for dose in sorted(rows.administrations, key=lambda one: (one.given_at, one.administration)):
        given.setdefault(dose.inclusion, []).append(dose)
    gone: dict[str, list[DepartureRow]] = {}
    for left in sorted(rows.departures, key=lambda one: (one.left_on, one.departure)):
        gone.setdefault(left.inclusion, []).append(left)
    of_inclusion: dict[str, Subject] = {}
    for name, own in grouped.items():
        doses = [dose for row in own for dose in given.get(row.inclusion, ())]
        ends = [left for row in own for left in gone.get(row.inclusion, ())]
        subject = Subject(
            usubjid=f"{rows.study}-{name}",
            subjid=name,
            patient=patients[own[0].patient],
            inclusions=tuple(own),
            administrations=tuple(sorted(doses, key=lambda d: (d.given_at, d.administration))),
            departure=max(ends, key=lambda left: (left.left_on, left.departure), default=None),
        )
        of_inclusion |= {row.inclusion: subject for row in own}
    return Subjects(
        study=rows.study,
        unit=counted,
        of_inclusion=of_inclusion,
        visit_numbers=_visit_numbers(rows, protocol),
    )


def _visit_numbers(rows: StudyRows, protocol: StudyProtocol) -> dict[str, float]:
    first: dict[str, date] = {}
    seen = [(row.name, row.visited_on) for row in rows.visits]
    seen += [(row.visit, row.measured_on) for row in rows.measurements]
    seen += [(row.visit, row.assessed_on) for row in rows.assessments]
    for name, day in seen:
        first[name] = min(first.get(name, day), day)
    planned = [visit.name for visit in protocol.visits]
    others = sorted(set(first) - set(planned), key=lambda name: (first[name], name))
    return {name: float(n) for n, name in enumerate([*planned, *others], start=1)}
