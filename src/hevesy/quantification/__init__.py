"""From an image to activities of regions: decay reference, sums, partial volume."""

from hevesy.quantification.counting import CountingNoise
from hevesy.quantification.decay import DecayResolution, DecayTags, resolve_decay
from hevesy.quantification.delineation import (
    border_uncertainty_mm,
    boundary_count_share,
    sphere_diameter_mm,
    volume_relative_uncertainty,
)
from hevesy.quantification.partial_volume import RecoveryCoefficient, recovery_coefficient
from hevesy.quantification.regions import RegionActivity, bounding_box, measure_regions
from hevesy.quantification.restoration import RestoredActivity, restore_activity
from hevesy.quantification.transfer_matrix import (
    CorrectedActivity,
    TransferMatrixResult,
    correct_by_transfer_matrix,
)

__all__ = [
    "CorrectedActivity",
    "CountingNoise",
    "DecayResolution",
    "DecayTags",
    "RecoveryCoefficient",
    "RegionActivity",
    "RestoredActivity",
    "TransferMatrixResult",
    "border_uncertainty_mm",
    "boundary_count_share",
    "bounding_box",
    "correct_by_transfer_matrix",
    "measure_regions",
    "recovery_coefficient",
    "resolve_decay",
    "restore_activity",
    "sphere_diameter_mm",
    "volume_relative_uncertainty",
]
