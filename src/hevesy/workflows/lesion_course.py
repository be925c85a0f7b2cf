"""`hevesy trial lesion`: one lesion at baseline and at each follow-up, registered and measured."""

import csv
import io
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hevesy.errors import RegionError
from hevesy.files import (
    PlannedVisit,
    read_lesion_course,
    staged_output,
)
from hevesy.images import (
    Region,
    RigidTransform,
    Volume,
    coverage_share,
)
from hevesy.progress import SILENT, Control
from hevesy.registration import register_rigid
from hevesy.report.lesion_course_figure import LesionPicture, draw_lesion_course
from hevesy.segmentation import (
    LesionDensity,
    LesionDiameters,
    measure_density,
    measure_diameters,
)
from hevesy.trial import ChoiResponse, assess_choi
from hevesy.workflows.ct_files import CtFile, read_ct_file, read_outlines

__all__ = ["LesionFollowUp", "LesionVisitMeasured", "course_answer", "run_lesion_course"]

_OUTPUTS = ("lesion.svg", "lesion.png", "lesion.json", "lesion.csv")
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionVisitMeasured:
    """A lesion at one visit.

    Parameters
    ----------
    name : str
    day : int
    own_outline : bool
        Drawn on this visit's CT; else the baseline's outline was moved, and nothing is measured but
        the density under it.
    diameters : LesionDiameters or None
    density : LesionDensity
    merit : float or None
        Of the registration to the baseline (correlation of the two CTs, 1 at best); None for the
        baseline and for CTs of one frame of reference.
    shift_mm : float
        How far the registration moved the middle of the field.
    choi : ChoiResponse or None
        Against the baseline; None for the baseline itself, and without an outline.
    """

    name: str
    day: int
    own_outline: bool
    diameters: LesionDiameters | None
    density: LesionDensity
    merit: float | None
    shift_mm: float
    choi: ChoiResponse | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionFollowUp:
    """A lesion's visits, and where their picture lies.

    Parameters
    ----------
    lesion : str
    visits : tuple of LesionVisitMeasured
    warnings : tuple of str
    folder : Path
    """

    lesion: str
    visits: tuple[LesionVisitMeasured, ...]
    warnings: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    plan: PlannedVisit
    ct: Volume
    outline: Region | None
    to_ct: RigidTransform
    merit: float | None


def run_lesion_course(file: Path, out: Path, *, control: Control = SILENT) -> LesionFollowUp:
    """Register, measure and draw a lesion's visits.

    Parameters
    ----------
    file : Path
        See `hevesy.files.read_lesion_course`.
    out : Path
        Folder; gets lesion.svg, lesion.png (300 dots an inch), lesion.json and lesion.csv.
    control : Control

    Returns
    -------
    LesionFollowUp

    Raises
    ------
    ImageFileError
        A DICOM outline without its DICOM CT (from `read_outlines`).
    RegionError
        The outline's file has several regions and none was named, or not the one that was.
    RegistrationError
        A follow-up can't be brought onto the baseline (from `register_rigid`).

    Examples
    --------
    >>> run_lesion_course(Path("no-such-file.toml"), Path("out"))
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: the lesion's file can't be read: got 'no-such-file.toml'; ...
    """
    plan = read_lesion_course(file)
    seen: list[_Seen] = []
    for number, visit in enumerate(plan.visits):
        control.stage(f"reading {visit.name}")
        seen.append(_read(visit, seen[0] if seen else None))
        control.advance(number + 1, len(plan.visits))
    pictures, measured, warnings = _measure(seen)
    control.stage("drawing")
    svg, png = draw_lesion_course(pictures, title=plan.lesion, window_hu=plan.window_hu)
    course = LesionFollowUp(
        lesion=plan.lesion, visits=tuple(measured), warnings=tuple(warnings), folder=out
    )
    with staged_output(out, owned=_OUTPUTS) as staged:
        answer = json.dumps(course_answer(course), indent=2) + "\n"
        contents = (svg, png, answer.encode(), _csv(course).encode())
        staged.write_all(dict(zip(_OUTPUTS, contents, strict=True)))
    return course


def _read(visit: PlannedVisit, baseline: _Seen | None) -> _Seen:
    read = read_ct_file(visit.ct)
    ct = read.volume
    drawn = visit.outline
    outline = None if drawn is None else _outline(drawn, visit, read)
    transform, merit = RigidTransform.identity(), None
    if baseline is not None and not _one_frame(baseline.ct, ct):
        found = register_rigid(ct, baseline.ct)
        transform, merit = found.transform, found.figure_of_merit
    return _Seen(plan=visit, ct=ct, outline=outline, to_ct=transform, merit=merit)


def _one_frame(one: Volume, other: Volume) -> bool:
    return one.frame_of_reference is not None and one.frame_of_reference == other.frame_of_reference


def _outline(path: Path, visit: PlannedVisit, ct: CtFile) -> Region:
    regions, _ = read_outlines(path, ct, instead="the outline as a mask")
    named = [r for r in regions if visit.region in (None, r.name)]
    if len(named) != 1:
        raise RegionError(
            f"which region is the lesion at '{visit.name}'?",
            got=visit.region or f"{len(regions)} regions and no name",
            allowed=", ".join(r.name for r in regions),
            remedy="name it by `region`",
        )
    return _on_grid(named[0], ct.volume, RigidTransform.identity())


def _on_grid(region: Region, ct: Volume, to_region: RigidTransform) -> Region:
    """The region's voxels on a CT's grid: those of which it fills half or more."""
    if region.grid.matches(ct.grid) and to_region.is_identity():
        return region
    share = coverage_share(region, ct.grid, transform=to_region)
    return Region(name=region.name, mask=share >= 0.5, grid=ct.grid)


def _outline_here(visit: _Seen, baseline: _Seen) -> Region:
    """The visit's outline; without one, the baseline's, moved onto the visit's CT."""
    if visit.outline is not None:
        return visit.outline
    if baseline.outline is None:
        raise RegionError("the baseline has no outline", remedy="give it by `outline`")
    return _on_grid(baseline.outline, visit.ct, visit.to_ct.inverse())


def _measure(
    seen: list[_Seen],
) -> tuple[list[LesionPicture], list[LesionVisitMeasured], list[str]]:
    pictures: list[LesionPicture] = []
    measured: list[LesionVisitMeasured] = []
    warnings: list[str] = []
    for visit in seen:
        own = visit.outline is not None
        outline = _outline_here(visit, seen[0])
        diameters = measure_diameters(outline) if own else None
        density = measure_density(visit.ct, outline)
        first = measured[0] if measured else None
        choi = _choi(first, diameters, density)
        middle = visit.ct.grid.to_world_mm([(n - 1) / 2 for n in visit.ct.grid.shape])
        measured.append(
            LesionVisitMeasured(
                name=visit.plan.name,
                day=visit.plan.day,
                own_outline=own,
                diameters=diameters,
                density=density,
                merit=visit.merit,
                shift_mm=visit.to_ct.shift_mm(middle),
                choi=choi,
            )
        )
        pictures.append(
            LesionPicture(
                name=visit.plan.name,
                day=visit.plan.day,
                ct=visit.ct,
                to_ct=visit.to_ct,
                outline=outline,
                own_outline=own,
                diameters=diameters,
                density=density,
                injection_mm=visit.plan.injection_mm,
                changes=("baseline",) if first is None else _changes(choi),
            )
        )
        if not own:
            warnings.append(
                f"{visit.plan.name}: no outline of its own; the baseline's was moved onto it by "
                "the registration, so no size is given"
            )
    thick = max(s.ct.grid.spacing_mm[0] for s in seen)
    if thick > 5:
        warnings.append(f"slices are up to {thick:.1f} mm apart; RECIST 1.1 asks for 5 mm or less")
    return pictures, measured, warnings


def _exact(value: float) -> Decimal:
    return Decimal(str(value)).quantize(_TENTH)


def _choi(
    first: LesionVisitMeasured | None, diameters: LesionDiameters | None, density: LesionDensity
) -> ChoiResponse | None:
    if first is None or first.diameters is None or diameters is None:
        return None
    return assess_choi(
        baseline_mm=_exact(first.diameters.longest_mm),
        size_mm=_exact(diameters.longest_mm),
        baseline_hu=_exact(first.density.mean_hu),
        density_hu=_exact(density.mean_hu),
    )


def _changes(choi: ChoiResponse | None) -> tuple[str, ...]:
    if choi is None:
        return ()
    size, density = choi.size_change_percent, choi.density_change_percent
    said = []
    if size is not None:
        said.append(f"size {size:+.1f} %")
    if density is not None:
        said.append(f"density {density:+.1f} %")
    return (", ".join(said), f"Choi: {choi.category}")


def course_answer(course: LesionFollowUp) -> dict[str, Any]:
    """Give a lesion's course as plain values, as `--json` and lesion.json have it.

    Examples
    --------
    >>> course_answer(LesionFollowUp(lesion="L1", visits=(), warnings=(), folder=Path("out")))
    {'lesion': 'L1', 'visits': [], 'warnings': []}
    """
    return {
        "lesion": course.lesion,
        "visits": [_answer(visit) for visit in course.visits],
        "warnings": list(course.warnings),
    }


def _answer(visit: LesionVisitMeasured) -> dict[str, Any]:
    d, choi = visit.diameters, visit.choi
    return {
        "visit": visit.name,
        "day": visit.day,
        "own_outline": visit.own_outline,
        "longest_mm": None if d is None else round(d.longest_mm, 2),
        "short_axis_mm": None if d is None else round(d.short_axis_mm, 2),
        "diameter_uncertainty_mm": None if d is None else round(d.uncertainty_mm, 2),
        "volume_ml": round(visit.density.volume_ml, 3) if visit.own_outline else None,
        "mean_hu": round(visit.density.mean_hu, 2),
        "spread_hu": round(visit.density.spread_hu, 2),
        "percentiles_hu": [round(v, 2) for v in visit.density.percentiles_hu],
        "registration_merit": None if visit.merit is None else round(visit.merit, 4),
        "registration_shift_mm": round(visit.shift_mm, 2),
        "size_change_percent": None if choi is None else _number(choi.size_change_percent),
        "density_change_percent": None if choi is None else _number(choi.density_change_percent),
        "choi": None if choi is None else choi.category,
        "choi_reason": None if choi is None else choi.reason,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 2)


def _csv(course: LesionFollowUp) -> str:
    rows = [_answer(visit) for visit in course.visits]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    columns = [key for key in rows[0] if key != "percentiles_hu"]
    writer.writerow(["lesion", *columns])
    for row in rows:
        writer.writerow([course.lesion, *("" if row[key] is None else row[key] for key in columns)])
    return buffer.getvalue()
