"""`hevesy spect`: the gamma camera, from its calibration on."""

import typer

from hevesy.cli.spect_calibrate import calibrate, quantify

__all__ = ["app"]

app = typer.Typer(
    name="spect",
    help="The gamma camera: its calibration, and counts turned into becquerels.",
    no_args_is_help=True,
)
app.command("calibrate")(calibrate)
app.command("quantify")(quantify)
