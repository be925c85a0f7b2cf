"""CTCAE's laboratory cut-offs as data: one row a term, unit and state of the baseline."""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources

from hevesy.errors import TrialError

__all__ = ["CTCAE_VERSIONS", "Condition", "GradingRow", "find_term", "grading_rows"]

CTCAE_VERSIONS = ("4.03", "5.0", "6.0")
_CONDITION = re.compile(
    r"(<=|>=|<|>)(?:(?:(?P<times>[\d.]+)\*)?(?P<of>ULN|LLN|BASE)(?:\+(?P<plus>[\d.]+))?"
    r"|(?P<cut>[\d.]+))(?P<symptoms>&symptoms)?(?P<abnormal>&abnormal)?"
    r"(?:&(?P<baseline>low baseline|above baseline|baseline<=5\*ULN))?"
)
_BASELINES = {
    "": "",
    "low baseline": ", for a baseline below LLN",
    "above baseline": ", and above the baseline",
    "baseline<=5*ULN": ", for a baseline up to 5 x ULN",
}
_ALSO = {  # words that laboratories use; never a second meaning
    "alt increased": "Alanine aminotransferase increased",
    "ast increased": "Aspartate aminotransferase increased",
    "alp increased": "Alkaline phosphatase increased",
    "anaemia": "Anemia",
    "hypercalcemia": "Hypercalcemia (corrected)",
    "hypocalcemia": "Hypocalcemia (corrected)",
    "white blood cell count decreased": "White blood cell decreased",
}
_RENAMED = {  # v6.0 has another name for the term
    ("6.0", "platelet count decreased"): "Thrombocytopenia",
    ("5.0", "thrombocytopenia"): "Platelet count decreased",
    ("4.03", "thrombocytopenia"): "Platelet count decreased",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a grade.

    Parameters
    ----------
    sign : str
        <, <=, > or >=.
    cut : Decimal
        The cut-off itself; a factor of `reference` where that is given.
    reference : str
        "" (an absolute cut-off), "LLN", "ULN" or "BASE".
    plus : Decimal
        Added to the reference.
    symptoms : bool
        It holds for a patient with symptoms only.
    abnormal : bool
        It holds for a value below LLN only.
    baseline : str
        Of which baselines it is said: ``""`` (all), ``"low baseline"`` (below LLN),
        ``"baseline<=5*ULN"``; ``"above baseline"`` asks the value to be above it too.

    Raises
    ------
    TrialError
        An unknown sign, reference or baseline.

    Examples
    --------
    >>> Condition(sign="<", cut=Decimal("1.0"), reference="").as_text("10^9/L")
    '< 1.0 10^9/L'
    """

    sign: str
    cut: Decimal
    reference: str
    plus: Decimal = Decimal(0)
    symptoms: bool = False
    abnormal: bool = False
    baseline: str = ""

    def __post_init__(self) -> None:
        if self.sign not in {"<", "<=", ">", ">="} or self.reference not in {
            "", "LLN", "ULN", "BASE",
        } or self.baseline not in _BASELINES:  # fmt: skip
            raise TrialError(
                "a grade's condition can't be read",
                got=f"{self.sign} {self.reference} {self.baseline}".rstrip(),
                allowed="<, <=, >, >= and LLN, ULN, BASE",
                remedy="correct the table of cut-offs",
            )

    def as_text(self, unit: str) -> str:
        """Say it as people write it."""
        if not self.reference:
            said = f"{self.sign} {self.cut} {unit}".rstrip()
        else:
            name = {"BASE": "baseline"}.get(self.reference, self.reference)
            said = f"{self.sign} {name}" if self.cut == 1 else f"{self.sign} {self.cut} x {name}"
            if self.plus:
                said += f" + {self.plus} {unit}"
        said += ", and below LLN" if self.abnormal else ""
        said += _BASELINES[self.baseline]
        return f"{said} with symptoms" if self.symptoms else said

    def holds(self, amount: Decimal, limit: Decimal) -> bool:
        """Whether `amount` meets it; `limit` is the reference's own value (1 without one)."""
        border = self.cut * limit + self.plus
        return {
            "<": amount < border,
            "<=": amount <= border,
            ">": amount > border,
            ">=": amount >= border,
        }[self.sign]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingRow:
    """The cut-offs of one term in one unit.

    Parameters
    ----------
    version, term, organ_class : str
    unit : str
        Of the absolute cut-offs; "same" where all are ratios; "clinical" where a laboratory value
        does not grade the term.
    baseline : str
        "any", "normal" or "abnormal": for which baseline the row is meant; of INR "anticoagulated"
        or "not anticoagulated", for which patient.
    grades : tuple of tuple of Condition
        For grades 1 to 4; alternatives. Empty: the grade can't come from the value.
    undefined : tuple of (Decimal, Decimal)
        Open intervals that CTCAE's whole numbers leave out.
    rest_undefined : bool
        A value that meets no condition has no grade of 0: lower grades are of another measurement.
    clinical : str
        What else leads to a grade.

    Raises
    ------
    TrialError
        Not four grades.

    Examples
    --------
    >>> grading_rows("Neutrophil count decreased", version="5.0")[0].grades[2][0].cut
    Decimal('1.0')
    """

    version: str
    term: str
    organ_class: str
    unit: str
    baseline: str
    grades: tuple[tuple[Condition, ...], ...]
    undefined: tuple[tuple[Decimal, Decimal], ...]
    clinical: str
    rest_undefined: bool = False

    def __post_init__(self) -> None:
        if len(self.grades) != 4:
            raise TrialError(
                "a term has four grades of a value",
                got=len(self.grades),
                remedy="correct the table of cut-offs",
            )


@cache
def _all_rows() -> tuple[GradingRow, ...]:
    file = resources.files("hevesy.trial") / "data" / "ctcae_laboratory.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple(
        GradingRow(
            version=row["version"],
            term=row["term"],
            organ_class=row["class"],
            unit={"pH": ""}.get(row["unit"], row["unit"]),
            baseline=row["baseline"],
            grades=tuple(_conditions(row[f"grade_{grade}"]) for grade in (1, 2, 3, 4)),
            undefined=tuple(
                (Decimal(low), Decimal(high))
                for low, _, high in (
                    part.partition(":") for part in row["undefined"].split() if part != "rest"
                )
            ),
            rest_undefined=row["undefined"] == "rest",
            clinical=row["clinical"],
        )
        for row in rows
    )


def _conditions(cell: str) -> tuple[Condition, ...]:
    found = []
    for part in cell.split("|") if cell else []:
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise TrialError(
                "a grade's condition can't be read",
                got=part,
                allowed="such as <1.5, >3*ULN, >ULN+20",
                remedy="correct the table of cut-offs",
            )
        found.append(
            Condition(
                sign=match.group(1),
                cut=Decimal(match["cut"] or match["times"] or 1),
                reference=match["of"] or "",
                plus=Decimal(match["plus"] or 0),
                symptoms=match["symptoms"] is not None,
                abnormal=match["abnormal"] is not None,
                baseline=match["baseline"] or "",
            )
        )
    return tuple(found)


@cache
def find_term(text: str, *, version: str) -> str:
    """Return a term as CTCAE writes it.

    Case and spaces do not count; ALT, AST and ALP may stand for the enzymes' names. v6.0 calls a
    low platelet count thrombocytopenia: the term of one version finds that of the other.

    Parameters
    ----------
    text : str
    version : str
        Of CTCAE: "4.03", "5.0" or "6.0".

    Returns
    -------
    str

    Raises
    ------
    TrialError
        An unknown version, or a term without laboratory cut-offs here.

    Examples
    --------
    >>> find_term("alt  increased", version="5.0")
    'Alanine aminotransferase increased'
    """
    if version not in CTCAE_VERSIONS:
        raise TrialError(
            "this CTCAE version has no table here",
            got=version,
            allowed=", ".join(CTCAE_VERSIONS),
            remedy="versions do not mix: grade with the version that the study pins",
        )
    terms = {row.term.lower(): row.term for row in _all_rows() if row.version == version}
    wanted = " ".join(text.lower().split())
    wanted = _RENAMED.get((version, wanted), _ALSO.get(wanted, wanted)).lower()
    if wanted == "hyperglycemia" and "hyperglycemia (fasting)" in terms:
        raise TrialError(
            f"CTCAE {version} has cut-offs of its own for fasting glucose",
            got=text,
            allowed="Hyperglycemia (fasting), Hyperglycemia (not fasting)",
            remedy="say which was measured",
        )
    if wanted not in terms:
        raise TrialError(
            "this term has no laboratory cut-offs here",
            got=text,
            allowed=", ".join(sorted(terms.values())),
            remedy="write the term in full, or grade it clinically",
        )
    return terms[wanted]


@cache
def grading_rows(term: str, *, version: str) -> tuple[GradingRow, ...]:
    """Return the rows of a term, one a unit and state of the baseline.

    Parameters
    ----------
    term : str
        As `find_term` reads it.
    version : str
        Of CTCAE.

    Returns
    -------
    tuple of GradingRow

    Examples
    --------
    >>> [row.unit for row in grading_rows("Anemia", version="5.0")]
    ['g/L', 'mmol/L']
    """
    name = find_term(term, version=version)
    return tuple(row for row in _all_rows() if (row.version, row.term) == (version, name))
