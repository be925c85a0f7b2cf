"""`hevesy dose`: one patient, from the case file to the report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.console import terminal_control

if TYPE_CHECKING:
    from hevesy.case import CaseResult

__all__ = ["JSON", "OUT", "QUIET", "VERBOSE", "dose", "print_result"]

OUT = typer.Option("--out", metavar="DIR", help="Folder for the results; made if need be.")
JSON = typer.Option("--json", help="Print result.json instead of a table.")
SCANS = typer.Option(
    "--scans", metavar="N", help="Stop after the first N scans, as a site would see it then."
)
QUIET = typer.Option("--quiet", "-q", help="Show no progress.")
VERBOSE = typer.Option("--verbose", "-v", help="Show progress as a line for each stage.")


def dose(
    case: Annotated[Path, typer.Argument(metavar="CASE.toml", help="The case file.")],
    out: Annotated[Path, OUT],
    scans: Annotated[int | None, SCANS] = None,
    as_json: Annotated[bool, JSON] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Compute one patient's doses, with uncertainty and report.

    Reads the SPECT/CT series that the case file names; writes result.json, report.html,
    report.pdf, dose.nii.gz, rtdose.dcm and seg.dcm (and injection.dcm where
    the case asks for regions around injections): all of them, or nothing.

    Example: hevesy dose case.toml --out results
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.workflows import run_dose

        result = run_dose(case, out, scans=scans, control=control)
        control.finish()
        print_result(result, out, as_json=as_json)


def print_result(result: "CaseResult", out: Path, *, as_json: bool) -> None:
    """Print a result as JSON, or as a table with its warnings."""
    if as_json:
        from hevesy.files import result_to_json

        typer.echo(result_to_json(result), nl=False)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from hevesy.report.numbers import format_measurement, format_number
    from hevesy.report.rest_of_body import say_rest_of_body

    virtual = any(region.truth for region in result.regions)
    table = Table(title=f"{result.nuclide} {result.agent}, method {result.method}")
    table.add_column("region")
    for name in ("volume (mL)", "mass (g)", "TIA (MBq h)", "mean dose (Gy)"):
        table.add_column(name, justify="right")
    if virtual:
        table.add_column("true TIA", justify="right")
        table.add_column("true dose", justify="right")
    for region in result.regions:
        cells = [
            escape(region.name),
            format_number(region.volume_ml),
            format_number(region.mass_g),
            format_measurement(region.tia_mbq_h, region.tia_uncertainty_mbq_h),
            format_measurement(region.mean_dose_gy, region.mean_dose_uncertainty_gy),
        ]
        if virtual:
            truth = region.truth
            cells.append(format_number(truth.tia_mbq_h if truth else None))
            cells.append(format_number(truth.mean_dose_gy if truth else None))
        table.add_row(*cells)
    console = Console()
    console.print(table)
    from hevesy.report.closure_page import answer_closure

    answer = answer_closure(result)
    if answer is not None:
        console.print(answer.line, markup=False, highlight=False, soft_wrap=True)
    for line in say_rest_of_body(result):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print("Uncertainties are one standard deviation (k = 1).")
    warnings = [*result.warnings]
    for region in result.regions:
        warnings += [f"{region.name}: {text}" for text in region.warnings]
    for warning in dict.fromkeys(warnings):
        console.print(f"warning: {warning}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"Results in {out}", markup=False, highlight=False, soft_wrap=True)
    console.print("Research use only. Not a medical device.")
