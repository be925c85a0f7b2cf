"""Scatter and penetration of the image itself, within the updates of all beds of a scan."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import SystemModel, get_camera
from hevesy.errors import Interrupted, NuclideError
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.reconstruction import (
    OsemState,
    ScatterEstimate,
    ScatterMethod,
    iterate_osem,
    stitch_beds,
)
from hevesy.simulation import BackgroundModel, build_background_model
from hevesy.workflows.spect.beds import PreparedBed
from hevesy.workflows.spect.request import ReconstructRequest

__all__ = [
    "BedWork",
    "FoundImage",
    "image_within_field",
    "model_backgrounds",
    "reconstruct_in_step",
]


class BedWork(NamedTuple):
    """What a bed's reconstructions have in common.

    `number` is 1 for the first.
    """

    number: int
    bed: PreparedBed
    model: SystemModel
    weight: NDArray[np.float64]
    request: ReconstructRequest
    control: Control


class FoundImage(NamedTuple):
    """A bed's image, the scatter that went with it, and what it took."""

    state: OsemState
    scatter: ScatterEstimate
    seconds: float
    cpu_seconds: float


@dataclass(slots=True, kw_only=True, eq=False)
class _BedBackground:
    """An `AdditiveModel`: this bed's image, and what the other beds show beyond it.

    `beyond` is set anew before each iteration.
    """

    model: BackgroundModel
    grid: Grid
    own_rows: NDArray[np.float32]
    beyond: NDArray[np.float32]
    scale: float
    threads: int | None

    def expected_counts(
        self, image: NDArray[np.float32], views: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        cells = self.model.cells(image * self.own_rows[:, None, None], self.grid) + self.beyond
        found = self.model.project(cells, views, threads=self.threads)
        return np.asarray(np.float32(self.scale) * found)


def image_within_field(state: OsemState, bed: PreparedBed) -> Volume:
    """The rows that were measured, COUNTS.

    Parameters
    ----------
    state : OsemState
    bed : PreparedBed

    Returns
    -------
    Volume
    """
    grid = bed.projections.geometry.grid()
    values = state.image[bed.margin : bed.margin + grid.shape[0]]
    return Volume(values=values, grid=grid, quantity=Quantity.COUNTS)


def model_backgrounds(
    works: Sequence[BedWork], ct: Volume, nuclide: Nuclide | None
) -> tuple[BackgroundModel, ...]:
    """Tables of each bed for the request's camera.

    Parameters
    ----------
    works : sequence of BedWork
    ct : Volume
        HU.
    nuclide : Nuclide or None

    Returns
    -------
    tuple of BackgroundModel

    Raises
    ------
    NuclideError
        The nuclide is not known.
    """
    if nuclide is None:
        raise NuclideError(
            "the nuclide is not known, so its scatter can't be modelled",
            remedy="give it with --nuclide",
        )
    request = works[0].request
    camera = get_camera(ScatterMethod.parse(request.scatter).camera or "")
    return tuple(
        build_background_model(
            ct, camera, nuclide, work.bed.padded.geometry, work.bed.peak, kvp=request.kvp
        )
        for work in works
    )


def reconstruct_in_step(
    works: Sequence[BedWork], models: Sequence[BackgroundModel], *, scale: float = 1.0
) -> tuple[FoundImage, ...]:
    """Reconstruct all beds, one iteration of each in turn.

    What lies beyond a bed but is seen by it, scattered or through lead, is taken from the beds'
    images of the iteration before, put together.

    Parameters
    ----------
    works : sequence of BedWork
    models : sequence of BackgroundModel
        One for each bed.
    scale : float
        On scatter and penetration: 1, or what an error of the model would make of it.

    Returns
    -------
    tuple of FoundImage

    Raises
    ------
    Interrupted
        The user stopped the work.
    """
    images: list[Volume | None] = [None] * len(works)
    backgrounds = [
        _BedBackground(
            model=model,
            grid=work.model.grid,
            own_rows=_own_rows(work, works),
            beyond=np.zeros(model.grid.shape, dtype=np.float32),
            scale=scale,
            threads=work.request.threads,
        )
        for work, model in zip(works, models, strict=True)
    ]
    steps = [_steps(work, now) for work, now in zip(works, backgrounds, strict=True)]
    spent = np.zeros((len(works), 2))
    for _ in range(works[0].request.iterations):
        states = []
        for n, work in enumerate(works):
            begin = np.array([time.perf_counter(), time.process_time()])
            backgrounds[n].beyond = _beyond(backgrounds[n], n, images)
            state = next(steps[n])
            states.append(state)
            images[n] = image_within_field(state, work.bed)
            spent[n] += np.array([time.perf_counter(), time.process_time()]) - begin
            if work.control.should_stop():
                raise Interrupted("interrupted", remedy="nothing was written")
    found = []
    for n, (work, state) in enumerate(zip(works, states, strict=True)):
        backgrounds[n].beyond = _beyond(backgrounds[n], n, images)
        found.append(FoundImage(state, _estimate(work, backgrounds[n], state), *spent[n].tolist()))
    return tuple(found)


def _steps(work: BedWork, background: _BedBackground) -> Iterator[OsemState]:
    margin, request = work.bed.margin, work.request
    return iterate_osem(
        np.pad(work.bed.peak_counts, ((0, 0), (margin, margin), (0, 0))),
        work.model,
        iterations=request.iterations,
        subsets=request.subsets,
        additive_model=background,
        view_weights=work.weight,
        row_weights=work.bed.row_weights,
        control=work.control,
        threads=request.threads,
    )


def _own_rows(work: BedWork, works: Sequence[BedWork]) -> NDArray[np.float32]:
    """1 for rows whose activity this bed's image tells: measured, or measured by no other bed."""
    middles = _row_middles_mm(work.bed.padded.geometry)
    own = work.bed.row_weights > 0
    others = np.zeros(own.shape, dtype=bool)
    for other in works:
        if other is not work:
            measured = _row_middles_mm(other.bed.projections.geometry)
            half = 0.5 * other.bed.projections.geometry.pixel_mm[0]
            others |= (middles > measured.min() - half) & (middles < measured.max() + half)
    return np.asarray(own | ~others, dtype=np.float32)


def _row_middles_mm(geometry: Any) -> NDArray[np.float64]:
    rows = np.arange(geometry.shape[0]) - (geometry.shape[0] - 1) / 2
    return np.asarray(geometry.axial_centre_mm + rows * geometry.pixel_mm[0])


def _beyond(
    background: _BedBackground, number: int, images: Sequence[Volume | None]
) -> NDArray[np.float32]:
    """What the other beds show outside the rows that this bed tells, in cells."""
    shown = [image for image in images if image is not None]
    if len(images) < 2 or not any(image for n, image in enumerate(images) if n != number and image):
        return np.zeros_like(background.beyond)
    body = stitch_beds(shown)
    grid, fine = background.grid, body.grid
    step = grid.spacing_mm[0]
    own = float(grid.origin_mm[2]) + np.arange(grid.shape[0]) * step
    own = own[background.own_rows > 0]
    low = float(fine.origin_mm[2]) + (np.arange(fine.shape[0]) - 0.5) * step
    shared = np.minimum(low + step, own.max() + 0.5 * step) - np.maximum(
        low, own.min() - 0.5 * step
    )
    outside = 1.0 - np.clip(shared / step, 0.0, 1.0)
    values = np.asarray(body.values * outside[:, None, None], dtype=np.float32)
    return background.model.cells(values, fine)


def _estimate(work: BedWork, background: _BedBackground, state: OsemState) -> ScatterEstimate:
    """Scatter and penetration of the image found, in the measured rows."""
    views = np.arange(work.weight.size)
    counts = background.expected_counts(state.image, views) * work.weight[:, None, None]
    rows = work.bed.projections.geometry.shape[0]
    inside = counts[:, work.bed.margin : work.bed.margin + rows]
    return ScatterEstimate(
        expected_counts=inside, variance=np.zeros_like(inside), method=work.request.scatter
    )
