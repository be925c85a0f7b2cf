"""Read the scans of a case, and refuse what does not belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hevesy.case import Case, ScanSource
from hevesy.dicom import (
    DicomContext,
    DicomSpect,
    read_ct,
    read_spect,
    read_structure_names,
    read_structure_reference,
    read_structures,
    require_same_patient,
)
from hevesy.errors import (
    CaseError,
    GridError,
    ImageFileError,
    InputError,
    NuclideError,
    QuantityError,
    TimeError,
)
from hevesy.files import is_volume_file, nearest, read_activity_volume, read_label_map, read_volume
from hevesy.images import Quantity, Region, Volume, resample
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.quantification import resolve_decay
from hevesy.workflows.session import Session

__all__ = ["read_sessions"]

_CLOCK_TOLERANCE_S = 60.0
_ACTIVITY_TOLERANCE = 0.02
_AIR_HU = -200.0  # fat lies above, lung and the air around the patient below
_HIGHEST_HU = 32767.0  # what 16 bits hold, extended scales of metal included


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Image:
    """A CT or SPECT with the little that both kinds of file share."""

    volume: Volume
    context: DicomContext | None
    patient_key: str | None
    warnings: tuple[str, ...] = ()


def read_sessions(case: Case, nuclide: Nuclide, *, control: Control) -> tuple[Session, ...]:
    """Read every scan: activity at the frame's start, CT, regions.

    Parameters
    ----------
    case : Case
    nuclide : Nuclide
    control : Control
        Told of each scan.

    Returns
    -------
    tuple of Session
        In order of time.

    Raises
    ------
    IdentityError
        Files of two patients, or regions of another series.
    NuclideError
        The DICOM names another nuclide.
    TimeError
        A scan has no time, or lies before the injection.
    """
    sessions: list[Session] = []
    keys: list[tuple[str, str]] = []
    met: list[str] = []
    for index, source in enumerate(case.scans):
        try:
            session, patient, names = _read(case, source, index + 1, nuclide)
        except InputError as error:
            raise _naming_the_scan(error, f"scan {index + 1}") from error
        for key in patient:
            if keys:
                require_same_patient(
                    keys[0][1], key, what=f"files of {keys[0][0]} and of scan {index + 1}"
                )
            keys.append((f"scan {index + 1}", key))
        sessions.append(session)
        met += names
        control.advance(index + 1, len(case.scans))
    _require_regions(case, met)
    return tuple(sorted(sessions, key=lambda session: session.start))


def _require_regions(case: Case, met: Sequence[str]) -> None:
    """Every region that the case asks for is in a file."""
    for name in case.options.regions:
        if name not in met:
            near = nearest(name, met)
            raise CaseError(
                "options.regions names a region that no structure file has",
                got=name,
                allowed=", ".join(dict.fromkeys(met)),
                remedy=f'did you mean "{near}"?' if near else "use its name as the file has it",
            )


def _naming_the_scan(error: InputError, where: str) -> InputError:
    """Readers of files do not know which scan they read for."""
    if where in error.problem:
        return error
    return type(error)(
        f"{where}: {error.problem}", got=error.got, allowed=error.allowed, remedy=error.remedy
    )


def _read(
    case: Case, source: ScanSource, number: int, nuclide: Nuclide
) -> tuple[Session, list[str], list[str]]:
    where = f"scan {number}"
    zone = ZoneInfo(case.timezone)
    dicom = None if is_volume_file(source.spect) else _read_dicom_spect(source, zone)
    if dicom is None:
        volume = read_activity_volume(source.spect, unit=source.unit or "")
        start = source.time
    else:
        volume = dicom.volume
        start = source.time or dicom.start
        _require_nuclide(dicom, nuclide, where)
    if start is None:
        raise TimeError(
            f"{where} has no start time",
            remedy="add the frame's start to that [[scan]], e.g. time = 2018-11-15T13:06:00",
        )
    course, elapsed_s = _course(case, start, where)
    duration_s = source.duration_s or (dicom.duration_s if dicom else None)
    declared = source.decay_corrected_to
    decay = resolve_decay(
        dicom.decay_tags if dicom else None,
        declared=declared.value if declared else None,
        decay_per_s=nuclide.decay_per_s,
        frame_duration_s=duration_s,
        seconds_since_administration=elapsed_s,
        where=where,
    )
    spect = _physical(volume, decay.factor_to_frame_start, where)
    ct = None if source.ct is None else _read_ct(source.ct, where)
    if dicom is not None and ct is not None and ct.patient_key is not None:
        require_same_patient(
            dicom.patient_key, ct.patient_key, what=f"the SPECT and the CT of {where}"
        )
    warnings = [*(dicom.warnings if dicom else ()), *(ct.warnings if ct else ())]
    warnings += _frames_assumed(dicom, ct)
    if dicom is not None:
        warnings += _said_otherwise(case, dicom, course, start)
    contexts = [i.context for i in (ct,) if i is not None and i.context is not None]
    if dicom is not None:
        contexts.insert(0, dicom.context)
    ct_volume, moved = (None, "") if ct is None else _ct_in_frame(ct.volume, spect, source, where)
    if moved:
        warnings.append(moved)
    regions, notes, names = _regions(source, contexts, spect, where, case.options.regions)
    session = Session(
        scan=number,
        course=course,
        start=start,
        seconds_after_administration=elapsed_s,
        duration_s=duration_s,
        spect=spect,
        ct=ct_volume,
        structures=regions,
        spect_context=dicom.context if dicom else None,
        ct_context=ct.context if ct and not moved else None,
        register_rigidly=source.register_rigidly,
        decay_note=f"{where}: {decay.note}",
        warnings=(*(f"{where}: {text}" for text in warnings), *notes),
    )
    patient = [dicom.patient_key] if dicom else []
    patient += [ct.patient_key] if ct and ct.patient_key else []
    return session, patient, names


def _read_dicom_spect(source: ScanSource, zone: ZoneInfo) -> DicomSpect:
    return read_spect(source.spect, zone=zone, unit=source.unit)


def _require_nuclide(dicom: DicomSpect, nuclide: Nuclide, where: str) -> None:
    if dicom.radionuclide is not None and dicom.radionuclide != nuclide.name:
        raise NuclideError(
            f"the DICOM of {where} names another nuclide than the case",
            got=dicom.radionuclide,
            allowed=nuclide.name,
            remedy="correct `nuclide` in the case, or give the right scan",
        )


def _course(case: Case, start: datetime, where: str) -> tuple[int, float]:
    """The last administration that ended before the frame began."""
    passed = [
        (number, (start - given.time).total_seconds())
        for number, given in enumerate(case.administrations, start=1)
        if start > given.time
    ]
    if not passed:
        first = case.administrations[0].time
        raise TimeError(
            f"{where} begins before the injection's end",
            got=f"{(first - start).total_seconds() / 3600:.2f} h before",
            remedy="check the administration's `time`, `timezone` and the scan's time",
        )
    return passed[-1]


def _physical(volume: Volume, factor: float, where: str) -> Volume:
    """Bq/mL at the frame's start."""
    if volume.quantity not in {Quantity.BQ_PER_ML, Quantity.BQ}:
        raise QuantityError(
            f"the SPECT of {where} does not hold activity",
            got=str(volume.quantity),
            allowed=f"{Quantity.BQ_PER_ML} or {Quantity.BQ}",
            remedy="give the calibrated image; where it is one whose file says counts, add "
            '`unit = "Bq/mL"` to that [[scan]]',
        )
    if float(volume.values.min()) < 0:
        raise QuantityError(
            f"the SPECT of {where} holds negative activities",
            got=f"{float(volume.values.min()):g}",
            allowed="0 and above",
            remedy="set them to 0 where you can justify it",
        )
    per_ml = 1.0 if volume.quantity is Quantity.BQ_PER_ML else 1.0 / volume.grid.voxel_volume_ml
    values = volume.values * volume.values.dtype.type(factor * per_ml)
    return volume.with_values(values, Quantity.BQ_PER_ML)


def _read_ct(path: Path, where: str) -> _Image:
    if not is_volume_file(path):
        image = read_ct(path)
        return _Image(
            volume=image.volume,
            context=image.context,
            patient_key=image.patient_key,
            warnings=image.warnings,
        )
    ct = read_volume(path, quantity=Quantity.HU)  # the file does not say what its numbers are
    lowest, highest = float(ct.values.min()), float(ct.values.max())
    if highest > _HIGHEST_HU:
        raise QuantityError(
            f"the CT of {where} holds values that are no CT numbers",
            got=f"up to {highest:g}",
            allowed=f"up to {_HIGHEST_HU:g} HU",
            remedy="give the CT in HU",
        )
    doubts: tuple[str, ...] = ()
    if lowest > _AIR_HU:
        doubts = (f"the CT's lowest value is {lowest:g}, so it shows no air: is it in HU?",)
    return _Image(volume=ct, context=None, patient_key=None, warnings=doubts)


def _ct_in_frame(ct: Volume, spect: Volume, source: ScanSource, where: str) -> tuple[Volume, str]:
    """The CT in the SPECT's frame; files without a frame are taken to share it."""
    same = ct.frame_of_reference == spect.frame_of_reference
    if same or ct.frame_of_reference is None or spect.frame_of_reference is None:
        return ct, ""
    if not source.register_rigidly:
        raise GridError(
            f"CT and SPECT of {where} lie in different frames of reference",
            remedy='add `registration = "rigid"` to that [[scan]], or give the CT of this SPECT',
        )
    return _registered(ct, spect)


def _frames_assumed(dicom: DicomSpect | None, ct: _Image | None) -> list[str]:
    """DICOM that could say whether CT and SPECT share a frame of reference, and does not."""
    if dicom is None or ct is None or ct.context is None:
        return []
    frames = {"SPECT": dicom.volume.frame_of_reference, "CT": ct.volume.frame_of_reference}
    lacking = [name for name, frame in frames.items() if frame is None]
    if not lacking:
        return []
    return [
        f"no frame of reference in the DICOM of {' and '.join(lacking)}: SPECT and CT are taken as "
        "lying in one; look at the fused slices"
    ]


def _registered(ct: Volume, spect: Volume) -> tuple[Volume, str]:
    from hevesy.registration import register_rigid

    found = register_rigid(ct, spect)
    moved = resample(
        ct,
        ct.grid,
        transform=found.transform,
        outside=-1000.0,
        frame_of_reference=spect.frame_of_reference,
    )
    return moved, (
        f"the CT was brought into the SPECT's frame by rigid registration "
        f"({found.rotation_deg:.1f} degrees, figure of merit {found.figure_of_merit:.2f}); "
        "no RTDOSE or SEG is written on it"
    )


def _said_otherwise(case: Case, dicom: DicomSpect, course: int, start: datetime) -> list[str]:
    """What the file says of scan and administration, where it is not what the case says."""
    given = case.administrations[course - 1]
    found = []
    if dicom.start is not None:
        apart_s = abs((dicom.start - start).total_seconds())
        if apart_s > _CLOCK_TOLERANCE_S:
            found.append(f"its DICOM has the start {apart_s / 60:.0f} min away from the case's")
    if dicom.administration_time is not None:
        apart_s = abs((dicom.administration_time - given.time).total_seconds())
        if apart_s > _CLOCK_TOLERANCE_S:
            found.append(
                f"its DICOM has the administration {apart_s / 60:.0f} min away from the case's"
            )
    if dicom.administered_bq:
        apart = dicom.administered_bq / given.activity_bq - 1.0
        if abs(apart) > _ACTIVITY_TOLERANCE:
            found.append(
                f"its DICOM's administered activity is {100 * apart:+.1f} % off the case's"
            )
    return found


def _regions(
    source: ScanSource,
    contexts: Sequence[DicomContext],
    spect: Volume,
    where: str,
    wanted: Sequence[str],
) -> tuple[tuple[Region, ...], list[str], list[str]]:
    """The regions of one scan's files, those wanted where some are named; notes; all names met."""
    met: list[str] = []
    regions: list[Region] = []
    notes: list[str] = []
    for path in source.structures:
        for file in _files(path):
            if is_volume_file(file):
                found = read_label_map(file, source.structure_names)
                met += [region.name for region in found]
                regions += [
                    replace(region, frame_of_reference=spect.frame_of_reference)
                    for region in found
                    if not wanted or region.name in wanted
                ]
                continue
            names = read_structure_names(file)
            met += names
            chosen = [name for name in wanted if name in names]
            if wanted and not chosen:
                continue
            context = _drawn_on(file, contexts, where)
            read = read_structures(file, context, names=chosen or None)
            regions += read.regions
            notes += [f"{where}: {text}" for text in read.warnings]
    return tuple(regions), notes, met


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    if not files:
        raise ImageFileError(
            "a folder of structures is empty", got=path.name, remedy="put the RTSTRUCT or SEG there"
        )
    return files


def _drawn_on(file: Path, contexts: Sequence[DicomContext], where: str) -> DicomContext:
    """The CT or SPECT of this scan that the file names; else the first, which then refuses it."""
    if not contexts:
        raise CaseError(
            f"{where} has a DICOM structure file but no DICOM image",
            remedy="give the image it was drawn on as DICOM, or the regions as a label map",
        )
    reference = read_structure_reference(file)
    for context in contexts:
        if context.series_uid in reference.series:
            return context
    for context in contexts:
        if reference.instances & {one.sop_instance_uid for one in context.slices}:
            return context
    return contexts[-1]
