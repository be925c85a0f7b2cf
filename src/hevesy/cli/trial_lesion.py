"""`hevesy trial lesion`: a lesion's course in pictures and figures."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.dose import OUT, QUIET, VERBOSE

__all__ = ["lesion"]


def lesion(
    file: Annotated[
        Path, typer.Argument(metavar="LESION.toml", help="The CTs, outlines, injection sites.")
    ],
    out: Annotated[Path, OUT],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Draw a lesion at baseline and at each follow-up, and measure it.

    Follow-up CTs are registered to the baseline (rigidly); each is shown in one window and scale
    with its outline, diameters and injection site; the density under the outline stands beside it.

    Example: hevesy trial lesion LESION.toml --out lesion
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.workflows.lesion_course import course_answer, run_lesion_course

        course = run_lesion_course(file, out, control=control)
        control.finish()
    answer = course_answer(course)
    if as_json:
        typer.echo(json.dumps(answer, indent=1))
        return
    for visit in answer["visits"]:
        size = "no outline of its own"
        if visit["own_outline"]:
            size = (
                f"{visit['longest_mm']:.1f} x {visit['short_axis_mm']:.1f} mm "
                f"(+- {visit['diameter_uncertainty_mm']:.1f} by the pixels), "
                f"{visit['volume_ml']:.1f} mL"
            )
        choi = "" if visit["choi"] is None else f"; Choi {visit['choi']}: {visit['choi_reason']}"
        typer.echo(
            f"{visit['visit']}, day {visit['day']}: {size}; {visit['mean_hu']:.0f} HU "
            f"(spread {visit['spread_hu']:.0f}){choi}"
        )
    for warning in answer["warnings"]:
        typer.echo(f"warning: {warning}")
    typer.echo(f"Results in {out}")
    typer.echo("Research use only. Not a medical device.")
