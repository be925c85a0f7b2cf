"""The simulated camera: conservation, resolution, counting statistics, determinism."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide
from hevesy.simulation import (
    SCAN_HOURS,
    build_virtual_patient,
    counting_uncertainty_bq,
    counts_per_bq,
    render_ct,
    scan_position,
    simulate_session,
    simulate_spect,
)

RHENIUM = get_nuclide("Re-188")
FRAME = {"nuclide": RHENIUM, "counts_per_bq_s": 1e-5, "duration_s": 1800.0}
FINE = Grid.from_spacing((32, 36, 40), spacing_mm=(3.0, 2.6, 2.6))


def known(values: np.ndarray, grid: Grid = FINE) -> Volume:
    return Volume(
        values=values.astype(np.float32),
        grid=grid,
        quantity=Quantity.BQ_PER_ML,
        frame_of_reference="2.25.7",
    )


def coarse(voxel_mm: float = 4.8) -> Grid:
    field = np.array(FINE.shape) * FINE.spacing_mm
    shape = np.ceil(field / voxel_mm).astype(int)
    middle = FINE.to_world_mm((np.array(FINE.shape) - 1) / 2)
    origin = middle - (shape[::-1] - 1) / 2 * voxel_mm
    return Grid.from_spacing(tuple(shape.tolist()), spacing_mm=(voxel_mm,) * 3, origin_mm=origin)


@given(st.integers(0, 1000), st.sampled_from([3.0, 4.0, 4.8, 7.0]), st.floats(0.0, 20.0))
@settings(max_examples=20, deadline=None)
def test_blur_and_voxels_keep_the_activity(seed: int, voxel_mm: float, fwhm_mm: float) -> None:
    values = np.random.default_rng(seed).gamma(0.1, 1e5, FINE.shape)
    source = known(values)
    grid = coarse(voxel_mm)
    image = simulate_spect(source, spect_grid=grid, seed=None, fwhm_mm=fwhm_mm, **FRAME)
    total = image.values.sum(dtype=float) * grid.voxel_volume_ml
    # float32 through three blurs and the resampling
    assert total == pytest.approx(source.values.sum(dtype=float) * FINE.voxel_volume_ml, rel=1e-4)
    assert image.values.min() >= 0
    assert image.quantity is Quantity.BQ_PER_ML
    assert image.frame_of_reference == "2.25.7"


def test_resolution_is_that_asked_for() -> None:
    values = np.zeros(FINE.shape)
    values[16, 18, 20] = 1e9
    fine = simulate_spect(known(values), spect_grid=FINE, seed=None, fwhm_mm=10.0, **FRAME)
    for axis, step in enumerate(FINE.spacing_mm):
        profile = fine.values.sum(axis=tuple(k for k in range(3) if k != axis), dtype=float)
        place = np.arange(profile.size) * step
        mean = (profile * place).sum() / profile.sum()
        variance = (profile * (place - mean) ** 2).sum() / profile.sum()
        # the kernel is cut at 4 sigma, which takes 0.1 % of its variance; sampling adds far less
        assert math.sqrt(variance * 8 * math.log(2)) == pytest.approx(10.0, rel=2e-3)


def test_decay_within_the_frame_is_put_back() -> None:
    # a frame of one half-life: the mean is 1 / (2 ln 2) of the start; the image is the start
    per_bq = counts_per_bq(RHENIUM, counts_per_bq_s=2e-5, duration_s=RHENIUM.half_life_s)
    expected = 2e-5 * RHENIUM.half_life_s / (2 * math.log(2))
    assert per_bq == pytest.approx(expected, rel=1e-12)
    image = simulate_spect(
        known(np.full(FINE.shape, 1e5)),
        spect_grid=FINE,
        nuclide=RHENIUM,
        counts_per_bq_s=2e-5,
        duration_s=RHENIUM.half_life_s,
        seed=None,
    )
    assert image.values == pytest.approx(1e5, rel=1e-5)


def _ball(radius_mm: float) -> np.ndarray:
    index = np.moveaxis(np.indices(FINE.shape), 0, -1)
    middle = FINE.to_world_mm((np.array(FINE.shape) - 1) / 2)
    return np.linalg.norm(FINE.to_world_mm(index) - middle, axis=-1) <= radius_mm


@pytest.mark.parametrize("radius_mm", [9.0, 20.0])
def test_counting_variance_of_a_region(radius_mm: float) -> None:
    source = known(np.where(_ball(radius_mm), 2e5, 5e3))
    grid = coarse()
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    middle = FINE.to_world_mm((np.array(FINE.shape) - 1) / 2)
    weight = (np.linalg.norm(grid.to_world_mm(index) - middle, axis=-1) <= radius_mm).astype(float)
    stated = counting_uncertainty_bq(source, weight, spect_grid=grid, **FRAME)
    repeats = 300
    found = np.array(
        [
            (simulate_spect(source, spect_grid=grid, seed=s, **FRAME).values * weight).sum(
                dtype=float
            )
            for s in range(repeats)
        ]
    ) * grid.voxel_volume_ml  # fmt: skip
    # a standard deviation from 300 repeats has 1 / sqrt(600) = 4 %; 4 of these
    assert found.std(ddof=1) == pytest.approx(stated, rel=0.17)
    expected = simulate_spect(source, spect_grid=grid, seed=None, **FRAME)
    mean = (expected.values * weight).sum(dtype=float) * grid.voxel_volume_ml
    assert found.mean() == pytest.approx(mean, abs=4 * stated / math.sqrt(repeats))


def test_counting_of_everything_is_poisson() -> None:
    source = known(np.where(_ball(20.0), 2e5, 5e3))
    grid = coarse()
    total_bq = source.values.sum(dtype=float) * FINE.voxel_volume_ml
    counts = total_bq * counts_per_bq(RHENIUM, counts_per_bq_s=1e-5, duration_s=1800.0)
    stated = counting_uncertainty_bq(source, np.ones(grid.shape), spect_grid=grid, **FRAME)
    assert stated / total_bq == pytest.approx(1 / math.sqrt(counts), rel=1e-4)


def test_noise_is_correlated_over_the_resolution() -> None:
    source = known(np.full(FINE.shape, 2e4))
    noise = np.array(
        [
            simulate_spect(source, spect_grid=FINE, seed=s, **FRAME).values[16, 18, 10:30]
            for s in range(200)
        ]
    )
    noise = noise - noise.mean(axis=0)
    lag = 3  # voxels of 2.6 mm
    found = (noise[:, :-lag] * noise[:, lag:]).mean() / (noise**2).mean()
    # white noise under a Gaussian: exp(-d^2 / (4 sigma^2)); 20 neighbours x 200 repeats hold about
    # 200 x 3 independent values, so 0.04 each
    sigma_mm = 16.0 / math.sqrt(8 * math.log(2))
    assert found == pytest.approx(math.exp(-((lag * 2.6) ** 2) / (4 * sigma_mm**2)), abs=0.12)


def test_refusals() -> None:
    source = known(np.ones(FINE.shape))
    with pytest.raises(QuantityError):
        simulate_spect(known(-np.ones(FINE.shape)), spect_grid=FINE, seed=1, **FRAME)
    with pytest.raises(QuantityError):
        simulate_spect(
            source.with_values(source.values, Quantity.GY), spect_grid=FINE, seed=1, **FRAME
        )
    oblique = Grid.from_spacing(
        (4, 4, 4), spacing_mm=(4, 4, 4), direction=[[0, 0.6, 0.8], [0, 0.8, -0.6], [1, 0, 0]]
    )
    with pytest.raises(GridError):
        simulate_spect(source, spect_grid=oblique, seed=1, **FRAME)
    with pytest.raises(GridError):
        counting_uncertainty_bq(source, np.ones((2, 2, 2)), spect_grid=FINE, **FRAME)
    with pytest.raises(InputError):
        simulate_spect(source, spect_grid=FINE, seed=1, fwhm_mm=-1.0, **FRAME)
    for wrong in ({"counts_per_bq_s": 0.0}, {"duration_s": math.inf}):
        with pytest.raises(InputError):
            simulate_spect(source, spect_grid=FINE, seed=1, **{**FRAME, **wrong})


def test_positions() -> None:
    assert scan_position(1, 9).is_identity()
    seen = [scan_position(scan, seed) for scan in range(2, 7) for seed in range(20)]
    for position in seen:
        assert 0.4 < position.rotation_deg <= 3.0
        assert 1.9 < position.shift_mm([0.0, 0.0, 0.0]) <= 8.0
    again = scan_position(4, 2)
    assert np.array_equal(again.matrix, scan_position(4, 2).matrix)
    assert not np.array_equal(again.matrix, scan_position(5, 2).matrix)
    for scan, seed in ((0, 1), (1, -1)):
        with pytest.raises(InputError):
            scan_position(scan, seed)


def test_session() -> None:
    patient = build_virtual_patient(seed=2)
    session = simulate_session(patient, scan=3, hours=SCAN_HOURS[2], seed=4)
    again = simulate_session(patient, scan=3, hours=24.0, seed=4)
    assert np.array_equal(session.spect.values, again.spect.values)
    assert np.array_equal(session.ct.values, again.ct.values)
    assert session.spect.frame_of_reference == session.ct.frame_of_reference
    assert session.spect.frame_of_reference != patient.frame_of_reference
    total = session.spect.values.sum(dtype=float) * session.spect.grid.voxel_volume_ml
    expected = sum(float(c.activity_bq(24 * 3600.0)) for c in patient.curves.values())
    counts = expected * counts_per_bq(RHENIUM, counts_per_bq_s=1e-5, duration_s=1800.0)
    assert total == pytest.approx(expected, rel=4 / math.sqrt(counts) + 1e-4)
    assert session.spect.values.min() >= 0
    # the hottest place is the lesion, where the transform says it is
    hottest = np.array(np.unravel_index(session.spect.values.argmax(), session.spect.grid.shape))
    lesion_mm = session.transform.apply([-85.0, -20.0, 35.0])
    assert np.linalg.norm(session.spect.grid.to_world_mm(hottest) - lesion_mm) < 8.0
    # so is the CT: air in the lungs, water in the bladder
    for point_mm, hu in (([-80.0, -5.0, 148.0], -780), ([0.0, -20.0, -180.0], 6)):
        z, y, x = np.rint(session.ct.grid.to_index(session.transform.apply(point_mm))).astype(int)
        around = session.ct.values[z - 2 : z + 3, y - 2 : y + 3, x - 2 : x + 3]
        assert around.mean() == pytest.approx(hu, abs=5 * 12 / math.sqrt(125))


def test_first_session_lies_as_the_truth() -> None:
    patient = build_virtual_patient(seed=2)
    session = simulate_session(patient, scan=1, hours=1.0, seed=4)
    assert session.transform.is_identity()
    assert session.ct.frame_of_reference == patient.frame_of_reference
    quiet = render_ct(patient, seed=1, noise_hu=0.0)
    assert np.abs(session.ct.values.astype(int) - quiet.values).max() < 12 * 7
