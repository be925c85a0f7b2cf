"""Read, compute, write: what the commands call."""

from hevesy.workflows.demo import run_demo
from hevesy.workflows.dose import run_dose
from hevesy.workflows.verify import verify

__all__ = ["run_demo", "run_dose", "verify"]
