"""`hevesy prior`: what a study's own patients say of the next one's kinetics."""

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["prior"]


def prior(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULT...", help="result.json of each patient.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The prior to write (TOML).")],
    name: Annotated[str, typer.Option("--name", help="What reports call it.")] = "study",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a line.")] = False,
) -> None:
    """Make a kinetics prior from a study's own results.

    It goes into a case as `prior = "study.toml"` in [options]. Five injected lesions with three
    scans or more are needed.

    Example: hevesy prior patients/*/result.json --out study.toml
    """
    from hevesy.workflows import run_study_prior

    found = run_study_prior(results, out, name=name)
    if as_json:
        entry = {
            "name": found.name,
            "source": found.source,
            "wide_weight": found.wide_weight,
            "mean": found.mean.tolist(),
            "covariance": found.covariance.tolist(),
        }
        typer.echo(json.dumps(entry, indent=2))
        return
    typer.echo(f"{found.name}: {found.source}: {out}")
