"""How long work says how far it is, and learns that it should stop."""

from typing import Protocol

__all__ = ["SILENT", "Control", "Silent"]


class Control(Protocol):
    """What a long stage is handed: told of progress, asked whether to stop."""

    def stage(self, name: str) -> None:
        """Say that a new stage has begun."""

    def advance(self, done: int, total: int) -> None:
        """Say that `done` of `total` steps of this stage are finished."""

    def should_stop(self) -> bool:
        """Whether the work should end at the next safe place."""


class Silent:
    """A control that shows nothing and never stops.

    Examples
    --------
    >>> Silent().should_stop()
    False
    """

    def stage(self, name: str) -> None:
        """Show nothing."""

    def advance(self, done: int, total: int) -> None:
        """Show nothing."""

    def should_stop(self) -> bool:
        """Never stop."""
        return False


SILENT = Silent()
