"""`hevesy trial flow` and `laboratory`: what a study's rows say of its conduct."""

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
    app.command()(laboratory)


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
            "generated": dict(found.generated),
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        for stage in found.flow.stages:
            typer.echo(f"{stage.name:12s} {stage.subjects:5d}")
            for one in stage.exits:
                typer.echo(f"{'':14s}{one.reason}: {one.subjects}")
        typer.echo(f"n counts {found.unit}s. {_RESEARCH}")
        if found.generated:
            typer.echo(f"generated, not recorded: {found.said_generated}")
        for fault in found.faults:
            typer.echo(f"FAULT: {fault}")
    if found.faults:
        raise typer.Exit(1)


def laboratory(
    study: Annotated[Path, STUDY],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show how laboratory grades shifted: before the first treatment, and the worst after it.

    Every treated inclusion is in each table; missing values have a row and a column of their own.
    Says whether a blood count worsened, as far as values were recorded.

    Example: hevesy trial laboratory --study mystudy
    """
    from hevesy.trial import SHIFT_GRADES
    from hevesy.workflows.study_conduct import shift_study_laboratory

    tables, answer = shift_study_laboratory(study)
    if as_json:
        said = {
            "tests": [
                {
                    "test": table.test,
                    "term": table.term,
                    "ctcae": table.version,
                    "subjects": table.subjects,
                    "cells": [
                        {"baseline": before, "worst": after, "n": len(names),
                         "inclusions": list(names)}
                        for (before, after), names in table.cells.items()
                    ],
                    "worsened": list(table.worsened),
                    "reasons": list(table.reasons),
                }
                for table in tables
            ],
            "haematology": {"verdict": answer.verdict, "words": answer.words},
        }  # fmt: skip
        typer.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    for table in tables:
        typer.echo(
            f"{table.test}: {table.term} (CTCAE {table.version}), N = {table.subjects} inclusions"
        )
        heads = "".join(f"{name:>11s}" for name in SHIFT_GRADES)
        typer.echo(f"  {'before / worst after':22s}{heads}")
        for before in SHIFT_GRADES:
            typer.echo(f"  {before:22s}" + "".join(f"{n:11d}" for n in table.row(before)))
        for reason in table.reasons:
            typer.echo(f"  not graded: {reason}")
    typer.echo(f"Haematologic toxicity: {answer.verdict}; {answer.words}")
    typer.echo(_RESEARCH)
