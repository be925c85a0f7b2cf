"""OSEM by PyTomography, in its own environment: no hevesy here.

python pytomography_worker.py INPUT.npz OUTPUT.npz

INPUT: counts and scatter (views, axial, transaxial) with rows towards the head, DICOM's angles,
radii in mm, attenuation (z, y, x) per mm, pixel in mm, point spread, iterations, subsets,
views of each subset (rows, filled up with -1).
"""

import resource
import sys
import time

import numpy as np
import torch
from pytomography.algorithms import OSEM
from pytomography.likelihoods import PoissonLogLikelihood
from pytomography.metadata.SPECT import SPECTObjectMeta, SPECTProjMeta, SPECTPSFMeta
from pytomography.projectors.SPECT import SPECTSystemMatrix
from pytomography.transforms.SPECT import SPECTAttenuationTransform, SPECTPSFTransform

FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


class Ordered(SPECTSystemMatrix):
    """With the subsets that are given: PyTomography's own go through the angles in turn."""

    subsets: list[torch.Tensor]

    def set_n_subsets(self, n_subsets: int) -> None:
        """Take the given subsets."""
        self.subset_indices_array = self.subsets[:n_subsets]


def main(source: str, target: str) -> None:
    """Reconstruct and write image, CPU seconds and peak memory."""
    given = np.load(source)
    # PyTomography's angles are DICOM's turned by half a circle; it sorts views, as its reader does
    angles = np.mod(given["angles_deg"] + 180.0, 360.0)
    order = np.argsort(angles)
    pixel_cm = float(given["pixel_mm"]) / 10.0

    def turned(name: str) -> torch.Tensor:
        array = np.swapaxes(given[name][order], 1, 2).astype(np.float32)
        return torch.tensor(array.copy())

    counts, scatter = turned("counts"), turned("scatter")
    across, axial = counts.shape[1], counts.shape[2]
    mu = torch.tensor(np.transpose(given["attenuation_per_mm"], (2, 1, 0)).copy() * 10.0)
    begin = time.process_time(), time.perf_counter()
    object_meta = SPECTObjectMeta((pixel_cm,) * 3, (across, across, axial))
    proj_meta = SPECTProjMeta(
        (across, axial), (pixel_cm, pixel_cm), angles[order], given["radii_mm"][order] / 10.0
    )
    slope, face, intrinsic = given["point_spread"]
    spread = SPECTPSFMeta(
        sigma_fit_params=[
            slope / FWHM_PER_SIGMA, face / 10 / FWHM_PER_SIGMA, intrinsic / 10 / FWHM_PER_SIGMA,
        ],
        sigma_fit=lambda r, a, b, c: np.sqrt((a * r + b) ** 2 + c**2),
    )  # fmt: skip
    matrix = Ordered(
        obj2obj_transforms=[SPECTAttenuationTransform(mu), SPECTPSFTransform(spread)],
        proj2proj_transforms=[],
        object_meta=object_meta,
        proj_meta=proj_meta,
    )
    place = np.argsort(order)
    matrix.subsets = [
        torch.tensor(np.sort(place[views[views >= 0]])) for views in given["subset_views"]
    ]
    likelihood = PoissonLogLikelihood(matrix, counts, additive_term=scatter)
    image = OSEM(likelihood)(n_iters=int(given["iterations"]), n_subsets=int(given["subsets"]))
    cpu, wall = time.process_time() - begin[0], time.perf_counter() - begin[1]
    np.savez(
        target,
        image=np.transpose(image.cpu().numpy(), (2, 1, 0)),
        cpu_s=cpu,
        wall_s=wall,
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
