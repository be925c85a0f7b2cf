"""Which of the recorded windows lie beside the peak."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.camera import EnergyWindow
from hevesy.errors import InputError

__all__ = ["ScatterWindows", "choose_windows"]

_MOST_GAP_SHARE = 0.5  # of the peak's width, between it and a window that still counts as adjacent


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterWindows:
    """The peak and the windows beside it.

    Parameters
    ----------
    peak : EnergyWindow
    lower, upper : EnergyWindow or None
        The nearest recorded windows below and above; None where there is none.

    Examples
    --------
    >>> peak = EnergyWindow.around(155.0, percent=10.0)
    >>> ScatterWindows(peak=peak, lower=None, upper=None).need_lower()
    Traceback (most recent call last):
    hevesy.errors.InputError: there is no scatter window below the peak ...
    """

    peak: EnergyWindow
    lower: EnergyWindow | None
    upper: EnergyWindow | None

    def need_lower(self) -> EnergyWindow:
        """The lower window; an InputError where there is none."""
        return self._need(self.lower, "below")

    def need_upper(self) -> EnergyWindow:
        """The upper window; an InputError where there is none."""
        return self._need(self.upper, "above")

    def _need(self, window: EnergyWindow | None, side: str) -> EnergyWindow:
        if window is None:
            raise InputError(
                f"there is no scatter window {side} the peak "
                f"{self.peak.lower_kev:g}-{self.peak.upper_kev:g} keV",
                remedy="choose another scatter correction (dew needs the lower window only, tew "
                "both), or none",
            )
        return window


def choose_windows(windows: Sequence[EnergyWindow], peak: EnergyWindow) -> ScatterWindows:
    """Find the nearest windows below and above a recorded peak window.

    They need not abut: a gap of up to half the peak's width is let pass. Of several the nearest is
    taken, and of equally near ones the narrower. A window that overlaps the peak by more than a
    border is never a scatter window.

    Parameters
    ----------
    windows : sequence of EnergyWindow
        All that were recorded.
    peak : EnergyWindow
        One of them.

    Returns
    -------
    ScatterWindows

    Raises
    ------
    InputError
        The peak was not recorded.

    Examples
    --------
    >>> peak = EnergyWindow(lower_kev=187.2, upper_kev=228.8)
    >>> below = EnergyWindow(lower_kev=166.9, upper_kev=186.3)
    >>> found = choose_windows([peak, below, EnergyWindow(lower_kev=90, upper_kev=100)], peak)
    >>> found.lower == below, found.upper is None
    (True, True)
    """
    if peak not in windows:
        raise InputError(
            "the peak window was not recorded",
            got=f"{peak.lower_kev:g}-{peak.upper_kev:g} keV",
            allowed=", ".join(f"{w.lower_kev:g}-{w.upper_kev:g}" for w in sorted(windows)),
            remedy="name a recorded window as the peak",
        )
    slack = 0.02 * peak.width_kev  # limits are stored as rounded numbers: abutting ones may overlap
    most = _MOST_GAP_SHARE * peak.width_kev

    def nearest(gaps: list[tuple[float, EnergyWindow]]) -> EnergyWindow | None:
        near = [(max(g, 0.0), w.width_kev, w) for g, w in gaps if -slack <= g <= most]
        return min(near)[2] if near else None

    others = [w for w in windows if w != peak]
    return ScatterWindows(
        peak=peak,
        lower=nearest([(peak.lower_kev - w.upper_kev, w) for w in others]),
        upper=nearest([(w.lower_kev - peak.upper_kev, w) for w in others]),
    )
