"""Laboratory grades of CTCAE 4.03 and 6.0 at every cut-off, typed from the published ranges.

A range "<1.5 - 1.0" holds values below 1.5 down to 1.0, the second number included; ">3.0 - 5.0"
those above 3.0 up to 5.0. Each cut-off is tried just below it, at it and just above it.
"""

from decimal import Decimal

import pytest

from hevesy.errors import TrialError
from hevesy.trial import grade_laboratory, grading_rows, parse_laboratory_value
from hevesy.trial.criteria import _all_rows
from hevesy.trial.grading import LaboratoryGrade
from hevesy.trial.laboratory_shift import _terms_of_version

LEAST = Decimal("0.0001")


def graded(version: str, term: str, value: object, unit: str, **more: object) -> LaboratoryGrade:
    said = {
        name: parse_laboratory_value(f"{given} {unit}") if not isinstance(given, bool) else given
        for name, given in more.items()
    }
    return grade_laboratory(
        term, parse_laboratory_value(f"{value} {unit}"), version=version, **said  # type: ignore[arg-type]
    )  # fmt: skip


# term: unit, LLN (None: the row has an absolute grade 1), published lower ends of grades 1, 2, 3;
# "-" where the grade has none. A grade's lower end is the next one's upper end.
FALLING = {
    "4.03": {
        "Anemia": [("g/dL", "12", "10.0 8.0 -"), ("mmol/L", "7.4", "6.2 4.9 -"),
                   ("g/L", "120", "100 80 -")],
        "CD4 lymphocytes decreased": [("10^9/L", "0.6", "0.5 0.2 0.05"),
                                      ("/mm3", "600", "500 200 50")],
        "Lymphocyte count decreased": [("/mm3", "1100", "800 500 200")],
        "Neutrophil count decreased": [("/mm3", "2000", "1500 1000 500"),
                                       ("10^9/L", "2", "1.5 1.0 0.5")],
        "Platelet count decreased": [("/mm3", "150000", "75000 50000 25000")],
        "White blood cell decreased": [("10^9/L", "4", "3.0 2.0 1.0")],
        "Hypoalbuminemia": [("g/dL", "3.5", "3 2 -"), ("g/L", "35", "30 20 -")],
        "Hypocalcemia (corrected)": [("mg/dL", "8.5", "8.0 7.0 6.0"),
                                     ("mmol/L", "2.2", "2.0 1.75 1.5")],
        "Hypocalcemia (ionized)": [("mmol/L", "1.1", "1.0 0.9 0.8")],
        "Hypoglycemia": [("mg/dL", "70", "55 40 30"), ("mmol/L", "3.9", "3.0 2.2 1.7")],
        "Hypomagnesemia": [("mg/dL", "1.7", "1.2 0.9 0.7"), ("mmol/L", "0.7", "0.5 0.4 0.3")],
        "Hypophosphatemia": [("mg/dL", "2.7", "2.5 2.0 1.0"), ("mmol/L", "0.9", "0.8 0.6 0.3")],
    },
    "6.0": {
        "Anemia": [("g/dL", "12", "10.0 8.0 -"), ("mmol/L", "7.4", "6.2 4.9 -")],
        "Thrombocytopenia": [("/mm3", "150000", "75000 50000 10000"),
                             ("10^9/L", "150", "75.0 50.0 10.0")],
        "CD4 lymphocytes decreased": [("/mm3", "600", "500 200 50")],
        "Neutrophil count decreased": [("/mm3", None, "1500 1000 500 100"),
                                       ("10^9/L", None, "1.5 1.0 0.5 0.1")],
        "White blood cell decreased": [("/mm3", "4000", "3000 2000 1000")],
        "Hypoalbuminemia": [("g/L", "35", "30 20 -")],
        "Hypocalcemia (corrected)": [("mg/dL", "8.5", "8.0 7.0 6.0"),
                                     ("mmol/L", "2.2", "2.0 1.75 1.5")],
        "Hypocalcemia (ionized)": [("mmol/L", "1.1", "1.0 0.9 0.8")],
        "Hypoglycemia": [("mg/dL", "70", "55 40 30"), ("mmol/L", "3.9", "3.0 2.2 1.7")],
        "Hypomagnesemia": [("mg/dL", "1.7", "1.2 0.9 0.7"), ("mmol/L", "0.7", "0.5 0.4 0.3")],
    },
}  # fmt: skip
# term: unit, ULN, published upper ends of grades 1, 2, 3
RISING = {
    "4.03": {
        "Cholesterol high": [("mg/dL", "200", "300 400 500"),
                             ("mmol/L", "5.2", "7.75 10.34 12.92")],
        "Hypercalcemia (corrected)": [("mg/dL", "10.5", "11.5 12.5 13.5"),
                                      ("mmol/L", "2.6", "2.9 3.1 3.4")],
        "Hypercalcemia (ionized)": [("mmol/L", "1.3", "1.5 1.6 1.8")],
        "Hyperglycemia (fasting)": [("mg/dL", "100", "160 250 500"),
                                    ("mmol/L", "5.6", "8.9 13.9 27.8")],
        "Hyperkalemia": [("mmol/L", "5", "5.5 6.0 7.0")],
        "Hypernatremia": [("mmol/L", "145", "150 155 160")],
        "Alanine aminotransferase increased": [("U/L", "0.7", "2.1 3.5 14")],  # 3, 5, 20 x ULN
        "Aspartate aminotransferase increased": [("U/L", "0.7", "2.1 3.5 14")],
        "Alkaline phosphatase increased": [("U/L", "0.7", "1.75 3.5 14")],  # 2.5, 5, 20
        "GGT increased": [("U/L", "0.7", "1.75 3.5 14")],
        "Blood bilirubin increased": [("mg/dL", "0.7", "1.05 2.1 7")],  # 1.5, 3, 10
        "CPK increased": [("U/L", "0.7", "1.75 3.5 7")],  # 2.5, 5, 10
        "Creatinine increased": [("mg/dL", "0.7", "1.05 2.1 4.2")],  # 1.5, 3, 6
        "Lipase increased": [("U/L", "0.7", "1.05 1.4 3.5")],  # 1.5, 2, 5
        "Serum amylase increased": [("U/L", "0.7", "1.05 1.4 3.5")],
        "Activated partial thromboplastin time prolonged": [("s", "0.7", "1.05 1.75")],  # 1.5, 2.5
        "Hemoglobin increased": [("g/dL", "17", "19 21")],  # 2, 4 g/dL above ULN
    },
    "6.0": {
        "Cholesterol high": [("mg/dL", "200", "300 400 500")],
        "Hypercalcemia (corrected)": [("mg/dL", "10.5", "11.5 12.5 13.5"),
                                      ("mmol/L", "2.6", "2.9 3.1 3.4")],
        "Hypercalcemia (ionized)": [("mmol/L", "1.3", "1.5 1.6 1.8")],
        "Hyperglycemia (fasting)": [("mg/dL", "100", "160 250 500"),
                                    ("mmol/L", "5.6", "8.9 13.9 27.8")],
        "Hyperkalemia": [("mmol/L", "5", "5.5 6.0 7.0")],
        "Hypernatremia": [("mmol/L", "145", "150 155 160")],
        "Alanine aminotransferase increased": [("U/L", "0.7", "2.1 3.5 14")],
        "Aspartate aminotransferase increased": [("U/L", "0.7", "2.1 3.5 14")],
        "GGT increased": [("U/L", "0.7", "1.75 3.5 14")],
        "Blood bilirubin increased": [("mg/dL", "0.7", "1.05 2.1 7")],
        "Creatinine increased": [("mg/dL", "0.7", "1.05 2.1 4.2")],
        "Alkaline phosphatase increased": [("U/L", "0.7", "")],  # one grade
        "Blood lactate dehydrogenase increased": [("U/L", "0.7", "")],
        "LDL increased": [("mg/dL", "130", "")],
        "Activated partial thromboplastin time prolonged": [("s", "0.7", "1.05 1.75")],
        "Hemoglobin increased": [("g/dL", "17", "19 21")],
    },
}  # fmt: skip


def _cases(table: dict[str, dict[str, list[tuple[str, str | None, str]]]]) -> list[object]:
    return [
        pytest.param(version, term, *entry, id=f"{version}-{term}-{entry[0]}")
        for version, terms in table.items()
        for term, entries in terms.items()
        for entry in entries
    ]


@pytest.mark.parametrize(("version", "term", "unit", "lln", "ends"), _cases(FALLING))
def test_falling_values(version: str, term: str, unit: str, lln: str | None, ends: str) -> None:
    cuts = [one for one in ([lln] if lln else []) + ends.split() if one != "-"]
    limit = {"lln": lln} if lln else {}
    for grade, cut in enumerate(cuts):
        assert graded(version, term, Decimal(cut) + LEAST, unit, **limit).grade == grade
        assert graded(version, term, cut, unit, **limit).grade == grade
        assert graded(version, term, Decimal(cut) - LEAST, unit, **limit).grade == grade + 1


@pytest.mark.parametrize(("version", "term", "unit", "uln", "ends"), _cases(RISING))
def test_rising_values(version: str, term: str, unit: str, uln: str, ends: str) -> None:
    for grade, cut in enumerate([uln, *ends.split()]):
        assert graded(version, term, Decimal(cut) - LEAST, unit, uln=uln).grade == grade
        assert graded(version, term, cut, unit, uln=uln).grade == grade
        assert graded(version, term, Decimal(cut) + LEAST, unit, uln=uln).grade == grade + 1


# 6.0, a baseline above ULN: "1.0 - 1.5 x baseline" includes the baseline itself
@pytest.mark.parametrize(
    ("term", "times"),
    [
        ("Alanine aminotransferase increased", "1.5 2.0 4.0"),
        ("Aspartate aminotransferase increased", "1.5 2.0 4.0"),
        ("Blood bilirubin increased", "1.5 2.5 10.0"),
        ("GGT increased", "1.5 3.0 10.0"),
    ],
)
def test_an_abnormal_baseline_of_v6(term: str, times: str) -> None:
    limits = {"uln": "40", "baseline": "60"}
    assert graded("6.0", term, Decimal(60) - LEAST, "U/L", **limits).grade == 0
    assert graded("6.0", term, 60, "U/L", **limits).grade == 1
    for grade, multiple in enumerate(times.split(), start=1):
        cut = Decimal(multiple) * 60
        assert graded("6.0", term, cut - LEAST, "U/L", **limits).grade == grade
        assert graded("6.0", term, cut, "U/L", **limits).grade == grade
        assert graded("6.0", term, cut + LEAST, "U/L", **limits).grade == grade + 1
    # at ULN or below it ("normal or less than normal"): multiples of ULN
    for baseline in ("40", "10"):
        found = graded("6.0", term, "40.1", "U/L", uln="40", baseline=baseline)
        assert found.grade == 1
        assert "the baseline is normal" in found.notes


def test_grade_3_of_v6_enzymes_is_said_of_baselines_up_to_5_uln() -> None:
    term = "ALT increased"
    assert graded("6.0", term, "401", "U/L", uln="40", baseline="200").grade == 3  # 5 x ULN
    high = {"uln": "40", "baseline": "200.1"}
    assert graded("6.0", term, "400.2", "U/L", **high).grade == 2  # 2 x baseline
    for value in ("400.3", "800.4"):
        with pytest.raises(TrialError, match="between two grades"):
            graded("6.0", term, value, "U/L", **high)
    assert graded("6.0", term, "800.5", "U/L", **high).grade == 4
    assert graded("6.0", "Blood bilirubin increased", "601", "U/L", **high).grade == 3


def test_alkaline_phosphatase_of_v6_is_above_baseline_and_limit() -> None:
    term = "ALP increased"
    for value, uln, baseline, grade in (
        ("121", "120", "100", 1), ("120", "120", "100", 0), ("150", "120", "150", 0),
        ("150.1", "120", "150", 1), ("119", "120", "100", 0), ("999", "120", "150", 1),
    ):  # fmt: skip
        assert graded("6.0", term, value, "U/L", uln=uln, baseline=baseline).grade == grade
    alone = graded("6.0", term, "121", "U/L", uln="120")
    assert alone.grade == 1
    assert any("no baseline" in note for note in alone.notes)


def test_creatinine_by_version() -> None:
    term, unit = "Creatinine increased", "mg/dL"
    limits = {"lln": "0.6", "uln": "1.3"}
    # 4.03: above 1, 1.5, 3 x baseline or ULN; 5.0: 1.5, 3; 6.0: 1.5, 3 if the baseline is below LLN
    for value, baseline, grades in (
        ("0.81", "0.8", (1, 0, 0)), ("0.8", "0.8", (0, 0, 0)), ("1.2", "0.8", (1, 0, 0)),
        ("1.21", "0.8", (2, 2, 0)), ("1.31", "0.8", (2, 2, 1)), ("2.41", "0.8", (3, 3, 2)),
        ("0.75", "0.5", (1, 0, 0)), ("0.76", "0.5", (2, 2, 2)), ("1.5", "0.5", (2, 2, 2)),
        ("1.51", "0.5", (3, 3, 3)), ("1.21", "0.6", (2, 2, 0)),  # a baseline at LLN is not below
        ("3.91", "1.3", (3, 3, 3)), ("7.8", "1.3", (3, 3, 3)), ("7.81", "1.3", (4, 4, 4)),
    ):  # fmt: skip
        for version, grade in zip(("4.03", "5.0", "6.0"), grades, strict=True):
            found = graded(version, term, value, unit, baseline=baseline, **limits)
            assert found.grade == grade, (version, value, baseline)
    with pytest.raises(TrialError, match="depends on --lln"):
        graded("6.0", term, "1.21", unit, uln="1.3", baseline="0.8")


def test_haemoglobin_of_v4_counts_from_a_high_baseline() -> None:
    term = "Hemoglobin increased"
    for value, baseline, grade in (
        ("18", "18", 0), ("18.1", "18", 1), ("20", "18", 1), ("20.1", "18", 2), ("22", "18", 2),
        ("22.1", "18", 3), ("19.1", "17", 2), ("19.1", "15", 2),
    ):  # fmt: skip
        assert graded("4.03", term, value, "g/dL", uln="17", baseline=baseline).grade == grade
    assert graded("6.0", term, "20.1", "g/dL", uln="17", baseline="18").grade == 2


def test_fibrinogen_of_v4_counts_any_fall() -> None:
    term, unit = "Fibrinogen decreased", "g/L"
    for value, baseline, grade in (
        ("4", "4", 0), ("3.99", "4", 1), ("3.01", "4", 1), ("3", "4", 2), ("2.01", "4", 2),
        ("2", "4", 3), ("1.5", "6", 4), ("1.51", "6", 3),
    ):  # fmt: skip
        assert graded("4.03", term, value, unit, lln="1.5", baseline=baseline).grade == grade
    for value, grade in (("2", 0), ("1.99", 1), ("1.49", 2), ("0.99", 3), ("0.5", 3), ("0.49", 4)):
        assert graded("4.03", term, value, unit, lln="2").grade == grade
        assert graded("6.0", term, value, unit, lln="2").grade == grade
    assert graded("6.0", term, "3", unit, lln="1.5", baseline="4").grade == 0  # "if abnormal"


@pytest.mark.parametrize(("value", "plain", "anticoagulated"), [
    # 4.03: multiples of ULN (1.1); on anticoagulation of the baseline (2.0)
    ("1.1", 0, 0), ("1.11", 1, 0), ("1.65", 1, 0), ("1.66", 2, 0), ("2.75", 2, 1), ("2.76", 3, 1),
    ("3.0", 3, 1), ("3.01", 3, 2), ("5.0", 3, 2), ("5.01", 3, 3),
])  # fmt: skip
def test_inr_of_v4(value: str, plain: int, anticoagulated: int) -> None:
    limits = {"uln": "1.1", "baseline": "2.0"}
    found = graded("4.03", "INR increased", value, "INR", anticoagulation=False, **limits)
    assert found.grade == plain
    found = graded("4.03", "INR increased", value, "INR", anticoagulation=True, **limits)
    assert found.grade == anticoagulated
    v6 = graded("6.0", "INR increased", value, "INR", anticoagulation=False)  # 1.2, 1.5, 2.5
    assert v6.grade == sum(Decimal(value) > cut for cut in map(Decimal, ("1.2", "1.5", "2.5")))


@pytest.mark.parametrize(("version", "term", "value", "limits", "without", "with_them"), [
    ("4.03", "Lipase increased", "100", {"uln": "40"}, 3, 3),  # no word of symptoms in 4.03
    ("6.0", "Lipase increased", "120", {"uln": "40"}, 2, 2),  # 3 x ULN
    ("6.0", "Lipase increased", "120.1", {"uln": "40"}, 2, 3),
    ("6.0", "Lipase increased", "60.1", {"uln": "40"}, 2, 2),
    ("6.0", "Lipase increased", "60", {"uln": "40"}, 1, 1),
    ("6.0", "Lipase increased", "200.1", {"uln": "40"}, 3, 4),
    ("6.0", "Serum amylase increased", "80", {"uln": "40"}, 2, 2),
    ("6.0", "Serum amylase increased", "80.1", {"uln": "40"}, 2, 3),
    ("6.0", "Serum amylase increased", "200", {"uln": "40"}, 2, 3),
    ("6.0", "Serum amylase increased", "200.1", {"uln": "40"}, 3, 4),
])  # fmt: skip
def test_enzymes_and_symptoms(
    version: str, term: str, value: str, limits: dict[str, str], without: int, with_them: int
) -> None:
    assert graded(version, term, value, "U/L", symptoms=False, **limits).grade == without
    assert graded(version, term, value, "U/L", symptoms=True, **limits).grade == with_them
    if without != with_them:
        assert graded(version, term, value, "U/L", **limits).grade is None


@pytest.mark.parametrize(("version", "value", "without", "with_them"), [
    ("4.03", "135", 0, 0), ("4.03", "134.9", 1, 1), ("4.03", "130", 1, 1), ("4.03", "129.9", 3, 3),
    ("4.03", "120", 3, 3), ("4.03", "119.9", 4, 4),
    ("6.0", "130", 1, 1), ("6.0", "129.9", 2, 3), ("6.0", "125", 2, 3), ("6.0", "124.9", 3, 3),
    ("6.0", "120", 3, 3), ("6.0", "119.9", 4, 4),
])  # fmt: skip
def test_sodium(version: str, value: str, without: int, with_them: int) -> None:
    for symptoms, grade in ((False, without), (True, with_them)):
        found = graded(version, "Hyponatremia", value, "mmol/L", lln="135", symptoms=symptoms)
        assert found.grade == grade


@pytest.mark.parametrize(("version", "term", "value", "unit", "limits", "without", "with_them"), [
    ("4.03", "Hypokalemia", "3.5", "mmol/L", {"lln": "3.5"}, 0, 0),
    ("4.03", "Hypokalemia", "3.4", "mmol/L", {"lln": "3.5"}, 1, 2),
    ("6.0", "Hypokalemia", "3.0", "mmol/L", {"lln": "3.5"}, 1, 2),
    ("6.0", "Hypokalemia", "2.9", "mmol/L", {"lln": "3.5"}, 3, 3),
    ("4.03", "Hypokalemia", "2.5", "mmol/L", {"lln": "3.5"}, 3, 3),
    ("4.03", "Hypokalemia", "2.4", "mmol/L", {"lln": "3.5"}, 4, 4),
    ("4.03", "Hyperuricemia", "10", "mg/dL", {"uln": "7"}, 1, 3),
    ("4.03", "Hyperuricemia", "10.1", "mg/dL", {"uln": "7"}, 4, 4),
    ("4.03", "Hyperuricemia", "590", "umol/L", {"uln": "420"}, 1, 3),
    ("4.03", "Hyperuricemia", "591", "umol/L", {"uln": "420"}, 4, 4),
    ("6.0", "Hyperuricemia", "591", "umol/L", {"uln": "420"}, 1, 3),
    ("6.0", "Hyperuricemia", "420", "umol/L", {"uln": "420"}, 0, 0),
])  # fmt: skip
def test_other_rows_with_symptoms(
    version: str, term: str, value: str, unit: str, limits: dict[str, str], without: int,
    with_them: int,
) -> None:  # fmt: skip
    assert graded(version, term, value, unit, symptoms=False, **limits).grade == without
    assert graded(version, term, value, unit, symptoms=True, **limits).grade == with_them


@pytest.mark.parametrize("version", ["4.03", "6.0"])
def test_rows_that_are_the_same_in_each_version(version: str) -> None:
    for value, grade in (("149.9", 0), ("150", 1), ("300", 1), ("300.1", 2), ("500.1", 3),
                         ("1000", 3), ("1000.1", 4)):  # fmt: skip
        assert graded(version, "Hypertriglyceridemia", value, "mg/dL").grade == grade
    for value, grade in (("1.70", 0), ("1.71", 1), ("3.43", 2), ("5.71", 3), ("11.41", 4)):
        assert graded(version, "Hypertriglyceridemia", value, "mmol/L").grade == grade
    for value, grade in (("2.5", 0), ("2.6", 1), ("3.0", 1), ("3.1", 3), ("8", 3), ("8.1", 4)):
        assert graded(version, "Hypermagnesemia", value, "mg/dL", uln="2.5").grade == grade
    for value, grade in (("1.0", 0), ("1.1", 1), ("1.24", 3), ("3.30", 3), ("3.31", 4)):
        assert graded(version, "Hypermagnesemia", value, "mmol/L", uln="1.0").grade == grade
    assert graded(version, "Leukocytosis", "100000", "/mm3").grade == 0
    assert graded(version, "Leukocytosis", "100001", "/mm3").grade == 3
    for value, grade in (("4000", 0), ("4001", 2), ("20000", 2), ("20001", 3)):
        assert graded(version, "Lymphocyte count increased", value, "/mm3").grade == grade
    for value, grade in (("7.35", 0), ("7.34", 1), ("7.3", 1), ("7.29", 3)):
        assert graded(version, "Acidosis", value, "pH", lln="7.35").grade == grade
    for value, grade in (("7.45", 0), ("7.46", 1), ("7.5", 1), ("7.51", 3)):
        assert graded(version, "Alkalosis", value, "pH", uln="7.45").grade == grade
    assert graded(version, "Haptoglobin decreased", "0.2", "g/L", lln="0.3").grade == 1
    assert graded(version, "Haptoglobin decreased", "0.3", "g/L", lln="0.3").grade == 0


@pytest.mark.parametrize("version", ["4.03", "6.0"])
def test_glucose_that_was_not_fasting(version: str) -> None:
    term = "Hyperglycemia (not fasting)"
    for value, grade in (("250.1", 3), ("500", 3), ("500.1", 4)):
        assert graded(version, term, value, "mg/dL").grade == grade
    assert graded(version, term, "27.8", "mmol/L").grade == 3
    for value in ("250", "200", "90"):  # the lower grades are of fasting values
        with pytest.raises(TrialError, match="has no grade for this value"):
            graded(version, term, value, "mg/dL")
    with pytest.raises(TrialError, match="fasting glucose"):
        graded(version, "Hyperglycemia", "300", "mg/dL")


def test_creatinine_clearance_and_lipoproteins_of_v6() -> None:
    term = "Creatinine clearance decreased"
    for value, grade in (("50", 0), ("90", 0), ("49", 2), ("26", 2), ("25", 3), ("10", 3)):
        assert graded("6.0", term, value, "mL/min").grade == grade
        assert graded("6.0", term, value, "ml/min").grade == grade
    for value in ("49.5", "25.5", "9.9", "0"):
        with pytest.raises(TrialError, match=r"between two grades|without a grade"):
            graded("6.0", term, value, "mL/min")
    assert graded("6.0", "HDL decreased", "39", "mg/dL", lln="40").grade == 1
    assert graded("6.0", "HDL decreased", "40", "mg/dL", lln="40").grade == 0


def test_a_term_has_the_name_of_its_version() -> None:
    found = graded("6.0", "Platelet count decreased", "20", "10^9/L")
    assert (found.term, found.version, found.grade) == ("Thrombocytopenia", "6.0", 3)
    assert "v6.0" in found.source
    old = graded("4.03", "thrombocytopenia", "20", "10^9/L")
    assert (old.term, old.grade) == ("Platelet count decreased", 4)
    for term in ("CPK increased", "Lymphocyte count decreased"):  # 6.0 has no cut-offs for them
        with pytest.raises(TrialError, match="no laboratory cut-offs"):
            graded("6.0", term, "1", "10^9/L")
    with pytest.raises(TrialError, match="versions do not mix"):
        grading_rows("Anemia", version="4.0")
    assert _terms_of_version("PLT", "6.0") == ("Thrombocytopenia",)
    assert _terms_of_version("PLT", "5.0") == ("Platelet count decreased",)
    assert _terms_of_version("LDH", "5.0") == ()
    assert _terms_of_version("lymphocytes", "6.0")[0] == "Lymphocyte count decreased"


def test_every_term_of_each_version_is_tried_here() -> None:
    once = {
        "Hypertriglyceridemia", "Hypermagnesemia", "Leukocytosis", "Lymphocyte count increased",
        "Acidosis", "Alkalosis", "Haptoglobin decreased", "Hyperglycemia (not fasting)",
        "INR increased", "Fibrinogen decreased", "Hypokalemia", "Hyponatremia", "Hyperuricemia",
    }  # fmt: skip
    for version, more in (
        ("4.03", set()),
        ("6.0", {"Creatinine clearance decreased", "HDL decreased", "Lipase increased",
                 "Serum amylase increased"}),
    ):  # fmt: skip
        terms = {row.term for row in _all_rows() if row.version == version}
        assert terms == set(FALLING[version]) | set(RISING[version]) | once | more
