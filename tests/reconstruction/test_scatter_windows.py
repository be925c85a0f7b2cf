"""Scatter and background in the peak, from windows: spectra with known scatter."""

import itertools

import numpy as np
import pytest

from hevesy.camera import EnergyWindow, Projections, ViewGeometry
from hevesy.errors import GridError, InputError
from hevesy.reconstruction import (
    ScatterEstimate,
    ScatterMethod,
    add_estimates,
    choose_windows,
    estimate_blank,
    estimate_dew,
    estimate_scatter,
    estimate_tew,
    estimate_upper,
    fit_floor,
)

LOW = EnergyWindow(lower_kev=123.5, upper_kev=139.5)
PEAK = EnergyWindow(lower_kev=139.5, upper_kev=170.5)
HIGH = EnergyWindow(lower_kev=170.5, upper_kev=180.5)
WINDOWS = (LOW, PEAK, HIGH)


def projections(counts: np.ndarray, windows=WINDOWS) -> Projections:
    views, axial, across = counts.shape[1:]
    return Projections(
        counts=counts,
        windows=windows,
        geometry=ViewGeometry(
            angles_deg=np.arange(views) * 6.0,
            radii_mm=np.full(views, 250.0),
            shape=(axial, across),
            pixel_mm=(4.8, 4.8),
        ),
        view_seconds=np.full(views, 20.0),
        view_starts_s=np.arange(views) * 20.0,
    )


def spectrum_counts(windows, level, slope, peak_counts=0.0) -> np.ndarray:
    """Counts of a straight scatter spectrum, level + slope (E - 155), and a line in the peak."""
    counts = [w.width_kev * (level + slope * (w.centre_kev - 155.0)) for w in windows]
    counts[windows.index(PEAK)] += peak_counts
    return np.array(counts)[:, None, None, None] * np.ones((1, 2, 3, 4))


def test_windows_are_found_by_name_and_place():
    for order in itertools.permutations(WINDOWS):
        found = choose_windows(order, PEAK)
        assert (found.lower, found.upper) == (LOW, HIGH)
    # the real GE file: neighbours with a gap, and far windows that are none
    real = [(101.7, 124.3), (187.2, 228.8), (229.63, 251.16), (166.89, 186.31), (124.32, 134.68)]
    recorded = [EnergyWindow(lower_kev=a, upper_kev=b) for a, b in real]
    found = choose_windows(recorded, recorded[1])
    assert found.need_lower() == recorded[3]
    assert found.need_upper() == recorded[2]


def test_missing_windows_are_refused_by_name():
    only_low = choose_windows([LOW, PEAK], PEAK)
    seen = projections(np.ones((2, 1, 2, 2)), (LOW, PEAK))
    with pytest.raises(InputError, match=r"no scatter window above the peak 139\.5-170\.5 keV"):
        estimate_tew(seen, only_low)
    with pytest.raises(InputError, match="above"):
        estimate_upper(seen, only_low)
    far = EnergyWindow(lower_kev=30.0, upper_kev=60.0)
    with pytest.raises(InputError, match="no scatter window below"):
        choose_windows([far, PEAK], PEAK).need_lower()
    with pytest.raises(InputError, match="the peak window was not recorded"):
        choose_windows([LOW, HIGH], PEAK)
    with pytest.raises(InputError, match="unknown scatter correction"):
        estimate_scatter(seen, only_low, method="esse")


def test_a_straight_spectrum_under_the_peak_is_found_exactly():
    wide = (
        EnergyWindow(lower_kev=100.0, upper_kev=130.0),
        PEAK,
        EnergyWindow(lower_kev=175.0, upper_kev=185.0),
    )
    counts = spectrum_counts(wide, level=5.0, slope=-0.04, peak_counts=300.0)
    found = estimate_tew(projections(counts, wide), choose_windows(wide, PEAK), shape="line")
    np.testing.assert_allclose(found.expected_counts, 31.0 * 5.0, rtol=1e-12)
    net = found.net_per_view(counts[1])
    np.testing.assert_allclose(net, 12 * 300.0, rtol=1e-12)


def test_ogawas_trapezoid_is_exact_for_narrow_windows_at_the_border():
    narrow = (
        EnergyWindow(lower_kev=139.4, upper_kev=139.5),
        PEAK,
        EnergyWindow(lower_kev=170.5, upper_kev=170.7),
    )
    counts = spectrum_counts(narrow, level=5.0, slope=-0.1)
    found = estimate_tew(projections(counts, narrow), choose_windows(narrow, PEAK))
    np.testing.assert_allclose(found.expected_counts, 31.0 * 5.0, rtol=1e-3)


def test_dew_is_tew_with_nothing_above_and_upper_plus_dew_is_tew():
    rng = np.random.default_rng(1)
    counts = rng.poisson(20.0, (3, 2, 5, 6))
    windows = choose_windows(WINDOWS, PEAK)
    tew = estimate_tew(projections(counts), windows).expected_counts
    none_above = counts * np.array([1, 1, 0])[:, None, None, None]
    np.testing.assert_allclose(
        estimate_dew(projections(counts), windows).expected_counts,
        estimate_tew(projections(none_above), windows).expected_counts,
    )
    above = estimate_upper(projections(counts), windows).expected_counts
    left = counts[0] - counts[2] * LOW.width_kev / HIGH.width_kev
    both = above + PEAK.width_kev / (2 * LOW.width_kev) * left
    np.testing.assert_allclose(both, tew, rtol=1e-12)


def test_methods_by_name():
    seen = projections(np.random.default_rng(9).poisson(20.0, (3, 2, 5, 6)))
    windows = choose_windows(WINDOWS, PEAK)
    for name, direct in (("tew", estimate_tew), ("dew", estimate_dew), ("upper", estimate_upper)):
        found = estimate_scatter(seen, windows, method=name, smooth_fwhm_mm=8.0)
        np.testing.assert_array_equal(
            found.expected_counts, direct(seen, windows, smooth_fwhm_mm=8.0).expected_counts
        )
    none = estimate_scatter(seen, windows, method="none")
    assert none.expected_counts.shape == (2, 5, 6)
    assert not none.expected_counts.any()
    with pytest.raises(InputError, match="0 or more"):
        estimate_dew(seen, windows, factor=-0.5)
    with pytest.raises(InputError, match="0 or more"):
        estimate_upper(seen, windows, slope_ratio=-1.0)
    with pytest.raises(InputError, match="unknown shape"):
        estimate_tew(seen, windows, shape="parabola")


def test_a_flat_background_is_the_upper_windows():
    counts = spectrum_counts(WINDOWS, level=3.0, slope=0.0, peak_counts=50.0)
    found = estimate_upper(projections(counts), choose_windows(WINDOWS, PEAK))
    np.testing.assert_allclose(found.expected_counts, 31.0 * 3.0)


@pytest.mark.parametrize("smooth_fwhm_mm", [0.0, 20.0])
def test_expectation_and_variance_are_those_of_repeats(smooth_fwhm_mm):
    rng = np.random.default_rng(7)
    expected = spectrum_counts(WINDOWS, level=0.1, slope=-0.001, peak_counts=1.0)[:, :1]
    expected = np.broadcast_to(expected[:, :, :1, :1], (3, 400, 15, 15))
    seen = projections(rng.poisson(expected))
    found = estimate_tew(seen, choose_windows(WINDOWS, PEAK), smooth_fwhm_mm=smooth_fwhm_mm)
    middle = found.expected_counts[:, 7, 7]
    truth = estimate_tew(projections(expected), choose_windows(WINDOWS, PEAK)).expected_counts
    assert middle.mean() == pytest.approx(truth[0, 7, 7], abs=4 * middle.std() / 20)
    # the variance is estimated from the counts themselves, so its mean is what must be right
    spread = found.variance[:, 7, 7].mean()
    assert middle.var() == pytest.approx(spread, rel=0.25)  # 400 draws know it to 7 %
    assert found.expected_counts.min() >= 0


def test_few_counts_are_not_biased_by_clipping():
    rng = np.random.default_rng(3)
    expected = spectrum_counts(WINDOWS, level=0.01, slope=0.0, peak_counts=0.05)
    draws = rng.poisson(np.broadcast_to(expected[:, :1, :1, :1], (3, 300, 16, 16)))
    found = estimate_tew(projections(draws), choose_windows(WINDOWS, PEAK))
    net = found.net_per_view(draws[1]) / 256
    assert net.mean() == pytest.approx(0.05, abs=4 * net.std() / np.sqrt(300))


def test_smoothing_keeps_each_views_total():
    rng = np.random.default_rng(5)
    seen = projections(rng.poisson(2.0, (3, 3, 16, 20)))
    windows = choose_windows(WINDOWS, PEAK)
    rough = estimate_tew(seen, windows).expected_counts.sum(axis=(1, 2))
    smooth = estimate_tew(seen, windows, smooth_fwhm_mm=25.0)
    np.testing.assert_allclose(smooth.expected_counts.sum(axis=(1, 2)), rough, rtol=1e-12)
    assert smooth.variance.mean() < 0.05 * estimate_tew(seen, windows).variance.mean()
    with pytest.raises(InputError, match="0 or more"):
        estimate_tew(seen, windows, smooth_fwhm_mm=-1.0)


def test_a_blank_is_scaled_by_time():
    blank = np.full((2, 3, 3), 90.0)
    found = estimate_blank(blank, np.array([300.0, 600.0]), np.array([20.0, 20.0]))
    np.testing.assert_allclose(found.expected_counts[:, 0, 0], [6.0, 3.0])
    np.testing.assert_allclose(found.variance[:, 0, 0], [0.4, 0.1])
    with pytest.raises(GridError, match="does not have the scan's views"):
        estimate_blank(blank, np.ones(2), np.ones(3))
    with pytest.raises(InputError, match="durations above 0"):
        estimate_blank(blank, np.array([1.0, 0.0]), np.ones(2))
    both = add_estimates([found, found])
    np.testing.assert_allclose(both.variance, 2 * found.variance)


def test_shapes_must_fit():
    with pytest.raises(GridError, match="differ in shape"):
        ScatterEstimate(
            expected_counts=np.zeros((1, 2, 2)), variance=np.zeros((1, 2, 3)), method="x"
        )
    with pytest.raises(InputError, match="no estimate"):
        add_estimates([])


class TestFloor:
    shape = (24, 32)

    def surface(self) -> np.ndarray:
        """Higher in the middle, tilted along the axis."""
        z, x = np.meshgrid(*(np.linspace(0, 1, n) for n in self.shape), indexing="ij")
        return 2.0 + 1.5 * z + 6.0 * x * (1 - x)

    def body(self) -> np.ndarray:
        outside = np.ones((1, *self.shape), dtype=bool)
        outside[:, 2:22, 10:22] = False
        return outside

    def test_a_plane_and_parabola_is_found_under_the_body(self):
        counts = self.surface()[None].copy()
        counts[~self.body()] += 500.0
        found = fit_floor(counts, self.body()).expected_counts[0]
        np.testing.assert_allclose(found, self.surface(), rtol=0.02)

    def test_repeats_spread_as_stated_and_keep_the_level(self):
        rng = np.random.default_rng(2)
        outside = np.repeat(self.body(), 200, axis=0)
        draws = rng.poisson(np.broadcast_to(self.surface(), (200, *self.shape)))
        found = fit_floor(draws, outside)
        beside = np.where(outside, draws, 0).sum(axis=(1, 2))
        np.testing.assert_allclose(
            np.where(outside, found.expected_counts, 0).sum(axis=(1, 2)), beside, rtol=1e-9
        )
        middle = found.expected_counts[:, 12, 16]
        stated = np.sqrt(found.variance[:, 12, 16].mean())
        assert middle.mean() == pytest.approx(self.surface()[12, 16], abs=4 * stated / 14)
        # 200 draws know a spread to 5 %; EM stops a little before the maximum
        assert middle.std() == pytest.approx(stated, rel=0.25)

    def test_it_is_never_below_0(self):
        found = fit_floor(np.zeros((1, 8, 8)), np.ones((1, 8, 8), dtype=bool))
        assert found.expected_counts.max() == 0
        sparse = np.zeros((1, 8, 8))
        sparse[0, 0, 0] = 1
        assert fit_floor(sparse, np.ones((1, 8, 8), dtype=bool)).expected_counts.min() >= 0

    def test_what_is_refused(self):
        counts = np.ones((2, 8, 8))
        outside = np.ones((2, 8, 8), dtype=bool)
        outside[1] = False
        with pytest.raises(InputError, match="view 2 sees past the body in too few pixels"):
            fit_floor(counts, outside)
        with pytest.raises(GridError, match="differ in shape"):
            fit_floor(counts, outside[:1])
        with pytest.raises(InputError, match="order"):
            fit_floor(counts, np.ones_like(outside), order=(5, 1))


def test_the_upper_windows_share_moves_where_the_line_is_read():
    """A half is Ogawa's trapezoid; otherwise densities at both sides are weighed by the share."""
    seen = projections(spectrum_counts(WINDOWS, 5.0, -0.2, peak_counts=100.0))
    windows = choose_windows(WINDOWS, PEAK)
    half = estimate_tew(seen, windows, upper_share=0.5)
    assert half.expected_counts == pytest.approx(estimate_tew(seen, windows).expected_counts)
    below, above = (5.0 - 0.2 * (w.centre_kev - 155.0) for w in (LOW, HIGH))
    for share in (0.0, 0.3, 1.0):
        found = estimate_tew(seen, windows, upper_share=share)
        assert found.expected_counts == pytest.approx(31.0 * ((1 - share) * below + share * above))
        named = estimate_scatter(seen, windows, method=f"tew:{share}")
        assert np.array_equal(named.expected_counts, found.expected_counts)
        assert np.array_equal(named.variance, found.variance)


@pytest.mark.parametrize("wrong", ["tew:1.2", "tew:-0.1", "tew:nan", "tew:much", "dew:0.5"])
def test_a_share_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match="share"):
        ScatterMethod.parse(wrong)


def test_a_correction_knows_which_windows_it_needs():
    needs = {name: ScatterMethod.parse(name).windows for name in ("tew:0.7", "dew", "none")}
    assert needs == {"tew:0.7": ("lower", "upper"), "dew": ("lower",), "none": ()}
