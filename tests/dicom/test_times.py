# ruff: noqa: DTZ001 - wall clocks without a zone are what is tested
"""Wall clocks and zones, against the time zone database itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from hevesy.dicom.times import DicomClock, parse_wall_time, parse_zone_offset, place_wall_time
from hevesy.errors import TimeError

ZONES = ["Europe/Paris", "America/Detroit", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


@given(
    name=st.sampled_from(ZONES),
    seconds=st.integers(0, 40 * 365 * 86400),
)
@settings(max_examples=60, deadline=None)
def test_every_moment_comes_back_or_was_shown_twice(name: str, seconds: int) -> None:
    zone = ZoneInfo(name)
    moment = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    half_days = [moment + timedelta(hours=h) for h in (-2, -1, -0.5, 0.5, 1, 2)]
    twice = any(m.astimezone(zone).replace(tzinfo=None, fold=0) == shown for m in half_days)
    if twice:
        with pytest.raises(TimeError, match="overlap"):
            place_wall_time(shown.replace(fold=0), zone, what="it")
    else:
        assert place_wall_time(shown, zone, what="it") == moment


@pytest.mark.parametrize(
    ("shown", "zone"),
    [
        (datetime(2024, 3, 31, 2, 30), "Europe/Paris"),
        (datetime(2018, 3, 11, 2, 0), "America/Detroit"),
        (datetime(2024, 10, 6, 2, 15), "Australia/Lord_Howe"),
    ],
)
def test_the_gap_is_refused(shown: datetime, zone: str) -> None:
    with pytest.raises(TimeError, match="never showed it"):
        place_wall_time(shown, ZoneInfo(zone), what="it")


@pytest.mark.parametrize("edge", [datetime(2024, 3, 31, 1, 59, 59), datetime(2024, 3, 31, 3, 0)])
def test_the_edges_of_the_gap_are_times(edge: datetime) -> None:
    place_wall_time(edge, ZoneInfo("Europe/Paris"), what="it")


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("20240506", "0915", datetime(2024, 5, 6, 9, 15)),
        ("2024.05.06", "09:15:07", datetime(2024, 5, 6, 9, 15, 7)),
        ("20240506 ", "091507.25 ", datetime(2024, 5, 6, 9, 15, 7, 250000)),
    ],
)
def test_forms_of_date_and_time(date: str, time: str, expected: datetime) -> None:
    assert parse_wall_time(date, time, what="it") == expected


@pytest.mark.parametrize(
    ("date", "time"),
    [("20240230", "0915"), ("20240506", "09"), ("20240506", "2515"), ("6 May", "0915")],
)
def test_what_is_no_time_is_refused(date: str, time: str) -> None:
    with pytest.raises(TimeError, match="no calendar has"):
        parse_wall_time(date, time, what="it")


@pytest.mark.parametrize("text", ["0500", "+5", "+1500", "+0575", "EST"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(TimeError, match="Timezone Offset"):
        parse_zone_offset(text)


def test_a_value_may_bear_its_own_offset() -> None:
    clock = DicomClock(Dataset(), None)
    moment = clock.moment_of("20181115092200.000000-0500", what="it")
    assert moment == datetime(2018, 11, 15, 14, 22, tzinfo=UTC)
    assert clock.moment_of("20181115092200", what="it") is None
    assert clock.moment_of("20181115", what="it") is None
    with pytest.raises(TimeError, match="not a DICOM date and time"):
        clock.moment_of("yesterday at nine", what="it")
