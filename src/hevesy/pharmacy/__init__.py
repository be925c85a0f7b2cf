"""From the generator to the syringe: pure rules and figures of the chain of custody."""

from hevesy.pharmacy.amounts import (
    unit_slip_question,
)
from hevesy.pharmacy.breakthrough import (
    BreakthroughLimit,
    BreakthroughVerdict,
    breakthrough_growth_factor,
    breakthrough_ratio,
    judge_breakthrough,
)
from hevesy.pharmacy.elution import (
    Elution,
    ElutionRow,
    Generator,
    column_at,
    reckon_elutions,
)
from hevesy.pharmacy.generator import (
    ColumnContents,
    DecayPair,
    EluatePrediction,
    get_decay_pair,
    grow,
    predict_elution,
    time_to_eluted_activity_s,
    time_to_maximum_s,
)
from hevesy.pharmacy.history import (
    ElutionForecast,
    ElutionTiming,
    YieldEstimate,
    estimate_yield,
    forecast_elution,
    plan_elution,
)
from hevesy.pharmacy.injection import (
    InjectionPart,
    LesionActivity,
    NetActivity,
    SyringeMeasurement,
    judge_prescription,
    net_injected_activity,
    split_over_lesions,
)
from hevesy.pharmacy.moments import (
    as_utc,
    elapsed_s,
)
from hevesy.pharmacy.tlc import (
    RadiochemicalPurity,
    RegionShare,
    StripAnalysis,
    analyse_strip,
    radiochemical_purity,
)
from hevesy.pharmacy.tlc_trace import (
    TlcRegion,
    TlcTrace,
)
from hevesy.pharmacy.waste import (
    DecayStorage,
    plan_decay_storage,
)

__all__ = [
    "BreakthroughLimit",
    "BreakthroughVerdict",
    "ColumnContents",
    "DecayPair",
    "DecayStorage",
    "EluatePrediction",
    "Elution",
    "ElutionForecast",
    "ElutionRow",
    "ElutionTiming",
    "Generator",
    "InjectionPart",
    "LesionActivity",
    "NetActivity",
    "RadiochemicalPurity",
    "RegionShare",
    "StripAnalysis",
    "SyringeMeasurement",
    "TlcRegion",
    "TlcTrace",
    "YieldEstimate",
    "analyse_strip",
    "as_utc",
    "breakthrough_growth_factor",
    "breakthrough_ratio",
    "column_at",
    "elapsed_s",
    "estimate_yield",
    "forecast_elution",
    "get_decay_pair",
    "grow",
    "judge_breakthrough",
    "judge_prescription",
    "net_injected_activity",
    "plan_decay_storage",
    "plan_elution",
    "predict_elution",
    "radiochemical_purity",
    "reckon_elutions",
    "split_over_lesions",
    "time_to_eluted_activity_s",
    "time_to_maximum_s",
    "unit_slip_question",
]
