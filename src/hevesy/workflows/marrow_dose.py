"""Red marrow's dose by blood and by image, each by itself."""

import math
from collections.abc import Sequence

import numpy as np

from hevesy.case import Case, MarrowDose, RegionResult, RestOfBody
from hevesy.nuclides import Nuclide
from hevesy.organs import MarrowSelfDose, marrow_by_blood, marrow_by_image
from hevesy.timeactivity import FitOptions, TimeActivityFit, fit_time_activity

__all__ = ["dose_marrow", "fit_blood"]

_BLOOD = (
    "blood concentration x 0.19/(1 - HCT) (Sgouros 1993; EANM, Hindorf 2010), for agents in plasma "
    "that don't bind to marrow"
)
_IMAGE = (
    "activity of the marrow region over its share of the body's marrow (EANM, Hindorf 2010), "
    "reference mass scaled by body mass (ICRP 89)"
)
_FRACTION = "electrons' absorbed fraction between all and marrow's mass share of spongiosa"
_IN_CT = "photons to the marrow are those to the {where}; marrow beyond the CT gets less of them"
_HAD_TO_DIFFER = 2.0  # standard uncertainties


def fit_blood(case: Case, asked: RestOfBody, nuclide: Nuclide) -> TimeActivityFit:
    """Fit the curve of a mL of blood from its samples.

    Parameters
    ----------
    case : Case
        With one administration.
    asked : RestOfBody
    nuclide : Nuclide

    Returns
    -------
    TimeActivityFit
        In Bq and Bq s per mL.
    """
    zero = case.administrations[0].time
    times_s = np.array([(sample.time - zero).total_seconds() for sample in asked.blood])
    values = np.array([sample.concentration_bq_per_ml for sample in asked.blood])
    spread = values * np.array([sample.relative_uncertainty for sample in asked.blood])
    return fit_time_activity(
        times_s,
        values,
        spread,
        decay_per_s=nuclide.decay_per_s,
        options=FitOptions(seed=case.options.seed),
        name="blood",
    )


def dose_marrow(
    case: Case,
    asked: RestOfBody,
    regions: Sequence[RegionResult],
    nuclide: Nuclide,
    *,
    cross_gy: float,
    cross_uncertainty_gy: float,
) -> tuple[tuple[MarrowDose, ...], tuple[str, ...]]:
    """Give red marrow's dose by every method that the case has the data for.

    Parameters
    ----------
    case : Case
    asked : RestOfBody
    regions : sequence of RegionResult
    nuclide : Nuclide
    cross_gy, cross_uncertainty_gy : float
        From decays outside the marrow, Gy.

    Returns
    -------
    doses : tuple of MarrowDose
        By blood first.
    notes : tuple of str
    """
    found = []
    notes = []
    if asked.blood and asked.hematocrit_share is not None:
        fit = fit_blood(case, asked, nuclide)
        own = marrow_by_blood(
            fit.tia_bq_s,
            relative_uncertainty=_relative(fit.tia_bq_s, fit.tia_uncertainty_bq_s),
            hematocrit_share=asked.hematocrit_share,
            nuclide=nuclide,
        )
        found.append(_total("blood", _BLOOD, own, cross_gy, cross_uncertainty_gy))
        notes += [f"blood: {text}" for text in fit.warnings]
    region = next((r for r in regions if r.name == asked.marrow_region), None)
    if region is not None and asked.marrow_share and asked.sex and asked.body_mass_g:
        own = marrow_by_image(
            max(region.tia_mbq_h, 0.0) * 3.6e9,
            relative_uncertainty=_relative(region.tia_mbq_h, region.tia_uncertainty_mbq_h),
            marrow_share=asked.marrow_share,
            sex=asked.sex,
            body_mass_g=asked.body_mass_g,
            nuclide=nuclide,
        )
        found.append(_total("image", _IMAGE, own, cross_gy, cross_uncertainty_gy))
    where = "marrow region" if asked.marrow_region else "bone in the CT"
    notes.append(_IN_CT.format(where=where))
    return tuple(found), (*notes, *_apart(found))


def _relative(value: float, uncertainty: float) -> float:
    return uncertainty / value if value > 0 else 1.0


def _total(
    method: str, source: str, own: MarrowSelfDose, cross_gy: float, cross_uncertainty_gy: float
) -> MarrowDose:
    return MarrowDose(
        method=method,
        mean_dose_gy=own.dose_gy + cross_gy,
        uncertainty_gy=math.hypot(own.uncertainty_gy, cross_uncertainty_gy),
        self_dose_gy=own.dose_gy,
        self_uncertainty_gy=own.uncertainty_gy,
        cross_dose_gy=cross_gy,
        cross_uncertainty_gy=cross_uncertainty_gy,
        source=f"{source}; {_FRACTION}",
    )


def _apart(found: Sequence[MarrowDose]) -> tuple[str, ...]:
    """Say that two methods contradict each other; what both rest on does not count."""
    if len(found) < 2:
        return ()
    first, second = found
    low, high = sorted((first.self_dose_gy, second.self_dose_gy))
    spread = 0.25 * high  # the fluid share and the marrow's mass, which one of them has each
    if high - low <= _HAD_TO_DIFFER * spread:
        return ()
    return (
        f"marrow's own dose is {first.self_dose_gy:.2g} Gy by blood and "
        f"{second.self_dose_gy:.2g} Gy by image: the agent may bind to marrow, or blur lies on it",
    )
