"""One PENELOPE run on plain arrays: energy per history in each voxel, with its uncertainty."""

import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError
from hevesy.media import Medium, get_element
from hevesy.penelope.density_bins import BinnedMedium, bin_densities
from hevesy.penelope.inputs import (
    Particle,
    TransportOptions,
    configuration,
    find_even_source,
    source_text,
    spectrum_text,
    voxels_text,
)
from hevesy.penelope.material_file import adjust_material
from hevesy.penelope.process import require_penelope, run_worker
from hevesy.penelope.spectrum import Spectrum
from hevesy.progress import SILENT, Control

__all__ = ["PenelopeRun", "combine_runs", "run_penelope"]

_AVOGADRO = 6.02214076e23


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PenelopeRun:
    """What one run of PENELOPE gave.

    Parameters
    ----------
    energy_mev : ndarray of float64, shape (z, y, x)
        Energy deposited in each voxel per history. Read-only.
    sigma_mev : ndarray of float64, shape (z, y, x)
        Its standard uncertainty (one standard deviation, history by history). Read-only.
    density_g_per_cm3 : ndarray of float64, shape (z, y, x)
        Density that was transported in: that of the voxel, or of its bin. Read-only.
    materials : tuple of BinnedMedium
        PENELOPE's materials.
    material_energy_mev, material_sigma_mev : ndarray of float64, shape (materials,)
        Energy per history in all voxels of a material, and its standard uncertainty: that of a
        sum, which voxels' own do not give, as one history deposits in several. Read-only.
    bin_width_relative : float
        Width of the density bins; 0 where each density was kept.
    histories : int
        Primary particles.
    emitted_mev, deposited_mev, escaped_mev : float
        Per history: the spectrum's mean energy, what the voxels took, and the difference, which
        carries the statistics of the sampled energies (PenRed reports no escaped energy).
    deposited_sigma_mev : float
        Uncertainty of `deposited_mev`, an upper bound.
    cpu_s, setup_s : float
        CPU time of the histories alone, all threads; and of reading, tables and geometry.
    threads, seed : int
        Of several runs together, the first one's.
    particle : str
        Primary particle.

    Examples
    --------
    >>> one = np.ones((1, 1, 1))
    >>> PenelopeRun(energy_mev=one, sigma_mev=0 * one, density_g_per_cm3=one, materials=(),
    ...             material_energy_mev=one[0, 0], material_sigma_mev=one[0, 0],
    ...             bin_width_relative=0.0, histories=1000, emitted_mev=2.0, deposited_mev=1.0,
    ...             escaped_mev=1.0, deposited_sigma_mev=0.0, cpu_s=0.5, setup_s=3.0, threads=1,
    ...             seed=1).histories_per_cpu_s
    2000.0
    """

    energy_mev: NDArray[np.float64]
    sigma_mev: NDArray[np.float64]
    density_g_per_cm3: NDArray[np.float64]
    materials: tuple[BinnedMedium, ...]
    material_energy_mev: NDArray[np.float64]
    material_sigma_mev: NDArray[np.float64]
    bin_width_relative: float
    histories: int
    emitted_mev: float
    deposited_mev: float
    escaped_mev: float
    deposited_sigma_mev: float
    cpu_s: float
    setup_s: float
    threads: int
    seed: int
    particle: Particle = "electron"

    def __post_init__(self) -> None:
        for array in (
            self.energy_mev, self.sigma_mev, self.density_g_per_cm3,
            self.material_energy_mev, self.material_sigma_mev,
        ):  # fmt: skip
            array.setflags(write=False)

    @property
    def histories_per_cpu_s(self) -> float:
        """Primary particles per second of CPU time."""
        return self.histories / self.cpu_s


def run_penelope(
    density_g_per_cm3: NDArray[np.floating],
    labels: NDArray[np.integer],
    media: Sequence[Medium],
    *,
    spacing_mm: tuple[float, float, float],
    source: NDArray[np.floating],
    spectrum: Spectrum,
    histories: int,
    particle: Particle = "electron",
    options: TransportOptions | None = None,
    seed: int = 0,
    threads: int = 1,
    control: Control = SILENT,
) -> PenelopeRun:
    """Transport particles from a volume of sources with PENELOPE, by PenRed in its own process.

    Every pair of medium and density becomes a material with the medium's composition and mean
    excitation energy. Around the grid is nothing. A folder of inputs is written, run and removed.

    Parameters
    ----------
    density_g_per_cm3 : ndarray, shape (z, y, x)
        Above 0 everywhere.
    labels : ndarray of int, shape (z, y, x)
        Index into `media`.
    media : sequence of Medium
    spacing_mm : tuple of float
        Voxel size along (z, y, x).
    source : ndarray, shape (z, y, x)
        Relative number of births in each voxel; uniform inside it, isotropic.
    spectrum : Spectrum
        Energies; its particles per decay do not count here.
    histories : int
        Primary particles.
    particle : str
        ``"electron"``, ``"gamma"`` or ``"positron"``.
    options : TransportOptions, optional
    seed : int
        0 and above; runs whose seeds differ by 1001 are the same.
    threads : int
        The same seed gives other (equally good) histories on another number of threads.
    control : Control
        Told of histories; asked whether to stop.

    Returns
    -------
    PenelopeRun

    Raises
    ------
    InputError
        pyPenred is not installed; or no history, thread or activity.
    GridError
        The arrays differ in shape.

    References
    ----------
    Salvat, PENELOPE-2018, NEA/MBDAV/R(2019)1; Gimenez-Alventosa et al. 2021 (PenRed), Comput Phys
    Commun 267:108065.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> from hevesy.penelope import has_penelope
    >>> source = np.zeros((5, 5, 5)); source[2, 2, 2] = 1
    >>> def run():
    ...     return run_penelope(np.ones((5, 5, 5)), np.zeros((5, 5, 5), int),
    ...                         [get_medium("water")], spacing_mm=(3.0, 3.0, 3.0), source=source,
    ...                         spectrum=Spectrum.from_parts(lines=[(0.1, 1.0)]), histories=1000)
    >>> bool(abs(run().deposited_mev - 0.1) < 1e-3) if has_penelope() else True
    True
    """
    require_penelope()
    shape = np.shape(density_g_per_cm3)
    if len(shape) != 3 or shape != np.shape(labels) or shape != np.shape(source):
        raise GridError(
            "density, labels and source must be three-dimensional and of one shape",
            got=f"{shape}, {np.shape(labels)}, {np.shape(source)}",
            remedy="give all three on one grid",
        )
    if histories < 1 or threads < 1 or seed < 0:
        raise InputError(
            "PENELOPE needs one history and one thread or more, and a seed of 0 or above",
            got=f"{histories} histories, {threads} threads, seed {seed}",
            remedy="raise them",
        )
    settings = TransportOptions() if options is None else options
    seen = bin_densities(density_g_per_cm3, labels, media)
    even = find_even_source(source, seen)
    with tempfile.TemporaryDirectory(prefix="hevesy-penelope-") as name:
        folder = Path(name)
        files = _make_materials(folder, seen.materials, control)
        texts = {
            "voxels.txt": voxels_text(seen, spacing_mm),
            "source.dat": source_text(source, spacing_mm) if even is None else "",
            "spectrum.txt": spectrum_text(spectrum),
            "config.in": configuration(
                shape=seen.index.shape, spacing_mm=spacing_mm, material_files=files,
                particle=particle, histories=histories, seed=seed, threads=threads,
                options=settings, even=even,
            ),
            "job.json": json.dumps({"shape": seen.index.shape}),
        }  # fmt: skip
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="ascii")
        run_worker("simulate", folder, total=histories, control=control)
        density = seen.density_g_per_cm3()
        mass_g = density * float(np.prod(spacing_mm)) / 1000.0
        energy = np.load(folder / "dose.npy") * mass_g * 1e-6
        sigma = np.load(folder / "sigma.npy") * mass_g * 1e-6
        result = json.loads((folder / "result.json").read_text(encoding="ascii"))
    by_material = 1e-6 * np.array(result["body_ev"][1:])  # the first is the enclosure
    by_material_sigma = 1e-6 * np.array(result["body_sigma_ev"][1:])
    deposited = float(by_material.sum())
    emitted = spectrum.mean_energy_mev
    return PenelopeRun(
        energy_mev=energy, sigma_mev=sigma, density_g_per_cm3=density, materials=seen.materials,
        material_energy_mev=by_material, material_sigma_mev=by_material_sigma,
        bin_width_relative=seen.bin_width_relative, histories=histories, emitted_mev=emitted,
        deposited_mev=deposited, escaped_mev=emitted - deposited,
        deposited_sigma_mev=float(by_material_sigma.sum()),
        cpu_s=result["run_cpu_s"], setup_s=result["setup_cpu_s"], threads=threads, seed=seed,
        particle=particle,
    )  # fmt: skip


def combine_runs(one: PenelopeRun, other: PenelopeRun) -> PenelopeRun:
    """Take two independent runs of one problem as one, weighted by their histories.

    Parameters
    ----------
    one, other : PenelopeRun
        Of different seeds.

    Returns
    -------
    PenelopeRun

    Examples
    --------
    >>> def run(energy):
    ...     made = np.full((1, 1, 1), energy)
    ...     return PenelopeRun(
    ...         energy_mev=made, sigma_mev=0.1 + 0 * made, density_g_per_cm3=made, materials=(),
    ...         material_energy_mev=made[0, 0], material_sigma_mev=made[0, 0],
    ...         bin_width_relative=0.0, histories=100, emitted_mev=2.0, deposited_mev=energy,
    ...         escaped_mev=1.0, deposited_sigma_mev=0.0, cpu_s=1.0, setup_s=1.0, threads=1, seed=1)
    >>> both = combine_runs(run(1.0), run(2.0))
    >>> float(both.energy_mev[0, 0, 0]), round(float(both.sigma_mev[0, 0, 0]), 4), both.histories
    (1.5, 0.0707, 200)
    """
    total = one.histories + other.histories
    a, b = one.histories / total, other.histories / total
    deposited = a * one.deposited_mev + b * other.deposited_mev
    return replace(
        one,
        energy_mev=a * one.energy_mev + b * other.energy_mev,
        sigma_mev=np.hypot(a * one.sigma_mev, b * other.sigma_mev),
        material_energy_mev=a * one.material_energy_mev + b * other.material_energy_mev,
        material_sigma_mev=np.hypot(a * one.material_sigma_mev, b * other.material_sigma_mev),
        histories=total,
        deposited_mev=deposited,
        escaped_mev=one.emitted_mev - deposited,
        deposited_sigma_mev=math.hypot(a * one.deposited_sigma_mev, b * other.deposited_sigma_mev),
        cpu_s=one.cpu_s + other.cpu_s,
        setup_s=one.setup_s + other.setup_s,
    )


def _make_materials(folder: Path, materials: Sequence[BinnedMedium], control: Control) -> list[str]:
    """Make one file per medium by PenRed, and from it one per density."""
    media = list(dict.fromkeys(item.medium for item in materials))
    job = {
        "materials": [
            {
                "name": f"medium {number}",
                "density": medium.density_g_per_cm3,
                "composition": [
                    (get_element(symbol).atomic_number, share)
                    for symbol, share in medium.mass_fractions
                ],
                "file": f"medium-{number}.mat",
            }
            for number, medium in enumerate(media)
        ]
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="ascii")
    run_worker("materials", folder, control=control)
    files = []
    for number, item in enumerate(materials, start=1):
        made = folder / f"medium-{media.index(item.medium)}.mat"
        text = adjust_material(
            made.read_text(encoding="ascii"),
            mean_excitation_energy_ev=item.medium.mean_excitation_energy_ev,
            density_g_per_cm3=item.density_g_per_cm3,
            electrons_per_atomic_mass=item.medium.electrons_per_g / _AVOGADRO,
        )
        files.append(f"{number}.mat")
        (folder / files[-1]).write_text(text, encoding="ascii")
    return files
