"""`hevesy trial threshold`: a threshold's rule fixed before the outcomes, and the unblinding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli.command_group import CommandGroup
from hevesy.cli.identity import PASSPHRASE_FILE, STUDY, USER, acting_user, passphrase

if TYPE_CHECKING:
    from hevesy.workflows.study_threshold import RuleState, Unblinded

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="threshold",
    help="The rule of a dose threshold, fixed while outcomes are blind; the unblinding.",
    no_args_is_help=True,
)

_JSON = typer.Option("--json", help="Print JSON.")


@app.command()
def fix(
    rule: Annotated[Path, typer.Argument(metavar="RULE.toml", help="The rule.")],
    study: Annotated[Path, STUDY],
    reason: Annotated[str, typer.Option("--reason", help="Why a fixed rule changes.")] = "",
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Fix the rule by which the threshold will be found, signed.

    Before the unblinding this makes the threshold pre-specified; afterwards it is exploratory, and
    so is one whose rule was changed then. The same name with another text changes a rule.

    Example: hevesy trial threshold fix RULE.toml --study mystudy --as stan
    """
    from hevesy.workflows.study_threshold import fix_rule

    made, unblinded = fix_rule(
        study, rule, user=acting_user(user), passphrase=passphrase(passphrase_file), reason=reason
    )
    _print((made,), unblinded, as_json=as_json)


@app.command()
def unblind(
    study: Annotated[Path, STUDY],
    reason: Annotated[str, typer.Option("--reason", help="Why now.")],
    without_rule: Annotated[
        bool,
        typer.Option("--without-rule", help="Though none is fixed: all stays exploratory."),
    ] = False,
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Let outcomes be shown beside doses from now on, signed; it can't be taken back.

    Example: hevesy trial threshold unblind --study mystudy --reason "data lock" --as ines
    """
    from hevesy.workflows.study_threshold import unblind_study

    states, unblinded = unblind_study(
        study,
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        reason=reason,
        without_rule=without_rule,
    )
    _print(states, unblinded, as_json=as_json)


@app.command("list")
def list_(
    study: Annotated[Path, STUDY],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List the fixed rules with their status, and the unblinding.

    Example: hevesy trial threshold list --study mystudy
    """
    from hevesy.workflows.study_threshold import list_rules

    states, unblinded = list_rules(study)
    _print(states, unblinded, as_json=as_json)


def _print(states: tuple[RuleState, ...], unblinded: Unblinded | None, *, as_json: bool) -> None:
    if as_json:
        answer: dict[str, Any] = {
            "rules": [
                {
                    "name": one.rule.name,
                    "version": one.version,
                    "rule": json.loads(one.rule.to_json()),
                    "sha256": one.rule.sha256,
                    "fixed_at": one.at.isoformat(),
                    "signed_by": one.by,
                    "status": one.status,
                    "why": one.why,
                }
                for one in states
            ],
            "unblinded": None,
        }
        if unblinded is not None:
            answer["unblinded"] = {
                "at": unblinded.at.isoformat(), "by": unblinded.by, "reason": unblinded.reason,
            }  # fmt: skip
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    for one in states:
        typer.echo(one.rule.as_text())
        typer.echo(f"  SHA-256 {one.rule.sha256}")
        typer.echo(
            f"  version {one.version}, signed by {one.by} on {one.at:%Y-%m-%d %H:%M} UTC: "
            f"{one.status} ({one.why})"
        )
    if not states:
        typer.echo("No rule is fixed.")
    if unblinded is None:
        typer.echo("Outcomes are blind.")
    else:
        typer.echo(
            f"Outcomes were unblinded by {unblinded.by} on {unblinded.at:%Y-%m-%d %H:%M} UTC: "
            f"{unblinded.reason}"
        )
