"""Small simulations for the tests: phantoms, and what a run gives."""

from collections.abc import Mapping

import numpy as np

from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, get_medium
from hevesy.nuclides import get_nuclide
from hevesy.transport import (
    DecayProblem,
    StepControl,
    Tally,
    batch_sizes,
    decay_problem,
    empty_tally,
    simulate_batches,
)

MEDIA = ("lung", "soft-tissue", "cortical-bone", "air", "water")
WATER = MEDIA.index("water")


def problem_of(
    source: np.ndarray,
    labels: np.ndarray | int = WATER,
    density: np.ndarray | float | None = None,
    *,
    spacing_mm: tuple[float, float, float] = (3.0, 3.0, 3.0),
    nuclide: str = "Re-188",
    seed: int = 1,
    steps: StepControl | None = None,
    photons: bool = False,
    dose_to_water: bool = False,
    regions: Mapping[str, np.ndarray] | None = None,
) -> DecayProblem:
    """A problem from arrays (z, y, x); nominal densities by default."""
    grid = Grid.from_spacing(source.shape, spacing_mm=spacing_mm)
    kinds = np.broadcast_to(np.asarray(labels, dtype=np.uint8), source.shape)
    media = tuple(get_medium(name) for name in MEDIA)
    if density is None:
        density = np.array([medium.density_g_per_cm3 for medium in media])[kinds]
    rho = np.broadcast_to(np.asarray(density, dtype=np.float32), source.shape)
    tissue = TissueMap(
        density=Volume(
            values=np.ascontiguousarray(rho), grid=grid, quantity=Quantity.DENSITY_G_PER_CM3
        ),
        labels=np.ascontiguousarray(kinds),
        media=media,
    )
    return decay_problem(
        Volume(values=source, grid=grid, quantity=Quantity.BQ_S), tissue, get_nuclide(nuclide),
        seed=seed, steps=steps, photons=photons, dose_to_water=dose_to_water, regions=regions,
    )  # fmt: skip


def simulate(problem: DecayProblem, histories: int = 20_000, threads: int = 1) -> Tally:
    return simulate_batches(problem, empty_tally(problem), batch_sizes(histories), threads=threads)


def point(shape: tuple[int, int, int], at: tuple[int, int, int]) -> np.ndarray:
    found = np.zeros(shape)
    found[at] = 1.0
    return found


def same_bits(one: Tally, other: Tally) -> bool:
    numbers = ("emitted_mev", "deposited_mev", "escaped_mev", "photons", "steps", "hard_events")
    return (
        one.sizes == other.sizes
        and all(getattr(one, name) == getattr(other, name) for name in numbers)
        and all(
            np.array_equal(getattr(one, name), getattr(other, name))
            for name in ("total", "squares", "regions")
        )
    )
