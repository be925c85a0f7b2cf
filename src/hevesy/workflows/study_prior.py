"""`hevesy prior`: a study's own kinetics prior from its patients' results."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hevesy.errors import CaseError, FitError
from hevesy.files import (
    AdministrationEntry,
    RegionEntry,
    ResultModel,
    atomic_write_text,
    prior_to_toml,
    read_result,
)
from hevesy.nuclides import get_nuclide
from hevesy.timeactivity import (
    CurvePosterior,
    DoseScale,
    KineticsPrior,
    MeasuredCurve,
    fit_study_prior,
    follow_curve,
    wide_prior,
)
from hevesy.workflows.curves import UNKNOWN_COUNTING
from hevesy.workflows.monitor import SCAN_SCATTER, stated_activity_uncertainty

__all__ = ["run_study_prior"]


def run_study_prior(
    results: Sequence[Path], out: Path, *, name: str = "study", seed: int = 1
) -> KineticsPrior:
    """Fit a prior to the injected lesions of several results, and write it.

    The first course of every lesion that has an injection of its own and three scans or more
    counts; each is followed under the wide prior.

    Parameters
    ----------
    results : sequence of Path
        ``result.json`` of `hevesy dose`, one for each patient.
    out : Path
        Gets the prior (TOML).
    name : str
    seed : int

    Returns
    -------
    KineticsPrior

    Raises
    ------
    CaseError
        A result twice, or results of several agents.
    FitError
        Too few lesions.

    Examples
    --------
    >>> run_study_prior([Path("no-such-result.json")], Path("prior.toml"))
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: ...
    """
    read = [read_result(path) for path in results]
    for earlier, (path, result) in enumerate(zip(results, read, strict=True)):
        if any(result == other for other in read[:earlier]):
            raise CaseError(
                "a result is given twice", got=path.name, remedy="give each patient once"
            )
    agents = sorted({result.agent for result in read})
    if len(agents) > 1:
        raise CaseError(
            "the results are of several agents",
            got=", ".join(agents),
            allowed="one agent",
            remedy="fit a prior for each",
        )
    wide = wide_prior()
    found = [
        posterior
        for number, result in enumerate(read)
        for posterior in _lesions(result, wide, seed + 1000 * number)
    ]
    prior = fit_study_prior(found, given=wide, name=name)
    atomic_write_text(out, prior_to_toml(prior))
    return prior


def _lesions(result: ResultModel, wide: KineticsPrior, seed: int) -> list[CurvePosterior]:
    if not result.administrations:
        return []
    given = result.administrations[0]
    found = []
    for index, region in enumerate(result.regions):
        curve = _curve(result, given, region)
        if curve is None:
            continue
        try:
            followed = follow_curve(
                curve, prior=wide, wide=wide, scale=_scale(region), seed=seed + index
            )
        except FitError:
            continue  # no curve meets its scans: the result says so itself
        found.append(followed[-1])
    return found


def _curve(
    result: ResultModel, given: AdministrationEntry, region: RegionEntry
) -> MeasuredCurve | None:
    """The first course's scans of an injected lesion; None where there are too few."""
    injected_mbq = sum(
        float(str(part["activity_mbq"]))
        for part in given.injections
        if part["lesion"] == region.name
    )
    scans = [scan for scan in region.scans if scan.course == 1]
    if injected_mbq <= 0 or len(scans) < 3:
        return None
    seen = 1e6 * np.array([scan.activity_mbq for scan in scans])
    random = 1e6 * np.array(
        [
            UNKNOWN_COUNTING * abs(scan.activity_mbq)
            if scan.random_uncertainty_mbq is None
            else scan.random_uncertainty_mbq
            for scan in scans
        ]
    )
    relative = (
        None
        if given.activity_uncertainty_mbq is None
        else given.activity_uncertainty_mbq / given.activity_mbq
    )
    return MeasuredCurve(
        times_s=3600.0 * np.array([scan.hours_after_administration for scan in scans]),
        activities_bq=seen,
        uncertainties_bq=np.maximum(random, 1.0),
        decay_per_s=get_nuclide(result.nuclide).decay_per_s,
        injected_bq=1e6 * injected_mbq,
        injected_relative_uncertainty=stated_activity_uncertainty(
            relative, gross=given.kind == "gross"
        ),
        scatter_relative=SCAN_SCATTER,
    )


def _scale(region: RegionEntry) -> DoseScale:
    """What all scans share, from the first scan's budget; the dose plays no part."""
    first = region.scans[0]
    whole = first.activity_uncertainty_mbq
    random = first.random_uncertainty_mbq or 0.0
    common = math.sqrt(max(whole**2 - random**2, 0.0)) / max(abs(first.activity_mbq), 1e-9)
    return DoseScale(gy_per_bq_s=1e-12, activity_relative_uncertainty=common)
