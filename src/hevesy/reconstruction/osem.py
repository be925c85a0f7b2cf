"""Ordered-subset expectation maximisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.camera import SystemModel
from hevesy.errors import GridError, InputError
from hevesy.progress import SILENT, Control
from hevesy.reconstruction.osem_state import AdditiveModel, IterationFigures, OsemState
from hevesy.reconstruction.prior import Prior
from hevesy.reconstruction.subsets import order_subsets

__all__ = ["iterate_osem", "reconstruct_osem"]

_LEAST_DENOMINATOR = np.float32(0.1)  # of the sensitivity, where a prior's slope is negative
_LEAST_VALUE = np.float32(1e-30)  # below, numbers lose their digits and processors their speed


@dataclass(frozen=True, slots=True)
class _Data:
    """What is given, in the projector's order: (views, transaxial, axial)."""

    counts: NDArray[np.float32]
    additive: NDArray[np.float32] | None
    weights: NDArray[np.float32]
    additive_model: AdditiveModel | None


@dataclass(frozen=True, slots=True)
class _Subset:
    views: NDArray[np.int64]
    sensitivity: NDArray[np.float32]


def reconstruct_osem(
    projections: NDArray[Any],
    model: SystemModel,
    *,
    iterations: int,
    subsets: int,
    additive: NDArray[Any] | None = None,
    additive_model: AdditiveModel | None = None,
    view_weights: ArrayLike | None = None,
    row_weights: ArrayLike | None = None,
    prior: Prior | None = None,
    start: OsemState | None = None,
    control: Control = SILENT,
    threads: int | None = None,
) -> OsemState:
    """Image whose expected counts are those measured, by ordered subsets of the views.

    Expected counts of a view: weight x (projection of the image + what the additive model makes of
    the image) + additive. The model is asked anew at each update, for that subset's views; the
    ratio of counts is brought back by the straight projection's transpose alone (an unmatched
    back projector), over its own sensitivity: where the image is right nothing changes, and an
    image that is wrong by one factor is right after one update. With a prior each
    update divides by the sensitivity plus the prior's slope at the image before it (one step
    late), kept above a tenth of the sensitivity. Voxels that no view sees stay 0. The same bits
    come out on any number of threads, and from a reconstruction that was taken up again.

    Parameters
    ----------
    projections : ndarray, shape (views, axial, transaxial)
        Measured counts, 0 or more; of one energy window.
    model : SystemModel
        Of the same views.
    iterations : int
        How many more; 1 or more.
    subsets : int
        Updates an iteration.
    additive : ndarray, shape (views, axial, transaxial), optional
        Expected counts from scatter and background, 0 or more.
    additive_model : AdditiveModel, optional
        Scatter and penetration of the image itself.
    view_weights : array_like of float, shape (views,), optional
        What a count in the image brings to each view: 1 by default. Weights of
        seconds x decay give an image in counts per second at the moment the decay refers to.
    row_weights : array_like of float, shape (axial,), optional
        Multiply these for each row of the detector; 0 for a row that was not measured: the image
        goes on there, as far as measured rows see it by their blur.
    prior : Prior, optional
        None for plain OSEM.
    start : OsemState, optional
        Where to go on; else an even image with the measured total.
    control : Control
        Told of each iteration; asked after each whether to stop: then fewer are done.
    threads : int, optional
        By default the CPUs that this process may use.

    Returns
    -------
    OsemState

    Raises
    ------
    GridError
        Arrays of other shapes than the model's views, or a state of another grid.
    InputError
        Counts, additive or weights that are negative or not finite; fewer iterations than 1;
        another number of subsets than the state's.

    References
    ----------
    Shepp LA, Vardi Y. IEEE Trans Med Imaging 1982;1:113. Hudson HM, Larkin RS. IEEE Trans Med
    Imaging 1994;13:601. Kamphuis C, Beekman FJ, van Rijk PP, Viergever MA. Dual matrix ordered
    subsets reconstruction for accelerated 3D scatter compensation in single-photon emission
    tomography. Eur J Nucl Med 1998;25:8 (unmatched back projector). Green PJ.
    Bayesian reconstructions from emission tomography data using a modified EM algorithm. IEEE
    Trans Med Imaging 1990;9:84 (one step late).

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.arange(0.0, 360.0, 30.0), radii_mm=np.full(12, 90.0),
    ...                      shape=(4, 16), pixel_mm=(5.0, 5.0))
    >>> model = SystemModel(geometry=views)
    >>> image = np.zeros(model.grid.shape, dtype=np.float32)
    >>> image[1:3, 6:9, 7:10] = 50.0
    >>> state = reconstruct_osem(model.forward(image), model, iterations=3, subsets=4)
    >>> state.updates, round(float(state.image.sum() / image.sum()), 3)
    (12, 1.0)
    """
    steps = iterate_osem(
        projections, model, iterations=iterations, subsets=subsets, additive=additive,
        additive_model=additive_model, view_weights=view_weights, row_weights=row_weights,
        prior=prior, start=start, control=control, threads=threads,
    )  # fmt: skip
    state = next(steps)
    for later in steps:
        state = later
    return state


def iterate_osem(
    projections: NDArray[Any],
    model: SystemModel,
    *,
    iterations: int,
    subsets: int,
    additive: NDArray[Any] | None = None,
    additive_model: AdditiveModel | None = None,
    view_weights: ArrayLike | None = None,
    row_weights: ArrayLike | None = None,
    prior: Prior | None = None,
    start: OsemState | None = None,
    control: Control = SILENT,
    threads: int | None = None,
) -> Iterator[OsemState]:
    """`reconstruct_osem`, one iteration at a time: several beds can go on in step.

    Parameters
    ----------
    projections, model, iterations, subsets, additive, additive_model, view_weights, row_weights
        As in `reconstruct_osem`.
    prior, start, control, threads
        As in `reconstruct_osem`.

    Yields
    ------
    OsemState
        After each iteration.

    Raises
    ------
    InputError
        Fewer iterations than 1.

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.arange(0.0, 360.0, 30.0), radii_mm=np.full(12, 90.0),
    ...                      shape=(4, 16), pixel_mm=(5.0, 5.0))
    >>> counts = np.ones((12, 4, 16))
    >>> steps = iterate_osem(counts, SystemModel(geometry=views), iterations=2, subsets=4)
    >>> [state.iteration for state in steps]
    [1, 2]
    """
    data = _checked(projections, model, additive, additive_model, view_weights, row_weights)
    if iterations < 1:
        raise InputError(
            "a reconstruction needs an iteration", got=iterations, remedy="give 1 or more"
        )
    _check_start(start, model, subsets)
    control.stage("reconstruct")
    groups = _prepare(model, data, subsets, threads)
    columns, weight, figures, before = _begin(model, data, groups, prior, start)
    for done in range(1, iterations + 1):
        columns, found = _iterate(
            columns, model, data, groups, prior if weight > 0 else None, weight, threads
        )
        figures = (*figures, IterationFigures(iteration=before + done, **found))
        control.advance(done, iterations)
        yield OsemState(
            image=model.to_image(columns),
            grid=model.grid,
            iteration=before + done,
            subsets=subsets,
            figures=figures,
        )
        if control.should_stop():
            break


def _begin(
    model: SystemModel,
    data: _Data,
    groups: tuple[_Subset, ...],
    prior: Prior | None,
    start: OsemState | None,
) -> tuple[NDArray[np.float32], float, tuple[IterationFigures, ...], int]:
    """The first image as columns, the prior's weight, and what was done before."""
    total = sum((group.sensitivity for group in groups), np.zeros(model.column_shape, np.float32))
    if start is None:
        scale = np.float32(data.counts.sum(dtype=np.float64) / max(total.sum(dtype=np.float64), 1))
        columns = np.where(total > 0, scale, np.float32(0.0))
        figures: tuple[IterationFigures, ...] = ()
        before = 0
    else:
        columns = np.where(total > 0, model.to_columns(start.image), np.float32(0.0))
        figures, before = start.figures, start.iteration
    weight = 0.0
    if prior is not None:
        weight = prior.strength_share * float(total[total > 0].mean()) / len(groups)
    return columns, weight, figures, before


def _checked(
    projections: NDArray[Any],
    model: SystemModel,
    additive: NDArray[Any] | None,
    additive_model: AdditiveModel | None,
    view_weights: ArrayLike | None,
    row_weights: ArrayLike | None,
) -> _Data:
    """The given arrays, in the projector's order."""
    views = model.geometry.view_count
    expected = (views, *model.geometry.shape)
    turned = []
    for name, array in (("projections", projections), ("the additive term", additive)):
        if array is None:
            continue
        if array.shape != expected:
            raise GridError(
                f"{name} and the system model do not have the same views",
                got=array.shape,
                allowed=str(expected),
                remedy="give (views, axial, transaxial) of one energy window",
            )
        if not (np.isfinite(array).all() and array.min() >= 0):
            raise InputError(
                f"{name} must not be below 0 or not finite",
                got=f"least {array.min():g}",
                allowed="0 or more",
                remedy="leave scatter in the counts and hand it over as additive",
            )
        turned.append(np.ascontiguousarray(np.swapaxes(array, 1, 2), dtype=np.float32))
    weights = np.ones(views) if view_weights is None else np.asarray(view_weights, np.float64)
    if weights.shape != (views,) or not (np.isfinite(weights).all() and weights.min() > 0):
        raise InputError(
            "each view needs a weight above 0",
            got=f"{weights.size} weights",
            allowed=f"{views} of them",
            remedy="give duration times decay of each view",
        )
    rows = np.ones(expected[1]) if row_weights is None else np.asarray(row_weights, np.float64)
    if rows.shape != expected[1:2] or not np.isfinite(rows).all() or rows.min() < 0:
        raise InputError(
            "each row of the detector needs a weight of 0 or more",
            got=f"{rows.size} weights",
            allowed=f"{expected[1]} of them",
            remedy="give 0 for rows that were not measured, else 1",
        )
    seen = (rows > 0).astype(np.float32)
    return _Data(
        counts=turned[0] * seen,
        additive=turned[1] * seen if len(turned) > 1 else None,
        weights=(weights[:, None, None] * rows).astype(np.float32),
        additive_model=additive_model,
    )


def _check_start(start: OsemState | None, model: SystemModel, subsets: int) -> None:
    if start is None:
        return
    if not start.grid.matches(model.grid):
        raise GridError(
            "a reconstruction can't be taken up on another grid",
            got=start.grid.shape,
            allowed=str(model.grid.shape),
            remedy="take up the state that was made from these views",
        )
    if start.subsets != subsets:
        raise InputError(
            "a reconstruction can't be taken up with other subsets",
            got=subsets,
            allowed=str(start.subsets),
            remedy="give the state's number of subsets",
        )


def _prepare(
    model: SystemModel, data: _Data, subsets: int, threads: int | None
) -> tuple[_Subset, ...]:
    """Views and sensitivity of each subset."""
    groups = []
    for views in order_subsets(model.geometry.angles_deg, subsets):
        ones = np.ones((views.size, *data.counts.shape[1:]), dtype=np.float32)
        sensitivity = model.back_columns(ones * data.weights[views], views, threads=threads)
        groups.append(_Subset(views, sensitivity))
    return tuple(groups)


def _iterate(
    columns: NDArray[np.float32],
    model: SystemModel,
    data: _Data,
    groups: tuple[_Subset, ...],
    prior: Prior | None,
    weight: float,
    threads: int | None,
) -> tuple[NDArray[np.float32], dict[str, float]]:
    """Use every subset once."""
    before = columns
    log_likelihood, expected_counts = 0.0, 0.0
    for group in groups:
        weights = data.weights[group.views]
        counts = data.counts[group.views]
        expected = model.forward_columns(columns, group.views, threads=threads)
        if data.additive_model is not None:
            beside = data.additive_model.expected_counts(model.to_image(columns), group.views)
            expected += np.swapaxes(beside, 1, 2)
        expected *= weights
        if data.additive is not None:
            expected += data.additive[group.views]
        seen = expected > 0
        ratio = np.divide(counts, expected, out=np.zeros_like(expected), where=seen)
        expected_counts += float(expected.sum(dtype=np.float64))
        log_likelihood -= float(expected.sum(dtype=np.float64))
        log_likelihood += float(
            (counts[seen] * np.log(expected[seen], dtype=np.float64)).sum(dtype=np.float64)
        )
        ratio *= weights
        update = model.back_columns(ratio, group.views, threads=threads)
        divisor = group.sensitivity
        if prior is not None:
            slope = _slope(columns, model, prior) * np.float32(weight)
            divisor = np.maximum(divisor + slope, _LEAST_DENOMINATOR * group.sensitivity)
        # A voxel that this subset does not see keeps its value.
        np.divide(update, divisor, out=update, where=group.sensitivity > 0)
        update[group.sensitivity <= 0] = 1.0
        update *= columns
        update[update < _LEAST_VALUE] = 0.0
        columns = update
    norm = float(np.linalg.norm(columns))
    change = float(np.linalg.norm(columns - before))
    return columns, {
        "log_likelihood": log_likelihood,
        "expected_counts": expected_counts,
        "image_counts": float(columns.sum(dtype=np.float64)),
        "change_relative": change / norm if norm > 0 else 0.0,
    }


def _slope(columns: NDArray[np.float32], model: SystemModel, prior: Prior) -> NDArray[np.float32]:
    """The prior's slope at each column."""
    image = np.zeros((*model.mask.shape, columns.shape[1]), dtype=np.float32)
    image[model.mask] = columns
    axial_mm, y_mm, x_mm = model.grid.spacing_mm
    return np.asarray(prior.slope(image, (y_mm, x_mm, axial_mm))[model.mask])
