"""Effective dose from the tissues that are known: a lower bound, or nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.organs.tissue_weights import TISSUE_WEIGHTS

__all__ = ["EFFECTIVE_DOSE_CAVEAT", "LEAST_WEIGHT_SHARE", "EffectiveDose", "effective_dose"]

LEAST_WEIGHT_SHARE = 0.5
EFFECTIVE_DOSE_CAVEAT = (
    "Effective dose is a quantity of radiation protection for a sex-averaged reference person and "
    "stochastic effects at low doses (ICRP 103, 128). It says nothing of a patient under therapy: "
    "neither of this person's risk nor of tissue reactions; judge those by the organs' absorbed "
    "doses"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveDose:
    """What the known tissues give.

    Parameters
    ----------
    at_least_sv : float or None
        Sum of the known tissues' weighted doses, Sv: effective dose is at least this. None where
        they carry less of the weight than was asked for.
    uncertainty_sv : float or None
        Of that sum (k = 1), the tissues' errors taken as one common error, Sv.
    weight_share : float
        Share of the tissue weights that is known, 0 to 1.
    known : tuple of (str, float, float)
        Tissue, its weight, its equivalent dose in Sv.
    missing : tuple of str

    Examples
    --------
    See `effective_dose`.
    """

    at_least_sv: float | None
    uncertainty_sv: float | None
    weight_share: float
    known: tuple[tuple[str, float, float], ...]
    missing: tuple[str, ...]


def effective_dose(
    doses_gy: Mapping[str, tuple[float, float]], *, least_weight_share: float = LEAST_WEIGHT_SHARE
) -> EffectiveDose:
    """Weigh the known tissues' absorbed doses; radiation weighting factor 1 (betas, photons).

    Parameters
    ----------
    doses_gy : Mapping of str to tuple of float
        For each known tissue of `TISSUE_WEIGHTS`: mean dose and standard uncertainty, Gy.
    least_weight_share : float
        Below this share of the weights no figure is given.

    Returns
    -------
    EffectiveDose

    Raises
    ------
    InputError
        A tissue that is not in the list, or a dose that is not a number of 0 or more.

    References
    ----------
    ICRP 103 (2007), table 3, equations 4.3 to 4.5 and paragraph 185 (remainder).

    Examples
    --------
    >>> even = {tissue: (0.5, 0.05) for tissue in TISSUE_WEIGHTS}
    >>> found = effective_dose(even)
    >>> round(found.at_least_sv, 6), round(found.weight_share, 6)
    (0.5, 1.0)
    """
    for tissue, (dose_gy, _) in doses_gy.items():
        if tissue not in TISSUE_WEIGHTS or not 0 <= dose_gy < math.inf:
            raise InputError(
                "a tissue's dose can't enter effective dose",
                got=f"{tissue}: {dose_gy:g} Gy",
                allowed="tissues of ICRP 103, 0 Gy and more",
                remedy="leave it out, or mend its dose",
            )
    known = tuple(
        (tissue, weight, doses_gy[tissue][0])
        for tissue, weight in TISSUE_WEIGHTS.items()
        if tissue in doses_gy
    )
    share = sum(weight for _, weight, _ in known)
    enough = share >= least_weight_share
    return EffectiveDose(
        at_least_sv=sum(weight * dose for _, weight, dose in known) if enough else None,
        uncertainty_sv=(
            sum(weight * doses_gy[tissue][1] for tissue, weight, _ in known) if enough else None
        ),
        weight_share=share,
        known=known,
        missing=tuple(tissue for tissue in TISSUE_WEIGHTS if tissue not in doses_gy),
    )
