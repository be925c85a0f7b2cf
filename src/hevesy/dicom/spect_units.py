"""What a stored SPECT value means: scale, unit, quantity."""

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from hevesy.errors import QuantityError, UnitError
from hevesy.images import Quantity

__all__ = ["ValueScale", "declared_scale", "mapped_unit", "real_world_scale", "units_of_tag"]

_DECLARABLE = {
    "Bq/mL": (Quantity.BQ_PER_ML, 1.0),
    "kBq/mL": (Quantity.BQ_PER_ML, 1e3),
    "MBq/mL": (Quantity.BQ_PER_ML, 1e6),
    "Bq": (Quantity.BQ, 1.0),
    "counts": (Quantity.COUNTS, 1.0),
}
# UCUM and what vendors write for it; UCUM is case-sensitive, and mBq is not MBq.
_SAME = {
    "BQML": "Bq/mL", "Bq/ml": "Bq/mL", "Bq/mL": "Bq/mL", "Bq/cm3": "Bq/mL",
    "kBq/ml": "kBq/mL", "kBq/mL": "kBq/mL", "kBq/cm3": "kBq/mL",
    "MBq/ml": "MBq/mL", "MBq/mL": "MBq/mL", "MBq/cm3": "MBq/mL",
    "Bq": "Bq", "CNTS": "counts", "{counts}": "counts",
}  # fmt: skip
_REMEDY = 'say what the numbers are in that [[scan]], e.g. `unit = "Bq/mL"`'


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueScale:
    """From a rescaled value to a canonical unit.

    Parameters
    ----------
    quantity : Quantity
        ``BQ_PER_ML``, ``BQ`` or ``COUNTS``.
    factor : float
        Multiply by it.
    unit : str
        The unit before that, as people write it.
    """

    quantity: Quantity
    factor: float
    unit: str


def declared_scale(written: str | None, declared: str | None) -> ValueScale:
    """Scale from what the file says and what the case declares.

    Parameters
    ----------
    written : str or None
        The file's unit code: DICOM Units (``"BQML"``, ``"CNTS"``) or UCUM (``"Bq/ml"``).
    declared : str or None
        ``"Bq/mL"``, ``"kBq/mL"``, ``"MBq/mL"``, ``"Bq"`` (in each voxel) or ``"counts"``.

    Returns
    -------
    ValueScale

    Raises
    ------
    UnitError
        The declared unit is not one of these.
    QuantityError
        The file's unit is unknown or missing and nothing is declared, or the two contradict each
        other. CNTS gives way to a declared activity: some cameras write it for calibrated images.

    Examples
    --------
    >>> declared_scale("BQML", None).quantity.value
    'Bq/mL'
    """
    if declared is not None and declared not in _DECLARABLE:
        raise UnitError(
            "a SPECT's unit is unknown",
            got=declared,
            allowed=", ".join(_DECLARABLE),
            remedy=_REMEDY,
        )
    known = _SAME.get(written) if written else None
    if declared is None and known is None:
        raise QuantityError(
            "the SPECT does not say what its numbers are"
            if not written
            else "the SPECT's unit is unknown",
            got=written or "no unit",
            allowed="BQML, CNTS, or a Real World Value Mapping in Bq/ml, kBq/ml or MBq/ml",
            remedy=_REMEDY,
        )
    if declared is not None and known is not None and known != declared and known != "counts":
        raise QuantityError(
            "the SPECT's own unit is not the declared one",
            got=f"{known} in the file, {declared} declared",
            remedy="take `unit` out of that [[scan]], or correct it",
        )
    unit = declared if declared is not None else str(known)
    quantity, factor = _DECLARABLE[unit]
    return ValueScale(quantity=quantity, factor=factor, unit=unit)


def units_of_tag(header: Dataset) -> str | None:
    """DICOM Units (0054,1001) in capitals, None where absent or empty.

    Examples
    --------
    >>> units_of_tag(Dataset()) is None
    True
    """
    return str(header.get("Units") or "").strip().upper() or None


def mapped_unit(header: Dataset) -> str | None:
    """Unit code of the first Real World Value Mapping, understood or not; None without one.

    Examples
    --------
    >>> mapped_unit(Dataset()) is None
    True
    """
    for item in header.get("RealWorldValueMappingSequence") or []:
        return _unit_code(item) or None
    return None


def _unit_code(mapping: Dataset) -> str:
    code = (mapping.get("MeasurementUnitsCodeSequence") or [Dataset()])[0]
    return str(code.get("CodeValue") or "").strip()


def real_world_scale(header: Dataset) -> tuple[float, float, str] | None:
    """Slope, intercept and unit code of a Real World Value Mapping to an activity or counts.

    Parameters
    ----------
    header : pydicom.Dataset
        Of a multi-frame NM; the mapping applies to stored values, before any rescaling.

    Returns
    -------
    tuple of (float, float, str), or None
        None where there is no mapping to a unit that is understood.

    Raises
    ------
    QuantityError
        Two mappings to such units, or one by a table.

    References
    ----------
    DICOM PS3.3 C.7.6.16.2.11 (Real World Value Mapping); PS3.16 CID 84 (UCUM units for PET).

    Examples
    --------
    >>> real_world_scale(Dataset()) is None
    True
    """
    found: list[Any] = []
    for item in header.get("RealWorldValueMappingSequence") or []:
        unit = _unit_code(item)
        if unit in _SAME:
            found.append((item, unit))
    if not found:
        return None
    if len(found) > 1 or "RealWorldValueSlope" not in found[0][0]:
        raise QuantityError(
            "the SPECT's Real World Value Mapping can't be used",
            got=f"{len(found)} mappings" if len(found) > 1 else "a table",
            allowed="one slope and intercept",
            remedy="export it with Rescale Slope, and declare `unit` in that [[scan]]",
        )
    item, unit = found[0]
    return float(item.RealWorldValueSlope), float(item.get("RealWorldValueIntercept", 0.0)), unit
