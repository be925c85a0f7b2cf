"""The long comparisons: repeats of the virtual patient, stored with their seeds.

python -m benchmarks.validate               all that is missing, then the page
python -m benchmarks.validate --fresh       all of it anew
python -m benchmarks.validate --page        only the page, from what is stored
"""

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.repeats_page import write_page
from benchmarks.virtual_repeats import STATED, run_repeat
from hevesy import __version__

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
STORED = PAGES / "virtual-patient.json"
REPEATS = 32
MOVED = 6


def load() -> dict[str, Any]:
    """What is stored, or the beginning of it."""
    if STORED.exists():
        found: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
        return found
    return {"repeats": [], "moved": []}


def _store(found: dict[str, Any]) -> None:
    head = {
        "what": "repeats of the virtual patient; one standard deviation, k = 1",
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": "the repeat's number seeds lumps, errors and noise",
        "stated": {
            "calibration_share": STATED.calibration_share,
            "fwhm_mm": STATED.fwhm_mm,
            "fwhm_uncertainty_mm": STATED.fwhm_uncertainty_mm,
            "border_mm": STATED.border_mm,
        },
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key in ("repeats", "moved"):
        rows = ",\n".join(f"  {json.dumps(row)}" for row in found[key])
        lines.append(f" {json.dumps(key)}: [\n{rows}\n ]")
    temporary = STORED.with_suffix(".part")
    temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    temporary.replace(STORED)


def run(repeats: int, moved: int, *, fresh: bool) -> None:
    """Run what is missing, and store after each repeat: it can be interrupted."""
    found = {"repeats": [], "moved": []} if fresh else load()
    for key, wanted in (("repeats", repeats), ("moved", moved)):
        done = {row["repeat"] for row in found[key]}
        for repeat in range(1, wanted + 1):
            if repeat in done:
                continue
            begin = time.perf_counter()
            found[key].append(run_repeat(repeat, moved=key == "moved"))
            _store(found)
            print(f"{key} {repeat}/{wanted}: {time.perf_counter() - begin:.0f} s", flush=True)


def main() -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validate", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--moved", type=int, default=MOVED, help="with registration")
    parser.add_argument("--fresh", action="store_true", help="forget what is stored")
    parser.add_argument("--page", action="store_true", help="write the page only")
    asked = parser.parse_args()
    if not asked.page:
        run(asked.repeats, asked.moved, fresh=asked.fresh)
    write_page()


if __name__ == "__main__":
    main()
