"""ADaM: every analysis data set of a study, each row traced to its SDTM record."""

from collections.abc import Iterator
from datetime import timedelta

from hevesy.protocol import StudyProtocol
from hevesy.trial.export.adam_lesions import (
    draft_analysed_doses,
    draft_analysed_responses,
    draft_sizes,
)
from hevesy.trial.export.adam_subjects import draft_analysed_events, draft_subject_level
from hevesy.trial.export.dataset import Cell, DataSet
from hevesy.trial.export.draft import Draft, Source, assemble
from hevesy.trial.export.sdtm import Tabulation
from hevesy.trial.rows import StudyRows
from hevesy.trial.tables.cell import RowKey
from hevesy.trial.tables.follow_up import DatedUnit, date_units

__all__ = ["build_adam", "draft_times"]

_DOMAINS = {  # of a record: where its row may be, and by which variable it is dated
    "departure": (("DS", "DSSTDTC"),),
    "adverse_event": (("AE", "AESTDTC"),),
    "measurement": (("LB", "LBDTC"), ("VS", "VSDTC")),
    "lesion_assessment": (("TR", "TRDTC"),),
    "administration": (("PR", "PRSTDTC"),),
}


def build_adam(rows: StudyRows, protocol: StudyProtocol, made: Tabulation) -> tuple[DataSet, ...]:
    """Build the analysis data sets from a study's rows and its SDTM data sets.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    made : Tabulation
        Of the same rows.

    Returns
    -------
    tuple of DataSet
        Those that have rows.

    References
    ----------
    CDISC, ADaM Implementation Guide 1.3; ADaM Structure for Occurrence Data 1.1.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> found = build_adam(rows, protocol, made)
    >>> [(one.name, len(one.rows)) for one in found][2:]
    [('ADTR', 14), ('ADRS', 14), ('ADTTE', 6), ('ADDOSE', 5)]
    """
    drafts = {
        "ADSL": list(draft_subject_level(rows, protocol, made)),
        "ADAE": list(draft_analysed_events(rows, made)),
        "ADTR": list(draft_sizes(rows, made)),
        "ADRS": list(draft_analysed_responses(rows, made)),
        "ADTTE": list(draft_times(made)),
        "ADDOSE": list(draft_analysed_doses(rows, made)),
    }
    return tuple(assemble(name, own, study=rows.study).data for name, own in drafts.items() if own)


def draft_times(made: Tabulation) -> Iterator[Draft]:
    """Draft ADTTE: overall and progression-free survival, as the study's tables count them.

    AVAL is ADT less STARTDT in days: the day of the first administration is 0. Who has no contact
    after it, by contradicting dates, is left out, as in the tables.

    Parameters
    ----------
    made : Tabulation

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [(one.cells["AVAL"], one.cells["CNSR"]) for one in draft_times(made)][:2]
    [(81.0, 1), (81.0, 1)]
    """
    if made.analysis is None:
        return
    for one in date_units(made.analysis):
        if one.last_day < 0:
            continue
        yield _time(made, one, "OS", "Overall Survival (days)", one.last_day, event=one.died,
                    words="death" if one.died else f"last contact: {one.last_row[0]}",
                    trace=_trace(made, one.last_row))  # fmt: skip
        if one.progressed_day is not None:
            day, event, words = one.progressed_day, True, "progression"
            trace = _response(made, one, day)
        elif one.died:
            day, event, words = one.last_day, True, "death"
            trace = _trace(made, one.last_row)
        else:
            day, event, words = one.assessed_day, False, "last visit that could be evaluated"
            trace = _response(made, one, day)
        yield _time(made, one, "PFS", "Progression-Free Survival (days)", day, event=event,
                    words=words, trace=trace)  # fmt: skip


def _time(
    made: Tabulation,
    one: DatedUnit,
    code: str,
    param: str,
    day: int,
    *,
    event: bool,
    words: str,
    trace: dict[str, Cell],
) -> Draft:
    start = one.unit.started_on
    generated: frozenset[RowKey] = frozenset() if made.analysis is None else made.analysis.generated
    behind = {
        one.last_row,
        one.unit.key,
        *(("inclusion", name) for name in one.unit.inclusions),
        *(("administration", dose.administration) for dose in one.unit.administrations),
    }
    course = None if made.analysis is None else made.analysis.courses[one.unit.key]
    made_up = bool(behind & generated) or (course is not None and course.generated)
    return Draft(
        source=("time", code, *one.unit.key),
        cells={
            "USUBJID": made.subjects.of(one.unit.first.inclusion, code).usubjid,
            "PARAM": param,
            "PARAMCD": code,
            "STARTDT": start,
            "ADT": start + timedelta(days=day),
            "AVAL": float(day),
            "AVALU": "DAYS",
            "CNSR": 0 if event else 1,
            "EVNTDESC": words.upper(),
            **trace,
            "GENFL": "Y" if made_up else None,
        },
    )


def _trace(made: Tabulation, row: RowKey) -> dict[str, Cell]:
    """Name the SDTM record of a row; nothing where SDTM has none (a visit, an inclusion)."""
    kind, name = row
    source: Source = (kind, name)
    if kind == "lesion_assessment":
        source = (kind, name, "TUMSTATE")
    for domain, variable in _DOMAINS.get(kind, ()):
        sequence = made.sequence.get(domain, {}).get(source)
        if sequence is not None:
            return {"SRCDOM": domain, "SRCVAR": variable, "SRCSEQ": sequence}
    return {}


def _response(made: Tabulation, one: DatedUnit, day: int) -> dict[str, Cell]:
    course = None if made.analysis is None else made.analysis.courses[one.unit.key]
    visits = () if course is None else course.later
    for visit in visits:
        source = ("response", one.unit.first.inclusion, visit.visit, "", "OVRLRESP")
        sequence = made.sequence.get("RS", {}).get(source)
        if visit.day == day and sequence is not None:
            return {"SRCDOM": "RS", "SRCVAR": "RSDTC", "SRCSEQ": sequence}
    return {"SRCDOM": "ADSL", "SRCVAR": "TRTSDT"} if day == 0 else {}
