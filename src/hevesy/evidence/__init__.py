"""Dose and outcome: curves, thresholds and their intervals, and how many patients they need."""

from hevesy.evidence.analysis import EvidenceResult, Threshold, analyse_lesions
from hevesy.evidence.association import (
    Association,
    ExposurePoint,
    fit_association,
    pairs_words,
)
from hevesy.evidence.boin import BoinBoundaries, boin_boundaries, simulate_boin
from hevesy.evidence.clusters import cluster_numbers, cluster_resamples, sandwich_covariance
from hevesy.evidence.complications import (
    COMPLICATION_GRADES,
    ORGAN_CLASSES,
    Complication,
    fit_complications,
)
from hevesy.evidence.control_curves import (
    CONTROL_KINDS,
    ControlCurve,
    fit_control_curve,
    lkb_ntcp,
    logistic_tcp,
    poisson_tcp,
)
from hevesy.evidence.crm_trial import CrmAdvice, CrmRules, advise_crm, simulate_crm
from hevesy.evidence.discrimination import RocCurve, compute_roc
from hevesy.evidence.dose_error import (
    CORRECTIONS,
    DoseData,
    fit_corrected,
    fit_integrated,
    log_uncertainty,
)
from hevesy.evidence.dose_response import DoseResponse, fit_dose_response, too_few_outcomes
from hevesy.evidence.escalation import (
    Operating,
    check_toxicities,
    require_trials,
    three_plus_three,
)
from hevesy.evidence.exposure import EVENT_OUTCOMES, associate_lesions, associate_subjects
from hevesy.evidence.further import FurtherModels, fit_further
from hevesy.evidence.intervals import (
    bootstrap_interval,
    expanded_tail_share,
    first_crossing,
    reachable_confidence,
    resamples_needed,
)
from hevesy.evidence.jeffreys import BinaryFit, fit_binary, fit_resamples
from hevesy.evidence.lesion_design import (
    DesignCheck,
    LesionTruth,
    check_design,
    draw_lesions,
    patients_needed,
    true_threshold_gy,
)
from hevesy.evidence.lesions import (
    CATEGORIES,
    LesionAccount,
    LesionOutcome,
    account_lesions,
    local_control,
)
from hevesy.evidence.links import LINK_WORDS, LINKS, link_of, probability_of
from hevesy.evidence.ordinal import OrdinalFit, fit_ordinal
from hevesy.evidence.published import PUBLISHED_DOSES, PUBLISHED_WARNING, PublishedDose
from hevesy.evidence.reassessment import MODELS, Reassessment, reassess
from hevesy.evidence.rule import ENDPOINTS, METHODS, ThresholdRule
from hevesy.evidence.separation import separation
from hevesy.evidence.study_lesions import StudyLesions, lesion_table
from hevesy.evidence.study_subjects import LaboratoryShift, SubjectExposure, subject_table
from hevesy.evidence.survival import HazardFit, fit_hazard

__all__ = [
    "CATEGORIES",
    "COMPLICATION_GRADES",
    "CONTROL_KINDS",
    "CORRECTIONS",
    "ENDPOINTS",
    "EVENT_OUTCOMES",
    "LINKS",
    "LINK_WORDS",
    "METHODS",
    "MODELS",
    "ORGAN_CLASSES",
    "PUBLISHED_DOSES",
    "PUBLISHED_WARNING",
    "Association",
    "BinaryFit",
    "BoinBoundaries",
    "Complication",
    "ControlCurve",
    "CrmAdvice",
    "CrmRules",
    "DesignCheck",
    "DoseData",
    "DoseResponse",
    "EvidenceResult",
    "ExposurePoint",
    "FurtherModels",
    "HazardFit",
    "LaboratoryShift",
    "LesionAccount",
    "LesionOutcome",
    "LesionTruth",
    "Operating",
    "OrdinalFit",
    "PublishedDose",
    "Reassessment",
    "RocCurve",
    "StudyLesions",
    "SubjectExposure",
    "Threshold",
    "ThresholdRule",
    "account_lesions",
    "advise_crm",
    "analyse_lesions",
    "associate_lesions",
    "associate_subjects",
    "boin_boundaries",
    "bootstrap_interval",
    "check_design",
    "check_toxicities",
    "cluster_numbers",
    "cluster_resamples",
    "compute_roc",
    "draw_lesions",
    "expanded_tail_share",
    "first_crossing",
    "fit_association",
    "fit_binary",
    "fit_complications",
    "fit_control_curve",
    "fit_corrected",
    "fit_dose_response",
    "fit_further",
    "fit_hazard",
    "fit_integrated",
    "fit_ordinal",
    "fit_resamples",
    "lesion_table",
    "link_of",
    "lkb_ntcp",
    "local_control",
    "log_uncertainty",
    "logistic_tcp",
    "pairs_words",
    "patients_needed",
    "poisson_tcp",
    "probability_of",
    "reachable_confidence",
    "reassess",
    "require_trials",
    "resamples_needed",
    "sandwich_covariance",
    "separation",
    "simulate_boin",
    "simulate_crm",
    "subject_table",
    "three_plus_three",
    "too_few_outcomes",
    "true_threshold_gy",
]
