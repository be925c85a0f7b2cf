"""`hevesy verify`: the code against published numbers."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hevesy.workflows.verify import Check

__all__ = ["verify"]


def verify(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC",
            help="nuclides, time-activity, dose or pharmacy; all if left out.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Hold the physics against published numbers.

    Exit code 1 if a number is further from its reference than its tolerance.

    Example: hevesy verify nuclides
    """
    from hevesy.workflows.verify import verify as run

    checks = run(topic)
    if as_json:
        typer.echo(json.dumps({"checks": [_entry(check) for check in checks]}, indent=2))
    else:
        _print(checks)
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


def _entry(check: "Check") -> dict[str, object]:
    return {
        "topic": check.topic,
        "name": check.name,
        "reference": check.reference,
        "measured": check.measured,
        "difference": check.difference,
        "tolerance": check.tolerance,
        "unit": check.unit,
        "passed": check.passed,
        "source": check.source,
    }


def _print(checks: "tuple[Check, ...]") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    sources = list(dict.fromkeys(check.source for check in checks))
    table = Table(title="hevesy against published numbers", box=SIMPLE_HEAD)
    table.add_column("what", min_width=18)
    for name in ("reference", "hevesy", "difference", "tolerance"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("", "from"):
        table.add_column(name, no_wrap=True)
    for check in checks:
        table.add_row(
            check.name if check.unit == "1" else f"{check.name} ({check.unit})",
            f"{check.reference:.5g}",
            f"{check.measured:.5g}",
            f"{check.difference:+.1e}",
            f"{check.tolerance:.2g}",
            "ok" if check.passed else "FAILED",
            str(sources.index(check.source) + 1),
        )
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(table)
    for number, source in enumerate(sources, start=1):
        console.print(f"{number}. {source}", highlight=False, markup=False, soft_wrap=True)
    failed = sum(not check.passed for check in checks)
    console.print(f"{len(checks) - failed} of {len(checks)} agree.", highlight=False)
