"""Which regions are made around injected lesions: deposits, rest, tract, border, rim."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case, DepositRecord, Injection, InjectionRegionOptions
from hevesy.errors import CaseError, RegionError
from hevesy.files import nearest
from hevesy.images import Region, Volume, coverage_share
from hevesy.segmentation import (
    NeedleTrack,
    dilate,
    find_deposits,
    find_overlaps,
    outline_border_layer,
    outline_rim,
    outline_tract,
    partition_regions,
)
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_masks import mask_on_grid
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session

__all__ = ["MADE_KINDS", "InjectionPlan", "is_made_name", "plan_injection_regions"]

MADE_KINDS = ("deposit", "rest of lesion", "needle tract", "border", "rim")
"""Kinds of the regions that are made, in the order in which they claim a voxel."""

OUTSIDE = "outside the lesion"
_TOUCHES_MM = 3.0  # a drawn organ leaves out its lesion; between the two outlines is a voxel or so
_OVERLAP_SHARE = 0.01  # of the smaller region: less is the rounding of two outlines to voxels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InjectionPlan:
    """Disjoint regions over all that was drawn.

    Parameters
    ----------
    made : tuple of PlannedRegion
        Kinds of `MADE_KINDS`.
    others : tuple of PlannedRegion
        What is left of every drawn region that was not injected.
    lesion_of : dict of str to str
        The lesion that each made region belongs to.
    masks : dict of str to Region
        The made ones, on the dose grid.
    deposits : tuple of DepositRecord
    warnings : tuple of str
    """

    made: tuple[PlannedRegion, ...]
    others: tuple[PlannedRegion, ...]
    lesion_of: dict[str, str]
    masks: dict[str, Region]
    deposits: tuple[DepositRecord, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Claim:
    """A region that wants voxels."""

    kind: str
    lesion: str
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scene:
    """All scans, and the dose grid."""

    case: Case
    sessions: Sequence[Session]
    frames: Frames
    reference: Volume


def is_made_name(name: str, lesions: Sequence[str]) -> bool:
    """Whether a drawn region has the name of one that is made, and so stands in its place.

    Examples
    --------
    >>> is_made_name("lesion: rim", ["lesion"]), is_made_name("liver", ["lesion"])
    (True, False)
    """
    return any(name.startswith(f"{lesion}: ") for lesion in lesions)


def plan_injection_regions(
    options: InjectionRegionOptions,
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    planned: Sequence[PlannedRegion],
    edited: Sequence[PlannedRegion],
    masks: Sequence[Region],
    reference: Volume,
) -> InjectionPlan:
    """Make the regions around every injected lesion, and let each voxel belong to one.

    First come the deposits within their lesion, then the rest of the lesions, the needle tracts,
    the organs' border layers, the rims, and last what was drawn. A deposit of which more than half
    lies outside its lesion is a region of its own there.

    Parameters
    ----------
    options : InjectionRegionOptions
    case : Case
    sessions : sequence of Session
    frames : Frames
    planned : sequence of PlannedRegion
        As drawn.
    edited : sequence of PlannedRegion
        Drawn regions that stand in the place of made ones, by their names.
    masks : sequence of Region
        `planned` on the dose grid.
    reference : Volume
        Its grid is the dose grid.

    Returns
    -------
    InjectionPlan

    Raises
    ------
    CaseError
        An organ is named that was not drawn, or an edited region is none that is made.
    RegionError
        A needle's point lies outside the CT, or no deposit can be found.
    """
    drawn = {mask.name: mask for mask in masks}
    _require_organs(options, planned)
    claims: list[_Claim] = []
    records: list[DepositRecord] = []
    notes: list[str] = []
    injections = sorted(_injections(case), key=lambda found: drawn[found[0].lesion].volume_ml)
    for injection, course in injections:
        lesion = next(region for region in planned if region.name == injection.lesion)
        tracts = _tracts(injection, options, reference)
        others = [r for r in planned if r.kind == "lesion" and r.name != lesion.name]
        found, recorded, said = _deposits(
            _Scene(case=case, sessions=sessions, frames=frames, reference=reference),
            lesion,
            course,
            drawn[lesion.name],
            tracts,
            others,
        )
        records += recorded
        notes += said
        claims += found
        around, said = _around(injection.lesion, options, planned, drawn)
        claims += [_Claim(kind="needle tract", lesion=lesion.name, region=t) for t in tracts]
        claims += around
        notes += said
    claims = _with_edits(claims, edited, frames, reference)
    claims.sort(key=_rank)
    injected = {claim.lesion for claim in claims}
    left = [mask for mask in masks if mask.name not in injected]
    left.sort(key=lambda mask: mask.volume_ml)
    notes += _overlaps(masks, {r.name for r in planned if r.kind == "lesion"})
    parts = partition_regions([claim.region for claim in claims] + left)
    kinds = {claim.region.name: claim for claim in claims}
    kind_of = {region.name: region.kind for region in planned}
    kept = {region.name: region for region in parts.regions}
    notes += [f"region '{name}' has no voxel of its own" for name in kinds if name not in kept]
    home = frames.reference

    def as_planned(region: Region, kind: str) -> PlannedRegion:
        return PlannedRegion(name=region.name, kind=kind, drawn=((home, region),))

    return InjectionPlan(
        made=tuple(as_planned(r, kinds[n].kind) for n, r in kept.items() if n in kinds),
        others=tuple(as_planned(r, kind_of[n]) for n, r in kept.items() if n not in kinds),
        lesion_of={name: claim.lesion for name, claim in kinds.items() if name in kept},
        masks={name: region for name, region in kept.items() if name in kinds},
        deposits=tuple(records),
        warnings=tuple(dict.fromkeys(notes)),
    )


def _rank(claim: _Claim) -> int:
    """Deposits within lesions, lesions, tracts, deposits outside, borders, rims."""
    if claim.kind == "deposit" and claim.region.name.endswith(OUTSIDE):
        return 5
    return 2 * MADE_KINDS.index(claim.kind)


def _injections(case: Case) -> list[tuple[Injection, int]]:
    """Each injected lesion once, with all its needles, and the first course that it had."""
    found: dict[str, tuple[Injection, int]] = {}
    for course, given in enumerate(case.administrations, start=1):
        for part in given.injections:
            if part.lesion in found:
                before, first = found[part.lesion]
                both = tuple(dict.fromkeys((*before.tracks_mm, *part.tracks_mm)))
                found[part.lesion] = (replace(before, tracks_mm=both), first)
            else:
                found[part.lesion] = (part, course)
    return list(found.values())


def _require_organs(options: InjectionRegionOptions, planned: Sequence[PlannedRegion]) -> None:
    names = [region.name for region in planned]
    for key in ("capsule_of", "downstream"):
        for name in getattr(options, key):
            if name not in names:
                near = nearest(name, names)
                raise CaseError(
                    f"options.injection_regions.{key} names a region that was not drawn",
                    got=name,
                    allowed=", ".join(names),
                    remedy=f'did you mean "{near}"?' if near else "use its name as its file has it",
                )


def _tracts(
    injection: Injection, options: InjectionRegionOptions, reference: Volume
) -> list[Region]:
    several = len(injection.tracks_mm) > 1
    return [
        outline_tract(
            NeedleTrack(points_mm=points),
            reference.grid,
            radius_mm=options.tract_radius_mm,
            name=f"{injection.lesion}: needle tract" + (f" {number}" if several else ""),
            frame_of_reference=reference.frame_of_reference,
        )
        for number, points in enumerate(injection.tracks_mm, start=1)
    ]


def _deposits(
    scene: _Scene,
    lesion: PlannedRegion,
    course: int,
    mask: Region,
    tracts: Sequence[Region],
    others: Sequence[PlannedRegion],
) -> tuple[list[_Claim], list[DepositRecord], list[str]]:
    """Hot spots on the first scan after the injection, in the lesion and along the needle."""
    index = next((i for i, s in enumerate(scene.sessions) if s.course == course), None)
    if index is None:
        note = f"no scan follows the injection into '{lesion.name}': no deposits were looked for"
        return [_rest(lesion.name, mask)], [], [note]
    session = scene.sessions[index]
    fwhm_mm = scene.case.options.resolution_fwhm_mm or 0.0
    found = find_deposits(
        session.spect,
        within=_search(scene, index, lesion, tracts, others, fwhm_mm),
        fwhm_mm=fwhm_mm,
        name=f"{lesion.name}: depot",
    )
    claims, records, notes = [], [], []
    for deposit in found:
        placed = PlannedRegion(
            name=deposit.region.name, kind="deposit", drawn=((index, deposit.region),)
        )
        whole = mask_on_grid(placed, scene.frames, scene.reference)
        inside = float(np.count_nonzero(whole.mask & mask.mask)) / np.count_nonzero(whole.mask)
        within = inside >= 0.5
        kept = whole.mask & mask.mask if within else whole.mask & ~mask.mask
        name = deposit.region.name if within else f"{deposit.region.name} {OUTSIDE}"
        region = Region(
            name=name, mask=kept, grid=whole.grid, frame_of_reference=whole.frame_of_reference
        )
        claims.append(_Claim(kind="deposit", lesion=lesion.name, region=region))
        x, y, z = scene.frames.to_scan[index].inverse().apply(deposit.peak_mm).tolist()
        records.append(
            DepositRecord(
                name=name,
                lesion=lesion.name,
                scan=session.scan,
                volume_ml=deposit.region.volume_ml,
                inside_share=inside,
                peak_mm=(x, y, z),
                threshold_share=deposit.threshold_share,
                resolved=deposit.resolved,
            )
        )
        notes += _doubts(name, inside, resolved=deposit.resolved, fwhm_mm=fwhm_mm)
    return [*claims, _rest(lesion.name, mask)], records, notes


def _doubts(name: str, inside: float, *, resolved: bool, fwhm_mm: float) -> list[str]:
    notes = []
    if not resolved:
        notes.append(
            f"'{name}' is smaller across than {1.3 * fwhm_mm:.3g} mm (1.3 FWHM): the image does "
            "not tell its size, and its concentration and dose with it"
        )
    if inside < 0.5:
        notes.append(f"'{name}': {100 * (1 - inside):.0f} % of the deposit lies outside its lesion")
    return notes


def _rest(lesion: str, mask: Region) -> _Claim:
    return _Claim(
        kind="rest of lesion", lesion=lesion, region=replace(mask, name=f"{lesion}: rest")
    )


def _search(
    scene: _Scene,
    index: int,
    lesion: PlannedRegion,
    tracts: Sequence[Region],
    others: Sequence[PlannedRegion],
    fwhm_mm: float,
) -> Region:
    """One FWHM around the lesion and along the needle, but in no other lesion."""
    grid = scene.sessions[index].spect.grid

    def voxels(region: PlannedRegion) -> NDArray[np.bool_]:
        drawn, transform = region.on(index, scene.frames)
        share = coverage_share(drawn, grid, transform=transform, least_inside_share=0.0)
        return np.asarray(share >= min(0.5, float(share.max())))

    wide = dilate(Region(name=lesion.name, mask=voxels(lesion), grid=grid), fwhm_mm).mask.copy()
    to_reference = scene.frames.to_scan[index].inverse()
    for tract in tracts:
        wide |= coverage_share(tract, grid, transform=to_reference, least_inside_share=0.0) > 0
    for other in others:
        wide &= ~voxels(other)
    return Region(name=f"around {lesion.name}", mask=wide, grid=grid)


def _around(
    lesion: str,
    options: InjectionRegionOptions,
    planned: Sequence[PlannedRegion],
    drawn: dict[str, Region],
) -> tuple[list[_Claim], list[str]]:
    """Border layers of organs, and the rim."""
    mask = drawn[lesion]
    near = dilate(mask, _TOUCHES_MM + max(mask.grid.spacing_mm))
    organs = list(options.capsule_of) or [
        region.name
        for region in planned
        if region.kind == "organ" and (near.mask & drawn[region.name].mask).any()
    ]
    lesions = [drawn[r.name] for r in planned if r.kind == "lesion" and r.name != lesion]
    claims, notes = [], []
    for organ in organs:
        try:
            layer = outline_border_layer(
                drawn[organ],
                thickness_mm=options.capsule_mm,
                near=mask,
                within_mm=options.capsule_reach_mm,
                part_of_organ=lesions,
                name=f"{lesion}: border of {organ}",
            )
        except RegionError:
            notes.append(
                f"no border of '{organ}' lies within {options.capsule_reach_mm:g} mm of '{lesion}'"
            )
            continue
        claims.append(_Claim(kind="border", lesion=lesion, region=layer))
    rim = outline_rim(mask, outside_mm=options.rim_mm, name=f"{lesion}: rim")
    return [*claims, _Claim(kind="rim", lesion=lesion, region=rim)], notes


def _with_edits(
    claims: Sequence[_Claim],
    edited: Sequence[PlannedRegion],
    frames: Frames,
    reference: Volume,
) -> list[_Claim]:
    """Put regions that a reader has drawn anew in the place of those of their name."""
    made = {claim.region.name: n for n, claim in enumerate(claims)}
    result = list(claims)
    for region in edited:
        if region.name not in made:
            near = nearest(region.name, list(made))
            raise CaseError(
                "a drawn region has the name of one that is made of an injection, but none such "
                "is made here",
                got=region.name,
                allowed=", ".join(made),
                remedy=f'did you mean "{near}"?' if near else "rename it, or leave it out",
            )
        place = made[region.name]
        result[place] = replace(result[place], region=mask_on_grid(region, frames, reference))
    return result


def _overlaps(masks: Sequence[Region], lesions: set[str]) -> list[str]:
    """Drawings that contradict each other; a lesion within an organ is meant."""
    return [
        f"regions '{found.first}' and '{found.second}' share {found.volume_ml:.3g} mL: around the "
        "injections it is counted once, in the smaller of the two"
        for found in find_overlaps(masks)
        if found.smaller_share > _OVERLAP_SHARE
        and (found.first in lesions) == (found.second in lesions)
    ]
