"""Who stands out in a copy: few share what everybody may know of a person."""

from collections import Counter

from hevesy.trial.rows import StudyRows
from hevesy.trial.sharing.codes import OLDEST_SHARED_AGE_YEARS

__all__ = ["FEWEST_ALIKE", "rare_people"]

FEWEST_ALIKE = 3
"""Of so many persons with the same site and sex none stands out by these."""


def rare_people(rows: StudyRows) -> tuple[str, ...]:
    """Give the patients whose site and sex fewer than three share, or who are over 89.

    They are told to whoever makes a copy, and are not hidden: it is for an expert to judge.

    Parameters
    ----------
    rows : StudyRows
        Of the copy.

    Returns
    -------
    tuple of str
        Their codes, in order.

    Examples
    --------
    >>> from datetime import date
    >>> from hevesy.trial.rows import PatientRow
    >>> people = [PatientRow(patient=f"P{n}", site="A", sex="F" if n else "M") for n in range(4)]
    >>> rare_people(StudyRows(study="A", as_of=date.max, patients=tuple(people)))
    ('P0',)
    """
    alike = Counter((row.site, row.sex) for row in rows.patients)
    oldest = {
        row.patient for row in rows.inclusions if (row.age_years or 0) >= OLDEST_SHARED_AGE_YEARS
    }
    return tuple(
        sorted(
            row.patient
            for row in rows.patients
            if alike[row.site, row.sex] < FEWEST_ALIKE or row.patient in oldest
        )
    )
