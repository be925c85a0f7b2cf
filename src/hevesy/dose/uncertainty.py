"""From the uncertainty of volume, counts, calibration, recovery and fit to that of the dose."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = [
    "DoseUncertainty",
    "DoseUncertaintyInputs",
    "UncertaintySource",
    "propagate_dose_uncertainty",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseUncertaintyInputs:
    """What is known of each source for one region and one course; k = 1, as shares.

    Parameters
    ----------
    volume_relative_uncertainty : float
        u(v)/v of the drawn region.
    activity_volume_slope_ratio : float
        d ln A / d ln v of the (corrected) activity when the border moves: for counts alone the
        region's `volume_slope_ratio`; with a recovery curve that less d ln R / d ln v; with the
        transfer matrix the corrected region's own.
    mass_volume_slope_ratio : float
        d ln m / d ln v when the border moves: density on the border over the mean; 1 where all
        around is as dense as the region, well over it for lung.
    position_relative_uncertainty : float
        What the region's drawn place does to its activity, its size unchanged.
    neighbours_relative_uncertainty : float or None
        What the borders of all other regions do to this one's activity through the partial-volume
        correction; None without one that knows them.
    random_relative_uncertainty : tuple of float or None
        Counting, for each scan; None where unknown.
    tia_fit_relative_uncertainty : float
        Of the TIA as the fit gives it, with counting's part in it and nothing common to all scans.
    tia_counting_relative_uncertainty : float or None
        Counting's own part of `tia_fit_relative_uncertainty`; the rest is scatter about the curve,
        model, extrapolation, prior. None where the fit does not give it.
    calibration_relative_uncertainty : float or None
        Of the camera's calibration; None where the case does not say.
    recovery_relative_uncertainty : float or None
        Of the partial-volume correction beyond what the volume brings: of the recovery curve, or
        the slope against FWHM times the FWHM's uncertainty; None without correction.
    scatter_relative_uncertainty : float or None
        What the scatter model's own uncertainty does to the TIA, alike in all scans; None where
        scatter is not a model's.
    density_relative_uncertainty : float or None
        Of the mean density; None where nothing is known.
    breathing_relative_uncertainty, mismatch_relative_uncertainty : float or None
        What motion within the scans, and the scans' place, do to the activity; None where nothing
        is said of them. The regions are drawn once, so both are taken as common to all scans.

    Raises
    ------
    InputError
        A relative uncertainty is negative or not finite, or slopes and scans differ in number.

    Examples
    --------
    >>> DoseUncertaintyInputs(volume_relative_uncertainty=0.1).density_relative_uncertainty is None
    True
    """

    volume_relative_uncertainty: float
    activity_volume_slope_ratio: float = 0.0
    mass_volume_slope_ratio: float = 1.0
    position_relative_uncertainty: float = 0.0
    neighbours_relative_uncertainty: float | None = None
    random_relative_uncertainty: tuple[float | None, ...] = ()
    tia_fit_relative_uncertainty: float = 0.0
    tia_counting_relative_uncertainty: float | None = None
    calibration_relative_uncertainty: float | None = None
    recovery_relative_uncertainty: float | None = None
    scatter_relative_uncertainty: float | None = None
    density_relative_uncertainty: float | None = None
    breathing_relative_uncertainty: float | None = None
    mismatch_relative_uncertainty: float | None = None

    def __post_init__(self) -> None:
        shares = (
            self.volume_relative_uncertainty,
            self.position_relative_uncertainty,
            self.neighbours_relative_uncertainty,
            self.tia_fit_relative_uncertainty,
            self.tia_counting_relative_uncertainty,
            self.calibration_relative_uncertainty,
            self.recovery_relative_uncertainty,
            self.scatter_relative_uncertainty,
            self.density_relative_uncertainty,
            self.breathing_relative_uncertainty,
            self.mismatch_relative_uncertainty,
            *self.random_relative_uncertainty,
        )
        for share in shares:
            if share is not None and not 0 <= share < math.inf:
                raise InputError(
                    "a relative uncertainty can't be negative or infinite",
                    got=share,
                    remedy="correct it in [options]",
                )
        for slope in (self.activity_volume_slope_ratio, self.mass_volume_slope_ratio):
            if not math.isfinite(slope):
                raise InputError(
                    "the slopes of activity and mass against volume must be finite",
                    got=slope,
                    remedy="look at the region's activity and mass: one may be 0",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintySource:
    """One source's effect on the mean dose.

    Parameters
    ----------
    source : str
        ``"volume"``, ``"neighbours"``, ``"calibration"``, ``"recovery"``, ``"counting"``,
        ``"fit"``, ``"scatter"``, ``"density"``, ``"breathing"``, ``"mismatch"``.
    relative_uncertainty : float
        It alone makes the dose so uncertain, as a share.
    variance_share : float
        Of the dose's variance; the shares of all sources sum to 1.

    Examples
    --------
    >>> UncertaintySource(source="fit", relative_uncertainty=0.1, variance_share=1.0).source
    'fit'
    """

    source: str
    relative_uncertainty: float
    variance_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseUncertainty:
    """Relative standard uncertainties along the chain, and whence they come.

    Parameters
    ----------
    activity_relative : tuple of float
        Of each scan's activity, total.
    tia_relative : float
        Of the TIA.
    dose_relative : float
        Of the mean dose.
    shares : tuple of UncertaintySource
        Largest first; their variance shares sum to 1. Empty where nothing is uncertain.
    warnings : tuple of str
        What is not in the figures.
    tia_common_relative, dose_common_relative : float
        The parts of TIA and dose that all scans share: all but counting and fit.
    common_covariance_relative : float
        Of these two.

    Examples
    --------
    >>> DoseUncertainty(activity_relative=(), tia_relative=0.1, dose_relative=0.2, shares=()).shares
    ()
    """

    activity_relative: tuple[float, ...]
    tia_relative: float
    dose_relative: float
    shares: tuple[UncertaintySource, ...]
    warnings: tuple[str, ...] = ()
    tia_common_relative: float = 0.0
    dose_common_relative: float = 0.0
    common_covariance_relative: float = 0.0


def propagate_dose_uncertainty(inputs: DoseUncertaintyInputs) -> DoseUncertainty:
    """Propagate to first order, with the sources' correlations (EANM's chain).

    D = TIA E / m. Calibration, recovery and the borders of this and all other regions are common to
    all scans, so they scale the whole curve and pass to the TIA undiminished; counting is
    independent from scan to scan and passes through the fit. The volume moves the activity (counts
    and recovery at once, by `activity_volume_slope_ratio` s) and the mass (by
    `mass_volume_slope_ratio` g): the dose's slope is s - g, one term with its covariance, not three
    in squares. A single border for all scans is assumed; where each scan has its own, the volume's
    effect on activity is partly averaged, and this is an upper bound.

    Not included: registration and breathing beyond what the case states of them, dead time,
    attenuation, and scatter that is not a model's, beyond what `calibration` states; the
    administered activity (it does not enter a dose measured from images), the nuclide's energy,
    activity that is not uniform.

    Parameters
    ----------
    inputs : DoseUncertaintyInputs

    Returns
    -------
    DoseUncertainty

    References
    ----------
    Gear et al. 2018, Eur J Nucl Med Mol Imaging 45:2456, doi:10.1007/s00259-018-4136-7; JCGM
    100:2008 (GUM), section 5.2.

    Examples
    --------
    >>> found = propagate_dose_uncertainty(DoseUncertaintyInputs(
    ...     volume_relative_uncertainty=0.12, activity_volume_slope_ratio=0.5,
    ...     tia_fit_relative_uncertainty=0.06, calibration_relative_uncertainty=0.05))
    >>> round(found.dose_relative ** 2, 6) == round(0.06**2 + 0.06**2 + 0.05**2, 6)
    True
    """
    slope, volume = inputs.activity_volume_slope_ratio, inputs.volume_relative_uncertainty
    calibration = inputs.calibration_relative_uncertainty or 0.0
    recovery = inputs.recovery_relative_uncertainty or 0.0
    neighbours = inputs.neighbours_relative_uncertainty or 0.0
    position = inputs.position_relative_uncertainty
    scatter = inputs.scatter_relative_uncertainty or 0.0
    breathing = inputs.breathing_relative_uncertainty or 0.0
    mismatch = inputs.mismatch_relative_uncertainty or 0.0
    moved = math.hypot(breathing, mismatch)
    common = math.hypot(calibration, recovery, neighbours, position, scatter, slope * volume, moved)
    fit = inputs.tia_fit_relative_uncertainty
    within = min(inputs.tia_counting_relative_uncertainty or 0.0, fit)
    parts = {
        "volume": math.hypot((slope - inputs.mass_volume_slope_ratio) * volume, position),
        "neighbours": neighbours,
        "calibration": calibration,
        "recovery": recovery,
        "scatter": scatter,
        "counting": within,
        "fit": math.sqrt(max(fit**2 - within**2, 0.0)),
        "density": inputs.density_relative_uncertainty or 0.0,
        "breathing": breathing,
        "mismatch": mismatch,
    }
    total = math.hypot(*parts.values())
    shared = math.hypot(*(u for source, u in parts.items() if source not in ("counting", "fit")))
    shares = [
        UncertaintySource(source=source, relative_uncertainty=u, variance_share=(u / total) ** 2)
        for source, u in parts.items()
        if u > 0
    ]
    return DoseUncertainty(
        activity_relative=tuple(
            math.hypot(common, u or 0.0) for u in inputs.random_relative_uncertainty
        ),
        tia_relative=math.hypot(common, fit),
        dose_relative=total,
        shares=tuple(sorted(shares, key=lambda s: -s.variance_share)),
        warnings=_not_included(inputs),
        tia_common_relative=common,
        dose_common_relative=shared,
        common_covariance_relative=common**2 - slope * inputs.mass_volume_slope_ratio * volume**2,
    )


def _not_included(inputs: DoseUncertaintyInputs) -> tuple[str, ...]:
    warnings = []
    if inputs.calibration_relative_uncertainty is None:
        warnings.append(
            "calibration uncertainty not included: state `calibration_uncertainty` in [options]"
        )
    random = inputs.random_relative_uncertainty
    if not random or any(u is None for u in random):
        warnings.append(
            "counting uncertainty not included: state `counts_per_bq_s` or `count_uncertainty` in "
            "[options]"
        )
    elif inputs.tia_counting_relative_uncertainty is None:
        warnings.append("counting is part of the fit's share")
    if inputs.recovery_relative_uncertainty is None:
        warnings.append("no partial-volume correction: what blur takes away is not in the figures")
    if inputs.volume_relative_uncertainty > 0.3:
        warnings.append(
            f"the volume is uncertain by {100 * inputs.volume_relative_uncertainty:.0f} %: "
            "first-order propagation is a rough guide there"
        )
    return tuple(warnings)
