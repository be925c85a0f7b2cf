"""Radio-TLC: region sums over a flat background, with Poisson errors and decay along the strip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CustodyError, InputError, RegionError
from hevesy.nuclides import Nuclide
from hevesy.pharmacy.tlc_trace import TlcRegion, TlcTrace

__all__ = [
    "RadiochemicalPurity",
    "RegionShare",
    "StripAnalysis",
    "analyse_strip",
    "radiochemical_purity",
]

_ROUNDING_PERCENT = 1e-10  # of floating-point sums; no measured purity is known to this


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionShare:
    """One region's part of a strip.

    Parameters
    ----------
    name : str
    net_counts, net_uncertainty_counts : float
        Above background, corrected for decay to the first point (where times are known).
    share_percent, share_uncertainty_percent : float
        Of the denominator; not rounded, and below 0 where the background is above the counts.

    Examples
    --------
    >>> RegionShare(name="a", net_counts=9.0, net_uncertainty_counts=3.0, share_percent=90.0,
    ...             share_uncertainty_percent=10.0).name
    'a'
    """

    name: str
    net_counts: float
    net_uncertainty_counts: float
    share_percent: float
    share_uncertainty_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StripAnalysis:
    """A strip's regions.

    Parameters
    ----------
    trace : TlcTrace
    regions : tuple of TlcRegion
    shares : tuple of RegionShare
        In the order of `regions`.
    background : TlcRegion or None
    background_counts : float
        Flat background of a point of mean dwell time.
    whole : bool
        Whether per cent are of the whole strip, rather than of the named regions.
    total_counts : float
        The denominator.
    decay_corrected : bool

    Examples
    --------
    >>> StripAnalysis.__slots__[0]
    'trace'
    """

    trace: TlcTrace
    regions: tuple[TlcRegion, ...]
    shares: tuple[RegionShare, ...]
    background: TlcRegion | None
    background_counts: float
    whole: bool
    total_counts: float
    decay_corrected: bool

    def share_of(self, name: str) -> RegionShare:
        """The region of that name.

        Raises
        ------
        RegionError
            There is none.
        """
        for share in self.shares:
            if share.name == name:
                return share
        raise RegionError(
            f"no region of strip '{self.trace.name}' is named so",
            got=name,
            allowed=", ".join(share.name for share in self.shares),
            remedy=f'name one of them "{name}", or say which one is the product',
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiochemicalPurity:
    """Radiochemical purity over all strips, and the limit.

    Parameters
    ----------
    rcp_percent, rcp_uncertainty_percent : float
        Not rounded.
    limit_percent : float or None
    passed : bool or None
        None without a limit.

    Examples
    --------
    >>> RadiochemicalPurity(rcp_percent=84.96, rcp_uncertainty_percent=0.1, limit_percent=85.0,
    ...                     passed=False).passed
    False
    """

    rcp_percent: float
    rcp_uncertainty_percent: float
    limit_percent: float | None
    passed: bool | None


def _mask(trace: TlcTrace, region: TlcRegion) -> NDArray[np.bool_]:
    at = trace.position_mm
    inside = (at >= region.low_mm) & (at < region.high_mm)
    if region.high_mm >= at[-1] >= region.low_mm:
        inside[-1] = True
    if not inside.any():
        raise RegionError(
            f"region '{region.name}' holds no point of strip '{trace.name}'",
            got=f"{region.low_mm:g}:{region.high_mm:g} mm",
            allowed=f"{at[0]:g} to {at[-1]:g} mm",
            remedy="correct the region",
        )
    return inside


def _refuse_overlap(trace: TlcTrace, regions: Sequence[TlcRegion]) -> list[NDArray[np.bool_]]:
    if not regions:
        raise RegionError("a strip needs a region", remedy="name at least the product's region")
    masks = [_mask(trace, region) for region in regions]
    for i, region in enumerate(regions):
        for other, mask in zip(regions[:i], masks[:i], strict=True):
            if other.name == region.name or (mask & masks[i]).any():
                raise RegionError(
                    f"two regions of strip '{trace.name}' overlap or bear one name",
                    got=f"{other.name}, {region.name}",
                    remedy="keep them apart: a count belongs to one region only",
                )
    return masks


def _weights(trace: TlcTrace, nuclide: Nuclide) -> tuple[NDArray[np.float64], bool]:
    """Factor from a point's net counts to counts of mean dwell at the first point's time."""
    if trace.dwell_s is None and trace.time_s is None:
        return np.ones(trace.counts.size), False
    weights = np.ones(trace.counts.size)
    begin_s, within = trace.time_s, np.ones(trace.counts.size)
    if trace.dwell_s is not None:
        weights = weights * (trace.dwell_s.mean() / trace.dwell_s)
        exponent = nuclide.decay_per_s * trace.dwell_s
        within = exponent / -np.expm1(-exponent)
        if begin_s is None:
            begin_s = np.cumsum(trace.dwell_s) - trace.dwell_s
    since_s = begin_s - begin_s.min()  # type: ignore[union-attr]
    return weights * within * np.exp(nuclide.decay_per_s * since_s), True


def _variance(
    counts: NDArray[np.float64], masks: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Poisson variance of each point; where a whole region is empty, one count is spread over it.

    A region that counted nothing is not known to hold nothing.
    """
    variance = counts.copy()
    for mask in masks:
        if counts[mask].sum() < 1:
            variance[mask] = np.maximum(variance[mask], 1.0 / mask.sum())
    return variance


def analyse_strip(
    trace: TlcTrace,
    regions: Sequence[TlcRegion],
    *,
    nuclide: Nuclide,
    background: TlcRegion | None = None,
    whole: bool = False,
) -> StripAnalysis:
    """Sum a strip's regions above a flat background.

    The background is the mean rate of its own region and does not decay; net counts are scaled to
    the mean dwell time and carried back to the first point's time. No baseline is fitted, no peak
    shape assumed. Errors are Poisson's, carried to first order through the background and the
    ratio, the counts that two sums share included. Dead time of the detector is not corrected.

    Parameters
    ----------
    trace : TlcTrace
    regions : sequence of TlcRegion
        They do not overlap.
    nuclide : Nuclide
        For the decay along the strip.
    background : TlcRegion, optional
        Where nothing but background is. None: no background is taken off.
    whole : bool
        Per cent of the whole strip's net counts, rather than of the named regions'.

    Returns
    -------
    StripAnalysis

    Raises
    ------
    InputError
        Nothing is left above the background.

    References
    ----------
    Currie, Anal. Chem. 40, 586, 1968 (net counts and their variance).

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.pharmacy import TlcRegion, TlcTrace
    >>> trace = TlcTrace(name="strip", position_mm=[0, 1, 2, 3], counts=[0, 900, 100, 0])
    >>> product = TlcRegion(name="product", low_mm=0, high_mm=2)
    >>> free = TlcRegion(name="free", low_mm=2, high_mm=4)
    >>> analysis = analyse_strip(trace, [product, free], nuclide=get_nuclide("Re-188"))
    >>> share = analysis.share_of("product")
    >>> round(share.share_percent, 6), round(share.share_uncertainty_percent, 3)
    (90.0, 0.949)
    """
    masks = _refuse_overlap(trace, regions)
    weights, corrected = _weights(trace, nuclide)
    dwell = np.ones(trace.counts.size)
    if trace.dwell_s is not None:
        dwell = trace.dwell_s / trace.dwell_s.mean()
    of_background = np.zeros(trace.counts.size)  # how each point enters the background's mean
    flat, grounds = 0.0, []
    if background is not None:
        ground = _mask(trace, background)
        of_background[ground] = 1.0 / dwell[ground].sum()
        flat, grounds = float(trace.counts[ground].sum() / dwell[ground].sum()), [ground]
    variance = _variance(trace.counts, [*masks, *grounds])
    included = np.ones_like(masks[0]) if whole else np.logical_or.reduce(masks)

    def net_and_gradient(mask: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
        own = weights * mask
        reach = float(own @ dwell)
        return float(own @ trace.counts) - reach * flat, own - reach * of_background

    total, total_gradient = net_and_gradient(included)
    if total <= 0:
        raise InputError(
            f"strip '{trace.name}' has no counts above its background",
            got=f"{total:.4g} counts",
            remedy="count longer, or correct the background's region",
        )
    shares = []
    for region, mask in zip(regions, masks, strict=True):
        net, gradient = net_and_gradient(mask)
        of_ratio = (gradient - net / total * total_gradient) / total
        shares.append(
            RegionShare(
                name=region.name,
                net_counts=net,
                net_uncertainty_counts=float(np.sqrt(gradient**2 @ variance)),
                share_percent=100 * net / total,
                share_uncertainty_percent=100 * float(np.sqrt(of_ratio**2 @ variance)),
            )
        )
    return StripAnalysis(
        trace=trace,
        regions=tuple(regions),
        shares=tuple(shares),
        background=background,
        background_counts=flat,
        whole=whole,
        total_counts=total,
        decay_corrected=corrected,
    )


def radiochemical_purity(
    strips: Sequence[StripAnalysis], *, product: str = "product", limit_percent: float | None = None
) -> RadiochemicalPurity:
    """100 less the sum of all impurities, over all strips.

    A strip's impurities are all that is counted on it outside the region named `product`: the
    other named regions and, where per cent are of the whole strip, what lies outside every region.
    With one strip that is the product's own per cent. The product's region may hold an impurity
    that this strip can't separate; another strip must. The unrounded value is held against the
    limit.

    Parameters
    ----------
    strips : sequence of StripAnalysis
        Of one batch, each run in its own solvent.
    product : str
        Name of the product's region on every strip.
    limit_percent : float, optional
        The least purity, %.

    Returns
    -------
    RadiochemicalPurity

    Raises
    ------
    CustodyError
        No strip, or one impurity named on two strips (it would count twice).
    InputError
        A limit outside 0 to 100.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.pharmacy import TlcRegion, TlcTrace
    >>> trace = TlcTrace(name="strip", position_mm=[0, 1, 2, 3], counts=[0, 850, 150, 0])
    >>> regions = [TlcRegion(name="product", low_mm=0, high_mm=2),
    ...            TlcRegion(name="free", low_mm=2, high_mm=4)]
    >>> strip = analyse_strip(trace, regions, nuclide=get_nuclide("Re-188"))
    >>> radiochemical_purity([strip], limit_percent=85.0).passed
    True
    """
    if not strips:
        raise CustodyError("a radiochemical purity needs a strip", remedy="give its trace")
    if limit_percent is not None and not 0 <= limit_percent <= 100:
        raise InputError(
            "a purity's limit must be per cent",
            got=f"{limit_percent:g}",
            allowed="0 to 100",
            remedy="write 85 for 85 %",
        )
    named = [s.name for strip in strips for s in strip.shares if s.name != product]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise CustodyError(
            "an impurity is named on two strips and would be counted twice",
            got=", ".join(twice),
            remedy=f"make its region part of '{product}' on the strip that separates it less",
        )
    shares = [strip.share_of(product) for strip in strips]
    # whole numbers of counts give 85 exactly: summed as impurities they would not
    lacking = sum(100.0 - share.share_percent for share in shares[1:])
    purity = shares[0].share_percent - lacking
    squares = sum(share.share_uncertainty_percent**2 for share in shares)
    return RadiochemicalPurity(
        rcp_percent=purity,
        rcp_uncertainty_percent=float(squares) ** 0.5,
        limit_percent=limit_percent,
        passed=None if limit_percent is None else purity >= limit_percent - _ROUNDING_PERCENT,
    )
