"""What a record of a patient's course must not say, by itself and beside the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hevesy.errors import RecordError, TimeError
from hevesy.files import nearest
from hevesy.protocol import DEPARTURES, StudyProtocol
from hevesy.store import Reader, Record
from hevesy.store.tables import (
    Administration,
    Departure,
    Inclusion,
    Lesion,
    LesionAssessment,
    Screening,
    Visit,
)
from hevesy.trial import (
    ATTRIBUTIONS,
    BINARY_ATTRIBUTIONS,
    BLOOD_SUPPLY,
    OUTCOMES,
    ROLES,
    SERIOUSNESS,
    STATUSES,
    judge_eligibility,
    known_unit,
    lesion_fault,
)

__all__ = [
    "CLINICAL_RULES",
    "ECOG",
    "one_of",
    "require_eligible",
    "require_own_lesion",
    "require_past_days",
]

ECOG = (0, 1, 2, 3, 4, 5)  # Oken 1982: 5 is dead
_AHEAD = timedelta(hours=14)  # of UTC, where the day begins first
_OLDEST_YEARS, _MOST_LINES = 120, 30


def one_of(value: object, allowed: Sequence[Any], key: str) -> None:
    """Refuse a value that is not one of those that are allowed.

    Parameters
    ----------
    value : object
    allowed : sequence
    key : str
        For the message.

    Raises
    ------
    RecordError
        It is none of them.

    Examples
    --------
    >>> one_of(1, (None, 0, 1), "ecog")
    """
    if value in allowed:
        return
    near = nearest(str(value), [str(word) for word in allowed])
    raise RecordError(
        f"`{key}` is not one of the allowed values",
        got=str(value)[:60],
        allowed=", ".join(str(word) for word in allowed),
        remedy=f'did you mean "{near}"?' if near else "write one of them",
    )


def require_past_days(values: Mapping[str, Any], now: datetime) -> None:
    """Refuse a day or a moment that has not come yet anywhere.

    Parameters
    ----------
    values : mapping of str to object
    now : datetime
        Aware.

    Raises
    ------
    TimeError
        It lies in the future.

    Examples
    --------
    >>> from datetime import UTC
    >>> require_past_days({"left_on": date(2026, 1, 9)}, datetime(2026, 1, 9, tzinfo=UTC))
    """
    for key, value in values.items():
        if isinstance(value, datetime):
            late, until = value > now, now.isoformat(timespec="seconds")
        elif isinstance(value, date):
            late, until = value > (now + _AHEAD).date(), (now + _AHEAD).date().isoformat()
        else:
            continue
        if late:
            raise TimeError(
                f"`{key}` lies in the future",
                got=value.isoformat(),
                allowed=f"until {until}",
                remedy="correct it",
            )


def require_eligible(
    answers: Mapping[str, bool], waivers: Mapping[str, str], protocol: StudyProtocol
) -> None:
    """Refuse to call a patient eligible against the answers.

    Parameters
    ----------
    answers : mapping of str to bool
        By the criterion's name.
    waivers : mapping of str to str
        Reasons, by the criterion's name.
    protocol : StudyProtocol

    Raises
    ------
    RecordError
        A criterion is not met, or not answered, and not waived.

    Examples
    --------
    >>> from hevesy.files import parse_study, study_template
    >>> require_eligible({}, {}, parse_study(study_template("blank")).protocol)
    """
    found = judge_eligibility(protocol.criteria, answers, waivers)
    include = {criterion.name: criterion.include for criterion in protocol.criteria}
    if found.unmet:
        name = found.unmet[0]
        raise RecordError(
            "`eligible` is yes, and a criterion says otherwise",
            got=f"criteria.{name}={'yes' if answers[name] else 'no'}",
            allowed="yes" if include[name] else "no",
            remedy="correct one of the two, or waive it first in a screening: waivers.NAME=REASON",
        )
    if found.unanswered:
        raise RecordError(
            "`eligible` is yes, and a criterion has no answer",
            got=", ".join(found.unanswered)[:200],
            remedy="answer each by --set criteria.NAME=yes or no; until then eligible=no",
        )


def _alone(own: str, others: Iterable[Record], what: str) -> None:
    """Refuse a second record where there may be one only."""
    other = next((one for one in others if one.id != own), None)
    if other is not None:
        raise RecordError(
            f"{what} is on record already", got=other.id, remedy="correct that one instead"
        )


def _range(value: int | None, least: int, most: int, key: str) -> None:
    if value is not None and not least <= value <= most:
        raise RecordError(
            f"`{key}` is out of range", got=value, allowed=f"{least} to {most}", remedy="correct it"
        )


def _ordered(values: Mapping[str, Any], first: str, then: str) -> None:
    before, after = values[first], values[then]
    if before is not None and after is not None and after < before:
        raise TimeError(
            f"`{then}` is before `{first}`",
            got=after.isoformat(),
            allowed=f"from {before.isoformat()}",
            remedy="correct one of the two",
        )


def _screening(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    inclusion = reader.get(Inclusion, values["inclusion"])
    others = reader.each(Screening, inclusion=inclusion.id)
    _alone(name, others, "a screening of this inclusion")
    _range(values["age_years"], 0, _OLDEST_YEARS, "age_years")
    _range(values["prior_lines"], 0, _MOST_LINES, "prior_lines")
    criteria = tuple(criterion.name for criterion in protocol.criteria)
    answers = inclusion.criteria or {}
    for key in ("evidence", "waivers"):
        for criterion, words in (values[key] or {}).items():
            one_of(criterion, criteria, key)
            if not words.strip():
                raise RecordError(
                    f"`{key}.{criterion}` says nothing", remedy="give words, or leave it out"
                )
    waivers = values["waivers"] or {}
    needless = judge_eligibility(protocol.criteria, answers, waivers).needless
    if needless:
        raise RecordError(
            "a criterion that is met needs no waiver",
            got=f"waivers.{needless[0]}",
            remedy="leave it out, or correct the answer in the inclusion",
        )
    if inclusion.eligible:
        require_eligible(answers, waivers, protocol)
        if values["failure_reason"] is not None:
            raise RecordError(
                "the inclusion is eligible, and its screening failed",
                got=values["failure_reason"][:60],
                remedy="correct the inclusion to eligible=no first, or leave the reason out",
            )
    _listed(values["failure_reason"], protocol.screen_failures, "failure_reason")


def _listed(reason: str | None, listed: Sequence[str], key: str) -> None:
    """A reason that differs from a listed one in case or blanks only is that one, mistyped."""
    if reason is None or reason in listed:
        return
    plain = " ".join(reason.casefold().split())
    for word in listed:
        if word and plain == " ".join(word.casefold().split()):
            raise RecordError(
                f"`{key}` is listed in study.toml in other letters",
                got=reason[:60],
                allowed=word,
                remedy="write it as it is listed",
            )


def _visit(name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol) -> None:
    one_of(values["ecog"], (None, *ECOG), "ecog")
    planned = tuple(visit.name for visit in protocol.visits)
    _listed(values["name"], planned, "name")
    if values["name"] in planned:
        others = reader.each(Visit, inclusion=values["inclusion"], name=values["name"])
        _alone(name, others, "this visit")


def _departure(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    one_of(values["kind"], DEPARTURES, "kind")
    inclusion = reader.get(Inclusion, values["inclusion"])
    others = reader.each(Departure, inclusion=inclusion.id)
    _alone(name, others, "the departure of this inclusion")
    if values["left_on"] < (inclusion.at - timedelta(hours=12)).date():  # whatever the zone
        raise TimeError(
            "the departure is before the inclusion",
            got=values["left_on"].isoformat(),
            allowed=f"from {inclusion.at.date().isoformat()}",
            remedy="correct one of the two",
        )
    _listed(values["reason"], [one.reason for one in protocol.departures], "reason")


def _adverse_event(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    _range(values["grade"], 1, 5, "grade")
    pinned = protocol.events.ctcae
    if pinned and values["ctcae"] != pinned:
        raise RecordError(
            "the event is not graded by the study's version of CTCAE",
            got=values["ctcae"] or "none",
            allowed=pinned,
            remedy="versions do not mix: grade it by the study's",
        )
    one_of(values["outcome"], (None, *OUTCOMES), "outcome")
    for key in ("related_agent", "related_procedure"):
        one_of(values[key], (None, *ATTRIBUTIONS, *BINARY_ATTRIBUTIONS), key)
    _seriousness(values)
    deadly = values["outcome"] == "fatal" or "death" in _parts(values["seriousness"])
    if deadly and values["grade"] != 5:
        left = reader.all(Departure, inclusion=values["inclusion"])
        if not any(one.kind == "dead" for one in left):
            raise RecordError(
                "a fatal event has grade 5, or its patient is on record as dead",
                got=f"grade {values['grade']}",
                remedy="correct the grade or the outcome, or record the departure first",
            )
    _ordered(values, "began_on", "ended_on")
    _ordered(values, "aware_at", "reported_at")
    _ordered(values, "aware_at", "authority_reported_at")
    if values["administration"] is not None:
        given = reader.get(Administration, values["administration"])
        if given.inclusion != values["inclusion"]:
            raise RecordError(
                "this is an administration of another inclusion",
                got=f"{given.id} of {given.inclusion}",
                allowed=f"one of {values['inclusion']}",
                remedy="correct it",
            )


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _seriousness(values: Mapping[str, Any]) -> None:
    reasons = _parts(values["seriousness"])
    for reason in reasons:
        one_of(reason, SERIOUSNESS, "seriousness")
    serious = values["serious"]
    if bool(reasons) != (serious is True):
        raise RecordError(
            "`serious` and `seriousness` contradict each other",
            got=f"serious={'not said' if serious is None else 'yes' if serious else 'no'}, "
            f"seriousness={', '.join(reasons) or 'not said'}",
            allowed=", ".join(SERIOUSNESS),
            remedy="a serious event has one of these reasons, any other none",
        )
    if (values["grade"] == 5 or values["outcome"] == "fatal") and serious is False:
        raise RecordError(
            "a fatal event is serious",
            got="serious=no",
            remedy="correct it, with seriousness=death",
        )


def _measurement(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    if not known_unit(values["unit"]):
        raise RecordError(
            "`unit` is no unit of a laboratory value or vital sign that is known here",
            got=values["unit"][:60],
            allowed="such as 10^9/L, g/L, g/dL, mg/dL, mmol/L, umol/L, U/L, %, mmHg",
            remedy="write it as the laboratory's report does, with / and ^; pH has the unit pH",
        )
    low, high = values["lower_normal"], values["upper_normal"]
    if low is not None and high is not None and low >= high:
        raise RecordError(
            "the limits of normal are the wrong way round",
            got=f"{low} to {high}",
            remedy="correct lower_normal or upper_normal",
        )


def _lesion_assessment(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    one_of(values["role"], ROLES, "role")
    one_of(values["status"], STATUSES, "status")
    one_of(values["blood_supply"], (None, *BLOOD_SUPPLY), "blood_supply")
    small = bool(values["too_small"])
    fault = lesion_fault(
        role=values["role"],
        status=values["status"],
        diameter_mm=values["diameter_mm"],
        too_small=small,
    )
    if small and values["diameter_mm"] is not None:
        fault = fault or "too small to measure, with a diameter"
    if fault:
        raise RecordError(
            "the assessment contradicts itself", got=fault, remedy="correct one of the two"
        )
    patient = reader.get(Inclusion, values["inclusion"]).patient
    require_own_lesion(reader, values["lesion"], patient)
    same = {"lesion": values["lesion"], "visit": values["visit"]}
    others = reader.each(LesionAssessment, inclusion=values["inclusion"], **same)
    _alone(name, others, "an assessment of this lesion at this visit")


def require_own_lesion(reader: Reader, lesion: str, patient: str) -> None:
    """Refuse a lesion of another patient.

    Parameters
    ----------
    reader : Reader
    lesion, patient : str

    Raises
    ------
    RecordError
        It is another's.
    """
    owner = reader.get(Lesion, lesion).patient
    if owner != patient:
        raise RecordError(
            "this is a lesion of another patient",
            got=f"{lesion} of {owner}",
            allowed=f"a lesion of {patient}",
            remedy="correct it",
        )


_Rule = Callable[[str, Mapping[str, Any], Reader, StudyProtocol], None]
CLINICAL_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        "adverse_event": _adverse_event,
        "departure": _departure,
        "lesion_assessment": _lesion_assessment,
        "measurement": _measurement,
        "screening": _screening,
        "visit": _visit,
    }
)
"""Rules by kind of record."""
