"""DICOM: the only room that imports pydicom and highdicom."""

from hevesy.dicom.ct import DicomImage, read_ct
from hevesy.dicom.ct_write import write_ct_series
from hevesy.dicom.identity import (
    DicomContext,
    ReferencedSlice,
    StudyIdentity,
    dataset_in_study,
    patient_key,
    require_same_patient,
    seeded_uid,
)
from hevesy.dicom.nm_write import NmAcquisition, write_nm_spect
from hevesy.dicom.planar_read import PlanarFile, read_planar
from hevesy.dicom.projections_read import RawBed, read_projections
from hevesy.dicom.projections_write import RawAcquisition, write_projections
from hevesy.dicom.rtdose import RtDoseFile, read_rtdose, write_rtdose
from hevesy.dicom.rtstruct_read import read_rtstruct
from hevesy.dicom.rtstruct_write import write_rtstruct
from hevesy.dicom.scan_files import DicomSeries, find_dicom_series
from hevesy.dicom.seg_read import read_seg
from hevesy.dicom.seg_write import SegmentKind, write_seg
from hevesy.dicom.sharing import (
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
from hevesy.dicom.spect import DicomSpect, read_spect
from hevesy.dicom.structure_file import StructureReference
from hevesy.dicom.structure_output import Delineation
from hevesy.dicom.structure_set import StructureSet
from hevesy.dicom.structures import (
    read_structure_names,
    read_structure_reference,
    read_structures,
)
from hevesy.dicom.supplied import Supplied

__all__ = [
    "DAMAGED",
    "NO_DICOM",
    "NO_IMAGE",
    "CopyProof",
    "Delineation",
    "DicomContext",
    "DicomImage",
    "DicomSeries",
    "DicomSource",
    "DicomSpect",
    "NmAcquisition",
    "PatientSharing",
    "PlanarFile",
    "RawAcquisition",
    "RawBed",
    "ReferencedSlice",
    "RtDoseFile",
    "SegmentKind",
    "SourceMoments",
    "StructureReference",
    "StructureSet",
    "StudyIdentity",
    "Supplied",
    "check_shared_file",
    "dataset_in_study",
    "find_dicom_series",
    "patient_key",
    "read_ct",
    "read_dicom_source",
    "read_planar",
    "read_projections",
    "read_rtdose",
    "read_rtstruct",
    "read_seg",
    "read_spect",
    "read_structure_names",
    "read_structure_reference",
    "read_structures",
    "require_same_patient",
    "seeded_uid",
    "share_dicom_file",
    "why_not_shared",
    "write_ct_series",
    "write_nm_spect",
    "write_projections",
    "write_rtdose",
    "write_rtstruct",
    "write_seg",
]
