"""Contours and masks: the pixel rule, the slab rule, and the way back, exactly."""

from fractions import Fraction

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import RegionError
from hevesy.images import Grid
from hevesy.segmentation.contours import fill_contours, fill_polygons, plane_positions
from hevesy.segmentation.outlines import outline_mask, outline_slice

MASKS = npst.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))
VOLUMES = npst.arrays(
    np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6))
).filter(lambda mask: bool(mask.any()))


@st.composite
def grids(draw: st.DrawFn, shape: tuple[int, int, int]) -> Grid:
    """Oblique, anisotropic, also left-handed grids far from the origin."""
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    direction, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return Grid.from_spacing(
        shape,
        spacing_mm=tuple(rng.uniform(0.3, 7.0, size=3)),
        origin_mm=rng.uniform(-1500, 1500, size=3),
        direction=direction,
    )


def inside_exactly(polygon: list[tuple[Fraction, Fraction]], row: int, column: int) -> bool:
    """Even-odd by rational arithmetic: edges met on the ray to smaller columns, own end in."""
    crossings = 0
    for (y0, x0), (y1, x1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y0 <= row) != (y1 <= row):
            crossings += x0 + (row - y0) * (x1 - x0) / (y1 - y0) <= column
    return crossings % 2 == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-4, 20), st.integers(-4, 20)), min_size=3, max_size=9),
    st.sampled_from([1, 2, 4]),
)
def test_pixels_agree_with_exact_arithmetic(vertices: list[tuple[int, int]], parts: int) -> None:
    # Vertices at whole, half and quarter pixels: many centres lie exactly on edges. Slopes are
    # rounded in float64, so slanted edges may differ where a centre lies exactly on them.
    shape = (7, 8)
    filled = fill_polygons([np.array(vertices, dtype=float) / parts], shape)
    exact = [(Fraction(y, parts), Fraction(x, parts)) for y, x in vertices]
    for row in range(shape[0]):
        for column in range(shape[1]):
            expected = inside_exactly(exact, row, column)
            if filled[row, column] != expected:
                near = min(
                    abs(float(x0 + (row - y0) * (x1 - x0) / (y1 - y0)) - column)
                    for (y0, x0), (y1, x1) in zip(exact, exact[1:] + exact[:1], strict=True)
                    if (y0 <= row) != (y1 <= row)
                )
                assert near < 1e-12, (row, column)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=4, max_size=4), st.integers(0, 2**31))
def test_polygons_that_share_edges_share_no_pixel(box: list[int], seed: int) -> None:
    top, bottom = sorted(box[:2])
    left, right = sorted(box[2:])
    rng = np.random.default_rng(seed)
    middle = np.array([rng.uniform(top, bottom), rng.uniform(left, right)])
    corners = np.array([[top, left], [top, right], [bottom, right], [bottom, left]], dtype=float)
    shape = (9, 9)
    whole = fill_polygons([corners], shape)
    assert whole.sum() == (bottom - top) * (right - left)
    triangles = [
        fill_polygons([np.array([corners[i], corners[i - 1], middle])], shape) for i in range(4)
    ]
    assert np.array_equal(np.sum(triangles, axis=0), whole.astype(int))


@pytest.mark.parametrize("seed", range(5))
def test_pixels_agree_with_matplotlib(seed: int) -> None:
    path = pytest.importorskip("matplotlib.path")
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 40))
    radius = rng.uniform(5, 30, 40)
    star = np.column_stack([32 + radius * np.sin(angle), 31 + radius * np.cos(angle)])
    centres = np.stack(np.meshgrid(np.arange(64), np.arange(64), indexing="ij"), axis=-1)
    reference = path.Path(star, closed=False).contains_points(centres.reshape(-1, 2))
    assert np.array_equal(fill_polygons([star], (64, 64)), reference.reshape(64, 64))


def test_a_circle_has_its_area() -> None:
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    circle = 100.3 + 80 * np.column_stack([np.sin(angle), np.cos(angle)])
    count = fill_polygons([circle], (201, 201)).sum()
    # Pixels cut by the circle number at most its length in pixels x sqrt(2) x 2; half of them
    # fall inside at random. The lattice discrepancy is far under that; 0.5 % is 100 pixels.
    assert count == pytest.approx(np.pi * 80**2, rel=0.005)


@settings(max_examples=60, deadline=None)
@given(MASKS, st.booleans())
def test_outlines_give_the_mask_back(mask: np.ndarray, keyholes: bool) -> None:
    polygons = outline_slice(mask, keyholes=keyholes)
    assert np.array_equal(fill_polygons(polygons, mask.shape), mask)


@settings(max_examples=60, deadline=None)
@given(MASKS, st.booleans())
def test_outlines_enclose_the_area_of_their_pixels(mask: np.ndarray, keyholes: bool) -> None:
    # The shoelace formula knows nothing of pixels; holes turn the other way and count off.
    area = 0.0
    for polygon in outline_slice(mask, keyholes=keyholes):
        y, x = polygon.T
        area += 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    assert area == mask.sum()


@settings(max_examples=40, deadline=None)
@given(MASKS)
def test_with_keyholes_each_part_is_one_polygon(mask: np.ndarray) -> None:
    from scipy.ndimage import label

    assert len(outline_slice(mask)) == label(mask)[1]


def test_rectangles_have_four_corners_and_touching_corners_stay_apart() -> None:
    assert len(outline_slice(np.ones((5, 7), dtype=bool))[0]) == 4
    assert [len(p) for p in outline_slice(np.eye(2, dtype=bool))] == [4, 4]


@settings(max_examples=40, deadline=None)
@given(st.data(), VOLUMES, st.booleans())
def test_volumes_come_back_on_oblique_grids_with_shaken_vertices(
    data: st.DataObject, mask: np.ndarray, keyholes: bool
) -> None:
    grid = data.draw(grids(mask.shape))
    contours = outline_mask(mask, grid, keyholes=keyholes)
    rng = np.random.default_rng(7)
    # Half a voxel lies between any centre and any edge, so 0.45 must not matter. In the plane each
    # vertex moves by itself; across, less than the 0.05 slices that make two planes.
    shaken = [
        contour + rng.uniform(-1, 1, contour.shape) * [0.02, 0.45, 0.45] @ grid.affine[:3, :3].T
        for contour in contours
    ]
    slab_mm = grid.spacing_mm[0]
    assert np.array_equal(fill_contours(contours, grid, name="r", slab_mm=slab_mm).mask, mask)
    assert np.array_equal(fill_contours(shaken, grid, name="r", slab_mm=slab_mm).mask, mask)


def square(z_mm: float, low: float = 0.5, high: float = 2.5) -> np.ndarray:
    """A square that holds 2 x 2 voxels of a 1 mm grid."""
    return np.array([[low, low, z_mm], [high, low, z_mm], [high, high, z_mm], [low, high, z_mm]])


def slices_filled(
    z_mm: list[float], *, spacing_mm: float = 1.0, slab_mm: float | None = None
) -> list[int]:
    grid = Grid.from_spacing((24, 4, 4), spacing_mm=(spacing_mm, 1, 1))
    filled = fill_contours([square(z) for z in z_mm], grid, name="r", slab_mm=slab_mm)
    held = filled.mask.sum(axis=(1, 2))
    assert set(held.tolist()) <= {0, 4}
    return np.flatnonzero(held).tolist()


@pytest.mark.parametrize(
    ("planes", "slab_mm", "slices"),
    [
        ([5, 6, 7], None, [5, 6, 7]),
        ([5.4, 6.4, 7.4], None, [5, 6, 7]),
        ([5.5, 6.5, 7.5], None, [5, 6, 7]),  # half-way: a slab owns its lower face
        ([5.5003, 6.4998, 7.5001], None, [5, 6, 7]),  # and rounding in the file changes nothing
        ([5.6, 6.6, 7.6], None, [6, 7, 8]),
        ([4, 7, 10], None, [3, 4, 5, 6, 7, 8, 9, 10, 11]),  # coarser: slabs of 3 slices
        ([4, 10], 3.0, [3, 4, 5, 9, 10, 11]),  # the file says 3 mm: a gap
        ([4, 10], 1.0, [4, 10]),
        ([4, 7, 13], None, [3, 4, 5, 6, 7, 8, 12, 13, 14]),
        ([5.0, 5.4, 5.8, 6.2, 6.6, 7.0], None, [5, 6, 7]),  # finer: sampled at the slices
        ([9.3], None, [9]),
        ([9.3], 4.0, [8, 9, 10, 11]),
    ],
)
def test_slabs(planes: list[float], slab_mm: float | None, slices: list[int]) -> None:
    assert slices_filled(planes, slab_mm=slab_mm) == slices
    scaled = [2.5 * z for z in planes]
    slab = None if slab_mm is None else 2.5 * slab_mm
    assert slices_filled(scaled, spacing_mm=2.5, slab_mm=slab) == slices


def test_a_sphere_on_coarse_planes_keeps_its_volume() -> None:
    # Radius R = 20 mm, circles every h = 4 mm: the midpoint rule over A(z) = pi (R^2 - z^2) is off
    # by 2 R x h^2/24 x A'' = -2 R pi h^2/12, which is h^2/(8 R^2) = 0.5 % of the volume; the
    # pixels' discrepancy is far smaller.
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    contours = []
    for z in np.arange(-18, 19, 4):
        radius = np.sqrt(20.0**2 - z**2)
        ring = 30 + radius * np.column_stack([np.cos(angle), np.sin(angle)])
        contours.append(np.column_stack([ring, np.full(720, 30.0 + z)]))
    grid = Grid.from_spacing((60, 60, 60), spacing_mm=(1, 1, 1))
    filled = fill_contours(contours, grid, name="sphere")
    assert filled.mask.sum() == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.01)
    assert "slab" in filled.warnings[0]


def test_holes_islands_and_keyholes_by_even_odd() -> None:
    grid = Grid.from_spacing((1, 12, 12), spacing_mm=(3, 1, 1))
    rings = [square(0.0, 0.5, 10.5), square(0.0, 2.5, 8.5), square(0.0, 4.5, 6.5)]
    assert fill_contours(rings, grid, name="r").mask.sum() == 100 - 36 + 4


def test_what_a_person_should_know_is_told() -> None:
    grid = Grid.from_spacing((9, 12, 12), spacing_mm=(3, 1, 1))

    def warned(*contours: np.ndarray, slab_mm: float | None = 3.0) -> str:
        return " ".join(fill_contours(contours, grid, name="liver", slab_mm=slab_mm).warnings)

    assert warned(square(3.0), square(6.0)) == ""
    assert "out of the image" in warned(square(3.0, -3.0, 4.0))
    assert "out of the image" in warned(square(0.0), square(-3.0))
    assert "no contour on 1 of its 3 planes" in warned(square(3.0), square(9.0))
    assert "4 voxels" in warned(square(3.0, 0.5, 4.5), square(3.0, 2.5, 6.5))
    assert warned(square(3.0, 0.5, 8.5), square(3.0, 2.5, 6.5)) == ""  # a hole is no crossing


@pytest.mark.parametrize(
    ("contours", "message"),
    [
        ([], "no closed contour"),
        ([square(-50.0)], "no voxel"),
        ([square(3.0, 50.0, 60.0)], "no voxel"),
        ([square(3.0, 1.2, 1.4)], "no voxel"),
        ([square(0.0), square(3.0), square(7.3)], "not equally spaced"),
        ([np.where([[0, 0, 0], [0, 0, 1]] * 2, 12.0, square(3.0))], "not parallel"),
    ],
)
def test_refusals(contours: list[np.ndarray], message: str) -> None:
    grid = Grid.from_spacing((9, 12, 12), spacing_mm=(3, 1, 1))
    with pytest.raises(RegionError, match=message) as caught:
        fill_contours(contours, grid, name="liver")
    assert "liver" in str(caught.value)


def test_a_thin_region_between_two_slices_is_refused() -> None:
    grid = Grid.from_spacing((9, 12, 12), spacing_mm=(3, 1, 1))
    with pytest.raises(RegionError, match="no voxel"):
        fill_contours([square(4.0), square(4.5)], grid, name="stent")


def test_planes_are_counted_in_slices() -> None:
    grid = Grid.from_spacing((9, 4, 4), spacing_mm=(4, 1, 1), origin_mm=(0, 0, -8))
    assert plane_positions([square(0.0), square(6.0)], grid, name="r").tolist() == [2.0, 3.5]


def test_an_outline_needs_its_own_grid() -> None:
    with pytest.raises(RegionError, match="shape"):
        outline_mask(
            np.ones((2, 2, 2), dtype=bool), Grid.from_spacing((1, 1, 1), spacing_mm=(1, 1, 1))
        )
