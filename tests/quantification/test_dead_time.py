"""Dead time of whole scans and of cameras, from simulated counts."""

import math

import numpy as np
import pytest

from hevesy.camera import (
    DeadTime,
    EnergyWindow,
    Projections,
    ViewGeometry,
    observed_rate_per_s,
)
from hevesy.errors import FitError, InputError
from hevesy.quantification import correct_dead_time, fit_dead_time
from hevesy.reconstruction import choose_windows, estimate_tew

TAU = 5e-6
RE188 = math.log(2) / 61214.4
LOW, PEAK, HIGH = (
    EnergyWindow(lower_kev=a, upper_kev=b)
    for a, b in ((123.5, 139.5), (139.5, 170.5), (170.5, 186.5))
)
SECONDS = 20.0


def scan(loads: np.ndarray, seed: int | None = None) -> tuple[Projections, np.ndarray]:
    """Counts in three windows of views whose true net peak rates are loads/tau; and those rates.

    In each view two thirds of the peak are unscattered, and all windows are live for exp(-n tau).
    """
    shape = (8, 10)
    net = loads / TAU
    per_pixel = (net * SECONDS / 80)[:, None, None] * np.ones((1, *shape))
    scatter = per_pixel / 2
    density = scatter / PEAK.width_kev
    true = np.stack([density * LOW.width_kev, per_pixel + scatter, density * HIGH.width_kev])
    seen = true * np.exp(-loads)[None, :, None, None]
    counts = seen if seed is None else np.random.default_rng(seed).poisson(seen)
    views = len(loads)
    return Projections(
        counts=counts,
        windows=(LOW, PEAK, HIGH),
        geometry=ViewGeometry(
            angles_deg=np.arange(views) * 6.0,
            radii_mm=np.full(views, 250.0),
            shape=shape,
            pixel_mm=(4.8, 4.8),
        ),
        view_seconds=np.full(views, SECONDS),
        view_starts_s=np.arange(views) * SECONDS,
    ), net


def correct(projections: Projections, **options):
    scatter = estimate_tew(projections, choose_windows(projections.windows, PEAK))
    given = {"decay_per_s": RE188, "most_true_per_s": 0.95 / TAU} | options
    dead_time = given.pop("dead_time", DeadTime(dead_time_s=TAU, uncertainty_s=0.02 * TAU))
    return correct_dead_time(projections, PEAK, scatter, dead_time, **given)


def test_each_view_gets_its_own_factor():
    loads = np.array([0.05, 0.3, 0.5, 0.65])
    projections, net = scan(loads)
    found = correct(projections)
    np.testing.assert_allclose(found.loss_ratio, loads, rtol=1e-9)
    np.testing.assert_allclose(found.live_fraction, np.exp(-loads), rtol=1e-9)
    np.testing.assert_allclose(found.net_rate_per_s, observed_rate_per_s(net, TAU), rtol=1e-9)
    corrected = found.corrected(projections)
    scatter = estimate_tew(corrected, choose_windows(corrected.windows, PEAK))
    np.testing.assert_allclose(
        scatter.net_per_view(corrected.in_window(PEAK)), net * SECONDS, rtol=1e-9
    )
    assert "3 of 4 views lost more than 18 %" in found.warnings[0]
    expected = (net * loads * 0.02 / (1 - loads)).sum() / net.sum()
    assert found.dead_time_relative == pytest.approx(expected, rel=1e-9)


def test_repeats_spread_as_stated():
    loads = np.full(150, 0.4)
    projections, _ = scan(loads, seed=3)
    found = correct(projections)
    spread = np.std(1 / found.live_fraction) * math.exp(-0.4)
    # 150 draws know it to 6 %; the whole relation is first order
    assert spread == pytest.approx(found.counting_relative.mean(), rel=0.2)
    assert np.mean(1 / found.live_fraction) == pytest.approx(math.exp(0.4), rel=1e-3)


def test_few_losses_give_no_warning():
    assert correct(scan(np.array([0.01, 0.1]))[0]).warnings == ()


def test_too_many_losses_say_when():
    projections, _ = scan(np.array([0.1, 0.9]))
    wait_h = math.log(0.9 / 0.7) / RE188 / 3600
    with pytest.raises(InputError, match=rf"view 2 of scan 1 .*n tau 0\.90.*{wait_h:.1f} h later"):
        correct(projections, where="scan 1")


def test_an_unknown_branch_is_refused():
    projections, _ = scan(np.array([0.3]))
    with pytest.raises(InputError, match="can't be told"):
        correct(projections, most_true_per_s=None)
    correct(projections, most_true_per_s=None, earlier_per_s=[0.5 / TAU * math.exp(-0.5)])
    with pytest.raises(InputError, match="a later scan counts more"):
        correct(projections, later_per_s=[0.5 / TAU * math.exp(-0.5)])


def test_an_empty_scan_loses_nothing():
    projections, _ = scan(np.zeros(2))
    assert correct(projections).live_fraction.tolist() == [1.0, 1.0]


class TestFit:
    activity = np.geomspace(5e7, 8e9, 9)
    sensitivity = 9e-6

    def rates(self) -> np.ndarray:
        true = self.sensitivity * self.activity
        return true * np.exp(-true * TAU)

    def test_exact_points(self):
        found = fit_dead_time(self.activity, self.rates(), np.full(9, 0.01))
        assert found.dead_time.dead_time_s == pytest.approx(TAU, rel=1e-9)
        assert found.counts_per_bq_s == pytest.approx(self.sensitivity, rel=1e-9)

    def test_repeats_spread_as_stated(self):
        rng = np.random.default_rng(6)
        found = [
            fit_dead_time(
                self.activity, self.rates() * (1 + 0.02 * rng.standard_normal(9)), [0.02] * 9
            )
            for _ in range(300)
        ]
        taus = np.array([f.dead_time.dead_time_s for f in found])
        pull = (taus - TAU) / np.array([f.dead_time.uncertainty_s for f in found])
        # uncertainties are widened where chi-square is above 1, never narrowed
        assert 0.75 < pull.std() < 1.1
        assert taus.mean() == pytest.approx(TAU, abs=4 * taus.std() / math.sqrt(300))

    def test_what_is_refused(self):
        with pytest.raises(InputError, match="two or more"):
            fit_dead_time([1e8], [1e3], [0.01])
        with pytest.raises(FitError, match="different activities"):
            fit_dead_time([1e8, 1e8], [1e3, 1e3], [0.01, 0.01])
        with pytest.raises(FitError, match="rise faster"):
            fit_dead_time([1e8, 1e9], [1e3, 2e4], [0.01, 0.01])
