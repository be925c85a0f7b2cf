"""One fault at a time, put into the small patient's files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK
from pydicom.dataset import Dataset
from pydicom.uid import JPEGLosslessSV1, RLELossless

from hevesy.dicom import read_ct, seeded_uid, write_ct_series, write_nm_spect, write_rtstruct
from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume
from tests.refusals.patient import (
    CT_GRID,
    HOURS,
    TIME_ZERO,
    acquisition,
    ct,
    edit_dicom,
    edit_text,
    identity,
    regions,
    spect,
    write_pt_slices,
)

Spoil = Callable[[Path], None]
CT_SLICE = "scan_1/ct/CT0010.dcm"
PT_SLICE = "scan_1/spect/pt009.dcm"
NM = "scan_1/spect/nm.dcm"
RTSTRUCT = "scan_1/regions.dcm"
SEG = "scan_1/seg.dcm"


def case(*changes: tuple[str, str], file: str = "case.toml") -> Spoil:
    """Texts of the case file replaced."""
    return lambda folder: edit_text(folder / file, *changes)


def nifti_case(*changes: tuple[str, str]) -> Spoil:
    return case(*changes, file="nifti.toml")


def both(*faults: Spoil) -> Spoil:
    """Several changes that together are one fault."""

    def apply(folder: Path) -> None:
        for fault in faults:
            fault(folder)

    return apply


def removed(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def cut(name: str, share: float = 0.5) -> Spoil:
    """The file ends early."""

    def apply(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return apply


def text_instead(name: str) -> Spoil:
    return lambda folder: (folder / name).write_text("Hidden Name, notes of the visit\n") and None


def dicom(name: str, **changes: object) -> Spoil:
    return lambda folder: edit_dicom(folder / name, **changes)


def whole_series(name: str, **changes: object) -> Spoil:
    def apply(folder: Path) -> None:
        for file in (folder / name).iterdir():
            edit_dicom(file, **changes)

    return apply


def rebuilt(name: str, change: Callable[[Dataset], object]) -> Spoil:
    """A DICOM file with what is nested in it changed."""

    def apply(folder: Path) -> None:
        dataset = pydicom.dcmread(folder / name)
        change(dataset)
        dataset.save_as(folder / name)

    return apply


def as_pt(fault: Spoil) -> Spoil:
    """Scan 1 as PT-labelled slices, then the fault."""

    def apply(folder: Path) -> None:
        (folder / NM).unlink()
        write_pt_slices(folder / "scan_1/spect", HOURS[0])
        fault(folder)

    return apply


def copied_slice(name: str, **changes: object) -> Spoil:
    """The slice is there a second time, as another instance."""

    def apply(folder: Path) -> None:
        copy = (folder / name).with_name("again.dcm")
        shutil.copy(folder / name, copy)
        edit_dicom(copy, SOPInstanceUID=seeded_uid("refusals", "again"), **changes)

    return apply


def moved_slice(name: str, mm: float) -> Spoil:
    """One slice stands off its place along the normal."""

    def move(dataset: Dataset) -> None:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, z + mm]

    return rebuilt(name, move)


def structures_of_scan_2(folder: Path) -> None:
    """Scan 1 is given the RTSTRUCT that was drawn on scan 2's CT, in the same frame."""
    other = read_ct(folder / "scan_2" / "ct").context
    write_rtstruct(folder / RTSTRUCT, regions(), other, written_at=TIME_ZERO)


def ct_of_another_patient(folder: Path) -> None:
    shutil.rmtree(folder / "scan_1/ct")
    who = identity(HOURS[0], patient_id="SECRET-ID-TWO", patient_name="Other^Person")
    write_ct_series(folder / "scan_1/ct", ct(), identity=who)


def spect_of_another_patient(folder: Path) -> None:
    who = identity(HOURS[2], patient_id="SECRET-ID-TWO", patient_name="Other^Person")
    write_nm_spect(
        folder / "scan_3/spect/nm.dcm", spect(HOURS[2]), acquisition(HOURS[2]), identity=who
    )


def _move_contours(dataset: Dataset) -> None:
    for contour in dataset.ROIContourSequence[0].ContourSequence:
        numbers = [float(number) for number in contour.ContourData]
        numbers[2::3] = [number + 1000 for number in numbers[2::3]]
        contour.ContourData = numbers


region_outside = rebuilt(RTSTRUCT, _move_contours)
region_without_contours = rebuilt(
    RTSTRUCT, lambda ds: delattr(ds.ROIContourSequence[0], "ContourSequence")
)


no_contours = rebuilt(RTSTRUCT, lambda ds: delattr(ds, "ROIContourSequence"))


def compressed(name: str) -> Spoil:
    """The pixels run-length encoded (RLE Lossless), which pydicom decodes by itself."""

    def apply(folder: Path) -> None:
        files = sorted((folder / name).iterdir()) if (folder / name).is_dir() else [folder / name]
        for file in files:
            dataset = pydicom.dcmread(file)
            dataset.compress(RLELossless, generate_instance_uid=False)
            dataset.save_as(file)

    return apply


def in_another_syntax(name: str) -> Spoil:
    """Pixels that claim a compression for which there is no decoder here."""

    def apply(folder: Path) -> None:
        compressed(name)(folder)
        dataset = pydicom.dcmread(folder / name)
        dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        dataset.save_as(folder / name)

    return apply


def _rename_roi(dataset: Dataset) -> None:
    dataset.StructureSetROISequence[1].ROIName = dataset.StructureSetROISequence[0].ROIName


def _rename_segment(dataset: Dataset) -> None:
    dataset.SegmentSequence[1].SegmentLabel = dataset.SegmentSequence[0].SegmentLabel


def _empty_segment(dataset: Dataset) -> None:
    """Every pixel of every frame is 0."""
    dataset.PixelData = bytes(len(dataset.PixelData))


two_regions_of_one_name = rebuilt(RTSTRUCT, _rename_roi)
use_seg = case(("regions.dcm", "seg.dcm"))
two_segments_of_one_name = both(use_seg, rebuilt(SEG, _rename_segment))
empty_segments = both(use_seg, rebuilt(SEG, _empty_segment))
one_name_in_two_files = case(('"scan_1/regions.dcm"', '"scan_1/regions.dcm", "scan_1/seg.dcm"'))


def unknown_nm_unit(folder: Path) -> None:
    def change(dataset: Dataset) -> None:
        mapping = dataset.RealWorldValueMappingSequence[0]
        mapping.MeasurementUnitsCodeSequence[0].CodeValue = "{SUVbw}g/ml"

    rebuilt(NM, change)(folder)


def nifti(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    """The numbers of a NIfTI file changed, its place kept."""

    def apply(folder: Path) -> None:
        path = folder / "nifti" / f"{name}.nii.gz"
        image = SimpleITK.ReadImage(str(path))
        values = change(SimpleITK.GetArrayFromImage(image))
        changed = SimpleITK.GetImageFromArray(values, isVector=False)
        if changed.GetDimension() == image.GetDimension():
            changed.CopyInformation(image)
        SimpleITK.WriteImage(changed, str(path))

    return apply


def _negative(values: np.ndarray) -> np.ndarray:
    values[10, 12, 12] = -1.0
    return values


def _not_a_number(values: np.ndarray) -> np.ndarray:
    values[10, 12, 12] = np.nan
    return values


negative_nifti = nifti("spect", _negative)
nan_nifti = nifti("spect", _not_a_number)
nan_nifti_ct = nifti("ct", lambda values: np.where(values > 0, np.nan, values).astype("f4"))
four_axes = nifti("spect", lambda values: np.stack([values, values]))
empty_label_map = nifti("labels", lambda values: values * 0)
labels_not_whole = nifti("labels", lambda values: values.astype("f4") * 0.5)


def labels_elsewhere(folder: Path) -> None:
    """The same label map, a metre away."""
    values = np.zeros(CT_GRID.shape, dtype=np.uint8)
    values[5:15, 10:20, 10:20] = 1
    values[0:5, 10:20, 10:20] = 2
    far = CT_GRID.origin_mm + np.array([0.0, 0.0, 1000.0])
    grid = Grid.from_spacing(CT_GRID.shape, spacing_mm=CT_GRID.spacing_mm, origin_mm=far)
    write_volume(
        folder / "nifti/labels.nii.gz",
        Volume(values=values, grid=grid, quantity=Quantity.RELATIVE),
    )


def spect_for_ct(folder: Path) -> None:
    """Bq/mL where HU are expected: 200 kBq/mL is no CT number."""
    shutil.copy(folder / "nifti/spect.nii.gz", folder / "nifti/ct.nii.gz")
