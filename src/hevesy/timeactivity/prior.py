"""What is expected of a region's kinetics before it is measured."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.timeactivity._retention import PARAMETERS

__all__ = ["CITED_PRIORS", "KineticsPrior", "cited_prior", "wide_prior"]

_HOUR_S = 3600.0
_WIDE_SDS = (1.3, 0.8, 1.0, 1.3, 1.5, 0.7)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KineticsPrior:
    """A normal distribution over a retention curve's coordinates.

    The curve is s(t) = s exp(-l max(t - o, 0)) [(1 - max(w, 0)) exp(-b t) + w exp(-(b + f) t)] as a
    share of the injected activity, physical decay aside. Rates are biological, so one prior serves
    every nuclide on the same agent.

    Parameters
    ----------
    name : str
        Printed with every result that rests on it.
    source : str
        Where it comes from, in words; honest about a guess.
    mean : ndarray of float64, shape (6,)
        Of logit s, 2 artanh w, ln f, ln b, ln l (rates in 1/s) and ln o (s).
    covariance : ndarray of float64, shape (6, 6)
        Symmetric, positive definite.
    wide_weight : float
        Probability, before any scan, that this lesion follows the wide prior and not this one
        (a robust prior); 0 for the wide prior itself.

    Raises
    ------
    InputError
        Shapes, a covariance that is none, or a weight outside 0 to 1.

    References
    ----------
    Schmidli et al., Biometrics 2014;70:1023, doi:10.1111/biom.12242 (robust mixture).

    Examples
    --------
    >>> prior = KineticsPrior(name="one", source="made up", mean=np.zeros(6), covariance=np.eye(6))
    >>> prior.wide_weight
    0.2
    """

    name: str
    source: str
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    wide_weight: float = 0.2

    def __post_init__(self) -> None:
        mean = np.array(self.mean, dtype=np.float64).reshape(-1)
        covariance = np.array(self.covariance, dtype=np.float64)
        size = len(PARAMETERS)
        if mean.shape != (size,) or covariance.shape != (size, size):
            raise InputError(
                "a kinetics prior has the wrong size",
                got=f"{mean.size} means, a covariance of {covariance.shape}",
                allowed=f"{size} means and {size} x {size}: {', '.join(PARAMETERS)}",
                remedy="give one row for each coordinate",
            )
        finite = bool(np.isfinite(mean).all() and np.isfinite(covariance).all())
        if not finite or not np.allclose(covariance, covariance.T) or not _positive(covariance):
            raise InputError(
                f"the covariance of the kinetics prior '{self.name}' is not a covariance",
                allowed="a symmetric, positive definite matrix of finite numbers",
                remedy="give variances on its diagonal and no correlation of 1 or more",
            )
        if not 0 <= self.wide_weight <= 1:
            raise InputError(
                f"the wide weight of the kinetics prior '{self.name}' is no probability",
                got=self.wide_weight,
                allowed="0 to 1",
                remedy="0.2 is usual",
            )
        mean.setflags(write=False)
        covariance.setflags(write=False)
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", covariance)


def _positive(covariance: NDArray[np.float64]) -> bool:
    return bool(np.linalg.eigvalsh(covariance).min() > 0)


def wide_prior(kind: str = "depot") -> KineticsPrior:
    """What may be expected of any agent: no measurement is in it, only what is plausible.

    A depot keeps 21 to 95 % of the injection (90 % range) after what left at once, an organ 0.06 to
    49 %. A depot's slow biological half-life is 18 to 1300 h, an organ's 6 to 420 h, fast ones are
    0.8 to 21 h. Of a depot up to two thirds washes out fast, or up to 43 % is still to come; of an
    organ more of either.

    Parameters
    ----------
    kind : str
        ``"depot"``: activity was injected into the region; ``"organ"``: it has to come there;
        ``"unknown"``: the injected activity says nothing of the region's.

    Returns
    -------
    KineticsPrior

    Raises
    ------
    InputError
        Another kind.

    Examples
    --------
    >>> wide_prior("organ").name
    'wide'
    """
    centres = {"depot": (0.85, 0.4), "organ": (-3.75, -0.3), "unknown": (-2.2, 0.0)}
    if kind not in centres:
        raise InputError(
            "a wide prior is for one of a few kinds of region",
            got=kind,
            allowed=", ".join(centres),
            remedy='take "organ" where it is not known',
        )
    share, part = centres[kind]
    half_lives_h = (4.0, 150.0 if kind == "depot" else 50.0, 700.0)
    rates = [math.log(math.log(2.0) / (hours * _HOUR_S)) for hours in half_lives_h]
    sds = np.array(_WIDE_SDS)
    if kind != "depot":
        sds[:2] = (2.25, 1.2)
    return KineticsPrior(
        name="wide",
        source="no data: what is plausible for any agent",
        mean=np.array([share, part, *rates, math.log(30.0 * _HOUR_S)]),
        covariance=np.diag(sds**2),
        wide_weight=0.0,
    )


def _from_effective_half_life(
    name: str, source: str, *, half_life_h: float, spread_h: float, physical_h: float
) -> KineticsPrior:
    """A prior from a published mono-exponential effective half-life; all else stays wide."""
    wide = wide_prior("depot")
    rate = math.log(2.0) / half_life_h
    biological = rate - math.log(2.0) / physical_h
    relative = rate * spread_h / half_life_h / biological
    mean, sds = wide.mean.copy(), np.sqrt(np.diag(wide.covariance))
    # of a log-normal rate with that mean and standard deviation
    variance = math.log1p(relative**2)
    mean[3] = math.log(biological / _HOUR_S) - variance / 2
    sds[3] = math.sqrt(variance)
    mean[1], sds[1] = 0.0, 0.4  # one exponential was reported
    return KineticsPrior(name=name, source=source, mean=mean, covariance=np.diag(sds**2))


CITED_PRIORS = ("re188-lipiodol",)
"""Names of the priors that rest on a publication."""


def cited_prior(name: str) -> KineticsPrior:
    """A prior from the literature.

    No retention half-life of an intratumoral 188Re depot in patients is published that could be
    cited: the trial of ImDendrim reports images ("concentrated in the lesion" at 48 h) and no
    number. What there is comes by another route or of another agent, and the robust weight is there
    for that reason.

    Parameters
    ----------
    name : str
        One of `CITED_PRIORS`. ``"re188-lipiodol"``: tumours after intra-arterial
        188Re-AHDD-Lipiodol, effective half-life 12.5 h, standard deviation 1.9 h over 13 patients.

    Returns
    -------
    KineticsPrior

    Raises
    ------
    InputError
        A name that is not there.

    References
    ----------
    Esquinas et al., EJNMMI Physics 2018;5:30, doi:10.1186/s40658-018-0227-6, abstract; half-life
    of 188Re 17.00 h: ICRP publication 107.

    Examples
    --------
    >>> prior = cited_prior("re188-lipiodol")
    >>> round(math.log(2) / math.exp(prior.mean[3]) / 3600)  # median biological half-life, h
    54
    """
    if name not in CITED_PRIORS:
        raise InputError(
            "no cited kinetics prior has this name",
            got=name,
            allowed=", ".join(CITED_PRIORS),
            remedy='take one of these, "wide", or a file of your own',
        )
    return _from_effective_half_life(
        "cited:re188-lipiodol",
        "tumours after intra-arterial 188Re-AHDD-Lipiodol, effective half-life 12.5 h, SD 1.9 h, "
        "13 patients (Esquinas et al., EJNMMI Physics 2018;5:30): another agent by another route, "
        "so for an intratumoral depot a guess",
        half_life_h=12.5,
        spread_h=1.9,
        physical_h=17.0,
    )
