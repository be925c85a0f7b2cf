"""`hevesy protect`: how long waste is kept."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from hevesy.cli.command_group import CommandGroup

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="protect",
    help="Radiation protection: waste that is left to decay.",
    no_args_is_help=True,
)


@app.callback()
def _options() -> None:
    """Radiation protection: waste that is left to decay."""


@app.command(context_settings={"ignore_unknown_options": True})
def waste(
    nuclide: Annotated[str, typer.Option("--nuclide", help="Such as Re-188.")],
    activity: Annotated[str, typer.Option("--activity", help='Now, such as "10 GBq".')],
    to: Annotated[str, typer.Option("--to", help='Level for all together, such as "100 kBq".')],
    parent_fraction: Annotated[
        float, typer.Option("--parent-fraction", help="Parent over nuclide activity now: 1e-5.")
    ] = 0.0,
    parent: Annotated[
        str | None, typer.Option("--parent", help="W-188 for Re-188, Mo-99 for Tc-99m, ...")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Tell how long waste takes to decay to a level, with the generator's parent in it.

    Parent and daughter count together, at the hours printed and ever after.

    Example: hevesy protect waste --nuclide Re-188 --activity "10 GBq" --to "100 kBq"
    --parent-fraction 1e-5
    """
    from hevesy.nuclides import get_nuclide
    from hevesy.pharmacy import get_decay_pair, plan_decay_storage
    from hevesy.units import parse_activity_bq

    substance = get_nuclide(nuclide)
    pair = None
    if parent_fraction != 0 or parent is not None:
        pair = get_decay_pair(substance.name, parent)
    found = plan_decay_storage(
        substance,
        activity_bq=parse_activity_bq(activity, "the waste's activity"),
        level_bq=parse_activity_bq(to, "the level"),
        pair=pair,
        parent_fraction=parent_fraction,
    )
    answer = {
        "hours": found.storage_s / 3600,
        "hours_daughter_only": found.daughter_only_s / 3600,
        "parent_at_that_time_kbq": found.parent_then_bq / 1e3,
        "together_at_hours_daughter_only_kbq": found.together_at_daughter_only_bq / 1e3,
    }
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    hours = answer["hours"]
    typer.echo(f"keep it {hours:.4g} h ({hours / 24:.4g} d)")
    if pair is not None:
        typer.echo(
            f"then: {found.parent_then_bq / 1e3:.4g} kBq of {pair.parent.name}, "
            f"{found.daughter_then_bq / 1e3:.4g} kBq of {substance.name}"
        )
        typer.echo(
            f"{substance.name} alone would be there after {answer['hours_daughter_only']:.4g} h; "
            f"with its parent {answer['together_at_hours_daughter_only_kbq']:.4g} kBq are left then"
        )
