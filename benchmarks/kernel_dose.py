"""The kernel engine: seconds, and their ratio to scipy's plain convolution in the same run."""

import time
from collections.abc import Callable

import numpy as np
from scipy.signal import fftconvolve

from hevesy.dose import KernelConvolution, voxel_kernel
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import uniform_tissue
from hevesy.nuclides import get_nuclide

TARGET_S = {128: 1.0, 256: 10.0}
SPACING_MM = (3.0, 3.0, 3.0)


def _least_s(work: Callable[[], object], repeats: int = 3) -> float:
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def run(sizes: tuple[int, ...] = (128, 256)) -> dict[str, float]:
    """Seconds by size; decays everywhere, so that nothing can be cropped."""
    engine, nuclide = KernelConvolution(), get_nuclide("Re-188")
    found: dict[str, float] = {}
    for size in sizes:
        grid = Grid.from_spacing((size,) * 3, spacing_mm=SPACING_MM)
        values = np.random.default_rng(size).random(grid.shape, dtype=np.float32)
        tia = Volume(values=values, grid=grid, quantity=Quantity.BQ_S)
        tissue = uniform_tissue(grid, "water")
        kernel = voxel_kernel(nuclide.name, SPACING_MM).full_mev()
        found[f"{size}_s"] = _least_s(lambda: engine.compute(tia, tissue, nuclide))  # noqa: B023
        found[f"{size}_scipy_s"] = _least_s(
            lambda: fftconvolve(values.astype(np.float64), kernel, mode="same"),  # noqa: B023
            repeats=2,
        )
    return found


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name}: {value:.3f}")
