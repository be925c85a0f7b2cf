"""Deadlines of serious events: their boundaries, and who needs which report."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.protocol import EventRules
from hevesy.trial import DEADLINE_STATES, event_deadlines, event_narratives
from tests.trial import made_study_rows as made

AWARE = made.AWARE
RULES = EventRules()
SECOND = timedelta(seconds=1)
SUSAR = {"serious": True, "expected": False, "related_agent": "possible", "aware_at": AWARE}


def states(now: datetime, **values: Any) -> list[str]:
    return [one.state for one in event_deadlines([made.event(1, **values)], RULES, now=now)]


def test_24_hours_to_the_sponsor() -> None:
    due = AWARE + timedelta(hours=24)
    serious = {"serious": True, "seriousness": "hospitalisation", "aware_at": AWARE}
    assert states(due, **serious) == ["open"]
    assert states(due + SECOND, **serious) == ["overdue"]
    assert states(due + SECOND, reported_at=due, **serious) == ["reported"]
    assert states(due + SECOND, reported_at=due + SECOND, **serious) == ["reported late"]
    assert states(due, serious=True) == ["no time of awareness"]
    for no in (False, None):
        assert states(due, serious=no, aware_at=AWARE) == []


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({"seriousness": "hospitalisation"}, 15),
        ({"seriousness": "hospitalisation", "grade": 4}, 15),  # its grade alone does not tell
        ({"seriousness": "hospitalisation, life-threatening"}, 7),
        ({"seriousness": "death"}, 7),
        ({"seriousness": "hospitalisation", "grade": 5}, 7),
        ({"seriousness": "hospitalisation", "outcome": "fatal"}, 7),
    ],
)
def test_7_or_15_days_to_the_authority(values: dict[str, Any], days: int) -> None:
    due = AWARE + timedelta(days=days)
    given = {**SUSAR, **values, "reported_at": AWARE}
    assert states(due, **given) == ["reported", "open"]
    assert states(due + SECOND, **given) == ["reported", "overdue"]
    assert states(due + SECOND, authority_reported_at=due, **given) == ["reported"] * 2
    late = states(due, authority_reported_at=due + SECOND, **given)
    assert late == ["reported", "reported late"]


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, True),
        ({"expected": True}, False),
        ({"related_agent": "unlikely"}, False),
        ({"related_agent": "related"}, True),
        ({"related_agent": "unlikely", "related_procedure": "definite"}, False),
        ({"expected": None}, False),  # not decided: a data check says so
        ({"related_agent": ""}, False),
    ],
)
def test_who_is_a_susar(changes: dict[str, Any], needed: bool) -> None:
    found = states(AWARE, **{**SUSAR, "seriousness": "death", **changes})
    assert len(found) == 1 + needed


MOMENT = st.integers(-40 * 86400, 40 * 86400)


@settings(max_examples=150, deadline=None)
@for_any(MOMENT, st.none() | MOMENT, st.sampled_from(("death", "disability")))
def test_any_moment(now_s: int, reported_s: int | None, seriousness: str) -> None:
    """Against whole seconds compared by hand; an overdue report stays so as time passes."""
    at = None if reported_s is None else AWARE + timedelta(seconds=reported_s)
    within_s = {"death": 7, "disability": 15}[seriousness] * 86400
    values = {**SUSAR, "seriousness": seriousness, "reported_at": at, "authority_reported_at": at}
    now = AWARE + timedelta(seconds=now_s)
    for limit_s, state in zip((86400, within_s), states(now, **values), strict=True):
        if reported_s is not None:
            assert state == ("reported late" if reported_s > limit_s else "reported")
        else:
            assert state == ("overdue" if now_s > limit_s else "open")
        assert state in DEADLINE_STATES
    later = states(now + timedelta(days=100), **values)
    assert all(b == ("overdue" if a == "open" else a)
               for a, b in zip(states(now, **values), later, strict=True))  # fmt: skip


def test_another_zone_is_the_same_moment() -> None:
    shanghai = AWARE.astimezone(made.NOW.tzinfo)
    assert states(AWARE + timedelta(hours=24), **{**SUSAR, "aware_at": shanghai})[0] == "open"
    with pytest.raises(TrialError, match="no zone"):
        event_deadlines([], RULES, now=datetime(2026, 1, 9))  # noqa: DTZ001


def test_a_narrative_has_what_belongs_to_the_event() -> None:
    (told,) = event_narratives(made.clean(), made.PROTOCOL, now=datetime(2025, 1, 1, tzinfo=UTC))
    assert (told.event.event, told.patient and told.patient.sex) == ("E5", "F")
    assert (told.administration and told.administration.administration) == "A5"
    assert (told.injection_number, told.days_since_injection, told.duration_days) == (1, 20, None)
    assert [one.state for one in told.deadlines] == ["reported", "reported"]
    assert (told.departure and told.departure.kind) == "dead"
    assert (told.cohort, told.generated) == ("", False)
