"""Red marrow's dose from its own activity: by blood samples, or by a marrow region's activity."""

import math
from dataclasses import dataclass
from types import MappingProxyType

from hevesy.errors import CaseError, QuantityError
from hevesy.nuclides import JOULE_PER_MEV, Nuclide

__all__ = [
    "ABSORBED_FRACTION",
    "MarrowSelfDose",
    "marrow_by_blood",
    "marrow_by_image",
    "marrow_to_blood_ratio",
]

RMECFF = 0.19  # extracellular fluid of red marrow, share of its volume (Sgouros 1993)
RMECFF_RELATIVE = 0.15  # 0.19 against 0.16 to 0.22: assumed, as the paper gives no spread
_MASS_RELATIVE = 0.2  # of an adult's active marrow at a given body mass: assumed, k = 1

# ICRP 89, chapter 9 and table 2.8: active marrow, inactive marrow, trabecular bone, the body, g.
_SKELETON_G = MappingProxyType(
    {
        "male": (1170.0, 2480.0, 1100.0, 73000.0),
        "female": (900.0, 1800.0, 800.0, 60000.0),
    }
)


def _fraction() -> tuple[float, float]:
    """Middle and standard uncertainty of the electrons' absorbed fraction, see ABSORBED_FRACTION.

    The least of the sexes: electrons that cross many cavities share their energy out by mass.
    """
    least = min(a / (a + fat + bone) for a, fat, bone, _ in _SKELETON_G.values())
    return 0.5 * (1.0 + least), (1.0 - least) / math.sqrt(12.0)


# Share of the electrons' energy from active marrow that stays in active marrow, and its standard
# uncertainty: anything between all of it (electrons shorter than a marrow cavity) and marrow's
# share of the mass in spongiosa (electrons far longer than a cavity) is taken as equally likely.
ABSORBED_FRACTION: tuple[float, float] = _fraction()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowSelfDose:
    """Dose to active marrow from electrons of its own activity.

    Parameters
    ----------
    dose_gy, uncertainty_gy : float
        Mean over the active marrow, and one standard deviation.
    shares : tuple of (str, float)
        Sources of the uncertainty and their relative standard uncertainties.

    Examples
    --------
    >>> MarrowSelfDose(dose_gy=0.1, uncertainty_gy=0.04, shares=()).dose_gy
    0.1
    """

    dose_gy: float
    uncertainty_gy: float
    shares: tuple[tuple[str, float], ...]


def marrow_to_blood_ratio(hematocrit_share: float) -> float:
    """Activity per gram of red marrow over activity per mL of blood, of an agent in plasma.

    Holds for agents that stay in extracellular fluid and don't bind to marrow, bone or blood cells.

    Parameters
    ----------
    hematocrit_share : float
        Share of red cells in blood, 0.1 to 0.7.

    Returns
    -------
    float

    Raises
    ------
    CaseError
        No hematocrit of a living patient.

    References
    ----------
    Sgouros, J Nucl Med 1993;34:689: 0.19 / (1 - HCT).

    Examples
    --------
    >>> round(marrow_to_blood_ratio(0.47), 2)
    0.36
    """
    if not 0.1 <= hematocrit_share <= 0.7:
        raise CaseError(
            "rest_of_body.hematocrit is out of range",
            got=f"{100 * hematocrit_share:g} %",
            allowed="10 % to 70 %",
            remedy="correct it",
        )
    return RMECFF / (1.0 - hematocrit_share)


def marrow_by_blood(
    blood_bq_s_per_ml: float,
    *,
    relative_uncertainty: float,
    hematocrit_share: float,
    nuclide: Nuclide,
) -> MarrowSelfDose:
    """Marrow's own dose from blood: concentration times ratio times absorbed energy.

    The marrow's mass cancels: mass times S is the energy that stays in marrow per decay.

    Parameters
    ----------
    blood_bq_s_per_ml : float
        Time-integrated activity in a mL of whole blood, Bq s/mL.
    relative_uncertainty : float
        Of it, k = 1.
    hematocrit_share : float
    nuclide : Nuclide

    Returns
    -------
    MarrowSelfDose

    Raises
    ------
    QuantityError
        A negative integral.

    References
    ----------
    Hindorf et al., Eur J Nucl Med Mol Imaging 2010;37:1238 (EANM); Sgouros 1993.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> dose = marrow_by_blood(1e10, relative_uncertainty=0.1, hematocrit_share=0.42,
    ...                        nuclide=get_nuclide("Re-188"))
    >>> round(dose.dose_gy, 3), round(dose.uncertainty_gy, 2)
    (0.255, 0.1)
    """
    _require(blood_bq_s_per_ml, "blood's")
    per_gram = blood_bq_s_per_ml * marrow_to_blood_ratio(hematocrit_share)
    return _self_dose(
        per_gram,
        nuclide,
        (("blood's curve", relative_uncertainty), ("marrow's fluid share", RMECFF_RELATIVE)),
    )


def marrow_by_image(
    region_bq_s: float,
    *,
    relative_uncertainty: float,
    marrow_share: float,
    sex: str,
    body_mass_g: float,
    nuclide: Nuclide,
) -> MarrowSelfDose:
    """Marrow's own dose from a marrow region's activity, all of which is taken to be in marrow.

    Parameters
    ----------
    region_bq_s : float
        Decays in the region, Bq s.
    relative_uncertainty : float
        Of it, k = 1.
    marrow_share : float
        Share of the body's active marrow that the region holds.
    sex : str
        ``"male"`` or ``"female"``: the reference mass of active marrow, 1170 g or 900 g.
    body_mass_g : float
        The patient's, which scales it.
    nuclide : Nuclide

    Returns
    -------
    MarrowSelfDose

    Raises
    ------
    QuantityError
        A negative integral.
    CaseError
        A share that is not above 0 and up to 1.

    References
    ----------
    Hindorf et al. 2010 (EANM); ICRP 89, table 2.8 (masses).

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> dose = marrow_by_image(1e11, relative_uncertainty=0.1, marrow_share=0.12, sex="male",
    ...                        body_mass_g=73000, nuclide=get_nuclide("Re-188"))
    >>> round(dose.dose_gy, 3)
    0.055
    """
    _require(region_bq_s, "the marrow region's")
    if not 0 < marrow_share <= 1:
        raise CaseError(
            "rest_of_body.marrow_share is out of range",
            got=f"{100 * marrow_share:g} %",
            allowed="above 0 %, up to 100 %",
            remedy="give the share of the body's active marrow that the region holds",
        )
    active_g, _, _, reference_g = _SKELETON_G[sex]
    held_g = marrow_share * active_g * body_mass_g / reference_g
    return _self_dose(
        region_bq_s / held_g,
        nuclide,
        (("the region's activity", relative_uncertainty), ("marrow's mass", _MASS_RELATIVE)),
    )


def _require(value_bq_s: float, whose: str) -> None:
    if not 0 <= value_bq_s < math.inf:
        raise QuantityError(
            f"{whose} time-integrated activity can't be negative or infinite",
            got=f"{value_bq_s:.4g} Bq s",
            allowed="0 and more",
            remedy="look at its curve",
        )


def _self_dose(
    bq_s_per_g: float, nuclide: Nuclide, sources: tuple[tuple[str, float], ...]
) -> MarrowSelfDose:
    fraction, spread = ABSORBED_FRACTION
    dose_gy = bq_s_per_g * 1e3 * nuclide.electron_energy_mev * JOULE_PER_MEV * fraction
    shares = (*sources, ("electrons' absorbed fraction", spread / fraction))
    return MarrowSelfDose(
        dose_gy=dose_gy,
        uncertainty_gy=dose_gy * math.hypot(*(share for _, share in shares)),
        shares=shares,
    )
