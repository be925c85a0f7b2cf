"""Where the activity is at each scan: a Sankey from what was injected to where it went."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import NuclideError
from hevesy.nuclides import get_nuclide
from hevesy.quantification.balance import ActivityBalance, ActivityPart, balance_activity
from hevesy.report.flows import lay_out_ribbons, spread_labels
from hevesy.report.numbers import format_hours, format_measurement, format_number, is_number
from hevesy.report.style import (
    GREY,
    INK,
    PAGE_WIDTH_MM,
    Look,
    Picture,
    data_uri,
    new_figure,
    place,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hevesy.case import CaseResult, ScanPicture

__all__ = ["draw_whereabouts", "scan_balances"]

_MOST_REGIONS = 7  # drawn apart at one scan; the others are drawn as one
_OVERLAP_SHARE = 0.01  # of the smaller region's voxels, above which two are not side by side
_TALL_MM, _HEADING_MM, _COLUMNS = 41.0, 7.0, 3
_MOST_LETTERS = 35  # of a label: what a panel has room for
_REST, _UNSEEN, _DECAYED = "#B9C2C8", "#FFFFFF", "#E7EAEC"


def _side_by_side(result: "CaseResult") -> tuple[set[str], list[str]]:
    """Names of regions that do not overlap, small ones first; and what was left out."""
    masks = sorted(result.masks, key=lambda m: m.volume_ml)
    kept: list[int] = []
    notes = []
    for number, mask in enumerate(masks):
        under = [
            masks[k].name
            for k in kept
            if masks[k].mask.shape == mask.mask.shape
            and np.count_nonzero(masks[k].mask & mask.mask)
            > _OVERLAP_SHARE * np.count_nonzero(masks[k].mask)
        ]
        if under:
            notes.append(f"{mask.name} overlaps {', '.join(under)} and is not drawn apart")
        else:
            kept.append(number)
    return {masks[k].name for k in kept}, notes


def _calibration(result: "CaseResult") -> float | None:
    found = result.provenance.options.get("calibration_relative_uncertainty")
    return float(found) if isinstance(found, float) else None


def _given(
    result: "CaseResult", picture: "ScanPicture", half_life_h: float
) -> tuple[float, float | None, tuple[float, float, float]]:
    """Activity given until a scan, its relative uncertainty, and the share not yet decayed.

    The share with its uncertainty and its covariance with the activity, over the activity: that of
    several courses hangs on how much each was, for one it is decay alone.
    """
    total = left = variance = 0.0
    known = True
    each = []
    for given in result.administrations:
        age_h = (picture.start - given.time).total_seconds() / 3600
        if age_h < 0:
            continue
        total += given.activity_mbq
        still = 0.5 ** (age_h / half_life_h)
        left += given.activity_mbq * still
        each.append((still, given.activity_uncertainty_mbq or 0.0))
        known = known and given.activity_uncertainty_mbq is not None
        variance += (given.activity_uncertainty_mbq or 0.0) ** 2
    if not total > 0:
        return 0.0, None, (0.0, 0.0, 0.0)
    share = left / total
    if len(each) == 1:  # not by the sums below: rounding would stand for an uncertainty
        return total, variance**0.5 / total if known else None, (each[0][0], 0.0, 0.0)
    spread = math.hypot(*((still - share) * sigma / total for still, sigma in each))
    together = math.fsum((still - share) * (sigma / total) ** 2 for still, sigma in each)
    return total, variance**0.5 / total if known else None, (share, spread, together)


def scan_balances(result: "CaseResult") -> tuple[tuple[int, ActivityBalance], ...]:
    """Share the administered activity out, scan by scan.

    Regions that overlap a smaller one are left to the rest of the body, so that nothing counts
    twice. Several courses: what was given until then, together.

    Returns
    -------
    tuple of (int, ActivityBalance)
        The scan's number, and the balance in Bq.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> scan, first = scan_balances(sample_result())[0]
    >>> scan, [part.name for part in first.parts][:2]
    (1, ['lesion 1', 'liver'])
    """
    try:
        half_life_h = get_nuclide(result.nuclide).half_life_s / 3600
    except NuclideError:
        return ()
    apart, _ = _side_by_side(result)
    balances = []
    for picture in result.pictures:
        given_mbq, relative, left = _given(result, picture, half_life_h)
        if not given_mbq > 0 or not is_number(picture.total_activity_mbq):
            continue
        parts = [
            ActivityPart(
                name=region.name,
                kind="lesion" if region.kind == "lesion" else "organ",
                activity_bq=1e6 * scan.activity_mbq,
                uncertainty_bq=1e6 * scan.activity_uncertainty_mbq
                if is_number(scan.activity_uncertainty_mbq)
                else None,
            )
            for region in sorted(result.regions, key=lambda r: r.kind != "lesion")
            if region.name in apart
            for scan in region.scans
            if scan.scan == picture.scan and is_number(scan.activity_mbq)
        ]
        balance = balance_activity(
            injected_bq=1e6 * given_mbq,
            injected_relative_uncertainty=relative,
            remaining_share=left[0],
            remaining_share_uncertainty=left[1],
            remaining_covariance_share=left[2],
            regions=parts,
            total_bq=1e6 * picture.total_activity_mbq,
            calibration_relative_uncertainty=_calibration(result),
        )
        balances.append((picture.scan, balance))
    return tuple(balances)


def _fewer(balance: ActivityBalance) -> ActivityBalance:
    """Lesions and the largest organs apart, the other organs as one part."""
    both = list(zip(balance.parts, balance.shares, strict=True))
    organs = [one for one in both if one[0].kind == "organ"]
    lesions = [one for one in both if one[0].kind == "lesion"]
    room = max(_MOST_REGIONS - len(lesions), 1)
    if len(organs) <= room:
        return balance
    ranked = sorted(organs, key=lambda one: one[0].activity_bq, reverse=True)
    small = [part for part, _ in ranked[room - 1 :]]
    shares = [share for _, share in ranked[room - 1 :]]
    known = all(p.uncertainty_bq is not None for p in small)
    merged = ActivityPart(
        name=f"{len(small)} others",
        kind="organ",
        activity_bq=sum(p.activity_bq for p in small),
        # added, not in squares: what they have in common (the calibration) does not average out
        uncertainty_bq=sum(p.uncertainty_bq or 0.0 for p in small) if known else None,
    )
    share = (sum(s for s, _ in shares), sum(u or 0.0 for _, u in shares) if known else None)
    others = [one for one in both if one[0].kind not in {"lesion", "organ"}]
    kept = [*lesions, *ranked[: room - 1], (merged, share), *others]
    return replace(
        balance, parts=tuple(part for part, _ in kept), shares=tuple(share for _, share in kept)
    )


def _colour(part: ActivityPart, styles: dict[str, Look]) -> str:
    plain = {"rest": _REST, "unseen": _UNSEEN, "decayed": _DECAYED}
    if part.kind in plain:
        return plain[part.kind]
    return styles[part.name].colour if part.name in styles else GREY


def _ribbon(axes: "Axes", left: float, right: float, width: float, colour: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    begin, end, middle = 0.06, 0.36, 0.21
    points = [
        (begin, left), (middle, left), (middle, right), (end, right), (end, right + width),
        (middle, right + width), (middle, left + width), (begin, left + width), (begin, left),
    ]  # fmt: skip
    codes = [
        Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4, Path.CURVE4,
        Path.CURVE4, Path.CLOSEPOLY,
    ]  # fmt: skip
    hatch = "////" if colour == _UNSEEN else None
    axes.add_patch(
        PathPatch(
            Path(points, codes), facecolor=colour, edgecolor=GREY if hatch else "white",
            lw=0.3 if width > 0 else 0.0, hatch=hatch, alpha=0.85,
        )
    )  # fmt: skip


def _label(part: ActivityPart, share: tuple[float, float | None]) -> str:
    value, spread = share
    number = format_measurement(100 * value, 100 * spread) if spread else format_number(100 * value)
    name = {"unseen": "not seen"}.get(part.kind, part.name)
    room = max(_MOST_LETTERS - len(number) - 4, 6)
    name = name if len(name) <= room else name[: room - 1] + "…"
    return f"{name}  {number} %"


def _panel(axes: "Axes", balance: ActivityBalance, styles: dict[str, Look]) -> bool:
    """Draw one scan's split; whether something below 0 was drawn as nothing."""
    shown = [max(part.activity_bq, 0.0) for part in balance.parts]
    ribbons = lay_out_ribbons(shown, gap=0.03)
    for part, ribbon in zip(balance.parts, ribbons, strict=True):
        _ribbon(axes, ribbon.start, ribbon.end, ribbon.width, _colour(part, styles))
    axes.bar([0.03], [1.0], width=0.06, color=INK, lw=0)
    wanted = [r.end + r.width / 2 for r in ribbons]
    places = spread_labels(wanted, apart=0.088, highest=1.12)
    for part, share, ribbon, at in zip(balance.parts, balance.shares, ribbons, places, strict=True):
        middle = ribbon.end + ribbon.width / 2
        axes.plot([0.365, 0.405], [middle, at], color=GREY, lw=0.4)
        axes.text(0.415, at, _label(part, share), fontsize=5.6, va="center")
    axes.set_xlim(0, 1.25)
    axes.set_ylim(-0.2, 1.2)
    axes.axis("off")
    return any(part.activity_bq < 0 for part in balance.parts)


def _notes(result: "CaseResult", balances: Sequence[tuple[int, ActivityBalance]]) -> str:
    notes = [f"{text}." for text in _side_by_side(result)[1]]
    for kind, what in (("rest", "rest of the body"), ("unseen", "part not seen")):
        scans = [
            str(scan)
            for scan, balance in balances
            if any(p.kind == kind and p.activity_bq < 0 for p in balance.parts)
        ]
        beyond = [
            str(scan)
            for scan, balance in balances
            if any(p.kind == kind and p.below_nothing for p in balance.parts)
        ]
        if scans:
            notes.append(f"The {what} came out below 0 and is drawn as 0 (scan {', '.join(scans)}")
            notes[-1] += f"; beyond two deviations: scan {', '.join(beyond)})." if beyond else ")."
    return " ".join(notes)


def draw_whereabouts(result: "CaseResult", styles: dict[str, Look]) -> Picture | None:
    """Draw where the administered activity is at each scan; None where it can't be told.

    Parameters
    ----------
    result : CaseResult
    styles : dict of str to Look
        One for each region.

    Returns
    -------
    Picture or None

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing, looks
    >>> with drawing():
    ...     picture = draw_whereabouts(sample_result(), looks(["lesion 1", "liver"]))
    >>> picture.title
    'Where the activity was'
    """
    balances = [
        (scan, _fewer(balance))
        for scan, balance in scan_balances(result)
        if any(part.activity_bq > 0 for part in balance.parts)
    ]
    if not balances:
        return None
    pictures = {picture.scan: picture for picture in result.pictures}
    columns = min(_COLUMNS, len(balances))
    rows = -(-len(balances) // columns)
    figure = new_figure(PAGE_WIDTH_MM, rows * (_TALL_MM + _HEADING_MM), fitted=False)
    step = PAGE_WIDTH_MM / _COLUMNS
    for n, (scan, balance) in enumerate(balances):
        axes = place(
            figure, left_mm=(n % columns) * step + 1,
            top_mm=(n // columns) * (_TALL_MM + _HEADING_MM) + 4,
            width_mm=step - 2, height_mm=_TALL_MM + 3,
        )  # fmt: skip
        _panel(axes, balance, styles)
        shot = pictures[scan]
        course = f"course {shot.course}, " if len(result.administrations) > 1 else ""
        axes.set_title(
            f"{course}{format_hours(shot.hours_after_administration)}", fontsize=7.5, loc="left"
        )
    notes = _notes(result, balances)
    unknown = any(p.uncertainty_bq is None for _, b in balances for p in b.parts)
    return Picture(
        title="Where the activity was",
        caption=(
            "At each scan's start, in per cent of the activity administered until then (left bar), "
            "± one standard deviation; physical activity, the decayed part shown apart. Regions "
            "are corrected for partial volume where the case asks for it; the rest of the body is "
            "the whole field less the regions; not seen (hatched) is what decay leaves of "
            "the administered activity less the whole field: excreted, outside the field, or an "
            "error of calibration. What has decayed follows from the times."
            + (" Other parts without ± have no stated uncertainty." if unknown else "")
            + (f" {notes}" if notes else "")
        ),
        alt=f"Sankey diagrams of the activity at {len(balances)} scans",
        uri=data_uri(to_svg(figure), "image/svg+xml"),
    )
