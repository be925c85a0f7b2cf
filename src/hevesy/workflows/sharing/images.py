"""A study's image files, for a copy: which go, which don't and why, and their proof."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hevesy.dicom import (
    DAMAGED,
    NO_DICOM,
    NO_IMAGE,
    CopyProof,
    DicomSource,
    PatientSharing,
    SourceMoments,
    check_shared_file,
    read_dicom_source,
    share_dicom_file,
    why_not_shared,
)
from hevesy.errors import ImageFileError, TimeError
from hevesy.files import is_volume_file, strip_volume_texts
from hevesy.progress import Control
from hevesy.trial.sharing import Identifiers, PatientClock, SharingKey, Tally
from hevesy.workflows.sharing.material import RecordedScan, ShareMaterial

__all__ = ["ImagePlan", "SharedImages", "named_files", "plan_images", "share_images"]

_IMAGE_KEYS = ("spect", "projections", "ct", "structures")
_CALIBRATION = "a camera's calibration: it is shared by patients, and its dates would tie them"
_OF_SEVERAL = "it is not sure whose it is"  # no more: who is listed with it would be tied
_BESIDE_IMAGES = {NO_DICOM, NO_IMAGE}  # files that lie beside a series and are no part of it
_FACE = {"HEAD", "NECK", "HEADNECK", "BRAIN", "SKULL", "FACE", "WHOLEBODY", "EYE", "JAW", "EAR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan:
    """Which files go, before one is written.

    Parameters
    ----------
    files : mapping of (str, str) to tuple of Path
        By patient and recorded path.
    places : mapping of (str, str) to str
        Where each recorded path goes: a file or a folder in the copy.
    sources : mapping of str to DicomSource
        By patient.
    left_out : mapping of (str, str) to int
        Patient and reason; how many files.
    incomplete : frozenset of (str, str)
        Patient and recorded path of which an image is left out.
    """

    files: Mapping[tuple[str, str], tuple[Path, ...]] = field(repr=False)
    places: Mapping[tuple[str, str], str] = field(repr=False)
    sources: Mapping[str, DicomSource] = field(repr=False)
    left_out: Mapping[tuple[str, str], int]
    incomplete: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)

    @property
    def known(self) -> Identifiers:
        """Every person's identifiers."""
        return Identifiers().together(*(source.known for source in self.sources.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedImages:
    """What was written.

    Parameters
    ----------
    files : int
    patients : int
    left_out, incomplete
        As in the plan, with what could not be moved in time.
    faces : tuple of str
        New codes of the patients whose images may show a face, or do not say what they show.
    faults : tuple of str
        What the proof found; nothing, or the copy must go.
    """

    files: int = 0
    patients: int = 0
    left_out: Mapping[tuple[str, str], int] = field(default_factory=dict)
    incomplete: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    faces: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def named_files(scan: RecordedScan) -> list[tuple[str, str]]:
    """Give the image files that a scan names: what as, and the recorded path.

    Parameters
    ----------
    scan : RecordedScan

    Returns
    -------
    list of (str, str)
    """
    found = []
    for role in _IMAGE_KEYS:
        value = scan.keys.get(role)
        texts = [value] if isinstance(value, str) else list(value or ())  # type: ignore[call-overload]
        found += [(role if len(texts) == 1 else f"{role}-{n}", text)
                  for n, text in enumerate(texts, start=1)]  # fmt: skip
    return found


def plan_images(material: ShareMaterial, folder: Path, key: SharingKey) -> ImagePlan:
    """Look at every file that a scan names, and read what must not stand in a copy.

    Parameters
    ----------
    material : ShareMaterial
    folder : Path
        The study's.
    key : SharingKey

    Returns
    -------
    ImagePlan
    """
    files: dict[tuple[str, str], tuple[Path, ...]] = {}
    places: dict[tuple[str, str], str] = {}
    left_out: Counter[tuple[str, str]] = Counter()
    incomplete: set[tuple[str, str]] = set()
    for scan in sorted(material.scans, key=lambda one: key.code("scan", one.scan)):
        if scan.keys.get("calibration"):
            left_out[scan.patient, _CALIBRATION] += 1
        place = f"dicom/{key.code('patient', scan.patient)}/{key.code('scan', scan.scan)}"
        for role, text in named_files(scan):
            known = (scan.patient, text)
            if known in files:
                continue
            found, reasons = _look(folder / text)
            left_out.update({(scan.patient, why): n for why, n in reasons.items()})
            files[known] = found
            if not found or set(reasons) - _BESIDE_IMAGES:
                incomplete.add(known)
            ending = "" if (folder / text).is_dir() else _ending(Path(text))
            places[known] = f"{place}/{role}{ending}"
    for known, kept in _of_one_patient(files).items():
        if len(kept) < len(files[known]):
            left_out[known[0], _OF_SEVERAL] += len(files[known]) - len(kept)
            incomplete.add(known)
            files[known] = kept
    sources = {
        patient: read_dicom_source(
            path
            for (who, _), found in files.items()
            if who == patient
            for path in found
            if not is_volume_file(path)
        )
        for patient in sorted({who for who, _ in files})
    }
    return ImagePlan(files=files, places=places, sources=sources, left_out=left_out,
                     incomplete=frozenset(incomplete))  # fmt: skip


def _of_one_patient(
    files: Mapping[tuple[str, str], tuple[Path, ...]],
) -> dict[tuple[str, str], tuple[Path, ...]]:
    """Leave out what two patients' scans name, directly or by links."""
    owners: dict[Path, set[str]] = {}
    for (patient, _), found in files.items():
        for file in found:
            owners.setdefault(file.resolve(), set()).add(patient)
    return {
        known: tuple(file for file in found if len(owners[file.resolve()]) == 1)
        for known, found in files.items()
    }


def _look(path: Path) -> tuple[tuple[Path, ...], Counter[str]]:
    inside = path.rglob("*") if path.is_dir() else [path]
    files = sorted(one for one in inside if one.is_file() and not one.name.startswith("."))
    reasons: Counter[str] = Counter()
    kept = []
    for file in files:
        why = "" if is_volume_file(file) else why_not_shared(file)
        if why:
            reasons[why] += 1
        else:
            kept.append(file)
    return tuple(kept), reasons


def _ending(path: Path) -> str:
    name = path.name.lower()
    return next((end for end in (".nii.gz", ".nii", ".nrrd") if name.endswith(end)), ".dcm")


def share_images(
    plan: ImagePlan,
    out: Path,
    *,
    material: ShareMaterial,
    key: SharingKey,
    clocks: Mapping[str, PatientClock],
    known: Identifiers,
    region: Callable[[str, str], str],
    tally: Tally,
    control: Control,
) -> SharedImages:
    """Write the files that go, and read each again for its proof.

    Parameters
    ----------
    plan : ImagePlan
    out : Path
        Where the copy grows.
    material : ShareMaterial
    key : SharingKey
    clocks : mapping of str to PatientClock
        By patient.
    known : Identifiers
        Of records and files together.
    region : callable
        Patient and a region's name, to its name in the copy.
    tally : Tally
    control : Control
        Told of each file.

    Returns
    -------
    SharedImages
    """
    left_out, faults, written = Counter(plan.left_out), list[str](), 0
    incomplete = set(plan.incomplete)
    done, total = 0, sum(len(files) for files in plan.files.values())
    sites = material.patient_of_site
    for (patient, text), files in sorted(plan.files.items(), key=lambda one: plan.places[one[0]]):
        source = plan.sources[patient]
        sharing = PatientSharing(
            key=key,
            patient=patient,
            clock=clocks[patient],
            zone=material.zones[sites[patient]],
            known=known,
            region=lambda name, who=patient: region(who, name),  # type: ignore[misc]
        )
        proof = CopyProof(
            source=dataclasses.replace(source, known=known),
            moments=SourceMoments(days=source.days, shift_days=clocks[patient].shift_days),
        )
        place = plan.places[patient, text]
        for number, file in enumerate(files, start=1):
            control.advance(done, total)
            done += 1
            single = Path(place).suffix in {".dcm", ".gz", ".nii", ".nrrd"}
            target = out / (place if single else f"{place}/{number:05d}{_ending(file)}")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                faults += _one(file, target, sharing, proof, tally)
            except (TimeError, ImageFileError):
                left_out[patient, DAMAGED] += 1
                incomplete.add((patient, text))
                continue
            written += 1
    faces = {
        key.code("patient", who)
        for who, source in plan.sources.items()
        if source.body_parts & (_FACE | {""})
    }
    return SharedImages(
        files=written,
        patients=len(plan.sources),
        left_out=left_out,
        incomplete=frozenset(incomplete),
        faces=tuple(sorted(faces)),
        faults=tuple(dict.fromkeys(faults)),
    )


def _one(
    file: Path, target: Path, sharing: PatientSharing, proof: CopyProof, tally: Tally
) -> tuple[str, ...]:
    if is_volume_file(file):
        target.write_bytes(strip_volume_texts(file.read_bytes(), file.name))
        tally.add("images", "texts of NIfTI and NRRD headers", "removed")
        return ()
    share_dicom_file(file, target, sharing=sharing, tally=tally)
    return check_shared_file(target, proof)
