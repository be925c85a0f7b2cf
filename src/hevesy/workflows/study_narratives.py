"""`hevesy trial narratives`: a study's serious adverse events as a document."""

from datetime import UTC, datetime
from pathlib import Path

from hevesy.errors import OutputError
from hevesy.files import atomic_write_bytes
from hevesy.trial import EventNarrative, event_narratives
from hevesy.workflows.study_conduct import open_rows

__all__ = ["NARRATIVE_ENDINGS", "write_narratives"]

NARRATIVE_ENDINGS = (".docx", ".html")


def write_narratives(folder: Path, out: Path) -> tuple[EventNarrative, ...]:
    """Write the narratives of a study's serious events into a file.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path
        Ends in .docx or .html.

    Returns
    -------
    tuple of EventNarrative

    Raises
    ------
    OutputError
        Another ending.

    Examples
    --------
    >>> write_narratives(Path("no-such-folder"), Path("n.docx"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    ending = out.suffix.lower()
    if ending not in NARRATIVE_ENDINGS:
        raise OutputError(
            "narratives are written as Word or HTML",
            got=out.name,
            allowed=" or ".join(NARRATIVE_ENDINGS),
            remedy="name the file with one of these endings",
        )
    study, rows = open_rows(folder)
    now = datetime.now(UTC)
    told = event_narratives(rows, study.protocol, now=now)
    if ending == ".html":
        from hevesy.report.narratives import render_narratives_page

        content = render_narratives_page(rows.study, told, as_of=now).encode("utf-8")
    else:
        from hevesy.report.narratives import render_narratives_word

        content = render_narratives_word(rows.study, told, as_of=now)
    atomic_write_bytes(out, content)
    return told
