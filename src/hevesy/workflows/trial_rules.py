"""A trial's calculators that need no study: grade, events, response, replay."""

from decimal import Decimal
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.files import (
    atomic_write_bytes,
    parse_adverse_events,
    parse_lesions,
    read_table_text,
)
from hevesy.trial import (
    EventTable,
    LaboratoryGrade,
    Publication,
    ResponseRules,
    SubjectResponse,
    assess_response,
    count_events,
    grade_laboratory,
    parse_laboratory_value,
    published_flow,
)

__all__ = [
    "assess_lesion_file",
    "count_event_file",
    "grade_recorded_value",
    "parse_days",
    "write_flow_figure",
]

_DAYS = {"d": 1, "w": 7}


def grade_recorded_value(
    term: str,
    value: str,
    *,
    version: str,
    lln: str | None = None,
    uln: str | None = None,
    baseline: str | None = None,
    symptoms: bool | None = None,
    anticoagulation: bool | None = None,
) -> LaboratoryGrade:
    """Grade a laboratory value as it was written.

    Parameters
    ----------
    term, value : str
    version : str
        Of CTCAE.
    lln, uln, baseline : str, optional
        A bare number is taken in the value's unit.
    symptoms, anticoagulation : bool, optional

    Returns
    -------
    LaboratoryGrade

    Examples
    --------
    >>> grade_recorded_value("Neutrophil count decreased", "0.9 10^9/L", version="5.0").grade
    3
    """
    recorded = parse_laboratory_value(value)
    limits = {
        name: None if text is None else parse_laboratory_value(text, what, unit_of=recorded)
        for name, text, what in (
            ("lln", lln, "--lln"),
            ("uln", uln, "--uln"),
            ("baseline", baseline, "--baseline"),
        )
    }
    return grade_laboratory(
        term,
        recorded,
        version=version,
        symptoms=symptoms,
        anticoagulation=anticoagulation,
        **limits,
    )


def count_event_file(path: Path, *, denominator: int) -> EventTable:
    r"""Count a file's adverse events.

    Parameters
    ----------
    path : Path
        CSV: subject, term, class, grade, related_agent, related_procedure.
    denominator : int
        Subjects of the safety set.

    Returns
    -------
    EventTable

    Examples
    --------
    >>> import tempfile
    >>> head = "subject,term,class,grade,related_agent,related_procedure"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "events.csv"
    ...     _ = file.write_text(f"{head}\n1,Fever,General,1,unlikely,definite\n")
    ...     count_event_file(file, denominator=36).any.all.as_text()
    '1 (2.8 %)'
    """
    events = parse_adverse_events(read_table_text(path), name=path.name)
    return count_events(events, denominator=denominator)


def assess_lesion_file(
    path: Path, *, criteria: str, rules: ResponseRules
) -> tuple[SubjectResponse, ...]:
    r"""Assess the response of a file's subjects.

    Parameters
    ----------
    path : Path
        CSV: subject, visit, day, lesion, role, organ, node, injected, diameter_mm, status.
    criteria : str
        "recist1.1" or "itrecist".
    rules : ResponseRules

    Returns
    -------
    tuple of SubjectResponse

    Examples
    --------
    >>> import tempfile
    >>> head = "subject,visit,day,lesion,role,organ,node,injected,diameter_mm,status"
    >>> rows = ["1,V0,0,T1,target,liver,0,1,50,present", "1,V1,42,T1,target,liver,0,1,35,present"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "lesions.csv"
    ...     _ = file.write_text("\n".join([head, *rows]))
    ...     assess_lesion_file(file, criteria="recist1.1", rules=ResponseRules())[0].best_overall
    'PR'
    """
    rows = parse_lesions(read_table_text(path), name=path.name)
    return assess_response(rows, criteria=criteria, rules=rules)


def parse_days(text: str, what: str) -> int:
    """Read a time in whole days from "4w" or "28d".

    Raises
    ------
    TrialError
        Another form.

    Examples
    --------
    >>> parse_days("4w", "--confirm"), parse_days("28 d", "--confirm")
    (28, 28)
    """
    number, unit = text.strip()[:-1].strip(), text.strip()[-1:]
    if unit not in _DAYS or not number.isascii() or not number.isdigit() or Decimal(number) > 5000:
        raise TrialError(
            f"{what} is a time in weeks or days",
            got=text,
            allowed="a whole number with w or d",
            remedy='write it as "4w"',
        )
    return int(number) * _DAYS[unit]


def write_flow_figure(publication: Publication, figure: Path) -> None:
    """Draw a publication's flow into a file.

    Parameters
    ----------
    publication : Publication
    figure : Path
        Ends in .png, .pdf or .svg.

    Examples
    --------
    >>> import tempfile
    >>> from hevesy.trial import read_publication
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_flow_figure(read_publication("imdendrim"), Path(folder) / "flow.svg")
    ...     [path.name for path in Path(folder).iterdir()]
    ['flow.svg']
    """
    from hevesy.report.subject_flow import render_subject_flow

    flow = published_flow(publication)
    atomic_write_bytes(figure, render_subject_flow(flow, figure.suffix.lower().lstrip(".")))
