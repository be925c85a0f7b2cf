"""The `[options]` table of a case file."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hevesy.case import CaseOptions, InjectionRegionOptions, PartialVolume, Radiobiology
from hevesy.errors import CaseError
from hevesy.files.case_models import OptionsModel, RadiobiologyModel
from hevesy.files.case_quantities import duration_s, length_mm, share
from hevesy.files.case_refusal import nearest
from hevesy.files.case_scans import find_path
from hevesy.timeactivity import CITED_PRIORS

__all__ = ["to_options"]

_METHODS = ("auto", "local", "kernel", "monte-carlo", "penelope")


def to_options(model: OptionsModel, folder: Path) -> CaseOptions:
    """Turn ``[options]`` into canonical units, and refuse combinations that contradict.

    Parameters
    ----------
    model : OptionsModel
        As the case file has it.
    folder : Path
        The case file's folder, for the path of `hu_to_density`.

    Returns
    -------
    CaseOptions

    Raises
    ------
    CaseError
        Two goals for one simulation, or another combination that contradicts itself.

    Examples
    --------
    >>> to_options(OptionsModel(resolution="16 mm"), Path()).resolution_fwhm_mm
    16.0
    """
    _check_method(model.method, "method")
    for name in model.compare:
        _check_method(name, "compare")
    if model.precision is not None and model.histories is not None:
        raise CaseError(
            "options.precision and options.histories are two goals for one simulation",
            got=f"{model.precision} and {model.histories}",
            remedy="give one of them",
        )
    _check_partial_volume(model)
    _check_curve(model)
    _check_eud(model.eud_a)
    curve = model.recovery_curve
    resolution_uncertainty = length_mm(
        model.resolution_uncertainty, "options.resolution_uncertainty"
    )
    return CaseOptions(
        method=model.method,
        precision=share(model.precision, "options.precision"),
        histories=model.histories,
        compare=tuple(dict.fromkeys(model.compare)),
        kernel_in_lung=model.kernel_in_lung,
        regions=_regions(model.regions),
        density_g_cm3=model.density_g_cm3,
        region_density_g_cm3=tuple(model.region_density_g_cm3.items()),
        hu_to_density=(
            None
            if model.hu_to_density is None
            else find_path(model.hu_to_density, folder, "options.hu_to_density")
        ),
        resolution_fwhm_mm=length_mm(model.resolution, "options.resolution"),
        resolution_uncertainty_mm=(
            CaseOptions().resolution_uncertainty_mm
            if resolution_uncertainty is None
            else resolution_uncertainty
        ),
        partial_volume=PartialVolume(model.partial_volume),
        recovery_curve=None if curve is None else (curve.beta_ml, curve.alpha),
        recovery_relative_uncertainty=(
            share(curve.uncertainty if curve else None, "options.recovery_curve.uncertainty") or 0.0
        ),
        calibration_relative_uncertainty=share(
            model.calibration_uncertainty, "options.calibration_uncertainty"
        ),
        count_relative_uncertainty=share(model.count_uncertainty, "options.count_uncertainty"),
        counts_per_bq_s=model.counts_per_bq_s,
        contour_uncertainty_mm=length_mm(model.contour_uncertainty, "options.contour_uncertainty"),
        fit_models=tuple(dict.fromkeys(model.fit)),
        uptake_phase=model.uptake_phase,
        effective_half_life_s=duration_s(model.effective_half_life, "options.effective_half_life"),
        effective_half_life_uncertainty_s=duration_s(
            model.effective_half_life_uncertainty, "options.effective_half_life_uncertainty"
        ),
        tail=model.tail,
        voxel_curves=model.voxel_curves,
        radiobiology=tuple(_radiobiology(r, i + 1) for i, r in enumerate(model.radiobiology)),
        dvh_volumes_at_gy=tuple(model.dvh_volumes_at_gy),
        eud_a=model.eud_a,
        count_repeats=model.count_repeats,
        scatter_relative_uncertainty=share(
            model.scatter_uncertainty, "options.scatter_uncertainty"
        ),
        **_running_dose(model, folder),
        seed=model.seed,
        injection_regions=_injection_regions(model),
    )


def _injection_regions(model: OptionsModel) -> InjectionRegionOptions | None:
    asked = model.injection_regions
    if asked is None:
        return None
    if model.resolution is None:
        raise CaseError(
            "options.resolution is missing",
            remedy="injection_regions needs the image's FWHM to tell a depot from what is around "
            'it, e.g. resolution = "16 mm"',
        )
    return InjectionRegionOptions(
        rim_mm=asked.rim_mm,
        tract_radius_mm=asked.tract_radius_mm,
        capsule_mm=asked.capsule_mm,
        capsule_reach_mm=asked.capsule_reach_mm,
        capsule_of=tuple(dict.fromkeys(asked.capsule_of)),
        downstream=tuple(dict.fromkeys(asked.downstream)),
    )


def _regions(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if not name.strip() or names.count(name) > 1:
            raise CaseError(
                "options.regions has an empty name or a name twice",
                got=name,
                remedy="name each region once",
            )
    return tuple(names)


def _radiobiology(model: RadiobiologyModel, number: int) -> Radiobiology:
    what = f"options.radiobiology[{number}].repair_half_time"
    half_time = duration_s(model.repair_half_time, what)
    return Radiobiology(
        alpha_per_gy=model.alpha_per_gy,
        alpha_beta_gy=model.alpha_beta_gy,
        repair_half_time_s=half_time or 0.0,
        regions=tuple(model.regions),
    )


def _running_dose(model: OptionsModel, folder: Path) -> dict[str, Any]:
    """`prior` and `planned_scans`."""
    found: dict[str, Any] = {"prior": model.prior}
    if model.prior.startswith("cited:"):
        name = model.prior.removeprefix("cited:")
        if name not in CITED_PRIORS:
            raise CaseError(
                "options.prior cites what is not known",
                got=model.prior,
                allowed=", ".join(f'"cited:{known}"' for known in CITED_PRIORS),
                remedy='take one of these, "wide", or the path of a prior file',
            )
    elif model.prior != "wide":
        if Path(model.prior).suffix != ".toml":
            raise CaseError(
                "options.prior is neither a known prior nor a prior file",
                got=model.prior,
                allowed='"wide", "cited:NAME", or the path of a .toml file',
                remedy='write prior = "wide", or correct the path',
            )
        found = {"prior": "file", "prior_file": find_path(model.prior, folder, "options.prior")}
    if model.planned_scans is not None:
        times = [duration_s(text, "options.planned_scans") or 0.0 for text in model.planned_scans]
        if any(later <= earlier for earlier, later in pairwise([0.0, *times])):
            raise CaseError(
                "options.planned_scans must rise from above 0",
                got=", ".join(model.planned_scans),
                remedy='give times after the injection, e.g. ["6 h", "24 h", "48 h"]',
            )
        found["planned_scans_s"] = tuple(times)
    return found


def _check_method(method: str, key: str) -> None:
    allowed = _METHODS if key == "method" else _METHODS[1:]
    if method in allowed:
        return
    near = nearest(method, allowed)
    raise CaseError(
        f"options.{key} names an unknown engine",
        got=method,
        allowed=", ".join(f'"{name}"' for name in allowed),
        remedy=f'did you mean "{near}"?' if near else f'write {key} = "monte-carlo"',
    )


def _check_partial_volume(model: OptionsModel) -> None:
    wanted = model.partial_volume
    if wanted == "gtm" and model.resolution is None:
        raise CaseError(
            "options.resolution is missing",
            remedy='partial_volume = "gtm" needs the image\'s FWHM, e.g. resolution = "16 mm"',
        )
    if wanted == "recovery-curve" and model.recovery_curve is None:
        raise CaseError(
            "options.recovery_curve is missing",
            remedy='partial_volume = "recovery-curve" needs it, '
            "e.g. recovery_curve = { beta_ml = 3.2, alpha = 1.1 }",
        )
    if wanted != "recovery-curve" and model.recovery_curve is not None:
        raise CaseError(
            "options.recovery_curve would not be used",
            got=f"partial_volume = {wanted}",
            remedy='set partial_volume = "recovery-curve", or leave the curve out',
        )
    if model.resolution is None and model.resolution_uncertainty is not None:
        raise CaseError(
            "options.resolution_uncertainty is given without a resolution",
            remedy='add resolution = "16 mm", or leave it out',
        )


def _check_curve(model: OptionsModel) -> None:
    alone = {"trapezoid", "prior"} & set(model.fit)
    if alone and len(set(model.fit)) > 1:
        raise CaseError(
            "options.fit names what can only stand alone",
            got=", ".join(model.fit),
            remedy="name exponentials only, or one of trapezoid and prior",
        )
    keys = ("effective_half_life", "effective_half_life_uncertainty")
    missing = [key for key in keys if getattr(model, key) is None]
    if missing and (len(missing) == 1 or "prior" in model.fit):
        raise CaseError(
            f"options.{missing[0]} is missing",
            remedy='give both, e.g. effective_half_life = "14 h", '
            'effective_half_life_uncertainty = "2 h"',
        )


def _check_eud(exponent: float | None) -> None:
    if exponent is not None and (exponent == 0 or not math.isfinite(exponent)):
        raise CaseError(
            "options.eud_a can't be 0",
            remedy="below 0 for tumours, 1 for the mean dose, above 1 for organs",
        )
