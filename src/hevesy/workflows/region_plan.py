"""Which regions a case has, and where each of them was drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.case import Case
from hevesy.errors import RegionError
from hevesy.files import nearest
from hevesy.images import Region, RigidTransform
from hevesy.workflows.frames import Frames
from hevesy.workflows.session import Session

__all__ = ["PlannedRegion", "plan_regions"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedRegion:
    """A region and the scans it was drawn on.

    Parameters
    ----------
    name : str
    kind : str
        ``"lesion"`` or ``"organ"``.
    drawn : tuple of (int, Region)
        Index of the session and the region as drawn there; the first is its home.
    """

    name: str
    kind: str
    drawn: tuple[tuple[int, Region], ...]

    @property
    def home(self) -> tuple[int, Region]:
        """Where its volume, mass and dose are taken."""
        return self.drawn[0]

    def on(self, index: int, frames: Frames) -> tuple[Region, RigidTransform]:
        """Give the region for one session and the transform from that session's world to its own.

        A region drawn on that session is used as drawn; otherwise its home's, moved.
        """
        for drawn_on, region in self.drawn:
            if drawn_on == index:
                return region, RigidTransform.identity()
        home, region = self.home
        to_reference = frames.to_scan[index].inverse()
        return region, frames.to_scan[home].compose(to_reference)


def plan_regions(
    case: Case, sessions: Sequence[Session], frames: Frames
) -> tuple[PlannedRegion, ...]:
    """Collect the regions of all scans by name; the reference scan's drawing is preferred as home.

    Parameters
    ----------
    case : Case
        For the lesions that were injected.
    sessions : sequence of Session
    frames : Frames

    Returns
    -------
    tuple of PlannedRegion
        Lesions first, then as they were met.

    Raises
    ------
    RegionError
        No region, a name twice on one scan, or an injected lesion that was not drawn.
    """
    by_name: dict[str, list[tuple[int, Region]]] = {}
    order = sorted(range(len(sessions)), key=lambda i: (i != frames.reference, i))
    for index in order:
        seen: set[str] = set()
        for region in sessions[index].structures:
            if region.name in seen:
                raise RegionError(
                    f"scan {sessions[index].scan} has two regions of one name",
                    got=region.name,
                    remedy="rename one of them, or leave one structure file out",
                )
            seen.add(region.name)
            by_name.setdefault(region.name, []).append((index, region))
    if not by_name:
        raise RegionError(
            "the case has no regions",
            remedy="name an RTSTRUCT, SEG or label map in `structures` of a [[scan]]",
        )
    injected = {part.lesion for course in case.administrations for part in course.injections}
    missing = sorted(injected - set(by_name))
    if missing:
        near = nearest(missing[0], list(by_name))
        raise RegionError(
            "an injected lesion has no region of its name",
            got=", ".join(missing),
            allowed=", ".join(by_name),
            remedy="use the region's name in [[administration.injection]]"
            + (f': did you mean "{near}"?' if near else ""),
        )
    planned = [
        PlannedRegion(name=name, kind=_kind(name, injected), drawn=tuple(drawn))
        for name, drawn in by_name.items()
    ]
    return tuple(sorted(planned, key=lambda region: region.kind != "lesion"))


def _kind(name: str, injected: set[str]) -> str:
    words = ("lesion", "tumor", "tumour", "metastas", "gtv")
    told = name in injected or any(word in name.lower() for word in words)
    return "lesion" if told else "organ"
