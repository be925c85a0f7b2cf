"""Background, dead time and noise, against their laws and against the correction."""

import math

import numpy as np
import pytest

from hevesy.camera import DeadTime, EnergyWindow, Projections, ViewGeometry
from hevesy.errors import InputError, QuantityError
from hevesy.quantification import correct_dead_time
from hevesy.reconstruction import choose_windows, estimate_scatter
from hevesy.simulation import add_background, expected_loss_ratios, net_peak_per_s, record_counts

PEAK, LOWER, UPPER, FAR = (
    EnergyWindow(lower_kev=a, upper_kev=b)
    for a, b in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5), (190.0, 230.0))
)
WINDOWS = (PEAK, LOWER, UPPER, FAR)


def expected(
    level: float = 100.0, views: int = 6, windows: tuple[EnergyWindow, ...] = WINDOWS
) -> Projections:
    rng = np.random.default_rng(3)
    shape = (len(windows), views, 32, 32)
    counts = rng.uniform(0.5, 1.5, shape) * level
    counts *= (1.0 + 0.3 * np.arange(views))[None, :, None, None]
    counts[1:] *= 0.2
    return Projections(
        counts=counts, windows=windows,
        geometry=ViewGeometry(angles_deg=np.arange(views) * 60.0, radii_mm=np.full(views, 250.0),
                              shape=(32, 32), pixel_mm=(9.6, 9.6)),
        view_seconds=np.full(views, 20.0), view_starts_s=np.arange(views) * 20.0,
    )  # fmt: skip


def test_counts_are_poisson() -> None:
    """Index of dispersion: the sum of (k - m)^2 / m is chi-squared with as many degrees."""
    seen = expected(9.0)
    drawn = record_counts(seen, seed=5)
    assert drawn.counts.dtype == np.int32
    n = seen.counts.size
    chi2 = float((np.square(drawn.counts - seen.counts) / seen.counts).sum())
    # its variance is 2 n plus the sum of 1/m
    spread = math.sqrt(2.0 * n + float((1.0 / seen.counts).sum()))
    assert abs(chi2 - n) < 4.0 * spread
    zeros = expected(0.5)
    share = (record_counts(zeros, seed=6).counts == 0).mean()
    assert share == pytest.approx(float(np.exp(-zeros.counts).mean()), abs=0.01)


def test_the_same_seed_gives_the_same_counts() -> None:
    seen = expected()
    one, again, other = (record_counts(seen, seed=s, dead_time_s=5e-6).counts for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_the_net_peak_is_that_of_the_reconstruction() -> None:
    seen = expected()
    scatter = estimate_scatter(seen, choose_windows(WINDOWS, PEAK), method="tew")
    net = scatter.net_per_view(seen.in_window(PEAK)) / 20.0
    np.testing.assert_allclose(net_peak_per_s(seen), net, rtol=1e-9)
    alone = expected(windows=(PEAK, FAR))
    np.testing.assert_allclose(
        net_peak_per_s(alone), alone.in_window(PEAK).sum(axis=(1, 2)) / 20.0, rtol=1e-9
    )


def test_each_view_loses_by_its_own_rate_and_the_correction_finds_it() -> None:
    """m = n exp(-n tau), inverted by Lambert's W: the correction shares no code with the loss."""
    seen, tau = expected(1000.0), 5e-6
    losses = expected_loss_ratios(seen, tau)
    np.testing.assert_allclose(losses, net_peak_per_s(seen) * tau)
    assert 0.1 < losses.min() < losses.max() < 0.7
    drawn = record_counts(seen, seed=4, dead_time_s=tau)
    ratio = drawn.counts.sum(axis=(2, 3)) / seen.counts.sum(axis=(2, 3))
    np.testing.assert_allclose(ratio, np.tile(np.exp(-losses), (4, 1)), rtol=0.01)
    scatter = estimate_scatter(drawn, choose_windows(WINDOWS, PEAK), method="tew")
    found = correct_dead_time(
        drawn, PEAK, scatter, DeadTime(dead_time_s=tau), decay_per_s=1.13e-5,
        most_true_per_s=float(net_peak_per_s(seen).max()) * 1.1,
    )  # fmt: skip
    np.testing.assert_allclose(found.loss_ratio, losses, rtol=0.01)


def test_background_goes_by_seconds_width_and_field() -> None:
    seen = expected()
    field = np.zeros((32, 32))
    field[4:28] = 1.0
    extra = add_background(seen, 0.25, field=field).counts - seen.counts
    np.testing.assert_allclose(extra[0, :, 4:28], 0.25 * 20.0, rtol=1e-4)
    np.testing.assert_allclose(extra[3, :, 4:28], 0.25 * 20.0 * 40.0 / 31.0, rtol=1e-4)
    assert np.abs(extra[:, :, :4]).max() < 1e-4
    assert add_background(seen, 0.0) is seen
    # an even background is taken off by the windows beside the peak
    np.testing.assert_allclose(
        net_peak_per_s(add_background(seen, 0.25)), net_peak_per_s(seen), rtol=1e-4
    )


def test_refusals() -> None:
    seen = expected(1.0)
    with pytest.raises(InputError, match="dead time"):
        record_counts(seen, seed=1, dead_time_s=-1.0)
    with pytest.raises(InputError, match="background"):
        record_counts(seen, seed=1, background_per_s=math.nan)
    with pytest.raises(InputError, match="not recorded"):
        net_peak_per_s(seen, EnergyWindow(lower_kev=1.0, upper_kev=2.0))
    crossing = (PEAK, EnergyWindow(lower_kev=160.0, upper_kev=180.0))
    with pytest.raises(QuantityError, match="overlap"):
        record_counts(expected(1.0, windows=crossing), seed=1)
