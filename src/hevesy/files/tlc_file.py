"""Radio-TLC traces as text: hevesy's own CSV, and what scanners export."""

import math
import re
from pathlib import Path

from hevesy.errors import ImageFileError, InputError
from hevesy.files.case_refusal import nearest
from hevesy.pharmacy import TlcTrace

__all__ = ["parse_tlc_trace", "read_tlc_trace"]

_LARGEST_BYTES = 20_000_000
_NAMES = {  # each with its unit: a position or a time without one would be a guess
    "position": ("mm", "positionmm", "posmm", "distancemm", "xmm", "lengthmm"),
    "position_cm": ("cm", "positioncm", "poscm", "distancecm", "xcm", "lengthcm"),
    "counts": ("counts", "count", "cts", "rawcounts", "impulses"),
    "rate_per_s": ("cps", "countss", "countspers", "ctss", "ctspers"),
    "rate_per_min": ("cpm", "countsmin", "countspermin", "ctsmin"),
    "dwell_s": ("dwells", "dwelltimes", "counttimes", "livetimes"),
    "time_s": ("times", "starttimes", "elapseds"),
}
_COLUMN_OF = {name: column for column, names in _NAMES.items() for name in names}
_NEEDED = "columns mm,counts[,dwell_s][,time_s]"


def read_tlc_trace(path: Path) -> TlcTrace:
    r"""Read a strip's trace.

    Parameters
    ----------
    path : Path
        A text file; see `parse_tlc_trace`.

    Returns
    -------
    TlcTrace
        Named as the file, without its ending.

    Raises
    ------
    ImageFileError
        Missing, not a file, too large, or no text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "strip.csv"
    ...     _ = file.write_text("mm,counts\n0,3\n1,95\n2,2\n")
    ...     read_tlc_trace(file).name
    'strip'
    """
    try:
        with path.open("rb") as file:  # a pipe or a device does not say how much will come
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise ImageFileError(
                "this file is too large for a trace",
                got=f"{path.name}, over {_LARGEST_BYTES} bytes",
                allowed=f"up to {_LARGEST_BYTES} bytes",
                remedy="give the exported trace of one strip",
            )
    except OSError as error:
        raise ImageFileError(
            "a trace could not be read",
            got=f"{path.name}: {error.strerror}",
            remedy="check the file's name and that it may be read",
        ) from error
    return parse_tlc_trace(_decoded(content, path.name), name=path.stem)


def _decoded(content: bytes, name: str) -> str:
    encodings = ("utf-8-sig", "cp1252")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encodings = ("utf-16", "utf-16")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ImageFileError(
        "a trace must be a text file",
        got=name,
        allowed=f"text with the {_NEEDED}",
        remedy="export the trace as text or CSV",
    )


def parse_tlc_trace(text: str, *, name: str) -> TlcTrace:
    r"""Turn an exported text into a trace.

    The table begins at the first line that names a position (mm or cm) and counts (or cps or cpm
    beside a dwell time). Lines before it, and comments that begin with ``#``, are passed over;
    after it every line must be a full row. Columns are split at tabs, semicolons, commas or
    spaces; a decimal comma is read where columns are not split at commas. Other columns are passed
    over.

    Parameters
    ----------
    text : str
    name : str
        For the trace, and for messages.

    Returns
    -------
    TlcTrace

    Raises
    ------
    InputError
        No such table, or a value that is missing or no number, by its line.

    Examples
    --------
    >>> trace = parse_tlc_trace("Sample\tA\nPosition (mm)\tCounts\n0,0\t3\n0,5\t9\n1,0\t4",
    ...                         name="A")
    >>> trace.position_mm.tolist(), trace.counts.tolist()
    ([0.0, 0.5, 1.0], [3.0, 9.0, 4.0])
    """
    lines = text.splitlines()
    start, separator, columns, width = _find_header(lines, name)
    rows: list[list[float]] = []
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if not line.strip(" \t;,") or line.lstrip().startswith("#"):
            continue
        rows.append(_row(_cells(line, separator, width, number, name), columns, number, name))
    if not rows:
        raise InputError(
            f"trace '{name}' has a heading and no rows", remedy="export it again, complete"
        )
    table = {column: [row[i] for row in rows] for i, column in enumerate(columns.values())}
    dwell_s = table.get("dwell_s")
    return TlcTrace(
        name=name,
        position_mm=table.get("position") or [10 * value for value in table["position_cm"]],  # type: ignore[arg-type]
        counts=_counts(table, dwell_s),  # type: ignore[arg-type]
        dwell_s=dwell_s,  # type: ignore[arg-type]
        time_s=table.get("time_s"),  # type: ignore[arg-type]
    )


def _split(line: str, separator: str) -> list[str]:
    cells = line.split() if separator == " " else line.split(separator)
    return [cell.strip().strip('"').strip() for cell in cells]


def _column_of(cell: str) -> str | None:
    """The column that a heading names, without its case, spaces, brackets and slashes."""
    bare = re.sub(r"[^a-z0-9]", "", cell.lower())
    return _COLUMN_OF.get(bare)


def _find_header(lines: list[str], name: str) -> tuple[int, str, dict[int, str], int]:
    for number, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        for separator in ("\t", ";", ",", " "):
            cells = _split(line, separator)
            columns: dict[int, str] = {}
            for i, cell in enumerate(cells):
                column = _column_of(cell)
                if column is not None and column not in columns.values():
                    columns[i] = column
            found = set(columns.values())
            if found & {"position", "position_cm"} and found & {
                "counts", "rate_per_s", "rate_per_min",
            }:  # fmt: skip
                return number, separator, columns, len(cells)
    first = next((line.strip() for line in lines if line.strip()), "")
    cell = next((c for c in re.split(r"[\t;,]", first) if c.strip()), "")
    near = nearest(cell, ("mm", "counts", "dwell_s", "time_s")) if cell.isalpha() else ""
    raise InputError(
        f"trace '{name}' has no line that names its columns",
        got=first[:60] or "an empty file",
        allowed=_NEEDED,
        remedy=f"name the columns{f'; did you mean {near}?' if near else ''}",
    )


def _cells(line: str, separator: str, width: int, number: int, name: str) -> list[str]:
    cells = _split(line, separator)
    if len(cells) > width and any(cells[width:]):  # a decimal comma, or one between thousands
        raise InputError(
            f"trace '{name}', line {number}: more columns than the heading names",
            got=line.strip()[:60],
            allowed=f"{width} columns",
            remedy="export it with tabs or semicolons between columns, or with decimal points",
        )
    return cells


def _row(cells: list[str], columns: dict[int, str], number: int, name: str) -> list[float]:
    values = []
    for i, column in columns.items():
        text = cells[i] if i < len(cells) else ""
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(
                f"trace '{name}', line {number}: {column} is missing or no number",
                got=text,
                allowed=f"{_NEEDED}, a number in each",
                remedy="export the trace again, complete",
            )
        values.append(value)
    return values


def _counts(table: dict[str, list[float]], dwell_s: list[float] | None) -> list[float]:
    if "counts" in table:
        return table["counts"]
    if dwell_s is None:
        raise InputError(
            "a trace of count rates needs its dwell time",
            got="cps or cpm without dwell_s",
            allowed=_NEEDED,
            remedy="add dwell_s, or export counts: a rate alone has no Poisson error",
        )
    rate, per_s = ("rate_per_s", 1.0) if "rate_per_s" in table else ("rate_per_min", 1 / 60)
    counts = [value * per_s * dwell for value, dwell in zip(table[rate], dwell_s, strict=True)]
    # a rate is a whole count over its dwell: what differs from one is the export's rounding
    return [
        float(round(value)) if abs(value - round(value)) < 1e-3 * max(1.0, abs(value)) else value
        for value in counts
    ]
