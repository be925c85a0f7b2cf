"""Rows of a sharing copy: what must go is gone, and what rests on intervals is what it was."""

import dataclasses
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import TimeError, TrialError
from hevesy.protocol import ProtocolSite, StudyProtocol
from hevesy.trial import StudyRows, flow_of_study
from hevesy.trial.export import build_adam, build_sdtm
from hevesy.trial.export.sample import sample_study
from hevesy.trial.rows import AdministrationRow, EventRow, InclusionRow, PatientRow
from hevesy.trial.sharing import (
    FREE_TEXTS,
    Identifiers,
    PatientClock,
    SharingKey,
    column_rules,
    holds_date,
    patient_clocks,
    rare_people,
    share_region,
    share_rows,
)
from hevesy.trial.tables import CountCell, TableOptions, prepare_analysis, tabulate_study
from tests.trial.made_study import make_study

KEY = SharingKey(secret=bytes(range(32)))
NOBODY = Identifiers()
PROTOCOL = StudyProtocol(
    name="A made-up study", nuclide="Re-188", agent="a", route="intratumoral",
    sites=(ProtocolSite(name="S1", timezone="UTC"),),
)  # fmt: skip
SEEDS = st.integers(0, 300)


@cache
def made(seed: int) -> StudyRows:
    return make_study(seed, patients=20, events=60, measurements=30)


def shared(
    rows: StudyRows, *, key: SharingKey = KEY, known: Identifiers = NOBODY, keep: Any = ()
) -> StudyRows:
    zones = {row.site: ZoneInfo("UTC") for row in rows.patients}
    clocks = patient_clocks(rows, key, zones)
    return share_rows(rows, key=key, clocks=clocks, known=known, keep=keep).rows


def cells(rows: StudyRows) -> dict[tuple[str, str, str, int], Counter[str]]:
    """Every cell of every table as it is printed, without regard to the order of lesions.

    A term that was typed in two spellings is headed by the one that comes first.
    """
    analysis = prepare_analysis(rows, options=TableOptions())
    found: dict[tuple[str, str, str, int], Counter[str]] = {}
    names = {row.lesion for row in rows.lesions} | {row.inclusion for row in rows.inclusions}
    for table in tabulate_study(analysis):
        for row in table.rows:
            group, heading = (
                "" if any(name in text for name in names) else text.casefold()
                for text in (row.group, row.heading)
            )
            for number, one in enumerate(row.cells):
                text = one.text if not isinstance(one, CountCell) else f"{one.n}/{one.denominator}"
                key = (table.name, group, heading, number)
                found.setdefault(key, Counter())[text] += 1
    return found


@given(SEEDS)
@settings(max_examples=6, deadline=None)
def test_every_table_that_rests_on_intervals_is_as_it_was(seed: int) -> None:
    """Nobody's ages are above 89 in it: all printed cells of all tables are equal."""
    rows = made(seed)
    rows = dataclasses.replace(
        rows,
        inclusions=tuple(
            dataclasses.replace(row, age_years=min(row.age_years or 60, 89))
            for row in rows.inclusions
        ),
    )
    assert cells(shared(rows, keep=FREE_TEXTS)) == cells(rows)


@given(SEEDS)
@settings(max_examples=6, deadline=None)
def test_the_flow_counts_the_same(seed: int) -> None:
    rows = made(seed)

    def counts(of: StudyRows) -> list[Any]:
        flow = flow_of_study(of, PROTOCOL).flow
        return [
            (stage.name, stage.subjects, sorted((e.subjects, e.reason) for e in stage.exits))
            for stage in flow.stages
        ]

    assert counts(shared(rows, keep=FREE_TEXTS)) == counts(rows)
    short = [(name, n, sum(k for k, _ in out)) for name, n, out in counts(shared(rows))]
    assert short == [(name, n, sum(k for k, _ in out)) for name, n, out in counts(rows)]


def test_study_days_of_the_exports_are_as_they_were() -> None:
    """Study days, durations and values of SDTM and ADaM; unplanned visits count by their date."""
    rows, protocol = sample_study()

    def numbers(of: StudyRows) -> dict[str, Counter[tuple[Any, ...]]]:
        made = build_sdtm(of, protocol)
        found = {}
        for one in (*made.datasets, *build_adam(of, protocol, made)):
            days = [
                n for n, v in enumerate(one.variables)
                if v.name.endswith(("DY", "AVAL", "CHG", "STRESN", "DOSE", "TOXGR"))
            ]  # fmt: skip
            found[one.name] = Counter(tuple(row[n] for n in days) for row in one.rows)
        return found

    assert numbers(shared(rows)) == numbers(rows)


@given(SEEDS, st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_each_interval_within_a_person_stays(seed: int, secret: int) -> None:
    rows, key = made(seed), SharingKey(secret=bytes([secret]) * 32)
    copy = shared(rows, key=key)
    patient_of = {row.inclusion: row.patient for row in rows.inclusions}
    for table in ("inclusions", "administrations", "events", "visits", "assessments"):
        moved = {getattr(row, _first(row)): row for row in getattr(copy, table)}
        for row in getattr(rows, table):
            code = column_rules()[table, _first(row)].kind
            other = moved[key.code(code, getattr(row, _first(row)))]
            shift = timedelta(days=key.shift_days(patient_of[row.inclusion]))
            for field in dataclasses.fields(row):
                value = getattr(row, field.name)
                if isinstance(value, (date, datetime)):
                    assert getattr(other, field.name) - value == shift, field.name


def _first(row: Any) -> str:
    return dataclasses.fields(row)[0].name


def test_every_column_has_a_rule_and_no_rule_is_idle() -> None:
    """A new column of the rows is not shared before somebody says what becomes of it."""
    rows = sample_study()[0]
    from hevesy.trial.export import tabulate_rows

    found = {(one.name, name) for one in tabulate_rows(rows) for name in one.names}
    assert set(column_rules()) == found


def test_what_must_go_is_gone() -> None:
    day = date(2024, 3, 1)
    rows = StudyRows(
        study="A study", as_of=date.max,
        patients=(PatientRow(patient="Doe-17", site="Paris", sex="F", birth_year=1931),),
        inclusions=(
            InclusionRow(
                inclusion="Doe-17-1", patient="Doe-17", included_on=day, eligible=True,
                age_years=93, primary_tumour="a rare one", waivers={"size": "told by Dr Doe"},
                evidence={"age": "passport"}, consent_version="Paris 2",
            ),
        ),
        administrations=(
            AdministrationRow(
                administration="A1", inclusion="Doe-17-1", activity_mbq=1.0, given_on=day,
                given_at=datetime(2024, 3, 1, 9, 30, tzinfo=ZoneInfo("Europe/Paris")),
            ),
        ),
        events=(
            EventRow(
                event="E1", inclusion="Doe-17-1", term="Fever of Mrs DOE", organ_class="General",
                grade=1, began_on=day, narrative="Mrs Doe fell on 1 March",
                action_taken="called her son", aware_at=datetime(2024, 3, 2, 12, tzinfo=UTC),
            ),
        ),
    )  # fmt: skip
    zones = {"Paris": ZoneInfo("Europe/Paris")}
    clocks = patient_clocks(rows, KEY, zones)
    known = Identifiers(["Doe-17"], people=["Doe^Jane"])
    copy = share_rows(rows, key=KEY, clocks=clocks, known=known)
    said = repr(copy.rows).casefold()
    for gone in ("doe", "paris", "1931", "93", "2024-03", "2024, 3", "passport", "rare", "her son"):
        assert gone not in said, gone
    (inclusion,), (event,), (given_,) = (
        copy.rows.inclusions, copy.rows.events, copy.rows.administrations,
    )  # fmt: skip
    assert inclusion.age_years == 90
    assert inclusion.waivers == {"size": "removed"}
    assert (event.term, event.narrative, event.action_taken) == ("removed",) * 3
    assert (event.aware_at - given_.given_at) == timedelta(hours=27.5)  # 13:00 after 9:30
    assert given_.given_at.hour == 9  # the site's clock, called UTC
    assert given_.given_at.tzinfo is UTC
    assert {one.action for one in copy.counts if one.what == "events.term"} == {
        "removed: holds an identifier"
    }
    kept = share_rows(
        rows, key=KEY, clocks=clocks, known=known,
        keep=["inclusions.primary_tumour", "events.narrative"],
    ).rows  # fmt: skip
    assert kept.inclusions[0].primary_tumour == "a rare one"
    assert kept.events[0].narrative == "removed"  # asked for, and it holds a name
    dated = dataclasses.replace(rows.events[0], term="Fever on 2024-03-01", narrative="on 1 March")
    rows = dataclasses.replace(rows, events=(dated,))
    copy = share_rows(rows, key=KEY, clocks=clocks, known=known, keep=["events.narrative"])
    (event,) = copy.rows.events
    assert (event.term, event.narrative) == ("removed", "removed")


def test_intervals_stay_across_the_change_of_daylight_saving() -> None:
    """From Saturday's 12:00 to Monday's 12:00 in Paris, 30 March 2024, are 47 hours."""
    paris = ZoneInfo("Europe/Paris")
    first, last = (datetime(2024, 3, day, 12, tzinfo=paris) for day in (30, 30))
    last += timedelta(days=2)
    clock = PatientClock(shift_days=-100, offset_s=3600)
    before, after = clock.moment(first), clock.moment(last)
    assert after - before == timedelta(hours=47) == last.astimezone(UTC) - first.astimezone(UTC)
    assert before.isoformat() == "2023-12-21T12:00:00+00:00"
    assert after.hour == 11  # one offset throughout
    with pytest.raises(TimeError, match="without a zone"):
        clock.moment(datetime(2024, 1, 1))  # noqa: DTZ001 - what is refused
    with pytest.raises(TimeError, match="backwards"):
        PatientClock(shift_days=0, offset_s=0)


def test_shifts_are_spread_evenly_and_tell_nothing_of_each_other() -> None:
    """Mean of 1..365 is 183, its deviation 105.4; of 5000 draws the mean is off by 1.5 (k = 1)."""
    days = [KEY.shift_days(f"P{number}") for number in range(5000)]
    mean = sum(days) / len(days)
    assert abs(mean + 183) < 5 * 1.5
    deviation = (sum((day - mean) ** 2 for day in days) / len(days)) ** 0.5
    assert abs(deviation - 105.4) < 5 * 1.0
    pairs = sum((a - mean) * (b - mean) for a, b in pairwise(days))
    assert abs(pairs / len(days) / deviation**2) < 5 / 5000**0.5
    other = SharingKey(secret=bytes(32))
    assert sum(other.shift_days(f"P{n}") == day for n, day in enumerate(days)) < 50


def test_codes_do_not_tell_the_order_and_need_the_key() -> None:
    names = [f"P{number:03d}" for number in range(200)]
    codes = [KEY.code("patient", name) for name in names]
    assert len(set(codes)) == 200
    places = {code: rank for rank, code in enumerate(sorted(codes))}
    moved = sum(abs(places[code] - number) for number, code in enumerate(codes)) / 200
    assert abs(moved - 200 / 3) < 12  # of a random order n/3 on average; sd about 2.9
    rows = made(1)
    patients = [row.patient for row in shared(rows).patients]
    assert patients == sorted(patients)
    assert KEY.code("patient", "P1") != SharingKey(secret=bytes(32)).code("patient", "P1")
    assert "secret" not in repr(KEY)


def test_uids_are_valid_and_of_one_person() -> None:
    found = {KEY.uid(who, f"1.2.3.{n}") for who in ("P1", "P2") for n in range(100)}
    assert len(found) == 200
    for uid in found:
        root, number = uid.rsplit(".", 1)
        assert root == "2.25"
        assert not number.startswith("0")
        assert int(number) < 2**128
    assert KEY.uid("P1", "") == ""


def test_names_of_regions() -> None:
    def name(text: str) -> str:
        known = Identifiers(people=["Lung^Li"])
        return share_region(text, key=KEY, patient="P1", lesions={"L1": "L-X"}, known=known)

    assert [name(t) for t in ("Liver", "lesion 3", "kidney_left", "L1")] == [
        "Liver", "lesion 3", "kidney_left", "L-X",
    ]  # fmt: skip
    for told in ("P0017", "GTV of Ann", "lung", "lesion 1931", "tumour 20240305", ""):
        assert name(told).startswith("region-")
    assert name("abc") == name("abc") != name("abd")


def test_known_identifiers_are_found_as_words() -> None:
    known = Identifiers(["P01", "12345", "ab", "1234", " Klinik Süd "], people=["Ng^Ann", "Doe"])
    found = ("p01", "x_P01-ct", "KLINIK SÜD, 2", "to ann:", "doe", "id 12345")
    assert all(known.found_in(text) for text in found)
    for text in ("P012", "ab", "1234", "123456", "Ng", "Anna", "does"):
        assert not known.found_in(text), text
    assert "p01" not in repr(known)


def test_names_are_found_however_they_are_written() -> None:
    """Accents as one sign or two, umlauts as two letters, ideograms without spaces, numbers."""
    known = Identifiers(["MRN-880417"], people=["Müller^Jörg", "Wang^Xiaodong=王^小东"])
    for text in (
        "Mu\u0308ller",
        "MUELLER",
        "muller",
        "of Joerg",
        "患者王小东",
        "小东的药",
        "no. 880417",
    ):
        assert known.found_in(text), text
    for text in ("王", "Mull", "8804171", "药"):
        assert not known.found_in(text), text


@pytest.mark.parametrize(
    "text",
    [
        "05MAR2024", "5-Mar-24", "5.Mär.2024", "5. März 2024", "2024-3-5", "March 2024", "3/2024",
        "2024-03", "2024年3月5日", "2024-W10", "20240305T10", "20240305101112",
        "12 de\u0301c. 2023",
        "03/25/24", "1st of May", "le 3 fév 2024", "2024 March",
    ],
)  # fmt: skip
def test_dates_are_found_however_they_are_written(text: str) -> None:
    assert holds_date(f"pain, {text}, at home")
    assert holds_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "Marker 3", "1.5/2.5 mm", "may recur", "Symbia Intevo 16", "Decubitus 1", "OSEM3D 10i8s",
        "grade 1-2", "2000 mg", "day-14", "Mayo 3", "Y-90", "423578007", "march fracture",
    ],
)  # fmt: skip
def test_what_is_no_date_stays(text: str) -> None:
    assert not holds_date(text)


def test_a_column_without_a_rule_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column, or a table, that came in and was judged by nobody does not go out."""
    rows = dataclasses.replace(made(1), events=(EventRow(
        event="E1", inclusion=made(1).inclusions[0].inclusion, term="Fever", organ_class="General",
        grade=1, began_on=date(2024, 3, 1), narrative="she fell", outcome="recovered",
    ),))  # fmt: skip
    unjudged = {("events", "outcome"), ("events", "narrative")}
    rules = {
        name: rule
        for name, rule in column_rules().items()
        if name not in unjudged and name[0] != "measurements"
    }
    monkeypatch.setattr("hevesy.trial.sharing.shared_rows.column_rules", lambda: rules)
    copy = shared(rows)
    assert (copy.events[0].narrative, copy.events[0].outcome) == ("", "")
    assert rows.measurements
    assert copy.measurements == ()


def test_who_stands_out_is_told() -> None:
    """Three women of a site are alike; its only man, and a fourth site's two, are not."""
    who = [("A", "F")] * 3 + [("A", "M")] + [("B", "F")] * 2
    people = tuple(
        PatientRow(patient=f"P{n}", site=site, sex=sex) for n, (site, sex) in enumerate(who)
    )
    old = InclusionRow(
        inclusion="I", patient="P1", included_on=date(2024, 3, 1), eligible=True, age_years=90
    )
    rows = StudyRows(study="A", as_of=date.max, patients=people, inclusions=(old,))
    assert rare_people(rows) == ("P1", "P3", "P4", "P5")


def test_refusals() -> None:
    with pytest.raises(TrialError, match="too short"):
        SharingKey(secret=b"short")
    rows = made(1)
    zones = {row.site: ZoneInfo("UTC") for row in rows.patients}
    clocks = patient_clocks(rows, KEY, zones)
    with pytest.raises(TrialError, match="no free text of the records"):
        share_rows(rows, key=KEY, clocks=clocks, known=NOBODY, keep=["patients.birth_year"])


def test_numbers_are_the_very_numbers() -> None:
    rows = make_study(3, patients=10, measurements=40)
    copy = shared(rows)
    assert sorted(str(row.value) for row in copy.measurements) == sorted(
        str(row.value) for row in rows.measurements
    )
    assert sum((row.diameter_mm or Decimal(0) for row in copy.assessments), Decimal(0)) == sum(
        (row.diameter_mm or Decimal(0) for row in rows.assessments), Decimal(0)
    )
