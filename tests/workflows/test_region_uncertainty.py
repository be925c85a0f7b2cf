"""What borders, density and curves bring to one region's uncertainty, against closed forms."""

import math
from dataclasses import replace

import pytest

from hevesy.case import CaseOptions, PartialVolume
from hevesy.dose import DoseUncertaintyInputs, propagate_dose_uncertainty
from hevesy.timeactivity import FitOptions, fit_time_activity
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.region_uncertainty import (
    BorderMass,
    RegionCourse,
    course_uncertainty,
    uncertainty_over_courses,
)

HOURS = (1.0, 6.0, 24.0, 48.0)
RATE_PER_H = math.log(2) / 12.0
BORDERS_MM = {"lesion": 0.5, "liver": 0.8}
SPHERE_ML = 4 / 3 * math.pi * 20**3 / 1000
EVEN = BorderMass(inside_ratio=1.0, outside_ratio=1.0)
GTM = CaseOptions(
    partial_volume=PartialVolume.GEOMETRIC_TRANSFER_MATRIX,
    resolution_fwhm_mm=16.0,
    resolution_uncertainty_mm=0.5,
)


def activity_bq(hours: float) -> float:
    return 1e8 * math.exp(-RATE_PER_H * hours)


def course(slopes, *, fwhm_slopes=(0.0,) * 4, mass=EVEN, volume_slope=0.0) -> RegionCourse:
    values = [activity_bq(h) for h in HOURS]
    return RegionCourse(
        name="lesion",
        volume_ml=SPHERE_ML,
        fit=fit_time_activity(
            [3600 * h for h in HOURS],
            values,
            [1e-6 * a for a in values],
            decay_per_s=1e-9,
            options=FitOptions(models=("mono",)),
            name="lesion",
        ),
        hours=HOURS,
        measured=tuple(
            MeasuredRegion(
                activity_bq=a,
                uncorrected_bq=a,
                recovery=1.0,
                random_relative_uncertainty=1e-6,
                fwhm_slope_per_mm=fwhm,
                volume_slope_ratio=volume_slope,
                volume_ml=SPHERE_ML,
                border_slopes_per_mm=borders,
            )
            for a, fwhm, borders in zip(values, fwhm_slopes, slopes, strict=True)
        ),
        own_bq=tuple(values),
        borders_mm=BORDERS_MM,
        border_mass=mass,
    )


def still(lesion=(0.0,) * 4, liver=(0.0,) * 4):
    return [{"lesion": lesion, "liver": liver}] * 4


def by_source(found) -> dict[str, float]:
    return {share.source: share.relative_uncertainty for share in found.shares}


def test_each_way_a_neighbours_border_errs_is_independent():
    found = course_uncertainty(course(still(liver=(0.03, 0.0, -0.04, 0.0))), GTM)
    assert by_source(found)["neighbours"] == pytest.approx(0.05 * 0.8 / math.sqrt(2))


def test_the_regions_own_growth_is_its_volumes_and_its_place_counts_apart():
    found = course_uncertainty(course(still(lesion=(9.9, 0.0, 0.0, 0.06)), volume_slope=1.0), GTM)
    # activity and mass move alike with the volume: the dose is left with the place
    assert by_source(found)["volume"] == pytest.approx(0.06 * 0.5 / math.sqrt(2))
    growth = 3 * math.sqrt(2) * 0.5 / 40  # Gear's u(v)/v of a sphere of 40 mm
    assert found.tia_relative == pytest.approx(
        math.hypot(growth, 0.06 * 0.5 / math.sqrt(2)), rel=1e-3
    )


def test_scans_count_by_their_part_of_the_integral():
    """A slope at one scan only: its part is the trapezoid's, the last one's to the end."""
    spans = [3.5, 11.5, 21.0, 12.0 + 1 / RATE_PER_H]  # from 0, half-way, to infinity
    parts = [activity_bq(h) * span for h, span in zip(HOURS, spans, strict=True)]
    for k in range(4):
        slopes = tuple(0.1 if i == k else 0.0 for i in range(4))
        found = course_uncertainty(course(still(), fwhm_slopes=slopes), GTM)
        expected = 0.1 * 0.5 * parts[k] / sum(parts)
        assert by_source(found)["recovery"] == pytest.approx(expected, rel=1e-4)


def test_denser_tissue_outside_makes_mass_uncertain_twice():
    """Lung in muscle, 0.25 and 1.05 g/cm3: its slope, and the mean of what is gained and lost."""
    lung = BorderMass(inside_ratio=1.0, outside_ratio=4.2)
    found = by_source(course_uncertainty(course(still(), mass=lung), GTM))
    growth = 3 * math.sqrt(2) * 0.5 / 40
    assert found["volume"] == pytest.approx(2.6 * growth)
    # E[max(r, 0)] of a border out by 0.5 mm, over the area: S / v = 3 / 20 mm
    gained = 0.5 / math.sqrt(2 * math.pi) * 3 / 20 * 3.2
    assert found["density"] == pytest.approx(gained)


def test_without_the_matrix_neighbours_have_no_effect():
    found = course_uncertainty(course([{}] * 4), CaseOptions())
    assert "neighbours" not in by_source(found)
    assert any("no partial-volume correction" in text for text in found.warnings)


def test_what_one_course_has_too_much_of_the_next_has_not():
    """Two courses' fits of 4e12 and 3e12 Bq s, correlated by -0.5: 4^2 + 3^2 - 2 x 6 = 13."""
    found = course(still())
    fits = {
        number: replace(found.fit, tia_bq_s=tia, tia_uncertainty_bq_s=u)
        for number, tia, u in ((1, 8e13, 4e12), (2, 2e13, 3e12))
    }
    chains = {
        number: fit_alone(fit.tia_uncertainty_bq_s / fit.tia_bq_s) for number, fit in fits.items()
    }
    tia_u, dose_u, shares = uncertainty_over_courses(
        fits,
        doses_gy={1: 8.0, 2: 2.0},
        chains=chains,
        covariances_bq2_s2={(1, 2): -6e24},
    )
    assert tia_u == pytest.approx(math.sqrt(13) * 1e12)
    assert dose_u == pytest.approx(math.sqrt(13) * 0.1)
    assert {s.source for s in shares} == {"fit", "counting"}
    unseen = fits | {2: replace(fits[2], tia_bq_s=0.0)}  # a course that brought nothing
    chains[2] = fit_alone(0.0)
    tia_u, dose_u, _ = uncertainty_over_courses(unseen, doses_gy={1: 8.0, 2: 0.0}, chains=chains)
    assert tia_u == pytest.approx(5e12)
    assert dose_u == pytest.approx(0.5)


def fit_alone(relative: float):
    """A chain of fit and counting alone, in equal parts."""
    return propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=0.0,
            activity_volume_slope_ratio=0.0,
            tia_fit_relative_uncertainty=relative,
            tia_counting_relative_uncertainty=relative / math.sqrt(2),
        )
    )
