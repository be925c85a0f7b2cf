"""Projections by Monte Carlo: an activity through a patient, a collimator and a crystal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.camera import Camera, EnergyWindow, Projections, ViewGeometry
from hevesy.compiled import reduce_batches
from hevesy.errors import GridError, InputError, Interrupted, QuantityError
from hevesy.images import Volume
from hevesy.media import TissueMap
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.simulation.camera_scene import CameraScene, camera_scene

__all__ = ["CameraRun", "draw_counts", "simulate_camera_photons"]

_LEAST_BATCHES = 10
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraRun:
    """Expected projections, and how sure they are.

    Parameters
    ----------
    expected : Projections
        Expected counts (no Poisson noise, no dead time, no decay within the scan).
    std_counts : ndarray of float32, shape of the counts
        Standard deviation of the expected counts, from batch to batch.
    straight_counts : ndarray of float32, shape of the counts, or None
        The part that was not scattered in the patient, where it was asked for.
    origin_counts : dict of str to ndarray of float64, shape (windows,)
        Counts of all views: "straight" or "scattered" in the patient, through "holes" or "septa".
    energy_mev : dict of str to float
        Energy for each photon drawn (by weight): "emitted", "absorbed", "escaped", "cut".
    histories : int
        Photons drawn.
    seed : int
    batches : int

    Raises
    ------
    GridError
        The uncertainty does not have the counts' shape.

    Examples
    --------
    See `simulate_camera_photons`.
    """

    expected: Projections
    std_counts: NDArray[np.float32]
    straight_counts: NDArray[np.float32] | None
    origin_counts: dict[str, Numbers]
    energy_mev: dict[str, float]
    histories: int
    seed: int
    batches: int

    def __post_init__(self) -> None:
        for array in (self.std_counts, self.straight_counts):
            if array is None:
                continue
            if array.shape != self.expected.counts.shape:
                raise GridError(
                    "a simulated uncertainty does not have the projections' shape",
                    got=array.shape,
                    allowed=str(self.expected.counts.shape),
                    remedy="make it with simulate_camera_photons",
                )
            array.setflags(write=False)

    def scatter_fraction(self, window: EnergyWindow) -> float:
        """Scattered counts over all counts of a window, summed over the views."""
        w = self.expected.windows.index(window)
        scattered = (
            self.origin_counts["scattered holes"][w] + self.origin_counts["scattered septa"][w]
        )
        return float(scattered / sum(part[w] for part in self.origin_counts.values()))

    def septal_fraction(self, window: EnergyWindow) -> float:
        """Counts of photons that came through lead over all counts of a window."""
        w = self.expected.windows.index(window)
        septa = self.origin_counts["straight septa"][w] + self.origin_counts["scattered septa"][w]
        return float(septa / sum(part[w] for part in self.origin_counts.values()))


class _Batch(NamedTuple):
    image: Numbers
    origin: Numbers
    ledger: Numbers


def simulate_camera_photons(
    activity: Volume,
    tissue: TissueMap,
    nuclide: Nuclide,
    camera: Camera,
    geometry: ViewGeometry,
    windows: Sequence[EnergyWindow],
    *,
    view_seconds: ArrayLike,
    view_starts_s: ArrayLike | None = None,
    histories: int = 2_000_000,
    seed: int = 1,
    looks: int = 6,
    batches: int = 20,
    bremsstrahlung: bool = True,
    split: bool = False,
    crystal_histories: int = 6000,
    threads: int | None = None,
    control: Control = SILENT,
) -> CameraRun:
    """Transport photons from an activity to a turning camera.

    Each photon is drawn from the activity, weighed and followed through the voxels; at its
    emission and at each Compton event the counts that it gives in some of the views are added
    (forced detection). Every window is scored at once. The result depends on the seed, histories,
    looks and batches only: the same bits on any number of threads.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML or BQ, not negative, some above 0; constant through the scan.
    tissue : TissueMap
        On the same grid.
    nuclide : Nuclide
    camera : Camera
    geometry : ViewGeometry
        Where the camera stands; its pixels, not the camera's usual ones, are used.
    windows : sequence of EnergyWindow
    view_seconds : float or ndarray
        Duration of each view, s.
    view_starts_s : float or ndarray, optional
        When each began; one after the other by default.
    histories : int
        Photons.
    seed : int
        0 to 2^64 - 1.
    looks : int
        Views looked at from each emission (half as many from each scatter).
    batches : int
        Independent parts for the uncertainty, at least 10.
    bremsstrahlung : bool
        Whether that of the betas is in.
    split : bool
        Whether the unscattered part is kept apart.
    crystal_histories : int
        As in `hevesy.camera.crystal_response`.
    threads : int, optional
    control : Control

    Returns
    -------
    CameraRun

    Raises
    ------
    InputError
        Fewer than 10 batches, or fewer photons or views than they need.
    Interrupted
        The control said stop.

    References
    ----------
    Beekman FJ, de Jong HWAM, van Geloven S. IEEE Trans Med Imaging 2002;21:867.

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> from hevesy.images import Grid, Quantity
    >>> from hevesy.media import uniform_tissue
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(10, 10, 10), origin_mm=(-40, -40, -40))
    >>> values = np.zeros(grid.shape)
    >>> values[4, 4, 4] = 1e6
    >>> camera = get_camera("siemens-symbia-lehr")
    >>> peak = EnergyWindow.around(140.5, percent=10)
    >>> run = simulate_camera_photons(
    ...     Volume(values=values, grid=grid, quantity=Quantity.BQ), uniform_tissue(grid, "water"),
    ...     get_nuclide("Tc-99m"), camera, camera.orbit(4, radius_mm=100), (peak,),
    ...     view_seconds=60.0, histories=2000, looks=2, crystal_histories=200)
    >>> bool(run.expected.counts.sum() > 2000), 0.1 < run.scatter_fraction(peak) < 0.4
    (True, True)
    """
    views = geometry.view_count
    if batches < _LEAST_BATCHES or histories < batches or not 1 <= looks <= max(views, 1):
        raise InputError(
            "a simulation needs batches, photons and views to look at",
            got=f"{batches} batches, {histories} photons, {looks} looks at {views} views",
            allowed=f"{_LEAST_BATCHES} batches or more, a photon each, 1 to {views} looks",
            remedy="leave batches at 20, or take fewer looks",
        )
    scene = camera_scene(
        activity, tissue, nuclide, camera, geometry, tuple(windows),
        bremsstrahlung=bremsstrahlung, crystal_histories=crystal_histories, threads=threads,
    )  # fmt: skip
    sums = _run(scene, histories, seed, looks, batches, 2 if split else 1, threads, control)
    seconds = np.broadcast_to(np.asarray(view_seconds, dtype=np.float64), (views,))
    starts = np.concatenate([[0.0], np.cumsum(seconds)[:-1]])
    if view_starts_s is not None:
        starts = np.broadcast_to(np.asarray(view_starts_s, dtype=np.float64), (views,))
    return _finished(scene, sums, geometry, seconds, starts, histories, seed, batches)


class _Sums(NamedTuple):
    image: Numbers
    squares: Numbers
    origin: Numbers
    ledger: Numbers


def _run(
    scene: CameraScene, histories: int, seed: int, looks: int, batches: int, parts: int,
    threads: int | None, control: Control,
) -> _Sums:  # fmt: skip
    from hevesy.simulation.camera_photon_kernels import camera_batch

    size = -(-histories // batches)
    shape = (parts, *scene.shape)
    sums = _Sums(np.zeros(shape), np.zeros(scene.shape), np.zeros((2, 2, shape[-1])), np.zeros(4))
    spare: list[Numbers] = []

    def work(batch: int) -> _Batch:
        image = spare.pop() if spare else np.zeros(shape)
        found = _Batch(image, np.zeros_like(sums.origin), np.zeros_like(sums.ledger))
        camera_batch(
            size, np.uint64(seed), np.uint64(batch), looks, max(looks // 2, 1), scene.source,
            scene.voxels, scene.photons, scene.head, scene.views, *found,
        )  # fmt: skip
        return found

    done = 0

    def reduce(batch: _Batch) -> None:
        nonlocal done
        image, origin, ledger = batch
        whole = image[0] if parts == 1 else image.sum(axis=0)
        np.add(sums.image, image, out=sums.image)
        np.add(sums.squares, np.square(whole), out=sums.squares)
        np.add(sums.origin, origin, out=sums.origin)
        np.add(sums.ledger, ledger, out=sums.ledger)
        image[...] = 0.0
        spare.append(image)
        done += 1
        control.advance(done, batches)

    if not reduce_batches(work, reduce, batches, threads=threads, should_stop=control.should_stop):
        raise Interrupted(
            f"stopped after {done} of {batches} batches",
            remedy="start it again to take the work up from its beginning",
        )
    drawn = float(size * batches)
    per_batch = sums.image.sum(axis=0) / batches
    variance = np.maximum(sums.squares / batches - np.square(per_batch), 0.0) / (batches - 1)
    return _Sums(
        sums.image / drawn, np.sqrt(variance) / size, sums.origin / drawn, sums.ledger / drawn
    )


def _finished(
    scene: CameraScene, sums: _Sums, geometry: ViewGeometry, seconds: Numbers, starts: Numbers,
    histories: int, seed: int, batches: int,
) -> CameraRun:  # fmt: skip
    photons = scene.photons_per_s * seconds  # of each view
    by_view = photons[None, :, None, None]
    image = np.moveaxis(sums.image, -1, 1)  # (parts, windows, views, axial, transaxial)
    counts = image.sum(axis=0) * by_view
    expected = Projections(
        counts=counts.astype(np.float32),
        windows=scene.windows,
        geometry=geometry,
        view_seconds=seconds,
        view_starts_s=starts,
    )
    straight = (image[0] * by_view).astype(np.float32) if image.shape[0] == 2 else None
    mean_photons = float(photons.mean())
    origin = {
        f"{kind} {way}": sums.origin[i, j] * mean_photons
        for i, kind in enumerate(("straight", "scattered"))
        for j, way in enumerate(("holes", "septa"))
    }
    names = ("emitted", "absorbed", "escaped", "cut")
    return CameraRun(
        expected=expected,
        std_counts=(np.moveaxis(sums.squares, -1, 0) * by_view).astype(np.float32),
        straight_counts=straight,
        origin_counts=origin,
        energy_mev=dict(zip(names, (float(e) for e in sums.ledger), strict=True)),
        histories=-(-histories // batches) * batches,
        seed=seed,
        batches=batches,
    )


def draw_counts(expected: Projections, *, seed: int) -> Projections:
    """Draw what is counted from what is expected: Poisson, independently in each pixel and window.

    Windows must not overlap, or an event that both count would be drawn twice.

    Parameters
    ----------
    expected : Projections
        Expected counts; after dead time where there is any.
    seed : int

    Returns
    -------
    Projections
        Whole counts, int32.

    Raises
    ------
    QuantityError
        Windows that overlap.

    Examples
    --------
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(64, 64),
    ...                      pixel_mm=(4.8, 4.8))
    >>> expected = Projections(counts=np.full((1, 1, 64, 64), 9.0), windows=(
    ...     EnergyWindow.around(155, percent=10),), geometry=views, view_seconds=np.ones(1),
    ...     view_starts_s=np.zeros(1))
    >>> drawn = draw_counts(expected, seed=1)
    >>> drawn.counts.dtype.name, bool(abs(drawn.counts.mean() - 9) < 0.2)
    ('int32', True)
    """
    windows: Any = expected.windows
    if any(a.overlaps(b) for i, a in enumerate(windows) for b in windows[:i]):
        raise QuantityError(
            "windows that overlap cannot be drawn independently",
            got=", ".join(f"{w.lower_kev:g}-{w.upper_kev:g} keV" for w in windows),
            allowed="windows that share no more than a border",
            remedy="simulate each overlapping window in a run of its own",
        )
    drawn = np.random.default_rng(seed).poisson(np.asarray(expected.counts, dtype=np.float64))
    return Projections(
        counts=drawn.astype(np.int32),
        windows=expected.windows,
        geometry=expected.geometry,
        view_seconds=expected.view_seconds,
        view_starts_s=expected.view_starts_s,
    )
