"""All figures of a study, each as a picture for the page and one for print."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Panel
from hevesy.report.style import drawing, to_png, to_svg
from hevesy.report.trial_density_figure import draw_density, mark_density
from hevesy.report.trial_event_figure import MOST_TERMS, draw_event_dots, mark_event_dots
from hevesy.report.trial_response_figures import (
    draw_spider,
    draw_waterfall,
    mark_spider,
    mark_waterfall,
)
from hevesy.report.trial_survival_figure import draw_survival, mark_survival
from hevesy.report.trial_swimmer_figure import MOST_LANES, draw_swimmer, mark_swimmer
from hevesy.trial.tables import StudyAnalysis, date_units, survival_of, trace_density
from hevesy.trial.tables.figures import (
    count_event_dots,
    groups_with_targets,
    order_lanes,
    trace_spider,
    trace_waterfall,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "StudyFigure", "draw_study"]

FIGURES = (
    "waterfall", "spider", "density", "swimmer", "events", "progression_free", "overall",
)  # fmt: skip
_GROUPS = {
    "all": "all target lesions",
    "injected": "injected target lesions",
    "noninjected": "target lesions that were not injected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFigure:
    """A figure of a study, drawn.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    title, caption : str
    panels : tuple of Panel
        Its marks: all that is drawn.
    svg, png : bytes
        Empty where they were not asked for.
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    svg: bytes
    png: bytes


def draw_study(
    analysis: StudyAnalysis, *, png: bool, drawn: bool = True
) -> tuple[StudyFigure, ...]:
    """Draw every figure for which there are data.

    Parameters
    ----------
    analysis : StudyAnalysis
    png : bool
        Also as PNG, 200 dpi.
    drawn : bool
        False: their marks alone.

    Returns
    -------
    tuple of StudyFigure

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> analysis = prepare_analysis(sample_rows(), options=TableOptions())
    >>> [figure.name for figure in draw_study(analysis, png=False)]
    ['waterfall', 'spider', 'swimmer', 'events', 'progression_free', 'overall']
    """
    made = []
    with drawing():
        for name, title, caption, panels, draw in _figures(analysis):
            figure = draw(panels) if drawn else None
            made.append(
                StudyFigure(
                    name=name,
                    title=title,
                    caption=f"{caption} Unit: {analysis.unit_text}.{_generated(analysis)}",
                    panels=tuple(panels),
                    svg=to_svg(figure) if figure is not None else b"",
                    png=to_png(figure, dpi=200) if png and figure is not None else b"",
                )
            )
    return tuple(made)


def _generated(analysis: StudyAnalysis) -> str:
    n = len(analysis.generated)
    return f" {n} of the study's rows are generated, not recorded." if n else ""


_Made = tuple[str, str, str, Sequence[Panel], "Callable[[Sequence[Panel]], Figure]"]


def _figures(analysis: StudyAnalysis) -> Iterator[_Made]:
    groups = groups_with_targets(analysis)
    if groups:
        bars = [(_GROUPS[group], trace_waterfall(analysis, group)) for group in groups]
        yield (
            "waterfall",
            "Waterfall",
            "Best change of the sum of target lesions from the baseline, up to the first "
            "progression of the same lesions; lines at −30 and +20 %. Colour: best response of the "
            "same lesions without confirmation; star: confirmed. Not shown: units without a "
            "complete sum after the baseline. Diameters have no recorded uncertainty.",
            mark_waterfall(bars),
            draw_waterfall,
        )
        lines = [(_GROUPS[group], trace_spider(analysis, group)) for group in groups]
        yield (
            "spider",
            "Spider",
            "Sum of the same target lesions over time, per cent of the baseline; visits at which "
            "one was not measured are left out. Lines at −30 and +20 % of the baseline "
            "(progression is judged from the nadir).",
            mark_spider(lines),
            draw_spider,
        )
    courses = trace_density(analysis)
    if courses:
        yield (
            "density",
            "Density of the target lesions",
            "Mean density under the outline on contrast CT, as recorded, from the baseline on; "
            "right: its change, without lesions whose baseline is below 20 HU. Line at −15 %: "
            "Choi's limit of a partial response by density. Visits without a density are left "
            "out; densities have no recorded uncertainty. Lesions of one person are not "
            "independent.",
            mark_density(courses),
            draw_density,
        )
    lanes = order_lanes(analysis)
    if lanes:
        yield (
            "swimmer",
            "Swimmer",
            "From the first administration to the departure or the last contact"
            + (f"; the {MOST_LANES} longest." if len(lanes) > MOST_LANES else "."),
            mark_swimmer(lanes, numbered=f"{analysis.options.unit}s"),
            draw_swimmer,
        )
    yield from _events(analysis)
    units = date_units(analysis)
    for name, endpoint in (("progression_free", "progression-free"), ("overall", "overall")):
        curves = [
            (f"{column} (N = {len(keys)})", curve)
            for column, keys in analysis.columns.items()
            if (curve := survival_of([u for u in units if u.unit.key in keys], endpoint))
        ]
        if curves:
            yield (
                name,
                f"{endpoint[0].upper()}{endpoint[1:]} survival",
                "Kaplan-Meier from the first administration, with 95 % bands (log-log Greenwood); "
                "strokes: censored. Below: units still followed on that day."
                + (" The first four columns." if len(curves) > 4 else ""),
                mark_survival(curves, what=f"{endpoint} survival"),
                draw_survival,
            )


def _events(analysis: StudyAnalysis) -> Iterator[_Made]:
    """Shares with events; a relation that was recorded of no event has no panel."""
    events = [event for unit in analysis.units for event in unit.events]
    dots, unsaid = [("any cause", count_event_dots(analysis, "any"))], []
    for what in ("agent", "procedure"):
        missing = sum(not getattr(event, f"related_{what}") for event in events)
        if missing:
            unsaid.append(
                f" Of {missing} of {len(events)} events the relation to the {what} is not recorded"
                + (": they are not counted as related." if missing < len(events) else
                   ": there is no panel of it.")
            )  # fmt: skip
        if missing < len(events):
            dots.append((f"related to the {what}", count_event_dots(analysis, what)))
    if dots[0][1]:
        most = f" The {MOST_TERMS} most frequent terms." if len(dots[0][1]) > MOST_TERMS else ""
        yield (
            "events",
            "Adverse events",
            "Share of the safety set by the worst grade of each term, with Clopper and Pearson's "
            "exact 95 % intervals. Related: possible, probable or definite."
            f"{''.join(unsaid)}{most}",
            mark_event_dots(dots),
            draw_event_dots,
        )
