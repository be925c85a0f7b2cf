"""Rigid registration: two images of one patient brought into one frame."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegistrationError
from hevesy.images import Quantity, RigidTransform, Volume
from hevesy.images.sampling import simpleitk
from hevesy.registration.checkerboard import draw_checkerboard
from hevesy.registration.merit import Merit, measure_merit
from hevesy.registration.options import RegistrationOptions
from hevesy.registration.working import as_itk, background, working_volume

__all__ = ["Registration", "register_rigid"]

_DEFAULTS = RegistrationOptions()
_SHRINK = (4, 2, 1)
_SMOOTH_WORKING_VOXELS = (2.0, 1.0, 0.0)
_CHECKERBOARD_MM = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registration:
    """A rigid motion between two images, and how far to trust it.

    Parameters
    ----------
    transform : RigidTransform
        FROM THE FIXED WORLD TO THE MOVING WORLD: hand it to
        ``resample(moving, fixed.grid, transform=...)`` as it is.
    metric : str
        What was made best: "mutual-information" or "correlation".
    merit_kind : str
        What the figure of merit is: "correlation" (images of one kind) or "information share".
    figure_of_merit, figure_of_merit_before : float
        After the registration, and without any motion.
    overlap_share : float
        Overlap of both fields, of the smaller one's volume.
    translation_mm : float
        How far the centre of the fixed field is moved.
    rotation_deg : float
        How far the patient is turned.
    checkerboard : ndarray of float32, shape (rows, columns)
        Coronal slice, 0 to 1, head above; tiles of the fixed and the moved image in turn.
    checkerboard_spacing_mm : tuple of float
        Pixel size along rows and columns.
    options : RegistrationOptions
        As used.

    Examples
    --------
    >>> Registration(
    ...     transform=RigidTransform.identity(), metric="correlation", merit_kind="correlation",
    ...     figure_of_merit=0.98, figure_of_merit_before=0.9, overlap_share=1.0,
    ...     translation_mm=0.0, rotation_deg=0.0, checkerboard=np.zeros((2, 2)),
    ... ).figure_of_merit
    0.98
    """

    transform: RigidTransform
    metric: str
    merit_kind: str
    figure_of_merit: float
    figure_of_merit_before: float
    overlap_share: float
    translation_mm: float
    rotation_deg: float
    checkerboard: NDArray[np.float32]
    checkerboard_spacing_mm: tuple[float, float] = (_CHECKERBOARD_MM, _CHECKERBOARD_MM)
    options: RegistrationOptions = field(default_factory=RegistrationOptions)

    def __post_init__(self) -> None:
        picture = np.asarray(self.checkerboard, dtype=np.float32).view()
        picture.setflags(write=False)
        object.__setattr__(self, "checkerboard", picture)


def register_rigid(
    moving: Volume, fixed: Volume, *, options: RegistrationOptions = _DEFAULTS
) -> Registration:
    """Find the rotation and shift that bring two images of one patient together.

    Both images are averaged to cubes of about 4 mm; the motion that makes the metric best is
    sought from coarse to fine by gradient descent, from up to three starts (no motion, centres of
    mass together, centres of the fields together). One thread and one fixed choice of voxels: the
    same input gives the same bits. Rigid only: breathing, bent spines and moved arms stay.

    Images that share a frame of reference need none of this; the caller leaves them out.

    Parameters
    ----------
    moving, fixed : Volume
        CT (HU) or SPECT (any other quantity); a part of the body that both show.
    options : RegistrationOptions
        Metric, resolution and limits.

    Returns
    -------
    Registration

    Raises
    ------
    RegistrationError
        The images can't be brought together within the limits of `options`: too little overlap,
        figure of merit too low, shift or turn too large, or an image that shows nothing.

    References
    ----------
    Mattes D et al. PET-CT image registration in the chest using free-form deformations. IEEE Trans
    Med Imaging 2003;22:120, sec. II (the metric's histogram). Optimiser: SimpleITK.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((24, 24, 24), spacing_mm=(8, 8, 8), origin_mm=(-92, -92, -92))
    >>> z, y, x = np.indices(grid.shape) - 11.5
    >>> body = (x / 9) ** 2 + (y / 6) ** 2 + (z / 10) ** 2 < 1
    >>> liver = (x + 3) ** 2 + y**2 + (z - 2) ** 2 < 9
    >>> ct = Volume(values=body * 1000.0 + liver * 300.0 - 1000.0, grid=grid, quantity=Quantity.HU)
    >>> result = register_rigid(ct, ct)
    >>> round(result.figure_of_merit, 3), result.translation_mm < 0.5
    (1.0, True)
    """
    metric = _choose_metric(moving, fixed, options)
    small = [
        working_volume(volume, options.working_spacing_mm, role=role)
        for volume, role in ((moving, "moving"), (fixed, "fixed"))
    ]
    before = measure_merit(small[0], small[1], RigidTransform.identity())
    best, merit = RigidTransform.identity(), before
    for start in _starts(small[0], small[1]):
        found = _optimise(small[0], small[1], start, metric, options)
        if found is None:
            continue
        reached = measure_merit(small[0], small[1], found)
        if _is_better(reached, merit, options):
            best, merit = found, reached
        if _passes(merit, moving, fixed, options):
            break
    centre = fixed.grid.to_world_mm((np.asarray(fixed.grid.shape) - 1) / 2)
    result = Registration(
        transform=best,
        metric=metric,
        merit_kind="correlation" if _one_kind(moving, fixed) else "information share",
        figure_of_merit=merit.value,
        figure_of_merit_before=before.value,
        overlap_share=merit.overlap_share,
        translation_mm=best.shift_mm(centre),
        rotation_deg=best.rotation_deg,
        checkerboard=draw_checkerboard(moving, fixed, best, spacing_mm=_CHECKERBOARD_MM),
        options=options,
    )
    return _accepted(result)


def _one_kind(moving: Volume, fixed: Volume) -> bool:
    return (moving.quantity is Quantity.HU) == (fixed.quantity is Quantity.HU)


def _choose_metric(moving: Volume, fixed: Volume, options: RegistrationOptions) -> str:
    if options.metric != "auto":
        return options.metric
    both_spect = moving.quantity is not Quantity.HU and fixed.quantity is not Quantity.HU
    return "correlation" if both_spect else "mutual-information"


def _limit(one_kind: bool, options: RegistrationOptions) -> float:
    return options.least_merit if one_kind else options.least_information_share


def _passes(merit: Merit, moving: Volume, fixed: Volume, options: RegistrationOptions) -> bool:
    return merit.overlap_share >= options.least_overlap_share and merit.value >= _limit(
        _one_kind(moving, fixed), options
    )


def _is_better(new: Merit, old: Merit, options: RegistrationOptions) -> bool:
    """A higher merit counts only with enough overlap: two corners of air are alike, too."""
    enough = [m.overlap_share >= options.least_overlap_share for m in (new, old)]
    return enough[0] and (not enough[1] or new.value > old.value)


def _starts(moving: Volume, fixed: Volume) -> list[RigidTransform]:
    """Shifts to begin from, the most likely first: the couch's frame is often nearly the same."""
    centres = [v.grid.to_world_mm((np.asarray(v.grid.shape) - 1) / 2) for v in (moving, fixed)]
    masses = [_centre_of_mass(v) for v in (moving, fixed)]
    shifts = [np.zeros(3), masses[0] - masses[1], centres[0] - centres[1]]
    starts = [RigidTransform.from_parts(translation_mm=shift) for shift in shifts]
    ranked = sorted(
        starts, key=lambda start: -_start_merit(moving, fixed, start)
    )  # stable: equal starts keep this order
    return ranked


def _start_merit(moving: Volume, fixed: Volume, start: RigidTransform) -> float:
    merit = measure_merit(moving, fixed, start)
    return merit.value if merit.overlap_share >= 0.1 else -2.0


def _centre_of_mass(volume: Volume) -> NDArray[np.float64]:
    weight = volume.values.astype(np.float64) - background(volume.quantity)
    sums = [weight.sum(axis=tuple(b for b in range(3) if b != a)) for a in range(3)]
    index = [float(s @ np.arange(s.size) / s.sum()) for s in sums]
    return volume.grid.to_world_mm(index)


def _optimise(
    moving: Volume,
    fixed: Volume,
    start: RigidTransform,
    metric: str,
    options: RegistrationOptions,
) -> RigidTransform | None:
    """Descend from one start; None where the images lost each other on the way."""
    sitk = simpleitk()
    motion = sitk.Euler3DTransform()
    centre = fixed.grid.to_world_mm((np.asarray(fixed.grid.shape) - 1) / 2)
    motion.SetCenter(centre.tolist())
    motion.SetTranslation((start.apply(centre) - centre).tolist())
    method: Any = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)  # sums in one order: the same bits every time
    method.SetNumberOfWorkUnits(1)
    if metric == "correlation":
        method.SetMetricAsCorrelation()
    else:
        method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=48)
    method.SetMetricSamplingStrategy(method.RANDOM)
    share = [min(1.0, options.samples * factor**3 / fixed.grid.size) for factor in _SHRINK]
    method.SetMetricSamplingPercentagePerLevel(share, options.seed)
    # gradients where they are looked at, not of the whole images beforehand
    method.MetricUseMovingImageGradientFilterOff()
    method.MetricUseFixedImageGradientFilterOff()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=4.0,
        minStep=0.01,
        numberOfIterations=100,
        relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-8,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(list(_SHRINK))
    method.SetSmoothingSigmasPerLevel(
        [factor * max(fixed.grid.spacing_mm) for factor in _SMOOTH_WORKING_VOXELS]
    )
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(motion, inPlace=True)
    try:
        method.Execute(as_itk(fixed), as_itk(moving))
    except RuntimeError:  # "too few samples map inside the moving image": no overlap from here
        return None
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(motion.GetMatrix(), (3, 3))
    matrix[:3, 3] = motion.TransformPoint((0.0, 0.0, 0.0))
    return RigidTransform(matrix=matrix)


def _accepted(result: Registration) -> Registration:
    """Give the result back if it is within all limits."""
    options = result.options
    one_kind = result.merit_kind == "correlation"
    limit = _limit(one_kind, options)
    faults = [
        (
            result.overlap_share < options.least_overlap_share,
            "the two images hardly overlap",
            f"{100 * result.overlap_share:.0f} % of the smaller field",
            f"{100 * options.least_overlap_share:.0f} % or more",
        ),
        (
            result.figure_of_merit < limit,
            "the two images could not be brought together",
            f"{result.merit_kind} {result.figure_of_merit:.2f}",
            f"{limit:g} or more",
        ),
        (
            result.translation_mm > options.largest_translation_mm,
            "the registration shifts the patient too far",
            f"{result.translation_mm:.0f} mm",
            f"up to {options.largest_translation_mm:g} mm",
        ),
        (
            result.rotation_deg > options.largest_rotation_deg,
            "the registration turns the patient too far",
            f"{result.rotation_deg:.1f} degrees",
            f"up to {options.largest_rotation_deg:g} degrees",
        ),
    ]
    for failed, problem, got, allowed in faults:
        if failed:
            raise RegistrationError(
                problem,
                got=got,
                allowed=allowed,
                remedy="check that both show the same patient and the same part of the body, or"
                " register them elsewhere and give images in one frame of reference",
            )
    return result
