"""`hevesy spect hybrid`: planar results and one SPECT in, a region's curve and integral out."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hevesy._version import __version__
from hevesy.errors import ImageFileError, InputError, RegionError
from hevesy.files import record_input
from hevesy.nuclides import get_nuclide
from hevesy.timeactivity import FitOptions, fit_hybrid

__all__ = ["HybridRequest", "run_spect_hybrid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridRequest:
    """What `hevesy spect hybrid` was asked.

    Parameters
    ----------
    planar : tuple of Path
        result.json of `hevesy spect planar`, one for each scan.
    hours : tuple of float
        From the administration to each scan's start.
    region : str
        Its name in all of them.
    spect_hours : float
        From the administration to the SPECT's start.
    spect_bq, spect_relative_uncertainty : float
        The region's physical activity then, with all its uncertainty.
    """

    planar: tuple[Path, ...]
    hours: tuple[float, ...]
    region: str
    spect_hours: float
    spect_bq: float
    spect_relative_uncertainty: float


def run_spect_hybrid(request: HybridRequest) -> dict[str, Any]:
    """Fit a region's planar activities and scale the curve to the SPECT.

    Counting and placement are taken as independent from scan to scan; what all planar scans share
    falls out with the scale.

    Parameters
    ----------
    request : HybridRequest

    Returns
    -------
    dict

    Raises
    ------
    InputError
        As many times as results are needed; results of two nuclides.

    Examples
    --------
    >>> run_spect_hybrid(HybridRequest(planar=(Path("none.json"),), hours=(1.0,), region="liver",
    ...     spect_hours=1.0, spect_bq=1e6, spect_relative_uncertainty=0.05))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: a planar result can't be read: ...
    """
    if len(request.hours) != len(request.planar) or min(request.hours, default=-1.0) < 0:
        raise InputError(
            "each planar result needs its time, 0 h or later",
            got=f"{len(request.planar)} results, {len(request.hours)} times",
            remedy="give --hours with one number for each result, in their order",
        )
    results = [_read(path) for path in request.planar]
    nuclides = sorted({str(result["nuclide"]) for result in results})
    if len(nuclides) > 1:
        raise InputError(
            "the planar results are of several nuclides",
            got=", ".join(nuclides),
            remedy="give the scans of one administration",
        )
    nuclide = get_nuclide(nuclides[0])
    regions = [_region(result, request.region) for result in results]
    found = fit_hybrid(
        [3600.0 * hours for hours in request.hours],
        [float(region["activity_bq"]) for region in regions],
        [
            math.hypot(
                float(region["random_uncertainty_bq"]), float(region["placement_uncertainty_bq"])
            )
            for region in regions
        ],
        spect_time_s=3600.0 * request.spect_hours,
        spect_bq=request.spect_bq,
        spect_uncertainty_bq=request.spect_relative_uncertainty * request.spect_bq,
        decay_per_s=nuclide.decay_per_s,
        options=FitOptions(),
        name=request.region,
    )
    last_s = found.shape.effective_half_life_s
    return {
        "statement": "Research use only. Not a medical device.",
        "hevesy_version": __version__,
        "nuclide": nuclide.name,
        "region": request.region,
        "model": found.shape.model,
        "scale_ratio": found.scale_ratio,
        "tia_mbq_h": found.tia_bq_s / 3.6e9,
        "tia_uncertainty_mbq_h": found.tia_uncertainty_bq_s / 3.6e9,
        "shape_relative_uncertainty": found.shape_relative_uncertainty,
        "scale_relative_uncertainty": found.scale_relative_uncertainty,
        "effective_half_life_h": None if last_s is None else last_s / 3600.0,
        "scaled_activity_mbq": [
            found.scale_ratio * float(region["activity_bq"]) / 1e6 for region in regions
        ],
        "warnings": list(found.shape.warnings),
        "inputs": [
            asdict(record_input(f"planar result {number}", path))
            for number, path in enumerate(request.planar, start=1)
        ],
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        listed = {str(region["name"]) for region in found["regions"]}
        complete = bool(listed) and "conjugate_view" in found["regions"][0] and found["nuclide"]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ImageFileError(
            "a planar result can't be read",
            got=path.name,
            remedy="give the result.json that hevesy spect planar wrote",
        ) from error
    if not complete:
        raise ImageFileError(
            "a file is no planar result",
            got=path.name,
            remedy="give the result.json that hevesy spect planar wrote",
        )
    return dict(found)


def _region(result: dict[str, Any], name: str) -> dict[str, Any]:
    names = [str(region["name"]) for region in result["regions"]]
    if name not in names:
        raise RegionError(
            "a planar result does not have the region",
            got=name,
            allowed=", ".join(names),
            remedy="use the region's name as its file has it",
        )
    return dict(result["regions"][names.index(name)])
