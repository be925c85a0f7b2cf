"""The case file's keys and types: its shape, before units and times are read."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hevesy.files.rest_models import BloodModel, RestOfBodyModel

__all__ = [
    "AdministrationModel",
    "CaseModel",
    "InjectionModel",
    "InjectionRegionsModel",
    "OptionsModel",
    "RadiobiologyModel",
    "RecoveryCurveModel",
    "ScanModel",
    "UrineModel",
]

# Densities of the body and of implants in g/cm3; 1050 is a value in kg/m3.
Density = Annotated[float, Field(ge=0.001, le=25.0)]
Positive = Annotated[float, Field(gt=0.0)]
Point = Annotated[list[float], Field(min_length=3, max_length=3)]


class _Table(BaseModel):
    """A table of the case file: strict types, no unknown key, no NaN."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


class InjectionModel(_Table):
    """``[[administration.injection]]``: what went into one lesion."""

    lesion: str = Field(min_length=1, examples=["lesion 1"])
    activity: str = Field(examples=["500 MBq"])
    entry_mm: Point | None = Field(default=None, examples=[[-80.0, -95.0, 12.5]])
    target_mm: Point | None = Field(default=None, examples=[[-62.0, -20.0, 18.0]])
    tracks: list[str] = Field(default=[], examples=[["needle_1.csv"]])


class InjectionRegionsModel(_Table):
    """``[options.injection_regions]``: regions to be made around injected lesions."""

    rim_mm: Positive = Field(default=5.0, examples=[5.0])
    tract_radius_mm: Positive = Field(default=5.0, examples=[5.0])
    capsule_mm: Positive = Field(default=5.0, examples=[5.0])
    capsule_reach_mm: Positive = Field(default=20.0, examples=[20.0])
    capsule_of: list[str] = Field(default=[], examples=[["liver"]])
    downstream: list[str] = Field(default=[], examples=[["liver", "bladder"]])


class AdministrationModel(_Table):
    """``[administration]``: what was given, when, how."""

    activity: str = Field(examples=["7.210 GBq"])
    activity_uncertainty: str | None = Field(default=None, examples=["2 %"])
    kind: Literal["net", "gross"] = Field(examples=["net"])
    time: datetime = Field(examples=[datetime(2018, 11, 15, 9, 22)])  # noqa: DTZ001
    route: Literal["intravenous", "intratumoral", "intra-arterial"] = Field(
        examples=["intratumoral"]
    )
    injection: list[InjectionModel] = Field(default=[])


class ScanModel(_Table):
    """``[[scan]]``: one scan's files, and what they do not say."""

    spect: str | None = Field(default=None, min_length=1, examples=["SCAN_001/image"])
    projections: list[str] = Field(default=[], examples=[["bed_1.dcm", "bed_2.dcm"]])
    calibration: str | None = Field(default=None, min_length=1, examples=["re188_he.json"])
    ct: str | None = Field(default=None, min_length=1, examples=["CT/"])
    structures: list[str] = Field(default=[], examples=[["SCAN_001/mask"]])
    structure_names: dict[str, str] = Field(default={}, examples=[{"1": "liver"}])
    decay_corrected_to: Literal["acquisition", "administration", "none"] | None = Field(
        default=None, examples=["acquisition"]
    )
    time: datetime | None = Field(default=None, examples=[datetime(2018, 11, 15, 13, 6)])  # noqa: DTZ001
    unit: Literal["Bq/mL", "kBq/mL", "MBq/mL", "Bq"] | None = Field(
        default=None, examples=["kBq/mL"]
    )
    duration: str | None = Field(default=None, examples=["1506 s"])
    registration: Literal["none", "rigid"] = Field(default="none", examples=["rigid"])
    breathing: str | None = Field(default=None, examples=["10 mm"])
    mismatch: str | None = Field(default=None, examples=["4 mm"])  # or "estimate"


class UrineModel(_Table):
    """``[[urine]]``: one collection or voiding, measured."""

    start: datetime | None = Field(default=None, examples=[datetime(2018, 11, 15, 9, 22)])  # noqa: DTZ001
    end: datetime | None = Field(default=None, examples=[datetime(2018, 11, 15, 13, 0)])  # noqa: DTZ001
    time: datetime | None = Field(default=None, examples=[datetime(2018, 11, 15, 12, 40)])  # noqa: DTZ001
    activity: str = Field(examples=["12 MBq"])
    measured_at: datetime = Field(examples=[datetime(2018, 11, 15, 13, 30)])  # noqa: DTZ001
    uncertainty: str = Field(examples=["5 %"])
    volume: str | None = Field(default=None, examples=["320 mL"])


class RecoveryCurveModel(_Table):
    """``recovery_curve``: R(v) = 1 - 1/(1 + (v/beta)^alpha)."""

    beta_ml: Positive = Field(examples=[3.2])
    alpha: Positive = Field(examples=[1.1])
    uncertainty: str | None = Field(default=None, examples=["5 %"])


class RadiobiologyModel(_Table):
    """``[[options.radiobiology]]``: the linear-quadratic model's parameters."""

    alpha_per_gy: Positive = Field(examples=[0.35])
    alpha_beta_gy: Positive = Field(examples=[10.0])
    repair_half_time: str = Field(examples=["1.5 h"])
    regions: list[str] = Field(default=[], examples=[["liver"]])


class OptionsModel(_Table):
    """``[options]``: how the case is to be computed."""

    method: str = Field(default="auto", examples=["monte-carlo"])
    precision: str | None = Field(default=None, examples=["2 %"])
    histories: int | None = Field(default=None, ge=1000, examples=[1_000_000])
    compare: list[str] = Field(default=[], examples=[["local", "kernel"]])
    kernel_in_lung: bool = Field(default=False, examples=[True])
    regions: list[str] = Field(default=[], examples=[["lesion", "liver"]])
    density_g_cm3: Density | None = Field(default=None, examples=[1.05])
    region_density_g_cm3: dict[str, Density] = Field(default={}, examples=[{"lung": 0.26}])
    hu_to_density: str | None = Field(default=None, min_length=1, examples=["scanner.csv"])
    resolution: str | None = Field(default=None, examples=["16 mm"])
    resolution_uncertainty: str | None = Field(default=None, examples=["1 mm"])
    partial_volume: Literal["none", "gtm", "recovery-curve"] = Field(
        default="none", examples=["gtm"]
    )
    recovery_curve: RecoveryCurveModel | None = None
    calibration_uncertainty: str | None = Field(default=None, examples=["5 %"])
    count_uncertainty: str | None = Field(default=None, examples=["3 %"])
    counts_per_bq_s: Positive | None = Field(default=None, examples=[1.0e-5])
    contour_uncertainty: str | None = Field(default=None, examples=["1 mm"])
    fit: list[Literal["mono", "bi", "tri", "bi-uptake", "trapezoid", "prior"]] = Field(
        default=[], examples=[["mono", "bi"]]
    )
    uptake_phase: bool = Field(default=False, examples=[True])
    effective_half_life: str | None = Field(default=None, examples=["14 h"])
    effective_half_life_uncertainty: str | None = Field(default=None, examples=["2 h"])
    tail: Literal["physical", "last-two"] = Field(default="physical", examples=["physical"])
    voxel_curves: bool = Field(default=True, examples=[True])
    radiobiology: list[RadiobiologyModel] = Field(default=[])
    dvh_volumes_at_gy: list[Positive] = Field(default=[], examples=[[70.0, 100.0]])
    eud_a: float | None = Field(default=None, examples=[-10.0])
    scatter_uncertainty: str | None = Field(default=None, examples=["10 %"])
    prior: str = Field(default="wide", min_length=1, examples=["cited:re188-lipiodol"])
    planned_scans: list[str] | None = Field(default=None, examples=[["6 h", "24 h", "48 h"]])
    count_repeats: int = Field(default=12, ge=0, le=200, examples=[12])
    seed: int = Field(default=1, ge=0, examples=[1])
    injection_regions: InjectionRegionsModel | None = None


class CaseModel(_Table):
    """The whole case file."""

    patient: str = Field(min_length=1, examples=["P01"])
    nuclide: str = Field(min_length=1, examples=["Re-188"])
    agent: str = Field(min_length=1, examples=["ImDendrim"])
    timezone: str = Field(min_length=1, examples=["Europe/Warsaw"])
    administration: list[AdministrationModel] = Field(min_length=1)
    scan: list[ScanModel] = Field(min_length=1)
    blood: list[BloodModel] = Field(default=[])
    rest_of_body: RestOfBodyModel | None = None
    urine: list[UrineModel] = Field(default=[])
    options: OptionsModel = Field(default_factory=lambda: OptionsModel())
