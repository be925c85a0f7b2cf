"""The dose map: curves voxel by voxel, decays on the dose grid, an engine over them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case
from hevesy.dose import DoseMap
from hevesy.errors import CaseError
from hevesy.images import (
    Grid,
    HuDensityTable,
    Quantity,
    Region,
    Volume,
    coverage_share,
    hu_to_density,
    resample_activity,
)
from hevesy.media import classify_tissue
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.workflows.curves import CourseFits
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_masks import share_on_grid
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session
from hevesy.workflows.transport_dose import EngineDose, dose_by_engine
from hevesy.workflows.voxel_courses import MOST_LABELS, integrate_voxels

__all__ = ["MappedDose", "density_of", "map_dose"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MappedDose:
    """The dose map and what it was made from.

    Parameters
    ----------
    dose : DoseMap
    density : Volume
        DENSITY_G_PER_CM3 on the dose grid.
    found : EngineDose
        The engine, its reason, and what it says of each region.
    warnings : tuple of str
    """

    dose: DoseMap
    density: Volume
    found: EngineDose
    warnings: tuple[str, ...] = ()

    def ratio_of(self, region: int) -> float:
        """Energy imparted over energy released in a region; 1 for local deposition."""
        ratio = self.found.energy_ratio[region]
        return 1.0 if self.found.method == "local" or not math.isfinite(ratio) else ratio


def density_of(case: Case, reference: Session, table: HuDensityTable | None) -> Volume:
    """Density on the dose grid: from the reference scan's CT, else uniform as the case says.

    Parameters
    ----------
    case : Case
    reference : Session
    table : HuDensityTable or None
        The site's own; None for the cited one.

    Returns
    -------
    Volume
        DENSITY_G_PER_CM3, on the CT's grid, else on the SPECT's.

    Raises
    ------
    CaseError
        Neither a CT nor a density.
    """
    if reference.ct is not None:
        return hu_to_density(reference.ct, table)
    uniform = case.options.density_g_cm3
    if uniform is None:
        raise CaseError(
            "there is no CT, so the density is not known",
            remedy="name a `ct` in a [[scan]], or set `density_g_cm3 = 1.05` in [options]",
        )
    spect = reference.spect
    values = np.broadcast_to(np.float32(uniform), spect.grid.shape)
    return spect.with_values(values, Quantity.DENSITY_G_PER_CM3)


def map_dose(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    regions: Sequence[PlannedRegion],
    fitted: Mapping[str, CourseFits],
    nuclide: Nuclide,
    density: Volume,
    masks: Sequence[Region],
    *,
    control: Control,
) -> MappedDose:
    """Integrate each voxel's activity over all courses and let an engine make dose of it.

    Curves are fitted on the reference SPECT's grid, where the image's information is; the decays
    are then moved to the dose grid with their total kept.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    frames : Frames
    regions : sequence of PlannedRegion
    fitted : Mapping of str to CourseFits
        By region; their curves' shapes serve voxels too weak for one of their own.
    nuclide : Nuclide
    density : Volume
        DENSITY_G_PER_CM3; its grid is the dose grid.
    masks : sequence of Region
        The regions on the dose grid.
    control : Control

    Returns
    -------
    MappedDose

    Raises
    ------
    Interrupted
        The user stopped the work.
    """
    spect = sessions[frames.reference].spect
    labels = _labels(regions, frames, spect.grid)
    curves = [fitted[region.name] for region in regions]
    tia = integrate_voxels(
        case,
        sessions,
        frames,
        nuclide,
        spect.grid,
        labels,
        curves[:MOST_LABELS],
        control=control,
    )
    decays = spect.with_values(tia.reshape(spect.grid.shape), Quantity.BQ_S_PER_ML)
    on_grid = resample_activity(decays, density.grid, frame_of_reference=density.frame_of_reference)
    per_voxel = np.asarray(on_grid.values) * np.float32(density.grid.voxel_volume_ml)
    found = dose_by_engine(
        case,
        on_grid.with_values(per_voxel, Quantity.BQ_S),
        classify_tissue(density),
        masks,
        [sum(fit.tia_bq_s for fit in found.fits.values()) for found in curves],
        nuclide,
        control=control,
        share_of=lambda number: share_on_grid(regions[number], frames, density),
    )
    return MappedDose(
        dose=found.dose,
        density=density,
        found=found,
        warnings=(*_warnings(found.dose), *found.warnings),
    )


def _warnings(dose: DoseMap) -> tuple[str, ...]:
    share = dose.excluded_energy_share
    if share < 0.01:
        return ()
    return (
        f"{100 * share:.1f} % of the decays lie in air (blur, breathing or the field beyond the "
        "body): the map gives no dose for them",
    )


def _labels(regions: Sequence[PlannedRegion], frames: Frames, grid: Grid) -> NDArray[np.uint8]:
    """Which pooled curve a voxel takes: 0 is the whole field's, then the regions' in order."""
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for number, region in enumerate(regions[:MOST_LABELS], start=1):
        drawn, transform = region.on(frames.reference, frames)
        share = coverage_share(drawn, grid, transform=transform)
        labels[(share > 0.5) & (labels == 0)] = number
    return labels.reshape(-1)
