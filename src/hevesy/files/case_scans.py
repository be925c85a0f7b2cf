"""The `[[scan]]` tables of a case file, with their paths found."""

import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from hevesy.case import DecayReferenceTime, ScanSource
from hevesy.errors import CaseError, ImageFileError
from hevesy.files.case_models import ScanModel
from hevesy.files.case_quantities import duration_s, length_mm
from hevesy.files.case_times import to_utc
from hevesy.files.volumes import is_volume_file

__all__ = ["find_path", "to_scans"]

_ESTIMATE = "estimate"


def find_path(text: str, folder: Path, what: str) -> Path:
    """Return an existing file, or a folder that is not empty, relative to the case file's folder.

    Parameters
    ----------
    text : str
        The path as the case file has it.
    folder : Path
        The case file's folder.
    what : str
        The key, for messages.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    ImageFileError
        It does not exist, can't be read, or is an empty folder.

    Examples
    --------
    >>> find_path(".", Path(__file__).parent, "scan[1].spect") == Path(__file__).parent.resolve()
    True
    """
    path = (folder / text).resolve()
    problem = ""
    if not path.exists():
        problem = "does not exist"
    elif not os.access(path, os.R_OK):
        problem = "can't be read"
    elif path.is_dir() and not any(path.iterdir()):
        problem = "is an empty folder"
    elif path.is_file() and path.stat().st_size == 0:
        problem = "is an empty file"
    if problem:
        raise ImageFileError(
            f"{what} {problem}",
            got=text,
            remedy="correct the path; it is relative to the case file's folder",
        )
    return path


def to_scans(models: Sequence[ScanModel], folder: Path, zone: ZoneInfo) -> tuple[ScanSource, ...]:
    """Turn the ``[[scan]]`` tables into values with absolute paths and times in UTC.

    Parameters
    ----------
    models : sequence of ScanModel
        As the case file has them.
    folder : Path
        The case file's folder.
    zone : ZoneInfo
        The site's zone, for times without an offset.

    Returns
    -------
    tuple of ScanSource

    Raises
    ------
    CaseError
        A key that this kind of file needs is missing; two scans have one file.

    Examples
    --------
    >>> model = ScanModel(spect=".")
    >>> to_scans([model], Path(__file__).parent, ZoneInfo("UTC"))[0].ct is None
    True
    """
    scans: list[ScanSource] = []
    for i, model in enumerate(models):
        where = f"scan[{i + 1}]"
        scan = _to_scan(model, folder, zone, where)
        for j, other in enumerate(scans):
            same = set(_images(other)) & set(_images(scan))
            if same:
                raise CaseError(
                    f"scan[{j + 1}] and {where} have the same SPECT",
                    got=", ".join(path.name for path in sorted(same)),
                    remedy="give each scan its own files",
                )
        scans.append(scan)
    return tuple(scans)


def _to_scan(model: ScanModel, folder: Path, zone: ZoneInfo, where: str) -> ScanSource:
    _require_one_kind(model, where)
    spect = None if model.spect is None else find_path(model.spect, folder, f"{where}.spect")
    beds = _find_all(model.projections, folder, f"{where}.projections")
    structures = _find_all(model.structures, folder, f"{where}.structures")
    if spect is not None and is_volume_file(spect):
        _require_for_volumes(model, where)
    names = _label_names(model, where)
    if names and not any(_holds_label_map(path) for path in structures):
        raise CaseError(
            f"{where}.structure_names would not be used",
            got=", ".join(model.structures) or "no structures",
            allowed="for NIfTI or NRRD label maps",
            remedy="leave it out; an RTSTRUCT or SEG brings its own names, and `regions` in "
            "[options] chooses among them",
        )
    decay = model.decay_corrected_to
    return ScanSource(
        spect=spect,
        projections=beds,
        calibration=None
        if model.calibration is None
        else find_path(model.calibration, folder, f"{where}.calibration"),
        ct=None if model.ct is None else find_path(model.ct, folder, f"{where}.ct"),
        structures=structures,
        structure_names=names,
        time=None if model.time is None else to_utc(model.time, zone, f"{where}.time"),
        unit=model.unit,
        duration_s=duration_s(model.duration, f"{where}.duration"),
        decay_corrected_to=None if decay is None else DecayReferenceTime(decay),
        register_rigidly=model.registration == "rigid",
        breathing_mm=length_mm(model.breathing, f"{where}.breathing"),
        mismatch_mm=(
            None if model.mismatch == _ESTIMATE else length_mm(model.mismatch, f"{where}.mismatch")
        ),
        mismatch_from_image=model.mismatch == _ESTIMATE,
    )


def _find_all(texts: Sequence[str], folder: Path, what: str) -> tuple[Path, ...]:
    found = tuple(find_path(text, folder, f"{what}[{i + 1}]") for i, text in enumerate(texts))
    if len(set(found)) != len(found):
        raise CaseError(f"{what} names a file twice", remedy="leave one out")
    return found


def _images(scan: ScanSource) -> tuple[Path, ...]:
    return scan.projections if scan.spect is None else (scan.spect,)


def _require_one_kind(model: ScanModel, where: str) -> None:
    """A reconstructed image, or raw projections with the record that makes one of them."""
    if model.spect is None and not model.projections:
        raise CaseError(
            f"{where}.spect is missing",
            remedy="give the reconstructed SPECT, or raw `projections` with their `calibration`",
        )
    if model.spect is not None and model.projections:
        raise CaseError(
            f"{where} has both spect and projections",
            remedy="keep the one that is to be used",
        )
    if model.projections and model.calibration is None:
        raise CaseError(
            f"{where}.calibration is missing",
            remedy="raw projections are counts: name the record that `hevesy spect calibrate` made",
        )
    if model.projections:
        unused = [key for key in ("unit", "decay_corrected_to") if getattr(model, key) is not None]
        if unused:
            raise CaseError(
                f"{where}.{unused[0]} says nothing of raw projections",
                remedy="leave it out: the reconstruction knows it",
            )
    elif model.calibration is not None:
        raise CaseError(
            f"{where}.calibration belongs to raw projections",
            remedy="leave it out, or give `projections` in place of `spect`",
        )


def _holds_label_map(path: Path) -> bool:
    files = path.rglob("*") if path.is_dir() else (path,)
    return any(is_volume_file(file) for file in files)


def _require_for_volumes(model: ScanModel, where: str) -> None:
    """NIfTI and NRRD say nothing of time, unit or frame."""
    if model.time is None:
        raise CaseError(
            f"{where}.time is missing",
            remedy="a NIfTI or NRRD file does not say when it was measured: "
            "add the frame's start, e.g. time = 2018-11-15T13:06:00",
        )
    if model.unit is None:
        raise CaseError(
            f"{where}.unit is missing",
            allowed='"Bq/mL", "kBq/mL", "MBq/mL", "Bq" (per voxel)',
            remedy='a NIfTI or NRRD file does not say: add it, e.g. unit = "kBq/mL"',
        )
    if model.decay_corrected_to == "none" and model.duration is None:
        raise CaseError(
            f"{where}.duration is missing",
            remedy="without decay correction the frame's duration is needed, "
            'e.g. duration = "1506 s"',
        )


def _label_names(model: ScanModel, where: str) -> tuple[tuple[int, str], ...]:
    names: list[tuple[int, str]] = []
    for key, name in model.structure_names.items():
        if not key.isascii() or not key.isdigit() or int(key) < 1:
            raise CaseError(
                f"{where}.structure_names has a label that is not a whole number above 0",
                got=key,
                remedy='write it as { 1 = "liver" }',
            )
        if not name or name in (known for _, known in names):
            raise CaseError(
                f"{where}.structure_names has an empty name or a name twice",
                got=name,
                remedy="give each label its own name",
            )
        names.append((int(key), name))
    return tuple(names)
