"""The shape of `closure` and of a region's parts of the injected activity in `result.json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ClosureEntry", "KineticsEntry", "PercentEntry"]

Verdict = Literal["closes", "does not close", "partial", "not tested"]


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class PercentEntry(_Entry):
    """A region's part of the course's injected activity (IA) at one scan."""

    scan: int = Field(ge=1)
    course: int = Field(ge=1)
    hours_after_administration: float
    percent: float = Field(description="Physical activity at the frame's start, % IA.")
    percent_uncertainty: float = Field(description="Standard uncertainty (k = 1), % IA.", ge=0)
    decay_corrected_percent: float = Field(description="Decay since time zero taken out, % IA.")
    decay_corrected_percent_uncertainty: float = Field(description="k = 1, % IA.", ge=0)
    below_detection: bool | None = Field(
        description="Can't be told from none; null where the image's counts are not known."
    )
    detection_limit_mbq: float | None = Field(
        description="Currie's detection limit (95 %) at the frame's start, MBq.", ge=0
    )
    detection_limit_percent: float | None = Field(description="The same, physical, % IA.", ge=0)


class KineticsEntry(_Entry):
    """How long one course's activity stays in a region."""

    course: int = Field(ge=1)
    effective_half_life_h: float | None = Field(description="Of the last phase, h.")
    effective_half_life_uncertainty_h: float | None = Field(description="k = 1, h.", ge=0)
    biological_half_life_h: float | None = Field(
        description="h; null where the effective one is not shorter than the physical beyond its "
        "uncertainty."
    )
    biological_half_life_uncertainty_h: float | None = Field(description="k = 1, h.", ge=0)
    biological_half_life_at_least_h: float | None = Field(
        description="One-sided 95 % bound, h.", ge=0
    )
    residence_time_h: float = Field(description="Time-integrated over injected activity, h.")
    residence_time_uncertainty_h: float = Field(description="k = 1, h.", ge=0)


class ExplanationEntry(_Entry):
    """What may explain a difference."""

    cause: str
    strength: Literal["strong", "some", "possible"] = Field(description="What speaks for it.")
    words: str


class ClosureScanEntry(_Entry):
    """One scan's ledger; `regions_mbq` + `remainder_mbq` is `measured_mbq`."""

    scan: int = Field(ge=1)
    course: int = Field(ge=1)
    hours_after_administration: float
    expected_mbq: float = Field(description="Injected, decayed, less measured excretion, MBq.")
    measured_mbq: float = Field(description="The whole image at the frame's start, MBq.")
    left_over_mbq: float = Field(description="What earlier courses left of it, MBq.")
    difference_mbq: float = Field(description="Measured, less left over, less expected, MBq.")
    difference_uncertainty_mbq: float | None = Field(
        description="k = 1, MBq; null where a part is not stated.", ge=0
    )
    ratio: float = Field(description="Measured, less left over, over expected.")
    ratio_uncertainty: float | None = Field(
        description="k = 1; null where a part is not stated.", ge=0
    )
    ratio_stated_uncertainty: float = Field(
        description="From what is stated alone: a lower bound.", ge=0
    )
    excreted_measured_mbq: float = Field(description="At the frame's start, MBq.", ge=0)
    excreted_percent: float = Field(description="What the balance misses, % IA.")
    excreted_percent_uncertainty: float | None = Field(ge=0)
    excreted_since_first_percent: float = Field(
        description="Of the course's first scan, decay taken out, %; the calibration cancels."
    )
    excreted_since_first_percent_uncertainty: float | None = Field(
        description="k = 1, of counting (and earlier courses' remainders) alone; null at the first "
        "scan, and where counting is not known.",
        ge=0,
    )
    regions_mbq: float = Field(description="Sum of the regions, overlaps once, MBq.")
    remainder_mbq: float = Field(description="In no region, MBq.")
    remainder_uncertainty_mbq: float = Field(ge=0)
    counted_twice_mbq: float = Field(description="In more than one region, taken off once, MBq.")
    body_in_field_percent: float | None = Field(
        description="Of the CT's body; null without a CT.", ge=0, le=100
    )
    outside_at_most_mbq: float | None = Field(
        description="Of the body outside the field, filled as its cut ends are, MBq; null without "
        "a CT.",
        ge=0,
    )
    tests_closure: bool = Field(description="Nothing can have left unmeasured: should be 1.")
    verdict: Verdict
    reason: str


class LesionShareEntry(_Entry):
    """One lesion's part of what all lesions hold at a course's first scan."""

    lesion: str
    course: int = Field(ge=1)
    planned_share: float | None = Field(description="By the injections.", ge=0)
    measured_share: float
    measured_share_uncertainty: float = Field(description="k = 1.", ge=0)


class ClosureEntry(_Entry):
    """Whether the activity adds up: the first course's scans against its injected activity."""

    net_injected_mbq: float = Field(description="At time zero, MBq; see kind.", ge=0)
    kind: Literal["net", "gross"] = Field(description="gross: it is the most that it can be.")
    expected_mbq: float = Field(description="At the first scan, MBq.", ge=0)
    measured_mbq: float = Field(description="At the first scan, MBq.")
    ratio: float = Field(description="Measured over expected, of the scans that test closure.")
    ratio_uncertainty: float | None = Field(
        description="k = 1, what is common once; null where a part is not stated.", ge=0
    )
    ratio_stated_uncertainty: float = Field(
        description="From what is stated alone: a lower bound.", ge=0
    )
    unstated: list[str] = Field(description="What has no stated uncertainty.")
    excreted_mbq: float | None = Field(
        description="By the first course's last scan, decay taken out, MBq; null if not known."
    )
    excreted_uncertainty_mbq: float | None = Field(ge=0)
    excreted_by: Literal["urine", "excreta", "balance", "not known"]
    verdict: Verdict
    reason: str
    explanations: list[ExplanationEntry] = Field(description="Strong evidence first.")
    per_scan: list[ClosureScanEntry]
    lesion_split: list[LesionShareEntry]
