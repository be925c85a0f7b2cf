"""`hevesy user`: the people of a study."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.command_group import CommandGroup
from hevesy.cli.identity import (
    NEW_PASSPHRASE_FILE,
    PASSPHRASE_FILE,
    STUDY,
    USER,
    acting_user,
    passphrase,
)

if TYPE_CHECKING:
    from hevesy.store.tables import Account

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="user",
    help="The people of a study and their roles; what each role may do is in the documentation.",
    no_args_is_help=True,
)

_NAME = typer.Argument(metavar="NAME", help="Their name in the study.")
_ROLE = typer.Option(
    "--role",
    help="pharmacist, physicist, investigator, coordinator, statistician, monitor, administrator; "
    "may be given several times.",
)
_JSON = typer.Option("--json", help="Print JSON.")


@app.command()
def add(
    name: Annotated[str, _NAME],
    study: Annotated[Path, STUDY],
    role: Annotated[list[str], _ROLE],
    full_name: Annotated[str, typer.Option("--name", help="Their full name.")] = "",
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    new_passphrase_file: Annotated[Path | None, NEW_PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Add a person; you sign as the study's administrator.

    Example: hevesy user add paul --study mystudy --role pharmacist --as ada
    """
    from hevesy.workflows.people import add_user

    made = add_user(
        study,
        name,
        full_name=full_name or name,
        roles=tuple(role),
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        new_passphrase=passphrase(new_passphrase_file, new=True),
    )
    _print((made,), as_json=as_json)


@app.command("list")
def list_(
    study: Annotated[Path, STUDY],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List the people of a study with their roles.

    Example: hevesy user list --study mystudy
    """
    from hevesy.workflows.people import list_users

    _print(list_users(study), as_json=as_json)


@app.command()
def role(
    name: Annotated[str, _NAME],
    study: Annotated[Path, STUDY],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    roles: Annotated[list[str] | None, _ROLE] = None,
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Give a person these roles in place of theirs; none without --role. You sign.

    Example: hevesy user role paul --study mystudy --role monitor --reason "new post" --as ada
    """
    from hevesy.workflows.people import set_roles

    made = set_roles(
        study,
        name,
        roles=tuple(roles or ()),
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        reason=reason,
    )
    _print((made,), as_json=as_json)


@app.command("passphrase")
def passphrase_(
    study: Annotated[Path, STUDY],
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    new_passphrase_file: Annotated[Path | None, NEW_PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Give yourself another passphrase: do it first, for your administrator knows the old one.

    Example: hevesy user passphrase --study mystudy --as paul
    """
    from hevesy.workflows.people import change_passphrase

    made = change_passphrase(
        study,
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        new_passphrase=passphrase(new_passphrase_file, new=True),
    )
    _print((made,), as_json=as_json)


def _print(people: "tuple[Account, ...]", *, as_json: bool) -> None:
    if as_json:
        entries = [
            {"user": p.id, "name": p.full_name, "roles": p.roles, "version": p.version}
            for p in people
        ]
        typer.echo(json.dumps({"users": entries}, indent=2, ensure_ascii=False))
        return
    for person in people:
        roles = ", ".join(person.roles) or "no role"
        typer.echo(f"{person.id:16s} {person.full_name:24s} {roles}")
