"""Dose and outcome from a study's own records: refused while blind, analysed, written."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hevesy.errors import StudyError
from hevesy.evidence import (
    EvidenceResult,
    FurtherModels,
    StudyLesions,
    analyse_lesions,
    fit_further,
    lesion_table,
)
from hevesy.files import staged_output
from hevesy.store import Reader
from hevesy.trial import StudyRows
from hevesy.workflows.evidence import evidence_answer, list_lesions
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows
from hevesy.workflows.study_threshold import (
    RuleState,
    Unblinded,
    choose_rule,
    read_rules,
    recorded_before,
)

__all__ = ["StudyEvidence", "analyse_study", "study_answer", "write_study_evidence"]

_FIGURES = ("dose-response", "roc", "control")
_OWNED = (
    "evidence.json", "lesions.csv", *(f"{name}.{kind}" for name in _FIGURES
                                      for kind in ("svg", "png")),
)  # fmt: skip
_AS_OF = date.max  # all rows that there are


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEvidence:
    """What a study's records say of dose and outcome, and by which rule.

    Parameters
    ----------
    study : str
        Its name.
    lesions : StudyLesions
    state : RuleState
        The rule, and what its status rests on.
    unblinded : Unblinded
    others : tuple of str
        Names of the study's other pre-specified rules.
    result : EvidenceResult
    further : FurtherModels
    notes : tuple of str
        All that has to be said beside the numbers.
    """

    study: str
    lesions: StudyLesions
    state: RuleState
    unblinded: Unblinded
    others: tuple[str, ...]
    result: EvidenceResult
    further: FurtherModels
    notes: tuple[str, ...]

    def as_lines(self) -> tuple[str, ...]:
        """Say which rule it is, and when outcomes were unblinded."""
        state, seen = self.state, self.unblinded
        return (
            f"{self.study}: {state.status} ({state.why})",
            f"rule signed by {state.by} on {state.at:%Y-%m-%d %H:%M} UTC (version "
            f"{state.version}); outcomes unblinded by {seen.by} on {seen.at:%Y-%m-%d %H:%M} UTC: "
            f"{seen.reason}",
        )


def analyse_study(folder: Path, *, rule: str = "") -> StudyEvidence:
    """Put a study's doses beside its outcomes, by a fixed rule.

    Parameters
    ----------
    folder : Path
        The study's.
    rule : str
        The name of a fixed rule; empty for the only one.

    Returns
    -------
    StudyEvidence

    Raises
    ------
    StudyError
        Outcomes are blind.

    Examples
    --------
    >>> analyse_study(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        states, unblinded = read_rules(reader)
        if unblinded is None:
            raise StudyError(
                "outcomes are blind: they are not shown beside doses",
                got=f"{len(states)} rules fixed, no unblinding",
                remedy="when the data are final, `hevesy trial threshold unblind`",
            )
        state = choose_rule(states, rule)
        rows = read_study_rows(reader, study=study.protocol.name, as_of=_AS_OF)
        early = _early_words(reader, rows, state)
    lesions = lesion_table(rows)
    result = analyse_lesions(lesions.rows, rule=state.rule, fixed_sha256=state.fixed_sha256)
    others = tuple(
        one.rule.name for one in states if one.status == "pre-specified" and one is not state
    )
    return StudyEvidence(
        study=study.protocol.name, lesions=lesions, state=state, unblinded=unblinded,
        others=others, result=result,
        further=fit_further(lesions.rows, rule=state.rule),
        notes=_notes(state, others, early, lesions, result),
    )  # fmt: skip


def _early_words(reader: Reader, rows: StudyRows, state: RuleState) -> str:
    """How many follow-up sizes were in the records before the rule was."""
    first: dict[str, date] = {}
    for given in rows.administrations:
        first[given.inclusion] = min(given.given_on, first.get(given.inclusion, given.given_on))
    after = {
        row.assessment
        for row in rows.assessments
        if row.inclusion in first and row.assessed_on > first[row.inclusion]
    }
    early = len(after & recorded_before(reader, "lesion_assessment", state.seq))
    if not after:
        return ""
    return (
        f"of {len(after)} sizes of lesions after treatment, {early} were in the records when the "
        "rule was fixed"
    )


def _notes(
    state: RuleState,
    others: tuple[str, ...],
    early: str,
    lesions: StudyLesions,
    result: EvidenceResult,
) -> tuple[str, ...]:
    notes = list(result.notes)
    if state.status == "exploratory":
        notes[0] = f"exploratory: the rule was {state.why}"
    if others:
        notes.append(
            f"{len(others)} other rules were fixed before the unblinding, too "
            f"({', '.join(others)}): intervals are not widened for their number"
        )
    if early:
        notes.append(early)
    return (*notes, *lesions.notes)


def study_answer(found: StudyEvidence) -> dict[str, Any]:
    """Give a study's evidence as it is written to JSON.

    Parameters
    ----------
    found : StudyEvidence

    Returns
    -------
    dict
    """
    state, seen = found.state, found.unblinded
    return {
        **evidence_answer(found.result, found.further),
        "study": found.study,
        "fixed": {
            "name": state.rule.name,
            "version": state.version,
            "at": state.at.isoformat(),
            "signed_by": state.by,
            "status": state.status,
            "why": state.why,
            "other_fixed_rules": list(found.others),
        },
        "not_injected": [
            {"subject": subject, "lesion": lesion} for subject, lesion in found.lesions.elsewhere
        ],
        "unblinded": {"at": seen.at.isoformat(), "by": seen.by, "reason": seen.reason},
        "notes": list(found.notes),
    }


def write_study_evidence(found: StudyEvidence, out_dir: Path) -> tuple[str, ...]:
    """Write a study's evidence: JSON, every lesion with its place, figures.

    Parameters
    ----------
    found : StudyEvidence
    out_dir : Path

    Returns
    -------
    tuple of str
        The files' names.
    """
    from hevesy.report.evidence_figures import render_evidence_figure

    text = json.dumps(study_answer(found), indent=2, ensure_ascii=False, allow_nan=False)
    files = {
        "evidence.json": (text + "\n").encode("utf-8"),
        "lesions.csv": list_lesions(found.result).encode("utf-8"),
    }
    drawn = ["dose-response"]
    drawn += ["roc"] if found.result.roc is not None else []
    drawn += ["control"] if found.further.control else []
    for name in drawn:
        for kind in ("svg", "png"):
            files[f"{name}.{kind}"] = render_evidence_figure(
                name, found.result, kind, further=found.further
            )
    with staged_output(out_dir, owned=_OWNED) as staged:
        for name, content in files.items():
            staged.path(name).write_bytes(content)
    return tuple(files)
