"""A study's rows as data sets that others accept: SDTM, ADaM, plain tables; and their checks."""

from hevesy.trial.export.adam import build_adam
from hevesy.trial.export.conformance import (
    CONFORMANCE_CHECKS,
    ConformanceFinding,
    check_datasets,
)
from hevesy.trial.export.dataset import (
    STANDARDS,
    VARIABLE_TYPES,
    Cell,
    DataSet,
    Variable,
    codelists,
    dataset_template,
)
from hevesy.trial.export.plain_rows import tabulate_rows
from hevesy.trial.export.sdtm import Tabulation, build_sdtm
from hevesy.trial.export.subjects import Subject, Subjects, make_subjects, study_day

__all__ = [
    "CONFORMANCE_CHECKS",
    "STANDARDS",
    "VARIABLE_TYPES",
    "Cell",
    "ConformanceFinding",
    "DataSet",
    "Subject",
    "Subjects",
    "Tabulation",
    "Variable",
    "build_adam",
    "build_sdtm",
    "check_datasets",
    "codelists",
    "dataset_template",
    "make_subjects",
    "study_day",
    "tabulate_rows",
]
