"""What is known of one patient before anything is computed: the case."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from hevesy.case.injection import InjectionRegionOptions
from hevesy.case.rest_of_body import RestOfBody
from hevesy.case.urine import UrineCollection
from hevesy.errors import CaseError, TimeError

__all__ = [
    "ActivityKind",
    "Administration",
    "Case",
    "CaseOptions",
    "DecayReferenceTime",
    "Injection",
    "PartialVolume",
    "Radiobiology",
    "Route",
    "ScanSource",
]


class ActivityKind(StrEnum):
    """Whether the residual in the syringe was measured and taken off."""

    NET = "net"
    GROSS = "gross"


class Route(StrEnum):
    """How the agent was given."""

    INTRAVENOUS = "intravenous"
    INTRATUMORAL = "intratumoral"
    INTRA_ARTERIAL = "intra-arterial"


class DecayReferenceTime(StrEnum):
    """The moment to which an image's voxel values are decay-corrected."""

    ACQUISITION = "acquisition"  # the start of the frame
    ADMINISTRATION = "administration"
    NONE = "none"  # not corrected: the mean over the frame


class PartialVolume(StrEnum):
    """What is done about the blur of the image."""

    NONE = "none"
    GEOMETRIC_TRANSFER_MATRIX = "gtm"
    RECOVERY_CURVE = "recovery-curve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """The part of an administration that went into one lesion.

    Parameters
    ----------
    lesion : str
    activity_bq : float
    tracks_mm : tuple of tuple of tuple of float
        For each needle its points from the entry to the tip, LPS mm in the reference scan's frame;
        empty where none was recorded.
    track_files : tuple of Path
        Where they were read from, if not from the case file itself.
    """

    lesion: str
    activity_bq: float
    tracks_mm: tuple[tuple[tuple[float, float, float], ...], ...] = ()
    track_files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """One course: what was given, when, and how.

    Parameters
    ----------
    activity_bq : float
        Activity at `time`, Bq, above 0.
    activity_relative_uncertainty : float or None
        One standard deviation as a share; None where the case does not say.
    kind : ActivityKind
    time : datetime
        End of the injection, which is time zero. Aware; held in UTC.
    route : Route
    injections : tuple of Injection
        Per lesion, for the intratumoral route.

    Raises
    ------
    TimeError
        `time` has no zone.
    CaseError
        An activity is not above 0.
    """

    activity_bq: float
    activity_relative_uncertainty: float | None
    kind: ActivityKind
    time: datetime
    route: Route
    injections: tuple[Injection, ...] = ()

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise TimeError(
                "the administration's time has no zone",
                got=self.time.isoformat(),
                remedy="set `timezone` in the case, or give the time with an offset",
            )
        object.__setattr__(self, "time", self.time.astimezone(UTC))
        for activity in (self.activity_bq, *(part.activity_bq for part in self.injections)):
            if not 0 < activity < float("inf"):
                raise CaseError(
                    "an administered activity must be above 0",
                    got=f"{activity / 1e6:g} MBq",
                    remedy="correct `activity` in the case",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSource:
    """Where one scan's images are, and what their files do not say themselves.

    Parameters
    ----------
    spect : Path or None
        A DICOM file or folder, or a NIfTI or NRRD file; None where there are `projections`.
    projections : tuple of Path
        In place of `spect`: raw NM files, one for each bed, to be reconstructed.
    calibration : Path or None
        Record that says how `projections` are reconstructed, and makes becquerels of them.
    ct : Path or None
        The CT of the same session: a DICOM folder, or a NIfTI or NRRD file.
    structures : tuple of Path
        RTSTRUCT, SEG, or NIfTI/NRRD label maps.
    structure_names : tuple of (int, str)
        Names of the labels in label maps.
    time : datetime or None
        Start of the frame where the file has none (NIfTI); aware, UTC.
    unit : str or None
        ``"Bq/mL"``, ``"kBq/mL"``, ``"MBq/mL"`` or ``"Bq"`` per voxel; required for NIfTI.
    duration_s : float or None
        The frame's duration where the file does not say, s.
    decay_corrected_to : DecayReferenceTime or None
        Overrides the file, and is required where it is silent or contradicts itself.
    register_rigidly : bool
        Bring this scan's CT into the SPECT's frame by rigid registration (otherwise different
        frames of reference are refused), and images without a frame of reference (NIfTI, NRRD)
        onto the reference scan (otherwise the coordinates in their headers are taken as common).
    breathing_mm : float or None
        How far breathing moves the regions along the body's axis, peak to peak, mm.
    mismatch_mm : float or None
        Standard uncertainty, along each axis, of where this SPECT lies to the regions, mm.
    mismatch_from_image : bool
        Take it from where the injected lesions seem to lie on this SPECT.

    Raises
    ------
    CaseError
        Neither or both of `spect` and `projections`; projections without a calibration.
    TimeError
        `time` has no zone.
    """

    spect: Path | None = None
    projections: tuple[Path, ...] = ()
    calibration: Path | None = None
    ct: Path | None = None
    structures: tuple[Path, ...] = ()
    structure_names: tuple[tuple[int, str], ...] = ()
    time: datetime | None = None
    unit: str | None = None
    duration_s: float | None = None
    decay_corrected_to: DecayReferenceTime | None = None
    register_rigidly: bool = False
    breathing_mm: float | None = None
    mismatch_mm: float | None = None
    mismatch_from_image: bool = False

    def __post_init__(self) -> None:
        raw = bool(self.projections)
        if raw == (self.spect is not None) or raw != (self.calibration is not None):
            raise CaseError(
                "a scan needs either `spect`, or `projections` with their `calibration`",
                remedy="give one of the two",
            )
        if self.time is not None:
            if self.time.tzinfo is None:
                raise TimeError(
                    "a scan's time has no zone",
                    got=self.time.isoformat(),
                    remedy="set `timezone` in the case, or give the time with an offset",
                )
            object.__setattr__(self, "time", self.time.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Radiobiology:
    """Parameters of the linear-quadratic model; none has a default.

    Parameters
    ----------
    alpha_per_gy : float
        Linear radiosensitivity, 1/Gy.
    alpha_beta_gy : float
        alpha/beta, Gy.
    repair_half_time_s : float
        Half-time of mono-exponential sublethal repair, s.
    regions : tuple of str
        The regions it is for; empty means all.
    """

    alpha_per_gy: float
    alpha_beta_gy: float
    repair_half_time_s: float
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOptions:
    """How the case is to be computed; every value is printed with the result.

    Parameters
    ----------
    method : str
        The dose engine's name; ``"auto"`` takes the one that fits.
    precision : float or None
        Of Monte Carlo: median relative uncertainty of the hot voxels; None is 2 %.
    histories : int or None
        Of Monte Carlo, instead of a precision.
    compare : tuple of str
        Engines whose doses the report shows beside.
    kernel_in_lung : bool
        Let the kernel engine compute where lung is near, with a warning.
    regions : tuple of str
        The regions to read, by name; empty means all that are drawn.
    density_g_cm3 : float or None
        Uniform density where there is no CT, g/cm3.
    region_density_g_cm3 : tuple of (str, float)
        Densities of single regions, over CT and `density_g_cm3`.
    hu_to_density : Path or None
        CSV of the site's own scanner (``hu,density_g_cm3``); otherwise the cited table.
    resolution_fwhm_mm : float or None
        The image's resolution (FWHM), mm; None where it is not known.
    resolution_uncertainty_mm : float
        Its standard uncertainty, mm.
    partial_volume : PartialVolume
    recovery_curve : tuple of float or None
        ``(beta_ml, alpha)`` of R(v) = 1 - 1/(1 + (v/beta)^alpha), for ``RECOVERY_CURVE``.
    recovery_relative_uncertainty : float
        Of the curve's value, beyond what the volume brings.
    calibration_relative_uncertainty : float or None
        Of the SPECT's calibration; None where the case does not say.
    count_relative_uncertainty : float or None
        Random relative uncertainty of a region's counts where the image gives no way to know.
    counts_per_bq_s : float or None
        The camera's sensitivity, counts per decay, for Poisson uncertainty from the activity.
    count_repeats : int
        Of raw projections: how often the counts are drawn anew for the counting uncertainty; 0
        takes it from the activity's own counts alone.
    scatter_relative_uncertainty : float or None
        Of a scatter model, where projections are reconstructed with one; None for its own.
    contour_uncertainty_mm : float or None
        Standard uncertainty of the region's border; by default from voxel size and resolution
        (Gear 2018, equation 7).
    fit_models : tuple of str
        Curve families to choose from; empty means the documented choice by number of scans.
    uptake_phase : bool
        Offer curves with an uptake phase.
    effective_half_life_s, effective_half_life_uncertainty_s : float or None
        Prior for a single scan, s.
    tail : str
        What follows the last scan of a trapezoid: ``"physical"`` or ``"last-two"``.
    voxel_curves : bool
        Fit curves voxel by voxel for the dose map; otherwise each region's shape is used.
    radiobiology : tuple of Radiobiology
    dvh_volumes_at_gy : tuple of float
        Doses at which V is wanted, Gy.
    eud_a : float or None
        Exponent of the generalised EUD; None leaves it out.
    prior : str
        What is expected of a lesion's kinetics before its scans: ``"wide"``, ``"cited:NAME"``, or
        ``"file"`` for `prior_file`.
    prior_file : Path or None
    planned_scans_s : tuple of float
        When scans are planned, s after the administration: the running dose says what each would
        still tell. By default 1, 6, 24, 48, 72 and 96 h, as in the trial of ImDendrim.
    seed : int
    injection_regions : InjectionRegionOptions or None
        Regions to be made around injected lesions; None makes none.
    """

    method: str = "auto"
    precision: float | None = None
    histories: int | None = None
    compare: tuple[str, ...] = ()
    kernel_in_lung: bool = False
    regions: tuple[str, ...] = ()
    density_g_cm3: float | None = None
    region_density_g_cm3: tuple[tuple[str, float], ...] = ()
    hu_to_density: Path | None = None
    resolution_fwhm_mm: float | None = None
    resolution_uncertainty_mm: float = 1.0
    partial_volume: PartialVolume = PartialVolume.NONE
    recovery_curve: tuple[float, float] | None = None
    recovery_relative_uncertainty: float = 0.0
    calibration_relative_uncertainty: float | None = None
    count_relative_uncertainty: float | None = None
    counts_per_bq_s: float | None = None
    count_repeats: int = 12
    scatter_relative_uncertainty: float | None = None
    contour_uncertainty_mm: float | None = None
    fit_models: tuple[str, ...] = ()
    uptake_phase: bool = False
    effective_half_life_s: float | None = None
    effective_half_life_uncertainty_s: float | None = None
    tail: str = "physical"
    voxel_curves: bool = True
    radiobiology: tuple[Radiobiology, ...] = ()
    dvh_volumes_at_gy: tuple[float, ...] = ()
    eud_a: float | None = None
    prior: str = "wide"
    prior_file: Path | None = None
    planned_scans_s: tuple[float, ...] = tuple(3600.0 * h for h in (1, 6, 24, 48, 72, 96))
    seed: int = 1
    injection_regions: InjectionRegionOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One patient: what was given, what was scanned, how it is to be computed.

    Parameters
    ----------
    patient : str
        The study's pseudonym. It stands in the report's title and nowhere else.
    nuclide : str
        As in ICRP-107, with the dash: ``"Re-188"``.
    agent : str
    timezone : str
        IANA name of the site's zone.
    administrations : tuple of Administration
        In order of time, at least one.
    scans : tuple of ScanSource
        At least one.
    options : CaseOptions
    rest_of_body : RestOfBody or None
        What is said of patient, blood, marrow and organs; None where nothing is.
    urine : tuple of UrineCollection
        What was collected and measured, in order of time.
    scans_left_out : int
        Later scans of the case file that were not read, as after an early stop.

    Raises
    ------
    CaseError
        No administration or no scan; blood samples of several administrations.
    """

    patient: str
    nuclide: str
    agent: str
    timezone: str
    administrations: tuple[Administration, ...]
    scans: tuple[ScanSource, ...]
    options: CaseOptions = field(default_factory=CaseOptions)
    rest_of_body: RestOfBody | None = None
    urine: tuple[UrineCollection, ...] = ()
    scans_left_out: int = 0

    def __post_init__(self) -> None:
        if not self.administrations or not self.scans:
            raise CaseError(
                "a case needs an administration and a scan",
                got=f"{len(self.administrations)} administrations, {len(self.scans)} scans",
                remedy="add [administration] and [[scan]] to the case",
            )
        ordered = tuple(sorted(self.administrations, key=lambda a: a.time))
        object.__setattr__(self, "administrations", ordered)
        if self.rest_of_body is not None and self.rest_of_body.blood and len(ordered) > 1:
            raise CaseError(
                "[[blood]] is for one administration: what each left in blood is not told apart",
                got=f"{len(ordered)} administrations",
                allowed="1",
                remedy="make a case of each administration, or leave the samples out",
            )
