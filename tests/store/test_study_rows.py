"""A study's records as rows, from both databases."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from hevesy.store import open_store
from hevesy.store import tables as t
from hevesy.store.record import Record
from hevesy.trial import StudyRows
from hevesy.workflows.study_rows import read_study_rows
from tests.store.study import hours

Place = Callable[..., str | Path]
CONTENT = {
    "regions": [
        {
            "name": "lesion 1", "eud_gy": 70.5, "beds": [{"bed_gy": 130.0}],
            "dvh": {"valid": True, "d98_gy": 20.0, "d70_gy": 60.0, "d50_gy": 80.0, "d2_gy": 190.0,
                    "volume_shares_at": [{"dose_gy": 100.0, "volume_share": 0.4}]},
        },
        {"name": "liver", "eud_gy": None, "beds": [], "dvh": {"valid": False}},
    ]
}  # fmt: skip


def rows_of(place: Place, *more: tuple[str, Record]) -> StudyRows:
    store = open_store(place(filled=True), clock=lambda: datetime.now(UTC))
    for user, record in more:
        with store.writing(user) as writer:
            writer.add(record)
    with store.reading() as reader:
        rows = read_study_rows(reader, study="A study", as_of=date(2026, 6, 1))
    store.close()
    return rows


def test_each_record_is_a_row(place: Place) -> None:
    rows = rows_of(place)
    (inclusion,) = rows.inclusions
    assert (inclusion.inclusion, inclusion.patient, inclusion.ecog) == ("P01-1", "P01", 1)
    assert (inclusion.age_years, inclusion.prior_lines, inclusion.consent_version) == (66, 3, "2.0")
    assert dict(inclusion.criteria) == {"age": True}
    assert dict(inclusion.evidence) == {"age": "identity card"}
    (given,) = rows.administrations
    assert (given.activity_mbq, given.activity_uncertainty_mbq, given.lesions) == (
        1500.0, 40.0, ("L1",),
    )  # fmt: skip
    assert given.needle_passes == 2
    assert rows.treated == {"P01-1"}
    (event,) = rows.events
    assert (event.grade, event.related_agent, event.serious) == (1, "possible", False)
    assert (event.outcome, event.aware_at) == ("", hours(30))
    (value,) = rows.measurements
    assert str(value.value) == "1.50"  # as recorded, to the digit
    (size,) = rows.assessments
    assert (size.organ, size.diameter_mm, size.injected) == ("liver", Decimal("24.50"), True)
    assert [row.kind for row in rows.departures] == ["lost to follow-up"]
    assert [row.name for row in rows.visits] == ["week 6"]


def test_a_day_is_the_sites(place: Place) -> None:
    """23:30 UTC is the next day in Paris (UTC+1 in January)."""
    late = datetime(2026, 1, 9, 23, 30, tzinfo=UTC)
    rows = rows_of(
        place,
        ("cora", t.Inclusion(id="P01-2", patient="P01", at=late, eligible=True)),
        ("ines", t.Administration(
            id="A2", inclusion="P01-2", agent="ImDendrim", nuclide="Re-188", route="intratumoral",
            at=late, kind="net", activity_bq=2e9, operator="ines")),
    )  # fmt: skip
    assert {row.inclusion: row.included_on for row in rows.inclusions}["P01-2"] == date(2026, 1, 10)
    assert {row.administration: row.given_on for row in rows.administrations}["A2"] == date(
        2026, 1, 10
    )


def test_doses_are_those_of_the_newest_result(place: Place) -> None:
    rows = rows_of(
        place,
        ("yann", t.Result(
            id="U0", administration="A1", kind="dose", computed_at=hours(200),
            content=json.dumps(CONTENT), content_sha256="d" * 64)),
        ("yann", t.Dose(
            id="DO2", result="U0", administration="A1", region="lesion 1", lesion="L1",
            method="monte-carlo", mean_dose_gy=90.0)),
        ("yann", t.Dose(
            id="DO3", result="U0", administration="A1", region="liver", method="monte-carlo",
            mean_dose_gy=1.7)),
    )  # fmt: skip
    assert [dose.dose for dose in rows.doses] == ["DO2", "DO3"]  # not DO1, of the older result
    lesion, liver = rows.doses
    assert dict(lesion.metrics) == {
        "d98_gy": 20.0, "d70_gy": 60.0, "d50_gy": 80.0, "d2_gy": 190.0, "v100_share": 0.4,
        "eud_gy": 70.5, "bed_gy": 130.0,
    }  # fmt: skip
    assert dict(liver.metrics) == {}  # its histogram does not hold


def test_a_corrected_record_shows_as_it_is_now(place: Place) -> None:
    address = place(filled=True)
    store = open_store(address, clock=lambda: datetime.now(UTC))
    with store.writing("cora", reason="read again") as writer:
        writer.correct(t.AdverseEvent, "AE1", expected_version=1, grade=2)
    with store.reading() as reader:
        rows = read_study_rows(reader, study="A study", as_of=date(2026, 6, 1))
    store.close()
    assert [event.grade for event in rows.events] == [2]
