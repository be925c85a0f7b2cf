"""The part of `result.json` that follows a region's mass."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LesionMassEntry", "MassPointEntry"]


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class MassPointEntry(_Entry):
    """A region's volume and mass as drawn on one scan."""

    scan: int = Field(ge=1)
    hours_after_administration: float
    volume_ml: float = Field(ge=0)
    volume_uncertainty_ml: float = Field(description="Standard uncertainty (k = 1), mL.", ge=0)
    mass_g: float = Field(ge=0)
    mass_uncertainty_g: float = Field(description="Standard uncertainty (k = 1), g.", ge=0)


class LesionMassEntry(_Entry):
    """A region that was drawn on several scans."""

    region: str
    points: list[MassPointEntry]
    effective_mass_g: float = Field(description="Mean over the decays of all courses.", ge=0)
    effective_mass_uncertainty_g: float = Field(ge=0)
    mean_dose_gy: float = Field(description="With one scan's mass, as among the regions, Gy.")
    changing_mean_dose_gy: float = Field(
        description="Each interval's decays over its own mass, Gy."
    )
    changing_mean_dose_uncertainty_gy: float = Field(
        description="Standard uncertainty (k = 1), Gy.", ge=0
    )
