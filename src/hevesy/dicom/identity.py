"""Whose image it is, and what another object needs to join its study; never shown."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from hevesy.dicom.times import parse_zone_offset
from hevesy.errors import IdentityError, TimeError
from hevesy.images import Grid

__all__ = [
    "DicomContext",
    "ReferencedSlice",
    "StudyIdentity",
    "dataset_in_study",
    "patient_key",
    "require_same_patient",
    "seeded_uid",
]

_PATIENT = ("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex")
_STUDY = (
    "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber",
    "ReferringPhysicianName", "StudyDescription",
)  # fmt: skip


def patient_key(dataset: Dataset) -> str:
    """Hash of the patient's ID, name and birth date, to compare and never to show.

    Case, padding and empty name parts do not count. Short IDs can be guessed back from a hash: it
    belongs in no output.

    Parameters
    ----------
    dataset : pydicom.Dataset
        A DICOM header.

    Returns
    -------
    str
        SHA-256, hexadecimal.

    Examples
    --------
    >>> a, b = Dataset(), Dataset()
    >>> a.PatientID, b.PatientID = "P1", "p1 "
    >>> patient_key(a) == patient_key(b)
    True
    """
    parts = [
        str(dataset.get(keyword) or "").strip().rstrip("^ ").upper()
        for keyword in ("PatientID", "PatientName", "PatientBirthDate")
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def require_same_patient(first_key: str, second_key: str, *, what: str) -> None:
    """Refuse images of two patients.

    Parameters
    ----------
    first_key, second_key : str
        From `patient_key`.
    what : str
        What was compared, e.g. ``"scan 1's SPECT and CT"``.

    Raises
    ------
    IdentityError
        The keys differ.

    Examples
    --------
    >>> require_same_patient("ab", "ab", what="scan 1's SPECT and CT")
    """
    if first_key != second_key:
        raise IdentityError(
            f"{what} are of two patients (ID, name and birth date are compared)",
            remedy="give files of one patient",
        )


def seeded_uid(*seed: str) -> str:
    """Return a UID that follows from `seed` alone, under pydicom's root.

    Examples
    --------
    >>> seeded_uid("demo", "ct") == seeded_uid("demo", "ct") != seeded_uid("demo", "nm")
    True
    """
    return str(generate_uid(entropy_srcs=["hevesy", *seed]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferencedSlice:
    """One slice of a source image, as another object refers to it.

    Parameters
    ----------
    sop_instance_uid : str
        Of the file that holds it.
    position_mm : ndarray of float64, shape (3,)
        LPS centre of its first voxel, mm.
    frame_number : int or None
        From 1, in a multi-frame file; None for a file of one slice.
    """

    sop_instance_uid: str = field(repr=False)
    position_mm: NDArray[np.float64]
    frame_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DicomContext:
    """What an RTDOSE, SEG or RTSTRUCT needs to join an image's study.

    Its text shows no identifier.

    Parameters
    ----------
    patient, study : tuple of (str, str)
        Patient and study attributes by keyword, as in the file; absent ones are empty.
    character_set : str or tuple of str
        Specific Character Set.
    modality, sop_class_uid, series_uid : str
        Of the source series.
    frame_of_reference : str or None
        Frame of Reference UID.
    position_reference : str
        Position Reference Indicator.
    timezone_offset : str or None
        Timezone Offset From UTC.
    grid : Grid
        The source image's.
    slices : tuple of ReferencedSlice
        One for each index z of `grid`, in order.
    """

    patient: tuple[tuple[str, str], ...] = field(repr=False)
    study: tuple[tuple[str, str], ...] = field(repr=False)
    character_set: str | tuple[str, ...] = field(repr=False)
    modality: str
    sop_class_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    frame_of_reference: str | None = field(repr=False)
    position_reference: str = field(repr=False, default="")
    timezone_offset: str | None = field(repr=False, default=None)
    grid: Grid = field(repr=False)
    slices: tuple[ReferencedSlice, ...] = field(repr=False)

    @classmethod
    def from_header(
        cls, header: Dataset, *, grid: Grid, slices: tuple[ReferencedSlice, ...]
    ) -> "DicomContext":
        """Take it from one header of a series."""
        written = header.get("SpecificCharacterSet") or "ISO_IR 6"
        return cls(
            patient=tuple((word, str(header.get(word) or "")) for word in _PATIENT),
            study=tuple((word, str(header.get(word) or "")) for word in _STUDY),
            character_set=written if isinstance(written, str) else tuple(written),
            modality=str(header.get("Modality", "")),
            sop_class_uid=str(header.get("SOPClassUID", "")),
            series_uid=str(header.get("SeriesInstanceUID", "")),
            frame_of_reference=str(header.get("FrameOfReferenceUID") or "") or None,
            position_reference=str(header.get("PositionReferenceIndicator") or ""),
            timezone_offset=_offset(header),
            grid=grid,
            slices=slices,
        )

    @property
    def study_uid(self) -> str:
        """Study Instance UID."""
        return dict(self.study)["StudyInstanceUID"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyIdentity:
    """Patient and study of files that hevesy makes itself (the virtual patient).

    Parameters
    ----------
    patient_id, patient_name : str
        Invented; the name as ``"Family^Given"``.
    patient_sex : str
        ``"M"``, ``"F"``, ``"O"`` or empty.
    patient_birth_date : str
        ``YYYYMMDD`` or empty.
    study_start : datetime
        Aware; its offset is written as Timezone Offset From UTC.
    study_description : str
        In words.
    seed : str
        All UIDs follow from it.

    Raises
    ------
    TimeError
        `study_start` has no zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> start = datetime(2024, 5, 6, 9, tzinfo=UTC)
    >>> StudyIdentity(patient_id="V1", patient_name="Virtual^Patient", study_start=start, seed="1")
    StudyIdentity(seed='1')
    """

    patient_id: str = field(repr=False)
    patient_name: str = field(repr=False)
    patient_sex: str = field(repr=False, default="O")
    patient_birth_date: str = field(repr=False, default="")
    study_start: datetime = field(repr=False)
    study_description: str = field(repr=False, default="")
    seed: str

    def __post_init__(self) -> None:
        if self.study_start.tzinfo is None:
            raise TimeError(
                "a study's start has no zone",
                got=self.study_start.isoformat(),
                remedy="give it with its zone",
            )

    @property
    def study_uid(self) -> str:
        """Study Instance UID."""
        return seeded_uid(self.seed, "study", self.study_start.isoformat())

    def apply(self, dataset: Dataset) -> None:
        """Write the patient and study attributes into `dataset`."""
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.PatientName = self.patient_name
        dataset.PatientID = self.patient_id
        dataset.PatientBirthDate = self.patient_birth_date
        dataset.PatientSex = self.patient_sex
        dataset.StudyInstanceUID = self.study_uid
        dataset.StudyDate = self.study_start.strftime("%Y%m%d")
        dataset.StudyTime = self.study_start.strftime("%H%M%S")
        dataset.StudyID = "1"
        dataset.AccessionNumber = ""
        dataset.ReferringPhysicianName = ""
        if self.study_description:
            dataset.StudyDescription = self.study_description
        dataset.TimezoneOffsetFromUTC = self.study_start.strftime("%z")[:5]


def _offset(header: Dataset) -> str | None:
    """Timezone Offset From UTC, where it is one: a fault in it must not stop a dose's writing."""
    text = str(header.get("TimezoneOffsetFromUTC") or "").strip()
    try:
        parse_zone_offset(text)
    except TimeError:
        return None
    return text


def dataset_in_study(
    context: DicomContext, *, sop_class_uid: str, sop_instance_uid: str, created: datetime
) -> Dataset:
    """Begin a new object in an image's study: patient, study, SOP common, frame of reference.

    Parameters
    ----------
    context : DicomContext
        The image's.
    sop_class_uid, sop_instance_uid : str
        Of the new object.
    created : datetime
        Aware; written in the study's offset where it has one, else with its own.

    Returns
    -------
    pydicom.Dataset

    Raises
    ------
    TimeError
        `created` has no zone.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import UTC
    >>> context = DicomContext.from_header(
    ...     Dataset(), grid=Grid.from_spacing((1, 1, 1), spacing_mm=(1, 1, 1)), slices=())
    >>> dataset_in_study(context, sop_class_uid="1.2", sop_instance_uid="1.3",
    ...                  created=datetime(2024, 5, 6, 9, tzinfo=UTC)).InstanceCreationTime
    '090000'
    """
    if created.tzinfo is None:
        raise TimeError(
            "a creation time has no zone", got=created.isoformat(), remedy="give it with its zone"
        )
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"  # the texts were decoded from the image's own set
    optional = {"IssuerOfPatientID", "StudyDescription"}
    for keyword, value in (*context.patient, *context.study):
        if value or keyword not in optional:
            setattr(dataset, keyword, value)
    if context.timezone_offset is not None:
        created = created.astimezone(parse_zone_offset(context.timezone_offset))
        dataset.TimezoneOffsetFromUTC = context.timezone_offset
    dataset.SOPClassUID = UID(sop_class_uid)
    dataset.SOPInstanceUID = UID(sop_instance_uid)
    dataset.InstanceCreationDate = created.strftime("%Y%m%d")
    dataset.InstanceCreationTime = created.strftime("%H%M%S")
    if context.frame_of_reference is not None:
        dataset.FrameOfReferenceUID = context.frame_of_reference
        dataset.PositionReferenceIndicator = context.position_reference
    return dataset
