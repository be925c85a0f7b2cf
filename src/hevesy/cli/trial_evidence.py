"""`hevesy trial evidence`: a threshold of dose from a study or a file of lesions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.errors import TrialError

if TYPE_CHECKING:
    from hevesy.evidence import Association, EvidenceResult, FurtherModels

__all__ = ["evidence"]


def evidence(
    file: Annotated[
        Path | None, typer.Argument(metavar="[LESIONS.csv]", help="One row a lesion.")
    ] = None,
    study: Annotated[
        Path | None, typer.Option("--study", metavar="DIR", help="A study, in place of a file.")
    ] = None,
    rule: Annotated[
        str,
        typer.Option("--rule", metavar="RULE", help="RULE.toml; of a study, a fixed rule's name."),
    ] = "",
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

    From a study's records, once outcomes are unblinded, by a rule that was fixed (`hevesy trial
    threshold`); or from a file with the columns subject,lesion,dose_gy,dose_uncertainty_gy and
    response (0 or 1), or time_days,event for local control; an empty cell is not known. Rows
    without dose or outcome are counted and listed. What was not fixed before is exploratory, and
    says so; of a file, the hash given by --fixed.

    Example: hevesy trial evidence --study mystudy --out evidence
    """
    if (file is None) == (study is None):
        raise TrialError(
            "give a file of lesions or a study", got="both" if file else "neither",
            remedy="name LESIONS.csv, or the study by --study",
        )  # fmt: skip
    if study is not None:
        _of_study(study, rule, fixed, out, as_json=as_json)
        return
    if file is None or not rule:
        raise TrialError("a file of lesions needs a rule", remedy="give it by --rule RULE.toml")
    from hevesy.workflows.evidence import analyse_lesion_file, evidence_answer, write_evidence

    place = Path(rule)
    result, further = analyse_lesion_file(file, rule_file=place, fixed_sha256=fixed)
    written: tuple[str, ...] = ()
    if out is not None:
        written = write_evidence(result, further, out, inputs={"lesions": file, "rule": place})
    if as_json:
        answer = {**evidence_answer(result, further), "files": list(written)}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    _print_result(result)
    _print_further(further, result.rule.confidence)
    _print_end(result.notes, written, out)


def _of_study(study: Path, rule: str, fixed: str, out: Path | None, *, as_json: bool) -> None:
    from hevesy.workflows.study_evidence import (
        analyse_study,
        study_answer,
        write_study_evidence,
    )

    if fixed:
        raise TrialError(
            "--fixed is for a file of lesions", got=fixed[:64],
            remedy="leave it out: the study's records say when its rule was fixed",
        )  # fmt: skip
    found = analyse_study(study, rule=rule)
    written = () if out is None else write_study_evidence(found, out)
    if as_json:
        answer = {**study_answer(found), "files": list(written)}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    for line in found.as_lines():
        typer.echo(line)
    _print_result(found.result)
    _print_further(found.further, found.result.rule.confidence)
    _print_pairs((*found.of_lesions, *found.of_subjects))
    for one in found.complications:
        typer.echo(f"  {one.as_text()}")
    _print_end(found.notes, written, out)


def _print_pairs(found: tuple[Association, ...]) -> None:
    from math import exp

    from hevesy.evidence import pairs_words

    fitted = [one for one in found if one.coefficients is not None]
    typer.echo(
        f"exposures against outcomes, exploratory: {pairs_words(found)}; all of them, and the rows "
        "that do not count, are on the page"
    )
    for one in fitted:
        if one.coefficients is None or one.interval is None or one.outcome.endswith("est"):
            continue  # laboratory: too many for a terminal
        slope, (low, high) = one.coefficients[1], one.interval
        said = f"{slope:+.3g} points ({low:.3g} to {high:.3g})"
        if one.binary:
            said = f"odds x {exp(slope):.2g} ({exp(low):.2g} to {exp(high):.2g})"
        typer.echo(f"  {one.outcome}: {said} per {one.per} of {one.exposure}")


def _print_end(notes: tuple[str, ...], written: tuple[str, ...], out: Path | None) -> None:
    for note in notes:
        typer.echo(f"note: {note}")
    if written:
        typer.echo(f"written to {out}: {', '.join(written)}")
    typer.echo("Research use only. Not a medical device.")


def _print_result(result: EvidenceResult) -> None:
    from hevesy.evidence import LINK_WORDS

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
        percent = f"{100 * curve.confidence:.4g} %"
        typer.echo(f"threshold: {result.threshold.as_text()}; {percent} interval")
        typer.echo(
            f"slope of the {LINK_WORDS[curve.link]} per doubling of dose: "
            f"{curve.coefficients[1] * _LN2:.2f} ({percent}: {low * _LN2:.2f} to "
            f"{high * _LN2:.2f}); doses taken as exact {curve.uncorrected[1] * _LN2:.2f}"
        )
        typer.echo(
            f"area under the ROC: {roc.area_share:.2f} ({percent}: {roc.area_interval[0]:.2f} to "
            f"{roc.area_interval[1]:.2f}), less optimism {roc.area_corrected_share:.2f}"
        )


def _print_further(further: FurtherModels, confidence: float) -> None:
    from math import exp

    if further.control or further.ordinal or further.hazard:
        level = f"intervals of {100 * confidence:g} %, none widened for the number of models"
        typer.echo(f"beside it, {further.status}; {level}:")
    for one in further.control:
        half = "none" if one.half_gy is None else f"{one.half_gy:.3g} Gy"
        ends = ["no limit" if x is None else f"{x:.3g} Gy" for x in one.half_interval_gy]
        plain = one.exact_half[0]
        typer.echo(
            f"  {one.kind} control curve: half at {half} ({ends[0]} to {ends[1]}); doses taken as "
            f"exact {'none' if plain is None else f'{plain:.3g} Gy'}"
        )
    if further.ordinal is not None:
        low, high = further.ordinal.cluster_interval
        typer.echo(
            "  odds of a better category per doubling of dose: "
            f"{exp(further.ordinal.log_odds[0]):.2f} ({exp(low):.2f} to {exp(high):.2f}); doses "
            f"taken as exact {exp(further.ordinal.uncorrected[0]):.2f}"
        )
    if further.hazard is not None:
        low, high = further.hazard.cluster_interval
        typer.echo(
            "  hazard of progression per doubling of dose: "
            f"{exp(further.hazard.log_hazard[0]):.2f} ({exp(low):.2f} to {exp(high):.2f}), "
            f"{further.hazard.events} events; doses taken as exact "
            f"{exp(further.hazard.uncorrected[0]):.2f}"
        )
    for note in further.notes:
        typer.echo(f"note: {note}; nothing fitted")
    for remark in further.remarks:
        typer.echo(f"note: {remark}")


_LN2 = 0.6931471805599453
