"""Activity carried back to an earlier moment, as far as that can be trusted."""

from hevesy.errors import TimeError
from hevesy.nuclides import Nuclide, decay_factor

__all__ = ["carry_back_factor"]

_HALF_LIVES = 20  # a millionth is left: the least background would be carried back as activity


def carry_back_factor(nuclide: Nuclide, elapsed_s: float, what: str) -> float:
    """Activity at an earlier moment over what was measured later.

    Parameters
    ----------
    nuclide : Nuclide
    elapsed_s : float
        From the earlier moment to the measurement, s, at least 0.
    what : str
        What was measured, for messages: ``"the residual"``.

    Returns
    -------
    float
        exp(lambda t), at least 1.

    Raises
    ------
    TimeError
        The measurement was more than 20 half-lives later.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> round(carry_back_factor(get_nuclide("Re-188"), 17.004 * 3600, "the residual"), 9)
    2.0
    """
    longest_s = _HALF_LIVES * nuclide.half_life_s
    if elapsed_s > longest_s:
        raise TimeError(
            f"{what} was measured too late to be carried back",
            got=f"{elapsed_s / 3600:.6g} h",
            allowed=f"up to {_HALF_LIVES} half-lives, {longest_s / 3600:.6g} h",
            remedy="check the two times",
        )
    return 1 / decay_factor(nuclide, elapsed_s)
