"""Checks of exported data sets, each with its name; an unfaulty export has no finding."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hevesy.trial.export.check_dates import check_date_order, check_dates, check_study_days
from hevesy.trial.export.check_links import (
    check_populations,
    check_references,
    check_subjects,
    check_traces,
)
from hevesy.trial.export.dataset import DataSet, codelists

__all__ = ["CONFORMANCE_CHECKS", "ConformanceFinding", "check_datasets"]

_Check = Callable[[Mapping[str, DataSet]], Iterator[tuple[str, str, int]]]
_PAIRS = (("TESTCD", "TEST"), ("PARAMCD", "PARAM"), ("VISITNUM", "VISIT"), ("AVISITN", "AVISIT"))
_TOGETHER = (("AGE", "AGEU"), ("EXDOSE", "EXDOSU"), ("DTHFL", "DTHDTC"), ("SRCVAR", "SRCDOM"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceFinding:
    """What a check found in a data set.

    Parameters
    ----------
    check : str
        One of `CONFORMANCE_CHECKS`.
    dataset : str
    words : str
    row : int
        Of the data set, from 1; 0 where it is about the whole of it.
    """

    check: str
    dataset: str
    words: str
    row: int


def _controlled(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """A variable with a list of terms holds one of them."""
    lists = codelists()
    for one in found.values():
        for at, variable in enumerate(one.variables):
            if not variable.codelist:
                continue
            allowed = set(lists[variable.codelist])
            for number, row in enumerate(one.rows, start=1):
                if row[at] is not None and str(row[at]) not in allowed:
                    yield one.name, f"{variable.name} is not a term of {variable.codelist}", number


def _unique(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """No two rows have the same keys, and sequence numbers are unique within a subject."""
    for one in found.values():
        sets = [one.keys]
        if f"{one.name}SEQ" in one.names:
            sets.append(("USUBJID", f"{one.name}SEQ"))
        for keys in sets:
            at = [one.names.index(key) for key in keys]
            seen: set[tuple[object, ...]] = set()
            for number, row in enumerate(one.rows, start=1):
                key = tuple(row[i] for i in at)
                if keys and key in seen:
                    yield one.name, f"a second row with the same {', '.join(keys)}", number
                seen.add(key)


def _required(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """A required variable is never empty."""
    for one in found.values():
        for at, variable in enumerate(one.variables):
            if variable.core == "Req":
                for number, row in enumerate(one.rows, start=1):
                    if row[at] is None:
                        yield one.name, f"{variable.name} is empty", number


def _lengths(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """Names, labels and texts are no longer than their variable allows."""
    for one in found.values():
        for at, variable in enumerate(one.variables):
            if len(variable.label) > 40 or (one.standard != "rows" and len(variable.name) > 8):
                yield one.name, f"{variable.name}: its name or label is too long", 0
            for number, row in enumerate(one.rows, start=1):
                cell = row[at]
                if isinstance(cell, str) and len(cell.encode()) > variable.length:
                    words = f"{variable.name} has {len(cell.encode())} bytes of {variable.length}"
                    yield one.name, words, number


def _paired(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """A code has one name and a name one code; a value and its unit come together."""
    for one in found.values():
        for left, right in _PAIRS:
            prefix = one.name if left == "TESTCD" else ""
            a, b = prefix + left, prefix + right
            if a in one.names and b in one.names:
                yield from _one_to_one(one, a, b)
        for a, b in _TOGETHER:
            if a in one.names and b in one.names:
                pairs = zip(one.column(a), one.column(b), strict=True)
                for number, (left_cell, right_cell) in enumerate(pairs, start=1):
                    alone = (left_cell is None) != (right_cell is None)
                    if alone and not (a == "SRCVAR" and left_cell is None):
                        yield one.name, f"{a} and {b} don't come together", number


def _one_to_one(one: DataSet, a: str, b: str) -> Iterator[tuple[str, str, int]]:
    there: dict[object, object] = {}
    back: dict[object, object] = {}
    for number, (x, y) in enumerate(zip(one.column(a), one.column(b), strict=True), start=1):
        if (x is None) != (y is None) or (
            x is not None and (there.setdefault(x, y) != y or back.setdefault(y, x) != x)
        ):
            yield one.name, f"{a} and {b} don't name the same", number


def _units(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """Results of one test in standard units have one unit."""
    for one in found.values():
        code, unit, number_of = (f"{one.name}{end}" for end in ("TESTCD", "STRESU", "STRESN"))
        if unit not in one.names:
            continue
        first: dict[object, object] = {}
        columns = zip(one.column(code), one.column(unit), one.column(number_of), strict=True)
        for number, (test, said, value) in enumerate(columns, start=1):
            if value is not None and first.setdefault(test, said) != said:
                yield one.name, f"{unit} is not the same in all rows of one test", number


def _changes(found: Mapping[str, DataSet]) -> Iterator[tuple[str, str, int]]:
    """CHG is AVAL less BASE, PCHG is that in per cent of BASE, to the precision of a double."""
    for one in found.values():
        if "PCHG" not in one.names:
            continue
        for number, row in enumerate(one.records(), start=1):
            value, base, change = row["AVAL"], row["BASE"], row["CHG"]
            if not isinstance(change, float):
                continue
            if not isinstance(value, float) or not isinstance(base, float):
                yield one.name, "CHG without AVAL and BASE", number
            elif abs(value - base - change) > 1e-9 * max(abs(value), abs(base), 1.0):
                yield one.name, "CHG is not AVAL less BASE", number
            else:
                share = row["PCHG"]
                if isinstance(share, float) and abs(share * base - change * 100) > 1e-7 * max(
                    abs(base), 1.0
                ):
                    yield one.name, "PCHG is not CHG in per cent of BASE", number


CONFORMANCE_CHECKS: Mapping[str, _Check] = MappingProxyType(
    {
        "controlled-term": _controlled,
        "key-unique": _unique,
        "required-value": _required,
        "text-length": _lengths,
        "paired-variables": _paired,
        "standard-unit": _units,
        "analysis-change": _changes,
        "date-form": check_dates,
        "date-order": check_date_order,
        "study-day": check_study_days,
        "subject-known": check_subjects,
        "reference-resolves": check_references,
        "traceability": check_traces,
        "population": check_populations,
    }
)
"""Each check by its name."""


def check_datasets(datasets: Sequence[DataSet]) -> tuple[ConformanceFinding, ...]:
    """Run every check.

    Parameters
    ----------
    datasets : sequence of DataSet
        SDTM alone, or SDTM and ADaM.

    Returns
    -------
    tuple of ConformanceFinding
        By check, data set and row.

    Examples
    --------
    >>> from hevesy.protocol import ProtocolSite, StudyProtocol
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> check_datasets(build_sdtm(sample_rows(), protocol).datasets)
    ()
    """
    named = {one.name: one for one in datasets}
    return tuple(
        ConformanceFinding(check=name, dataset=dataset, words=words, row=row)
        for name, check in CONFORMANCE_CHECKS.items()
        for dataset, words, row in check(named)
    )
