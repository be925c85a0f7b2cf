"""The Monte Carlo engine: its goals, its dose in Gy, what it states and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from hevesy.dose import LocalDeposition, MonteCarlo, get_engine, hot_region
from hevesy.errors import InputError, Interrupted
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import classify_tissue, uniform_tissue
from hevesy.nuclides import JOULE_PER_MEV, get_nuclide
from hevesy.progress import Silent

GRID = Grid.from_spacing((8, 9, 10), spacing_mm=(4.0, 3.0, 3.5))
RE188, LU177 = get_nuclide("Re-188"), get_nuclide("Lu-177")


def decays() -> Volume:
    values = np.zeros(GRID.shape)
    values[3:5, 3:6, 4:6] = 1e9
    values[4, 4, 5] = 3e9
    return Volume(values=values, grid=GRID, quantity=Quantity.BQ_S)


def chest() -> object:
    rho = np.full(GRID.shape, 1.05, dtype=np.float32)
    rho[:, :, 6:] = 0.26
    return classify_tissue(
        Volume(values=rho, grid=GRID, quantity=Quantity.DENSITY_G_PER_CM3)
    )  # fmt: skip


def test_dose_times_mass_is_the_energy_deposited() -> None:
    tia, tissue = decays(), chest()
    found = MonteCarlo(histories=6000, precision=None).compute(tia, tissue, RE188)
    done = found.statistics
    assert done is not None
    mass_kg = tissue.density.values * GRID.voxel_volume_ml * 1e-3
    joule = float((found.dose.values.astype(float) * mass_kg).sum())
    released = float(tia.values.sum()) * (RE188.electron_energy_mev + RE188.photon_energy_mev)
    share = done.energy_deposited_mev / done.energy_emitted_mev
    assert joule == pytest.approx(released * share * JOULE_PER_MEV, rel=4e-3)
    assert abs(done.balance) < 1e-9
    assert (done.histories, done.batches) == (6000, 32)
    assert found.relative_uncertainty is not None
    relative = found.relative_uncertainty.values
    assert relative.min() >= 0
    assert np.all(relative[found.dose.values == 0] == 1)


def test_it_runs_until_it_is_precise() -> None:
    """To 5 %, which the first batches give, then to 0.4 %; what is reached is stated."""
    tia, tissue, counts = decays(), chest(), []
    for precision in (0.05, 0.004):
        found = MonteCarlo(precision=precision, seed=4).compute(tia, tissue, RE188)
        done = found.statistics
        assert done is not None
        assert done.precision <= precision
        assert "balance" in found.notes[0]
        counts.append(done.histories)
        relative = np.asarray(found.relative_uncertainty.values)  # type: ignore[union-attr]
        dose = np.asarray(found.dose.values)
        hot = hot_region(tia) & (dose > 0.5 * dose[hot_region(tia)].max())
        assert np.median(relative[hot]) == pytest.approx(done.precision, rel=0.02)
    assert counts[0] < counts[1]


def test_a_limit_of_histories_leaves_the_precision_unreached_and_says_so() -> None:
    engine = MonteCarlo(precision=0.001, most_histories=70_000)
    done = engine.compute(decays(), chest(), RE188).statistics
    assert done is not None
    assert done.precision > 0.001
    assert 65_536 <= done.histories <= 75_000


def test_regions_have_an_uncertainty_of_their_own() -> None:
    tia, tissue = decays(), chest()
    lung = np.asarray(tissue.density.values) < 0.5
    found = MonteCarlo(histories=20_000, precision=None).compute(
        tia, tissue, RE188, regions={"lung": lung}
    )
    done = found.statistics
    assert done is not None
    (name, mean, sigma), (_, hot, hot_sigma) = done.regions
    assert name == "lung"
    for mask, stated in ((lung, mean), (hot_region(tia), hot)):
        weights = np.asarray(tissue.density.values)[mask]
        dose = np.asarray(found.dose.values)[mask]
        assert np.average(dose, weights=weights) == pytest.approx(stated, rel=1e-5)
    assert 0 < sigma < 0.05 * mean
    # a region is far more certain than its voxels
    assert 0 < hot_sigma / hot < 0.3 * done.precision


def test_short_ranges_give_local_deposition() -> None:
    """177Lu in voxels of 30 mm: 2 mm of range hardly matters; photons are left out by both."""
    grid = Grid.from_spacing((3, 3, 3), spacing_mm=(30, 30, 30))
    tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    tissue = uniform_tissue(grid, "soft-tissue")
    local = LocalDeposition().compute(tia, tissue, LU177).dose.values[1, 1, 1]
    found = MonteCarlo(histories=40_000, precision=None).compute(tia, tissue, LU177)
    # photons of 177Lu bring 35 keV a decay, of which a block of 9 cm keeps some
    assert local < found.dose.values[1, 1, 1] < 1.2 * local


def test_hot_voxels_hold_a_tenth_of_the_greatest() -> None:
    assert int(hot_region(decays()).sum()) == 12
    assert get_engine("monte-carlo").name == "monte-carlo"


class StopsAtOnce(Silent):
    def should_stop(self) -> bool:
        return True


def test_stopped_and_refused() -> None:
    with pytest.raises(Interrupted, match="stopped after"):
        MonteCarlo().compute(decays(), chest(), RE188, control=StopsAtOnce())
    engine = MonteCarlo(histories=100_000, precision=None)
    problem = engine.prepare(decays(), chest(), RE188)
    tally = engine.run(problem, control=StopsAtOnce())
    with pytest.raises(InputError, match="too early"):
        engine.dose_map(problem, tally, decays(), chest(), RE188)
    for bad in (
        {"precision": 0.0},
        {"precision": 0.9},
        {"precision": 0.02, "histories": 1000},
        {"seed": -1},
    ):
        with pytest.raises(InputError):
            MonteCarlo(**bad)


class _StopAt(Silent):
    """Says stop once so many histories are done."""

    def __init__(self, histories: int) -> None:
        self.least, self.done = histories, 0

    def advance(self, done: int, total: int) -> None:
        self.done = done

    def should_stop(self) -> bool:
        return self.done >= self.least


@pytest.mark.parametrize("least", [2_000, 40_000, 90_000])
def test_a_run_to_a_precision_is_the_same_with_an_interruption(least: int) -> None:
    """Stopped on the way to its first border, and after it: voxels and ledger to the last bit."""
    tia, tissue = decays(), chest()
    engine = MonteCarlo(precision=0.004, seed=4, threads=1)
    problem = engine.prepare(tia, tissue, RE188)
    whole = engine.run(problem)
    stopped = engine.run(problem, control=_StopAt(least))
    assert stopped.stopped
    assert least <= stopped.histories < whole.histories
    resumed = engine.run(problem, replace(stopped, stopped=False))
    assert resumed.sizes == whole.sizes
    for name in ("total", "squares", "regions", "ledger"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))
    for name in ("emitted_mev", "deposited_mev", "escaped_mev", "photons", "steps", "hard_events"):
        assert getattr(resumed, name) == getattr(whole, name)
