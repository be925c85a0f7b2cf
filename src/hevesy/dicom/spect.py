"""Reconstructed SPECT: NM multi-frame files and PT-labelled slices."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.dicom.frame_start import acquisition_start
from hevesy.dicom.identity import DicomContext, ReferencedSlice, patient_key
from hevesy.dicom.nm_volume import nm_duration_s, read_nm_frames, require_reconstruction
from hevesy.dicom.radiopharmaceutical import read_radiopharmaceutical
from hevesy.dicom.reading import refusing_damage
from hevesy.dicom.scan_files import DicomSeries, choose_series, find_dicom_series
from hevesy.dicom.slices import assemble, read_planes, spacing_warnings
from hevesy.dicom.spect_units import (
    ValueScale,
    declared_scale,
    mapped_unit,
    real_world_scale,
    units_of_tag,
)
from hevesy.dicom.times import DicomClock
from hevesy.errors import ImageFileError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification.decay import DecayTags

__all__ = ["DicomSpect", "read_spect"]

_ENHANCED_PET = {"1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.128.1"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DicomSpect:
    """A reconstructed SPECT, with what its file says of time, decay and agent.

    Parameters
    ----------
    volume : Volume
        Activity concentration (Bq/mL), activity (Bq) or counts; float32.
    start : datetime or None
        Start of the frame; aware, UTC. None where the file has none, or no zone is known.
    duration_s : float or None
        Of the frame, s.
    decay_tags : DecayTags
        For `hevesy.quantification.resolve_decay`.
    radionuclide : str or None
        As in ICRP-107; None where the file's text is not understood.
    half_life_s : float or None
        The file's own, s.
    administered_bq : float or None
        The file's own, Bq.
    administration_time : datetime or None
        The file's own; aware, UTC.
    series_uid, study_uid : str
        Of the series.
    frame_of_reference : str or None
        Frame of Reference UID.
    patient_key : str
        For comparisons only.
    context : DicomContext
        For writers.
    warnings : tuple of str
        For the report.
    """

    volume: Volume
    start: datetime | None = field(repr=False)
    duration_s: float | None
    decay_tags: DecayTags
    radionuclide: str | None
    half_life_s: float | None
    administered_bq: float | None
    administration_time: datetime | None = field(repr=False)
    series_uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    frame_of_reference: str | None = field(repr=False)
    patient_key: str = field(repr=False)
    context: DicomContext = field(repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stored:
    values: NDArray[np.float32]
    grid: Grid
    slices: tuple[ReferencedSlice, ...]
    header: Dataset
    headers: Sequence[Dataset]
    scale: ValueScale
    warnings: tuple[str, ...]


def read_spect(
    path: Path,
    *,
    zone: ZoneInfo | None = None,
    unit: str | None = None,
    series_uid: str | None = None,
) -> DicomSpect:
    """Read a reconstructed SPECT: an NM multi-frame file or PT-labelled slices.

    The unit is the file's: a Real World Value Mapping (NM), else Units (0054,1001) with Rescale
    Slope. A file without one is refused unless `unit` says what the rescaled numbers are. The start
    is Acquisition Date and Time, then Acquisition DateTime, then with a warning Series and Content
    Date and Time. Memory: float32, 4 bytes a voxel, beside the stored 2.

    Parameters
    ----------
    path : Path
        A folder or a file; other modalities in the folder are left aside.
    zone : ZoneInfo or None
        The site's zone, for files without Timezone Offset From UTC. Without either, times stay
        None with a warning.
    unit : str or None
        ``"Bq/mL"``, ``"kBq/mL"``, ``"MBq/mL"``, ``"Bq"`` or ``"counts"``, from the case.
    series_uid : str or None
        Which series, where there are several.

    Returns
    -------
    DicomSpect
        `volume` of shape (slices, rows, columns).

    Raises
    ------
    ImageFileError
        Raw projections, planar or gated images, enhanced PET, several volumes.
    QuantityError
        Negative activities; a unit that is missing, unknown or contradicted.
    GridError
        Missing, duplicate or unequally spaced slices; no position or direction.
    TimeError
        A start in the gap or overlap of daylight saving.
    IdentityError
        Files of two patients.

    References
    ----------
    DICOM PS3.3 A.5 (NM), A.21 (PET), C.8.9.1, C.8.9.4; C.12.1.1.8 (time zone).

    Examples
    --------
    >>> read_spect(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: there is no such DICOM file or folder: ...
    """
    with refusing_damage("the SPECT"):
        return _read_spect(path, zone, unit, series_uid)


def _read_spect(
    path: Path, zone: ZoneInfo | None, unit: str | None, series_uid: str | None
) -> DicomSpect:
    series = _choose(find_dicom_series(path), series_uid)
    image = _read_nm(series, unit) if series.modality == "NM" else _read_pt(series, unit)
    if image.scale.quantity != Quantity.COUNTS and image.values.min() < 0:
        raise QuantityError(
            "the SPECT holds negative activities",
            got=f"{int(np.count_nonzero(image.values < 0))} voxels, "
            f"down to {image.values.min():g} {image.scale.quantity}",
            allowed="0 and above",
            remedy="reconstruct iteratively, or set them to 0 where you can justify it",
        )
    header, clock = image.header, DicomClock(image.header, zone)
    start, start_warnings = acquisition_start(image.headers, zone, where="the SPECT")
    duration_s, duration_warning = (
        nm_duration_s(header) if series.modality == "NM" else _pt_duration_s(image.headers)
    )
    tags, tag_warnings = _decay_tags(image.headers, series.modality)
    agent = read_radiopharmaceutical(header, clock)
    context = DicomContext.from_header(header, grid=image.grid, slices=image.slices)
    return DicomSpect(
        volume=Volume(
            values=image.values,
            grid=image.grid,
            quantity=image.scale.quantity,
            frame_of_reference=context.frame_of_reference,
        ),
        start=start,
        duration_s=duration_s,
        decay_tags=tags,
        radionuclide=agent.radionuclide,
        half_life_s=agent.half_life_s,
        administered_bq=agent.administered_bq,
        administration_time=agent.administration_time,
        series_uid=series.series_uid,
        study_uid=series.study_uid,
        frame_of_reference=context.frame_of_reference,
        patient_key=patient_key(header),
        context=context,
        warnings=(
            *image.warnings,
            *start_warnings,
            *((duration_warning,) if duration_warning else ()),
            *tag_warnings,
            *agent.warnings,
        ),
    )


def _is_spect(series: DicomSeries) -> bool:
    return series.modality in {"NM", "PT"}


def _is_reconstruction(series: DicomSeries) -> bool:
    if series.modality == "PT":
        return True
    return series.modality == "NM" and any(_is_recon_tomo(kind) for kind in series.image_types)


def _is_recon_tomo(kind: tuple[str, ...]) -> bool:
    return kind[2:3] == ("RECON TOMO",) and "TRANSMISSION" not in kind


def _choose(present: Sequence[DicomSeries], series_uid: str | None) -> DicomSeries:
    """Take the reconstruction where raw data lie beside it; else what the error must speak of."""
    some = any(_is_reconstruction(s) for s in present)
    raw = next((s for s in present if _is_spect(s)), None)
    if not some and raw is not None:
        require_reconstruction(raw.image_type)
    series = choose_series(
        present, wanted=_is_reconstruction, what="SPECT reconstruction", series_uid=series_uid
    )
    if series.sop_class_uid in _ENHANCED_PET:
        raise ImageFileError(
            "enhanced multi-frame PET is not read",
            got=f"{len(series.files)} files",
            allowed="NM multi-frame, or single slices",
            remedy="export the SPECT as single PT slices or as NM",
        )
    return series


def _read_nm(series: DicomSeries, unit: str | None) -> _Stored:
    files = [
        file
        for file, kind in zip(series.files, series.image_types, strict=True)
        if _is_recon_tomo(kind)
    ]
    if len(files) > 1:
        raise ImageFileError(
            "the NM series holds more than one reconstruction",
            got=f"{len(files)} files",
            allowed="one",
            remedy="give the file of the one to use",
        )
    frames = read_nm_frames(files[0])
    header = frames.header
    mapped = real_world_scale(header)
    if mapped is not None:
        slope, intercept, written = mapped
        scale = declared_scale(written, unit)
    else:
        slope = float(header.get("RescaleSlope") or 1.0)
        intercept = float(header.get("RescaleIntercept") or 0.0)
        scale = declared_scale(units_of_tag(header) or mapped_unit(header), unit)
    values = _scaled(frames.stored, slope * scale.factor, intercept * scale.factor)
    return _Stored(
        values=values, grid=frames.grid, slices=frames.slices, header=header, headers=(header,),
        scale=scale, warnings=_unit_warnings(units_of_tag(header), unit),
    )  # fmt: skip


def _read_pt(series: DicomSeries, unit: str | None) -> _Stored:
    planes = read_planes(series.files, where="the SPECT")
    written = {units_of_tag(plane.header) for plane in planes}
    if len(written) > 1 or any("RescaleSlope" not in plane.header for plane in planes):
        raise QuantityError(
            "the SPECT's slices do not all say how to scale their values",
            got=f"{len(written)} units" if len(written) > 1 else "no Rescale Slope",
            remedy="export the series again",
        )
    code = written.pop()
    scale = declared_scale(code, unit)
    image = assemble(planes, where="the SPECT")
    values = image.values.astype(np.float32, copy=False)
    if scale.factor != 1.0:
        values = values * np.float32(scale.factor)
    return _Stored(
        values=values, grid=image.grid, slices=image.slices, header=image.header,
        headers=image.headers, scale=scale,
        warnings=(*_unit_warnings(code, unit), *spacing_warnings(image, where="the SPECT")),
    )  # fmt: skip


def _scaled(stored: NDArray[np.generic], slope: float, intercept: float) -> NDArray[np.float32]:
    """Slice by slice, so that no second full-size array of float64 is made."""
    values = np.empty(stored.shape, dtype=np.float32)
    for z in range(len(stored)):
        values[z] = stored[z].astype(np.float64) * slope + intercept
    return values


def _unit_warnings(written: str | None, declared: str | None) -> tuple[str, ...]:
    if declared is not None and declared != "counts" and written == "CNTS":
        return (f"the SPECT's file says counts; the case declares {declared}, which was taken",)
    return ()


def _common(headers: Sequence[Dataset], keyword: str) -> tuple[float | None, bool]:
    """A number that all slices share, and whether they do."""
    found = {
        None if (value := header.get(keyword)) in {None, ""} else float(value) for header in headers
    }
    return (found.pop(), True) if len(found) == 1 else (None, False)


def _pt_duration_s(headers: Sequence[Dataset]) -> tuple[float | None, str | None]:
    frame_ms, same = _common(headers, "ActualFrameDuration")
    if not same:
        return None, "the SPECT's slices differ in Actual Frame Duration; none was taken"
    if not frame_ms or frame_ms <= 0:
        return None, "the SPECT does not say how long it took"
    return frame_ms / 1000, None


def _decay_tags(headers: Sequence[Dataset], modality: str) -> tuple[DecayTags, tuple[str, ...]]:
    """Decay attributes; those that differ between slices (several beds) are left out."""
    warnings = []
    factor, one_factor = _common(headers, "DecayFactor")
    reference_ms, one_reference = _common(headers, "FrameReferenceTime")
    if not one_factor or not one_reference:
        factor = reference_ms = None
        warnings.append("the SPECT's slices differ in Decay Factor or Frame Reference Time")
    words = {str(header.get("DecayCorrection") or "").strip().upper() for header in headers}
    if len(words) > 1:
        raise QuantityError(
            "the SPECT's slices differ in Decay Correction",
            got=", ".join(sorted(word or "none given" for word in words)),
            remedy="export the series again",
        )
    corrected = headers[0].get("CorrectedImage")
    corrections = [corrected] if isinstance(corrected, str) else list(corrected or ())
    tags = DecayTags(
        decay_correction=words.pop() or None,
        decay_factor=factor,
        corrected_for_decay="DECY" in corrections if corrections else None,
        frame_reference_time_s=None if reference_ms is None else reference_ms / 1000,
        modality=modality,
    )
    return tags, tuple(warnings)
