"""What a shift of any region's border does to every region's activity after the transfer matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.quantification.region_components import (
    absolute_core,
    gaussian,
    middle_and_rim,
    overlap,
)
from hevesy.quantification.region_model import BlurredModel, RegionModel

__all__ = ["BORDER_MODES", "BorderSlopes", "border_slopes"]

Array = NDArray[np.float64]

BORDER_MODES = ("growth", "shift x", "shift y", "shift z")
"""How a border errs: outwards everywhere, and as a whole along each axis of the patient."""

_STEP_MM = 0.1
_UNCUT = 0.005  # where a border runs between voxels and cuts none, it stays smeared
_LITTLE = 0.05  # a voxel's surroundings that are not the region's, below which nothing is taken


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BorderSlopes:
    """Slopes against the border of one region.

    Parameters
    ----------
    activities_bq_per_mm : ndarray of float64, shape (4, n)
        dA/dr of all n regions, for each of `BORDER_MODES`.
    growth_ml_per_mm : float
        dv/dr of the region itself when its border moves outwards.
    """

    activities_bq_per_mm: Array
    growth_ml_per_mm: float


def border_slopes(
    model: RegionModel,
    blurred: BlurredModel,
    inverse: Array,
    solution: Array,
    *,
    fwhm_mm: float,
) -> tuple[BorderSlopes, ...]:
    """Differentiate the transfer matrix's solution by each region's border.

    A border that moves outwards by dr takes voxels in proportion to the length of the coverage's
    gradient, a region that is shifted in proportion to its component; what it takes is taken from
    larger regions beside it, in the share that they have of the surroundings, and from the
    background. Borders towards smaller regions are theirs. With M the matrix, s the solution and m
    the measured means, ds = M^-1 (dm - dM s): columns of M change by the blurred change, rows only
    by what the model does not explain of the image there, since a row that moves moves the mean and
    its prediction alike. A region that is cut into middle and rim is cut anew.

    Parameters
    ----------
    model : RegionModel
    blurred : BlurredModel
    inverse : ndarray of float64, shape (m + n, m + n)
        Of the matrix.
    solution : ndarray of float64, shape (m + n,)
        Concentrations, Bq/mL.
    fwhm_mm : float

    Returns
    -------
    tuple of BorderSlopes
        One a region.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity, Volume
    >>> from hevesy.quantification.region_model import build_region_model
    >>> grid = Grid.from_spacing((24, 24, 24), spacing_mm=(4, 4, 4))
    >>> image = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> cube = np.zeros(grid.shape)
    >>> cube[8:16, 8:16, 8:16] = 1.0
    >>> model = build_region_model(image, {"a": cube}, fwhm_mm=8.0, body=None, reach_mm=12.0)
    >>> blurred = model.blur(8.0)
    >>> inverse = np.linalg.inv(model.matrix(blurred))
    >>> solution = inverse @ model.measured_bq_per_ml()
    >>> found = border_slopes(model, blurred, inverse, solution, fwhm_mm=8.0)[0]
    >>> bool(np.isclose(found.activities_bq_per_mm[0, 0], found.growth_ml_per_mm))  # 1 Bq/mL
    True
    """
    left = _unexplained(model, blurred, solution)
    return tuple(
        _slopes_of(model, j, left, inverse, solution, fwhm_mm) for j in range(len(model.names))
    )


def _unexplained(model: RegionModel, blurred: BlurredModel, solution: Array) -> list[Array]:
    """The image less the model's prediction in each region's box, Bq/mL."""
    parts = len(model.components)
    left = []
    for i, image in enumerate(model.images):
        background = solution[parts + i]
        body = blurred.bodies[i]
        rest = image - background * (1.0 if body is None else body)
        for c, spread in enumerate(blurred.components):
            here, there = overlap(model.boxes[i], model.boxes[model.owners[c]])
            if here is not None and there is not None:
                rest[here] -= (solution[c] - background) * spread[there]
        left.append(rest)
    return left


def _slopes_of(
    model: RegionModel,
    j: int,
    left: list[Array],
    inverse: Array,
    solution: Array,
    fwhm_mm: float,
) -> BorderSlopes:
    changes, takers = _changes(model, j)
    found = np.empty((len(BORDER_MODES), len(model.names)))
    growth_ml = 0.0
    for mode, change in enumerate(changes):
        changed = {c: -change * share for c, share in takers.items()}
        changed |= _shared_out(model, j, change, fwhm_mm)
        rows = _row_changes(model, j, changed, left)
        rows -= _column_changes(model, j, changed, solution, fwhm_mm)
        owned_ml = _owned_changes(model, j, changed)
        moved_bq = owned_ml @ solution[: len(model.components)]
        found[mode] = moved_bq + model.activities_bq(inverse @ rows)
        if mode == 0:
            growth_ml = float(owned_ml[j].sum())
    return BorderSlopes(activities_bq_per_mm=found, growth_ml_per_mm=growth_ml)


def _shared_out(model: RegionModel, j: int, change: Array, fwhm_mm: float) -> dict[int, Array]:
    """What a region's change does to each of its components: middle and rim are cut anew."""
    own = [c for c, owner in enumerate(model.owners) if owner == j]
    if len(own) == 1:
        return {own[0]: change}
    before = [model.components[c][model.cores[j]] for c in own]
    after = middle_and_rim(
        sum(before[1:], before[0]) + _STEP_MM * change, model.spacing_mm, fwhm_mm
    )
    if len(after) == 1:  # at the limit of being cut
        return {own[1]: change}
    return {c: (a - b) / _STEP_MM for c, a, b in zip(own, after, before, strict=True)}


def _changes(model: RegionModel, j: int) -> tuple[list[Array], dict[int, Array]]:
    """Coverage gained per mm in the core for each mode; which larger components give what share.

    The gradient is taken of the region with the smaller regions in and beside it filled in, so
    that borders to them do not move.
    """
    core = model.cores[j]
    sizes = _sizes(model)
    own = np.zeros_like(model.images[j][core])
    smaller = np.zeros_like(own)
    larger: dict[int, Array] = {}
    for c, (owner, share) in enumerate(zip(model.owners, model.components, strict=True)):
        part = _in_core(model, j, owner, share)
        if part is None:
            continue
        if owner == j:
            own += part
        elif (sizes[owner], owner) < (sizes[j], j):
            smaller += part
        else:
            larger[c] = part
    gradient = _gradient(own + smaller, model.spacing_mm)
    on_border = (_gradient(own, model.spacing_mm) ** 2).sum(axis=0) > 0
    gradient = np.where(on_border, gradient, 0.0)
    to_world = model.grid.affine[:3, :3] / np.array(model.spacing_mm)  # unit vectors, by columns
    shifts = -np.tensordot(to_world, gradient, axes=1)
    changes = [np.sqrt((gradient**2).sum(axis=0)), *shifts]
    filled = own + smaller
    return [_on_border(change, filled) for change in changes], _takers(filled, larger)


def _on_border(change: Array, share: Array) -> Array:
    """Move what a central difference smears over three voxels to those that the border cuts."""
    from scipy.ndimage import uniform_filter

    cut = _UNCUT + np.clip(share * (1.0 - share), 0.0, None)
    near = uniform_filter(cut, 3, mode="constant")
    return np.asarray(cut * uniform_filter(change / near, 3, mode="constant"))


def _sizes(model: RegionModel) -> list[float]:
    """Volume of each region's own components, in voxels."""
    sizes = [0.0] * len(model.names)
    for owner, share in zip(model.owners, model.components, strict=True):
        sizes[owner] += float(share.sum())
    return sizes


def _in_core(model: RegionModel, j: int, owner: int, share: Array) -> Array | None:
    """A component's share in region j's core; None where it has none there."""
    box = absolute_core(model.boxes[j], model.cores[j])
    here, there = overlap(box, model.boxes[owner])
    if here is None or there is None or not share[there].any():
        return None
    part = np.zeros([s.stop - s.start for s in box])
    part[here] = share[there]
    return part


def _gradient(share: Array, spacing_mm: tuple[float, float, float]) -> Array:
    """Along the array's axes, 1/mm; shape (3, z, y, x)."""
    return np.stack(
        [
            np.gradient(share, step, axis=axis) if share.shape[axis] > 1 else np.zeros_like(share)
            for axis, step in enumerate(spacing_mm)
        ]
    )


def _takers(filled: Array, larger: dict[int, Array]) -> dict[int, Array]:
    """What share of a voxel's surroundings that are not the region's each larger component has."""
    from scipy.ndimage import uniform_filter

    around = 1.0 - uniform_filter(filled, 3, mode="nearest")
    takers = {}
    for c, part in larger.items():
        near = uniform_filter(part, 3, mode="nearest")
        share = np.divide(near, around, out=np.zeros_like(near), where=around > _LITTLE)
        takers[c] = np.clip(share, 0.0, 1.0)
    return takers


def _row_changes(model: RegionModel, j: int, changed: dict[int, Array], left: list[Array]) -> Array:
    """Give dm - dM s of rows whose weight changes: what the model leaves unexplained there."""
    rows = np.zeros(len(model.components) + len(model.names))
    box = absolute_core(model.boxes[j], model.cores[j])
    for c, change in changed.items():
        owner = model.owners[c]
        here, there = overlap(box, model.boxes[owner])
        if here is not None and there is not None:
            total = float(model.components[c].sum())
            rows[c] = float(np.einsum("zyx,zyx->", change[here], left[owner][there])) / total
    return rows


def _column_changes(
    model: RegionModel, j: int, changed: dict[int, Array], solution: Array, fwhm_mm: float
) -> Array:
    """Give dM s of the columns: the blurred change of the sources, in each row."""
    parts = len(model.components)
    covered = sum(changed.values(), np.zeros_like(next(iter(changed.values()))))
    source = sum((solution[c] * change for c, change in changed.items()), np.zeros_like(covered))
    gained, closed = (
        gaussian(a, fwhm_mm, model.spacing_mm, beyond="constant") for a in (source, covered)
    )
    box = absolute_core(model.boxes[j], model.cores[j])
    rows = np.zeros(parts + len(model.names))
    for row, (i, weight) in enumerate(model.rows):
        here, there = overlap(model.boxes[i], box)
        total = float(weight.sum())
        if here is None or there is None or total <= 0:
            continue
        seen = gained[there] - solution[parts + i] * closed[there]
        rows[row] = float(np.einsum("zyx,zyx->", weight[here], seen)) / total
    return rows


def _owned_changes(model: RegionModel, j: int, changed: dict[int, Array]) -> Array:
    """How the regions' volumes in components change, mL/mm; shape (n, m).

    A larger region that was drawn over this one keeps what it loses, as part of this one.
    """
    owned = np.zeros_like(model.owned)
    own = [c for c, owner in enumerate(model.owners) if owner == j]
    for c, change in changed.items():
        owner = model.owners[c]
        gained_ml = float(change.sum()) * model.voxel_ml
        owned[owner, c] += gained_ml
        if owner != j:
            over = float(model.owned[owner, own].sum() / model.owned[j, own].sum())
            owned[owner, own[-1]] -= over * gained_ml
    return owned
