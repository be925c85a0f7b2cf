"""Read, compute, write: what the commands call."""

from hevesy.workflows.dose import run_dose

__all__ = ["run_dose"]
