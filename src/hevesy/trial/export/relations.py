"""RELREC: which records of one domain belong to which of another."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hevesy.trial.export.dataset import Cell, DataSet, dataset_template
from hevesy.trial.export.draft import Assembled
from hevesy.trial.export.subjects import Subjects
from hevesy.trial.rows import StudyRows

__all__ = ["relate_records"]

_BY_IDENTIFIER = (  # of whole data sets: name, then domain, variable and how many for each side
    ("TUTR", ("TU", "TULNKID", "ONE"), ("TR", "TRLNKID", "MANY")),
    ("TUEX", ("TU", "TULNKID", "ONE"), ("EX", "EXLNKID", "MANY")),
    ("TUXD", ("TU", "TULNKID", "ONE"), ("XD", "XDLNKID", "MANY")),
    ("PREX", ("PR", "PRGRPID", "ONE"), ("EX", "EXGRPID", "MANY")),
    ("PRXD", ("PR", "PRGRPID", "ONE"), ("XD", "XDGRPID", "MANY")),
)


def relate_records(
    made: Mapping[str, Assembled], rows: StudyRows, subjects: Subjects
) -> DataSet | None:
    """Relate lesions, injections, doses and results by identifiers, and events to a procedure.

    Parameters
    ----------
    made : mapping of str to Assembled
        By the domain.
    rows : StudyRows
        For the administrations that events name.
    subjects : Subjects

    Returns
    -------
    DataSet or None
        None where nothing relates.

    References
    ----------
    CDISC, SDTM Implementation Guide 3.4, section 8.2.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> rows, protocol = sample_study()
    >>> related = build_sdtm(rows, protocol).dataset("RELREC")
    >>> sorted(set(related.column("RELID")))
    ['AE-E1', 'PREX', 'PRXD', 'TUEX', 'TUTR', 'TUXD']
    """
    template = dataset_template("RELREC")
    found = [*_whole(made, subjects.study), *_events(made, rows, subjects)]
    if not found:
        return None
    order = sorted(found, key=lambda row: [str(row.get(key) or "") for key in template.keys])
    return replace(
        template, rows=tuple(tuple(row.get(name) for name in template.names) for row in order)
    )


def _whole(made: Mapping[str, Assembled], study: str) -> Iterator[dict[str, Cell]]:
    for relation, *sides in _BY_IDENTIFIER:
        if all(
            domain in made and any(cell for cell in made[domain].data.column(variable))
            for domain, variable, _ in sides
        ):
            for domain, variable, many in sides:
                yield {
                    "STUDYID": study,
                    "RDOMAIN": domain,
                    "IDVAR": variable,
                    "RELTYPE": many,
                    "RELID": relation,
                }


def _events(
    made: Mapping[str, Assembled], rows: StudyRows, subjects: Subjects
) -> Iterator[dict[str, Cell]]:
    known = {row.administration for row in rows.administrations}
    for event in rows.events:
        if event.administration not in known:
            continue
        usubjid = subjects.of(event.inclusion, event.event).usubjid
        for domain, source in (
            ("AE", ("adverse_event", event.event)),
            ("PR", ("administration", event.administration)),
        ):
            yield {
                "STUDYID": subjects.study,
                "RDOMAIN": domain,
                "USUBJID": usubjid,
                "IDVAR": f"{domain}SEQ",
                "IDVARVAL": str(made[domain].sequence[source]),
                "RELID": f"AE-{event.event}",
            }
