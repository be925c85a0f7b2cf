"""Recovery curves fitted to phantom spheres."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.camera import FWHM_PER_SIGMA
from hevesy.errors import FitError, InputError
from hevesy.quantification.delineation import sphere_diameter_mm
from hevesy.quantification.partial_volume import RecoveryCoefficient, recovery_coefficient

__all__ = [
    "RECOVERY_MODELS",
    "RecoveryCurve",
    "blurred_sphere_recovery",
    "fit_recovery",
    "sphere_volume_ml",
]

RECOVERY_MODELS = {"log-logistic": ("beta_ml", "alpha"), "blurred-sphere": ("fwhm_mm",)}
_BEYOND_RATIO = 0.5  # of the smallest sphere's volume: below, the curve is an extrapolation


def sphere_volume_ml(diameter_mm: float) -> float:
    """Volume of a sphere, mL.

    Raises
    ------
    InputError
        A diameter that is not above 0.

    Examples
    --------
    >>> round(sphere_volume_ml(37.0), 2)
    26.52
    """
    if not 0 < diameter_mm < math.inf:
        raise InputError(
            "a sphere needs a diameter above 0", got=diameter_mm, remedy="give it in mm"
        )
    return math.pi / 6.0 * (diameter_mm / 10.0) ** 3


def blurred_sphere_recovery(diameter_mm: ArrayLike, fwhm_mm: float) -> NDArray[np.float64]:
    """Share of a uniform sphere's activity that stays inside it after a Gaussian blur.

    The mean over the sphere of the sphere blurred: the integral of the sphere's autocorrelation,
    1 - 3 x/2 + x^3/2 with x = r/d, over the distribution of the Gaussian's displacements r, in
    closed form. Cold surrounding, the sphere's own contour, no noise and no ringing.

    Parameters
    ----------
    diameter_mm : array_like of float
        d, mm, above 0.
    fwhm_mm : float
        Of the image's point spread, mm, above 0.

    Returns
    -------
    ndarray of float64, shape of `diameter_mm`

    Raises
    ------
    InputError
        A number that is not above 0.

    References
    ----------
    Kessler, Ellis, Eden 1984, J Comput Assist Tomogr 8:514 (recovery of blurred spheres).

    Examples
    --------
    >>> blurred_sphere_recovery([17.0, 60.0], 12.0).round(3)
    array([0.368, 0.799])
    """
    diameter = np.asarray(diameter_mm, dtype=np.float64)
    if not (diameter.size and (diameter > 0).all() and 0 < fwhm_mm < math.inf):
        raise InputError(
            "a blurred sphere needs a diameter and a FWHM above 0",
            got=f"FWHM {fwhm_mm:g} mm",
            remedy="give both in mm",
        )
    from scipy.special import erf

    sigma = fwhm_mm / FWHM_PER_SIGMA
    t = diameter / (math.sqrt(2.0) * sigma)
    fall = np.exp(-(t**2))
    inside = erf(t) - 2.0 * t / math.sqrt(math.pi) * fall
    first = math.sqrt(8.0 / math.pi) * sigma * (1.0 - (1.0 + t**2) * fall)
    third = math.sqrt(128.0 / math.pi) * sigma**3 * (1.0 - (1.0 + t**2 + t**4 / 2.0) * fall)
    return np.asarray(inside - 1.5 * first / diameter + 0.5 * third / diameter**3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecoveryCurve:
    """A fitted recovery curve, with its parameters' covariance.

    Parameters
    ----------
    model : str
        ``"log-logistic"``, R = 1 - 1/(1 + (v/beta)^alpha), with parameters (beta_ml, alpha): in
        diameters the same curve with 3 alpha. ``"blurred-sphere"``: `blurred_sphere_recovery`
        with (fwhm_mm,).
    parameters : ndarray of float64, shape (n,)
        Above 0. Read-only.
    covariance : ndarray of float64, shape (n, n)
        Of `parameters`. Read-only.
    smallest_ml, largest_ml : float
        Range of the spheres it was fitted to.
    reduced_chi2 : float or None
        Of the fit; None without uncertainties or degrees of freedom.

    Raises
    ------
    InputError
        An unknown model, or numbers that do not fit it.

    Examples
    --------
    >>> curve = RecoveryCurve(model="log-logistic", parameters=np.array([3.0, 1.0]),
    ...     covariance=np.diag([0.04, 0.0]), smallest_ml=1.0, largest_ml=30.0)
    >>> round(curve.at_volume(3.0).relative_uncertainty, 4)
    0.0333
    """

    model: str
    parameters: NDArray[np.float64]
    covariance: NDArray[np.float64]
    smallest_ml: float
    largest_ml: float
    reduced_chi2: float | None = None

    def __post_init__(self) -> None:
        if self.model not in RECOVERY_MODELS:
            raise InputError(
                "unknown model of a recovery curve",
                got=self.model,
                allowed=", ".join(RECOVERY_MODELS),
                remedy="choose one of them",
            )
        for name in ("parameters", "covariance"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        n = len(RECOVERY_MODELS[self.model])
        matrix = self.covariance
        fit = self.parameters.shape == (n,) and matrix.shape == (n, n)
        fit = fit and bool(np.isfinite(matrix).all()) and bool((self.parameters > 0).all())
        fit = fit and bool(np.isfinite(self.parameters).all())
        if not fit or not np.allclose(matrix, matrix.T) or np.linalg.eigvalsh(matrix)[0] < -1e-9:
            raise InputError(
                f"a {self.model} curve needs {n} parameters above 0 and their covariance",
                got=f"{self.parameters.tolist()}, {matrix.tolist()}",
                allowed=", ".join(RECOVERY_MODELS[self.model]),
                remedy="fit the curve again",
            )
        if not 0 < self.smallest_ml <= self.largest_ml < math.inf:
            raise InputError(
                "a recovery curve's range of volumes is not one",
                got=f"{self.smallest_ml:g} to {self.largest_ml:g} mL",
                remedy="give the volumes of the smallest and the largest sphere, mL",
            )

    def at_volume(self, volume_ml: float) -> RecoveryCoefficient:
        """Recovery of a compact region of this volume, with its uncertainty.

        Refused (InputError) below half the smallest sphere's volume. Above the largest sphere the
        curve goes on to 1.
        """
        sphere_diameter_mm(volume_ml)
        if volume_ml < _BEYOND_RATIO * self.smallest_ml:
            raise InputError(
                "the region is smaller than the recovery curve reaches",
                got=f"{volume_ml:.3g} mL",
                allowed=f"{_BEYOND_RATIO * self.smallest_ml:.3g} mL or more, half the smallest "
                "sphere",
                remedy="calibrate with smaller spheres, or take the spill-out region's total",
            )
        if self.model == "log-logistic":
            beta_ml, alpha = self.parameters.tolist()
            return recovery_coefficient(
                volume_ml, beta_ml=beta_ml, alpha=alpha, covariance=self.covariance
            )
        fwhm_mm = float(self.parameters[0])
        diameter_mm = sphere_diameter_mm(volume_ml)
        step = 1e-4
        near = [fwhm_mm * math.exp(step * i) for i in (-1, 0, 1)]
        low, value, high = (float(blurred_sphere_recovery(diameter_mm, w)) for w in near)
        slope = (math.log(high) - math.log(low)) / (2 * step)  # d ln R / d ln FWHM
        # R depends on d/FWHM alone, and d goes with the third root of the volume
        return RecoveryCoefficient(
            recovery=value,
            relative_uncertainty=abs(slope) * math.sqrt(float(self.covariance[0, 0])) / fwhm_mm,
            volume_slope_ratio=-slope / 3.0,
        )


def fit_recovery(
    volume_ml: ArrayLike,
    recoveries: ArrayLike,
    uncertainties: ArrayLike | None = None,
    *,
    model: str = "log-logistic",
) -> RecoveryCurve:
    """Fit a recovery curve to spheres by weighted least squares.

    The parameters are fitted as logarithms, so they stay above 0; their covariance is that of the
    linearised fit, widened by the reduced chi-square where that is above 1. Without uncertainties
    all spheres weigh the same, and their scatter about the curve is the uncertainty.

    Parameters
    ----------
    volume_ml : array_like of float, shape (n,)
        Volumes of the spheres, mL.
    recoveries : array_like of float, shape (n,)
        Measured over true concentration inside the sphere's own contour (with activity around it,
        what stands out over what should), above 0.
    uncertainties : array_like of float, shape (n,), optional
        Standard uncertainties of `recoveries`, above 0, independent of each other.
    model : str
        Of `RECOVERY_MODELS`.

    Returns
    -------
    RecoveryCurve

    Raises
    ------
    InputError
        Too few spheres for the model, or numbers that are not above 0.
    FitError
        The spheres do not give a curve.

    References
    ----------
    Gear et al. 2018, doi:10.1007/s00259-018-4136-7 (two-parameter curve and its covariance).

    Examples
    --------
    >>> volumes = [sphere_volume_ml(d) for d in (17.0, 22.0, 28.0, 37.0)]
    >>> curve = fit_recovery(volumes, [0.35, 0.62, 0.73, 0.81])
    >>> round(curve.at_volume(volumes[2]).recovery, 2)
    0.72
    """
    volume, seen = (np.asarray(a, dtype=np.float64) for a in (volume_ml, recoveries))
    given = uncertainties is not None
    spread = np.asarray(uncertainties, dtype=np.float64) if given else np.ones_like(seen)
    names = RECOVERY_MODELS.get(model, ())
    least = len(names) + (0 if given else 1)
    same = volume.shape == seen.shape == spread.shape and volume.ndim == 1
    positive = all((array > 0).all() for array in (volume, seen, spread))
    if not names or not same or volume.size < least or not positive:
        raise InputError(
            f"a {model} recovery curve needs {least} or more spheres with numbers above 0",
            got=f"{volume.size} volumes, {seen.size} recoveries, {spread.size} uncertainties",
            allowed=f"models: {', '.join(RECOVERY_MODELS)}",
            remedy="give a volume, a recovery and an uncertainty for each sphere",
        )
    if len(np.unique(volume)) < len(names):
        raise FitError(
            "a recovery curve needs spheres of different sizes",
            got=f"{len(np.unique(volume))} size",
            remedy="measure more sizes",
        )
    logs, jacobian, chi2 = _fit(volume, seen, spread, model)
    freedom = volume.size - len(names)
    reduced = chi2 / freedom if freedom else None
    factor = max(reduced or 1.0, 1.0) if given else (reduced or 0.0)
    values = np.exp(logs)
    covariance = factor * np.linalg.pinv(jacobian.T @ jacobian, hermitian=True)
    return RecoveryCurve(
        model=model,
        parameters=values,
        covariance=covariance * np.outer(values, values),
        smallest_ml=float(volume.min()),
        largest_ml=float(volume.max()),
        reduced_chi2=reduced if given else None,
    )


def _fit(
    volume: NDArray[np.float64], seen: NDArray[np.float64], spread: NDArray[np.float64], model: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Logarithms of the parameters, the residuals' Jacobian against them, and chi-square."""
    from scipy.optimize import least_squares

    diameter = 10.0 * (6.0 * volume / math.pi) ** (1.0 / 3.0)

    def curve(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        if model == "log-logistic":
            # as a power of e, clipped: far from the data the search may try absurd exponents
            power = math.exp(min(float(logs[1]), 10.0)) * (np.log(volume) - logs[0])
            return np.asarray(1.0 / (1.0 + np.exp(np.clip(-power, -700, 700))))
        return blurred_sphere_recovery(diameter, math.exp(float(logs[0])))

    middle = float(np.exp(np.log(volume).mean()))
    start = [math.log(middle / 2), 0.0]
    if model == "blurred-sphere":
        start = [math.log(float(diameter.mean()) / 2)]

    def residual(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        return (curve(logs) - seen) / spread

    found = least_squares(residual, start, xtol=1e-12, ftol=1e-12)
    if not found.success or not np.isfinite(found.x).all() or np.abs(found.x).max() > 20:
        raise FitError(
            "the spheres do not give a recovery curve",
            got=", ".join(f"{r:.3g} at {v:.3g} mL" for v, r in zip(volume, seen, strict=True)),
            remedy="check that recovery grows with volume and stays below 1",
        )
    return np.asarray(found.x), np.asarray(found.jac), float(2.0 * found.cost)
