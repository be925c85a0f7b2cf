"""`hevesy demo`: the main job on a virtual patient whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.dose import JSON, OUT, QUIET, VERBOSE, print_result

__all__ = ["demo"]


def demo(
    out: Annotated[Path, OUT],
    raw: Annotated[
        bool,
        typer.Option("--raw", help="From raw projections and a calibration (some minutes)."),
    ] = False,
    as_json: Annotated[bool, JSON] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Compute a virtual patient, the truth beside each figure.

    Makes the patient, then runs what `hevesy dose` runs. The patient (188Re in a lesion; scans at
    1, 6, 24, 48, 72 and 96 h) is written as DICOM and read back, so that the whole chain is run.
    With --raw the camera's raw projections are written, and a phantom's, whose calibration record
    turns them into becquerels.

    Example: hevesy demo --out out/demo
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.workflows import run_demo, run_demo_raw

        result = (run_demo_raw if raw else run_demo)(out, control=control)
        control.finish()
        print_result(result, out, as_json=as_json)
