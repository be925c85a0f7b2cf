"""What was computed for one patient: the figures that the report and `result.json` show."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hevesy.case.biodistribution import PercentInjected, RegionKinetics
from hevesy.case.closure import Closure
from hevesy.case.injection import InjectionFindings
from hevesy.case.mass import LesionMass
from hevesy.case.monitor import MonitorEntry
from hevesy.case.rest_of_body import RestOfBodyResult
from hevesy.images import Region, Volume
from hevesy.provenance import Provenance

__all__ = [
    "AdministrationSummary",
    "BedResult",
    "CaseResult",
    "CourseCurve",
    "DvhResult",
    "EngineComparison",
    "RegionDoses",
    "RegionResult",
    "RegistrationRecord",
    "ScanMeasurement",
    "ScanPicture",
    "Truth",
    "UncertaintyShare",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanMeasurement:
    """A region's activity in one scan.

    Parameters
    ----------
    scan : int
        Number of the scan in the case, from 1.
    course : int
        Number of the administration it follows, from 1.
    hours_after_administration : float
        From that course's time zero to the frame's start, h.
    activity_mbq, activity_uncertainty_mbq : float
        Physical activity at that moment, and its total standard uncertainty, MBq.
    random_uncertainty_mbq : float or None
        The part that is independent from scan to scan (counting), MBq; None where it is not known.
    uncorrected_mbq : float
        Before partial-volume correction, MBq.
    recovery : float
        Measured over corrected activity; 1 without correction.
    left_over_mbq, left_over_uncertainty_mbq : float
        What the curves of earlier courses leave of `activity_mbq`, which was taken off for this
        course's curve, and its standard uncertainty, MBq.
    """

    scan: int
    course: int
    hours_after_administration: float
    activity_mbq: float
    activity_uncertainty_mbq: float
    random_uncertainty_mbq: float | None
    uncorrected_mbq: float
    recovery: float
    left_over_mbq: float = 0.0
    left_over_uncertainty_mbq: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CourseCurve:
    """A region's fitted curve of one administration's own activity, ready to be drawn.

    Parameters
    ----------
    course : int
    model : str
        What was fitted or averaged, in words with the weights.
    tia_mbq_h, tia_uncertainty_mbq_h : float
    effective_half_life_h : float or None
        Of the last phase.
    hours, activity_mbq, low_mbq, high_mbq : ndarray of float64, shape (n,)
        The curve with its 68 % band (k = 1).
    """

    course: int
    model: str
    tia_mbq_h: float
    tia_uncertainty_mbq_h: float
    effective_half_life_h: float | None
    hours: NDArray[np.float64]
    activity_mbq: NDArray[np.float64]
    low_mbq: NDArray[np.float64]
    high_mbq: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DvhResult:
    """A region's dose-volume histogram.

    Parameters
    ----------
    d98_gy, d70_gy, d50_gy, d2_gy : float
        Least dose to the hottest 98, 70, 50, 2 % of the volume.
    valid : bool
        False where the region is smaller than two FWHM: D98 and V are then not valid.
    reason : str
        Why not, in words; empty where valid.
    dose_gy, volume_share : ndarray of float64, shape (n,)
        The cumulative curve.
    volume_shares_at : tuple of (float, float)
        ``(dose in Gy, share of the volume that gets at least it)``.
    """

    d98_gy: float
    d70_gy: float
    d50_gy: float
    d2_gy: float
    valid: bool
    reason: str
    dose_gy: NDArray[np.float64]
    volume_share: NDArray[np.float64]
    volume_shares_at: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BedResult:
    """Biologically effective dose with the parameters it rests on."""

    bed_gy: float
    alpha_per_gy: float
    alpha_beta_gy: float
    repair_half_time_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyShare:
    """One source's share of the variance of a region's mean dose; shares sum to 1."""

    source: str
    relative_uncertainty: float
    variance_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known to be true of a virtual patient's region.

    Parameters
    ----------
    tia_mbq_h : float
        In closed form.
    mean_dose_gy : float
    dose_source : str
        What the dose rests on.
    """

    tia_mbq_h: float
    mean_dose_gy: float
    dose_source: str = "local deposition of the true activity"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionResult:
    """All that is said of one region.

    Parameters
    ----------
    name : str
    kind : str
        ``"lesion"`` where an injection or a name says so, else ``"organ"``; of a region made around
        an injection ``"deposit"``, ``"rest of lesion"``, ``"needle tract"``, ``"border"``,
        ``"rim"``.
    volume_ml, mass_g : float
    density_g_cm3 : float
        Mean density used.
    tia_mbq_h, tia_uncertainty_mbq_h : float
        Over all courses.
    mean_dose_gy, mean_dose_uncertainty_gy : float
        Energy imparted over mass, over all courses.
    voxel_mean_dose_gy : float or None
        Mean of the dose map's voxels.
    scans, curves, dvh, beds, eud_gy, shares, truth, warnings
        See the types.
    monitor : tuple of MonitorEntry
        What was known after each scan.
    percent_ia : tuple of PercentInjected
        At each scan.
    kinetics : tuple of RegionKinetics
        For each course.
    """

    name: str
    kind: str
    volume_ml: float
    mass_g: float
    density_g_cm3: float
    tia_mbq_h: float
    tia_uncertainty_mbq_h: float
    mean_dose_gy: float
    mean_dose_uncertainty_gy: float
    voxel_mean_dose_gy: float | None
    scans: tuple[ScanMeasurement, ...]
    curves: tuple[CourseCurve, ...]
    dvh: DvhResult | None
    beds: tuple[BedResult, ...] = ()
    eud_gy: float | None = None
    shares: tuple[UncertaintyShare, ...] = ()
    truth: Truth | None = None
    warnings: tuple[str, ...] = ()
    monitor: tuple[MonitorEntry, ...] = ()
    percent_ia: tuple[PercentInjected, ...] = ()
    kinetics: tuple[RegionKinetics, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegistrationRecord:
    """How one scan came into the reference scan's frame.

    Parameters
    ----------
    scan : int
    method : str
        ``"same frame of reference"``, ``"rigid CT to CT"``, ``"rigid SPECT to SPECT"`` ...
    translation_mm : tuple of float
        LPS.
    rotation_deg : float
        Angle of the rotation.
    figure_of_merit : float or None
        Correlation of the two images after registration, -1 to 1; None where none was needed.
    figure_of_merit_before : float or None
    checkerboard : ndarray of float32, shape (rows, columns), or None
        A coronal checkerboard of both images, scaled to 0..1.
    checkerboard_spacing_mm : tuple of float
        ``(row, column)`` spacing of the picture.
    """

    scan: int
    method: str
    translation_mm: tuple[float, float, float]
    rotation_deg: float
    figure_of_merit: float | None
    figure_of_merit_before: float | None = None
    checkerboard: NDArray[np.float32] | None = None
    checkerboard_spacing_mm: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanPicture:
    """One scan for the report: projections of the activity in its own grid.

    Parameters
    ----------
    scan, course : int
    start : datetime
        Start of the frame, UTC.
    hours_after_administration : float
    total_activity_mbq : float
        Activity in the whole field of view at the frame's start.
    coronal_mip : ndarray of float32, shape (rows, columns)
        Maximum-intensity projection along the patient's back-to-front axis, Bq/mL, head up,
        patient's right at the picture's left.
    spacing_mm : tuple of float
        ``(row, column)`` spacing.
    decay_note : str
        What was taken as the image's decay reference and why.
    corner_mm : tuple of float or None
        LPS x of the left edge and z of the upper edge of the picture, in the reference scan's
        frame, mm; None where it is not known.
    seen : ndarray of bool, shape (rows, columns), or None
        Where the scan's field of view reached; None: everywhere.
    """

    scan: int
    course: int
    start: datetime
    hours_after_administration: float
    total_activity_mbq: float
    coronal_mip: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    decay_note: str
    corner_mm: tuple[float, float] | None = None
    seen: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationSummary:
    """One course as the report prints it."""

    course: int
    activity_mbq: float
    activity_uncertainty_mbq: float | None
    kind: str
    time: datetime
    route: str
    lesions: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDoses:
    """One engine's doses of the regions, of the same decays as the others'.

    Parameters
    ----------
    method : str
        The engine's name.
    mean_dose_gy : tuple of float
        Energy imparted over mass, region by region.
    gamma_pass_share : float or None
        Share of voxels that agree with the reference engine's within 3 % and 3 mm; None for the
        reference itself.
    note : str
        What the engine models.
    """

    method: str
    mean_dose_gy: tuple[float, ...]
    gamma_pass_share: float | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EngineComparison:
    """Several engines over the same decays.

    Parameters
    ----------
    reference : str
        The engine that the others are held against.
    regions : tuple of str
    rows : tuple of RegionDoses
        The reference first.
    maps : tuple of Volume
        GY, in the rows' order.
    """

    reference: str
    regions: tuple[str, ...]
    rows: tuple[RegionDoses, ...]
    maps: tuple[Volume, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseResult:
    """One patient's result.

    Parameters
    ----------
    patient, nuclide, agent, timezone : str
        As in the case.
    method : str
        The engine.
    administrations : tuple of AdministrationSummary
    regions : tuple of RegionResult
    dose : Volume
        GY, on the dose grid.
    anatomy : Volume or None
        The CT (HU) on the dose grid's frame, where there is one.
    activity : Volume
        BQ_PER_ML of the reference scan.
    masks : tuple of Region
        On the dose grid.
    registrations, pictures, warnings, provenance
        See the types.
    resolution_fwhm_mm : float or None
        Of the images, as the case states it, mm.
    method_notes : tuple of str
        What the engine models and leaves out.
    method_reason : str
        Why this engine was taken.
    comparison : EngineComparison or None
        Other engines beside it.
    restored : bool
        The map's decays were put back into their regions before transport; else the map has no
        partial-volume correction.
    injection : InjectionFindings or None
        Deposits and leakage, where the case asks for them.
    injection_regions : tuple of RegionResult
        Of the regions made around injected lesions. They lie within and around `regions`, so the
        two are never added.
    injection_masks : tuple of Region
        Theirs, on the dose grid; no two overlap.
    masses : tuple of LesionMass
        Of regions that were drawn on several scans.
    rest_of_body : RestOfBodyResult or None
        What else got dose; None without a CT.
    closure : Closure or None
        Whether the activity adds up.
    """

    patient: str
    nuclide: str
    agent: str
    timezone: str
    method: str
    administrations: tuple[AdministrationSummary, ...]
    regions: tuple[RegionResult, ...]
    dose: Volume
    anatomy: Volume | None
    activity: Volume
    masks: tuple[Region, ...]
    registrations: tuple[RegistrationRecord, ...]
    pictures: tuple[ScanPicture, ...]
    warnings: tuple[str, ...]
    provenance: Provenance
    resolution_fwhm_mm: float | None = None
    method_notes: tuple[str, ...] = ()
    method_reason: str = ""
    comparison: EngineComparison | None = None
    restored: bool = False
    injection: InjectionFindings | None = None
    injection_regions: tuple[RegionResult, ...] = ()
    injection_masks: tuple[Region, ...] = ()
    masses: tuple[LesionMass, ...] = ()
    rest_of_body: RestOfBodyResult | None = None
    closure: Closure | None = None

    @property
    def map_note(self) -> str:
        """What was done about blur in the dose map, to go on with after "which"."""
        if self.restored:
            return "rests on decays that were put back into their regions"
        return "has no partial-volume correction"
