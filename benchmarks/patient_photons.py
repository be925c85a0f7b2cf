"""One scan of the virtual patient, seen by transported photons: expected projections of one bed.

So that a reconstruction beside a hot depot can be tested against something other than the model
that its own scatter estimate rests on.

    python -m benchmarks.patient_photons --histories 24000000 --out out/patient_photons.npz
    python -m benchmarks.patient_photons --read out/patient_photons.npz

The second line reconstructs what the first one stored, by each scatter correction and by the model
with errors put in on purpose, and prints each region over the truth (transfer matrix, no noise
but the simulation's own, no calibration: the camera's own sensitivity). `--effective` takes the
effective model's projections instead of stored ones. The first row holds what resolution and
transfer matrix do by themselves: straight counts alone, nothing to correct.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.camera import (
    FWHM_PER_SIGMA,
    EnergyWindow,
    Projections,
    SystemModel,
    ViewGeometry,
    attenuation_map,
    get_camera,
)
from hevesy.images import Grid, Quantity, Volume, coverage_share, hu_to_density, resample_activity
from hevesy.media import classify_tissue
from hevesy.quantification import correct_by_transfer_matrix
from hevesy.reconstruction import (
    choose_windows,
    estimate_scatter,
    pad_rows,
    reconstruct_osem,
    smooth_gaussian,
)
from hevesy.segmentation import outline_body
from hevesy.simulation import (
    BackgroundModel,
    VirtualPatient,
    activity_bq_per_ml,
    build_background_model,
    build_virtual_patient,
    model_projections,
    patient_regions,
    render_ct,
    scattered_only_share,
    simulate_camera_photons,
)
from hevesy.simulation.head_response import head_response
from hevesy.simulation.scatter_source import emitted_bands

CAMERA = "siemens-symbia-he"
WINDOWS = tuple(
    EnergyWindow(lower_kev=low, upper_kev=high)
    for low, high in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5))
)
HOURS, VIEW_S, RADIUS_MM, ROWS = 1.0, 20.0, 210.0, 80
MARGIN = 9  # rows of 4.8 mm at both ends on which the image goes on
ROWS_READ = (
    "no scatter at all", "model", "model, all + 5 %", "model, lead + 10 %", "tew", "tew:0.8",
)  # fmt: skip
FWHM_MM = 17.5  # of the image, as spheres by the effective model show it


def geometry(views: int) -> ViewGeometry:
    """One bed whose middle is the patient's: liver, kidneys and lesions lie in it."""
    camera = get_camera(CAMERA)
    return ViewGeometry(
        angles_deg=np.arange(views) * 360.0 / views,
        radii_mm=np.full(views, RADIUS_MM),
        shape=(ROWS, camera.matrix[1]),
        pixel_mm=camera.pixel_mm,
    )


def _normalised(patient: VirtualPatient, windows: tuple[EnergyWindow, ...]) -> float:
    """Counts through the holes for each Bq in a view, by the camera's closed form."""
    camera = get_camera(CAMERA)
    head = head_response(camera, windows[:1])
    least = windows[0].lower_kev - 4.0 * camera.detector.energy_fwhm_kev(139.5) / FWHM_PER_SIGMA
    emitted = emitted_bands(patient.nuclide, least_kev=least)
    holes, _ = head.at(emitted.energy_kev)
    return float((holes[:, 0] * emitted.per_decay).sum() / (4.0 * np.pi) * VIEW_S)


def _changed(model: BackgroundModel, *, all_by: float, lead_by: float) -> BackgroundModel:
    """The model with an error put in: of everything, and of what comes through lead."""
    straight, shares = all_by * model.terms.straight, all_by * model.terms.shares
    straight[:, 1:] *= lead_by
    shares[:, 1:] *= lead_by
    return replace(model, terms=model.terms._replace(straight=straight, shares=shares))


def read(path: Path | None, only: list[str], fwhm_mm: float = FWHM_MM) -> None:
    """Reconstruct and print each region's activity over the truth, %."""
    patient = build_virtual_patient(seed=1)
    ct = render_ct(patient, seed=0, noise_hu=0.0)
    activity = activity_bq_per_ml(patient, 3600.0 * HOURS)
    camera, views = get_camera(CAMERA), geometry(60)
    if path is None:
        counts = model_projections(
            activity, ct, camera, patient.nuclide, views, WINDOWS, view_seconds=VIEW_S,
            view_starts_s=np.zeros(60),
        ).expected.counts  # fmt: skip
    else:
        counts = np.load(path)["counts"]
    seen = Projections(
        counts=counts, windows=WINDOWS, geometry=views, view_seconds=np.full(60, VIEW_S),
        view_starts_s=np.zeros(60),
    )  # fmt: skip
    padded, rows = pad_rows(seen, MARGIN)
    mu = attenuation_map(ct, 155.0, grid=padded.geometry.grid())
    less = mu.with_values(mu.values * np.float32(scattered_only_share(155.0)))
    plain, straight = (
        SystemModel(geometry=padded.geometry, attenuation=one, support="body") for one in (mu, less)
    )
    whole = build_background_model(ct, camera, patient.nuclide, padded.geometry, WINDOWS[0])
    grid = straight.grid
    body = outline_body(ct)
    regions = patient_regions(patient)
    inside = {region.name: coverage_share(region, grid) for region in regions}
    around = coverage_share(body, grid, least_inside_share=0.0)
    ml = activity.grid.voxel_volume_ml
    true = {r.name: float(activity.values[r.mask].sum(dtype=float)) * ml for r in regions}
    per_bq = _normalised(patient, WINDOWS)

    def say(name: str, image: np.ndarray) -> None:
        filtered = smooth_gaussian(
            Volume(values=image / (per_bq * grid.voxel_volume_ml), grid=grid,
                   quantity=Quantity.BQ_PER_ML), 5.0,
        )  # fmt: skip
        found = correct_by_transfer_matrix(
            filtered, inside, fwhm_mm=fwhm_mm, body=around,
            uneven=[r.name for r in regions if "lesion" in r.name],
        )  # fmt: skip
        parts = [f"{r.name} {100 * (r.activity_bq / true[r.name] - 1):+.1f}" for r in found.regions]
        total = 100 * (image.sum(dtype=float) / per_bq / sum_bq - 1)
        print(f"{name:24s} " + ", ".join(parts) + f", total {total:+.1f}", flush=True)

    slices = np.arange(activity.grid.shape[0])
    middles = np.stack([slices, 0 * slices, 0 * slices], axis=-1)
    near = np.abs(activity.grid.to_world_mm(middles)[:, 2]) < ROWS * 4.8 / 2 + MARGIN * 4.8
    sum_bq = float(activity.values[near].sum(dtype=float)) * ml
    options: dict[str, Any] = {"iterations": 4, "subsets": 10, "row_weights": rows}
    held = resample_activity(activity, grid)
    unscattered = "no scatter at all"
    if unscattered in only:
        counts_bq = np.float32(per_bq * grid.voxel_volume_ml)
        blurred = replace(straight, point_spread=camera.point_spread(155.0))
        alone = blurred.forward(np.asarray(held.values * counts_bq, dtype=np.float32))
        say(unscattered, reconstruct_osem(alone, straight, **options).image)
    for name, all_by, lead_by in (
        ("model", 1.0, 1.0), ("model, all + 5 %", 1.05, 1.0), ("model, lead + 10 %", 1.0, 1.1),
    ):  # fmt: skip
        if name not in only:
            continue
        background = Background(_changed(whole, all_by=all_by, lead_by=lead_by), grid)
        state = reconstruct_osem(padded.counts[0], straight, additive_model=background, **options)
        say(name, state.image)
    for method in ("tew", "tew:0.8"):
        if method not in only:
            continue
        beside = choose_windows(WINDOWS, WINDOWS[0])
        scatter = estimate_scatter(seen, beside, method=method, smooth_fwhm_mm=15.0)
        ends = ((0, 0), (MARGIN, MARGIN), (0, 0))
        state = reconstruct_osem(
            padded.counts[0], plain, additive=np.pad(scatter.expected_counts, ends), **options
        )
        say(method, state.image)


class Background:
    """An additive model of one bed, times `scale`."""

    def __init__(self, model: BackgroundModel, grid: Grid, scale: float = 1.0) -> None:
        self.model, self.grid, self.scale = model, grid, scale

    def expected_counts(self, image: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Scatter and penetration of an image in these views."""
        return self.scale * self.model.project(self.model.cells(image, self.grid), views)


def simulate(options: argparse.Namespace) -> None:
    """Simulate, print what was counted, store it."""
    patient = build_virtual_patient(seed=1)
    ct = render_ct(patient, seed=0, noise_hu=0.0)
    density = hu_to_density(ct)
    begin = time.perf_counter()
    run = simulate_camera_photons(
        activity_bq_per_ml(patient, 3600.0 * HOURS),
        classify_tissue(density, ct),
        patient.nuclide,
        get_camera(CAMERA),
        geometry(options.views),
        WINDOWS,
        view_seconds=VIEW_S,
        view_starts_s=np.zeros(options.views),
        histories=options.histories,
        seed=options.seed,
        split=True,
    )
    counts = run.expected.counts
    print(
        f"{time.perf_counter() - begin:.0f} s; {counts.sum(axis=(1, 2, 3))} counts, scattered "
        f"{run.scatter_fraction(WINDOWS[0]):.3f}, septa {run.septal_fraction(WINDOWS[0]):.3f}"
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.out,
        counts=counts,
        std_counts=run.std_counts,
        straight_counts=run.straight_counts,
        histories=options.histories,
        seed=options.seed,
    )


def main() -> None:
    """Simulate and store, or reconstruct what is stored."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--histories", type=int, default=24_000_000)
    parser.add_argument("--views", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/patient_photons.npz"))
    parser.add_argument("--read", type=Path)
    parser.add_argument("--effective", action="store_true")
    parser.add_argument("--only", nargs="+", default=list(ROWS_READ))
    parser.add_argument("--fwhm", type=float, default=FWHM_MM, help="of the image, mm")
    options = parser.parse_args()
    if options.read is not None or options.effective:
        read(options.read, options.only, options.fwhm)
    else:
        simulate(options)


if __name__ == "__main__":
    main()
