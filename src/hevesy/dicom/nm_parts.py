"""Parts that raw and reconstructed NM files share: codes, agent, who and when."""

from datetime import datetime, timezone

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from hevesy._version import __version__
from hevesy.dicom.encoding import decimal
from hevesy.dicom.radiopharmaceutical import radionuclide_code

__all__ = ["coded", "describe_agent", "describe_equipment"]


def coded(value: str, scheme: str, meaning: str, *, modifier: Dataset | None = None) -> Dataset:
    """One item of a code sequence.

    Parameters
    ----------
    value, scheme, meaning : str
        Code Value, Coding Scheme Designator, Code Meaning.
    modifier : pydicom.Dataset or None
        Of a patient's orientation.

    Returns
    -------
    pydicom.Dataset

    Examples
    --------
    >>> coded("102540008", "SCT", "headfirst").CodeMeaning
    'headfirst'
    """
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    if modifier is not None:
        item.PatientOrientationModifierCodeSequence = Sequence([modifier])
    return item


def describe_equipment(
    dataset: Dataset,
    start: datetime | None,
    *,
    manufacturer: str,
    model: str,
    feet_first: bool = False,
) -> None:
    """Write modality, maker, dates, times and how the patient lay.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Written into.
    start : datetime or None
        Aware, in the zone it is to be written in; None leaves dates and times empty.
    manufacturer, model : str
        Of what made the image.
    feet_first : bool
        Patient Gantry Relationship.

    Examples
    --------
    >>> from datetime import UTC
    >>> dataset = Dataset()
    >>> describe_equipment(dataset, datetime(2024, 5, 6, 10, tzinfo=UTC), manufacturer="hevesy",
    ...                    model="simulated")
    >>> dataset.AcquisitionTime
    '100000.000000'
    """
    dataset.Modality = "NM"
    dataset.Manufacturer = manufacturer
    dataset.ManufacturerModelName = model
    dataset.SoftwareVersions = __version__
    # Without BodyPartExamined dciodvfy asks for Laterality.
    dataset.BodyPartExamined = "WHOLEBODY"
    day = "" if start is None else start.strftime("%Y%m%d")
    clock = "" if start is None else start.strftime("%H%M%S.%f")
    dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = clock
    dataset.PatientOrientationCodeSequence = [
        coded("102538003", "SCT", "recumbent", modifier=coded("40199007", "SCT", "supine"))
    ]
    entry = ("102541007", "SCT", "feet-first") if feet_first else ("102540008", "SCT", "headfirst")
    dataset.PatientGantryRelationshipCodeSequence = [coded(*entry)]
    dataset.InstanceNumber = 1
    dataset.PatientOrientation = ""
    dataset.CountsAccumulated = None


def describe_agent(
    dataset: Dataset,
    *,
    nuclide: str | None,
    half_life_s: float | None,
    administered_bq: float | None,
    administered_at: datetime | None,
    zone: timezone,
) -> None:
    """Write the Radiopharmaceutical Information Sequence; what is None is left out.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Written into.
    nuclide : str or None
        As in ICRP-107, with the dash.
    half_life_s : float or None
        Its half-life, s.
    administered_bq : float or None
        At `administered_at`, Bq.
    administered_at : datetime or None
        Aware.
    zone : timezone
        The one times are written in.

    References
    ----------
    DICOM PS3.3 C.8.4.10 (NM Isotope): total dose in MBq.

    Examples
    --------
    >>> from datetime import UTC
    >>> dataset = Dataset()
    >>> describe_agent(dataset, nuclide="Re-188", half_life_s=61214.4, administered_bq=1e9,
    ...                administered_at=None, zone=timezone.utc)
    >>> dataset.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose
    '1000.0'
    """
    item = Dataset()
    item.RadionuclideCodeSequence = [] if nuclide is None else [coded(*radionuclide_code(nuclide))]
    if half_life_s is not None:
        item.RadionuclideHalfLife = decimal(half_life_s)
    item.RadionuclideTotalDose = (
        None if administered_bq is None else decimal(administered_bq / 1e6)  # NM: MBq
    )
    item.RadiopharmaceuticalStartTime = None
    if administered_at is not None:
        given = administered_at.astimezone(zone)
        item.RadiopharmaceuticalStartTime = given.strftime("%H%M%S.%f")
        # Not of the NM IOD, but without the date a start time is of no use (Standard Extended).
        item.RadiopharmaceuticalStartDateTime = given.strftime("%Y%m%d%H%M%S.%f%z")
    dataset.RadiopharmaceuticalInformationSequence = [item]
