"""The virtual patient in two planar views by the camera model: conjugate views beside the truth.

    python -m benchmarks.planar_pairs [--hours 6] [--scatter tew] [--picture views.png]

Both views of two static beds, 188Re, scatter and penetration included, Poisson's noise; the
sensitivity comes from a small source in air before the same camera with the same windows, as a
site would measure it.
"""

import argparse
from pathlib import Path

import numpy as np

from hevesy.camera import EnergyWindow, Projections, ViewGeometry, get_camera
from hevesy.camera.planar_pair import PlanarPair
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.quantification.planar import PlanarResult, measure_planar
from hevesy.quantification.planar_counts import prepare_planar
from hevesy.quantification.planar_model import build_planar_scene
from hevesy.report.planar_picture import draw_planar
from hevesy.segmentation import outline_body
from hevesy.simulation import (
    activity_bq_per_ml,
    build_virtual_patient,
    patient_regions,
    record_counts,
    region_curves,
    render_ct,
    simulate_projections,
)

CAMERA = "siemens-symbia-he"
PEAK, LOWER, UPPER = (
    EnergyWindow(lower_kev=low, upper_kev=high)
    for low, high in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5))
)
_WINDOWS = (LOWER, PEAK, UPPER)
_ROWS, _COLUMNS, _PIXEL_MM = 80, 128, 4.8
_RADIUS_MM, _SECONDS, _BEDS_MM = 210.0, 600.0, (-60.0, 60.0)
_FWHM_MM = 20.0  # of the model's HE collimator at 21 cm, 155 keV


def _geometry(centre_mm: float) -> ViewGeometry:
    return ViewGeometry(
        angles_deg=np.array([180.0, 0.0]),
        radii_mm=np.full(2, _RADIUS_MM),
        shape=(_ROWS, _COLUMNS),
        pixel_mm=(_PIXEL_MM, _PIXEL_MM),
        axial_centre_mm=centre_mm,
    )


def _views(
    activity: Volume, ct: Volume, nuclide: Nuclide, centre_mm: float, seed: int
) -> Projections:
    camera = get_camera(CAMERA)
    expected = simulate_projections(
        activity, ct, camera, nuclide, _geometry(centre_mm), _WINDOWS,
        view_seconds=np.full(2, _SECONDS), view_starts_s=np.zeros(2),
    )  # fmt: skip
    return record_counts(expected, dead_time_s=0.0, seed=seed)


def sensitivity(nuclide: Nuclide, scatter: str) -> float:
    """Counts for each Bq and second of a small source in air, scatter windows taken off."""
    grid = Grid.from_spacing((11, 11, 11), spacing_mm=(4.8,) * 3, origin_mm=(-24.0,) * 3)
    values = np.zeros(grid.shape, dtype=np.float32)
    values[5, 5, 5] = 5e8 / grid.voxel_volume_ml
    hu = np.full(grid.shape, -1000.0)
    hu[5, 5, 5] = 0.0  # the drop itself: 5 mm of water weaken it by 3 %
    air = Volume(values=hu, grid=grid, quantity=Quantity.HU)
    source = Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML)
    seen = _views(source, air, nuclide, 0.0, seed=1)
    pair = PlanarPair(
        counts=seen.counts, windows=_WINDOWS, pixel_mm=(_PIXEL_MM,) * 2, corner_mm=(0.0, 0.0),
        exposure_s=_SECONDS, scan_s=_SECONDS,
    )  # fmt: skip
    net = prepare_planar(pair, PEAK, scatter=scatter, decay_per_s=nuclide.decay_per_s)
    mu_mm = 0.0149 * 4.8
    inside = -np.expm1(-mu_mm) / mu_mm
    return float(net.counts.sum()) / 2 / (5e8 * net.effective_s * inside)


def measure(hours: float, scatter: str) -> tuple[PlanarResult, dict[str, float], bytes]:
    """Measure the patient's regions; beside them what is true, Bq, and a picture."""
    patient = build_virtual_patient(seed=1)
    nuclide = get_nuclide("Re-188")
    activity, ct = activity_bq_per_ml(patient, 3600.0 * hours), render_ct(patient, seed=1)
    low, high = (
        _views(activity, ct, nuclide, centre_mm, seed).counts
        for seed, centre_mm in enumerate(_BEDS_MM, start=2)
    )
    # bed 1 up to z = 0, bed 2 from there on: 120 mm apart is 25 rows
    half = round(-_BEDS_MM[0] / _PIXEL_MM + _ROWS / 2)
    skip = half - round((_BEDS_MM[1] - _BEDS_MM[0]) / _PIXEL_MM)
    counts = np.concatenate([low[:, :, :half], high[:, :, skip:]], axis=2)
    counts = np.stack([counts[:, 0], counts[:, 1, :, ::-1]], axis=1)
    pair = PlanarPair(
        counts=counts, windows=_WINDOWS, pixel_mm=(_PIXEL_MM,) * 2,
        corner_mm=(
            _BEDS_MM[0] - (_ROWS - 1) / 2 * _PIXEL_MM, -(_COLUMNS - 1) / 2 * _PIXEL_MM
        ),
        exposure_s=_SECONDS, scan_s=_SECONDS,
    )  # fmt: skip
    regions: tuple[Region, ...] = patient_regions(patient)
    body = outline_body(ct)
    scenes = [
        build_planar_scene(
            pair, ct, regions, body, energy_kev=155.0, fwhm_mm=_FWHM_MM, mu_factor=factor
        )
        for factor in (1.0, 1.03)
    ]
    views = prepare_planar(pair, PEAK, scatter=scatter, decay_per_s=nuclide.decay_per_s)
    views = views.on_rows(scenes[0].rows)
    found = measure_planar(
        views, scenes[0], counts_per_bq_s=sensitivity(nuclide, scatter),
        sensitivity_relative_uncertainty=0.03, denser=scenes[1],
        placement_mm=2.0, scatter_relative_uncertainty=0.2,
    )  # fmt: skip
    truth = {
        name: float(curve.activity_bq(3600.0 * hours))
        for name, curve in region_curves(patient).items()
    }
    total = float(activity.values.sum(dtype=float)) * activity.grid.voxel_volume_ml
    truth["rest of body"] = total - sum(truth.values())
    return found, truth, draw_planar(views, scenes[0], pair, found)


def main() -> None:
    """Print found beside true."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planar_pairs", description=__doc__)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--scatter", default="tew")
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    found, truth, picture = measure(given.hours, given.scatter)
    for region in found.regions:
        true = truth[region.name]
        print(
            f"{region.name:14s} {region.activity_bq / 1e6:8.2f} ± {region.uncertainty_bq / 1e6:6.2f}"
            f" MBq, true {true / 1e6:8.2f} ({100 * (region.activity_bq / true - 1):+.1f} %), "
            f"overlap {100 * region.overlap_share:.0f} %, counting "
            f"{region.counting_bq / 1e6:.2f} MBq"
        )
    total = sum(truth.values())
    print(f"whole body     {found.total_bq / 1e6:8.2f} MBq, true {total / 1e6:8.2f}")
    if given.picture is not None:
        given.picture.write_bytes(picture)


if __name__ == "__main__":
    main()
