"""The effective model of a camera, against closed forms, a maker's figure and followed photons."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from hevesy.camera import EnergyWindow, ViewGeometry, crystal_response, get_camera
from hevesy.errors import GridError, HevesyError, InputError, NuclideError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, get_medium, mass_attenuation_cm2_per_g
from hevesy.nuclides import get_nuclide
from hevesy.simulation import (
    ModelRun,
    decayed_seconds,
    field_share,
    model_projections,
    patient_reach_mm,
    simulate_camera_photons,
    simulate_projections,
    usual_windows,
)

TC_PEAK = EnergyWindow.around(140.5, percent=10.0)
RE_WINDOWS = usual_windows(get_nuclide("Re-188"))
CRYSTAL = 1000
STEP = 6.0
AXIS = (np.arange(41) - 20) * STEP
Z, Y, X = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")
GRID = Grid.from_spacing((41, 41, 41), spacing_mm=(STEP,) * 3, origin_mm=(AXIS[0],) * 3)
AIR = np.full(GRID.shape, -999.9)
BALL = np.where(X**2 + Y**2 + Z**2 < 100.0**2, 0, -1000).astype(np.int16)
CYLINDER = np.where(X**2 + Y**2 < 100.0**2, 0, -1000).astype(np.int16)


def ct(values: np.ndarray) -> Volume:
    return Volume(values=values, grid=GRID, quantity=Quantity.HU)


def point(bq: float = 1e6, place: tuple[int, int, int] = (20, 20, 20)) -> Volume:
    values = np.zeros(GRID.shape)
    values[place] = bq
    return Volume(values=values, grid=GRID, quantity=Quantity.BQ)


def views(radius_mm: float = 110.0, count: int = 4, pixel_mm: float = 9.6) -> ViewGeometry:
    return ViewGeometry(
        angles_deg=np.arange(count) * 360.0 / count, radii_mm=np.full(count, radius_mm),
        shape=(64, 64), pixel_mm=(pixel_mm, pixel_mm),
    )  # fmt: skip


@cache
def run(
    nuclide: str, camera: str, windows: tuple[EnergyWindow, ...], body: str, x: int = 20
) -> ModelRun:
    tissue = {"air": AIR, "ball": BALL, "cylinder": CYLINDER}[body]
    return model_projections(
        point(place=(20, 20, x)), ct(tissue), get_camera(camera), get_nuclide(nuclide), views(),
        windows, view_seconds=10.0, crystal_histories=CRYSTAL,
    )  # fmt: skip


def test_a_point_in_air_gives_activity_times_intensity_times_efficiency() -> None:
    """By the collimator's closed form and the crystal's share, without the model's tables."""
    camera = get_camera("siemens-symbia-lehr")
    found = run("Tc-99m", "siemens-symbia-lehr", (TC_PEAK,), "air")
    line = get_nuclide("Tc-99m").photons
    intensity = float(line.yield_per_decay[np.abs(line.energy_mev - 0.1405) < 1e-3].sum())
    share = crystal_response(camera.detector, (TC_PEAK,), histories=CRYSTAL).counted(140.5)[0]
    wanted = 1e6 * intensity * camera.collimator.geometric_efficiency(140.5) * share * 10.0
    for view in range(4):
        assert found.expected.counts[0, view].sum() == pytest.approx(wanted, rel=0.03)
    # the maker's figure: 202 counts a minute and uCi at 10 cm, for a window of 15 %
    assert wanted / 10.0 == pytest.approx(202 / 60 / 0.037, rel=0.05)
    assert found.origin_counts["scattered holes"][0] < 1e-4 * 4 * wanted


def test_a_point_looks_as_wide_as_the_collimator_says() -> None:
    camera = get_camera("siemens-symbia-he")
    fine = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 200.0), shape=(96, 96),
                        pixel_mm=(2.4, 2.4))  # fmt: skip
    found = model_projections(point(), ct(AIR), camera, get_nuclide("Tc-99m"), fine, (TC_PEAK,),
                              view_seconds=1.0, crystal_histories=CRYSTAL)  # fmt: skip
    across = found.expected.counts[0, 0].sum(axis=0).astype(float)
    place = (np.arange(96) - 47.5) * 2.4
    variance = np.average(place**2, weights=across)  # its middle is 0
    wanted = float(camera.point_spread(140.5).sigma_mm(200.0)) ** 2 + STEP**2 / 12 + 2.4**2 / 12
    assert variance == pytest.approx(wanted, rel=0.03)


def test_water_weakens_what_comes_straight() -> None:
    """exp(-mu 100 mm) in the middle of the cylinder, mu without coherent scattering."""
    water = get_medium("water")
    mu = mass_attenuation_cm2_per_g(water, 0.1405) - mass_attenuation_cm2_per_g(
        water, 0.1405, "coherent"
    )
    in_air = run("Tc-99m", "siemens-symbia-lehr", (TC_PEAK,), "air")
    inside = run("Tc-99m", "siemens-symbia-lehr", (TC_PEAK,), "cylinder")
    ratio = inside.origin_counts["straight holes"] / in_air.origin_counts["straight holes"]
    assert ratio[0] == pytest.approx(math.exp(-10.0 * mu), rel=0.02)


def test_ways_add_up_and_views_of_a_round_body_are_alike() -> None:
    found = run("Re-188", "siemens-symbia-he", RE_WINDOWS, "cylinder")
    total = sum(found.origin_counts.values())
    np.testing.assert_allclose(found.expected.counts.sum(axis=(1, 2, 3)), total, rtol=1e-5)
    by_view = found.expected.counts.sum(axis=(2, 3))
    assert (np.ptp(by_view, axis=1) / by_view.mean(axis=1)).max() < 0.02
    straight = found.straight_counts.sum(axis=(1, 2, 3), dtype=float)
    ways = found.origin_counts["straight holes"] + found.origin_counts["straight septa"]
    np.testing.assert_allclose(straight, ways, rtol=1e-5)


@pytest.mark.parametrize(
    ("nuclide", "camera", "windows", "shares", "most"),
    [  # of the plain program in test_camera_photons, which follows photons out of the ball
        ("Tc-99m", "siemens-symbia-he", (TC_PEAK,), (0.357,), 0.03),
        ("Re-188", "siemens-symbia-he", (RE_WINDOWS[0], RE_WINDOWS[3]), (0.324, 0.229), 0.04),
        ("Re-188", "siemens-symbia-lehr", (RE_WINDOWS[0], RE_WINDOWS[3]), (0.341, 0.302), 0.07),
    ],
)
def test_scattered_share_of_a_ball(
    nuclide: str,
    camera: str,
    windows: tuple[EnergyWindow, ...],
    shares: tuple[float, ...],
    most: float,
) -> None:
    found = run(nuclide, camera, windows, "ball")
    total = sum(found.origin_counts.values())
    scattered = found.origin_counts["scattered holes"] + found.origin_counts["scattered septa"]
    np.testing.assert_allclose(scattered / total, shares, atol=most)


@pytest.mark.parametrize("x", [20, 32])
def test_totals_are_those_of_photons_that_were_followed(x: int) -> None:
    """188Re in the middle of the ball, and 28 mm under its surface: every window within 5 %."""
    inside = BALL > -500
    density = Volume(
        values=np.where(inside, 1.0, 1.2e-3), grid=GRID, quantity=Quantity.DENSITY_G_PER_CM3
    )
    tissue = TissueMap(
        density=density, labels=inside.astype(np.uint8),
        media=(get_medium("air"), get_medium("water")),
    )  # fmt: skip
    photons = simulate_camera_photons(
        point(place=(20, 20, x)), tissue, get_nuclide("Re-188"), get_camera("siemens-symbia-he"),
        views(), RE_WINDOWS, view_seconds=10.0, histories=60_000, looks=2,
        crystal_histories=CRYSTAL,
    )  # fmt: skip
    followed = photons.expected.counts.sum(axis=(1, 2, 3), dtype=float)
    found = run("Re-188", "siemens-symbia-he", RE_WINDOWS, "ball", x)
    np.testing.assert_allclose(found.expected.counts.sum(axis=(1, 2, 3)), followed, rtol=0.05)


def test_decay_within_the_scan_and_before_the_bed() -> None:
    rhenium = get_nuclide("Re-188")
    half = rhenium.half_life_s
    seconds = np.full(3, 100.0)
    worth = decayed_seconds(seconds, np.array([0.0, half, 2 * half]), rhenium.decay_per_s)
    decay = rhenium.decay_per_s * 100.0
    np.testing.assert_allclose(worth, 100.0 * (1 - math.exp(-decay)) / decay / np.array([1, 2, 4]))
    camera, geometry = get_camera("siemens-symbia-he"), views(count=2)
    early, late = (
        simulate_projections(
            point(), ct(AIR), camera, rhenium, geometry, RE_WINDOWS[:1], view_seconds=20.0,
            view_starts_s=starts, bed_start_s=bed,
        ).counts[0].sum(axis=(1, 2), dtype=float)
        for starts, bed in (([0.0, 0.0], 0.0), ([0.0, half], half))
    )  # fmt: skip
    np.testing.assert_allclose(late / early, [0.5, 0.25], rtol=1e-5)


def test_linear_and_the_same_bits_on_any_number_of_threads() -> None:
    camera, peak = get_camera("siemens-symbia-he"), RE_WINDOWS[:2]
    geometry = views(count=3)

    def counts(activity: Volume, threads: int) -> np.ndarray:
        return model_projections(
            activity, ct(BALL), camera, get_nuclide("Re-188"), geometry, peak, view_seconds=10.0,
            crystal_histories=CRYSTAL, threads=threads,
        ).expected.counts  # fmt: skip

    one, two = counts(point(), 1), counts(point(), 2)
    np.testing.assert_array_equal(one, two)
    both = np.zeros(GRID.shape)
    both[20, 20, 20], both[12, 25, 15] = 1e6, 2e6
    other = point(2e6, (12, 25, 15))
    together = Volume(values=both, grid=GRID, quantity=Quantity.BQ)
    apart, summed = one + counts(other, 2), counts(together, 2)
    # but for what is cut at 0, and cells that begin elsewhere
    np.testing.assert_allclose(summed, apart, rtol=2e-3, atol=0.01 * apart.max())
    np.testing.assert_allclose(summed.sum(axis=(2, 3)), apart.sum(axis=(2, 3)), rtol=5e-3)


def test_a_source_is_seen_where_it_is() -> None:
    """Scatter and what comes through lead, too: their centre is near the source's shadow."""
    found = model_projections(
        point(place=(26, 16, 30)), ct(CYLINDER), get_camera("siemens-symbia-he"),
        get_nuclide("Re-188"), views(), RE_WINDOWS, view_seconds=10.0, crystal_histories=CRYSTAL,
    )  # fmt: skip
    x, y, z = AXIS[30], AXIS[16], AXIS[26]
    place = (np.arange(64) - 31.5) * 9.6
    for view, angle in enumerate(np.radians([0.0, 90.0, 180.0, 270.0])):
        wanted = -x * math.cos(angle) + y * math.sin(angle)
        peak = found.straight_counts[0, view].astype(float)
        hottest = place[np.abs(place - wanted) < 30]
        near = peak[:, np.abs(place - wanted) < 30].sum(axis=0)
        assert np.average(hottest, weights=near) == pytest.approx(wanted, abs=2.5)
        lower = (found.expected.counts[1, view] - found.straight_counts[1, view]).astype(float)
        assert np.average(place, weights=lower.sum(axis=0)) == pytest.approx(wanted, abs=25.0)
        assert np.average(place, weights=lower.sum(axis=1)) == pytest.approx(z, abs=15.0)


def test_only_the_crystal_counts() -> None:
    camera = get_camera("siemens-symbia-he")
    share = field_share(camera, camera.orbit(1, radius_mm=100.0))
    found = run("Re-188", "siemens-symbia-he", RE_WINDOWS, "ball")
    outside = field_share(camera, views()) == 0
    assert outside.any()
    assert not found.expected.counts[:, :, outside].any()
    assert share.sum() * 4.8**2 == pytest.approx(387 * 533, rel=1e-6)


def test_a_couch_does_not_count_as_the_patient() -> None:
    with_couch = CYLINDER.copy()
    with_couch[:, 39:40, :] = 0  # 6 mm thick, at 114 mm
    geometry = views(count=2)
    reach = patient_reach_mm(point(), ct(with_couch), geometry)
    np.testing.assert_allclose(reach, 100.0, atol=10.0)
    far = patient_reach_mm(point(place=(20, 40, 20)), ct(AIR), geometry)
    assert far.max() == pytest.approx(120.0, abs=10.0)


REFUSED: list[tuple[str, Callable[[], object], type[HevesyError], str]] = [
    ("negative", lambda: spoil(activity=point(-1.0)), QuantityError, "negative voxels"),
    ("empty", lambda: spoil(activity=point(0.0)), QuantityError, "none that is above 0"),
    ("no window", lambda: spoil(windows=()), InputError, "needs an energy window"),
    ("radius", lambda: spoil(geometry=views(80.0)), GridError, "stand in the patient"),
    ("elsewhere", lambda: spoil(ct_at=1000.0), GridError, "does not cover the activity"),
    ("no line", lambda: usual_windows(get_nuclide("Y-90")), NuclideError, "no line"),
]


def spoil(
    *,
    activity: Volume | None = None,
    windows: tuple[EnergyWindow, ...] = (TC_PEAK,),
    geometry: ViewGeometry | None = None,
    ct_at: float = 0.0,
) -> object:
    grid = Grid.from_spacing(GRID.shape, spacing_mm=(STEP,) * 3, origin_mm=(AXIS[0] + ct_at,) * 3)
    return model_projections(
        activity or point(), Volume(values=BALL, grid=grid, quantity=Quantity.HU),
        get_camera("siemens-symbia-he"), get_nuclide("Tc-99m"), geometry or views(), windows,
        view_seconds=1.0, crystal_histories=CRYSTAL,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "call", "kind", "words"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refusals(
    name: str, call: Callable[[], object], kind: type[HevesyError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        call()
