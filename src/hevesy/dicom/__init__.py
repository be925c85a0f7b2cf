"""DICOM: the only room that imports pydicom and highdicom."""

from hevesy.dicom.ct import DicomImage, read_ct
from hevesy.dicom.identity import (
    DicomContext,
    ReferencedSlice,
    StudyIdentity,
    dataset_in_study,
    patient_key,
    require_same_patient,
    seeded_uid,
)
from hevesy.dicom.scan_files import DicomSeries, find_dicom_series
from hevesy.dicom.spect import DicomSpect, read_spect

__all__ = [
    "DicomContext",
    "DicomImage",
    "DicomSeries",
    "DicomSpect",
    "ReferencedSlice",
    "StudyIdentity",
    "dataset_in_study",
    "find_dicom_series",
    "patient_key",
    "read_ct",
    "read_spect",
    "require_same_patient",
    "seeded_uid",
]
