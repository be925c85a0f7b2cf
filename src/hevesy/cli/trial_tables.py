"""`hevesy trial tables`: a study's tables and figures."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.identity import STUDY

__all__ = ["tables"]


def tables(
    study: Annotated[Path, STUDY],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")],
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of html, docx, csv.")
    ] = "html,docx,csv",
    unit: Annotated[
        str, typer.Option("--unit", help="What is counted: inclusions or patients.")
    ] = "inclusions",
    cohorts: Annotated[
        str,
        typer.Option("--cohorts", metavar="LIST", help='Limits of activity: "100 mCi, 200 mCi".'),
    ] = "",
    criteria: Annotated[
        str, typer.Option("--criteria", help="Of response: recist1.1 or itrecist.")
    ] = "itrecist",
    confirm: Annotated[
        str, typer.Option("--confirm", help="Least time to a confirmation: 4w, 28d.")
    ] = "4w",
    min_stable: Annotated[
        str, typer.Option("--min-stable", help="Least time from the baseline for SD.")
    ] = "6w",
    max_ne: Annotated[
        int, typer.Option("--max-ne", help="Visits NE allowed before a confirmation.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a study's tables and figures from its records.

    Baseline, exposure, adverse events (class and term, attribution, cohort, time), follow-up,
    response, lesions, survival; waterfall, spider, swimmer, event dots, Kaplan-Meier. In
    tables.html every "n (%)" opens the rows behind it; tables.docx and tables/*.csv have the same
    numbers. Refused where nobody was treated.

    Example: hevesy trial tables --study mystudy --out tables --cohorts "100 mCi, 200 mCi"
    """
    from hevesy.trial import ResponseRules
    from hevesy.trial.tables import TableOptions, split_by_activity
    from hevesy.workflows.trial_rules import parse_days
    from hevesy.workflows.trial_tables import cohort_limits_mbq, tabulate_folder

    made = tabulate_folder(
        study,
        out,
        options=TableOptions(
            unit=unit,
            criteria=criteria,
            rules=ResponseRules(
                confirm_days=parse_days(confirm, "--confirm"),
                min_stable_days=parse_days(min_stable, "--min-stable"),
                max_not_evaluable=max_ne,
            ),
            cohorts=split_by_activity(cohort_limits_mbq(cohorts)),
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
