"""What an import would write: each row's records beside those of the study, checked as one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from hevesy.errors import HevesyError, TrialError
from hevesy.exchange import Cell, CellFault
from hevesy.files import StudyFile
from hevesy.store import Preview
from hevesy.trial import TermList
from hevesy.workflows.ctcae_terms import fit_event
from hevesy.workflows.import_binding import BoundRecord
from hevesy.workflows.import_values import BoundValue, Problem
from hevesy.workflows.record_rules import check_record
from hevesy.workflows.study_records import RECORD_NAME, protocol_values, record_zone

__all__ = ["MOST_RECORDS", "Change", "ImportPlan", "Problems", "plan_import"]

MOST_RECORDS = 400_000
"""More in one table are refused: what is planned is held in memory."""

_MOST_PROBLEMS = 25
_KEY = re.compile(r"`([A-Za-z_]+)(?:\.[^`]*)?`")
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHORTEST_NAME = 3  # a patient called 1 must not make "1 to 5" unreadable
_TABLES = ("criteria", "evidence", "waivers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record that would be corrected.

    Parameters
    ----------
    kind, name : str
    row : int
        Of the table.
    version : int
        That was seen.
    values : mapping of str to (object, object)
        Old and new, by column.

    Examples
    --------
    >>> Change(kind="lesion", name="L1", row=2, version=1, values={"organ": ("liver", "lung")}).row
    2
    """

    kind: str
    name: str
    row: int
    version: int
    values: Mapping[str, tuple[object, object]]


@dataclass(slots=True)
class ImportPlan:
    """New and changed records, and what stays as it is."""

    new: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    changed: list[Change] = field(default_factory=list)
    same: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    rows_left_out: int = 0
    imputed: int = 0


@dataclass(slots=True)
class Problems:
    """What is wrong with a table: the first ones in words, all of them counted."""

    said: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, words: str) -> None:
        """Note one, in a line."""
        self.count += 1
        if len(self.said) < _MOST_PROBLEMS:
            self.said.append(" ".join(words.split()))

    def refuse(self, table: str) -> None:
        """Raise all of them as one error, if there are any."""
        if not self.count:
            return
        more = self.count - len(self.said)
        words = "; ".join(self.said) + (f"; and {more} more" if more else "")
        raise TrialError(
            f"{table}: {self.count} problem{'s' if self.count > 1 else ''}: {words}",
            remedy="correct the table or the map; nothing was imported",
        )


@dataclass(slots=True)
class _Candidate:
    row: int
    bound: BoundRecord
    values: dict[str, Any]
    old: tuple[int, Mapping[str, Any]] | None
    failed: bool
    misfit: HevesyError | None = None


def plan_import(
    rows: Iterator[tuple[int, Sequence[Cell | CellFault]]],
    bound: Sequence[BoundRecord],
    *,
    table: str,
    columns: int,
    reader: Preview,
    study: StudyFile,
    now: datetime,
    terms: TermList | None = None,
) -> ImportPlan:
    """Turn a table's rows into records, and hold them against the study.

    All rows are read before any is checked: a row may refer to one below it.

    Parameters
    ----------
    rows : iterator of (int, sequence of Cell or CellFault)
    bound : sequence of BoundRecord
        Those that others refer to first.
    table : str
        The file's name, for messages.
    columns : int
        How many the heading has.
    reader : Preview
    study : StudyFile
    now : datetime
        Aware.
    terms : TermList or None
        What adverse events are held against.

    Returns
    -------
    ImportPlan

    Raises
    ------
    TrialError
        Everything that is wrong, by row and column; no value of an identifying column is shown.
    """
    problems, plan = Problems(), ImportPlan()
    found: dict[str, dict[str, _Candidate]] = {one.kind: {} for one in bound}
    total = 0
    for number, cells in rows:
        plan.rows += 1
        if len(cells) != columns:
            problems.add(
                f"row {number}: {len(cells)} cells under {columns} columns (a decimal comma, or a "
                "separator within a text?)"
            )
            continue
        chosen = [one for one in bound if one.applies(cells)]
        plan.rows_left_out += not chosen
        for one in chosen:
            total += _candidate(
                number, cells, one, found[one.kind], reader, study, problems,
                terms if one.kind == "adverse_event" else None,
            )  # fmt: skip
        if total > MOST_RECORDS:
            raise TrialError(
                f"{table} would become too many records",
                got=f"more than {MOST_RECORDS}",
                allowed=f"up to {MOST_RECORDS} at once",
                remedy="split it by rows; nothing was imported",
            )
    for kind, candidates in found.items():
        for name, candidate in candidates.items():
            if not candidate.failed:
                _judge(kind, name, candidate, found, plan, reader, study, now, problems)
    problems.refuse(table)
    plan.imputed = sum(value.imputed for one in bound for value in one.values)
    return plan


def _candidate(
    number: int,
    cells: Sequence[Cell | CellFault],
    bound: BoundRecord,
    found: dict[str, _Candidate],
    reader: Preview,
    study: StudyFile,
    problems: Problems,
    terms: TermList | None,
) -> int:
    """Read one record of a row, and put it beside the others."""
    name = bound.name_of(cells)
    if isinstance(name, Problem):
        problems.add(f"row {number}, name of the {bound.word}: {name.said(hide=True)}")
        return 0
    if not RECORD_NAME.fullmatch(name):
        problems.add(
            f"row {number}, name of the {bound.word} ({', '.join(bound.spec.name.columns)}): can't "
            "be used, allowed: up to 60 letters, digits, dots, dashes; a letter or digit first"
        )
        return 0
    table = bound.table
    twin = found.get(name)
    old = twin.old if twin else reader.stored(table, name)
    known = old[1] if old else dict.fromkeys(bound.columns)
    failed = False
    values = {**known, **({} if old else protocol_values(bound.kind, study))}
    for value in bound.values:
        made = _read(value, cells, bound, values, reader, study)
        if isinstance(made, Problem):
            where = f"row {number}, {value.shown} ({value.key} of the {bound.word})"
            problems.add(f"{where}: {made.said(hide=value.identifying)}")
            failed = True
            continue
        for column, new in made.items():
            before = values.get(column)
            merges = column in _TABLES and isinstance(new, dict) and isinstance(before, dict)
            values[column] = {**before, **new} if merges else new  # type: ignore[dict-item]
    for column in _TABLES:  # an empty text takes an entry away
        if isinstance(values.get(column), dict):
            values[column] = {key: word for key, word in values[column].items() if word != ""}
    misfit = None
    if terms is not None and not failed:
        if "organ_class" not in {value.target.name for value in bound.values}:
            values["organ_class"] = None
        try:
            values = fit_event(values, terms)
        except HevesyError as error:
            misfit = error
    if twin:
        if not bound.spec.repeats or twin.bound.spec is not bound.spec:
            problems.add(f"row {number}: the {bound.word} of row {twin.row} once more")
        elif twin.values != values:
            problems.add(f"row {number}: the {bound.word} of row {twin.row}, with other values")
        return 0
    found[name] = _Candidate(number, bound, values, old, failed, misfit)
    reader.stage(table, name, values)
    return 1


def _read(
    value: BoundValue,
    cells: Sequence[Cell | CellFault],
    bound: BoundRecord,
    values: Mapping[str, Any],
    reader: Preview,
    study: StudyFile,
) -> Mapping[str, object] | Problem:
    if value.target.type != "time":
        return value.read(cells, None)
    try:  # a time needs the zone of its site, which the record refers to by others
        return value.read(cells, record_zone(bound.kind, values, reader, study))
    except HevesyError as error:
        return Problem(f"its site's zone is not known ({error.problem})")


def _judge(
    kind: str,
    name: str,
    candidate: _Candidate,
    found: Mapping[str, Mapping[str, _Candidate]],
    plan: ImportPlan,
    reader: Preview,
    study: StudyFile,
    now: datetime,
    problems: Problems,
) -> None:
    """Check one record beside all others; new, changed or the same."""
    values, bound = candidate.values, candidate.bound
    if candidate.old is not None:
        version, old = candidate.old
        changes = {
            column: (old[column], value)
            for column, value in values.items()
            if not same_value(old[column], value)
        }
        if not changes:
            plan.same[kind] = plan.same.get(kind, 0) + 1
            return
    if candidate.misfit is not None:
        problems.add(_rule_words(candidate.misfit, candidate, found, reader))
        return
    lacking = [one for one in bound.fields if one.required and values.get(one.name) is None]
    for one in lacking:
        key = bound.keys[one.name]
        where = bound.where(key) or f"the map gives no {key}"
        problems.add(f"row {candidate.row}, {bound.word}: needs `{key}` ({where})")
    unknown = _unknown(bound, values, reader)
    for column, other in unknown:
        where = bound.where(bound.keys[column]) or bound.keys[column]
        problems.add(f"row {candidate.row}, {where}: no such {other.replace('_', ' ')}")
    if lacking or unknown:
        return
    try:
        check_record(
            kind, name, values, reader=reader, protocol=study.protocol, unusual=False, now=now
        )
    except HevesyError as error:
        problems.add(_rule_words(error, candidate, found, reader))
        return
    if candidate.old is None:
        plan.new.setdefault(kind, {})[name] = values
    else:
        plan.changed.append(
            Change(kind=kind, name=name, row=candidate.row, version=version, values=changes)
        )


def _unknown(
    bound: BoundRecord, values: Mapping[str, Any], reader: Preview
) -> list[tuple[str, str]]:
    return [
        (column, other)
        for column, other, table in bound.refers
        if values[column] is not None and not reader.has(table, values[column])
    ]


def _rule_words(
    error: HevesyError,
    candidate: _Candidate,
    found: Mapping[str, Mapping[str, _Candidate]],
    reader: Preview,
) -> str:
    """A rule's words; a record that they name is said by its row, for names may identify."""
    bound = candidate.bound

    def hidden(match: re.Match[str]) -> str:
        word = match[0].rstrip(".")
        end = match[0][len(word) :]
        if len(word) < _SHORTEST_NAME or not reader.knows(word):
            return match[0]
        rows = sorted(one[word].row for one in found.values() if word in one)
        if rows and rows[0] == candidate.row:
            return f"(this row's){end}"
        return f"(row {rows[0]}){end}" if rows else f"(another record){end}"

    key = _KEY.search(error.problem)
    where = bound.where(key[1]) if key else ""
    secret = bool(key) and any(one.identifying and one.key == key[1] for one in bound.values)  # type: ignore[index]
    said = Problem(
        _NAMED.sub(hidden, error.problem),
        "" if error.got is None else _NAMED.sub(hidden, str(error.got)),
        _NAMED.sub(hidden, error.allowed),
    ).said(hide=secret)
    place = f"{where} ({bound.word})" if where else bound.word
    return f"row {candidate.row}, {place}: {said}"


def same_value(old: object, new: object) -> bool:
    """Whether a correction would change nothing; 49.0 and 49.00 are not the same digits."""
    return old == new and (not isinstance(old, Decimal) or str(old) == str(new))
