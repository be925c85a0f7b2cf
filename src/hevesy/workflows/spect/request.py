"""What `hevesy spect reconstruct` was asked for."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hevesy.camera import PointSpread
from hevesy.errors import InputError
from hevesy.reconstruction import ScatterMethod

__all__ = ["MODEL_UNCERTAINTY", "SCATTER_CHOICES", "ReconstructRequest"]

SCATTER_CHOICES = ("tew", "dew", "model", "none")
MODEL_UNCERTAINTY = 0.05
"""Relative, of a model's scatter and penetration: twice what photons show (camera-model.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstructRequest:
    """Files and options of one reconstruction.

    Parameters
    ----------
    beds : tuple of Path
        Raw NM files, one a bed.
    ct : Path or None
        NIfTI or NRRD in HU, or a DICOM folder.
    no_attenuation : bool
        Reconstruct without a CT.
    iterations, subsets : int
        Of OSEM.
    peak_kev : tuple of float or None
        Limits of the peak window; None where only one was recorded.
    energy_kev : float or None
        For the attenuation; None takes the peak window's middle.
    scatter : str
        ``"tew"``, ``"tew:X"`` (X the upper window's share), ``"dew"``, ``"model:CAMERA"`` (scatter
        and penetration of the image itself, by that camera's model) or ``"none"``.
    scatter_uncertainty : float
        Relative standard uncertainty of a model's scatter and penetration.
    scatter_smoothing_mm : float
        FWHM over the scatter windows, mm.
    point_spread : PointSpread or None
        None: no resolution model.
    postfilter_mm : float
        FWHM of the Gaussian after it, mm.
    kvp : float
        The CT's tube voltage.
    nuclide : str or None
        Where the files don't say.
    radius_mm, start_deg, seconds, direction, rows_from, axial_centre_mm
        As in `hevesy.dicom.Supplied`.
    heads_in_one : int
        Heads whose views were written as one detector's.
    zone : ZoneInfo or None
        The site's, for files without an offset.
    calibration : Path or None
        Record that turns counts into Bq/mL.
    administered_bq : float or None
        Activity given, Bq, where the files don't say: what bounds the dead time's branch.
    administered : tuple of (float, datetime)
        The same, Bq with its moment, where the administrations are known; it comes first.
    scanner : str or None
        As the record calls the camera; None takes the files' model.
    day : date or None
        The scan's, where the files don't say.
    allow_truncated : bool
        Reconstruct a patient who is cut off at the sides.
    threads : int or None
        None: all that the process may use.

    Raises
    ------
    InputError
        No bed, a number out of its range, or an unknown scatter correction.

    Examples
    --------
    >>> ReconstructRequest(beds=(Path("bed1.dcm"),)).subsets
    10
    """

    beds: tuple[Path, ...]
    ct: Path | None = None
    no_attenuation: bool = False
    iterations: int = 2
    subsets: int = 10
    peak_kev: tuple[float, float] | None = None
    energy_kev: float | None = None
    scatter: str = "tew"
    scatter_smoothing_mm: float = 0.0
    scatter_uncertainty: float = MODEL_UNCERTAINTY
    point_spread: PointSpread | None = None
    postfilter_mm: float = 0.0
    kvp: float = 120.0
    nuclide: str | None = None
    radius_mm: float | None = None
    start_deg: tuple[float, ...] | None = None
    seconds: float | None = None
    direction: str | None = None
    rows_from: str | None = None
    axial_centre_mm: float | None = None
    heads_in_one: int = 1
    zone: ZoneInfo | None = None
    calibration: Path | None = None
    administered_bq: float | None = None
    administered: tuple[tuple[float, datetime], ...] = ()
    scanner: str | None = None
    day: date | None = None
    allow_truncated: bool = False
    threads: int | None = None

    def __post_init__(self) -> None:
        if not self.beds:
            raise InputError("there is no bed to reconstruct", remedy="give its raw NM file")
        if min(self.iterations, self.subsets) < 1:
            raise InputError(
                "a reconstruction needs 1 or more iterations and subsets",
                got=f"{self.iterations} x {self.subsets}",
                remedy="correct --iterations or --subsets",
            )
        if self.scatter.partition(":")[0] not in SCATTER_CHOICES:
            raise InputError(
                "unknown scatter correction",
                got=self.scatter,
                allowed=", ".join(SCATTER_CHOICES),
                remedy="correct --scatter",
            )
        modelled = ScatterMethod.parse(self.scatter).camera is not None
        if modelled and self.ct is None:
            raise InputError(
                "scatter by a model needs a CT",
                remedy="give one with --ct, or choose another --scatter",
            )
        if not 0 <= self.scatter_uncertainty < 1:
            raise InputError(
                "the scatter model's relative uncertainty must be from 0 to below 1",
                got=f"{self.scatter_uncertainty:g}",
                remedy="correct --scatter-uncertainty",
            )
        if not (0 <= self.postfilter_mm < math.inf and 0 <= self.scatter_smoothing_mm < math.inf):
            raise InputError(
                "a filter's width must be 0 or more",
                got=f"{self.postfilter_mm:g} and {self.scatter_smoothing_mm:g} mm",
                remedy="give a FWHM in mm",
            )
