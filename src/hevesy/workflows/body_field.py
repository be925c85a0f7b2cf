"""How much of the body a scan's field holds, and what may lie outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.images import Grid, Quantity, Region, coverage_share
from hevesy.workflows.frames import Frames
from hevesy.workflows.session import Session

__all__ = ["BodyField", "find_body_fields"]

# Reference adult male, ICRP Publication 89 (2002): 73 kg; at 1 g/mL.
REFERENCE_BODY_ML = 73_000.0
_LEAST_UNSEEN_SHARE = 0.1  # of what is seen, where that is more than the reference body
_SHORTEST_ADULT_MM = 1000.0  # a field under it holds no adult, however small
_SLAB_MM = 40.0  # beyond any camera's resolution
_TOUCHES_SHARE = 0.02  # of the largest section: a tip, not a cut


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyField:
    """The body in one scan's field; None where no CT outlines it.

    Parameters
    ----------
    body_ml : float or None
        Of the CT's body within the field, mL.
    in_field_share : float or None
        Of the CT's body.
    cut : bool or None
        The body goes on beyond the field or the CT, at head or feet; True without a CT where the
        field is too short for an adult.
    outside_bq : float or None
        What the rest of a reference adult would hold, filled as the hotter cut end is, Bq; 0
        where the body is not cut.
    """

    body_ml: float | None = None
    in_field_share: float | None = None
    cut: bool | None = None
    outside_bq: float | None = None


def find_body_fields(sessions: Sequence[Session], frames: Frames) -> tuple[BodyField, ...]:
    """Lay the reference CT's body over every scan's field.

    Parameters
    ----------
    sessions : sequence of Session
    frames : Frames

    Returns
    -------
    tuple of BodyField
        For each session.
    """
    ct = sessions[frames.reference].ct
    if ct is None:
        return tuple(_by_length(session) for session in sessions)
    from hevesy.segmentation import outline_body

    try:
        body = outline_body(ct.require(Quantity.HU), coarse=True)
    except RegionError:
        return tuple(_by_length(session) for session in sessions)
    from_reference = frames.to_scan[frames.reference]
    found = []
    for index, session in enumerate(sessions):
        transform = from_reference.compose(frames.to_scan[index].inverse())
        share = coverage_share(
            body, session.spect.grid, transform=transform, least_inside_share=0.0
        )
        found.append(_field(body, share, session))
    return tuple(found)


def _by_length(session: Session) -> BodyField:
    grid = session.spect.grid
    axis, _ = _long_axis(grid)
    length_mm = grid.shape[axis] * grid.spacing_mm[axis]
    return BodyField(cut=True if length_mm < _SHORTEST_ADULT_MM else None)


def _field(body: Region, share: NDArray[Any], session: Session) -> BodyField:
    grid = session.spect.grid
    inside_ml = float(share.sum(dtype=np.float64)) * grid.voxel_volume_ml
    axis, sections = _sections(share, grid)
    seen = np.flatnonzero(sections > _TOUCHES_SHARE * sections.max())
    ct_feet, ct_head = _touches(body)
    ends = []  # first and last slice within the field, from the feet on
    if ct_feet or seen[0] == 0:
        ends.append(seen[0])
    if ct_head or seen[-1] == sections.size - 1:
        ends.append(seen[-1])
    if not ends:
        return BodyField(
            body_ml=inside_ml,
            in_field_share=min(inside_ml / body.volume_ml, 1.0),
            cut=False,
            outside_bq=0.0,
        )
    unseen_ml = max(REFERENCE_BODY_ML - inside_ml, _LEAST_UNSEEN_SHARE * inside_ml)
    hottest = max(_end_bq_per_ml(end, share, session, axis) for end in ends)
    return BodyField(
        body_ml=inside_ml,
        in_field_share=min(inside_ml / body.volume_ml, 1.0),
        cut=True,
        outside_bq=hottest * unseen_ml,
    )


def _end_bq_per_ml(end: int, share: NDArray[Any], session: Session, axis: int) -> float:
    """Mean concentration in the body over the last 40 mm before a cut."""
    grid = session.spect.grid
    thick = max(1, round(_SLAB_MM / grid.spacing_mm[axis]))
    covered = np.moveaxis(_from_feet(share, grid, axis), axis, 0)
    values = np.moveaxis(_from_feet(session.spect.values, grid, axis), axis, 0)
    middle = covered.shape[0] // 2
    rows = slice(end, end + thick) if end < middle else slice(max(end - thick + 1, 0), end + 1)
    weight = covered[rows]
    whole = float(weight.sum(dtype=np.float64))
    return float(np.vdot(weight, values[rows])) / whole if whole > 0 else 0.0


def _long_axis(grid: Grid) -> tuple[int, bool]:
    """The array axis along the patient, and whether it runs from feet to head."""
    up = np.asarray(grid.affine)[2, :3] / np.asarray(grid.spacing_mm)
    axis = int(np.abs(up).argmax())
    return axis, bool(up[axis] > 0)


def _from_feet(values: NDArray[Any], grid: Grid, axis: int) -> NDArray[Any]:
    return values if _long_axis(grid)[1] else np.flip(values, axis=axis)


def _sections(share: NDArray[Any], grid: Grid) -> tuple[int, NDArray[np.float64]]:
    """Area of the body in each slice, in voxels, from the feet on."""
    axis, _ = _long_axis(grid)
    others = tuple(a for a in range(3) if a != axis)
    return axis, _from_feet(share, grid, axis).sum(axis=others, dtype=np.float64)


def _touches(body: Region) -> tuple[bool, bool]:
    """Whether the body goes on beyond the CT, at the feet's end and at the head's."""
    _, sections = _sections(body.mask.astype(np.uint8), body.grid)
    least = _TOUCHES_SHARE * sections.max()
    return bool(sections[0] > least), bool(sections[-1] > least)
