"""How a curve is to be fitted."""

from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["FitOptions"]

MODELS = ("mono", "bi", "tri", "bi-uptake", "trapezoid", "prior")
WEIGHTINGS = ("measured", "uniform")
TAILS = ("physical", "last-two")
INTERVALS = ("auto", "covariance", "profile", "bootstrap")


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How a region's curve is fitted; each value is printed with the result.

    Parameters
    ----------
    models : tuple of str
        Of ``"mono"``, ``"bi"``, ``"tri"``, ``"bi-uptake"`` (B = -A), one or several to choose
        from; or ``"trapezoid"`` or ``"prior"`` alone. Empty means the documented choice by the
        number of scans.
    uptake_phase : bool
        Offer curves that begin at zero and rise. An intratumoral depot has no such phase.
    initial_activity_limit_bq : float or None
        The activity at time zero is at most this, Bq: for a depot the net injected activity.
    weighting : str
        ``"measured"``: 1/sigma^2 of each scan; ``"uniform"``: all scans alike.
    effective_half_life_s, effective_half_life_uncertainty_s : float or None
        Prior for a single scan, physical decay included, and its standard uncertainty, s.
    tail : str
        What follows the last scan of a trapezoid: ``"physical"`` decay, or the exponential through
        the ``"last-two"`` scans, never slower than physical decay.
    interval : str
        ``"covariance"``, ``"profile"`` (likelihood), ``"bootstrap"`` (parametric), or ``"auto"``:
        profile where a bound is active or within two standard errors, covariance elsewhere.
    seed : int
        Of the bootstrap and of the curve's band.
    n_bootstrap : int
        Number of bootstrap samples, 50 to 100000.

    Raises
    ------
    InputError
        An unknown word, a trapezoid or a prior beside other models, a negative number, or a prior
        without its spread.

    Examples
    --------
    >>> FitOptions(models=("mono", "bi")).weighting
    'measured'
    """

    models: tuple[str, ...] = ()
    uptake_phase: bool = False
    initial_activity_limit_bq: float | None = None
    weighting: str = "measured"
    effective_half_life_s: float | None = None
    effective_half_life_uncertainty_s: float | None = None
    tail: str = "physical"
    interval: str = "auto"
    seed: int = 1
    n_bootstrap: int = 400

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))
        for word, allowed, what in (
            *((model, MODELS, "a model of the fit") for model in self.models),
            (self.weighting, WEIGHTINGS, "the fit's weighting"),
            (self.tail, TAILS, "a trapezoid's tail"),
            (self.interval, INTERVALS, "the fit's interval"),
        ):
            if word not in allowed:
                raise InputError(
                    f"{what} is unknown",
                    got=word,
                    allowed=", ".join(allowed),
                    remedy="choose one of these",
                )
        alone = {"trapezoid", "prior"} & set(self.models)
        if len(set(self.models)) != len(self.models) or (alone and len(self.models) > 1):
            raise InputError(
                "models of a fit are named once, and a trapezoid or a prior stands alone",
                got=", ".join(self.models),
                remedy="name exponentials only, or one of trapezoid and prior",
            )
        if not 50 <= self.n_bootstrap <= 100_000 or self.seed < 0:
            raise InputError(
                "the bootstrap's size or seed is out of range",
                got=f"{self.n_bootstrap} samples, seed {self.seed}",
                allowed="50 to 100000 samples, a seed of at least 0",
                remedy="change n_bootstrap or seed",
            )
        self._check_numbers()

    def _check_numbers(self) -> None:
        limit, half_life = self.initial_activity_limit_bq, self.effective_half_life_s
        spread = self.effective_half_life_uncertainty_s
        for value, what in (
            (limit, "the limit of the activity at time zero"),
            (half_life, "the effective half-life"),
            (spread, "the effective half-life's uncertainty"),
        ):
            if value is not None and not 0 < value < float("inf"):
                raise InputError(
                    f"{what} must be above 0", got=f"{value:g}", remedy="correct it in the options"
                )
        if (half_life is None) != (spread is None):
            raise InputError(
                "an effective half-life goes with its spread",
                got="one of the two",
                remedy="set both effective_half_life and effective_half_life_uncertainty",
            )
