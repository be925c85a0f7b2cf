"""Events of a study: the safety set, cohorts by activity, time since the injection."""

from datetime import timedelta

import pytest

from hevesy.errors import TrialError
from hevesy.protocol import ActivityCohort
from hevesy.trial import count_study_events
from tests.trial import made_flow as m
from tests.trial.made_study_rows import GIVEN, PROTOCOL, event

COHORTS = m.protocol(cohorts=(ActivityCohort(name="low", high_bq=2e9),
                              ActivityCohort(name="high", low_bq=2e9, high_bq=4e9)))  # fmt: skip
ROWS = m.rows(
    [m.inclusion(1), m.inclusion(2, patient="P1"), m.inclusion(3), m.inclusion(4),
     m.inclusion(5)],
    administrations=(
        m.given(1), m.given(2, activity_mbq=2000.0), m.given(3, activity_mbq=3999.0),
        m.given(4, activity_mbq=4000.0),
        m.given(3, administration="A3b", given_on=GIVEN + timedelta(days=30),
                given_at=m.given(3).given_at + timedelta(days=30)),
    ),
    events=(
        event(1, grade=1, began_on=GIVEN), event(2, grade=3, began_on=GIVEN + timedelta(days=2)),
        event(3, grade=2, began_on=GIVEN + timedelta(days=31)),  # a day after the second injection
        event(4, event="E4a", began_on=GIVEN + timedelta(days=28)),
        event(4, event="E4b", began_on=GIVEN + timedelta(days=29), term="Pain"),
        event(4, event="before", began_on=GIVEN - timedelta(days=1)),
        event(5, event="untreated"),
    ),
)  # fmt: skip


def test_the_safety_set_and_its_parts() -> None:
    found = count_study_events(ROWS, COHORTS)
    assert found.subjects == ("I1", "I2", "I3", "I4")
    assert found.not_counted == ("before", "untreated")
    assert found.table.any.by_grade == (2, 1, 1, 0, 0)
    assert {name: (table.any.all.n, table.any.denominator)
            for name, table in found.cohorts.items()} == {
        "low": (1, 1), "high": (2, 2), "no cohort of the protocol": (1, 1)}  # fmt: skip
    assert {name: table.any.by_grade for name, table in found.times.items()} == {
        "day 0-1": (1, 1, 0, 0, 0), "day 2-7": (0, 0, 1, 0, 0), "day 8-28": (1, 0, 0, 0, 0),
        "after day 28": (1, 0, 0, 0, 0)}  # fmt: skip
    assert all(table.any.denominator == 4 for table in found.times.values())
    assert count_study_events(ROWS, PROTOCOL).cohorts == {}


def test_a_person_included_twice_counts_once() -> None:
    found = count_study_events(ROWS, COHORTS, unit="person")
    assert found.subjects == ("P1", "P3", "P4")
    assert found.table.any.by_grade == (1, 1, 1, 0, 0)  # P1 at the worst of both inclusions
    assert {name: table.any.denominator for name, table in found.cohorts.items()} == {
        "low": 1, "high": 1, "no cohort of the protocol": 1}  # fmt: skip


def test_refusals() -> None:
    with pytest.raises(TrialError, match="nobody was treated"):
        count_study_events(m.rows([m.inclusion(1)]), COHORTS)
    with pytest.raises(TrialError, match="inclusions or persons"):
        count_study_events(ROWS, COHORTS, unit="lesion")
