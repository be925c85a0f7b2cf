"""SDTM: every domain of a study from its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hevesy.protocol import StudyProtocol
from hevesy.trial.best_response import ResponseRules
from hevesy.trial.export.dataset import DataSet
from hevesy.trial.export.draft import Assembled, Draft, Source, assemble
from hevesy.trial.export.relations import relate_records
from hevesy.trial.export.sdtm_events import draft_events
from hevesy.trial.export.sdtm_lesions import (
    draft_identification,
    draft_responses,
    draft_results,
)
from hevesy.trial.export.sdtm_measurements import draft_measurements
from hevesy.trial.export.sdtm_people import (
    draft_criteria,
    draft_demographics,
    draft_disposition,
)
from hevesy.trial.export.sdtm_treatment import (
    draft_doses,
    draft_exposure,
    draft_procedures,
    find_exposures,
)
from hevesy.trial.export.subjects import Subjects, make_subjects
from hevesy.trial.rows import StudyRows
from hevesy.trial.tables.analysis import StudyAnalysis, prepare_analysis
from hevesy.trial.tables.options import TableOptions

__all__ = ["Tabulation", "build_sdtm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabulation:
    """A study's SDTM data sets and what analysis data sets are made from.

    Parameters
    ----------
    datasets : tuple of DataSet
        Those that have rows.
    subjects : Subjects
    analysis : StudyAnalysis or None
        None where nobody was treated.
    sequence : mapping of str to mapping of source to int
        Where each record's row is, by domain.
    """

    datasets: tuple[DataSet, ...]
    subjects: Subjects
    analysis: StudyAnalysis | None
    sequence: Mapping[str, Mapping[Source, int]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sequence", MappingProxyType(dict(self.sequence)))

    def dataset(self, name: str) -> DataSet | None:
        """Give a data set by its name; None where it has no rows."""
        return next((one for one in self.datasets if one.name == name), None)


def build_sdtm(rows: StudyRows, protocol: StudyProtocol, *, unit: str | None = None) -> Tabulation:
    """Build the SDTM data sets.

    Responses are those of the protocol's criteria (itRECIST where it sets none), of the inclusion
    that was treated first.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    unit : str or None
        What a subject is: ``"inclusion"``, ``"person"``; None takes what the protocol's flow
        counts.

    Returns
    -------
    Tabulation

    References
    ----------
    CDISC, SDTM Implementation Guide 3.4.

    Examples
    --------
    >>> from hevesy.protocol import ProtocolSite
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> made = build_sdtm(sample_rows(), protocol)
    >>> [(one.name, len(one.rows)) for one in made.datasets][:4]
    [('DM', 4), ('SUPPDM', 12), ('DS', 5), ('EX', 3)]
    """
    subjects = make_subjects(rows, protocol, unit=unit)
    exposures = find_exposures(rows)
    analysis, criteria = _analysis(rows, protocol, subjects.unit)
    courses = (
        {}
        if analysis is None
        else {one.first.inclusion: analysis.courses[one.key] for one in analysis.units}
    )
    drafts: dict[str, list[Draft]] = {
        "DM": list(draft_demographics(subjects, protocol, exposures.moments)),
        "DS": list(draft_disposition(rows, subjects)),
        "IE": list(draft_criteria(rows, subjects, protocol)),
        "EX": list(draft_exposure(rows, subjects, protocol, exposures)),
        "PR": list(draft_procedures(rows, subjects, protocol, exposures)),
        "AE": list(draft_events(rows, subjects)),
        "TU": list(draft_identification(rows, subjects)),
        "TR": list(draft_results(rows, subjects)),
        "RS": list(draft_responses(courses, rows, subjects, criteria=criteria)),
        "VS": list(draft_measurements(rows, subjects, "VS")),
        "LB": list(draft_measurements(rows, subjects, "LB")),
        "XD": list(draft_doses(rows, subjects, exposures)),
    }
    made: dict[str, Assembled] = {
        name: assemble(name, own, study=rows.study) for name, own in drafts.items() if own
    }
    datasets = []
    for one in made.values():
        datasets += [one.data, *([] if one.supplement is None else [one.supplement])]
    related = relate_records(made, rows, subjects)
    return Tabulation(
        datasets=(*datasets, *([] if related is None else [related])),
        subjects=subjects,
        analysis=analysis,
        sequence={name: one.sequence for name, one in made.items()},
    )


def _analysis(
    rows: StudyRows, protocol: StudyProtocol, unit: str
) -> tuple[StudyAnalysis | None, str]:
    criteria, rules = "itrecist", ResponseRules()
    if protocol.response is not None:
        criteria = protocol.response.criteria
        rules = ResponseRules(
            confirm_days=protocol.response.confirm_days,
            min_stable_days=protocol.response.min_stable_days,
            max_not_evaluable=protocol.response.max_not_evaluable,
        )
    if not rows.administrations:
        return None, criteria
    options = TableOptions(unit=unit, criteria=criteria, rules=rules)
    return prepare_analysis(rows, options=options), criteria
