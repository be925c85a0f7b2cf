"""Checks of patients and their course: eligibility, dates, visits, the flow."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from hevesy.trial.check_input import CheckInput, Findings, RowCheck
from hevesy.trial.eligibility import ecog_before, judge_eligibility
from hevesy.trial.rows import InclusionRow
from hevesy.trial.study_flow import flow_of_study

__all__ = ["PATIENT_CHECKS"]


def _identical(given: CheckInput) -> Findings:
    """People with the same values, and rows that differ by their name alone."""
    alike: dict[tuple[Any, ...], list[InclusionRow]] = {}
    for row in given.rows.inclusions:
        patient = given.index.patients.get(row.patient)
        key = (
            "" if patient is None else patient.sex, row.age_years, row.ecog,
            row.primary_tumour.casefold(), row.treated_site.casefold(), row.prior_lines,
        )  # fmt: skip
        if row.age_years is not None and row.primary_tumour:
            alike.setdefault(key, []).append(row)
    for twins in alike.values():
        if len(twins) > 1:
            said = " and ".join(row.inclusion for row in twins)
            yield (
                f"{said} agree in sex, age, ECOG, tumour, site and prior lines: one person twice?",
                tuple(("inclusion", row.inclusion) for row in twins),
            )
    for kind, of in (
        ("adverse_event", given.rows.events), ("measurement", given.rows.measurements),
        ("administration", given.rows.administrations), ("visit", given.rows.visits),
    ):  # fmt: skip
        yield from _repeated(kind, of)


def _repeated(kind: str, of: Sequence[Any]) -> Findings:
    name = {"adverse_event": "event"}.get(kind, kind)
    seen: dict[tuple[Any, ...], str] = {}
    for row in of:
        values = (getattr(row, one.name) for one in fields(row) if one.name != name)
        key = tuple(values)
        first = seen.setdefault(key, getattr(row, name))
        if first != getattr(row, name):
            yield (f"{first} and {getattr(row, name)} agree in every value",
                   ((kind, first), (kind, getattr(row, name))))  # fmt: skip


def _eligibility(given: CheckInput) -> Findings:
    for row in given.rows.inclusions:
        if row.violation:
            yield (f"{row.inclusion} was treated, and found not eligible later: {row.violation}",
                   (("inclusion", row.inclusion),))  # fmt: skip
        if not row.eligible:
            continue
        found = judge_eligibility(given.protocol.criteria, row.criteria, row.waivers)
        if not found.eligible:
            said = [f"not met: {name}" for name in found.unmet]
            said += [f"no answer: {name}" for name in found.unanswered]
            yield (f"{row.inclusion} is eligible, but {'; '.join(said)}",
                   (("inclusion", row.inclusion),))  # fmt: skip


def _criterion_limits(given: CheckInput) -> Findings:
    """A recorded number outside of the criterion's limits, and no waiver."""
    measured = [one for one in given.protocol.criteria if one.measure]
    for row in given.rows.inclusions:
        if not row.eligible and row.inclusion not in given.index.first_given:
            continue
        for criterion in measured:
            value = getattr(row, criterion.measure)
            if value is None or criterion.name in row.waivers:
                continue
            if criterion.holds(value) != criterion.include:
                yield (f"{row.inclusion} has {criterion.measure} {value}, against the criterion "
                       f"'{criterion.words}', without a waiver",
                       (("inclusion", row.inclusion),))  # fmt: skip


def _ecog_at_treatment(given: CheckInput) -> Findings:
    limits = [one for one in given.protocol.criteria if one.measure == "ecog" and one.include]
    for row in given.rows.administrations:
        inclusion = given.index.inclusions.get(row.inclusion)
        if inclusion is None or not limits:
            continue
        visits = given.index.visits.get(row.inclusion, ())
        ecog = ecog_before(row, inclusion, visits)
        if ecog is None:
            yield (f"no ECOG before {row.administration}",
                   (("administration", row.administration),))  # fmt: skip
        elif ecog != inclusion.ecog and not all(one.holds(ecog) for one in limits):
            yield (f"ECOG {ecog} before {row.administration}, against '{limits[0].words}'",
                   (("administration", row.administration),))  # fmt: skip


def _ages(given: CheckInput) -> Findings:
    for row in given.rows.inclusions:
        patient = given.index.patients.get(row.patient)
        if row.age_years is None or patient is None or patient.birth_year is None:
            continue
        years = (row.screened_on or row.included_on).year - patient.birth_year
        if not years - 1 <= row.age_years <= years:
            yield (f"{row.inclusion}: {row.age_years} years old, born in {patient.birth_year}",
                   (("inclusion", row.inclusion), ("patient", row.patient)))  # fmt: skip


def _dates(given: CheckInput) -> Findings:
    for row in given.rows.inclusions:
        first = given.index.first_given.get(row.inclusion)
        pairs = [
            ("screened", row.screened_on, "included", row.included_on),
            ("consented", row.consent_on, "included", row.included_on),
            ("included", row.included_on, "treated", first),
            ("consented", row.consent_on, "treated", first),
        ]
        said = [f"{then} on {late}, {what} on {day}" for what, day, then, late in pairs
                if day is not None and late is not None and late < day]  # fmt: skip
        if said:
            yield f"{row.inclusion}: {'; '.join(said)}", (("inclusion", row.inclusion),)
    for event in given.rows.events:
        if event.ended_on is not None and event.ended_on < event.began_on:
            yield (f"{event.event} ended on {event.ended_on}, began on {event.began_on}",
                   (("adverse_event", event.event),))  # fmt: skip
        aware = event.aware_at
        if aware is not None and (aware + timedelta(hours=14)).date() < event.began_on:
            yield (f"{event.event}: aware at {aware.isoformat()}, before it began",
                   (("adverse_event", event.event),))  # fmt: skip


def _scans(given: CheckInput) -> Findings:
    times = {row.administration: row.given_at for row in given.rows.administrations}
    for scan in given.scans:
        at = times.get(scan.administration)
        if at is not None and scan.at <= at:
            yield (f"{scan.scan} at {scan.at.isoformat()} is before its injection at "
                   f"{at.isoformat()}",
                   (("scan", scan.scan), ("administration", scan.administration)))  # fmt: skip


def _after_death(given: CheckInput) -> Findings:
    for kind, name, inclusion, day, what in given.index.dated:
        died = given.index.died.get(inclusion)
        if died is not None and day > died:
            yield f"{name}: {what} on {day}, after the death on {died}", ((kind, name),)


def _visits(given: CheckInput) -> Findings:
    """Planned visits that did not take place, or outside of their window."""
    for inclusion, first in given.index.first_given.items():
        own = {visit.name: visit for visit in given.index.visits.get(inclusion, ())}
        gone = given.index.left_on.get(inclusion)
        for planned in given.protocol.visits:
            opens = first + timedelta(days=planned.first_day)
            closes = first + timedelta(days=planned.last_day)
            visit = own.get(planned.name)
            if visit is None:
                if closes < given.rows.as_of and (gone is None or gone > closes):
                    yield (f"{inclusion} has no visit '{planned.name}', due until {closes}",
                           (("inclusion", inclusion),))  # fmt: skip
            elif not opens <= visit.visited_on <= closes:
                yield (f"{visit.visit} of {inclusion}: '{planned.name}' on {visit.visited_on}, "
                       f"its window is {opens} to {closes}", (("visit", visit.visit),))  # fmt: skip


def _flow(given: CheckInput) -> Findings:
    if given.rows.inclusions:
        for fault in flow_of_study(given.rows, given.protocol, unit="inclusion").faults:
            name = fault.split()[0]
            administrations = {row.administration for row in given.rows.administrations}
            kind = "inclusion" if name in given.index.inclusions else "departure"
            yield fault, (("administration" if name in administrations else kind, name),)


PATIENT_CHECKS: Mapping[str, tuple[str, RowCheck]] = MappingProxyType(
    {
        "identical-rows": ("rows that agree in every value", _identical),
        "eligibility": (
            "eligible against the criteria's answers, or found not to be",
            _eligibility,
        ),
        "criterion-limit": ("a recorded number against a criterion", _criterion_limits),
        "ecog-at-treatment": ("ECOG before a treatment", _ecog_at_treatment),
        "age-and-birth": ("age against the year of birth", _ages),
        "date-order": ("dates out of order", _dates),
        "scan-before-injection": ("a scan before its injection", _scans),
        "after-death": ("something after the patient's death", _after_death),
        "visit": ("a planned visit missing, or outside of its window", _visits),
        "flow": ("the flow's contradictions", _flow),
    }
)
"""What each looks for, and the check, by its name."""
