"""What the photon simulation of a camera looks up: source, voxels, collimator, crystal, views."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import (
    FWHM_PER_SIGMA,
    Camera,
    CrystalResponse,
    EnergyWindow,
    ViewGeometry,
    angular_response,
    crystal_response,
)
from hevesy.errors import GridError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import LEAD, SODIUM_IODIDE, TissueMap, linear_attenuation_per_mm
from hevesy.nuclides import Nuclide
from hevesy.simulation.photon_source import PhotonSource, photon_source
from hevesy.transport import VoxelTable
from hevesy.transport.photon_tables import make_photon_tables

__all__ = ["CameraScene", "camera_scene"]

_AIR_G_PER_CM3 = 0.05  # voxels outside the box of those above it are left out
_TAIL_REACHES = 2.0  # of the holes: beyond, only lead is passed
_SIGMAS = 4.0  # of energy below the lowest window, where photons are no longer followed
Numbers = NDArray[np.float64]


class SourceTable(NamedTuple):
    """Where photons start, with what energy and weight."""

    voxel: NDArray[np.int64]
    cumulative: Numbers
    lower_mev: Numbers
    upper_mev: Numbers
    drawn: Numbers
    weight: Numbers


class PhotonLookups(NamedTuple):
    """Arrays of `PhotonTables`, electrons of each medium, and the cut-off."""

    grid: Numbers
    interaction: Numbers
    majorant: Numbers
    scatter: Numbers
    rayleigh_x2: Numbers
    rayleigh_area: Numbers
    electrons_per_g: Numbers
    cutoff_mev: float


class HeadTable(NamedTuple):
    """Collimator and crystal; lengths in cm."""

    cosine_edges: Numbers
    transmission: Numbers
    cumulative_sr: Numbers
    open_share: Numbers
    lead_place: Numbers
    stopping_per_cm: Numbers
    share_grid: Numbers
    share: Numbers
    blur_cm: Numbers
    crystal_front_cm: float
    crystal_cm: float
    pixel_axial_cm: float
    pixel_across_cm: float
    half_axial_cm: float
    half_across_cm: float
    tail_cell: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraScene:
    """Everything that `camera_photon_kernels.camera_batch` takes. Made by `camera_scene`.

    Parameters
    ----------
    source, photons, head : NamedTuple
    voxels : VoxelTable
    views : ndarray of float64, shape (views, 12)
    windows : tuple of EnergyWindow
    shape : tuple of int
        Views, pixels, windows.
    photons_per_s : float
        Photons of the source that are simulated, each second.

    Examples
    --------
    See `hevesy.simulation.simulate_camera_photons`.
    """

    source: SourceTable
    photons: PhotonLookups
    head: HeadTable
    voxels: VoxelTable
    views: Numbers
    windows: tuple[EnergyWindow, ...]
    shape: tuple[int, int, int, int]
    photons_per_s: float


def camera_scene(
    activity: Volume,
    tissue: TissueMap,
    nuclide: Nuclide,
    camera: Camera,
    geometry: ViewGeometry,
    windows: tuple[EnergyWindow, ...],
    *,
    bremsstrahlung: bool,
    crystal_histories: int,
    threads: int | None,
) -> CameraScene:
    """Prepare a simulation; see `hevesy.simulation.simulate_camera_photons`.

    Parameters
    ----------
    activity, tissue, nuclide, camera, geometry, windows, bremsstrahlung
        As there.
    crystal_histories, threads
        As there.

    Returns
    -------
    CameraScene

    Raises
    ------
    GridError
        Activity and tissue are not on one grid, or activity lies behind a collimator's face.
    QuantityError
        A negative activity, or none.

    Examples
    --------
    >>> camera_scene.__name__  # see the example of `simulate_camera_photons`
    'camera_scene'
    """
    activity.require(Quantity.BQ_PER_ML, Quantity.BQ)
    if not activity.grid.matches(tissue.density.grid):
        raise GridError(
            "activity and tissue are not on one grid",
            got=f"{tissue.density.grid.shape} voxels of tissue",
            allowed=str(activity.grid.shape),
            remedy="resample one of them",
        )
    values = np.asarray(activity.values, dtype=np.float64)
    if values.min() < 0 or values.max() <= 0:
        raise QuantityError(
            "the activity has negative voxels, or none that is above 0",
            got=f"{values.min():.4g} to {values.max():.4g} {activity.quantity}",
            allowed="0 and above, some above 0",
            remedy="mend the map it came from",
        )
    box, grid = _box(values > 0, tissue, activity.grid)
    views = _views(geometry, grid)
    values = values[box]
    _require_before_the_face(values, grid, views)
    bq = values * (1.0 if activity.quantity is Quantity.BQ else grid.voxel_volume_ml)
    voxels = _voxels(tissue, box, grid)
    least = min(window.lower_kev for window in windows)
    cutoff_kev = max(
        least - _SIGMAS * camera.detector.energy_fwhm_kev(least) / FWHM_PER_SIGMA, 25.0
    )
    emitted = photon_source(nuclide, least_kev=cutoff_kev, bremsstrahlung=bremsstrahlung)
    response = crystal_response(camera.detector, windows, histories=crystal_histories)
    photons = _photons(tissue, voxels, 1e-3 * cutoff_kev)
    head = _head(camera, geometry, response, photons)
    return CameraScene(
        source=_source(bq, emitted, head, response, photons),
        photons=photons,
        head=head,
        voxels=voxels,
        views=views,
        windows=windows,
        shape=(geometry.view_count, *geometry.shape, len(windows)),
        photons_per_s=float(bq.sum() * emitted.per_decay.sum()),
    )


def _box(
    active: NDArray[np.bool_], tissue: TissueMap, grid: Grid
) -> tuple[tuple[slice, ...], Grid]:
    """The box that holds the patient and the activity, and its grid."""
    wanted = active | (np.asarray(tissue.density.values) > _AIR_G_PER_CM3)
    box = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        inside = np.flatnonzero(wanted.any(axis=others))
        box.append(slice(int(inside[0]), int(inside[-1]) + 1))
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world_mm([part.start for part in box])
    shape = tuple(part.stop - part.start for part in box)
    return tuple(box), Grid(shape=(shape[0], shape[1], shape[2]), affine=affine)


def _voxels(tissue: TissueMap, box: tuple[slice, ...], grid: Grid) -> VoxelTable:
    sz, sy, sx = (mm / 10.0 for mm in grid.spacing_mm)
    density = np.array(tissue.density.values[box], dtype=np.float32, order="C")
    labels = np.array(tissue.labels[box], dtype=np.uint8, order="C")
    for array in (density, labels):  # kernels are compiled once: for read-only arrays
        array.setflags(write=False)
    return VoxelTable(*grid.shape, sx, sy, sz, density, labels)


def _views(geometry: ViewGeometry, grid: Grid) -> Numbers:
    """Unit vectors along the grid's x, y, z, and coordinates from its corner, cm."""
    angle = np.deg2rad(geometry.angles_deg)
    zero, one = np.zeros(angle.size), np.ones(angle.size)
    normal = np.stack([np.sin(angle), np.cos(angle), zero], axis=1)
    across = np.stack([-np.cos(angle), np.sin(angle), zero], axis=1)
    axial = np.stack([zero, zero, one], axis=1)
    axes = grid.direction[:, ::-1]  # columns: the grid's x, y, z in the world
    corner = grid.to_world_mm([-0.5, -0.5, -0.5])
    axis = np.array([*geometry.axis_mm, geometry.axial_centre_mm]) - corner
    places = [
        normal @ axis + geometry.radii_mm,
        across @ axis + geometry.offset_mm,
        axial @ axis,
    ]
    return np.concatenate(
        [normal @ axes, across @ axes, axial @ axes, np.stack(places, axis=1) / 10.0], axis=1
    )


def _require_before_the_face(values: Numbers, grid: Grid, views: Numbers) -> None:
    z, y, x = np.nonzero(values)
    places = (np.stack([x, y, z], axis=1) + 0.5) * np.array(grid.spacing_mm[::-1]) / 10.0
    reach = places @ views[:, :3].T - views[:, 9]
    if reach.max() > 0:
        raise GridError(
            "activity lies behind the collimator's face",
            got=f"{10 * reach.max():.0f} mm behind, in view {int(reach.max(axis=0).argmax())}",
            remedy="give greater radii, or check the axis of rotation",
        )


def _photons(tissue: TissueMap, voxels: VoxelTable, cutoff_mev: float) -> PhotonLookups:
    most = [
        float(voxels.density.max(where=voxels.labels == k, initial=1e-9))
        for k in range(len(tissue.media))
    ]
    tables = make_photon_tables(tissue.media, max_density_g_per_cm3=most)
    electrons = np.array([medium.electrons_per_g for medium in tissue.media])
    return PhotonLookups(
        grid=tables.grid,
        interaction=tables.interaction,
        majorant=tables.majorant,
        scatter=tables.scatter,
        rayleigh_x2=tables.rayleigh_x2,
        rayleigh_area=tables.rayleigh_area,
        electrons_per_g=electrons,
        cutoff_mev=cutoff_mev,
    )


def _head(
    camera: Camera, geometry: ViewGeometry, response: CrystalResponse, photons: PhotonLookups
) -> HeadTable:
    angular = angular_response(camera.collimator)
    detector = camera.detector
    rows = photons.majorant.size
    kev = 1e3 * np.exp(photons.grid[0] + np.arange(rows) / photons.grid[1])
    kev = np.clip(kev, 20.0, 3000.0)
    mu = np.log(linear_attenuation_per_mm(LEAD, kev))
    scale = np.log(angular.mu_per_mm)
    place = (mu - scale[0]) / (scale[1] - scale[0])
    stopping = linear_attenuation_per_mm(SODIUM_IODIDE, kev)
    stopping = stopping - linear_attenuation_per_mm(SODIUM_IODIDE, kev, "coherent")
    blur = [detector.intrinsic_fwhm_mm(w.centre_kev) / FWHM_PER_SIGMA for w in response.windows]
    return HeadTable(
        cosine_edges=angular.cosine_edges,
        transmission=angular.transmission,
        cumulative_sr=angular.cumulative_sr,
        open_share=angular.open_share,
        lead_place=np.clip(place, 0.0, scale.size - 1.0001),
        stopping_per_cm=10.0 * stopping,
        share_grid=response.grid,
        share=response.share,
        blur_cm=np.array(blur) / 10.0,
        crystal_front_cm=(camera.collimator.length_mm + camera.gap_mm) / 10.0,
        crystal_cm=detector.crystal_mm / 10.0,
        pixel_axial_cm=geometry.pixel_mm[0] / 10.0,
        pixel_across_cm=geometry.pixel_mm[1] / 10.0,
        half_axial_cm=camera.field_mm[0] / 20.0,
        half_across_cm=camera.field_mm[1] / 20.0,
        tail_cell=int(
            np.searchsorted(-angular.cosine_edges, -np.cos(_TAIL_REACHES * angular.reach_rad))
        ),
    )


def _source(
    bq: Numbers, emitted: PhotonSource, head: HeadTable, response: CrystalResponse,
    photons: PhotonLookups,
) -> SourceTable:  # fmt: skip
    """Half of the photons by yield, half by what the camera would count of them in air."""
    flat = bq.reshape(-1)
    voxel = np.flatnonzero(flat)
    running = np.cumsum(flat[voxel])
    share = emitted.per_decay / emitted.per_decay.sum()
    place = (np.log(emitted.mean_mev) - photons.grid[0]) * photons.grid[1]
    lead = np.interp(place, np.arange(head.lead_place.size), head.lead_place)
    passed = np.interp(lead, np.arange(head.cumulative_sr.shape[0]), head.cumulative_sr[:, -1])
    seen = np.array([float(response.counted(1e3 * e).sum()) for e in emitted.mean_mev])
    counted = share * passed * seen
    drawn = 0.5 * share + 0.5 * counted / counted.sum()
    return SourceTable(
        voxel=voxel,
        cumulative=running / running[-1],
        lower_mev=emitted.lower_mev,
        upper_mev=emitted.upper_mev,
        drawn=np.cumsum(drawn) / drawn.sum(),
        weight=share / drawn,
    )
