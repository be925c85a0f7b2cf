"""Activities, volumes and names as a record may hold them; a slip of the unit is asked about."""

import math

from hevesy.errors import CustodyError, InputError
from hevesy.units import MBQ_PER_MCI

__all__ = ["require_amount", "require_share", "require_text", "unit_slip_question"]


def require_amount(value: float, what: str, *, above_zero: bool = False) -> None:
    """Refuse an amount that is negative or not finite, or zero where something must be there.

    Parameters
    ----------
    value : float
        Any quantity, in its own unit.
    what : str
        The quantity with its unit, for messages: ``"the vial's volume (mL)"``.
    above_zero : bool
        Whether 0 is refused too.

    Raises
    ------
    InputError
        The amount cannot be.

    Examples
    --------
    >>> require_amount(2.5, "the vial's volume (mL)")
    """
    if not math.isfinite(value) or value < 0 or (above_zero and value == 0):
        raise InputError(
            f"{what} cannot be",
            got=f"{value:g}",
            allowed="above 0" if above_zero else "0 or more",
            remedy="correct the value",
        )


def require_share(value: float, what: str) -> None:
    """Refuse a share outside 0 to 1.

    Parameters
    ----------
    value : float
    what : str
        For messages.

    Raises
    ------
    InputError
        Below 0, above 1, or not finite.

    Examples
    --------
    >>> require_share(0.8, "the yield")
    """
    if not 0 <= value <= 1:
        raise InputError(
            f"{what} must be a share",
            got=f"{value:g}",
            allowed="0 to 1",
            remedy="write 80 % as 0.8",
        )


def require_text(text: str, what: str) -> None:
    """Refuse a name that is empty or longer than one line.

    Parameters
    ----------
    text : str
    what : str
        For messages.

    Raises
    ------
    CustodyError
        Nothing is written, or a line break.

    Examples
    --------
    >>> require_text("B-2024-017", "the batch's number")
    """
    if not text.strip() or "\n" in text or "\r" in text:
        raise CustodyError(
            f"{what} is missing", got=text, allowed="a text of one line", remedy="fill it in"
        )


def unit_slip_question(
    value_bq: float, *, low_bq: float, high_bq: float, what: str = "the activity"
) -> str | None:
    """Ask about an activity that is implausible, but plausible by a factor of 37 (mCi for MBq).

    Factors of 1000 (GBq for MBq) are tried as well. It asks and corrects nothing.

    Parameters
    ----------
    value_bq : float
        As it was given, Bq.
    low_bq, high_bq : float
        The plausible range, Bq.
    what : str
        What the activity is of.

    Returns
    -------
    str or None
        One line that ends with a question mark; None where the value is plausible.

    Raises
    ------
    InputError
        The range is not one.

    Examples
    --------
    >>> unit_slip_question(30e6, low_bq=0.5e9, high_bq=15e9)
    'the activity is 30 MBq, outside 500 to 15000 MBq; were 30 mCi (1110 MBq) meant?'
    >>> unit_slip_question(1e9, low_bq=0.5e9, high_bq=15e9)
    """
    require_amount(value_bq, f"{what} (Bq)")
    if not (0 < low_bq < high_bq < math.inf):
        raise InputError(
            "a plausible range needs two activities above 0, the smaller first",
            got=f"{low_bq:g} to {high_bq:g} Bq",
            remedy="correct the range",
        )
    if low_bq <= value_bq <= high_bq:
        return None
    mbq = value_bq / 1e6
    head = f"{what} is {mbq:.6g} MBq, outside {low_bq / 1e6:.6g} to {high_bq / 1e6:.6g} MBq; "
    meant = {
        f"{mbq:.6g} mCi ({mbq * MBQ_PER_MCI:.6g} MBq)": MBQ_PER_MCI,
        f"{mbq / MBQ_PER_MCI:.6g} MBq (written as mCi)": 1 / MBQ_PER_MCI,
        f"{mbq:.6g} GBq": 1e3,
        f"{mbq / 1e3:.6g} MBq (written as GBq)": 1e-3,
    }
    for reading, factor in meant.items():
        if low_bq <= value_bq * factor <= high_bq:
            return f"{head}were {reading} meant?"
    return f"{head}is it right?"
