"""A calibration's plan, and a scan's protocol, read from TOML into frozen values."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hevesy.camera import DeadTime, EnergyWindow, PointSpread
from hevesy.errors import CaseError
from hevesy.files.calibration_models import (
    ActivityModel,
    CylinderModel,
    DeadTimeModel,
    PlanarModel,
    PlanModel,
    ProtocolModel,
    ScanProtocolModel,
    SpheresModel,
)
from hevesy.files.case_quantities import activity_bq, duration_s, length_mm, share
from hevesy.files.case_scans import find_path
from hevesy.files.case_times import read_zone, to_utc
from hevesy.files.model_refusal import refuse_shape
from hevesy.nuclides import get_nuclide
from hevesy.quantification import (
    DoseCalibrator,
    QualityControl,
    ReconstructionProtocol,
    ScanProtocol,
)
from hevesy.reconstruction import ScatterMethod
from hevesy.units import parse_duration_s, parse_length_mm

__all__ = [
    "CalibrationPlan",
    "CylinderPhantom",
    "Exposure",
    "PlanarPhantom",
    "ScanToQuantify",
    "Sphere",
    "SpherePhantom",
    "read_calibration_plan",
    "read_scan_protocol",
]

_PLAN, _SCAN = "the calibration plan", "the scan's protocol"
_Model = TypeVar("_Model", bound=ProtocolModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """An activity, and the measurement that it was given to.

    Parameters
    ----------
    activity_bq : float
        As assayed.
    assayed_at, started_at : datetime
        UTC.
    duration_s : float
        To which the counts belong.
    scan_s : float or None
        How long the scan took, where its counts were not brought to its start; None where they
        were.
    relative_uncertainty : float
        Of this measurement beyond counting and dose calibrator.
    """

    activity_bq: float
    assayed_at: datetime
    started_at: datetime
    duration_s: float
    scan_s: float | None
    relative_uncertainty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanarPhantom:
    """A point source in air: one image a window."""

    exposure: Exposure
    peak: Path
    lower: Path | None
    upper: Path | None
    radius_mm: float
    shell_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CylinderPhantom:
    """A uniform cylinder: all of its image, or a region of known concentration."""

    exposure: Exposure
    image: Path
    region: Path | None
    volume_ml: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sphere:
    """One sphere of a set."""

    label: int
    diameter_mm: float
    relative_uncertainty: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpherePhantom:
    """Spheres of one stock."""

    exposure: Exposure
    image: Path
    labels: Path
    stock_ml: float
    background_bq_per_ml: float
    margin_mm: float
    shell_mm: float
    fwhm_mm: float
    least_mm: float
    spheres: tuple[Sphere, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPlan:
    """What a record is to be made from."""

    version: str
    protocol: ScanProtocol
    made: date
    valid_from: date
    expires: date
    factor_from: tuple[str, ...]
    recovery_model: str
    dose_calibrator: DoseCalibrator
    dead_time: DeadTime | None
    dead_time_rates: tuple[tuple[float, float, float], ...]
    quality_control: tuple[QualityControl, ...]
    planar: tuple[PlanarPhantom, ...]
    cylinders: tuple[CylinderPhantom, ...]
    spheres: tuple[SpherePhantom, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanToQuantify:
    """A reconstructed scan's protocol, day and time of counting."""

    protocol: ScanProtocol
    day: date
    duration_s: float
    counted_s: float | None


def read_calibration_plan(path: Path) -> CalibrationPlan:
    """Read a calibration's plan.

    Parameters
    ----------
    path : Path
        A TOML file as the reference page describes it; paths in it are relative to its folder.

    Returns
    -------
    CalibrationPlan

    Raises
    ------
    CaseError
        Not TOML, a key unknown, missing or wrong, or no phantom.

    Examples
    --------
    >>> read_calibration_plan(Path("none.toml"))
    Traceback (most recent call last):
    hevesy.errors.CaseError: the calibration plan can't be read ...
    """
    model = _read(path, PlanModel, _PLAN)
    zone = read_zone(model.timezone)
    folder = path.resolve().parent
    if not (model.planar or model.cylinder or model.spheres):
        raise CaseError(
            f"{_PLAN} has no phantom", remedy="add [[planar]], [[cylinder]] or [[spheres]]"
        )
    calibrator = model.dose_calibrator
    stated, rates = _dead_time(model.dead_time)
    return CalibrationPlan(
        version=model.version,
        protocol=_protocol(model),
        made=model.made,
        valid_from=model.valid_from or model.made,
        expires=model.expires,
        factor_from=tuple(model.factor_from),
        recovery_model=model.recovery_model,
        dose_calibrator=DoseCalibrator(
            name=calibrator.name,
            traceable_to=calibrator.traceable_to,
            relative_uncertainty=share(calibrator.uncertainty, "dose_calibrator.uncertainty")
            or 0.0,
        ),
        dead_time=stated,
        dead_time_rates=rates,
        quality_control=tuple(QualityControl(**q.model_dump()) for q in model.quality_control),
        planar=tuple(_planar(m, zone, folder, i + 1) for i, m in enumerate(model.planar)),
        cylinders=tuple(_cylinder(m, zone, folder, i + 1) for i, m in enumerate(model.cylinder)),
        spheres=tuple(_spheres(m, zone, folder, i + 1) for i, m in enumerate(model.spheres)),
    )


def read_scan_protocol(path: Path) -> ScanToQuantify:
    """Read the protocol of a reconstructed scan.

    Parameters
    ----------
    path : Path
        A TOML file with the protocol's keys of a plan, and ``start``, ``duration``, ``counted``.

    Returns
    -------
    ScanToQuantify

    Raises
    ------
    CaseError
        Not TOML, or a key unknown, missing or wrong (from the reading).

    Examples
    --------
    >>> read_scan_protocol(Path("none.toml"))
    Traceback (most recent call last):
    hevesy.errors.CaseError: the scan's protocol can't be read ...
    """
    model = _read(path, ScanProtocolModel, _SCAN)
    zone = read_zone(model.timezone)
    return ScanToQuantify(
        protocol=_protocol(model),
        day=to_utc(model.start, zone, "start").astimezone(zone).date(),
        duration_s=duration_s(model.duration, "duration") or 0.0,
        counted_s=duration_s(model.counted, "counted"),
    )


def _read(path: Path, model: type[_Model], what: str) -> _Model:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(
            f"{what} is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8"
        ) from None
    except OSError as error:
        raise CaseError(
            f"{what} can't be read ({error.strerror})", got=str(path), remedy="correct the path"
        ) from None
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{what} is not valid TOML: {error}", remedy="correct that line") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise refuse_shape(error, model, what) from None


def _protocol(model: ProtocolModel) -> ScanProtocol:
    windows, plan = model.windows, model.reconstruction
    beside = []
    for name in ScatterMethod.parse(windows.scatter).windows:
        limits = getattr(windows, name)
        if limits is None:
            raise CaseError(
                f"windows.{name} is missing, which {windows.scatter} needs",
                remedy=f"add it, e.g. {name} = [123.5, 139.5], or choose another scatter",
            )
        beside.append(EnergyWindow(lower_kev=limits[0], upper_kev=limits[1]))
    z, y, x = (length_mm(v, "reconstruction.voxel") or 0.0 for v in plan.voxel)
    return ScanProtocol(
        scanner=model.scanner,
        collimator=model.collimator,
        nuclide=get_nuclide(model.nuclide).name,
        peak=EnergyWindow(lower_kev=windows.peak[0], upper_kev=windows.peak[1]),
        scatter_windows=tuple(beside),
        scatter=windows.scatter,
        scatter_smoothing_fwhm_mm=parse_length_mm(windows.smoothing, "windows.smoothing"),
        reconstruction=ReconstructionProtocol(
            algorithm=plan.algorithm,
            iterations=plan.iterations,
            subsets=plan.subsets,
            attenuation=plan.attenuation,
            point_spread=None
            if plan.psf is None
            else PointSpread.from_text(plan.psf, "reconstruction.psf"),
            postfilter_fwhm_mm=parse_length_mm(plan.postfilter, "reconstruction.postfilter"),
            voxel_mm=(z, y, x),
        ),
    )


def _exposure(model: ActivityModel, zone: ZoneInfo, what: str) -> Exposure:
    return Exposure(
        activity_bq=activity_bq(model.activity, f"{what}.activity"),
        assayed_at=to_utc(model.at, zone, f"{what}.at"),
        started_at=to_utc(model.start, zone, f"{what}.start"),
        duration_s=duration_s(model.duration, f"{what}.duration") or 0.0,
        scan_s=duration_s(model.scan, f"{what}.scan"),
        relative_uncertainty=share(model.uncertainty, f"{what}.uncertainty") or 0.0,
    )


def _planar(model: PlanarModel, zone: ZoneInfo, folder: Path, number: int) -> PlanarPhantom:
    what = f"planar[{number}]"

    def window(name: str) -> Path | None:
        text = getattr(model, name)
        return None if text is None else find_path(text, folder, f"{what}.{name}")

    return PlanarPhantom(
        exposure=_exposure(model, zone, what),
        peak=find_path(model.peak, folder, f"{what}.peak"),
        lower=window("lower"),
        upper=window("upper"),
        radius_mm=length_mm(model.radius, f"{what}.radius", most_mm=300.0) or 0.0,
        shell_mm=parse_length_mm(model.shell, f"{what}.shell"),
    )


def _cylinder(model: CylinderModel, zone: ZoneInfo, folder: Path, number: int) -> CylinderPhantom:
    what = f"cylinder[{number}]"
    if model.region is not None and model.volume_ml is None:
        raise CaseError(
            f"{what}.volume_ml is missing, which a region needs",
            remedy="add the filled volume, mL, which gives the concentration",
        )
    return CylinderPhantom(
        exposure=_exposure(model, zone, what),
        image=find_path(model.image, folder, f"{what}.image"),
        region=None if model.region is None else find_path(model.region, folder, f"{what}.region"),
        volume_ml=model.volume_ml,
    )


def _spheres(model: SpheresModel, zone: ZoneInfo, folder: Path, number: int) -> SpherePhantom:
    what = f"spheres[{number}]"
    warm = model.background_activity
    if (warm is None) != (model.background_ml is None):
        raise CaseError(
            f"{what} has one of background_activity and background_ml",
            remedy="give both for warm water, none for cold",
        )
    return SpherePhantom(
        exposure=_exposure(model, zone, what),
        image=find_path(model.image, folder, f"{what}.image"),
        labels=find_path(model.labels, folder, f"{what}.labels"),
        stock_ml=model.stock_ml,
        background_bq_per_ml=0.0
        if warm is None or model.background_ml is None
        else activity_bq(warm, f"{what}.background_activity") / model.background_ml,
        margin_mm=length_mm(model.margin, f"{what}.margin") or 0.0,
        shell_mm=length_mm(model.shell, f"{what}.shell") or 0.0,
        fwhm_mm=length_mm(model.fwhm, f"{what}.fwhm") or 0.0,
        least_mm=length_mm(model.least_for_factor, f"{what}.least_for_factor") or 0.0,
        spheres=tuple(
            Sphere(
                label=s.label,
                diameter_mm=length_mm(s.diameter, f"{what}.sphere.diameter") or 0.0,
                relative_uncertainty=share(s.uncertainty, f"{what}.sphere.uncertainty"),
            )
            for s in model.sphere
        ),
    )


def _dead_time(
    model: DeadTimeModel | None,
) -> tuple[DeadTime | None, tuple[tuple[float, float, float], ...]]:
    if model is None:
        return None, ()
    if (model.value is None) == (not model.measurement):
        raise CaseError(
            "dead_time needs a value, or measurements, not both",
            remedy='write value = "4.6 us", or [[dead_time.measurement]] tables',
        )
    if model.value is not None:
        return DeadTime(
            dead_time_s=parse_duration_s(model.value, "dead_time.value"),
            uncertainty_s=parse_duration_s(model.uncertainty or "0 s", "dead_time.uncertainty"),
        ), ()
    rates = [
        (
            activity_bq(m.activity, "dead_time.measurement.activity"),
            m.rate_per_s,
            share(m.uncertainty, "dead_time.measurement.uncertainty") or 0.0,
        )
        for m in model.measurement
    ]
    return None, tuple(rates)
