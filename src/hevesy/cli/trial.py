"""`hevesy trial`: a study's folder, its protocol, its records."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli import trial_design, trial_rules
from hevesy.cli.identity import PASSPHRASE_FILE, USER, acting_user, passphrase
from hevesy.cli.trial_evidence import evidence
from hevesy.cli.trial_lesion import lesion
from hevesy.cli.trial_records import correct, record, show

__all__ = ["app"]

app = typer.Typer(
    name="trial",
    help="A study: its folder, protocol, audit, backups, jobs; rules that need none of them.",
    no_args_is_help=True,
)

app.command()(record)
app.command()(correct)
app.command()(show)
trial_rules.register(app)
app.command()(evidence)
app.add_typer(trial_design.app, name="design")
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
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Make a study's folder; you become its administrator.

    Writes study.toml (edit it, then `hevesy trial amend`), the database, dicom/ and derived/.

    Example: hevesy trial init mystudy --template imdendrim --as ada
    """
    from hevesy.workflows.study import init_study

    name = acting_user(user)
    study = init_study(
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
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Check a study; with --audit, prove that no record was altered.

    Exit code 1 if something does not agree.

    Example: hevesy trial check mystudy --audit
    """
    from hevesy.workflows.study import check_study

    found = check_study(folder, audit=audit or backup is not None, backup=backup)
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
        if not found.faults:
            typer.echo("All agrees." if audit else "The folder and the protocol agree.")
    if found.faults:
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
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Bring a study's database to this version of hevesy; back it up before.

    Example: hevesy trial upgrade mystudy --as ada
    """
    from hevesy.workflows.study import upgrade_study

    before, after = upgrade_study(folder, user=acting_user(user))
    if as_json:
        typer.echo(json.dumps({"before": before, "after": after}, indent=2))
        return
    typer.echo(f"Revision {before}, now {after}." if before != after else "It is up to date.")


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
