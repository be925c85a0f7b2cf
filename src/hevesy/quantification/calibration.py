"""A calibration record: what turns a protocol's counts into becquerels, and for how long."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hevesy._version import __version__
from hevesy.camera import DeadTime, EnergyWindow, PointSpread
from hevesy.errors import InputError, TimeError
from hevesy.provenance import InputRecord
from hevesy.quantification.calibration_factor import CalibrationFactor
from hevesy.quantification.recovery import RecoveryCurve

__all__ = [
    "CalibrationRecord",
    "DoseCalibrator",
    "QualityControl",
    "ReconstructionProtocol",
    "ScanProtocol",
    "check_protocol",
]

_WINDOW_KEV = 0.6  # files keep limits with one decimal, and derive them from per cents of the peak
_LENGTH_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstructionProtocol:
    """How projections become an image, as far as recovery and counts depend on it.

    Parameters
    ----------
    algorithm : str
        Such as ``"OSEM"``.
    iterations, subsets : int
        Their product is the number of updates, on which recovery depends.
    attenuation : bool
        Whether attenuation is in the model.
    point_spread : PointSpread or None
        The resolution in the model; None: without.
    postfilter_fwhm_mm : float
        Of the Gaussian after it; 0 for none.
    voxel_mm : tuple of float
        (z, y, x).

    Raises
    ------
    InputError
        A number out of its range.

    Examples
    --------
    >>> ReconstructionProtocol(algorithm="OSEM", iterations=8, subsets=10, attenuation=True,
    ...     point_spread=None, postfilter_fwhm_mm=0.0, voxel_mm=(4.8, 4.8, 4.8)).updates
    80
    """

    algorithm: str
    iterations: int
    subsets: int
    attenuation: bool
    point_spread: PointSpread | None
    postfilter_fwhm_mm: float
    voxel_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        lengths = (self.postfilter_fwhm_mm + 1e-9, *self.voxel_mm)
        fine = all(0 < length < math.inf for length in lengths) and len(self.voxel_mm) == 3
        if min(self.iterations, self.subsets) < 1 or not fine:
            raise InputError(
                "a reconstruction protocol has a number out of range",
                got=f"{self.iterations} x {self.subsets}, {self.postfilter_fwhm_mm} mm, "
                f"{self.voxel_mm} mm",
                allowed="1 or more; 0 or more; above 0",
                remedy="correct it",
            )

    @property
    def updates(self) -> int:
        """Iterations times subsets."""
        return self.iterations * self.subsets


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProtocol:
    """What a scan has in common with the phantoms that calibrate it.

    Parameters
    ----------
    scanner, collimator : str
        As the site calls them; compared without regard to case and spaces.
    nuclide : str
        With the dash: ``"Re-188"``.
    peak : EnergyWindow
    scatter_windows : tuple of EnergyWindow
        Used for the scatter; order does not matter.
    scatter : str
        Its method: ``"tew"``, ``"dew"``, ``"upper"``, ``"none"`` ...
    reconstruction : ReconstructionProtocol

    Examples
    --------
    >>> ScanProtocol.__slots__[:2]
    ('scanner', 'collimator')
    """

    scanner: str
    collimator: str
    nuclide: str
    peak: EnergyWindow
    scatter_windows: tuple[EnergyWindow, ...]
    scatter: str
    reconstruction: ReconstructionProtocol

    def __post_init__(self) -> None:
        object.__setattr__(self, "scatter_windows", tuple(sorted(self.scatter_windows)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCalibrator:
    """What measured the phantoms' activity.

    Parameters
    ----------
    name : str
        Make, model, setting.
    traceable_to : str
        The standard behind it: laboratory and certificate.
    relative_uncertainty : float
        Of an activity measured with it; common to all scans.

    Raises
    ------
    InputError
        A negative uncertainty, or no name.

    Examples
    --------
    >>> DoseCalibrator(name="chamber A, 188Re setting 496", traceable_to="certificate 12/2025",
    ...                relative_uncertainty=0.02).relative_uncertainty
    0.02
    """

    name: str
    traceable_to: str
    relative_uncertainty: float

    def __post_init__(self) -> None:
        if not 0 <= self.relative_uncertainty < math.inf or not self.name.strip():
            raise InputError(
                "a dose calibrator needs a name and an uncertainty of 0 or more",
                got=self.relative_uncertainty,
                remedy="give both",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityControl:
    """One check of the camera.

    Parameters
    ----------
    test : str
        Such as ``"uniformity"`` or ``"centre of rotation"``.
    on : date
    value : float
    unit : str
        Of `value`, such as ``"%"`` or ``"mm"``.
    passed : bool

    Examples
    --------
    >>> QualityControl(test="uniformity", on=date(2026, 1, 9), value=2.9, unit="%",
    ...                passed=True).unit
    '%'
    """

    test: str
    on: date
    value: float
    unit: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibrationRecord:
    """A camera's calibration for one protocol.

    Parameters
    ----------
    version : str
        The record's own; a new calibration gets a new one.
    protocol : ScanProtocol
        It serves scans of this protocol alone.
    counts_per_bq_s : float
        Counts of the image for each Bq and second.
    relative_uncertainty : float
        Of the factor; common to all scans.
    made, valid_from, expires : date
        When it was made; the first and the last day it serves.
    dose_calibrator : DoseCalibrator
    dead_time : DeadTime or None
        None: scans are taken to lose nothing, which the record then must answer for.
    recovery : RecoveryCurve or None
    measurements : tuple of CalibrationFactor
        What the factor was combined from, and what it was compared with.
    quality_control : tuple of QualityControl
    inputs : tuple of InputRecord
        The plan and the images it was made from, by their content.
    hevesy_version : str
        Of the software that made it.

    Raises
    ------
    InputError
        A factor that is not above 0, a negative uncertainty, a check that was not passed.
    TimeError
        It expires before it serves.

    Examples
    --------
    >>> CalibrationRecord.__slots__[0]
    'version'
    """

    version: str
    protocol: ScanProtocol
    counts_per_bq_s: float
    relative_uncertainty: float
    made: date
    valid_from: date
    expires: date
    dose_calibrator: DoseCalibrator
    dead_time: DeadTime | None = None
    recovery: RecoveryCurve | None = None
    measurements: tuple[CalibrationFactor, ...] = ()
    quality_control: tuple[QualityControl, ...] = ()
    inputs: tuple[InputRecord, ...] = ()
    hevesy_version: str = __version__

    def __post_init__(self) -> None:
        share = self.relative_uncertainty
        if not (0 < self.counts_per_bq_s < math.inf and 0 <= share < math.inf):
            raise InputError(
                "a calibration needs a factor above 0 and an uncertainty of 0 or more",
                got=f"{self.counts_per_bq_s:g} counts/(Bq s), {share:g}",
                remedy="make the calibration again",
            )
        if self.expires < self.valid_from:
            raise TimeError(
                "the calibration expires before the first day it serves",
                got=f"{self.valid_from.isoformat()} to {self.expires.isoformat()}",
                remedy="correct its dates",
            )
        failed = [check.test for check in self.quality_control if not check.passed]
        if failed:
            raise InputError(
                "the camera did not pass its quality control when it was calibrated",
                got=", ".join(failed),
                remedy="have the camera put right and calibrate again",
            )


def check_protocol(record: CalibrationRecord, protocol: ScanProtocol, *, on: date) -> None:
    """Refuse a record that was made for another protocol or another time.

    Window limits may differ by 0.6 keV and lengths by 1 %, as files round them; the number of
    updates may not differ, nor its split into iterations and subsets.

    Parameters
    ----------
    record : CalibrationRecord
    protocol : ScanProtocol
        Of the scan.
    on : date
        The scan's day.

    Raises
    ------
    InputError
        The protocols differ; the first differing field is named with both values.
    TimeError
        The scan lies outside the record's dates.

    Examples
    --------
    >>> from dataclasses import replace
    >>> window = EnergyWindow.around(155.0, percent=10.0)
    >>> protocol = ScanProtocol(scanner="room 2", collimator="HE", nuclide="Re-188", peak=window,
    ...     scatter_windows=(), scatter="none", reconstruction=ReconstructionProtocol(
    ...     algorithm="OSEM", iterations=2, subsets=10, attenuation=True, point_spread=None,
    ...     postfilter_fwhm_mm=0.0, voxel_mm=(4.8, 4.8, 4.8)))
    >>> record = CalibrationRecord(version="1", protocol=protocol, counts_per_bq_s=1e-5,
    ...     relative_uncertainty=0.03, made=date(2026, 1, 9), valid_from=date(2026, 1, 9),
    ...     expires=date(2027, 1, 9), dose_calibrator=DoseCalibrator(name="a", traceable_to="b",
    ...     relative_uncertainty=0.02))
    >>> check_protocol(record, protocol, on=date(2026, 5, 1))
    >>> check_protocol(record, replace(protocol, collimator="ME"), on=date(2026, 5, 1))
    Traceback (most recent call last):
    hevesy.errors.InputError: the calibration was made with another collimator: ...
    """
    for what, of, same in _FIELDS:
        mine, scans = of(record.protocol), of(protocol)
        if not same(mine, scans):
            raise InputError(
                f"the calibration was made with another {what}",
                got=f"{_shown(scans)} in the scan",
                allowed=_shown(mine),
                remedy="calibrate with the scan's protocol, or reconstruct with the calibration's",
            )
    if not record.valid_from <= on <= record.expires:
        side = "is past its date" if on > record.expires else "does not serve so early a scan"
        raise TimeError(
            f"the calibration {side}",
            got=f"scan of {on.isoformat()}",
            allowed=f"{record.valid_from.isoformat()} to {record.expires.isoformat()}",
            remedy="calibrate the camera again, or name the record of that time",
        )


def _shown(value: object) -> str:
    if isinstance(value, EnergyWindow):
        return f"{value.lower_kev:g}-{value.upper_kev:g} keV"
    if isinstance(value, PointSpread):
        return f"{value.slope_mm_per_mm:g}:{value.at_face_mm:g}:{value.intrinsic_mm:g}"
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _equal(a: object, b: object) -> bool:
    return a == b


def _same_name(a: str, b: str) -> bool:
    return "".join(a.lower().split()) == "".join(b.lower().split())


def _same_lengths(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return len(a) == len(b) and all(
        abs(x - y) <= _LENGTH_SHARE * max(x, y, 0.1) for x, y in zip(a, b, strict=True)
    )


def _same_spread(a: PointSpread | None, b: PointSpread | None) -> bool:
    if a is None or b is None:
        return a is b
    return _same_lengths(_widths(a), _widths(b))


def _widths(spread: PointSpread) -> tuple[float, ...]:
    """FWHM at the face, and at 100 and 400 mm, mm."""
    return tuple(float(width) for width in spread.fwhm_mm([0.0, 100.0, 400.0]))


def _same_windows(a: tuple[EnergyWindow, ...], b: tuple[EnergyWindow, ...]) -> bool:
    return len(a) == len(b) and all(
        abs(x.lower_kev - y.lower_kev) <= _WINDOW_KEV
        and abs(x.upper_kev - y.upper_kev) <= _WINDOW_KEV
        for x, y in zip(a, b, strict=True)
    )


_Field = tuple[str, Callable[[ScanProtocol], object], Callable[..., bool]]
_FIELDS: tuple[_Field, ...] = (
    ("scanner", lambda p: p.scanner, _same_name),
    ("collimator", lambda p: p.collimator, _same_name),
    ("nuclide", lambda p: p.nuclide, _same_name),
    ("peak window", lambda p: (p.peak,), _same_windows),
    ("scatter correction", lambda p: p.scatter, _same_name),
    ("set of scatter windows", lambda p: p.scatter_windows, _same_windows),
    ("algorithm", lambda p: p.reconstruction.algorithm, _same_name),
    ("number of iterations", lambda p: p.reconstruction.iterations, _equal),
    ("number of subsets", lambda p: p.reconstruction.subsets, _equal),
    ("attenuation correction", lambda p: p.reconstruction.attenuation, _equal),
    ("resolution model", lambda p: p.reconstruction.point_spread, _same_spread),
    ("post-filter (mm)", lambda p: (p.reconstruction.postfilter_fwhm_mm,), _same_lengths),
    ("voxel size (mm)", lambda p: p.reconstruction.voxel_mm, _same_lengths),
)
