"""AE: adverse events as recorded, with the second attribution beside them."""

from collections.abc import Iterator

from hevesy.trial.export.draft import GENERATED, Draft, Qualifier
from hevesy.trial.export.subjects import Subjects, iso
from hevesy.trial.rows import StudyRows

__all__ = ["draft_events", "yes_no"]

_OUTCOMES = {
    "recovered": "RECOVERED/RESOLVED",
    "recovered with sequelae": "RECOVERED/RESOLVED WITH SEQUELAE",
    "recovering": "RECOVERING/RESOLVING",
    "not recovered": "NOT RECOVERED/NOT RESOLVED",
    "fatal": "FATAL",
    "unknown": "UNKNOWN",
}
_SERIOUSNESS = {
    "congenital anomaly": "AESCONG",
    "disability": "AESDISAB",
    "death": "AESDTH",
    "hospitalisation": "AESHOSP",
    "life-threatening": "AESLIFE",
    "medically important": "AESMIE",
}


def yes_no(flag: bool | None) -> str | None:
    """Y, N, or nothing where nobody has said.

    Examples
    --------
    >>> yes_no(True), yes_no(None)
    ('Y', None)
    """
    return None if flag is None else "Y" if flag else "N"


def draft_events(rows: StudyRows, subjects: Subjects) -> Iterator[Draft]:
    """Draft AE. AEREL is the attribution to the agent, RELPROC in SUPPAE that to the procedure.

    AEDECOD is the recorded term: no dictionary is shipped. The narrative is not exported.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> first = next(draft_events(rows, made.subjects))
    >>> first.cells["AEREL"], first.qualifiers[0].value
    ('UNLIKELY', 'PROBABLE')
    """
    for event in rows.events:
        subject = subjects.of(event.inclusion, event.event)
        reasons = {part.strip().casefold() for part in event.seriousness.split(",")}
        serious = {
            name: ("Y" if word in reasons else "N") if event.serious and event.seriousness else None
            for word, name in _SERIOUSNESS.items()
        }
        yield Draft(
            source=("adverse_event", event.event),
            cells={
                "USUBJID": subject.usubjid,
                "AESPID": event.event,
                "AETERM": event.term,
                "AEDECOD": event.term,
                "AEBODSYS": event.organ_class,
                "AESER": yes_no(event.serious),
                "AEACNOTH": event.action_taken,
                "AEREL": event.related_agent.upper(),
                "AEOUT": _OUTCOMES.get(event.outcome, event.outcome.upper()),
                **serious,
                "AETOXGR": str(event.grade),
                "AESTDTC": iso(event.began_on),
                "AEENDTC": iso(event.ended_on),
                "AESTDY": subject.day(event.began_on),
                "AEENDY": subject.day(event.ended_on),
            },
            qualifiers=(
                Qualifier(name="RELPROC", label="Causality to the Procedure",
                          value=event.related_procedure.upper()),
                Qualifier(name="CTCAEVER", label="Version of CTCAE", value=event.ctcae),
                Qualifier(name="EXPECTED", label="Expected Event",
                          value=yes_no(event.expected) or ""),
                Qualifier(name="ADMINID", label="Administration Named by the Investigator",
                          value=event.administration),
                *([GENERATED] if event.generated else []),
            ),
        )  # fmt: skip
