"""Kernel convolution: the water kernel of the voxel size in hand, over the image of decays."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.convolution import convolve, occupied_box
from hevesy.dose.engine import DoseMap
from hevesy.dose.far_field import far_field_mev
from hevesy.dose.fine_region import FineEnergy, fine_region_energy
from hevesy.dose.point_kernel import get_point_kernel, point_kernel_data_set
from hevesy.dose.voxel_kernel import VoxelKernel, lay_out_shells, voxel_kernel
from hevesy.errors import GridError, InputError, Interrupted, QuantityError
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, Nuclide, csda_range_mm
from hevesy.progress import SILENT, Control

__all__ = ["KernelConvolution", "electron_reach_mm", "near_low_density_share"]

_LOW_G_PER_CM3 = 0.6  # between lung and soft tissue
_MOST_SHARE = 0.01
_AIR_G_PER_CM3 = 0.05  # -950 HU, as in local deposition
_RANGES_MEV = (0.01, 3.0)  # the table's ends
_WIDE_VOXELS = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelConvolution:
    """Dose = energy that the water kernel brings into a voxel / the voxel's mass.

    The kernel is integrated over pairs of voxels of the image's own size, edges of any length, from
    a dose-point kernel in water: exact for decays spread evenly within each voxel, whatever the
    voxel's size against the electrons' range. Beyond the electrons' reach photons and
    bremsstrahlung are convolved on a coarser grid, as for an endless patient.

    Density: energy goes where it would in water, and is divided by the voxel's own mass (as in
    Dieudonne 2013). Energy is conserved; ranges stay water's, so that the method is wrong where
    density changes within the electrons' range, most in lung. There it is refused: where more than
    1 % of the decays lie within the greatest range in water (CSDA, of the highest energy) of voxels
    under 0.6 g/cm3, air around the patient included.

    Parameters
    ----------
    allow_lung : bool
        Compute there too; the result then carries the warning.
    density_correction : bool
        Whether the voxel's own mass counts; otherwise water's.
    photons : bool
        Whether the nuclide's photons and bremsstrahlung are in.
    threads : int or None
        By default all CPUs that the process may use.

    Raises
    ------
    InputError
        Fewer threads than one.

    References
    ----------
    Bolch et al. 1999 (MIRD pamphlet 17), J Nucl Med 40:11S.
    Dieudonne et al. 2013, J Nucl Med 54:236 (density correction).

    Examples
    --------
    >>> KernelConvolution().name
    'kernel'
    """

    allow_lung: bool = False
    density_correction: bool = True
    photons: bool = True
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise InputError("work needs a thread", got=self.threads, remedy="give at least 1")

    @property
    def name(self) -> str:
        """``"kernel"``."""
        return "kernel"

    def compute(
        self, tia: Volume, tissue: TissueMap, nuclide: Nuclide, *, control: Control = SILENT
    ) -> DoseMap:
        """Compute the dose map.

        Parameters
        ----------
        tia : Volume
            BQ_S: decays in each voxel, not negative, not all 0.
        tissue : TissueMap
            On the same grid; its density counts, its media don't.
        nuclide : Nuclide
            One of `point_kernel_nuclides`.
        control : Control
            Told of three steps.

        Returns
        -------
        DoseMap

        Raises
        ------
        GridError
            The two images are not on one grid.
        QuantityError
            Decays are negative, or all 0.
        InputError
            Over 1 % of the decays lie near lung or air, and `allow_lung` was not asked for.
        Interrupted
            `control` asked to stop.
        """
        _check(tia, tissue)
        point = get_point_kernel(nuclide.name)
        control.stage("dose: kernel convolution")
        notes = self._lung_notes(tia, tissue, nuclide)
        _go_on(control, 1)
        near = _near_kernel(nuclide.name, tia.grid.spacing_mm, self.photons)
        part, box = convolve(np.asarray(tia.values), near.octant_mev, threads=self.threads)
        energy = np.zeros(tia.grid.shape, dtype=np.float32)
        energy[box] = part
        _go_on(control, 2)
        if self.photons:
            energy += far_field_mev(
                tia,
                *_far_shells(nuclide.name, tia.grid.spacing_mm),
                first_mm=_hand_over_mm(nuclide.name, tia.grid.spacing_mm),
                threads=self.threads,
            )
        control.advance(3, 3)
        decays = float(np.sum(tia.values, dtype=np.float64))
        kept = float(energy.sum(dtype=np.float64)) / (decays * point.emitted_mev)
        return self._dose_map(energy, tia, tissue, (*notes, self._energy_note(nuclide, kept)))

    def region_energy(
        self,
        dose: DoseMap,
        tia: Volume,
        tissue: TissueMap,
        nuclide: Nuclide,
        shares: NDArray[np.floating] | NDArray[np.bool_],
    ) -> FineEnergy:
        """Take a region's energy from its outline, where voxels are large against it.

        Parameters
        ----------
        dose : DoseMap
            Of this engine.
        tia : Volume
        tissue : TissueMap
        nuclide : Nuclide
            As the map was made from.
        shares : ndarray of float or bool, shape ``tia.grid.shape``
            Share of each voxel that belongs to the region.

        Returns
        -------
        FineEnergy
        """
        mass_kg = tia.grid.voxel_volume_ml * 1e-3
        energy_mev = np.asarray(dose.dose.values) * np.float32(mass_kg / JOULE_PER_MEV)
        if self.density_correction:
            energy_mev *= np.asarray(tissue.density.values)
        return fine_region_energy(tia, shares, energy_mev, nuclide.name, threads=self.threads)

    def _lung_notes(self, tia: Volume, tissue: TissueMap, nuclide: Nuclide) -> tuple[str, ...]:
        reach_mm = electron_reach_mm(nuclide)
        share = near_low_density_share(tia, tissue.density, reach_mm=reach_mm, threads=self.threads)
        if share <= _MOST_SHARE:
            return ()
        told = (
            f"{100 * share:.3g} % of the decays lie within {reach_mm:.3g} mm (the greatest range in"
            f" water) of voxels under {_LOW_G_PER_CM3:g} g/cm3"
        )
        if not self.allow_lung:
            raise InputError(
                "the water kernel is wrong near lung and air",
                got=told,
                allowed=f"{100 * _MOST_SHARE:g} %",
                remedy='use method = "monte-carlo", or ask for the kernel there by name'
                " (allow_lung)",
            )
        return (f"WARNING: the water kernel is wrong near lung and air, and {told}",)

    def _energy_note(self, nuclide: Nuclide, kept: float) -> str:
        data = point_kernel_data_set()
        what = (
            "electrons, bremsstrahlung and photons in endless water"
            if self.photons
            else f"electrons only; photons of {nuclide.photon_energy_mev:.5f} MeV per decay and"
            " bremsstrahlung above 10 keV are left out"
        )
        return (
            f"{what}; {100 * kept:.4g} % of the emitted energy is in the image; {data.name}, "
            + (data.version)
        )

    def _dose_map(
        self,
        energy: NDArray[np.float32],
        tia: Volume,
        tissue: TissueMap,
        notes: tuple[str, ...],
    ) -> DoseMap:
        density = np.asarray(tissue.density.values)
        air = density < _AIR_G_PER_CM3
        per_mev = np.float32(JOULE_PER_MEV / (tia.grid.voxel_volume_ml * 1e-3))
        share = 0.0
        energy *= per_mev
        if self.density_correction:
            energy /= density
            if air.any():
                energy[air] = 0.0
                decays = np.asarray(tia.values)
                share = float(decays[air].sum(dtype=np.float64) / decays.sum(dtype=np.float64))
        else:
            air = np.zeros(0, dtype=np.bool_)
        mass = "mass of each voxel" if self.density_correction else "mass of water"
        return DoseMap(
            dose=tia.with_values(energy, Quantity.GY),
            method=f"convolution with the voxel kernel of water, {mass}",
            excluded=air if air.any() else None,
            excluded_energy_share=share,
            notes=notes,
        )


def near_low_density_share(
    tia: Volume,
    density: Volume,
    *,
    reach_mm: float,
    air_counts: bool = True,
    threads: int | None = None,
) -> float:
    """Share of the decays in voxels that come within a distance of voxels under 0.6 g/cm3.

    The distance is from the voxel's centre to the nearest point of the other voxel.

    Parameters
    ----------
    tia : Volume
        BQ_S.
    density : Volume
        DENSITY_G_PER_CM3, on the same grid.
    reach_mm : float
    air_counts : bool
        Whether voxels under 0.05 g/cm3 count: around a body they are everywhere.
    threads : int, optional

    Returns
    -------
    float

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 4), spacing_mm=(2, 2, 2))
    >>> tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    >>> rho = Volume(values=np.array([[[0.3, 1, 1, 1]]]), grid=grid,
    ...              quantity=Quantity.DENSITY_G_PER_CM3)
    >>> near_low_density_share(tia, rho, reach_mm=1.5)
    0.5
    """
    values = np.asarray(tia.values)
    box = occupied_box(values)
    if box is None:
        return 0.0
    margins = [int(reach_mm / mm) + 1 for mm in tia.grid.spacing_mm]
    around = tuple(
        slice(max(part.start - margin, 0), part.stop + margin)
        for part, margin in zip(box, margins, strict=True)
    )
    rho = np.asarray(density.values)[around]
    low = rho < _LOW_G_PER_CM3
    if not air_counts:
        low &= rho > _AIR_G_PER_CM3
    if not low.any():
        return 0.0
    gaps = [
        np.maximum(np.arange(margin + 1) - 0.5, 0.0) * mm
        for margin, mm in zip(margins, tia.grid.spacing_mm, strict=True)
    ]
    apart2 = gaps[0][:, None, None] ** 2 + gaps[1][:, None] ** 2 + gaps[2] ** 2
    ball = (apart2 <= reach_mm**2).astype(np.float64)
    found, inner = convolve(low, ball, threads=threads)
    near = np.zeros(low.shape, dtype=np.bool_)
    near[inner] = found > 0.5
    decays = values[around]
    return float(decays[near].sum(dtype=np.float64) / decays.sum(dtype=np.float64))


def electron_reach_mm(nuclide: Nuclide) -> float:
    """Path in water of a nuclide's most energetic electrons, mm.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> round(electron_reach_mm(get_nuclide("Re-188")), 1)
    10.4
    """
    lines = nuclide.electrons.energy_mev
    highest = max(nuclide.beta_max_energy_mev, float(lines.max()) if lines.size else 0.0)
    return csda_range_mm(min(max(highest, _RANGES_MEV[0]), _RANGES_MEV[1]))


def _check(tia: Volume, tissue: TissueMap) -> None:
    tia.require(Quantity.BQ_S)
    if not tia.grid.matches(tissue.density.grid):
        raise GridError(
            "decays and density are not on one grid",
            got=f"{tissue.density.grid.shape} voxels of density",
            allowed=f"{tia.grid.shape}",
            remedy="resample the density to the image of decays",
        )
    least, most = float(tia.values.min()), float(tia.values.max())
    if least < 0 or most <= 0:
        raise QuantityError(
            "the image of decays has negative voxels, or none that is above 0",
            got=f"{least:.4g} to {most:.4g} Bq s",
            allowed="0 and above, some above 0",
            remedy="mend the image it came from",
        )


def _go_on(control: Control, done: int) -> None:
    control.advance(done, 3)
    if control.should_stop():
        raise Interrupted("the dose map was stopped", remedy="start again")


def _hand_over_mm(nuclide: str, spacing_mm: tuple[float, float, float]) -> float:
    """Where the coarse grid has taken over: the electrons' reach, or a few voxels."""
    return max(get_point_kernel(nuclide).electron_reach_mm(), _WIDE_VOXELS * max(spacing_mm))


def _far_weight(radius_mm: NDArray[np.float64], first_mm: float) -> NDArray[np.float64]:
    """What the coarse grid carries of photons' energy: nothing to half of the way, then all."""
    return np.clip(2.0 * radius_mm / first_mm - 1.0, 0.0, 1.0)


def _middles(radii: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (radii[1:] + radii[:-1]))


def _far_shells(
    nuclide: str, spacing_mm: tuple[float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    radii, shells = get_point_kernel(nuclide).shells_mev(("bremsstrahlung", "photons"))
    return radii, shells * _far_weight(_middles(radii), _hand_over_mm(nuclide, spacing_mm))


@lru_cache(maxsize=16)
def _near_kernel(
    nuclide: str, spacing_mm: tuple[float, float, float], photons: bool
) -> VoxelKernel:
    if not photons:
        return voxel_kernel(nuclide, spacing_mm)
    radii, electrons = get_point_kernel(nuclide).shells_mev(("electrons",))
    others = get_point_kernel(nuclide).shells_mev(("bremsstrahlung", "photons"))[1]
    first = _hand_over_mm(nuclide, spacing_mm)
    shells = electrons + others * (1.0 - _far_weight(_middles(radii), first))
    inner = np.flatnonzero(radii[1:] <= first)
    shells[inner[-1]] += shells[inner[-1] + 1 :].sum()  # under a millionth of the electrons'
    shells[inner[-1] + 1 :] = 0.0
    z, y, x = (int(first / mm) + 1 for mm in spacing_mm)
    return lay_out_shells(radii, shells, spacing_mm, (z, y, x))
