"""Whether the running dose's 90 % intervals hold the truth: 200 virtual patients, five priors.

python -m benchmarks.monitor_coverage            all of it anew (about 5 minutes), and the page
python -m benchmarks.monitor_coverage --page     only the page, from what is stored
"""

import argparse
import json
import math
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import monitor_page
from benchmarks.monitor_patients import (
    DECAY_PER_H,
    HOURS,
    INJECTED_BQ,
    draw_patient,
    measure_patient,
)
from benchmarks.stored import write_stored
from hevesy import __version__
from hevesy.timeactivity import (
    CurvePosterior,
    DoseScale,
    KineticsPrior,
    MeasuredCurve,
    fit_study_prior,
    follow_curve,
    half_life_tia_bq_s,
    population_tia_bq_s,
    single_scan_posterior,
    wide_prior,
)

__all__ = ["PATIENTS", "load", "main", "run_patient", "stored_priors"]

PATIENTS = 200
POPULATION, STUDY = range(10_000, 10_150), range(5_000, 5_020)
"""Seeds of the patients that the right prior and the study's prior are fitted to."""
DENSE_HOURS = (1.0, 2.0, 4.0, 6.0, 10.0, 16.0, 24.0, 36.0, 48.0, 60.0, 72.0, 96.0)
PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
STORED = PAGES / "monitor.json"


def load(path: Path = STORED) -> dict[str, Any]:
    """Read what is stored."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _last_posterior(seed: int, *, dense: bool) -> CurvePosterior:
    """A patient's kinetics as all its scans tell them, under the wide prior."""
    patient = draw_patient(seed)
    if dense:
        curve, scale = measure_patient(patient, seed, DENSE_HOURS, errors=0.3)
    else:
        curve, scale = measure_patient(patient, seed)
    wide = wide_prior()
    return follow_curve(curve, prior=wide, wide=wide, scale=scale, seed=seed)[-1]


def _plain(prior: KineticsPrior) -> dict[str, Any]:
    """As it is stored, and used: five digits."""
    five = [float(f"{value:.5g}") for value in prior.mean]
    rows = [[float(f"{value:.5g}") for value in row] for row in prior.covariance]
    return {"name": prior.name, "mean": five, "covariance": rows}


def _wrong_prior() -> KineticsPrior:
    """A depot from which nothing ever leaves, held for sure."""
    wide = wide_prior()
    mean = wide.mean.copy()
    mean[[0, 1, 3]] = 3.5, 0.04, math.log(math.log(2.0) / 1000.0 / 3600.0)
    mean[4] -= 2.0
    sds = np.array([0.3, 0.1, 0.3, 0.3, 0.5, 0.5])
    return KineticsPrior(name="wrong", source="made up", mean=mean, covariance=np.diag(sds**2))


def stored_priors(stored: dict[str, Any]) -> dict[str, KineticsPrior]:
    """The priors that stored patients were run under, by name."""
    found = {
        name: KineticsPrior(
            name=name, source="benchmark", mean=np.array(values["mean"]),
            covariance=np.array(values["covariance"]),
        )
        for name, values in stored["priors"].items()
    }  # fmt: skip
    found["wide"] = wide_prior()
    found["wrong, alone"] = replace(found["wrong"], wide_weight=0.0)
    return found


def _place(posterior: CurvePosterior, truth_gy: float) -> list[float]:
    """Quantile of the truth, median over truth, width of the 90 % interval over truth."""
    doses = posterior.doses_gy()
    low, high = posterior.interval90_gy()
    share = float(np.mean(doses < truth_gy))
    return [share, float(np.median(doses)) / truth_gy, (high - low) / truth_gy]


def run_patient(seed: int, priors: dict[str, KineticsPrior]) -> dict[str, Any]:
    """One patient under every prior, after every scan, and from every scan alone."""
    patient = draw_patient(seed)
    curve, scale = measure_patient(patient, seed)
    truth = patient.tia_h()
    row: dict[str, Any] = {"patient": seed, "family": patient.family}
    wide = priors["wide"]
    for name, prior in priors.items():
        found = follow_curve(curve, prior=prior, wide=wide, scale=scale, seed=seed)
        row[name] = [
            [*_place(now, truth), float(np.mean(now.doses_gy(3600 * h) < patient.tia_h(h)))]
            for now, h in zip(found, HOURS, strict=True)
        ]
    for name in ("wide", "study"):
        row[f"one scan, {name}"] = [
            _place(
                single_scan_posterior(
                    curve, k, prior=priors[name], wide=wide, scale=scale, seed=seed
                ),
                truth,
            )
            for k in range(len(HOURS))
        ]
    row["formulas"] = _formulas(curve, scale, truth, priors["right"])
    return row


def _formulas(
    curve: MeasuredCurve, scale: DoseScale, truth: float, right: KineticsPrior
) -> list[list[float]]:
    """Each scan's dose over the truth by A 2 t / ln 2, and by the population's half-life."""
    half_life_s = 3600 * math.log(2.0) / (DECAY_PER_H + 3600 * math.exp(right.mean[3]))
    return [
        [
            half_life_tia_bq_s(a, t) * scale.gy_per_bq_s / truth,
            population_tia_bq_s(a, t, half_life_s=half_life_s) * scale.gy_per_bq_s / truth,
        ]
        for t, a in zip(curve.times_s.tolist(), curve.activities_bq.tolist(), strict=True)
    ]


def run() -> None:
    """Fit the priors, run every patient, store it."""
    begin = time.perf_counter()
    wide = wide_prior()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        dense = list(pool.map(partial(_last_posterior, dense=True), POPULATION))
        few = list(pool.map(partial(_last_posterior, dense=False), STUDY))
        priors = [
            fit_study_prior(dense, given=wide, name="right"),
            fit_study_prior(few, given=wide, name="study"),
            _wrong_prior(),
        ]
        found: dict[str, Any] = {
            "what": "virtual patients under priors; 90 % intervals of the running dose",
            "version": __version__,
            "date": datetime.now(UTC).date().isoformat(),
            "seeds": "the patient's number seeds kinetics, errors and sampling",
            "injected_mbq": INJECTED_BQ / 1e6,
            "hours": list(HOURS),
            "priors": {prior.name: _plain(prior) for prior in priors},
        }
        job = partial(run_patient, priors=stored_priors(found))
        found["patients"] = list(pool.map(job, range(1, PATIENTS + 1), chunksize=4))
    write_stored(STORED, found, digits=5)
    print(f"running dose of {PATIENTS} patients: {time.perf_counter() - begin:.0f} s", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.monitor_coverage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--page", action="store_true", help="write the page only")
    if not parser.parse_args(arguments).page:
        run()
    monitor_page.write(load(), PAGES)


if __name__ == "__main__":
    main()
