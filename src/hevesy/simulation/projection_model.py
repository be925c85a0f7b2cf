"""Expected projections by an effective model: fast, smooth, without a photon being followed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.camera import (
    FWHM_PER_SIGMA,
    Camera,
    EnergyWindow,
    Projections,
    SystemModel,
    ViewGeometry,
    attenuation_map,
)
from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Quantity, Volume, activity_inside_share, resample_activity
from hevesy.media import get_medium, mass_attenuation_cm2_per_g
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.simulation.coarse_cells import CELL_MM
from hevesy.simulation.patient_reach import patient_reach_mm
from hevesy.simulation.recorded_counts import decayed_seconds
from hevesy.simulation.scatter_source import scatter_parts, water_per_mm
from hevesy.simulation.straight_bands import StraightBand, sharp_bands, straight_bands
from hevesy.simulation.wide_views import wide_views

__all__ = ["ModelRun", "field_share", "model_projections", "simulate_projections"]

_SIGMAS = 4.0  # of energy below the lowest window, where photons are left out
_LEAST_KEV = 25.0
_ELECTRONS_KEV = 200.0  # where a CT's attenuation over water's is its electrons' share
_KERNEL_MM = 300.0
Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelRun:
    """Expected projections, and which way their counts came.

    Parameters
    ----------
    expected : Projections
        Expected counts, float32: decay within the scan is in, dead time and noise are not.
    straight_counts : ndarray of float32, shape of the counts
        The part that was not scattered in the patient.
    origin_counts : dict of str to ndarray of float64, shape (windows,)
        Counts of all views: "straight" or "scattered" in the patient, through "holes" or "septa".

    Raises
    ------
    GridError
        The straight part does not have the counts' shape.

    Examples
    --------
    See `model_projections`.
    """

    expected: Projections
    straight_counts: Floats
    origin_counts: dict[str, Numbers]

    def __post_init__(self) -> None:
        if self.straight_counts.shape != self.expected.counts.shape:
            raise GridError(
                "the straight part does not have the projections' shape",
                got=self.straight_counts.shape,
                allowed=str(self.expected.counts.shape),
                remedy="make it with model_projections",
            )
        self.straight_counts.setflags(write=False)


def field_share(camera: Camera, geometry: ViewGeometry) -> Floats:
    """Share of each pixel that lies over the crystal's useful field.

    Parameters
    ----------
    camera : Camera
    geometry : ViewGeometry

    Returns
    -------
    ndarray of float32, shape (axial, transaxial)
        0 to 1.

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> camera = get_camera("siemens-symbia-he")
    >>> share = field_share(camera, camera.orbit(1, radius_mm=250.0))
    >>> round(float(share.sum() * 4.8**2)), round(387 * 533)
    (206271, 206271)
    """
    shares = []
    for count, pixel, field in zip(geometry.shape, geometry.pixel_mm, camera.field_mm, strict=True):
        edges = (np.arange(count + 1) - count / 2) * pixel
        shares.append(np.diff(np.clip(edges, -field / 2, field / 2)) / pixel)
    return np.asarray(np.outer(shares[0], shares[1]), dtype=np.float32)


def _electrons(ct: Volume, kvp: float) -> Volume:
    water = float(mass_attenuation_cm2_per_g(get_medium("water"), 1e-3 * _ELECTRONS_KEV)) / 10.0
    mu = attenuation_map(ct, _ELECTRONS_KEV, kvp=kvp)
    return mu.with_values(mu.values / np.float32(water), Quantity.RELATIVE)


def model_projections(
    activity: Volume,
    ct: Volume,
    camera: Camera,
    nuclide: Nuclide,
    geometry: ViewGeometry,
    windows: tuple[EnergyWindow, ...],
    *,
    view_seconds: ArrayLike,
    view_starts_s: ArrayLike | None = None,
    bed_start_s: float = 0.0,
    kvp: float = 120.0,
    crystal_histories: int = 6000,
    threads: int | None = None,
    control: Control = SILENT,
) -> ModelRun:
    """Expected counts of every window, by their way, from an effective model.

    Straight through the holes: projected in the geometry's own pixels (`SystemModel`), with the
    attenuation of the CT at the photons' energy (coherent scattering left out of it) and the
    camera's point spread. Straight through lead, and all that was scattered in the patient:
    `wide_views`. What the head counts of photons of each energy is `head_response`'s. No parameter
    is fitted.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML or BQ at time 0, not negative, some above 0.
    ct : Volume
        HU, in the same frame.
    camera : Camera
    nuclide : Nuclide
    geometry : ViewGeometry
        Its pixels, not the camera's usual ones, are used.
    windows : tuple of EnergyWindow
    view_seconds : float or ndarray
        Duration of each view, s.
    view_starts_s : float or ndarray, optional
        When each began, s after the bed's start; one after the other by default.
    bed_start_s : float
        The bed's start, s after time 0.
    kvp : float
        The CT's tube voltage, kV.
    crystal_histories : int
        As in `hevesy.camera.crystal_response`.
    threads : int, optional
    control : Control

    Returns
    -------
    ModelRun

    Raises
    ------
    InputError
        No window.
    QuantityError
        A negative activity, or none.
    GridError
        Activity and CT that do not overlap, activity outside the field or behind the collimator.

    References
    ----------
    Frey EC, Tsui BMW. IEEE Nucl Sci Symp Conf Rec 1996;2:1082 (scatter).

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> from hevesy.images import Grid
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(10, 10, 10), origin_mm=(-40, -40, -40))
    >>> values = np.zeros(grid.shape)
    >>> values[4, 4, 4] = 1e6
    >>> camera = get_camera("siemens-symbia-lehr")
    >>> peak = EnergyWindow.around(140.5, percent=10)
    >>> run = model_projections(
    ...     Volume(values=values, grid=grid, quantity=Quantity.BQ),
    ...     Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU), camera,
    ...     get_nuclide("Tc-99m"), camera.orbit(4, radius_mm=100), (peak,),
    ...     view_seconds=60.0, crystal_histories=200)
    >>> scattered = run.origin_counts["scattered holes"] / run.expected.counts.sum()
    >>> bool(run.expected.counts.sum() > 2000), bool(0.1 < scattered[0] < 0.4)
    (True, True)
    """
    _check(activity, ct, geometry, windows)
    least = min(window.lower_kev for window in windows)
    sigma = camera.detector.energy_fwhm_kev(least) / FWHM_PER_SIGMA
    least_kev = max(least - _SIGMAS * sigma, _LEAST_KEV)
    bands = straight_bands(
        nuclide, camera, windows, least_kev=least_kev, crystal_histories=crystal_histories
    )
    scattered = scatter_parts(
        nuclide, camera, windows, least_kev=least_kev, cell_mm=CELL_MM, reach_mm=_KERNEL_MM,
        crystal_histories=crystal_histories,
    )  # fmt: skip
    wide = wide_views(
        activity, _electrons(ct, kvp), bands, scattered, camera, geometry,
        windows=len(windows), threads=threads, control=control,
    )  # fmt: skip
    sharp = _through_holes(activity, ct, sharp_bands(bands), camera, geometry, kvp, threads)
    seconds, starts = _times(geometry, view_seconds, view_starts_s)
    worth = decayed_seconds(seconds, starts + bed_start_s, nuclide.decay_per_s)
    scale = worth.astype(np.float32)[:, None, None] * field_share(camera, geometry)
    parts = {
        "straight holes": sharp * scale,
        "straight septa": wide.straight_septa * scale,
        "scattered holes": wide.scattered_holes * scale,
        "scattered septa": wide.scattered_septa * scale,
    }
    direct = parts["straight holes"] + parts["straight septa"]
    return ModelRun(
        expected=Projections(
            counts=direct + parts["scattered holes"] + parts["scattered septa"],
            windows=windows,
            geometry=geometry,
            view_seconds=seconds,
            view_starts_s=starts,
        ),
        straight_counts=direct,
        origin_counts={
            name: counts.sum(axis=(1, 2, 3), dtype=np.float64) for name, counts in parts.items()
        },
    )


def simulate_projections(
    activity: Volume,
    ct: Volume,
    camera: Camera,
    nuclide: Nuclide,
    geometry: ViewGeometry,
    windows: tuple[EnergyWindow, ...],
    *,
    view_seconds: ArrayLike,
    view_starts_s: ArrayLike | None = None,
    bed_start_s: float = 0.0,
    kvp: float = 120.0,
    threads: int | None = None,
    control: Control = SILENT,
) -> Projections:
    """Expected counts of every window: `model_projections` without the ways they came.

    Parameters
    ----------
    activity, ct, camera, nuclide, geometry, windows
        As in `model_projections`.
    view_seconds, view_starts_s, bed_start_s, kvp, threads, control
        As in `model_projections`.

    Returns
    -------
    Projections
        float32; decay within the scan is in, dead time and noise are not (`record_counts`).

    Examples
    --------
    >>> simulate_projections.__name__  # see the example of `model_projections`
    'simulate_projections'
    """
    return model_projections(
        activity, ct, camera, nuclide, geometry, windows, view_seconds=view_seconds,
        view_starts_s=view_starts_s, bed_start_s=bed_start_s, kvp=kvp, threads=threads,
        control=control,
    ).expected  # fmt: skip


def _times(
    geometry: ViewGeometry, view_seconds: ArrayLike, view_starts_s: ArrayLike | None
) -> tuple[Numbers, Numbers]:
    views = (geometry.view_count,)
    seconds = np.broadcast_to(np.asarray(view_seconds, dtype=np.float64), views)
    starts = np.concatenate([[0.0], np.cumsum(seconds)[:-1]])
    if view_starts_s is not None:
        starts = np.broadcast_to(np.asarray(view_starts_s, dtype=np.float64), views)
    return seconds, starts


def _through_holes(
    activity: Volume,
    ct: Volume,
    bands: tuple[StraightBand, ...],
    camera: Camera,
    geometry: ViewGeometry,
    kvp: float,
    threads: int | None,
) -> Floats:
    """Counts a second of what comes straight, shape (windows, views, axial, transaxial)."""
    grid = geometry.grid()
    held = resample_activity(activity, grid)
    factor = grid.voxel_volume_ml if held.quantity is Quantity.BQ_PER_ML else 1.0
    image = np.asarray(held.values * np.float32(factor), dtype=np.float32)
    total = np.zeros(
        (bands[0].holes_counts.size, geometry.view_count, *geometry.shape), dtype=np.float32
    )
    water = get_medium("water")
    for band in bands:
        mu = attenuation_map(ct, band.energy_kev, kvp=kvp, grid=grid)
        whole = 0.1 * float(mass_attenuation_cm2_per_g(water, 1e-3 * band.energy_kev))
        turned_only = float(water_per_mm(band.energy_kev)) / (whole * water.density_g_per_cm3)
        model = SystemModel(
            geometry=geometry,
            point_spread=camera.point_spread(band.energy_kev),
            attenuation=mu.with_values(mu.values * np.float32(turned_only)),
            kept_bytes=0,
        )
        seen = model.forward(image, threads=threads)
        for w, counts in enumerate(band.holes_counts):
            total[w] += np.float32(counts) * seen
    return total


def _check(
    activity: Volume, ct: Volume, geometry: ViewGeometry, windows: tuple[EnergyWindow, ...]
) -> None:
    activity.require(Quantity.BQ_PER_ML, Quantity.BQ)
    ct.require(Quantity.HU)
    if not windows:
        raise InputError(
            "a simulation needs an energy window", remedy="give the windows that the camera records"
        )
    values: Any = activity.values
    if values.min() < 0 or values.max() <= 0:
        raise QuantityError(
            "the activity has negative voxels, or none that is above 0",
            got=f"{values.min():.4g} to {values.max():.4g} {activity.quantity}",
            allowed="0 and above, some above 0",
            remedy="mend the map it came from",
        )
    inside = activity_inside_share(activity, ct.grid)
    if inside < 0.99:
        raise GridError(
            "the CT does not cover the activity",
            got=f"{100 * (1 - inside):.0f} % of the activity outside it",
            allowed="1 %",
            remedy="give a CT of the same patient in the same place",
        )
    reach = patient_reach_mm(activity, ct, geometry) - geometry.radii_mm
    if reach.max() > 0:
        raise GridError(
            "the collimator would stand in the patient",
            got=f"{reach.max():.0f} mm, in view {int(reach.argmax()) + 1}",
            remedy="give a greater radius, or check the axis of rotation",
        )
