"""VS and LB: vital signs and laboratory values, as recorded and in one unit for each test."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hevesy.errors import TrialError
from hevesy.trial.export.dataset import Cell
from hevesy.trial.export.draft import GENERATED, Draft
from hevesy.trial.export.subjects import Subjects, iso
from hevesy.trial.laboratory_unit import parse_laboratory_value
from hevesy.trial.rows import MeasurementRow, StudyRows

__all__ = ["NamedTest", "draft_measurements", "name_tests"]

_VITAL = {
    ("SYSBP", "Systolic Blood Pressure"): ("systolic blood pressure", "sbp", "systolic"),
    ("DIABP", "Diastolic Blood Pressure"): ("diastolic blood pressure", "dbp", "diastolic"),
    ("PULSE", "Pulse Rate"): ("pulse", "pulse rate"),
    ("HR", "Heart Rate"): ("heart rate",),
    ("RESP", "Respiratory Rate"): ("respiratory rate", "breathing rate"),
    ("TEMP", "Temperature"): ("temperature", "body temperature"),
    ("WEIGHT", "Weight"): ("weight", "body weight"),
    ("HEIGHT", "Height"): ("height", "body height"),
    ("BMI", "Body Mass Index"): ("bmi", "body mass index"),
    ("OXYSAT", "Oxygen Saturation"): ("spo2", "oxygen saturation"),
}
_LABORATORY = {
    ("HGB", "Hemoglobin"): ("haemoglobin", "hemoglobin", "hb"),
    ("LYM", "Lymphocytes"): ("lymphocytes", "lymphocyte count", "lymph"),
    ("NEUT", "Neutrophils"): ("neutrophils", "neutrophil count", "anc"),
    ("PLAT", "Platelets"): ("platelets", "platelet count", "plt"),
    ("WBC", "Leukocytes"): ("leukocytes", "leucocytes", "white blood cells"),
    ("ALT", "Alanine Aminotransferase"): ("alanine aminotransferase",),
    ("AST", "Aspartate Aminotransferase"): ("aspartate aminotransferase",),
    ("ALP", "Alkaline Phosphatase"): ("alkaline phosphatase",),
    ("GGT", "Gamma Glutamyl Transferase"): (
        "gamma glutamyl transferase", "gamma-glutamyltransferase"),
    ("BILI", "Bilirubin"): ("bilirubin", "total bilirubin"),
    ("CREAT", "Creatinine"): ("creatinine",),
    ("CK", "Creatine Kinase"): ("creatine kinase", "cpk"),
    ("ALB", "Albumin"): ("albumin",),
    ("K", "Potassium"): ("potassium",),
    ("SODIUM", "Sodium"): ("sodium", "na", "sodium ion"),
    ("MG", "Magnesium"): ("magnesium",),
    ("CA", "Calcium"): ("calcium",),
    ("LIPASET", "Triacylglycerol Lipase"): ("lipase",),
    ("AMYLASE", "Amylase"): ("amylase",),
    ("CHOL", "Cholesterol"): ("cholesterol",),
    ("APTT", "Activated Partial Thromboplastin Time"): (
        "aptt", "activated partial thromboplastin time"),
    ("UREA", "Urea"): ("urea",),
    ("GLUC", "Glucose"): ("glucose",),
}  # fmt: skip
_NOT_CODE = re.compile(r"[^A-Z0-9]")
_MOST_NAME_BYTES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTest:
    """A test's domain, code and name.

    Parameters
    ----------
    domain : str
        ``"VS"`` or ``"LB"``.
    code, name : str

    Examples
    --------
    >>> NamedTest(domain="LB", code="ALT", name="Alanine Aminotransferase").code
    'ALT'
    """

    domain: str
    code: str
    name: str


def _known() -> dict[str, NamedTest]:
    found: dict[str, NamedTest] = {}
    for domain, table in (("VS", _VITAL), ("LB", _LABORATORY)):
        for (code, name), words in table.items():
            test = NamedTest(domain=domain, code=code, name=name)
            found |= dict.fromkeys((*words, code.casefold(), name.casefold()), test)
    return found


def name_tests(tests: Iterator[str] | tuple[str, ...]) -> Mapping[str, NamedTest]:
    """Give each recorded test its domain, code and name.

    A test that is in neither table is a laboratory's: its code is its letters and digits in
    capitals, at most eight, with a number at the end where two would be one. Words of more than 40
    bytes are not cut: the check of the data sets names them.

    Parameters
    ----------
    tests : iterable of str
        As recorded.

    Returns
    -------
    mapping of str to NamedTest

    References
    ----------
    CDISC Controlled Terminology, codelists VSTESTCD and LBTESTCD.

    Examples
    --------
    >>> found = name_tests(("ALT", "weight", "Serum amyloid A", "Serum amyloid P"))
    >>> [(one.domain, one.code) for one in found.values()]
    [('LB', 'ALT'), ('LB', 'SERUMAMY'), ('LB', 'SERUMAM2'), ('VS', 'WEIGHT')]
    """
    known = _known()
    found: dict[str, NamedTest] = {}
    codes = {test.code for test in known.values()}
    by_word: dict[str, NamedTest] = {}
    for test in sorted(set(tests)):
        word = test.strip().casefold()
        named = known.get(word) or by_word.get(word)
        if named is None:
            code = _NOT_CODE.sub("", test.upper())[:8] or "TEST"
            code = f"T{code}"[:8] if code[0].isdigit() else code
            number, plain = 1, code
            while code in codes:
                number += 1
                code = f"{plain[: 8 - len(str(number))]}{number}"
            named = by_word[word] = NamedTest(domain="LB", code=code, name=test.strip())
            codes.add(code)
        found[test] = named
    return found


def draft_measurements(rows: StudyRows, subjects: Subjects, domain: str) -> Iterator[Draft]:
    """Draft VS or LB.

    ORRES keeps the recorded digits; STRESN is the same amount in the test's standard unit, by an
    exact power of ten (`parse_laboratory_value`). The range's indicator is judged by the recorded
    limits, in decimal, and stands only where a limit decides it.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects
    domain : str
        ``"VS"`` or ``"LB"``.

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["LBNRIND"] for one in draft_measurements(rows, made.subjects, "LB")]
    ['NORMAL', 'HIGH']
    """
    names = name_tests(tuple(row.test for row in rows.measurements))
    for row in rows.measurements:
        named = names[row.test]
        if named.domain != domain:
            continue
        subject = subjects.of(row.inclusion, row.measurement)
        amount, unit = _standard(row.value, row.unit)
        cells: dict[str, Cell] = {
            "SPID": row.measurement,
            "TESTCD": named.code,
            "TEST": named.name,
            "ORRES": str(row.value),
            "ORRESU": row.unit,
            "STRESC": format(amount, "f"),
            "STRESN": float(amount),
            "STRESU": unit,
            "DTC": iso(row.measured_on),
            "DY": subject.day(row.measured_on),
        }
        if domain == "LB":
            cells |= _range(row)
        yield Draft(
            source=("measurement", row.measurement),
            cells={
                "USUBJID": subject.usubjid,
                **{f"{domain}{name}": cell for name, cell in cells.items()},
                "VISITNUM": subjects.visit_numbers[row.visit],
                "VISIT": row.visit,
            },
            qualifiers=(GENERATED,) if row.generated else (),
        )


def _standard(value: Decimal, unit: str) -> tuple[Decimal, str]:
    try:
        found = parse_laboratory_value(f"{value:f} {unit}".strip())
    except TrialError:  # a sign, or more digits than are exact: as it was recorded
        return value, unit
    return found.amount, found.unit


def _range(row: MeasurementRow) -> dict[str, Cell]:
    low, high = row.lower_normal, row.upper_normal
    found: dict[str, Cell] = {
        "ORNRLO": None if low is None else str(low),
        "ORNRHI": None if high is None else str(high),
        "STNRLO": None if low is None else float(_standard(low, row.unit)[0]),
        "STNRHI": None if high is None else float(_standard(high, row.unit)[0]),
    }
    if low is not None and row.value < low:
        found["NRIND"] = "LOW"
    elif high is not None and row.value > high:
        found["NRIND"] = "HIGH"
    elif low is not None and high is not None:
        found["NRIND"] = "NORMAL"
    return found
