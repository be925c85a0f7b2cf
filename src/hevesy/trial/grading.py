"""The grade of a laboratory value, exact at the boundaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hevesy.errors import TrialError
from hevesy.trial.criteria import Condition, GradingRow, grading_rows
from hevesy.trial.laboratory_unit import LaboratoryValue

__all__ = ["LaboratoryGrade", "grade_laboratory"]

_ABNORMAL = (
    "a fall from baseline counts where the value is below LLN, as pharmaverse/admiral reads it; "
    "CTCAE does not say of what 'abnormal' is said"
)
_OPTIONS = {"LLN": "--lln", "ULN": "--uln", "BASE": "--baseline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryGrade:
    """What a laboratory value alone says of a grade.

    Parameters
    ----------
    term, version : str
    grade : int or None
        0 where no grade's condition is met; None where symptoms decide and were not told.
    possible_grades : tuple of int
        The grade, or the two between which symptoms decide (without, with).
    reason : str
        The condition that was met.
    notes : tuple of str
        What was taken as given, and what the value can't tell.
    source : str
        The row of CTCAE.

    Raises
    ------
    TrialError
        The grade is not among the possible ones.

    Examples
    --------
    >>> from hevesy.trial import parse_laboratory_value
    >>> grade_laboratory("Neutrophil count decreased",
    ...                  parse_laboratory_value("0.9 10^9/L"), version="5.0").grade
    3
    """

    term: str
    version: str
    grade: int | None
    possible_grades: tuple[int, ...]
    reason: str
    notes: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        if self.grade is not None and self.possible_grades != (self.grade,):
            raise TrialError(
                "a grade must be the one that is possible",
                got=self.grade,
                allowed=str(self.possible_grades),
                remedy="give both",
            )


def grade_laboratory(
    term: str,
    value: LaboratoryValue,
    *,
    version: str,
    lln: LaboratoryValue | None = None,
    uln: LaboratoryValue | None = None,
    baseline: LaboratoryValue | None = None,
    symptoms: bool | None = None,
    anticoagulation: bool | None = None,
) -> LaboratoryGrade:
    """Grade a value: the highest grade of which a condition is met.

    A value on a cut-off belongs where CTCAE's "<" and ">" put it: 1.0 x 10^9/L neutrophils are
    grade 2, and exactly 3 x ULN of ALT is grade 1. Limits are compared as exact decimals. Grade 5,
    and what is clinical in a row (hospitalisation, intervention, life-threatening), is not graded
    but named in the notes.

    Parameters
    ----------
    term : str
    value : LaboratoryValue
    version : str
        Of CTCAE; versions do not mix.
    lln, uln : LaboratoryValue, optional
        Limits of normal of this laboratory; needed only where the grade turns on them.
    baseline : LaboratoryValue, optional
        Before treatment. Above ULN it is abnormal, which changes the row of enzymes and bilirubin
        (v5.0, v6.0) and of a high haemoglobin (v4.03); below LLN that of creatinine (v6.0).
    symptoms : bool, optional
        Where a row asks for them.
    anticoagulation : bool, optional
        Whether the patient is on it; INR is then measured by its baseline.

    Returns
    -------
    LaboratoryGrade

    Raises
    ------
    TrialError
        A term, unit or limit that does not fit; a limit that is needed and missing; a value that
        CTCAE leaves between two grades, or for which it has none.

    References
    ----------
    National Cancer Institute, Common Terminology Criteria for Adverse Events v4.03 (14 June 2010),
    v5.0 (27 November 2017), v6.0 (2025).

    Examples
    --------
    >>> from hevesy.trial import parse_laboratory_value as read
    >>> found = grade_laboratory("ALT increased", read("120.1 U/L"), version="5.0",
    ...                          uln=read("40 U/L"), baseline=read("30 U/L"))
    >>> found.grade, found.reason
    (2, '120.1 U/L is > 3 x ULN')
    """
    if " ".join(term.lower().split()) in {"hypercalcemia", "hypocalcemia"} and (
        value.unit == "mmol/L"
    ):
        raise TrialError(
            f"{term} in mmol/L has cut-offs of corrected and of ionized calcium",
            got=value.text,
            allowed=f"{term} (corrected), {term} (ionized)",
            remedy="say which was measured",
        )
    notes: list[str] = []
    given = {"LLN": lln, "ULN": uln, "BASE": baseline}
    row = _row(grading_rows(term, version=version), value, given, anticoagulation, notes)
    limits = _limits(row, value, given)
    _require_defined(row, value)
    answers = [
        _worst(row, value, limits, with_symptoms)
        for with_symptoms in ((False, True) if symptoms is None else (symptoms,))
    ]
    possible = tuple(sorted({grade for grade, _ in answers}))
    decided = possible[0] if len(possible) == 1 else None
    if row.rest_undefined and 0 in possible:
        raise TrialError(
            f"{row.term}: CTCAE {version} has no grade for this value",
            got=value.text,
            allowed=f"{row.grades[2][0].as_text(row.unit)}; lower grades are of fasting values",
            remedy="grade a fasting value, or leave it ungraded",
        )
    if decided is None:
        reason = f"grade {possible[0]} without symptoms, {possible[1]} with: the value can't tell"
    else:
        met = answers[0][1]
        said = met.as_text(row.unit if row.unit != "same" else "") if met else ""
        reason = f"{value.text} is {said}" if said else f"{value.text} meets no grade's condition"
    if "BASE" in _references(row) and baseline is None:
        notes.append("no baseline: graded by the limits of normal alone")
    if "BASE" not in _references(row) and baseline is not None and row.baseline == "any":
        notes.append("CTCAE grades this term without its baseline")
    if any(condition.abnormal for grade in row.grades for condition in grade):
        notes.append(_ABNORMAL)
    if row.clinical:
        notes.append(f"clinical facts may give a higher grade ({row.clinical})")
    if lln is not None and decided and value.amount >= lln.amount and "LLN" in _references(row):
        notes.append("not below LLN, but CTCAE's own cut-off is above this LLN")
    return LaboratoryGrade(
        term=row.term,
        version=version,
        grade=decided,
        possible_grades=possible,
        reason=reason,
        notes=tuple(notes),
        source=f"CTCAE v{version}, {row.organ_class}, {row.term}",
    )


def _require_defined(row: GradingRow, value: LaboratoryValue) -> None:
    for low, high in row.undefined:
        if low < value.amount < high:
            below = f"up to {low}, or " if low >= 0 else ""
            raise TrialError(
                f"CTCAE {row.version} leaves this value of {row.term} "
                + ("between two grades" if below else "without a grade"),
                got=value.text,
                allowed=f"{below}{high} and more: it states whole {row.unit}",
                remedy="report the value as the laboratory rounds it, or grade it clinically",
            )


def _row(
    rows: tuple[GradingRow, ...],
    value: LaboratoryValue,
    given: Mapping[str, LaboratoryValue | None],
    anticoagulation: bool | None,
    notes: list[str],
) -> GradingRow:
    if rows[0].unit == "clinical":
        raise TrialError(
            f"CTCAE {rows[0].version} can't be applied to a value of {rows[0].term}",
            got=value.text,
            remedy=f"an investigator grades it: {rows[0].clinical}",
        )
    units = list(dict.fromkeys(row.unit for row in rows))
    if units != ["same"] and value.unit not in units:
        raise TrialError(
            f"{rows[0].term} has no cut-off in this unit",
            got=value.text,
            allowed=", ".join(_shown(unit) for unit in units),
            remedy="write the value with the unit of the laboratory's report",
        )
    fitting = [row for row in rows if row.unit in {"same", value.unit}]
    if len(fitting) == 1:
        return fitting[0]
    if any("anticoagulated" in row.baseline for row in fitting):
        if anticoagulation is None:
            raise TrialError(
                f"{fitting[0].term}: its rows depend on whether the patient is on anticoagulation",
                got=value.text,
                remedy="give --anticoagulation or --no-anticoagulation",
            )
        wanted = "anticoagulated" if anticoagulation else "not anticoagulated"
        return next(row for row in fitting if row.baseline == wanted)
    baseline, uln = given["BASE"], given["ULN"]
    if baseline is None:
        notes.append("no baseline: taken as normal (above ULN it would be graded by the baseline)")
        state = "normal"
    else:
        _require("ULN", uln, fitting[0].term)
        _require_same_unit(value, given)
        state = "abnormal" if uln is not None and baseline.amount > uln.amount else "normal"
        notes.append(f"the baseline is {state}")
    return next(row for row in fitting if row.baseline == state)


def _shown(unit: str) -> str:
    return {"": "no unit (pH, INR)", "10^9/L": "10^9/L, /mm3", "g/L": "g/L, g/dL"}.get(unit, unit)


def _limits(
    row: GradingRow, value: LaboratoryValue, given: Mapping[str, LaboratoryValue | None]
) -> dict[str, Decimal]:
    _require_same_unit(value, given)
    limits = {name: limit.amount for name, limit in given.items() if limit is not None}
    for name, amount in limits.items():
        if amount == 0:
            raise TrialError(
                f"{_OPTIONS[name]} can't be 0", got="0", remedy="write the limit that was reported"
            )
    if "LLN" in limits and "ULN" in limits and limits["LLN"] >= limits["ULN"]:
        raise TrialError(
            "the lower limit of normal must be below the upper",
            got=f"--lln {limits['LLN']}, --uln {limits['ULN']}",
            remedy="check which is which",
        )
    return limits


def _require_same_unit(value: LaboratoryValue, given: Mapping[str, LaboratoryValue | None]) -> None:
    for name, limit in given.items():
        if limit is not None and limit.unit != value.unit:
            raise TrialError(
                f"{_OPTIONS[name]} and the value must have the same unit",
                got=f"{limit.text} and {value.text}",
                allowed=value.unit or "no unit",
                remedy="write both as the laboratory reports them",
            )


def _require(name: str, limit: object, term: str) -> None:
    if limit is None:
        raise TrialError(
            f"{term}: this grade depends on {_OPTIONS[name]}",
            remedy=f"give {_OPTIONS[name]} with the laboratory's own limit",
        )


def _references(row: GradingRow) -> set[str]:
    conditions = [condition for grade in row.grades for condition in grade]
    return {one.reference for one in conditions} | {"BASE" for one in conditions if one.baseline}


def _worst(
    row: GradingRow, value: LaboratoryValue, limits: Mapping[str, Decimal], symptoms: bool
) -> tuple[int, Condition | None]:
    """The highest grade that is met.

    A missing limit stops it, unless only a baseline is missing beside limits of normal.
    """
    for grade in (4, 3, 2, 1):
        for condition in row.grades[grade - 1]:
            if condition.symptoms and not symptoms:
                continue
            if condition.abnormal and "LLN" in limits and value.amount >= limits["LLN"]:
                continue
            name = condition.reference
            if name and name not in limits:
                if name == "BASE" and row.baseline == "any":
                    continue
                _require(name, None, row.term)
            if condition.holds(value.amount, limits.get(name, Decimal(1))) and _fits_baseline(
                row, condition, value, limits
            ):
                return grade, condition
    return 0, None


def _fits_baseline(
    row: GradingRow, condition: Condition, value: LaboratoryValue, limits: Mapping[str, Decimal]
) -> bool:
    """Whether the baseline is one of which the condition, which the value meets, is said."""
    if not condition.baseline:
        return True
    if condition.baseline == "above baseline":
        return "BASE" not in limits or value.amount > limits["BASE"]
    if condition.baseline == "low baseline":
        _require("LLN", limits.get("LLN"), row.term)
        return limits["BASE"] < limits["LLN"]
    if limits["BASE"] > 5 * limits["ULN"]:
        raise TrialError(
            f"CTCAE {row.version} leaves this value of {row.term} between two grades",
            got=f"{value.text} ({condition.sign} {condition.cut} x baseline)",
            allowed=f"{condition.as_text('')}, or above 4 x baseline",
            remedy="an investigator grades it",
        )
    return True
