"""`hevesy trial tables`: a study's tables and figures."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.identity import STUDY
from hevesy.cli.table_options import COHORTS, CRITERIA, UNIT

__all__ = ["tables"]


def tables(
    study: Annotated[Path, STUDY],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")],
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of html, docx, csv.")
    ] = "html,docx,csv",
    unit: Annotated[str | None, UNIT] = None,
    cohorts: Annotated[str | None, COHORTS] = None,
    criteria: Annotated[str | None, CRITERIA] = None,
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", help="Least time to a confirmation; else the protocol's, or 4w."),
    ] = None,
    min_stable: Annotated[
        str | None,
        typer.Option("--min-stable", help="From the baseline, for SD; else the protocol's, or 6w."),
    ] = None,
    max_ne: Annotated[
        int | None,
        typer.Option("--max-ne", help="Visits NE allowed before a confirmation."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a study's tables and figures from its records.

    Baseline, exposure, adverse events (class and term, attribution, cohort, time), follow-up,
    response, lesions, survival; waterfall, spider, swimmer, event dots, Kaplan-Meier. In
    tables.html every "n (%)" opens the rows behind it; tables.docx and tables/*.csv have the same
    numbers. With csv, figures/ holds each figure as SVG and its data as CSV. Refused where nobody
    was treated.

    Example: hevesy trial tables --study mystudy --out tables --cohorts "100 mCi, 200 mCi"
    """
    from hevesy.workflows.trial_tables import TableRequest, tabulate_folder

    made = tabulate_folder(
        study,
        out,
        request=TableRequest(
            unit=unit,
            criteria=criteria,
            confirm=confirm,
            min_stable=min_stable,
            max_ne=max_ne,
            cohorts=cohorts,
        ),
        formats=[name.strip() for name in formats.split(",") if name.strip()],
    )
    if as_json:
        answer = {
            "study": made.study,
            "unit": made.unit,
            "tables": {
                table.name: {"caption": table.caption, "unit": table.unit, "rows": len(table.rows)}
                for table in made.tables
            },
            "files": [str(out / name) for name in made.files],
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{made.study}: {made.unit}")
    for table in made.tables:
        typer.echo(f"  {table.caption} ({table.unit})")
    typer.echo(f"{len(made.files)} files in {out}")
    typer.echo("Research use only. Not a medical device.")
