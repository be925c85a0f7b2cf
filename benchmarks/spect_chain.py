"""From expected projections to a sphere's becquerels, as a site would: scan, reconstruct, read.

The expected projections are the Monte Carlo's (`benchmarks.spect_spheres`). A scan draws from
them: decay while it lasts, losses of a paralysable detector by *all* its events (not by the peak
that hevesy sees), Poisson counts. What follows is hevesy's own: dead time from the
scatter-corrected peak, scatter by a method's name, OSEM with attenuation and point spread, regions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import (
    DeadTime,
    EnergyWindow,
    Projections,
    SystemModel,
    ViewGeometry,
    attenuation_map,
    get_camera,
)
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.nuclides import get_nuclide
from hevesy.quantification import DeadTimeCorrection, correct_dead_time, sphere_volume_ml
from hevesy.reconstruction import choose_windows, estimate_scatter, reconstruct_osem
from hevesy.segmentation import SpillOutRegions, spill_out_region

__all__ = [
    "AIR_COUNTS_PER_BQ_S", "DECAY_PER_S", "EVENT_DEAD_S", "FWHM_MM", "Expected", "Protocol",
    "Reading", "contrast_weights", "load", "losses", "quadrature", "read_weights", "reconstruct",
    "scan",
]  # fmt: skip

Numbers = NDArray[np.float64]
FIELD = (slice(8, 24), slice(5, 27))  # of 32: 307 x 422 mm of the detector's 614
DECAY_PER_S = get_nuclide("Re-188").decay_per_s
EVENT_DEAD_S = 1.3e-6
"""Dead time of an event of any energy; 4.6 us of 177Lu's net 208 keV peak, if that is 2/7 of all."""
AIR_COUNTS_PER_BQ_S = 2.2e-5
"""The camera's sensitivity for a point in air: what the activity given can count at most."""
ENERGY_KEV, KVP = 155.0, 120.0
MARGIN_MM, SHELL_MM, FWHM_MM = 15.0, 10.0, 12.0
SUBSAMPLES = 5


@dataclass(frozen=True)
class Protocol:
    """What calibration and patient have in common."""

    scatter: str
    iterations: int = 8
    subsets: int = 10
    smooth_mm: float = 15.0


@dataclass(frozen=True)
class Expected:
    """A phantom's expected projections, the model that reconstructs them, and the truth."""

    projections: Projections
    std_counts: NDArray[np.float32]
    model: SystemModel
    total_bq: float
    hot_bq_per_ml: float
    warm_bq_per_ml: float
    spheres_mm: Numbers
    regions: tuple[SpillOutRegions, ...]
    shares: tuple[Numbers, ...]
    events_per_peak: float
    seed: tuple[int, ...]
    histories: int

    @property
    def diameters_mm(self) -> list[float]:
        """The spheres' diameters."""
        return [float(d) for d in self.spheres_mm[:, 0]]

    def sphere_bq(self, number: int) -> float:
        """A sphere's true activity."""
        return self.hot_bq_per_ml * sphere_volume_ml(float(self.spheres_mm[number, 0]))


@dataclass(frozen=True)
class Reading:
    """An image's counts, what a mean view is worth, and what it lost."""

    image: Volume
    counted_s: float
    loss: DeadTimeCorrection | None


def load(paths: Sequence[Path], *, events_per_peak: float) -> Expected:
    """Read one phantom's runs (of several seeds: their mean, weighted by histories)."""
    kept = [np.load(path) for path in paths]
    first = kept[0]
    share = np.array([float(k["histories"]) for k in kept])
    share /= share.sum()
    counts = sum(s * k["counts"].astype(np.float64) for s, k in zip(share, kept, strict=True))
    variance = sum(
        (s * k["std_counts"].astype(np.float64)) ** 2 for s, k in zip(share, kept, strict=True)
    )
    geometry = ViewGeometry(
        angles_deg=first["angles_deg"],
        radii_mm=first["radii_mm"],
        shape=first["counts"].shape[2:],
        pixel_mm=tuple(float(p) for p in first["pixel_mm"]),
    )
    seconds = np.broadcast_to(first["view_seconds"], geometry.angles_deg.shape).astype(float)
    half = seconds.size // 2  # two heads, opposite each other
    begins = np.concatenate([[0.0], np.cumsum(seconds[:half])[:-1]])
    projections = Projections(
        counts=np.asarray(counts, dtype=np.float32),
        windows=tuple(
            EnergyWindow(lower_kev=float(a), upper_kev=float(b)) for a, b in first["windows_kev"]
        ),
        geometry=geometry,
        view_seconds=seconds,
        view_starts_s=np.concatenate([begins, begins]),
    )
    model = _model(first, _cropped(geometry))
    activity = first["activity_bq_per_ml"].astype(np.float64)
    inner = activity[activity > 0]
    spheres = first["spheres_mm"].astype(np.float64)
    return Expected(
        projections=projections,
        std_counts=np.sqrt(variance).astype(np.float32),
        model=model,
        total_bq=float(activity.sum()) * _voxel_ml(first),
        hot_bq_per_ml=float(activity.max()),
        warm_bq_per_ml=float(np.median(inner)),
        spheres_mm=spheres,
        regions=_regions(spheres, model),
        shares=tuple(_shares(sphere, model) for sphere in spheres),
        events_per_peak=events_per_peak,
        seed=tuple(int(k["seed"]) for k in kept),
        histories=int(sum(int(k["histories"]) for k in kept)),
    )


def _voxel_ml(kept: Any) -> float:
    return abs(float(np.linalg.det(kept["affine"][:3, :3]))) / 1000.0


def _field(shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns that are reconstructed."""
    rows, columns = (
        slice(part.start * n // 32, part.stop * n // 32)
        for part, n in zip(FIELD, shape, strict=True)
    )
    return rows, columns


def _cropped(geometry: ViewGeometry) -> ViewGeometry:
    rows, columns = _field(geometry.shape)
    return ViewGeometry(
        angles_deg=geometry.angles_deg,
        radii_mm=geometry.radii_mm,
        shape=(rows.stop - rows.start, columns.stop - columns.start),
        pixel_mm=geometry.pixel_mm,
    )


def _model(kept: Any, geometry: ViewGeometry) -> SystemModel:
    density = kept["density_g_per_cm3"]
    ct = Volume(
        values=(1000.0 * (density - 1.0)).astype(np.float32),
        grid=Grid(shape=density.shape, affine=kept["affine"]),
        quantity=Quantity.HU,
    )
    return SystemModel(
        geometry=geometry,
        attenuation=attenuation_map(ct, ENERGY_KEV, kvp=KVP, grid=geometry.grid()),
        point_spread=get_camera("siemens-symbia-he").point_spread(ENERGY_KEV),
        support="body",
    )


def _regions(spheres: Numbers, model: SystemModel) -> tuple[SpillOutRegions, ...]:
    """Each sphere as drawn from its known place, its spill-out and its background."""
    grid = model.grid
    places = grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))
    drawn = [
        Region(
            name=f"sphere {d:g} mm",
            mask=np.linalg.norm(places - np.array([x, y, z]), axis=-1) < d / 2,
            grid=grid,
        )
        for d, x, y, z in spheres
    ]
    assert model.attenuation is not None
    body = Region(
        name="body",
        mask=np.asarray(model.attenuation.values) > 0.5 * model.attenuation.values.max(),
        grid=grid,
    )
    return tuple(
        spill_out_region(
            region, margin_mm=MARGIN_MM, width_mm=SHELL_MM, within=body,
            others=[other for other in drawn if other is not region],
        )
        for region in drawn
    )  # fmt: skip


def _shares(sphere: Numbers, model: SystemModel) -> Numbers:
    """How much of each voxel lies in a sphere, as a fine CT would show it."""
    grid = model.grid
    offsets = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5
    index = np.stack(np.indices(grid.shape), axis=-1)
    near = np.linalg.norm(grid.to_world_mm(index) - sphere[1:], axis=-1)
    edge = near < sphere[0] / 2 + max(grid.spacing_mm)
    found = np.zeros(grid.shape)
    for offset in np.stack(np.meshgrid(offsets, offsets, offsets), axis=-1).reshape(-1, 3):
        places = grid.to_world_mm(index[edge] + offset)
        found[edge] += np.linalg.norm(places - sphere[1:], axis=-1) < sphere[0] / 2
    return np.asarray(found / SUBSAMPLES**3)


def losses(expected: Expected, activity_bq: float) -> Numbers:
    """Share of each view's events that is counted, at an activity at the scan's start."""
    seen = expected.projections
    rate = seen.counts[0].sum(axis=(1, 2), dtype=np.float64) / seen.view_seconds
    rate *= expected.events_per_peak * activity_bq / expected.total_bq * _decayed(seen)
    return np.asarray(np.exp(-rate * EVENT_DEAD_S))


def _decayed(seen: Projections) -> Numbers:
    """Mean activity of each view over that at the scan's start."""
    within = -np.expm1(-DECAY_PER_S * seen.view_seconds) / (DECAY_PER_S * seen.view_seconds)
    return np.asarray(np.exp(-DECAY_PER_S * seen.view_starts_s) * within)


def scan(
    expected: Expected, *, activity_bq: float, seed: int | None, dead: bool = True
) -> Projections:
    """Counts of one scan of the phantom with this total activity; without a seed no noise."""
    seen = expected.projections
    factor = activity_bq / expected.total_bq * _decayed(seen)
    if dead:
        factor = factor * losses(expected, activity_bq)
    counts = seen.counts * factor[None, :, None, None]
    if seed is not None:
        counts = np.random.default_rng([2026, seed]).poisson(counts)
    return Projections(
        counts=counts.astype(np.float32),
        windows=seen.windows,
        geometry=seen.geometry,
        view_seconds=seen.view_seconds,
        view_starts_s=seen.view_starts_s,
    )


def reconstruct(
    counts: Projections,
    expected: Expected,
    protocol: Protocol,
    dead_time: DeadTime | None = None,
    *,
    given_bq: float = 0.0,
    live: Numbers | None = None,
) -> Reading:
    """Image in counts of a mean view; dead time view by view, or as handed in.

    The activity that can be there at most, `given_bq`, tells the detector's branch.
    """
    peak = counts.windows[0]
    beside = choose_windows(counts.windows, peak)
    scatter = estimate_scatter(
        counts, beside, method=protocol.scatter, smooth_fwhm_mm=protocol.smooth_mm
    )
    loss = None
    if dead_time is not None:
        loss = correct_dead_time(
            counts, peak, scatter, dead_time, decay_per_s=DECAY_PER_S,
            most_true_per_s=given_bq * AIR_COUNTS_PER_BQ_S,
        )  # fmt: skip
        live = loss.live_fraction
    weights = counts.view_seconds * _decayed(counts) * (1.0 if live is None else live)
    rows, columns = _field(counts.geometry.shape)
    state = reconstruct_osem(
        counts.in_window(peak)[:, rows, columns],
        expected.model,
        iterations=protocol.iterations,
        subsets=protocol.subsets,
        additive=scatter.expected_counts[:, rows, columns],
        view_weights=weights / weights.mean(),
        threads=1,
    )
    return Reading(image=state.to_volume(), counted_s=float(weights.mean()), loss=loss)


def read_weights(expected: Expected) -> Numbers:
    """Weights of every voxel for: all of it, then each sphere's mean, surrounding, spill-out.

    Shape (1 + 3 spheres, z, y, x): sums with an image in counts are the total; per mL within the
    sphere; per mL in the shell; total within the spill-out region less its background.
    """
    voxel_ml = expected.model.grid.voxel_volume_ml
    rows = [np.ones(expected.model.grid.shape)]
    for around, inner in zip(expected.regions, expected.shares, strict=True):
        wide, shell = (r.mask.astype(np.float64) for r in (around.enlarged, around.background))
        inside_ml = inner.sum() * voxel_ml
        shell /= shell.sum() * voxel_ml
        rows += [inner / inside_ml, shell, wide - (around.enlarged.volume_ml - inside_ml) * shell]
    return np.stack(rows)


def contrast_weights(volume_ml: float, recovery: float) -> tuple[float, float]:
    """Weights of mean and surrounding (per mL) for a sphere's total by a recovery coefficient."""
    return volume_ml / recovery, volume_ml * (1.0 - 1.0 / recovery)


def quadrature(*parts: float) -> float:
    """Root of the sum of squares."""
    return math.sqrt(sum(part * part for part in parts))
