"""Write the pages that follow from the code: the commands' help, the schemas of JSON files.

Run it after a change of a command or of the result: `.venv/bin/python scripts/generate_cli_docs.py`
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import typer.main

from hevesy.cli import app
from hevesy.files import calibration_schema, result_schema

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "command-line.md"
SCHEMA = ROOT / "docs" / "reference" / "result.schema.json"
CALIBRATION = ROOT / "docs" / "reference" / "calibration.schema.json"

HEAD = """# Command line

This page is what `--help` prints; `scripts/generate_cli_docs.py` writes it.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | it failed: a fit, a registration, a check that does not agree, a fault in hevesy |
| 2 | the input can't be used, the result could not be written, or the work was interrupted |

An error is one line on standard error. Ctrl-C asks the work to stop at the next safe place; a
second one stops it where it is. Either way nothing new stands under a final name.
`HEVESY_DEBUG=1`, or `--debug` before the command, shows where an error arose.
"""


def commands() -> list[tuple[str, ...]]:
    """Every command, as the words that call it."""
    found: list[tuple[str, ...]] = [()]

    def walk(command: object, words: tuple[str, ...]) -> None:
        for name, inner in sorted(getattr(command, "commands", {}).items()):
            found.append((*words, name))
            walk(inner, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


def help_of(words: tuple[str, ...]) -> str:
    """What the real command prints, 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    environment.pop("HEVESY_DEBUG", None)
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return done.stdout.rstrip()


def page() -> str:
    """The page's text."""
    parts = [HEAD.rstrip()]
    for words in commands():
        title = " ".join(("hevesy", *words))
        level = "#" * min(len(words) + 2, 3)
        parts.append(f"{level} {title}\n\n```text\n{help_of(words)}\n```")
    return "\n\n".join(parts) + "\n"


def schema() -> str:
    """The schema's text."""
    return json.dumps(result_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")
    calibration = json.dumps(calibration_schema(), indent=2, ensure_ascii=False) + "\n"
    CALIBRATION.write_text(calibration, encoding="utf-8")
