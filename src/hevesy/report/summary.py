"""The first page: what was given, what each lesion got, how sure, what else, what warnings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.report.numbers import (
    NOT_AVAILABLE,
    format_measurement,
    format_number,
    format_percent,
    format_relative,
    is_number,
)
from hevesy.report.table import in_mci, lesions_first, local_time

if TYPE_CHECKING:
    from hevesy.case import AdministrationSummary, CaseResult, RegionResult

__all__ = ["Finding", "Summary", "summarise"]

_MOST_WARNINGS = 5  # on the first page; all are listed in full further on
_MOST_OTHERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One region on the first page.

    Parameters
    ----------
    name : str
    dose : str
        With its uncertainty, Gy.
    relative : str
        The uncertainty as a share.
    volume : str
        mL.
    d98, d70, d2 : str
        Gy; empty without a histogram.
    valid : bool
        Whether D98 is.
    because : str
        What its uncertainty mostly consists of.
    truth, difference : str
        The true dose, Gy, and how far the dose is from it; empty where it is not known.
    """

    name: str
    dose: str
    relative: str
    volume: str
    d98: str
    d70: str
    d2: str
    valid: bool
    because: str
    truth: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The first page's content.

    Parameters
    ----------
    given : tuple of (str, str)
        Per course: the activity, and how and when.
    lesions, others : tuple of Finding
    others_left : int
        Regions that are only in the full table.
    warnings : tuple of (str, str)
        All of them: region ("" for the case), text.
    warnings_left : int
        How many of them the first page leaves to the full list.
    virtual : bool
        The truth is known.
    """

    given: tuple[tuple[str, str], ...]
    lesions: tuple[Finding, ...]
    others: tuple[Finding, ...]
    others_left: int
    warnings: tuple[tuple[str, str], ...]
    warnings_left: int
    virtual: bool

    @property
    def first_warnings(self) -> tuple[tuple[str, str], ...]:
        """Those that stand on the first page."""
        return self.warnings[: len(self.warnings) - self.warnings_left]


def _given(administration: "AdministrationSummary", timezone: str) -> tuple[str, str]:
    spread = administration.activity_uncertainty_mbq
    if is_number(spread):
        amount = (
            f"{format_measurement(administration.activity_mbq, spread)} MBq "
            f"({in_mci(administration.activity_mbq, spread)} mCi)"
        )
    else:
        amount = (
            f"{format_number(administration.activity_mbq, digits=4)} MBq "
            f"({in_mci(administration.activity_mbq, None)} mCi), uncertainty not stated"
        )
    into = ", ".join(
        f"{format_number(activity, digits=4)} MBq into {lesion}"
        for lesion, activity in administration.lesions
    )
    how = f"{administration.kind}, {administration.route}"
    ended = f"end of injection {local_time(administration.time, timezone)}"
    return amount, "; ".join(part for part in (how, into, ended) if part)


def _because(region: "RegionResult") -> str:
    """The sources that make up most of the variance, two at most."""
    known = [s for s in region.shares if is_number(s.variance_share)]
    largest = sorted(known, key=lambda s: -s.variance_share)[:2]
    return " and ".join(f"{s.source} ({format_percent(s.variance_share)})" for s in largest)


def _truth(region: "RegionResult") -> tuple[str, str]:
    """The true dose, and the difference in per cent."""
    if region.truth is None:
        return "", ""
    true = region.truth.mean_dose_gy
    if not is_number(region.mean_dose_gy) or not is_number(true) or not true:
        return format_number(true), NOT_AVAILABLE
    share = (region.mean_dose_gy - true) / true
    return format_number(true), f"{'+' if share > 0 else ''}{format_percent(share)}"


def _finding(region: "RegionResult") -> Finding:
    dvh = region.dvh
    truth, difference = _truth(region)
    return Finding(
        name=region.name,
        dose=format_measurement(region.mean_dose_gy, region.mean_dose_uncertainty_gy),
        relative=format_relative(region.mean_dose_gy, region.mean_dose_uncertainty_gy),
        volume=format_number(region.volume_ml),
        d98=format_number(dvh.d98_gy) if dvh else "",
        d70=format_number(dvh.d70_gy) if dvh else "",
        d2=format_number(dvh.d2_gy) if dvh else "",
        valid=dvh is not None and dvh.valid,
        because=_because(region),
        truth=truth,
        difference=difference,
    )


def summarise(result: "CaseResult") -> Summary:
    """Say on one page what the result comes to.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [finding.name for finding in summarise(sample_result()).lesions]
    ['lesion 1']
    """
    regions = lesions_first(result.regions)
    lesions = [r for r in regions if r.kind == "lesion"]
    others = [r for r in regions if r.kind != "lesion"]
    ranked = sorted(others, key=lambda r: -(r.mean_dose_gy if is_number(r.mean_dose_gy) else 0.0))
    warnings = [("", text) for text in result.warnings]
    warnings += [(r.name, text) for r in regions for text in r.warnings]
    unique = tuple(dict.fromkeys(warnings))
    left = len(unique) - _MOST_WARNINGS if len(unique) > _MOST_WARNINGS else 0
    return Summary(
        given=tuple(_given(a, result.timezone) for a in result.administrations),
        lesions=tuple(_finding(r) for r in lesions),
        others=tuple(_finding(r) for r in ranked[:_MOST_OTHERS]),
        others_left=max(0, len(others) - _MOST_OTHERS),
        warnings=unique,
        warnings_left=left,
        virtual=any(r.truth is not None for r in regions),
    )
