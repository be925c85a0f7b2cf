"""From counts to activities of regions: calibration, dead time, decay, sums, partial volume."""

from hevesy.quantification.balance import (
    ActivityBalance,
    ActivityPart,
    balance_activity,
)
from hevesy.quantification.biodistribution import (
    InjectedShare,
    injected_share,
    region_detection,
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
from hevesy.quantification.closure import (
    ClosureUncertainty,
    ClosureVerdict,
    ScanBalance,
    WholeBodyScan,
    balance_scan,
    combine_ratios,
    find_rises,
)
from hevesy.quantification.closure_causes import (
    ClosureCause,
    ClosureEvidence,
    Explanation,
    Strength,
    explain_balance,
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
from hevesy.quantification.leakage import InjectedPart, LeakageShares, share_injection
from hevesy.quantification.motion import (
    breathing_blur_mm,
    breathing_offsets_mm,
    estimate_offset_mm,
    mismatch_offsets_mm,
    spread_over,
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
    solve_transfer_matrix,
)

__all__ = [
    "RECOVERY_MODELS",
    "ActivityBalance",
    "ActivityPart",
    "CalibrationFactor",
    "CalibrationRecord",
    "ClosureCause",
    "ClosureEvidence",
    "ClosureUncertainty",
    "ClosureVerdict",
    "CombinedFactor",
    "CorrectedActivity",
    "CountingFloor",
    "CountingNoise",
    "DeadTimeCorrection",
    "DecayResolution",
    "DecayTags",
    "DetectionLimit",
    "DoseCalibrator",
    "Explanation",
    "FittedDeadTime",
    "InjectedPart",
    "InjectedShare",
    "LeakageShares",
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
    "ScanBalance",
    "ScanProtocol",
    "SeenRegion",
    "Strength",
    "TransferMatrixResult",
    "WholeBodyScan",
    "background_share",
    "balance_activity",
    "balance_scan",
    "blurred_sphere_recovery",
    "border_uncertainty_mm",
    "boundary_count_share",
    "bounding_box",
    "breathing_blur_mm",
    "breathing_offsets_mm",
    "build_planar_scene",
    "check_protocol",
    "combine_factors",
    "combine_ratios",
    "conjugate_view_bq",
    "correct_by_transfer_matrix",
    "correct_dead_time",
    "detection_limit",
    "estimate_offset_mm",
    "explain_balance",
    "factor_from_counts",
    "find_rises",
    "fit_dead_time",
    "fit_recovery",
    "injected_share",
    "measure_planar",
    "measure_regions",
    "mismatch_offsets_mm",
    "prepare_planar",
    "recovery_coefficient",
    "region_counts",
    "region_detection",
    "resolve_decay",
    "restore_activity",
    "self_attenuation",
    "share_injection",
    "solve_conjugate_views",
    "solve_transfer_matrix",
    "source_counts",
    "sphere_diameter_mm",
    "sphere_volume_ml",
    "spread_over",
    "to_bq_per_ml",
    "view_weights",
    "volume_relative_uncertainty",
]
