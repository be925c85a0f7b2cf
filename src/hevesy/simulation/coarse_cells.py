"""Coarse cells about the axis of rotation, and how they turn to a view."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import ViewGeometry
from hevesy.images import Grid, Quantity, Volume, resample_activity
from hevesy.images.overlap import index_matrix, mean_in_voxels
from hevesy.images.transform import RigidTransform

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "CELL_MM",
    "CellFrame",
    "cell_grid",
    "electrons_in_cells",
    "fill_cells",
    "turn_electrons",
    "turn_shares",
]

CELL_MM = 12.0
"""Edge of the coarse cells, mm; the holes' own blur of scatter is one and a half times as wide."""

_MARGIN_MM = 150.0  # of activity beyond the field's ends that is still seen, through lead
_FARTHEST_MM = 420.0  # from the axis: a body in a scanner of 80 cm
_SOME = 0.02  # of a map's largest value: below, there is nothing
Floats = NDArray[np.float32]


class CellFrame(NamedTuple):
    """Activity (Bq in a cell) and electrons (water is 1) on cells about the axis of rotation."""

    activity: Floats
    electrons: Floats
    grid: Grid


def cell_grid(volumes: Sequence[Volume], geometry: ViewGeometry, *, axial_field_mm: float) -> Grid:
    """Cells in a box about the axis that holds all that the volumes show, however it turns.

    Parameters
    ----------
    volumes : sequence of Volume
        Activity, electrons: whatever must lie within.
    geometry : ViewGeometry
        Whose axis.
    axial_field_mm : float
        Length of the field; 150 mm beyond each end the box stops.

    Returns
    -------
    Grid
        Odd numbers of cells across, the axis in the middle.

    Examples
    --------
    >>> lattice = Grid.from_spacing((1, 1, 2), spacing_mm=(12, 12, 12), origin_mm=(-6, 0, 0))
    >>> ones = Volume(values=np.ones(lattice.shape), grid=lattice, quantity=Quantity.RELATIVE)
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 99.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> cell_grid([ones], views, axial_field_mm=300.0).shape
    (1, 5, 5)
    """
    half_z = 0.5 * axial_field_mm + _MARGIN_MM
    far_mm, low, high = 0.0, np.inf, -np.inf
    for volume in volumes:
        index = np.argwhere(np.asarray(volume.values) > _SOME * float(volume.values.max()))
        if not index.size:
            continue
        ends = np.array([index.min(axis=0) - 0.5, index.max(axis=0) + 0.5])
        corners = np.stack(np.meshgrid(*ends.T, indexing="ij"), axis=-1).reshape(-1, 3)
        world = volume.grid.to_world_mm(corners)
        far_mm = max(far_mm, float(np.abs(world[:, :2] - np.array(geometry.axis_mm)).max()))
        low, high = min(low, float(world[:, 2].min())), max(high, float(world[:, 2].max()))
    middle = geometry.axial_centre_mm
    low, high = max(low, middle - half_z), min(high, middle + half_z)
    cells = 2 * math.ceil((min(math.sqrt(2.0) * far_mm, _FARTHEST_MM)) / CELL_MM) + 1
    across = (cells - 1) / 2 * CELL_MM
    rows = max(math.ceil((high - low) / CELL_MM), 1)
    first = 0.5 * (low + high) - (rows - 1) / 2 * CELL_MM
    return Grid.from_spacing(
        (rows, cells, cells), spacing_mm=(CELL_MM,) * 3,
        origin_mm=(geometry.axis_mm[0] - across, geometry.axis_mm[1] - across, first),
    )  # fmt: skip


def electrons_in_cells(electrons: Volume, grid: Grid) -> Floats:
    """Mean of the electrons in each cell.

    Examples
    --------
    >>> lattice = Grid.from_spacing((1, 1, 2), spacing_mm=(6, 12, 6))
    >>> ones = Volume(values=np.ones(lattice.shape), grid=lattice, quantity=Quantity.RELATIVE)
    >>> cell = Grid.from_spacing((1, 1, 1), spacing_mm=(12, 12, 12), origin_mm=(3, 0, 0))
    >>> electrons_in_cells(ones, cell).tolist()
    [[[0.5]]]
    """
    matrix = index_matrix(electrons.grid, grid, RigidTransform.identity())
    return mean_in_voxels(np.asarray(electrons.values, np.float32), matrix, grid.shape)


def fill_cells(activity: Volume, electrons: Volume, grid: Grid) -> CellFrame:
    """Bring activity (none is lost within the box) and electrons to cells.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML or BQ.
    electrons : Volume
        RELATIVE.
    grid : Grid
        The cells.

    Returns
    -------
    CellFrame

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(12, 12, 12))
    >>> one = Volume(values=np.full(grid.shape, 7.0), grid=grid, quantity=Quantity.BQ)
    >>> fill_cells(one, one.with_values(one.values, Quantity.RELATIVE), grid).activity.tolist()
    [[[7.0]]]
    """
    held = resample_activity(activity, grid)
    factor = grid.voxel_volume_ml if held.quantity is Quantity.BQ_PER_ML else 1.0
    there = electrons_in_cells(electrons, grid)
    return CellFrame(np.asarray(held.values * np.float32(factor)), there, grid)


def turn_electrons(electrons: Floats, angle_deg: float) -> Floats:
    """Electrons as (axial, depth, transaxial) of a view, depth rising towards it; interpolated.

    Examples
    --------
    >>> turn_electrons(np.arange(9, dtype=np.float32).reshape(1, 3, 3), 0.0)[0].tolist()
    [[2.0, 1.0, 0.0], [5.0, 4.0, 3.0], [8.0, 7.0, 6.0]]
    """
    from scipy.ndimage import map_coordinates

    cells = electrons.shape[1]
    middle = (cells - 1) / 2
    first, second = np.indices((cells, cells)) - middle
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    x, y = first * sine - second * cosine + middle, first * cosine + second * sine + middle
    return np.stack(
        [map_coordinates(plane, [y, x], order=1, output=np.float32) for plane in electrons]
    )


def turn_shares(cells: int, angle_deg: float) -> "csr_array":
    """Matrix that brings each cell of a slice to the four cells around its place in a view.

    None is lost but at the slice's edge, and its centre stays.

    Parameters
    ----------
    cells : int
        Along each side of the slice; odd.
    angle_deg : float
        Of the view.

    Returns
    -------
    csr_array
        (cells squared, cells squared), float32.

    Examples
    --------
    >>> turn_shares(3, 90.0).sum().round(5).item()
    9.0
    """
    from scipy.sparse import csr_array

    middle = (cells - 1) / 2
    first, second = np.indices((cells, cells)) - middle
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    depth = second * sine + first * cosine + middle
    across = first * sine - second * cosine + middle
    number = np.arange(cells * cells).reshape(cells, cells)
    targets, sources, shares = [], [], []
    for one in (0, 1):
        for other in (0, 1):
            d, u = np.floor(depth).astype(int) + one, np.floor(across).astype(int) + other
            share = (1.0 - np.abs(depth - d)) * (1.0 - np.abs(across - u))
            kept = (d >= 0) & (d < cells) & (u >= 0) & (u < cells) & (share > 0)
            targets.append((d * cells + u)[kept])
            sources.append(number[kept])
            shares.append(share[kept])
    return csr_array(
        (
            np.concatenate(shares).astype(np.float32),
            (np.concatenate(targets), np.concatenate(sources)),
        ),
        shape=(cells * cells, cells * cells),
    )
