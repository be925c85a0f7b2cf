"""What else got dose: the whole body, organs without activity, marrow, effective dose."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.case import (
    BodyDose,
    Case,
    EnergyAccount,
    MarrowDose,
    PhotonDose,
    RegionResult,
    RestOfBody,
    RestOfBodyResult,
    UnmeasuredDose,
)
from hevesy.errors import CaseError, GridError, NuclideError, QuantityError, RegionError
from hevesy.images import Region, Volume
from hevesy.media import classify_tissue
from hevesy.nuclides import JOULE_PER_MEV, Nuclide
from hevesy.organs import (
    ContinuedBody,
    EnergyShares,
    account_energy,
    continue_body,
    cross_doses,
    photon_doses,
)
from hevesy.progress import Control
from hevesy.segmentation import outline_body
from hevesy.workflows.air import leave_out_air
from hevesy.workflows.marrow_dose import dose_marrow
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.tissue_doses import weigh_tissues

__all__ = ["RestWork", "dose_rest_of_body", "split_unmeasured"]

_MBQ_H = 3.6e9
_OUTLINE_MM = 2.0 / math.sqrt(3.0)  # an outline of 4 mm cubes is true to half a cube
_CT_MASS_SHARE = 0.9  # of a whole body: what outline and density may be out by
_MARROW = "red marrow's skeleton"
_BONE_SHARE = 0.1  # dose is scored to bone; photons give it so much more than marrow at 155 keV
_SHOWN = 2.0  # standard uncertainties
_BONE = "cortical-bone"  # of `classify_tissue`: CT numbers from 120 HU


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestWork:
    """What the rest of the body is computed from.

    Parameters
    ----------
    case : Case
    nuclide : Nuclide
    ct : Volume or None
        HU, on the dose grid.
    density : Volume
        DENSITY_G_PER_CM3, on the dose grid.
    tia : Volume
        BQ_S, on the dose grid: the decays that the dose map rests on.
    regions : tuple of RegionResult
        Measured.
    masks : tuple of Region
        Theirs, on the dose grid.
    unmeasured : tuple of Region
        On the dose grid.
    without_photons : bool
        The regions' doses leave photons out.
    """

    case: Case
    nuclide: Nuclide
    ct: Volume | None
    density: Volume
    tia: Volume
    regions: tuple[RegionResult, ...]
    masks: tuple[Region, ...]
    unmeasured: tuple[Region, ...]
    without_photons: bool

    @property
    def asked(self) -> RestOfBody:
        """What the case says of it."""
        return self.case.rest_of_body or RestOfBody()


def _no_ct() -> CaseError:
    return CaseError(
        "the rest of the body needs a CT, which tells body, bone and air",
        remedy="name a `ct` in a [[scan]], or leave [rest_of_body] and [[blood]] out",
    )


def split_unmeasured(
    planned: Sequence[PlannedRegion], case: Case, ct: Volume | None
) -> tuple[tuple[PlannedRegion, ...], tuple[PlannedRegion, ...]]:
    """Divide the regions into those to be measured and those that the case calls unmeasured.

    Parameters
    ----------
    planned : sequence of PlannedRegion
    case : Case
    ct : Volume or None
        HU.

    Returns
    -------
    measured, unmeasured : tuple of PlannedRegion

    Raises
    ------
    CaseError
        The case asks for the rest of the body and there is no CT; a name that the case does not
        have, an injected lesion or the marrow region called unmeasured, or no region left to
        measure.
    """
    asked = case.rest_of_body
    if asked is None:
        return tuple(planned), ()
    if ct is None:
        raise _no_ct()
    names = [region.name for region in planned]
    injected = {part.lesion for given in case.administrations for part in given.injections}
    for key, wanted in (
        ("unmeasured", asked.unmeasured),
        ("tissues", tuple(name for name, _ in asked.tissues)),
        ("marrow_region", (asked.marrow_region,) if asked.marrow_region else ()),
    ):
        for name in wanted:
            if name not in names:
                raise CaseError(
                    f"rest_of_body.{key} names a region that the case does not have",
                    got=name,
                    allowed=", ".join(names),
                    remedy="use the region's name as its file has it",
                )
    for name in asked.unmeasured:
        if name in injected or name == asked.marrow_region:
            raise CaseError(
                "rest_of_body.unmeasured names a region that must be measured",
                got=name,
                allowed="regions that are neither injected nor the marrow region",
                remedy="leave it out of `unmeasured`",
            )
    far = tuple(region for region in planned if region.name in asked.unmeasured)
    near = tuple(region for region in planned if region.name not in asked.unmeasured)
    if not near:
        raise CaseError(
            "rest_of_body.unmeasured leaves no region to measure",
            got=", ".join(asked.unmeasured),
            remedy="leave a region that shows activity out of it",
        )
    return near, far


def dose_rest_of_body(
    work: RestWork, *, control: Control
) -> tuple[RestOfBodyResult | None, tuple[str, ...]]:
    """Compute what else got dose, over the patient's own CT.

    Parameters
    ----------
    work : RestWork
    control : Control

    Returns
    -------
    result : RestOfBodyResult or None
        None where it can't be told and the case does not ask for it.
    warnings : tuple of str

    Raises
    ------
    CaseError
        The case asks for it, and there is no CT, no body in it, or no way to follow the nuclide.
    """
    control.stage("the rest of the body")
    try:
        if work.ct is None:
            raise _no_ct()
        outline = outline_body(work.ct)
        body = continue_body(work.density, outline.mask)
        decays, lost = leave_out_air(work.tia, classify_tissue(work.density))
        shares = account_energy(
            decays, body, work.nuclide, seed=work.case.options.seed, control=control
        )
    except (CaseError, GridError, NuclideError, QuantityError, RegionError) as error:
        if work.case.rest_of_body is not None:
            raise
        return None, (f"what the rest of the body got is not given: {error}",)
    source = _source_relative(work.regions) + lost
    targets = _targets(work)
    crossed = (
        cross_doses(
            decays, body, work.nuclide, targets, seed=work.case.options.seed + 1, control=control
        )
        if targets
        else {}
    )
    photons = _photons(work, decays, body, source, control)
    marrow, notes = _marrow(work, crossed, source)
    unmeasured = tuple(_unmeasured(work, region, crossed, source) for region in work.unmeasured)
    in_ct = _body_in_ct(outline, body, shares, source)
    whole, reason = _whole_body(work, shares, in_ct, source)
    effective, effective_notes = weigh_tissues(
        work.regions, photons, unmeasured, marrow, work.asked
    )
    return (
        RestOfBodyResult(
            body_in_ct=in_ct,
            whole_body=whole,
            whole_body_reason=reason,
            energy=_account(shares),
            injected_tia_mbq_h=_injected_bq_s(work) / _MBQ_H,
            in_images_tia_mbq_h=shares.decays / _MBQ_H,
            in_regions_tia_mbq_h=sum(region.tia_mbq_h for region in work.regions),
            photons=photons,
            unmeasured=unmeasured,
            marrow=marrow,
            effective=effective,
            notes=(*_notes(shares), *notes, *_shown(unmeasured), *effective_notes),
        ),
        (),
    )


def _source_relative(regions: Sequence[RegionResult]) -> float:
    """Relative uncertainty of all decays: the regions' taken as one common error."""
    total = sum(abs(region.tia_mbq_h) for region in regions)
    spread = sum(region.tia_uncertainty_mbq_h for region in regions)
    return spread / total if total > 0 else 1.0


def _injected_bq_s(work: RestWork) -> float:
    given = sum(part.activity_bq for part in work.case.administrations)
    return given / work.nuclide.decay_per_s


def _targets(work: RestWork) -> dict[str, NDArray[np.bool_]]:
    """Regions that are dosed from outside: unmeasured organs, and the marrow's skeleton."""
    targets = {region.name: np.asarray(region.mask) for region in work.unmeasured}
    asked = work.asked
    if asked.marrow_region is not None:
        mask = next(m.mask for m in work.masks if m.name == asked.marrow_region)
        targets[_MARROW] = np.asarray(mask)
    elif asked.blood:
        targets[_MARROW] = _skeleton(work)
    return targets


def _skeleton(work: RestWork) -> NDArray[np.bool_]:
    """Bone within the body, outside every lesion."""
    tissue = classify_tissue(work.density)
    number = [medium.name for medium in tissue.media].index(_BONE)
    if work.ct is None:  # asked for before; for the type's sake
        return np.zeros(work.density.grid.shape, dtype=np.bool_)
    bone = (tissue.labels == number) & outline_body(work.ct).mask
    for region, mask in zip(work.regions, work.masks, strict=True):
        if region.kind == "lesion":
            bone &= ~np.asarray(mask.mask)
    if not bone.any():
        raise CaseError(
            "the CT shows no bone, so photons to marrow can't be told",
            got="no voxel of bone in the body",
            remedy="leave [[blood]] out, or check the CT",
        )
    return np.asarray(bone)


def _photons(
    work: RestWork, decays: Volume, body: ContinuedBody, source: float, control: Control
) -> tuple[PhotonDose, ...]:
    """Photon doses of the measured regions, where the engine leaves them out."""
    if not work.without_photons:
        return ()
    targets = {mask.name: np.asarray(mask.mask) for mask in work.masks}
    seed = work.case.options.seed + 2
    doses = photon_doses(decays, body, work.nuclide, targets, seed=seed, control=control)
    found = []
    for region in work.regions:
        dose_gy, statistical_gy = doses[region.name]
        spread_gy = math.hypot(statistical_gy, source * dose_gy)
        found.append(
            PhotonDose(
                name=region.name,
                photon_dose_gy=dose_gy,
                photon_uncertainty_gy=spread_gy,
                total_dose_gy=region.mean_dose_gy + dose_gy,
                # both rest on the same calibration: their errors add
                total_uncertainty_gy=region.mean_dose_uncertainty_gy + spread_gy,
            )
        )
    return tuple(found)


def _marrow(
    work: RestWork, crossed: Mapping[str, tuple[float, float]], source: float
) -> tuple[tuple[MarrowDose, ...], tuple[str, ...]]:
    if _MARROW not in crossed:
        return (), ()
    dose_gy, statistical_gy = crossed[_MARROW]
    return dose_marrow(
        work.case,
        work.asked,
        work.regions,
        work.nuclide,
        cross_gy=dose_gy,
        cross_uncertainty_gy=math.hypot(statistical_gy, source * dose_gy, _BONE_SHARE * dose_gy),
    )


def _unmeasured(
    work: RestWork,
    region: Region,
    crossed: Mapping[str, tuple[float, float]],
    source: float,
) -> UnmeasuredDose:
    dose_gy, statistical_gy = crossed[region.name]
    density = np.asarray(work.density.values)[region.mask]
    voxel_ml = region.grid.voxel_volume_ml
    mass_g = float(density.sum(dtype=np.float64)) * voxel_ml
    shown = float(np.asarray(work.tia.values)[region.mask].sum(dtype=np.float64))
    shown_gy = shown * work.nuclide.electron_energy_mev * JOULE_PER_MEV / (mass_g * 1e-3)
    return UnmeasuredDose(
        name=region.name,
        volume_ml=region.volume_ml,
        mass_g=mass_g,
        mean_dose_gy=dose_gy,
        uncertainty_gy=math.hypot(statistical_gy, source * dose_gy),
        statistical_uncertainty_gy=statistical_gy,
        shown_dose_gy=shown_gy,
    )


def _body_in_ct(
    outline: Region, body: ContinuedBody, shares: EnergyShares, source: float
) -> BodyDose:
    dose_gy = shares.body_j / (body.body_mass_g * 1e-3)
    relative = math.hypot(
        shares.body_uncertainty_j / shares.body_j if shares.body_j > 0 else 0.0,
        source,
        _OUTLINE_MM * _surface_per_mm(outline),
    )
    return BodyDose(
        mass_g=body.body_mass_g, mean_dose_gy=dose_gy, uncertainty_gy=relative * dose_gy
    )


def _surface_per_mm(outline: Region) -> float:
    """Area of a solid's side faces over its volume, 1/mm; faces of voxels, so not too little."""
    mask = np.asarray(outline.mask)
    z_mm, y_mm, x_mm = outline.grid.spacing_mm
    sides = sum(
        int(np.count_nonzero(np.diff(mask, axis=axis))) * area
        for axis, area in ((1, z_mm * x_mm), (2, z_mm * y_mm))
    )
    return float(sides) / (int(mask.sum()) * z_mm * y_mm * x_mm)


def _whole_body(
    work: RestWork, shares: EnergyShares, in_ct: BodyDose, source: float
) -> tuple[BodyDose | None, str]:
    """Mean dose to all of the body, where its mass is known or the CT shows all of it."""
    mass_g = work.asked.body_mass_g
    if mass_g is None and shares.cut_ends:
        return None, (
            "the CT cuts the body and the case does not give its mass "
            '(`body_mass = "72 kg"` in [rest_of_body])'
        )
    least_g = in_ct.mass_g if shares.cut_ends else _CT_MASS_SHARE * in_ct.mass_g
    if mass_g is not None and mass_g <= least_g:
        raise CaseError(
            "rest_of_body.body_mass is not above the mass of the body that the CT shows",
            got=f"{mass_g / 1e3:.4g} kg",
            allowed=f"above {least_g / 1e3:.4g} kg",
            remedy="correct it",
        )
    if mass_g is None or not shares.cut_ends:
        more = mass_g is not None and _CT_MASS_SHARE * mass_g > in_ct.mass_g
        return in_ct, "the CT shows the whole body" + "; `body_mass` is above its mass" * more
    unseen = max(_injected_bq_s(work) - shares.decays, 0.0)
    per_decay_j = work.nuclide.electron_energy_mev * JOULE_PER_MEV
    stays_j = 0.5 * unseen * per_decay_j  # anything from none to all of it, as likely
    stays_uncertainty_j = unseen * per_decay_j / math.sqrt(12.0)
    energy_j = shares.body_j + shares.beyond_j + stays_j
    known_j = math.hypot(
        source * (shares.body_j + shares.beyond_j),
        shares.body_uncertainty_j,
        shares.beyond_uncertainty_j,
        shares.beyond_model_uncertainty_j,
        stays_uncertainty_j,
    )
    mass_kg = mass_g * 1e-3
    return (
        BodyDose(mass_g=mass_g, mean_dose_gy=energy_j / mass_kg, uncertainty_gy=known_j / mass_kg),
        "energy in the CT, photons beyond it by a cylinder, and half of the administered decays "
        f"that the images don't show ({unseen / _MBQ_H:.3g} MBq h), which may be none (excreted) "
        "or all",
    )


def _shown(unmeasured: Sequence[UnmeasuredDose]) -> tuple[str, ...]:
    return tuple(
        f"region '{organ.name}' is called unmeasured, but the image shows activity there that "
        f"would add {organ.shown_dose_gy:.2g} Gy, were it real and not blur or noise"
        for organ in unmeasured
        if organ.shown_dose_gy > _SHOWN * organ.uncertainty_gy
    )


def _account(shares: EnergyShares) -> EnergyAccount:
    return EnergyAccount(
        emitted_j=shares.emitted_j,
        in_body_j=shares.body_j,
        beyond_ct_j=shares.beyond_j,
        beyond_ct_uncertainty_j=math.hypot(
            shares.beyond_uncertainty_j, shares.beyond_model_uncertainty_j
        ),
        elsewhere_j=shares.elsewhere_j,
        escaped_j=shares.escaped_j,
    )


def _notes(shares: EnergyShares) -> tuple[str, ...]:
    count = len(shares.cut_ends)
    ends = (
        f"the CT cuts the body at {count} end{'s' * (count > 1)}; photons beyond are followed into "
        "a cylinder of the last slice's outline"
        if count
        else "neither end of the CT cuts the body"
    )
    return (
        f"Monte Carlo over voxels of about 5 mm, {shares.histories} electrons and "
        f"{shares.photons} photons, energy balance {shares.balance:.0e}; {ends}",
    )
