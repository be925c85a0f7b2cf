"""Whether a lesion's activity still lies where the lesion was drawn."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.case import CaseOptions
from hevesy.images import coverage_share
from hevesy.quantification import sphere_diameter_mm
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session

__all__ = ["lesions_out_of_place"]

_UNKNOWN_FWHM_MM = 16.0  # how far around a lesion is looked where the resolution is not stated
_LEAST_SHIFT_MM = 5.0  # registration alone may bring some mm
_LEAST_SHIFT_SHARE = 0.15  # of the diameter: a sphere then has a fifth of its volume outside
_LEAST_CONTRAST_RATIO = 2.0  # lesion to rim, on its home scan: below, a centroid says little


def lesions_out_of_place(
    regions: Sequence[PlannedRegion],
    sessions: Sequence[Session],
    frames: Frames,
    options: CaseOptions,
) -> tuple[tuple[str, str], ...]:
    """Follow each lesion's centre of activity over the scans, against its mask.

    The centre is that of the activity within the mask and one FWHM around it, other regions left
    out. What counts is how it moved against the mask since the scan on which the lesion was drawn:
    more than 5 mm and 15 % of the lesion's diameter. A lesion that is hardly hotter than its
    surroundings is not judged; nor are scans on which it was drawn anew.

    Parameters
    ----------
    regions : sequence of PlannedRegion
    sessions : sequence of Session
    frames : Frames
    options : CaseOptions

    Returns
    -------
    tuple of (str, str)
        Region and warning.
    """
    reach_mm = options.resolution_fwhm_mm or _UNKNOWN_FWHM_MM
    found = []
    for region in regions:
        if region.kind != "lesion":
            continue
        others = [other for other in regions if other.name != region.name]
        home, drawn = region.home
        at_home = _offset(region, others, sessions[home], home, frames, reach_mm)
        if at_home is None or at_home[1] < _LEAST_CONTRAST_RATIO:
            continue
        least_mm = max(_LEAST_SHIFT_MM, _LEAST_SHIFT_SHARE * sphere_diameter_mm(drawn.volume_ml))
        anew = {index for index, _ in region.drawn}
        for index, session in enumerate(sessions):
            if index in anew:
                continue
            here = _offset(region, others, session, index, frames, reach_mm)
            if here is None or here[1] < 1.0:
                continue
            shift_mm = float(np.linalg.norm(here[0] - at_home[0]))
            if shift_mm > least_mm:
                found.append((region.name, _words(region.name, session, shift_mm, at_home, here)))
    return tuple(found)


def _words(
    name: str,
    session: Session,
    shift_mm: float,
    at_home: tuple[NDArray[np.float64], float, float],
    here: tuple[NDArray[np.float64], float, float],
) -> str:
    x, y, z = (here[0] - at_home[0]).tolist()
    return (
        f"region '{name}', scan {session.scan}: the centre of its activity lies {shift_mm:.1f} mm "
        f"from where it was when the region was drawn (L {x:+.1f}, P {y:+.1f}, H {z:+.1f} mm), and "
        f"{100 * here[2]:.0f} % of the activity in and around it is outside (then "
        f"{100 * at_home[2]:.0f} %): it moved out of its mask, or its activity moved within it; "
        "draw it on this scan too, or register it"
    )


def _offset(
    region: PlannedRegion,
    others: Sequence[PlannedRegion],
    session: Session,
    index: int,
    frames: Frames,
    reach_mm: float,
) -> tuple[NDArray[np.float64], float, float] | None:
    """Centre of activity less the mask's, in the reference's axes (mm); contrast; share outside."""
    from scipy.ndimage import distance_transform_edt

    grid = session.spect.grid
    drawn, transform = region.on(index, frames)
    share = coverage_share(drawn, grid, transform=transform, least_inside_share=0.0)
    box = _box(share, [math.ceil(reach_mm / step) + 1 for step in grid.spacing_mm])
    inside = share[box]
    near = distance_transform_edt(inside < 0.5, sampling=grid.spacing_mm) <= reach_mm
    window = np.where(near, 1.0, 0.0)
    for other in others:
        shape, there = other.on(index, frames)
        window *= 1.0 - coverage_share(shape, grid, transform=there, least_inside_share=0.0)[box]
    window = np.maximum(window, inside)
    values = np.asarray(session.spect.values[box], dtype=np.float64)
    weight = values * window
    if weight.sum() <= 0 or not (inside > 0).any():
        return None
    rim = np.clip(window - inside, 0.0, 1.0)
    mean_in = float((values * inside).sum() / inside.sum())
    mean_rim = float((values * rim).sum() / rim.sum()) if rim.sum() > 0 else 0.0
    places = np.argwhere(np.ones(inside.shape, dtype=bool)) + [s.start for s in box]
    world = grid.to_world_mm(places.astype(np.float64))
    to_reference = frames.to_scan[index].inverse()
    centres = [
        to_reference.apply((world * part.reshape(-1, 1)).sum(axis=0) / part.sum())
        for part in (weight, inside.astype(np.float64))
    ]
    outside = 1.0 - float((values * inside).sum()) / float(weight.sum())
    contrast = mean_in / mean_rim if mean_rim > 0 else math.inf
    return np.asarray(centres[0] - centres[1]), contrast, outside


def _box(share: NDArray[Any], margin: Sequence[int]) -> tuple[slice, slice, slice]:
    spans = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        rows = np.flatnonzero((share > 0).any(axis=others))
        low, high = int(rows[0]) - margin[axis], int(rows[-1]) + margin[axis] + 1
        spans.append(slice(max(low, 0), min(high, share.shape[axis])))
    return spans[0], spans[1], spans[2]
