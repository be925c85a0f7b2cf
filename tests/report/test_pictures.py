"""Pictures lie as the patient lies, whatever way round the arrays are stored."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.report.projections import draw_checkerboards, draw_projections
from hevesy.report.sample import sample_result
from hevesy.report.slices import draw_slices
from hevesy.report.style import drawing, looks, new_figure, to_png, to_svg


def pixels(picture):
    png = base64.b64decode(picture.uri.split(",")[1])
    return np.asarray(imread(io.BytesIO(png)))[..., :3]


def draw(result):
    styles = looks([r.name for r in result.regions], ["lesion 1"])
    with drawing():
        (picture,) = draw_slices(result, styles)
    return pixels(picture)


def stored_otherwise(grid, order, flips):
    """The grid whose array axes are `order` of the given one's, some of them backwards."""
    affine = np.eye(4)
    start = np.array([n - 1 if axis in flips else 0 for axis, n in enumerate(grid.shape)])
    signs = np.array([-1.0 if axis in flips else 1.0 for axis in range(3)])
    affine[:3, :3] = (grid.affine[:3, :3] * signs)[:, order]
    affine[:3, 3] = grid.to_world_mm(start)
    turn = lambda a: np.flip(a, flips).transpose(order).copy()  # noqa: E731
    return Grid(shape=tuple(grid.shape[a] for a in order), affine=affine), turn


@pytest.mark.parametrize(
    ("order", "flips"), [((0, 1, 2), (0,)), ((2, 0, 1), ()), ((1, 2, 0), (0, 2))]
)
def test_storage_order_does_not_change_the_picture(order, flips):
    result = sample_result()
    grid, turn = stored_otherwise(result.dose.grid, order, flips)
    turned = replace(
        result,
        dose=Volume(values=turn(result.dose.values), grid=grid, quantity=Quantity.GY),
        anatomy=Volume(values=turn(result.anatomy.values), grid=grid, quantity=Quantity.HU),
        masks=tuple(
            Region(name=m.name, mask=turn(m.mask), grid=grid) for m in result.masks
        ),
    )  # fmt: skip
    # Indices that lie within rounding of a voxel's border may fall to either side.
    different = np.abs(draw(result) - draw(turned)).max(axis=-1) > 0.02
    assert different.mean() < 0.002


def spot_result(at_mm):
    """A hot spot in a body without CT, outlined; the rest of the sample."""
    result = sample_result()
    grid = Grid.from_spacing((60, 60, 60), spacing_mm=(5, 5, 5), origin_mm=(-147.5,) * 3)
    place = grid.to_world_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    spot = np.linalg.norm(place - np.asarray(at_mm), axis=-1) < 12
    frame = np.abs(place).max(axis=-1) < 140
    return replace(
        result,
        dose=Volume(values=np.where(spot, 50.0, 0.0), grid=grid, quantity=Quantity.GY),
        anatomy=None,
        masks=(
            Region(name="lesion 1", mask=spot, grid=grid),
            Region(name="liver", mask=frame, grid=grid),
        ),
    )


@pytest.mark.parametrize(
    ("at_mm", "axial", "coronal"),
    [
        ((-70, -60, 50), ("left", "top"), ("left", "top")),  # right, anterior, towards the head
        ((70, 60, -50), ("right", "bottom"), ("right", "bottom")),
        ((70, -60, -50), ("right", "top"), ("right", "bottom")),
    ],
)
def test_the_patients_right_is_at_the_left_and_the_head_is_up(at_mm, axial, coronal):
    image = draw(spot_result(at_mm))
    bright = (
        (image[..., 0] > 0.9) & (image[..., 1] > 0.85) & (image[..., 2] < 0.75)
    )  # inferno's top
    columns = image.shape[1]
    panel_columns = 154 / 178 / 3 * columns  # three equal panels (a cube), then the colour bar
    panel_rows = (4.5 / 25.4 * 160, 4.5 / 25.4 * 160 + panel_columns)
    for n, (across, along) in enumerate((axial, coronal)):
        first = n * (panel_columns + 3 / 178 * columns)
        part = bright[
            int(panel_rows[0]) : int(panel_rows[1]), int(first) : int(first + panel_columns)
        ]
        y, x = (v.mean() for v in np.nonzero(part))
        assert (x < part.shape[1] / 2) == (across == "left")
        assert (y < part.shape[0] / 2) == (along == "top")


def darkest_of_three(result):
    """The least grey within each of three projections, away from their frames and letters."""
    with drawing():
        image = pixels(draw_projections(result))
    rows, columns = image.shape[:2]
    panel = columns * 158 / 178 / 3
    inner = image[int(0.2 * rows) : int(0.7 * rows)]
    return [inner[:, int((n + 0.15) * panel) : int((n + 0.8) * panel)].min() for n in range(3)]


def test_projections_share_one_scale():
    result = sample_result()
    # The sample's three projections are one image: on one scale they are equally dark.
    same = darkest_of_three(result)
    assert same == pytest.approx([same[0]] * 3, abs=0.02)
    pictures = tuple(
        replace(p, coronal_mip=p.coronal_mip * np.float32(0.25**n))
        for n, p in enumerate(result.pictures)
    )
    faded = darkest_of_three(replace(result, pictures=pictures))
    assert faded[0] + 0.2 < faded[1] < faded[2] - 0.1


def test_nothing_to_draw_is_no_picture():
    bare = replace(sample_result(), pictures=(), registrations=())
    with drawing():
        assert draw_projections(bare) is None
        assert draw_checkerboards(bare) is None


def test_drawing_leaves_the_settings_of_others_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with drawing():
        to_png(new_figure(30, 20), dpi=40)
    assert dict(mpl.rcParams) == before


def test_a_figure_has_the_same_bytes_each_time():
    def once():
        with drawing():
            figure = new_figure(50, 30)
            figure.subplots().plot([0, 1], [1, 0], label="one")
            return to_svg(figure), to_png(figure, dpi=60)

    assert once() == once()


def test_looks_stay_apart():
    names = [f"r{n}" for n in range(12)]
    styles = looks(names, names[:3])
    assert len({(s.colour, str(s.dash)) for s in styles.values()}) == 12
