"""Whether the threshold's 95 % interval holds a known threshold: 500 simulated studies a size.

python -m benchmarks.evidence_coverage            all of it anew (under 10 minutes), and the page
python -m benchmarks.evidence_coverage --truths   the harder truths anew (about a minute), and the page
python -m benchmarks.evidence_coverage --page     only the page, from what is stored
"""

import argparse
import json
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import evidence_page
from benchmarks.evidence_intervals import limits_by_rule
from benchmarks.evidence_truths import run_truths
from benchmarks.stored import write_stored
from hevesy import __version__
from hevesy.evidence import (
    DoseData,
    LesionTruth,
    ThresholdRule,
    account_lesions,
    check_design,
    draw_lesions,
    fit_corrected,
    fit_dose_response,
    log_uncertainty,
    patients_needed,
    too_few_outcomes,
    true_threshold_gy,
)

__all__ = ["CORRECTIONS", "PROBABILITIES", "TRUTH", "load", "main", "run_study"]

STUDIES = 500
PATIENTS = 36
SEED = 8
TRUTH = LesionTruth(half_dose_gy=100.0, missing_share=0.05)
RULE = ThresholdRule(name="coverage", probability=0.5, resamples=200)
PROBABILITIES = (0.5, 0.8)
CORRECTIONS = ("calibration", "none")
NARROW, ASSURANCE, SEARCHED = 2.0, 0.8, 100
"""Upper over lower limit of the 80 % threshold, share of studies, studies at each number tried."""

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
STORED = PAGES / "evidence.json"


def load(path: Path = STORED) -> dict[str, Any]:
    """Read what is stored."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def run_study(study: int, patients: int) -> dict[str, Any]:
    """One study: by each correction, for each probability, threshold and limits; the slopes."""
    generator = np.random.default_rng([SEED, patients, study])
    lesions = draw_lesions(TRUTH, patients=patients, generator=generator)
    account = account_lesions(lesions)
    row: dict[str, Any] = {"study": study, "patients": patients, "lesions": account.total}
    if too_few_outcomes(account, RULE):
        return row
    for correction in CORRECTIONS:
        rule = replace(RULE, correction=correction, seed=study + 1)
        curve = fit_dose_response(account.complete, rule=rule)
        row[correction] = [
            [curve.dose_gy(p), *curve.dose_interval_gy(p), *curve.slope_interval()]
            for p in PROBABILITIES
        ]
        row[f"slope, {correction}"] = curve.coefficients[1]
        if correction == CORRECTIONS[0]:
            row["limits"] = limits_by_rule(curve, PROBABILITIES)
    doses = np.array([dose for _, dose, _ in account.complete])
    share = np.full(doses.size, TRUTH.dose_uncertainty_share)
    data = DoseData(
        log_dose=np.log(doses / 100.0), log_sd=log_uncertainty(np.ones_like(share), share),
        responded=np.array([outcome for _, _, outcome in account.complete]),
    )  # fmt: skip
    simex = fit_corrected(data, np.ones((1, doses.size)), correction="simex", seed=study + 1)
    row["slope, simex"] = float(simex[0, 1])
    return row


def true_slope() -> float:
    """Slope of the population's curve: a fit without dose errors to 150,000 patients' lesions."""
    exact = replace(TRUTH, dose_uncertainty_share=0.0, missing_share=0.0)
    lesions = draw_lesions(exact, patients=150_000, generator=np.random.default_rng(SEED))
    data = DoseData(
        log_dose=np.log([row.dose_gy for row in lesions]) - np.log(100.0),
        log_sd=np.zeros(len(lesions)),
        responded=np.array([bool(row.responded) for row in lesions]),
    )
    return float(fit_corrected(data, np.ones((1, len(lesions))), correction="none")[0, 1])


def _search(patients: int) -> Any:
    rule = replace(RULE, probability=PROBABILITIES[-1])
    return check_design(
        TRUTH, patients=patients, rule=rule, studies=SEARCHED, seed=SEED + 1, ratio=NARROW
    )


def _processor_s() -> float:
    """Of this process and of those it has waited for."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))


def run() -> None:
    """Find the number that is needed, run every study at both numbers, store it."""
    begin, load = time.perf_counter(), os.getloadavg()[0]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        few = pool.map(partial(run_study, patients=PATIENTS), range(1, STUDIES + 1), chunksize=10)
        needed, tried = patients_needed(
            _search, assurance_share=ASSURANCE, least=PATIENTS, most=600
        )  # fmt: skip
        if needed is None:
            raise SystemExit("not even 600 patients are enough: change the criterion")
        print(f"{needed} patients needed: {time.perf_counter() - begin:.0f} s", flush=True)
        many = pool.map(partial(run_study, patients=needed), range(1, STUDIES + 1), chunksize=10)
        rows = [*few, *many]
    print(f"{len(rows)} studies: {time.perf_counter() - begin:.0f} s", flush=True)
    found: dict[str, Any] = {
        "what": "simulated studies with a known threshold; 95 % intervals, patients resampled",
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": f"[{SEED}, patients, study] draws a study, study + 1 its resamples",
        "truth": asdict(TRUTH),
        "rule": json.loads(RULE.to_json()),
        "probabilities": list(PROBABILITIES),
        "thresholds_gy": [true_threshold_gy(TRUTH, probability=p) for p in PROBABILITIES],
        "slope": true_slope(),
        "criterion": {"ratio": NARROW, "assurance": ASSURANCE, "studies": SEARCHED},
        "needed": needed,
        "tried": [[one.patients, one.narrow, one.studies] for one in tried],
    }
    found["run"] = {
        "wall_s": round(time.perf_counter() - begin),
        "processor_s": round(_processor_s()),
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }
    found["studies"] = rows
    found["harder"] = run_truths()
    write_stored(STORED, found, digits=5)


def main(arguments: list[str] | None = None) -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evidence_coverage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--page", action="store_true", help="write the page only")
    parser.add_argument("--truths", action="store_true", help="run the harder truths only")
    asked = parser.parse_args(arguments)
    if asked.truths:
        write_stored(STORED, {**load(), "harder": run_truths()}, digits=5)
    elif not asked.page:
        run()
    evidence_page.write(load(), PAGES)


if __name__ == "__main__":
    main()
