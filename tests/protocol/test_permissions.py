"""The table of permissions is complete, and the documentation shows it as it is."""

from pathlib import Path

from hevesy.protocol import PERMISSIONS, Action, Role, permissions_table
from hevesy.store import record_kinds

PAGE = Path(__file__).resolve().parents[2] / "docs/store/index.md"


def test_the_page_shows_the_table() -> None:
    assert permissions_table() in PAGE.read_text(encoding="utf-8")


def test_every_action_has_somebody() -> None:
    assert set(PERMISSIONS) == set(Action)
    assert all(PERMISSIONS.values())
    assert {kind.__action__ for kind in record_kinds().values()} <= set(Action)


def test_who_reads_only() -> None:
    def may(role: Role) -> list[Action]:
        return [action for action in Action if role in PERMISSIONS[action]]

    assert may(Role.MONITOR) == [Action.READ, Action.QUERY]
    rules = [Action.FIX_RULE, Action.UNBLIND]
    assert may(Role.STATISTICIAN) == [Action.READ, Action.QUERY, *rules, Action.SHARE]


def test_no_administrator_handles_patients_or_batches() -> None:
    handled = {Action.PREPARE, Action.TEST, Action.RELEASE, Action.DISPENSE, Action.ENROL,
               Action.ADMINISTER, Action.FOLLOW, Action.COMPUTE}  # fmt: skip
    assert all(Role.ADMINISTRATOR not in PERMISSIONS[action] for action in handled)
