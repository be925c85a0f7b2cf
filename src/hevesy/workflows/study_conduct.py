"""What a study's rows say of its conduct: its flow, counted and drawn."""

from datetime import UTC, datetime
from pathlib import Path

from hevesy.files import StudyFile, atomic_write_bytes
from hevesy.trial import StudyFlow, StudyRows, flow_of_study
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows

__all__ = ["count_study_flow", "open_rows", "write_study_flow"]


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
        today = datetime.now(UTC).date()
        return study, read_study_rows(reader, study=study.protocol.name, as_of=today)


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
    atomic_write_bytes(figure, render_subject_flow(flow.flow, ending, unit=f"{flow.unit}s"))
