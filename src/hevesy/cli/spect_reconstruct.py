"""`hevesy spect reconstruct`: from raw projections to an image."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.dose import OUT, QUIET, VERBOSE

__all__ = ["reconstruct"]


def reconstruct(
    beds: Annotated[
        list[Path], typer.Argument(metavar="BED1.dcm [BED2.dcm ...]", help="Raw NM files.")
    ],
    out: Annotated[Path, OUT],
    ct: Annotated[
        Path | None, typer.Option("--ct", help="CT in HU: NIfTI, NRRD or a DICOM folder.")
    ] = None,
    iterations: Annotated[int, typer.Option("--iterations", help="Of OSEM.")] = 2,
    subsets: Annotated[int, typer.Option("--subsets", help="Updates an iteration.")] = 10,
    peak: Annotated[
        str | None, typer.Option("--peak", help="Window to reconstruct, LO:HI in keV.")
    ] = None,
    scatter: Annotated[
        str, typer.Option("--scatter", help="tew, tew:SHARE, dew, model (with --camera) or none.")
    ] = "tew",
    camera: Annotated[
        str | None,
        typer.Option("--camera", help="Whose scatter is modelled, such as siemens-symbia-he."),
    ] = None,
    smooth_scatter: Annotated[
        str | None,
        typer.Option("--smooth-scatter", help="FWHM over the scatter windows, such as 10mm."),
    ] = None,
    psf: Annotated[
        str | None,
        typer.Option(
            "--psf",
            help="Resolution as SLOPE:FACE:INTRINSIC: the collimator's FWHM grows by SLOPE mm/mm "
            "from FACE mm; the detector's own is INTRINSIC mm.",
        ),
    ] = None,
    postfilter: Annotated[
        str | None, typer.Option("--postfilter", help="FWHM of a Gaussian, such as 5mm.")
    ] = None,
    energy: Annotated[
        float | None,
        typer.Option("--energy", help="For the attenuation, keV; default: the window's middle."),
    ] = None,
    kvp: Annotated[float, typer.Option("--kvp", help="The CT's tube voltage, kV.")] = 120.0,
    no_attenuation: Annotated[
        bool, typer.Option("--no-attenuation", help="Reconstruct without a CT.")
    ] = False,
    calibration: Annotated[
        Path | None, typer.Option("--calibration", help="Record; the image is then in Bq/mL.")
    ] = None,
    administered: Annotated[
        str | None,
        typer.Option("--administered", help="Activity given, such as 3GBq, for the dead time."),
    ] = None,
    scanner: Annotated[
        str | None, typer.Option("--scanner", help="As the record calls the camera.")
    ] = None,
    day: Annotated[
        str | None, typer.Option("--day", help="The scan's, YYYY-MM-DD, where files don't say.")
    ] = None,
    nuclide: Annotated[
        str | None, typer.Option("--nuclide", help="Such as Re-188, where the files don't say.")
    ] = None,
    radius: Annotated[
        str | None, typer.Option("--radius", help="Axis to collimator, such as 250mm.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--start", help="Each head's first angle in degrees, such as 0,180."),
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--duration", help="Of a view, such as 25s.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", help="CC: angles grow; CW: they fall.")
    ] = None,
    rows_from: Annotated[
        str | None, typer.Option("--rows-from", help="Where the first row lies: head or feet.")
    ] = None,
    axial_centre: Annotated[
        float | None, typer.Option("--axial-centre", help="z of the detector's middle, mm.")
    ] = None,
    heads: Annotated[
        int, typer.Option("--heads", help="Heads whose views were written as one detector's.")
    ] = 1,
    zone: Annotated[
        str | None, typer.Option("--zone", help="The site's time zone, such as Europe/Warsaw.")
    ] = None,
    allow_truncated: Annotated[
        bool, typer.Option("--allow-truncated", help="Even if the patient is cut off at the sides.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", help="By default all that the process may use.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print result.json instead of a summary.")
    ] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Reconstruct one scan's raw projections, all beds, into one image.

    OSEM with attenuation, scatter and resolution; writes spect.nii.gz (counts; Bq/mL with a
    calibration), spect.dcm and result.json: all of them, or nothing. Options give what the files
    lack.

    Example: hevesy spect reconstruct bed1.dcm bed2.dcm --ct ct.nii.gz --peak 139.5:170.5 --out scan
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.camera import PointSpread
        from hevesy.units import parse_activity_bq, parse_duration_s, parse_length_mm
        from hevesy.workflows import ReconstructRequest, run_spect_reconstruct
        from hevesy.workflows.spect.options import (
            parse_angles_deg,
            parse_day,
            parse_peak_kev,
            parse_zone,
            scatter_with_camera,
        )

        def length(text: str | None, option: str) -> float | None:
            return None if text is None else parse_length_mm(text, option)

        request = ReconstructRequest(
            beds=tuple(beds),
            ct=ct,
            no_attenuation=no_attenuation,
            iterations=iterations,
            subsets=subsets,
            peak_kev=None if peak is None else parse_peak_kev(peak),
            energy_kev=energy,
            scatter=scatter_with_camera(scatter, camera),
            scatter_smoothing_mm=length(smooth_scatter, "--smooth-scatter") or 0.0,
            point_spread=None if psf is None else PointSpread.from_text(psf, "--psf"),
            postfilter_mm=length(postfilter, "--postfilter") or 0.0,
            kvp=kvp,
            nuclide=nuclide,
            radius_mm=length(radius, "--radius"),
            start_deg=None if start is None else parse_angles_deg(start),
            seconds=None if duration is None else parse_duration_s(duration, "--duration"),
            direction=direction,
            rows_from=rows_from,
            axial_centre_mm=axial_centre,
            heads_in_one=heads,
            zone=None if zone is None else parse_zone(zone),
            calibration=calibration,
            scanner=scanner,
            administered_bq=None
            if administered is None
            else parse_activity_bq(administered, "--administered"),
            day=None if day is None else parse_day(day),
            allow_truncated=allow_truncated,
            threads=threads,
        )
        result = run_spect_reconstruct(request, out, control=control)
        control.finish()
        if as_json:
            typer.echo(json.dumps(result, indent=1))
        else:
            _print_summary(result, out)


def _print_summary(result: dict[str, Any], out: Path) -> None:
    typer.echo(
        f"{len(result['beds'])} bed(s), {result['updates']} updates, scatter: {result['scatter']}"
    )
    typer.echo(
        f"counts: {result['counts_in']} measured, {result['counts_scatter']:.0f} of them scatter, "
        f"{result['counts_expected']:.0f} expected from the image, "
        f"{result['counts_reconstructed']:.0f} without attenuation"
    )
    if result["calibration"] is not None:
        found = result["calibration"]
        share = 100 * found["calibration_relative_uncertainty"]
        typer.echo(f"{found['total_bq'] / 1e6:.4g} MBq in the image (calibration ± {share:.1f} %)")
    typer.echo(
        f"{result['seconds']:.1f} s, {result['cpu_seconds']:.1f} CPU s, "
        f"{result['peak_memory_mb']:.0f} MB"
    )
    for warning in result["warnings"]:
        typer.echo(f"warning: {warning}")
    typer.echo(f"Results in {out}")
    typer.echo(result["intended_use"])
