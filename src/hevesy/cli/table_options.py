"""Options that the tables of a study and its report share."""

import typer

__all__ = ["COHORTS", "CRITERIA", "UNIT"]

UNIT = typer.Option("--unit", help="What is counted: inclusion or person; else the protocol's.")
COHORTS = typer.Option(
    "--cohorts", metavar="LIST", help='Limits, "100 mCi, 200 mCi"; else the protocol\'s.'
)
CRITERIA = typer.Option(
    "--criteria", help="recist1.1 or itrecist; else the protocol's, or itrecist."
)
