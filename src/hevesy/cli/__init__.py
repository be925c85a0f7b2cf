"""The `hevesy` command: thin; each subcommand calls one function of `hevesy.workflows`.

Nothing heavy is imported here: subcommands import what they need when they run.
"""

import errno
import logging
import os
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from hevesy._version import __version__
from hevesy.cli import nuclide, pharmacy, protect, spect, trial, user
from hevesy.cli.command_group import CommandGroup
from hevesy.cli.demo import demo
from hevesy.cli.dose import dose
from hevesy.cli.dose_map import dose_map, dose_media
from hevesy.cli.prior import prior
from hevesy.cli.verify import verify
from hevesy.errors import HevesyError

__all__ = ["app", "main"]

_STOPPED = "interrupted; nothing was written"
_QUANTITY = re.compile(r"-(\d+\.?\d*|\.\d+)")
_SIGNALLED = 130  # what typer makes of a KeyboardInterrupt


@dataclass
class _Settings:
    debug: bool = False


app = typer.Typer(
    cls=CommandGroup,
    name="hevesy",
    add_completion=False,
    rich_markup_mode=None,  # plain help: starts in half the time, and reads the same everywhere
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(nuclide.app, name="nuclide")
app.add_typer(pharmacy.app, name="pharmacy")
app.add_typer(protect.app, name="protect")
app.add_typer(spect.app, name="spect")
app.add_typer(trial.app, name="trial")
app.add_typer(user.app, name="user")
app.command()(dose)
app.command("dose-map")(dose_map)
app.command("dose-media")(dose_media)
app.command()(demo)
app.command()(prior)
app.command()(verify)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hevesy {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="HEVESY_DEBUG", help="Show where an error arose.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """hevesy: from SPECT/CT to absorbed dose with its uncertainty. Research use only.

    Exit code 0: done. 1: it failed. 2: the input can't be used, nothing was written.
    """
    context.obj.debug = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors become one line on standard error and an exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Instead of the process's own.

    Raises
    ------
    SystemExit
        Always: 0 done, 1 failed, 2 bad input, not written, or interrupted.
    """
    settings = _Settings(debug=os.environ.get("HEVESY_DEBUG", "") not in {"", "0"})
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without µ or ± gets a question mark
            stream.reconfigure(errors="replace")
    with _libraries_quiet(), _terminable():
        sys.exit(_run(sys.argv[1:] if arguments is None else list(arguments), settings))


def _run(arguments: list[str], settings: _Settings) -> int:
    # "-2 h" is a quantity, of which the option parser would take the -h for a call for help
    arguments = [f" {text}" if _QUANTITY.match(text) else text for text in arguments]
    try:
        code = app(arguments, prog_name="hevesy", standalone_mode=False, obj=settings)
    except TyperException as error:
        message = error.format_message().rstrip(".")
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the whole help
            message = "Missing command"
        command = getattr(getattr(error, "ctx", None), "command_path", "hevesy")
        _say(f"{message}; see {command} --help", settings)
        return 2
    except HevesyError as error:
        _say(str(error), settings)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say(_STOPPED, settings)
        return 2
    except MemoryError:
        _say("there is not enough memory; close other programs or use a larger machine", settings)
        return 1
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            _say("the disk is full; make room (results, or the temporary folder)", settings)
            return 2
        return _unexpected(error, settings)
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback for people
        return _unexpected(error, settings)
    if code == _SIGNALLED:
        _say(_STOPPED, settings)
        return 2
    return int(code or 0)


def _say(message: str, settings: _Settings) -> None:
    if settings.debug and sys.exc_info()[0] is not None:
        traceback.print_exc()
    typer.echo(f"hevesy: error: {' '.join(message.split())}", err=True)


def _unexpected(error: Exception, settings: _Settings) -> int:
    """Name the fault's kind and place, never its text, which may hold what a file holds."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{os.sep}hevesy{os.sep}" in frame.filename]
    place = ""
    if own:
        module = own[-1].filename.rsplit(f"{os.sep}hevesy{os.sep}", maxsplit=1)[-1]
        place = f" in hevesy/{module.replace(os.sep, '/')}, line {own[-1].lineno}"
    _say(
        f"unexpected {type(error).__name__}{place}: this is a fault in hevesy {__version__}; "
        "run `hevesy --debug ...` and report what it shows (without patients' names) "
        "as an issue of the project",
        settings,
    )
    return 1


@contextmanager
def _libraries_quiet() -> Iterator[None]:
    """Libraries' own warnings would stand between the user and the one line that counts."""
    root = logging.getLogger()
    handler = logging.NullHandler()
    root.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeHandler(handler)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind as Ctrl-C does, so that temporary files are taken away."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
