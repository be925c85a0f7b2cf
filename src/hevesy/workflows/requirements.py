"""What scans and options must have for a curve, refused before any work is done."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hevesy.case import Case
from hevesy.errors import CaseError, TimeError
from hevesy.nuclides import Nuclide
from hevesy.workflows.session import Session

__all__ = ["LEAST_SCANS", "require_curves_possible", "unused_options"]

# As many scans as the curve has parameters.
LEAST_SCANS: Mapping[str, int] = {
    "mono": 2, "bi": 4, "tri": 6, "bi-uptake": 3, "trapezoid": 1, "prior": 1,
}  # fmt: skip
_HALF_LIFE = 'effective_half_life = "14 h" and effective_half_life_uncertainty = "2 h" in [options]'


def require_curves_possible(case: Case, sessions: Sequence[Session], nuclide: Nuclide) -> None:
    """Refuse a case whose scans can't give the curves that it asks for.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
        In order of time.
    nuclide : Nuclide
        For its half-life.

    Raises
    ------
    CaseError
        An administration that no scan follows; a single scan without an effective half-life, or
        fewer scans than every curve asked for needs; a half-life above the physical one.
    """
    _require_half_life(case, nuclide)
    for course in range(1, len(case.administrations) + 1):
        chosen = [session for session in sessions if session.course == course]
        where = f"administration {course}"
        if not chosen:
            raise CaseError(
                "an administration is followed by no scan",
                got=where,
                remedy="add its [[scan]], or leave the administration out",
            )
        _require_distinct_times(chosen)
        if len(chosen) == 1 and case.options.effective_half_life_s is None:
            raise CaseError(
                f"one scan after {where} can't tell how fast activity leaves",
                got="1 scan and no effective half-life",
                remedy=f"set {_HALF_LIFE}, or add a [[scan]]",
            )
        _require_enough_scans(case, len(chosen), where)


def _require_half_life(case: Case, nuclide: Nuclide) -> None:
    given_s = case.options.effective_half_life_s
    if given_s is not None and given_s > nuclide.half_life_s * (1 + 1e-9):
        raise CaseError(
            "options.effective_half_life is longer than the physical half-life",
            got=f"{given_s / 3600:.4g} h",
            allowed=f"at most {nuclide.half_life_s / 3600:.4g} h ({nuclide.name})",
            remedy="correct it; it includes physical decay",
        )


def _require_distinct_times(chosen: Sequence[Session]) -> None:
    for before, after in pairwise(chosen):
        if before.start == after.start:
            raise TimeError(
                f"scans {before.scan} and {after.scan} begin at the same moment",
                got=f"{after.hours_after_administration:.4g} h after the administration",
                remedy="is it the same scan twice? Leave one out, or correct its `time`",
            )


def _require_enough_scans(case: Case, count: int, where: str) -> None:
    asked = case.options.fit_models
    if asked and count < min(LEAST_SCANS[name] for name in asked):
        raise CaseError(
            f"options.fit asks for a curve that the scans after {where} can't give",
            got=f"{count} scan{'s' * (count > 1)} for {', '.join(asked)}",
            allowed="; ".join(f"{name}: {LEAST_SCANS[name]} or more" for name in asked),
            remedy="name a simpler curve, or leave `fit` out",
        )
    if asked == ("trapezoid",) and case.options.tail == "last-two" and count < 2:
        raise CaseError(
            'options.tail = "last-two" needs two scans',
            got=f"{count} scan after {where}",
            remedy='set tail = "physical"',
        )


def unused_options(case: Case, sessions: Sequence[Session]) -> tuple[str, ...]:
    """Say which options about curves and injections are given and change nothing.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session

    Returns
    -------
    tuple of str
        Warnings.
    """
    options = case.options
    courses = [session.course for session in sessions]
    found = []
    wanted = options.fit_models == ("prior",) or any(courses.count(c) == 1 for c in courses)
    if options.effective_half_life_s is not None and not wanted:
        found.append(
            "options.effective_half_life is not used: there are scans to measure it "
            '(`fit = ["prior"]` takes the one given)'
        )
    if options.tail != "physical" and options.fit_models != ("trapezoid",):
        found.append(f'options.tail = "{options.tail}" is not used: only a trapezoid has a tail')
    needles = any(part.tracks_mm for given in case.administrations for part in given.injections)
    if needles and options.injection_regions is None:
        found.append(
            "the injections' needle tracks are not used: [options.injection_regions] makes regions "
            "of them"
        )
    return tuple(found)
