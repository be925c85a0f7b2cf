"""Parallel-hole collimators: public geometries, resolution and efficiency in closed form."""

import csv
import difflib
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

from hevesy.camera.point_spread import PointSpread
from hevesy.errors import InputError
from hevesy.media import LEAD, linear_attenuation_per_mm

__all__ = ["Collimator", "HoleShape", "collimator_names", "get_collimator"]

HoleShape = Literal["hexagonal", "square", "round"]
_SHAPES = ("hexagonal", "square", "round")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collimator:
    """Parallel holes in lead.

    Hexagonal and round holes lie in a hexagonal pattern, square ones in a square pattern.

    Parameters
    ----------
    name : str
    maker : str
    hole_shape : {"hexagonal", "square", "round"}
    hole_mm : float
        Between opposite flats (round: diameter), mm.
    length_mm : float
        Length of the holes, mm.
    septum_mm : float
        Least thickness of lead between two holes, mm.
    source : str
        Where the numbers come from.

    Raises
    ------
    InputError
        Another shape, or a size that is not above 0.

    Examples
    --------
    >>> high = get_collimator("siemens-he")
    >>> high.hole_mm, high.length_mm, high.septum_mm
    (4.0, 59.7, 2.0)
    """

    name: str
    maker: str
    hole_shape: HoleShape
    hole_mm: float
    length_mm: float
    septum_mm: float
    source: str

    def __post_init__(self) -> None:
        sizes = (self.hole_mm, self.length_mm, self.septum_mm)
        if self.hole_shape not in _SHAPES or not all(0 < size < math.inf for size in sizes):
            raise InputError(
                f"the collimator {self.name} has a size that is not above 0, or no known holes",
                got=f"{self.hole_shape}, {sizes} mm",
                allowed=", ".join(_SHAPES),
                remedy="give hole_mm, length_mm and septum_mm above 0",
            )

    @property
    def pitch_mm(self) -> float:
        """Distance of neighbouring holes' middles, mm."""
        return self.hole_mm + self.septum_mm

    @property
    def hole_area_mm2(self) -> float:
        """Open area of a hole, mm2."""
        factor = {"hexagonal": math.sqrt(3) / 2, "square": 1.0, "round": math.pi / 4}
        return factor[self.hole_shape] * self.hole_mm**2

    @property
    def cell_area_mm2(self) -> float:
        """Area of the face that belongs to a hole, mm2."""
        return (1.0 if self.hole_shape == "square" else math.sqrt(3) / 2) * self.pitch_mm**2

    def effective_length_mm(self, energy_kev: float) -> float:
        """Length less two mean free paths in lead, which the edges let through, mm.

        Raises
        ------
        InputError
            Lead that is as thick as that stops too few of these photons.
        """
        mu_per_mm = float(linear_attenuation_per_mm(LEAD, energy_kev))
        effective = self.length_mm - 2.0 / mu_per_mm
        if effective <= 0:
            raise InputError(
                f"the collimator {self.name} is transparent to these photons",
                got=f"{energy_kev:g} keV",
                remedy="take a collimator for higher energies",
            )
        return effective

    def resolution(
        self, energy_kev: float, *, intrinsic_mm: float, plane_mm: float = 0.0
    ) -> PointSpread:
        """Width of a point by its distance from the face, in closed form.

        FWHM = d (le + D + c) / le with the effective length le, the distance D from the face and
        the distance c from the collimator's back to where photons are stopped. Penetration and
        scatter in lead come on top.

        Parameters
        ----------
        energy_kev : float
        intrinsic_mm : float
            FWHM of the detector itself, mm.
        plane_mm : float
            c, mm.

        Returns
        -------
        PointSpread

        References
        ----------
        Anger HO. J Nucl Med 1964;5:515. Cherry, Sorenson, Phelps, Physics in Nuclear Medicine,
        4th ed. 2012, eq. 14-5 and 14-6.
        """
        effective = self.effective_length_mm(energy_kev)
        return PointSpread(
            slope_mm_per_mm=self.hole_mm / effective,
            at_face_mm=self.hole_mm * (effective + plane_mm) / effective,
            intrinsic_mm=intrinsic_mm,
        )

    def geometric_efficiency(self, energy_kev: float) -> float:
        """Share of an isotropic source's photons that pass through the holes, at any distance.

        (hole's area)^2 / (4 pi le^2 cell's area), which is Anger's K^2 (d/le)^2 (d/(d+t))^2 with
        K = 0.26, 0.28 and 0.24 for hexagonal, square and round holes.

        References
        ----------
        Anger HO. J Nucl Med 1964;5:515. Cherry, Sorenson, Phelps 2012, eq. 14-7.
        """
        effective = self.effective_length_mm(energy_kev)
        return self.hole_area_mm2**2 / (4.0 * math.pi * effective**2 * self.cell_area_mm2)


@cache
def _table() -> dict[str, Collimator]:
    text = (resources.files("hevesy.camera") / "data" / "collimators.csv").read_text("utf-8")
    return {
        row["name"]: Collimator(
            name=row["name"],
            maker=row["maker"],
            hole_shape=cast(HoleShape, row["hole_shape"]),
            hole_mm=float(row["hole_mm"]),
            length_mm=float(row["length_mm"]),
            septum_mm=float(row["septum_mm"]),
            source=f"{row['code']} in {row['source']}",
        )
        for row in csv.DictReader(text.splitlines())
    }


def collimator_names() -> tuple[str, ...]:
    """Name every collimator of the table.

    Examples
    --------
    >>> "mediso-hegp" in collimator_names()
    True
    """
    return tuple(_table())


def get_collimator(name: str) -> Collimator:
    """Get a collimator by its name.

    Parameters
    ----------
    name : str
        As `collimator_names` has it; case and blanks do not matter.

    Returns
    -------
    Collimator

    Raises
    ------
    InputError
        No collimator has that name; the nearest is named.

    Examples
    --------
    >>> round(get_collimator("Siemens LEHR").geometric_efficiency(140.5) * 1e4, 2)
    1.19
    """
    wanted = name.strip().lower().replace(" ", "-").replace("_", "-")
    if wanted not in _table():
        near = difflib.get_close_matches(wanted, _table(), n=1, cutoff=0.0)[0]
        raise InputError(
            "unknown collimator",
            got=name,
            allowed=", ".join(_table()),
            remedy=f"write '{near}'",
        )
    return _table()[wanted]
