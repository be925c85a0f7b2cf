"""Voxel-wise curves: seconds for a million voxels and for a 256 x 256 x 200 image, six scans."""

import time

import numpy as np

from hevesy.kinetics import ExponentialCurve
from hevesy.timeactivity import VoxelFitOptions, fit_voxel_curves

HALF_LIFE_S = 17.004 * 3600
HOURS = (1, 6, 24, 48, 72, 96)
TARGET_S = 60.0  # for a million voxels


def _seconds(voxels: int, threads: int | None) -> float:
    rng = np.random.default_rng(20)
    decay = np.log(2) / HALF_LIFE_S
    times = np.array(HOURS) * 3600.0
    rates = (decay * rng.uniform(1, 4, voxels)).astype(np.float32)
    start = rng.uniform(0, 1e4, voxels).astype(np.float32)
    scans = np.stack([start * np.exp(-rates * np.float32(t)) for t in times])
    sigmas = 0.05 * scans.mean(axis=1) + 10.0
    for row, sigma in zip(scans, sigmas, strict=True):
        row += np.float32(sigma) * rng.standard_normal(voxels, dtype=np.float32)
    pooled = [ExponentialCurve(amplitudes_bq=[1.0], rates_per_s=[2 * decay])]
    begin = time.perf_counter()
    fit_voxel_curves(
        times, scans, sigmas, decay_per_s=decay, pooled=pooled,
        options=VoxelFitOptions(threads=threads, minimum_sigmas=0),
    )  # fmt: skip
    return time.perf_counter() - begin


def run(large: bool = True) -> dict[str, float]:
    """Seconds by case, after a small fit that compiles the kernels."""
    _seconds(1000, None)
    found = {"1e6_voxels_s": _seconds(1_000_000, None), "target_1e6_voxels_s": TARGET_S}
    if large:
        found["256x256x200_voxels_s"] = _seconds(256 * 256 * 200, None)
    return found


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name}: {value:.2f}")
