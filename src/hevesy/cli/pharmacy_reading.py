"""The options of an amount in a dose calibrator, which the commands that measure one share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from hevesy.cli.pharmacy_study import (
    DEVICE,
    READING,
    REASON,
    TIMEZONE,
    UNCERTAINTY,
    UNUSUAL,
    YES_UNIT,
    moment,
    unusual_reason,
)

if TYPE_CHECKING:
    from hevesy.workflows.custody.measuring import VialReading

__all__ = ["Measured", "takes_reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the shared options say.

    Parameters
    ----------
    reading : VialReading
    timezone : str or None
        Of times without an offset.
    confirmed : bool
        By ``--yes-unit``.
    """

    reading: VialReading
    timezone: str | None
    confirmed: bool


def _measured(
    activity: Annotated[str, typer.Option("--activity", help='As measured: "4 GBq".')],
    measured: Annotated[str, typer.Option("--measured", help="When: 2024-03-07T09:00+01:00.")],
    uncertainty: Annotated[str, UNCERTAINTY],
    device: Annotated[str | None, DEVICE] = None,
    reading: Annotated[bool, READING] = False,
    unusual: Annotated[bool, UNUSUAL] = False,
    reason: Annotated[str, REASON] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
) -> Measured:
    from hevesy.units import parse_activity_bq, parse_share
    from hevesy.workflows.custody.measuring import VialReading

    found = VialReading(
        activity_bq=parse_activity_bq(activity),
        relative_uncertainty=parse_share(uncertainty),
        measured_at=moment(measured, timezone, "the measurement"),
        device=device,
        is_reading=reading,
        unusual=unusual_reason(unusual, reason),
    )
    return Measured(reading=found, timezone=timezone, confirmed=yes_unit)


def takes_reading(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the shared options in the place of its parameter `measured`.

    Parameters
    ----------
    command : callable
        With a parameter ``measured: Measured``.

    Returns
    -------
    callable
        The command as the command line sees it.
    """

    @functools.wraps(command)
    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name in _named(_measured)}
        command(**given, measured=_measured(**options))

    parameters: list[inspect.Parameter] = []
    for name, parameter in _named(command).items():
        parameters += _named(_measured).values() if name == "measured" else [parameter]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _named(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Its parameters, each given by name, with their types in place of words."""
    hints = get_type_hints(
        function, {**function.__globals__, "VialReading": Any}, include_extras=True
    )
    return {
        name: one.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, one in inspect.signature(function).parameters.items()
    }
