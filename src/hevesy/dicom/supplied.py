"""What a user says of raw projections where the file does not."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["Supplied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """What the user says where a raw file does not; each overrules the file, with a warning.

    Parameters
    ----------
    radius_mm : float or None
        Distance of the axis to the collimator's face, mm, for all views.
    start_deg : tuple of float or None
        Each head's angle at its first view, degrees; 0 is at the patient's back, growing towards
        the left.
    seconds : float or None
        Duration of a view, s.
    direction : str or None
        ``"CC"``: angles grow; ``"CW"``: they fall.
    rows_from : str or None
        ``"head"`` or ``"feet"``: where the first row lies.
    axial_centre_mm : float or None
        World z of the detector's middle, mm.
    axis_mm : tuple of float or None
        World x and y of the axis of rotation, mm.

    Raises
    ------
    InputError
        A number that is not above 0, or an unknown word.

    Examples
    --------
    >>> Supplied(radius_mm=250.0).radius_mm
    250.0
    """

    radius_mm: float | None = None
    start_deg: tuple[float, ...] | None = None
    seconds: float | None = None
    direction: str | None = None
    rows_from: str | None = None
    axial_centre_mm: float | None = None
    axis_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("radius_mm", "seconds"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise InputError(f"a view's {name} must be above 0", got=value, remedy="correct it")
        for name, words in (("direction", ("CC", "CW")), ("rows_from", ("head", "feet"))):
            value = getattr(self, name)
            if value is not None and value not in words:
                raise InputError(
                    f"unknown {name} of projections",
                    got=value,
                    allowed=" or ".join(words),
                    remedy="correct it",
                )
