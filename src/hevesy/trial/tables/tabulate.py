"""All tables of a study, in the order in which they are printed."""

from collections.abc import Callable

from hevesy.trial.tables.adverse_events import (
    tabulate_attributions,
    tabulate_event_times,
    tabulate_events,
    tabulate_events_by_cohort,
)
from hevesy.trial.tables.analysis import StudyAnalysis
from hevesy.trial.tables.baseline import tabulate_baseline, tabulate_exposure
from hevesy.trial.tables.cell import StudyTable
from hevesy.trial.tables.density import has_density, tabulate_density
from hevesy.trial.tables.follow_up import tabulate_follow_up, tabulate_survival
from hevesy.trial.tables.response import tabulate_lesions, tabulate_responses

__all__ = ["TABLES", "TABLE_NAMES", "tabulate_study"]

TABLES: tuple[Callable[[StudyAnalysis], StudyTable], ...] = (
    tabulate_baseline,
    tabulate_exposure,
    tabulate_events,
    tabulate_attributions,
    tabulate_events_by_cohort,
    tabulate_event_times,
    tabulate_follow_up,
    tabulate_responses,
    tabulate_lesions,
    tabulate_density,
    tabulate_survival,
)
TABLE_NAMES = (
    "baseline", "exposure", "events", "attributions", "events_by_cohort", "event_times",
    "follow_up", "responses", "lesions", "density", "survival",
)  # fmt: skip


def tabulate_study(analysis: StudyAnalysis) -> tuple[StudyTable, ...]:
    """Make every table; by cohort, and of density, only where there are such.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> tables = tabulate_study(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [table.name for table in tables[:3]]
    ['baseline', 'exposure', 'events']
    """
    return tuple(
        make(analysis)
        for make in TABLES
        if (make is not tabulate_events_by_cohort or analysis.options.cohorts)
        and (make is not tabulate_density or has_density(analysis))
    )
