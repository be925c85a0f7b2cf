"""Each scan's coronal projection for the report, all in one frame and of one size."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.case import ScanPicture
from hevesy.images import Grid, Quantity, RigidTransform, Volume, resample
from hevesy.workflows.frames import Frames
from hevesy.workflows.session import Session

__all__ = ["picture_scans"]

_PICTURE_MM = 4.0
_LARGEST_MM = 2600.0  # of a picture's side: no patient is longer; a frame that went astray may be


def picture_scans(sessions: Sequence[Session], frames: Frames) -> tuple[ScanPicture, ...]:
    """Project every scan along the patient's back-to-front axis, in the reference's frame.

    All pictures show the same part of the patient: what any of the scans saw.

    Parameters
    ----------
    sessions : sequence of Session
    frames : Frames

    Returns
    -------
    tuple of ScanPicture
    """
    view = _upright(sessions, frames)
    return tuple(_picture(session, frames, n, view) for n, session in enumerate(sessions))


def _picture(session: Session, frames: Frames, index: int, view: Grid) -> ScanPicture:
    """A coronal projection in the reference's frame, on patient axes, head up."""
    transform = frames.to_scan[index]
    moved = resample(session.spect, view, transform=transform, outside=0.0)
    projection: NDArray[np.float32] = moved.values.max(axis=1)[::-1].astype(np.float32)
    grid = session.spect.grid
    total_bq = float(session.spect.values.sum(dtype=np.float64)) * grid.voxel_volume_ml
    x_mm, _, _ = (view.origin_mm - _PICTURE_MM / 2).tolist()
    top_mm = float(view.origin_mm[2]) + (view.shape[0] - 0.5) * _PICTURE_MM
    return ScanPicture(
        scan=session.scan,
        course=session.course,
        start=session.start,
        hours_after_administration=session.hours_after_administration,
        total_activity_mbq=total_bq / 1e6,
        coronal_mip=projection,
        spacing_mm=(_PICTURE_MM, _PICTURE_MM),
        decay_note=session.decay_note,
        corner_mm=(x_mm, top_mm),
        seen=_seen(grid, view, transform),
    )


def _seen(grid: Grid, view: Grid, transform: RigidTransform) -> NDArray[np.bool_]:
    """Where the scan's field lies under the picture, head up."""
    ones = Volume(
        values=np.ones(grid.shape, dtype=np.float32), grid=grid, quantity=Quantity.RELATIVE
    )
    inside = resample(ones, view, transform=transform, outside=0.0)
    return np.asarray(inside.values.max(axis=1)[::-1] >= 0.5)


def _corners_mm(grid: Grid) -> NDArray[np.float64]:
    ends = [(-0.5, n - 0.5) for n in grid.shape]
    return grid.to_world_mm(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))


def _upright(sessions: Sequence[Session], frames: Frames) -> Grid:
    """A grid along the patient's axes that holds all of every scan."""
    world = np.concatenate(
        [
            transform.inverse().apply(_corners_mm(session.spect.grid))
            for session, transform in zip(sessions, frames.to_scan, strict=True)
        ]
    )
    low, high = world.min(axis=0), world.max(axis=0)
    if float((high - low).max()) > _LARGEST_MM:
        own = _corners_mm(sessions[frames.reference].spect.grid)
        low, high = own.min(axis=0), own.max(axis=0)
    x, y, z = (max(1, round(size)) for size in ((high - low) / _PICTURE_MM).tolist())
    return Grid.from_spacing(
        (z, y, x), spacing_mm=(_PICTURE_MM,) * 3, origin_mm=low + _PICTURE_MM / 2
    )
