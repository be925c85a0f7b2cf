"""Smooth planes of a view: convolved in cells, blurred by depth, read out in pixels."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import FWHM_PER_SIGMA, Camera, ViewGeometry
from hevesy.images import Grid
from hevesy.simulation.coarse_cells import CELL_MM
from hevesy.simulation.head_response import SEPTAL_SIGMAS, has_open_holes

__all__ = ["CellConvolution", "DetectorPlane", "holes_sigma_mm", "septal_sigma_mm"]

_ALONE = 200_000  # multiplications; OpenBLAS starts threads from 2^18 on
_WRAP_MM = 250.0  # empty beside the detector, so that the widest Gaussian does not come round
Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]


class CellConvolution:
    """Convolution of cells with kernels; the kernels' transforms are made once."""

    def __init__(self, kernels: Sequence[Floats], shape: tuple[int, int, int]) -> None:
        from scipy.fft import next_fast_len, rfftn

        reach = [min(kernel.shape[0] // 2, n - 1) for kernel in kernels[:1] for n in shape]
        self.shape = shape
        self.size = [
            next_fast_len(n + r, real=True) for n, r in zip(shape, reach or [0] * 3, strict=True)
        ]
        self.kernels = []
        for kernel in kernels:
            middle = kernel.shape[0] // 2
            box = tuple(slice(middle - r, middle + r + 1) for r in reach)
            padded = np.zeros(self.size, dtype=np.float32)
            padded[tuple(slice(0, 2 * r + 1) for r in reach)] = kernel[box]
            padded = np.roll(padded, [-r for r in reach], axis=(0, 1, 2))
            self.kernels.append(rfftn(padded, workers=1))

    def sources(self, activity: Floats) -> list[Floats]:
        """Scatter that water in each cell would send out, for each part."""
        from scipy.fft import irfftn, rfftn

        transform = rfftn(activity, s=self.size, workers=1)
        box = tuple(slice(0, n) for n in self.shape)
        return [
            np.maximum(irfftn(transform * kernel, s=self.size, workers=1)[box], 0.0)
            for kernel in self.kernels
        ]


class DetectorPlane:
    """Transform of the detector's plane, and its values in the middles of the pixels."""

    def __init__(self, grid: Grid, camera: Camera, geometry: ViewGeometry) -> None:
        from scipy.fft import next_fast_len, rfftfreq

        rows, cells, _ = grid.shape
        field_cells = [field / CELL_MM for field in camera.field_mm]
        wrap = _WRAP_MM / CELL_MM
        self.size = tuple(
            next_fast_len(math.ceil(0.5 * (n + f) + max(0.5 * (n - f), 0.0) + wrap), real=True)
            for n, f in zip((rows, cells), field_cells, strict=True)
        )
        first_z = float(grid.origin_mm[2])
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
        counts = _product(_product(self.out_z, plane), self.out_u).real * self.scale
        return np.maximum(counts, 0.0)


def _product(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Matrix product in bands of rows, each too small for BLAS to start threads of its own.

    Views run on threads already; more of them wait for each other.
    """
    band = max(_ALONE // (second.shape[0] * second.shape[1]), 1)
    return np.concatenate([first[n : n + band] @ second for n in range(0, first.shape[0], band)])


def holes_sigma_mm(camera: Camera, face_mm: Numbers, energy_kev: float) -> Numbers:
    """Standard deviation of what comes through the holes, beyond the cells' own blur, mm.

    Parameters
    ----------
    camera : Camera
    face_mm : ndarray of float64, shape (n,)
        Distances to the collimator.
    energy_kev : float
        Where no holes are left to form an image, the nearest energy that they still do is taken.

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> holes_sigma_mm(get_camera("siemens-symbia-he"), np.array([200.0]), 155.0).round(1).tolist()
    [4.9]
    """
    kev = energy_kev
    while not has_open_holes(camera, kev):
        kev *= 0.9
    return _less_cells(camera.point_spread(kev).sigma_mm(face_mm))


def septal_sigma_mm(
    camera: Camera, face_mm: Numbers, energy_kev: float, sigmas: Sequence[float] = SEPTAL_SIGMAS
) -> list[Numbers]:
    """Standard deviations of what comes through lead, beyond the cells' own blur, mm.

    Parameters
    ----------
    camera : Camera
    face_mm : ndarray of float64, shape (n,)
        Distances to the collimator.
    energy_kev : float
    sigmas : sequence of float
        The Gaussians' standard deviations, in tan(angle).

    Returns
    -------
    list of ndarray of float64, shape (n,) each

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> camera = get_camera("siemens-symbia-he")
    >>> [w.round(0).tolist() for w in septal_sigma_mm(camera, np.array([200.0]), 478.0, (1.0,))]
    [[264.0]]
    """
    to_crystal = face_mm + camera.collimator.length_mm + camera.gap_mm
    to_crystal = to_crystal + camera.detector.mean_depth_mm(energy_kev)
    own = camera.detector.intrinsic_fwhm_mm(energy_kev) / FWHM_PER_SIGMA
    return [_less_cells(np.hypot(sigma * to_crystal, own)) for sigma in sigmas]


def _less_cells(sigma_mm: Numbers) -> Numbers:
    """Standard deviation less what the cells themselves and their turning have blurred.

    Not under 0.4 cells, below which the transform would ring.
    """
    least = (0.4 * CELL_MM) ** 2
    return np.sqrt(np.maximum(np.square(sigma_mm) - CELL_MM**2 / 4.0, least))
