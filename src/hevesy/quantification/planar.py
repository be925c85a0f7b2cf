"""Activities of regions from an anterior and a posterior planar view."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import FitError, InputError
from hevesy.quantification.planar_counts import NetViews
from hevesy.quantification.planar_model import REST, PlanarScene, ring_weights

__all__ = ["PlanarActivity", "PlanarResult", "measure_planar", "solve_conjugate_views"]

_ROUNDS = 2000
_SETTLED = 1e-10
_ASTRAY = 1e4  # times the largest activity that no overlap would give
_RING_GAP_MM, _RING_MM = 8.0, 16.0
_LEAST_OWN_SHARE = 0.5  # of a footprint's expected counts; below it a region is said to be covered

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanarActivity:
    """One region's activity at the scan's start.

    Parameters
    ----------
    name : str
    activity_bq : float
        Bq; may be below 0 where `seen` is False.
    counting_bq, scatter_bq, attenuation_bq, placement_bq : float
        Standard uncertainty from counting, from the scatter that was taken off, from the
        attenuation coefficients, from where the views lie over the CT, Bq.
    common_bq : float
        From the sensitivity, the dead time and the moment of counting: common to all regions, Bq.
    net_counts : tuple of float
        Counts of the footprint in the anterior and in the posterior view, scatter and background
        taken off, other regions' not.
    transmission : tuple of float
        Mean transmission to both views.
    overlap_share : float
        Share of the footprint's net counts that other regions sent, over both views.
    seen : bool
        False where nothing was left over the other regions in one of the views: the activity is
        then the arithmetic mean of both views', without a square root.

    Examples
    --------
    >>> found = PlanarActivity(name="liver", activity_bq=1e8, counting_bq=3e6, scatter_bq=0.0,
    ...     attenuation_bq=4e6, placement_bq=0.0, common_bq=0.0, net_counts=(1e4, 9e3),
    ...     transmission=(0.4, 0.3), overlap_share=0.0, seen=True)
    >>> round(found.uncertainty_bq)
    5000000
    """

    name: str
    activity_bq: float
    counting_bq: float
    scatter_bq: float
    attenuation_bq: float
    placement_bq: float
    common_bq: float
    net_counts: tuple[float, float]
    transmission: tuple[float, float]
    overlap_share: float
    seen: bool

    @property
    def uncertainty_bq(self) -> float:
        """All of them together, Bq."""
        return math.hypot(
            self.counting_bq,
            self.scatter_bq,
            self.attenuation_bq,
            self.placement_bq,
            self.common_bq,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanarResult:
    """All regions' activities from one pair of views.

    Parameters
    ----------
    regions : tuple of PlanarActivity
    counting_covariance_bq2 : ndarray of float64, shape (regions, regions)
        From counting; regions that overlap have a negative one.
    total_bq, total_uncertainty_bq : float
        Sum over the regions. With the rest of the body it is the whole body under the CT.
    warnings : tuple of str

    Examples
    --------
    >>> PlanarResult.__slots__[0]
    'regions'
    """

    regions: tuple[PlanarActivity, ...]
    counting_covariance_bq2: Matrix
    total_bq: float
    total_uncertainty_bq: float
    warnings: tuple[str, ...] = ()


def solve_conjugate_views(net: Matrix, response: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    """Activities whose geometric means agree with both views, each other's counts taken off.

    A_k = sqrt(prod_v (I_kv - sum_{r != k} g_krv A_r) / g_kkv): the conjugate view of every region
    from the counts that the others leave in its footprint, repeated until nothing moves. Where a
    view has nothing left, the arithmetic mean of both stands in for the square root.

    Parameters
    ----------
    net : ndarray of float64, shape (2, regions)
        I: counts of each footprint, anterior first.
    response : ndarray of float64, shape (2, regions, regions)
        g: counts in footprint k for each Bq of region r.

    Returns
    -------
    activity : ndarray of float64, shape (regions,)
        Bq.
    seen : ndarray of bool, shape (regions,)
        Where the square root was taken.

    Raises
    ------
    FitError
        It does not settle: regions cover each other too much.

    Examples
    --------
    >>> response = np.array([[[0.2, 0.1], [0.0, 0.3]], [[0.4, 0.0], [0.1, 0.2]]])
    >>> net = response @ np.array([1000.0, 500.0])
    >>> solve_conjugate_views(net, response)[0].round(4).tolist()
    [1000.0, 500.0]
    """
    own = np.einsum("vkk->vk", response)
    if not (own > 0).all():
        raise FitError(
            "a region sends no counts into its own footprint",
            got=f"response {own.min():g}",
            remedy="check the region, its background and where the views lie",
        )
    others = response.copy()
    others[:, np.arange(own.shape[1]), np.arange(own.shape[1])] = 0.0
    activity = np.zeros(own.shape[1])
    scale = float(np.abs(net / own).max()) or 1.0
    for _ in range(_ROUNDS):
        front, back = (net - others @ activity) / own
        seen = (front > 0) & (back > 0)
        mean = np.sqrt(np.where(seen, front * back, 0.0))
        new = np.where(seen, mean, (front + back) / 2)
        if float(np.abs(new - activity).max()) <= _SETTLED * scale:
            return new, seen
        if not float(np.abs(new).max()) < _ASTRAY * scale:
            break
        activity = (activity + new) / 2  # halved steps: two regions that trade counts settle too
    raise FitError(
        "the overlap of the regions can't be resolved",
        got="activities that do not settle",
        remedy="leave out the smaller of regions that lie behind each other, or use SPECT",
    )


def _weights(scene: PlanarScene, background: str) -> Matrix:
    """Weight images of all regions' footprints, shape (regions, rows, columns)."""
    return np.stack(
        [
            ring_weights(scene, region, gap_mm=_RING_GAP_MM, width_mm=_RING_MM)
            if background == "ring"
            else region.footprint.astype(np.float64)
            for region in scene.regions
        ]
    )


def _response(scene: PlanarScene, weights: Matrix, counts_per_bq: float) -> Matrix:
    seen = np.stack([region.seen_share for region in scene.regions], axis=1)
    return np.asarray(counts_per_bq * np.einsum("kyx,vryx->vkr", weights, seen))


def _slopes(net: Matrix, response: Matrix) -> Matrix:
    """dA_j / dI_kv by central differences, shape (regions, 2 * regions)."""
    step = 1e-4 * float(np.abs(net).max() or 1.0)
    columns = []
    for place in np.ndindex(net.shape):
        ends = []
        for sign in (1.0, -1.0):
            moved = net.copy()
            moved[place] += sign * step
            ends.append(solve_conjugate_views(moved, response)[0])
        columns.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(columns, axis=1)


def _counting(views: NetViews, weights: Matrix, net: Matrix, response: Matrix) -> Matrix:
    """Covariance of the activities from counting."""
    jacobian = _slopes(net, response)
    size = weights.shape[0]
    covariance = np.zeros((2 * size, 2 * size))
    for v in range(2):
        part = np.einsum("kyx,lyx,yx->kl", weights, weights, views.variance[v], optimize=True)
        covariance[v * size : (v + 1) * size, v * size : (v + 1) * size] = part
    return np.asarray(jacobian @ covariance @ jacobian.T)


def _placement(
    views: NetViews, weights: Matrix, response: Matrix, pixel_mm: Sequence[float], shift_mm: float
) -> Matrix:
    """Half the differences of the activities for views moved along rows and columns."""
    from scipy.ndimage import shift

    found = []
    for axis in (0, 1):
        ends = []
        for sign in (1.0, -1.0):
            offset = [0.0, 0.0, 0.0]
            offset[axis + 1] = sign * shift_mm / pixel_mm[axis]
            moved = shift(views.counts, offset, order=1, mode="nearest")
            net = np.einsum("kyx,vyx->vk", weights, moved)
            ends.append(solve_conjugate_views(net, response)[0])
        found.append((ends[0] - ends[1]) / 2)
    return np.stack(found)


def measure_planar(
    views: NetViews,
    scene: PlanarScene,
    *,
    counts_per_bq_s: float,
    sensitivity_relative_uncertainty: float,
    background: str = "body",
    denser: PlanarScene | None = None,
    placement_mm: float = 0.0,
    scatter_relative_uncertainty: float = 0.0,
) -> PlanarResult:
    """Activities of all regions at the scan's start, conjugate view by conjugate view.

    A region's transmission to either view is the mean over its own voxels, along the CT's own
    attenuation: for a slab it is MIRD 16's exp(-mu_e t/2)/f to both sides. What other regions send
    into its footprint is taken off in each view before the square root (`solve_conjugate_views`).
    Background is the rest of the body as one more evenly filled region (``body``), or a ring
    beside the footprint, scaled by 1 - x/t (``ring``), or none.

    It does not know how a region is filled in depth: an uneven region is wrong by what its true
    depth does to sinh(mu x/2)/(mu x/2), at most that factor. Photons that come through the
    collimator's septa and scatter that the windows do not see are not modelled.

    Parameters
    ----------
    views : NetViews
        Counts less scatter, over the scene's rows.
    scene : PlanarScene
        With the rest of the body for ``body``, without it for the others.
    counts_per_bq_s : float
        Sensitivity in air, counts for each Bq and second in each view.
    sensitivity_relative_uncertainty : float
        Common to all scans.
    background : str
        ``"body"``, ``"ring"`` or ``"none"``.
    denser : PlanarScene, optional
        The same with all attenuation larger by its standard uncertainty; None leaves it out.
    placement_mm : float
        Standard uncertainty of where the views lie over the CT, along each axis, mm.
    scatter_relative_uncertainty : float
        Of the scatter taken off, common to all pixels, as a share.

    Returns
    -------
    PlanarResult

    Raises
    ------
    InputError
        An unknown background, a number out of range, views and scene of different shapes.
    FitError
        Regions that can't be told apart (from `solve_conjugate_views`).

    References
    ----------
    Siegel JA et al. MIRD pamphlet no. 16. J Nucl Med 1999;40(2 Suppl):37S-61S.

    Examples
    --------
    >>> measure_planar.__kwdefaults__["background"]
    'body'
    """
    has_rest = any(region.name == REST for region in scene.regions)
    if background not in {"body", "ring", "none"} or (has_rest and background != "body"):
        raise InputError(
            "unknown background, or one that does not fit the scene",
            got=background,
            allowed="body, ring, none",
            remedy="choose one of them; a scene with the rest of the body is for body only",
        )
    if not (0 < counts_per_bq_s < math.inf and 0 <= sensitivity_relative_uncertainty < 1):
        raise InputError(
            "a sensitivity must be above 0, and its uncertainty 0 to 1",
            got=f"{counts_per_bq_s:g} counts/(Bq s) ± {sensitivity_relative_uncertainty:g}",
            remedy="give the camera's, from a source in air with this collimator and window",
        )
    _require_one_shape(views, scene)
    per_bq = counts_per_bq_s * views.effective_s
    weights = _weights(scene, background)
    net = np.einsum("kyx,vyx->vk", weights, views.counts)
    response = _response(scene, weights, per_bq)
    activity, seen = solve_conjugate_views(net, response)
    covariance = _counting(views, weights, net, response)
    slope = np.zeros_like(activity)
    if denser is not None:
        slope = solve_conjugate_views(net, _response(denser, weights, per_bq))[0] - activity
    scattered = scatter_relative_uncertainty * np.einsum("kyx,vyx->vk", weights, views.scatter)
    less = solve_conjugate_views(net - scattered, response)[0] - activity
    pixel_mm = scene.grid.spacing_mm[::2]
    moved = np.zeros((2, activity.size))
    if placement_mm > 0:
        moved = _placement(views, weights, response, pixel_mm, placement_mm)
    common = math.hypot(sensitivity_relative_uncertainty, views.common_relative_uncertainty)
    own = np.einsum("vkk->vk", response) * activity
    expected = np.maximum(np.einsum("vkr,r->vk", response, np.maximum(activity, 0.0)), 1e-30)
    overlap = np.clip(1.0 - own.sum(axis=0) / expected.sum(axis=0), 0.0, 1.0)
    regions = tuple(
        PlanarActivity(
            name=region.name,
            activity_bq=float(activity[n]),
            counting_bq=math.sqrt(max(float(covariance[n, n]), 0.0)),
            scatter_bq=abs(float(less[n])),
            attenuation_bq=abs(float(slope[n])),
            placement_bq=math.hypot(*moved[:, n].tolist()),
            common_bq=common * abs(float(activity[n])),
            net_counts=(float(net[0, n]), float(net[1, n])),
            transmission=region.transmission,
            overlap_share=float(overlap[n]),
            seen=bool(seen[n]),
        )
        for n, region in enumerate(scene.regions)
    )
    total = float(activity.sum())
    return PlanarResult(
        regions=regions,
        counting_covariance_bq2=covariance,
        total_bq=total,
        total_uncertainty_bq=math.hypot(
            math.sqrt(max(float(covariance.sum()), 0.0)),
            float(slope.sum()),
            float(less.sum()),
            *moved.sum(axis=1).tolist(),
            common * total,
        ),
        warnings=(*views.warnings, *_warnings(regions)),
    )


def _require_one_shape(views: NetViews, scene: PlanarScene) -> None:
    if views.counts.shape[1:] != scene.body_mm.shape:
        raise InputError(
            "the views and the scene differ in shape",
            got=f"{views.counts.shape[1:]}, {scene.body_mm.shape}",
            remedy="take the views' rows that the scene has",
        )


def _warnings(regions: Sequence[PlanarActivity]) -> list[str]:
    found = []
    for region in regions:
        if not region.seen:
            found.append(
                f"{region.name}: nothing stands out over the other regions in one of the views; "
                "its activity is the mean of both views and no conjugate view"
            )
        elif region.overlap_share > 1 - _LEAST_OWN_SHARE and region.name != REST:
            found.append(
                f"{region.name}: {100 * region.overlap_share:.0f} % of the counts in its place "
                "come from other regions, which are taken as evenly filled"
            )
    return found
