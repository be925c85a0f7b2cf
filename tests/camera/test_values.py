"""The camera's values: what they refuse, and the frame that they promise."""

import numpy as np
import pytest

from hevesy.camera import EnergyWindow, PointSpread, Projections, ViewGeometry
from hevesy.errors import GridError, InputError


def some_views(count: int = 4) -> ViewGeometry:
    return ViewGeometry(
        angles_deg=np.linspace(0, 270, count),
        radii_mm=np.full(count, 200.0),
        shape=(6, 8),
        pixel_mm=(4.0, 5.0),
        axis_mm=(10.0, -20.0),
        axial_centre_mm=100.0,
    )


def test_the_image_grid_is_centred_on_the_axis_and_on_the_detector() -> None:
    grid = some_views().grid()
    middle = grid.to_world_mm((np.array(grid.shape) - 1) / 2)
    np.testing.assert_allclose(middle, (10.0, -20.0, 100.0))
    assert grid.shape == (6, 8, 8)


@pytest.mark.parametrize("limits", [(5.0, 5.0), (-1.0, 5.0), (1.0, float("inf"))])
def test_a_window_out_of_order_is_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="window"):
        EnergyWindow(lower_kev=limits[0], upper_kev=limits[1])


def test_views_without_a_radius_are_refused() -> None:
    with pytest.raises(GridError, match="radius"):
        ViewGeometry(
            angles_deg=np.zeros(2), radii_mm=np.array([1.0, 0.0]), shape=(2, 2), pixel_mm=(4, 4)
        )


def test_negative_counts_and_twofold_windows_are_refused() -> None:
    peak = EnergyWindow.around(155, percent=10)
    counts = np.ones((1, 4, 6, 8))
    counts[0, 1, 2, 3] = -1
    with pytest.raises(InputError, match="negative"):
        projections(counts, (peak,))
    with pytest.raises(InputError, match="same"):
        projections(np.ones((2, 4, 6, 8)), (peak, peak))


def projections(counts: np.ndarray, windows: tuple[EnergyWindow, ...]) -> Projections:
    return Projections(
        counts=counts,
        windows=windows,
        geometry=some_views(),
        view_seconds=np.full(4, 20.0),
        view_starts_s=np.zeros(4),
    )


def test_a_point_looks_wider_with_distance() -> None:
    spread = PointSpread(slope_mm_per_mm=0.0, at_face_mm=3.0, intrinsic_mm=4.0)
    np.testing.assert_allclose(spread.fwhm_mm([0.0, 500.0]), 5.0)
