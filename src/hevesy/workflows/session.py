"""One scan, read and in canonical units, in its own frame."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Region, Volume
from hevesy.quantification import CountingFloor, CountingNoise

if TYPE_CHECKING:
    from hevesy.dicom import DicomContext

__all__ = ["Session", "said_once"]

_SCAN = re.compile(r"scan (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """A SPECT with what belongs to it, ready to be measured.

    Parameters
    ----------
    scan : int
        Number in the case, from 1.
    course : int
        Number of the administration that it follows, from 1.
    start : datetime
        Start of the frame, UTC.
    seconds_after_administration : float
        From the course's time zero to `start`, s; above 0.
    duration_s : float or None
        Of the frame, s.
    spect : Volume
        BQ_PER_ML; physical activity at `start`.
    ct : Volume or None
        HU.
    structures : tuple of Region
        As drawn on this session's images.
    spect_context, ct_context : DicomContext or None
        What DICOM writers need; None where the image was not DICOM.
    register_rigidly : bool
        Register to the reference scan even where no frame of reference tells them apart.
    counting : CountingNoise or None
        Of this image, where its reconstruction is known.
    repeats : tuple of ndarray of float32, shape of `spect`
        The image again with counts drawn anew, Bq/mL.
    shifted : ndarray of float32, shape of `spect`, or None
        The image again with the scatter model's standard uncertainty added to it, Bq/mL.
    floor : CountingFloor or None
        The least counting uncertainty of a region.
    calibration_relative_uncertainty : float or None
        Of this image's calibration and dead time, where its record is known.
    decay_note : str
        What the voxel values referred to, and why that is believed.
    breathing_mm : float or None
        How far breathing moves the regions along the body's axis, peak to peak, mm.
    mismatch_mm : float or None
        Standard uncertainty, along each axis, of where the image lies to the regions, mm.
    warnings : tuple of str
    """

    scan: int
    course: int
    start: datetime
    seconds_after_administration: float
    duration_s: float | None
    spect: Volume
    ct: Volume | None = None
    structures: tuple[Region, ...] = ()
    spect_context: "DicomContext | None" = None
    ct_context: "DicomContext | None" = None
    register_rigidly: bool = False
    counting: CountingNoise | None = None
    repeats: tuple[NDArray[np.float32], ...] = ()
    shifted: NDArray[np.float32] | None = None
    floor: CountingFloor | None = None
    calibration_relative_uncertainty: float | None = None
    decay_note: str = ""
    breathing_mm: float | None = None
    mismatch_mm: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def hours_after_administration(self) -> float:
        """From time zero to the frame's start, h."""
        return self.seconds_after_administration / 3600.0


def said_once(warnings: Sequence[str]) -> list[str]:
    """Warnings of several scans, each text once, with the scans that it is of.

    Parameters
    ----------
    warnings : sequence of str
        Such as ``"scan 2: no resolution was modelled"``; others are kept as they are.

    Returns
    -------
    list of str
        In the order of each text's first.

    Examples
    --------
    >>> said_once(["scan 1: dark", "scan 1: short", "scan 2: dark", "late"])
    ['scans 1, 2: dark', 'scan 1: short', 'late']
    """
    scans: dict[str, list[str]] = {}
    for warning in warnings:
        found = _SCAN.fullmatch(warning)
        text, scan = (warning, "") if found is None else (found[2], found[1])
        held = scans.setdefault(text, [])
        if scan and scan not in held:
            held.append(scan)
    return [
        text if not held else f"scan{'s' if len(held) > 1 else ''} {', '.join(held)}: {text}"
        for text, held in scans.items()
    ]
