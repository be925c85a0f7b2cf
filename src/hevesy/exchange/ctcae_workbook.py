"""NCI's workbook of CTCAE: which terms, classes and grades a version has."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.exchange.cells import Cell, CellFault
from hevesy.exchange.excel_table import read_excel_table, sheet_names
from hevesy.exchange.source_table import TableOptions
from hevesy.trial import ListedTerm, TermList

__all__ = ["KNOWN_WORKBOOKS", "read_ctcae_workbook"]

KNOWN_WORKBOOKS = {
    "5.0": "e0b04ae9e88a47d7ae27f43d3a7e38632830a61dd349521e0627fb91e1b001a3",
    "6.0": "4d7b4fcfdcb25c45a23b02c07fcb20eab7f284b23862e4e4e64bb8823c2f440b",
}
"""SHA-256 of the workbooks that were seen, by version."""

_SHEETS = {f"CTCAE v{version} Clean Copy": version for version in KNOWN_WORKBOOKS}
_COLUMNS = (  # in this order; words that each heading holds, one of the alternatives
    ("code",), ("soc", "system organ class"), ("term",), ("grade 1",), ("grade 2",),
    ("grade 3",), ("grade 4",), ("grade 5",), ("definition",), ("navigational note",),
    ("change",),
)  # fmt: skip
_ABSENT = frozenset({"", "-", "\N{EN DASH}", "\N{EM DASH}"})
_MOST_PROBLEMS = 10


def read_ctcae_workbook(path: Path, *, sha256: str) -> TermList:
    """Read the terms of the workbook's clean copy.

    Of each row the code, class and term are kept, and which grades have a text: what the texts
    say is not. A grade whose cell is empty or a dash does not exist for the term.

    Parameters
    ----------
    path : Path
        .xlsx, as NCI publishes it.
    sha256 : str
        Of the file.

    Returns
    -------
    TermList

    Raises
    ------
    TrialError
        No sheet of a known version, other columns, rows that can't be read: all at once.

    References
    ----------
    National Cancer Institute, CTCAE v5.0 (27 November 2017) and v6.0, workbooks.

    Examples
    --------
    >>> read_ctcae_workbook(Path("no-such.xlsx"), sha256="")
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a table could not be read: got 'no-such.xlsx: No such file...
    """
    names = sheet_names(path)
    sheets = [name for name in names if " ".join(name.split()) in _SHEETS]
    if len(sheets) != 1:
        raise TrialError(
            f"{path.name} is not NCI's workbook of CTCAE"
            if not sheets
            else f"{path.name} has clean copies of several versions, and versions do not mix",
            got=f"sheets {', '.join(names)}"[:200],
            allowed=" or ".join(f'"{name}"' for name in _SHEETS) + ", one of them",
            remedy="download it from NCI's page of CTCAE, and don't change it",
        )
    table = read_excel_table(path, TableOptions(sheet=sheets[0]))
    _require_heading(table.columns, path.name)
    return TermList(
        version=_SHEETS[" ".join(sheets[0].split())],
        terms=_terms(table.rows, path.name),
        source_sha256=sha256,
    )


def _require_heading(columns: Sequence[str], name: str) -> None:
    found = [" ".join(column.casefold().split()) for column in columns]
    if len(found) == len(_COLUMNS) and all(
        any(word in heading.split() or (" " in word and word in heading) for word in words)
        for heading, words in zip(found, _COLUMNS, strict=True)
    ):
        return
    raise TrialError(
        f"{name} has other columns than NCI's workbook of CTCAE",
        got=", ".join(columns)[:300],
        allowed="code, SOC, term, Grade 1 to Grade 5, Definition, Navigational Note, Change",
        remedy="download it again, and don't change it",
    )


def _terms(
    rows: Iterable[tuple[int, Sequence[Cell | CellFault]]], name: str
) -> tuple[ListedTerm, ...]:
    made: list[ListedTerm] = []
    problems: list[str] = []
    for number, cells in rows:
        if any(isinstance(cell, CellFault) for cell in cells[:8]):
            problems.append(f"row {number}: a cell that can't be read")
            continue
        code, organ_class, term, *grades = (_text(cell) for cell in cells[:8])
        lacking = [what for what, cell in (("class", organ_class), ("term", term)) if not cell]
        exist = tuple(grade for grade, cell in enumerate(grades, 1) if cell not in _ABSENT)
        if lacking or not exist:
            problems.append(f"row {number}: no {' and no '.join(lacking) or 'grade at all'}")
            continue
        made.append(ListedTerm(code=code, term=term, organ_class=organ_class, grades=exist))
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        raise TrialError(
            f"{name}: {'; '.join(problems[:_MOST_PROBLEMS])}"
            + (f"; and {more} more" if more > 0 else ""),
            remedy="take the workbook as NCI publishes it; nothing was imported",
        )
    return tuple(made)


def _text(cell: Cell | CellFault) -> str:
    return "" if cell is None else " ".join(str(cell).split())
