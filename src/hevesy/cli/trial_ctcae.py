"""`hevesy trial ctcae`: the terms that a study's adverse events are held against."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.command_group import CommandGroup
from hevesy.cli.identity import STUDY, USER, acting_user

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="ctcae",
    help="CTCAE's list of terms, from the workbook that the site downloads; none is shipped.",
    no_args_is_help=True,
)

_SHOWN = 20


@app.command("import")
def import_(
    workbook: Annotated[
        Path, typer.Argument(metavar="WORKBOOK", help="NCI's .xlsx of CTCAE v5.0 or v6.0.")
    ],
    study: Annotated[Path, STUDY],
    user: Annotated[str, USER] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of another list; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why the list is replaced.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import the terms of NCI's workbook; adverse events are held against them from then on.

    The version must be the one that [events] ctcae of study.toml pins. Kept as a record, audited
    and in backups: code, class, term, which grades exist, and the workbook's hash. An event's
    unknown term is refused with the nearest ones, as is a grade that does not exist for it; a class
    left out is filled in.

    Example: hevesy trial ctcae import CTCAE_v5.0.xlsx --study mystudy --as ada
    """
    from hevesy.workflows.ctcae_terms import import_ctcae

    done = import_ctcae(workbook, study, user=acting_user(user), replace=replace, reason=reason)
    if as_json:
        answer = {
            "version": done.terms.version,
            "terms": len(done.terms.terms),
            "sha256": done.terms.source_sha256,
            "written": done.written,
            "warnings": list(done.warnings),
            "unfit": [{"event": name, "why": why} for name, why in done.unfit],
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(f"CTCAE {done.terms.version}: {len(done.terms.terms)} terms")
    for warning in done.warnings:
        typer.echo(f"WARNING: {warning}")
    for name, why in done.unfit[:_SHOWN]:
        typer.echo(f"on record and not in line with the list: {name}: {why}")
    if len(done.unfit) > _SHOWN:
        typer.echo(f"and {len(done.unfit) - _SHOWN} more: see --json")
    typer.echo("Recorded." if done.written else "Nothing was written.")
