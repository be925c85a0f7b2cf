"""`python -m hevesy` and the `hevesy` command."""

import os
import signal
from types import FrameType

__all__ = ["main"]

_STOPPED = b"hevesy: error: interrupted; nothing was written\n"


def _stop(number: int, frame: FrameType | None) -> None:
    os.write(2, _STOPPED)
    os._exit(2)


def main() -> None:
    """Run the command line; Ctrl-C while it is still being loaded ends it in one line, too.

    Raises
    ------
    SystemExit
        Always; see `hevesy.cli.main`.
    """
    default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if default:  # not where the caller has it ignored, as nohup does
        signal.signal(signal.SIGINT, _stop)
    from hevesy.cli import main as run

    if default:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
