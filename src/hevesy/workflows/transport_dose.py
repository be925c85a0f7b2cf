"""The dose map by the engine that fits: choice, restoration, transport, other engines beside it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case, EngineComparison, PartialVolume, RegionDoses
from hevesy.dose import (
    DoseMap,
    GammaCriterion,
    KernelConvolution,
    MonteCarlo,
    analyse_gamma,
    choose_method,
    electron_reach_mm,
    near_low_density_share,
)
from hevesy.images import Region, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, Nuclide
from hevesy.progress import Control
from hevesy.quantification import restore_activity
from hevesy.workflows.air import leave_out_air
from hevesy.workflows.engines import find_engine

__all__ = ["EngineDose", "dose_by_engine"]

_PRECISION = 0.02
_MOST_HISTORIES = 20_000_000
_UNRESTORED_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EngineDose:
    """A dose map, how it came about, and what it says of each region.

    Parameters
    ----------
    method : str
        The engine.
    reason : str
        Why it was taken.
    dose : DoseMap
    tia : Volume
        BQ_S: the decays that the engine was given.
    energy_ratio : tuple of float
        For each region: energy imparted over the electrons' energy released in it; of a kernel,
        within the region's outline on a grid fine enough for it.
    transport_relative_uncertainty : tuple of float or None
        Statistical, of each region's mean dose; None for engines without it.
    comparison : EngineComparison or None
    restored : bool
        The decays were put back into their regions.
    warnings : tuple of str
    """

    method: str
    reason: str
    dose: DoseMap
    tia: Volume
    energy_ratio: tuple[float, ...]
    transport_relative_uncertainty: tuple[float | None, ...]
    comparison: EngineComparison | None = None
    restored: bool = False
    warnings: tuple[str, ...] = ()


def dose_by_engine(
    case: Case,
    tia: Volume,
    tissue: TissueMap,
    masks: Sequence[Region],
    tia_bq_s: Sequence[float],
    nuclide: Nuclide,
    *,
    control: Control,
    share_of: Callable[[int], NDArray[Any]] | None = None,
) -> EngineDose:
    """Compute the dose map by the case's engine, or by the one that fits.

    Transport is given decays that were put back into their regions where the image's resolution
    is known and the regions' activities are corrected for it.

    Parameters
    ----------
    case : Case
    tia : Volume
        BQ_S on the dose grid, as the image shows it.
    tissue : TissueMap
    masks : sequence of Region
        On the dose grid.
    tia_bq_s : sequence of float
        Each region's own decays, corrected, Bq s.
    nuclide : Nuclide
    control : Control
    share_of : callable, optional
        Gives the share of each voxel that is in the region of this number; the masks by default.

    Returns
    -------
    EngineDose
    """
    options = case.options
    method, reason = options.method, "as the case asks"
    if method == "auto":
        method, reason = choose_method(
            tia, tissue, nuclide, resolution_fwhm_mm=options.resolution_fwhm_mm
        )
    warnings: list[str] = []
    if method != "local" or options.compare:
        restored = _restored(case, tia, masks, tia_bq_s, control)
    else:
        restored = None
    given = tia if restored is None or method == "local" else restored
    if method != "local" and restored is None:
        near = near_low_density_share(
            tia, tissue.density, reach_mm=electron_reach_mm(nuclide), air_counts=False
        )
        if near > _UNRESTORED_SHARE:
            warnings.append(
                "the activity was not restored to its regions before transport (state "
                '`resolution` and partial_volume = "gtm"): blur and breathing put lesion activity '
                "on lung, where it gives false dose"
            )
    if method != "local":
        given, air = leave_out_air(given, tissue)
        if air > 0.01:
            warnings.append(f"{100 * air:.1f} % of the decays lie in air and were left out")
    dose = _compute(method, case, given, tissue, masks, nuclide, control)
    comparison = None
    if options.compare:
        truth_like = given if restored is None else leave_out_air(restored, tissue)[0]
        comparison = _compare(case, method, dose, truth_like, tissue, masks, nuclide, control)
    return EngineDose(
        method=method,
        reason=reason,
        dose=dose,
        tia=given,
        energy_ratio=tuple(
            _fine_ratio(dose, given, tissue, m.mask if share_of is None else share_of(n), nuclide)
            if method == "kernel"
            else _ratio(dose, given, tissue, m, nuclide)
            for n, m in enumerate(masks)
        ),
        transport_relative_uncertainty=tuple(_statistical(dose, m.name) for m in masks),
        comparison=comparison,
        restored=restored is not None and method != "local",
        warnings=tuple(warnings),
    )


def _restored(
    case: Case,
    tia: Volume,
    masks: Sequence[Region],
    tia_bq_s: Sequence[float],
    control: Control,
) -> Volume | None:
    fwhm_mm = case.options.resolution_fwhm_mm
    if fwhm_mm is None or case.options.partial_volume is PartialVolume.NONE or not masks:
        return None
    control.stage("putting the activity back into its regions")
    order = sorted(range(len(masks)), key=lambda n: int(np.count_nonzero(masks[n].mask)))
    found = restore_activity(
        tia,
        [masks[n] for n in order],
        [max(float(tia_bq_s[n]), 0.0) for n in order],
        fwhm_mm=fwhm_mm,
    )
    return found.tia


def _compute(
    method: str,
    case: Case,
    tia: Volume,
    tissue: TissueMap,
    masks: Sequence[Region],
    nuclide: Nuclide,
    control: Control,
    *,
    beside: bool = False,
) -> DoseMap:
    """One engine's map; beside another kernels are let in near lung, for the reader sees both."""
    if method != "monte-carlo":
        engine = find_engine(
            method,
            histories=case.options.histories,
            seed=case.options.seed,
            allow_lung=beside or case.options.kernel_in_lung,
        )
        return engine.compute(tia, tissue, nuclide, control=control)
    engine = MonteCarlo(
        precision=None if case.options.histories else case.options.precision or _PRECISION,
        histories=case.options.histories,
        most_histories=_MOST_HISTORIES,
        seed=case.options.seed,
    )
    return engine.compute(
        tia, tissue, nuclide, control=control, regions={m.name: m.mask for m in masks}
    )


def _ratio(
    dose: DoseMap, tia: Volume, tissue: TissueMap, region: Region, nuclide: Nuclide
) -> float:
    """Energy imparted to a region over the energy of electrons released in it."""
    imparted_j = _imparted_j(dose, tissue, region)
    released = float(np.asarray(tia.values)[region.mask].sum(dtype=np.float64))
    released_j = released * nuclide.electron_energy_mev * JOULE_PER_MEV
    return imparted_j / released_j if released_j > 0 else math.nan


def _fine_ratio(
    dose: DoseMap, tia: Volume, tissue: TissueMap, share: NDArray[Any], nuclide: Nuclide
) -> float:
    """Give the same of a kernel's map, by the region's outline."""
    found = KernelConvolution(allow_lung=True).region_energy(dose, tia, tissue, nuclide, share)
    released_mev = found.own_tia_bq_s * nuclide.electron_energy_mev
    return found.imparted_mev / released_mev if released_mev > 0 else math.nan


def _imparted_j(dose: DoseMap, tissue: TissueMap, region: Region) -> float:
    density = np.asarray(tissue.density.values)[region.mask].astype(np.float64)
    per_ml = float(np.dot(np.asarray(dose.dose.values)[region.mask].astype(np.float64), density))
    return per_ml * dose.dose.grid.voxel_volume_ml * 1e-3


def _statistical(dose: DoseMap, name: str) -> float | None:
    if dose.statistics is None:
        return None
    for found, mean_gy, sigma_gy in dose.statistics.regions:
        if found == name and mean_gy > 0:
            return sigma_gy / mean_gy
    return None


def _compare(
    case: Case,
    method: str,
    dose: DoseMap,
    tia: Volume,
    tissue: TissueMap,
    masks: Sequence[Region],
    nuclide: Nuclide,
    control: Control,
) -> EngineComparison:
    """Give the same decays to other engines; hold each against the case's own by gamma."""
    names = [name for name in dict.fromkeys(case.options.compare) if name != method]
    base = dose
    if method == "local":  # its map was made of decays that were not restored
        base = _compute(method, case, tia, tissue, masks, nuclide, control)
    maps = {method: base}
    for name in names:
        maps[name] = _compute(name, case, tia, tissue, masks, nuclide, control, beside=True)
    control.stage("comparing the engines")
    rows = []
    for name, found in maps.items():
        rows.append(
            RegionDoses(
                method=name,
                mean_dose_gy=tuple(_mean_gy(found, tissue, m) for m in masks),
                gamma_pass_share=None if name == method else _passing(found, base, control),
                note=found.method,
            )
        )
    return EngineComparison(
        reference=method,
        regions=tuple(m.name for m in masks),
        rows=tuple(rows),
        maps=tuple(found.dose for found in maps.values()),
    )


def _passing(dose: DoseMap, base: DoseMap, control: Control) -> float:
    """Share of voxels above 10 % of the maximum within 3 % of the dose or 3 mm."""
    criterion = GammaCriterion(dose_percent=3.0, distance_mm=3.0, local=False)
    found = analyse_gamma(dose.dose, base.dose, criterion, control=control)
    return float(found.pass_fraction)


def _mean_gy(dose: DoseMap, tissue: TissueMap, region: Region) -> float:
    density = np.asarray(tissue.density.values)[region.mask].astype(np.float64)
    values = np.asarray(dose.dose.values)[region.mask].astype(np.float64)
    return float(np.average(values, weights=density))
