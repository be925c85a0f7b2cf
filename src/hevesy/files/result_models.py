"""The shape of `result.json`."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hevesy.files.closure_models import ClosureEntry, KineticsEntry, PercentEntry
from hevesy.files.rest_models import RestOfBodyEntry
from hevesy.files.result_injection import DepositEntry, LeakageEntry, OffsetEntry
from hevesy.files.result_mass import LesionMassEntry

__all__ = [
    "AdministrationEntry",
    "BedEntry",
    "CurveEntry",
    "DataSetEntry",
    "DvhEntry",
    "FurtherScanEntry",
    "InputEntry",
    "MonitorEntryModel",
    "ProvenanceEntry",
    "RegionEntry",
    "RegistrationEntry",
    "ResultModel",
    "ScanEntry",
    "ShareEntry",
    "SpectEntry",
    "TruthEntry",
    "VolumeAtDoseEntry",
]

STATEMENT = "Research use only. Not a medical device."


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class ScanEntry(_Entry):
    """A region's activity in one scan."""

    scan: int = Field(description="Number of the scan in the case, from 1.", ge=1)
    course: int = Field(description="Number of the administration it follows, from 1.", ge=1)
    hours_after_administration: float = Field(
        description="From time zero (end of the injection) to the frame's start, h."
    )
    activity_mbq: float = Field(
        description="Physical activity at that moment, MBq; not corrected to the injection."
    )
    activity_uncertainty_mbq: float = Field(description="Standard uncertainty (k = 1), MBq.", ge=0)
    random_uncertainty_mbq: float | None = Field(
        description="The part that is independent from scan to scan, MBq; null if not known.", ge=0
    )
    uncorrected_mbq: float = Field(description="Before partial-volume correction, MBq.")
    recovery: float = Field(description="Measured over corrected activity; 1 uncorrected.")
    left_over_mbq: float = Field(
        description="What earlier courses left of the activity, by their curves; it was taken off "
        "for this course's curve, MBq."
    )
    left_over_uncertainty_mbq: float = Field(
        description="Its standard uncertainty (k = 1), MBq.", ge=0
    )


class CurveEntry(_Entry):
    """The curve fitted to a region after one administration."""

    course: int = Field(ge=1)
    model: str = Field(description="What was fitted or averaged, in words.")
    tia_mbq_h: float = Field(description="Time-integrated activity, MBq h.")
    tia_uncertainty_mbq_h: float = Field(description="Standard uncertainty (k = 1), MBq h.", ge=0)
    effective_half_life_h: float | None = Field(description="Of the last phase, h.")
    hours: list[float] = Field(
        description="Times of the samples below, h after administration (7 digits)."
    )
    activity_mbq: list[float] = Field(description="The curve, MBq.")
    low_mbq: list[float] = Field(description="Lower edge of its 68 % band, MBq.")
    high_mbq: list[float] = Field(description="Upper edge of its 68 % band, MBq.")


class VolumeAtDoseEntry(_Entry):
    """V at a dose."""

    dose_gy: float
    volume_share: float = Field(ge=0, le=1)


class DvhEntry(_Entry):
    """A region's dose-volume histogram, from the dose map's voxels."""

    d98_gy: float = Field(description="Least dose to the hottest 98 % of the volume, Gy.")
    d70_gy: float = Field(description="Least dose to the hottest 70 % of the volume, Gy.")
    d50_gy: float = Field(description="Median dose, Gy.")
    d2_gy: float = Field(description="Least dose to the hottest 2 % of the volume, Gy.")
    valid: bool = Field(
        description="False where the region is smaller than two FWHM: D98 and V do not hold."
    )
    reason: str = Field(description="Why not valid; empty where valid.")
    volume_shares_at: list[VolumeAtDoseEntry] = Field(description="V at the doses asked for.")
    dose_gy: list[float] = Field(description="The cumulative curve: doses, Gy (7 digits).")
    volume_share: list[float] = Field(description="The cumulative curve: shares of the volume.")


class BedEntry(_Entry):
    """Biologically effective dose, with the parameters it rests on."""

    bed_gy: float
    alpha_per_gy: float
    alpha_beta_gy: float
    repair_half_time_h: float


class ShareEntry(_Entry):
    """One source of the mean dose's uncertainty."""

    source: str
    relative_uncertainty: float = Field(ge=0)
    variance_share: float = Field(description="Share of the variance; the shares add up to 1.")


class FurtherScanEntry(_Entry):
    """A planned scan that had not been made, and what it would tell of the final dose."""

    hours: float = Field(description="After the administration, h.")
    expected_interval90_width_gy: float = Field(
        description="Expected width of the 90 % interval if it were the only further scan, Gy."
    )
    expected_width_if_skipped_gy: float = Field(
        description="Expected width after all other planned scans, without it, Gy."
    )


class MonitorEntryModel(_Entry):
    """The dose as it was known after one scan; nothing of later scans is in it."""

    after_scan: int = Field(description="Number of the scan in the case, from 1.", ge=1)
    course: int = Field(description="The administration it follows; doses are of it.", ge=1)
    hours: float = Field(description="From it to the frame's start: when `dose_so_far_gy` is, h.")
    dose_so_far_gy: float = Field(description="Given until then (median), Gy.", ge=0)
    dose_so_far_uncertainty_gy: float = Field(description="Standard uncertainty (k = 1), Gy.", ge=0)
    final_dose_gy: float = Field(description="Of the whole decay (median), Gy.", ge=0)
    final_dose_uncertainty_gy: float = Field(description="Standard uncertainty (k = 1), Gy.", ge=0)
    final_dose_interval90_gy: list[float] = Field(
        description="Ends of the 90 % interval, Gy.", min_length=2, max_length=2
    )
    single_scan_dose_gy: float = Field(
        description="Final dose from this scan alone (median), Gy.", ge=0
    )
    single_scan_interval90_gy: list[float] = Field(
        description="Ends of its 90 % interval, Gy.", min_length=2, max_length=2
    )
    prior: str = Field(description="What was expected before the first scan, by name.")
    wide_prior_weight: float = Field(
        description="That the wide prior holds in place of the named one.", ge=0, le=1
    )
    further_scans: list[FurtherScanEntry] = Field(description="What each planned scan would tell.")
    expected_interval90_width_gy: float = Field(
        description="Expected width of the 90 % interval after all planned scans, Gy.", ge=0
    )


class TruthEntry(_Entry):
    """What is known of a virtual patient's region."""

    tia_mbq_h: float
    mean_dose_gy: float
    dose_source: str = Field(description="What the true dose rests on.")


class RegionEntry(_Entry):
    """One region."""

    name: str
    kind: str = Field(
        description='"lesion" or "organ"; of injection_regions "deposit", "rest of lesion", '
        '"needle tract", "border" or "rim".'
    )
    volume_ml: float = Field(ge=0)
    mass_g: float = Field(ge=0)
    density_g_cm3: float = Field(description="Mean density used, g/cm3.", ge=0)
    tia_mbq_h: float = Field(description="Time-integrated activity over all courses, MBq h.")
    tia_uncertainty_mbq_h: float = Field(description="Standard uncertainty (k = 1), MBq h.", ge=0)
    mean_dose_gy: float = Field(description="Energy imparted over mass, all courses, Gy.")
    mean_dose_uncertainty_gy: float = Field(description="Standard uncertainty (k = 1), Gy.", ge=0)
    voxel_mean_dose_gy: float | None = Field(
        description="Mean of the dose map's voxels, not corrected for partial volume, Gy."
    )
    dvh: DvhEntry | None
    scans: list[ScanEntry]
    curves: list[CurveEntry]
    percent_ia: list[float] = Field(
        description="Activity at each scan's start in per cent of its course's injected activity, "
        "decay not taken out; in the scans' order."
    )
    biodistribution: list[PercentEntry] = Field(
        description="The same with uncertainties, decay taken out too, and detection limits."
    )
    effective_half_life_h: float | None = Field(
        description="Of the first course's last phase, h; null if it could not be told."
    )
    effective_half_life_uncertainty_h: float | None = Field(description="k = 1, h.", ge=0)
    kinetics: list[KineticsEntry] = Field(description="For each course.")
    beds: list[BedEntry]
    eud_gy: float | None = Field(description="Generalised equivalent uniform dose, Gy.")
    uncertainty_shares: list[ShareEntry]
    monitor: list[MonitorEntryModel] = Field(
        description="The running dose after each scan; empty where no curve meets the scans."
    )
    warnings: list[str]
    truth: TruthEntry | None = Field(
        default=None, description="For a virtual patient only; absent for a real one."
    )


class AdministrationEntry(_Entry):
    """One course."""

    course: int = Field(ge=1)
    time: str = Field(description="End of the injection, ISO 8601 in UTC.")
    activity_mbq: float
    activity_uncertainty_mbq: float | None = Field(
        description="Standard uncertainty (k = 1), MBq; null where the case does not say."
    )
    kind: str = Field(description='"net" or "gross".')
    route: str
    injections: list[dict[str, JsonValue]] = Field(
        description="lesion and activity_mbq of each injection."
    )


class SpectEntry(_Entry):
    """One SPECT."""

    scan: int = Field(ge=1)
    course: int = Field(ge=1)
    start: str = Field(description="Start of the frame, ISO 8601 in UTC.")
    hours_after_administration: float
    total_activity_mbq: float = Field(description="In the whole field of view, at the start, MBq.")
    decay_note: str = Field(description="What the voxel values referred to, and why.")


class RegistrationEntry(_Entry):
    """How one scan came into the reference scan's frame."""

    scan: int = Field(ge=1)
    method: str
    translation_mm: list[float] = Field(min_length=3, max_length=3)
    rotation_deg: float
    figure_of_merit: float | None
    figure_of_merit_before: float | None


class InputEntry(_Entry):
    """One input, by its content."""

    role: str
    sha256: str
    files: int = Field(ge=0)
    size_bytes: int = Field(ge=0)


class DataSetEntry(_Entry):
    """A published data set that the numbers rest on."""

    name: str
    version: str
    source: str


class ProvenanceEntry(_Entry):
    """Everything needed to make the result again."""

    hevesy_version: str
    created: str = Field(description="ISO 8601 in UTC.")
    seed: int | None
    inputs: list[InputEntry]
    options: dict[str, JsonValue]
    data_sets: list[DataSetEntry]
    packages: dict[str, str]


class EngineDoseEntry(_Entry):
    """One region's mean dose by one engine."""

    name: str
    mean_dose_gy: float = Field(description="Energy imparted over mass, Gy.")


class EngineEntry(_Entry):
    """One engine's doses of the same decays."""

    method: str
    note: str = Field(description="What it models.")
    gamma_pass_share: float | None = Field(
        description="Voxels within 3 %, 3 mm of the reference; null for the reference itself."
    )
    regions: list[EngineDoseEntry]


class ResultModel(_Entry):
    """hevesy's result for one patient. All uncertainties are one standard deviation (k = 1)."""

    statement: str = Field(description="What this may be used for.")
    patient: str = Field(description="The study's pseudonym, as in the case file.")
    nuclide: str
    agent: str
    timezone: str = Field(description="IANA name of the site's zone.")
    method: str = Field(description="The dose engine.")
    method_reason: str = Field(description="Why this engine was taken.")
    method_notes: list[str] = Field(description="What the engine models and leaves out.")
    resolution_fwhm_mm: float | None = Field(description="The image's resolution used, mm.")
    administrations: list[AdministrationEntry]
    scans: list[SpectEntry]
    closure: ClosureEntry | None = Field(description="Whether the activity adds up.")
    regions: list[RegionEntry]
    engines: list[EngineEntry] = Field(
        description="Engines given the same decays, the reference first; empty where only one ran."
    )
    rest_of_body: RestOfBodyEntry | None = Field(
        default=None, description="What else got dose; null without a CT."
    )
    registrations: list[RegistrationEntry]
    injection_regions: list[RegionEntry] = Field(
        description="Made around injected lesions, where the case asks: no two overlap, but all "
        "lie within or around `regions`, so never add the two. Empty else."
    )
    deposits: list[DepositEntry] = Field(description="Hot spots that the injections left.")
    offsets: list[OffsetEntry] = Field(
        description="Where injected lesions seem to lie on each SPECT, from where they were drawn."
    )
    masses: list[LesionMassEntry] = Field(
        description="Of regions drawn on several scans, with the dose by a mass that changes."
    )
    leakage: list[LeakageEntry] = Field(description="Where each injection went, scan by scan.")
    warnings: list[str]
    provenance: ProvenanceEntry
