"""The regions' sum against the whole image: what is in none of them, what is in two."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hevesy.case import RegionResult
from hevesy.images import Region, coverage_share
from hevesy.workflows.frames import Frames
from hevesy.workflows.session import Session
from hevesy.workflows.whole_body import whole_image_bq

__all__ = ["Ledger", "add_up_regions", "overlap_warnings"]

_WORTH_SAYING_SHARE = 0.01  # of the smaller region: contours that touch share some voxels


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One scan's regions; `regions_mbq` + `remainder_mbq` is the whole image."""

    regions_mbq: float
    counted_twice_mbq: float
    remainder_mbq: float
    remainder_uncertainty_mbq: float


def overlap_warnings(masks: Sequence[Region]) -> tuple[str, ...]:
    """Name every two regions that share voxels.

    Parameters
    ----------
    masks : sequence of Region
        On one grid.

    Returns
    -------
    tuple of str
    """
    found = []
    for first, second in combinations(masks, 2):
        both = int(np.count_nonzero(first.mask & second.mask))
        least = min(int(first.mask.sum()), int(second.mask.sum()))
        if least and both > _WORTH_SAYING_SHARE * least:
            shared_ml = both * first.grid.voxel_volume_ml
            found.append(
                f"regions '{first.name}' and '{second.name}' share {shared_ml:.3g} mL "
                f"({100 * both / least:.0f} % of the smaller): what is there is in both regions' "
                "activity and dose; in the balance of the whole body it is counted once"
            )
    return tuple(found)


def add_up_regions(
    regions: Sequence[RegionResult],
    masks: Sequence[Region],
    sessions: Sequence[Session],
    frames: Frames,
    calibration_relative_uncertainty: float | None,
) -> tuple[Ledger, ...]:
    """Add up the regions of every scan, overlaps once.

    An overlap's activity is taken as the image shows it. The remainder's uncertainty has the
    calibration once, on the remainder itself, for it is common to the image and its regions; what
    regions have besides (counting, borders, recovery) adds in squares.

    Parameters
    ----------
    regions : sequence of RegionResult
    masks : sequence of Region
        On the dose grid.
    sessions : sequence of Session
    frames : Frames
    calibration_relative_uncertainty : float or None

    Returns
    -------
    tuple of Ledger
        For each session.
    """
    levels = _levels(masks)
    calibration = calibration_relative_uncertainty or 0.0
    ledgers = []
    for index, session in enumerate(sessions):
        twice = sum(_shown_mbq(level, session, index, frames) for level in levels)
        scans = [region.scans[index] for region in regions]
        inside = sum(scan.activity_mbq for scan in scans) - twice
        own = [
            max(scan.activity_uncertainty_mbq**2 - (calibration * scan.activity_mbq) ** 2, 0.0)
            for scan in scans
        ]
        remainder = whole_image_bq(session) / 1e6 - inside
        ledgers.append(
            Ledger(
                regions_mbq=inside,
                counted_twice_mbq=twice,
                remainder_mbq=remainder,
                remainder_uncertainty_mbq=math.hypot(
                    calibration * remainder, math.sqrt(math.fsum(own))
                ),
            )
        )
    return tuple(ledgers)


def _levels(masks: Sequence[Region]) -> list[Region]:
    """Where two or more regions are, where three or more, ...: each is once too much."""
    if not masks:
        return []
    depth = np.zeros(masks[0].mask.shape, dtype=np.uint8)
    for region in masks:
        depth += region.mask
    return [
        Region(
            name=f"in {level} regions",
            mask=depth >= level,
            grid=masks[0].grid,
            frame_of_reference=masks[0].frame_of_reference,
        )
        for level in range(2, int(depth.max(initial=0)) + 1)
    ]


def _shown_mbq(level: Region, session: Session, index: int, frames: Frames) -> float:
    share = coverage_share(
        level,
        session.spect.grid,
        transform=frames.to_scan[frames.reference].compose(frames.to_scan[index].inverse()),
        least_inside_share=0.0,
    )
    return float(np.vdot(share, session.spect.values)) * session.spect.grid.voxel_volume_ml / 1e6
