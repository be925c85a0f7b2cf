"""The study's values: who may do what, limits, steps, criteria, visits, events, response."""

from hevesy.protocol.conduct import (
    DEPARTURES,
    RESPONSE_CRITERIA,
    ActivityCohort,
    AnalysisUnits,
    EventRules,
    ListedDeparture,
    PlannedVisit,
    ResponseProtocol,
    name_cohort,
)
from hevesy.protocol.permissions import (
    PERMISSIONS,
    Action,
    Role,
    allowed_roles,
    check_permission,
    is_allowed,
    permissions_table,
)
from hevesy.protocol.study import (
    MEASURES,
    Criterion,
    LabellingStep,
    ProtocolSite,
    QualityLimit,
    StudyProtocol,
)

__all__ = [
    "DEPARTURES",
    "MEASURES",
    "PERMISSIONS",
    "RESPONSE_CRITERIA",
    "Action",
    "ActivityCohort",
    "AnalysisUnits",
    "Criterion",
    "EventRules",
    "LabellingStep",
    "ListedDeparture",
    "PlannedVisit",
    "ProtocolSite",
    "QualityLimit",
    "ResponseProtocol",
    "Role",
    "StudyProtocol",
    "allowed_roles",
    "check_permission",
    "is_allowed",
    "name_cohort",
    "permissions_table",
]
