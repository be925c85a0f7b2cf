"""The long comparisons: repeats of the virtual patient, stored with their seeds; then the pages.

python -m benchmarks.validate               all of it anew (about 10 minutes)
python -m benchmarks.validate --resume      go on with what was interrupted
python -m benchmarks.validate --page        only the pages, from what is stored
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import (
    chain_histories,
    designs_page,
    evidence_coverage,
    index_page,
    intevo,
    monitor_coverage,
    monte_carlo_validation,
    patients_validation,
    pilot_import,
    spect_validation,
    store_kills,
    virtual_patient_page,
)
from benchmarks.virtual_repeats import STATED, run_repeat
from hevesy import __version__

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
STORED = PAGES / "virtual-patient.json"
UNFINISHED = PAGES / "virtual-patient.unfinished.json"

Repeat = Callable[[int], dict[str, Any]]
SETS: dict[str, tuple[int, Repeat]] = {
    "repeats": (32, run_repeat),
    "no_errors": (8, partial(run_repeat, errors=False)),
    "moved": (6, partial(run_repeat, moved=True)),
}
"""How many repeats of each kind, and what runs one."""


def load(path: Path = STORED) -> dict[str, Any]:
    """Read stored repeats."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _store(found: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """One repeat a line, so that a change can be read."""
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
    for key in SETS:
        rows = ",\n".join(f"  {json.dumps(row)}" for row in found[key])
        lines.append(f" {json.dumps(key)}: [\n{rows}\n ]")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def run(*, resume: bool) -> None:
    """Run every set; each repeat is kept as it comes, and the stored file changes at the end."""
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in SETS}
    if resume and UNFINISHED.exists():
        found |= {key: load(UNFINISHED)[key] for key in SETS}
    begin = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for key, (wanted, repeat_once) in SETS.items():
            missing = range(len(found[key]) + 1, wanted + 1)
            for row in pool.map(repeat_once, missing):
                found[key].append(row)
                _store(found, UNFINISHED)
                done = f"{key} {row['repeat']}/{wanted}"
                print(f"{done}: {time.perf_counter() - begin:.0f} s", flush=True)
    _store(found, UNFINISHED)
    UNFINISHED.replace(STORED)


def main() -> None:
    """Run, and write the pages."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.validate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--resume", action="store_true", help="go on with what was interrupted")
    parser.add_argument("--page", action="store_true", help="write the pages only")
    asked = parser.parse_args()
    if not asked.page:
        run(resume=asked.resume)
    virtual_patient_page.write(load(), PAGES)
    index_page.write(load(), PAGES)
    intevo.write(PAGES)
    monte_carlo_validation.main(["--page"] if asked.page else [])
    spect_validation.main(["--page"] if asked.page else [])
    if not asked.page:
        store_kills.main()
        pilot_import.main()
    chain_histories.main(["--page"] if asked.page else [])
    monitor_coverage.main(["--page"] if asked.page else [])
    patients_validation.main(["--page"] if asked.page else [])
    evidence_coverage.main(["--page"] if asked.page else [])
    designs_page.main()


if __name__ == "__main__":
    main()
