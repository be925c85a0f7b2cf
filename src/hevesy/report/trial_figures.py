"""All figures of a study, each as a picture for the page and one for print."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.report.style import drawing, to_png, to_svg
from hevesy.report.trial_event_figure import MOST_TERMS, draw_event_dots
from hevesy.report.trial_response_figures import (
    MOST_LANES,
    draw_spider,
    draw_swimmer,
    draw_waterfall,
)
from hevesy.report.trial_survival_figure import draw_survival
from hevesy.trial.tables import StudyAnalysis, date_units, survival_of
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

FIGURES = ("waterfall", "spider", "swimmer", "events", "progression_free", "overall")
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
    svg : bytes
    png : bytes
        Empty where it was not asked for.
    """

    name: str
    title: str
    caption: str
    svg: bytes
    png: bytes


def draw_study(analysis: StudyAnalysis, *, png: bool) -> tuple[StudyFigure, ...]:
    """Draw every figure for which there are data.

    Parameters
    ----------
    analysis : StudyAnalysis
    png : bool
        Also as PNG, 200 dpi.

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
    with drawing():
        return tuple(
            StudyFigure(
                name=name,
                title=title,
                caption=f"{caption} Unit: {analysis.unit_text}.{_generated(analysis)}",
                svg=to_svg(figure),
                png=to_png(figure, dpi=200) if png else b"",
            )
            for name, title, caption, figure in _figures(analysis)
        )


def _generated(analysis: StudyAnalysis) -> str:
    n = len(analysis.generated)
    return f" {n} of the study's rows are generated, not recorded." if n else ""


def _figures(analysis: StudyAnalysis) -> Iterator[tuple[str, str, str, "Figure"]]:
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
            draw_waterfall(bars),
        )
        lines = [(_GROUPS[group], trace_spider(analysis, group)) for group in groups]
        yield (
            "spider",
            "Spider",
            "Sum of the same target lesions over time, per cent of the baseline; visits at which "
            "one was not measured are left out. Lines at −30 and +20 % of the baseline "
            "(progression is judged from the nadir).",
            draw_spider(lines),
        )
    lanes = order_lanes(analysis)
    if lanes:
        yield (
            "swimmer",
            "Swimmer",
            "From the first administration to the departure or the last contact"
            + (f"; the {MOST_LANES} longest." if len(lanes) > MOST_LANES else "."),
            draw_swimmer(lanes, numbered=f"{analysis.options.unit}s"),
        )
    dots = [
        (title, count_event_dots(analysis, what))
        for title, what in (
            ("any cause", "any"),
            ("related to the agent", "agent"),
            ("related to the procedure", "procedure"),
        )
    ]
    if dots[0][1]:
        most = f" The {MOST_TERMS} most frequent terms." if len(dots[0][1]) > MOST_TERMS else ""
        yield (
            "events",
            "Adverse events",
            "Share of the safety set by the worst grade of each term, with Clopper and Pearson's "
            f"exact 95 % intervals. Related: possible, probable or definite.{most}",
            draw_event_dots(dots),
        )
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
                draw_survival(curves, what=f"{endpoint} survival"),
            )
