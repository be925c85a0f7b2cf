"""The case of one administration, built from a study's records."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hevesy.case import ActivityKind, Case, Route, UrineCollection
from hevesy.case import Administration as Given
from hevesy.case import Injection as Part
from hevesy.errors import CustodyError, RecordError, TimeError
from hevesy.files import StudyFile, study_options, study_scan
from hevesy.nuclides import Nuclide, decay_factor, get_nuclide
from hevesy.provenance import InputRecord
from hevesy.store import Reader, Record
from hevesy.store.tables import (
    Administration,
    ExcretaSample,
    Inclusion,
    Injection,
    Lesion,
    Patient,
    Scan,
    Site,
)
from hevesy.workflows.scan_files import FILE_KEYS, require_unchanged

Track = tuple[tuple[float, float, float], ...]

__all__ = ["StudyCase", "read_study_case", "scan_keys"]

_ROUNDING = 1.001  # as in a case file: parts that were rounded may exceed their sum
_NO_EXCRETION = "blood"  # a sample of what is still in the body
_LEFT_SHARE = 1e-3  # of an earlier inclusion's activity: below, it is no part of this dose


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCase:
    """A case, and the records that it was built from.

    Parameters
    ----------
    case : Case
    source : InputRecord
        Their hash.
    courses : tuple of str
        Names of the administrations, in order of time; the last one is asked for.
    scans : tuple of (str, datetime)
        Names and recorded starts of the scans, in the case's order.
    lesions : tuple of (str, str)
        Region and the lesion that it is.
    """

    case: Case
    source: InputRecord
    courses: tuple[str, ...]
    scans: tuple[tuple[str, datetime], ...]
    lesions: tuple[tuple[str, str], ...]


def read_study_case(
    reader: Reader,
    study: StudyFile,
    folder: Path,
    name: str,
    *,
    scans: int | None = None,
    hash_again: bool = True,
) -> StudyCase:
    """Build the case of an administration.

    Earlier administrations of the same inclusion are its earlier courses, with their scans.

    Parameters
    ----------
    reader : Reader
    study : StudyFile
        Its [dose] says how the dose is computed.
    folder : Path
        The study's.
    name : str
        The administration.
    scans : int or None
        Only so many of this administration's scans, the first in time.
    hash_again : bool
        Read all files, to see that they are still those that were recorded.

    Returns
    -------
    StudyCase

    Raises
    ------
    RecordError
        A record is missing, or contradicts another.
    TimeError
        A scan lies before its injection, or after the next one.
    CustodyError
        An activity is gross: what stayed in the syringe was not taken off.
    """
    last = reader.get(Administration, name)
    inclusion = reader.get(Inclusion, last.inclusion)
    patient = reader.get(Patient, inclusion.patient)
    site = reader.get(Site, patient.site)
    nuclide = get_nuclide(last.nuclide)
    courses, following = _courses(reader, last, inclusion)
    used: list[Record] = [inclusion, patient, site, *courses]
    kept, left_out = _scans(reader, courses, following, scans)
    used += kept
    regions = _regions_of_lesions(kept)
    given, excreta = [], []
    for course in courses:
        samples = reader.all(ExcretaSample, administration=course.id)
        excreta += [sample for sample in samples if sample.kind != _NO_EXCRETION]
        injections = reader.all(Injection, administration=course.id)
        used += injections
        given.append(_given(reader, course, injections, regions, patient.id, nuclide))
    used += excreta
    for scan in kept if hash_again else ():
        require_unchanged(folder, scan)
    case = Case(
        patient=patient.id,
        nuclide=nuclide.name,
        agent=last.agent,
        timezone=site.timezone,
        administrations=tuple(given),
        scans=tuple(study_scan(scan_keys(scan), folder, scan.at) for scan in kept),
        options=study_options(study, folder),
        urine=tuple(
            _collection(sample) for sample in sorted(excreta, key=lambda one: one.ended_at)
        ),
        scans_left_out=left_out,
    )
    lesions = {lesion.id: lesion.id for lesion in reader.all(Lesion, patient=patient.id)}
    lesions |= {region: lesion for lesion, region in regions.items()}
    return StudyCase(
        case=case,
        source=_source(used, study.sha256),
        courses=tuple(course.id for course in courses),
        scans=tuple((scan.id, scan.at) for scan in kept),
        lesions=tuple(lesions.items()),
    )


def scan_keys(scan: Scan) -> dict[str, object]:
    """Give a recorded scan's keys as a case file's ``[[scan]]`` has them."""
    files = {key: getattr(scan, key) for key in FILE_KEYS}
    kept: dict[str, object] = dict((scan.options or {}).get("read", {}))
    return {**{key: value for key, value in files.items() if value}, **kept}


def _courses(
    reader: Reader, last: Administration, inclusion: Inclusion
) -> tuple[list[Administration], Administration | None]:
    """Give this administration after its earlier ones; and the patient's next one, if any."""
    others = [
        given
        for one in reader.all(Inclusion, patient=inclusion.patient)
        for given in reader.all(Administration, inclusion=one.id)
        if given.id != last.id
    ]
    same = [given for given in others if given.at == last.at]
    if same:
        raise RecordError(
            "two administrations of one patient have the same time",
            got=f"{last.id} and {same[0].id}",
            remedy="correct one; parts of one administration are its injections",
        )
    earlier = [given for given in others if given.at < last.at]
    for given in earlier:
        if given.inclusion == last.inclusion:
            if (given.nuclide, given.agent) != (last.nuclide, last.agent):
                raise RecordError(
                    f"{given.id} and {last.id} are of two agents, whose doses are not one curve's",
                    got=f"{given.nuclide} {given.agent} and {last.nuclide} {last.agent}",
                    remedy="correct the one that is wrong",
                )
            continue
        left = decay_factor(get_nuclide(given.nuclide), (last.at - given.at).total_seconds())
        if left > _LEFT_SHARE:
            raise RecordError(
                f"{given.id}, of an earlier inclusion, has not decayed when {last.id} begins",
                got=f"{100 * left:.2g} % is left",
                allowed=f"up to {100 * _LEFT_SHARE:g} %",
                remedy="compute both as courses of one case file",
            )
    mine = [given for given in earlier if given.inclusion == last.inclusion]
    later = sorted((given for given in others if given.at > last.at), key=lambda given: given.at)
    return [*sorted(mine, key=lambda given: given.at), last], later[0] if later else None


def _scans(
    reader: Reader,
    courses: Sequence[Administration],
    following: Administration | None,
    wanted: int | None,
) -> tuple[list[Scan], int]:
    found: list[Scan] = []
    for number, course in enumerate(courses):
        after = courses[number + 1] if number + 1 < len(courses) else following
        own = sorted(reader.all(Scan, administration=course.id), key=lambda scan: scan.at)
        for scan in own:
            if scan.at <= course.at:
                raise TimeError(
                    f"scan {scan.id} is before its injection",
                    got=scan.at.isoformat(),
                    allowed=f"after {course.at.isoformat()}",
                    remedy=f"correct the time of {scan.id} or of {course.id}",
                )
            if after is not None and scan.at >= after.at:
                raise TimeError(
                    f"scan {scan.id} of {course.id} is after {after.id}, whose activity it shows",
                    got=scan.at.isoformat(),
                    allowed=f"before {after.at.isoformat()}",
                    remedy="correct which administration it belongs to, or its time",
                )
        found += own
    if not own:
        raise RecordError(
            "this administration has no scan",
            got=courses[-1].id,
            remedy="enter one by `hevesy trial record scan`",
        )
    if wanted is None:
        return found, 0
    if not 1 <= wanted <= len(own):
        raise RecordError(
            "--scans asks for a number of scans that the administration does not have",
            got=wanted,
            allowed=f"1 to {len(own)}",
            remedy="give a number in that range, or leave --scans out",
        )
    left_out = len(own) - wanted
    return found[: len(found) - left_out], left_out


def _regions_of_lesions(scans: Sequence[Scan]) -> dict[str, str]:
    """The region that each lesion is, where a scan's record says so."""
    found: dict[str, str] = {}
    for scan in scans:
        for lesion, region in (scan.options or {}).get("lesions", {}).items():
            if found.setdefault(lesion, region) != region:
                raise RecordError(
                    f"lesion {lesion} is called by two names on the scans",
                    got=f"'{found[lesion]}' and '{region}'",
                    remedy="give the region one name on all of them",
                )
    if len(set(found.values())) != len(found):
        raise RecordError(
            "two lesions are one region", got=", ".join(found), remedy="correct the scans' lesions"
        )
    return found


def _given(
    reader: Reader,
    course: Administration,
    injections: Sequence[Injection],
    regions: dict[str, str],
    patient: str,
    nuclide: Nuclide,
) -> Given:
    kinds = [(course.id, course.kind), *((part.id, part.kind) for part in injections)]
    for name, kind in kinds:
        if kind != ActivityKind.NET.value:
            raise CustodyError(
                f"the activity of {name} is {kind}: what stayed in the syringe is in it",
                allowed="net",
                remedy="enter the measurement of the residual",
            )
    route = Route(course.route)
    if (route is Route.INTRATUMORAL) != bool(injections):
        raise RecordError(
            f"{course.id} is {route.value} and has {'' if injections else 'no '}injections",
            remedy="enter what went into each lesion"
            if route is Route.INTRATUMORAL
            else "correct its route",
        )
    parts: dict[str, float] = {}
    tracks: dict[str, tuple[Track, ...]] = {}
    for injection in injections:
        lesion = reader.get(Lesion, injection.lesion)
        if lesion.patient != patient:
            raise RecordError(
                f"{injection.id} went into a lesion of another patient",
                got=f"{lesion.id} of {lesion.patient}",
                allowed=f"a lesion of {patient}",
                remedy="correct it",
            )
        activity_bq = _carried_bq(injection, course.at, nuclide)
        parts[lesion.id] = parts.get(lesion.id, 0.0) + activity_bq
        tracks[lesion.id] = tracks.get(lesion.id, ()) + _tracks(injection)
    injected_bq = sum(parts.values())
    if injected_bq > course.activity_bq * _ROUNDING:
        raise RecordError(
            f"the injections of {course.id} add up to more than its activity",
            got=f"{injected_bq / 1e6:g} MBq of {course.activity_bq / 1e6:g} MBq",
            remedy="correct the parts or the whole",
        )
    stated_bq = course.activity_uncertainty_bq
    return Given(
        activity_bq=course.activity_bq,
        activity_relative_uncertainty=(
            None if stated_bq is None else stated_bq / course.activity_bq
        ),
        kind=ActivityKind.NET,
        time=course.at,
        route=route,
        injections=tuple(
            Part(
                lesion=regions.get(lesion, lesion),
                activity_bq=activity_bq,
                tracks_mm=tracks[lesion],
            )
            for lesion, activity_bq in parts.items()
        ),
    )


def _tracks(injection: Injection) -> tuple[Track, ...]:
    return tuple(tuple((x, y, z) for x, y, z in track) for track in injection.needle_tracks or ())


def _carried_bq(injection: Injection, to: datetime, nuclide: Nuclide) -> float:
    """A net activity holds at the injection's start; a case's at time zero, the last one's end."""
    waited_s = (to - injection.started_at).total_seconds()
    if waited_s < 0 or injection.ended_at - to > timedelta(seconds=60):
        raise TimeError(
            f"{injection.id} is after the end of its administration",
            got=injection.ended_at.isoformat(),
            allowed=f"until {to.isoformat()}",
            remedy="correct one of the two times",
        )
    return injection.net_bq * decay_factor(nuclide, waited_s)


def _collection(sample: ExcretaSample) -> UrineCollection:
    spread_bq, activity_bq = sample.activity_uncertainty_bq, sample.activity_bq
    return UrineCollection(
        start=sample.started_at,
        end=sample.ended_at,
        activity_bq=activity_bq,
        measured_at=sample.measured_at,
        activity_relative_uncertainty=spread_bq / activity_bq if activity_bq > 0 else 0.0,
        volume_ml=sample.volume_ml,
        kind=sample.kind,
    )


def _source(used: Sequence[Record], protocol_sha256: str) -> InputRecord:
    rows = sorted([str(record.__tablename__), record.id, record.version] for record in used)
    text = json.dumps({"protocol": protocol_sha256, "records": rows}, separators=(",", ":"))
    return InputRecord(
        role="study records",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        files=len(rows),
        size_bytes=len(text),
    )
