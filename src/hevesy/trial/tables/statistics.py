"""Descriptive statistics in exact arithmetic: quantiles, and the median's exact interval."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import isqrt, lcm

from hevesy.errors import TrialError
from hevesy.trial.tables.cell import FigureCell

__all__ = ["describe", "exact", "median_interval", "quantile"]


def exact(value: float | Decimal) -> Fraction:
    """Take a recorded number by its digits: 0.1 is one tenth.

    Examples
    --------
    >>> exact(0.1), exact(Decimal("31.50"))
    (Fraction(1, 10), Fraction(63, 2))
    """
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def quantile(ordered: Sequence[Fraction], share: Fraction) -> Fraction:
    """Quantile of ordered values: the mean of two neighbours where `share` falls between them.

    Hyndman and Fan's definition 2, SAS's default; the median is the usual one.

    Raises
    ------
    TrialError
        No value.

    References
    ----------
    Hyndman RJ, Fan Y. Am Stat 1996;50:361.

    Examples
    --------
    >>> quantile([Fraction(v) for v in (1, 2, 4, 8)], Fraction(1, 2))
    Fraction(3, 1)
    """
    if not ordered:
        raise TrialError("no value has no quantile", remedy="leave the statistic out")
    place = share * len(ordered)
    k = place.__floor__()
    if place == k and 0 < k < len(ordered):
        return (ordered[k - 1] + ordered[k]) / 2
    return ordered[min(k, len(ordered) - 1)]


def median_interval(ordered: Sequence[Fraction]) -> tuple[Fraction, Fraction] | None:
    """Exact 95 % interval of the median, from order statistics; None below six values.

    With X of n values below the median, X is binomial (n, 1/2): the k-th smallest and the k-th
    largest value, k the largest with P(X < k) of 2.5 % or less. No distribution is assumed.

    References
    ----------
    Conover WJ. Practical Nonparametric Statistics, 3rd edition, 1999, section 3.2.

    Examples
    --------
    >>> [int(v) for v in median_interval([Fraction(v) for v in range(1, 11)])]
    [2, 9]
    """
    n = len(ordered)
    tail, term, k = 0, 1, 0  # sums of binomial coefficients: whole numbers, nothing is rounded
    while 40 * (tail + term) <= 2**n:
        tail += term
        term = term * (n - k) // (k + 1)
        k += 1
    return None if k == 0 else (ordered[k - 1], ordered[n - k])


def describe(
    values: Sequence[Fraction], *, unit: str, decimals: int, generated: int = 0
) -> tuple[tuple[str, FigureCell], ...]:
    """Median with its exact interval, quartiles, range, mean and standard deviation.

    Parameters
    ----------
    values : sequence of Fraction
        In `unit`; missing ones left out, and counted elsewhere.
    unit : str
    decimals : int
    generated : int
        Of how many of them the value rests on generated rows.

    Returns
    -------
    tuple of (str, FigureCell)
        Heading and cell.

    Examples
    --------
    >>> [cell.text for _, cell in describe([Fraction(v) for v in (1, 2, 6)], unit="a", decimals=1)]
    ['2.0', '1.0 to 6.0', '1.0 to 6.0', '3.0', '2.6']
    """
    scale = lcm(*(value.denominator for value in values))
    whole = sorted(value.numerator * (scale // value.denominator) for value in values)
    n = len(whole)

    def cell(statistic: str, value: Fraction | None = None, lower: Fraction | None = None,
             upper: Fraction | None = None) -> FigureCell:  # fmt: skip
        return FigureCell(
            statistic=statistic, n=n, unit=unit, decimals=decimals, value=value, lower=lower,
            upper=upper, generated=generated,
        )  # fmt: skip

    if not whole:
        names = ("median", "quartiles", "range", "mean", "standard deviation")
        return tuple((_heading(name), cell(name)) for name in names)
    ordered = [Fraction(value, scale) for value in whole]
    between = median_interval(ordered) or (None, None)
    return (
        (_heading("median"), cell("median", quantile(ordered, Fraction(1, 2)), *between)),
        (
            _heading("quartiles"),
            cell("quartiles", None, *(quantile(ordered, Fraction(q, 4)) for q in (1, 3))),
        ),
        (_heading("range"), cell("range", None, ordered[0], ordered[-1])),
        (_heading("mean"), cell("mean", Fraction(sum(whole), n * scale))),
        (
            _heading("standard deviation"),
            cell("standard deviation", _deviation(whole, scale)),
        ),
    )


def _heading(statistic: str) -> str:
    return "median (exact 95 % CI)" if statistic == "median" else statistic


def _deviation(values: Sequence[int], scale: int) -> Fraction | None:
    """Root of the variance over n - 1, cut at twelve decimals."""
    n = len(values)
    if n < 2:
        return None
    above = n * sum(value * value for value in values) - sum(values) ** 2
    return Fraction(isqrt(above * 10**24 // (n * (n - 1) * scale**2)), 10**12)
