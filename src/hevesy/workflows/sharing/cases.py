"""A copy's case files: what `hevesy dose` reads, with new names, moved times and relative paths."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hevesy.case import Administration, Case, UrineCollection
from hevesy.files import StudyFile, is_volume_file
from hevesy.trial.sharing import PatientClock
from hevesy.workflows.sharing.material import RecordedScan

__all__ = ["case_text", "why_no_case"]

Region = Callable[[str], str]

_PLAIN = ("unit", "duration", "decay_corrected_to", "registration", "breathing", "mismatch")
_OTHER_REGIONS = ("capsule_of", "downstream")


def why_no_case(case: Case, study: StudyFile, scans: tuple[RecordedScan, ...]) -> str:
    """Say why a case can't be written into a copy; empty where it can.

    Parameters
    ----------
    case : Case
    study : StudyFile
        Its [dose].
    scans : tuple of RecordedScan

    Returns
    -------
    str
    """
    if any(scan.keys.get("calibration") for scan in scans):
        return "its raw projections need a camera's calibration, which is not shared"
    if study.dose.hu_to_density is not None or study.dose.prior.endswith(".toml"):
        return "the study's [dose] names a file of the study"
    if any(sample.kind != "urine" for sample in case.urine):
        return "it has samples that a case file can't say"
    tracks = [track for given in case.administrations for part in given.injections
              for track in part.tracks_mm]  # fmt: skip
    if any(len(track) != 2 for track in tracks) or any(
        len(part.tracks_mm) > 1 for given in case.administrations for part in given.injections
    ):
        return "its needles' ways need files of their own"
    return ""


def case_text(
    case: Case,
    study: StudyFile,
    scans: tuple[RecordedScan, ...],
    *,
    code: str,
    clock: PatientClock,
    region: Region,
    places: Mapping[str, str],
) -> str:
    """Write a case file's text.

    Parameters
    ----------
    case : Case
        Of the study's records.
    study : StudyFile
        Its [dose] becomes [options].
    scans : tuple of RecordedScan
        In the case's order.
    code : str
        The patient's new one.
    clock : PatientClock
    region : callable
        A region's name to its name in the copy.
    places : mapping of str to str
        Recorded paths to paths from the case file's folder.

    Returns
    -------
    str
    """
    lines = [
        "# Of a de-identified copy: names, days and identifiers are not the patient's.",
        "# Research use only, not a medical device.",
        _line("patient", code),
        _line("nuclide", case.nuclide),
        _line("agent", case.agent),
        _line("timezone", "UTC"),
    ]
    for given in case.administrations:
        lines += _administration(given, clock, region)
    for scan in scans:
        lines += _scan(scan, clock, region, places)
    for sample in case.urine:
        lines += _urine(sample, clock)
    said = _options(study, region)
    if said:
        lines += ["", "[options]", *(_line(key, value) for key, value in said.items())]
    return "\n".join(lines) + "\n"


def _line(key: str, value: object) -> str:
    return f"{key} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(str(k))} = {_toml(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return json.dumps(str(value), ensure_ascii=False)


def _administration(given: Administration, clock: PatientClock, region: Region) -> list[str]:
    lines = [
        "",
        "[[administration]]",
        _line("activity", f"{given.activity_bq!r} Bq"),
        _line("kind", given.kind.value),
        _line("time", clock.moment(given.time)),
        _line("route", given.route.value),
    ]
    share = given.activity_relative_uncertainty
    if share is not None:
        lines.append(_line("activity_uncertainty", f"{100.0 * share!r} %"))
    for part in given.injections:
        lines += [
            "",
            "[[administration.injection]]",
            _line("lesion", region(part.lesion)),
            _line("activity", f"{part.activity_bq!r} Bq"),
        ]
        for first, last in part.tracks_mm:
            lines += [_line("entry_mm", list(first)), _line("target_mm", list(last))]
    return lines


def _scan(
    scan: RecordedScan, clock: PatientClock, region: Region, places: Mapping[str, str]
) -> list[str]:
    keys: dict[str, Any] = dict(scan.keys)
    made: dict[str, object] = {}
    for key in ("spect", "ct"):
        if keys.get(key):
            made[key] = places[keys[key]]
    for key in ("projections", "structures"):
        if keys.get(key):
            made[key] = [places[text] for text in keys[key]]
    names = keys.get("structure_names")
    if names:
        made["structure_names"] = {
            (old if old.isdigit() else region(old)): region(new) for old, new in names.items()
        }
    made |= {key: keys[key] for key in _PLAIN if keys.get(key)}
    if isinstance(keys.get("spect"), str) and is_volume_file(Path(keys["spect"])):
        made["time"] = clock.moment(scan.at)
    return ["", "[[scan]]", *(_line(key, value) for key, value in made.items())]


def _urine(sample: UrineCollection, clock: PatientClock) -> list[str]:
    lines = ["", "[[urine]]"]
    if sample.start is None:
        lines.append(_line("time", clock.moment(sample.end)))
    else:
        lines += [
            _line("start", clock.moment(sample.start)),
            _line("end", clock.moment(sample.end)),
        ]
    lines += [
        _line("activity", f"{sample.activity_bq!r} Bq"),
        _line("measured_at", clock.moment(sample.measured_at)),
        _line("uncertainty", f"{100 * sample.activity_relative_uncertainty!r} %"),
    ]
    if sample.volume_ml is not None:
        lines.append(_line("volume", f"{sample.volume_ml!r} mL"))
    return lines


def _options(study: StudyFile, region: Region) -> dict[str, object]:
    said: dict[str, Any] = study.dose.model_dump(exclude_defaults=True, exclude_none=True)
    if "regions" in said:
        said["regions"] = [region(name) for name in said["regions"]]
    if "region_density_g_cm3" in said:
        said["region_density_g_cm3"] = {
            region(name): value for name, value in said["region_density_g_cm3"].items()
        }
    for model in said.get("radiobiology", []):
        model["regions"] = [region(name) for name in model.get("regions", [])]
    for key in _OTHER_REGIONS:
        inner = said.get("injection_regions", {})
        if key in inner:
            inner[key] = [region(name) for name in inner[key]]
    return said
