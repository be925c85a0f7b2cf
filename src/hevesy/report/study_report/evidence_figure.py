"""Figures of the evidence section: curve, ROC, control curves, pairs, and complications."""

from collections.abc import Iterator, Sequence
from functools import partial

from hevesy.evidence import (
    Association,
    Complication,
    EvidenceResult,
    LesionOutcome,
    SubjectExposure,
    associate_lesions,
    associate_subjects,
    fit_complications,
    fit_further,
    subject_table,
)
from hevesy.report.association_figures import choose_pairs, draw_associations, mark_associations
from hevesy.report.complication_figures import (
    COMPLICATIONS_TITLE,
    draw_complications,
    mark_complications,
)
from hevesy.report.evidence_figures import draw_control, draw_dose_response, draw_roc
from hevesy.report.evidence_marks import mark_control, mark_dose_response, mark_roc
from hevesy.report.panel_grid import MOST_PANELS
from hevesy.report.study_report.drawn import draw_section_figure
from hevesy.report.study_report.section import ReportGiven
from hevesy.report.trial_figures import StudyFigure

__all__ = ["evidence_figures"]


def evidence_figures(
    given: ReportGiven, result: EvidenceResult, lesions: tuple[LesionOutcome, ...]
) -> tuple[StudyFigure, ...]:
    """Give every figure for which there are data.

    Parameters
    ----------
    given : ReportGiven
    result : EvidenceResult
    lesions : tuple of LesionOutcome

    Returns
    -------
    tuple of StudyFigure

    Examples
    --------
    >>> from hevesy.evidence import ThresholdRule, analyse_lesions, lesion_table
    >>> from hevesy.report.study_report.sample import sample_given
    >>> given = sample_given()
    >>> lesions = lesion_table(given.material.rows).rows
    >>> result = analyse_lesions(lesions, rule=ThresholdRule(name="x"))
    >>> [figure.name for figure in evidence_figures(given, result, lesions)]
    ['dose_response', 'changes', 'event_pairs', 'complications']
    """
    return tuple(_figures(given, result, lesions))


def _figures(
    given: ReportGiven, result: EvidenceResult, lesions: tuple[LesionOutcome, ...]
) -> Iterator[StudyFigure]:
    complete = f" Unit: lesions of an administration, N = {len(result.account.complete)}."
    if result.account.complete:
        yield draw_section_figure(
            given,
            name="dose_response",
            title="Response by dose",
            caption="Each lesion by its mean dose with one standard deviation, with and without "
            "response; marks are shifted a little so that they don't hide each other. "
            + _fit_words(given, result) + complete,
            panels=mark_dose_response(result),
            draw=draw_dose_response,
        )  # fmt: skip
    if result.roc is not None:
        yield draw_section_figure(
            given,
            name="roc",
            title="ROC of dose",
            caption="Sensitivity and specificity of every cut of dose; diamond: the best cut. "
            "Intervals and optimism from resampled patients." + complete,
            panels=mark_roc(result),
            draw=draw_roc,
        )
    further = fit_further(lesions, rule=result.rule)
    if further.control and result.curve is not None:
        yield draw_section_figure(
            given,
            name="control_curves",
            title="Control curves",
            caption="Exploratory; doses' uncertainty undone where it is known (dotted: doses "
            "taken as exact); bands from resampled patients. Published doses of other agents "
            "stand beside them for comparison only." + complete,
            panels=mark_control(result, further),
            draw=draw_control,
        )
    subjects = subject_table(given.material.rows)
    yield from _pairs(given, result, lesions, subjects)
    yield from _complications(given, result, subjects)


def _fit_words(given: ReportGiven, result: EvidenceResult) -> str:
    if not result.curve:
        return "Nothing is fitted."
    early = given.material.rule_fixed_sha256
    return f"Curve and band are {'by the rule fixed before' if early else 'exploratory'}."


def _pairs(
    given: ReportGiven,
    result: EvidenceResult,
    lesions: tuple[LesionOutcome, ...],
    subjects: tuple[SubjectExposure, ...],
) -> Iterator[StudyFigure]:
    """Pairs that have a row to show."""
    records = _inclusions(subjects)
    for row in lesions:
        name = f"{row.lesion} ({row.administration})" if row.administration else row.lesion
        records[name] = (("lesion", row.lesion), ("administration", row.administration))
    chosen = choose_pairs(
        associate_lesions(lesions, rule=result.rule),
        associate_subjects(subjects, rule=result.rule),
    )
    for name, (title, found) in chosen.items():
        some = [one for one in found if one.points]
        if some:
            yield draw_section_figure(
                given,
                name="event_pairs" if name == "events" else name,
                title=title,
                caption="Exploratory: many pairs, none chosen beforehand. Marks: single "
                "lesions or inclusions; bars: one standard deviation of the exposure. "
                + _counted(name, some),
                panels=mark_associations(some, records=records),
                draw=partial(draw_associations, title=title),
            )  # fmt: skip


def _inclusions(
    subjects: tuple[SubjectExposure, ...],
) -> dict[str, tuple[tuple[str, str], ...]]:
    return {row.inclusion: (("inclusion", row.inclusion),) for row in subjects}


def _complications(
    given: ReportGiven, result: EvidenceResult, subjects: tuple[SubjectExposure, ...]
) -> Iterator[StudyFigure]:
    """Organs that have an inclusion with a dose of every administration."""
    some = [one for one in fit_complications(subjects, rule=result.rule) if one.points]
    if some:
        shown = some[:MOST_PANELS]
        cut = f" The first {len(shown)} of {len(some)} panels." if len(some) > len(shown) else ""
        yield draw_section_figure(
            given,
            name="complications",
            title=COMPLICATIONS_TITLE,
            caption="Exploratory: an event of the class need not be the dose's doing, and no "
            "recorded event counts as none. Marks: inclusions by the organ's mean dose, summed "
            "over administrations; bars: one standard deviation, where it is known. Marks are "
            f"shifted a little so that they don't hide each other.{cut} "
            + _counted("complications", shown),
            panels=mark_complications(shown, records=_inclusions(subjects)),
            draw=draw_complications,
        )


def _counted(name: str, found: Sequence[Association | Complication]) -> str:
    every = len(found[0].points) + len(found[0].uncounted)
    what = "lesions of an administration" if name == "changes" else "inclusions"
    counted = "Above each panel: counted, and not counted for want of a value."
    return f"{counted} Unit: {what}, N = {every}."
