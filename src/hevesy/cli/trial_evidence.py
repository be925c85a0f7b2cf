"""`hevesy trial evidence`: a threshold of dose from a file of lesions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hevesy.evidence import FurtherModels

__all__ = ["evidence"]


def evidence(
    file: Annotated[Path, typer.Argument(metavar="LESIONS.csv", help="One row a lesion.")],
    rule: Annotated[Path, typer.Option("--rule", metavar="RULE.toml", help="The rule.")],
    fixed: Annotated[
        str,
        typer.Option("--fixed", metavar="SHA256", help="The rule's hash, fixed before outcomes."),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write result and figures here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Find the dose threshold of response, with its interval, by a rule.

    Columns: subject,lesion,dose_gy,dose_uncertainty_gy and response (0 or 1), or time_days,event
    for local control; an empty cell is not known. Lesions without dose or outcome are counted and
    listed. Without --fixed the result is exploratory, and says so.

    Example: hevesy trial evidence LESIONS.csv --rule RULE.toml --out evidence
    """
    from hevesy.workflows.evidence import analyse_lesion_file, evidence_answer, write_evidence

    result, further = analyse_lesion_file(file, rule_file=rule, fixed_sha256=fixed)
    written: tuple[str, ...] = ()
    if out is not None:
        written = write_evidence(result, further, out, inputs={"lesions": file, "rule": rule})
    if as_json:
        answer = {**evidence_answer(result, further), "files": list(written)}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(result.rule.as_text())
    typer.echo(f"rule's SHA-256: {result.rule.sha256} ({result.status})")
    typer.echo(result.account.as_text())
    for words, rows in (
        ("dose without outcome", result.account.dose_without_outcome),
        ("outcome without dose", result.account.outcome_without_dose),
        ("neither", result.account.neither),
    ):
        if rows:
            named = ", ".join(f"{row.subject}/{row.lesion}" for row in rows)
            typer.echo(f"  {words}: {named}")
    curve, roc = result.curve, result.roc
    if curve is None or roc is None or result.threshold is None:
        typer.echo(f"nothing was fitted: {result.not_fitted}")
        for row, dose, outcome in result.account.complete:
            typer.echo(f"  {row.subject}/{row.lesion}: {dose:g} Gy, outcome {int(outcome)}")
    else:
        low, high = curve.slope_interval()
        percent = f"{100 * curve.confidence:g} %"
        typer.echo(f"threshold: {result.threshold.as_text()}")
        typer.echo(
            f"slope of the log odds per doubling of dose: {curve.coefficients[1] * _LN2:.2f} "
            f"({percent}: {low * _LN2:.2f} to {high * _LN2:.2f}); doses taken as exact "
            f"{curve.uncorrected[1] * _LN2:.2f}"
        )
        typer.echo(
            f"area under the ROC: {roc.area_share:.2f} ({percent}: {roc.area_interval[0]:.2f} to "
            f"{roc.area_interval[1]:.2f}), less optimism {roc.area_corrected_share:.2f}"
        )
    _print_further(further)
    for note in result.notes:
        typer.echo(f"note: {note}")
    if written:
        typer.echo(f"written to {out}: {', '.join(written)}")
    typer.echo("Research use only. Not a medical device.")


def _print_further(further: FurtherModels) -> None:
    from math import exp

    if further.control or further.ordinal or further.hazard:
        typer.echo(f"beside it, doses taken as exact, {further.status}:")
    for one in further.control:
        half = "none" if one.half_gy is None else f"{one.half_gy:.3g} Gy"
        ends = ["no limit" if x is None else f"{x:.3g} Gy" for x in one.half_interval_gy]
        typer.echo(f"  {one.kind} control curve: half at {half} ({ends[0]} to {ends[1]})")
    if further.ordinal is not None:
        low, high = further.ordinal.cluster_interval
        typer.echo(
            "  odds of a better category per doubling of dose: "
            f"{exp(further.ordinal.log_odds[0]):.2f} ({exp(low):.2f} to {exp(high):.2f})"
        )
    if further.hazard is not None:
        low, high = further.hazard.cluster_interval
        typer.echo(
            "  hazard of progression per doubling of dose: "
            f"{exp(further.hazard.log_hazard[0]):.2f} ({exp(low):.2f} to {exp(high):.2f}), "
            f"{further.hazard.events} events"
        )
    for note in further.notes:
        typer.echo(f"note: {note}; nothing fitted")


_LN2 = 0.6931471805599453
