"""The next elution from a generator's own history: its yield, and how far it scatters."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hevesy.errors import CustodyError, InputError
from hevesy.nuclides import decay_factor
from hevesy.pharmacy.elution import Elution, ElutionRow, Generator, column_at, reckon_elutions
from hevesy.pharmacy.generator import (
    EluatePrediction,
    grow,
    predict_elution,
    time_to_eluted_activity_s,
    time_to_maximum_s,
)
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = [
    "ElutionForecast",
    "ElutionTiming",
    "YieldEstimate",
    "estimate_yield",
    "forecast_elution",
    "plan_elution",
]

_LEAST_ELUTIONS = 2  # below, there is no spread
_NORMAL = 1e6  # degrees of freedom
_BISECTIONS = 60  # of at most some weeks: to microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldEstimate:
    """Yield of a generator, from its own elutions.

    Parameters
    ----------
    yield_fraction : float
        Mean of the yields.
    spread_fraction : float
        Standard deviation of one elution's yield; not below what its readings' own uncertainty
        brings.
    elutions : int
        How many it rests on.

    Examples
    --------
    >>> three = YieldEstimate(yield_fraction=0.8, spread_fraction=0.03, elutions=3)
    >>> round(three.prediction_uncertainty_fraction, 4)
    0.0346
    """

    yield_fraction: float
    spread_fraction: float
    elutions: int

    @property
    def prediction_uncertainty_fraction(self) -> float:
        """One standard deviation of the next yield: its own scatter, and that of the mean."""
        return self.spread_fraction * math.sqrt(1 + 1 / self.elutions)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElutionForecast:
    """The next elution with its interval.

    Parameters
    ----------
    prediction : EluatePrediction
        With one standard deviation.
    estimate : YieldEstimate
    previous_at : datetime
        The elution (or calibration) from which it was reckoned, UTC.
    confidence : float
        Probability content of the interval.
    eluted_low_bq, eluted_high_bq : float
        Student-t prediction interval, Bq; not below 0.

    Examples
    --------
    >>> ElutionForecast.__slots__[-2:]
    ('eluted_low_bq', 'eluted_high_bq')
    """

    prediction: EluatePrediction
    estimate: YieldEstimate
    previous_at: datetime
    confidence: float
    eluted_low_bq: float
    eluted_high_bq: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ElutionTiming:
    """When to elute next.

    Parameters
    ----------
    earliest_at, safe_at : datetime
        When the expected eluate, and when the lower end of its interval, reaches what is needed,
        UTC. `safe_at` is None where the lower end never does.
    maximum_at : datetime
        When the daughter on the column is at its greatest, UTC.

    Examples
    --------
    >>> ElutionTiming.__slots__
    ('earliest_at', 'safe_at', 'maximum_at')
    """

    earliest_at: datetime
    safe_at: datetime | None
    maximum_at: datetime


def estimate_yield(rows: Sequence[ElutionRow]) -> YieldEstimate:
    """Estimate yield and spread from reckoned elutions.

    A common error of the generator's certificate or of the calibrator shifts all yields alike; it
    cancels where the yield predicts the same generator on the same calibrator. A trend over the
    generator's life is not modelled: hand in the latest elutions if there is one.

    Parameters
    ----------
    rows : sequence of ElutionRow
        At least two.

    Returns
    -------
    YieldEstimate

    Raises
    ------
    CustodyError
        Fewer than two elutions: no spread is known.

    Examples
    --------
    >>> estimate_yield([])
    Traceback (most recent call last):
    hevesy.errors.CustodyError: a generator's own yield needs elutions: got 0, allowed: 2 or more; \
give a yield with its uncertainty until there are enough
    """
    count = len(rows)
    if count < _LEAST_ELUTIONS:
        raise CustodyError(
            "a generator's own yield needs elutions",
            got=count,
            allowed=f"{_LEAST_ELUTIONS} or more",
            remedy="give a yield with its uncertainty until there are enough",
        )
    yields = [row.yield_fraction for row in rows]
    mean = math.fsum(yields) / count
    variance = math.fsum((value - mean) ** 2 for value in yields) / (count - 1)
    reading = math.fsum(row.yield_uncertainty_fraction**2 for row in rows) / count
    return YieldEstimate(
        yield_fraction=mean, spread_fraction=math.sqrt(max(variance, reading)), elutions=count
    )


def forecast_elution(
    generator: Generator,
    elutions: Sequence[Elution],
    at: datetime,
    *,
    confidence: float = 0.95,
    last: int | None = None,
) -> ElutionForecast:
    """Predict an elution from the generator's own log, with a Student-t prediction interval.

    Two things are uncertain: the yield (its scatter s over n elutions: s sqrt(1 + 1/n), with n - 1
    degrees of freedom) and the residue of the last elution, from the readings' uncertainty. They
    are added in squares; the interval's degrees of freedom are Welch's and Satterthwaite's, the
    residue counting as known.

    Parameters
    ----------
    generator : Generator
    elutions : sequence of Elution
        All of them; those at or after `at` are left out.
    at : datetime
        The elution to come, aware.
    confidence : float
        Probability content of the interval.
    last : int, optional
        Estimate the yield from the latest so many elutions.

    Returns
    -------
    ElutionForecast

    Raises
    ------
    InputError
        A confidence outside 0 to 1, or a mean yield above 1.

    References
    ----------
    JCGM 100:2008 (GUM), annex G.4.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> start = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> generator = Generator(identifier="G-1", pair=get_decay_pair("Re-188"), parent_bq=37e9,
    ...                       daughter_bq=0.0, calibrated_at=start)
    >>> log = [
    ...     Elution(identifier=f"E-{day}", eluted_at=start + timedelta(days=day),
    ...             measured_at=start + timedelta(days=day), activity_bq=activity_bq,
    ...             activity_uncertainty_bq=0.1e9, volume_ml=10.0, performed_by="A")
    ...     for day, activity_bq in ((1, 18.0e9), (2, 20.1e9), (3, 19.4e9))
    ... ]
    >>> ahead = forecast_elution(generator, log, start + timedelta(days=4))
    >>> round(ahead.prediction.eluted_bq / 1e9, 1), round(ahead.eluted_low_bq / 1e9, 1)
    (19.3, 17.3)
    """
    if not 0 < confidence < 1:
        raise InputError(
            "an interval's confidence must lie between 0 and 1",
            got=f"{confidence:g}",
            remedy="write 95 % as 0.95",
        )
    moment = as_utc(at, "elution to come")
    rows = reckon_elutions(generator, [e for e in elutions if e.eluted_at < moment])
    estimate = estimate_yield(rows[-last:] if last else rows)
    if estimate.yield_fraction > 1:
        raise InputError(
            "a generator's mean yield is above 1",
            got=f"{estimate.yield_fraction:.4g}",
            remedy="check its certificate, the calibrator's factor, and that no elution is missing",
        )
    column, previous_at, left_uncertainty_bq = column_at(generator, elutions, moment)
    since_s = elapsed_s(previous_at, moment, "the previous elution and the one to come")
    plain = predict_elution(
        generator.pair, column, elapsed_s=since_s, yield_fraction=estimate.yield_fraction
    )
    residue_bq = left_uncertainty_bq * decay_factor(generator.pair.daughter, since_s)
    sigma_bq, reach_bq = _reach(estimate, plain.available_bq, residue_bq, confidence)
    prediction = EluatePrediction(
        parent_bq=plain.parent_bq,
        available_bq=plain.available_bq,
        eluted_bq=plain.eluted_bq,
        eluted_uncertainty_bq=sigma_bq,
        left_bq=plain.left_bq,
        time_to_maximum_s=plain.time_to_maximum_s,
    )
    return ElutionForecast(
        prediction=prediction,
        estimate=estimate,
        previous_at=previous_at,
        confidence=confidence,
        eluted_low_bq=max(0.0, plain.eluted_bq - reach_bq),
        eluted_high_bq=plain.eluted_bq + reach_bq,
    )


def _reach(
    estimate: YieldEstimate, available_bq: float, residue_bq: float, confidence: float
) -> tuple[float, float]:
    """One standard deviation of an eluate, and half the width of its interval, Bq."""
    from scipy.special import stdtrit

    by_yield_bq = estimate.prediction_uncertainty_fraction * available_bq
    sigma_bq = math.hypot(by_yield_bq, estimate.yield_fraction * residue_bq)
    if sigma_bq == 0:
        return 0.0, 0.0
    # Welch and Satterthwaite; above the cap Student's t is the normal distribution
    freedom = estimate.elutions - 1.0
    share = by_yield_bq / sigma_bq
    effective = min(freedom / share**4, _NORMAL) if share > 0 else _NORMAL
    return sigma_bq, sigma_bq * float(stdtrit(effective, 0.5 + confidence / 2))


def plan_elution(
    generator: Generator,
    elutions: Sequence[Elution],
    *,
    now: datetime,
    needed_bq: float,
    confidence: float = 0.95,
) -> ElutionTiming:
    """Find the next elution's time for a needed activity.

    Parameters
    ----------
    generator : Generator
    elutions : sequence of Elution
        All until now.
    now : datetime
        Aware; no earlier time is proposed.
    needed_bq : float
        Activity in the eluate at the elution, Bq.
    confidence : float
        Of the interval whose lower end gives `safe_at`.

    Returns
    -------
    ElutionTiming

    Raises
    ------
    CustodyError
        Too few elutions (from `estimate_yield`).
    InputError
        The expected eluate never reaches it (from `time_to_eluted_activity_s`).

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> start = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> generator = Generator(identifier="G-1", pair=get_decay_pair("Re-188"), parent_bq=37e9,
    ...                       daughter_bq=0.0, calibrated_at=start)
    >>> log = [
    ...     Elution(identifier=f"E-{day}", eluted_at=start + timedelta(days=day),
    ...             measured_at=start + timedelta(days=day), activity_bq=activity_bq,
    ...             activity_uncertainty_bq=0.1e9, volume_ml=10.0, performed_by="A")
    ...     for day, activity_bq in ((1, 18.0e9), (2, 20.1e9), (3, 19.4e9))
    ... ]
    >>> timing = plan_elution(generator, log, now=start + timedelta(days=3), needed_bq=15e9)
    >>> timing.earliest_at < timing.safe_at < timing.maximum_at
    True
    """
    moment = as_utc(now, "present")
    past = [elution for elution in elutions if elution.eluted_at <= moment]
    estimate = estimate_yield(reckon_elutions(generator, past))
    daughter, pair = generator.pair.daughter, generator.pair
    after = moment + timedelta(microseconds=1)  # an elution that ends now is the last one
    column, previous_at, left_uncertainty_bq = column_at(generator, past, after)
    since_s = elapsed_s(previous_at, after, "the previous elution and the present")
    column = grow(pair, column, since_s)
    residue_bq = left_uncertainty_bq * decay_factor(daughter, since_s)
    earliest_s = time_to_eluted_activity_s(
        pair, column, needed_bq=needed_bq, yield_fraction=min(1.0, estimate.yield_fraction)
    )
    maximum_s = time_to_maximum_s(pair, column)

    def low_bq(seconds: float) -> float:
        available_bq = grow(pair, column, seconds).daughter_bq
        fading = decay_factor(daughter, seconds)
        reach_bq = _reach(estimate, available_bq, residue_bq * fading, confidence)[1]
        return estimate.yield_fraction * available_bq - reach_bq

    safe_s = _first_time(low_bq, needed_bq, earliest_s, max(earliest_s, maximum_s))
    return ElutionTiming(
        earliest_at=moment + timedelta(seconds=earliest_s),
        safe_at=None if safe_s is None else moment + timedelta(seconds=safe_s),
        maximum_at=moment + timedelta(seconds=maximum_s),
    )


def _first_time(
    rising: Callable[[float], float], wanted: float, low_s: float, high_s: float
) -> float | None:
    """When a rising quantity reaches what is wanted; None where it does not."""
    if rising(low_s) >= wanted:
        return low_s
    if rising(high_s) < wanted:
        return None
    for _ in range(_BISECTIONS):
        middle_s = 0.5 * (low_s + high_s)
        low_s, high_s = (low_s, middle_s) if rising(middle_s) >= wanted else (middle_s, high_s)
    return high_s
