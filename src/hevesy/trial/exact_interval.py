"""Counts, percentages with one rounding rule, and exact intervals."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from scipy.special import betaincinv

from hevesy.errors import TrialError

__all__ = ["Proportion", "clopper_pearson_percent", "round_half_away"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """So many of so many.

    Parameters
    ----------
    n : int
        0 to `denominator`.
    denominator : int
        1 or more.

    Raises
    ------
    TrialError
        Counts that are not a part of a whole.

    Examples
    --------
    >>> Proportion(n=17, denominator=36).as_text()
    '17 (47.2 %)'
    """

    n: int
    denominator: int

    def __post_init__(self) -> None:
        if self.denominator < 1 or not 0 <= self.n <= self.denominator:
            raise TrialError(
                "a count must be a part of its denominator",
                got=f"{self.n} of {self.denominator}",
                allowed="0 to the denominator, which is 1 or more",
                remedy="check the denominator: all subjects of the safety set, with and without "
                "events",
            )

    @property
    def percent(self) -> float:
        """In per cent, not rounded."""
        return 100 * self.n / self.denominator

    @property
    def ci95_percent(self) -> tuple[float, float]:
        """Clopper and Pearson's 95 % interval, per cent."""
        return clopper_pearson_percent(self.n, self.denominator)

    def as_text(self) -> str:
        """Such as "17 (47.2 %)", rounded half away from zero."""
        return f"{self.n} ({round_half_away(Fraction(100 * self.n, self.denominator), 1)} %)"


def clopper_pearson_percent(n: int, denominator: int) -> tuple[float, float]:
    """Exact 95 % interval of a proportion, per cent.

    Quantiles of the beta distribution; 2.5 % in each tail, so that the true coverage is 95 % or
    more.

    Parameters
    ----------
    n, denominator : int

    Returns
    -------
    (float, float)
        Lower and upper limit, per cent.

    References
    ----------
    Clopper and Pearson, Biometrika 1934;26:404.

    Examples
    --------
    >>> [round(limit, 1) for limit in clopper_pearson_percent(50, 254)]
    [15.0, 25.1]
    """
    low = 0.0 if n == 0 else float(betaincinv(n, denominator - n + 1, 0.025))
    high = 1.0 if n == denominator else float(betaincinv(n + 1, denominator - n, 0.975))
    return 100 * low, 100 * high


def round_half_away(value: Fraction | Decimal | int, decimals: int) -> Decimal:
    """Round half away from zero, in decimal: hevesy's one rule for tables.

    Parameters
    ----------
    value : Fraction, Decimal or int
        Exact; a float is not taken.
    decimals : int

    Returns
    -------
    Decimal

    Examples
    --------
    >>> round_half_away(Fraction(1, 8), 2), round_half_away(Fraction(-5, 2), 0)
    (Decimal('0.13'), Decimal('-3'))
    """
    scaled = Fraction(value) * 10**decimals
    whole = (abs(scaled) + Fraction(1, 2)).__floor__()
    signed = Decimal(whole if scaled >= 0 else -whole)
    return signed.scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
