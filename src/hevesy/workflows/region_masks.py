"""Regions on the dose grid."""

from typing import Any

from numpy.typing import NDArray

from hevesy.images import Region, Volume, coverage_share
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_plan import PlannedRegion

__all__ = ["mask_on_grid", "share_on_grid"]


def mask_on_grid(region: PlannedRegion, frames: Frames, reference: Volume) -> Region:
    """Give a region's voxels on the dose grid: those of which it fills half or more.

    Parameters
    ----------
    region : PlannedRegion
    frames : Frames
    reference : Volume
        Its grid is the dose grid.

    Returns
    -------
    Region
    """
    share = share_on_grid(region, frames, reference)
    return Region(
        name=region.name,
        mask=share if share.dtype == bool else share >= 0.5,
        grid=reference.grid,
        frame_of_reference=reference.frame_of_reference,
    )


def share_on_grid(region: PlannedRegion, frames: Frames, reference: Volume) -> NDArray[Any]:
    """Give the share of each voxel of the dose grid that a region fills.

    Parameters
    ----------
    region : PlannedRegion
    frames : Frames
    reference : Volume
        Its grid is the dose grid.

    Returns
    -------
    ndarray of bool or float32, shape ``reference.grid.shape``
        The mask itself where it was drawn on this grid.
    """
    home, drawn = region.home
    if drawn.grid.matches(reference.grid) and home == frames.reference:
        return drawn.mask
    _, transform = region.on(frames.reference, frames)
    return coverage_share(drawn, reference.grid, transform=transform)
