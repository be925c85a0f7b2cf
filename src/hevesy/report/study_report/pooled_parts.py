"""Regions' parts of the injected activity, put together by planned scan time."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.report.study_report.material import PartEntry, ResultEntry

__all__ = ["PooledParts", "pool_parts"]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledParts:
    """Parts of one kind of region at one planned scan.

    Parameters
    ----------
    region : str
        ``"lesions"``, or an organ's name.
    planned_hours : float
        NaN where the protocol plans no scans: `scan` counts then.
    scan : int
    parts : tuple of (str, PartEntry)
        With the result of each.
    """

    region: str
    planned_hours: float
    scan: int
    parts: tuple[tuple[str, PartEntry], ...]

    @property
    def label(self) -> str:
        """The planned time, or the scan's number."""
        planned = self.planned_hours
        return f"{planned:g} h" if planned == planned else f"scan {self.scan}"


def pool_parts(
    results: Sequence[ResultEntry], planned_s: Sequence[float]
) -> tuple[PooledParts, ...]:
    """Put regions' parts of all administrations together by planned scan time.

    A scan belongs to the planned time that is nearest on a logarithmic scale (1 h and 6 h part at
    2.4 h). Lesions are pooled under one name, other regions by their own.

    Parameters
    ----------
    results : sequence of ResultEntry
    planned_s : sequence of float
        After the injection, s; none: scans are pooled by number.

    Returns
    -------
    tuple of PooledParts
        Lesions first, then regions by name; by time within.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> pooled = pool_parts(sample_given().material.results, [3600.0, 86400.0])
    >>> [(one.region, one.label, len(one.parts)) for one in pooled]
    [('lesions', '1 h', 2), ('lesions', '24 h', 2), ('liver', '1 h', 2), ('liver', '24 h', 2)]
    """
    found: dict[tuple[str, float, int], list[tuple[str, PartEntry]]] = {}
    for result in results:
        for region in result.regions:
            name = "lesions" if region.kind == "lesion" else region.region
            for part in region.parts:
                place = _place(part, planned_s)
                found.setdefault((name, *place), []).append((result.result, part))
    keys = sorted(found, key=lambda key: (key[0] != "lesions", key[0], key[2], key[1]))
    return tuple(
        PooledParts(
            region=name, planned_hours=hours if hours >= 0 else float("nan"), scan=scan,
            parts=tuple(found[name, hours, scan]),
        )
        for name, hours, scan in keys
    )  # fmt: skip


def _place(part: PartEntry, planned_s: Sequence[float]) -> tuple[float, int]:
    hours = part.hours_after_administration
    if not planned_s or hours <= 0:
        return -1.0, part.scan
    ratios = [max(hours * _HOUR_S / at, at / (hours * _HOUR_S)) for at in planned_s]
    nearest = ratios.index(min(ratios))
    return planned_s[nearest] / _HOUR_S, nearest + 1
