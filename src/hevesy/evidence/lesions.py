"""A lesion's dose beside what became of it, and the account of lesions that lack one or other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hevesy.errors import TrialError

__all__ = ["CATEGORIES", "LesionAccount", "LesionOutcome", "account_lesions", "local_control"]

CATEGORIES = ("CR", "PR", "SD", "PD")
"""Of one lesion, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionOutcome:
    """One lesion of one administration.

    Parameters
    ----------
    subject, lesion : str
    administration : str
    dose_gy, dose_uncertainty_gy : float or None
        Mean absorbed dose and its standard deviation.
    responded : bool or None
    category : str
        One of `CATEGORIES`, or empty.
    best_change_percent, density_change_percent : float or None
        Of the diameter (least) and of the density in HU (last), against the baseline.
    followed_d : int or None
        Days to the event, or to the last look without one.
    progressed : bool or None
        Whether the lesion grew again at `followed_d`.
    metrics : mapping of str to float
        Further figures of the dose, in Gy or per cent (``"d70_gy"``).

    Raises
    ------
    TrialError
        A dose that is not positive, a negative uncertainty, an event without its time, a category
        that is not known.

    Examples
    --------
    >>> LesionOutcome(subject="1", lesion="T1", dose_gy=80.0, responded=True).dose_gy
    80.0
    """

    subject: str
    lesion: str
    administration: str = ""
    dose_gy: float | None = None
    dose_uncertainty_gy: float | None = None
    responded: bool | None = None
    category: str = ""
    best_change_percent: float | None = None
    density_change_percent: float | None = None
    followed_d: int | None = None
    progressed: bool | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", MappingProxyType(dict(self.metrics)))
        bad = ""
        if self.dose_gy is not None and not (math.isfinite(self.dose_gy) and self.dose_gy > 0):
            bad = f"a dose of {self.dose_gy} Gy"
        unsure = self.dose_uncertainty_gy
        if unsure is not None and not (math.isfinite(unsure) and unsure >= 0):
            bad = f"an uncertainty of {unsure} Gy"
        if self.category and self.category not in CATEGORIES:
            bad = f"category {self.category!r}"
        if self.followed_d is not None and self.followed_d < 0:
            bad = f"{self.followed_d} days"
        if self.progressed is not None and self.followed_d is None:
            bad = "an event without its time"
        if bad:
            raise TrialError(
                "a lesion's row can't be right",
                got=bad,
                allowed=f"doses above 0 Gy, uncertainties of 0 or more, {', '.join(CATEGORIES)}, "
                "an event with its time",
                remedy="correct it, or leave the cell empty",
            )

    def dose_of(self, metric: str) -> float | None:
        """Dose by its name: ``"mean_dose_gy"`` or a key of `metrics`."""
        return self.dose_gy if metric == "mean_dose_gy" else self.metrics.get(metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionAccount:
    """Every lesion in one of four places: none is dropped in silence.

    Parameters
    ----------
    complete : tuple of (LesionOutcome, float, bool)
        With the dose and the outcome that are asked for.
    dose_without_outcome, outcome_without_dose, neither : tuple of LesionOutcome

    Examples
    --------
    >>> account_lesions([LesionOutcome(subject="1", lesion="T1", dose_gy=80.0)]).as_text()
    '1 lesions: 0 with dose and outcome, 1 dose without outcome, 0 outcome without dose, 0 neither'
    """

    complete: tuple[tuple[LesionOutcome, float, bool], ...]
    dose_without_outcome: tuple[LesionOutcome, ...]
    outcome_without_dose: tuple[LesionOutcome, ...]
    neither: tuple[LesionOutcome, ...]

    @property
    def total(self) -> int:
        """All lesions."""
        return sum(self.counts.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many are in each place."""
        return {
            "complete": len(self.complete),
            "dose_without_outcome": len(self.dose_without_outcome),
            "outcome_without_dose": len(self.outcome_without_dose),
            "neither": len(self.neither),
        }

    def as_text(self) -> str:
        """The counts in words."""
        n = self.counts
        return (
            f"{self.total} lesions: {n['complete']} with dose and outcome, "
            f"{n['dose_without_outcome']} dose without outcome, "
            f"{n['outcome_without_dose']} outcome without dose, {n['neither']} neither"
        )


def local_control(
    followed_d: int | None, progressed: bool | None, *, horizon_d: int
) -> bool | None:
    """Say whether a lesion was controlled at a horizon.

    Parameters
    ----------
    followed_d : int or None
        Days to the event or the last look.
    progressed : bool or None
    horizon_d : int

    Returns
    -------
    bool or None
        None where it was not followed for so long and had no event before: not evaluable.

    Examples
    --------
    >>> local_control(100, True, horizon_d=180), local_control(100, False, horizon_d=180)
    (False, None)
    >>> local_control(200, True, horizon_d=180)
    True
    """
    if followed_d is None or progressed is None:
        return None
    if progressed and followed_d <= horizon_d:
        return False
    return True if followed_d >= horizon_d else None


def account_lesions(
    lesions: Sequence[LesionOutcome],
    *,
    metric: str = "mean_dose_gy",
    horizon_d: int | None = None,
) -> LesionAccount:
    """Put each lesion where it belongs.

    Parameters
    ----------
    lesions : sequence of LesionOutcome
    metric : str
        The dose: ``"mean_dose_gy"`` or a key of `LesionOutcome.metrics`.
    horizon_d : int, optional
        The outcome is local control at this many days; without it, response.

    Returns
    -------
    LesionAccount

    Raises
    ------
    TrialError
        A lesion of an administration that stands twice.

    Examples
    --------
    >>> rows = [LesionOutcome(subject="1", lesion="T1", dose_gy=80.0, responded=True),
    ...         LesionOutcome(subject="1", lesion="T2", responded=False)]
    >>> account_lesions(rows).counts["outcome_without_dose"]
    1
    """
    seen: set[tuple[str, str, str]] = set()
    complete: list[tuple[LesionOutcome, float, bool]] = []
    places: dict[tuple[bool, bool], list[LesionOutcome]] = {
        (True, False): [], (False, True): [], (False, False): [],
    }  # fmt: skip
    for row in lesions:
        key = (row.subject, row.administration, row.lesion)
        if key in seen:
            raise TrialError(
                "a lesion stands twice", got=f"lesion {row.lesion}",
                allowed="one row a lesion and administration", remedy="take one of the rows out",
            )  # fmt: skip
        seen.add(key)
        outcome = row.responded
        if horizon_d is not None:
            outcome = local_control(row.followed_d, row.progressed, horizon_d=horizon_d)
        dose = row.dose_of(metric)
        if dose is not None and not (math.isfinite(dose) and dose > 0):
            dose = None  # has no logarithm
        if dose is not None and outcome is not None:
            complete.append((row, dose, outcome))
        else:
            places[dose is not None, outcome is not None].append(row)
    return LesionAccount(
        complete=tuple(complete),
        dose_without_outcome=tuple(places[True, False]),
        outcome_without_dose=tuple(places[False, True]),
        neither=tuple(places[False, False]),
    )
