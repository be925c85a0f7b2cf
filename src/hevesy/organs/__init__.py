"""What the rest of the body gets: whole body, organs without activity, marrow, effective dose."""

from hevesy.organs.continuation import ContinuedBody, continue_body
from hevesy.organs.effective_dose import (
    EFFECTIVE_DOSE_CAVEAT,
    LEAST_WEIGHT_SHARE,
    EffectiveDose,
    effective_dose,
)
from hevesy.organs.marrow import (
    ABSORBED_FRACTION,
    MarrowSelfDose,
    marrow_by_blood,
    marrow_by_image,
    marrow_to_blood_ratio,
)
from hevesy.organs.rest_transport import EnergyShares, account_energy, cross_doses, photon_doses
from hevesy.organs.tissue_weights import TISSUE_WEIGHTS, find_tissue, require_tissue

__all__ = [
    "ABSORBED_FRACTION",
    "EFFECTIVE_DOSE_CAVEAT",
    "LEAST_WEIGHT_SHARE",
    "TISSUE_WEIGHTS",
    "ContinuedBody",
    "EffectiveDose",
    "EnergyShares",
    "MarrowSelfDose",
    "account_energy",
    "continue_body",
    "cross_doses",
    "effective_dose",
    "find_tissue",
    "marrow_by_blood",
    "marrow_by_image",
    "marrow_to_blood_ratio",
    "photon_doses",
    "require_tissue",
]
