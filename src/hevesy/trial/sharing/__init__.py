"""Rules of a de-identified copy: new codes, one shift for each person, what of a row may go out."""

from hevesy.trial.sharing.codes import OLDEST_SHARED_AGE_YEARS, SharingKey
from hevesy.trial.sharing.identifiers import Identifiers, holds_date
from hevesy.trial.sharing.patient_clock import PatientClock, patient_clocks
from hevesy.trial.sharing.rare_people import FEWEST_ALIKE, rare_people
from hevesy.trial.sharing.regions import share_region
from hevesy.trial.sharing.row_rules import FREE_TEXTS, ColumnRule, column_rules
from hevesy.trial.sharing.shared_rows import SharedRows, share_rows
from hevesy.trial.sharing.tally import SharingCount, Tally

__all__ = [
    "FEWEST_ALIKE",
    "FREE_TEXTS",
    "OLDEST_SHARED_AGE_YEARS",
    "ColumnRule",
    "Identifiers",
    "PatientClock",
    "SharedRows",
    "SharingCount",
    "SharingKey",
    "Tally",
    "column_rules",
    "holds_date",
    "patient_clocks",
    "rare_people",
    "share_region",
    "share_rows",
]
