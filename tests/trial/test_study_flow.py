"""A study's flow counted from rows: the paper's, two units, contradictions, random histories."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.report.style import drawing
from hevesy.report.subject_flow import draw_subject_flow
from hevesy.trial import DEPARTURES, StudyRows, flow_of_study
from tests.trial import made_flow as m


def counts(rows: StudyRows, unit: str | None = None) -> list[tuple[int, dict[str, int]]]:
    found = flow_of_study(rows, m.protocol(), unit=unit)
    return [
        (stage.subjects, {one.reason: one.subjects for one in stage.exits})
        for stage in found.flow.stages
    ]


def test_the_papers_figure_1() -> None:
    """Jin et al. 2025, Figure 1, and a listed reason that nobody had."""
    for unit in ("inclusion", "person"):
        assert counts(m.paper(), unit) == [
            (51, {"no appropriate lesion": 4, "ineligible examination results": 4,
                  "consent withdrawn by the family": 1}),
            (42, {}),
            (42, {"lost to follow-up": 4, "refused subsequent treatment": 2, "dead": 0}),
            (36, {}),
        ]  # fmt: skip
    found = flow_of_study(m.paper(), m.protocol())
    assert found.faults == ()
    assert found.left["Treated", "refused subsequent treatment"] == ("I5", "I6")
    with drawing():
        words = [t.get_text() for t in draw_subject_flow(found.flow, unit="x").axes[0].texts]
    assert "Screened, n = 51" in words
    assert any("dead, n = 0" in text for text in words)
    assert any(text.startswith("n: x; every stage") for text in words)


def test_a_person_included_twice_counts_once() -> None:
    paper = m.paper()
    again = replace(paper, inclusions=tuple(
        replace(row, patient="P7") if row.inclusion == "I20" else
        replace(row, patient="P1") if row.inclusion == "I2" else row
        for row in paper.inclusions))  # fmt: skip
    assert [n for n, _ in counts(again, "inclusion")] == [51, 42, 42, 36]
    # I7 and I20 are one person, analysed; I1 and I2 one person, lost
    assert [n for n, _ in counts(again, "person")] == [49, 40, 40, 35]
    assert counts(again, "person")[2][1]["lost to follow-up"] == 3


def test_a_person_counts_by_the_inclusion_that_came_furthest() -> None:
    twice = m.rows(
        [m.inclusion(1, eligible=False, failure_reason="x"), m.inclusion(2, patient="P1")],
        administrations=(m.given(2),),
    )
    assert [n for n, _ in counts(twice, "person")] == [1, 1, 1, 1]
    assert [n for n, _ in counts(twice, "inclusion")] == [2, 1, 1, 1]


def test_labels_of_departures() -> None:
    left = m.rows(
        [m.inclusion(n) for n in range(1, 7)],
        administrations=tuple(m.given(n) for n in range(1, 6)),
        departures=(
            m.gone(1, "lost to follow-up", "moved"),  # listed without a reason: any
            m.gone(2, "refused", "too far"), m.gone(3, "refused"), m.gone(4, "completed"),
            m.gone(5, "withdrawn"), m.gone(6, "dead"),
        ),
    )  # fmt: skip
    found = counts(left)
    assert found[1] == (6, {"dead": 1})
    assert found[2] == (5, {"lost to follow-up": 1, "refused subsequent treatment": 0, "dead": 0,
                            "refused": 1, "refused: too far": 1, "withdrawn": 1})  # fmt: skip
    assert found[3][0] == 1


FAULTS = {
    "I1 was treated and is not eligible": m.rows(
        [m.inclusion(1, eligible=False)], administrations=(m.given(1),)),
    "I1 is eligible, and its screening failed": m.rows([m.inclusion(1, failure_reason="x")]),
    "I1 is treated, and its screening failed": m.rows(
        [m.inclusion(1, failure_reason="x")], administrations=(m.given(1),)),
    "I1 is not eligible, and no reason is recorded": m.rows([m.inclusion(1, eligible=False)]),
    "I1 left on 2024-03-02, before it was treated": m.rows(
        [m.inclusion(1)], administrations=(m.given(1),), departures=(m.gone(1, "dead", days=1),)),
    "I1 left twice: D1 and D9": m.rows(
        [m.inclusion(1)], administrations=(m.given(1),),
        departures=(m.gone(1, "refused"), replace(m.gone(1, "dead", days=70), departure="D9"))),
    "A2 is of I2, which is not on record": m.rows(
        [m.inclusion(1)], administrations=(m.given(1), m.given(2))),
    "D2 is of I2, which is not on record": m.rows(
        [m.inclusion(1)], departures=(m.gone(2, "dead"),)),
    "I1 completed the study without a treatment": m.rows(
        [m.inclusion(1)], departures=(m.gone(1, "completed"),)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_contradictions_are_named(fault: str) -> None:
    assert flow_of_study(FAULTS[fault], m.protocol()).faults == (fault,)


def test_refusals() -> None:
    with pytest.raises(TrialError, match="nobody was screened"):
        flow_of_study(m.rows([]), m.protocol())
    with pytest.raises(TrialError, match="inclusions or persons"):
        flow_of_study(m.paper(), m.protocol(), unit="lesion")


HISTORY = st.tuples(
    st.integers(1, 6),  # the person
    st.booleans(),  # eligible
    st.booleans(),  # treated
    st.sampled_from(("", *DEPARTURES)),
    st.sampled_from(("", "moved", "refused subsequent treatment")),
    st.integers(0, 40),
)


@settings(max_examples=60, deadline=None)
@for_any(st.lists(HISTORY, min_size=1, max_size=12), st.sampled_from(("inclusion", "person")))
def test_sums_reconcile_for_any_history(
    histories: list[tuple[int, bool, bool, str, str, int]], unit: str
) -> None:
    """Against sets counted by plain loops; each stage is the one before less who left it."""
    inclusions, administrations, departures = [], [], []
    for n, (person, eligible, treated, kind, reason, days) in enumerate(histories):
        inclusions.append(m.inclusion(n, patient=f"P{person}", eligible=eligible,
                                      included_on=m.DAY + timedelta(days=days)))  # fmt: skip
        if treated:
            administrations.append(m.given(n))
        if kind:
            departures.append(m.gone(n, kind, reason, days))
    rows = m.rows(inclusions, administrations=tuple(administrations),
                  departures=tuple(departures))  # fmt: skip
    found = flow_of_study(rows, m.protocol(), unit=unit)
    assert found.flow.faults == ()
    column = 0 if unit == "person" else None

    def subjects(chosen: list[int]) -> set[object]:
        return {histories[n][0] if column == 0 else n for n in chosen}

    everybody = list(range(len(histories)))
    treated_ones = [n for n in everybody if histories[n][2]]
    stayed = [n for n in treated_ones if histories[n][3] in ("", "completed")]
    enrolled = [n for n in everybody if histories[n][1] or histories[n][2]]
    assert [stage.subjects for stage in found.flow.stages] == [
        len(subjects(chosen)) for chosen in (everybody, enrolled, treated_ones, stayed)
    ]
