"""Dose and outcome from a study's own records: refused while blind, analysed, written."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from hevesy.errors import StudyError
from hevesy.evidence import (
    Association,
    Complication,
    EvidenceResult,
    ExposurePoint,
    FurtherModels,
    StudyLesions,
    SubjectExposure,
    analyse_lesions,
    associate_lesions,
    associate_subjects,
    fit_complications,
    fit_further,
    lesion_table,
    subject_table,
)
from hevesy.files import staged_output
from hevesy.store import Reader
from hevesy.store.tables import LesionAssessment
from hevesy.trial import StudyRows
from hevesy.workflows.evidence import evidence_answer, evidence_figure_files, list_lesions
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows
from hevesy.workflows.study_threshold import (
    RuleState,
    Unblinded,
    choose_rule,
    read_rules,
)

__all__ = ["StudyEvidence", "analyse_study", "study_answer", "write_study_evidence"]

_FIGURES = (
    "dose-response", "roc", "control", "changes", "events", "complications", "laboratory",
)  # fmt: skip
_OWNED = (
    "evidence.json", "evidence.html", "lesions.csv", "subjects.csv",
    *(f"{name}.{kind}" for name in _FIGURES for kind in ("csv", "svg", "png")),
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
    of_lesions, of_subjects : tuple of Association
        Density and size against dose; events and laboratory against activity, procedures and
        organ doses.
    complications : tuple of Complication
        Events of an organ's class against its dose.
    subjects : tuple of SubjectExposure
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
    of_lesions: tuple[Association, ...]
    of_subjects: tuple[Association, ...]
    complications: tuple[Complication, ...]
    subjects: tuple[SubjectExposure, ...]
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
    lesions, subjects = lesion_table(rows), subject_table(rows)
    result = analyse_lesions(lesions.rows, rule=state.rule, fixed_sha256=state.fixed_sha256)
    others = tuple(
        one.rule.name for one in states if one.status == "pre-specified" and one is not state
    )
    return StudyEvidence(
        study=study.protocol.name, lesions=lesions, state=state, unblinded=unblinded,
        others=others, result=result,
        further=fit_further(lesions.rows, rule=state.rule),
        of_lesions=associate_lesions(lesions.rows, rule=state.rule),
        of_subjects=associate_subjects(subjects, rule=state.rule),
        complications=fit_complications(subjects, rule=state.rule),
        subjects=subjects,
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
    early = len(after & reader.entered_before(LesionAssessment, state.seq))
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
        "associations": [_association(one) for one in (*found.of_lesions, *found.of_subjects)],
        "complications": [_complication(one) for one in found.complications],
        "notes": list(found.notes),
    }


def _complication(one: Complication) -> dict[str, Any]:
    curve = one.curve
    return {
        "status": one.status,
        "organ": one.organ,
        "organ_class": one.organ_class,
        "grade": one.grade,
        "model": "lkb",
        "volume_exponent": 1,
        "td50_gy": None if curve is None else curve.half_gy,
        "td50_interval_gy": None if curve is None else list(curve.half_interval_gy),
        "m": None if curve is None else curve.shape_factor,
        "td50_exact_doses_gy": None if curve is None else curve.exact_half[0],
        "not_fitted": one.not_fitted,
        "note": one.note,
        "points": [_point(point) for point in one.points],
        "not_counted": [{"row": name, "why": why} for name, why in one.uncounted],
    }


def _point(point: ExposurePoint) -> dict[str, Any]:
    return {
        "row": point.row,
        "subject": point.subject,
        "exposure": point.exposure,
        "uncertainty": point.uncertainty,
        "outcome": point.outcome,
    }


def _association(one: Association) -> dict[str, Any]:
    interval = one.interval
    return {
        "status": one.status,
        "exposure": one.exposure,
        "exposure_unit": one.exposure_unit,
        "outcome": one.outcome,
        "outcome_unit": one.outcome_unit,
        "per": one.per,
        "scale": "log odds" if one.binary else "percentage points",
        "slope": None if one.coefficients is None else one.coefficients[1],
        "slope_interval": None if interval is None else list(interval),
        "slope_exact_exposures": None if one.uncorrected is None else one.uncorrected[1],
        "reliability": one.reliability_share,
        "confidence": one.confidence,
        "not_fitted": one.not_fitted,
        "note": one.note,
        "points": [_point(point) for point in one.points],
        "not_counted": [{"row": name, "why": why} for name, why in one.uncounted],
    }


def _list_subjects(found: StudyEvidence) -> str:
    """Every treated inclusion: what it got, and what happened."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    organs = sorted({name for row in found.subjects for name in row.organ_doses_gy})
    tests = sorted({name for row in found.subjects for name in row.shifts})
    table.writerow([
        "inclusion", "subject", "activity_mbq", "activity_uncertainty_mbq", "procedures", "events",
        "worst_grade", "worst_related_grade",
        *(f"{name} {what}" for name in organs for what in ("dose_gy", "dose_uncertainty_gy")),
        *(f"{name} {what}" for name in tests for what in ("unit", "before", "lowest", "highest")),
        "tests_missing",
    ])  # fmt: skip
    for row in found.subjects:
        doses = [
            value for name in organs
            for value in (row.organ_doses_gy.get(name), row.organ_uncertainties_gy.get(name))
        ]  # fmt: skip
        shifts: list[object] = []
        for name in tests:
            one = row.shifts.get(name)
            shifts += ["", "", "", ""] if one is None else [
                one.unit, one.before, one.lowest, one.highest]  # fmt: skip
        table.writerow([
            row.inclusion, row.subject, row.activity_mbq, row.activity_uncertainty_mbq,
            row.procedures, row.events, row.worst_grade, row.worst_related_grade, *doses, *shifts,
            "; ".join(row.missing),
        ])  # fmt: skip
    return buffer.getvalue()


def _draw(found: StudyEvidence) -> dict[str, bytes]:
    """Every figure's marks and pictures, by file name."""
    from hevesy.report.association_figures import (
        choose_pairs,
        draw_associations,
        mark_associations,
    )
    from hevesy.report.complication_figures import draw_complications, mark_complications
    from hevesy.report.figure_files import render_figure_files
    from hevesy.report.panel_grid import MOST_PANELS

    files = evidence_figure_files(found.result, found.further)
    for name, (title, some) in choose_pairs(found.of_lesions, found.of_subjects).items():
        draw = partial(draw_associations, title=title)
        files |= render_figure_files(name, mark_associations(some), draw)
    if found.complications:
        panels = mark_complications(found.complications[:MOST_PANELS])
        files |= render_figure_files("complications", panels, draw_complications)
    return files


def write_study_evidence(found: StudyEvidence, out_dir: Path) -> tuple[str, ...]:
    """Write a study's evidence: a page, JSON, lesions, inclusions, figures with data.

    Parameters
    ----------
    found : StudyEvidence
    out_dir : Path

    Returns
    -------
    tuple of str
        The files' names.
    """
    from hevesy.report.evidence_page import render_evidence_page

    figures = _draw(found)
    text = json.dumps(study_answer(found), indent=2, ensure_ascii=False, allow_nan=False)
    page = render_evidence_page(
        found.result,
        found.further,
        (*found.of_lesions, *found.of_subjects),
        {name[:-4]: drawing for name, drawing in figures.items() if name.endswith(".svg")},
        study=found.study,
        why=found.state.why,
        lines=found.as_lines(),
        notes=found.notes,
        elsewhere=found.lesions.elsewhere,
        complications=found.complications,
    )
    files = {
        "evidence.json": (text + "\n").encode("utf-8"),
        "evidence.html": page.encode("utf-8"),
        "lesions.csv": list_lesions(found.result).encode("utf-8"),
        "subjects.csv": _list_subjects(found).encode("utf-8"),
        **figures,
    }
    with staged_output(out_dir, owned=_OWNED) as staged:
        staged.write_all(files)
    return tuple(files)
