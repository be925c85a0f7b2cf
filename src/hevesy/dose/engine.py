"""What a dose engine is, and how one is found by name."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CaseError, GridError
from hevesy.images import Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control

__all__ = ["DoseEngine", "DoseMap", "TransportStatistics", "get_engine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportStatistics:
    """What a simulation did.

    Parameters
    ----------
    histories : int
        Primary electrons.
    photons : int
        Primary photons.
    batches : int
    precision : float
        Median relative standard uncertainty of the voxels above half of the maximum in the region
        that was to be precise.
    energy_emitted_mev, energy_deposited_mev, energy_escaped_mev : float
        Of the sampled decays, before scaling to the source.
    seed, threads : int
    regions : tuple of (str, float, float)
        Name, mean dose (energy imparted over mass) and its standard uncertainty, Gy.
    stopped : bool
        It was stopped before it had what was asked for.

    Examples
    --------
    >>> TransportStatistics(histories=10, photons=0, batches=2, precision=0.1, seed=1, threads=1,
    ...                     energy_emitted_mev=1.0, energy_deposited_mev=0.9,
    ...                     energy_escaped_mev=0.1).balance
    0.0
    """

    histories: int
    photons: int
    batches: int
    precision: float
    energy_emitted_mev: float
    energy_deposited_mev: float
    energy_escaped_mev: float
    seed: int
    threads: int
    regions: tuple[tuple[str, float, float], ...] = ()
    stopped: bool = False

    @property
    def balance(self) -> float:
        """(Deposited + escaped) / emitted - 1."""
        accounted = self.energy_deposited_mev + self.energy_escaped_mev
        return accounted / self.energy_emitted_mev - 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseMap:
    """Absorbed dose in each voxel, and what is to be said of it.

    Parameters
    ----------
    dose : Volume
        GY.
    method : str
        The engine's name, with what it models, for the report.
    relative_uncertainty : Volume or None
        RELATIVE; the engine's own (statistical) uncertainty; None where it has none.
    excluded : ndarray of bool, shape ``dose.grid.shape``, or None
        Voxels that have no dose because they hold no tissue; None where there are none.
    excluded_energy_share : float
        Share of all energy that was released in those voxels.
    notes : tuple of str
        What the reader must know.
    statistics : TransportStatistics or None
        Of a simulation.

    Raises
    ------
    GridError
        `excluded` does not have the dose's shape.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(4, 4, 4))
    >>> dose = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.GY)
    >>> DoseMap(dose=dose, method="local").notes
    ()
    """

    dose: Volume
    method: str
    relative_uncertainty: Volume | None = None
    excluded: NDArray[np.bool_] | None = None
    excluded_energy_share: float = 0.0
    notes: tuple[str, ...] = ()
    statistics: TransportStatistics | None = None

    def __post_init__(self) -> None:
        self.dose.require(Quantity.GY)
        if self.excluded is not None:
            if self.excluded.shape != self.dose.grid.shape:
                raise GridError(
                    "the mask of excluded voxels does not have the dose's shape",
                    got=self.excluded.shape,
                    allowed=str(self.dose.grid.shape),
                    remedy="give it on the dose's grid",
                )
            excluded = np.asarray(self.excluded, dtype=np.bool_).view()
            excluded.setflags(write=False)
            object.__setattr__(self, "excluded", excluded)


class DoseEngine(Protocol):
    """Turns decays in voxels into absorbed dose in voxels."""

    @property
    def name(self) -> str:
        """The name it is asked for by, as in the case's `method`."""

    def compute(
        self, tia: Volume, tissue: TissueMap, nuclide: Nuclide, *, control: Control = SILENT
    ) -> DoseMap:
        """Compute absorbed dose from BQ_S (decays in each voxel) and the voxels' tissue."""


def get_engine(name: str, engines: Mapping[str, DoseEngine] | None = None) -> DoseEngine:
    """Find an engine by name.

    Parameters
    ----------
    name : str
        As in the case's `method`.
    engines : Mapping of str to DoseEngine, optional
        What there is to choose from; hevesy's own by default.

    Returns
    -------
    DoseEngine

    Raises
    ------
    CaseError
        No engine has that name; the nearest is named.

    Examples
    --------
    >>> get_engine("local").name
    'local'
    """
    choice = _own_engines() if engines is None else engines
    if name not in choice:
        near = difflib.get_close_matches(name, choice, n=1, cutoff=0.0)
        raise CaseError(
            "unknown dose method",
            got=name,
            allowed=", ".join(sorted(choice)) or "none is installed",
            remedy=f'write `method = "{near[0]}"` in [options]' if near else "install an engine",
        )
    return choice[name]


def _own_engines() -> Mapping[str, DoseEngine]:
    from hevesy.dose.kernel import KernelConvolution
    from hevesy.dose.local import LocalDeposition
    from hevesy.dose.monte_carlo import MonteCarlo

    return {"kernel": KernelConvolution(), "local": LocalDeposition(), "monte-carlo": MonteCarlo()}
