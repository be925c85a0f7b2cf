"""Which tissue of ICRP 103 each region stands for, and what they give together."""

from collections.abc import Sequence

from hevesy.case import (
    EffectiveDoseResult,
    MarrowDose,
    PhotonDose,
    RegionResult,
    RestOfBody,
    UnmeasuredDose,
)
from hevesy.organs import (
    EFFECTIVE_DOSE_CAVEAT,
    LEAST_WEIGHT_SHARE,
    effective_dose,
    find_tissue,
)

__all__ = ["weigh_tissues"]

_MARROW = "red marrow"


def weigh_tissues(
    regions: Sequence[RegionResult],
    photons: Sequence[PhotonDose],
    unmeasured: Sequence[UnmeasuredDose],
    marrow: Sequence[MarrowDose],
    asked: RestOfBody,
) -> tuple[EffectiveDoseResult, tuple[str, ...]]:
    """Give effective dose from the tissues that are known, or say that they are too few.

    Regions of one tissue (both kidneys) count by their mass; lesions never stand for a tissue. Of
    two doses to marrow the higher one is taken, which is said.

    Parameters
    ----------
    regions : sequence of RegionResult
    photons : sequence of PhotonDose
        Of the regions whose dose leaves photons out.
    unmeasured : sequence of UnmeasuredDose
    marrow : sequence of MarrowDose
    asked : RestOfBody
        For the tissues that the case gives its regions.

    Returns
    -------
    EffectiveDoseResult
    notes : tuple of str
    """
    given = dict(asked.tissues)
    parts: dict[str, list[tuple[float, float, float]]] = {}
    totals = {p.name: (p.total_dose_gy, p.total_uncertainty_gy) for p in photons}
    organs = [
        (r.name, r.mass_g, *totals.get(r.name, (r.mean_dose_gy, r.mean_dose_uncertainty_gy)))
        for r in regions
        if r.kind != "lesion"
    ]
    organs += [(u.name, u.mass_g, u.mean_dose_gy, u.uncertainty_gy) for u in unmeasured]
    strangers = []
    for name, mass_g, dose_gy, uncertainty_gy in organs:
        tissue = given.get(name) or find_tissue(name)
        if tissue is None:
            strangers.append(name)
        elif tissue != "none":
            parts.setdefault(tissue, []).append((mass_g, dose_gy, uncertainty_gy))
    doses = {tissue: (_by_mass(found, 1), _by_mass(found, 2)) for tissue, found in parts.items()}
    notes = []
    if marrow:
        most = max(marrow, key=lambda m: m.mean_dose_gy)
        doses[_MARROW] = (most.mean_dose_gy, most.uncertainty_gy)
        if len(marrow) > 1:
            notes.append(f"effective dose takes the marrow's dose by {most.method}, the higher one")
    if strangers:
        notes.append(
            f"not in effective dose, for ICRP 103 has no such tissue: {', '.join(strangers)} "
            "(`tissues` in [rest_of_body] gives one)"
        )
    found = effective_dose(doses)
    return (
        EffectiveDoseResult(
            at_least_sv=found.at_least_sv,
            uncertainty_sv=found.uncertainty_sv,
            weight_share=found.weight_share,
            least_weight_share=LEAST_WEIGHT_SHARE,
            tissues=found.known,
            caveat=EFFECTIVE_DOSE_CAVEAT,
        ),
        tuple(notes),
    )


def _by_mass(parts: Sequence[tuple[float, float, float]], column: int) -> float:
    return sum(part[0] * part[column] for part in parts) / sum(part[0] for part in parts)
