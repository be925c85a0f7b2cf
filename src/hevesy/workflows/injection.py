"""All that is found around injections: regions, deposits, leakage."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.case import Case, InjectionFindings, RegionResult
from hevesy.images import Region
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.workflows.dosemap import MappedDose
from hevesy.workflows.frames import Frames
from hevesy.workflows.injection_plan import is_made_name, plan_injection_regions
from hevesy.workflows.injection_results import assemble_made, measure_made
from hevesy.workflows.leakage import leakage_courses
from hevesy.workflows.offsets import find_offsets
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session

__all__ = ["InjectionWork", "find_injections", "without_edited"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InjectionWork:
    """What a case's result says of its injections.

    Parameters
    ----------
    findings : InjectionFindings or None
    regions : tuple of RegionResult
    masks : tuple of Region
        On the dose grid, in the same order.
    """

    findings: InjectionFindings | None = None
    regions: tuple[RegionResult, ...] = ()
    masks: tuple[Region, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of them."""
        return () if self.findings is None else self.findings.warnings


def without_edited(
    case: Case, planned: Sequence[PlannedRegion]
) -> tuple[tuple[PlannedRegion, ...], tuple[PlannedRegion, ...]]:
    """Part the drawn regions from those that a reader has drawn in the place of made ones.

    Parameters
    ----------
    case : Case
    planned : sequence of PlannedRegion

    Returns
    -------
    drawn, edited : tuple of PlannedRegion
        The second is empty where the case makes no regions: then all are as drawn.
    """
    if case.options.injection_regions is None:
        return tuple(planned), ()
    lesions = [part.lesion for given in case.administrations for part in given.injections]
    edited = tuple(r for r in planned if r.name not in lesions and is_made_name(r.name, lesions))
    return tuple(r for r in planned if r not in edited), edited


def find_injections(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    planned: Sequence[PlannedRegion],
    edited: Sequence[PlannedRegion],
    masks: Sequence[Region],
    regions: Sequence[RegionResult],
    mapped: MappedDose,
    nuclide: Nuclide,
    *,
    control: Control,
) -> InjectionWork:
    """Make the regions around injections, measure them, and follow what leaks.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    frames : Frames
    planned, edited : sequence of PlannedRegion
        As `without_edited` gives them.
    masks : sequence of Region
        `planned` on the dose grid.
    regions : sequence of RegionResult
        Theirs.
    mapped : MappedDose
    nuclide : Nuclide
    control : Control

    Returns
    -------
    InjectionWork
        Empty where the case does not ask.
    """
    options = case.options.injection_regions
    if options is None:
        return InjectionWork()
    control.stage("following the injections")
    plan = plan_injection_regions(
        options, case, sessions, frames, planned, edited, masks, mapped.density
    )
    work = measure_made(case, sessions, frames, plan, nuclide, control=control)
    by_name = {region.name: region for region in regions}
    made = []
    for region in plan.made:
        lesion = by_name[plan.lesion_of[region.name]]
        relative = lesion.tia_uncertainty_mbq_h / lesion.tia_mbq_h if lesion.tia_mbq_h > 0 else 1.0
        made.append(
            assemble_made(
                region,
                plan.masks[region.name],
                work,
                case,
                sessions,
                mapped,
                nuclide,
                source_relative_uncertainty=relative,
            )
        )
    courses, doubts = leakage_courses(case, sessions, plan, work, regions, made, nuclide)
    return InjectionWork(
        findings=InjectionFindings(
            deposits=plan.deposits,
            leakage=courses,
            offsets=find_offsets(case, sessions, frames, planned),
            warnings=tuple(dict.fromkeys((*plan.warnings, *work.warnings, *doubts))),
        ),
        regions=tuple(made),
        masks=tuple(plan.masks[region.name] for region in plan.made),
    )
