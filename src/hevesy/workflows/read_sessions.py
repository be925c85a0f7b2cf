"""Read the scans of a case, and refuse what does not belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hevesy.case import Case, ScanSource
from hevesy.dicom import (
    DicomContext,
    read_ct,
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
    QuantityError,
)
from hevesy.files import is_volume_file, nearest, read_label_map, read_volume
from hevesy.images import Quantity, Region, Volume, resample
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.workflows.scan_image import ScanImage, read_scan_image
from hevesy.workflows.session import Session

__all__ = ["read_sessions"]

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
            session, patient, names = _read(case, source, index + 1, nuclide, control)
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
    case: Case, source: ScanSource, number: int, nuclide: Nuclide, control: Control
) -> tuple[Session, list[str], list[str]]:
    where = f"scan {number}"
    image = read_scan_image(case, source, number, nuclide, control)
    ct = None if source.ct is None else _read_ct(source.ct, where)
    if image.patient_key is not None and ct is not None and ct.patient_key is not None:
        require_same_patient(
            image.patient_key, ct.patient_key, what=f"the SPECT and the CT of {where}"
        )
    warnings = [*image.warnings, *(ct.warnings if ct else ())]
    warnings += _frames_assumed(image, ct)
    contexts = [i.context for i in (ct,) if i is not None and i.context is not None]
    if image.context is not None:
        contexts.insert(0, image.context)
    ct_volume, moved = (
        (None, "") if ct is None else _ct_in_frame(ct.volume, image.spect, source, where)
    )
    if moved:
        warnings.append(moved)
    regions, notes, names = _regions(source, contexts, image.spect, where, case.options.regions)
    session = Session(
        scan=number,
        course=image.course,
        start=image.start,
        seconds_after_administration=image.seconds_after_administration,
        duration_s=image.duration_s,
        spect=image.spect,
        ct=ct_volume,
        structures=regions,
        spect_context=image.context,
        ct_context=ct.context if ct and not moved else None,
        register_rigidly=source.register_rigidly,
        counting=image.counting,
        repeats=image.repeats,
        shifted=image.shifted,
        floor=image.floor,
        calibration_relative_uncertainty=image.calibration_relative_uncertainty,
        decay_note=image.decay_note,
        breathing_mm=source.breathing_mm,
        mismatch_mm=source.mismatch_mm,
        warnings=(*(f"{where}: {text}" for text in warnings), *notes),
    )
    patient = [image.patient_key] if image.patient_key is not None else []
    patient += [ct.patient_key] if ct and ct.patient_key else []
    return session, patient, names


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


def _frames_assumed(image: ScanImage, ct: _Image | None) -> list[str]:
    """DICOM that could say whether CT and SPECT share a frame of reference, and does not."""
    if not image.dicom or ct is None or ct.context is None:
        return []
    frames = {"SPECT": image.spect.frame_of_reference, "CT": ct.volume.frame_of_reference}
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
