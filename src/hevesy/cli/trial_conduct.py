"""`hevesy trial flow`: what a study's rows say of its conduct."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.identity import STUDY

__all__ = ["register"]

_JSON = typer.Option("--json", help="Print JSON instead of text.")
_RESEARCH = "Research use only. Not a medical device."


def register(app: typer.Typer) -> None:
    """Put these commands on `hevesy trial`."""
    app.command()(flow)


def flow(
    study: Annotated[Path, STUDY],
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="person or inclusion; else as study.toml declares."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="F", help="Draw it: .png, .pdf or .svg.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Count who was screened, enrolled, treated and analysed, and who left for which reason.

    From the study's rows; reasons that study.toml lists are shown where nobody had them. Exit code
    1 if rows contradict each other; each contradiction is named.

    Example: hevesy trial flow --study mystudy --unit person --figure flow.pdf
    """
    from hevesy.workflows.study_conduct import count_study_flow, write_study_flow

    found = count_study_flow(study, unit=unit)
    if figure is not None:
        write_study_flow(found, figure)
    if as_json:
        answer = {
            "unit": found.unit,
            "stages": [
                {
                    "name": stage.name,
                    "n": stage.subjects,
                    "members": list(found.members[stage.name]),
                    "exits": [
                        {
                            "reason": one.reason,
                            "n": one.subjects,
                            "members": list(found.left[stage.name, one.reason]),
                        }
                        for one in stage.exits
                    ],
                }
                for stage in found.flow.stages
            ],
            "faults": list(found.faults),
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        for stage in found.flow.stages:
            typer.echo(f"{stage.name:12s} {stage.subjects:5d}")
            for one in stage.exits:
                typer.echo(f"{'':14s}{one.reason}: {one.subjects}")
        typer.echo(f"n counts {found.unit}s. {_RESEARCH}")
        for fault in found.faults:
            typer.echo(f"FAULT: {fault}")
    if found.faults:
        raise typer.Exit(1)
