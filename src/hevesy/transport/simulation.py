"""Decays in voxels, simulated batch by batch: energy deposited, with its uncertainty."""

import math
import queue
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import reduce_batches
from hevesy.errors import GridError, QuantityError
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.transport.electron_tables import ElectronTables, StepControl, electron_tables
from hevesy.transport.emission import (
    LEAST_PHOTON_MEV,
    Emission,
    SpectraTable,
    emission_of,
    spectra_table,
)
from hevesy.transport.photon_tables import make_photon_tables
from hevesy.transport.tally import Tally
from hevesy.transport.voxel_table import VoxelTable, voxel_table

__all__ = ["DecayProblem", "decay_problem", "empty_tally", "simulate_batches"]

_Numbers = NDArray[np.float64]


class _Source(NamedTuple):
    voxel: NDArray[np.int64]
    cumulative: _Numbers


class _Rays(NamedTuple):
    grid: _Numbers
    interaction: _Numbers
    majorant: _Numbers
    scatter: _Numbers
    rayleigh_x2: _Numbers
    rayleigh_area: _Numbers
    cutoff_mev: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecayProblem:
    """What is simulated: where decays are, what they send out, through what.

    Made by `decay_problem`.

    Parameters
    ----------
    emission : Emission
    source, spectra, voxels, electrons, rays : NamedTuple
        What the kernels look up.
    decays : float
        Decays of the whole source.
    regions : Mapping of str to ndarray of int64, shape (n,)
        Flat indices of each region's voxels: their energy is summed batch by batch.
    seed : int
    photon_effort_factor : float
        Of `decay_problem`.

    Examples
    --------
    See `decay_problem`.
    """

    emission: Emission
    source: _Source
    spectra: SpectraTable
    voxels: VoxelTable
    electrons: ElectronTables
    rays: _Rays
    decays: float
    regions: Mapping[str, NDArray[np.int64]]
    seed: int
    photon_effort_factor: float = 1.0

    @property
    def size(self) -> int:
        """Voxels of the grid."""
        return self.voxels.nz * self.voxels.ny * self.voxels.nx

    def photons_for(self, histories: int) -> int:
        """Primary photons of a batch of electrons: by default half of the photons' energy share."""
        emission = self.emission
        if emission.photons_per_decay <= 0:
            return 0
        share = emission.photon_energy_mev / (
            emission.photon_energy_mev + emission.electron_energy_mev
        )
        return max(math.ceil(0.5 * self.photon_effort_factor * share * histories), 4)


def empty_tally(problem: DecayProblem) -> Tally:
    """Give sums before the first batch.

    Parameters
    ----------
    problem : DecayProblem

    Returns
    -------
    Tally

    Examples
    --------
    >>> empty_tally.__name__  # handed to `simulate_batches`, see its example
    'empty_tally'
    """
    names = tuple(problem.regions)
    return Tally(
        sizes=(),
        total=np.zeros(problem.size),
        squares=np.zeros(problem.size),
        regions=np.zeros((0, len(names))),
        names=names,
    )


def decay_problem(
    tia: Volume,
    tissue: TissueMap,
    nuclide: Nuclide,
    *,
    seed: int = 1,
    steps: StepControl | None = None,
    photons: bool = True,
    dose_to_water: bool = False,
    regions: Mapping[str, NDArray[np.bool_]] | None = None,
    photon_effort_factor: float = 1.0,
) -> DecayProblem:
    """Prepare a simulation.

    Parameters
    ----------
    tia : Volume
        BQ_S: decays in each voxel, not negative, not all 0.
    tissue : TissueMap
        On the same grid.
    nuclide : Nuclide
    seed : int
        0 to 2^64 - 1.
    steps : StepControl, optional
    photons : bool
        Whether the nuclide's photons are followed; bremsstrahlung always is.
    dose_to_water : bool
        Score dose to water in place of dose to the medium.
    regions : Mapping of str to ndarray of bool, shape ``tia.grid.shape``, optional
        Regions that get an uncertainty of their own.
    photon_effort_factor : float
        Primary photons, relative to half of their share of the energy: more where photons matter.

    Returns
    -------
    DecayProblem

    Raises
    ------
    GridError
        Decays, tissue and regions are not on one grid.
    QuantityError
        Negative decays, or none.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> from hevesy.media import uniform_tissue
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((5, 5, 5), spacing_mm=(3, 3, 3))
    >>> tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    >>> decay_problem(tia, uniform_tissue(grid, "water"), get_nuclide("Y-90")).decays
    125.0
    """
    tia.require(Quantity.BQ_S)
    if not tia.grid.matches(tissue.density.grid):
        raise GridError(
            "decays and tissue are not on one grid",
            got=f"{tissue.density.grid.shape} voxels of tissue",
            allowed=str(tia.grid.shape),
            remedy="resample one of them",
        )
    values = np.asarray(tia.values, dtype=np.float64).reshape(-1)
    if values.min() < 0 or values.max() <= 0:
        raise QuantityError(
            "the image of decays has negative voxels, or none that is above 0",
            got=f"{values.min():.4g} to {values.max():.4g} Bq s",
            allowed="0 and above, some above 0",
            remedy="mend the image it came from",
        )
    for name, mask in (regions or {}).items():
        if mask.shape != tia.grid.shape:
            raise GridError(
                f"region '{name}' is not on the grid of the decays",
                got=mask.shape,
                allowed=str(tia.grid.shape),
                remedy="bring it to that grid",
            )
    emission = emission_of(nuclide, photons=photons)
    rows = np.flatnonzero(values)
    running = np.cumsum(values[rows])
    return DecayProblem(
        emission=emission,
        source=_Source(rows, running / running[-1]),
        spectra=spectra_table(emission),
        voxels=voxel_table(tissue),
        electrons=electron_tables(
            tissue.media, steps or StepControl(), dose_to_water=dose_to_water
        ),
        rays=_rays(tissue),
        decays=float(running[-1]),
        regions=MappingProxyType(
            {name: np.flatnonzero(mask.reshape(-1)) for name, mask in (regions or {}).items()}
        ),
        seed=seed,
        photon_effort_factor=photon_effort_factor,
    )


def _rays(tissue: TissueMap) -> _Rays:
    density = np.asarray(tissue.density.values)
    most = [
        float(density.max(where=tissue.labels == k, initial=1e-9)) for k in range(len(tissue.media))
    ]
    tables = make_photon_tables(tissue.media, max_density_g_per_cm3=tuple(most))
    return _Rays(
        **dict(zip(tables.arrays_names(), tables.arrays, strict=True)), cutoff_mev=LEAST_PHOTON_MEV
    )


class _Batch(NamedTuple):
    """One batch: its dose lies in `dose` until it is added to the sums."""

    size: int
    dose: _Numbers
    decays: float
    emitted_mev: float
    deposited_mev: float
    escaped_mev: float
    photons: int
    steps: float
    hard_events: float


def _run_batch(problem: DecayProblem, number: int, size: int, dose: _Numbers) -> _Batch:
    from hevesy.transport import history_kernels as kernels

    seed, batch = np.uint64(problem.seed), np.uint64(number)
    lookups = (
        problem.source, problem.spectra, problem.voxels, problem.electrons, problem.rays,
    )  # fmt: skip
    emission = problem.emission
    decays = size / emission.electrons_per_decay
    ledger, rays = np.zeros(5), np.zeros(3)
    photons = problem.photons_for(size)
    emitted, weight = 0.0, 0.0
    if photons:  # first, so that their weight can be put on before the electrons come
        emitted = kernels.photon_batch(photons, seed, batch, *lookups, dose, ledger, rays)
        weight = decays * emission.photons_per_decay / photons
        dose *= weight
        ledger *= weight
        rays *= weight
        emitted *= weight
    emitted += kernels.electron_batch(size, seed, batch, *lookups, dose, ledger, rays)
    local = emission.local_mev * decays
    return _Batch(
        size=size,
        dose=dose,
        decays=decays,
        emitted_mev=float(emitted) + local,
        deposited_mev=float(ledger[0] + rays[0]) + local,
        escaped_mev=float(ledger[1] + rays[1]),
        photons=photons,
        steps=float(ledger[3]),
        hard_events=float(ledger[4]),
    )


def simulate_batches(
    problem: DecayProblem,
    tally: Tally,
    sizes: tuple[int, ...],
    *,
    threads: int | None = None,
    control: Control = SILENT,
) -> Tally:
    """Simulate more batches.

    What a batch gives depends on the seed, its number and its size only, and batches are added in
    their order: the same bits on any number of threads. Memory: 8 bytes a voxel and thread, and 16
    more a voxel.

    Parameters
    ----------
    problem : DecayProblem
    tally : Tally
        Sums so far. Their arrays are taken over: go on with what is returned.
    sizes : tuple of int
        Primary electrons of each further batch.
    threads : int, optional
    control : Control
        Told of histories; asked after each batch whether to stop.

    Returns
    -------
    Tally
        With all further batches, or, where the control said stop, with those that were done.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> from hevesy.media import uniform_tissue
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((5, 5, 5), spacing_mm=(3, 3, 3))
    >>> values = np.zeros(grid.shape)
    >>> values[2, 2, 2] = 1.0
    >>> tia = Volume(values=values, grid=grid, quantity=Quantity.BQ_S)
    >>> problem = decay_problem(tia, uniform_tissue(grid, "water"), get_nuclide("Y-90"))
    >>> tally = simulate_batches(problem, empty_tally(problem), (1000,) * 32)
    >>> balance = (tally.deposited_mev + tally.escaped_mev) / tally.emitted_mev
    >>> abs(balance - 1) < 1e-9
    True
    """
    from hevesy.transport.history_kernels import accumulate

    first = len(tally.sizes)
    free: queue.SimpleQueue[_Numbers] = queue.SimpleQueue()
    total, squares = tally.total, tally.squares
    done: list[_Batch] = []
    sums: list[list[float]] = []
    goal = tally.histories + sum(sizes)

    def work(index: int) -> _Batch:
        try:
            dose = free.get_nowait()
        except queue.Empty:
            dose = np.zeros(problem.size)
        return _run_batch(problem, first + index, sizes[index], dose)

    def reduce(batch: _Batch) -> None:
        scale = 1.0 / batch.decays
        sums.append([float(batch.dose[rows].sum()) * scale for rows in problem.regions.values()])
        accumulate(batch.dose, scale, float(batch.size), total, squares)
        free.put(batch.dose)
        done.append(batch)
        control.advance(tally.histories + sum(b.size for b in done), goal)

    finished = reduce_batches(
        work, reduce, len(sizes), threads=threads, should_stop=control.should_stop
    )
    rows = np.array(sums, dtype=np.float64).reshape(len(done), len(problem.regions))
    ledger = [
        (b.emitted_mev, b.deposited_mev, b.escaped_mev, b.photons, b.steps, b.hard_events)
        for b in done
    ]
    return replace(
        tally,
        sizes=(*tally.sizes, *(b.size for b in done)),
        regions=np.concatenate([tally.regions, rows]),
        ledger=np.concatenate([tally.ledger, np.array(ledger).reshape(len(done), 6)]),
        stopped=not finished,
        goal=goal,
    )
