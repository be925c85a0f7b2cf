"""The verdict on a patient, computed from the criteria's answers; ECOG before a treatment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hevesy.protocol import Criterion
from hevesy.trial.rows import AdministrationRow, InclusionRow, VisitRow

__all__ = ["Eligibility", "ecog_before", "judge_eligibility"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """What the answers say.

    Parameters
    ----------
    unmet : tuple of str
        Criteria that were answered against the patient, and not waived.
    unanswered : tuple of str
        Criteria without an answer and without a waiver.
    waived : tuple of str
        Criteria that were not met, or not answered, and waived: deviations.
    needless : tuple of str
        Waivers of criteria that are met.

    Examples
    --------
    >>> Eligibility(unmet=("ECOG",), unanswered=(), waived=(), needless=()).eligible
    False
    """

    unmet: tuple[str, ...]
    unanswered: tuple[str, ...]
    waived: tuple[str, ...]
    needless: tuple[str, ...]

    @property
    def eligible(self) -> bool:
        """Every criterion is answered and met, or waived."""
        return not self.unmet and not self.unanswered


def judge_eligibility(
    criteria: Sequence[Criterion], answers: Mapping[str, bool], waivers: Mapping[str, str]
) -> Eligibility:
    """Compute the verdict.

    Parameters
    ----------
    criteria : sequence of Criterion
        The protocol's.
    answers : mapping of str to bool
        Whether what the criterion says holds; by its name.
    waivers : mapping of str to str
        Reasons, by the criterion's name.

    Returns
    -------
    Eligibility

    Examples
    --------
    >>> ecog = Criterion(name="ECOG", words="2 or less")
    >>> judge_eligibility([ecog], {"ECOG": False}, {"ECOG": "no other treatment"}).waived
    ('ECOG',)
    """
    unmet: list[str] = []
    unanswered: list[str] = []
    waived: list[str] = []
    needless: list[str] = []
    for criterion in criteria:
        name = criterion.name
        met = name in answers and answers[name] == criterion.include
        if name in waivers:
            (needless if met else waived).append(name)
        elif name not in answers:
            unanswered.append(name)
        elif not met:
            unmet.append(name)
    return Eligibility(
        unmet=tuple(unmet),
        unanswered=tuple(unanswered),
        waived=tuple(waived),
        needless=tuple(needless),
    )


def ecog_before(
    administration: AdministrationRow, inclusion: InclusionRow, visits: Sequence[VisitRow]
) -> int | None:
    """Give the ECOG status before a treatment: that day's visit's, else the inclusion's.

    Parameters
    ----------
    administration : AdministrationRow
    inclusion : InclusionRow
        The administration's.
    visits : sequence of VisitRow
        Those of other inclusions don't count.

    Returns
    -------
    int or None
        None where neither has it.

    Examples
    --------
    >>> from datetime import UTC, date, datetime
    >>> day = date(2026, 1, 9)
    >>> given = AdministrationRow(administration="A", inclusion="I", given_on=day,
    ...                           given_at=datetime(2026, 1, 9, 9, tzinfo=UTC), activity_mbq=1500)
    >>> taken = InclusionRow(inclusion="I", patient="P", included_on=day, eligible=True, ecog=1)
    >>> visit = VisitRow(visit="V", inclusion="I", name="day 0", visited_on=day, ecog=2)
    >>> ecog_before(given, taken, [visit]), ecog_before(given, taken, [])
    (2, 1)
    """
    same_day = [
        visit.ecog
        for visit in visits
        if visit.inclusion == administration.inclusion
        and visit.visited_on == administration.given_on
        and visit.ecog is not None
    ]
    return max(same_day) if same_day else inclusion.ecog
