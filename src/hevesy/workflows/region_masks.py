"""Regions on the dose grid."""

from hevesy.images import Region, Volume, coverage_share
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_plan import PlannedRegion

__all__ = ["mask_on_grid"]


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
    grid = reference.grid
    home, drawn = region.home
    if drawn.grid.matches(grid) and home == frames.reference:
        mask = drawn.mask
    else:
        _, transform = region.on(frames.reference, frames)
        mask = coverage_share(drawn, grid, transform=transform) >= 0.5
    return Region(
        name=region.name,
        mask=mask,
        grid=grid,
        frame_of_reference=reference.frame_of_reference,
    )
