"""What a record must not say, by itself and beside the others."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from hevesy.case import ActivityKind
from hevesy.errors import RecordError, StudyError, TimeError
from hevesy.files import nearest
from hevesy.nuclides import decay_factor, get_nuclide
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader, Record
from hevesy.store.tables import (
    Administration,
    ExcretaSample,
    Inclusion,
    Injection,
    Lesion,
    LesionAssessment,
    Scan,
    Screening,
)
from hevesy.workflows.clinical_rules import (
    CLINICAL_RULES,
    ECOG,
    one_of,
    require_eligible,
    require_own_lesion,
    require_past_days,
)
from hevesy.workflows.excreta_reading import require_held
from hevesy.workflows.scan_files import patient_of

__all__ = ["check_record"]

_SEXES = ("F", "M", "other")
_EXCRETA = ("urine", "faeces", "blood", "other")
_BORN_FROM = 1900


def check_record(
    kind: str,
    name: str,
    values: Mapping[str, Any],
    *,
    reader: Reader,
    protocol: StudyProtocol,
    unusual: bool,
    now: datetime,
) -> None:
    """Refuse values that contradict the protocol, the other records, or themselves.

    Parameters
    ----------
    kind, name : str
    values : mapping of str to object
        All of the record's, as they will be.
    reader : Reader
    protocol : StudyProtocol
    unusual : bool
        An activity outside of the protocol's range is meant.
    now : datetime
        Aware: what has happened is not later.

    Raises
    ------
    RecordError
        A value is not one of those that are allowed, or contradicts another.
    TimeError
        A moment is in the future, or before what it follows.
    """
    if kind in CLINICAL_RULES:
        require_past_days(values, now)
    moments = ("at", "consent_at", "ended_at", "measured_at")
    require_past_days({key: values.get(key) for key in moments}, now)
    check = _RULES.get(kind)
    if check is not None:
        check(name, values, reader, protocol)
    if kind == "administration":
        _plausible(values, protocol, unusual)


def _patient(name: str, values: Mapping[str, Any], reader: Reader, _: StudyProtocol) -> None:
    one_of(values["sex"], (None, *_SEXES), "sex")
    year = values["birth_year"]
    if year is not None and not _BORN_FROM <= year <= 2100:
        raise RecordError(
            "`birth_year` is no year of birth", got=year, allowed="from 1900", remedy="correct it"
        )


def _inclusion(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    one_of(values["ecog"], (None, *ECOG), "ecog")
    _keep_patient("inclusion", name, values, reader, (Administration, "inclusion"))
    for given in reader.all(Administration, inclusion=name):
        if given.at < values["at"]:
            raise TimeError(
                f"inclusion {name} would be after its administration, {given.id}",
                got=values["at"].isoformat(),
                allowed=f"until {given.at.isoformat()}",
                remedy="correct one of the two times",
            )
    _violation(name, values, reader)
    answers = values["criteria"] or {}
    for criterion in answers:
        one_of(criterion, tuple(known.name for known in protocol.criteria), "criteria")
    if values["eligible"]:
        _eligible(name, answers, reader, protocol)
    if values["consent_at"] is not None and values["consent_at"] > values["at"]:
        raise TimeError(
            "the consent is after the inclusion",
            got=values["consent_at"].isoformat(),
            allowed=f"until {values['at'].isoformat()}",
            remedy="correct one of the two",
        )


def _violation(name: str, values: Mapping[str, Any], reader: Reader) -> None:
    """A treated patient stays treated: what is found later is a deviation, with its words."""
    given = reader.all(Administration, inclusion=name)
    old = reader.find(Inclusion, name)
    known = old is not None and not (old.eligible or old.violation)
    if given and not known and not values["eligible"] and not values["violation"]:
        raise RecordError(
            f"inclusion {name} was treated ({given[0].id}): that it was not eligible is a "
            "deviation from the protocol",
            got="eligible=no",
            allowed='eligible=no with violation="what was found, and when"',
            remedy="give violation too; the patient stays among the treated",
        )
    if values["violation"] and (values["eligible"] or not given):
        raise RecordError(
            "`violation` says why somebody who was treated was not eligible",
            got="eligible=yes" if values["eligible"] else "no administration",
            allowed="eligible=no, after an administration",
            remedy="before a treatment, enter the screening's failure_reason",
        )


def _lesion(name: str, values: Mapping[str, Any], reader: Reader, _: StudyProtocol) -> None:
    users = (Injection, "lesion"), (LesionAssessment, "lesion")
    _keep_patient("lesion", name, values, reader, *users)


def _keep_patient(
    kind: str,
    name: str,
    values: Mapping[str, Any],
    reader: Reader,
    *users: tuple[type[Record], str],
) -> None:
    """Whose a record is stays, once others rest on it: a recall would name somebody else."""
    old: Lesion | Inclusion | None = (
        reader.find(Lesion, name) if kind == "lesion" else reader.find(Inclusion, name)
    )
    if old is None or old.patient == values["patient"]:
        return
    for table, column in users:
        for row in reader.all(table, **{column: name}):
            raise RecordError(
                f"{kind} {name} stays its patient's: {row.__tablename__} {row.id} rests on it",
                got=values["patient"],
                allowed=old.patient,
                remedy=f"enter a new {kind} for the other patient",
            )


def _eligible(
    name: str, answers: Mapping[str, bool], reader: Reader, protocol: StudyProtocol
) -> None:
    waivers: dict[str, str] = {}
    for screening in reader.each(Screening, inclusion=name):
        waivers |= screening.waivers or {}
        if screening.failure_reason is not None:
            raise RecordError(
                "`eligible` is yes, and its screening failed",
                got=screening.failure_reason[:60],
                remedy=f"correct screening {screening.id} first, or leave eligible=no",
            )
    require_eligible(answers, waivers, protocol)


def _administration(
    name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol
) -> None:
    one_of(values["kind"], [kind.value for kind in ActivityKind], "kind")
    one_of(values["route"], [protocol.route], "route")
    one_of(values["agent"], [protocol.agent], "agent")
    if get_nuclide(values["nuclide"]).name != protocol.nuclide:
        one_of(values["nuclide"], [protocol.nuclide], "nuclide")
    inclusion = reader.get(Inclusion, values["inclusion"])
    _sum_of_injections(name, values, inclusion, reader)
    if values["at"] < inclusion.at:
        raise TimeError(
            f"the administration is before inclusion {inclusion.id}",
            got=values["at"].isoformat(),
            allowed=f"from {inclusion.at.isoformat()}",
            remedy="correct one of the two times",
        )
    for scan in reader.all(Scan, administration=name):
        _after_injection(scan.id, scan.at, name, values["at"])


def _sum_of_injections(
    name: str, values: Mapping[str, Any], inclusion: Inclusion, reader: Reader
) -> None:
    """What syringes gave is corrected at their injections, and follows here."""
    injections = reader.all(Injection, administration=name)
    old = reader.find(Administration, name)
    if old is None or not injections:
        return
    for key in ("at", "kind", "activity_bq", "activity_uncertainty_bq"):
        if values[key] != getattr(old, key):
            raise RecordError(
                f"administration {name} is the sum of its injections, and is not corrected alone",
                got=key.removesuffix("_bq"),
                allowed=", ".join(row.id for row in injections),
                remedy="correct these by `hevesy pharmacy correct injection`",
            )
    if inclusion.id != old.inclusion:
        require_own_lesion(reader, injections[0].lesion, inclusion.patient)
        if not inclusion.eligible:
            raise RecordError(
                "the patient was not found eligible", got=inclusion.id, remedy="check the inclusion"
            )


def _plausible(values: Mapping[str, Any], protocol: StudyProtocol, unusual: bool) -> None:
    activity_bq = values["activity_bq"]
    spread_bq = values["activity_uncertainty_bq"]
    if spread_bq is not None and spread_bq >= activity_bq:
        raise RecordError(
            "the activity's uncertainty is as large as the activity",
            got=f"{spread_bq / 1e6:g} MBq of {activity_bq / 1e6:g} MBq",
            remedy="give one standard deviation",
        )
    low_bq, high_bq = protocol.activity_low_bq, protocol.activity_high_bq
    for value_bq in (activity_bq, values["prescribed_bq"]):
        if unusual or value_bq is None:
            continue
        if (low_bq or 0.0) <= value_bq <= (high_bq or float("inf")):
            continue
        span = " and ".join(
            f"{word} {bound / 1e6:g} MBq ({bound / 3.7e7:g} mCi)"
            for word, bound in (("at least", low_bq), ("at most", high_bq))
            if bound is not None
        )
        raise RecordError(
            "this activity is not usual in the study",
            got=f"{value_bq / 1e6:g} MBq ({value_bq / 3.7e7:g} mCi)",
            allowed=span,
            remedy="check the unit, mCi or MBq; if it is right, add --unusual and a --reason",
        )


def _after_injection(scan: str, at: datetime, administration: str, given: datetime) -> None:
    if at <= given:
        raise TimeError(
            f"scan {scan} would be before its injection, {administration}",
            got=at.isoformat(),
            allowed=f"after {given.isoformat()}",
            remedy="correct one of the two times",
        )


def _scan(name: str, values: Mapping[str, Any], reader: Reader, _: StudyProtocol) -> None:
    given = reader.get(Administration, values["administration"])
    _after_injection(name, values["at"], given.id, given.at)
    patient = patient_of(reader, given.id)
    images = _images(values["options"])
    for other in reader.each(Scan):
        if other.id != name and images & _images(other.options):
            raise RecordError(
                "these are the images of another scan",
                got=other.id,
                remedy="give each scan its own files, or correct that one",
            )
    for lesion in (values["options"] or {}).get("lesions", {}):
        require_own_lesion(reader, lesion, patient)


def _images(options: Mapping[str, Any] | None) -> set[str]:
    files = (options or {}).get("files", {})
    return {digest for role, digest in files.items() if role.startswith(("spect", "projections"))}


def _region_volume(name: str, values: Mapping[str, Any], reader: Reader, _: StudyProtocol) -> None:
    scan = reader.get(Scan, values["scan"])
    if values["lesion"] is not None:
        require_own_lesion(reader, values["lesion"], patient_of(reader, scan.administration))


def _excreta(name: str, values: Mapping[str, Any], reader: Reader, _: StudyProtocol) -> None:
    one_of(values["kind"], _EXCRETA, "kind")
    require_held(values)
    given = reader.get(Administration, values["administration"])
    start, end = values["started_at"], values["ended_at"]
    moments = [("the injection's end", given.at), ("started_at", start), ("ended_at", end),
               ("measured_at", values["measured_at"])]  # fmt: skip
    known = [(what, at) for what, at in moments if at is not None]
    for (first, earlier), (second, later) in pairwise(known):
        meets = second == "measured_at" or second == "started_at"
        if later < earlier or (later == earlier and not meets):
            raise TimeError(
                f"`{second}` is before `{first}`",
                got=f"{later.isoformat()} and {earlier.isoformat()}",
                remedy="correct one of the two times",
            )
    faded = decay_factor(
        get_nuclide(given.nuclide), (values["measured_at"] - given.at).total_seconds()
    )
    if values["activity_bq"] > given.activity_bq * faded:
        raise RecordError(
            "a sample holds more than was injected",
            got=f"{values['activity_bq'] / 1e6:g} MBq",
            allowed=f"up to {given.activity_bq * faded / 1e6:.6g} MBq by then",
            remedy="check its unit and time",
        )
    for other in reader.all(ExcretaSample, administration=given.id):
        if other.id == name or other.kind != values["kind"] or other.kind == "blood":
            continue
        begun, was = start or end, other.started_at or other.ended_at
        if (begun < other.ended_at and was < end) or end == other.ended_at:
            raise RecordError(
                "two collections overlap, and their activity would be counted twice",
                got=f"this one and {other.id}",
                remedy="correct the times of one",
            )


def _site(name: str, values: Mapping[str, Any], reader: Reader, protocol: StudyProtocol) -> None:
    zones = {site.name: site.timezone for site in protocol.sites}
    if values["name"] not in zones:
        near = nearest(values["name"], list(zones))
        raise StudyError(
            "this site is not in study.toml",
            got=values["name"][:60],
            allowed=", ".join(zones),
            remedy=f'did you mean "{near}"?' if near else "name one of these, or amend study.toml",
        )
    one_of(values["timezone"], [zones[values["name"]]], "timezone")


def _device_factor(name: str, values: Mapping[str, Any], reader: Reader, _: StudyProtocol) -> None:
    get_nuclide(values["nuclide"])
    low, high = values["volume_low_ml"], values["volume_high_ml"]
    if (low is None) != (high is None) or (
        low is not None and not low <= values["volume_ml"] <= high
    ):
        raise RecordError(
            "the factor's volumes are no range around the one at which it was determined",
            got=f"{low} to {high} mL, determined at {values['volume_ml']:g} mL",
            allowed="volume_low up to volume, volume up to volume_high, or neither",
            remedy="correct them",
        )
    if values["valid_until"] <= values["valid_from"]:
        raise TimeError(
            "the factor's validity ends before it begins",
            got=values["valid_until"].isoformat(),
            allowed=f"after {values['valid_from'].isoformat()}",
            remedy="correct one of the two",
        )


_Rule = Callable[[str, Mapping[str, Any], Reader, StudyProtocol], None]
_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        "administration": _administration,
        "device_factor": _device_factor,
        "excreta_sample": _excreta,
        "inclusion": _inclusion,
        "lesion": _lesion,
        "patient": _patient,
        "region_volume": _region_volume,
        "scan": _scan,
        "site": _site,
        **CLINICAL_RULES,
    }
)
