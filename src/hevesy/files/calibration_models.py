"""Keys and types of a calibration's plan and of a scan's protocol, before units are read."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ActivityModel",
    "CylinderModel",
    "DeadTimeModel",
    "DoseCalibratorModel",
    "PlanModel",
    "PlanarModel",
    "ProtocolModel",
    "QualityControlModel",
    "RateModel",
    "ReconstructionModel",
    "ScanProtocolModel",
    "SphereModel",
    "SpheresModel",
    "WindowsModel",
]

Positive = Annotated[float, Field(gt=0.0)]


class _Table(BaseModel):
    """A table: strict types, no unknown key, no NaN."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


class WindowsModel(_Table):
    """``[windows]``: limits in keV, and how scatter was taken off."""

    peak: list[float] = Field(min_length=2, max_length=2)
    lower: list[float] | None = Field(default=None, min_length=2, max_length=2)
    upper: list[float] | None = Field(default=None, min_length=2, max_length=2)
    scatter: str = Field(pattern=r"^(tew(:(0(\.\d+)?|1(\.0+)?))?|dew|upper|model:.+|none)$")
    smoothing: str = "0 mm"


class ReconstructionModel(_Table):
    """``[reconstruction]``."""

    algorithm: str = "OSEM"
    iterations: int = Field(ge=1)
    subsets: int = Field(ge=1)
    attenuation: bool = True
    psf: str | None = None
    postfilter: str = "0 mm"
    voxel: list[str] = Field(min_length=3, max_length=3)


class ProtocolModel(_Table):
    """What a plan and a scan have in common."""

    scanner: str = Field(min_length=1)
    collimator: str = Field(min_length=1)
    nuclide: str
    timezone: str
    windows: WindowsModel
    reconstruction: ReconstructionModel


class ScanProtocolModel(ProtocolModel):
    """A scan that is to be quantified."""

    start: datetime
    duration: str
    counted: str | None = None


class DoseCalibratorModel(_Table):
    """``[dose_calibrator]``."""

    name: str = Field(min_length=1)
    traceable_to: str
    uncertainty: str


class RateModel(_Table):
    """``[[dead_time.measurement]]``: one source, while it decays."""

    activity: str
    rate_per_s: Positive
    uncertainty: str = "1 %"


class DeadTimeModel(_Table):
    """``[dead_time]``: stated, or fitted to measurements."""

    value: str | None = None
    uncertainty: str | None = None
    measurement: list[RateModel] = []


class QualityControlModel(_Table):
    """``[[quality_control]]``."""

    test: str = Field(min_length=1)
    on: date
    value: float
    unit: str
    passed: bool


class ActivityModel(_Table):
    """An activity at a moment, and a measurement from another moment on."""

    activity: str
    at: datetime
    start: datetime
    duration: str
    scan: str | None = None
    uncertainty: str = "0 %"


class PlanarModel(ActivityModel):
    """``[[planar]]``: a point source in air."""

    peak: str
    lower: str | None = None
    upper: str | None = None
    radius: str
    shell: str = "30 mm"


class CylinderModel(ActivityModel):
    """``[[cylinder]]``: a uniform cylinder, all of its image or its middle."""

    image: str
    region: str | None = None
    volume_ml: Positive | None = None


class SphereModel(_Table):
    """``[[spheres.sphere]]``."""

    label: int = Field(ge=1)
    diameter: str
    uncertainty: str | None = None


class SpheresModel(ActivityModel):
    """``[[spheres]]``: spheres filled from one stock, in warm or cold water."""

    image: str
    labels: str
    stock_ml: Positive
    background_activity: str | None = None
    background_ml: Positive | None = None
    margin: str
    shell: str
    fwhm: str
    least_for_factor: str = "28 mm"
    sphere: list[SphereModel] = Field(min_length=1)


class PlanModel(ProtocolModel):
    """A calibration's plan."""

    version: str = Field(min_length=1)
    made: date
    valid_from: date | None = None
    expires: date
    factor_from: list[Literal["planar", "cylinder", "sphere"]] = []
    recovery_model: Literal["log-logistic", "blurred-sphere"] = "log-logistic"
    dose_calibrator: DoseCalibratorModel
    dead_time: DeadTimeModel | None = None
    quality_control: list[QualityControlModel] = []
    planar: list[PlanarModel] = []
    cylinder: list[CylinderModel] = []
    spheres: list[SpheresModel] = []
