"""`case.toml` read into the frozen values of `hevesy.case`."""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hevesy.case import ActivityKind, Administration, Case, Injection, Route
from hevesy.errors import CaseError, TimeError
from hevesy.files.case_first_scans import first_scans
from hevesy.files.case_models import AdministrationModel, CaseModel
from hevesy.files.case_options import to_options
from hevesy.files.case_quantities import activity_bq, share
from hevesy.files.case_refusal import refusal
from hevesy.files.case_rest import to_rest_of_body
from hevesy.files.case_scans import to_scans
from hevesy.files.case_times import read_zone, to_utc
from hevesy.files.case_urine import to_urine
from hevesy.files.needle_track import needle_tracks
from hevesy.nuclides import get_nuclide

__all__ = ["read_case"]

_ROUNDING = 1.001  # parts of an activity that were rounded to three digits may exceed their sum


def read_case(path: Path, *, scans: int | None = None) -> Case:
    """Read one patient's case file.

    Everything that can be judged without opening an image is judged here: keys, types, units,
    times, combinations, and whether the files that it names exist. Paths in it are relative to
    the case file's folder.

    Parameters
    ----------
    path : Path
        A TOML file as described in the reference page of the case file.
    scans : int or None
        Read only so many of its scans, the first; files of later ones need not be there.

    Returns
    -------
    Case
        Times in UTC, activities in Bq, paths absolute.

    Raises
    ------
    CaseError
        The file is missing or not TOML; a key is unknown, missing or of a wrong type; values
        contradict each other.
    UnitError
        A quantity has no number, no unit, or another's unit.
    TimeError
        A time without zone, in the gap or overlap of daylight saving, or out of order.
    NuclideError
        ICRP-107 does not have the nuclide.
    ImageFileError
        A file that it names does not exist.

    Examples
    --------
    >>> import tempfile
    >>> text = '''
    ... patient = "P01"
    ... nuclide = "Re-188"
    ... agent = "ImDendrim"
    ... timezone = "Europe/Warsaw"
    ... [administration]
    ... activity = "30 mCi"
    ... kind = "net"
    ... time = 2024-03-05T10:00:00
    ... route = "intravenous"
    ... [[scan]]
    ... spect = "spect"
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "spect").mkdir()
    ...     _ = (Path(folder) / "spect" / "1.dcm").write_bytes(b"")
    ...     _ = (Path(folder) / "case.toml").write_text(text)
    ...     case = read_case(Path(folder) / "case.toml")
    >>> case.administrations[0].time.isoformat(), case.administrations[0].activity_bq
    ('2024-03-05T09:00:00+00:00', 1110000000.0)
    """
    data = _parse(path)
    one = isinstance(data.get("administration"), dict)
    if one:
        data["administration"] = [data["administration"]]
    if "timezone" not in data and set(data) <= set(CaseModel.model_fields):  # else misspelt
        _refuse_naive_times(data)
    try:
        model = CaseModel.model_validate(data)
    except ValidationError as error:
        raise refusal(error, one_administration=one) from None
    zone = read_zone(model.timezone)
    nuclide = get_nuclide(model.nuclide).name
    folder = path.resolve().parent
    administrations = _administrations(model.administration, one, zone, folder)
    taken = first_scans(model.scan, scans, zone)
    sources = to_scans(taken, folder, zone)
    _require_injections(model.options.injection_regions is not None, administrations)
    _check_order(administrations, [scan.time for scan in sources])
    return Case(
        patient=model.patient,
        nuclide=nuclide,
        agent=model.agent,
        timezone=model.timezone,
        administrations=administrations,
        scans=sources,
        options=to_options(model.options, folder),
        rest_of_body=to_rest_of_body(
            model.rest_of_body, model.blood, zone, min(a.time for a in administrations)
        ),
        scans_left_out=len(model.scan) - len(taken),
        urine=to_urine(model.urine, zone, min(given.time for given in administrations)),
    )


def _parse(path: Path) -> dict[str, object]:
    remedy = "give the path of a case.toml"
    if path.is_dir():
        raise CaseError("the case file is a folder", got=str(path), remedy=remedy)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CaseError("the case file does not exist", got=str(path), remedy=remedy) from None
    except UnicodeDecodeError as error:
        raise CaseError(
            f"the case file is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8"
        ) from None
    except OSError as error:
        raise CaseError(
            f"the case file can't be read ({error.strerror})", got=str(path), remedy=remedy
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(
            f"the case file is not valid TOML: {error}",
            remedy='correct that line; a text needs quotes, e.g. activity = "7.210 GBq"',
        ) from None


def _refuse_naive_times(data: dict[str, object]) -> None:
    for table in ("administration", "scan", "blood"):
        entries = data.get(table)
        for entry in entries if isinstance(entries, list) else []:
            time = entry.get("time") if isinstance(entry, dict) else None
            if isinstance(time, datetime) and time.tzinfo is None:
                raise TimeError(
                    f"{table}.time has no zone",
                    got=time.isoformat(),
                    remedy='set `timezone` at the top of the case, e.g. "Europe/Warsaw"',
                )


def _administrations(
    models: Sequence[AdministrationModel], one: bool, zone: ZoneInfo, folder: Path
) -> tuple[Administration, ...]:
    made = []
    for i, model in enumerate(models):
        where = "administration" if one else f"administration[{i + 1}]"
        total = activity_bq(model.activity, f"{where}.activity")
        made.append(
            Administration(
                activity_bq=total,
                activity_relative_uncertainty=share(
                    model.activity_uncertainty, f"{where}.activity_uncertainty"
                ),
                kind=ActivityKind(model.kind),
                time=to_utc(model.time, zone, f"{where}.time"),
                route=Route(model.route),
                injections=_injections(model, where, total, folder),
            )
        )
    times = [administration.time for administration in made]
    if len(set(times)) != len(times):
        raise CaseError(
            "two administrations have the same time",
            remedy="correct one's time; parts of one administration are its injections",
        )
    return tuple(made)


def _require_injections(wanted: bool, administrations: Sequence[Administration]) -> None:
    if wanted and not any(given.injections for given in administrations):
        raise CaseError(
            "options.injection_regions is for lesions that were injected, and there is none",
            remedy='set route = "intratumoral" with [[administration.injection]], or leave it out',
        )


def _injections(
    model: AdministrationModel, where: str, total_bq: float, folder: Path
) -> tuple[Injection, ...]:
    intratumoral = model.route == Route.INTRATUMORAL.value
    if intratumoral and not model.injection:
        raise CaseError(
            f"{where} is intratumoral but names no lesion",
            remedy="add [[administration.injection]] with lesion and activity for each",
        )
    if model.injection and not intratumoral:
        raise CaseError(
            f"{where}.injection is for the intratumoral route only",
            got=model.route,
            remedy='set route = "intratumoral", or leave the injections out',
        )
    _refuse_twice((part.lesion for part in model.injection), f"{where}.injection")
    parts = tuple(
        Injection(
            lesion=part.lesion,
            activity_bq=activity_bq(part.activity, f"{where}.injection[{i + 1}].activity"),
            tracks_mm=needle_tracks(part, folder, f"{where}.injection[{i + 1}]"),
            track_files=tuple((folder / name).resolve() for name in part.tracks),
        )
        for i, part in enumerate(model.injection)
    )
    injected_bq = sum(part.activity_bq for part in parts)
    if injected_bq > total_bq * _ROUNDING:
        raise CaseError(
            f"the injections of {where} add up to more than its activity",
            got=f"{injected_bq / 1e6:g} MBq of {total_bq / 1e6:g} MBq",
            remedy="correct the parts or the whole",
        )
    return parts


def _refuse_twice(names: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise CaseError(
                f"{where} names a lesion twice", got=name, remedy="add its activities up"
            )
        seen.add(name)


def _check_order(
    administrations: Sequence[Administration], scans: Sequence[datetime | None]
) -> None:
    first = min(administration.time for administration in administrations)
    for i, time in enumerate(scans):
        if time is not None and time < first:
            raise TimeError(
                f"scan[{i + 1}].time is before the injection",
                got=time.isoformat(),
                allowed=f"from {first.isoformat()}",
                remedy="correct one of the times, or leave the scan out",
            )
