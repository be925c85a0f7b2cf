"""Read, compute, write: what the commands call."""

from hevesy.workflows.demo import run_demo
from hevesy.workflows.demo_raw import run_demo_raw
from hevesy.workflows.dose import run_dose
from hevesy.workflows.dose_map import run_dose_map
from hevesy.workflows.dose_map_input import DoseMapRequest
from hevesy.workflows.planar_input import PlanarRequest
from hevesy.workflows.spect.calibrate import run_spect_calibrate
from hevesy.workflows.spect.hybrid import HybridRequest, run_spect_hybrid
from hevesy.workflows.spect.planar import run_spect_planar
from hevesy.workflows.spect.quantify import run_spect_quantify
from hevesy.workflows.spect.reconstruct import run_spect_reconstruct
from hevesy.workflows.spect.request import ReconstructRequest
from hevesy.workflows.spect.simulate import run_spect_simulate
from hevesy.workflows.spect.simulate_request import SimulateRequest
from hevesy.workflows.study_prior import run_study_prior
from hevesy.workflows.tlc import TlcReading, run_tlc
from hevesy.workflows.verify import verify

__all__ = [
    "DoseMapRequest",
    "HybridRequest",
    "PlanarRequest",
    "ReconstructRequest",
    "SimulateRequest",
    "TlcReading",
    "run_demo",
    "run_demo_raw",
    "run_dose",
    "run_dose_map",
    "run_spect_calibrate",
    "run_spect_hybrid",
    "run_spect_planar",
    "run_spect_quantify",
    "run_spect_reconstruct",
    "run_spect_simulate",
    "run_study_prior",
    "run_tlc",
    "verify",
]
