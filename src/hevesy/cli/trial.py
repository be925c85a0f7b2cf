"""`hevesy trial`: what a trial's rows say."""

import typer

from hevesy.cli import trial_rules

__all__ = ["app"]

app = typer.Typer(
    name="trial",
    help="A trial: laboratory grades, adverse events, response, published figures recomputed.",
    no_args_is_help=True,
)
trial_rules.register(app)
