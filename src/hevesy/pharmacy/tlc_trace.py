"""A radio-TLC strip as it was measured, and stretches of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, RegionError
from hevesy.pharmacy.amounts import require_text

__all__ = ["TlcRegion", "TlcTrace"]

_LEAST_POINTS = 3
_STEP_TOLERANCE = 0.1  # of the usual step: more is another kind of scan
_ROUNDING_MM = 0.011  # positions are often written with two decimals


def _column(values: object, what: str, size: int | None = None) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64).reshape(-1)
    array.setflags(write=False)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"a trace's {what} lacks a value",
            got=f"point {bad[0] + 1}",
            allowed="a finite number at every point",
            remedy="export the trace again, complete",
        )
    if size is not None and array.size != size:
        raise InputError(
            f"a trace's {what} and positions differ in number",
            got=f"{array.size} and {size}",
            remedy="give one of each for every point",
        )
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TlcTrace:
    """A strip as the detector saw it: raw, neither smoothed nor corrected.

    Parameters
    ----------
    name : str
    position_mm : ndarray of float64, shape (n,)
        Ascending, in even steps. Read-only.
    counts : ndarray of float64, shape (n,)
        At least 0. Read-only.
    dwell_s : ndarray of float64, shape (n,), or None
        Time spent at each point, s. None: the same everywhere.
    time_s : ndarray of float64, shape (n,), or None
        When each point's count began, s from any start. None with `dwell_s`: one after the other.

    Raises
    ------
    InputError
        Too few points, an uneven step, a missing or negative value.

    Examples
    --------
    >>> TlcTrace(name="strip", position_mm=[0, 1, 2], counts=[5, 90, 4]).counts.sum()
    np.float64(99.0)
    """

    name: str
    position_mm: NDArray[np.float64]
    counts: NDArray[np.float64]
    dwell_s: NDArray[np.float64] | None = None
    time_s: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        require_text(self.name, "a trace's name")
        position_mm = _column(self.position_mm, "position")
        object.__setattr__(self, "position_mm", position_mm)
        object.__setattr__(self, "counts", _column(self.counts, "counts", position_mm.size))
        for name in ("dwell_s", "time_s"):
            if getattr(self, name) is not None:
                column = _column(getattr(self, name), name, position_mm.size)
                object.__setattr__(self, name, column)
        self._check_positions()
        self._refuse(self.counts, self.counts < 0, "counts", "0 or more")
        if self.dwell_s is not None:
            self._refuse(self.dwell_s, self.dwell_s <= 0, "dwell time (s)", "above 0")

    def _check_positions(self) -> None:
        if self.position_mm.size < _LEAST_POINTS:
            raise InputError(
                "a trace has too few points",
                got=self.position_mm.size,
                allowed=f"{_LEAST_POINTS} or more",
                remedy="export the whole strip",
            )
        steps = np.diff(self.position_mm)
        usual = float(np.median(steps))
        off = np.abs(steps - usual) > _STEP_TOLERANCE * abs(usual) + _ROUNDING_MM
        if usual <= 0 or off.any() or (steps <= 0).any():
            worst = int(np.argmax(off | (steps <= 0)))
            raise InputError(
                "a trace's positions must rise in even steps",
                got=f"{self.position_mm[worst]:g} then {self.position_mm[worst + 1]:g} mm",
                allowed=f"steps near {usual:g} mm" if usual > 0 else "ascending positions",
                remedy="export the raw trace, one row a point, without gaps or repeats",
            )

    def _refuse(
        self, values: NDArray[np.float64], wrong: NDArray[np.bool_], what: str, allowed: str
    ) -> None:
        bad = np.flatnonzero(wrong)
        if bad.size:
            raise InputError(
                f"a trace's {what} cannot be",
                got=f"{values[bad[0]]:g} at {self.position_mm[bad[0]]:g} mm",
                allowed=allowed,
                remedy="export the raw counts, without background subtraction or smoothing",
            )

    @property
    def has_whole_counts(self) -> bool:
        """Whether all counts are whole numbers, as Poisson's errors suppose."""
        return bool((self.counts == np.round(self.counts)).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class TlcRegion:
    """A stretch of the strip: positions of at least `low_mm` and below `high_mm`.

    The strip's last point belongs to a region that ends at it, so that touching regions share no
    point and none is lost.

    Parameters
    ----------
    name : str
    low_mm, high_mm : float

    Raises
    ------
    RegionError
        The end is not above the start.

    Examples
    --------
    >>> TlcRegion(name="product", low_mm=20, high_mm=60).name
    'product'
    """

    name: str
    low_mm: float
    high_mm: float

    def __post_init__(self) -> None:
        require_text(self.name, "a region's name")
        if not -np.inf < self.low_mm < self.high_mm < np.inf:
            raise RegionError(
                f"region '{self.name}' must end above its start",
                got=f"{self.low_mm:g}:{self.high_mm:g} mm",
                remedy="give the smaller position first",
            )
