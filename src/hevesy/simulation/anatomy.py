"""The virtual patient's body: which solid is what, and where the tissues meet."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, RigidTransform
from hevesy.simulation.shapes import Capsule, Ellipsoid, Points, Solid, SuperellipticCylinder

__all__ = [
    "ANATOMY",
    "BONE_LESION",
    "LESION",
    "LUNG_LESION",
    "SMALL_LESION",
    "Part",
    "PartKind",
    "label_grid",
    "patient_points",
]


class PartKind(StrEnum):
    """What a part is to the one who draws regions.

    Examples
    --------
    >>> [part.name for part in ANATOMY if part.kind is PartKind.LESION]
    ['lung lesion', 'bone lesion', 'small lesion', 'lesion']
    """

    LESION = "lesion"
    ORGAN = "organ"
    OTHER = "other"  # has activity, but no region is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the body.

    Parameters
    ----------
    name : str
    kind : PartKind
    solids : tuple of Solid
        The part is what lies in any of them and in no part listed after it.
    hu : float
        Mean CT number, HU.
    compartment : str
        The compartment whose activity is in it; several parts may share one.

    Examples
    --------
    >>> ANATOMY[-1].name, ANATOMY[-1].kind.value
    ('lesion', 'lesion')
    """

    name: str
    kind: PartKind
    solids: tuple[Solid, ...]
    hu: float
    compartment: str


LESION = Ellipsoid(centre_mm=(-85.0, -20.0, 35.0), semi_axes_mm=(21.0, 20.0, 20.0))  # 35 mL
SMALL_LESION = Ellipsoid(centre_mm=(-20.0, -45.0, 10.0), semi_axes_mm=(9.0, 9.0, 9.0))  # 3 mL
LUNG_LESION = Ellipsoid(centre_mm=(82.0, 0.0, 150.0), semi_axes_mm=(19.0, 18.0, 18.0))  # 26 mL
BONE_LESION = Ellipsoid(centre_mm=(0.0, 60.0, -52.0), semi_axes_mm=(12.0, 11.0, 9.0))  # 5 mL

_BODY = SuperellipticCylinder(centre_mm=(0.0, 0.0), semi_axes_mm=(170.0, 112.0))
_MUSCLE = SuperellipticCylinder(centre_mm=(0.0, 0.0), semi_axes_mm=(158.0, 101.0))

# Later parts take from earlier ones, so no two overlap. Sizes are those of a slim adult, and the
# trunk is shortened, so that lungs and bladder fit in 51 cm.
ANATOMY: tuple[Part, ...] = (
    Part(
        name="subcutaneous fat",
        kind=PartKind.OTHER,
        solids=(_BODY,),
        hu=-100.0,
        compartment="remainder",
    ),
    Part(
        name="muscle and gut",
        kind=PartKind.OTHER,
        solids=(_MUSCLE,),
        hu=45.0,
        compartment="remainder",
    ),
    Part(
        name="spine",
        kind=PartKind.OTHER,
        solids=(
            SuperellipticCylinder(
                centre_mm=(0.0, 62.0),
                semi_axes_mm=(22.0, 19.0),
                segment_mm=32.0,
                segment_share=0.75,
            ),
        ),
        hu=280.0,
        compartment="remainder",
    ),
    Part(
        name="lungs",
        kind=PartKind.ORGAN,
        solids=(
            Ellipsoid(centre_mm=(-80.0, -5.0, 148.0), semi_axes_mm=(55.0, 74.0, 86.0)),
            Ellipsoid(centre_mm=(80.0, -5.0, 148.0), semi_axes_mm=(55.0, 74.0, 86.0)),
        ),
        hu=-780.0,
        compartment="lungs",
    ),
    Part(
        name="liver",
        kind=PartKind.ORGAN,
        solids=(Ellipsoid(centre_mm=(-62.0, -12.0, 25.0), semi_axes_mm=(88.0, 72.0, 68.0)),),
        hu=58.0,
        compartment="liver",
    ),
    Part(
        name="left kidney",
        kind=PartKind.ORGAN,
        solids=(Ellipsoid(centre_mm=(65.0, 52.0, -40.0), semi_axes_mm=(26.0, 27.0, 55.0)),),
        hu=32.0,
        compartment="left kidney",
    ),
    Part(
        name="right kidney",
        kind=PartKind.ORGAN,
        solids=(Ellipsoid(centre_mm=(-65.0, 55.0, -62.0), semi_axes_mm=(26.0, 27.0, 55.0)),),
        hu=32.0,
        compartment="right kidney",
    ),
    Part(
        name="bladder",
        kind=PartKind.ORGAN,
        solids=(Ellipsoid(centre_mm=(0.0, -20.0, -180.0), semi_axes_mm=(42.0, 38.0, 36.0)),),
        hu=6.0,
        compartment="bladder",
    ),
    Part(
        name="needle tract",
        kind=PartKind.OTHER,
        solids=(Capsule(start_mm=LESION.centre_mm, end_mm=(-152.0, -70.0, 35.0), radius_mm=3.0),),
        hu=50.0,
        compartment="needle tract",
    ),
    Part(
        name="lung lesion",
        kind=PartKind.LESION,
        solids=(LUNG_LESION,),
        hu=40.0,
        compartment="lung lesion",
    ),
    Part(
        name="bone lesion",
        kind=PartKind.LESION,
        solids=(BONE_LESION,),
        hu=200.0,
        compartment="bone lesion",
    ),
    Part(
        name="small lesion",
        kind=PartKind.LESION,
        solids=(SMALL_LESION,),
        hu=38.0,
        compartment="small lesion",
    ),
    Part(
        name="lesion",
        kind=PartKind.LESION,
        solids=(LESION,),
        hu=36.0,
        compartment="lesion",
    ),
)


def patient_points(
    grid: Grid,
    patient_to_grid: RigidTransform,
    box: tuple[slice, slice, slice] | None = None,
) -> Points:
    """Patient coordinates of a grid's voxel centres.

    Parameters
    ----------
    grid : Grid
    patient_to_grid : RigidTransform
        Takes points of the patient's frame to the grid's world (LPS mm).
    box : tuple of slice, optional
        The voxels wanted, along ``(z, y, x)``; all by default.

    Returns
    -------
    tuple of ndarray of float32
        x, y and z in the patient's frame, LPS mm, each broadcast to the box's shape.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(1, 1, 4))
    >>> x, y, z = patient_points(grid, RigidTransform.identity())
    >>> x.ravel().tolist()
    [0.0, 4.0]
    """
    box = box or (slice(0, grid.shape[0]), slice(0, grid.shape[1]), slice(0, grid.shape[2]))
    matrix = patient_to_grid.inverse().matrix @ grid.affine
    axes = [
        np.arange(s.start, s.stop, dtype=np.float64).reshape(
            [-1 if k == axis else 1 for k in range(3)]
        )
        for axis, s in enumerate(box)
    ]
    x, y, z = (
        (axes[0] * row[0] + (axes[1] * row[1] + (axes[2] * row[2] + row[3]))).astype(np.float32)
        for row in matrix[:3]
    )
    return x, y, z


def _box(
    solid: Solid, grid: Grid, patient_to_grid: RigidTransform
) -> tuple[slice, slice, slice] | None:
    """Voxels around a solid, or None where it lies outside the grid."""
    centre, radius = solid.ball_mm()
    if math.isinf(radius):
        return (slice(0, grid.shape[0]), slice(0, grid.shape[1]), slice(0, grid.shape[2]))
    middle = grid.to_index(patient_to_grid.apply(centre))
    reach = radius / np.array(grid.spacing_mm) + 1.0
    low = np.maximum(np.floor(middle - reach), 0).astype(int)
    high = np.minimum(np.ceil(middle + reach) + 1, grid.shape).astype(int)
    if (low >= high).any():
        return None
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return z, y, x


def label_grid(
    grid: Grid, patient_to_grid: RigidTransform, *, without: tuple[str, ...] = ()
) -> NDArray[np.uint8]:
    """Which part each voxel's centre lies in.

    The solids are asked at the voxel centres, carried into the patient's frame; nothing is
    resampled, so a moved patient is as sharp as one at rest.

    Parameters
    ----------
    grid : Grid
    patient_to_grid : RigidTransform
        Takes points of the patient's frame to the grid's world (LPS mm).
    without : tuple of str
        Parts that this patient does not have.

    Returns
    -------
    ndarray of uint8, shape ``grid.shape``
        0 for air around the patient, else 1 + the index into `ANATOMY`.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(4, 4, 400), origin_mm=LESION.centre_mm)
    >>> labels = label_grid(grid, RigidTransform.identity())
    >>> ANATOMY[labels[0, 0, 0] - 1].name, labels[0, 0, 1].item()
    ('lesion', 0)
    """
    labels = np.zeros(grid.shape, dtype=np.uint8)
    everywhere: Points | None = None
    for number, part in enumerate(ANATOMY, start=1):
        for solid in () if part.name in without else part.solids:
            box = _box(solid, grid, patient_to_grid)
            if box is None:
                continue
            if math.isinf(solid.ball_mm()[1]):
                if everywhere is None:
                    everywhere = patient_points(grid, patient_to_grid)
                points = everywhere
            else:
                points = patient_points(grid, patient_to_grid, box)
            view = labels[box]
            inside = np.broadcast_to(solid.contains(points), view.shape)
            # the body is drawn on air; every other part only within the body
            view[inside if number == 1 else inside & (view > 0)] = number
    return labels
