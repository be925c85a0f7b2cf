"""Dose-point kernels in water: how far from a decay its energy is deposited."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, NuclideError
from hevesy.nuclides import get_nuclide
from hevesy.provenance import DataSet

__all__ = [
    "PARTS",
    "PointKernel",
    "get_point_kernel",
    "point_kernel_data_set",
    "point_kernel_nuclides",
    "sphere_absorbed_fraction",
]

PARTS = ("electrons", "bremsstrahlung", "photons")
_FOLDER = "data"
_TABLE, _RUNS = "water_point_kernels.csv", "water_point_kernel_runs.csv"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointKernel:
    """Energy per decay within each distance from a point in endless water.

    Water of 1.000 g/cm3, mean excitation energy 78 eV. Between two radii the energy per mm of
    distance is even.

    Parameters
    ----------
    nuclide : str
        With the dash: ``"Re-188"``.
    radius_mm : ndarray of float64, shape (n,)
        From 0 to 300 mm. Read-only.
    electrons_mev : ndarray of float64, shape (n,)
        By betas, conversion and Auger electrons; those under 10 keV are at radius 0. Read-only.
    bremsstrahlung_mev : ndarray of float64, shape (n,)
        By way of bremsstrahlung photons above 10 keV. Read-only.
    photons_mev : ndarray of float64, shape (n,)
        By the nuclide's gamma and X photons. Read-only.
    beyond_mev : float
        Energy per decay that goes further than the last radius.

    Examples
    --------
    >>> kernel = get_point_kernel("Y-90")
    >>> round(float(kernel.electrons_within_mev(5.447) / kernel.electrons_mev[-1]), 2)
    0.9
    """

    nuclide: str
    radius_mm: NDArray[np.float64]
    electrons_mev: NDArray[np.float64]
    bremsstrahlung_mev: NDArray[np.float64]
    photons_mev: NDArray[np.float64]
    beyond_mev: float

    def __post_init__(self) -> None:
        for name in ("radius_mm", "electrons_mev", "bremsstrahlung_mev", "photons_mev"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def emitted_mev(self) -> float:
        """Energy per decay that was emitted, by electrons and photons, MeV."""
        last = self.electrons_mev[-1] + self.bremsstrahlung_mev[-1] + self.photons_mev[-1]
        return float(last + self.beyond_mev)

    def shells_mev(
        self, parts: Sequence[str] = PARTS
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Radii, mm, and the energy per decay between each two, MeV.

        The first shell has no width: it is what stays at the point. `parts` are names of `PARTS`.

        Raises
        ------
        InputError
            A part that a kernel does not have.
        """
        if not parts or not set(parts) <= set(PARTS):
            raise InputError(
                "a dose-point kernel does not have this part",
                got=", ".join(parts),
                allowed=", ".join(PARTS),
                remedy='give ("electrons",) or more',
            )
        columns = [getattr(self, f"{part}_mev") for part in PARTS if part in parts]
        radii = np.concatenate([[0.0], self.radius_mm])
        return radii, np.diff(np.sum(columns, axis=0), prepend=0.0)

    def electrons_within_mev(self, radius_mm: float) -> float:
        """Energy per decay that electrons deposit within a distance, MeV."""
        return float(np.interp(radius_mm, self.radius_mm, self.electrons_mev))

    def electron_reach_mm(self, left_share: float = 1e-6) -> float:
        """Distance beyond which electrons deposit no more than a share of their energy, mm."""
        total = self.electrons_mev[-1]
        row = int(np.searchsorted(self.electrons_mev, (1.0 - left_share) * total))
        return float(self.radius_mm[min(row, self.radius_mm.size - 1)])


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("hevesy.dose") / _FOLDER / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _kernels() -> dict[str, PointKernel]:
    beyond = {row["nuclide"]: float(row["beyond_mev"]) for row in _rows(_RUNS)}
    columns = ("radius_mm", "electrons_mev", "bremsstrahlung_mev", "photons_mev")
    tables: dict[str, list[list[float]]] = {}
    for row in _rows(_TABLE):
        tables.setdefault(row["nuclide"], []).append([float(row[column]) for column in columns])
    return {
        name: PointKernel(
            nuclide=name,
            beyond_mev=beyond[name],
            **dict(zip(columns, np.array(table).T, strict=True)),
        )
        for name, table in tables.items()
    }


def point_kernel_nuclides() -> tuple[str, ...]:
    """Names of the nuclides that have a kernel.

    Examples
    --------
    >>> point_kernel_nuclides()
    ('Re-188', 'Re-186', 'Y-90', 'Ho-166', 'Lu-177', 'I-131', 'P-32')
    """
    return tuple(_kernels())


def get_point_kernel(nuclide: str) -> PointKernel:
    """Get a nuclide's kernel.

    Made by `scripts/build_point_kernels.py` with hevesy's own Monte Carlo; held against PENELOPE in
    the tests.

    Parameters
    ----------
    nuclide : str
        With the dash, as `Nuclide.name`.

    Returns
    -------
    PointKernel

    Raises
    ------
    NuclideError
        No kernel was made for it.

    Examples
    --------
    >>> get_point_kernel("Re-188").nuclide
    'Re-188'
    """
    kernels = _kernels()
    if nuclide not in kernels:
        raise NuclideError(
            "there is no dose-point kernel of this nuclide",
            got=nuclide,
            allowed=", ".join(kernels),
            remedy='use method = "monte-carlo", which needs none',
        )
    return kernels[nuclide]


@cache
def point_kernel_data_set() -> DataSet:
    """What the kernels were made with, for a result's provenance.

    Examples
    --------
    >>> point_kernel_data_set().name
    'hevesy dose-point kernels in water'
    """
    run = _rows(_RUNS)[0]
    return DataSet(
        name="hevesy dose-point kernels in water",
        version=f"hevesy {run['hevesy']}, {run['histories']} electrons and {run['photons']} photons"
        f" a nuclide, seed {run['seed']}",
        source="scripts/build_point_kernels.py: hevesy's Monte Carlo, water 1.000 g/cm3, I = 78 eV",
    )


def sphere_absorbed_fraction(kernel: PointKernel, radius_mm: float) -> float:
    """Share of the electrons' energy that stays in a sphere of water filled evenly with decays.

    From the chance that a point at a distance d from a random point of the sphere is inside too,
    1 - 3 d / 4R + d^3 / 16 R^3; bremsstrahlung counts as lost, save what is deposited inside.

    Parameters
    ----------
    kernel : PointKernel
    radius_mm : float
        The sphere's, above 0.

    Returns
    -------
    float
        Of the energy emitted by electrons.

    Raises
    ------
    InputError
        The radius is not above 0.

    References
    ----------
    Berger 1970, MIRD pamphlet 7 (reduction factors of spheres).

    Examples
    --------
    >>> ten_grams = (10 * 3 / (4 * np.pi)) ** (1 / 3) * 10
    >>> round(sphere_absorbed_fraction(get_point_kernel("Y-90"), ten_grams), 2)
    0.85
    """
    if not 0 < radius_mm < np.inf:
        raise InputError(
            "a sphere needs a radius above 0", got=f"{radius_mm:g} mm", remedy="give it in mm"
        )
    energy = kernel.electrons_mev + kernel.bremsstrahlung_mev
    t = np.minimum(kernel.radius_mm / (2.0 * radius_mm), 1.0)
    within = t - 0.75 * t**2 + 0.125 * t**4  # integral of the chance, in units of the diameter
    kept = np.diff(within) / (np.diff(kernel.radius_mm) / (2.0 * radius_mm))
    emitted_mev = get_nuclide(kernel.nuclide).electron_energy_mev
    return float((energy[0] + np.dot(np.diff(energy), kept)) / emitted_mev)
