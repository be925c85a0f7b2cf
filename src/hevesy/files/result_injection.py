"""The parts of `result.json` that follow an injection."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "DepositEntry",
    "LeakageEntry",
    "LeakagePointEntry",
    "OffsetEntry",
    "PartShareEntry",
    "RetainedShareEntry",
]


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class DepositEntry(_Entry):
    """One hot spot on the first scan after an injection."""

    name: str = Field(description="Of its region.")
    lesion: str
    scan: int = Field(description="The scan it was found on.", ge=1)
    volume_ml: float = Field(description="As found there.", ge=0)
    inside_share: float = Field(description="Of its volume, within the lesion.", ge=0, le=1)
    peak_mm: list[float] = Field(
        description="Where its maximum is, LPS mm in the reference scan's frame.",
        min_length=3,
        max_length=3,
    )
    threshold_share: float = Field(description="Of the contrast, where its edge was drawn.")
    resolved: bool = Field(description="Large enough for the image to tell its size.")


class OffsetEntry(_Entry):
    """Where an injected lesion seems to lie on one SPECT."""

    lesion: str
    scan: int = Field(ge=1)
    offset_mm: list[float] = Field(
        description="From where it was drawn, LPS mm; an upper bound, since a lesion that is "
        "filled lopsidedly looks displaced too.",
        min_length=3,
        max_length=3,
    )


class PartShareEntry(_Entry):
    """One part of the body outside the lesions."""

    name: str
    share: float = Field(description="Of the net injected activity, decay-corrected.")
    uncertainty_share: float = Field(description="Standard uncertainty (k = 1).", ge=0)


class RetainedShareEntry(_Entry):
    """One lesion of those injected."""

    lesion: str
    injected_mbq: float = Field(description="Put into it, at time zero, MBq.")
    retained_share: float = Field(description="Of what was put into it, decay-corrected.")
    retained_uncertainty_share: float = Field(description="Standard uncertainty (k = 1).", ge=0)


class LeakagePointEntry(_Entry):
    """Where the injection is at one scan."""

    scan: int = Field(ge=1)
    hours_after_administration: float
    retained_share: float = Field(description="In the lesions, decay-corrected.")
    retained_uncertainty_share: float = Field(ge=0)
    leaked_share: float = Field(description="Not in the lesions; excretion is in it.")
    leaked_uncertainty_share: float = Field(ge=0)
    parts: list[PartShareEntry] = Field(description="Each part outside the lesions.")
    rest_share: float = Field(
        description="In no lesion and no part: rest of the body, outside the field, excreted, or "
        "an error of net activity or calibration."
    )
    rest_uncertainty_share: float = Field(ge=0)
    lesions: list[RetainedShareEntry]


class LeakageEntry(_Entry):
    """Leakage after one administration."""

    course: int = Field(ge=1)
    net_injected_mbq: float
    extravasation_percent: float = Field(
        description="Lost at the injection's site at the first scan (needle tract, border, rim, "
        "deposits outside), per cent of the net injected activity: DICOM 113506."
    )
    extravasation_uncertainty_percent: float = Field(ge=0)
    points: list[LeakagePointEntry]
