"""From scans in memory to a patient's result: every stage in its order, nothing read or written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hevesy.case import (
    AdministrationSummary,
    Case,
    CaseResult,
    PartialVolume,
    RegionResult,
    RestOfBodyResult,
)
from hevesy.errors import CaseError
from hevesy.images import HuDensityTable, Region
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.provenance import Provenance
from hevesy.timeactivity import KineticsPrior
from hevesy.workflows.biodistribution import with_biodistribution
from hevesy.workflows.curves import CourseFits, fit_courses
from hevesy.workflows.dosemap import MappedDose, density_of, map_dose
from hevesy.workflows.engines import engine_data_sets
from hevesy.workflows.frames import TAKEN_AS_COMMON, Frames, bring_into_one_frame
from hevesy.workflows.injection import find_injections, without_edited
from hevesy.workflows.masses import follow_masses
from hevesy.workflows.measure import MeasuredRegion, measure_case
from hevesy.workflows.monitor import resolve_prior
from hevesy.workflows.offsets import with_estimated_mismatch
from hevesy.workflows.region_masks import mask_on_grid
from hevesy.workflows.region_plan import PlannedRegion, plan_regions
from hevesy.workflows.region_results import RegionWork, assemble_region
from hevesy.workflows.region_uncertainty import drawn_border_mm
from hevesy.workflows.requirements import require_curves_possible, unused_options
from hevesy.workflows.rest_of_body import RestWork, dose_rest_of_body, split_unmeasured
from hevesy.workflows.scan_pictures import picture_scans
from hevesy.workflows.session import Session, said_once

__all__ = ["compute_case"]


def compute_case(
    case: Case,
    sessions: Sequence[Session],
    nuclide: Nuclide,
    provenance: Provenance,
    *,
    hu_table: HuDensityTable | None = None,
    prior: KineticsPrior | None = None,
    control: Control = SILENT,
) -> CaseResult:
    """Compute one patient's doses from scans that have been read.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
        In order of time.
    nuclide : Nuclide
    provenance : Provenance
        Goes into the result.
    hu_table : HuDensityTable or None
        The site's own CT calibration.
    prior : KineticsPrior or None
        What the case's `prior_file` holds.
    control : Control

    Returns
    -------
    CaseResult

    Raises
    ------
    CaseError
        Options that name regions which these scans don't have.
    """
    case = _with_calibration(case, sessions)
    expected = resolve_prior(case.options.prior, prior)
    require_curves_possible(case, sessions, nuclide)
    control.stage("bringing the scans into one frame")
    frames = bring_into_one_frame(sessions, control=control)
    reference = sessions[frames.reference]
    density = density_of(case, reference, hu_table)
    drawn, far = split_unmeasured(plan_regions(case, sessions, frames), case, reference.ct)
    planned, edited = without_edited(case, drawn)
    sessions = with_estimated_mismatch(case, sessions, frames, planned)
    _require_known_regions(case, [region.name for region in planned])
    control.stage("measuring the regions")
    measured, doubts = measure_case(case, sessions, frames, planned, nuclide, control=control)
    fitted = {
        region.name: fit_courses(case, sessions, measured, nuclide, region.name, region.kind)
        for region in planned
    }
    masks = [mask_on_grid(region, frames, density) for region in planned]
    mapped = map_dose(
        case, sessions, frames, planned, fitted, nuclide, density, masks, control=control
    )
    regions = _assemble_regions(
        case,
        sessions,
        frames,
        planned,
        masks,
        measured,
        fitted,
        mapped,
        nuclide,
        expected,
        control=control,
    )
    around = find_injections(
        case, sessions, frames, planned, edited, masks, regions, mapped, nuclide, control=control
    )
    masses, changed = follow_masses(case, sessions, planned, fitted, regions, hu_table)
    unseen = [mask_on_grid(region, frames, density) for region in far]
    rest, unsaid = _rest(case, nuclide, reference, mapped, regions, masks, unseen, control)
    warnings = [*_case_warnings(case, sessions), *_frame_warnings(frames)]
    warnings += [*unsaid, *doubts, *changed, *mapped.warnings, *around.warnings]
    warnings += said_once([text for session in sessions for text in session.warnings])
    result = CaseResult(
        **_described(case, mapped, provenance, nuclide),
        regions=regions,
        anatomy=reference.ct,
        activity=reference.spect,
        masks=tuple(masks),
        registrations=frames.records,
        pictures=picture_scans(sessions, frames),
        warnings=tuple(dict.fromkeys(warnings)),
        injection=around.findings,
        injection_regions=around.regions,
        injection_masks=around.masks,
        masses=masses,
        rest_of_body=rest,
    )
    return with_biodistribution(result, case, sessions, frames, planned, measured, fitted, nuclide)


def _described(
    case: Case, mapped: MappedDose, provenance: Provenance, nuclide: Nuclide
) -> dict[str, Any]:
    """What the result holds of case and dose map as they are."""
    return {
        "patient": case.patient,
        "nuclide": case.nuclide,
        "agent": case.agent,
        "timezone": case.timezone,
        "administrations": _administrations(case),
        "resolution_fwhm_mm": case.options.resolution_fwhm_mm,
        "method": mapped.found.method,
        "method_reason": mapped.found.reason,
        "method_notes": (mapped.dose.method, *mapped.dose.notes),
        "comparison": mapped.found.comparison,
        "restored": mapped.found.restored,
        "dose": mapped.dose.dose,
        "provenance": replace(
            provenance,
            data_sets=engine_data_sets((mapped.found.method, *case.options.compare), nuclide),
        ),
    }


def _assemble_regions(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    planned: Sequence[PlannedRegion],
    masks: Sequence[Region],
    measured: Sequence[Mapping[str, MeasuredRegion]],
    fitted: Mapping[str, CourseFits],
    mapped: MappedDose,
    nuclide: Nuclide,
    prior: KineticsPrior | None,
    *,
    control: Control,
) -> tuple[RegionResult, ...]:
    """Bring every drawn region's figures together."""
    control.stage("bringing the figures together")
    borders_mm = {r.name: drawn_border_mm(r, sessions, case.options) for r in planned}
    regions: list[RegionResult] = []
    for number, (region, mask) in enumerate(zip(planned, masks, strict=True), start=1):
        work = RegionWork(
            region=region,
            mask=mask,
            measured=tuple(found[region.name] for found in measured),
            curves=fitted[region.name],
            borders_mm=borders_mm,
            energy_ratio=mapped.ratio_of(number - 1),
            transport_relative_uncertainty=mapped.found.transport_relative_uncertainty[number - 1],
            prior=prior,
        )
        regions.append(assemble_region(work, case, sessions, frames, mapped, nuclide))
        control.advance(number, len(planned))
    return tuple(regions)


def _rest(
    case: Case,
    nuclide: Nuclide,
    reference: Session,
    mapped: MappedDose,
    regions: Sequence[RegionResult],
    masks: Sequence[Region],
    unmeasured: Sequence[Region],
    control: Control,
) -> tuple[RestOfBodyResult | None, tuple[str, ...]]:
    """What else got dose, from the decays that the map rests on."""
    work = RestWork(
        case=case,
        nuclide=nuclide,
        ct=reference.ct,
        density=mapped.density,
        tia=mapped.found.tia,
        regions=tuple(regions),
        masks=tuple(masks),
        unmeasured=tuple(unmeasured),
        without_photons=mapped.found.method == "local",
    )
    return dose_rest_of_body(work, control=control)


def _require_known_regions(case: Case, names: Sequence[str]) -> None:
    options = case.options
    asked = [name for name, _ in options.region_density_g_cm3]
    asked += [name for model in options.radiobiology for name in model.regions]
    for name in asked:
        if name not in names:
            raise CaseError(
                "an option names a region that the case does not have",
                got=name,
                allowed=", ".join(names),
                remedy="use the region's name as its file has it",
            )


def _case_warnings(case: Case, sessions: Sequence[Session]) -> list[str]:
    found = list(unused_options(case, sessions))
    if any(given.kind.value == "gross" for given in case.administrations):
        found.append("the administered activity is gross, not net: no residual was taken off")
    if case.options.partial_volume is PartialVolume.NONE:
        found.append(
            "no partial-volume correction: activity that blur carries out of a region is not in "
            "its figures, and small regions lose most"
        )
    options = case.options
    by_curve = options.partial_volume is PartialVolume.RECOVERY_CURVE
    if by_curve and options.recovery_relative_uncertainty == 0:
        found.append(
            "the recovery curve's uncertainty is not stated, and not in the figures: state "
            "`uncertainty` in recovery_curve"
        )
    if case.options.resolution_fwhm_mm is None:
        found.append("the image resolution is not stated: no DVH figure can be called valid")
    return found


def _frame_warnings(frames: Frames) -> list[str]:
    scans = [str(record.scan) for record in frames.records if record.method == TAKEN_AS_COMMON]
    if not scans:
        return []
    return [
        f"scan {', '.join(scans)}: files without a frame of reference were not registered; their "
        'coordinates are taken as common (`registration = "rigid"` in a [[scan]] registers it)'
    ]


def _administrations(case: Case) -> tuple[AdministrationSummary, ...]:
    return tuple(
        AdministrationSummary(
            course=number,
            activity_mbq=given.activity_bq / 1e6,
            activity_uncertainty_mbq=(
                None
                if given.activity_relative_uncertainty is None
                else given.activity_relative_uncertainty * given.activity_bq / 1e6
            ),
            kind=given.kind.value,
            time=given.time,
            route=given.route.value,
            lesions=tuple((part.lesion, part.activity_bq / 1e6) for part in given.injections),
        )
        for number, given in enumerate(case.administrations, start=1)
    )


def _with_calibration(case: Case, sessions: Sequence[Session]) -> Case:
    """What the scans' calibration records say, where the case itself says nothing.

    One record may serve all scans, so its error is common to them; of several the largest stands.
    """
    known = [
        session.calibration_relative_uncertainty
        for session in sessions
        if session.calibration_relative_uncertainty is not None
    ]
    if case.options.calibration_relative_uncertainty is not None or not known:
        return case
    return replace(case, options=replace(case.options, calibration_relative_uncertainty=max(known)))
