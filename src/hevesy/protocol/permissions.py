"""Who may do what: one table, from which the page of the documentation is made."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from hevesy.errors import AccessError

__all__ = [
    "PERMISSIONS",
    "Action",
    "Role",
    "allowed_roles",
    "check_permission",
    "is_allowed",
    "permissions_table",
]


class Role(StrEnum):
    """What a person is in the study; one person may have several roles."""

    PHARMACIST = "pharmacist"
    PHYSICIST = "physicist"
    INVESTIGATOR = "investigator"
    COORDINATOR = "coordinator"
    STATISTICIAN = "statistician"
    MONITOR = "monitor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What can be done to a study."""

    READ = "read the study and check its audit"
    ADMINISTER_USERS = "add users, give roles"
    AMEND_PROTOCOL = "amend the protocol"
    MAINTAIN = "back up, upgrade the database"
    EQUIP = "enter sites, devices, factors, constancy"
    PREPARE = "enter generators, elutions, batches"
    TEST = "enter test results"
    RELEASE = "release, reject, recall a batch"
    TRANSPORT = "dispatch and receive"
    DISPENSE = "fill vials, draw syringes"
    ENROL = "enter patients, inclusions, lesions"
    ADMINISTER = "enter administrations, injections"
    IMAGE = "enter scans, regions, excreta"
    FOLLOW = "enter screenings, visits, events, laboratory values, responses"
    QUERY = "raise, answer and close data queries"
    COMPUTE = "compute and file doses"
    FIX_RULE = "fix the rule of a dose threshold"
    UNBLIND = "unblind outcomes beside doses"
    SHARE = "make a de-identified sharing copy"


_P, _Y, _I, _C = Role.PHARMACIST, Role.PHYSICIST, Role.INVESTIGATOR, Role.COORDINATOR
_S, _M, _A = Role.STATISTICIAN, Role.MONITOR, Role.ADMINISTRATOR

PERMISSIONS: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.READ: frozenset(Role),
        Action.ADMINISTER_USERS: frozenset({_A}),
        Action.AMEND_PROTOCOL: frozenset({_A, _I}),
        Action.MAINTAIN: frozenset({_A}),
        Action.EQUIP: frozenset({_A, _P, _Y}),
        Action.PREPARE: frozenset({_P}),
        Action.TEST: frozenset({_P}),
        Action.RELEASE: frozenset({_P}),
        Action.TRANSPORT: frozenset({_P, _Y}),
        Action.DISPENSE: frozenset({_P, _Y}),
        Action.ENROL: frozenset({_I, _C}),
        Action.ADMINISTER: frozenset({_I, _Y}),
        Action.IMAGE: frozenset({_Y, _C}),
        Action.FOLLOW: frozenset({_I, _C}),
        Action.QUERY: frozenset({_I, _C, _S, _M}),
        Action.COMPUTE: frozenset({_Y}),
        Action.FIX_RULE: frozenset({_S}),
        Action.UNBLIND: frozenset({_I, _S}),
        Action.SHARE: frozenset({_I, _C, _S}),
    }
)
"""The roles that may do each action; the monitor reads, and raises queries."""


def allowed_roles(action: Action) -> tuple[Role, ...]:
    """Roles that may do `action`, in the order of `Role`.

    Examples
    --------
    >>> [role.value for role in allowed_roles(Action.ADMINISTER)]
    ['physicist', 'investigator']
    """
    return tuple(role for role in Role if role in PERMISSIONS[action])


def is_allowed(roles: Iterable[Role], action: Action) -> bool:
    """Whether somebody with these roles may do `action`.

    Examples
    --------
    >>> is_allowed([Role.MONITOR], Action.RELEASE)
    False
    """
    return not PERMISSIONS[action].isdisjoint(roles)


def check_permission(user: str, roles: Iterable[Role], action: Action) -> None:
    """Refuse somebody who may not do `action`.

    Parameters
    ----------
    user : str
        Their name in the study.
    roles : iterable of Role
        Theirs.
    action : Action

    Raises
    ------
    AccessError
        None of the roles may.

    Examples
    --------
    >>> check_permission("mona", [Role.MONITOR], Action.RELEASE)
    Traceback (most recent call last):
    ...
    hevesy.errors.AccessError: mona may not release, reject, recall a batch: ...
    """
    held = tuple(roles)
    if is_allowed(held, action):
        return
    raise AccessError(
        f"{user} may not {action.value}",
        got=", ".join(role.value for role in held) or "no role",
        allowed=", ".join(role.value for role in allowed_roles(action)),
        remedy="have somebody with such a role do it, or ask the study's administrator",
    )


def permissions_table() -> str:
    """Markdown table of actions and roles, as the documentation shows it.

    Examples
    --------
    >>> print(permissions_table().splitlines()[2])
    | read the study and check its audit | x | x | x | x | x | x | x |
    """
    lines = [
        f"| may | {' | '.join(role.value for role in Role)} |",
        f"|---|{'---|' * len(Role)}",
    ]
    for action in Action:
        marks = ("x" if role in PERMISSIONS[action] else "" for role in Role)
        lines.append(f"| {action.value} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"
