"""`hevesy spect calibrate` and `quantify`: a record from phantoms, and its use."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.dose import OUT

__all__ = ["calibrate", "quantify"]

_JSON = typer.Option("--json", help="Print JSON instead of a summary.")


def calibrate(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The phantoms (TOML).")],
    out: Annotated[Path, typer.Option("--out", help="The record to write (JSON).")],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Make a camera's calibration record from phantom scans.

    The record holds the factor with its uncertainty, dead time, recovery curve, protocol and
    dates, and serves scans of that protocol and time alone.

    Example: hevesy spect calibrate plan.toml --out room2-he-2026.json
    """
    from hevesy.workflows import run_spect_calibrate

    found = run_spect_calibrate(plan, out)
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    typer.echo(
        f"{found['counts_per_bq_s']:.5g} counts/(Bq s) "
        f"± {100 * found['relative_uncertainty']:.1f} %, until {found['expires']}: {out}"
    )
    for item in found["measurements"]:
        typer.echo(f"  {item['kind']:9} {100 * item['deviation_relative']:+.1f} % from it")
    if found["dead_time_s"] is not None:
        typer.echo(
            f"  dead time {1e6 * found['dead_time_s']:.3g} "
            f"± {1e6 * found['dead_time_uncertainty_s']:.2g} µs"
        )
    for item in found["recovery"]:
        typer.echo(
            f"  recovery at {item['volume_ml']:.3g} mL: {item['measured']:.3f}, "
            f"curve {item['fitted']:.3f}"
        )


def quantify(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Counts (NIfTI or NRRD).")],
    out: Annotated[Path, OUT],
    calibration: Annotated[
        Path, typer.Option("--calibration", help="Record of hevesy spect calibrate.")
    ],
    protocol: Annotated[
        Path, typer.Option("--protocol", help="How the image was made, and when (TOML).")
    ],
    regions: Annotated[
        Path | None, typer.Option("--regions", help="Label map on the image's grid.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Turn a reconstructed image of counts into Bq/mL.

    Writes activity.nii.gz and result.json, both or nothing. A record of another protocol, or past
    its date, is refused.

    Example: hevesy spect quantify spect.nii.gz --calibration room2-he-2026.json --protocol
    scan.toml --out results
    """
    from hevesy.workflows import run_spect_quantify

    found: dict[str, Any] = run_spect_quantify(
        image, calibration=calibration, protocol=protocol, out_dir=out, regions=regions
    )
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    typer.echo(
        f"{found['total_bq'] / 1e6:.5g} MBq ({found['total_bq'] / 3.7e7:.4g} mCi) "
        f"± {100 * found['calibration_relative_uncertainty']:.1f} % by calibration: {out}"
    )
    for item in found["regions"]:
        typer.echo(
            f"  {item['name']}: {item['activity_bq'] / 1e6:.4g} MBq "
            f"± {100 * item['activity_relative_uncertainty']:.1f} % in {item['volume_ml']:.4g} mL"
        )
    typer.echo(found["statement"])
