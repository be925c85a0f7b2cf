"""The keys and types of `study.toml`: its shape, before units and zones are read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hevesy.files.case_models import OptionsModel

__all__ = [
    "ActivityModel",
    "CohortModel",
    "CriterionModel",
    "DepartureModel",
    "EventsModel",
    "LabellingModel",
    "PlannedVisitModel",
    "ResponseModel",
    "ScreeningModel",
    "SiteModel",
    "StepModel",
    "StoreModel",
    "StudyModel",
    "TestModel",
    "UnitsModel",
    "VisitsModel",
]


class _Table(BaseModel):
    """A table of study.toml: strict types, no unknown key, no NaN."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


class StoreModel(_Table):
    """``[store]``: where the records are, if not in study.db."""

    url: str | None = Field(
        default=None, min_length=1, examples=["postgresql+psycopg://hevesy@localhost/trial"]
    )


class SiteModel(_Table):
    """``[[site]]``: a place where the study is done."""

    name: str = Field(min_length=1, examples=["Shanghai East Hospital"])
    timezone: str = Field(min_length=1, examples=["Asia/Shanghai"])
    ethics: str = Field(default="", examples=["EC.D(BG).016.03.1"])


class CriterionModel(_Table):
    """``[[criterion]]``: a condition of eligibility."""

    name: str = Field(min_length=1, examples=["age"])
    words: str = Field(min_length=1, examples=["18 years or older"])
    include: bool = Field(default=True, examples=[True])
    measure: str | None = Field(default=None, examples=["ecog"])
    low: float | None = Field(default=None, examples=[0])
    high: float | None = Field(default=None, examples=[2])


class StepModel(_Table):
    """``[[labelling.step]]``: a step of the labelling."""

    name: str = Field(min_length=1, examples=["reduction"])
    temperature_deg_c: float | None = Field(default=None, examples=[72.0])
    temperature_tolerance_deg_c: float | None = Field(default=None, ge=0, examples=[2.0])
    duration: str | None = Field(default=None, examples=["20 min"])
    duration_tolerance: str | None = Field(default=None, examples=["1 min"])
    gas: str = Field(default="", examples=["CO"])


class LabellingModel(_Table):
    """``[labelling]``: how a batch is made, and within what time."""

    labelled_within: str | None = Field(default=None, examples=["2 h"])
    injected_within: str | None = Field(default=None, examples=["10 h"])
    step: list[StepModel] = Field(default=[])


class TestModel(_Table):
    """``[[test]]``: a test of a batch and what it must give."""

    __test__ = False  # not one of pytest's

    name: str = Field(min_length=1, examples=["radio-TLC"])
    unit: str = Field(default="", examples=["%"])
    low: float | None = Field(default=None, examples=[85.0])
    high: float | None = Field(default=None, examples=[100.0])
    accepted: list[str] = Field(default=[], examples=[["sterile"]])
    before_injection: bool = Field(default=True, examples=[True])


class VisitsModel(_Table):
    """``[visits]``: when the patient is scanned, after the end of the injection."""

    scans: list[str] = Field(default=[], examples=[["1 h", "6 h"]])


class ActivityModel(_Table):
    """``[activity]``: administered activities that are plausible for this study."""

    low: str | None = Field(default=None, examples=["30 mCi"])
    high: str | None = Field(default=None, examples=["337 mCi"])


class CalibratorModel(_Table):
    """``[calibrator]``: what is asked of a dose calibrator before a measurement counts."""

    factors: bool = Field(default=True, examples=[True])
    constancy_within: str | None = Field(default=None, examples=["5 %"])
    constancy_every: str | None = Field(default=None, examples=["24 h"])


class GeneratorModel(_Table):
    """``[generator]``: the parent that an eluate may hold, and at what time after the elution."""

    breakthrough_limit: float | None = Field(default=None, examples=[1e-6])
    breakthrough_after: str | None = Field(default=None, examples=["10 h"])


class CohortModel(_Table):
    """``[[cohort]]``: a group of patients by administered activity, `high` itself not in it."""

    name: str = Field(min_length=1, examples=["low"])
    low: str | None = Field(default=None, examples=["30 mCi"])
    high: str | None = Field(default=None, examples=["100 mCi"])


class PlannedVisitModel(_Table):
    """``[[visit]]``: a visit, in whole days after the day of the first injection."""

    name: str = Field(min_length=1, examples=["week 6"])
    day: int = Field(examples=[42])
    before_days: int = Field(default=0, ge=0, examples=[7])
    after_days: int = Field(default=0, ge=0, examples=[7])


class EventsModel(_Table):
    """``[events]``: how adverse events are graded, and until when they are reported."""

    ctcae: str = Field(default="", examples=["5.0"])
    sae_report: str | None = Field(default=None, examples=["24 h"])
    susar_fatal: str | None = Field(default=None, examples=["7 d"])
    susar_other: str | None = Field(default=None, examples=["15 d"])


class ResponseModel(_Table):
    """``[response]``: how tumour response is judged."""

    criteria: Literal["recist1.1", "itrecist"] = Field(examples=["recist1.1"])
    confirm_days: int = Field(default=28, ge=0, examples=[28])
    min_stable_days: int = Field(default=42, ge=0, examples=[42])
    max_not_evaluable: int = Field(default=1, ge=0, examples=[1])


class ScreeningModel(_Table):
    """``[screening]``: reasons for a screen failure that tables show even where nobody had them."""

    failures: list[str] = Field(default=[], examples=[["no appropriate lesion"]])


class DepartureModel(_Table):
    """``[[departure]]``: a way to leave the study that tables show even where nobody took it."""

    kind: Literal["lost to follow-up", "refused", "withdrawn", "dead", "completed"] = Field(
        examples=["refused"]
    )
    reason: str = Field(default="", examples=["refused subsequent treatment"])


class UnitsModel(_Table):
    """``[units]``: what is counted, as the protocol declares it."""

    flow: Literal["inclusion", "person"] = "inclusion"
    events: Literal["inclusion", "person"] = "inclusion"
    exposure: Literal["administration", "inclusion", "person"] = "administration"
    response: Literal["lesion", "inclusion", "person"] = "lesion"


class StudyModel(_Table):
    """The whole of study.toml."""

    name: str = Field(min_length=1, examples=["ImDendrim in solid tumours"])
    nuclide: str = Field(min_length=1, examples=["Re-188"])
    agent: str = Field(min_length=1, examples=["ImDendrim"])
    route: Literal["intravenous", "intratumoral", "intra-arterial"] = Field(
        examples=["intratumoral"]
    )
    source: str = Field(default="", examples=["doi 10.31579/2690-1919/568"])
    store: StoreModel = Field(default_factory=StoreModel)
    site: list[SiteModel] = Field(min_length=1)
    criterion: list[CriterionModel] = Field(default=[])
    labelling: LabellingModel = Field(default_factory=LabellingModel)
    test: list[TestModel] = Field(default=[])
    visits: VisitsModel = Field(default_factory=VisitsModel)
    activity: ActivityModel = Field(default_factory=ActivityModel)
    calibrator: CalibratorModel | None = None
    generator: GeneratorModel | None = None
    dose: OptionsModel | None = None  # as [options] of a case file
    cohort: list[CohortModel] | None = None
    visit: list[PlannedVisitModel] | None = None
    events: EventsModel | None = None
    response: ResponseModel | None = None
    screening: ScreeningModel | None = None
    departure: list[DepartureModel] | None = None
    units: UnitsModel | None = None
