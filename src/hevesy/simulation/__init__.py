"""A virtual patient: activity known everywhere and at all times, and what a camera makes of it."""

from hevesy.simulation.anatomy import ANATOMY, Part, PartKind, label_grid, patient_points
from hevesy.simulation.background_model import (
    BackgroundModel,
    build_background_model,
    scattered_only_share,
)
from hevesy.simulation.calibration_phantom import CalibrationPhantom, build_calibration_phantom
from hevesy.simulation.camera import counting_uncertainty_bq, counts_per_bq, simulate_spect
from hevesy.simulation.camera_photons import CameraRun, draw_counts, simulate_camera_photons
from hevesy.simulation.compartments import (
    Compartment,
    Leak,
    compartment_curves,
    patient_compartments,
)
from hevesy.simulation.imaging_windows import usual_windows
from hevesy.simulation.patient import (
    VirtualPatient,
    activity_bq_per_ml,
    build_virtual_patient,
    frame_uid,
    move_patient,
    patient_regions,
    region_curves,
    true_tia,
    true_tia_bq_s,
)
from hevesy.simulation.patient_reach import patient_reach_mm
from hevesy.simulation.photon_source import PhotonSource, photon_source
from hevesy.simulation.projection_model import (
    ModelRun,
    field_share,
    model_projections,
    simulate_projections,
)
from hevesy.simulation.recorded_counts import (
    add_background,
    decayed_seconds,
    expected_loss_ratios,
    net_peak_per_s,
    record_counts,
)
from hevesy.simulation.retreatment import treat_again
from hevesy.simulation.session import (
    SCAN_HOURS,
    SimulatedScan,
    render_ct,
    scan_position,
    simulate_session,
    spect_grid,
)
from hevesy.simulation.shapes import Capsule, Ellipsoid, Solid, SuperellipticCylinder
from hevesy.simulation.transported_truth import TransportedTruth, read_transported_truth

__all__ = [
    "ANATOMY",
    "SCAN_HOURS",
    "BackgroundModel",
    "CalibrationPhantom",
    "CameraRun",
    "Capsule",
    "Compartment",
    "Ellipsoid",
    "Leak",
    "ModelRun",
    "Part",
    "PartKind",
    "PhotonSource",
    "SimulatedScan",
    "Solid",
    "SuperellipticCylinder",
    "TransportedTruth",
    "VirtualPatient",
    "activity_bq_per_ml",
    "add_background",
    "build_background_model",
    "build_calibration_phantom",
    "build_virtual_patient",
    "compartment_curves",
    "counting_uncertainty_bq",
    "counts_per_bq",
    "decayed_seconds",
    "draw_counts",
    "expected_loss_ratios",
    "field_share",
    "frame_uid",
    "label_grid",
    "model_projections",
    "move_patient",
    "net_peak_per_s",
    "patient_compartments",
    "patient_points",
    "patient_reach_mm",
    "patient_regions",
    "photon_source",
    "read_transported_truth",
    "record_counts",
    "region_curves",
    "render_ct",
    "scan_position",
    "scattered_only_share",
    "simulate_camera_photons",
    "simulate_projections",
    "simulate_session",
    "simulate_spect",
    "spect_grid",
    "treat_again",
    "true_tia",
    "true_tia_bq_s",
    "usual_windows",
]
