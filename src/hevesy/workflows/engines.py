"""The dose engines that there are, PENELOPE among them."""

from hevesy.compiled import thread_count
from hevesy.dose import (
    DoseEngine,
    KernelConvolution,
    LocalDeposition,
    MonteCarlo,
    get_engine,
)
from hevesy.penelope import Penelope

__all__ = ["find_engine"]


def find_engine(
    name: str,
    *,
    histories: int | None = None,
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
    peer = (
        Penelope(seed=seed, threads=count)
        if histories is None
        else Penelope(
            histories=histories, photon_histories=histories // 2, seed=seed, threads=count
        )
    )
    engines: dict[str, DoseEngine] = {
        "kernel": KernelConvolution(allow_lung=allow_lung, threads=threads),
        "local": LocalDeposition(),
        "monte-carlo": MonteCarlo(),
        "penelope": peer,
    }
    return get_engine(name, engines)
