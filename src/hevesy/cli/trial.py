"""`hevesy trial`: a study's folder, its protocol, its records."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar

import typer

from hevesy.cli import (
    trial_bundle,
    trial_conduct,
    trial_ctcae,
    trial_design,
    trial_events,
    trial_queries,
    trial_rules,
)
from hevesy.cli.command_group import CommandGroup
from hevesy.cli.identity import PASSPHRASE_FILE, USER, acting_user, passphrase
from hevesy.cli.trial_evidence import evidence
from hevesy.cli.trial_export import export
from hevesy.cli.trial_import import import_
from hevesy.cli.trial_lesion import lesion
from hevesy.cli.trial_narratives import narratives
from hevesy.cli.trial_records import correct, record, show
from hevesy.cli.trial_report import report
from hevesy.cli.trial_share import share
from hevesy.cli.trial_tables import tables
from hevesy.cli.trial_threshold import app as threshold

__all__ = ["app"]


class TrialGroup(CommandGroup):
    """`hevesy trial`, its commands under headings."""

    headings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "A study's folder": "init amend check backup restore upgrade jobs",
            "Its records": "record correct show import query ctcae",
            "Counted and drawn from them": "flow events laboratory narratives lesion tables",
            "Dose and outcome": "threshold evidence design",
            "Out": "report bundle rebuild export share",
            "Rules that need no study": "grade response replay",
        }
    )


app = typer.Typer(
    cls=TrialGroup,
    name="trial",
    help="A study: its folder, protocol, audit, backups, jobs; rules that need none of them.",
    no_args_is_help=True,
)

app.command()(record)
app.command()(correct)
app.command()(show)
app.command("import")(import_)
app.command()(tables)
app.command()(narratives)
app.command()(export)
app.command()(share)
app.command()(report)
trial_bundle.register(app)
trial_rules.register(app)
app.command()(evidence)
app.add_typer(threshold)
app.add_typer(trial_design.app, name="design")
trial_events.register(app)
trial_conduct.register(app)
app.add_typer(trial_queries.app)
app.add_typer(trial_ctcae.app)
app.command()(lesion)

_DIR = typer.Argument(metavar="DIR", help="The study's folder.")
_JSON = typer.Option("--json", help="Print JSON.")


@app.command()
def init(
    folder: Annotated[Path, _DIR],
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="imdendrim or blank.")
    ] = "blank",
    user: Annotated[str, USER] = "",
    full_name: Annotated[str, typer.Option("--name", help="Your full name.")] = "",
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="PostgreSQL, in place of study.db."),
    ] = None,
    with_paper_data: Annotated[
        bool, typer.Option("--with-paper-data", help="Enter the template's published patients.")
    ] = False,
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Make a study's folder; you become its administrator.

    Writes study.toml (edit it, then `hevesy trial amend`), the database, dicom/ and derived/. With
    --with-paper-data the published patients are in it; what was made up to fit the published
    margins is marked as generated.

    Example: hevesy trial init mystudy --template imdendrim --as ada
    """
    from hevesy.workflows.paper_study import init_paper_study
    from hevesy.workflows.study import init_study

    name = acting_user(user)
    make = init_paper_study if with_paper_data else init_study
    study = make(
        folder,
        template=template,
        user=name,
        full_name=full_name or name,
        passphrase=passphrase(passphrase_file),
        url=store,
    )
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "study": study.protocol.name,
                    "folder": str(folder),
                    "administrator": name,
                    "protocol_sha256": study.sha256,
                },
                indent=2,
            )
        )
        return
    typer.echo(f"{study.protocol.name}: made in {folder}; {name} is its administrator.")
    typer.echo("Research use only. Not a medical device.")


@app.command()
def check(
    folder: Annotated[Path, _DIR],
    audit: Annotated[
        bool, typer.Option("--audit", help="Recompute the chain, compare every audited row.")
    ] = False,
    backup: Annotated[
        Path | None,
        typer.Option("--backup", metavar="FILE", help="Hold the audit against this backup, too."),
    ] = None,
    data: Annotated[bool, typer.Option("--data", help="Run every data check on the rows.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Check a study; with --audit, prove that no record was altered.

    A serious event whose report is overdue is always shown. Exit code 1 if something does not
    agree, or a data check finds something.

    Example: hevesy trial check mystudy --audit --data
    """
    from hevesy.workflows.study import check_study
    from hevesy.workflows.study_conduct import check_study_data

    found = check_study(folder, audit=audit or backup is not None, backup=backup)
    findings = check_study_data(folder) if data else ()
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "study": found.name,
                    "audit_records": found.records,
                    "rows": found.rows,
                    "head": found.head,
                    "backups": found.backups,
                    "faults": list(found.faults),
                    "proved": not found.faults,
                    "overdue": list(found.overdue),
                    "findings": [
                        {
                            "check": one.check,
                            "words": one.words,
                            "records": [{"kind": k, "name": n} for k, n in one.records],
                        }
                        for one in findings
                    ]
                    if data
                    else None,
                },
                indent=2,
            )
        )
    else:
        typer.echo(found.name)
        if found.records is not None:
            typer.echo(
                f"{found.records} audit records, {found.rows} rows, "
                f"held against {found.backups} earlier backups; head {found.head}"
            )
        for fault in found.faults:
            typer.echo(f"FAULT: {fault}")
        for event in found.overdue:
            typer.echo(f"OVERDUE: {event}")
        for one in findings:
            typer.echo(f"{one.check}: {one.words}")
        if not found.faults:
            typer.echo("All agrees." if audit else "The folder and the protocol agree.")
        if data:
            typer.echo(f"{len(findings)} findings of the data checks.")
    if found.faults or findings:
        raise typer.Exit(1)


@app.command()
def amend(
    folder: Annotated[Path, _DIR],
    reason: Annotated[str, typer.Option("--reason", help="Why the protocol changes.")],
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Record a changed study.toml as the protocol in force, signed.

    Until then no record is written: no limit changes unseen.

    Example: hevesy trial amend mystudy --reason "amendment 2" --as ada
    """
    from hevesy.workflows.study import amend_study

    made = amend_study(
        folder,
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        reason=reason,
    )
    if as_json:
        typer.echo(
            json.dumps({"version": made.version, "protocol_sha256": made.protocol_sha256}, indent=2)
        )
        return
    typer.echo(f"Version {made.version} of the protocol is in force.")


@app.command()
def backup(
    folder: Annotated[Path, _DIR],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="A new zip file.")],
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Write all records into one file, for either database; dicom/ is copied by yourself.

    Example: hevesy trial backup mystudy --to 2026-01-09.zip --as ada
    """
    from hevesy.workflows.study_backup import backup_study

    made = backup_study(folder, to, user=acting_user(user))
    _manifest(made.rows, made.head_seq, made.head_hash, str(to), as_json=as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="From `hevesy trial backup`.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new or empty folder.")],
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="study.db, or an empty PostgreSQL database."),
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Make a study's folder from a backup, and prove that it holds what was saved.

    Example: hevesy trial restore 2026-01-09.zip --to mystudy
    """
    from hevesy.workflows.study_backup import restore_study

    made = restore_study(file, to, store=store)
    _manifest(made.rows, made.head_seq, made.head_hash, str(to), as_json=as_json)


def _manifest(rows: int, seq: int, head: str, place: str, *, as_json: bool) -> None:
    if as_json:
        entries = {"place": place, "rows": rows, "head": {"seq": seq, "hash": head}}
        typer.echo(json.dumps(entries, indent=2))
        return
    typer.echo(f"{rows} rows in {place}; the audit ends at record {seq}, {head}")


@app.command()
def upgrade(
    folder: Annotated[Path, _DIR],
    to: Annotated[
        Path | None,
        typer.Option("--backup", metavar="FILE", help="The backup's file; else one in DIR."),
    ] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Bring a study's database to this version of hevesy; a backup is written before.

    Without that backup nothing is upgraded. Where it lies is said; `hevesy trial restore` makes
    a study of it.

    Example: hevesy trial upgrade mystudy --as ada
    """
    from hevesy.workflows.study_upgrade import upgrade_study

    done = upgrade_study(folder, user=acting_user(user), target=to)
    if as_json:
        place = None if done.backup is None else str(done.backup)
        answer = {"before": done.before, "after": done.after, "backup": place}
        typer.echo(json.dumps(answer, indent=2))
        return
    if done.backup is None:
        typer.echo("It is up to date.")
        return
    typer.echo(f"Revision {done.before}, now {done.after}.")
    typer.echo(f"The records as they were before: {done.backup}")


@app.command()
def jobs(
    folder: Annotated[Path, _DIR],
    cancel: Annotated[
        str | None, typer.Option("--cancel", metavar="JOB", help="Ask a job to stop.")
    ] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List a study's long work: what was asked, by whom, how far it is.

    Example: hevesy trial jobs mystudy --cancel job-3 --as yann
    """
    from hevesy.workflows.study_backup import list_jobs

    found = list_jobs(folder, cancel=cancel, user=acting_user(user) if cancel else "")
    if as_json:
        entries = [
            {
                "job": job.name,
                "kind": job.kind,
                "state": job.state,
                "stage": job.stage,
                "done": job.done,
                "total": job.total,
                "asked_by": job.asked_by,
                "asked_at": job.asked_at.isoformat(),
                "outcome": job.outcome,
            }
            for job in found
        ]
        typer.echo(json.dumps({"jobs": entries}, indent=2))
        return
    for job in found:
        typer.echo(
            f"{job.name:10s} {job.kind:10s} {job.state:10s} {job.asked_by:12s} "
            f"{job.asked_at:%Y-%m-%d %H:%M} UTC  {job.outcome or job.stage}"
        )
    if not found:
        typer.echo("No jobs.")
