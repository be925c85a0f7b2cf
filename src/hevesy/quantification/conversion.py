"""Counts of a reconstructed image, turned into becquerels by a calibration record."""

import math
from dataclasses import dataclass

import numpy as np

from hevesy.errors import InputError
from hevesy.images import Quantity, Volume
from hevesy.quantification.calibration import CalibrationRecord
from hevesy.quantification.counting import CountingNoise

__all__ = ["QuantifiedImage", "to_bq_per_ml"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantifiedImage:
    """An image in Bq/mL, with the parts of its uncertainty that the chain keeps apart.

    Parameters
    ----------
    image : Volume
        BQ_PER_ML, physical activity at the moment to which the duration was referred.
    calibration_relative_uncertainty : float
        Of every voxel alike, factor and dead time; common to all scans of a course, so it goes to
        `calibration_relative_uncertainty` of the dose's chain, once.
    counting : CountingNoise
        For the regions' random uncertainty, independent from scan to scan; Poisson, a lower bound.

    Examples
    --------
    >>> QuantifiedImage.__slots__
    ('image', 'calibration_relative_uncertainty', 'counting')
    """

    image: Volume
    calibration_relative_uncertainty: float
    counting: CountingNoise


def to_bq_per_ml(
    image: Volume,
    record: CalibrationRecord,
    *,
    duration_s: float,
    counted_s: float | None = None,
    dead_time_relative: float = 0.0,
) -> QuantifiedImage:
    """Turn a reconstructed image's counts into activity concentration.

    c = N / (k T v), k the record's factor, T the time that the image's counts belong to and v
    the voxel's volume. Recovery is not applied: it belongs to regions, not to voxels.

    Parameters
    ----------
    image : Volume
        COUNTS in the voxel.
    record : CalibrationRecord
        One that `check_protocol` let pass.
    duration_s : float
        T, s, of the same meaning as when the record was made. An image reconstructed with
        `view_weights` as they are (seconds, times the live fraction) is in counts per second at
        the scan's start: T is 1. One reconstructed with weights about 1 counts what a mean view
        sees: T is the mean of `view_weights`.
    counted_s : float, optional
        Time over which all counts of the image were collected (the sum of `view_weights`), for
        the counting uncertainty; `duration_s` if left out.
    dead_time_relative : float
        Relative uncertainty from the dead time's, from `correct_dead_time`.

    Returns
    -------
    QuantifiedImage

    Raises
    ------
    InputError
        Times that are not above 0, or a negative uncertainty.

    Examples
    --------
    >>> from datetime import date
    >>> from hevesy.camera import EnergyWindow
    >>> from hevesy.images import Grid
    >>> from hevesy.quantification import DoseCalibrator, ReconstructionProtocol, ScanProtocol
    >>> protocol = ScanProtocol(scanner="room 2", collimator="HE", nuclide="Re-188",
    ...     peak=EnergyWindow.around(155.0, percent=10.0), scatter_windows=(), scatter="none",
    ...     reconstruction=ReconstructionProtocol(algorithm="OSEM", iterations=2, subsets=10,
    ...     attenuation=True, point_spread=None, postfilter_fwhm_mm=0.0, voxel_mm=(5.0, 5.0, 5.0)))
    >>> day = date(2026, 1, 9)
    >>> record = CalibrationRecord(version="1", protocol=protocol, counts_per_bq_s=1e-5,
    ...     relative_uncertainty=0.03, made=day, valid_from=day, expires=day,
    ...     dose_calibrator=DoseCalibrator(name="a", traceable_to="b", relative_uncertainty=0.02))
    >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(5, 5, 5))
    >>> counts = Volume(values=np.full(grid.shape, 2.0), grid=grid, quantity=Quantity.COUNTS)
    >>> float(to_bq_per_ml(counts, record, duration_s=20.0).image.values[0, 0, 0].round(3))
    80000.0
    """
    image.require(Quantity.COUNTS)
    counted = duration_s if counted_s is None else counted_s
    if not (0 < duration_s < math.inf and 0 < counted < math.inf and dead_time_relative >= 0):
        raise InputError(
            "counts need the time over which they were collected, above 0",
            got=f"{duration_s:g} s, {counted:g} s, uncertainty {dead_time_relative:g}",
            remedy="give the views' weights",
        )
    per_ml = record.counts_per_bq_s * duration_s * image.grid.voxel_volume_ml
    concentration = np.asarray(image.values, dtype=np.float64) / per_ml
    return QuantifiedImage(
        image=image.with_values(concentration, Quantity.BQ_PER_ML),
        calibration_relative_uncertainty=math.hypot(
            record.relative_uncertainty, dead_time_relative
        ),
        counting=CountingNoise(counts_per_bq=record.counts_per_bq_s * counted),
    )
