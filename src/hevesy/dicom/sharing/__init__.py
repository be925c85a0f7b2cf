"""DICOM files for a de-identified copy: what is known of the source, rewriting, proof."""

from hevesy.dicom.sharing.proof import CopyProof, SourceMoments, check_shared_file
from hevesy.dicom.sharing.rewrite import PatientSharing, share_dicom_file
from hevesy.dicom.sharing.source import (
    DAMAGED,
    NO_DICOM,
    NO_IMAGE,
    DicomSource,
    read_dicom_source,
    why_not_shared,
)

__all__ = [
    "DAMAGED",
    "NO_DICOM",
    "NO_IMAGE",
    "CopyProof",
    "DicomSource",
    "PatientSharing",
    "SourceMoments",
    "check_shared_file",
    "read_dicom_source",
    "share_dicom_file",
    "why_not_shared",
]
