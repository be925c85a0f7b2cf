"""Decays at a point in an endless uniform medium: energy within each distance."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.compiled import run_batches
from hevesy.errors import InputError
from hevesy.media import Medium, get_medium
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.transport.electron_tables import StepControl, electron_tables
from hevesy.transport.emission import LEAST_PHOTON_MEV, emission_of, spectra_table
from hevesy.transport.photon_tables import make_photon_tables

__all__ = ["POINT_SOURCE_STEPS", "PointSourceEnergy", "simulate_point_source"]

_Numbers = NDArray[np.float64]

# Steps half as long as by default, and followed down to 10 keV (2.5 um) wherever they are.
POINT_SOURCE_STEPS = StepControl(strength_high=0.05, strength_low=0.15, tolerance_mm=0.002)
_NEARNESS = 0.005  # a range of 0.5 % of the distance is lost in shells that are wider
_BOX_MM = 4000.0


class _Rays(NamedTuple):
    grid: _Numbers
    interaction: _Numbers
    majorant: _Numbers
    scatter: _Numbers
    rayleigh_x2: _Numbers
    rayleigh_area: _Numbers
    cutoff_mev: float
    density: NDArray[np.float32]
    labels: NDArray[np.uint8]
    box_cm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointSourceEnergy:
    """Energy per decay within each radius around a point source.

    Parameters
    ----------
    radius_mm : ndarray of float64, shape (n,)
        From 0.
    electrons_mev : ndarray of float64, shape (n,)
        By betas, conversion and Auger electrons and their delta rays. Those under 10 keV, and
        photons under 5 keV, are at radius 0.
    bremsstrahlung_mev : ndarray of float64, shape (n,)
        By way of bremsstrahlung photons above 10 keV (softer ones count as the electrons').
    photons_mev : ndarray of float64, shape (n,)
        By the nuclide's photons.
    electrons_sigma_mev, bremsstrahlung_sigma_mev : ndarray of float64, shape (n,)
    photons_sigma_mev : ndarray of float64, shape (n,)
        Standard uncertainties, from the batches.
    emitted_mev, beyond_mev : float
        Energy per decay that was emitted, and what of it was not deposited within the last radius.
    histories, photons : int
        Primary electrons and photons.

    Examples
    --------
    See `simulate_point_source`.
    """

    radius_mm: _Numbers
    electrons_mev: _Numbers
    bremsstrahlung_mev: _Numbers
    photons_mev: _Numbers
    electrons_sigma_mev: _Numbers
    bremsstrahlung_sigma_mev: _Numbers
    photons_sigma_mev: _Numbers
    emitted_mev: float
    beyond_mev: float
    histories: int
    photons: int


class _Batch(NamedTuple):
    shells: _Numbers  # electrons, bremsstrahlung, photons; per decay
    emitted_mev: float
    escaped_mev: float


def simulate_point_source(
    nuclide: Nuclide,
    radius_mm: ArrayLike,
    *,
    histories: int,
    photons: int = 0,
    seed: int = 1,
    batches: int = 32,
    medium: Medium | None = None,
    density_g_per_cm3: float | None = None,
    steps: StepControl = POINT_SOURCE_STEPS,
    threads: int | None = None,
    control: Control = SILENT,
) -> PointSourceEnergy:
    """Simulate a point source in an endless medium.

    Each step's loss is scored at a random place of the step, so the curve depends on no voxels.

    Parameters
    ----------
    nuclide : Nuclide
    radius_mm : array_like, shape (n,)
        Ascending from 0.
    histories : int
        Primary electrons, at least `batches`.
    photons : int
        Primary photons; 0 leaves the nuclide's photons out, bremsstrahlung is always followed.
    seed : int
    batches : int
        2 or more.
    medium : Medium, optional
        Water by default.
    density_g_per_cm3 : float, optional
        The medium's nominal one by default.
    steps : StepControl
    threads : int, optional
    control : Control

    Returns
    -------
    PointSourceEnergy

    Raises
    ------
    InputError
        Radii that do not ascend from 0, or too few histories or batches.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> found = simulate_point_source(get_nuclide("Y-90"), [0, 2.352, 300], histories=3200)
    >>> bool(0.4 < found.electrons_mev[1] / found.emitted_mev < 0.6)
    True
    """
    radii = np.asarray(radius_mm, dtype=np.float64)
    if radii.ndim != 1 or radii.size < 2 or radii[0] != 0 or np.diff(radii).min() <= 0:
        raise InputError(
            "the radii around a point source do not ascend from 0",
            got=f"{radii.size} radii",
            remedy="give two or more, the first 0 mm",
        )
    if batches < 2 or histories < batches or (0 < photons < batches):
        raise InputError(
            "too few histories or batches for an uncertainty",
            got=f"{histories} electrons, {photons} photons, {batches} batches",
            allowed="2 batches or more, with a history each",
            remedy="ask for 100000 histories or more",
        )
    medium = medium or get_medium("water")
    rho = medium.density_g_per_cm3 if density_g_per_cm3 is None else density_g_per_cm3
    emission = emission_of(nuclide, photons=photons > 0)
    tables = electron_tables((medium,), steps)
    spectra, rays = spectra_table(emission), _rays(medium, rho)
    per_batch = histories // batches, photons // batches if emission.photons_per_decay > 0 else 0

    def work(number: int) -> _Batch:
        from hevesy.transport import radial_kernels as kernels

        shells, ledger = np.zeros((3, radii.size + 1)), np.zeros((2, 3))
        lookups = (np.uint64(seed), np.uint64(number), spectra, tables, rays, _NEARNESS, radii / 10)
        electrons = kernels.radial_electron_batch(
            per_batch[0], *lookups, shells[0], shells[1], ledger[0]
        )
        scale = emission.electrons_per_decay / per_batch[0]
        shells[:2] *= scale
        emitted, escaped = electrons * scale, ledger[0, 1] * scale
        if per_batch[1]:
            rays_mev = kernels.radial_photon_batch(per_batch[1], *lookups, shells[2], ledger[1])
            scale = emission.photons_per_decay / per_batch[1]
            shells[2] *= scale
            emitted += rays_mev * scale
            escaped += ledger[1, 1] * scale
        shells[0, 0] += emission.local_mev
        return _Batch(shells, float(emitted) + emission.local_mev, float(escaped))

    done = run_batches(work, batches, threads=threads, control=control)
    curves = np.cumsum(np.stack([batch.shells for batch in done]), axis=2)
    mean = curves.mean(axis=0)
    sigma = curves.std(axis=0, ddof=1) / np.sqrt(batches)
    beyond = mean[:, -1].sum() - mean[:, -2].sum()
    escaped = float(np.mean([batch.escaped_mev for batch in done]))
    return PointSourceEnergy(
        radius_mm=radii,
        electrons_mev=mean[0, :-1],
        bremsstrahlung_mev=mean[1, :-1],
        photons_mev=mean[2, :-1],
        electrons_sigma_mev=sigma[0, :-1],
        bremsstrahlung_sigma_mev=sigma[1, :-1],
        photons_sigma_mev=sigma[2, :-1],
        emitted_mev=float(np.mean([batch.emitted_mev for batch in done])),
        beyond_mev=float(beyond) + escaped,
        histories=per_batch[0] * batches,
        photons=per_batch[1] * batches,
    )


def _rays(medium: Medium, density_g_per_cm3: float) -> _Rays:
    tables = make_photon_tables((medium,), max_density_g_per_cm3=(density_g_per_cm3,))
    return _Rays(
        **dict(zip(tables.arrays_names(), tables.arrays, strict=True)),
        cutoff_mev=LEAST_PHOTON_MEV,
        density=np.full((1, 1, 1), density_g_per_cm3, dtype=np.float32),
        labels=np.zeros((1, 1, 1), dtype=np.uint8),
        box_cm=_BOX_MM / 10.0,
    )
