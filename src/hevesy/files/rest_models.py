"""The rest of the body at the edges: keys of the case file, and its block of `result.json`."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "BloodModel",
    "RestOfBodyEntry",
    "RestOfBodyModel",
    "rest_of_body_entries",
]


class _Table(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


class BloodModel(_Table):
    """``[[blood]]``: activity in whole blood at a moment, not corrected for decay."""

    time: datetime = Field(examples=[datetime(2018, 11, 15, 10, 5)])  # noqa: DTZ001
    concentration: str = Field(examples=["1.2 kBq/mL"])
    uncertainty: str = Field(examples=["3 %"])


class RestOfBodyModel(_Table):
    """``[rest_of_body]``: the patient, its marrow, organs without activity, tissues."""

    body_mass: str | None = Field(default=None, examples=["72 kg"])
    sex: Literal["male", "female"] | None = Field(default=None, examples=["male"])
    hematocrit: str | None = Field(default=None, examples=["42 %"])
    marrow_region: str | None = Field(default=None, min_length=1, examples=["lumbar spine"])
    marrow_share: str | None = Field(default=None, examples=["12 %"])
    unmeasured: list[str] = Field(default=[], examples=[["thyroid", "spleen"]])
    tissues: dict[str, str] = Field(default={}, examples=[{"contents": "urinary bladder"}])


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class BodyDoseEntry(_Entry):
    """Mean dose to a body, or to the part of it in the CT."""

    mass_g: float = Field(gt=0)
    mean_dose_gy: float = Field(description="Energy imparted over mass, Gy.", ge=0)
    uncertainty_gy: float = Field(description="Standard uncertainty (k = 1), Gy.", ge=0)
    true_dose_gy: float | None = Field(description="Of a virtual patient, else null.")


class EnergyEntry(_Entry):
    """Where the emitted energy of the decays in the images goes, J."""

    emitted_j: float
    in_body_j: float = Field(description="Absorbed in the body within the CT.")
    beyond_ct_j: float = Field(description="Absorbed beyond the CT's ends, by a cylinder there.")
    beyond_ct_uncertainty_j: float = Field(ge=0)
    elsewhere_j: float = Field(description="Absorbed in couch and air.")
    escaped_j: float


class UnmeasuredEntry(_Entry):
    """A region without activity of its own."""

    name: str
    volume_ml: float
    mass_g: float
    mean_dose_gy: float = Field(description="From the decays outside, Gy.", ge=0)
    uncertainty_gy: float = Field(ge=0)
    statistical_uncertainty_gy: float = Field(ge=0)
    shown_dose_gy: float = Field(
        description="What the decays that the map shows in it would add, were they real, Gy."
    )


class PhotonEntry(_Entry):
    """A measured region's photon dose, where the dose engine leaves photons out."""

    name: str
    photon_dose_gy: float = Field(description="From all decays' photons, by Monte Carlo, Gy.")
    photon_uncertainty_gy: float = Field(ge=0)
    total_dose_gy: float = Field(description="The region's mean dose and this, Gy.")
    total_uncertainty_gy: float = Field(ge=0)


class MarrowEntry(_Entry):
    """Red marrow by one method."""

    method: str = Field(description='"blood" or "image".')
    mean_dose_gy: float
    uncertainty_gy: float
    self_dose_gy: float = Field(description="From electrons of its own activity, Gy.")
    self_uncertainty_gy: float
    cross_dose_gy: float = Field(description="From decays outside it, Gy.")
    cross_uncertainty_gy: float
    source: str


class TissueEntry(_Entry):
    """A known tissue of ICRP 103."""

    tissue: str
    weight: float
    equivalent_dose_sv: float


class EffectiveEntry(_Entry):
    """Effective dose: a lower bound, or null; never without its caveat."""

    at_least_sv: float | None
    uncertainty_sv: float | None
    weight_share: float = Field(description="Share of the tissue weights that is known.")
    least_weight_share: float = Field(description="Below this no figure is given.")
    tissues: list[TissueEntry]
    caveat: str


class RestOfBodyEntry(_Entry):
    """What else got dose; null where there is no CT."""

    body_in_ct: BodyDoseEntry
    whole_body: BodyDoseEntry | None
    whole_body_reason: str
    energy: EnergyEntry
    injected_tia_mbq_h: float = Field(description="If all activity had stayed, MBq h.")
    in_images_tia_mbq_h: float
    in_regions_tia_mbq_h: float
    photons: list[PhotonEntry] = Field(
        description="Of the measured regions; empty where the engine follows photons."
    )
    unmeasured: list[UnmeasuredEntry]
    marrow: list[MarrowEntry]
    effective: EffectiveEntry
    notes: list[str]


def rest_of_body_entries(plain: dict[str, Any] | None) -> dict[str, Any] | None:
    """Name the parts of a result's rest of the body that its value holds as plain tuples.

    Parameters
    ----------
    plain : dict or None
        The fields of `RestOfBodyResult`, as JSON has them.

    Returns
    -------
    dict or None

    Examples
    --------
    >>> rest_of_body_entries(None) is None
    True
    """
    if plain is None:
        return None
    named = [
        {"tissue": tissue, "weight": weight, "equivalent_dose_sv": dose_sv}
        for tissue, weight, dose_sv in plain["effective"]["tissues"]
    ]
    return {**plain, "effective": {**plain["effective"], "tissues": named}}
