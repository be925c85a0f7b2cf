"""A study's tables against plain counting over its rows, and what must hold between cells."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import StudyError, TrialError
from hevesy.protocol import (
    ActivityCohort,
    AnalysisUnits,
    ProtocolSite,
    ResponseProtocol,
    StudyProtocol,
)
from hevesy.trial import (
    AdverseEvent,
    LesionRow,
    Proportion,
    ResponseRules,
    StudyRows,
    assess_response,
    count_events,
    flow_of_study,
)
from hevesy.trial.tables import (
    CountCell,
    FigureCell,
    Member,
    StudyAnalysis,
    StudyTable,
    TableOptions,
    prepare_analysis,
    split_by_activity,
    tabulate_attributions,
    tabulate_baseline,
    tabulate_event_times,
    tabulate_events,
    tabulate_events_by_cohort,
    tabulate_exposure,
    tabulate_follow_up,
    tabulate_lesions,
    tabulate_responses,
    tabulate_study,
)
from hevesy.trial.tables.figures import (
    count_event_dots,
    groups_with_targets,
    trace_spider,
    trace_waterfall,
)
from hevesy.trial.tables.sample import sample_rows
from hevesy.workflows.trial_tables import TableRequest, choose_options
from tests.trial.made_study import make_study

PROTOCOL = StudyProtocol(
    name="A made-up study", nuclide="Re-188", agent="a", route="intratumoral",
    sites=(ProtocolSite(name="S1", timezone="UTC"),),
)  # fmt: skip
SEEDS = st.integers(0, 300)
COHORTS = split_by_activity([3.7e9, 7.4e9])


@cache
def made(seed: int) -> StudyRows:
    return make_study(seed, patients=25, events=70)


def analysis(seed: int, **options: object) -> StudyAnalysis:
    return prepare_analysis(made(seed), options=TableOptions(**options))


def cell(table: StudyTable, heading: str, column: int = 0, group: str | None = None) -> CountCell:
    found = [
        row
        for row in table.rows
        if row.heading == heading and (group is None or row.group == group)
    ]
    assert len(found) == 1, (heading, group)
    got = found[0].cells[column]
    assert isinstance(got, CountCell)
    return got


def units_of(rows: StudyRows, unit: str) -> dict[str, tuple[str, date]]:
    """Unit and first day of treatment of each treated inclusion, by plain loops."""
    patient = {i.inclusion: i.patient for i in rows.inclusions}
    name = {i: (i if unit == "inclusion" else patient[i]) for i in patient}
    first: dict[str, date] = {}
    for a in rows.administrations:
        key = name[a.inclusion]
        first[key] = min(first.get(key, a.given_on), a.given_on)
    return {
        a.inclusion: (name[a.inclusion], first[name[a.inclusion]]) for a in rows.administrations
    }


@pytest.mark.parametrize("unit", ["inclusion", "person"])
@given(SEEDS)
@settings(max_examples=12, deadline=None)
def test_events_by_plain_counting(unit: str, seed: int) -> None:
    rows = made(seed)
    units = units_of(rows, unit)
    worst: dict[str, dict[str, int]] = {}
    for e in rows.events:
        if e.inclusion in units and e.began_on >= units[e.inclusion][1]:
            who = units[e.inclusion][0]
            for what in ("any", f"class {e.organ_class}", f"term {e.term.strip().lower()}"):
                own = worst.setdefault(what, {})
                own[who] = max(own.get(who, 0), e.grade)
    table = tabulate_events(analysis(seed, unit=unit))
    denominator = len({who for who, _ in units.values()})
    for row in table.rows:
        if row.heading == "any event":
            own = worst.get("any", {})
        elif row.heading == "any of this class":
            own = worst[f"class {row.group}"]
        elif row.group and row.group != "Not counted above":
            own = worst[f"term {row.heading.lower()}"]
        else:
            continue
        whole, low, high = (row.cells[i] for i in range(3))
        assert isinstance(whole, CountCell)
        assert (whole.n, whole.denominator) == (len(own), denominator)
        assert low.n == sum(grade <= 2 for grade in own.values())
        assert high.n == sum(grade >= 3 for grade in own.values())
        assert {m.unit[1] for m in whole.members} == set(own)
    counted = [row for row in table.rows if row.group != "Not counted above"]
    assert len(counted) == max(len(worst), 1) + 1  # that of nobody, and "any" even without one
    nobody = denominator - len(worst.get("any", {}))
    assert cell(table, "no event").n == nobody


@given(SEEDS)
@settings(max_examples=8, deadline=None)
def test_events_agree_with_the_calculator_that_needs_no_study(seed: int) -> None:
    """`count_events` counts the same rows by another way."""
    rows, found = made(seed), analysis(seed)
    start = {unit.key[1]: unit.started_on for unit in found.units}
    events = [
        AdverseEvent(subject=e.inclusion, term=e.term, organ_class=e.organ_class, grade=e.grade,
                     related_agent=e.related_agent, related_procedure=e.related_procedure)
        for e in rows.events
        if e.inclusion in start and e.began_on >= start[e.inclusion]
    ]  # fmt: skip
    peer = count_events(events, denominator=len(start))
    table = tabulate_events(found)
    assert cell(table, "any event").n == peer.any.all.n
    for term, count in peer.terms.items():
        row = next(r for r in table.rows if r.heading.lower() == term.lower())
        assert [c.n for c in row.cells] == [count.all.n, count.grade_1_2.n, count.grade_3_plus.n]
    by = tabulate_attributions(found)
    for group, mapping in (("To the agent", peer.agent), ("To the procedure", peer.procedure)):
        for level, count in mapping.items():
            heading = "related (possible or more)" if level == "related" else level
            assert cell(by, heading, 0, group).n == count.all.n
            assert cell(by, heading, 2, group).n == count.grade_3_plus.n
    for (agent, procedure), count in peer.agent_by_procedure.items():
        heading = f"agent {agent}, procedure {procedure}"
        assert cell(by, heading, 0, "To both").n == count.all.n


@pytest.mark.parametrize("unit", ["inclusion", "person"])
@given(SEEDS)
@settings(max_examples=12, deadline=None)
def test_what_holds_in_every_table(unit: str, seed: int) -> None:
    found = analysis(seed, unit=unit, cohorts=COHORTS)
    safety = {key for key, _ in units_of(made(seed), unit).values()}
    flow = flow_of_study(made(seed), PROTOCOL, unit=unit)
    assert set(flow.members["Treated"]) == safety == {u.key[1] for u in found.units}
    known = {
        *(("inclusion", r.inclusion) for r in made(seed).inclusions),
        *(("patient", r.patient) for r in made(seed).patients),
        *(("administration", r.administration) for r in made(seed).administrations),
        *(("adverse_event", r.event) for r in made(seed).events),
        *(("lesion_assessment", r.assessment) for r in made(seed).assessments),
        *(("lesion", r.lesion) for r in made(seed).lesions),
        *(("visit", r.visit) for r in made(seed).visits),
        *(("departure", r.departure) for r in made(seed).departures),
    }
    for table in tabulate_study(found):
        assert table.unit
        for row in table.rows:
            for one in row.cells:
                if isinstance(one, FigureCell):
                    continue
                assert len(one.members) == one.n == len({m.unit for m in one.members})
                assert one.n <= one.denominator
                if table.name not in {"exposure", "lesions"}:
                    assert one.denominator <= len(safety)
                for member in one.members:
                    assert member.unit in known
                    assert set(member.rows) <= known
                    behind = {member.unit, *member.rows}
                    assert member.generated == bool(behind & found.generated)
    for table in (
        tabulate_events(found),
        tabulate_attributions(found),
        tabulate_event_times(found),
    ):
        for row in table.rows:
            whole, low, high = row.cells
            if row.heading != "no event":
                assert whole.n == low.n + high.n


@given(SEEDS)
@settings(max_examples=8, deadline=None)
def test_cohorts_make_up_the_whole(seed: int) -> None:
    found = analysis(seed, cohorts=COHORTS)
    for table in (
        tabulate_baseline(found), tabulate_exposure(found), tabulate_follow_up(found),
    ):  # fmt: skip
        for row in table.rows:
            if isinstance(row.cells[0], CountCell):
                assert row.cells[0].n == sum(c.n for c in row.cells[1:]), row.heading
                assert row.cells[0].denominator == sum(c.denominator for c in row.cells[1:])
    whole = {(r.group, r.heading): r.cells for r in tabulate_events(found).rows}
    for row in tabulate_events_by_cohort(found).rows:
        assert row.cells[0].n == sum(c.n for c in row.cells[2::2])
        assert row.cells[1].n == sum(c.n for c in row.cells[3::2])
        assert row.cells[0].n == whole[row.group, row.heading][0].n
        assert row.cells[1].n == whole[row.group, row.heading][2].n


def test_needle_passes_of_an_administration() -> None:
    rows = sample_rows()
    passes = dict(zip(("A1", "A2", "A3"), (2, 11, None), strict=True))
    given = (replace(a, needle_passes=passes[a.administration]) for a in rows.administrations)
    found = prepare_analysis(replace(rows, administrations=tuple(given)), options=TableOptions())
    group = [row for row in tabulate_exposure(found).rows if "Needle passes" in row.group]
    assert [(row.heading, row.cells[0].text) for row in group] == [
        ("2", "1 (33.3 %)"), ("11", "1 (33.3 %)"), ("not recorded", "1 (33.3 %)"),
    ]  # fmt: skip


@given(SEEDS)
@settings(max_examples=8, deadline=None)
def test_levels_and_missing_values_fill_the_denominator(seed: int) -> None:
    found = analysis(seed)
    groups: Counter[str] = Counter()
    for table in (tabulate_baseline(found), tabulate_exposure(found), tabulate_follow_up(found)):
        for row in table.rows:
            if isinstance(row.cells[0], CountCell) or row.heading == "mean":
                groups[f"{table.name}: {row.group}"] += row.cells[0].n
    administrations = len(made(seed).administrations)
    for name, n in groups.items():
        if "activity" in name.lower() and "kind" not in name.lower():
            assert n == administrations
        else:
            expected = administrations if name.startswith("exposure") else len(found.units)
            assert n == expected, name


def test_time_since_the_last_injection_by_hand() -> None:
    rows = made(3)
    found = analysis(3)
    bands = {"day 0 to 1": (0, 1), "day 2 to 7": (2, 7), "day 8 to 30": (8, 30),
             "day 31 to 90": (31, 90), "day 91 or later": (91, 10**6)}  # fmt: skip
    table = tabulate_event_times(found)
    for name, (first, last) in bands.items():
        who = set()
        for e in rows.events:
            days = [
                (e.began_on - a.given_on).days
                for a in rows.administrations
                if a.inclusion == e.inclusion and a.given_on <= e.began_on
            ]
            if days and first <= min(days) <= last:
                who.add(e.inclusion)
        assert {m.unit[1] for m in cell(table, name).members} == who


@pytest.mark.parametrize("criteria", ["itrecist", "recist1.1"])
def test_best_responses_by_the_rule_that_needs_no_study(criteria: str) -> None:
    rows = make_study(11, patients=30, events=5, lesions=2)
    found = prepare_analysis(rows, options=TableOptions(criteria=criteria))
    best: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for unit in found.units:
        own = [s for s in rows.assessments if s.inclusion == unit.key[1]]
        lesion_rows = [
            LesionRow(row=1, subject="x", visit=s.visit, day=s.assessed_on.toordinal(),
                      lesion=s.lesion, role=s.role, organ=s.organ, node=s.node,
                      injected=s.injected, diameter_mm=s.diameter_mm, too_small=s.too_small,
                      status=s.status)
            for s in own
        ]  # fmt: skip
        subject = assess_response(lesion_rows, criteria=criteria, rules=ResponseRules())[0]
        if len(subject.visits) == 1:
            best[False]["no visit"] += 1
            best[True]["no visit"] += 1
        else:
            best[False][subject.best_overall] += 1
            best[True][subject.best_confirmed] += 1
    table = tabulate_responses(found)
    for confirmed, column in ((False, 0), (True, 1)):
        for name in ("CR", "PR", "SD", "PD", "NE"):
            row = next(r for r in table.rows if r.heading.startswith(f"{name}, "))
            assert row.cells[column].n == best[confirmed][name]
        gone = cell(table, "no visit after the baseline", column, "Overall")
        assert gone.n == best[confirmed]["no visit"]
        rate = cell(table, "objective response (CR or PR)", column, "Overall")
        assert rate.n == best[confirmed]["CR"] + best[confirmed]["PR"]


def test_one_inclusion_that_contradicts_itself_keeps_its_place() -> None:
    rows = make_study(11, patients=30, events=5, lesions=2)
    one = next(s for s in rows.assessments if s.visit == "V1")
    twice = replace(one, assessment="twice", diameter_mm=Decimal("1.5"))
    table = tabulate_responses(
        prepare_analysis(
            replace(rows, assessments=(*rows.assessments, twice)), options=TableOptions()
        )
    )
    fault = cell(table, "rows contradict each other: not assessed", 0, "Overall")
    assert [m.unit[1] for m in fault.members] == [one.inclusion]
    assert any(f"{one.lesion} stands at visit V1 in {one.assessment} already" in note
               for note in table.notes)  # fmt: skip
    overall = [r for r in table.rows if r.group == "Overall"][:-2]
    assert sum(r.cells[0].n for r in overall) == fault.denominator


def test_a_baseline_after_the_treatment_is_none() -> None:
    rows = make_study(11, patients=30, events=5, lesions=2)
    start = {a.inclusion: a.given_on for a in reversed(rows.administrations)}
    late = tuple(
        replace(s, assessed_on=start[s.inclusion] + timedelta(days=1)) if s.visit == "V0" else s
        for s in rows.assessments
    )
    found = prepare_analysis(replace(rows, assessments=late), options=TableOptions())
    table = tabulate_responses(found)
    assert cell(table, "no baseline before treatment", 0, "Overall").n == len(found.units)
    assert tabulate_lesions(found).unit.endswith("N = 0")


def test_generated_rows_are_marked_where_they_count() -> None:
    found = analysis(7)
    made_up = {e.event for e in made(7).events if e.generated}
    for row in tabulate_events(found).rows:
        for one in row.cells:
            rest = [m for m in one.members if {k[1] for k in m.rows} & made_up]
            assert one.generated >= len(rest)
    plain = replace(
        made(7),
        events=tuple(replace(e, generated=False) for e in made(7).events),
        inclusions=tuple(replace(i, generated=False) for i in made(7).inclusions),
    )
    assert not any(
        table.generated for table in tabulate_study(prepare_analysis(plain, options=TableOptions()))
    )


def test_statistics_and_cohorts_of_generated_administrations_are_marked() -> None:
    rows = made(7)
    name = rows.administrations[0].inclusion
    given = tuple(replace(a, generated=a.inclusion == name) for a in rows.administrations)
    options = TableOptions(cohorts=COHORTS)
    found = prepare_analysis(replace(rows, administrations=given), options=options)
    assert found.unit_text.endswith("; 1 by a generated administration †")
    own = sum(a.inclusion == name for a in given)
    activity = [r for r in tabulate_exposure(found).rows if "MBq" in r.group]
    assert all(row.cells[0].generated == own for row in activity)
    assert all(sum(c.generated for c in row.cells[1:]) == own for row in activity)
    follow_up = tabulate_follow_up(found)
    assert follow_up.rows[0].cells[0].generated == 1
    for row in tabulate_baseline(found).rows:
        if isinstance(row.cells[0], CountCell):
            for one in row.cells[1:]:
                mine = [m for m in one.members if m.unit[1] == name]
                assert all(m.generated for m in mine)
    real = {i.inclusion for i in rows.inclusions if not i.generated and i.age_years is not None}
    ages = tabulate_baseline(found).rows[0].cells[0]
    assert ages.n - ages.generated == len(real & {u.key[1] for u in found.units})


@pytest.mark.parametrize("criteria", ["itrecist", "recist1.1"])
def test_bars_and_lines_agree_with_the_responses(criteria: str) -> None:
    """Without nodes and non-targets a PR is a sum of -30 % or less, a CR one of -100 %."""
    rows = make_study(2, patients=200, events=1)
    found = prepare_analysis(rows, options=TableOptions(criteria=criteria))
    seen: Counter[str] = Counter()
    for group in groups_with_targets(found):
        for bar in trace_waterfall(found, group):
            seen[bar.best] += 1
            if bar.best == "CR":
                assert bar.change == -100
            elif bar.best == "PR":
                assert bar.change <= -30
            elif group != "all":  # a new lesion may end "all" at a visit below -30 %
                assert bar.change > -30
        for line in trace_spider(found, group):
            first = {
                s.lesion: s.diameter_mm
                for s in rows.assessments
                if s.inclusion == line.unit[1] and s.visit == "V0"
            }
            injected = {
                s.lesion for s in rows.assessments if s.inclusion == line.unit[1] and s.injected
            }
            of_group = {
                lesion
                for lesion in first
                if group == "all" or (lesion in injected) == (group == "injected")
            }
            start = next(u.started_on for u in found.units if u.key == line.unit)
            for day, change in line.points:
                now = [
                    s.diameter_mm or 0
                    for s in rows.assessments
                    if s.lesion in of_group and (s.assessed_on - start).days == day
                ]
                whole = sum(first[lesion] for lesion in of_group)
                assert change == 100 * (Fraction(sum(now)) / Fraction(whole) - 1)
    assert seen["PR"] > 10
    assert seen["PD"] > 1


def test_dots_are_the_event_tables_counts() -> None:
    found = analysis(8)
    table = tabulate_events(found)
    for one in count_event_dots(found, "any"):
        row = next(r for r in table.rows if r.heading == one.term)
        assert [row.cells[1].n, row.cells[2].n] == [one.low.n, one.high.n]
    by = tabulate_attributions(found)
    for what in ("agent", "procedure"):
        dots = count_event_dots(found, what)
        related = cell(by, "related (possible or more)", 0, f"To the {what}")
        assert {m.unit for one in dots for m in (*one.low.members, *one.high.members)} == {
            m.unit for m in related.members
        }


def test_the_protocol_gives_unit_cohorts_and_rules() -> None:
    protocol = replace(
        PROTOCOL,
        cohorts=(
            ActivityCohort(name="low", high_bq=3.7e9),
            ActivityCohort(name="high", low_bq=5e9),
        ),
        response=ResponseProtocol(criteria="recist1.1", confirm_days=30, max_not_evaluable=0),
        units=AnalysisUnits(events="person"),
    )
    options = choose_options(protocol, TableRequest())
    assert (options.unit, options.criteria) == ("person", "recist1.1")
    assert options.rules == ResponseRules(confirm_days=30, min_stable_days=42, max_not_evaluable=0)
    assert [options.cohort_of(a) for a in (3699.0, 3700.0, 5000.0)] == [
        "low", "in no cohort", "high",
    ]  # fmt: skip
    asked = choose_options(
        protocol, TableRequest(unit="inclusion", cohorts="100 mCi", min_stable="8w", max_ne=2)
    )
    assert asked.rules == ResponseRules(confirm_days=30, min_stable_days=56, max_not_evaluable=2)
    assert (asked.unit, len(asked.cohorts)) == ("inclusion", 2)
    found = prepare_analysis(made(4), options=options)
    row = tabulate_events_by_cohort(found).rows[0]
    assert len(row.cells) == 8, "all, low, high, and those in no cohort"
    assert row.cells[0].n == sum(c.n for c in row.cells[2::2])


def test_one_rounding_rule() -> None:
    """1 of 16 is 6.25 %: half away from zero gives 6.3, a float's format 6.2."""
    members = (Member(unit=("inclusion", "a")),)
    assert CountCell(members=members, denominator=16).text == "1 (6.3 %)"
    assert f"{100 / 16:.1f}" == "6.2"
    low, high = Proportion(n=1, denominator=16).ci95_percent
    assert CountCell(members=members, denominator=16).interval_text == f"{low:.1f} to {high:.1f} %"


def test_refusals() -> None:
    rows = made(1)
    with pytest.raises(TrialError, match="nobody has been treated"):
        prepare_analysis(replace(rows, administrations=()), options=TableOptions())
    with pytest.raises(TrialError, match="rows name inclusions that are not"):
        prepare_analysis(replace(rows, inclusions=()), options=TableOptions())
    other = replace(rows.events[0], event="x", organ_class="Elsewhere")
    far = replace(other, began_on=date(2030, 1, 1), inclusion=rows.administrations[0].inclusion)
    near = replace(far, event="y", organ_class="Here")
    found = prepare_analysis(replace(rows, events=(far, near)), options=TableOptions())
    with pytest.raises(TrialError, match="a term must be in one class"):
        tabulate_events(found)
    with pytest.raises(TrialError, match="twice in one cell"):
        CountCell(members=(Member(unit=("a", "b")), Member(unit=("a", "b"))), denominator=3)
    with pytest.raises(TrialError, match="part of its denominator"):
        CountCell(members=(Member(unit=("a", "b")), Member(unit=("a", "c"))), denominator=1)
    with pytest.raises(StudyError, match="wrong way round"):
        ActivityCohort(name="x", low_bq=2.0, high_bq=1.0)
    with pytest.raises(TrialError, match="one name"):
        TableOptions(cohorts=(ActivityCohort(name="x"), ActivityCohort(name="x")))
    with pytest.raises(TrialError, match="bands of days"):
        TableOptions(days=(7, 1))
