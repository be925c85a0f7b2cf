"""What a study's rows say of its conduct: flow, events, deadlines, laboratory shifts, checks."""

from datetime import UTC, datetime
from pathlib import Path

from hevesy.files import StudyFile, atomic_write_bytes
from hevesy.store import Reader
from hevesy.store.tables import Scan
from hevesy.trial import (
    DataFinding,
    EventDeadline,
    HaematologyAnswer,
    ScanTime,
    ShiftTable,
    StudyEvents,
    StudyFlow,
    StudyRows,
    check_rows,
    count_study_events,
    event_deadlines,
    flow_of_study,
    judge_haematology,
    shift_tables,
)
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows

__all__ = [
    "check_study_data",
    "count_events_of_study",
    "count_study_flow",
    "open_rows",
    "shift_study_laboratory",
    "write_study_flow",
]


def open_rows(folder: Path) -> tuple[StudyFile, StudyRows]:
    """Read a study's protocol and rows as they hold now.

    Parameters
    ----------
    folder : Path
        The study's.

    Returns
    -------
    StudyFile, StudyRows

    Examples
    --------
    >>> open_rows(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        return study, _rows(reader, study)


def _rows(reader: Reader, study: StudyFile) -> StudyRows:
    today = datetime.now(UTC).date()
    return read_study_rows(reader, study=study.protocol.name, as_of=today)


def count_study_flow(folder: Path, *, unit: str | None = None) -> StudyFlow:
    """Count the flow of a study.

    Parameters
    ----------
    folder : Path
        The study's.
    unit : str or None
        ``"person"`` or ``"inclusion"``; None takes the protocol's.

    Returns
    -------
    StudyFlow

    Examples
    --------
    >>> count_study_flow(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    study, rows = open_rows(folder)
    return flow_of_study(rows, study.protocol, unit=unit)


def write_study_flow(flow: StudyFlow, figure: Path) -> None:
    """Draw a study's flow into a file.

    Parameters
    ----------
    flow : StudyFlow
    figure : Path
        Ends in .png, .pdf or .svg.

    Examples
    --------
    >>> import tempfile
    >>> from hevesy.trial import FlowStage, SubjectFlow
    >>> stage = FlowStage(name="Screened", subjects=0, exits=())
    >>> flow = StudyFlow(flow=SubjectFlow(stages=(stage,)), unit="person",
    ...                  members={"Screened": ()}, left={}, faults=())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_study_flow(flow, Path(folder) / "flow.svg")
    ...     [path.name for path in Path(folder).iterdir()]
    ['flow.svg']
    """
    from hevesy.report.subject_flow import render_subject_flow

    ending = figure.suffix.lower().lstrip(".")
    said = (f"generated, not recorded: {flow.said_generated}",) if flow.generated else ()
    drawn = render_subject_flow(
        flow.flow, ending, unit=f"{flow.unit}s", faults=(*said, *flow.faults)
    )
    atomic_write_bytes(figure, drawn)


def count_events_of_study(
    folder: Path, *, unit: str | None = None
) -> tuple[StudyEvents, tuple[EventDeadline, ...]]:
    """Count a study's adverse events over its safety set; deadlines of the serious ones.

    Parameters
    ----------
    folder : Path
        The study's.
    unit : str or None
        ``"person"`` or ``"inclusion"``; None takes the protocol's.

    Returns
    -------
    StudyEvents, tuple of EventDeadline

    Examples
    --------
    >>> count_events_of_study(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    study, rows = open_rows(folder)
    deadlines = event_deadlines(rows.events, study.protocol.events, now=datetime.now(UTC))
    return count_study_events(rows, study.protocol, unit=unit), deadlines


def shift_study_laboratory(folder: Path) -> tuple[tuple[ShiftTable, ...], HaematologyAnswer]:
    """Make a study's laboratory shift tables, and answer for its blood counts.

    Parameters
    ----------
    folder : Path
        The study's.

    Returns
    -------
    tuple of ShiftTable, HaematologyAnswer

    Examples
    --------
    >>> shift_study_laboratory(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    study, rows = open_rows(folder)
    tables = shift_tables(rows, study.protocol)
    return tables, judge_haematology(tables)


def check_study_data(folder: Path) -> tuple[DataFinding, ...]:
    """Run every data check over a study's rows.

    Parameters
    ----------
    folder : Path
        The study's.

    Returns
    -------
    tuple of DataFinding

    Examples
    --------
    >>> check_study_data(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        rows = _rows(reader, study)
        scans = [
            ScanTime(scan=scan.id, administration=scan.administration, at=scan.at)
            for scan in reader.each(Scan)
        ]
    return check_rows(rows, study.protocol, now=datetime.now(UTC), scans=scans)
