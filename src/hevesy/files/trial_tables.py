"""A trial's tables as CSV: columns by name, every problem with its row and column, all at once."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.files.case_refusal import nearest
from hevesy.trial import ATTRIBUTIONS, BINARY_ATTRIBUTIONS, ROLES, STATUSES, AdverseEvent, LesionRow

__all__ = ["parse_adverse_events", "parse_lesions", "read_table_text"]

_LARGEST_BYTES = 200_000_000
_MOST_PROBLEMS = 8
_EVENTS = ("subject", "term", "class", "grade", "related_agent", "related_procedure")
_LESIONS = (
    "subject", "visit", "day", "lesion", "role", "organ", "node", "injected", "diameter_mm",
    "status",
)  # fmt: skip
_SAID = {"yes": "related", "1": "related", "no": "not related", "0": "not related"}
_BOOLEAN = {"0": False, "1": True}
_DIAMETER = re.compile(r"\d{1,4}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class _Bad:
    """A cell that could not be read."""

    got: str
    allowed: str


def read_table_text(path: Path) -> str:
    r"""Read a CSV file's text: UTF-8, or what spreadsheets on Windows write.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str

    Raises
    ------
    TrialError
        Missing, not a file, too large, or no text (an Excel workbook).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "events.csv"
    ...     _ = file.write_bytes(b"\xef\xbb\xbfsubject,term\n")
    ...     read_table_text(file)
    'subject,term\n'
    """
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise TrialError(
                "this table is too large",
                got=f"{path.name}, {size} bytes",
                allowed=f"up to {_LARGEST_BYTES} bytes",
                remedy="give one trial's rows",
            )
        content = path.read_bytes()
    except OSError as error:
        raise TrialError(
            "a table could not be read",
            got=f"{path.name}: {error.strerror}",
            remedy="check the file's name and that it may be read",
        ) from error
    if b"\x00" in content or content.startswith(b"PK"):
        raise TrialError(
            "a table must be a text file", got=path.name, allowed="CSV", remedy="save it as CSV"
        )
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TrialError(
        "a table must be text in UTF-8", got=path.name, allowed="CSV", remedy="save it as UTF-8"
    )


def parse_adverse_events(text: str, *, name: str) -> tuple[AdverseEvent, ...]:
    r"""Turn a CSV text into events.

    Columns subject, term, class, grade, related_agent, related_procedure; split at commas,
    semicolons or tabs. An attribution has five levels, or is yes or no (1, 0), or empty (not
    recorded).

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Returns
    -------
    tuple of AdverseEvent

    Raises
    ------
    TrialError
        Columns or cells that can't be read: all of them, by row (the heading is row 1) and column.

    Examples
    --------
    >>> head = "subject,term,class,grade,related_agent,related_procedure"
    >>> events = parse_adverse_events(head + "\n7,Fever,General,2,,definite", name="e.csv")
    >>> events[0].related_procedure
    'definite'
    """
    rows = _rows(text, name, _EVENTS)
    problems: list[str] = []
    events = []
    for number, row in rows:
        readers: dict[str, Callable[[str], object]] = {
            "subject": _word,
            "term": _word,
            "class": _word,
            "grade": lambda cell: _choice(cell, ("1", "2", "3", "4", "5")),
            "related_agent": _attribution,
            "related_procedure": _attribution,
        }
        values = _values(row, number, readers, problems)
        if values is not None:
            events.append(
                AdverseEvent(
                    subject=str(values["subject"]),
                    term=str(values["term"]),
                    organ_class=str(values["class"]),
                    grade=int(str(values["grade"])),
                    related_agent=str(values["related_agent"]),
                    related_procedure=str(values["related_procedure"]),
                )
            )
    _refuse(problems, name)
    return tuple(events)


def parse_lesions(text: str, *, name: str) -> tuple[LesionRow, ...]:
    r"""Turn a CSV text into rows of lesions.

    Columns subject, visit, day, lesion, role, organ, node, injected, diameter_mm, status. Of a
    lesion that is seen but too small to measure the diameter is "<5".

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Returns
    -------
    tuple of LesionRow

    Raises
    ------
    TrialError
        Columns or cells that can't be read: all of them, by row (the heading is row 1) and column.

    Examples
    --------
    >>> head = "subject,visit,day,lesion,role,organ,node,injected,diameter_mm,status"
    >>> parse_lesions(head + "\n1,V0,0,T1,target,liver,0,1,31.50,present", name="l")[0].diameter_mm
    Decimal('31.50')
    """
    rows = _rows(text, name, _LESIONS)
    problems: list[str] = []
    lesions = []
    for number, row in rows:
        readers: dict[str, Callable[[str], object]] = {
            "subject": _word,
            "visit": _word,
            "day": _day,
            "lesion": _word,
            "role": lambda cell: _choice(cell, ROLES),
            "organ": _word,
            "node": lambda cell: _choice(cell, ("0", "1")),
            "injected": lambda cell: _choice(cell, ("0", "1")),
            "diameter_mm": _diameter,
            "status": lambda cell: _choice(cell, STATUSES),
        }
        values = _values(row, number, readers, problems)
        if values is None:
            continue
        diameter = values["diameter_mm"]
        try:
            lesions.append(
                LesionRow(
                    row=number,
                    subject=str(values["subject"]),
                    visit=str(values["visit"]),
                    day=int(str(values["day"])),
                    lesion=str(values["lesion"]),
                    role=str(values["role"]),
                    organ=str(values["organ"]),
                    node=_BOOLEAN[str(values["node"])],
                    injected=_BOOLEAN[str(values["injected"])],
                    diameter_mm=diameter if isinstance(diameter, Decimal) else None,
                    too_small=diameter == "<5",
                    status=str(values["status"]),
                )
            )
        except TrialError as error:
            problems.append(error.problem)
    _refuse(problems, name)
    return tuple(lesions)


def _rows(
    text: str, name: str, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[tuple[int, Mapping[str, str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max((",", ";", "\t"), key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True))
    except csv.Error as error:
        raise TrialError(
            f"{name} is no CSV table",
            got=str(error),
            allowed=",".join(columns),
            remedy="look for a quotation mark that is not closed, and export it again",
        ) from error
    lines_left = [
        (i, cells) for i, cells in enumerate(lines, start=1) if any(map(str.strip, cells))
    ]
    if not lines_left:
        raise TrialError(f"{name} is empty", allowed=",".join(columns), remedy="export it again")
    heading = [cell.strip().lower() for cell in lines_left[0][1]]
    problems = [f"column {c} is missing" for c in columns if c not in heading]
    for cell in heading:
        if cell not in (*columns, *optional):
            near = nearest(cell, (*columns, *optional))
            problems.append(f"column {cell!r} is unknown{f' (meant {near}?)' if near else ''}")
    problems += [f"column {c} stands twice" for c in (*columns, *optional) if heading.count(c) > 1]
    if problems:
        raise TrialError(
            f"{name}: its columns do not fit",
            got="; ".join(problems[:_MOST_PROBLEMS]),
            allowed=",".join(columns) + (f", and {','.join(optional)}" if optional else ""),
            remedy="name the columns in the first row; nothing was read",
        )
    found: list[tuple[int, Mapping[str, str]]] = []
    faults: list[str] = []
    for number, cells in lines_left[1:]:
        if len(cells) != len(heading):
            faults.append(
                f"row {number}: {len(cells)} cells under {len(heading)} columns (a decimal comma?)"
            )
            continue
        found.append((number, dict(zip(heading, (c.strip() for c in cells), strict=True))))
    _refuse(faults, name)
    if not found:
        raise TrialError(f"{name} has a heading and no rows", remedy="export it again, complete")
    return found


def _values(
    row: Mapping[str, str],
    number: int,
    readers: Mapping[str, Callable[[str], object]],
    problems: list[str],
) -> dict[str, object] | None:
    values = {column: read(row[column]) for column, read in readers.items()}
    bad = {column: value for column, value in values.items() if isinstance(value, _Bad)}
    for column, value in bad.items():
        shown = f"got {value.got!r}, " if value.got and column != "subject" else ""
        problems.append(f"row {number}, column {column}: {shown}allowed {value.allowed}")
    return None if bad else values


def _refuse(problems: Sequence[str], name: str) -> None:
    if not problems:
        return
    more = len(problems) - _MOST_PROBLEMS
    said = "; ".join(problems[:_MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
    raise TrialError(
        f"{name}: {len(problems)} problem{'s' if len(problems) > 1 else ''}: {said}",
        remedy="correct the table; nothing was read",
    )


def _word(cell: str) -> str | _Bad:
    return cell or _Bad(cell, "a text")


def _choice(cell: str, allowed: Sequence[str]) -> str | _Bad:
    return cell.lower() if cell.lower() in allowed else _Bad(cell or "nothing", ", ".join(allowed))


def _attribution(cell: str) -> str | _Bad:
    level = _SAID.get(cell.lower(), cell.lower())
    if level in ("", *ATTRIBUTIONS, *BINARY_ATTRIBUTIONS):
        return level
    return _Bad(cell, f"{', '.join(ATTRIBUTIONS)}; or yes, no; or empty")


def _day(cell: str) -> str | _Bad:
    if not re.fullmatch(r"-?\d{1,5}", cell):
        return _Bad(cell or "nothing", "a whole number of days of the study")
    if int(cell) > 20_000:  # 45292 is what Excel makes of 1 January 2024
        return _Bad(cell, "a day of the study, up to 20000: this looks like a spreadsheet's date")
    return cell


def _diameter(cell: str) -> Decimal | str | _Bad | None:
    if cell == "":
        return None
    if cell.replace(" ", "") == "<5":
        return "<5"
    if not _DIAMETER.fullmatch(cell) or Decimal(cell) > 1000:
        return _Bad(cell, 'mm with a decimal point, up to 1000; "<5" if too small to measure')
    return Decimal(cell)
