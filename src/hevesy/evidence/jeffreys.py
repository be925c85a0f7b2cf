"""Binary regression penalised by Jeffreys' prior: finite however few or separated the outcomes."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import FitError, TrialError
from hevesy.evidence.links import curve, require_link
from hevesy.evidence.separation import separation

__all__ = ["BinaryFit", "fit_binary", "fit_resamples"]

Floats = NDArray[np.float64]
_STEPS, _HALVINGS, _LARGEST_STEP = 200, 20, 4.0
_FLATTEST = -60.0  # log of the information a column; below it nothing is left to climb on
_CONVERGED, _ROUGHLY = 1e-15, 1e-10  # of the value still to be gained: one fit, resamples
_WIDEST = 200.0  # standard errors; a profile that is flat for so long has no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryFit:
    """A fitted curve of a binary outcome.

    Parameters
    ----------
    link : str
        One of `hevesy.evidence.LINKS`.
    coefficients : tuple of float
        One a column of the design.
    intervals : tuple of (float, float)
        Profile penalised likelihood, likewise; infinite where the profile has no limit; empty if
        not asked for, and for other links than the logit.
    covariance : ndarray of float, shape (p, p)
        Inverse of the expected information, read-only.
    log_likelihood : float
        Penalised, at its maximum.
    confidence : float
        Of the intervals.
    outcomes : (int, int)
        Observations without and with the outcome.
    separated : str
        ``"none"``, ``"quasi-complete"`` or ``"complete"``: what plain maximum likelihood would
        have met.
    """

    link: str
    coefficients: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    covariance: Floats = field(repr=False)
    log_likelihood: float
    confidence: float
    outcomes: tuple[int, int]
    separated: str

    def __post_init__(self) -> None:
        self.covariance.setflags(write=False)


def fit_binary(
    design: Floats,
    outcome: NDArray[np.bool_],
    *,
    link: str = "logit",
    confidence: float = 0.95,
    intervals: bool = True,
) -> BinaryFit:
    """Fit a binary outcome by likelihood times Jeffreys' prior.

    With the logit this is Firth's bias-reduced logistic regression as Heinze and Schemper use it;
    with probit and loglog the same penalty keeps estimates finite (Kosmidis and Firth). Intervals
    come from the profile of the penalised likelihood. Observations are taken as independent: for
    lesions within patients use `fit_dose_response`.

    Parameters
    ----------
    design : ndarray of float, shape (n, p)
        With a column of ones for the intercept.
    outcome : ndarray of bool, shape (n,)
    link : str
    confidence : float
    intervals : bool
        Whether to search the profile (logit only).

    Returns
    -------
    BinaryFit

    Raises
    ------
    TrialError
        Shapes that do not fit, fewer rows than columns, numbers that are not finite, a design
        whose columns depend on each other, or one outcome alone.

    References
    ----------
    Firth D. Biometrika 1993;80:27. Heinze G, Schemper M. Stat Med 2002;21:2409.
    Kosmidis I, Firth D. Biometrika 2021;108:71.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    >>> fit = fit_binary(x, np.array([False, False, True, True]), intervals=False)
    >>> fit.separated, round(fit.coefficients[1], 3)
    ('complete', 3.219)
    """
    require_link(link)
    y = np.asarray(outcome, dtype=bool)
    x = np.asarray(design, dtype=float)
    _check(x, y)
    yes = y.astype(float)
    free = np.ones(x.shape[1], dtype=bool)
    best, reached, inverse = _climb(x[None], yes, np.ones((1, y.size)), link, None, free)
    profile: tuple[tuple[float, float], ...] = ()
    if intervals and link == "logit":
        profile = tuple(
            (
                _profile_limit(x, yes, link, (best[0], reached[0], inverse[0]), column, -1, drop),
                _profile_limit(x, yes, link, (best[0], reached[0], inverse[0]), column, 1, drop),
            )
            for drop in (_half_quantile(confidence),)
            for column in range(x.shape[1])
        )
    return BinaryFit(
        link=link,
        coefficients=tuple(best[0].tolist()),
        intervals=profile,
        covariance=inverse[0],
        log_likelihood=float(reached[0]),
        confidence=confidence,
        outcomes=(int((~y).sum()), int(y.sum())),
        separated=separation(x, y),
    )


def fit_resamples(
    designs: Floats,
    outcome: NDArray[np.bool_],
    weights: Floats,
    *,
    link: str = "logit",
    start: Floats | None = None,
) -> Floats:
    """Fit the same curve to many weighted resamples at once.

    Parameters
    ----------
    designs : ndarray of float, shape (resamples, n, p)
        Or (1, n, p): the same for all.
    outcome : ndarray of bool, shape (n,)
    weights : ndarray of float, shape (resamples, n)
        How often each observation stands in a resample.
    link : str
    start : ndarray of float, shape (resamples, p), optional
        Where to begin, from a fit of nearly the same.

    Returns
    -------
    ndarray of float, shape (resamples, p)
        NaN where a resample has one outcome alone, or cannot tell the columns apart.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    >>> y = np.array([False, False, True, True])
    >>> found = fit_resamples(x[None], y, np.array([[1.0, 1, 1, 1], [2.0, 0, 2, 0]]))
    >>> found.round(3).tolist()
    [[-1.609, 3.219], [-1.609, 3.219]]
    """
    require_link(link)
    yes = np.asarray(outcome, dtype=float)
    x = np.broadcast_to(designs, (weights.shape[0], *designs.shape[1:]))
    found = np.full((weights.shape[0], x.shape[2]), np.nan)
    usable = (weights @ yes > 0) & (weights @ (1 - yes) > 0)
    gram = np.matmul((x * weights[..., None]).transpose(0, 2, 1), x)
    usable &= np.linalg.cond(gram) < 1e12
    if usable.any():
        free = np.ones(x.shape[2], dtype=bool)
        begin = None if start is None else np.nan_to_num(start[usable])
        found[usable], _, _ = _climb(x[usable], yes, weights[usable], link, begin, free, _ROUGHLY)
    return found


def _check(x: Floats, y: NDArray[np.bool_]) -> None:
    if x.ndim != 2 or y.shape != x.shape[:1] or not np.all(np.isfinite(x)):
        raise TrialError(
            "a design and its outcomes do not fit",
            got=f"{x.shape} and {y.shape}",
            allowed="finite numbers, one row an outcome",
            remedy="give each lesion one row",
        )
    if y.all() or not y.any():
        raise TrialError(
            "one outcome alone cannot be fitted",
            got=f"{int(y.sum())} with, {int((~y).sum())} without",
            remedy="show the data instead",
        )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise TrialError(
            "the columns of a design depend on each other",
            got=f"{x.shape[1]} columns of rank {np.linalg.matrix_rank(x)}",
            remedy="leave one out, or give doses that differ",
        )


def _half_quantile(confidence: float) -> float:
    from scipy.stats import chi2

    return float(chi2.ppf(confidence, 1)) / 2


def _penalised(
    x: Floats, yes: Floats, weights: Floats, link: str, beta: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Penalised log-likelihood, information, and per observation the score and the working curve.

    `x` is (B, n, p), `weights` (B, n), `beta` (B, p).
    """
    p, q, slope, bend = curve(np.matmul(x, beta[..., None])[..., 0], link)
    likely = np.sum(weights * np.where(yes > 0, np.log(p), np.log(q)), axis=1)
    variance = p * q
    worth = weights * slope**2 / variance
    information = np.matmul((x * worth[..., None]).transpose(0, 2, 1), x)
    sign, size = np.linalg.slogdet(information)
    usable = (sign > 0) & (size > _FLATTEST * x.shape[2])
    value = np.where(usable, likely + 0.5 * size, -np.inf)
    score = weights * (yes - p) * slope / variance
    turn = worth * (2 * bend - slope * (q - p) / variance)
    return value, information, score, turn


def _climb(
    x: Floats,
    yes: Floats,
    weights: Floats,
    link: str,
    start: Floats | None,
    free: NDArray[np.bool_],
    close: float = _CONVERGED,
) -> tuple[Floats, Floats, Floats]:
    """Coefficients (B, p), value reached (B,), inverse information (B, p, p).

    Fisher scoring on the exact gradient of the penalised likelihood, stretched by how much of the
    gradient the last step left, and halved where the value would fall. A step is
    limited by what it changes in the linear predictor; columns that are not free stay.
    """
    beta = np.zeros((x.shape[0], x.shape[2])) if start is None else start.copy()
    value, information, score, turn = _penalised(x, yes, weights, link, beta)
    stretch, last, rise = np.ones(x.shape[0]), np.zeros_like(beta), np.zeros(x.shape[0])
    for _ in range(_STEPS):
        inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
        leverage = np.einsum("bnp,bpq,bnq->bn", x, inverse, x, optimize=True)
        gradient = np.matmul(x.transpose(0, 2, 1), (score + 0.5 * leverage * turn)[..., None])
        gradient = np.where(free, gradient[..., 0], 0.0)
        left = np.divide(np.sum(gradient * last, axis=1), rise, out=np.zeros_like(rise),
                         where=rise > 0)  # fmt: skip
        stretch = np.clip(stretch / np.maximum(1 - left, 0.1), 0.3, 2.0)
        step = np.zeros_like(beta)
        step[:, free] = np.linalg.solve(information[:, free][:, :, free], gradient[:, free, None])[
            ..., 0
        ]
        if np.all(np.sum(gradient * step, axis=1) < close):
            break
        step *= stretch[:, None]
        moved = np.abs(np.matmul(x, step[..., None])[..., 0]).max(axis=1)
        cut = np.minimum(1.0, _LARGEST_STEP / np.maximum(moved, 1e-300))
        step *= cut[:, None]
        for _ in range(_HALVINGS):
            tried = _penalised(x, yes, weights, link, beta + step)
            worse = tried[0] < value - 1e-12 * np.abs(value)
            if not worse.any():
                break
            step[worse] *= 0.5
            cut[worse] = 0.0
        beta = beta + step
        value, information, score, turn = tried
        last, rise = step, np.where(cut == 1, np.sum(gradient * step, axis=1), 0.0)
    else:
        if x.shape[0] == 1:
            raise FitError(
                "a curve of dose and response did not settle",
                got=f"{_STEPS} steps",
                remedy="look at the data: a dose far from all others, or a column of another size",
            )
    return beta, value, np.asarray(np.linalg.inv(information), dtype=np.float64)


def _profile_limit(
    x: Floats,
    yes: Floats,
    link: str,
    peak: tuple[Floats, float, Floats],
    column: int,
    side: int,
    drop: float,
) -> float:
    """Where the profile has fallen by `drop` below the peak, on one side of it."""
    from scipy.optimize import brentq

    best, top, inverse = peak
    unit = side * float(np.sqrt(inverse[column, column]))
    free = np.arange(x.shape[1]) != column
    last = best[None].copy()

    def fallen(distance: float) -> float:
        nonlocal last
        start = last.copy()
        start[0, column] = best[column] + distance * unit
        beta, reached, _ = _climb(x[None], yes, np.ones((1, yes.size)), link, start, free)
        last = beta
        return top - float(reached[0]) - drop

    far = 2.0
    while fallen(far) < 0:
        far *= 1.6
        if far > _WIDEST:
            return side * float("inf")
    return float(best[column] + unit * brentq(fallen, 0.0, far, xtol=1e-10, rtol=1e-12))
