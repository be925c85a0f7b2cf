"""The solids that a virtual patient is made of, asked point by point."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

__all__ = ["Capsule", "Ellipsoid", "Solid", "SuperellipticCylinder"]

Points = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class Solid(Protocol):
    """A region of space in the patient's frame (LPS mm).

    Examples
    --------
    >>> solid: Solid = Ellipsoid(centre_mm=(0, 0, 0), semi_axes_mm=(1, 1, 2))
    >>> solid.ball_mm()
    ((0, 0, 0), 2)
    """

    def contains(self, points_mm: Points) -> NDArray[np.bool_]:
        """Whether points ``(x, y, z)``, LPS mm, lie inside; the shape they broadcast to."""

    def ball_mm(self) -> tuple[tuple[float, float, float], float]:
        """Centre (LPS mm) and radius (mm) of a ball around it; the radius may be infinite."""


def _check_lengths(what: str, lengths_mm: tuple[float, ...]) -> None:
    if not all(0 < length < math.inf for length in lengths_mm):
        raise InputError(
            f"the lengths of a {what} must be above 0 mm",
            got=lengths_mm,
            remedy="give lengths in mm",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipsoid:
    """An ellipsoid with axes along x, y and z.

    Parameters
    ----------
    centre_mm, semi_axes_mm : tuple of float
        ``(x, y, z)``, LPS mm.

    Raises
    ------
    InputError
        A semi-axis is not above 0 (raised by the check of lengths).

    Examples
    --------
    >>> round(Ellipsoid(centre_mm=(0, 0, 0), semi_axes_mm=(20, 20, 21)).volume_ml, 1)
    35.2
    """

    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        _check_lengths("ellipsoid", self.semi_axes_mm)

    @property
    def volume_ml(self) -> float:
        """Volume, mL."""
        return 4.0 / 3.0 * math.pi * math.prod(self.semi_axes_mm) / 1000.0

    def squared_radius(self, points_mm: Points) -> NDArray[np.float32]:
        """0 at the centre, 1 on the surface, as the square of the scaled distance."""
        terms = (
            ((p - np.float32(c)) / np.float32(a)) ** 2
            for p, c, a in zip(points_mm, self.centre_mm, self.semi_axes_mm, strict=True)
        )
        x, y, z = terms
        return np.asarray(x + y + z)

    def contains(self, points_mm: Points) -> NDArray[np.bool_]:
        """Whether points lie inside."""
        return np.asarray(self.squared_radius(points_mm) <= 1.0)

    def ball_mm(self) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a ball around it."""
        return self.centre_mm, max(self.semi_axes_mm)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperellipticCylinder:
    """A cylinder along z with the section |x/a|^2.5 + |y/b|^2.5 <= 1: a torso, or a spine.

    Parameters
    ----------
    centre_mm : tuple of float
        ``(x, y)`` of its axis, LPS mm.
    semi_axes_mm : tuple of float
        ``(a, b)``, mm.
    segment_mm : float or None
        None: without end. Else only every second piece of this length along z is in it (vertebrae
        with discs between).
    segment_share : float
        Length of a piece as a share of the period.

    Raises
    ------
    InputError
        A semi-axis is not above 0 (raised by the check of lengths).

    Examples
    --------
    >>> torso = SuperellipticCylinder(centre_mm=(0, 0), semi_axes_mm=(170, 112))
    >>> x, y, z = (np.float32([v]) for v in (160.0, 0.0, 1000.0))
    >>> torso.contains((x, y, z)).tolist()
    [True]
    """

    centre_mm: tuple[float, float]
    semi_axes_mm: tuple[float, float]
    segment_mm: float | None = None
    segment_share: float = 1.0

    def __post_init__(self) -> None:
        _check_lengths("cylinder", self.semi_axes_mm)

    def contains(self, points_mm: Points) -> NDArray[np.bool_]:
        """Whether points lie inside."""
        x, y, z = points_mm
        u = np.abs((x - np.float32(self.centre_mm[0])) / np.float32(self.semi_axes_mm[0]))
        v = np.abs((y - np.float32(self.centre_mm[1])) / np.float32(self.semi_axes_mm[1]))
        inside = u * u * np.sqrt(u) + v * v * np.sqrt(v) <= 1.0
        if self.segment_mm is not None:
            inside = inside & (np.mod(z, self.segment_mm) < self.segment_mm * self.segment_share)
        return np.asarray(inside)

    def ball_mm(self) -> tuple[tuple[float, float, float], float]:
        """Centre, and an infinite radius: it has no end."""
        return (self.centre_mm[0], self.centre_mm[1], 0.0), math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsule:
    """A straight rod with round ends: a needle's track.

    Parameters
    ----------
    start_mm, end_mm : tuple of float
        ``(x, y, z)`` of its axis' ends, LPS mm.
    radius_mm : float

    Raises
    ------
    InputError
        The radius is not above 0 (raised by the check of lengths).

    Examples
    --------
    >>> Capsule(start_mm=(0, 0, 0), end_mm=(0, 0, 40), radius_mm=3).ball_mm()
    ((0.0, 0.0, 20.0), 23.0)
    """

    start_mm: tuple[float, float, float]
    end_mm: tuple[float, float, float]
    radius_mm: float

    def __post_init__(self) -> None:
        _check_lengths("capsule", (self.radius_mm,))

    def contains(self, points_mm: Points) -> NDArray[np.bool_]:
        """Whether points lie inside."""
        start, axis = np.array(self.start_mm), np.array(self.end_mm) - np.array(self.start_mm)
        from_start = [p - np.float32(s) for p, s in zip(points_mm, start, strict=True)]
        scaled = (axis / (axis @ axis)).astype(np.float32)
        along = sum(p * a for p, a in zip(from_start, scaled, strict=True))
        along = np.clip(along, 0.0, 1.0)
        apart = ((p - along * np.float32(a)) ** 2 for p, a in zip(from_start, axis, strict=True))
        x, y, z = apart
        return np.asarray(x + y + z <= self.radius_mm**2)

    def ball_mm(self) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a ball around it."""
        start, end = np.array(self.start_mm), np.array(self.end_mm)
        x, y, z = ((start + end) / 2).tolist()
        return (x, y, z), float(np.linalg.norm(end - start)) / 2 + self.radius_mm
