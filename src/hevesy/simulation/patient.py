"""A virtual patient whose activity is known everywhere and at all times."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, TimeError
from hevesy.images import Grid, Quantity, Region, RigidTransform, Volume
from hevesy.kinetics import ExponentialCurve
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.simulation.anatomy import ANATOMY, LESION, PartKind, label_grid
from hevesy.simulation.compartments import Leak, compartment_curves

__all__ = [
    "VirtualPatient",
    "activity_bq_per_ml",
    "build_virtual_patient",
    "frame_uid",
    "move_patient",
    "patient_regions",
    "region_curves",
    "true_tia",
    "true_tia_bq_s",
]

_SHAPE = (170, 144, 176)
_SPACING_MM = (3.0, 2.6, 2.6)
_WAVES = 8
_WAVELENGTH_MM = 10.0
_MEAN_SQUARED_RADIUS = 0.6  # of a point in a ball of radius 1
_IDENTITY = RigidTransform.identity()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VirtualPatient:
    """What is true of a virtual patient, as it lies on the table.

    Parameters
    ----------
    seed : int
        Of the lesion's texture; scans have seeds of their own.
    nuclide : Nuclide
    grid : Grid
        Of the truth and of every scan's CT.
    position : RigidTransform
        Takes points of the patient's own frame, in which the first scan is made, to the grid's
        world (LPS mm); the identity at the first scan.
    frame_of_reference : str
        UID of the grid's world.
    labels : ndarray of uint8, shape ``grid.shape``
        0 for air, else 1 + the index into `ANATOMY`. Read-only.
    curves : Mapping of str to ExponentialCurve
        Activity over time of each compartment, Bq; time zero is the end of the injection.
    injected_bq : Mapping of str to float
        Net injected activity of each lesion, Bq.
    radial_gradient : float
        How much hotter the lesion's middle is: concentration is in proportion to
        1 + g (1 - r^2 / 0.6), with r = 1 on its surface.
    lump_contrast : float
        Standard deviation, as a share, of lumps of 10 mm in the lesion.
    waves : ndarray of float64, shape (n, 4)
        Wave vectors (1/mm) and phases of the lumps. Read-only.

    Examples
    --------
    >>> patient = build_virtual_patient(seed=1)
    >>> sorted(patient.injected_bq)
    ['lesion', 'lung lesion', 'small lesion']
    """

    seed: int
    nuclide: Nuclide
    grid: Grid
    position: RigidTransform
    frame_of_reference: str
    labels: NDArray[np.uint8]
    curves: Mapping[str, ExponentialCurve]
    injected_bq: Mapping[str, float]
    radial_gradient: float
    lump_contrast: float
    waves: NDArray[np.float64]

    def __post_init__(self) -> None:
        self.labels.setflags(write=False)
        self.waves.setflags(write=False)
        object.__setattr__(self, "curves", MappingProxyType(dict(self.curves)))
        object.__setattr__(self, "injected_bq", MappingProxyType(dict(self.injected_bq)))

    @property
    def net_activity_bq(self) -> float:
        """Net injected activity of all lesions, Bq."""
        return sum(self.injected_bq.values())


def frame_uid(seed: int, scan: int) -> str:
    """UID of the frame of reference of a virtual patient's scan, from 1.

    Examples
    --------
    >>> frame_uid(1, 1) == frame_uid(1, 1), frame_uid(1, 1) == frame_uid(1, 2)
    (True, False)
    """
    digest = hashlib.sha256(f"virtual patient {seed}, scan {scan}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16])}"  # DICOM PS3.5 B.2: 128 bits under the root 2.25


def build_virtual_patient(
    *,
    seed: int,
    nuclide: str = "Re-188",
    lesion_activity_bq: float | None = 1.0e9,
    lung_lesion_activity_bq: float | None = 3.0e8,
    small_lesion_activity_bq: float | None = 6.0e7,
    bone_lesion_activity_bq: float | None = None,
    leak: Leak | None = None,
    radial_gradient: float = 0.3,
    lump_contrast: float = 0.3,
) -> VirtualPatient:
    """Build a virtual patient: two injected liver lesions and one in the lung, or others.

    A torso of ellipsoids (lungs, liver, kidneys, bladder, spine), a lesion of 35 mL and one of
    3 mL in the liver, one of 26 mL in the left lung, one of 5 mL in a vertebra (not by default),
    and the needle's track from the largest to the skin. Kinetics are those of
    `patient_compartments`. The larger lesion holds its agent unevenly: hotter in the middle, and in
    lumps of 10 mm, which a camera of 16 mm resolution can't see.

    Parameters
    ----------
    seed : int
        Of the lumps; 0 or more.
    nuclide : str
    lesion_activity_bq, lung_lesion_activity_bq, small_lesion_activity_bq : float or None
        Net injected activity, Bq, above 0; None for a patient without that lesion.
    bone_lesion_activity_bq : float or None
        The same of the vertebra's.
    leak : Leak, optional
        What ran back along the needle to the larger lesion, and what was lost.
    radial_gradient : float
        0 (even) to 1; at 0.3 the middle has 1.3 and the surface 0.8 of the mean. Corrections that
        take a lesion for even err with it: by 4 % for the lesion and 14 % for the liver around it
        at 0.3 (docs/methods/virtual-patient.md).
    lump_contrast : float
        0 to 0.4.

    Returns
    -------
    VirtualPatient

    Raises
    ------
    InputError
        A negative seed, or a gradient or contrast that can't be.

    Examples
    --------
    >>> patient = build_virtual_patient(seed=1, lesion_activity_bq=5e8)
    >>> patient.nuclide.name, patient.net_activity_bq / 1e6
    ('Re-188', 860.0)
    """
    if seed < 0 or not 0 <= radial_gradient <= 1 or not 0 <= lump_contrast <= 0.4:
        raise InputError(
            "a virtual patient can't be built like this",
            got=f"seed {seed}, radial gradient {radial_gradient:g}, lumps {lump_contrast:g}",
            allowed="seed 0 or more, gradient 0 to 1, lumps 0 to 0.4",
            remedy="correct the value",
        )
    wanted = {
        "lesion": lesion_activity_bq,
        "lung lesion": lung_lesion_activity_bq,
        "bone lesion": bone_lesion_activity_bq,
        "small lesion": small_lesion_activity_bq,
    }
    injected_bq = {name: given for name, given in wanted.items() if given is not None}
    chosen = get_nuclide(nuclide)
    if not injected_bq:
        raise InputError(
            "a virtual patient without a lesion can't be treated",
            got="no activity",
            allowed="one lesion or more",
            remedy="give the activity of a lesion",
        )
    curves = compartment_curves(injected_bq, decay_per_s=chosen.decay_per_s, leak=leak)
    origin = [-(n - 1) / 2 * step for n, step in zip(_SHAPE, _SPACING_MM, strict=True)]
    grid = Grid.from_spacing(_SHAPE, spacing_mm=_SPACING_MM, origin_mm=origin[::-1])
    rng = np.random.default_rng([seed, 0])
    directions = rng.normal(size=(_WAVES, 3))
    directions *= 2 * np.pi / _WAVELENGTH_MM / np.linalg.norm(directions, axis=1, keepdims=True)
    return VirtualPatient(
        seed=seed,
        nuclide=chosen,
        grid=grid,
        position=_IDENTITY,
        frame_of_reference=frame_uid(seed, 1),
        labels=label_grid(grid, _IDENTITY, without=_missing(curves)),
        curves=curves,
        injected_bq=injected_bq,
        radial_gradient=radial_gradient,
        lump_contrast=lump_contrast,
        waves=np.column_stack([directions, rng.uniform(0, 2 * np.pi, _WAVES)]),
    )


def _missing(curves: Mapping[str, ExponentialCurve]) -> tuple[str, ...]:
    """Parts that a patient with these compartments does not have."""
    return tuple(part.name for part in ANATOMY if part.compartment not in curves)


def move_patient(
    patient: VirtualPatient, position: RigidTransform, *, frame_of_reference: str
) -> VirtualPatient:
    """Lay the patient down elsewhere, in a frame of reference of its own.

    The solids are asked anew at the voxel centres; nothing is resampled.

    Parameters
    ----------
    patient : VirtualPatient
    position : RigidTransform
        Takes points of the patient's own frame to the grid's world (LPS mm).
    frame_of_reference : str
        UID of that world.

    Returns
    -------
    VirtualPatient
        The same truth in another place.

    Examples
    --------
    >>> patient = build_virtual_patient(seed=1)
    >>> up = RigidTransform.from_parts(translation_mm=(0, 0, 3.0))
    >>> moved = move_patient(patient, up, frame_of_reference=frame_uid(1, 2))
    >>> bool((moved.labels[1:] == patient.labels[:-1]).mean() > 0.999)
    True
    """
    return replace(
        patient,
        position=position,
        frame_of_reference=frame_of_reference,
        labels=label_grid(patient.grid, position, without=_missing(patient.curves)),
    )


def _texture(patient: VirtualPatient, lesion: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Relative concentration in the lesion's voxels, mean 1; shape (voxels,)."""
    index = np.argwhere(lesion)
    points = patient.position.inverse().apply(patient.grid.to_world_mm(index))
    scaled = (points - LESION.centre_mm) / LESION.semi_axes_mm
    radial = 1.0 - (scaled**2).sum(axis=1) / _MEAN_SQUARED_RADIUS
    phases = points @ patient.waves[:, :3].T + patient.waves[:, 3]
    lumps = np.cos(phases).sum(axis=1) / np.sqrt(_WAVES / 2)  # variance 1
    weight = (1.0 + patient.radial_gradient * radial) * np.maximum(
        1.0 + patient.lump_contrast * lumps, 0.0
    )
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def _spread(patient: VirtualPatient, amounts: Mapping[str, float]) -> NDArray[np.float32]:
    """Spread each compartment's amount over its voxels, per voxel; totals are kept."""
    labels = patient.labels
    counts = np.bincount(labels.ravel(), minlength=len(ANATOMY) + 1)
    voxels: dict[str, int] = dict.fromkeys(amounts, 0)
    for part, count in zip(ANATOMY, counts[1:], strict=True):
        if part.compartment in voxels:
            voxels[part.compartment] += int(count)
    table = np.zeros(len(ANATOMY) + 1, dtype=np.float64)
    for number, part in enumerate(ANATOMY, start=1):
        if voxels.get(part.compartment):
            table[number] = amounts[part.compartment] / voxels[part.compartment]
    values = table.astype(np.float32)[labels]
    lesion = labels == len(ANATOMY)
    if lesion.any():
        values[lesion] *= _texture(patient, lesion)
    return values


def activity_bq_per_ml(patient: VirtualPatient, time_s: float) -> Volume:
    """True activity concentration at a moment, without any blur.

    Every compartment's voxels sum to its curve's value, wherever the patient lies.

    Parameters
    ----------
    patient : VirtualPatient
    time_s : float
        Time since the end of the injection, s, 0 or more.

    Returns
    -------
    Volume
        BQ_PER_ML, float32, on the patient's grid and frame.

    Raises
    ------
    TimeError
        A time before the end of the injection.

    Examples
    --------
    >>> patient = build_virtual_patient(seed=1)
    >>> truth = activity_bq_per_ml(patient, 0.0)
    >>> total_bq = float(truth.values.sum(dtype=float)) * truth.grid.voxel_volume_ml
    >>> round(total_bq / patient.net_activity_bq, 3)
    0.952
    """
    if not time_s >= 0:
        raise TimeError(
            "a virtual patient has no activity before the end of the injection",
            got=f"{time_s:g} s",
            allowed="0 s or more",
            remedy="give the time since the end of the injection",
        )
    amounts = {name: float(curve.activity_bq(time_s)) for name, curve in patient.curves.items()}
    values = _spread(patient, amounts)
    return Volume(
        values=values / np.float32(patient.grid.voxel_volume_ml),
        grid=patient.grid,
        quantity=Quantity.BQ_PER_ML,
        frame_of_reference=patient.frame_of_reference,
    )


def true_tia(patient: VirtualPatient) -> Volume:
    """True time-integrated activity of each voxel, from the injection until nothing is left.

    Returns
    -------
    Volume
        BQ_S (decays in the voxel), float32, on the patient's grid and frame.

    Examples
    --------
    >>> patient = build_virtual_patient(seed=1)
    >>> tia = true_tia(patient)
    >>> liver = next(r for r in patient_regions(patient) if r.name == "liver")
    >>> inside = tia.values[liver.mask].sum(dtype=float)
    >>> bool(abs(inside / true_tia_bq_s(patient)["liver"] - 1) < 1e-5)
    True
    """
    amounts = {name: curve.tia_bq_s() for name, curve in patient.curves.items()}
    return Volume(
        values=_spread(patient, amounts),
        grid=patient.grid,
        quantity=Quantity.BQ_S,
        frame_of_reference=patient.frame_of_reference,
    )


def patient_regions(patient: VirtualPatient) -> tuple[Region, ...]:
    """Regions as a perfect reader would draw them on this position's CT: organs, then lesions.

    No two overlap: the liver is without lesions and needle tract. Tract and remainder are not
    drawn.

    Examples
    --------
    >>> [region.name for region in patient_regions(build_virtual_patient(seed=1))]
    ['lungs', 'liver', 'left kidney', 'right kidney', 'bladder', 'lung lesion', 'small lesion',
     'lesion']
    """
    return tuple(
        Region(
            name=part.name,
            mask=patient.labels == number,
            grid=patient.grid,
            frame_of_reference=patient.frame_of_reference,
        )
        for number, part in enumerate(ANATOMY, start=1)
        if part.kind is not PartKind.OTHER and part.compartment in patient.curves
    )


def region_curves(patient: VirtualPatient) -> dict[str, ExponentialCurve]:
    """True activity over time of each drawn region.

    Examples
    --------
    >>> curves = region_curves(build_virtual_patient(seed=1))
    >>> round(float(curves["lesion"].activity_bq(0.0)) / 1e6)
    760
    """
    return {
        part.name: patient.curves[part.compartment]
        for part in ANATOMY
        if part.kind is not PartKind.OTHER and part.compartment in patient.curves
    }


def true_tia_bq_s(patient: VirtualPatient) -> dict[str, float]:
    """True time-integrated activity of each drawn region, in closed form, Bq s.

    Examples
    --------
    >>> tia = true_tia_bq_s(build_virtual_patient(seed=1))
    >>> max(tia, key=tia.get)
    'lesion'
    """
    return {name: curve.tia_bq_s() for name, curve in region_curves(patient).items()}
