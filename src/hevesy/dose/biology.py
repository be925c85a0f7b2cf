"""Biologically effective dose with the true dose-rate curve, and equivalent uniform doses."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import FitError, InputError
from hevesy.kinetics import Curve, ExponentialCurve

__all__ = [
    "BiologicalDose",
    "biologically_effective_dose",
    "equivalent_uniform_bed",
    "generalised_eud",
    "lea_catcheside_factor",
]

_TAIL = 1e-8  # share of the TIA that may lie beyond the numerical integral's end
_STEPS = 6000


def _positive(value: float, what: str, remedy: str) -> float:
    if not 0 < value < math.inf:
        raise InputError(f"{what} must be above 0", got=f"{value:g}", remedy=remedy)
    return value


def lea_catcheside_factor(curve: Curve, *, repair_half_time_s: float) -> float:
    """Generalised Lea-Catcheside factor of a dose rate that follows an activity curve.

    G = 2/D^2 int_0^inf R(t) int_0^t R(w) exp(-mu (t - w)) dw dt with R the dose rate and
    mu = ln 2 / repair half-time (mono-exponential repair). For R = sum of a_i exp(-k_i t), uptake
    with its negative amplitude included, it is
    2/D^2 sum_ij a_i a_j / ((k_i + k_j)(k_i + mu)), D = sum of a_i / k_i; one term gives
    k / (k + mu). Any other curve is integrated numerically, as linear between 6000 times from
    the start to where less than 1e-8 of the TIA is left.

    Parameters
    ----------
    curve : Curve
        Activity from time zero on; the dose rate is in proportion to it.
    repair_half_time_s : float
        Half-time of sublethal repair, s.

    Returns
    -------
    float
        0 (all repaired) to 1 (acute).

    Raises
    ------
    FitError
        The curve has no TIA.

    References
    ----------
    Dale 1985, Br J Radiol 58:515; Millar 1991, Br J Radiol 64:242; Brenner et al. 1998, Radiat Res
    150:83 (the generalised factor).

    Examples
    --------
    >>> import numpy as np
    >>> rate = math.log(2) / 3600.0
    >>> curve = ExponentialCurve(amplitudes_bq=np.array([1e6]), rates_per_s=np.array([rate]))
    >>> round(lea_catcheside_factor(curve, repair_half_time_s=3600.0), 12)
    0.5
    """
    repair_per_s = math.log(2.0) / _positive(
        repair_half_time_s, "the repair half-time", "give it in [[options.radiobiology]]"
    )
    tia = curve.tia_bq_s()
    if not 0 < tia < math.inf:
        raise FitError(
            "a curve without time-integrated activity has no dose rate",
            got=f"{tia:.4g} Bq s",
            remedy="look at the region's curve",
        )
    if isinstance(curve, ExponentialCurve):
        a, k = curve.amplitudes_bq, curve.rates_per_s
        pairs = np.outer(a, a) / ((k[:, None] + k[None, :]) * (k[:, None] + repair_per_s))
        return float(2.0 * pairs.sum() / tia**2)
    return _numerical_factor(curve, tia, repair_per_s)


def _numerical_factor(curve: Curve, tia_bq_s: float, repair_per_s: float) -> float:
    end_s = 1.0 / repair_per_s
    while curve.tia_bq_s(end_s, math.inf) > _TAIL * tia_bq_s:
        end_s *= 1.5
        if end_s > 1e12:
            raise FitError(
                "the activity curve does not end",
                got=f"{curve.tia_bq_s(end_s, math.inf) / tia_bq_s:.2g} of its TIA is left",
                remedy="use a curve that decays at least physically",
            )
    # fine where repair and early uptake act, coarse later
    first_s = min(end_s, 1.0 / repair_per_s) * 1e-3
    times = np.concatenate([[0.0], np.geomspace(first_s, end_s, _STEPS)])
    rate = np.asarray(curve.activity_bq(times), dtype=np.float64)
    step = np.diff(times)
    slope = np.diff(rate) / step
    x = repair_per_s * step
    decay = np.exp(-x)
    # exact for a rate that is linear in each step: e obeys e' = rate - mu e, and the integral of
    # rate * e is taken by Simpson's rule
    gain = -np.expm1(-x) / repair_per_s
    added = rate[:-1] * gain + slope * (step - gain) / repair_per_s
    half = -np.expm1(-x / 2.0) / repair_per_s
    added_half = rate[:-1] * half + slope * (step / 2.0 - half) / repair_per_s
    unrepaired = np.zeros(times.size)
    for i in range(step.size):
        unrepaired[i + 1] = unrepaired[i] * decay[i] + added[i]
    middle = unrepaired[:-1] * np.exp(-x / 2.0) + added_half
    middle_rate = (rate[:-1] + rate[1:]) / 2.0
    ends = rate[:-1] * unrepaired[:-1] + rate[1:] * unrepaired[1:]
    integral = float((step / 6.0 * (ends + 4.0 * middle_rate * middle)).sum())
    total = float((step * middle_rate).sum())
    return 2.0 * integral / total**2


@dataclass(frozen=True, slots=True, kw_only=True)
class BiologicalDose:
    """BED with the parameters it rests on.

    Parameters
    ----------
    bed_gy : float
    dose_gy : float
    lea_catcheside_factor : float
        G of the dose-rate curve.
    alpha_per_gy, alpha_beta_gy, repair_half_time_s : float
        As given.

    Examples
    --------
    >>> found = BiologicalDose(bed_gy=20.0, dose_gy=15.0, lea_catcheside_factor=0.2,
    ...                        alpha_per_gy=0.3, alpha_beta_gy=10.0, repair_half_time_s=5400.0)
    >>> round(found.log_surviving_fraction, 6)
    -6.0
    """

    bed_gy: float
    dose_gy: float
    lea_catcheside_factor: float
    alpha_per_gy: float
    alpha_beta_gy: float
    repair_half_time_s: float

    @property
    def log_surviving_fraction(self) -> float:
        """Logarithm of the surviving fraction, -alpha BED."""
        return -self.alpha_per_gy * self.bed_gy


def biologically_effective_dose(
    dose_gy: float,
    *,
    curve: Curve,
    alpha_per_gy: float,
    alpha_beta_gy: float,
    repair_half_time_s: float,
) -> BiologicalDose:
    """BED = D (1 + G D / (alpha/beta)) with G of the true dose-rate curve.

    One course. BEDs of courses apart by much more than the repair half-time add. Repopulation is
    left out. None of the three parameters has a default.

    Parameters
    ----------
    dose_gy : float
        Absorbed dose, Gy.
    curve : Curve
        Activity of the region, to which its dose rate is in proportion.
    alpha_per_gy : float
        Linear radiosensitivity, 1/Gy.
    alpha_beta_gy : float
        alpha/beta, Gy.
    repair_half_time_s : float
        Half-time of sublethal repair, s.

    Returns
    -------
    BiologicalDose

    Raises
    ------
    InputError
        The dose is negative, or a parameter is not above 0.

    References
    ----------
    Dale 1985, Br J Radiol 58:515; Millar 1991, Br J Radiol 64:242; Bentzen et al. 2012 (ICRU),
    Radiother Oncol 105:266.

    Examples
    --------
    >>> import numpy as np
    >>> curve = ExponentialCurve(amplitudes_bq=np.array([1.0]), rates_per_s=np.array([1e-5]))
    >>> found = biologically_effective_dose(
    ...     30.0, curve=curve, alpha_per_gy=0.3, alpha_beta_gy=10.0,
    ...     repair_half_time_s=math.log(2) / 9e-5)
    >>> round(found.bed_gy, 6)
    39.0
    """
    if not 0 <= dose_gy < math.inf:
        raise InputError("a dose can't be negative", got=f"{dose_gy:g} Gy", remedy="correct it")
    remedy = "give it in [[options.radiobiology]]"
    _positive(alpha_per_gy, "alpha", remedy)
    _positive(alpha_beta_gy, "alpha/beta", remedy)
    factor = lea_catcheside_factor(curve, repair_half_time_s=repair_half_time_s)
    return BiologicalDose(
        bed_gy=dose_gy * (1.0 + factor * dose_gy / alpha_beta_gy),
        dose_gy=dose_gy,
        lea_catcheside_factor=factor,
        alpha_per_gy=alpha_per_gy,
        alpha_beta_gy=alpha_beta_gy,
        repair_half_time_s=repair_half_time_s,
    )


def _checked(
    doses_gy: ArrayLike, volume_shares: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    doses = np.asarray(doses_gy, dtype=np.float64).reshape(-1)
    shares = np.asarray(volume_shares, dtype=np.float64).reshape(-1)
    if doses.size == 0 or doses.shape != shares.shape or doses.min() < 0 or shares.min() < 0:
        raise InputError(
            "doses and volume shares must be of one length and not negative",
            got=f"{doses.size} doses, {shares.size} shares",
            remedy="take both from region_doses_gy",
        )
    if shares.sum() <= 0:
        raise InputError("the volume shares sum to 0", remedy="take them from region_doses_gy")
    held = shares > 0
    return doses[held], shares[held] / shares.sum()


def generalised_eud(doses_gy: ArrayLike, volume_shares: ArrayLike, *, a: float) -> float:
    """Niemierko's generalised EUD, (sum of v_i D_i^a)^(1/a), in Gy.

    a = 1 is the mean; a of large size goes to the greatest dose, of large negative size to the
    least. For a < 0, any volume without dose makes it 0.

    Parameters
    ----------
    doses_gy : array_like, shape (n,)
        Doses of the voxels, Gy.
    volume_shares : array_like, shape (n,)
        Their shares of the volume.
    a : float
        Exponent, not 0.

    Returns
    -------
    float

    Raises
    ------
    InputError
        `a` is 0 or not finite.

    References
    ----------
    Niemierko 1999, Med Phys 26:1100 (abstract); Wu et al. 2002, Int J Radiat Oncol Biol Phys
    52:224.

    Examples
    --------
    >>> generalised_eud([10.0, 30.0], [0.5, 0.5], a=1.0)
    20.0
    """
    if a == 0 or not math.isfinite(a):
        raise InputError(
            "the exponent of the EUD can't be 0 or infinite",
            got=a,
            remedy="correct `eud_a` in [options]",
        )
    doses, shares = _checked(doses_gy, volume_shares)
    top = float(doses.max() if a > 0 else doses.min())
    if top <= 0:
        return 0.0
    # scaled by the term that rules, so that no power overflows
    scaled = float((shares * (doses / top) ** a).sum())
    return float(top * scaled ** (1.0 / a))


def equivalent_uniform_bed(
    doses_gy: ArrayLike,
    volume_shares: ArrayLike,
    *,
    lea_catcheside_factor: float,
    alpha_per_gy: float,
    alpha_beta_gy: float,
) -> float:
    """Uniform BED with the same surviving fraction, -ln(sum of v_i exp(-alpha BED_i)) / alpha.

    Every voxel is given the region's dose-rate curve (one G). It reads the least doses, which the
    image's blur and noise decide: with the resolution's mark of the DVH, or not at all.

    Parameters
    ----------
    doses_gy : array_like, shape (n,)
        Doses of the voxels, Gy.
    volume_shares : array_like, shape (n,)
        Their shares of the volume.
    lea_catcheside_factor : float
        G.
    alpha_per_gy : float
        Linear radiosensitivity, 1/Gy.
    alpha_beta_gy : float
        alpha/beta, Gy.

    Returns
    -------
    float

    References
    ----------
    O'Donoghue 1999, J Nucl Med 40:1337 (equivalent uniform biologically effective dose).

    Examples
    --------
    >>> round(equivalent_uniform_bed([20.0, 20.0], [0.5, 0.5], lea_catcheside_factor=0.5,
    ...                              alpha_per_gy=0.3, alpha_beta_gy=10.0), 6)
    40.0
    """
    remedy = "give it in [[options.radiobiology]]"
    _positive(alpha_per_gy, "alpha", remedy)
    _positive(alpha_beta_gy, "alpha/beta", remedy)
    doses, shares = _checked(doses_gy, volume_shares)
    beds = doses * (1.0 + lea_catcheside_factor * doses / alpha_beta_gy)
    least = float(beds.min())
    return least - math.log(float((shares * np.exp(-alpha_per_gy * (beds - least))).sum())) / (
        alpha_per_gy
    )
