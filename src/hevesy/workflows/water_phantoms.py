"""Small phantoms of one medium, transported: what `verify` and `make validate` measure on them."""

import csv
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, uniform_tissue
from hevesy.nuclides import EmissionLines, Nuclide, get_nuclide
from hevesy.transport import (
    StepControl,
    Tally,
    batch_sizes,
    decay_problem,
    empty_tally,
    simulate_batches,
)

__all__ = [
    "beta_only",
    "energy_within",
    "kernel_fractions",
    "kernel_sphere_fraction",
    "published_voxel_s_values",
    "simulate",
    "sphere_fraction",
    "voxel_s_values",
    "voxel_s_values_of_90y",
]

Numbers = NDArray[np.float64]
_GRAM_MGY_PER_MEV_MBQ_S = 1.602176634e-13 * 1e3 * 1e3 * 1e6  # J/MeV, 1/kg from 1/g, mGy, MBq


def beta_only(name: str, *, photons: bool = False) -> Nuclide:
    """Give a nuclide without electron lines, as published kernels leave them out.

    Parameters
    ----------
    name : str
    photons : bool
        Whether its photons stay.

    Returns
    -------
    Nuclide
    """
    none = EmissionLines(energy_mev=np.zeros(0), yield_per_decay=np.zeros(0), kinds=())
    nuclide = replace(get_nuclide(name), electrons=none)
    return nuclide if photons else replace(nuclide, photons=none)


def simulate(
    source: Numbers,
    tissue: TissueMap,
    nuclide: Nuclide,
    histories: int,
    *,
    photons: bool = False,
    seed: int = 1,
    steps: StepControl | None = None,
) -> Tally:
    """Simulate decays in voxels.

    Parameters
    ----------
    source : ndarray of float64, shape (z, y, x)
        Decays.
    tissue : TissueMap
    nuclide : Nuclide
    histories : int
    photons : bool
        Whether the nuclide's own photons are followed.
    seed : int
    steps : StepControl, optional

    Returns
    -------
    Tally
    """
    tia = Volume(values=source, grid=tissue.density.grid, quantity=Quantity.BQ_S)
    problem = decay_problem(tia, tissue, nuclide, photons=photons, seed=seed, steps=steps)
    return simulate_batches(problem, empty_tally(problem), batch_sizes(histories))


def energy_within(
    nuclide: Nuclide, radii_mm: Numbers, histories: int, *, spacing_mm: float = 0.25, seed: int = 1
) -> Numbers:
    """Share of a point source's electron energy that stays within a radius, in water.

    Voxels that the radius cuts count in part; the source fills one voxel.

    Parameters
    ----------
    nuclide : Nuclide
    radii_mm : ndarray of float64, shape (n,)
    histories : int
    spacing_mm : float
        Voxel size.
    seed : int

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    half = int(np.ceil((float(np.max(radii_mm)) + 2.0) / spacing_mm))
    shape = (2 * half + 1,) * 3
    grid = Grid.from_spacing(shape, spacing_mm=(spacing_mm,) * 3)
    source = np.zeros(shape)
    source[half, half, half] = 1.0
    tally = simulate(source, uniform_tissue(grid, "water"), nuclide, histories, seed=seed)
    at = (np.arange(shape[0]) - half) * spacing_mm
    radius = np.sqrt(at[:, None, None] ** 2 + at[:, None] ** 2 + at**2).ravel()
    energy = tally.mean_and_sigma()[0]
    near = radius < 2 * spacing_mm  # where the share of a voxel by its radius is rough
    inside = [
        float(np.dot(energy, np.clip((r - radius) / spacing_mm + 0.5, 0.0, 1.0)))
        if r > spacing_mm
        else float(energy[near].sum())
        for r in radii_mm
    ]
    return np.array(inside) / nuclide.electron_energy_mev


@cache
def kernel_fractions(name: str) -> tuple[Numbers, Numbers]:
    """Radii (mm) of the packaged point kernel, and the share of the beta energy within each.

    Parameters
    ----------
    name : str
        ``"Re-188"`` or ``"Y-90"``.

    Returns
    -------
    radius_mm : ndarray of float64, shape (300,)
    share : ndarray of float64, shape (300,)
    """
    rows = _table(f"penred_dpk_{name.replace('-', '').lower()}_water.csv")
    energy = np.cumsum([float(row["beta_MeV_per_decay"]) for row in rows])
    radius = np.array([float(row["r_hi_mm"]) for row in rows])
    return radius, np.asarray(energy / beta_only(name).electron_energy_mev)


def kernel_sphere_fraction(name: str, mass_g: float) -> float:
    """Share of the emitted beta energy that stays in a sphere of water, by the packaged kernel.

    The kernel's shells, each times the chance that a place at that distance from a random place
    in the sphere lies in the sphere: 1 - 3 r / (4 R) + r^3 / (16 R^3).

    Parameters
    ----------
    name : str
    mass_g : float

    Returns
    -------
    float
    """
    radius_mm = 10.0 * (0.75 * mass_g / np.pi) ** (1.0 / 3.0)
    outer, share = kernel_fractions(name)
    middle = (outer - 0.5 * (outer[1] - outer[0])) / radius_mm
    chance = np.where(middle < 2.0, 1.0 - 0.75 * middle + middle**3 / 16.0, 0.0)
    return float(np.dot(np.diff(share, prepend=0.0), chance))


def voxel_s_values(
    nuclide: Nuclide, spacing_mm: float, histories: int, *, medium: str = "water",
    density_g_per_cm3: float = 1.0, photons: bool = False, seed: int = 1,
) -> dict[tuple[int, int, int], float]:  # fmt: skip
    """S-values of a voxel and its neighbours, mGy/(MBq s), averaged over equal places.

    Parameters
    ----------
    nuclide : Nuclide
    spacing_mm : float
        Voxel size.
    histories : int
    medium : str
    density_g_per_cm3 : float
    photons : bool
    seed : int

    Returns
    -------
    dict of (int, int, int) to float
        For (0,0,0), (1,0,0), (1,1,0) and (1,1,1).
    """
    half = 1 + int(np.ceil(6.0 / spacing_mm))
    grid = Grid.from_spacing((2 * half + 1,) * 3, spacing_mm=(spacing_mm,) * 3)
    source = np.zeros(grid.shape)
    source[half, half, half] = 1.0
    tissue = uniform_tissue(grid, medium, density_g_per_cm3)
    tally = simulate(source, tissue, nuclide, histories, photons=photons, seed=seed)
    energy = tally.mean_and_sigma()[0]
    block = energy.reshape(grid.shape)[
        half - 1 : half + 2, half - 1 : half + 2, half - 1 : half + 2
    ]
    steps = np.abs(np.indices((3, 3, 3)) - 1).sum(axis=0)
    mass_g = density_g_per_cm3 * grid.voxel_volume_ml
    found = {}
    for number, place in enumerate(((0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1))):
        mean_mev = float(block[steps == number].mean())
        found[place] = mean_mev / mass_g * _GRAM_MGY_PER_MEV_MBQ_S
    return found


@cache
def voxel_s_values_of_90y(spacing_mm: float) -> dict[tuple[int, int, int], float]:
    """Packaged S-values of 90Y in water, electrons, mGy/(MBq s).

    Parameters
    ----------
    spacing_mm : float
        3.0 or 4.8.

    Returns
    -------
    dict of (int, int, int) to float
    """
    return {
        (int(row["i"]), int(row["j"]), int(row["k"])): float(row["S_electrons"])
        for row in _table("penred_voxel_s_y90_water.csv")
        if float(row["voxel_mm"]) == spacing_mm
    }


@cache
def published_voxel_s_values(name: str) -> dict[tuple[int, int, int], float]:
    """S-values of Lanconelli et al. 2012 for 3 mm voxels of soft tissue (1.04 g/cm3).

    Parameters
    ----------
    name : str
        One of 89Sr, 90Y, 131I, 153Sm, 177Lu, 186Re and 188Re, with the dash.

    Returns
    -------
    dict of (int, int, int) to float
        For (0,0,0), (1,0,0), (1,1,0) and (1,1,1), mGy/(MBq s).
    """
    return {
        (int(row["k"]), int(row["j"]), int(row["i"])): float(row["S_mgy_per_mbq_s"])
        for row in _table("lanconelli_voxel_s_soft_tissue.csv")
        if row["nuclide"] == name
    }


def sphere_fraction(name: str, mass_g: float, histories: int, *, seed: int = 1) -> float:
    """Share of the emitted electron energy that stays in a sphere of water within water.

    The sphere is made of whole voxels with just its volume, small against the range and the radius.

    Parameters
    ----------
    name : str
    mass_g : float
    histories : int
    seed : int

    Returns
    -------
    float
    """
    radius_mm = 10.0 * (0.75 * mass_g / np.pi) ** (1.0 / 3.0)
    spacing = min(radius_mm / 12.0, 0.6)
    half = int(np.ceil((radius_mm + min(6.0, radius_mm)) / spacing))
    at = (np.arange(2 * half + 1) - half) * spacing
    inside = at[:, None, None] ** 2 + at[:, None] ** 2 + at**2 <= radius_mm**2
    spacing *= float((1000.0 * mass_g / (inside.sum() * spacing**3)) ** (1.0 / 3.0))
    grid = Grid.from_spacing(inside.shape, spacing_mm=(spacing,) * 3)
    nuclide = get_nuclide(name)
    water = uniform_tissue(grid, "water")
    tally = simulate(inside.astype(float), water, nuclide, histories, seed=seed)
    kept = float(tally.mean_and_sigma(np.flatnonzero(inside))[0].sum())
    return kept / nuclide.electron_energy_mev


def _table(name: str) -> list[dict[str, str]]:
    path = resources.files("hevesy.dose") / "data" / name
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
