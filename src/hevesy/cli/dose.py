"""`hevesy dose`: one patient, from the case file to the report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.identity import USER, acting_user
from hevesy.errors import CaseError

if TYPE_CHECKING:
    from hevesy.case import CaseResult

__all__ = ["JSON", "OUT", "QUIET", "VERBOSE", "dose", "print_result"]

OUT = typer.Option("--out", metavar="DIR", help="Folder for the results; made if need be.")
JSON = typer.Option("--json", help="Print result.json instead of a table.")
SCANS = typer.Option(
    "--scans", metavar="N", help="Stop after the first N scans, as a site would see it then."
)
_STUDY = typer.Option("--study", metavar="DIR", help="Take the case from this study's records.")
_ADMINISTRATION = typer.Option("--administration", metavar="ID", help="Which of the study's.")
QUIET = typer.Option("--quiet", "-q", help="Show no progress.")
VERBOSE = typer.Option("--verbose", "-v", help="Show progress as a line for each stage.")


def dose(
    case: Annotated[Path | None, typer.Argument(metavar="CASE.toml", help="The case file.")] = None,
    out: Annotated[Path | None, OUT] = None,
    scans: Annotated[int | None, SCANS] = None,
    study: Annotated[Path | None, _STUDY] = None,
    administration: Annotated[str | None, _ADMINISTRATION] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, JSON] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Compute one patient's doses, with uncertainty and report.

    Reads the SPECT/CT series that the case file names; writes result.json, report.html,
    report.pdf, dose.nii.gz, rtdose.dcm and seg.dcm (and injection.dcm where
    the case asks for regions around injections): all of them, or nothing.

    With --study the case is built from a study's records, the files go to its derived/
    (or --out), and the result is filed there. --scans then counts the administration's own.

    Example: hevesy dose case.toml --out results

    Example: hevesy dose --study mystudy --administration A1 --as yann
    """
    if (case is None) == (study is None):
        raise CaseError(
            "the command takes a CASE.toml, or --study with --administration",
            got="both" if case is not None else "neither",
            remedy="give one of the two",
        )
    if case is not None and (out is None or administration is not None):
        raise CaseError(
            "--out is missing" if out is None else "--administration is for --study",
            remedy="give a folder for the results" if out is None else "leave it out",
        )
    if study is not None and administration is None:
        raise CaseError(
            "--administration is missing", remedy="name one of the study's administrations"
        )
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        if study is not None and administration is not None:
            from hevesy.workflows.study_dose import run_study_dose

            filed = run_study_dose(
                study,
                administration,
                user=acting_user(user),
                out=out,
                scans=scans,
                control=control,
            )
            control.finish()
            print_result(filed.result, filed.folder, as_json=as_json)
            if not as_json:
                what = " and ".join(filed.courses)
                typer.echo(f"Filed as {filed.name} of {administration}: doses of {what}.")
        elif case is not None and out is not None:
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
