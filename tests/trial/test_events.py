"""Adverse events: the paper's margins from generated rows, exact intervals, worst grades."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.trial import AdverseEvent, clopper_pearson_percent, count_events, round_half_away

# Jin et al., J Clin Res Rep 2025;21(1), Table 2: all grades, grade 1-2, grade 3 or more, per cent
TABLE_2 = {
    "Fatigue": (17, 17, 0, "47.2"),
    "Pain": (16, 16, 0, "44.4"),
    "Nausea": (11, 11, 0, "30.6"),
    "Dizziness": (9, 9, 0, "25.0"),
    "Bleeding": (8, 7, 1, "22.2"),
    "Hypertension": (7, 7, 0, "19.4"),
    "Pneumothorax": (4, 3, 1, "11.1"),
    "Fever": (3, 3, 0, "8.3"),
    "Hypotension": (2, 2, 0, "5.6"),
    "Electrolyte imbalance": (2, 2, 0, "5.6"),
    "Vomiting": (2, 2, 0, "5.6"),
}


def generated() -> list[AdverseEvent]:
    """Rows that have Table 2's margins, with repeats of lower grades that must not count."""
    rows, first = [], 0
    for term, (everyone, _, severe, _) in TABLE_2.items():
        for k in range(everyone):
            subject = str((first + k) % 36)
            worst = 3 if k < severe else 1 + k % 2
            for grade in range(1, worst + 1):
                rows.append(
                    AdverseEvent(
                        subject=subject,
                        term=term if grade == worst else term.upper(),
                        organ_class="General" if term in {"Fatigue", "Pain"} else "Other",
                        grade=grade,
                        related_agent="unlikely",
                        related_procedure="definite" if grade == 3 else "possible",
                    )
                )
        first += everyone
    return rows


def test_the_papers_margins() -> None:
    table = count_events(generated(), denominator=36)
    assert len(table.terms) == 11
    for term, (everyone, mild, severe, percent) in TABLE_2.items():
        row = next(count for name, count in table.terms.items() if name.lower() == term.lower())
        assert (row.all.n, row.grade_1_2.n, row.grade_3_plus.n) == (everyone, mild, severe)
        assert row.all.as_text() == f"{everyone} ({percent} %)"
    assert table.any.grade_3_plus.n == 2
    assert table.any.all.n == 36  # 81 subject-terms laid around 36 subjects meet all of them
    assert table.agent["related"].all.n == 0
    assert table.procedure["definite"].by_grade == (0, 0, 2, 0, 0)
    assert table.agent_by_procedure["not related", "related"].all.n == 36


def test_every_row_has_a_maximum_of_its_own() -> None:
    def row(subject: str, term: str, organ: str, grade: int) -> AdverseEvent:
        return AdverseEvent(subject=subject, term=term, organ_class=organ, grade=grade)

    table = count_events(
        [row("1", "Pain", "A", 1), row("1", "Fever", "A", 3), row("1", "Vomiting", "B", 2),
         row("2", "Pain", "A", 2)],
        denominator=3,
    )  # fmt: skip
    assert table.terms["Pain"].by_grade == (1, 1, 0, 0, 0)
    assert table.classes["A"].by_grade == (0, 1, 1, 0, 0)
    assert table.classes["B"].by_grade == (0, 1, 0, 0, 0)
    assert table.any.by_grade == (0, 1, 1, 0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcd"), st.integers(1, 5)), max_size=40)
)
def test_all_is_the_sum_of_its_grades(rows: list[tuple[int, str, int]]) -> None:
    events = [
        AdverseEvent(subject=str(s), term=t, organ_class="x" if t in "ab" else "y", grade=g)
        for s, t, g in rows
    ]
    table = count_events(events, denominator=10)
    for count in (table.any, *table.terms.values(), *table.classes.values()):
        assert count.all.n == count.grade_1_2.n + count.grade_3_plus.n
    assert table.any.all.n == len({s for s, _, _ in rows})
    for term in {t for _, t, _ in rows}:
        worst = {s: max(g for s2, t, g in rows if (s2, t) == (s, term))
                 for s, t2, _ in rows if t2 == term}  # fmt: skip
        assert table.terms[term].grade_3_plus.n == sum(g >= 3 for g in worst.values())


@pytest.mark.parametrize(("n", "of", "low", "high"), [(18, 86, 12.9, 31.0), (50, 254, 15.0, 25.1)])
def test_published_intervals(n: int, of: int, low: float, high: float) -> None:
    assert [round(x, 1) for x in clopper_pearson_percent(n, of)] == [low, high]


@pytest.mark.parametrize("n", [0, 1, 2, 17, 35, 36])
def test_the_interval_by_its_definition(n: int) -> None:
    """At each limit the binomial tail is 2.5 %, summed in exact fractions."""
    low, high = (Fraction(x) / 100 for x in clopper_pearson_percent(n, 36))

    def at_least(k: int, p: Fraction) -> float:
        return float(sum(comb(36, i) * p**i * (1 - p) ** (36 - i) for i in range(k, 37)))

    # betaincinv is good to about 1e-12 of p; the tail's slope is below 36 / p
    if n > 0:
        assert at_least(n, low) == pytest.approx(0.025, rel=1e-9)
    else:
        assert low == 0
    if n < 36:
        assert 1 - at_least(n + 1, high) == pytest.approx(0.025, rel=1e-9)
    else:
        assert high == 1


def test_refusals() -> None:
    one = AdverseEvent(subject="1", term="Pain", organ_class="A", grade=1)
    two = AdverseEvent(subject="2", term="pain ", organ_class="B", grade=1)
    with pytest.raises(TrialError, match="smaller than the number of subjects"):
        count_events([one, two], denominator=1)
    with pytest.raises(TrialError, match="Pain in A and B"):
        count_events([one, two], denominator=5)
    with pytest.raises(TrialError, match="1 or more"):
        count_events([], denominator=0)
    assert count_events([], denominator=5).any.all.ci95_percent[0] == 0


def test_rounding_half_away_from_zero() -> None:
    assert str(round_half_away(Fraction(25, 10), 0)) == "3"
    assert str(round_half_away(Fraction(-25, 10), 0)) == "-3"
    assert str(round_half_away(Fraction(1, 20), 1)) == "0.1"
    assert str(round_half_away(Fraction(900, 36), 1)) == "25.0"
