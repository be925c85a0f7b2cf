"""`hevesy spect`: the gamma camera, from raw projections to becquerels."""

import typer

from hevesy.cli.command_group import CommandGroup
from hevesy.cli.spect_calibrate import calibrate, quantify
from hevesy.cli.spect_hybrid import hybrid
from hevesy.cli.spect_planar import planar
from hevesy.cli.spect_reconstruct import reconstruct
from hevesy.cli.spect_simulate import simulate

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="spect",
    help="The gamma camera: raw projections to images, and counts turned into becquerels.",
    no_args_is_help=True,
)
app.command("simulate")(simulate)
app.command("reconstruct")(reconstruct)
app.command("calibrate")(calibrate)
app.command("quantify")(quantify)
app.command("planar")(planar)
app.command("hybrid")(hybrid)
