"""Calibration records as JSON files, checked by name on the way in and out."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hevesy.camera import DeadTime, EnergyWindow, PointSpread
from hevesy.errors import CaseError, ImageFileError
from hevesy.files.model_refusal import refuse_shape
from hevesy.files.output import atomic_write_text
from hevesy.provenance import InputRecord
from hevesy.quantification import (
    CalibrationFactor,
    CalibrationRecord,
    DoseCalibrator,
    QualityControl,
    ReconstructionProtocol,
    RecoveryCurve,
    ScanProtocol,
)

__all__ = ["CALIBRATION_FORMAT", "calibration_schema", "read_calibration", "write_calibration"]

CALIBRATION_FORMAT = 1
_WHAT = "the calibration record"
Share = Annotated[float, Field(ge=0.0)]
Positive = Annotated[float, Field(gt=0.0)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class _Window(_Table):
    lower_kev: float
    upper_kev: float


class _PointSpread(_Table):
    slope_mm_per_mm: Share
    at_face_mm: Share
    intrinsic_mm: Share


class _Reconstruction(_Table):
    algorithm: str
    iterations: Annotated[int, Field(ge=1)]
    subsets: Annotated[int, Field(ge=1)]
    attenuation: bool
    point_spread: _PointSpread | None
    postfilter_fwhm_mm: Share
    voxel_mm: tuple[Positive, Positive, Positive] = Field(description="(z, y, x)")


class _Protocol(_Table):
    scanner: str
    collimator: str
    nuclide: str
    peak: _Window
    scatter_windows: list[_Window]
    scatter: str
    reconstruction: _Reconstruction


class _DeadTime(_Table):
    dead_time_s: Share = Field(description="for the scatter-corrected peak's rate")
    uncertainty_s: Share


class _Recovery(_Table):
    model: str
    parameters: list[Positive]
    covariance: list[list[float]]
    smallest_ml: Positive
    largest_ml: Positive
    reduced_chi2: float | None = None


class _DoseCalibrator(_Table):
    name: str
    traceable_to: str
    relative_uncertainty: Share


class _Measurement(_Table):
    kind: str
    counts_per_bq_s: Positive
    own_relative_uncertainty: Share
    activity_relative_uncertainty: Share


class _QualityControl(_Table):
    test: str
    on: date
    value: float
    unit: str
    passed: bool


class _Input(_Table):
    role: str
    sha256: str
    files: int
    size_bytes: int


class _Record(_Table):
    """hevesy's calibration of a camera. All uncertainties are one standard deviation (k = 1)."""

    format: Literal["hevesy-calibration"]
    format_version: Literal[1]
    version: str
    protocol: _Protocol
    counts_per_bq_s: Positive
    relative_uncertainty: Share
    made: date
    valid_from: date
    expires: date
    dose_calibrator: _DoseCalibrator
    dead_time: _DeadTime | None = None
    recovery: _Recovery | None = None
    measurements: list[_Measurement] = []
    quality_control: list[_QualityControl] = []
    inputs: list[_Input] = []
    hevesy_version: str


def calibration_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a calibration record.

    Examples
    --------
    >>> "counts_per_bq_s" in calibration_schema()["required"]
    True
    """
    schema = _Record.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def read_calibration(path: Path) -> CalibrationRecord:
    """Read a calibration record.

    Parameters
    ----------
    path : Path
        A JSON file as `write_calibration` writes it.

    Returns
    -------
    CalibrationRecord

    Raises
    ------
    ImageFileError
        The file can't be read.
    CaseError
        It is not JSON, of another format or version, or a key is unknown, missing or wrong.

    Examples
    --------
    >>> read_calibration(Path("none.json"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the calibration record can't be read ...
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CaseError(
            f"{_WHAT} is not UTF-8 text", got=path.name, remedy="give the JSON file"
        ) from None
    except OSError as error:
        raise ImageFileError(
            f"{_WHAT} can't be read ({error.strerror})",
            got=str(path),
            remedy="give the path of the JSON file that `hevesy spect calibrate` wrote",
        ) from None
    try:
        model = _Record.model_validate_json(text)
    except ValidationError as error:
        raise refuse_shape(error, _Record, _WHAT) from None
    return _to_record(model)


def _to_record(model: _Record) -> CalibrationRecord:
    curve = model.recovery
    protocol = model.protocol
    return CalibrationRecord(
        version=model.version,
        protocol=ScanProtocol(
            scanner=protocol.scanner,
            collimator=protocol.collimator,
            nuclide=protocol.nuclide,
            peak=EnergyWindow(**protocol.peak.model_dump()),
            scatter_windows=tuple(EnergyWindow(**w.model_dump()) for w in protocol.scatter_windows),
            scatter=protocol.scatter,
            reconstruction=_to_reconstruction(protocol.reconstruction),
        ),
        counts_per_bq_s=model.counts_per_bq_s,
        relative_uncertainty=model.relative_uncertainty,
        made=model.made,
        valid_from=model.valid_from,
        expires=model.expires,
        dose_calibrator=DoseCalibrator(**model.dose_calibrator.model_dump()),
        dead_time=DeadTime(**model.dead_time.model_dump()) if model.dead_time else None,
        recovery=None
        if curve is None
        else RecoveryCurve(
            model=curve.model,
            parameters=np.array(curve.parameters),
            covariance=_matrix(curve.covariance),
            smallest_ml=curve.smallest_ml,
            largest_ml=curve.largest_ml,
            reduced_chi2=curve.reduced_chi2,
        ),
        measurements=tuple(CalibrationFactor(**m.model_dump()) for m in model.measurements),
        quality_control=tuple(QualityControl(**q.model_dump()) for q in model.quality_control),
        inputs=tuple(InputRecord(**i.model_dump()) for i in model.inputs),
        hevesy_version=model.hevesy_version,
    )


def _to_reconstruction(model: _Reconstruction) -> ReconstructionProtocol:
    spread = model.point_spread
    return ReconstructionProtocol(
        **model.model_dump(exclude={"point_spread"}),
        point_spread=None if spread is None else PointSpread(**spread.model_dump()),
    )


def _matrix(rows: list[list[float]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    if len({len(row) for row in rows}) > 1:
        raise CaseError(
            f"recovery.covariance of {_WHAT} must be square",
            got=f"rows of {', '.join(str(len(row)) for row in rows)} numbers",
            remedy="restore the record, or calibrate again",
        )
    return np.array(rows, dtype=np.float64)


def _calibration_text(record: CalibrationRecord) -> str:
    """JSON with a newline at its end."""
    curve = record.recovery
    protocol = record.protocol
    plan = protocol.reconstruction
    spread = plan.point_spread
    model = _Record(
        format="hevesy-calibration",
        format_version=1,
        version=record.version,
        protocol=_Protocol(
            scanner=protocol.scanner,
            collimator=protocol.collimator,
            nuclide=protocol.nuclide,
            peak=_window(protocol.peak),
            scatter_windows=[_window(w) for w in protocol.scatter_windows],
            scatter=protocol.scatter,
            reconstruction=_Reconstruction(
                **_fields(plan, _Reconstruction)
                | {"point_spread": None if spread is None else _PointSpread(**asdict(spread))}
            ),
        ),
        counts_per_bq_s=record.counts_per_bq_s,
        relative_uncertainty=record.relative_uncertainty,
        made=record.made,
        valid_from=record.valid_from,
        expires=record.expires,
        dose_calibrator=_DoseCalibrator(**_fields(record.dose_calibrator, _DoseCalibrator)),
        dead_time=_DeadTime(**_fields(record.dead_time, _DeadTime)) if record.dead_time else None,
        recovery=None
        if curve is None
        else _Recovery(
            model=curve.model,
            parameters=curve.parameters.tolist(),
            covariance=curve.covariance.tolist(),
            smallest_ml=curve.smallest_ml,
            largest_ml=curve.largest_ml,
            reduced_chi2=curve.reduced_chi2,
        ),
        measurements=[_Measurement(**_fields(m, _Measurement)) for m in record.measurements],
        quality_control=[_QualityControl(**_fields(q, _QualityControl))
                         for q in record.quality_control],
        inputs=[_Input(**_fields(i, _Input)) for i in record.inputs],
        hevesy_version=record.hevesy_version,
    )  # fmt: skip
    return model.model_dump_json(indent=1) + "\n"


def _fields(value: object, model: type[_Table]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in model.model_fields}


def _window(window: EnergyWindow) -> _Window:
    return _Window(lower_kev=window.lower_kev, upper_kev=window.upper_kev)


def write_calibration(path: Path, record: CalibrationRecord) -> Path:
    """Write a record that is there completely or not at all; return its path.

    Raises
    ------
    OutputError
        The disk is full, read-only or forbids it (from `atomic_file`).

    Examples
    --------
    >>> import tempfile
    >>> from datetime import date
    >>> protocol = ScanProtocol(scanner="room 2", collimator="HE", nuclide="Re-188",
    ...     peak=EnergyWindow.around(155.0, percent=10.0), scatter_windows=(), scatter="none",
    ...     reconstruction=ReconstructionProtocol(algorithm="OSEM", iterations=2, subsets=10,
    ...     attenuation=True, point_spread=None, postfilter_fwhm_mm=0.0, voxel_mm=(5.0, 5.0, 5.0)))
    >>> day = date(2026, 1, 9)
    >>> record = CalibrationRecord(version="1", protocol=protocol, counts_per_bq_s=1e-5,
    ...     relative_uncertainty=0.03, made=day, valid_from=day, expires=day,
    ...     dose_calibrator=DoseCalibrator(name="a", traceable_to="b", relative_uncertainty=0.02))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_calibration(Path(folder) / "r.json", record)
    ...     read_calibration(written).protocol == protocol
    True
    """
    return atomic_write_text(path, _calibration_text(record))
