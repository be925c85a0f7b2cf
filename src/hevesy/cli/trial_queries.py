"""`hevesy trial query`: questions about records, answered and closed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.command_group import CommandGroup
from hevesy.cli.identity import PASSPHRASE_FILE, STUDY, USER, acting_user, passphrase

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="query",
    help="Data queries: raised about a record, answered, closed with a signature.",
    no_args_is_help=True,
)

_QUERY = typer.Argument(metavar="QUERY", help="As `hevesy trial query list` shows it.")
_WORDS = typer.Option("--words", help="What is asked, or answered.")
_JSON = typer.Option("--json", help="Print JSON.")


def _said(name: str, state: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"query": name, "state": state}, indent=2))
        return
    typer.echo(f"{name}: {state}")


@app.command("raise")
def raise_(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Any kind of record.")],
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Its name.")],
    study: Annotated[Path, STUDY],
    words: Annotated[str, _WORDS],
    check: Annotated[
        str, typer.Option("--check", metavar="NAME", help="The data check that found it.")
    ] = "",
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Ask about a record.

    Example: hevesy trial query raise inclusion I7 --check identical-rows
    --words "is this the person of I20?" --study mystudy --as mona
    """
    from hevesy.workflows.study_queries import raise_query

    made = raise_query(study, kind, record, words, user=acting_user(user), check=check)
    _said(made, "open", as_json=as_json)


@app.command()
def answer(
    query: Annotated[str, _QUERY],
    study: Annotated[Path, STUDY],
    words: Annotated[str, _WORDS],
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Answer a query.

    Example: hevesy trial query answer query-1 --words "yes, included twice" --study mystudy
    --as cora
    """
    from hevesy.workflows.study_queries import answer_query

    answer_query(study, query, words, user=acting_user(user))
    _said(query, "answered", as_json=as_json)


@app.command()
def close(
    query: Annotated[str, _QUERY],
    study: Annotated[Path, STUDY],
    reason: Annotated[str, typer.Option("--reason", help="Why it is settled.")],
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Close a query, signed.

    Example: hevesy trial query close query-1 --reason "seen in the source" --study mystudy
    --as mona
    """
    from hevesy.workflows.study_queries import close_query

    close_query(
        study,
        query,
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        reason=reason,
    )
    _said(query, "closed", as_json=as_json)


@app.command("list")
def list_(
    study: Annotated[Path, STUDY],
    closed: Annotated[bool, typer.Option("--closed", help="With the closed ones.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List a study's queries.

    Example: hevesy trial query list --closed --study mystudy
    """
    from hevesy.workflows.study_queries import list_queries

    found = list_queries(study, closed=closed)
    if as_json:
        entries = [
            {
                "query": one.name,
                "kind": one.kind,
                "record": one.record,
                "words": one.words,
                "state": one.state,
                "check": one.check,
                "answer": one.answer,
                "signed_by": list(one.signed_by),
            }
            for one in found
        ]
        typer.echo(json.dumps({"queries": entries}, indent=2, ensure_ascii=False))
        return
    for one in found:
        said = f" [{one.check}]" if one.check else ""
        typer.echo(f"{one.name:10s} {one.state:9s} {one.kind} {one.record}{said}: {one.words}")
        if one.answer:
            typer.echo(f"{'':21s}{one.answer}")
    if not found:
        typer.echo("No queries.")
