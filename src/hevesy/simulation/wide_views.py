"""Views of what is smooth: scatter, and what comes through lead, in coarse cells that turn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import FWHM_PER_SIGMA, Camera, ViewGeometry
from hevesy.compiled import run_batches
from hevesy.images import Grid, Quantity, Volume, resample_activity
from hevesy.images.overlap import index_matrix, mean_in_voxels
from hevesy.images.transform import RigidTransform
from hevesy.progress import SILENT, Control
from hevesy.simulation.head_response import SEPTAL_SIGMAS, has_open_holes
from hevesy.simulation.scatter_source import ScatterPart, water_per_mm
from hevesy.simulation.straight_bands import StraightBand

__all__ = ["CELL_MM", "WideViews", "wide_views"]

CELL_MM = 12.0
"""Edge of the coarse cells, mm; the holes' own blur of scatter is one and a half times as wide."""

_MARGIN_MM = 150.0  # of activity beyond the field's ends that is still seen, through lead
_WRAP_MM = 250.0  # empty beside the detector, so that the widest Gaussian does not come round
Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]


class _Frame(NamedTuple):
    """Activity (Bq in a cell) and electrons (water is 1) on cells about the axis of rotation."""

    activity: Floats
    electrons: Floats
    grid: Grid


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


def _frame(activity: Volume, electrons: Volume, camera: Camera, geometry: ViewGeometry) -> _Frame:
    """Cells in a box about the axis that holds all activity and all that attenuates it."""
    half_z = 0.5 * camera.field_mm[0] + _MARGIN_MM
    far_mm, low, high = 0.0, np.inf, -np.inf
    for volume in (activity, electrons):
        index = np.argwhere(np.asarray(volume.values) > 0.02 * float(volume.values.max()))
        if not index.size:
            continue
        ends = np.array([index.min(axis=0) - 0.5, index.max(axis=0) + 0.5])
        corners = np.stack(np.meshgrid(*ends.T, indexing="ij"), axis=-1).reshape(-1, 3)
        world = volume.grid.to_world_mm(corners)
        far_mm = max(far_mm, float(np.abs(world[:, :2] - np.array(geometry.axis_mm)).max()))
        low, high = min(low, float(world[:, 2].min())), max(high, float(world[:, 2].max()))
    middle = geometry.axial_centre_mm
    low, high = max(low, middle - half_z), min(high, middle + half_z)
    cells = 2 * math.ceil((min(math.sqrt(2.0) * far_mm, 420.0)) / CELL_MM) + 1
    across = (cells - 1) / 2 * CELL_MM
    rows = max(math.ceil((high - low) / CELL_MM), 1)
    first = 0.5 * (low + high) - (rows - 1) / 2 * CELL_MM
    grid = Grid.from_spacing(
        (rows, cells, cells), spacing_mm=(CELL_MM,) * 3,
        origin_mm=(geometry.axis_mm[0] - across, geometry.axis_mm[1] - across, first),
    )  # fmt: skip
    held = resample_activity(activity, grid)
    factor = grid.voxel_volume_ml if held.quantity is Quantity.BQ_PER_ML else 1.0
    matrix = index_matrix(electrons.grid, grid, RigidTransform.identity())
    there = mean_in_voxels(np.asarray(electrons.values, np.float32), matrix, grid.shape)
    return _Frame(np.asarray(held.values * np.float32(factor)), there, grid)


def _turned(frame: _Frame, angle_deg: float) -> tuple[Floats, Floats]:
    """Activity and electrons as (axial, depth, transaxial) of a view, depth rising towards it.

    Each cell's activity goes to the four cells around its new place (none is lost, and its centre
    stays); electrons are interpolated.
    """
    from scipy.ndimage import map_coordinates
    from scipy.sparse import csr_array

    rows, cells, _ = frame.activity.shape
    middle = (cells - 1) / 2
    first, second = np.indices((cells, cells)) - middle
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    x, y = first * sine - second * cosine + middle, first * cosine + second * sine + middle
    electrons = np.stack(
        [map_coordinates(plane, [y, x], order=1, output=np.float32) for plane in frame.electrons]
    )
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
    turn = csr_array(
        (np.concatenate(shares), (np.concatenate(targets), np.concatenate(sources))),
        shape=(cells * cells, cells * cells),
    )
    activity = (turn @ frame.activity.reshape(rows, -1).T).T.reshape(rows, cells, cells)
    return np.ascontiguousarray(activity, dtype=np.float32), electrons


class _Convolution:
    """Convolution of cells with the parts' kernels; the kernels' transforms are made once."""

    def __init__(self, parts: Sequence[ScatterPart], shape: tuple[int, int, int]) -> None:
        from scipy.fft import next_fast_len, rfftn

        reach = [min(part.kernel.shape[0] // 2, n - 1) for part in parts[:1] for n in shape]
        self.shape = shape
        self.size = [
            next_fast_len(n + r, real=True) for n, r in zip(shape, reach or [0] * 3, strict=True)
        ]
        self.kernels = []
        for part in parts:
            middle = part.kernel.shape[0] // 2
            box = tuple(slice(middle - r, middle + r + 1) for r in reach)
            padded = np.zeros(self.size, dtype=np.float32)
            padded[tuple(slice(0, 2 * r + 1) for r in reach)] = part.kernel[box]
            padded = np.roll(padded, [-r for r in reach], axis=(0, 1, 2))
            self.kernels.append(rfftn(padded, workers=1))

    def sources(self, activity: Floats) -> "list[Floats]":
        """Scatter that water in each cell would send out, for each part."""
        from scipy.fft import irfftn, rfftn

        transform = rfftn(activity, s=self.size, workers=1)
        box = tuple(slice(0, n) for n in self.shape)
        return [
            np.maximum(irfftn(transform * kernel, s=self.size, workers=1)[box], 0.0)
            for kernel in self.kernels
        ]


class _Plane:
    """Transform of the detector's plane, and its values in the middles of the pixels."""

    def __init__(self, frame: _Frame, camera: Camera, geometry: ViewGeometry) -> None:
        from scipy.fft import next_fast_len, rfftfreq

        rows, cells, _ = frame.grid.shape
        field_cells = [field / CELL_MM for field in camera.field_mm]
        wrap = _WRAP_MM / CELL_MM
        self.size = tuple(
            next_fast_len(math.ceil(0.5 * (n + f) + max(0.5 * (n - f), 0.0) + wrap), real=True)
            for n, f in zip((rows, cells), field_cells, strict=True)
        )
        first_z = float(frame.grid.origin_mm[2])
        axial = (np.arange(geometry.shape[0]) - (geometry.shape[0] - 1) / 2) * geometry.pixel_mm[0]
        across = (np.arange(geometry.shape[1]) - (geometry.shape[1] - 1) / 2) * geometry.pixel_mm[1]
        z = (axial + geometry.axial_centre_mm - first_z) / CELL_MM
        u = (across + geometry.offset_mm) / CELL_MM + (cells - 1) / 2
        self.turns_z = np.fft.fftfreq(self.size[0])
        self.turns_u = rfftfreq(self.size[1])
        twice = np.full(self.turns_u.size, 2.0)
        twice[0] = 1.0
        if self.size[1] % 2 == 0:
            twice[-1] = 1.0
        self.out_z = np.exp(2j * np.pi * np.outer(z, self.turns_z)).astype(np.complex64)
        self.out_u = (twice[:, None] * np.exp(2j * np.pi * np.outer(self.turns_u, u))).astype(
            np.complex64
        )
        area = geometry.pixel_mm[0] * geometry.pixel_mm[1] / CELL_MM**2
        self.scale = np.float32(area / (self.size[0] * self.size[1]))

    def transform(self, cells: Floats) -> NDArray[np.complex64]:
        """Of each plane of one depth, shape (depth, axial, transaxial)."""
        from scipy.fft import rfft2

        return np.asarray(rfft2(np.moveaxis(cells, 1, 0), s=self.size, workers=1))

    def blurred(self, planes: NDArray[np.complex64], sigma_mm: Numbers) -> NDArray[np.complex64]:
        """Planes blurred by a Gaussian that depends on the depth, and summed."""
        width = np.square(2.0 * math.pi * sigma_mm / CELL_MM)[:, None]
        along = np.exp(-0.5 * width * np.square(self.turns_z)).astype(np.float32)
        across = np.exp(-0.5 * width * np.square(self.turns_u)).astype(np.float32)
        return np.asarray(np.einsum("vzu,vz,vu->zu", planes, along, across, optimize=False))

    def pixels(self, plane: NDArray[np.complex64]) -> Floats:
        """Counts in pixels, shape (axial, transaxial)."""
        counts = (self.out_z @ plane @ self.out_u).real * self.scale
        return np.maximum(counts, 0.0)


class _Work(NamedTuple):
    frame: _Frame
    convolution: _Convolution
    plane: _Plane
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
    frame = _frame(activity, electrons, camera, geometry)
    work = _Work(
        frame, _Convolution(scattered, frame.grid.shape), _Plane(frame, camera, geometry),
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
    activity, electrons = _turned(work.frame, angle)
    ahead = np.cumsum(electrons[:, ::-1], axis=1)[:, ::-1] - 0.5 * electrons
    water_mm = CELL_MM * ahead
    cells = electrons.shape[1]
    depth = (np.arange(cells) - (cells - 1) / 2) * CELL_MM
    face = np.maximum(geometry.radii_mm[number] - depth, 0.0)
    shape = (work.windows, *(axis.size for axis in (plane.turns_z, plane.turns_u)))
    straight, holes, septa = (np.zeros(shape, dtype=np.complex64) for _ in range(3))
    for one in work.straight:
        if not one.septa_counts.any():
            continue
        slant = _slant(one.septa_counts.sum(axis=0))
        mu = slant * float(water_per_mm(one.energy_kev))
        planes = plane.transform(activity * np.exp(-mu * water_mm))
        for k, sigma in enumerate(_septal_mm(camera, face, one.energy_kev)):
            if one.septa_counts[:, k].any():
                blurred = plane.blurred(planes, sigma)
                straight += one.septa_counts[:, k, None, None].astype(np.float32) * blurred
    for part, source in zip(
        work.scattered, work.convolution.sources(activity) if work.scattered else (), strict=True
    ):
        mu = float(water_per_mm(part.energy_kev))
        planes = plane.transform(source * electrons * np.exp(-mu * water_mm))
        if part.holes_share > 0:
            spread = _holes_mm(camera, face, part.energy_kev)
            holes[part.window] += np.float32(part.holes_share) * plane.blurred(planes, spread)
        for k, sigma in enumerate(_septal_mm(camera, face, part.energy_kev)):
            if part.septa_share[k] > 1e-3:
                septa[part.window] += np.float32(part.septa_share[k]) * plane.blurred(planes, sigma)
    a, b, c = (
        np.stack([plane.pixels(w) for w in kind]).astype(np.float32)
        for kind in (straight, holes, septa)
    )
    return a, b, c


def _slant(weights: Numbers) -> float:
    """How much longer a slanting way through the body is: half of what it is in a cylinder.

    In a cylinder about the axis only the part along it makes the way longer; in a ball, from its
    middle, none does.
    """
    return 1.0 + 0.5 * float(np.average(np.hypot(1.0, SEPTAL_SIGMAS) - 1.0, weights=weights))


def _less_cells(sigma_mm: Numbers) -> Numbers:
    """Standard deviation less what the cells themselves and their turning have blurred.

    Not under 0.4 cells, below which the transform would ring.
    """
    least = (0.4 * CELL_MM) ** 2
    return np.sqrt(np.maximum(np.square(sigma_mm) - CELL_MM**2 / 4.0, least))


def _holes_mm(camera: Camera, face_mm: Numbers, energy_kev: float) -> Numbers:
    kev = energy_kev
    while not has_open_holes(camera, kev):
        kev *= 0.9
    return _less_cells(camera.point_spread(kev).sigma_mm(face_mm))


def _septal_mm(camera: Camera, face_mm: Numbers, energy_kev: float) -> "list[Numbers]":
    to_crystal = face_mm + camera.collimator.length_mm + camera.gap_mm
    to_crystal = to_crystal + camera.detector.mean_depth_mm(energy_kev)
    own = camera.detector.intrinsic_fwhm_mm(energy_kev) / FWHM_PER_SIGMA
    return [_less_cells(np.hypot(sigma * to_crystal, own)) for sigma in SEPTAL_SIGMAS]
