"""A study's tables and the data of its figures, from its rows alone."""

from hevesy.trial.tables.adverse_events import (
    tabulate_attributions,
    tabulate_event_times,
    tabulate_events,
    tabulate_events_by_cohort,
)
from hevesy.trial.tables.analysis import AnalysisUnit, StudyAnalysis, prepare_analysis
from hevesy.trial.tables.baseline import tabulate_baseline, tabulate_exposure
from hevesy.trial.tables.cell import CountCell, FigureCell, Member, StudyTable, TableRow
from hevesy.trial.tables.course import LesionCourse
from hevesy.trial.tables.density import DensityCourse, tabulate_density, trace_density
from hevesy.trial.tables.follow_up import (
    DAYS_PER_MONTH,
    ENDPOINTS,
    DatedUnit,
    date_units,
    survival_of,
    tabulate_follow_up,
    tabulate_survival,
)
from hevesy.trial.tables.options import UNITS, TableOptions, split_by_activity
from hevesy.trial.tables.response import tabulate_lesions, tabulate_responses
from hevesy.trial.tables.statistics import describe, median_interval, quantile
from hevesy.trial.tables.survival import SurvivalCurve, SurvivalTime, estimate_survival
from hevesy.trial.tables.tabulate import tabulate_study

__all__ = [
    "DAYS_PER_MONTH",
    "ENDPOINTS",
    "UNITS",
    "AnalysisUnit",
    "CountCell",
    "DatedUnit",
    "DensityCourse",
    "FigureCell",
    "LesionCourse",
    "Member",
    "StudyAnalysis",
    "StudyTable",
    "SurvivalCurve",
    "SurvivalTime",
    "TableOptions",
    "TableRow",
    "date_units",
    "describe",
    "estimate_survival",
    "median_interval",
    "prepare_analysis",
    "quantile",
    "split_by_activity",
    "survival_of",
    "tabulate_attributions",
    "tabulate_baseline",
    "tabulate_density",
    "tabulate_event_times",
    "tabulate_events",
    "tabulate_events_by_cohort",
    "tabulate_exposure",
    "tabulate_follow_up",
    "tabulate_lesions",
    "tabulate_responses",
    "tabulate_study",
    "tabulate_survival",
    "trace_density",
]
