"""`hevesy spect hybrid`: a curve's shape from planar scans, its height from one SPECT."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.console import terminal_control

__all__ = ["hybrid"]


def hybrid(
    planar: Annotated[
        list[Path],
        typer.Argument(
            metavar="A/result.json B/result.json ...", help="Of hevesy spect planar, each scan's."
        ),
    ],
    hours: Annotated[
        str, typer.Option("--hours", help="From the administration to each, such as 1,24,48.")
    ],
    region: Annotated[str, typer.Option("--region", help="Its name in the results.")],
    spect_hours: Annotated[
        float, typer.Option("--spect-hours", help="From the administration to the SPECT.")
    ],
    spect_activity: Annotated[
        str, typer.Option("--spect-activity", help="The region's in the SPECT, such as 80MBq.")
    ],
    spect_uncertainty: Annotated[
        str, typer.Option("--spect-uncertainty", help="Of it, all together, such as 6%.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all figures as JSON instead of a summary.")
    ] = False,
) -> None:
    """Scale a region's planar time-activity curve to one quantitative SPECT.

    What is wrong with all planar scans by one factor falls out; the SPECT's uncertainty is common
    to all times. It writes no file.

    Example: hevesy spect hybrid 1h/result.json 24h/result.json 48h/result.json --hours 1,24,48
    --region liver --spect-hours 24 --spect-activity 80MBq --spect-uncertainty 6%
    """
    with terminal_control(quiet=True):
        from hevesy.units import parse_activity_bq, parse_share
        from hevesy.workflows.spect.hybrid import HybridRequest, run_spect_hybrid
        from hevesy.workflows.spect.options import parse_hours

        result = run_spect_hybrid(
            HybridRequest(
                planar=tuple(planar),
                hours=parse_hours(hours),
                region=region,
                spect_hours=spect_hours,
                spect_bq=parse_activity_bq(spect_activity, "--spect-activity"),
                spect_relative_uncertainty=parse_share(spect_uncertainty, "--spect-uncertainty"),
            )
        )
        if as_json:
            typer.echo(json.dumps(result, indent=1))
            return
        typer.echo(
            f"{result['region']}: {result['tia_mbq_h']:.4g} ± "
            f"{result['tia_uncertainty_mbq_h']:.2g} MBq h; SPECT over planar "
            f"{result['scale_ratio']:.3f}; {result['model']}"
        )
        for warning in result["warnings"]:
            typer.echo(f"warning: {warning}")
        typer.echo(result["statement"])
