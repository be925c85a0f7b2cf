"""`hevesy trial events`: adverse events counted, of a file or of a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli.identity import STUDY
from hevesy.errors import TrialError

if TYPE_CHECKING:
    from hevesy.trial import EventCount, EventDeadline, EventTable, StudyEvents

__all__ = ["register"]

_RESEARCH = "Research use only. Not a medical device."


def register(app: typer.Typer) -> None:
    """Put this command on `hevesy trial`."""
    app.command()(events)


def events(
    file: Annotated[
        Path | None, typer.Argument(metavar="EVENTS.csv", help="One row an event.")
    ] = None,
    denominator: Annotated[
        int | None,
        typer.Option(
            "--denominator", help="Of a file: subjects of the safety set, with or without an event."
        ),
    ] = None,
    study: Annotated[Path | None, STUDY] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="Of a study: person or inclusion; else as study.toml says."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Count subjects with adverse events: once a row, at the worst grade of that row.

    Of a file with the columns subject,term,class,grade,related_agent,related_procedure, or of a
    study: then over its safety set, by activity cohort and by the time since the injection, with
    the deadlines of serious events. Intervals are Clopper and Pearson's, 95 %.

    Example: hevesy trial events EVENTS.csv --denominator 36
    """
    if (file is None) == (study is None):
        raise TrialError(
            "events are counted of a file or of a study",
            got="neither" if file is None else "both",
            remedy="give EVENTS.csv with --denominator, or --study DIR",
        )
    if file is None and study is not None:
        if denominator is not None:
            raise TrialError(
                "a study's denominator is its safety set", remedy="leave --denominator out"
            )
        _of_study(study, unit, as_json=as_json)
        return
    if file is None or denominator is None:
        raise TrialError(
            "a file's events need the number of subjects", remedy="give it by --denominator"
        )
    from hevesy.workflows.trial_rules import count_event_file

    table = count_event_file(file, denominator=denominator)
    if as_json:
        typer.echo(json.dumps(_event_answer(table, denominator), indent=2, ensure_ascii=False))
        return
    _print_table(table)
    typer.echo(f"N = {denominator}. {_RESEARCH}")


def _of_study(study: Path, unit: str | None, *, as_json: bool) -> None:
    from hevesy.workflows.study_conduct import count_events_of_study

    found, deadlines = count_events_of_study(study, unit=unit)
    if as_json:
        answer = _event_answer(found.table, found.denominator) | _study_answer(found, deadlines)
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    _print_table(found.table)
    for what, tables in (("activity", found.cohorts), ("time since injection", found.times)):
        for name, table in tables.items():
            count = table.any
            typer.echo(
                f"{f'{what}: {name}, N = {count.denominator}'[:44]:44s}"
                f"{count.all.as_text():>24s}{'':18s}"
                f"{count.grade_1_2.as_text():>14s}{count.grade_3_plus.as_text():>14s}"
            )
    for one in deadlines:
        typer.echo(f"{'OVERDUE: ' if one.state == 'overdue' else ''}{one.as_text()}")
    if found.generated:
        typer.echo(f"generated, not recorded: {found.generated} of {found.counted} events")
    if found.not_counted:
        typer.echo(f"not counted, before or without a treatment: {', '.join(found.not_counted)}")
    typer.echo(f"N = {found.denominator} {found.unit}s of the safety set. {_RESEARCH}")


def _study_answer(found: StudyEvents, deadlines: tuple[EventDeadline, ...]) -> dict[str, Any]:
    return {
        "unit": found.unit,
        "cohorts": {
            name: _event_answer(table, table.any.denominator)
            for name, table in found.cohorts.items()
        },
        "times": {
            name: _event_answer(table, table.any.denominator) for name, table in found.times.items()
        },
        "not_counted": list(found.not_counted),
        "events": found.counted,
        "generated": found.generated,
        "deadlines": [
            {
                "event": one.event,
                "inclusion": one.inclusion,
                "report": one.report,
                "due_at": None if one.due_at is None else one.due_at.isoformat(),
                "reported_at": None if one.reported_at is None else one.reported_at.isoformat(),
                "state": one.state,
            }
            for one in deadlines
        ],
    }


def _print_table(table: EventTable) -> None:
    typer.echo(f"{'':44s}{'any grade':>24s}  {'95 % (exact)':>16s}{'1-2':>14s}{'3 or more':>14s}")
    rows = [("Any event", table.any)]
    rows += list(table.classes.items())
    rows += [(f"  {name}", count) for name, count in table.terms.items()]
    rows += [(f"agent: {name}", count) for name, count in table.agent.items() if count.all.n]
    rows += [(f"procedure: {name}", c) for name, c in table.procedure.items() if c.all.n]
    for name, count in rows:
        low, high = count.all.ci95_percent
        typer.echo(
            f"{name[:44]:44s}{count.all.as_text():>24s}  {low:6.1f} - {high:5.1f} %"
            f"{count.grade_1_2.as_text():>14s}{count.grade_3_plus.as_text():>14s}"
        )
    for note in table.notes:
        typer.echo(f"note: {note}")


def _event_answer(table: EventTable, denominator: int) -> dict[str, Any]:
    return {
        "denominator": denominator,
        "any": _counted(table.any),
        "classes": {name: _counted(count) for name, count in table.classes.items()},
        "terms": {name: _counted(count) for name, count in table.terms.items()},
        "attribution": {
            "agent": {name: _counted(count) for name, count in table.agent.items()},
            "procedure": {name: _counted(count) for name, count in table.procedure.items()},
            "agent_by_procedure": [
                {"agent": agent, "procedure": procedure, **_counted(count)}
                for (agent, procedure), count in table.agent_by_procedure.items()
            ],
        },
        "notes": list(table.notes),
    }


def _counted(count: EventCount) -> dict[str, Any]:
    return {
        "all": count.all.n,
        "grade_1_2": count.grade_1_2.n,
        "grade_3_plus": count.grade_3_plus.n,
        "percent": count.all.percent,
        "ci95": list(count.all.ci95_percent),
        "grade_3_plus_percent": count.grade_3_plus.percent,
        "grade_3_plus_ci95": list(count.grade_3_plus.ci95_percent),
        "by_grade": list(count.by_grade),
    }
