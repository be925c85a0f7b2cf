"""Monte Carlo in the patient's own tissue: electrons and photons followed to their end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import thread_count
from hevesy.dose.engine import DoseMap, TransportStatistics
from hevesy.errors import InputError, Interrupted
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, Nuclide
from hevesy.progress import SILENT, Control
from hevesy.transport import (
    LEAST_BATCHES,
    DecayProblem,
    StepControl,
    Tally,
    batch_sizes,
    decay_problem,
    empty_tally,
    next_border,
    simulate_batches,
)

__all__ = ["MonteCarlo", "hot_region"]

_HOT_SHARE = 0.1
_TARGET = "the region that is to be precise"


def hot_region(tia: Volume) -> NDArray[np.bool_]:
    """Voxels with at least a tenth of the greatest number of decays.

    Parameters
    ----------
    tia : Volume
        BQ_S.

    Returns
    -------
    ndarray of bool, shape ``tia.grid.shape``

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(4, 4, 4))
    >>> tia = Volume(values=np.array([[[1.0, 20.0, 2.0]]]), grid=grid, quantity=Quantity.BQ_S)
    >>> hot_region(tia).tolist()
    [[[False, True, True]]]
    """
    values = np.asarray(tia.values)
    return values >= _HOT_SHARE * float(values.max())


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarlo:
    """Condensed-history Monte Carlo for electrons, analogue for photons, in voxels.

    Runs until the median relative standard uncertainty of the voxels above half of the region's
    maximum is `precision`, or for `histories` primary electrons. Voxel and region uncertainties
    come from 32 and more independent batches; a region's from its own batch means. The same seed
    and histories give the same bits on any number of threads.

    Parameters
    ----------
    precision : float or None
        Relative; 0.02 by default. None with `histories`.
    histories : int or None
        Instead of a precision. With both None it runs until the control says stop.
    most_histories : int or None
        Where a precision is left unreached; the notes say what was reached.
    seed : int
    threads : int or None
        By default all CPUs that the process may use.
    dose_to_water : bool
        Score dose to water (Bragg-Gray) in place of dose to the medium.
    steps : StepControl

    Raises
    ------
    InputError
        A precision that isn't between 0.0005 and 0.5, both a precision and histories, or a
        negative seed.

    References
    ----------
    Sempau, Wilderman, Bielajew 2000, Phys Med Biol 45:2263. Salvat, PENELOPE-2018, OECD NEA.

    Examples
    --------
    >>> MonteCarlo(histories=100_000, precision=None).name
    'monte-carlo'
    """

    precision: float | None = 0.02
    histories: int | None = None
    most_histories: int | None = None
    seed: int = 1
    threads: int | None = None
    dose_to_water: bool = False
    steps: StepControl = field(default_factory=StepControl)

    def __post_init__(self) -> None:
        if self.precision is not None and not 5e-4 <= self.precision <= 0.5:
            raise InputError(
                "the precision of a simulation is out of range",
                got=f"{100 * self.precision:g} %",
                allowed="0.05 % to 50 %",
                remedy="ask for 1 % or 2 %",
            )
        if self.precision is not None and self.histories is not None:
            raise InputError(
                "a simulation cannot have both a precision and a number of histories as its goal",
                got=f"{100 * self.precision:g} % and {self.histories} histories",
                remedy="give one of them",
            )
        if not 0 <= self.seed < 2**63:
            raise InputError(
                "the seed is out of range",
                got=self.seed,
                allowed="0 to 2^63 - 1",
                remedy="give another seed",
            )

    @property
    def name(self) -> str:
        """``"monte-carlo"``."""
        return "monte-carlo"

    def prepare(
        self,
        tia: Volume,
        tissue: TissueMap,
        nuclide: Nuclide,
        *,
        target: NDArray[np.bool_] | None = None,
        regions: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> DecayProblem:
        """Make the tables; `target` is the region that is to be precise."""
        return decay_problem(
            tia,
            tissue,
            nuclide,
            seed=self.seed,
            steps=self.steps,
            dose_to_water=self.dose_to_water,
            regions={**(regions or {}), _TARGET: hot_region(tia) if target is None else target},
        )

    def run(
        self, problem: DecayProblem, tally: Tally | None = None, *, control: Control = SILENT
    ) -> Tally:
        """Simulate until the goal is met or the control says stop; `tally` is gone on with.

        First to the border that it was on its way to, so that a run to a precision is the same
        with and without an interruption.
        """
        tally = tally or empty_tally(problem)
        control.stage("dose: Monte Carlo")
        if self.histories is not None:
            return self._more(problem, tally, self.histories, control)
        goal = tally.goal or next_border(1)
        while not tally.stopped:
            tally = self._more(problem, tally, goal, control)
            if tally.stopped:
                break
            reached = self.precision_of(problem, tally)
            if self.precision is not None and reached <= self.precision:
                break
            if self.most_histories is not None and tally.histories >= self.most_histories:
                break
            wanted = 4.0 if self.precision is None else (reached / self.precision) ** 2
            more = int(tally.histories * min(max(1.02 * wanted, 1.05), 4.0))
            goal = next_border(min(more, self.most_histories or more))
        return tally

    def _more(self, problem: DecayProblem, tally: Tally, histories: int, control: Control) -> Tally:
        sizes = batch_sizes(histories)[len(tally.sizes) :]
        return simulate_batches(problem, tally, sizes, threads=self.threads, control=control)

    @staticmethod
    def precision_of(problem: DecayProblem, tally: Tally) -> float:
        """Median relative uncertainty of the target's voxels above half of its maximum dose."""
        rows = problem.regions[_TARGET]
        mean, sigma = tally.mean_and_sigma(rows)
        density = problem.voxels.density.reshape(-1)[rows]
        dose = mean / density
        high = dose > 0.5 * dose.max()
        return float(np.median(sigma[high] / mean[high]))

    def compute(
        self,
        tia: Volume,
        tissue: TissueMap,
        nuclide: Nuclide,
        *,
        control: Control = SILENT,
        target: NDArray[np.bool_] | None = None,
        regions: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> DoseMap:
        """Compute the dose map.

        Parameters
        ----------
        tia : Volume
            BQ_S: decays in each voxel.
        tissue : TissueMap
            On the same grid.
        nuclide : Nuclide
        control : Control
            Told of histories; asked between batches whether to stop.
        target : ndarray of bool, shape ``tia.grid.shape``, optional
            The region that is to be precise; by default `hot_region`.
        regions : Mapping of str to ndarray of bool, shape ``tia.grid.shape``, optional
            Regions whose mean doses get an uncertainty of their own.

        Returns
        -------
        DoseMap

        Raises
        ------
        Interrupted
            It was stopped.
        """
        problem = self.prepare(tia, tissue, nuclide, target=target, regions=regions)
        tally = self.run(problem, control=control)
        if tally.stopped:
            raise Interrupted(
                f"the simulation was stopped after {tally.histories} histories",
                remedy="start it again",
            )
        return self.dose_map(problem, tally, tia, tissue, nuclide)

    def dose_map(
        self,
        problem: DecayProblem,
        tally: Tally,
        tia: Volume,
        tissue: TissueMap,
        nuclide: Nuclide,
    ) -> DoseMap:
        """Turn sums into dose.

        Parameters
        ----------
        problem : DecayProblem
        tally : Tally
        tia : Volume
        tissue : TissueMap
        nuclide : Nuclide
            As `problem` was made from.

        Returns
        -------
        DoseMap

        Raises
        ------
        InputError
            Fewer than 30 batches: there is no uncertainty yet.
        """
        if len(tally.sizes) < LEAST_BATCHES:
            raise InputError(
                "the simulation ended too early for an uncertainty",
                got=f"{tally.histories} histories in {len(tally.sizes)} batches",
                allowed=f"{LEAST_BATCHES} batches or more",
                remedy="give it more time",
            )
        shape = tia.grid.shape
        density = np.asarray(tissue.density.values)
        per_mev_gy = JOULE_PER_MEV / (density * (tia.grid.voxel_volume_ml * 1e-3))
        mean, sigma = (part.reshape(shape) for part in tally.mean_and_sigma())
        local = np.asarray(tia.values) * problem.emission.local_mev
        energy = mean * problem.decays + local
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(energy > 0, sigma * problem.decays / energy, 1.0)
        statistics = TransportStatistics(
            histories=tally.histories,
            photons=tally.photons,
            batches=len(tally.sizes),
            precision=self.precision_of(problem, tally),
            energy_emitted_mev=tally.emitted_mev,
            energy_deposited_mev=tally.deposited_mev,
            energy_escaped_mev=tally.escaped_mev,
            seed=self.seed,
            threads=self.threads or thread_count(),
            regions=_region_doses(problem, tally, density, local, tia.grid.voxel_volume_ml),
            stopped=tally.stopped,
        )
        scored = "water" if self.dose_to_water else "the voxel's medium"
        return DoseMap(
            dose=tia.with_values((energy * per_mev_gy).astype(np.float32), Quantity.GY),
            method=f"Monte Carlo of electrons and photons in the tissue, dose to {scored}",
            relative_uncertainty=tia.with_values(relative.astype(np.float32), Quantity.RELATIVE),
            notes=(
                f"{tally.histories} primary electrons and {tally.photons} photons of "
                f"{nuclide.name} in {len(tally.sizes)} batches, seed {self.seed}; median relative "
                f"uncertainty of the hot voxels {100 * statistics.precision:.2g} % (k = 1); energy "
                f"balance {statistics.balance:.1e}",
            ),
            statistics=statistics,
        )


def _region_doses(
    problem: DecayProblem,
    tally: Tally,
    density: NDArray[np.floating],
    local: NDArray[np.floating],
    voxel_ml: float,
) -> tuple[tuple[str, float, float], ...]:
    found = []
    for name, rows in problem.regions.items():
        mean, sigma = tally.region_mean_and_sigma(name)
        mass_kg = float(density.reshape(-1)[rows].sum(dtype=np.float64)) * voxel_ml * 1e-3
        energy = mean * problem.decays + float(local.reshape(-1)[rows].sum(dtype=np.float64))
        to_gy = JOULE_PER_MEV / mass_kg
        found.append((name, energy * to_gy, sigma * problem.decays * to_gy))
    return tuple(found)
