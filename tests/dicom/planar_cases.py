"""Planar NM files, made by hand."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

NM = "1.2.840.10008.5.1.4.1.1.20"


def coded(meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99TEST", meaning
    return item


def head(view=None, angle=None, orientation=None):
    item = Dataset()
    if view is not None:
        item.ViewCodeSequence = [coded(view)]
    if angle is not None:
        item.StartAngle = str(angle)
    if orientation is not None:
        item.ImageOrientationPatient = [str(number) for number in orientation]
    return item


def write_planar(
    path: Path,
    counts,
    heads,
    *,
    windows=((139.5, 170.5),),
    pixel_mm=(6.0, 6.0),
    kind="STATIC",
    seconds=900.0,
    change=None,
):
    """`counts` as (windows, heads, rows, columns), the first row at the head, as a camera does."""
    counts = np.asarray(counts)
    w, h, rows, columns = counts.shape
    header = Dataset()
    header.SOPClassUID, header.SOPInstanceUID = NM, generate_uid(entropy_srcs=["planar"])
    header.Modality, header.ImageType = "NM", ["ORIGINAL", "PRIMARY", kind, "EMISSION"]
    header.PatientID, header.PatientName, header.PatientBirthDate = "P-77", "Secret^Name", ""
    header.AcquisitionDate, header.AcquisitionTime = "20240506", "100000"
    header.TimezoneOffsetFromUTC = "+0200"
    header.ActualFrameDuration = round(1000 * seconds)
    header.NumberOfFrames, header.Rows, header.Columns = w * h, rows, columns
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = 32
    header.HighBit, header.PixelRepresentation = 31, 0
    header.PixelSpacing = [str(size) for size in pixel_mm]
    header.NumberOfEnergyWindows, header.NumberOfDetectors = w, h
    header.EnergyWindowVector = [n + 1 for n in range(w) for _ in range(h)]
    header.DetectorVector = [n + 1 for _ in range(w) for n in range(h)]
    header.DetectorInformationSequence = list(heads)
    items = []
    for low, high in windows:
        limits, item = Dataset(), Dataset()
        limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = str(low), str(high)
        item.EnergyWindowRangeSequence = [limits]
        items.append(item)
    header.EnergyWindowInformationSequence = items
    header.PixelData = np.ascontiguousarray(counts, dtype="<u4").tobytes()
    if change is not None:
        change(header)
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = NM
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.save_as(path, enforce_file_format=True)
    return path
