"""`hevesy spect planar`: activities of regions from two planar views."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.dose import OUT, QUIET, VERBOSE

__all__ = ["planar"]


def planar(
    views: Annotated[
        list[Path],
        typer.Argument(
            metavar="VIEWS.dcm [POSTERIOR.dcm]", help="Planar NM: both views, or two files."
        ),
    ],
    out: Annotated[Path, OUT],
    ct: Annotated[Path, typer.Option("--ct", help="CT in HU: DICOM folder, NIfTI or NRRD.")],
    regions: Annotated[
        list[Path],
        typer.Option("--regions", help="RTSTRUCT, SEG or label map on the CT; may be repeated."),
    ],
    sensitivity: Annotated[
        float, typer.Option("--sensitivity", help="Of a view in air, counts for each Bq and s.")
    ],
    sensitivity_uncertainty: Annotated[
        str, typer.Option("--sensitivity-uncertainty", help="One standard deviation, such as 3%.")
    ],
    top: Annotated[
        float, typer.Option("--top", help="z of the views' head-side edge in the CT's frame, mm.")
    ],
    centre: Annotated[
        float, typer.Option("--centre", help="x of the views' middle in the CT's frame, mm.")
    ],
    placement: Annotated[
        str, typer.Option("--placement", help="Standard uncertainty of both, such as 4mm.")
    ],
    nuclide: Annotated[
        str | None, typer.Option("--nuclide", help="Such as Re-188, where the files don't say.")
    ] = None,
    peak: Annotated[
        str | None, typer.Option("--peak", help="Window to take, LO:HI in keV.")
    ] = None,
    energy: Annotated[
        float | None,
        typer.Option("--energy", help="For the attenuation, keV; default: the window's middle."),
    ] = None,
    kvp: Annotated[float, typer.Option("--kvp", help="The CT's tube voltage, kV.")] = 120.0,
    scatter: Annotated[
        str, typer.Option("--scatter", help="tew, tew:SHARE, dew, upper or none.")
    ] = "tew",
    background: Annotated[
        str,
        typer.Option(
            "--background",
            help="body: the rest of the body as one region; ring: beside each region, by 1 - x/t; "
            "none.",
        ),
    ] = "body",
    fwhm: Annotated[
        str | None, typer.Option("--fwhm", help="The views' resolution, such as 12mm.")
    ] = None,
    attenuation_uncertainty: Annotated[
        str, typer.Option("--attenuation-uncertainty", help="Of the coefficients, such as 3%.")
    ] = "3%",
    scatter_uncertainty: Annotated[
        str, typer.Option("--scatter-uncertainty", help="Of the scatter taken off, such as 20%.")
    ] = "20%",
    dead_time: Annotated[
        str | None,
        typer.Option(
            "--dead-time", help="Of the scatter-corrected peak, us, such as 4.6 or 4.6:0.2."
        ),
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--duration", help="Of the scan, where files don't say.")
    ] = None,
    field_length: Annotated[
        str | None,
        typer.Option("--field-length", help="The detector's, along the patient: of whole-body."),
    ] = None,
    view_names: Annotated[
        str | None,
        typer.Option("--views", help="Of each head, where files don't say: anterior,posterior."),
    ] = None,
    administered: Annotated[
        str | None, typer.Option("--administered", help="Activity given, such as 3GBq.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", help="From the administration to the scan.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="The site's time zone, such as Europe/Warsaw.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print result.json instead of a summary.")
    ] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Quantify an anterior and a posterior planar view by conjugate views (MIRD 16) over a CT.

    Attenuation along the CT, scatter by windows, overlap of the regions and background resolved
    in each view; writes result.json and views.png, both or nothing. With --administered and
    --hours the whole body is held against what was given: 1 at the first scan before voiding.

    Example: hevesy spect planar wb.dcm --ct ct/ --regions seg.dcm --sensitivity 8e-5
    --sensitivity-uncertainty 3% --top 900 --centre 0 --placement 4mm --out planar
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.units import (
            parse_activity_bq,
            parse_duration_s,
            parse_length_mm,
            parse_share,
        )
        from hevesy.workflows.planar_input import PlanarRequest
        from hevesy.workflows.spect.options import parse_dead_time, parse_peak_kev, parse_zone
        from hevesy.workflows.spect.planar import run_spect_planar

        request = PlanarRequest(
            views=tuple(views),
            ct=ct,
            regions=tuple(regions),
            counts_per_bq_s=sensitivity,
            sensitivity_relative_uncertainty=parse_share(
                sensitivity_uncertainty, "--sensitivity-uncertainty"
            ),
            nuclide=nuclide,
            top_mm=top,
            centre_mm=centre,
            placement_mm=parse_length_mm(placement, "--placement"),
            peak_kev=None if peak is None else parse_peak_kev(peak),
            energy_kev=energy,
            kvp=kvp,
            scatter=scatter,
            background=background,
            fwhm_mm=0.0 if fwhm is None else parse_length_mm(fwhm, "--fwhm"),
            attenuation_relative_uncertainty=parse_share(
                attenuation_uncertainty, "--attenuation-uncertainty"
            ),
            scatter_relative_uncertainty=parse_share(scatter_uncertainty, "--scatter-uncertainty"),
            dead_time=None if dead_time is None else parse_dead_time(dead_time),
            duration_s=None if duration is None else parse_duration_s(duration, "--duration"),
            field_mm=None
            if field_length is None
            else parse_length_mm(field_length, "--field-length"),
            view_names=None
            if view_names is None
            else tuple(name.strip().lower() for name in view_names.split(",")),
            administered_bq=None
            if administered is None
            else parse_activity_bq(administered, "--administered"),
            hours=hours,
            zone=None if zone is None else parse_zone(zone),
        )
        result = run_spect_planar(request, out, control=control)
        control.finish()
        if as_json:
            typer.echo(json.dumps(result, indent=1))
        else:
            _print_summary(result, out)


def _print_summary(result: dict[str, Any], out: Path) -> None:
    typer.echo(f"{result['nuclide']}, conjugate views, scatter: {result['scatter']}, at the start")
    for region in result["regions"]:
        typer.echo(
            f"{region['name']}: {region['activity_bq'] / 1e6:.4g} ± "
            f"{region['uncertainty_bq'] / 1e6:.2g} MBq (counting "
            f"{region['random_uncertainty_bq'] / 1e6:.2g} MBq)"
        )
    typer.echo(
        f"together: {result['total_bq'] / 1e6:.4g} ± {result['total_uncertainty_bq'] / 1e6:.2g} MBq"
    )
    body = result["whole_body"]
    if body is not None:
        typer.echo(
            f"whole body over what was given and has not decayed: {body['ratio']:.3f} ± "
            f"{body['ratio_uncertainty']:.3f}{'' if body['whole'] else ' (not the whole body)'}"
        )
    for warning in result["warnings"]:
        typer.echo(f"warning: {warning}")
    typer.echo(f"Results in {out}")
    typer.echo(result["statement"])
