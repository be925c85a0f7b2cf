"""Virtual patients as curves: retention of several kinds, in and out of the monitor's family."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.timeactivity import DoseScale, MeasuredCurve

__all__ = ["FAMILIES", "HOURS", "PatientCurve", "draw_patient", "measure_patient"]

Array = NDArray[np.float64]
HOURS = (1.0, 6.0, 24.0, 48.0, 72.0, 96.0)
HALF_LIFE_H = 17.0
DECAY_PER_H = math.log(2.0) / HALF_LIFE_H
INJECTED_BQ = 600e6
INJECTED_SHARE = 0.03
CALIBRATION_SHARE = 0.05
MASS_SHARE = 0.08
COUNTING_AT_FIRST = 0.01
SCATTER_SHARE = 0.02
FAMILIES = {
    "washout": 0.35,
    "one phase": 0.15,
    "uptake": 0.10,
    "power law": 0.12,
    "stretched": 0.12,
    "part leaks": 0.16,
}
"""How often each kind comes; the last three are not in the monitor's family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCurve:
    """One patient's truth: retention over hours, and its integral with decay, h."""

    family: str
    share_at: Callable[[Array], Array]

    def tia_h(self, end_h: float = math.inf) -> float:
        """Integral of share times decay until `end_h`, in hours, by Gauss-Legendre in steps."""
        last = min(end_h, 30 * HALF_LIFE_H)
        edges = np.concatenate(([0.0], np.geomspace(1e-3, last, 400)))
        nodes, weights = np.polynomial.legendre.leggauss(4)
        middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
        at = middle[:, None] + half[:, None] * nodes
        values = self.share_at(at.ravel()).reshape(at.shape) * np.exp(-DECAY_PER_H * at)
        return float(np.sum(values * weights * half[:, None]))


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _around(rng: np.random.Generator, median: float, sd: float) -> float:
    return float(median * math.exp(sd * rng.standard_normal()))


def draw_patient(seed: int) -> PatientCurve:
    """A patient's kinetics, by seed."""
    rng = np.random.default_rng([seed, 1])
    family = str(rng.choice(list(FAMILIES), p=list(FAMILIES.values())))
    kept = 1.0 / (1.0 + math.exp(-(1.2 + 0.8 * rng.standard_normal())))
    slow = math.log(2.0) / _around(rng, 200.0, 0.8)
    if family == "washout":
        part, fast = _between(rng, 0.05, 0.5), math.log(2.0) / _around(rng, 4.0, 0.6)

        def share(t: Array) -> Array:
            return kept * ((1 - part) * np.exp(-slow * t) + part * np.exp(-(slow + fast) * t))
    elif family == "one phase":
        rate = math.log(2.0) / _around(rng, 60.0, 0.6)

        def share(t: Array) -> Array:
            return kept * np.exp(-rate * t)
    elif family == "uptake":
        part, fast = _between(rng, 0.1, 0.7), math.log(2.0) / _around(rng, 3.0, 0.5)

        def share(t: Array) -> Array:
            return kept * (np.exp(-slow * t) - part * np.exp(-(slow + fast) * t))
    elif family == "power law":
        power, scale = _between(rng, 0.1, 0.6), _around(rng, 6.0, 0.6)

        def share(t: Array) -> Array:
            return kept * (1 + t / scale) ** -power
    elif family == "stretched":
        power, scale = _between(rng, 0.4, 0.8), _around(rng, 250.0, 0.6)

        def share(t: Array) -> Array:
            return kept * np.exp(-((t / scale) ** power))
    else:
        onset, part = _between(rng, 10.0, 60.0), _between(rng, 0.3, 0.7)
        loss = math.log(2.0) / _between(rng, 5.0, 30.0)

        def share(t: Array) -> Array:
            leaking = part * np.exp(-loss * np.maximum(t - onset, 0.0))
            return kept * np.exp(-slow * t) * (1 - part + leaking)

    return PatientCurve(family=family, share_at=share)


def measure_patient(
    patient: PatientCurve, seed: int, hours: tuple[float, ...] = HOURS, *, errors: float = 1.0
) -> tuple[MeasuredCurve, DoseScale]:
    """Scans of a patient with random and common errors; a true dose of 1 Gy for each hour of TIA.

    Parameters
    ----------
    patient : PatientCurve
    seed : int
        Of the errors.
    hours : tuple of float
    errors : float
        Scales every error drawn and stated; 0.1 is nearly the truth.

    Returns
    -------
    MeasuredCurve, DoseScale
    """
    rng = np.random.default_rng([seed, 2])
    common = errors * CALIBRATION_SHARE * rng.standard_normal()
    mass = errors * MASS_SHARE * rng.standard_normal()
    given = errors * INJECTED_SHARE * rng.standard_normal()
    at = np.array(hours)
    true = INJECTED_BQ * math.exp(given) * patient.share_at(at) * np.exp(-DECAY_PER_H * at)
    counting = errors * COUNTING_AT_FIRST * np.sqrt(true[0] / true)
    random = np.hypot(counting, errors * SCATTER_SHARE) * rng.standard_normal(at.size)
    seen = true * math.exp(common) * (1 + random)
    curve = MeasuredCurve(
        times_s=3600 * at,
        activities_bq=seen,
        uncertainties_bq=counting * np.abs(seen),
        decay_per_s=DECAY_PER_H / 3600,
        injected_bq=INJECTED_BQ,
        injected_relative_uncertainty=errors * INJECTED_SHARE,
        scatter_relative=errors * SCATTER_SHARE,
    )
    calibration, weight = errors * CALIBRATION_SHARE, errors * MASS_SHARE
    scale = DoseScale(
        # the true dose is `tia_h` times exp(given); the mass's error is in what is stated
        gy_per_bq_s=math.exp(mass - given) / INJECTED_BQ / 3600,
        activity_relative_uncertainty=calibration,
        dose_relative_uncertainty=math.hypot(calibration, weight),
        covariance_relative=calibration**2,
    )
    return curve, scale
