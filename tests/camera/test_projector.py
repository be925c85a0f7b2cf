"""The projector against closed forms: places, line integrals, attenuation, widths, transpose."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hevesy.camera import PointSpread, SystemModel, ViewGeometry
from hevesy.camera import projector_kernels as kernels
from hevesy.camera.view_tables import footprint_shares
from hevesy.errors import GridError, InputError
from hevesy.images import Quantity, Volume

SPREAD = PointSpread(slope_mm_per_mm=0.06, at_face_mm=3.0, intrinsic_mm=3.8)
WATER_PER_MM = 0.0149


def views_of(angles_deg: Any, across: int = 48, axial: int = 12, **kwargs: Any) -> ViewGeometry:
    angles = np.asarray(angles_deg, dtype=np.float64)
    options = {"radii_mm": np.full(angles.size, 150.0), "pixel_mm": (5.0, 4.0), **kwargs}
    return ViewGeometry(angles_deg=angles, shape=(axial, across), **options)


def radius_mm(views: ViewGeometry) -> NDArray[np.float64]:
    """Distance of each (y, x) column from the axis."""
    place = np.arange(views.shape[1]) - (views.shape[1] - 1) / 2
    return np.hypot(place[:, None], place[None, :]) * views.pixel_mm[1]


def cylinder(views: ViewGeometry, radius: float, value: float) -> NDArray[np.float32]:
    disc = (radius_mm(views) <= radius) * value
    return np.broadcast_to(disc, (views.shape[0], *disc.shape)).astype(np.float32)


def water(views: ViewGeometry, radius: float) -> Volume:
    return Volume(
        values=cylinder(views, radius, WATER_PER_MM),
        grid=views.grid(),
        quantity=Quantity.ATTENUATION_PER_MM,
    )


def moments(profile: NDArray[Any], place: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and variance."""
    share = profile.astype(np.float64) / profile.sum(dtype=np.float64)
    mean = float((share * place).sum())
    return mean, float((share * (place - mean) ** 2).sum())


def full_model(angles_deg: Any = (0.0, 37.0, 200.0)) -> SystemModel:
    views = views_of(angles_deg, across=24, axial=6)
    return SystemModel(geometry=views, point_spread=SPREAD, attenuation=water(views, 40.0))


@pytest.mark.parametrize("offset_mm", [0.0, 7.3])
def test_a_point_is_seen_where_the_frame_says(offset_mm: float) -> None:
    angles = [0.0, 31.0, 45.0, 90.0, 180.0, 271.3, -60.0]
    views = views_of(angles, axis_mm=(100.0, -50.0), axial_centre_mm=30.0, offset_mm=offset_mm)
    model = SystemModel(geometry=views, point_spread=SPREAD)
    image = np.zeros(model.grid.shape, dtype=np.float32)
    image[4, 30, 19] = 3.0
    x, y, z = model.grid.to_world_mm([4, 30, 19]) - (100.0, -50.0, 30.0)
    across = (np.arange(48) - 23.5) * 4.0 + offset_mm
    axial = (np.arange(12) - 5.5) * 5.0
    for angle, seen in zip(np.radians(angles), model.forward(image), strict=True):
        wanted = -math.cos(angle) * x + math.sin(angle) * y
        # a square's shadow is symmetric to its middle, its share of columns nearly so
        assert moments(seen.sum(axis=0), across)[0] == pytest.approx(wanted, abs=0.05 * 4.0)
        assert moments(seen[:, 16:32].sum(axis=1), axial)[0] == pytest.approx(z, abs=0.1)


def test_totals_are_kept_without_attenuation() -> None:
    model = SystemModel(geometry=views_of(np.arange(0, 360, 17.0)), point_spread=SPREAD)
    image = np.zeros(model.grid.shape, dtype=np.float32)
    image[5:7, 15:33, 15:33] = np.random.default_rng(1).random((2, 18, 18))
    seen = model.forward(image).sum(axis=(1, 2), dtype=np.float64)
    # blur over the ends of a detector of 12 rows takes a little; none without blur
    np.testing.assert_allclose(seen, image.sum(dtype=np.float64), rtol=2e-4)
    sharp = SystemModel(geometry=model.geometry)
    seen = sharp.forward(image).sum(axis=(1, 2), dtype=np.float64)
    np.testing.assert_allclose(seen, image.sum(dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 10.0, 45.0, 63.4])
def test_a_cylinder_projects_to_its_chords(angle: float) -> None:
    views = views_of([angle], across=64)
    seen = SystemModel(geometry=views).forward(cylinder(views, 100.0, 1.0))[0, 5]
    across = (np.arange(64) - 31.5) * 4.0
    chord = 2.0 * np.sqrt(np.clip(100.0**2 - across**2, 0.0, None)) / 4.0
    middle = np.abs(across) < 70.0
    np.testing.assert_allclose(seen[middle], chord[middle], rtol=0.04)
    assert np.mean(seen[middle] / chord[middle]) == pytest.approx(1.0, abs=0.005)


def test_a_slab_along_the_rays_is_its_length() -> None:
    views = views_of([0.0, 90.0])
    image = np.zeros(views.grid().shape, dtype=np.float32)
    image[:, 14:34, 20:28] = 1.0
    seen = SystemModel(geometry=views).forward(image)
    np.testing.assert_allclose(seen[0, :, 21:27], 20.0, rtol=1e-6)
    np.testing.assert_allclose(seen[1, :, 16:32], 8.0, rtol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 45.0, 117.0])
def test_attenuation_is_the_exponential_of_the_path(angle: float) -> None:
    views = views_of([angle], across=64)
    model = SystemModel(geometry=views, attenuation=water(views, 100.0))
    image = np.zeros(model.grid.shape, dtype=np.float32)
    image[5, 31:33, 31:33] = 0.25
    got = float(model.forward(image).sum(dtype=np.float64))
    assert got == pytest.approx(math.exp(-WATER_PER_MM * 100.0), rel=0.015)


def test_a_water_cylinder_is_seen_as_the_closed_form_says() -> None:
    views = views_of(np.arange(0.0, 360.0, 40.0), across=64)
    model = SystemModel(geometry=views, attenuation=water(views, 100.0))
    seen = model.forward(cylinder(views, 100.0, 1.0))[:, 5, 31:33].mean()
    wanted = (1.0 - math.exp(-WATER_PER_MM * 200.0)) / WATER_PER_MM / 4.0
    assert seen == pytest.approx(wanted, rel=0.005)


@pytest.mark.parametrize("pixel_mm", [(5.0, 4.0), (4.0, 4.0), (3.0, 4.5)])
def test_widths_follow_the_distance(pixel_mm: tuple[float, float]) -> None:
    views = views_of([0.0], axial=40, pixel_mm=pixel_mm, radii_mm=np.array([110.0]))
    model = SystemModel(geometry=views, point_spread=SPREAD)
    across = (np.arange(48) - 23.5) * pixel_mm[1]
    axial = (np.arange(40) - 19.5) * pixel_mm[0]
    for row in (6, 15, 24, 33, 41):
        image = np.zeros(model.grid.shape, dtype=np.float32)
        image[20, row, 24] = 1.0
        distance = 110.0 - (row - 23.5) * pixel_mm[1]
        sigma = float(SPREAD.sigma_mm(distance))
        seen = model.forward(image)[0]
        assert moments(seen.sum(axis=1), axial)[1] == pytest.approx(sigma**2, rel=0.01)
        share = moments(_sharp(model, image), across)[1]  # of the voxel's own shadow
        assert moments(seen.sum(axis=0), across)[1] - share == pytest.approx(sigma**2, rel=0.01)


def _sharp(model: SystemModel, image: NDArray[np.float32]) -> NDArray[np.float32]:
    return SystemModel(geometry=model.geometry).forward(image)[0].sum(axis=0)


def test_the_spread_is_gaussian_in_shape() -> None:
    views = views_of([0.0], axial=40, across=40, pixel_mm=(4.0, 4.0))
    model = SystemModel(geometry=views, point_spread=SPREAD)
    image = np.zeros(model.grid.shape, dtype=np.float32)
    image[20, 20, 20] = 1.0
    seen = model.forward(image)[0].sum(axis=1).astype(np.float64)
    sigma = float(SPREAD.sigma_mm(150.0 - 2.0))
    place = (np.arange(40) - 20) * 4.0
    exact = np.exp(-0.5 * (place / sigma) ** 2)
    assert np.abs(seen - exact / exact.sum()).max() < 0.015 * seen.max()


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    angle=st.floats(-400.0, 400.0),
    offset=st.floats(-15.0, 15.0),
    parts=st.sampled_from([(), ("blur",), ("mu",), ("blur", "mu")]),
)
def test_back_is_the_transpose(seed: int, angle: float, offset: float, parts: Any) -> None:
    views = views_of([angle, angle + 71.0], across=20, axial=5, offset_mm=offset)
    model = SystemModel(
        geometry=views,
        point_spread=SPREAD if "blur" in parts else None,
        attenuation=water(views, 35.0) if "mu" in parts else None,
    )
    generator = np.random.default_rng(seed)
    image = (generator.random(model.grid.shape) * model.mask).astype(np.float32)
    seen = generator.random((2, *views.shape)).astype(np.float32)
    one = float((model.forward(image).astype(np.float64) * seen).sum())
    other = float((image.astype(np.float64) * model.back(seen)).sum())
    assert one == pytest.approx(other, rel=1e-6)


def test_projection_is_linear_and_views_can_be_chosen() -> None:
    model = full_model()
    generator = np.random.default_rng(3)
    one, other = (generator.random(model.grid.shape).astype(np.float32) for _ in range(2))
    both = model.forward(one + 2.0 * other)
    np.testing.assert_allclose(both, model.forward(one) + 2.0 * model.forward(other), rtol=2e-5)
    np.testing.assert_array_equal(model.forward(one, np.array([2, 0])), model.forward(one)[[2, 0]])
    apart = model.back(both[:1], np.array([0])) + model.back(both[1:], np.array([1, 2]))
    np.testing.assert_allclose(apart, model.back(both), rtol=2e-5, atol=1e-6)


def test_a_quarter_turn_of_the_image_is_a_quarter_turn_of_the_camera() -> None:
    views = views_of([20.0, 110.0], across=24, axial=6)
    image = np.random.default_rng(4).random(views.grid().shape).astype(np.float32)
    model = SystemModel(geometry=views, point_spread=SPREAD, attenuation=water(views, 40.0))
    # what was at +y (angle 0) comes to +x (angle 90)
    turned = np.rot90(image, k=1, axes=(1, 2))
    np.testing.assert_allclose(model.forward(turned)[1], model.forward(image)[0], rtol=1e-4)


def test_the_same_bits_on_any_number_of_threads_and_with_any_memory() -> None:
    model = full_model()
    image = np.random.default_rng(5).random(model.grid.shape).astype(np.float32)
    seen = model.forward(image, threads=1)
    back = model.back(seen, threads=1)
    frugal = SystemModel(
        geometry=model.geometry, point_spread=SPREAD, attenuation=model.attenuation, kept_bytes=0
    )
    for other, threads in ((model, 2), (model, 3), (frugal, 2)):
        np.testing.assert_array_equal(other.forward(image, threads=threads), seen)
        np.testing.assert_array_equal(other.back(seen, threads=threads), back)


def test_the_body_as_support_leaves_out_the_air() -> None:
    views = views_of([0.0, 90.0])
    whole = SystemModel(geometry=views, attenuation=water(views, 40.0))
    body = SystemModel(geometry=views, attenuation=water(views, 40.0), support="body")
    assert not body.mask[radius_mm(views) > 40.0 + 25.0].any()
    assert body.mask[radius_mm(views) < 40.0 + 10.0].all()
    image = cylinder(views, 40.0, 1.0)
    np.testing.assert_array_equal(body.forward(image), whole.forward(image))


def test_shares_of_a_shadow_add_up_and_keep_its_width() -> None:
    place = np.array([-1.0, 0.0, 1.0, 2.0])
    for angle in (0.0, 12.0, 45.0, 60.0, 90.0):
        shares = footprint_shares(angle).astype(np.float64)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
        fraction = np.linspace(0.0, 1.0, shares.shape[0])
        mean = shares @ place
        spread = (shares * (place - fraction[:, None]) ** 2).sum(axis=1)
        # two boxes' variances (sine^2 + cosine^2)/12 and the column's own 1/12, over all places
        assert spread.mean() == pytest.approx(1.0 / 6.0, abs=2e-3)
        assert np.abs(mean - fraction).max() < 0.05


def test_what_does_not_fit_is_refused() -> None:
    views = views_of([0.0, 90.0], across=8, axial=4)
    model = SystemModel(geometry=views)
    with pytest.raises(GridError, match="shape"):
        model.forward(np.zeros((4, 8, 9), dtype=np.float32))
    with pytest.raises(GridError, match="views"):
        model.back(np.zeros((1, 4, 8), dtype=np.float32))
    with pytest.raises(InputError, match="not in the geometry"):
        model.forward(np.zeros(model.grid.shape, dtype=np.float32), np.array([2]))
    with pytest.raises(GridError, match="grid"):
        SystemModel(geometry=views, attenuation=water(views_of([0.0], across=10, axial=4), 9.0))
    negative = Volume(
        values=np.full(model.grid.shape, -0.01),
        grid=model.grid,
        quantity=Quantity.ATTENUATION_PER_MM,
    )
    with pytest.raises(InputError, match="below 0"):
        SystemModel(geometry=views, attenuation=negative)
    with pytest.raises(InputError, match="body"):
        SystemModel(geometry=views, support="body")
    with pytest.raises(InputError, match="support"):
        SystemModel(geometry=views, support="all")  # type: ignore[arg-type]
    with pytest.raises(GridError, match="no voxel"):
        SystemModel(geometry=views, attenuation=water(views, -1.0), support="body")


def test_kernels_read_as_python_do_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    views = views_of([33.0], across=6, axial=3)
    make = {"geometry": views, "point_spread": SPREAD, "attenuation": water(views, 9.0)}
    compiled = SystemModel(**make)
    image = np.random.default_rng(6).random(compiled.grid.shape).astype(np.float32)
    seen = compiled.forward(image)
    back = compiled.back(seen)
    for name in dir(kernels):
        value = getattr(kernels, name)
        if hasattr(value, "py_func"):
            monkeypatch.setattr(kernels, name, value.py_func)
    read = SystemModel(**make)
    np.testing.assert_allclose(read.forward(image, threads=1), seen, rtol=1e-5)
    np.testing.assert_allclose(read.back(seen, threads=1), back, rtol=1e-5)
