"""From counts to activities of regions: calibration, dead time, decay, sums, partial volume."""

from hevesy.quantification.balance import (
    ActivityBalance,
    ActivityPart,
    balance_activity,
)
from hevesy.quantification.calibration import (
    CalibrationRecord,
    DoseCalibrator,
    QualityControl,
    ReconstructionProtocol,
    ScanProtocol,
    check_protocol,
)
from hevesy.quantification.calibration_factor import (
    CalibrationFactor,
    CombinedFactor,
    NetCounts,
    combine_factors,
    factor_from_counts,
    region_counts,
    source_counts,
)
from hevesy.quantification.conjugate_view import (
    background_share,
    conjugate_view_bq,
    self_attenuation,
)
from hevesy.quantification.conversion import QuantifiedImage, to_bq_per_ml
from hevesy.quantification.counting import CountingNoise
from hevesy.quantification.counting_floor import CountingFloor
from hevesy.quantification.dead_time import (
    DeadTimeCorrection,
    FittedDeadTime,
    correct_dead_time,
    fit_dead_time,
)
from hevesy.quantification.decay import DecayResolution, DecayTags, resolve_decay, view_weights
from hevesy.quantification.delineation import (
    border_uncertainty_mm,
    boundary_count_share,
    sphere_diameter_mm,
    volume_relative_uncertainty,
)
from hevesy.quantification.detection import (
    DetectionLimit,
    detection_limit,
)
from hevesy.quantification.partial_volume import RecoveryCoefficient, recovery_coefficient
from hevesy.quantification.planar import (
    PlanarActivity,
    PlanarResult,
    measure_planar,
    solve_conjugate_views,
)
from hevesy.quantification.planar_counts import NetViews, prepare_planar
from hevesy.quantification.planar_model import (
    PlanarScene,
    SeenRegion,
    build_planar_scene,
)
from hevesy.quantification.recovery import (
    RECOVERY_MODELS,
    RecoveryCurve,
    blurred_sphere_recovery,
    fit_recovery,
    sphere_volume_ml,
)
from hevesy.quantification.regions import RegionActivity, bounding_box, measure_regions
from hevesy.quantification.restoration import RestoredActivity, restore_activity
from hevesy.quantification.transfer_matrix import (
    CorrectedActivity,
    TransferMatrixResult,
    correct_by_transfer_matrix,
)

__all__ = [
    "RECOVERY_MODELS",
    "ActivityBalance",
    "ActivityPart",
    "CalibrationFactor",
    "CalibrationRecord",
    "CombinedFactor",
    "CorrectedActivity",
    "CountingFloor",
    "CountingNoise",
    "DeadTimeCorrection",
    "DecayResolution",
    "DecayTags",
    "DetectionLimit",
    "DoseCalibrator",
    "FittedDeadTime",
    "NetCounts",
    "NetViews",
    "PlanarActivity",
    "PlanarResult",
    "PlanarScene",
    "QualityControl",
    "QuantifiedImage",
    "ReconstructionProtocol",
    "RecoveryCoefficient",
    "RecoveryCurve",
    "RegionActivity",
    "RestoredActivity",
    "ScanProtocol",
    "SeenRegion",
    "TransferMatrixResult",
    "background_share",
    "balance_activity",
    "blurred_sphere_recovery",
    "border_uncertainty_mm",
    "boundary_count_share",
    "bounding_box",
    "build_planar_scene",
    "check_protocol",
    "combine_factors",
    "conjugate_view_bq",
    "correct_by_transfer_matrix",
    "correct_dead_time",
    "detection_limit",
    "factor_from_counts",
    "fit_dead_time",
    "fit_recovery",
    "measure_planar",
    "measure_regions",
    "prepare_planar",
    "recovery_coefficient",
    "region_counts",
    "resolve_decay",
    "restore_activity",
    "self_attenuation",
    "solve_conjugate_views",
    "source_counts",
    "sphere_diameter_mm",
    "sphere_volume_ml",
    "to_bq_per_ml",
    "view_weights",
    "volume_relative_uncertainty",
]
