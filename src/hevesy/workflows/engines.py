"""The dose engines that there are, PENELOPE among them."""

from dataclasses import replace

from hevesy.compiled import thread_count
from hevesy.dose import (
    DoseEngine,
    KernelConvolution,
    LocalDeposition,
    MonteCarlo,
    get_engine,
    point_kernel_data_set,
)
from hevesy.media import bremsstrahlung_data_set, photon_data_set
from hevesy.nuclides import Nuclide
from hevesy.penelope import Penelope
from hevesy.provenance import DataSet

__all__ = ["engine_data_sets", "find_engine"]

_BATCH = 200_000


def find_engine(
    name: str,
    *,
    histories: int | None = None,
    precision: float | None = None,
    in_batches: bool = False,
    seed: int = 0,
    threads: int | None = None,
    allow_lung: bool = False,
) -> DoseEngine:
    """Find an engine by name.

    Parameters
    ----------
    name : str
        ``"kernel"``, ``"local"``, ``"monte-carlo"`` or ``"penelope"``.
    histories : int, optional
        Primary electrons, for PENELOPE, with half as many photons; its default otherwise.
    precision : float, optional
        Goal, for PENELOPE; reached in batches.
    in_batches : bool
        PENELOPE will be stopped at a batch's border: batches of 200,000 electrons, or `histories`.
    seed : int
        For PENELOPE.
    threads : int, optional
        For PENELOPE and kernels; by default all CPUs that the process may use.
    allow_lung : bool
        Let kernels in where lung is near; the result then carries a warning.

    Returns
    -------
    DoseEngine

    Examples
    --------
    >>> find_engine("penelope", histories=1000).name
    'penelope'
    """
    count = thread_count() if threads is None else threads
    if histories is None and (in_batches or precision is not None):
        histories = _BATCH
    peer = Penelope(precision=precision, seed=seed, threads=count)
    if histories is not None:
        peer = replace(peer, histories=histories, photon_histories=histories // 2)
    engines: dict[str, DoseEngine] = {
        "kernel": KernelConvolution(allow_lung=allow_lung, threads=threads),
        "local": LocalDeposition(),
        "monte-carlo": MonteCarlo(),
        "penelope": peer,
    }
    return get_engine(name, engines)


def engine_data_sets(methods: tuple[str, ...], nuclide: Nuclide) -> tuple[DataSet, ...]:
    """Name the published data that engines rest on, for a result's provenance.

    Parameters
    ----------
    methods : tuple of str
        Engines' names.
    nuclide : Nuclide

    Returns
    -------
    tuple of DataSet

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> [found.name for found in engine_data_sets(("local",), get_nuclide("Re-188"))]
    ['ICRP-107']
    """
    found = [nuclide.data_set]
    if "monte-carlo" in methods:
        found += [photon_data_set(), bremsstrahlung_data_set()]
    if "kernel" in methods:
        found.append(point_kernel_data_set())
    if "penelope" in methods:
        found.append(
            DataSet(name="PENELOPE-2018", version="by PenRed", source="NEA/MBDAV/R(2019)1")
        )
    return tuple(found)
