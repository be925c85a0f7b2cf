"""Views of what is smooth: scatter, and what comes through lead, in coarse cells that turn."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import Camera, ViewGeometry
from hevesy.compiled import run_batches
from hevesy.images import Volume
from hevesy.progress import SILENT, Control
from hevesy.simulation.coarse_cells import (
    CELL_MM,
    CellFrame,
    cell_grid,
    fill_cells,
    turn_electrons,
    turn_shares,
)
from hevesy.simulation.detector_plane import (
    CellConvolution,
    DetectorPlane,
    holes_sigma_mm,
    septal_sigma_mm,
)
from hevesy.simulation.head_response import SEPTAL_SIGMAS
from hevesy.simulation.scatter_source import ScatterPart, water_per_mm
from hevesy.simulation.straight_bands import StraightBand

__all__ = ["WideViews", "septal_slant", "wide_views"]

Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WideViews:
    """Counts a second of each view, without decay, by their way.

    Parameters
    ----------
    straight_septa : ndarray of float32, shape (windows, views, axial, transaxial)
    scattered_holes, scattered_septa : ndarray of float32, shape of `straight_septa`

    Examples
    --------
    See `wide_views`.
    """

    straight_septa: Floats
    scattered_holes: Floats
    scattered_septa: Floats


class _Work(NamedTuple):
    frame: CellFrame
    convolution: CellConvolution
    plane: DetectorPlane
    straight: tuple[StraightBand, ...]
    scattered: tuple[ScatterPart, ...]
    camera: Camera
    geometry: ViewGeometry
    windows: int


def wide_views(
    activity: Volume,
    electrons: Volume,
    straight: tuple[StraightBand, ...],
    scattered: tuple[ScatterPart, ...],
    camera: Camera,
    geometry: ViewGeometry,
    *,
    windows: int,
    threads: int | None = None,
    control: Control = SILENT,
) -> WideViews:
    """Project scatter, and what comes straight through lead.

    Activity and tissue are brought to cells of 12 mm and turned to each view. There the activity
    is convolved with the scatter's kernels and weighted with the electrons of each cell (effective
    source scatter estimation); all is weakened by water's attenuation at the parts' mean energies
    times the electrons on the way, blurred plane by plane (holes: the camera's point spread; lead:
    Gaussians that grow with the distance to the crystal) and summed.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML or BQ.
    electrons : Volume
        RELATIVE: electrons of each voxel over water's.
    straight : tuple of StraightBand
    scattered : tuple of ScatterPart
    camera : Camera
    geometry : ViewGeometry
    windows : int
        How many there are.
    threads : int, optional
    control : Control

    Returns
    -------
    WideViews

    References
    ----------
    Frey EC, Tsui BMW. IEEE Nucl Sci Symp Conf Rec 1996;2:1082.

    Examples
    --------
    A point in air is seen through lead as its Gaussians say:

    >>> from hevesy.camera import get_camera
    >>> from hevesy.images import Grid, Quantity
    >>> camera = get_camera("siemens-symbia-he")
    >>> grid = Grid.from_spacing((3, 3, 3), spacing_mm=(12, 12, 12), origin_mm=(-12, -12, -12))
    >>> values = np.zeros(grid.shape)
    >>> values[1, 1, 1] = 1000.0
    >>> part = StraightBand(energy_kev=478.0, holes_counts=np.zeros(1),
    ...                     septa_counts=np.array([[0.0, 1e-3, 0.0, 0.0, 0.0]]))
    >>> seen = wide_views(Volume(values=values, grid=grid, quantity=Quantity.BQ),
    ...     Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.RELATIVE),
    ...     (part,), (), camera, camera.orbit(2, radius_mm=150.0), windows=1)
    >>> seen.straight_septa.sum(axis=(2, 3)).round(3).tolist()
    [[1.0, 1.0]]
    """
    grid = cell_grid((activity, electrons), geometry, axial_field_mm=camera.field_mm[0])
    frame = fill_cells(activity, electrons, grid)
    work = _Work(
        frame, CellConvolution([part.kernel for part in scattered], grid.shape),
        DetectorPlane(grid, camera, geometry),
        straight, scattered, camera, geometry, windows,
    )  # fmt: skip
    views = run_batches(
        lambda number: _one_view(work, number), geometry.view_count, threads=threads,
        control=control,
    )  # fmt: skip
    return WideViews(
        straight_septa=np.stack([view[0] for view in views], axis=1),
        scattered_holes=np.stack([view[1] for view in views], axis=1),
        scattered_septa=np.stack([view[2] for view in views], axis=1),
    )


def _one_view(work: _Work, number: int) -> tuple[Floats, Floats, Floats]:
    geometry, camera, plane = work.geometry, work.camera, work.plane
    angle = float(geometry.angles_deg[number])
    electrons = turn_electrons(work.frame.electrons, angle)
    rows, cells, _ = electrons.shape
    turn = turn_shares(cells, angle)
    activity = (turn @ work.frame.activity.reshape(rows, -1).T).T.reshape(electrons.shape)
    ahead = np.cumsum(electrons[:, ::-1], axis=1)[:, ::-1] - 0.5 * electrons
    water_mm = CELL_MM * ahead
    depth = (np.arange(cells) - (cells - 1) / 2) * CELL_MM
    face = np.maximum(geometry.radii_mm[number] - depth, 0.0)
    shape = (work.windows, *(axis.size for axis in (plane.turns_z, plane.turns_u)))
    straight, holes, septa = (np.zeros(shape, dtype=np.complex64) for _ in range(3))
    for one in work.straight:
        if not one.septa_counts.any():
            continue
        slant = septal_slant(one.septa_counts.sum(axis=0))
        mu = slant * float(water_per_mm(one.energy_kev))
        planes = plane.transform(activity * np.exp(-mu * water_mm))
        for k, sigma in enumerate(septal_sigma_mm(camera, face, one.energy_kev)):
            if one.septa_counts[:, k].any():
                blurred = plane.blurred(planes, sigma)
                straight += one.septa_counts[:, k, None, None].astype(np.float32) * blurred
    for part, source in zip(
        work.scattered, work.convolution.sources(activity) if work.scattered else (), strict=True
    ):
        mu = float(water_per_mm(part.energy_kev))
        planes = plane.transform(source * electrons * np.exp(-mu * water_mm))
        if part.holes_share > 0:
            spread = holes_sigma_mm(camera, face, part.energy_kev)
            holes[part.window] += np.float32(part.holes_share) * plane.blurred(planes, spread)
        for k, sigma in enumerate(septal_sigma_mm(camera, face, part.energy_kev)):
            if part.septa_share[k] > 1e-3:
                septa[part.window] += np.float32(part.septa_share[k]) * plane.blurred(planes, sigma)
    a, b, c = (
        np.stack([plane.pixels(w) for w in kind]).astype(np.float32)
        for kind in (straight, holes, septa)
    )
    return a, b, c


def septal_slant(weights: Numbers) -> float:
    """How much longer a slanting way through the body is: half of what it is in a cylinder.

    In a cylinder about the axis only the part along it makes the way longer; in a ball, from its
    middle, none does.

    Examples
    --------
    >>> septal_slant(np.array([1.0, 0.0, 0.0, 0.0, 0.0])) < 1.01
    True
    """
    return 1.0 + 0.5 * float(np.average(np.hypot(1.0, SEPTAL_SIGMAS) - 1.0, weights=weights))
