"""`hevesy trial narratives`: the serious adverse events as a document."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.identity import STUDY

__all__ = ["narratives"]


def narratives(
    study: Annotated[Path, STUDY],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Ends in .docx or .html.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the narratives of a study's serious adverse events.

    One section an event: who had what and when, the injection before it, both attributions,
    deadlines, outcome, and the narrative as it was recorded. What is not on record is said to be
    so; generated events are marked.

    Example: hevesy trial narratives --study mystudy --out narratives.docx
    """
    from hevesy.workflows.study_narratives import write_narratives

    told = write_narratives(study, out)
    if as_json:
        answer = {
            "file": str(out),
            "events": [
                {
                    "event": one.event.event,
                    "inclusion": one.event.inclusion,
                    "days_since_injection": one.days_since_injection,
                    "overdue": any(due.state == "overdue" for due in one.deadlines),
                    "generated": one.generated,
                }
                for one in told
            ],
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{len(told)} serious event{'' if len(told) == 1 else 's'} in {out}")
    typer.echo("Research use only. Not a medical device.")
