"""Whether the threshold's interval holds the truth where things are harder than on the page.

Each truth differs from `evidence_coverage.TRUTH` in what its name says.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from hevesy import __version__
from hevesy.evidence import (
    LesionTruth,
    ThresholdRule,
    account_lesions,
    draw_lesions,
    fit_dose_response,
    too_few_outcomes,
    true_threshold_gy,
)
from hevesy.trial import clopper_pearson_percent

__all__ = ["HARDER", "Harder", "counted_truth", "run_harder", "run_truths", "truths_lines"]

STUDIES = 200
SEED = 31
RULE = ThresholdRule(name="coverage", probability=0.5, resamples=200)
PROBABILITIES = (0.5, 0.8)
_MANY = 8  # misses that are more than chance makes of one side: 5 of 200 are promised
_USUAL = LesionTruth(half_dose_gy=100.0, missing_share=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harder:
    """A supposed truth, in words and numbers, and the number of patients."""

    words: str
    truth: LesionTruth
    patients: int = 36


HARDER = (
    Harder(words="flat: log odds rise by 1.5", truth=replace(_USUAL, steepness_factor=1.5)),
    Harder(
        words="60 % of the latent variance common to a patient, 4 lesions each",
        truth=replace(_USUAL, patient_share=0.6, lesions_per_patient_ratio=4.0),
    ),
    Harder(words="doses uncertain by 40 %", truth=replace(_USUAL, dose_uncertainty_share=0.4)),
    Harder(words="12 patients", truth=_USUAL, patients=12),
    Harder(
        words="half respond at 500 Gy, 5 times the median dose, and flat (1.5)",
        truth=replace(_USUAL, half_dose_gy=500.0, steepness_factor=1.5),
    ),
)


def run_harder(study: int, which: int) -> dict[str, Any]:
    """One study of a harder truth: threshold and limits for each probability, if anything is fitted."""
    one = HARDER[which]
    generator = np.random.default_rng([SEED, which, study])
    lesions = draw_lesions(one.truth, patients=one.patients, generator=generator)
    account = account_lesions(lesions)
    if too_few_outcomes(account, RULE):
        return {"study": study, "found": None}
    curve = fit_dose_response(account.complete, rule=replace(RULE, seed=study + 1))
    found = [[curve.dose_gy(p), *curve.dose_interval_gy(p)] for p in PROBABILITIES]
    return {"study": study, "found": found, "most_gy": curve.doses_range[1]}


def run_truths() -> dict[str, Any]:
    """Run every study of every harder truth."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        rows = [
            list(pool.map(partial(run_harder, which=k), range(1, STUDIES + 1), chunksize=10))
            for k in range(len(HARDER))
        ]
    return {
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": f"[{SEED}, truth, study] draws a study, study + 1 its resamples",
        "truths": [
            {
                "words": one.words, "patients": one.patients, "truth": asdict(one.truth),
                "thresholds_gy": [
                    true_threshold_gy(one.truth, probability=p) for p in PROBABILITIES
                ],
                "studies": some,
            }
            for one, some in zip(HARDER, rows, strict=True)
        ],
    }  # fmt: skip


def counted_truth(one: dict[str, Any], k: int) -> dict[str, Any]:
    """Coverage, misses and width of a harder truth's intervals at one probability."""
    truth = one["thresholds_gy"][k]
    fitted = [row["found"][k] for row in one["studies"] if row["found"] is not None]
    dose = np.array([np.inf if row[0] is None else row[0] for row in fitted])
    low = np.array([0.0 if row[1] is None else row[1] for row in fitted])
    high = np.array([np.inf if row[2] is None else row[2] for row in fitted])
    bounded = (low > 0) & np.isfinite(high)
    ratio = np.where(bounded, high / np.where(low > 0, low, 1.0), np.inf)
    return {
        "truth": truth,
        "median": float(np.median(dose)),
        "covered": int(((low <= truth) & (truth <= high)).sum()),
        "above": int((low > truth).sum()),
        "below": int((high < truth).sum()),
        "ratio": float(np.median(ratio)),
        "unbounded": int((~bounded).sum()),
        "fitted": len(fitted),
        "studies": len(one["studies"]),
    }


def truths_lines(stored: dict[str, Any]) -> list[str]:
    """Markdown of the harder truths."""
    rows, low_ones, high_ones, lopsided = [], [], [], []
    for one in stored["truths"]:
        for k, p in enumerate(PROBABILITIES):
            found = counted_truth(one, k)
            share = 100 * found["covered"] / found["fitted"]
            low, high = clopper_pearson_percent(found["covered"], found["fitted"])
            off = " **below**" if high < 95 else " **above**" if low > 95 else ""
            if off:
                (low_ones if high < 95 else high_ones).append(
                    f"{one['words']}, {100 * p:g} % threshold ({share:.1f} %)"
                )
            if found["below"] >= _MANY and found["below"] >= 3 * found["above"]:
                lopsided.append(
                    f"{one['words']}, {100 * p:g} % threshold ({found['below']} of "
                    f"{found['below'] + found['above']})"
                )
            ratio = "no limit" if not np.isfinite(found["ratio"]) else f"{found['ratio']:.2f}"
            median = "none" if not np.isfinite(found["median"]) else f"{found['median']:.0f}"
            rows.append(
                f"| {one['words']} | {one['patients']} | {100 * p:g} % ({found['truth']:.0f} Gy) "
                f"| {median} | {share:.1f} ({low:.1f} to {high:.1f}){off} "
                f"| {found['above']} / {found['below']} | {ratio} | {found['unbounded']} "
                f"| {found['studies'] - found['fitted']} |"
            )
    fewest = min(len(one["studies"]) for one in stored["truths"])
    said = (
        f"**Too short**: {'; '.join(low_ones)}." if low_ones
        else "None falls below 95 % by more than chance; "
        f"{fewest} studies would show 90 % and not 93 %."
    )  # fmt: skip
    more = f" Longer than promised: {'; '.join(high_ones)}." if high_ones else ""
    if lopsided:
        more += (
            " Those that miss, miss by ending below the truth: "
            f"{'; '.join(lopsided)}. The upper limit is the one to doubt where patients are few or "
            "the threshold lies beyond the doses; 2.5 % on that side is not what is delivered."
        )
    more += (
        " Where half of the intervals or more lack a limit, they hold the truth because they say "
        "little, and the share is no praise."
    )
    return [
        "## Where it is harder",
        "",
        f"{fewest} studies each, of truths that differ from the one above in what is named; the "
        "doses' uncertainty undone. Studies in which nothing was fitted are in no share.",
        "",
        "| truth | patients | threshold (truth) | median (Gy) | covered (%) "
        "| missed: interval above / below | upper/lower, median | without a limit | not fitted |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        said + more,
    ]
