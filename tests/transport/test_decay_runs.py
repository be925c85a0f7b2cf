"""Whole runs: the energy's ledger, the same bits again, and what a random phantom may do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.compiled import reduce_batches
from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import uniform_tissue
from hevesy.nuclides import get_nuclide
from hevesy.transport import (
    StepControl,
    Tally,
    batch_sizes,
    decay_problem,
    electron_kernels,
    empty_tally,
    history_kernels,
    photon_kernels,
    photon_sampling_kernels,
    simulate_batches,
)
from tests.transport.decays import MEDIA, point, problem_of, same_bits, simulate

SHAPE = (5, 6, 7)


def random_phantom(number: int) -> dict[str, object]:
    """Any media, densities around nominal ones, anisotropic voxels, decays in some."""
    random = np.random.default_rng(number)
    labels = random.integers(0, len(MEDIA), SHAPE)
    source = np.where(random.random(SHAPE) < 0.2, random.random(SHAPE), 0.0)
    source.flat[random.integers(source.size)] = 1.0
    nominal = np.array([0.26, 1.06, 1.92, 0.0012, 1.0])[labels]
    return {
        "source": source,
        "labels": labels,
        "density": nominal * random.uniform(0.7, 1.3, SHAPE),
        "spacing_mm": tuple(random.uniform(1.0, 5.0, 3)),
        "nuclide": ("Re-188", "Y-90", "Lu-177", "I-131")[int(random.integers(4))],
        "photons": bool(random.integers(2)),
        "seed": int(random.integers(2**60)),
    }


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_random_phantoms(number: int) -> None:
    """Energy to 1e-9; nothing negative; dose adds up to the ledger; 1 and 2 threads, same bits."""
    problem = problem_of(**random_phantom(number))
    one, two = (simulate(problem, 3000, threads=threads) for threads in (1, 2))
    assert one.deposited_mev + one.escaped_mev == pytest.approx(one.emitted_mev, rel=1e-9)
    assert one.total.min() >= 0
    assert one.squares.min() >= 0
    assert one.escaped_mev >= 0
    mean, sigma = one.mean_and_sigma()
    decays = one.histories / problem.emission.electrons_per_decay
    scored = mean.sum() * decays + problem.emission.local_mev * decays
    assert scored == pytest.approx(one.deposited_mev, rel=1e-9)
    assert np.all(np.isfinite(sigma))
    assert same_bits(one, two)


def test_another_seed_gives_another_run() -> None:
    source = point(SHAPE, (2, 3, 3))
    one, other = (simulate(problem_of(source, seed=seed), 2000) for seed in (1, 2))
    assert not np.array_equal(one.total, other.total)


def test_the_energy_emitted_is_the_spectrums() -> None:
    """Energies are spread evenly over the spectrum: 0.1 % with few histories."""
    problem = problem_of(point(SHAPE, (2, 3, 3)), photons=True)
    tally = simulate(problem, 64_000)
    emission = problem.emission
    decays = tally.histories / emission.electrons_per_decay
    wanted = emission.electron_energy_mev + emission.photon_energy_mev + emission.local_mev
    assert tally.emitted_mev / decays == pytest.approx(wanted, rel=1e-3)


def mirrored(phantom: dict[str, object], axis: int) -> dict[str, object]:
    arrays = {
        key: np.ascontiguousarray(np.flip(np.asarray(phantom[key]), axis))
        for key in ("source", "labels", "density")
    }
    return {**phantom, **arrays, "seed": 77}


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_phantom_gives_the_mirrored_dose(axis: int) -> None:
    phantom = random_phantom(5)
    pairs = [simulate(problem_of(**p), 40_000) for p in (phantom, mirrored(phantom, axis))]
    (mean, sigma), (other, spread) = (t.mean_and_sigma() for t in pairs)
    back = [np.flip(part.reshape(SHAPE), axis).ravel() for part in (other, spread)]
    seen = (mean > 0.02 * mean.max()) & (back[0] > 0)
    z = (mean - back[0])[seen] / np.hypot(sigma, back[1])[seen]
    assert np.mean(z**2) < 1 + 5 * np.sqrt(2 / seen.sum()) + 0.07  # 0.07: t instead of normal
    assert np.abs(z).max() < 5.5


class Stopper:
    """Says stop after some batches."""

    def __init__(self, batches: int) -> None:
        self.left = batches

    def stage(self, name: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        self.left -= 1

    def should_stop(self) -> bool:
        return self.left <= 0


@pytest.mark.parametrize("threads", [1, 2])
def test_a_stopped_run_has_the_bits_of_its_histories(threads: int) -> None:
    """By number of histories, and gone on with: both are the uninterrupted run."""
    problem = problem_of(point(SHAPE, (2, 3, 3)), photons=True, regions={"a": np.ones(SHAPE, bool)})
    sizes = batch_sizes(90_000)
    stopped = simulate_batches(
        problem, empty_tally(problem), sizes, threads=threads, control=Stopper(34)
    )
    assert stopped.stopped
    assert len(sizes) > len(stopped.sizes) >= 34
    again = simulate(problem, stopped.histories)
    assert same_bits(again, stopped)
    whole = simulate(problem, 90_000, threads=2)
    finished = simulate_batches(problem, stopped, sizes[len(stopped.sizes) :], threads=threads)
    assert not finished.stopped
    assert finished.sizes == whole.sizes
    for name in ("total", "squares", "regions", "ledger"):
        assert np.array_equal(getattr(finished, name), getattr(whole, name))
    assert finished.emitted_mev == whole.emitted_mev


def test_batches_are_reduced_in_order_and_their_errors_told() -> None:
    seen: list[int] = []
    assert reduce_batches(lambda b: b, seen.append, 40, threads=4)
    assert seen == list(range(40))

    def fails(batch: int) -> int:
        if batch == 5:
            raise InputError("batch five", remedy="none")
        return batch

    for threads in (1, 3):
        seen.clear()
        with pytest.raises(InputError, match="batch five"):
            reduce_batches(fails, seen.append, 40, threads=threads)
        assert seen == list(range(len(seen)))
        assert len(seen) <= 5
    seen.clear()
    done = reduce_batches(
        lambda b: b, seen.append, 40, threads=2, should_stop=lambda: len(seen) >= 7
    )
    assert not done
    assert seen == list(range(len(seen)))
    assert 7 <= len(seen) <= 9


def compiled_and_read(monkeypatch: pytest.MonkeyPatch, **options: object) -> tuple[Tally, Tally]:
    problem = problem_of(**random_phantom(11) | options)
    compiled = simulate_batches(problem, empty_tally(problem), (15, 16), threads=1)
    modules = (electron_kernels, history_kernels, photon_kernels, photon_sampling_kernels)
    for module in modules:
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func") and value.__module__.startswith("hevesy.transport"):
                monkeypatch.setattr(module, name, value.py_func)
    read = simulate_batches(problem, empty_tally(problem), (15, 16), threads=1)
    return compiled, read


@pytest.mark.parametrize("to_water", [False, True])
def test_the_python_reading_is_the_compiled_one(
    monkeypatch: pytest.MonkeyPatch, to_water: bool
) -> None:
    """Every kernel of electrons, photons and histories read by Python; streams stay compiled."""
    compiled, read = compiled_and_read(
        monkeypatch, photons=True, nuclide="Re-188", dose_to_water=to_water
    )
    assert read.steps == compiled.steps
    assert read.hard_events == compiled.hard_events
    assert read.total == pytest.approx(compiled.total, rel=1e-9, abs=1e-15)
    for name in ("emitted_mev", "deposited_mev", "escaped_mev"):
        assert getattr(read, name) == pytest.approx(getattr(compiled, name), rel=1e-12)


def test_what_cannot_be_simulated_is_refused() -> None:
    grid, nuclide = Grid.from_spacing(SHAPE, spacing_mm=(3, 3, 3)), get_nuclide("Y-90")
    water = uniform_tissue(grid, "water")
    ones = Volume(values=np.ones(SHAPE), grid=grid, quantity=Quantity.BQ_S)
    for bad in (-np.ones(SHAPE), np.zeros(SHAPE)):
        with pytest.raises(QuantityError):
            decay_problem(ones.with_values(bad), water, nuclide)
    elsewhere = uniform_tissue(Grid.from_spacing(SHAPE, spacing_mm=(2, 3, 3)), "water")
    with pytest.raises(GridError):
        decay_problem(ones, elsewhere, nuclide)
    with pytest.raises(GridError, match="region 'a'"):
        decay_problem(ones, water, nuclide, regions={"a": np.ones((1, 2, 3), bool)})
    for steps in ({"bottom_mev": 0.001}, {"top_mev": 5.0}, {"strength_high": 2.0}):
        with pytest.raises(InputError):
            replace(StepControl(), **steps)
