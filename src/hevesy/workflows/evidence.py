"""Dose and outcome from files: read, analyse, write."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hevesy._version import __version__
from hevesy.errors import TrialError
from hevesy.evidence import (
    LINK_WORDS,
    PUBLISHED_DOSES,
    PUBLISHED_WARNING,
    DesignCheck,
    EvidenceResult,
    FurtherModels,
    LesionOutcome,
    LesionTruth,
    ThresholdRule,
    analyse_lesions,
    check_design,
    fit_further,
    local_control,
    patients_needed,
)
from hevesy.files import (
    parse_lesion_outcomes,
    read_table_text,
    read_threshold_rule,
    record_input,
    staged_output,
)
from hevesy.progress import SILENT, Control

__all__ = [
    "analyse_lesion_file",
    "evidence_answer",
    "evidence_figure_files",
    "list_lesions",
    "plan_lesions",
    "write_evidence",
]

_OWNED = (
    "evidence.json", "lesions.csv",
    *(f"{name}.{kind}" for name in ("dose-response", "roc", "control")
      for kind in ("csv", "svg", "png")),
)  # fmt: skip


def analyse_lesion_file(
    path: Path, *, rule_file: Path, fixed_sha256: str = ""
) -> tuple[EvidenceResult, FurtherModels]:
    """Find the threshold of dose in a file of lesions, and fit the models beside it.

    Parameters
    ----------
    path : Path
        CSV; see `hevesy.files.parse_lesion_outcomes`.
    rule_file : Path
        TOML; see `hevesy.files.read_threshold_rule`.
    fixed_sha256 : str
        Of the rule as it was fixed before the outcomes; without it all is exploratory.

    Returns
    -------
    (EvidenceResult, FurtherModels)

    Raises
    ------
    TrialError
        No lesion has the outcome that the rule asks for, or a rule that was not fixed has too few
        resamples.
    """
    rule = read_threshold_rule(rule_file)
    if not fixed_sha256.strip():
        rule.require_resamples()
    lesions = parse_lesion_outcomes(read_table_text(path), name=path.name)
    key, column = ("responded", "response") if rule.horizon_d is None else (
        "progressed", "time_days,event")  # fmt: skip
    if all(getattr(row, key) is None for row in lesions):
        raise TrialError(
            f"no lesion of {path.name} has the rule's outcome", got=rule.endpoint,
            allowed=column, remedy="fill these columns, or name another endpoint in the rule",
        )  # fmt: skip
    result = analyse_lesions(lesions, rule=rule, fixed_sha256=fixed_sha256.strip())
    return result, fit_further(lesions, rule=rule)


def evidence_answer(result: EvidenceResult, further: FurtherModels) -> dict[str, Any]:
    """Give a result as it is written to JSON.

    Parameters
    ----------
    result : EvidenceResult
    further : FurtherModels

    Returns
    -------
    dict
    """
    account = result.account
    answer: dict[str, Any] = {
        "version": __version__,
        "status": result.status,
        "rule": json.loads(result.rule.to_json()),
        "rule_sha256": result.rule.sha256,
        "lesions": account.total,
        "counts": account.counts,
        "without": {
            "outcome": [_named(row) for row in account.dose_without_outcome],
            "dose": [_named(row) for row in account.outcome_without_dose],
            "both": [_named(row) for row in account.neither],
        },
        "not_fitted": result.not_fitted,
        "separated": result.separated,
        "curve": None,
        "threshold": None,
        "roc": None,
        "further": _further_answer(further),
        "published": [asdict(one) for one in PUBLISHED_DOSES],
        "published_warning": PUBLISHED_WARNING,
        "notes": list(result.notes),
    }
    curve, threshold, roc = result.curve, result.threshold, result.roc
    if curve is not None:
        answer["curve"] = {
            "status": result.status,
            "link": curve.link,
            "reference_gy": curve.reference_gy,
            "coefficients": list(curve.coefficients),
            "uncorrected": list(curve.uncorrected),
            "slope_interval": list(curve.slope_interval()),
            "confidence": curve.confidence,
            "scale": LINK_WORDS[curve.link],
            "lesions": curve.lesions,
            "subjects": curve.subjects,
            "responders": curve.responders,
            "doses_range_gy": list(curve.doses_range),
            "failed_resamples": curve.failed_resamples,
        }
    if threshold is not None:
        answer["threshold"] = {**asdict(threshold), "text": threshold.as_text()}
    if roc is not None:
        answer["roc"] = {
            "status": result.status,
            "area": roc.area_share,
            "confidence": roc.confidence,
            "area_interval": list(roc.area_interval),
            "area_optimism": roc.area_optimism_share,
            "area_corrected": roc.area_corrected_share,
            "best_cut_gy": roc.best_cut_gy,
            "best_cut_interval_gy": list(roc.best_cut_interval_gy),
            "best_cut_status": result.status if result.rule.method == "youden" else "exploratory",
            "youden": roc.youden_share,
            "youden_corrected": roc.youden_corrected_share,
        }
    return answer


def _further_answer(further: FurtherModels) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "status": further.status,
        "control": [
            {
                "kind": one.kind,
                "half_gy": one.half_gy,
                "half_interval_gy": list(one.half_interval_gy),
                "shape": one.shape_factor,
                "half_exact_doses_gy": one.exact_half[0],
                "shape_exact_doses": one.exact_half[1],
            }
            for one in further.control
        ],
        "ordinal": None,
        "hazard": None,
        "notes": list(further.notes),
        "remarks": list(further.remarks),
    }
    if further.ordinal is not None:
        answer["ordinal"] = {
            "categories": dict(
                zip(further.ordinal.categories, further.ordinal.counts, strict=True)
            ),
            "log_odds_per_doubling": further.ordinal.log_odds[0],
            "log_odds_exact_doses": further.ordinal.uncorrected[0],
            "interval": list(further.ordinal.cluster_interval),
        }
    if further.hazard is not None:
        answer["hazard"] = {
            "log_hazard_per_doubling": further.hazard.log_hazard[0],
            "log_hazard_exact_doses": further.hazard.uncorrected[0],
            "interval": list(further.hazard.cluster_interval),
            "events": further.hazard.events,
            "monotone": further.hazard.monotone,
        }
    return answer


def _named(row: LesionOutcome) -> dict[str, str]:
    return {
        "subject": row.subject,
        "administration": row.administration,
        "lesion": row.lesion,
    }


def write_evidence(
    result: EvidenceResult,
    further: FurtherModels,
    out_dir: Path,
    *,
    inputs: Mapping[str, Path] | None = None,
) -> tuple[str, ...]:
    """Write a result: its JSON, every lesion with its place, its figures and their data.

    Parameters
    ----------
    result : EvidenceResult
    further : FurtherModels
    out_dir : Path
    inputs : mapping of str to Path, optional
        Files whose hashes are written down, by what they were used as.

    Returns
    -------
    tuple of str
        The files' names.
    """
    inputs = inputs or {}
    answer = evidence_answer(result, further)
    answer["inputs"] = {role: record_input(role, path).sha256 for role, path in inputs.items()}
    text = json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False)
    files = {
        "evidence.json": f"{text}\n".encode(),
        "lesions.csv": list_lesions(result).encode(),
        **evidence_figure_files(result, further),
    }
    with staged_output(out_dir, owned=_OWNED) as staged:
        staged.write_all(files)
    return tuple(files)


def evidence_figure_files(result: EvidenceResult, further: FurtherModels) -> dict[str, bytes]:
    """Draw curve, ROC and control curves, as far as they were fitted.

    Parameters
    ----------
    result : EvidenceResult
    further : FurtherModels

    Returns
    -------
    dict of str to bytes
        Each figure's marks as CSV, and the picture of them as SVG and PNG, by file name.
    """
    from hevesy.report.evidence_figures import draw_control, draw_dose_response, draw_roc
    from hevesy.report.evidence_marks import mark_control, mark_dose_response, mark_roc
    from hevesy.report.figure_files import render_figure_files

    files = render_figure_files("dose-response", mark_dose_response(result), draw_dose_response)
    if result.roc is not None:
        files |= render_figure_files("roc", mark_roc(result), draw_roc)
    if further.control:
        files |= render_figure_files("control", mark_control(result, further), draw_control)
    return files


def list_lesions(result: EvidenceResult) -> str:
    """Give every lesion as CSV, with where it was counted.

    Parameters
    ----------
    result : EvidenceResult

    Returns
    -------
    str
    """
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["subject", "administration", "lesion", "dose_gy", "dose_uncertainty_gy",
                    "outcome", "counted_as"])  # fmt: skip
    account = result.account
    rows: list[tuple[LesionOutcome, object, object, str]] = [
        (row, dose, int(outcome), "complete") for row, dose, outcome in account.complete
    ]
    rows += [
        (row, row.dose_of(result.rule.metric), "", "dose without outcome")
        for row in account.dose_without_outcome
    ]
    days = result.rule.horizon_d
    for row in account.outcome_without_dose:
        seen = row.responded if days is None else local_control(
            row.followed_d, row.progressed, horizon_d=days)  # fmt: skip
        rows.append((row, "", int(bool(seen)), "outcome without dose"))
    rows += [(row, "", "", "neither") for row in account.neither]
    for row, dose, outcome, place in rows:
        unsure = "" if row.dose_uncertainty_gy is None else row.dose_uncertainty_gy
        table.writerow([row.subject, row.administration, row.lesion, dose, unsure, outcome, place])
    return buffer.getvalue()


def plan_lesions(
    truth: LesionTruth,
    *,
    rule: ThresholdRule,
    patients: int | None,
    ratio: float,
    assurance_share: float,
    studies: int,
    seed: int,
    most: int = 1000,
    control: Control = SILENT,
) -> tuple[int | None, tuple[DesignCheck, ...]]:
    """Check a number of patients, or search for the one that is needed.

    Parameters
    ----------
    truth : LesionTruth
    rule : ThresholdRule
    patients : int or None
        None: search.
    ratio : float
        Upper over lower limit that is narrow enough.
    assurance_share : float
        Share of studies that should be so narrow.
    studies, seed, most : int
    control : Control

    Returns
    -------
    (int or None, tuple of DesignCheck)
    """

    def check(number: int) -> DesignCheck:
        control.stage(f"{number} patients")
        return check_design(
            truth, patients=number, rule=rule, studies=studies, seed=seed, ratio=ratio,
            control=control,
        )  # fmt: skip

    if patients is not None:
        return None, (check(patients),)
    return patients_needed(check, assurance_share=assurance_share, least=12, most=most)
