"""The dose engine `method = "penelope"`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.dose import DoseMap, TransportStatistics
from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, EmissionLines, Nuclide
from hevesy.penelope.crop import Box, electron_box, grow_box
from hevesy.penelope.inputs import SEED_PAIRS, Particle, TransportOptions, bounding_box
from hevesy.penelope.process import require_penelope
from hevesy.penelope.run import PenelopeRun, combine_runs, run_penelope
from hevesy.penelope.spectrum import Spectrum, electron_spectrum, photon_spectrum
from hevesy.progress import SILENT, Control

__all__ = ["Penelope", "PenelopeDose"]

_LEAST_PHOTON_MEV = 0.001


class _Part(NamedTuple):
    run: PenelopeRun
    box: Box
    particles_per_decay: float


class _Job(NamedTuple):
    """What one kind of particle needs of a batch."""

    particle: Particle
    spectrum: Spectrum
    box: Box
    histories: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PenelopeDose:
    """A dose map with the runs that it was made from.

    Parameters
    ----------
    dose_map : DoseMap
    electrons : PenelopeRun or None
        None where the nuclide has no electrons to follow. Its arrays lie in `electron_box`.
    photons : PenelopeRun or None
        None where there are none, or none were asked for. Its arrays lie in `photon_box`.
    electron_box, photon_box : tuple of slice, or None
        Voxels of the image along (z, y, x).

    Examples
    --------
    >>> PenelopeDose.__slots__[0]
    'dose_map'
    """

    dose_map: DoseMap
    electrons: PenelopeRun | None
    photons: PenelopeRun | None
    electron_box: Box | None
    photon_box: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Penelope:
    """Monte Carlo by PENELOPE (PenRed), to hold hevesy's own engine against.

    Two runs: electrons (the whole beta spectrum, with conversion and Auger electrons above the
    cut-off) in the neighbourhood of the activity, and photons (gamma, X, annihilation) in a larger
    box, beyond which their dose is not given (0). Electrons and photons under the cut-offs leave
    their energy where they are born. Positrons are followed as electrons.

    Parameters
    ----------
    histories : int
        Primary electrons; with a precision or a time limit, of each batch.
    photon_histories : int
        Primary photons, likewise; 0 leaves photons out.
    precision : float or None
        Relative: batches are run until the median uncertainty of the voxels above half of the
        maximum is no more. Batch n has the seed n higher than `seed`.
    photon_margin_mm : float
        How far photons are followed around the activity.
    transport : TransportOptions
        C1, C2, WCC, WCR and cut-offs.
    seed : int
        0 and above; see `run_penelope`.
    threads : int

    Raises
    ------
    InputError
        No history, a margin below 0, or a precision that is not above 0.

    References
    ----------
    Salvat, PENELOPE-2018, NEA/MBDAV/R(2019)1; Gimenez-Alventosa et al. 2021 (PenRed), Comput Phys
    Commun 267:108065.

    Examples
    --------
    >>> Penelope(histories=1000).name
    'penelope'
    """

    histories: int = 2_000_000
    photon_histories: int = 1_000_000
    precision: float | None = None
    photon_margin_mm: float = 150.0
    transport: TransportOptions = field(default_factory=TransportOptions)
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.histories < 1 or self.photon_histories < 0 or not self.photon_margin_mm >= 0:
            raise InputError(
                "PENELOPE needs one history or more, and a margin of 0 mm or more",
                got=f"{self.histories}, {self.photon_histories}, {self.photon_margin_mm:g} mm",
                remedy="raise them",
            )

        if self.precision is not None and not 0 < self.precision < 1:
            raise InputError(
                "the precision of a simulation is out of range",
                got=f"{100 * self.precision:g} %",
                allowed="above 0 and below 100 %",
                remedy="ask for 1 % or 2 %",
            )

    @property
    def name(self) -> str:
        """``"penelope"``."""
        return "penelope"

    def compute(
        self,
        tia: Volume,
        tissue: TissueMap,
        nuclide: Nuclide,
        *,
        control: Control = SILENT,
        time_is_up: Callable[[], bool] | None = None,
    ) -> DoseMap:
        """Compute the dose map; see `compute_runs`."""
        return self.compute_runs(
            tia, tissue, nuclide, control=control, time_is_up=time_is_up
        ).dose_map

    def compute_runs(
        self,
        tia: Volume,
        tissue: TissueMap,
        nuclide: Nuclide,
        *,
        control: Control = SILENT,
        time_is_up: Callable[[], bool] | None = None,
    ) -> PenelopeDose:
        """Compute the dose map, and keep the runs with their statistics.

        Parameters
        ----------
        tia : Volume
            BQ_S: decays in each voxel, not negative.
        tissue : TissueMap
            On the same grid.
        nuclide : Nuclide
        control : Control
            Told of histories; asked whether to stop, at once and without a result.
        time_is_up : callable, optional
            Asked after each batch; then there are batches even without a `precision`.

        Returns
        -------
        PenelopeDose

        Raises
        ------
        GridError
            Decays and tissue are not on one grid.
        QuantityError
            Decays are negative, or there are none.
        InputError
            The nuclide emits nothing to follow, or pyPenred is not installed.
        """
        require_penelope()
        decays = _checked_decays(tia, tissue)
        plan = self._plan(decays, tissue, nuclide)
        local_mev = _below(nuclide.electrons, self.transport.electron_cutoff_ev * 1e-6)
        if self.photon_histories > 0:
            local_mev += _below(nuclide.photons, _LEAST_PHOTON_MEV)
        parts: list[_Part] = []
        batches, stopped = 0, False
        while True:
            parts = self._batch(decays, tissue, plan, parts, batches, control)
            batches += 1
            dose, relative = _sum_dose(decays, tissue, parts, local_mev)
            reached = float(np.median(relative[dose > 0.5 * dose.max()]))
            once = self.precision is None and time_is_up is None
            if once or (self.precision is not None and reached <= self.precision):
                break
            stopped = batches >= SEED_PAIRS or (time_is_up is not None and time_is_up())
            if stopped:
                break
        named = {part.run.particle: part for part in parts}
        electrons, photons = named.get("electron"), named.get("gamma")
        return PenelopeDose(
            dose_map=DoseMap(
                dose=tia.with_values(dose, Quantity.GY),
                relative_uncertainty=tia.with_values(relative, Quantity.RELATIVE),
                method="PENELOPE-2018 (PenRed) Monte Carlo in each voxel's medium and density"
                + ("" if photons else "; photons left out"),
                notes=self._notes(parts, nuclide),
                statistics=self._statistics(parts, batches, reached, stopped),
            ),
            electrons=electrons.run if electrons else None,
            photons=photons.run if photons else None,
            electron_box=electrons.box if electrons else None,
            photon_box=photons.box if photons else None,
        )

    def _batch(
        self, decays: NDArray[np.float64], tissue: TissueMap, plan: list[_Job],
        before: list[_Part], number: int, control: Control,
    ) -> list[_Part]:  # fmt: skip
        """Run a batch of each kind, and add it to those before."""
        parts = []
        for n, job in enumerate(plan):
            kind = "electrons" if job.particle == "electron" else "photons"
            control.stage(f"dose: PENELOPE, {kind}" + (f", batch {number + 1}" if number else ""))
            run = self._run(decays, tissue, job, self.seed + number, control)
            if before:
                run = combine_runs(before[n].run, run)
            parts.append(_Part(run, job.box, job.spectrum.particles_per_decay))
        return parts

    def _plan(self, decays: NDArray[np.float64], tissue: TissueMap, nuclide: Nuclide) -> list[_Job]:
        """What is to be run in each batch."""
        cutoff_mev = self.transport.electron_cutoff_ev * 1e-6
        spacing_mm = tissue.density.grid.spacing_mm
        plan = []
        if _has_electrons(nuclide, cutoff_mev):
            electrons = electron_spectrum(nuclide, least_line_mev=cutoff_mev)
            box = electron_box(decays, tissue.density.values, spacing_mm, electrons.greatest_mev)
            plan.append(_Job("electron", electrons, box, self.histories))
        photons = photon_spectrum(nuclide, least_line_mev=_LEAST_PHOTON_MEV)
        if photons is not None and self.photon_histories > 0:
            box = grow_box(
                bounding_box(decays > 0), self.photon_margin_mm, spacing_mm, decays.shape
            )
            plan.append(_Job("gamma", photons, box, self.photon_histories))
        if not plan:
            raise InputError(
                f"{nuclide.name} emits nothing that PENELOPE was asked to follow",
                got=f"{self.photon_histories} photon histories",
                remedy="ask for photon histories, or use method 'local'",
            )
        return plan

    def _run(
        self, decays: NDArray[np.float64], tissue: TissueMap, part: _Job, seed: int,
        control: Control,
    ) -> PenelopeRun:  # fmt: skip
        return run_penelope(
            np.asarray(tissue.density.values[part.box], dtype=np.float64),
            tissue.labels[part.box],
            tissue.media,
            spacing_mm=tissue.density.grid.spacing_mm,
            source=decays[part.box],
            spectrum=part.spectrum,
            histories=part.histories,
            particle=part.particle,
            options=self.transport,
            seed=seed,
            threads=self.threads,
            control=control,
        )

    def _statistics(
        self, parts: list[_Part], batches: int, precision: float, stopped: bool
    ) -> TransportStatistics:
        """Both runs as if they were of the first one's decays."""
        first, _, first_yield = parts[0]
        sampled = first.histories / first_yield
        shares = [(run, sampled * per_decay) for run, _, per_decay in parts]
        counts = {run.particle: run.histories for run, _, _ in parts}
        return TransportStatistics(
            histories=counts.get("electron", 0),
            photons=counts.get("gamma", 0),
            batches=batches,  # PenRed's variance is that from history to history
            precision=precision,
            stopped=stopped,
            energy_emitted_mev=sum(run.emitted_mev * share for run, share in shares),
            energy_deposited_mev=sum(run.deposited_mev * share for run, share in shares),
            energy_escaped_mev=sum(run.escaped_mev * share for run, share in shares),
            seed=self.seed,
            threads=self.threads,
        )

    def _notes(self, parts: list[_Part], nuclide: Nuclide) -> tuple[str, ...]:
        options = self.transport
        notes = [
            f"PENELOPE: C1 = {options.elastic_c1:g}, C2 = {options.elastic_c2:g}, electrons to "
            f"{options.electron_cutoff_ev / 1e3:g} keV, photons to "
            f"{options.photon_cutoff_ev / 1e3:g} keV, seed {self.seed}, threads {self.threads}"
        ]
        for run, _, _ in parts:
            kind = "electrons" if run.particle == "electron" else "photons"
            notes.append(
                f"{run.histories} primary {kind}, {run.histories_per_cpu_s:.0f} a CPU second; "
                f"per history {run.emitted_mev:.5f} MeV emitted, {run.deposited_mev:.5f} MeV "
                f"deposited in the box; {len(run.materials)} materials, density bins of "
                f"{100 * run.bin_width_relative:.2g} %"
            )
        if any(part.run.particle == "gamma" for part in parts):
            notes.append(f"no photon dose beyond {self.photon_margin_mm:g} mm from the activity")
        if nuclide.heavy_energy_mev > 0:
            notes.append(
                f"alphas and recoils ({nuclide.heavy_energy_mev:.4g} MeV per decay) are left out"
            )
        return tuple(notes)


def _checked_decays(tia: Volume, tissue: TissueMap) -> NDArray[np.float64]:
    tia.require(Quantity.BQ_S)
    if not tia.grid.matches(tissue.density.grid):
        raise GridError(
            "decays and tissue are not on one grid",
            got=f"{tissue.density.grid.shape} voxels of tissue",
            allowed=f"{tia.grid.shape}",
            remedy="resample the tissue to the image of decays",
        )
    decays = np.asarray(tia.values, dtype=np.float64)
    if decays.min() < 0 or decays.max() <= 0:
        raise QuantityError(
            "the image of decays must have voxels above 0 and none below",
            got=f"{decays.min():.4g} to {decays.max():.4g} Bq s",
            remedy="mend the image it came from",
        )
    return decays


def _has_electrons(nuclide: Nuclide, cutoff_mev: float) -> bool:
    return nuclide.beta_yield > 0 or bool((nuclide.electrons.energy_mev >= cutoff_mev).any())


def _below(lines: EmissionLines, least_mev: float) -> float:
    """Energy per decay of lines under an energy, MeV."""
    return float((lines.energy_mev * lines.yield_per_decay)[lines.energy_mev < least_mev].sum())


def _sum_dose(
    decays: NDArray[np.float64],
    tissue: TissueMap,
    parts: list[_Part],
    local_mev: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Dose (Gy) and its relative uncertainty; 1 where no particle came."""
    kg_per_density = tissue.density.grid.voxel_volume_ml * 1e-3
    mass_kg = np.asarray(tissue.density.values, dtype=np.float64) * kg_per_density
    dose = decays * (local_mev * JOULE_PER_MEV) / mass_kg
    variance = np.zeros_like(dose)
    total = decays.sum()
    for run, box, yield_per_decay in parts:
        # Energy over the mass that was transported in: the mass of the bin, not the voxel's.
        gy = total * yield_per_decay * JOULE_PER_MEV / (run.density_g_per_cm3 * kg_per_density)
        dose[box] += run.energy_mev * gy
        variance[box] += (run.sigma_mev * gy) ** 2
    relative = np.ones_like(dose)
    np.divide(np.sqrt(variance), dose, out=relative, where=dose > 0)
    return dose.astype(np.float32), relative.astype(np.float32)
