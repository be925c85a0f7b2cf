"""Recovery as a function of volume: R(v) = 1 - 1/(1 + (v/beta)^alpha)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hevesy.errors import InputError
from hevesy.quantification.delineation import sphere_diameter_mm

__all__ = ["RecoveryCoefficient", "recovery_coefficient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCoefficient:
    """Recovery at a volume, and how sure it is.

    Parameters
    ----------
    recovery : float
        Measured over true activity, above 0 to 1.
    relative_uncertainty : float
        From the curve's parameters alone; common to all scans.
    volume_slope_ratio : float
        d ln R / d ln v.

    Examples
    --------
    >>> half = RecoveryCoefficient(recovery=0.5, relative_uncertainty=0.05, volume_slope_ratio=0.5)
    >>> half.correct(8.0)
    16.0
    """

    recovery: float
    relative_uncertainty: float
    volume_slope_ratio: float

    def correct(self, activity_bq: float) -> float:
        """Activity over recovery, Bq."""
        return activity_bq / self.recovery


def recovery_coefficient(
    volume_ml: float,
    *,
    beta_ml: float,
    alpha: float,
    covariance: ArrayLike | None = None,
    relative_uncertainty: float = 0.0,
) -> RecoveryCoefficient:
    """Read a recovery curve that was fitted to phantom spheres.

    R(v) = 1 - 1/(1 + (v/beta)^alpha), so R = 0.5 at v = beta. The curve holds for the protocol
    (collimator, reconstruction, number of updates, delineation) and roughly for compact regions in
    a cold surrounding; spill-in from warm tissue is not in it.

    Parameters
    ----------
    volume_ml : float
        The region's volume, mL.
    beta_ml : float
        Volume at which half is recovered, mL.
    alpha : float
        Steepness.
    covariance : array_like, shape (2, 2), optional
        Covariance of ``(beta_ml, alpha)``; u(R)^2 = g' V g with g the curve's gradient.
    relative_uncertainty : float
        A further relative uncertainty of the curve's value, added in squares.

    Returns
    -------
    RecoveryCoefficient

    Raises
    ------
    InputError
        A parameter that is not above 0, or a covariance that is not one.

    References
    ----------
    Gear et al. 2018, Eur J Nucl Med Mol Imaging 45:2456, doi:10.1007/s00259-018-4136-7, section on
    the recovery coefficient (two-parameter curve, law of propagation).

    Examples
    --------
    >>> recovery_coefficient(8.0, beta_ml=8.0, alpha=1.2).recovery
    0.5
    """
    sphere_diameter_mm(volume_ml)  # refuses a volume that is not above 0
    if not (0 < beta_ml < math.inf and 0 < alpha < math.inf):
        raise InputError(
            "a recovery curve needs beta and alpha above 0",
            got=f"beta {beta_ml:g} mL, alpha {alpha:g}",
            remedy="write `recovery_curve = { beta_ml = 3.2, alpha = 1.1 }` in [options]",
        )
    if not 0 <= relative_uncertainty < math.inf:
        raise InputError(
            "a relative uncertainty can't be negative",
            got=relative_uncertainty,
            remedy="correct `uncertainty` of `recovery_curve` in [options]",
        )
    odds = (volume_ml / beta_ml) ** alpha
    recovery, lost = odds / (1.0 + odds), 1.0 / (1.0 + odds)
    # d ln R = (1 - R) d ln(odds), odds = (v/beta)^alpha
    gradient = lost * np.array([-alpha / beta_ml, math.log(volume_ml / beta_ml)])
    variance = relative_uncertainty**2
    if covariance is not None:
        matrix = np.asarray(covariance, dtype=np.float64)
        valid = matrix.shape == (2, 2) and bool(np.isfinite(matrix).all())
        if not valid or not np.allclose(matrix, matrix.T) or np.linalg.eigvalsh(matrix)[0] < -1e-12:
            raise InputError(
                "the covariance of a recovery curve must be 2 x 2, symmetric, not negative",
                got=matrix.tolist(),
                remedy="give the covariance of (beta_ml, alpha) from the fit",
            )
        variance += float(gradient @ matrix @ gradient)
    return RecoveryCoefficient(
        recovery=recovery,
        relative_uncertainty=math.sqrt(variance),
        volume_slope_ratio=alpha * lost,
    )
