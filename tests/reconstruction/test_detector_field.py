"""Rows beyond the detector's field, and patients beyond its sides."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.camera import EnergyWindow, PointSpread, Projections, SystemModel, ViewGeometry
from hevesy.errors import GridError, InputError
from hevesy.reconstruction import (
    counting_rows,
    crop_rows,
    pad_rows,
    reconstruct_osem,
    truncated_share,
)


def seen(profile: np.ndarray, *, columns: int = 8) -> Projections:
    counts = np.repeat(np.asarray(profile, float)[None, None, :, None], columns, axis=3)
    geometry = ViewGeometry(
        angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(len(profile), columns),
        pixel_mm=(4.0, 4.0), axial_centre_mm=10.0,
    )  # fmt: skip
    return Projections(
        counts=counts, windows=(EnergyWindow(lower_kev=1, upper_kev=2),), geometry=geometry,
        view_seconds=np.ones(1), view_starts_s=np.zeros(1),
    )  # fmt: skip


DARK = st.one_of(st.just(0), st.integers(6, 25))


@given(first=DARK, last=DARK, seed=st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_a_field_with_blurred_ends_is_found_to_a_row(first: int, last: int, seed: int) -> None:
    """Stray counts outside, an edge that rises over 3 rows, tissue that varies threefold."""
    rows = 128
    x = np.arange(rows)
    inside = (x >= first) & (x < rows - last)
    edge = np.convolve(np.pad(inside, 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")
    tissue = 20000 * (2 + np.sin(x / 9.0 + seed))
    profile = np.random.default_rng(seed).poisson(30 + tissue * edge)
    found = counting_rows(seen(profile))
    assert abs(found.start - first) <= 1
    assert abs(found.stop - (rows - last)) <= 1


def test_a_patient_whose_counts_fade_is_not_cut() -> None:
    fading = np.concatenate([np.geomspace(100, 1e5, 64), np.geomspace(1e5, 100, 64)])
    assert counting_rows(seen(fading)) == slice(0, 128)
    assert counting_rows(seen(np.zeros(16))) == slice(0, 16)


def test_a_source_in_the_dark_keeps_its_wings() -> None:
    """The end of a source is as sharp as a detector's, but leaves the background where it is."""
    counts = np.zeros((1, 1, 128, 64))
    x, y = np.arange(128)[:, None] - 60, np.arange(64)[None, :] - 30
    counts[0, 0] = np.rint(1e6 * np.exp(-0.5 * (x**2 + y**2) / 2.0**2))
    bare = replace(seen(np.ones(128), columns=64), counts=counts)
    assert counting_rows(bare) == slice(0, 128)
    assert counting_rows(replace(bare, counts=counts + 0.5)) == slice(0, 128)
    cut = counts + 0.5
    cut[:, :, :20] = 0.01
    assert counting_rows(replace(bare, counts=cut)).start in {0, 20}


def test_pixels_stay_where_they_were() -> None:
    whole = seen(np.arange(12.0))
    part = crop_rows(whole, slice(3, 10))
    z = whole.geometry.grid().to_world_mm(np.stack([np.arange(12), *np.zeros((2, 12))], axis=1))
    own = part.geometry.grid().to_world_mm(np.stack([np.arange(7), *np.zeros((2, 7))], axis=1))
    np.testing.assert_allclose(own[:, 2], z[3:10, 2])
    np.testing.assert_array_equal(part.counts[0, 0, :, 0], np.arange(3.0, 10.0))
    with pytest.raises(GridError, match="no rows"):
        crop_rows(whole, slice(5, 5))


def test_truncation_is_of_the_median_view() -> None:
    counts = np.zeros((5, 4, 64))
    counts[..., 20:44] = 10.0
    assert truncated_share(counts) == 0.0
    one_arm = counts.copy()
    one_arm[0, :, 44:] = 10.0
    assert truncated_share(one_arm) == 0.0
    all_views = replace(seen(np.ones(4), columns=64)).counts[0, :, :, :] * 10.0
    assert truncated_share(np.repeat(all_views, 5, axis=0)) == pytest.approx(1.0)


def test_activity_beyond_the_field_does_not_pile_up_at_its_end() -> None:
    """A long rod on the axis: each row sees the same Gaussian, the last ones from beyond, too."""
    spread = PointSpread(slope_mm_per_mm=0.06, at_face_mm=4.0, intrinsic_mm=4.0)
    angles = np.arange(0.0, 360.0, 15.0)
    across = (np.arange(32) - 15.5) * 4.0
    width2 = 10.0**2 + float(spread.sigma_mm(100.0)) ** 2
    view = 1000.0 * np.exp(-0.5 * across**2 / width2)
    rod = Projections(
        counts=np.broadcast_to(view, (1, len(angles), 24, 32)),
        windows=(EnergyWindow(lower_kev=1, upper_kev=2),),
        geometry=ViewGeometry(angles_deg=angles, radii_mm=np.full(len(angles), 100.0),
                              shape=(24, 32), pixel_mm=(4.0, 4.0)),
        view_seconds=np.ones(len(angles)), view_starts_s=np.zeros(len(angles)),
    )  # fmt: skip
    padded, weights = pad_rows(rod, 8)
    slices = []
    for seen_rows, row_weights in ((padded, weights), (rod, None)):
        model = SystemModel(geometry=seen_rows.geometry, point_spread=spread)
        state = reconstruct_osem(
            seen_rows.counts[0], model, iterations=8, subsets=4, row_weights=row_weights
        )
        slices.append(state.image.sum(axis=(1, 2)))
    inside = slices[0][8:-8]
    assert np.abs(inside / view.sum() - 1).max() < 0.03
    assert slices[1][0] > 1.25 * view.sum()
    with pytest.raises(InputError, match="each row"):
        reconstruct_osem(rod.counts[0], SystemModel(geometry=rod.geometry), iterations=1,
                         subsets=4, row_weights=np.ones(3))  # fmt: skip
