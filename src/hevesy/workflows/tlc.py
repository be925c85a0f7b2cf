"""Radio-TLC from files: read the strips, sum their regions, judge the purity, draw."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import InputError, RegionError
from hevesy.files import atomic_write_bytes, read_tlc_trace
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    RadiochemicalPurity,
    StripAnalysis,
    TlcRegion,
    analyse_strip,
    radiochemical_purity,
)

__all__ = ["TlcReading", "run_tlc"]

_REGION = re.compile(r"\s*(?:(\d+)/)?\s*([^=/:]+?)\s*=\s*([^:=]+):([^:=]+)")
_BACKGROUND = re.compile(r"\s*(?:(\d+)/)?\s*([^:=/]+):([^:=]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlcReading:
    """Strips and purity.

    Parameters
    ----------
    strips : tuple of StripAnalysis
    purity : RadiochemicalPurity
    notes : tuple of str
        What limits the figures.
    """

    strips: tuple[StripAnalysis, ...]
    purity: RadiochemicalPurity
    notes: tuple[str, ...]


def run_tlc(
    traces: Sequence[Path],
    *,
    nuclide: str,
    regions: Sequence[str],
    background: Sequence[str] = (),
    product: str = "product",
    whole: bool = False,
    limit_percent: float | None = None,
    figure: Path | None = None,
) -> TlcReading:
    r"""Read strips and judge the radiochemical purity.

    Parameters
    ----------
    traces : sequence of Path
        One file a strip.
    nuclide : str
    regions : sequence of str
        ``"name=20:60"`` in mm; ``"2/name=20:60"`` for the second strip of several.
    background : sequence of str
        ``"0:10"``; ``"2/0:10"`` for the second strip. A strip without one keeps its counts.
    product : str
        Name of the product's region.
    whole : bool
        Per cent of the whole strip rather than of the named regions.
    limit_percent : float, optional
    figure : Path, optional
        Draw the strips: .png, .pdf or .svg.

    Returns
    -------
    TlcReading

    Raises
    ------
    InputError
        A trace, a region or a limit cannot be used.
    RegionError
        Two backgrounds for one strip.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "strip.csv"
    ...     _ = file.write_text("mm,counts\n0,10\n1,900\n2,90\n3,0\n")
    ...     reading = run_tlc([file], nuclide="Re-188", regions=["product=0:2", "free=2:4"])
    >>> round(reading.purity.rcp_percent, 3)
    91.0
    """
    if not traces:
        raise InputError("there is no trace", remedy="name the trace's file")
    named = [_region_of(text, len(traces)) for text in regions]
    grounds = [_background_of(text, len(traces)) for text in background]
    if len({number for number, _ in grounds}) < len(grounds):
        raise RegionError(
            "a strip has two backgrounds", got=", ".join(background), remedy="give one a strip"
        )
    substance = get_nuclide(nuclide)
    strips = tuple(
        analyse_strip(
            read_tlc_trace(path),
            [region for place, region in named if place == number],
            nuclide=substance,
            background=dict(grounds).get(number),
            whole=whole,
        )
        for number, path in enumerate(traces, start=1)
    )
    purity = radiochemical_purity(strips, product=product, limit_percent=limit_percent)
    if figure is not None:
        from hevesy.report.tlc_figure import render_tlc

        atomic_write_bytes(figure, render_tlc(strips, purity, figure.suffix.lower().lstrip(".")))
    return TlcReading(strips=strips, purity=purity, notes=_notes(strips))


def _strip_number(text: str | None, strips: int, whole_text: str) -> int:
    if text is None and strips > 1:
        raise RegionError(
            "with several strips a region names its strip",
            got=whole_text,
            allowed=f"1/ to {strips}/ before it",
            remedy='write it as "1/product=20:60"',
        )
    number = int(text) if text is not None else 1
    if not 1 <= number <= strips:
        raise RegionError(
            "a region names a strip that is not there",
            got=whole_text,
            allowed=f"1/ to {strips}/",
            remedy="correct the strip's number",
        )
    return number


def _number(text: str, whole_text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RegionError(
            "a region's ends must be numbers in mm",
            got=whole_text,
            remedy='write it as "product=20:60", a background as "0:10"',
        ) from None


def _region_of(text: str, strips: int) -> tuple[int, TlcRegion]:
    match = _REGION.fullmatch(text)
    if match is None:
        raise RegionError(
            "a region needs a name and two positions",
            got=text,
            allowed="NAME=FROM:TO in mm",
            remedy='write it as "product=20:60"',
        )
    low, high = (_number(match.group(i), text) for i in (3, 4))
    return (
        _strip_number(match.group(1), strips, text),
        TlcRegion(name=match.group(2), low_mm=low, high_mm=high),
    )


def _background_of(text: str, strips: int) -> tuple[int, TlcRegion]:
    match = _BACKGROUND.fullmatch(text)
    if match is None:
        raise RegionError(
            "a background needs two positions",
            got=text,
            allowed="FROM:TO in mm",
            remedy='write it as "0:10"',
        )
    low, high = (_number(match.group(i), text) for i in (2, 3))
    return (
        _strip_number(match.group(1), strips, text),
        TlcRegion(name="background", low_mm=low, high_mm=high),
    )


def _notes(strips: Sequence[StripAnalysis]) -> tuple[str, ...]:
    notes = []
    for strip in strips:
        name = strip.trace.name
        if strip.background is None:
            notes.append(f"{name}: no background was taken off")
        if not strip.decay_corrected:
            notes.append(f"{name}: no times, so no correction for decay along the strip")
        if strip.trace.dwell_s is not None and strip.trace.time_s is None:
            minutes = float(strip.trace.dwell_s.sum()) / 60
            notes.append(
                f"{name}: points taken as counted one after the other, {minutes:.3g} min in all; "
                "where they were counted at once give time_s"
            )
        if not strip.trace.has_whole_counts:
            notes.append(f"{name}: counts are not whole numbers; Poisson's errors may not hold")
        for share in strip.shares:
            if share.net_counts < -2 * share.net_uncertainty_counts:
                notes.append(f"{name}: {share.name} is below background; is that region right?")
    return tuple(notes)
