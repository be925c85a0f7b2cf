"""What a trial's rows say: laboratory grades, adverse events, response, published figures."""

from hevesy.trial.best_response import ResponseRules, best_response
from hevesy.trial.choi import ChoiResponse, assess_choi
from hevesy.trial.criteria import CTCAE_VERSIONS, Condition, GradingRow, find_term, grading_rows
from hevesy.trial.events import (
    ATTRIBUTIONS,
    BINARY_ATTRIBUTIONS,
    RELATED,
    AdverseEvent,
    EventCount,
    EventTable,
    count_events,
)
from hevesy.trial.exact_interval import Proportion, clopper_pearson_percent, round_half_away
from hevesy.trial.flow import FlowExit, FlowStage, SubjectFlow, published_flow
from hevesy.trial.grading import LaboratoryGrade, grade_laboratory
from hevesy.trial.laboratory_unit import LaboratoryValue, parse_laboratory_value
from hevesy.trial.lesions import (
    ROLES,
    STATUSES,
    LesionRow,
    LesionVisit,
    SubjectLesions,
    arrange_lesions,
)
from hevesy.trial.published import (
    REPLAY_TEMPLATES,
    Publication,
    PublishedStatement,
    read_publication,
)
from hevesy.trial.recist import (
    CRITERIA,
    GroupResponse,
    SubjectResponse,
    VisitResponse,
    assess_response,
)
from hevesy.trial.replay import VERDICTS, ReplayedStatement, replay
from hevesy.trial.rows import (
    AdministrationRow,
    AssessmentRow,
    DepartureRow,
    DoseRow,
    EventRow,
    InclusionRow,
    LesionPlace,
    MeasurementRow,
    PatientRow,
    StudyRows,
    VisitRow,
)
from hevesy.trial.target_sum import TargetState, judge_targets

__all__ = [
    "ATTRIBUTIONS",
    "BINARY_ATTRIBUTIONS",
    "CRITERIA",
    "CTCAE_VERSIONS",
    "RELATED",
    "REPLAY_TEMPLATES",
    "ROLES",
    "STATUSES",
    "VERDICTS",
    "AdministrationRow",
    "AdverseEvent",
    "AssessmentRow",
    "ChoiResponse",
    "Condition",
    "DepartureRow",
    "DoseRow",
    "EventCount",
    "EventRow",
    "EventTable",
    "FlowExit",
    "FlowStage",
    "GradingRow",
    "GroupResponse",
    "InclusionRow",
    "LaboratoryGrade",
    "LaboratoryValue",
    "LesionPlace",
    "LesionRow",
    "LesionVisit",
    "MeasurementRow",
    "PatientRow",
    "Proportion",
    "Publication",
    "PublishedStatement",
    "ReplayedStatement",
    "ResponseRules",
    "StudyRows",
    "SubjectFlow",
    "SubjectLesions",
    "SubjectResponse",
    "TargetState",
    "VisitResponse",
    "VisitRow",
    "arrange_lesions",
    "assess_choi",
    "assess_response",
    "best_response",
    "clopper_pearson_percent",
    "count_events",
    "find_term",
    "grade_laboratory",
    "grading_rows",
    "judge_targets",
    "parse_laboratory_value",
    "published_flow",
    "read_publication",
    "replay",
    "round_half_away",
]
