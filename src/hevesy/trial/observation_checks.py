"""Checks of what was observed: adverse events, laboratory values, lesions."""

from collections.abc import Mapping
from types import MappingProxyType

from hevesy.trial.check_input import CheckInput, Findings, RowCheck
from hevesy.trial.deadlines import event_deadlines, is_susar
from hevesy.trial.events import RELATED
from hevesy.trial.laboratory_unit import parse_laboratory_value

__all__ = ["OBSERVATION_CHECKS"]

_FAR_NORMAL = 100  # times the upper limit of normal: a unit was mistaken
_LARGEST_MM, _HU = 400, (-1024, 3071)


def _untreated(given: CheckInput) -> Findings:
    for event in given.rows.events:
        if event.inclusion not in given.index.first_given:
            yield (f"{event.event} is of {event.inclusion}, who was never treated",
                   (("adverse_event", event.event),))  # fmt: skip


def _before_treatment(given: CheckInput) -> Findings:
    for event in given.rows.events:
        first = given.index.first_given.get(event.inclusion)
        if first is None or event.began_on >= first:
            continue
        blamed = [what for what, level in (("agent", event.related_agent),
                                           ("procedure", event.related_procedure))
                  if level in RELATED]  # fmt: skip
        blamed += ["administration " + event.administration] if event.administration else []
        if blamed:
            yield (f"{event.event} began on {event.began_on}, before the first injection on "
                   f"{first}, and is laid to {' and '.join(blamed)}",
                   (("adverse_event", event.event),))  # fmt: skip


def _deaths(given: CheckInput) -> Findings:
    fatal: dict[str, str] = {}
    for event in given.rows.events:
        if event.grade == 5 or event.outcome == "fatal":
            fatal[event.inclusion] = event.event
            if event.inclusion not in given.index.died:
                yield (f"{event.event} is fatal, and {event.inclusion} is not on record as dead",
                       (("adverse_event", event.event),))  # fmt: skip
    for row in given.rows.departures:
        if row.kind == "dead" and row.inclusion not in fatal and not row.reason:
            yield (f"{row.inclusion} died, without a fatal event and without a reason",
                   (("departure", row.departure),))  # fmt: skip


def _overdue(given: CheckInput) -> Findings:
    for one in event_deadlines(given.rows.events, given.protocol.events, now=given.now):
        if one.late:
            yield one.as_text(), (("adverse_event", one.event),)


def _serious_incomplete(given: CheckInput) -> Findings:
    for event in given.rows.events:
        if not event.serious:
            if event.serious is None and event.grade >= 3:
                yield (f"{event.event} has grade {event.grade}; nobody said if it is serious",
                       (("adverse_event", event.event),))  # fmt: skip
            continue
        missing = [] if event.aware_at is not None else ["the time of awareness"]
        missing += [] if event.seriousness else ["why it is serious"]
        missing += ["whether it was expected, or its relation to the agent"] * (
            is_susar(event) is None
        )
        if missing:
            yield (f"{event.event} is serious, without {' and '.join(missing)}",
                   (("adverse_event", event.event),))  # fmt: skip


def _terms(given: CheckInput) -> Findings:
    classes: dict[str, dict[str, str]] = {}
    for event in given.rows.events:
        term = " ".join(event.term.casefold().split())
        of = classes.setdefault(term, {})
        of.setdefault(" ".join(event.organ_class.casefold().split()), event.event)
    for of in classes.values():
        if len(of) > 1:
            yield (f"one term is in the classes {' and '.join(sorted(of))}",
                   tuple(("adverse_event", name) for name in of.values()))  # fmt: skip


def _ctcae(given: CheckInput) -> Findings:
    pinned = given.protocol.events.ctcae
    for event in given.rows.events:
        if pinned and event.ctcae != pinned:
            yield (f"{event.event} is graded by CTCAE {event.ctcae or 'of no version'}, "
                   f"the study's is {pinned}", (("adverse_event", event.event),))  # fmt: skip


def _units(given: CheckInput) -> Findings:
    units: dict[str, dict[str, str]] = {}
    written = {row.unit for row in given.rows.measurements}
    canonical = {unit: parse_laboratory_value(f"1 {unit}").unit for unit in written}
    for row in given.rows.measurements:
        unit = canonical[row.unit]
        of = units.setdefault(" ".join(row.test.casefold().split()), {})
        of.setdefault(unit, row.measurement)
    for test, of in units.items():
        if len(of) > 1:
            yield (f"{test} is recorded in {' and '.join(sorted(of))}",
                   tuple(("measurement", name) for name in of.values()))  # fmt: skip


def _ranges(given: CheckInput) -> Findings:
    for row in given.rows.measurements:
        high = row.upper_normal
        if row.value < 0 or (high is not None and high > 0 and row.value > _FAR_NORMAL * high):
            yield (f"{row.measurement}: {row.test} {row.value} {row.unit}",
                   (("measurement", row.measurement),))  # fmt: skip
    for one in given.rows.assessments:
        size, density = one.diameter_mm, one.density_hu
        said = [] if size is None or size <= _LARGEST_MM else [f"diameter {size} mm"]
        if density is not None and not _HU[0] <= density <= _HU[1]:
            said.append(f"density {density} HU")
        if said:
            yield f"{one.assessment}: {'; '.join(said)}", (("lesion_assessment", one.assessment),)


def _baselines(given: CheckInput) -> Findings:
    for own in given.index.assessments.values():
        start = min(row.assessed_on for row in own)
        known = {row.lesion for row in own if row.assessed_on == start}
        late: dict[str, str] = {}
        for row in own:
            if row.role != "new" and row.lesion not in known:
                late.setdefault(row.lesion, row.assessment)
        for lesion, name in late.items():
            yield (f"{lesion} has no baseline on {start}",
                   (("lesion_assessment", name), ("lesion", lesion)))  # fmt: skip


def _measured_twice(given: CheckInput) -> Findings:
    for own in given.index.assessments.values():
        seen: dict[tuple[str, str], str] = {}
        for row in own:
            first = seen.setdefault((row.lesion, row.visit), row.assessment)
            if first != row.assessment:
                yield (f"{row.lesion} is assessed twice at {row.visit}",
                       (("lesion_assessment", first),
                        ("lesion_assessment", row.assessment)))  # fmt: skip


OBSERVATION_CHECKS: Mapping[str, tuple[str, RowCheck]] = MappingProxyType(
    {
        "event-untreated": ("an event of somebody who was never treated", _untreated),
        "event-before-treatment": ("an event laid to a later treatment", _before_treatment),
        "death": ("deaths that events and departures don't share", _deaths),
        "sae-overdue": ("a serious event reported late or not at all", _overdue),
        "serious-incomplete": (
            "a serious event without what its report needs",
            _serious_incomplete,
        ),
        "term-class": ("one term in two classes", _terms),
        "ctcae-version": ("a grade by another version of CTCAE", _ctcae),
        "unit": ("one test in units that are not the same", _units),
        "range": ("a value beyond what can be", _ranges),
        "lesion-baseline": ("a lesion without a baseline", _baselines),
        "lesion-twice": ("a lesion twice at one visit", _measured_twice),
    }
)
"""What each looks for, and the check, by its name."""
