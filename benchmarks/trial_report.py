"""The report of a made-up study: 300 patients and more, 600 lesions, the results of 1,800 scans.

python -m benchmarks.trial_report

The study is written into a real database first (not timed). In a process of its own; seconds of
CPU (the machine may be busy) beside those of wall, and the peak of memory.
"""

import hashlib
import json
import resource
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from tests.trial.filled_study import fill_study
from tests.trial.made_study import make_study

from hevesy.store import tables as t
from hevesy.trial import AdministrationRow, StudyRows
from hevesy.workflows.study import open_study
from hevesy.workflows.study_report import report_study
from hevesy.workflows.trial_tables import TableRequest

SEED, PATIENTS, SCANS = 1, 340, 6  # of whom some are not eligible: 300 are treated and more
HOURS = (1.0, 6.0, 24.0, 48.0, 72.0, 96.0)
PADDING = 300  # points of a curve that the report does not read: a result has 40 kB


def study_rows() -> StudyRows:
    """Everybody treated once, two lesions each, 1,500 events."""
    made = make_study(SEED, patients=PATIENTS, events=1500, lesions=2, visits=4)
    first: dict[str, AdministrationRow] = {}
    for row in made.administrations:
        first.setdefault(row.inclusion, row)
    return replace(made, administrations=tuple(first.values()))


def region(name: str, kind: str, share: float, rng: np.random.Generator) -> dict[str, Any]:
    """What a result says of a region, as `hevesy dose` writes it."""
    parts = [
        {
            "scan": i, "course": 1, "hours_after_administration": hours,
            "percent": share, "percent_uncertainty": 0.06 * share,
            "decay_corrected_percent": share * float(rng.uniform(0.8, 1.0)),
            "decay_corrected_percent_uncertainty": 0.06 * share, "below_detection": False,
            "detection_limit_mbq": 1.0, "detection_limit_percent": 0.1,
        }
        for i, hours in enumerate(HOURS, 1)
    ]  # fmt: skip
    return {
        "name": name, "kind": kind, "biodistribution": parts, "kinetics": [],
        "curves": [{"times_h": list(range(PADDING)), "activity_mbq": [share] * PADDING}],
        "uncertainty_shares": [{"source": "volume", "relative_uncertainty": 0.05}],
    }  # fmt: skip


def result_text(lesions: list[str], rng: np.random.Generator) -> str:
    """A result.json, as far as it is read, and as large as one."""
    return json.dumps(
        {
            "scans": [{}] * SCANS,
            "regions": [
                *(region(name, "lesion", 45.0, rng) for name in lesions),
                *(region(name, "organ", 1.0, rng) for name in ("liver", "lungs", "marrow")),
            ],
            "closure": {
                "verdict": "closes", "reason": "it does", "unstated": [],
                "ratio": float(rng.normal(1.0, 0.03)), "ratio_uncertainty": 0.05,
                "ratio_stated_uncertainty": 0.05,
            },
            "warnings": [],
            "provenance": {
                "hevesy_version": "0", "data_sets": [],
                "inputs": [{"role": f"scan {i + 1} SPECT", "sha256": "0" * 64}
                           for i in range(SCANS)],
            },
        }
    )  # fmt: skip


def add_results(folder: Path, rows: StudyRows) -> None:
    """Scans, results and doses of every administration."""
    rng = np.random.default_rng(SEED)
    of_inclusion: dict[str, list[str]] = {}
    for place in rows.lesions:
        of_inclusion.setdefault(place.lesion.rsplit("-L", 1)[0], []).append(place.lesion)
    with open_study(folder) as (_, store), store.writing("ines") as writer:
        for given in rows.administrations:
            lesions = of_inclusion[given.inclusion]
            for i, hours in enumerate(HOURS, 1):
                writer.add(
                    t.Scan(
                        id=f"{given.administration}-scan-{i}", files_sha256="0" * 64,
                        administration=given.administration, spect="x",
                        at=given.given_at + timedelta(hours=hours),
                    )
                )  # fmt: skip
            text = result_text(lesions, rng)
            name = f"result-{given.administration}"
            writer.add(
                t.Result(
                    id=name, administration=given.administration, kind="dose", content=text,
                    computed_at=given.given_at + timedelta(days=5),
                    content_sha256=hashlib.sha256(text.encode()).hexdigest(),
                )
            )  # fmt: skip
            for i, lesion in enumerate((*lesions, "liver", "lungs", "marrow")):
                gray = float(rng.lognormal(5.0 if lesion in lesions else 0.0, 0.6))
                writer.add(
                    t.Dose(
                        id=f"{name}-{i}", result=name, administration=given.administration,
                        region=lesion, method="monte-carlo", volume_ml=20.0, mass_g=21.0,
                        lesion=lesion if lesion in lesions else None, mean_dose_gy=gray,
                        mean_dose_uncertainty_gy=0.08 * gray,
                    )
                )  # fmt: skip


def run(runs: tuple[str, ...] = ("html", "html,pdf,docx,csv")) -> dict[str, float]:
    """Fill a study, report it."""
    rows = study_rows()
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "study", Path(place) / "out"
        fill_study(folder, rows)
        add_results(folder, rows)
        found: dict[str, float] = {
            "patients": len(rows.patients), "administrations": len(rows.administrations),
            "lesions": len(rows.lesions), "scans": SCANS * len(rows.administrations),
        }  # fmt: skip
        for name in runs:
            cpu, wall = time.process_time(), time.perf_counter()
            report_study(folder, out, request=TableRequest(), formats=name.split(","))
            found[f"{name}_cpu_s"] = time.process_time() - cpu
            found[f"{name}_s"] = time.perf_counter() - wall
            found[f"{name}_mb"] = sum(f.stat().st_size for f in out.rglob("*.*")) / 1e6
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return found


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
