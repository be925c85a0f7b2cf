"""ADSL and ADAE: subjects with their populations, and their adverse events."""

from collections.abc import Iterator

from hevesy.protocol import StudyProtocol
from hevesy.trial.export.dataset import Cell
from hevesy.trial.export.draft import Draft
from hevesy.trial.export.sdtm import Tabulation
from hevesy.trial.export.subjects import Subject
from hevesy.trial.narratives import injection_before
from hevesy.trial.rows import AdministrationRow, StudyRows
from hevesy.trial.study_flow import flow_of_study
from hevesy.units import MBQ_PER_MCI

__all__ = ["draft_analysed_events", "draft_subject_level"]

_BQ_PER_MBQ = 1e6
_FLAGS = {"Screened": "SCRNFL", "Enrolled": "ENRLFL", "Treated": "SAFFL", "Analysed": "ANLZFL"}
_FROM_DM = ("SUBJID", "SITEID", "AGE", "AGEU", "SEX", "ARM")


def draft_subject_level(
    rows: StudyRows, protocol: StudyProtocol, made: Tabulation
) -> Iterator[Draft]:
    """Draft ADSL: everyone who was screened, with a flag for each stage of the flow.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    made : Tabulation

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["SAFFL"] for one in draft_subject_level(rows, protocol, made)]
    ['Y', 'Y', 'Y', 'N']
    """
    flow = flow_of_study(rows, protocol, unit=made.subjects.unit)
    demographics = made.dataset("DM")
    known = {} if demographics is None else {r["SUBJID"]: r for r in demographics.records()}
    for subject in made.subjects.all:
        lead = subject.lead
        given = subject.administrations
        from_dm = known[subject.subjid]
        yield Draft(
            source=("subject", subject.subjid),
            cells={
                "USUBJID": subject.usubjid,
                **{name: from_dm[name] for name in _FROM_DM},
                "PERSONID": subject.patient.patient,
                "TRT01P": from_dm["ARM"] or "SCREEN FAILURE",
                "TRT01A": protocol.agent if given else None,
                **{
                    flag: "Y" if subject.subjid in flow.members[stage] else "N"
                    for stage, flag in _FLAGS.items()
                },
                **_exposure(given, protocol),
                **_end(subject),
                "ECOGBL": lead.ecog,
                "PRIMTUM": lead.primary_tumour,
                "TRTDSITE": lead.treated_site,
                "PRLINES": lead.prior_lines,
                "GENFL": "Y" if _generated(subject) else None,
            },
        )


def _generated(subject: Subject) -> bool:
    gone = subject.departure
    return (
        any(row.generated for row in subject.inclusions)
        or any(row.generated for row in subject.administrations)
        or (gone is not None and gone.generated)
    )


def _exposure(given: tuple[AdministrationRow, ...], protocol: StudyProtocol) -> dict[str, Cell]:
    if not given:
        return {"NADMIN": 0}
    first_mbq = given[0].activity_mbq
    return {
        "TRTSDT": given[0].given_on,
        "TRTEDT": max(dose.given_on for dose in given),
        "NADMIN": len(given),
        "ACT1MBQ": first_mbq,
        "ACT1MCI": first_mbq / MBQ_PER_MCI,
        "ACTTMBQ": sum(dose.activity_mbq for dose in given),
        "COHORT": protocol.cohort_of(first_mbq * _BQ_PER_MBQ),
    }


def _end(subject: Subject) -> dict[str, Cell]:
    gone = subject.departure
    if gone is None:
        return {"EOSSTT": "ONGOING"} if subject.administrations else {}
    completed = gone.kind == "completed"
    why = f"{gone.kind}: {gone.reason}" if gone.reason else gone.kind
    return {
        "EOSSTT": "COMPLETED" if completed else "DISCONTINUED",
        "EOSDT": gone.left_on,
        "DCSREAS": None if completed else why.upper(),
        "DTHDT": gone.left_on if subject.died else None,
    }


def draft_analysed_events(rows: StudyRows, made: Tabulation) -> Iterator[Draft]:
    """Draft ADAE: every event of AE; TRTEMFL marks those that the study's event tables count.

    An event is treatment emergent where it names an administration, or began on the day of one of
    its inclusion's or later (`hevesy.trial.count_study_events`).

    Parameters
    ----------
    rows : StudyRows
    made : Tabulation

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["TRTEMFL"] for one in draft_analysed_events(rows, made)]
    ['Y', 'Y', 'Y']
    """
    given: dict[str, list[AdministrationRow]] = {}
    for row in rows.administrations:
        given.setdefault(row.inclusion, []).append(row)
    collected = made.dataset("AE")
    records = {} if collected is None else {r["AESPID"]: r for r in collected.records()}
    for event in rows.events:
        subject = made.subjects.of(event.inclusion, event.event)
        record = records[event.event]
        before = injection_before(event, given.get(event.inclusion, []))
        names = ("AESEQ", "AETERM", "AEDECOD", "AEBODSYS", "AESER", "AEREL")
        yield Draft(
            source=("adverse_event", event.event),
            cells={
                "USUBJID": subject.usubjid,
                "SAFFL": "Y" if subject.administrations else "N",
                **{name: record[name] for name in names},
                "AERELPR": event.related_procedure.upper(),
                "ATOXGR": record["AETOXGR"],
                "ATOXGRN": event.grade,
                "ASTDT": event.began_on,
                "AENDT": event.ended_on,
                "ASTDY": subject.day(event.began_on),
                "AENDY": subject.day(event.ended_on),
                "TRTEMFL": None if before is None else "Y",
                "ADMINID": None if before is None else before.administration,
                "SRCDOM": "AE",
                "SRCSEQ": record["AESEQ"],
                "GENFL": "Y" if event.generated else None,
            },
        )
