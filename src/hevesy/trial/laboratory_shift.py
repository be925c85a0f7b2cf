"""Laboratory grades before and after the first treatment: shift tables, with the missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.protocol import StudyProtocol
from hevesy.trial.criteria import CTCAE_VERSIONS, find_term, grading_rows
from hevesy.trial.grading import grade_laboratory
from hevesy.trial.laboratory_unit import LaboratoryValue, parse_laboratory_value
from hevesy.trial.rows import MeasurementRow, StudyRows

__all__ = [
    "SHIFT_GRADES",
    "HaematologyAnswer",
    "ShiftTable",
    "judge_haematology",
    "shift_tables",
    "terms_of_test",
]

MISSING, NOT_GRADED = "missing", "not graded"
SHIFT_GRADES = ("0", "1", "2", "3", "4", NOT_GRADED, MISSING)
"""Rows and columns of a shift table: grades, then values that no grade fits, then no value."""
_HAEMATOLOGY = (
    "Anemia",
    "Lymphocyte count decreased",
    "Neutrophil count decreased",
    "Platelet count decreased",
    "White blood cell decreased",
)
_TERMS: Mapping[tuple[str, ...], tuple[str, ...]] = {  # words and codes of laboratories: terms
    ("haemoglobin", "hemoglobin", "hgb", "hb"): ("Anemia", "Hemoglobin increased"),
    ("lymphocytes", "lymphocyte count", "lym", "lymph"): (
        "Lymphocyte count decreased", "Lymphocyte count increased"),
    ("neutrophils", "neutrophil count", "neut", "anc"): ("Neutrophil count decreased",),
    ("platelets", "platelet count", "plat", "plt"): ("Platelet count decreased",),
    ("leukocytes", "leucocytes", "white blood cells", "wbc"): (
        "White blood cell decreased", "Leukocytosis"),
    ("alanine aminotransferase", "alt"): ("Alanine aminotransferase increased",),
    ("aspartate aminotransferase", "ast"): ("Aspartate aminotransferase increased",),
    ("alkaline phosphatase", "alp"): ("Alkaline phosphatase increased",),
    ("gamma glutamyl transferase", "gamma-glutamyltransferase", "ggt"): ("GGT increased",),
    ("bilirubin", "total bilirubin", "bili"): ("Blood bilirubin increased",),
    ("creatinine", "creat"): ("Creatinine increased",),
    ("creatinine clearance",): ("Creatinine clearance decreased",),
    ("lactate dehydrogenase", "ldh"): ("Blood lactate dehydrogenase increased",),
    ("hdl", "hdl cholesterol"): ("HDL decreased",),
    ("ldl", "ldl cholesterol"): ("LDL increased",),
    ("creatine kinase", "ck", "cpk"): ("CPK increased",),
    ("albumin", "alb"): ("Hypoalbuminemia",),
    ("potassium", "k"): ("Hyperkalemia", "Hypokalemia"),
    ("sodium", "na", "sodium ion"): ("Hypernatremia", "Hyponatremia"),
    ("magnesium", "mg"): ("Hypermagnesemia", "Hypomagnesemia"),
    ("lipase",): ("Lipase increased",),
    ("amylase",): ("Serum amylase increased",),
    ("cholesterol", "chol"): ("Cholesterol high",),
    ("aptt", "activated partial thromboplastin time"): (
        "Activated partial thromboplastin time prolonged",),
}  # fmt: skip
_BY_WORD: dict[str, tuple[str, ...]] = {
    term.casefold(): (term,) for terms in _TERMS.values() for term in terms
}
_BY_WORD |= {word: terms for words, terms in _TERMS.items() for word in words}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTable:
    """Treated inclusions by their grade before and their worst grade after.

    Parameters
    ----------
    test : str
        As recorded.
    term : str
        CTCAE's.
    cells : mapping of (str, str) to tuple of str
        Inclusions by (baseline, worst), each one of `SHIFT_GRADES`; empty cells are left out.
    reasons : tuple of str
        Why values were not graded.
    version : str
        Of CTCAE, by which the values were graded.

    Raises
    ------
    TrialError
        A cell that does not exist.

    Examples
    --------
    >>> table = ShiftTable(test="NEUT", term="Neutrophil count decreased",
    ...                    cells={("0", "2"): ("I1",), ("1", "1"): ("I2",)}, reasons=())
    >>> table.subjects, table.worsened, table.row("0")[2]
    (2, ('I1',), 1)
    """

    test: str
    term: str
    cells: Mapping[tuple[str, str], tuple[str, ...]]
    reasons: tuple[str, ...]
    version: str = ""

    def __post_init__(self) -> None:
        for cell in self.cells:
            if not set(cell) <= set(SHIFT_GRADES):
                raise TrialError(
                    "a shift table has no such cell",
                    got=str(cell),
                    allowed=", ".join(SHIFT_GRADES),
                    remedy="name two of these",
                )
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))

    @property
    def subjects(self) -> int:
        """Everybody, the missing too."""
        return sum(len(names) for names in self.cells.values())

    @property
    def worsened(self) -> tuple[str, ...]:
        """Inclusions whose worst grade is above their baseline; above 0 where that is unknown."""
        return self._who(lambda before, after: after > max(before, 0) and after > 0)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Inclusions without a grade after the treatment."""
        return self._who(lambda before, after: after < 0)

    def row(self, baseline: str) -> tuple[int, ...]:
        """Counts of a baseline's row, in the order of `SHIFT_GRADES`."""
        return tuple(len(self.cells.get((baseline, worst), ())) for worst in SHIFT_GRADES)

    def _who(self, chosen: Callable[[int, int], bool]) -> tuple[str, ...]:
        return tuple(
            name
            for (before, after), names in self.cells.items()
            if chosen(_rank(before), _rank(after))
            for name in names
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HaematologyAnswer:
    """Whether a treatment had haematologic toxicity, as far as values were recorded.

    Parameters
    ----------
    verdict : str
        ``"toxicity"``, ``"none"``, ``"none where measured"`` or ``"can't be told"``.
    words : str
        Why.
    worsened : mapping of str to tuple of str
        Inclusions whose grade rose, by term.

    Examples
    --------
    >>> judge_haematology(()).verdict
    "can't be told"
    """

    verdict: str
    words: str
    worsened: Mapping[str, tuple[str, ...]]


def terms_of_test(test: str) -> tuple[str, ...]:
    """Give the CTCAE terms that a laboratory test grades; none where it is not known here.

    Examples
    --------
    >>> terms_of_test("PLT"), terms_of_test("Neutrophil count decreased")
    (('Platelet count decreased',), ('Neutrophil count decreased',))
    """
    return _BY_WORD.get(" ".join(test.casefold().split()), ())


def shift_tables(rows: StudyRows, protocol: StudyProtocol) -> tuple[ShiftTable, ...]:
    """Make a shift table for each test and term with a value.

    The baseline is the last value on or before the day of the first administration (days are all
    that is recorded), the worst is the highest grade of those after it. Enzymes and bilirubin are
    graded after it against their baseline, as CTCAE v5.0 and v6.0 ask; a blood count that the
    version does not grade (lymphocytes in v6.0) is "not graded". Every treated inclusion is in each
    table; who has no value stands in the row or column "missing", and a value that can't be
    graded (no limit of normal, a unit without cut-offs, symptoms that decide) in "not graded"
    unless another of the same time is: a worst grade is a lower bound where `reasons` are given.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol

    Returns
    -------
    tuple of ShiftTable
        By term.

    Raises
    ------
    TrialError
        The study pins no version of CTCAE that has cut-offs here.

    Examples
    --------
    >>> from hevesy.protocol import EventRules, ProtocolSite
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),),
    ...                          events=EventRules(ctcae="5.0"))
    >>> shift_tables(StudyRows(study="A", as_of=date(2026, 1, 9)), protocol)
    ()
    """
    version = protocol.events.ctcae
    if version not in CTCAE_VERSIONS:
        raise TrialError(
            "the study pins no version of CTCAE that has cut-offs here",
            got=version or "none",
            allowed=", ".join(CTCAE_VERSIONS),
            remedy="set ctcae in [events] of study.toml, and amend",
        )
    first: dict[str, date] = {}
    for given in rows.administrations:
        day = first.get(given.inclusion, given.given_on)
        first[given.inclusion] = min(day, given.given_on)
    values: dict[tuple[str, str], dict[str, list[MeasurementRow]]] = {}
    for row in sorted(rows.measurements, key=lambda one: (one.measured_on, one.measurement)):
        if row.inclusion in first:
            for term in _terms_of_version(row.test, version):
                test = " ".join(row.test.casefold().split())
                values.setdefault((term, test), {}).setdefault(row.inclusion, []).append(row)
    tables = []
    for (term, _), of in sorted(values.items()):
        cells: dict[tuple[str, str], list[str]] = {}
        reasons: set[str] = set()
        grade = _grader(term, version, reasons)
        by_baseline = _by_baseline(term, version)
        for inclusion in sorted(first):
            own = of.get(inclusion, [])
            cell = _shift(own, first[inclusion], grade, by_baseline=by_baseline)
            cells.setdefault(cell, []).append(inclusion)
        tables.append(
            ShiftTable(
                test=next(iter(of.values()))[0].test,
                term=term,
                cells={cell: tuple(names) for cell, names in sorted(cells.items())},
                reasons=tuple(sorted(reasons)),
                version=version,
            )
        )
    return tuple(tables)


def judge_haematology(tables: Sequence[ShiftTable]) -> HaematologyAnswer:
    """Answer whether blood counts worsened after the treatment.

    Parameters
    ----------
    tables : sequence of ShiftTable
        From `shift_tables`; those of other terms don't count.

    Returns
    -------
    HaematologyAnswer

    Examples
    --------
    >>> table = ShiftTable(test="PLT", term="Platelet count decreased",
    ...                    cells={("0", "0"): ("I1",), ("0", "missing"): ("I2",)}, reasons=())
    >>> judge_haematology([table]).verdict
    'none where measured'
    """
    blood = [table for table in tables if _blood_count(table.term) in _HAEMATOLOGY]
    worsened = {table.term: table.worsened for table in blood if table.worsened}
    absent = sorted(set(_HAEMATOLOGY) - {_blood_count(table.term) for table in blood})
    unknown = [table for table in blood if table.unknown]
    gaps = [
        f"{table.term}: {len(table.unknown)} of {table.subjects} without a grade after it"
        for table in unknown
    ]
    gaps += [f"{term}: no value" for term in absent]
    if worsened:
        said = [f"{term}: {len(names)} worse" for term, names in worsened.items()]
        verdict, words = "toxicity", "; ".join(said + gaps)
    elif all(len(table.unknown) == table.subjects for table in blood):
        verdict, words = "can't be told", "; ".join(gaps)
    elif gaps:
        verdict, words = "none where measured", "; ".join(gaps)
    else:
        verdict, words = "none", "no blood count has a higher grade than before the treatment"
    return HaematologyAnswer(verdict=verdict, words=words, worsened=MappingProxyType(worsened))


def _blood_count(term: str) -> str:
    return "Platelet count decreased" if term == "Thrombocytopenia" else term


@cache
def _terms_of_version(test: str, version: str) -> tuple[str, ...]:
    """Give the terms of a test as a version writes them; of those that it lacks, blood counts."""
    terms = []
    for term in terms_of_test(test):
        try:
            terms.append(find_term(term, version=version))
        except TrialError:
            if term in _HAEMATOLOGY:
                terms.append(term)
    return tuple(terms)


def _rank(cell: str) -> int:
    return int(cell) if cell.isdecimal() else -1


_Grade = Callable[[MeasurementRow, LaboratoryValue | None], str]


def _shift(
    own: Sequence[MeasurementRow], first: date, grade: _Grade, *, by_baseline: bool
) -> tuple[str, str]:
    before = [row for row in own if row.measured_on <= first]
    after = [row for row in own if row.measured_on > first]
    baseline = _value(before[-1]) if before and by_baseline else None
    start = grade(before[-1], None) if before else MISSING
    grades = [grade(row, baseline) for row in after]
    return start, max(grades, key=_rank) if grades else MISSING


def _by_baseline(term: str, version: str) -> bool:
    """Whether CTCAE grades a term against its baseline."""
    try:
        rows = grading_rows(term, version=version)
    except TrialError:  # each value is then "not graded", with this reason
        return False
    return any(
        row.baseline != "any"
        or any(one.reference == "BASE" or one.baseline for grade in row.grades for one in grade)
        for row in rows
    )


def _value(row: MeasurementRow) -> LaboratoryValue | None:
    try:
        return parse_laboratory_value(f"{row.value:f} {row.unit}")
    except TrialError:
        return None


def _grader(term: str, version: str, reasons: set[str]) -> _Grade:
    """Give a function that grades a value, each different one once; why not goes to `reasons`."""
    known: dict[tuple[object, ...], str] = {}

    def grade(row: MeasurementRow, baseline: LaboratoryValue | None) -> str:
        key = (row.value, row.unit, row.lower_normal, row.upper_normal, baseline)
        if key not in known:
            known[key], reason = _grade(row, term, version, baseline)
            if reason:
                reasons.add(f"{row.test}: {reason}")
        return known[key]

    return grade


def _grade(
    row: MeasurementRow, term: str, version: str, baseline: LaboratoryValue | None
) -> tuple[str, str]:
    """Grade one value; one that can't be graded gives its reason."""
    try:
        value = parse_laboratory_value(f"{row.value:f} {row.unit}")
        lln, uln = (
            None if limit is None else parse_laboratory_value(f"{limit:f} {row.unit}")
            for limit in (row.lower_normal, row.upper_normal)
        )
        if baseline is not None and (baseline.unit != value.unit or baseline.amount == 0):
            return NOT_GRADED, "the baseline is in another unit, or 0"
        found = grade_laboratory(term, value, version=version, lln=lln, uln=uln, baseline=baseline)
    except TrialError as error:
        problem = error.problem.replace("--lln", "lower_normal").replace("--uln", "upper_normal")
        return NOT_GRADED, problem
    if found.grade is None:
        return NOT_GRADED, "symptoms decide between two grades"
    return str(found.grade), ""
