"""Bias, spread and coverage of repeats whose truth is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "DOSE",
    "TIA",
    "Agreement",
    "Budget",
    "Coverage",
    "agreement",
    "clopper_pearson",
    "coverage",
    "spread_budget",
]

TIA = ("tia_mbq_h", "tia_uncertainty_mbq_h", "true_tia_mbq_h")
DOSE = ("mean_dose_gy", "mean_dose_uncertainty_gy", "true_mean_dose_gy")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the truth lay within k stated uncertainties, and what that tells (95 %)."""

    covered: int
    repeats: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of the repeats."""
        return self.covered / self.repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One figure of one region over the repeats, all in per cent of the truth."""

    bias: float
    bias_uncertainty: float
    spread: float
    root_mean_square: float
    stated: float
    once: Coverage
    twice: Coverage


def clopper_pearson(covered: int, repeats: int, level: float = 0.95) -> tuple[float, float]:
    """Exact binomial confidence interval of a share.

    References
    ----------
    Clopper CJ, Pearson ES. Biometrika 1934;26:404, doi:10.1093/biomet/26.4.404.
    """
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = 0.0 if covered == 0 else float(beta.ppf(tail, covered, repeats - covered + 1))
    high = 1.0 if covered == repeats else float(beta.isf(tail, covered + 1, repeats - covered))
    return low, high


def coverage(z: "np.ndarray[Any, Any]", k: float) -> Coverage:
    """Count how often a deviation is within k of its uncertainties."""
    covered = int((np.abs(z) <= k).sum())
    low, high = clopper_pearson(covered, len(z))
    return Coverage(covered=covered, repeats=len(z), low=low, high=high)


def agreement(repeats: Sequence[Row], region: str, names: tuple[str, str, str]) -> Agreement:
    """Hold a region's figure against its truth over all repeats."""
    rows = [repeat["regions"][region] for repeat in repeats]
    value, stated, truth = (np.array([row[name] for row in rows]) for name in names)
    percent = 100 * (value / truth - 1)
    z = (value - truth) / stated
    spread = float(percent.std(ddof=1))
    return Agreement(
        bias=float(percent.mean()),
        bias_uncertainty=spread / len(rows) ** 0.5,
        spread=spread,
        root_mean_square=float(np.sqrt((percent**2).mean())),
        stated=float((100 * stated / value).mean()),
        once=coverage(z, 1.0),
        twice=coverage(z, 2.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What moves a region's TIA: per cent for one standard deviation of each source."""

    nothing_wrong: float
    by_source: Mapping[str, float]
    left: float


def spread_budget(
    repeats: Sequence[Row], region: str, stated: Row, *, neighbours: Sequence[str] = ()
) -> Budget:
    """Explain a region's differences by the errors that were drawn, with a line for each.

    Least squares of the difference (per cent of the truth) on calibration, FWHM, growth of the
    region's own border, and of each neighbour's border growth and shift along z; each in its
    standard deviation. A neighbour's two effects are added in squares. `left` is the spread that
    is not explained: counts, lumps, other shifts, and what is not linear.
    """
    part = stated["border_mm"] / 2**0.5
    columns: dict[str, list[float]] = {
        "calibration": [(r["calibration"] - 1) / stated["calibration_share"] for r in repeats],
        "FWHM": [
            (r["fwhm_mm"] - stated["fwhm_mm"]) / stated["fwhm_uncertainty_mm"] for r in repeats
        ],
        "own border": [r["borders_mm"][region][0] / part for r in repeats],
    }
    for name in neighbours:
        columns[f"{name} grows"] = [r["borders_mm"][name][0] / part for r in repeats]
        columns[f"{name} shifts"] = [r["borders_mm"][name][3] / part for r in repeats]
    table = np.column_stack([np.ones(len(repeats)), *columns.values()])
    rows = [repeat["regions"][region] for repeat in repeats]
    percent = np.array([100 * (row["tia_mbq_h"] / row["true_tia_mbq_h"] - 1) for row in rows])
    slopes, *_ = np.linalg.lstsq(table, percent, rcond=None)
    left = percent - table @ slopes
    found = dict(zip(columns, (float(abs(s)) for s in slopes[1:]), strict=True))
    for name in neighbours:
        both = (found.pop(f"{name} grows"), found.pop(f"{name} shifts"))
        found[f"border of the {name}"] = float(np.hypot(*both))
    return Budget(
        nothing_wrong=float(slopes[0]),
        by_source=found,
        left=float(np.sqrt((left**2).sum() / (len(repeats) - table.shape[1]))),
    )
