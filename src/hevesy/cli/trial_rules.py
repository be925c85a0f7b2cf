"""The trial's calculators that need no study: grade, response, replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from decimal import Decimal

    from hevesy.trial import SubjectResponse, VisitResponse

__all__ = ["register"]

_JSON = typer.Option("--json", help="Print JSON instead of text.")
_RESEARCH = "Research use only. Not a medical device."


def register(app: typer.Typer) -> None:
    """Put these commands on `hevesy trial`."""
    app.command()(grade)
    app.command()(response)
    app.command()(replay)


def grade(
    term: Annotated[str, typer.Argument(metavar="TERM", help="As CTCAE writes it.")],
    value: Annotated[str, typer.Option("--value", help='With its unit: "0.9 10^9/L".')],
    ctcae: Annotated[
        str, typer.Option("--ctcae", help="The version that the study pins: 4.03, 5.0 or 6.0.")
    ],
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Before treatment; a bare number: same unit.")
    ] = None,
    lln: Annotated[str | None, typer.Option("--lln", help="Lower limit of normal.")] = None,
    uln: Annotated[str | None, typer.Option("--uln", help="Upper limit of normal.")] = None,
    symptoms: Annotated[
        bool | None,
        typer.Option("--symptoms/--no-symptoms", help="Where CTCAE's row asks for them."),
    ] = None,
    anticoagulation: Annotated[
        bool | None,
        typer.Option("--anticoagulation/--no-anticoagulation", help="Of INR: which row holds."),
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Grade a laboratory value by CTCAE, exact at the cut-offs.

    Limits of normal are needed only where the grade turns on them. What is clinical in a row
    (hospitalisation, intervention, death) is named, never graded.

    Example: hevesy trial grade "Neutrophil count decreased" --value "0.9 10^9/L" --ctcae 5.0
    """
    from hevesy.workflows.trial_rules import grade_recorded_value

    found = grade_recorded_value(
        term, value, version=ctcae, lln=lln, uln=uln, baseline=baseline, symptoms=symptoms,
        anticoagulation=anticoagulation,
    )  # fmt: skip
    if as_json:
        answer = {
            "term": found.term,
            "ctcae": found.version,
            "value": value.strip(),
            "grade": found.grade,
            "possible_grades": list(found.possible_grades),
            "reason": found.reason,
            "notes": list(found.notes),
            "source": found.source,
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    said = found.grade if found.grade is not None else "not decided by the value"
    typer.echo(f"{found.term}: grade {said}")
    typer.echo(f"because {found.reason} ({found.source})")
    for note in found.notes:
        typer.echo(f"note: {note}")
    typer.echo(_RESEARCH)


def response(
    file: Annotated[Path, typer.Argument(metavar="LESIONS.csv", help="A row a lesion and visit.")],
    criteria: Annotated[str, typer.Option("--criteria", help="recist1.1 or itrecist.")],
    confirm: Annotated[
        str, typer.Option("--confirm", help="Least time to a confirmation: 4w or 28d.")
    ] = "4w",
    min_stable: Annotated[
        str, typer.Option("--min-stable", help="SD counts from this time after the baseline.")
    ] = "6w",
    max_ne: Annotated[
        int, typer.Option("--max-ne", help="Visits NE allowed before a confirmation.")
    ] = 1,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Assess tumour response at every visit, with the reason, by exact arithmetic.

    Columns: subject,visit,day,lesion,role,organ,node,injected,diameter_mm,status. The first visit
    is the baseline; "<5" is a lesion too small to measure.

    Example: hevesy trial response LESIONS.csv --criteria recist1.1 --confirm 4w
    """
    from hevesy.trial import ResponseRules
    from hevesy.workflows.trial_rules import assess_lesion_file, parse_days

    rules = ResponseRules(
        confirm_days=parse_days(confirm, "--confirm"),
        min_stable_days=parse_days(min_stable, "--min-stable"),
        max_not_evaluable=max_ne,
    )
    found = assess_lesion_file(file, criteria=criteria, rules=rules)
    if as_json:
        answer = {
            "criteria": criteria,
            "rule": rules.as_text(),
            "subjects": {subject.subject: _course_answer(subject) for subject in found},
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{criteria}; best response {rules.as_text()}")
    for subject in found:
        typer.echo(
            f"{subject.subject}: best {subject.best_overall}, confirmed {subject.best_confirmed}"
        )
        for visit in subject.visits:
            _print_visit(visit)
        for name, (best, confirmed) in subject.best_of_group.items():
            typer.echo(f"  {name}: best {best}, confirmed {confirmed}")
        for note in subject.notes:
            typer.echo(f"  note: {note}")
    typer.echo(_RESEARCH)


def _print_visit(visit: VisitResponse) -> None:
    size = "-" if visit.sum_mm is None else f"{visit.sum_mm} mm"
    typer.echo(f"  {visit.visit:10s} day {visit.day:<5d} {size:>10s}  {visit.overall:14s} "
               f"{visit.reason}")  # fmt: skip
    for name, group in visit.groups.items():
        if group.overall not in {"none", "baseline"}:
            typer.echo(f"    {name}: {group.overall}, {group.reason}")


def _course_answer(subject: SubjectResponse) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "visits": [
            {
                "visit": visit.visit,
                "day": visit.day,
                "sum_mm": _number(visit.sum_mm),
                "target": visit.target,
                "nontarget": visit.nontarget,
                "new": visit.new,
                "overall": visit.overall,
                "reason": visit.reason,
                **{
                    name: {
                        "sum_mm": _number(group.sum_mm),
                        "target": group.target,
                        "nontarget": group.nontarget,
                        "overall": group.overall,
                        "reason": group.reason,
                    }
                    for name, group in visit.groups.items()
                },
            }
            for visit in subject.visits
        ],
        "best_overall": subject.best_overall,
        "best_confirmed": subject.best_confirmed,
    }
    for name, (best, confirmed) in subject.best_of_group.items():
        answer[name] = {"best_overall": best, "best_confirmed": confirmed}
    answer["notes"] = list(subject.notes)
    return answer


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def replay(
    template: Annotated[str, typer.Option("--template", metavar="NAME", help="imdendrim.")],
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Draw its flow: .png, .pdf or .svg.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Recompute a publication's figures from its own tables, and judge each.

    A figure agrees, differs, or can't be recomputed because something is not published.

    Example: hevesy trial replay --template imdendrim
    """
    from hevesy.trial import VERDICTS, read_publication
    from hevesy.trial import replay as replay_publication

    publication = read_publication(template)
    if figure is not None:
        from hevesy.workflows.trial_rules import write_flow_figure

        write_flow_figure(publication, figure)
    found = replay_publication(publication)
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in VERDICTS}
    if as_json:
        answer = {
            "source": publication.source,
            "counts": counts,
            "statements": [
                {
                    "id": one.statement.name,
                    "where": one.statement.where,
                    "what": one.statement.what,
                    "compare": one.statement.compare,
                    "published": one.statement.published,
                    "recomputed": one.recomputed,
                    "verdict": one.verdict,
                    "why": one.why,
                }
                for one in found
            ],
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(publication.source)
    for verdict in ("differs", "can't be recomputed", "agrees"):
        typer.echo(f"\n{verdict}: {counts[verdict]}")
        for one in found:
            if one.verdict != verdict:
                continue
            sign = {"equal": "", "at least": ">= ", "at most": "<= "}[one.statement.compare]
            got = "" if one.recomputed is None else f", recomputed {one.recomputed}"
            typer.echo(f"  {one.statement.name}: {one.statement.what} ({one.statement.where})")
            typer.echo(f"    published {sign}{one.statement.published}{got}; {one.why}")
