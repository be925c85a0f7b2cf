"""A region's scans, checked and in order."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import FitError
from hevesy.timeactivity._candidate import Problem
from hevesy.timeactivity.options import FitOptions

Array = NDArray[np.float64]
# A value below zero is taken as noise as far as this many standard deviations.
NEGATIVE_SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Scans:
    """Times (s), activities and standard deviations (Bq; 0 where none is stated), in order."""

    name: str
    times_s: Array
    activities_bq: Array
    sigmas_bq: Array
    decay_per_s: float

    @property
    def count(self) -> int:
        return int(self.times_s.size)

    @property
    def stated(self) -> bool:
        """Whether each scan has an uncertainty."""
        return bool((self.sigmas_bq > 0).all())

    @property
    def scale_bq(self) -> float:
        return float(self.activities_bq.max())

    def require_sigmas(self, why: str) -> None:
        """Refuse where the scans have no uncertainty that could be passed on."""
        if not self.stated:
            raise FitError(
                f"region '{self.name}': {why} needs an uncertainty above 0 for each scan",
                got=f"{int((self.sigmas_bq <= 0).sum())} of {self.count} scans without one",
                remedy="state the counting uncertainty or the camera's sensitivity",
            )

    def problem(self, options: FitOptions) -> Problem:
        """In scaled numbers."""
        limit = options.initial_activity_limit_bq
        return Problem(
            times=self.times_s * self.decay_per_s,
            values=self.activities_bq / self.scale_bq,
            sigmas=self.sigmas_bq / self.scale_bq,
            known=options.weighting == "measured",
            limit=math.inf if limit is None else limit / self.scale_bq,
        )


def check_scans(
    times_s: ArrayLike,
    activities_bq: ArrayLike,
    uncertainties_bq: ArrayLike,
    decay_per_s: float,
    options: FitOptions,
    name: str,
) -> Scans:
    """Scans in the order of their times, or an error that names the region."""

    def refuse(problem: str, got: str, remedy: str) -> FitError:
        return FitError(f"region '{name}': {problem}", got=got, remedy=remedy)

    arrays = [np.array(a, dtype=np.float64) for a in (times_s, activities_bq, uncertainties_bq)]
    times, values, sigmas = arrays
    sizes = [a.size for a in arrays]
    if times.ndim != 1 or times.size == 0 or any(a.shape != times.shape for a in arrays):
        raise refuse(
            "a curve needs one activity and one uncertainty for each time",
            f"{sizes[0]} times, {sizes[1]} activities, {sizes[2]} uncertainties",
            "give three lists of one length",
        )
    if not all(np.isfinite(a).all() for a in arrays) or (sigmas < 0).any():
        raise refuse(
            "times, activities and uncertainties must be finite, uncertainties not negative",
            f"activities {values.tolist()} Bq, uncertainties {sigmas.tolist()} Bq",
            "correct the measurements",
        )
    if not 0 < decay_per_s < math.inf:
        raise refuse(
            "the decay constant must be above 0", f"{decay_per_s:g} /s", "give ln 2 / half-life"
        )
    order = np.argsort(times, kind="stable")
    times, values, sigmas = times[order], values[order], sigmas[order]
    if times[0] < 0 or (np.diff(times) <= 0).any():
        raise refuse(
            "scans must lie after time zero (the end of the injection), at distinct times",
            ", ".join(f"{t / 3600:.4g} h" for t in times),
            "check the administration's time and the scans' times",
        )
    if values.max() <= 0:
        raise refuse("no scan shows any activity", f"{values.tolist()} Bq", "leave the region out")
    if (values < -NEGATIVE_SIGMAS * sigmas).any():
        raise refuse(
            f"an activity is negative by more than {NEGATIVE_SIGMAS:g} standard deviations",
            f"{values.min():.4g} Bq",
            "check background subtraction and partial-volume correction",
        )
    scans = Scans(name, times, values, sigmas, float(decay_per_s))
    if options.weighting == "measured":
        scans.require_sigmas("a fit weighted by the measured uncertainties")
    return scans
