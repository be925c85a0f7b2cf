"""`hevesy spect`: the gamma camera, from raw projections on."""

import typer

from hevesy.cli.spect_reconstruct import reconstruct

__all__ = ["app"]

app = typer.Typer(
    name="spect",
    help="The gamma camera: raw projections to images.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """The gamma camera: raw projections to images."""


app.command("reconstruct")(reconstruct)
