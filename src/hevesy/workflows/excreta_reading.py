"""A sample of excreta that was measured in a dose calibrator, held against the device's records."""

from collections.abc import Mapping
from math import hypot
from typing import Any

from hevesy.errors import RecordError
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader, Record
from hevesy.store.tables import Administration, ExcretaSample, Inclusion, Patient
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator

__all__ = ["hold_sample", "require_held"]

_DEPENDS_ON = (
    "administration", "activity_bq", "activity_uncertainty_bq", "measured_at", "volume_ml",
    "container", "device",
)  # fmt: skip


def hold_sample(
    reader: Reader,
    protocol: StudyProtocol,
    values: Mapping[str, Any],
    *,
    old: Record | None = None,
    unusual: str = "",
) -> dict[str, Any]:
    """Hold a sample's measurement against the factor and constancy of the device that it names.

    The activity counts as corrected by the device's own setting; the factor has to be there, and
    its uncertainty joins the sample's in squares. A correction that changes nothing of the
    measurement keeps it as it is.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    values : mapping of str to object
        All of the sample's, by column; its uncertainty is that of the measurement alone.
    old : Record or None
        The sample that is corrected.
    unusual : str
        Why it counts without a factor or a constancy check that holds; empty: it does not.

    Returns
    -------
    dict of str to object
        With the whole uncertainty, and how it was measured; of a sample without a device as given.

    Raises
    ------
    RecordError
        The device's factor depends on the volume, and none was given.
    CustodyError
        See `apply_calibrator`.
    """
    found = dict(values)
    if isinstance(old, ExcretaSample):
        if all(found[column] == getattr(old, column) for column in _DEPENDS_ON):
            return found
        how = old.calibration or {}
        if found["activity_uncertainty_bq"] == old.activity_uncertainty_bq:
            found["activity_uncertainty_bq"] = how.get(
                "entered_uncertainty_bq", old.activity_uncertainty_bq
            )
        unusual = unusual or how.get("unusual", "")
    found["calibration"] = None
    device = found["device"]
    if device is None:
        return found
    if protocol.calibrator_factors and found["volume_ml"] is None:
        raise RecordError(
            f"the factor of {device} depends on the volume, and none was given",
            remedy="give volume",
        )
    given = reader.get(Administration, found["administration"])
    patient = reader.get(Patient, reader.get(Inclusion, given.inclusion).patient)
    activity_bq, spread_bq = found["activity_bq"], found["activity_uncertainty_bq"]
    shown_bq = max(activity_bq, spread_bq)  # a sample may hold nothing
    _, kept = apply_calibrator(
        reader,
        protocol,
        VialReading(
            activity_bq=shown_bq,
            relative_uncertainty=spread_bq / shown_bq if shown_bq else 0.0,
            measured_at=found["measured_at"],
            device=device,
            unusual=unusual,
        ),
        sites={patient.site},
        container=found["container"],
        volume_ml=found["volume_ml"] or 0.0,
        nuclide=given.nuclide,
    )
    how = dict(kept or {})
    how.pop("entered_relative_uncertainty", None)
    how |= {"entered_bq": activity_bq, "entered_uncertainty_bq": spread_bq}
    found["calibration"] = how
    found["activity_uncertainty_bq"] = hypot(
        spread_bq, how.get("factor_relative_uncertainty", 0.0) * activity_bq
    )
    return found


def require_held(values: Mapping[str, Any]) -> None:
    """Refuse a sample that names its device and was not held against it, as in an import.

    Parameters
    ----------
    values : mapping of str to object

    Raises
    ------
    RecordError
        It is such a sample.

    Examples
    --------
    >>> require_held({"device": None, "calibration": None})
    """
    if values["device"] is not None and values["calibration"] is None:
        raise RecordError(
            "a sample that names its device is held against the device's factor",
            got=str(values["device"])[:60],
            remedy="enter it by `hevesy trial record excreta_sample`, or leave the device out",
        )
