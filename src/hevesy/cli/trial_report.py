"""`hevesy trial report`: the study report."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.identity import STUDY
from hevesy.cli.table_options import COHORTS, CRITERIA, UNIT

__all__ = ["report"]


def report(
    study: Annotated[Path, STUDY],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")],
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of html, pdf, docx, csv.")
    ] = "html,pdf,docx,csv",
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="The report's date, with a zone; else now."),
    ] = None,
    unit: Annotated[str | None, UNIT] = None,
    cohorts: Annotated[str | None, COHORTS] = None,
    criteria: Annotated[str | None, CRITERIA] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make the report of a whole study from its records.

    Synopsis, flow, baseline, exposure, production quality, biodistribution, dose, safety,
    response, dose and outcome, deviations, data checks, provenance with the audit's proof. In
    study-report.html every number opens the records behind it; PDF, Word and report-tables/*.csv
    have the same numbers (on paper, listings end after 200 rows, and say so). With csv, each
    figure lies in report-figures as SVG and as CSV, a line for each mark. A section without
    data says why. The same records and --at give the same bytes.

    Example: hevesy trial report --study mystudy --out report
    """
    from hevesy.files import read_moment
    from hevesy.workflows.study_report import report_study
    from hevesy.workflows.trial_tables import TableRequest

    made = report_study(
        study,
        out,
        request=TableRequest(unit=unit, cohorts=cohorts, criteria=criteria),
        formats=[name.strip() for name in formats.split(",") if name.strip()],
        made_at=None if at is None else read_moment(at, None, "--at"),
    )
    if as_json:
        answer = {
            "study": made.study,
            "sections": {
                section.name: {
                    "title": section.title,
                    "missing": section.missing,
                    "tables": [table.name for table in section.tables],
                    "figures": [figure.name for figure in section.figures],
                }
                for section in made.sections
            },
            "files": [str(out / name) for name in made.files],
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(made.study)
    for number, section in enumerate(made.sections, start=1):
        said = f"{len(section.tables)} tables, {len(section.figures)} figures"
        typer.echo(f"  {number:2d}. {section.title}: {said}")
        if section.missing:
            typer.echo(f"      missing: {section.missing}")
    typer.echo(f"{len(made.files)} files in {out}")
    typer.echo("Research use only. Not a medical device.")
