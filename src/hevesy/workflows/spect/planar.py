"""`hevesy spect planar`: an anterior and a posterior view in, activities of regions out."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from hevesy._version import __version__
from hevesy.errors import InputError
from hevesy.files import record_input, staged_output
from hevesy.progress import SILENT, Control
from hevesy.quantification.planar import PlanarActivity, PlanarResult, measure_planar
from hevesy.quantification.planar_counts import NetViews, prepare_planar
from hevesy.quantification.planar_model import build_planar_scene
from hevesy.workflows.planar_input import PlanarInput, PlanarRequest, read_planar_input

__all__ = ["PLANAR_OUTPUTS", "run_spect_planar"]

PLANAR_OUTPUTS = ("result.json", "views.png")
_WINDOWS_MISS = (
    "photons through the septa and scatter that the windows do not see are not modelled, and their "
    "error is not in the uncertainty: with 188Re lesions come out up to a fifth too large, "
    "and weak organs beside a depot can't be told (docs/methods/planar.md)"
)
_WHOLE_SHARE = 0.98  # of the views' counts under the CT, below which the body is not all there


def run_spect_planar(
    request: PlanarRequest, out_dir: Path, *, control: Control = SILENT
) -> dict[str, Any]:
    """Quantify two planar views by conjugate views over a CT.

    Parameters
    ----------
    request : PlanarRequest
    out_dir : Path
        Gets result.json and views.png, both or nothing.
    control : Control

    Returns
    -------
    dict
        What result.json holds.

    Raises
    ------
    InputError
        A number out of its range.

    Examples
    --------
    >>> request = PlanarRequest(views=(Path("none.dcm"),), ct=Path("ct.nii"), regions=(),
    ...     counts_per_bq_s=1e-4, sensitivity_relative_uncertainty=0.03, top_mm=0.0,
    ...     centre_mm=0.0, placement_mm=4.0)
    >>> run_spect_planar(request, Path("out"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    from hevesy.report.planar_picture import draw_planar
    from hevesy.segmentation import outline_body

    _check(request)
    control.stage("reading the views, the CT and the regions")
    given = read_planar_input(request)
    control.stage("seeing the regions through the CT")
    body = outline_body(given.ct)
    energy_kev = request.energy_kev or given.peak.centre_kev
    share = request.attenuation_relative_uncertainty
    scenes = [
        build_planar_scene(
            given.pair, given.ct, given.regions, body, energy_kev=energy_kev, kvp=request.kvp,
            fwhm_mm=request.fwhm_mm, with_rest=request.background == "body", mu_factor=factor,
        )
        for factor in (1.0, 1.0 + share)
    ]  # fmt: skip
    control.stage("taking the conjugate views")
    whole = prepare_planar(
        given.pair, given.peak, scatter=request.scatter,
        decay_per_s=given.nuclide.decay_per_s, dead_time=request.dead_time,
    )  # fmt: skip
    views = whole.on_rows(scenes[0].rows)
    found = measure_planar(
        views, scenes[0], counts_per_bq_s=request.counts_per_bq_s,
        sensitivity_relative_uncertainty=request.sensitivity_relative_uncertainty,
        background=request.background, denser=scenes[1], placement_mm=request.placement_mm,
        scatter_relative_uncertainty=request.scatter_relative_uncertainty,
    )  # fmt: skip
    result = _result(request, given, whole, views, found, energy_kev)
    with staged_output(out_dir, owned=PLANAR_OUTPUTS) as stage:
        stage.path("views.png").write_bytes(draw_planar(views, scenes[0], given.pair, found))
        text = json.dumps(result, indent=1, allow_nan=False) + "\n"
        stage.path("result.json").write_text(text, encoding="utf-8")
    return result


def _check(request: PlanarRequest) -> None:
    shares = (
        request.attenuation_relative_uncertainty,
        request.sensitivity_relative_uncertainty,
        request.scatter_relative_uncertainty,
    )
    lengths = (request.fwhm_mm, request.placement_mm, request.field_mm or 0.0)
    if not (all(0 <= s < 1 for s in shares) and all(0 <= x < math.inf for x in lengths)):
        raise InputError(
            "an uncertainty, a blur or a length is out of range",
            got=", ".join(f"{number:g}" for number in (*shares, *lengths)),
            allowed="shares 0 to 1, lengths 0 mm or more",
            remedy="correct it",
        )
    if (request.administered_bq is None) != (request.hours is None):
        raise InputError(
            "the check of the whole body needs the activity given and the hours since",
            remedy="give --administered and --hours, or neither",
        )


def _region(found: PlanarActivity) -> dict[str, Any]:
    return {
        "name": found.name,
        "activity_bq": found.activity_bq,
        "uncertainty_bq": found.uncertainty_bq,
        "random_uncertainty_bq": found.counting_bq,
        "scatter_uncertainty_bq": found.scatter_bq,
        "attenuation_uncertainty_bq": found.attenuation_bq,
        "placement_uncertainty_bq": found.placement_bq,
        "common_uncertainty_bq": found.common_bq,
        "net_counts_anterior": found.net_counts[0],
        "net_counts_posterior": found.net_counts[1],
        "transmission_anterior": found.transmission[0],
        "transmission_posterior": found.transmission[1],
        "overlap_share": found.overlap_share,
        "conjugate_view": found.seen,
    }


def _whole_body(
    request: PlanarRequest, given: PlanarInput, found: PlanarResult, under_ct: float
) -> dict[str, Any] | None:
    """The whole body against what was given; None where it was not asked or is not there."""
    if request.administered_bq is None or request.hours is None or request.background != "body":
        return None
    left = math.exp(-given.nuclide.decay_per_s * 3600.0 * request.hours)
    expected = request.administered_bq * left
    return {
        "expected_bq": expected,
        "ratio": found.total_bq / expected,
        "ratio_uncertainty": found.total_uncertainty_bq / expected,
        "whole": under_ct >= _WHOLE_SHARE,
    }


def _result(
    request: PlanarRequest,
    given: PlanarInput,
    whole: NetViews,
    views: NetViews,
    found: PlanarResult,
    energy_kev: float,
) -> dict[str, Any]:
    all_counts = float(np.abs(whole.counts.sum()))
    under_ct = float(views.counts.sum()) / all_counts if all_counts > 0 else 0.0
    warnings = [*given.warnings, *found.warnings]
    if under_ct < _WHOLE_SHARE:
        warnings.append(
            f"{100 * under_ct:.0f} % of the views' counts lie over the CT: the whole body is not "
            "measured"
        )
    if request.fwhm_mm == 0:
        warnings.append(
            "the views' blur is not modelled (--fwhm): counts that it carries out of a region's "
            "place are missing, most in small regions"
        )
    warnings.append(_WINDOWS_MISS)
    records = [record_input(f"view {n}", path) for n, path in enumerate(request.views, start=1)]
    records += [record_input("CT", request.ct), record_input("regions", request.regions)]
    return {
        "statement": "Research use only. Not a medical device.",
        "hevesy_version": __version__,
        "nuclide": given.nuclide.name,
        "peak_kev": [given.peak.lower_kev, given.peak.upper_kev],
        "attenuation_energy_kev": energy_kev,
        "scatter": request.scatter,
        "background": request.background,
        "counts_per_bq_s": request.counts_per_bq_s,
        "exposure_s": given.pair.exposure_s,
        "referred_to": "start of the scan",
        "most_dead_time_n_tau": views.most_loss_ratio,
        "regions": [_region(region) for region in found.regions],
        "total_bq": found.total_bq,
        "total_uncertainty_bq": found.total_uncertainty_bq,
        "counts_under_ct_share": under_ct,
        "whole_body": _whole_body(request, given, found, under_ct),
        "warnings": list(dict.fromkeys(warnings)),
        "inputs": [asdict(record) for record in records],
    }
