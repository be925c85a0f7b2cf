"""What a fit gives: the curve, its integral, and how sure both are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.kinetics import Curve

__all__ = ["ModelCandidate", "TimeActivityFit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCandidate:
    """One model that took part in the average.

    Parameters
    ----------
    name : str
        As in `FitOptions.models`.
    aicc : float or None
        Akaike's criterion, corrected for small samples; None where there was no choice to make.
    weight : float
        Akaike weight; the weights sum to 1.
    tia_bq_s, tia_uncertainty_bq_s : float
        This model's own, Bq s.
    at_bound : bool
        A parameter stands at a bound (e.g. a rate at physical decay).
    parameters : tuple of (str, float)
        Amplitudes in Bq and rates in 1/s, by name.
    """

    name: str
    aicc: float | None
    weight: float
    tia_bq_s: float
    tia_uncertainty_bq_s: float
    at_bound: bool
    parameters: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeActivityFit:
    """A region's fitted curve.

    Parameters
    ----------
    name : str
        The region.
    model : str
        What was fitted or averaged, in words with the weights.
    candidates : tuple of ModelCandidate
    curve : Curve
        The average; its integral is `tia_bq_s`.
    tia_bq_s : float
        Time-integrated activity from time zero to infinity, Bq s.
    tia_uncertainty_bq_s : float
        Standard uncertainty (k = 1), with the spread between the models, Bq s.
    tia_interval68_bq_s : tuple of float
        Low and high ends of the 68 % interval, Bq s. Where no clearance could be told it is the
        whole span between the two tails.
    effective_half_life_s : float or None
        Of the last phase, s; None where it could not be told.
    interval_method : str
        How the interval was found.
    chi2 : float
        Sum of squared residuals in units of the stated uncertainties (of the heaviest candidate);
        not a number where there is none.
    warnings : tuple of str
        What these scans can't tell, and what was done about it.
    tia_counting_uncertainty_bq_s : float or None
        The part of `tia_uncertainty_bq_s` that the scans' stated uncertainties bring by themselves,
        without what the scatter about the curve and the choice of model add, Bq s; None where the
        fit does not tell it apart.
    samples : tuple of Curve
        Curves drawn from what the fit leaves open, for bands and for what follows.
    """

    name: str
    model: str
    candidates: tuple[ModelCandidate, ...]
    curve: Curve
    tia_bq_s: float
    tia_uncertainty_bq_s: float
    tia_interval68_bq_s: tuple[float, float]
    effective_half_life_s: float | None
    interval_method: str
    chi2: float
    warnings: tuple[str, ...]
    tia_counting_uncertainty_bq_s: float | None = None
    samples: tuple[Curve, ...] = ()

    def band(self, times_s: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Low and high end of the 68 % band at `times_s`, Bq, each in its shape.

        Pointwise quantiles (15.87 % and 84.13 %) of `samples`.
        """
        time = np.asarray(times_s, dtype=np.float64)
        if not self.samples:
            central = self.curve.activity_bq(time)
            return central, central.copy()
        drawn = np.stack([curve.activity_bq(time) for curve in self.samples])
        low, high = np.quantile(drawn, (0.158655, 0.841345), axis=0)
        return np.asarray(low), np.asarray(high)
