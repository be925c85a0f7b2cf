"""A figure's table is all that it is drawn from, and its numbers are those of the records."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hevesy.errors import OutputError
from hevesy.evidence import (
    LesionOutcome,
    SubjectExposure,
    ThresholdRule,
    analyse_lesions,
    fit_complications,
    fit_further,
)
from hevesy.report.association_figures import draw_associations
from hevesy.report.complication_figures import draw_complications, mark_complications
from hevesy.report.evidence_figures import draw_control, draw_dose_response, draw_roc
from hevesy.report.evidence_marks import mark_control, mark_dose_response, mark_roc
from hevesy.report.figure_marks import Mark, Panel, figure_csv, note_mark, read_figure_csv
from hevesy.report.study_report.biodistribution_figure import draw_parts
from hevesy.report.study_report.dose_figure import draw_study_doses
from hevesy.report.study_report.production_figure import draw_production
from hevesy.report.study_report.redraw import draw_table
from hevesy.report.style import drawing, to_svg
from hevesy.report.subject_flow import draw_flow
from hevesy.report.trial_density_figure import draw_density, mark_density
from hevesy.report.trial_event_figure import draw_event_dots
from hevesy.report.trial_figures import StudyFigure, draw_study
from hevesy.report.trial_response_figures import draw_spider, draw_waterfall
from hevesy.report.trial_survival_figure import draw_survival, mark_survival
from hevesy.report.trial_swimmer_figure import draw_swimmer
from hevesy.trial.tables import (
    SurvivalTime,
    TableOptions,
    estimate_survival,
    prepare_analysis,
    trace_density,
)
from hevesy.trial.tables.sample import sample_rows
from tests.report.test_study_report import made_production, sections_of

DRAW: dict[str, Callable[[Sequence[Panel]], Any]] = {
    "flow": draw_flow,
    "production": draw_production,
    "biodistribution": draw_parts,
    "dose": draw_study_doses,
    "events": draw_event_dots,
    "waterfall": draw_waterfall,
    "spider": draw_spider,
    "density": draw_density,
    "swimmer": draw_swimmer,
    "progression_free": draw_survival,
    "overall": draw_survival,
    "dose_response": draw_dose_response,
    "changes": partial(draw_associations, title="Lesions: outcomes against dose"),
    "event_pairs": partial(draw_associations, title="Inclusions: events against exposures"),
    "laboratory": partial(draw_associations, title="Inclusions: laboratory shifts"),
    "complications": draw_complications,
}


@pytest.fixture(scope="module")
def figures() -> dict[str, StudyFigure]:
    material = made_production()
    hu = {row.assessment: Decimal(60 - 5 * i) for i, row in enumerate(material.rows.assessments)}
    dense = tuple(replace(a, density_hu=hu[a.assessment]) for a in material.rows.assessments)
    made = sections_of(
        replace(material, rows=replace(material.rows, assessments=dense)), drawn=True
    )
    return {one.name: one for section in made.values() for one in section.figures}


def picture(panels: Sequence[Panel], draw: Callable[[Sequence[Panel]], Any]) -> bytes:
    with drawing():
        return to_svg(draw(panels))


def test_every_figure_is_drawn_from_its_csv_alone(figures: dict[str, StudyFigure]) -> None:
    assert set(DRAW) - set(figures) == {"laboratory"}  # no values are in the made-up study
    for name, figure in figures.items():
        read = read_figure_csv(figure_csv(figure.panels))
        assert read == figure.panels, name
        assert picture(read, DRAW[name]) == figure.svg, name


def test_a_number_that_is_changed_in_the_csv_changes_the_picture(
    figures: dict[str, StudyFigure],
) -> None:
    """Of each figure's first mark with a place: its x, and its y where that is a quantity."""
    for name, figure in figures.items():
        lines = list(csv.reader(io.StringIO(figure_csv(figure.panels))))
        for column in ("x", "y"):
            at = lines[0].index(column)
            line = next(line for line in lines[1:] if line[at] and line[2] != "rule")
            if not line[lines[0].index("y_word")] or column == "x":
                value, high = float(line[at]), line[lines[0].index(f"{column}_high")]
                moved = (value + float(high)) / 2 if high else 1.3 * value + 1
                changed = [*line[:at], str(moved), *line[at + 1 :]]
                text = io.StringIO()
                csv.writer(text, lineterminator="\n").writerows(
                    changed if one is line else one for one in lines
                )
                after = picture(read_figure_csv(text.getvalue()), DRAW[name])
                assert after != figure.svg, (name, column)


def test_doses_are_those_of_the_records(figures: dict[str, StudyFigure]) -> None:
    rows = {row.dose: row for row in made_production().rows.doses}
    marks = [m for panel in figures["dose"].panels for m in panel.marks if m.series != "median"]
    assert len(marks) == len(rows)
    for mark in marks:
        row = rows[mark.records[0][1]]
        unsure = row.mean_dose_uncertainty_gy
        assert unsure is not None
        assert (mark.x, mark.x_low, mark.x_high) == (
            row.mean_dose_gy, row.mean_dose_gy - unsure, row.mean_dose_gy + unsure)  # fmt: skip


def test_an_eluate_stands_at_its_ratio_with_both_uncertainties(
    figures: dict[str, StudyFigure],
) -> None:
    """11 ± 0.3 GBq of 10 ± 0.4 predicted: 1.1 ± 1.1 x hypot(0.3 / 11, 0.4 / 10)."""
    ahead = figures["production"].panels[0].of("point", "measured / predicted")[0]
    assert ahead.y == pytest.approx(1.1, rel=1e-12)
    assert ahead.y_high == pytest.approx(1.1 + 1.1 * np.hypot(0.3 / 11, 0.04), rel=1e-12)
    held = figures["production"].panels[0].of("point", "measured / on the column (yield)")[0]
    assert (held.y, held.records) == (pytest.approx(0.55, rel=1e-12), (("elution", "E1"),))


def test_a_survival_curve_has_its_corners_and_its_numbers_at_risk() -> None:
    """Kaplan and Meier by hand: 4 units, events at 100 and 200 d, one lost between them."""
    times = [(100, True), (150, False), (200, True), (400, False)]
    curve = estimate_survival([SurvivalTime(days=d, event=e) for d, e in times])
    panel = mark_survival([("all", curve)], what="overall survival")[0]
    month = 1461 / 48
    corners = [(0, 100.0), (100, 100.0), (100, 75.0), (200, 75.0), (200, 37.5), (400, 37.5)]
    found = [(one.x, one.y) for one in panel.of("line")]
    assert [x for x, _ in found] == pytest.approx([day / month for day, _ in corners], rel=1e-12)
    assert [y for _, y in found] == pytest.approx([y for _, y in corners], rel=1e-12)
    assert [one.y for one in panel.of("point", "censored")] == pytest.approx([75.0, 37.5])
    at_risk = {round((one.x or 0) * month): one.y for one in panel.of("number")}
    assert all(n == sum(day >= at - 1 for day, _ in times) for at, n in at_risk.items())
    band = panel.of("band")
    assert band[0].x == pytest.approx(100 / month)  # none where the curve is still 100 %


def evidence(n: int = 40) -> tuple[list[LesionOutcome], ThresholdRule]:
    rng = np.random.default_rng(3)
    doses = np.geomspace(40, 400, n)
    hit = rng.random(n) < 1 / (1 + (140 / doses) ** 3)
    rows = [
        LesionOutcome(subject=f"P{i}", lesion=f"L{i}", administration=f"A{i}", dose_gy=float(dose),
                      dose_uncertainty_gy=0.15 * float(dose), responded=bool(yes),
                      best_change_percent=-40.0 if yes else 5.0)
        for i, (dose, yes) in enumerate(zip(doses, hit, strict=True))
    ]  # fmt: skip
    return rows, ThresholdRule(name="half respond", resamples=120)


def test_curve_roc_and_control_curves_are_drawn_from_their_tables() -> None:
    rows, rule = evidence()
    result = analyse_lesions(rows, rule=rule)
    assert result.curve is not None
    assert result.roc is not None
    made: list[tuple[tuple[Panel, ...], Callable[[Sequence[Panel]], Any]]] = [
        (mark_dose_response(result), draw_dose_response), (mark_roc(result), draw_roc),
        (mark_control(result, fit_further(rows, rule=rule)), draw_control),
    ]  # fmt: skip
    for panels, draw in made:
        assert picture(read_figure_csv(figure_csv(panels)), draw) == picture(panels, draw)
    panel = made[0][0][0]
    line = panel.of("line", "curve, doses' uncertainty undone")
    x = np.array([one.x for one in line])
    assert [one.y for one in line] == pytest.approx(result.curve.probability(x).tolist())
    assert {one.records for one in panel.of("point") if one.records} == {
        (("administration", f"A{i}"), ("lesion", f"L{i}")) for i in range(40)
    }
    area = made[1][0][0].of("line", "ROC")  # the trapezoid of what is drawn is the stated area
    share = np.trapezoid([one.y for one in area], [one.x for one in area])
    assert abs(share) == pytest.approx(result.roc.area_share, abs=1e-9)


def test_complications_are_drawn_from_their_table() -> None:
    """20 livers of 2 to 40 Gy ± 20 %, hit from 26 Gy on but for two.

    The limits are the mean over and times exp(sqrt(ln(1 + 0.04))); where the drawn
    curve is 0.5 is the TD50 that is written.
    """
    hit = [i >= 12 for i in range(20)]
    hit[9], hit[14] = True, False
    rows = [
        SubjectExposure(
            inclusion=f"P{i}-1", subject=f"P{i}", activity_mbq=900.0, procedures=1,
            organ_doses_gy={"liver": 2.0 + 2 * i}, organ_courses={"liver": 1},
            organ_uncertainties_gy={"liver": 0.4 + 0.4 * i},
            class_grades={"Hepatobiliary disorders": 2 * hit[i]},
        )
        for i in range(20)
    ]  # fmt: skip
    found = fit_complications(rows, rule=ThresholdRule(name="x", resamples=120))
    keys = {row.inclusion: (("inclusion", row.inclusion),) for row in rows}
    panels = mark_complications(found, records=keys)
    assert picture(read_figure_csv(figure_csv(panels)), draw_complications) == picture(
        panels, draw_complications
    )
    two, three = panels
    width = np.exp(np.sqrt(np.log(1.04)))
    for i, one in enumerate(two.of("point")):
        assert (one.x, one.y, one.y_word) == (2.0 + 2 * i, hit[i], "yes" if hit[i] else "no")
        assert (one.x_low, one.x_high) == pytest.approx(
            ((2.0 + 2 * i) / width, (2.0 + 2 * i) * width), rel=1e-12
        )
        assert one.records == (("inclusion", f"P{i}-1"),)
    curve = two.of("line")
    half = np.interp(0.5, [one.y for one in curve], [one.x for one in curve])
    assert found[0].curve is not None
    assert half == pytest.approx(found[0].curve.half_gy, rel=1e-3)  # 200 points: 0.2 Gy apart
    assert two.of("note")[2].label.startswith(f"TD50 {found[0].curve.half_gy:.3g} Gy")
    assert not three.of("line")  # nobody has an event of grade 3
    assert {one.y for one in three.of("point")} == {0.0}
    with pytest.raises(OutputError, match="got 0, allowed: 1 to 9"):
        mark_complications([])


def test_density_courses_leave_out_what_is_not_known() -> None:
    rows = sample_rows()
    given = {"V0": Decimal(60), "V1": Decimal(45)}
    dense = tuple(replace(row, density_hu=given.get(row.visit)) for row in rows.assessments)
    faint = tuple(replace(row, density_hu=Decimal(12)) for row in rows.assessments)
    courses, pale = (
        trace_density(prepare_analysis(replace(rows, assessments=some), options=TableOptions()))
        for some in (dense, faint)
    )
    visits = {row.visit for row in rows.assessments}
    for course in courses:
        assert [hu for _, hu, _ in course.points] == [given[v] for v in sorted(visits & set(given))]
    assert {one.y for one in mark_density(courses)[1].of("line")} == {0.0, -25.0}
    assert len(pale) >= len(courses)
    assert not mark_density(pale)[1].of("line")  # of 12 HU no share is taken


def test_a_relation_that_nobody_recorded_has_no_panel() -> None:
    rows = sample_rows()
    unsaid = tuple(replace(event, related_agent="") for event in rows.events)
    analysis = prepare_analysis(replace(rows, events=unsaid), options=TableOptions())
    figure = next(one for one in draw_study(analysis, png=False, drawn=False)
                  if one.name == "events")  # fmt: skip
    assert [panel.title for panel in figure.panels] == ["any cause", "related to the procedure"]
    assert "the relation to the agent is not recorded: there is no panel of it" in figure.caption


def test_the_script_draws_every_kind_of_figure(figures: dict[str, StudyFigure]) -> None:
    numbers = ["x", "x_low", "x_high", "y", "y_low", "y_high"]
    for name, figure in figures.items():
        text = io.StringIO(figure_csv(figure.panels))
        table = pd.read_csv(text, dtype=str, keep_default_na=False)
        table[numbers] = table[numbers].apply(pd.to_numeric)
        drawn = draw_table(table, name)
        assert [axes.get_xlabel() for axes in drawn.axes] == [one.x_is for one in figure.panels]
        for axes, panel in zip(drawn.axes, figure.panels, strict=True):
            lines, _ = axes.get_legend_handles_labels()
            assert len(lines) >= len(panel.series("point", "line", "band", "bar", "span")), name


def test_what_a_csv_could_not_tell_is_refused() -> None:
    point = Mark(series="a", kind="point", x=1, y=2)
    panel = Panel(title="p", x_is="x", y_is="y", marks=(point,))
    for bad in ([panel, panel], [replace(panel, marks=())]):
        with pytest.raises(OutputError, match="titles that differ"):
            figure_csv(bad)
    with pytest.raises(OutputError, match="no marks of this kind"):
        Mark(series="a", kind="pie")
    with pytest.raises(OutputError, match="no table of a figure"):
        read_figure_csv("a,b\n1,2\n")
    with pytest.raises(OutputError, match="x = one"):
        read_figure_csv(figure_csv([panel]).replace("1.0", "one"))
    words = note_mark('a "word", and\nanother')
    assert read_figure_csv(figure_csv([replace(panel, marks=(words,))]))[0].marks == (words,)
