"""Energy windows that a nuclide is usually imaged with."""

from hevesy.camera import EnergyWindow
from hevesy.errors import NuclideError
from hevesy.nuclides import Nuclide

__all__ = ["usual_windows"]

_LEAST_MEV, _MOST_MEV = 0.05, 0.4
_LEAST_YIELD = 1e-3
_KNOWN = {
    "Re-188": ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5), (190.0, 230.0)),
}


def usual_windows(nuclide: Nuclide) -> tuple[EnergyWindow, ...]:
    """Peak, the windows beside it, and for 188Re one above for what comes through lead.

    The peak is the strongest line of 50 to 400 keV plus and minus 10 %; the windows beside it are
    half as wide.

    Parameters
    ----------
    nuclide : Nuclide

    Returns
    -------
    tuple of EnergyWindow
        The peak first, then the lower and the upper one.

    Raises
    ------
    NuclideError
        No line of 0.1 % or more there.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> [(w.lower_kev, w.upper_kev) for w in usual_windows(get_nuclide("Lu-177"))]
    [(187.6, 229.2), (166.8, 187.6), (229.2, 250.0)]
    """
    if nuclide.name in _KNOWN:
        return tuple(
            EnergyWindow(lower_kev=lower, upper_kev=upper) for lower, upper in _KNOWN[nuclide.name]
        )
    lines = nuclide.photons
    inside = (lines.energy_mev >= _LEAST_MEV) & (lines.energy_mev <= _MOST_MEV)
    if not inside.any() or lines.yield_per_decay[inside].max() < _LEAST_YIELD:
        raise NuclideError(
            "a nuclide has no line that a gamma camera images",
            got=nuclide.name,
            allowed="a line of 50 to 400 keV and 0.1 % or more",
            remedy="name the windows with --windows, to image its bremsstrahlung",
        )
    best = lines.yield_per_decay[inside].argmax()
    energy_kev = round(1e3 * float(lines.energy_mev[inside][best]), 1)
    lower, upper = round(0.9 * energy_kev, 1), round(1.1 * energy_kev, 1)
    half = round((upper - lower) / 2, 1)
    limits = ((lower, upper), (lower - half, lower), (upper, upper + half))
    return tuple(EnergyWindow(lower_kev=round(a, 1), upper_kev=round(b, 1)) for a, b in limits)
