"""What a trial's rows say: laboratory grades, adverse events, response, published figures."""

from hevesy.protocol import DEPARTURES
from hevesy.trial.best_response import ResponseRules, best_response
from hevesy.trial.check_input import ScanTime
from hevesy.trial.choi import ChoiResponse, assess_choi
from hevesy.trial.criteria import CTCAE_VERSIONS, Condition, GradingRow, find_term, grading_rows
from hevesy.trial.data_checks import DATA_CHECKS, DataFinding, check_rows
from hevesy.trial.deadlines import DEADLINE_STATES, EventDeadline, event_deadlines
from hevesy.trial.eligibility import Eligibility, ecog_before, judge_eligibility
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
from hevesy.trial.laboratory_shift import (
    SHIFT_GRADES,
    HaematologyAnswer,
    ShiftTable,
    judge_haematology,
    shift_tables,
)
from hevesy.trial.laboratory_unit import LaboratoryValue, known_unit, parse_laboratory_value
from hevesy.trial.lesions import (
    ROLES,
    STATUSES,
    LesionRow,
    LesionVisit,
    SubjectLesions,
    arrange_lesions,
    lesion_fault,
)
from hevesy.trial.narratives import EventNarrative, event_narratives
from hevesy.trial.paper_rows import PaperTables, paper_tables
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
    InjectionRow,
    LesionPlace,
    MeasurementRow,
    PatientRow,
    StudyRows,
    VisitRow,
)
from hevesy.trial.study_events import TIME_BANDS, StudyEvents, count_study_events
from hevesy.trial.study_flow import FLOW_UNITS, StudyFlow, flow_of_study
from hevesy.trial.target_sum import TargetState, judge_targets
from hevesy.trial.term_list import ListedTerm, TermList
from hevesy.trial.words import BLOOD_SUPPLY, OUTCOMES, SERIOUSNESS

__all__ = [
    "ATTRIBUTIONS",
    "BINARY_ATTRIBUTIONS",
    "BLOOD_SUPPLY",
    "CRITERIA",
    "CTCAE_VERSIONS",
    "DATA_CHECKS",
    "DEADLINE_STATES",
    "DEPARTURES",
    "FLOW_UNITS",
    "OUTCOMES",
    "RELATED",
    "REPLAY_TEMPLATES",
    "ROLES",
    "SERIOUSNESS",
    "SHIFT_GRADES",
    "STATUSES",
    "TIME_BANDS",
    "VERDICTS",
    "AdministrationRow",
    "AdverseEvent",
    "AssessmentRow",
    "ChoiResponse",
    "Condition",
    "DataFinding",
    "DepartureRow",
    "DoseRow",
    "Eligibility",
    "EventCount",
    "EventDeadline",
    "EventNarrative",
    "EventRow",
    "EventTable",
    "FlowExit",
    "FlowStage",
    "GradingRow",
    "GroupResponse",
    "HaematologyAnswer",
    "InclusionRow",
    "InjectionRow",
    "LaboratoryGrade",
    "LaboratoryValue",
    "LesionPlace",
    "LesionRow",
    "LesionVisit",
    "ListedTerm",
    "MeasurementRow",
    "PaperTables",
    "PatientRow",
    "Proportion",
    "Publication",
    "PublishedStatement",
    "ReplayedStatement",
    "ResponseRules",
    "ScanTime",
    "ShiftTable",
    "StudyEvents",
    "StudyFlow",
    "StudyRows",
    "SubjectFlow",
    "SubjectLesions",
    "SubjectResponse",
    "TargetState",
    "TermList",
    "VisitResponse",
    "VisitRow",
    "arrange_lesions",
    "assess_choi",
    "assess_response",
    "best_response",
    "check_rows",
    "clopper_pearson_percent",
    "count_events",
    "count_study_events",
    "ecog_before",
    "event_deadlines",
    "event_narratives",
    "find_term",
    "flow_of_study",
    "grade_laboratory",
    "grading_rows",
    "judge_eligibility",
    "judge_haematology",
    "judge_targets",
    "known_unit",
    "lesion_fault",
    "paper_tables",
    "parse_laboratory_value",
    "published_flow",
    "read_publication",
    "replay",
    "round_half_away",
    "shift_tables",
]
