"""Local deposition: electrons leave their energy in the voxel where the decay was."""

import math
from dataclasses import dataclass

import numpy as np

from hevesy.dose.engine import DoseMap
from hevesy.errors import GridError, InputError, Interrupted, QuantityError
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, Nuclide
from hevesy.progress import SILENT, Control

__all__ = ["LocalDeposition"]

# -950 HU, below which CT shows emphysema, that is air, and not parenchyma (Gevenois et al. 1996,
# Am J Respir Crit Care Med 154:187). An electron of 0.76 MeV (3 mm in tissue) runs some 6 cm there.
_AIR_G_PER_CM3 = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDeposition:
    """Dose = decays x energy of all electrons / mass, voxel by voxel.

    Beta, conversion and Auger electrons deposit where they were born; photons are left out. With
    the blur of SPECT (FWHM over 10 mm) electrons of therapy nuclides move less than the image
    already does, so in soft tissue this is closer to the truth than a kernel over the blurred image
    (Ljungberg & Sjogreen-Gleisner 2011). It is wrong where density changes within the electrons'
    range, most in lung, and it misses cross-dose by photons.

    Voxels under `minimum_density_g_per_cm3` hold no tissue: they get no dose, and the energy
    released in them is reported, never moved elsewhere.

    Parameters
    ----------
    minimum_density_g_per_cm3 : float
        0.05 g/cm3 by default (-950 HU).

    Raises
    ------
    InputError
        The limit is not above 0.

    References
    ----------
    Ljungberg & Sjogreen-Gleisner 2011, Acta Oncol 50:981, doi:10.3109/0284186X.2011.584559.
    Bolch et al. 1999 (MIRD pamphlet 17), J Nucl Med 40:11S.

    Examples
    --------
    >>> LocalDeposition().name
    'local'
    """

    minimum_density_g_per_cm3: float = _AIR_G_PER_CM3

    def __post_init__(self) -> None:
        if not 0 < self.minimum_density_g_per_cm3 < math.inf:
            raise InputError(
                "the least density that counts as tissue must be above 0",
                got=f"{self.minimum_density_g_per_cm3:g} g/cm3",
                remedy="use the default of 0.05 g/cm3",
            )

    @property
    def name(self) -> str:
        """``"local"``."""
        return "local"

    def compute(
        self, tia: Volume, tissue: TissueMap, nuclide: Nuclide, *, control: Control = SILENT
    ) -> DoseMap:
        """Compute the dose map, slab by slab: time and memory grow with the number of voxels.

        Parameters
        ----------
        tia : Volume
            BQ_S: decays in each voxel, not negative.
        tissue : TissueMap
            On the same grid; its density counts, its media don't.
        nuclide : Nuclide
            Gives the energy of electrons per decay.
        control : Control
            Told of each slab.

        Raises
        ------
        GridError
            The two images are not on one grid.
        QuantityError
            Decays are negative.
        Interrupted
            `control` asked to stop.
        """
        tia.require(Quantity.BQ_S)
        density = tissue.density
        if not tia.grid.matches(density.grid):
            raise GridError(
                "decays and density are not on one grid",
                got=f"{density.grid.shape} voxels of density",
                allowed=f"{tia.grid.shape}",
                remedy="resample the density to the image of decays",
            )
        per_decay_j = nuclide.electron_energy_mev * JOULE_PER_MEV
        per_density_kg = tia.grid.voxel_volume_ml * 1e-3
        dose = np.zeros(tia.grid.shape, dtype=np.float32)
        excluded = np.zeros(tia.grid.shape, dtype=np.bool_)
        total, lost = 0.0, 0.0
        control.stage("dose: local deposition")
        slabs = tia.grid.shape[0]
        for z in range(slabs):
            if control.should_stop():
                raise Interrupted("the dose map was stopped", remedy="start again")
            decays = np.asarray(tia.values[z], dtype=np.float64)
            rho = np.asarray(density.values[z], dtype=np.float64)
            _refuse_negative(decays)
            air = rho < self.minimum_density_g_per_cm3
            mass_kg = np.where(air, 1.0, rho) * per_density_kg
            dose[z] = np.where(air, 0.0, decays * per_decay_j / mass_kg)
            excluded[z] = air
            total += float(decays.sum())
            lost += float(decays[air].sum())
            control.advance(z + 1, slabs)
        share = lost / total if total > 0 else 0.0
        return DoseMap(
            dose=tia.with_values(dose, Quantity.GY),
            method="local deposition of all electrons, density of each voxel, photons left out",
            excluded=excluded if excluded.any() else None,
            excluded_energy_share=share,
            notes=self._notes(share, nuclide),
        )

    def _notes(self, share: float, nuclide: Nuclide) -> tuple[str, ...]:
        notes = [
            f"energy per decay {nuclide.electron_energy_mev:.5f} MeV (electrons); photons of "
            f"{nuclide.photon_energy_mev:.5f} MeV per decay are left out"
        ]
        if share > 0:
            notes.append(
                f"{100 * share:.2g} % of the decays lie in voxels under "
                f"{self.minimum_density_g_per_cm3:g} g/cm3 (air): no dose is given for them"
            )
        return tuple(notes)


def _refuse_negative(decays: np.ndarray) -> None:
    if decays.min() < 0:
        raise QuantityError(
            "the image of decays has negative voxels",
            got=f"{decays.min():.4g} Bq s",
            allowed="0 and above",
            remedy="mend the image it came from",
        )
