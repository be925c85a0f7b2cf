"""The study's values: who may do what, limits, steps, criteria, visits."""

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
    Criterion,
    LabellingStep,
    ProtocolSite,
    QualityLimit,
    StudyProtocol,
)

__all__ = [
    "PERMISSIONS",
    "Action",
    "Criterion",
    "LabellingStep",
    "ProtocolSite",
    "QualityLimit",
    "Role",
    "StudyProtocol",
    "allowed_roles",
    "check_permission",
    "is_allowed",
    "permissions_table",
]
