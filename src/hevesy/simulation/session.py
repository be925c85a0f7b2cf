"""One visit to the camera: the patient lies down again, and is imaged by SPECT and CT."""

from dataclasses import dataclass

import numpy as np

from hevesy.errors import InputError
from hevesy.images import Grid, Quantity, RigidTransform, Volume
from hevesy.simulation.anatomy import ANATOMY
from hevesy.simulation.camera import simulate_spect
from hevesy.simulation.patient import (
    VirtualPatient,
    activity_bq_per_ml,
    frame_uid,
    move_patient,
)

__all__ = [
    "SCAN_HOURS",
    "SimulatedScan",
    "render_ct",
    "scan_position",
    "simulate_session",
    "spect_grid",
]

SCAN_HOURS = (1.0, 6.0, 24.0, 48.0, 72.0, 96.0)
"""When the trial scans, h after the end of the injection."""

_SPECT_VOXEL_MM = 4.8
_CT_NOISE_HU = 12.0
_AIR_HU = -1000.0
_LARGEST_SHIFT_MM = 8.0
_LARGEST_TURN_DEG = 3.0
_POSITION, _CT_NOISE, _SPECT_NOISE = 1, 2, 3  # streams of random numbers of one seed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedScan:
    """What one visit gives.

    Parameters
    ----------
    scan : int
        From 1.
    spect : Volume
        BQ_PER_ML, float32, corrected for decay to the START of the frame.
    ct : Volume
        HU, int16; in the frame of reference of `spect`.
    transform : RigidTransform
        Takes points of the patient's frame (the first scan's) to this scan's frame, LPS mm: what a
        registration with the first scan as its fixed image should find.
    start_s : float
        Start of the frame since the end of the injection, s.
    duration_s : float
        Of the frame, s.
    counts_per_bq_s : float
        Sensitivity, counts per decay.
    fwhm_mm : float
        Of the blur, mm.

    Examples
    --------
    >>> from hevesy.simulation import build_virtual_patient
    >>> session = simulate_session(build_virtual_patient(seed=1), scan=1, hours=1.0, seed=1)
    >>> session.start_s, session.transform.is_identity()
    (3600.0, True)
    """

    scan: int
    spect: Volume
    ct: Volume
    transform: RigidTransform
    start_s: float
    duration_s: float
    counts_per_bq_s: float
    fwhm_mm: float


def scan_position(scan: int, seed: int) -> RigidTransform:
    """How the patient lies at a scan: a turn of up to 3 degrees and a shift of up to 8 mm.

    Parameters
    ----------
    scan : int
        From 1; at the first the patient lies as the truth does (identity).
    seed : int
        0 or more.

    Returns
    -------
    RigidTransform
        Takes points of the patient's frame to the scan's frame, LPS mm. The turn is about the
        middle of the torso.

    Raises
    ------
    InputError
        A scan below 1 or a negative seed.

    Examples
    --------
    >>> scan_position(1, 7).is_identity(), scan_position(2, 7).rotation_deg <= 3
    (True, True)
    """
    if scan < 1 or seed < 0:
        raise InputError(
            "a scan is counted from 1, and a seed is 0 or more",
            got=f"scan {scan}, seed {seed}",
            remedy="correct the number",
        )
    if scan == 1:
        return RigidTransform.identity()
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng([seed, scan, _POSITION])
    axis = rng.normal(size=3)
    direction = rng.normal(size=3)
    angle = np.radians(rng.uniform(0.5, _LARGEST_TURN_DEG))
    matrix = np.eye(4)
    turn = Rotation.from_rotvec(axis / np.linalg.norm(axis) * angle)
    matrix[:3, :3] = turn.as_matrix()
    shift_mm = rng.uniform(2.0, _LARGEST_SHIFT_MM)
    matrix[:3, 3] = direction / np.linalg.norm(direction) * shift_mm
    return RigidTransform(matrix=matrix)


def spect_grid(patient: VirtualPatient, voxel_mm: float = _SPECT_VOXEL_MM) -> Grid:
    """Grid of cubic voxels that covers the patient's grid, with the same middle.

    Examples
    --------
    >>> from hevesy.simulation import build_virtual_patient
    >>> spect_grid(build_virtual_patient(seed=1)).shape
    (107, 78, 96)
    """
    field = np.array(patient.grid.shape) * np.array(patient.grid.spacing_mm)
    nz, ny, nx = (int(n) for n in np.ceil(field / voxel_mm - 1e-9))
    middle = patient.grid.to_world_mm((np.array(patient.grid.shape) - 1) / 2)
    origin = middle - (np.array([nx, ny, nz]) - 1) / 2 * voxel_mm
    return Grid.from_spacing(
        (nz, ny, nx), spacing_mm=(voxel_mm, voxel_mm, voxel_mm), origin_mm=origin
    )


def render_ct(patient: VirtualPatient, *, seed: int, noise_hu: float = _CT_NOISE_HU) -> Volume:
    """CT of the patient as it lies: one CT number per tissue, and white noise.

    Parameters
    ----------
    patient : VirtualPatient
    seed : int
        Of the noise, 0 or more.
    noise_hu : float
        Standard deviation of the noise, HU.

    Returns
    -------
    Volume
        HU, int16, on the patient's grid and frame.

    Examples
    --------
    >>> from hevesy.simulation import build_virtual_patient
    >>> patient = build_virtual_patient(seed=1)
    >>> ct = render_ct(patient, seed=1, noise_hu=0.0)
    >>> sorted(set(ct.values[:, 72, 55].tolist()))
    [-780, 45, 58]
    """
    table = np.array([_AIR_HU, *(part.hu for part in ANATOMY)], dtype=np.float32)
    values = table[patient.labels]
    if noise_hu > 0:
        rng = np.random.default_rng([seed, _CT_NOISE])
        values += np.float32(noise_hu) * rng.standard_normal(values.shape, dtype=np.float32)
    return Volume(
        values=np.clip(np.rint(values), -1024, 3071).astype(np.int16),
        grid=patient.grid,
        quantity=Quantity.HU,
        frame_of_reference=patient.frame_of_reference,
    )


def simulate_session(
    patient: VirtualPatient,
    *,
    scan: int,
    hours: float,
    seed: int,
    duration_s: float = 1800.0,
    counts_per_bq_s: float = 1.0e-5,
    fwhm_mm: float = 16.0,
    grid: Grid | None = None,
) -> SimulatedScan:
    """Image the patient once: everything that one scan gives.

    The patient lies anew (`scan_position`), in a frame of reference of its own; CT and SPECT of
    one session share it. The solids are asked in the moved position: nothing is resampled but the
    blurred activity onto the SPECT's voxels, which loses none. The default sensitivity, 10 counts/s
    per MBq, is that of two heads with high-energy collimators behind a torso's attenuation.

    Parameters
    ----------
    patient : VirtualPatient
        As built.
    scan : int
        From 1; the first lies as `patient` does, and regions are drawn on its CT.
    hours : float
        Start of the frame after the end of the injection, h.
    seed : int
        Of position and noise; scans of one seed are independent.
    duration_s : float
        Of the frame, s.
    counts_per_bq_s : float
        Sensitivity, counts per decay.
    fwhm_mm : float
        Of the blur, mm.
    grid : Grid, optional
        Of the SPECT; `spect_grid(patient)` by default.

    Returns
    -------
    SimulatedScan

    Examples
    --------
    >>> from hevesy.simulation import build_virtual_patient
    >>> patient = build_virtual_patient(seed=1)
    >>> session = simulate_session(patient, scan=2, hours=6.0, seed=1)
    >>> session.spect.quantity.value, session.ct.quantity.value
    ('Bq/mL', 'HU')
    >>> session.spect.frame_of_reference == session.ct.frame_of_reference
    True
    """
    position = scan_position(scan, seed)
    if scan == 1:
        posed = patient
    else:
        frame = frame_uid(patient.seed, scan)
        posed = move_patient(patient, position, frame_of_reference=frame)
    noise_seed = _stream_seed(seed, scan)
    spect = simulate_spect(
        activity_bq_per_ml(posed, hours * 3600.0),
        spect_grid=grid or spect_grid(patient),
        nuclide=patient.nuclide,
        counts_per_bq_s=counts_per_bq_s,
        duration_s=duration_s,
        seed=noise_seed,
        fwhm_mm=fwhm_mm,
    )
    return SimulatedScan(
        scan=scan,
        spect=spect,
        ct=render_ct(posed, seed=noise_seed),
        transform=position,
        start_s=hours * 3600.0,
        duration_s=duration_s,
        counts_per_bq_s=counts_per_bq_s,
        fwhm_mm=fwhm_mm,
    )


def _stream_seed(seed: int, scan: int) -> int:
    """One number for a scan's noise, of seed and scan."""
    return int(np.random.SeedSequence([seed, scan, _SPECT_NOISE]).generate_state(1, np.uint64)[0])
