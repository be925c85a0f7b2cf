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

__all__ = [
    "PERMISSIONS",
    "Action",
    "Role",
    "allowed_roles",
    "check_permission",
    "is_allowed",
    "permissions_table",
]
