"""Recovery curves: the blurred sphere by another way, published spheres, coverage of the fit."""

import math

import numpy as np
import pytest

from hevesy.errors import FitError, InputError
from hevesy.quantification import (
    RecoveryCurve,
    blurred_sphere_recovery,
    fit_recovery,
    sphere_volume_ml,
)

# 128 x 128 x 128 case, doi:10.1186/s40658-021-00365-8: diameters, 80 and 16 updates
DIAMETERS = (37.0, 28.0, 22.0, 17.0)
AFTER_80 = (0.81, 0.73, 0.62, 0.35)
AFTER_16 = (0.65, 0.47, 0.32, 0.21)
VOLUMES = [sphere_volume_ml(d) for d in DIAMETERS]


@pytest.mark.parametrize(("diameter", "fwhm"), [(17.0, 12.0), (37.0, 12.0), (60.0, 9.0), (5, 30)])
def test_the_closed_form_is_what_stays_inside_by_sampling(diameter, fwhm):
    rng = np.random.default_rng(13)
    n = 400_000
    direction = rng.standard_normal((n, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    start = direction * (diameter / 2 * rng.random(n) ** (1 / 3))[:, None]
    moved = start + rng.standard_normal((n, 3)) * fwhm / 2.354820045
    inside = np.mean(np.linalg.norm(moved, axis=1) <= diameter / 2)
    assert float(blurred_sphere_recovery(diameter, fwhm)) == pytest.approx(
        inside, abs=4 * math.sqrt(inside * (1 - inside) / n)
    )


@pytest.mark.parametrize("recoveries", [AFTER_80, AFTER_16])
def test_published_spheres(recoveries):
    curve = fit_recovery(VOLUMES, recoveries, [0.05] * 4)
    fitted = [curve.at_volume(v).recovery for v in VOLUMES]
    assert np.abs(np.subtract(fitted, recoveries)).max() < 0.06
    assert curve.at_volume(1e6).recovery > 0.99
    assert (curve.smallest_ml, curve.largest_ml) == (min(VOLUMES), max(VOLUMES))


def test_recovery_belongs_to_its_number_of_updates():
    more, fewer = (fit_recovery(VOLUMES, r, [0.03] * 4) for r in (AFTER_80, AFTER_16))
    for volume in VOLUMES:
        a, b = more.at_volume(volume), fewer.at_volume(volume)
        assert a.recovery - b.recovery > 2 * a.recovery * a.relative_uncertainty


@pytest.mark.parametrize(
    ("model", "truth"), [("log-logistic", (5.0, 0.9)), ("blurred-sphere", (14.0,))]
)
def test_the_stated_uncertainty_covers_the_truth(model, truth):
    rng = np.random.default_rng(21)
    volumes = np.array([sphere_volume_ml(d) for d in (17, 22, 28, 37, 60)])
    exact = RecoveryCurve(
        model=model, parameters=np.array(truth), covariance=np.zeros((len(truth),) * 2),
        smallest_ml=1.0, largest_ml=100.0,
    )  # fmt: skip
    true = np.array([exact.at_volume(v).recovery for v in volumes])
    at, repeats = 8.0, 300
    spread, stated = [], []
    for _ in range(repeats):
        noisy = true * (1 + 0.02 * rng.standard_normal(true.size))
        found = fit_recovery(volumes, noisy, 0.02 * true, model=model).at_volume(at)
        spread.append(found.recovery / exact.at_volume(at).recovery - 1)
        stated.append(found.relative_uncertainty)
    pull = np.array(spread) / np.array(stated)
    # chi-square above 1 widens the stated one, so pulls are a little below 1
    assert 0.7 < pull.std() < 1.1
    assert abs(np.mean(spread)) < 4 * np.std(spread) / math.sqrt(repeats)


def test_slopes_are_those_of_the_curve():
    for model, parameters in (("log-logistic", [5.0, 0.9]), ("blurred-sphere", [14.0])):
        n = len(parameters)
        curve = RecoveryCurve(
            model=model, parameters=np.array(parameters), covariance=np.eye(n) * 1e-4,
            smallest_ml=1.0, largest_ml=100.0,
        )  # fmt: skip
        low, here, high = (curve.at_volume(8.0 * math.exp(e)) for e in (-1e-4, 0, 1e-4))
        slope = math.log(high.recovery / low.recovery) / 2e-4
        assert here.volume_slope_ratio == pytest.approx(slope, rel=1e-5)


def test_an_exact_fit_finds_the_parameters():
    volumes = np.array([1.0, 3.0, 9.0, 27.0])
    exact = 1 - 1 / (1 + (volumes / 4.0) ** 0.8)
    found = fit_recovery(volumes, exact)
    np.testing.assert_allclose(found.parameters, [4.0, 0.8], rtol=1e-6)
    assert found.at_volume(5.0).relative_uncertainty < 1e-6


def test_what_is_refused():
    curve = fit_recovery(VOLUMES, AFTER_80)
    with pytest.raises(InputError, match="smaller than the recovery curve reaches"):
        curve.at_volume(0.4 * min(VOLUMES))
    with pytest.raises(InputError, match="needs 3 or more spheres"):
        fit_recovery(VOLUMES[:2], AFTER_80[:2])
    with pytest.raises(InputError, match="numbers above 0"):
        fit_recovery(VOLUMES, (0.8, 0.7, -0.1, 0.2))
    with pytest.raises(InputError, match="models: log-logistic, blurred-sphere"):
        fit_recovery(VOLUMES, AFTER_80, model="spline")
    with pytest.raises(FitError, match="different sizes"):
        fit_recovery([5.0, 5.0, 5.0], [0.5, 0.5, 0.5])
    with pytest.raises(InputError, match="unknown model"):
        RecoveryCurve(model="x", parameters=np.ones(1), covariance=np.ones((1, 1)),
                      smallest_ml=1.0, largest_ml=2.0)  # fmt: skip
    with pytest.raises(InputError, match="their covariance"):
        RecoveryCurve(model="log-logistic", parameters=np.ones(2), covariance=-np.eye(2),
                      smallest_ml=1.0, largest_ml=2.0)  # fmt: skip
    with pytest.raises(InputError, match="range of volumes"):
        RecoveryCurve(model="log-logistic", parameters=np.ones(2), covariance=np.eye(2),
                      smallest_ml=2.0, largest_ml=1.0)  # fmt: skip
    with pytest.raises(InputError, match="diameter"):
        sphere_volume_ml(0.0)
    with pytest.raises(InputError, match="FWHM above 0"):
        blurred_sphere_recovery(10.0, 0.0)
