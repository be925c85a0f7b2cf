"""Hybrid curves: a factor common to all planar scans falls out, the SPECT's own error does not."""

import numpy as np
import pytest

from hevesy.errors import FitError
from hevesy.timeactivity import FitOptions
from hevesy.timeactivity.hybrid import fit_hybrid

HALF_LIFE_H, HOURS = 17.004, np.array([1.0, 6.0, 24.0, 48.0, 72.0])
DECAY_PER_S = np.log(2) / (HALF_LIFE_H * 3600)


def truth_mbq(hours):
    return 400.0 * 2 ** (-hours / 15.0) + 80.0 * 2 ** (-hours / 3.0)


TIA_MBQ_H = (400 * 15 + 80 * 3) / np.log(2)


def joined(planar_mbq, **more):
    given = {
        "spect_time_s": 24 * 3600.0, "spect_bq": truth_mbq(24.0) * 1e6,
        "spect_uncertainty_bq": 0.05 * truth_mbq(24.0) * 1e6, "decay_per_s": DECAY_PER_S,
        "options": FitOptions(models=("bi",)), "name": "lesion",
    }  # fmt: skip
    return fit_hybrid(HOURS * 3600, planar_mbq * 1e6, 0.02 * planar_mbq * 1e6, **{**given, **more})


@pytest.mark.parametrize("factor", [0.4, 1.0, 1.7])
def test_the_curves_integral_comes_back_whatever_the_planar_scale(factor):
    found = joined(factor * truth_mbq(HOURS))
    # noise-free points of the family itself: the fit's own convergence, 1e-3
    assert found.tia_bq_s / 3.6e9 == pytest.approx(TIA_MBQ_H, rel=1e-3)
    assert found.scale_ratio == pytest.approx(1 / factor, rel=1e-3)
    assert found.activity_bq([6 * 3600.0])[0] / 1e6 == pytest.approx(truth_mbq(6.0), rel=2e-3)
    assert found.scale_relative_uncertainty == pytest.approx(0.05)
    assert found.tia_uncertainty_bq_s / found.tia_bq_s == pytest.approx(
        np.hypot(0.05, found.shape_relative_uncertainty)
    )


def test_the_shapes_uncertainty_is_the_spread_of_repeats():
    rng = np.random.default_rng(3)
    one = FitOptions(models=("mono",), n_bootstrap=50, interval="covariance")
    clean = 300.0 * 2 ** (-HOURS / 14.0)
    stated = joined(clean, options=one).shape_relative_uncertainty
    drawn = [
        joined(clean * (1 + 0.02 * rng.standard_normal(5)), options=one).tia_bq_s for _ in range(24)
    ]
    # 24 draws know their standard deviation to 15 %; three and a half of those
    assert stated == pytest.approx(np.std(drawn, ddof=1) / np.mean(drawn), rel=0.5)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"spect_time_s": 100 * 3600.0}, "outside the times of the planar scans"),
        ({"spect_bq": 0.0}, "needs an activity above 0"),
    ],
)
def test_a_height_that_cannot_be_set_is_refused(more, said):
    with pytest.raises(FitError, match=said):
        joined(truth_mbq(HOURS), **more)
