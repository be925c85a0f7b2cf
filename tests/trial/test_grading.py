"""Laboratory grades against CTCAE v5.0's text, typed here again by hand, at every cut-off."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.trial import find_term, grade_laboratory, grading_rows, parse_laboratory_value
from hevesy.trial.grading import LaboratoryGrade


def graded(term: str, value: str, **limits: object) -> LaboratoryGrade:
    version = str(limits.pop("version", "5.0"))
    read: dict[str, object] = {
        name: parse_laboratory_value(text) if isinstance(text, str) else text
        for name, text in limits.items()
    }
    return grade_laboratory(term, parse_laboratory_value(value), version=version, **read)  # type: ignore[arg-type]


# A count falls to the next grade below, not at, the cut-off: "<1.5 - 1.0" is grade 2.
LOW = {  # term: unit, LLN, (cut-offs to grade 2, 3, 4; None: that grade has none)
    "Neutrophil count decreased": ("10^9/L", "2.0", ("1.5", "1.0", "0.5")),
    "White blood cell decreased": ("10^9/L", "4.0", ("3.0", "2.0", "1.0")),
    "Platelet count decreased": ("10^9/L", "150", ("75", "50", "25")),
    "Lymphocyte count decreased": ("10^9/L", "1.1", ("0.8", "0.5", "0.2")),
    "CD4 lymphocytes decreased": ("10^9/L", "0.6", ("0.5", "0.2", "0.05")),
    "Anemia": ("g/dL", "12.0", ("10.0", "8.0", None)),
    "Hypoalbuminemia": ("g/L", "35", ("30", "20", None)),
    "Hypomagnesemia": ("mg/dL", "1.7", ("1.2", "0.9", "0.7")),
    "Hypoglycemia": ("mmol/L", "3.9", ("3.0", "2.2", "1.7")),
    "Hypocalcemia (corrected)": ("mmol/L", "2.2", ("2.0", "1.75", "1.5")),
    "Hypocalcemia (ionized)": ("mmol/L", "1.15", ("1.0", "0.9", "0.8")),
}
HIGH = {  # term: unit, ULN, cut-offs
    "Hyperkalemia": ("mmol/L", "5.0", ("5.5", "6.0", "7.0")),
    "Hypernatremia": ("mmol/L", "145", ("150", "155", "160")),
    "Hypercalcemia (corrected)": ("mg/dL", "10.5", ("11.5", "12.5", "13.5")),
    "Hypercalcemia (ionized)": ("mmol/L", "1.3", ("1.5", "1.6", "1.8")),
    "Cholesterol high": ("mg/dL", "200", ("300", "400", "500")),
}
MULTIPLES = {  # of ULN, a normal baseline
    "Alanine aminotransferase increased": ("1", "3", "5", "20"),
    "Aspartate aminotransferase increased": ("1", "3", "5", "20"),
    "Alkaline phosphatase increased": ("1", "2.5", "5", "20"),
    "GGT increased": ("1", "2.5", "5", "20"),
    "Blood bilirubin increased": ("1", "1.5", "3", "10"),
    "CPK increased": ("1", "2.5", "5", "10"),
}
LEAST = Decimal("0.0001")


@pytest.mark.parametrize("term", LOW)
def test_low_values_at_each_cut_off(term: str) -> None:
    unit, lln, cuts = LOW[term]
    for grade, cut in enumerate((lln, *cuts)):
        if cut is None:
            continue
        at, below = Decimal(cut), Decimal(cut) - LEAST
        assert graded(term, f"{at} {unit}", lln=f"{lln} {unit}").grade == grade
        assert graded(term, f"{below} {unit}", lln=f"{lln} {unit}").grade == grade + 1
    assert graded(term, f"{Decimal(lln) * 2} {unit}", lln=f"{lln} {unit}").grade == 0


@pytest.mark.parametrize("term", HIGH)
def test_high_values_at_each_cut_off(term: str) -> None:
    unit, uln, cuts = HIGH[term]
    for grade, cut in enumerate((uln, *cuts)):
        assert graded(term, f"{cut} {unit}", uln=f"{uln} {unit}").grade == grade
        above = Decimal(cut) + LEAST
        assert graded(term, f"{above} {unit}", uln=f"{uln} {unit}").grade == grade + 1


@pytest.mark.parametrize("term", MULTIPLES)
def test_multiples_of_the_upper_limit(term: str) -> None:
    uln = Decimal("0.7")  # 3 x 0.7 is not 2.1 in binary
    for grade, times in enumerate(MULTIPLES[term]):
        at = Decimal(times) * uln
        assert graded(term, f"{at} U/L", uln=f"{uln} U/L").grade == grade
        assert graded(term, f"{at + LEAST} U/L", uln=f"{uln} U/L").grade == grade + 1


@pytest.mark.parametrize(
    ("term", "times"),
    [  # an abnormal baseline: from this multiple of it on, the least one included or not
        ("Alanine aminotransferase increased", ("1.5", "3", "5", "20")),
        ("Aspartate aminotransferase increased", ("1.5", "3", "5", "20")),
        ("Alkaline phosphatase increased", ("2", "2.5", "5", "20")),
        ("GGT increased", ("2", "2.5", "5", "20")),
        ("Blood bilirubin increased", ("1", "1.5", "3", "10")),
    ],
)
def test_an_abnormal_baseline_is_the_measure(term: str, times: tuple[str, ...]) -> None:
    limits = {"uln": "40 U/L", "baseline": "60 U/L"}
    inclusive = term != "Blood bilirubin increased"
    first = Decimal(times[0]) * 60
    assert graded(term, f"{first} U/L", **limits).grade == (1 if inclusive else 0)
    assert graded(term, f"{first - LEAST} U/L", **limits).grade == 0
    for grade, multiple in enumerate(times[1:], start=1):
        at = Decimal(multiple) * 60
        assert graded(term, f"{at} U/L", **limits).grade == grade
        assert graded(term, f"{at + LEAST} U/L", **limits).grade == grade + 1


def test_a_baseline_at_the_upper_limit_is_normal() -> None:
    term = "Alanine aminotransferase increased"
    assert graded(term, "121 U/L", uln="40 U/L", baseline="40 U/L").grade == 2
    assert graded(term, "121 U/L", uln="40 U/L", baseline="40.1 U/L").grade == 2  # 3.02 x baseline
    assert graded(term, "120.2 U/L", uln="40 U/L", baseline="40.1 U/L").grade == 1
    assert "no baseline: taken as normal" in graded(term, "121 U/L", uln="40 U/L").notes[0]


def test_creatinine_takes_the_worse_of_limit_and_baseline() -> None:
    term = "Creatinine increased"
    assert graded(term, "1.5 mg/dL", uln="1.0 mg/dL").grade == 1
    assert graded(term, "1.2 mg/dL", uln="1.3 mg/dL", baseline="0.8 mg/dL").grade == 0
    assert graded(term, "1.21 mg/dL", uln="1.3 mg/dL", baseline="0.8 mg/dL").grade == 2
    assert graded(term, "2.5 mg/dL", uln="1.3 mg/dL", baseline="0.8 mg/dL").grade == 3
    assert graded(term, "7.9 mg/dL", uln="1.3 mg/dL", baseline="0.8 mg/dL").grade == 4
    assert any("no baseline" in note for note in graded(term, "2 mg/dL", uln="1 mg/dL").notes)


def test_haemoglobin_above_the_upper_limit() -> None:
    for value, grade in (("17", 0), ("19", 1), ("19.1", 2), ("21", 2), ("21.1", 3)):
        assert graded("Hemoglobin increased", f"{value} g/dL", uln="170 g/L").grade == grade


def test_ph_has_no_unit() -> None:
    assert graded("Acidosis", "7.30", lln="7.35").grade == 1
    assert graded("Acidosis", "7.29").grade == 3  # needs no limit of normal
    assert graded("Alkalosis", "7.5", uln="7.45").grade == 1
    assert graded("Alkalosis", "7.51").grade == 3


def test_triglycerides_begin_at_the_cut_off_itself() -> None:
    for value, grade in (("149.9", 0), ("150", 1), ("300", 1), ("300.1", 2), ("1001", 4)):
        assert graded("Hypertriglyceridemia", f"{value} mg/dL").grade == grade


SYMPTOMS = [  # term, value, limits, grade without, grade with
    ("Lipase increased", "60 U/L", {"uln": "40 U/L"}, 1, 1),
    ("Lipase increased", "80 U/L", {"uln": "40 U/L"}, 2, 2),
    ("Lipase increased", "80.1 U/L", {"uln": "40 U/L"}, 2, 3),
    ("Serum amylase increased", "200.1 U/L", {"uln": "40 U/L"}, 3, 4),
    ("Hypokalemia", "3.2 mmol/L", {"lln": "3.5 mmol/L"}, 1, 2),
    ("Hypokalemia", "2.9 mmol/L", {}, 3, 3),
    ("Hyponatremia", "130 mmol/L", {"lln": "135 mmol/L"}, 1, 1),
    ("Hyponatremia", "129 mmol/L", {}, 2, 3),
    ("Hyponatremia", "125 mmol/L", {}, 2, 3),
    ("Hyponatremia", "124 mmol/L", {}, 3, 3),
    ("Hyponatremia", "120 mmol/L", {}, 3, 3),
    ("Hyponatremia", "119.9 mmol/L", {}, 4, 4),
    ("Hyperuricemia", "8 mg/dL", {"uln": "7 mg/dL"}, 1, 3),
]


@pytest.mark.parametrize(("term", "value", "limits", "without", "with_them"), SYMPTOMS)
def test_symptoms_are_asked_for_and_not_guessed(
    term: str, value: str, limits: dict[str, str], without: int, with_them: int
) -> None:
    assert graded(term, value, symptoms=False, **limits).grade == without
    assert graded(term, value, symptoms=True, **limits).grade == with_them
    unknown = graded(term, value, **limits)
    assert unknown.grade == (without if without == with_them else None)
    assert unknown.possible_grades == tuple(sorted({without, with_them}))


@pytest.mark.parametrize(
    "text",
    ["0.9 10^9/L", "0.9 x10^9/L", "0.9x10^9/L", "0.9 x 10^9/L", "0.9 10e9/L", "900 /mm3",
     "900/mm3", "900 /µL", "900 cells/uL", "0.9 10^3/µL", "0.90 10⁹/L", ".9 k/uL"],
)  # fmt: skip
def test_the_same_count_in_any_unit(text: str) -> None:
    read = parse_laboratory_value(text)
    assert (read.amount, read.unit) == (Decimal("0.9"), "10^9/L")


@pytest.mark.parametrize(
    "text", ["", "x", "0,9 10^9/L", "75,000 /mm3", "12 345 /mm3", "<0.5 10^9/L", "-1 g/L", "1e3 /L",
             "nan g/L", "0.9.1 g/L"],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    if text == "1e3 /L":  # "1" in a unit that no row knows
        with pytest.raises(TrialError, match="no cut-off in this unit"):
            graded("Neutrophil count decreased", text)
        return
    with pytest.raises(TrialError, match="plain number"):
        parse_laboratory_value(text)


@pytest.mark.parametrize(
    ("term", "value", "limits", "said"),
    [
        ("Neutrophil count decreased", "1.7 10^9/L", {}, "depends on --lln"),
        ("CPK increased", "100 U/L", {}, "depends on --uln"),
        ("ALT increased", "100 U/L", {"baseline": "50 U/L"}, "depends on --uln"),
        ("ALT increased", "100 U/L", {"uln": "0.7 ukat/L"}, "same unit"),
        ("ALT increased", "100 U/L", {"uln": "0 U/L"}, "can't be 0"),
        ("Anemia", "9 mg/dL", {}, "no cut-off in this unit"),
        ("Anemia", "9", {}, "no cut-off in this unit"),
        ("Anemia", "90 g/L", {"lln": "160 g/L", "uln": "120 g/L"}, "below the upper"),
        ("Hyponatremia", "129.5 mmol/L", {}, "between two grades"),
        ("Hyperglycemia", "200 mg/dL", {}, "an investigator grades it"),
        ("Hypophosphatemia", "2 mg/dL", {}, "an investigator grades it"),
        ("INR increased", "1.4", {}, "depend on whether the patient is on anticoagulation"),
        ("INR increased", "1.4", {"anticoagulation": True}, "depends on --baseline"),
        ("Fibrinogen decreased", "1.4 g/L", {}, "depends on --lln"),
        ("Fibrinogen decreased", "4 umol/L", {"lln": "6"}, "no cut-off in this unit"),
        ("Fatigue", "1 g/L", {}, "no laboratory cut-offs"),
        ("Hypocalcemia", "1.1 mmol/L", {}, "say which was measured"),
        ("Anemia", "0.1234567890123456 g/L", {}, "plain number"),
    ],
)
def test_what_cannot_be_graded_is_refused(
    term: str, value: str, limits: dict[str, str], said: str
) -> None:
    with pytest.raises(TrialError, match=said):
        graded(term, value, **limits)


def test_versions_do_not_mix() -> None:
    with pytest.raises(TrialError, match="versions do not mix"):
        find_term("Anemia", version="3.0")


@given(st.integers(0, 3000), st.integers(1600, 2500))
def test_neutrophils_by_whole_numbers(per_mm3: int, lln_per_mm3: int) -> None:
    # the same cut-offs in cells/mm3, whole numbers only
    expected = 4 if per_mm3 < 500 else 3 if per_mm3 < 1000 else 2 if per_mm3 < 1500 else 1
    if per_mm3 >= lln_per_mm3:
        expected = 0
    found = graded("Neutrophil count decreased", f"{per_mm3} /mm3", lln=f"{lln_per_mm3} /mm3")
    assert found.grade == expected
    litre = graded(
        "Neutrophil count decreased",
        f"{Decimal(per_mm3) / 1000} 10^9/L",
        lln=f"{Decimal(lln_per_mm3) / 1000} 10^9/L",
    )
    assert litre.grade == expected


@pytest.mark.parametrize(
    ("value", "baseline", "plain", "anticoagulated"),
    [
        # v5.0: above 1.2, 1.5, 2.5; on anticoagulation above 1, 1.5, 2.5 times the baseline
        ("1.2", "1.0", 0, 1), ("1.21", "1.0", 1, 1), ("1.5", "1.0", 1, 1), ("1.51", "1.0", 2, 2),
        ("2.5", "1.0", 2, 2), ("2.51", "1.0", 3, 3), ("2.5", "2.5", 2, 0), ("2.6", "2.5", 3, 1),
        ("3.75", "2.5", 3, 1), ("3.76", "2.5", 3, 2), ("6.25", "2.5", 3, 2), ("6.26", "2.5", 3, 3),
    ],
)  # fmt: skip
def test_inr_by_anticoagulation(value: str, baseline: str, plain: int, anticoagulated: int) -> None:
    limits: dict[str, object] = {"baseline": baseline}
    assert graded("INR increased", value, anticoagulation=False, **limits).grade == plain
    found = graded("INR increased", f"{value} INR", anticoagulation=True, **limits)
    assert found.grade == anticoagulated


@pytest.mark.parametrize(
    ("value", "lln", "baseline", "grade"),
    [
        # v5.0: below 1, 0.75, 0.5, 0.25 times LLN
        ("2.0", "2.0", None, 0), ("1.99", "2.0", None, 1), ("1.5", "2.0", None, 1),
        ("1.49", "2.0", None, 2), ("1.0", "2.0", None, 2), ("0.99", "2.0", None, 3),
        ("0.5", "2.0", None, 3), ("0.49", "2.0", None, 4), ("0.59", "2.4", None, 4),
        # below LLN, and a fall of 25, 50, 75 % from the baseline
        ("1.9", "2.0", "2.0", 1), ("1.8", "2.0", "2.4", 2), ("1.81", "2.0", "2.4", 1),
        ("1.8", "2.0", "3.6", 3), ("1.8", "2.0", "3.59", 2), ("1.8", "2.0", "7.2", 4),
        ("1.8", "2.0", "7.19", 3), ("2.0", "2.0", "8.0", 0),
    ],
)  # fmt: skip
def test_fibrinogen_by_its_limit_and_its_fall(
    value: str, lln: str, baseline: str | None, grade: int
) -> None:
    for unit, factor in (("g/L", Decimal(1)), ("mg/dL", Decimal(100))):
        limits = {"lln": lln} | ({} if baseline is None else {"baseline": baseline})
        said = {name: f"{Decimal(text) * factor} {unit}" for name, text in limits.items()}
        found = graded("Fibrinogen decreased", f"{Decimal(value) * factor} {unit}", **said)
        assert found.grade == grade
        assert any("admiral" in note for note in found.notes)
    assert graded("Fibrinogen decreased", "49 mg/dL").grade == 4  # whatever the limit of normal


def test_a_limit_below_ctcaes_own_cut_off_is_pointed_out() -> None:
    found = graded("Neutrophil count decreased", "1.3 10^9/L", lln="1.2 10^9/L")
    assert found.grade == 2
    assert any("above this LLN" in note for note in found.notes)


def test_every_row_gives_grades_in_order() -> None:
    """A worse value never has a lower grade, in every row of the table."""
    from hevesy.trial.criteria import _all_rows

    for row in _all_rows():
        if row.unit == "clinical":
            continue
        unit = "U/L" if row.unit == "same" else row.unit
        limits: dict[str, object] = {"lln": f"1000 {unit}", "uln": f"2000 {unit}"}
        limits["version"] = row.version
        if "BASE" in str(row.grades):
            limits["baseline"] = f"{'3000' if row.baseline == 'abnormal' else '1500'} {unit}"
        low = "<" in row.grades[2][0].sign if row.grades[2] else row.grades[0][0].sign == "<"
        steps = [Decimal(k) / 100 for k in range(1, 100000, 311)]
        values = [v for v in steps if not any(a < v < b for a, b in row.undefined)]
        if row.rest_undefined:  # those that meet no condition are refused
            values = [v for v in values if row.grades[2][0].holds(v, Decimal(1))]
        if "anticoagulated" in row.baseline:
            limits["anticoagulation"] = row.baseline == "anticoagulated"
        for symptoms in (False, True):
            grades = [graded(row.term, f"{v} {unit}", symptoms=symptoms, **limits).grade or 0
                      for v in values[:: 7]]  # fmt: skip
            assert grades == sorted(grades, reverse=low), row.term
    assert len({row.term for row in _all_rows()}) >= 35
    assert len(grading_rows("Anemia", version="5.0")) == 2
