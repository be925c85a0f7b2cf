"""Courses that overlap: each curve is of its own course's activity, against closed forms."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hevesy.case import ActivityKind, Administration, Case, CaseOptions, Route, ScanSource
from hevesy.errors import FitError
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.progress import SILENT
from hevesy.timeactivity import FitOptions, fit_time_activity
from hevesy.workflows.curves import CourseFits, fit_courses
from hevesy.workflows.frames import bring_into_one_frame
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.session import Session
from hevesy.workflows.voxel_courses import integrate_voxels

ZERO = datetime(2024, 3, 5, 9, tzinfo=UTC)
HOURS = (4.0, 24.0, 96.0)
NUCLIDE: Nuclide = get_nuclide("Lu-177")
DOT = Volume(
    values=np.ones((1, 1, 1)),
    grid=Grid.from_spacing((1, 1, 1), spacing_mm=(5, 5, 5)),
    quantity=Quantity.BQ_PER_ML,
)
# Activity at time zero in Bq and effective half-life in h of each course, and days between them.
Given = Sequence[tuple[float, float]]
TWO: Given = ((50e6, 60.0), (20e6, 80.0))
DAYS = 4


def case(courses: int) -> Case:
    return Case(
        patient="P",
        nuclide="Lu-177",
        agent="x",
        timezone="UTC",
        administrations=tuple(
            Administration(
                activity_bq=1e9,
                activity_relative_uncertainty=None,
                kind=ActivityKind.NET,
                time=ZERO + timedelta(days=DAYS * number),
                route=Route.INTRAVENOUS,
            )
            for number in range(courses)
        ),
        scans=(ScanSource(spect=Path("scan")),),
        options=CaseOptions(),
    )


def sessions(courses: int) -> list[Session]:
    return [
        Session(
            scan=len(HOURS) * number + n + 1,
            course=number + 1,
            start=ZERO + timedelta(days=DAYS * number, hours=hours),
            seconds_after_administration=3600 * hours,
            duration_s=1200.0,
            spect=DOT,
        )
        for number in range(courses)
        for n, hours in enumerate(HOURS)
    ]


def shown_bq(given: Given) -> list[float]:
    """All that is there at each scan, of whatever course."""
    found = []
    for session in sessions(len(given)):
        total = 0.0
        for number, (at_zero, half_life_h) in enumerate(given[: session.course]):
            zero = ZERO + timedelta(days=DAYS * number)
            hours = (session.start - zero).total_seconds() / 3600
            total += at_zero * 2 ** (-hours / half_life_h)
        found.append(total)
    return found


def fit(shown: Sequence[float], courses: int, relative: float = 0.02) -> CourseFits:
    measured = [
        {
            "lesion": MeasuredRegion(
                activity_bq=a, uncorrected_bq=a, recovery=1.0,
                random_relative_uncertainty=relative, fwhm_slope_per_mm=0.0,
                volume_slope_ratio=0.0, volume_ml=10.0,
            )
        }
        for a in shown
    ]  # fmt: skip
    return fit_courses(case(courses), sessions(courses), measured, NUCLIDE, "lesion", "organ")


def tia_bq_s(given: Given) -> list[float]:
    return [at_zero * half_life_h * 3600 / math.log(2) for at_zero, half_life_h in given]


@pytest.mark.parametrize(
    "given", [TWO, (*TWO, (35e6, 50.0)), ((50e6, 150.0), (1e6, 60.0)), ((5e6, 40.0), (50e6, 120.0))]
)
def test_every_courses_tia_is_the_closed_form(given: Given) -> None:
    found = fit(shown_bq(given), len(given))
    # exact scans: what the fit's own convergence leaves
    for number, expected in enumerate(tia_bq_s(given), start=1):
        assert found.fits[number].tia_bq_s == pytest.approx(expected, rel=1e-6)


def test_what_was_taken_off_is_given_and_said() -> None:
    found = fit(shown_bq(TWO), 2)
    left = found.remainders[2]
    at_zero, half_life_h = TWO[0]
    expected = [at_zero * 2 ** (-(24 * DAYS + hours) / half_life_h) for hours in HOURS]
    assert left.left_bq == pytest.approx(expected, rel=1e-6)
    assert left.net_bq == pytest.approx([TWO[1][0] * 2 ** (-h / TWO[1][1]) for h in HOURS])
    first = 100 * expected[0] / shown_bq(TWO)[3]
    assert any(f"{first:.2g} % of the activity" in text for text in found.fits[2].warnings)
    assert 1 not in found.remainders
    # the curve's own uncertainty at a time, as drawn beside it
    low, high = found.fits[1].band([3600 * (24 * DAYS + HOURS[1])])
    assert left.uncertainties_bq[1] == pytest.approx((high[0] - low[0]) / 2, rel=0.15)


def test_a_first_course_and_a_long_pause_change_no_bit() -> None:
    shown = shown_bq(TWO)
    alone, both = fit(shown[:3], 1).fits[1], fit(shown, 2).fits[1]
    plain = fit_time_activity(
        3600 * np.array(HOURS), shown[:3], 0.02 * np.array(shown[:3]),
        decay_per_s=NUCLIDE.decay_per_s, options=FitOptions(), name="lesion",
    )  # fmt: skip
    for found in (alone, both):
        assert found.tia_bq_s == plain.tia_bq_s
        assert found.tia_uncertainty_bq_s == plain.tia_uncertainty_bq_s
        assert found.tia_interval68_bq_s == plain.tia_interval68_bq_s
        assert found.warnings == plain.warnings


def test_the_stated_uncertainty_is_the_spread_of_repeats() -> None:
    """200 repeats with 3 % of noise: the second course and the sum are stated as the first is.

    A single course is stated a fifth too wide with one degree of freedom (the Birge ratio); what
    was taken off, common to the later scans and against the first course, must add no error to
    that. Sampling: 5 % of a spread, 0.06 of the correlation.
    """
    rng = np.random.default_rng(5)
    true = np.array(shown_bq(TWO))
    values, stated, shared = [], [], []
    for _ in range(200):
        found = fit((true * (1 + 0.03 * rng.standard_normal(6))).tolist(), 2, 0.03)
        both = (found.fits[1], found.fits[2])
        values.append([f.tia_bq_s for f in both])
        stated.append([f.tia_uncertainty_bq_s for f in both])
        shared.append(found.covariances_bq2_s2[1, 2])
    first, second = np.array(values).T
    u_first, u_second = np.sqrt(np.mean(np.square(stated), axis=0))
    u_sum = math.sqrt(u_first**2 + u_second**2 + 2 * np.mean(shared))
    alone = first.std() / u_first
    assert 0.7 < alone < 1.0
    assert second.std() / u_second == pytest.approx(alone, rel=0.15)
    assert (first + second).std() / u_sum == pytest.approx(alone, rel=0.15)
    correlation = np.mean(shared) / (u_first * u_second)
    assert correlation == pytest.approx(np.corrcoef(first, second)[0, 1], abs=0.15)
    assert second.mean() == pytest.approx(tia_bq_s(TWO)[1], rel=0.02)


def test_a_course_that_brought_nothing_is_zero_give_or_take() -> None:
    """The second was given elsewhere: its scans show what is left, or a little less."""
    shown = np.array(shown_bq(((50e6, 60.0), (1.0, 60.0))))
    shown[3:] *= 0.99
    found = fit(shown.tolist(), 2)
    second = found.fits[2]
    assert second.tia_bq_s == 0
    assert second.curve.activity_bq([0.0, 1e5]).tolist() == [0.0, 0.0]
    # the best scan alone, by physical decay, with its counting and what was left: at most this
    sigmas = np.hypot(0.02 * shown[3:], found.remainders[2].uncertainties_bq)
    alone = sigmas * np.exp(NUCLIDE.decay_per_s * 3600 * np.array(HOURS)) / NUCLIDE.decay_per_s
    assert 0.2 * alone.min() < second.tia_uncertainty_bq_s <= alone.min()
    assert sum("within its uncertainty" in text for text in second.warnings) == 3


def test_a_scan_far_under_what_was_left_names_region_and_scan() -> None:
    shown = shown_bq(((50e6, 60.0), (20e6, 60.0)))
    shown[5] *= 0.2
    found = fit(shown, 2)
    (said,) = [text for text in found.fits[2].warnings if "more than the scan shows" in text]
    assert said.startswith("region 'lesion', course 2, scan 6: ")
    assert "standard deviations" in said
    assert "fall too slowly" in said
    # the two scans that do hold still give the second course, within what is now stated
    truth, stated = 20e6 * 60 * 3600 / math.log(2), found.fits[2].tia_uncertainty_bq_s
    assert found.fits[2].tia_bq_s == pytest.approx(truth, abs=stated)
    assert stated < 0.5 * truth


def test_a_scan_without_activity_is_named_whatever_was_left() -> None:
    shown = shown_bq(TWO)
    shown[4] = 0.0
    with pytest.raises(FitError, match="no activity at all in scan 5"):
        fit(shown, 2)


def stack(level: float, rng: np.random.Generator, noise: float, size: int) -> Volume:
    values = level * np.maximum(1 + noise * rng.standard_normal((size,) * 3), 0.0)
    grid = Grid.from_spacing((size,) * 3, spacing_mm=(5, 5, 5))
    return Volume(values=values.astype(np.float32), grid=grid, quantity=Quantity.BQ_PER_ML)


@pytest.mark.parametrize("noise", [0.0, 0.15])
@pytest.mark.parametrize("given", [TWO, ((50e6, 150.0), (2e6, 60.0))])
def test_voxels_add_up_to_the_region(given: Given, noise: float) -> None:
    """The map's sum over a region beside its TIA, also where noise is above what was brought."""
    size = 20
    rng = np.random.default_rng(3)
    series = [
        replace(session, spect=stack(level, rng, noise, size))
        for session, level in zip(sessions(2), shown_bq(given), strict=True)
    ]
    voxel_ml = series[0].spect.grid.voxel_volume_ml
    shown = [float(s.spect.values.sum(dtype=np.float64)) * voxel_ml for s in series]
    found = fit(shown, 2)
    grid = series[0].spect.grid
    labels = np.ones(size**3, dtype=np.uint8)

    def mapped(courses: int) -> float:
        chosen = series[: 3 * courses]
        frames = bring_into_one_frame(chosen, control=SILENT)
        tia = integrate_voxels(
            case(courses), chosen, frames, NUCLIDE, grid, labels, [found], control=SILENT
        )
        return float(tia.sum(dtype=np.float64)) * voxel_ml

    first = mapped(1)
    if noise == 0:
        assert first == pytest.approx(found.fits[1].tia_bq_s, rel=1e-5)
    # 32 bits of a sum sixty times as large
    assert mapped(2) - first == pytest.approx(found.fits[2].tia_bq_s, rel=1e-4)
