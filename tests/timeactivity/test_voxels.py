"""Voxel-wise curves: closed forms, an independent fit, equal bits, the kernels' Python reading."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from hevesy.errors import InputError, Interrupted
from hevesy.kinetics import Curve, ExponentialCurve
from hevesy.timeactivity import (
    FitOptions,
    VoxelCurves,
    VoxelFitOptions,
    VoxelStatus,
    evaluate_voxel_curves,
    fit_time_activity,
    fit_voxel_curves,
)

HOUR = 3600.0
DECAY = math.log(2) / (17.004 * HOUR)
TIMES = np.array([1, 6, 24, 48, 72, 96]) * HOUR
POOL = (ExponentialCurve(amplitudes_bq=[1.0], rates_per_s=[2 * DECAY]),)
Scans = NDArray[np.float32]


def fit(
    scans: Scans, sigmas: object = None, *, times: NDArray[np.float64] = TIMES,
    pooled: tuple[Curve, ...] = POOL, pooled_index: NDArray[np.uint8] | None = None,
    **options: object,
) -> VoxelCurves:  # fmt: skip
    sigmas = np.ones(times.size) if sigmas is None else sigmas
    return fit_voxel_curves(
        times, scans, sigmas, decay_per_s=DECAY, pooled=pooled, pooled_index=pooled_index,  # type: ignore[arg-type]
        options=VoxelFitOptions(**options),  # type: ignore[arg-type]
    )  # fmt: skip


def noisy_scans(voxels: int, seed: int) -> Scans:
    rng = np.random.default_rng(seed)
    rates = DECAY * rng.uniform(1, 4, voxels)
    scans = 1e3 * np.exp(-rates * TIMES[:, None]) + 20 * rng.standard_normal((6, voxels))
    return scans.astype(np.float32)


@given(rates=st.lists(st.floats(1.001, 12), min_size=1, max_size=30), level=st.floats(1e2, 1e8))
@settings(max_examples=30, deadline=None)
def test_an_exponential_comes_back(rates: list[float], level: float) -> None:
    rate = DECAY * np.array(rates)
    scans = (level * np.exp(-rate * TIMES[:, None])).astype(np.float32)
    found = fit(scans)
    # float32 scans carry 6e-8 relative; the integral answers with a factor below 100.
    assert np.allclose(found.tia_bq_s, level / rate, rtol=1e-5)
    assert np.allclose(found.rates_per_s, rate, rtol=1e-5)
    assert (found.status == VoxelStatus.FITTED).all()


def test_voxels_agree_with_an_independent_minimiser() -> None:
    scans = noisy_scans(60, 1)
    sigmas = np.array([30, 25, 20, 15, 10, 10.0])
    found = fit(scans, sigmas, minimum_sigmas=0)
    fastest = DECAY + math.log(10) / TIMES[0]

    def squares(rate: float, values: NDArray[np.float64]) -> tuple[float, float]:
        shape = np.exp(-rate * TIMES) / sigmas
        amplitude = max(float(shape @ (values / sigmas) / (shape @ shape)), 0.0)
        return float(np.sum((values / sigmas - amplitude * shape) ** 2)), amplitude

    for voxel in range(scans.shape[1]):
        values = scans[:, voxel].astype(float)
        trials = [
            minimize_scalar(
                lambda r, v: squares(r, v)[0], args=(values,), bounds=bounds, method="bounded",
                options={"xatol": 1e-12},
            )
            for bounds in ((DECAY, 3 * DECAY), (2 * DECAY, 8 * DECAY), (DECAY, fastest))
        ]  # fmt: skip
        best = min(trials, key=lambda t: t.fun)
        expected = squares(best.x, values)[1] / best.x
        assert found.tia_bq_s[voxel] == pytest.approx(expected, rel=1e-4)


def test_voxels_agree_with_the_region_fit() -> None:
    scans = noisy_scans(40, 2)
    sigmas = np.array([30, 25, 20, 15, 10, 10.0])
    found = fit(scans, sigmas, minimum_sigmas=0)
    for voxel in range(scans.shape[1]):
        values = scans[:, voxel].astype(float)
        if (values < -3 * sigmas).any():
            continue
        region = fit_time_activity(
            TIMES, values, sigmas, decay_per_s=DECAY, name="voxel",
            options=FitOptions(models=("mono",), interval="covariance", n_bootstrap=50),
        )  # fmt: skip
        assert found.tia_bq_s[voxel] == pytest.approx(region.tia_bq_s, rel=1e-4)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_integrals_are_bounded_by_physical_decay_and_by_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scans = rng.normal(0, 100, (6, 300)).astype(np.float32)
    found = fit(scans, np.full(6, 100.0), minimum_sigmas=float(rng.uniform(0, 3)))
    assert (found.tia_bq_s >= 0).all()
    assert np.isfinite(found.tia_bq_s).all()
    rates = found.rates_per_s[np.isfinite(found.rates_per_s)]
    assert (rates >= np.float32(DECAY) * (1 - 1e-6)).all()
    assert (rates <= np.float32(DECAY + math.log(10) / TIMES[0]) * (1 + 1e-6)).all()
    own = np.isin(found.status, (1, 2, 3))
    assert (np.isfinite(found.rates_per_s) == own).all()


def test_a_rise_stays_at_physical_decay() -> None:
    scans = np.array([[1], [2], [3], [4], [5], [6]], dtype=np.float32) * 1e3
    found = fit(scans)
    assert VoxelStatus(found.status[0]) is VoxelStatus.AT_PHYSICAL_DECAY
    assert found.rates_per_s[0] == np.float32(DECAY)


def test_weak_voxels_take_their_own_pool() -> None:
    scans = np.zeros((6, 4), np.float32)
    scans[:, 1] = 0.5 * np.exp(-2 * DECAY * TIMES)
    scans[:, 2] = 0.5 * np.exp(-3 * DECAY * TIMES)
    scans[:, 3] = -1
    pools = (*POOL, ExponentialCurve(amplitudes_bq=[7.0], rates_per_s=[3 * DECAY]))
    found = fit(scans, pooled=pools, pooled_index=np.array([0, 0, 1, 1], np.uint8))
    assert [VoxelStatus(s).name for s in found.status] == ["EMPTY", "POOLED", "POOLED", "EMPTY"]
    expected = [0, 0.5 / (2 * DECAY), 0.5 / (3 * DECAY), 0]
    assert np.allclose(found.tia_bq_s, expected, rtol=1e-5)
    assert found.count(VoxelStatus.POOLED) == 2


def test_infinity_gives_the_pooled_shape_to_all() -> None:
    found = fit(noisy_scans(50, 3), minimum_sigmas=math.inf)
    assert (found.status == VoxelStatus.POOLED).all()


def test_one_scan_takes_the_pooled_shape() -> None:
    scans = np.full((1, 3), 100.0, np.float32)
    found = fit(scans, times=np.array([6 * HOUR]))
    expected = 100 * math.exp(2 * DECAY * 6 * HOUR) / (2 * DECAY)
    assert np.allclose(found.tia_bq_s, expected, rtol=1e-6)


def test_two_scans_are_met_exactly() -> None:
    times = np.array([6, 48]) * HOUR
    scans = np.array([[900.0], [100.0]], np.float32)
    rate = math.log(9) / (42 * HOUR)
    found = fit(scans, times=times)
    assert found.tia_bq_s[0] == pytest.approx(900 * math.exp(rate * 6 * HOUR) / rate, rel=1e-5)


def test_an_uptake_rate_common_to_all() -> None:
    uptake = 15 * DECAY
    rates = DECAY * np.array([1.2, 2.0, 5.0])
    shape = np.exp(-rates * TIMES[:, None]) - np.exp(-uptake * TIMES)[:, None]
    found = fit((1e5 * shape).astype(np.float32), uptake_rate_per_s=uptake)
    assert np.allclose(found.tia_bq_s, 1e5 * (1 / rates - 1 / uptake), rtol=1e-4)


def test_one_thread_and_many_give_the_same_bits() -> None:
    scans = noisy_scans(100_000, 4)  # four batches
    sigmas = np.full(6, 20.0)
    one, many = (fit(scans, sigmas, threads=n) for n in (1, 4))
    assert one.tia_bq_s.tobytes() == many.tia_bq_s.tobytes()
    assert one.rates_per_s.tobytes() == many.rates_per_s.tobytes()
    assert one.status.tobytes() == many.status.tobytes()


def test_read_only_scans_and_voxel_uncertainties_are_taken() -> None:
    scans = noisy_scans(200, 5)
    scans.setflags(write=False)
    per_scan = np.full(6, 20.0)
    one = fit(scans, per_scan)
    two = fit(np.asfortranarray(scans), np.repeat(per_scan[:, None], 200, axis=1))
    assert one.tia_bq_s.tobytes() == two.tia_bq_s.tobytes()
    assert not one.tia_bq_s.flags.writeable


def test_python_and_compiled_kernels_agree() -> None:
    from hevesy.timeactivity import _kernels as kernels

    rng = np.random.default_rng(6)
    weights = 1 / np.array([30, 25, 20, 15, 10, 10.0]) ** 2
    grid = DECAY * np.concatenate(([1.0], 1 + np.geomspace(0.01, 30, 20)))
    table = np.exp(-grid[:, None] * TIMES)
    scans = noisy_scans(30, 6)
    for voxel in range(30):
        values = scans[:, voxel].astype(float)
        rate = float(DECAY * rng.uniform(1, 5))
        for name in ("slope", "amplitude_at"):
            both = getattr(kernels, name)
            arguments = (TIMES, values, weights, rate, 0.0)
            assert both(*arguments) == pytest.approx(both.py_func(*arguments), rel=1e-10)
        arguments = (TIMES, values, weights, grid, table, 0.0)
        compiled, read = (f(*arguments) for f in (kernels.best_rate, kernels.best_rate.py_func))
        assert compiled[1] == read[1]
        assert compiled[0] == pytest.approx(read[0], rel=1e-7)
        if read[1] == kernels.FITTED:
            at = np.searchsorted(grid, read[0])
            ends = (TIMES, values, weights, grid[at - 1], grid[at], 0.0)
            if kernels.slope(*ends[:3], ends[3], 0.0) < 0 < kernels.slope(*ends[:3], ends[4], 0.0):
                refined = kernels.refine.py_func(*ends)
                assert kernels.refine(*ends) == pytest.approx(refined, rel=1e-7)

    def batch(function: object) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        tia, rates = np.zeros(30, np.float32), np.zeros(30, np.float32)
        status = np.zeros(30, np.uint8)
        function(  # type: ignore[operator]
            TIMES, scans, (1 / weights[:, None]).astype(np.float32), grid, table, 0.0,
            np.ones((1, 6)), np.array([1e5]), np.zeros(1, np.uint8), 5.0, 0, 30,
            tia, rates, status,
        )  # fmt: skip
        return tia, status

    compiled_tia, compiled_status = batch(kernels.fit_batch)
    read_tia, read_status = batch(kernels.fit_batch.py_func)
    assert np.array_equal(compiled_status, read_status)
    assert np.allclose(compiled_tia, read_tia, rtol=1e-6)


class Stopper:
    def stage(self, name: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        """Nothing."""

    def should_stop(self) -> bool:
        return True


def test_the_work_can_be_stopped() -> None:
    with pytest.raises(Interrupted):
        fit_voxel_curves(
            TIMES, noisy_scans(100_000, 7), np.ones(6), decay_per_s=DECAY, pooled=POOL,
            options=VoxelFitOptions(threads=1), control=Stopper(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"scans": np.ones((5, 3), np.float32)}, "one row for each time"),
        ({"scans": np.full((6, 3), np.nan, np.float32)}, "not finite"),
        ({"sigmas": np.zeros(6)}, "not above 0"),
        ({"sigmas": np.ones((6, 2))}, "don't fit"),
        ({"times": TIMES[::-1].copy()}, "times must rise"),
        ({"pooled": ()}, "pooled curves need"),
        ({"pooled_index": np.zeros(2, np.uint8)}, "index"),
        ({"pooled_index": np.full(3, 4, np.uint8)}, "past the pooled"),
        ({"uptake_rate_per_s": DECAY / 2}, "uptake rate"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, object], why: str) -> None:
    arguments: dict[str, object] = {"scans": np.ones((6, 3), np.float32), **change}
    with pytest.raises(InputError, match=why):
        fit(**arguments)  # type: ignore[arg-type]


def test_options_that_mean_nothing_are_refused() -> None:
    for bad in ({"minimum_sigmas": -1.0}, {"uptake_rate_per_s": 0.0}, {"minimum_sigmas": math.nan}):
        with pytest.raises(InputError):
            VoxelFitOptions(**bad)


def test_a_voxels_curve_can_be_gone_on_with() -> None:
    """Its own rate, physical decay, a pooled shape, nothing: the closed form at a later time."""
    later = 200 * HOUR
    rates = DECAY * np.array([1.5, 1.0, 2.0])
    levels = np.array([1e4, 1e4, 3.0])  # the last is too weak for a rate of its own
    scans = (levels * np.exp(-rates * TIMES[:, None])).astype(np.float32)
    scans = np.concatenate([scans, np.zeros((6, 1), np.float32)], axis=1)
    found = fit(scans)
    assert found.status.tolist() == [
        VoxelStatus.FITTED, VoxelStatus.AT_PHYSICAL_DECAY, VoxelStatus.POOLED, VoxelStatus.EMPTY
    ]  # fmt: skip
    left = evaluate_voxel_curves(found, later, pooled=POOL)
    expected = [*(levels * np.exp(-rates * later)), 0.0]
    # float32 integrals and rates of a scan to 6e-8, over eleven half-lives
    assert left == pytest.approx(expected, rel=1e-4)
