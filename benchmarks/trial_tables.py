"""Tables of a made-up study: 5,000 patients, 50,000 events, 100,000 measured lesions.

python -m benchmarks.trial_tables

In a process of its own. Seconds are of CPU (the machine may be busy); those of wall stand beside.
"""

import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.trial.made_study import make_study

from hevesy.trial import StudyRows
from hevesy.trial.tables import TableOptions, prepare_analysis, split_by_activity
from hevesy.trial.tables.tabulate import TABLE_NAMES, TABLES
from hevesy.workflows.trial_tables import write_tables

SEED = 1
OPTIONS = TableOptions(cohorts=split_by_activity((3.7e9, 7.4e9)))


def large_study() -> StudyRows:
    """The study; the same rows each time."""
    return make_study(SEED, patients=5000, events=50_000, visits=9, lesions=4, measurements=100_000)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU and of wall."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def run() -> dict[str, float]:
    """Prepare once, make each table, then the whole command's work in all formats."""
    rows = large_study()
    found: dict[str, float] = {
        "patients": len(rows.patients),
        "events": len(rows.events),
        "assessments": len(rows.assessments),
    }
    analysis = prepare_analysis(rows, options=OPTIONS)
    found["prepare_cpu_s"], found["prepare_s"] = timed(
        lambda: prepare_analysis(rows, options=OPTIONS)
    )
    slowest = 0.0
    for name, make in zip(TABLE_NAMES, TABLES, strict=True):
        cpu, found[f"{name}_s"] = timed(lambda make=make: make(analysis))
        found[f"{name}_cpu_s"] = cpu
        slowest = max(slowest, cpu)
    found["slowest_table_cpu_s"] = slowest
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        found["all_cpu_s"], found["all_s"] = timed(
            lambda: write_tables(rows, out, options=OPTIONS, formats=("html", "docx", "csv"))
        )
        found["page_mb"] = (out / "tables.html").stat().st_size / 1e6
    found["memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return found


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
