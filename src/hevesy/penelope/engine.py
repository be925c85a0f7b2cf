"""The dose engine `method = "penelope"`."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.dose import DoseMap, TransportStatistics
from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, EmissionLines, Nuclide
from hevesy.penelope.crop import Box, electron_box, grow_box
from hevesy.penelope.inputs import Particle, TransportOptions, bounding_box
from hevesy.penelope.process import require_penelope
from hevesy.penelope.run import PenelopeRun, run_penelope
from hevesy.penelope.spectrum import Spectrum, electron_spectrum, photon_spectrum
from hevesy.progress import SILENT, Control

__all__ = ["Penelope", "PenelopeDose"]

_LEAST_PHOTON_MEV = 0.001
_Part = tuple[PenelopeRun, Box, float]  # a run, its voxels, its particles per decay


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
        Primary electrons.
    photon_histories : int
        Primary photons; 0 leaves photons out.
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
        No history, or a margin below 0.

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

    @property
    def name(self) -> str:
        """``"penelope"``."""
        return "penelope"

    def compute(
        self, tia: Volume, tissue: TissueMap, nuclide: Nuclide, *, control: Control = SILENT
    ) -> DoseMap:
        """Compute the dose map; see `compute_runs`."""
        return self.compute_runs(tia, tissue, nuclide, control=control).dose_map

    def compute_runs(
        self, tia: Volume, tissue: TissueMap, nuclide: Nuclide, *, control: Control = SILENT
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
            Told of histories; asked whether to stop.

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
        cutoff_mev = self.transport.electron_cutoff_ev * 1e-6
        followed = _has_electrons(nuclide, cutoff_mev)
        electrons = electron_spectrum(nuclide, least_line_mev=cutoff_mev) if followed else None
        photons = photon_spectrum(nuclide, least_line_mev=_LEAST_PHOTON_MEV)
        if electrons is None and (photons is None or self.photon_histories == 0):
            raise InputError(
                f"{nuclide.name} emits nothing that PENELOPE was asked to follow",
                got=f"{self.photon_histories} photon histories",
                remedy="ask for photon histories, or use method 'local'",
            )
        electron_run, box = None, None
        if electrons is not None:
            box = electron_box(
                decays, tissue.density.values, tia.grid.spacing_mm, electrons.greatest_mev
            )
            control.stage("dose: PENELOPE, electrons")
            electron_run = self._run(decays, tissue, box, electrons, "electron", control)
        photon_run, photon_box = None, None
        if photons is not None and self.photon_histories > 0:
            photon_box = grow_box(
                bounding_box(decays > 0), self.photon_margin_mm, tia.grid.spacing_mm, decays.shape
            )
            control.stage("dose: PENELOPE, photons")
            photon_run = self._run(decays, tissue, photon_box, photons, "gamma", control)
        local_mev = _below(nuclide.electrons, cutoff_mev)
        if self.photon_histories > 0:
            local_mev += _below(nuclide.photons, _LEAST_PHOTON_MEV)
        parts = [
            (run, where, spectrum.particles_per_decay)
            for run, where, spectrum in (
                (electron_run, box, electrons), (photon_run, photon_box, photons),
            )
            if run is not None and where is not None and spectrum is not None
        ]  # fmt: skip
        dose, relative = _sum_dose(decays, tissue, parts, local_mev)
        counts = (
            electron_run.histories if electron_run else 0,
            photon_run.histories if photon_run else 0,
        )
        dose_map = DoseMap(
            dose=tia.with_values(dose, Quantity.GY),
            relative_uncertainty=tia.with_values(relative, Quantity.RELATIVE),
            method="PENELOPE-2018 (PenRed) Monte Carlo in each voxel's medium and density"
            + ("" if photon_run else "; photons left out"),
            notes=self._notes(electron_run, photon_run, nuclide),
            statistics=self._statistics(parts, counts, dose, relative),
        )
        return PenelopeDose(
            dose_map=dose_map, electrons=electron_run, photons=photon_run,
            electron_box=box, photon_box=photon_box,
        )  # fmt: skip

    def _run(
        self, decays: NDArray[np.float64], tissue: TissueMap, box: Box, spectrum: Spectrum,
        particle: Particle, control: Control,
    ) -> PenelopeRun:  # fmt: skip
        return run_penelope(
            np.asarray(tissue.density.values[box], dtype=np.float64),
            tissue.labels[box],
            tissue.media,
            spacing_mm=tissue.density.grid.spacing_mm,
            source=decays[box],
            spectrum=spectrum,
            histories=self.histories if particle == "electron" else self.photon_histories,
            particle=particle,
            options=self.transport,
            seed=self.seed,
            threads=self.threads,
            control=control,
        )

    def _statistics(
        self, parts: list[_Part], histories: tuple[int, int],
        dose: NDArray[np.float32], relative: NDArray[np.float32],
    ) -> TransportStatistics:  # fmt: skip
        """Both runs as if they were of the first one's decays."""
        first, _, first_yield = parts[0]
        sampled = first.histories / first_yield
        shares = [(run, sampled * per_decay) for run, _, per_decay in parts]
        return TransportStatistics(
            histories=histories[0],
            photons=histories[1],
            batches=1,  # PenRed's variance is that from history to history
            precision=float(np.median(relative[dose > 0.5 * dose.max()])),
            energy_emitted_mev=sum(run.emitted_mev * share for run, share in shares),
            energy_deposited_mev=sum(run.deposited_mev * share for run, share in shares),
            energy_escaped_mev=sum(run.escaped_mev * share for run, share in shares),
            seed=self.seed,
            threads=self.threads,
        )

    def _notes(
        self, electrons: PenelopeRun | None, photons: PenelopeRun | None, nuclide: Nuclide
    ) -> tuple[str, ...]:
        options = self.transport
        notes = [
            f"PENELOPE: C1 = {options.elastic_c1:g}, C2 = {options.elastic_c2:g}, electrons to "
            f"{options.electron_cutoff_ev / 1e3:g} keV, photons to "
            f"{options.photon_cutoff_ev / 1e3:g} keV, seed {self.seed}, threads {self.threads}"
        ]
        for name, run in (("electrons", electrons), ("photons", photons)):
            if run is not None:
                notes.append(
                    f"{run.histories} primary {name}, {run.histories_per_cpu_s:.0f} a CPU second; "
                    f"per history {run.emitted_mev:.5f} MeV emitted, {run.deposited_mev:.5f} MeV "
                    f"deposited in the box; {len(run.materials)} materials, density bins of "
                    f"{100 * run.bin_width_relative:.2g} %"
                )
        if photons is not None:
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
