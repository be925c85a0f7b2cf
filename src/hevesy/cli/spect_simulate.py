"""`hevesy spect simulate`: raw projections of a known activity."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.dose import OUT, QUIET, VERBOSE

__all__ = ["simulate"]


def simulate(
    activity: Annotated[
        Path, typer.Option("--activity", help="At the scan's start: NIfTI or NRRD.")
    ],
    ct: Annotated[Path, typer.Option("--ct", help="CT in HU, in the same frame: NIfTI or NRRD.")],
    camera: Annotated[str, typer.Option("--camera", help="Such as siemens-symbia-he.")],
    nuclide: Annotated[str, typer.Option("--nuclide", help="Such as Re-188.")],
    seconds_per_view: Annotated[
        str, typer.Option("--seconds-per-view", help="Such as 20s; seconds without a unit.")
    ],
    seed: Annotated[int, typer.Option("--seed", help="Of the counts drawn.")],
    out: Annotated[Path, OUT],
    unit: Annotated[
        str, typer.Option("--unit", help="Of the activity: Bq/mL, kBq/mL or MBq/mL.")
    ] = "Bq/mL",
    views: Annotated[int, typer.Option("--views", help="Of all heads together.")] = 60,
    heads: Annotated[int, typer.Option("--heads", help="1, or 2 that face each other.")] = 1,
    radius: Annotated[
        str | None,
        typer.Option("--radius", help="Axis to collimator; default: 20 mm from the patient."),
    ] = None,
    start: Annotated[float, typer.Option("--start", help="First angle, degrees.")] = 0.0,
    direction: Annotated[
        str, typer.Option("--direction", help="CC: angles grow; CW: they fall.")
    ] = "CC",
    windows: Annotated[
        str | None,
        typer.Option("--windows", help="LO:HI,LO:HI,... in keV, the peak first."),
    ] = None,
    beds: Annotated[
        int | None, typer.Option("--beds", help="By default as many as cover the activity.")
    ] = None,
    matrix: Annotated[int, typer.Option("--matrix", help="Pixels of each side.")] = 128,
    start_time: Annotated[
        str | None,
        typer.Option("--start-time", help="With its zone: 2024-05-06T10:15+02:00; default: now."),
    ] = None,
    dead_time: Annotated[
        str | None, typer.Option("--dead-time", help="Such as 4.6us; default: the camera's.")
    ] = None,
    background: Annotated[
        float, typer.Option("--background", help="Counts a second in a pixel of the peak.")
    ] = 0.0,
    method: Annotated[str, typer.Option("--method", help="model or monte-carlo.")] = "model",
    histories: Annotated[
        int, typer.Option("--histories", help="Photons of monte-carlo, for each bed.")
    ] = 10_000_000,
    kvp: Annotated[float, typer.Option("--kvp", help="The CT's tube voltage, kV.")] = 120.0,
    threads: Annotated[
        int | None, typer.Option("--threads", help="By default all that the process may use.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print result.json instead of a summary.")
    ] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Simulate a camera's raw projections of a known activity.

    Attenuation, resolution, scatter, photons through lead, decay while the camera turns, dead
    time and Poisson's noise; writes bed_1.dcm ... (NM) and result.json: all of them, or nothing.

    Example: hevesy spect simulate --activity a.nii.gz --ct ct.nii.gz --camera siemens-symbia-he
    --nuclide Re-188 --seconds-per-view 20s --seed 1 --out scan
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.units import parse_duration_s, parse_length_mm
        from hevesy.workflows import SimulateRequest, run_spect_simulate
        from hevesy.workflows.spect.options import parse_moment, parse_seconds, parse_windows

        request = SimulateRequest(
            activity=activity,
            ct=ct,
            camera=camera,
            nuclide=nuclide,
            seconds_per_view=parse_seconds(seconds_per_view, "--seconds-per-view"),
            seed=seed,
            unit=unit,
            views=views,
            heads=heads,
            radius_mm=None if radius is None else parse_length_mm(radius, "--radius"),
            start_deg=start,
            direction=direction,
            windows=None if windows is None else parse_windows(windows),
            beds=beds,
            pixels=matrix,
            start_time=None if start_time is None else parse_moment(start_time),
            dead_time_s=None if dead_time is None else parse_duration_s(dead_time, "--dead-time"),
            background_per_s=background,
            method=method,
            histories=histories,
            kvp=kvp,
            threads=threads,
        )
        result = run_spect_simulate(request, out, control=control)
        control.finish()
        if as_json:
            typer.echo(json.dumps(result, indent=1))
        else:
            _print_summary(result, out)


def _print_summary(result: dict[str, Any], out: Path) -> None:
    bq = result["activity_bq"]
    typer.echo(
        f"{bq / 1e6:.4g} MBq ({bq / 3.7e7:.4g} mCi) of {result['nuclide']}, {result['camera']}, "
        f"{result['method']}"
    )
    for bed in result["beds"]:
        drawn = ", ".join(f"{name}: {n}" for name, n in bed["drawn_counts"].items())
        typer.echo(f"{bed['file']}: {drawn} counts; n tau up to {bed['n_tau']['highest']:.3f}")
    for warning in result["warnings"]:
        typer.echo(f"warning: {warning}")
    typer.echo(f"{result['seconds']:.1f} s, {result['cpu_seconds']:.1f} CPU s")
    typer.echo(f"Results in {out}")
    typer.echo(result["intended_use"])
