"""Choi's criteria: size or density, for lesions that lose their blood before they shrink."""

from dataclasses import dataclass
from decimal import Decimal

from hevesy.errors import TrialError

__all__ = ["LEAST_BASELINE_HU", "ChoiResponse", "assess_choi"]

_SIZE_PERCENT = Decimal(10)
_DENSITY_PERCENT = Decimal(15)
LEAST_BASELINE_HU = Decimal(
    20
)  # of the baseline: below it noise and air at the edge decide the share
_UNKNOWN = "the density, which could make it PR, is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiResponse:
    """A visit's category by Choi, with its reason.

    Parameters
    ----------
    category : str
        "CR", "PR", "SD", "PD" or "NE".
    reason : str
    size_change_percent, density_change_percent : Decimal or None
        Of the baseline; None where one of both is not known.

    Examples
    --------
    >>> ChoiResponse(category="SD", reason="...", size_change_percent=None,
    ...              density_change_percent=None).category
    'SD'
    """

    category: str
    reason: str
    size_change_percent: Decimal | None
    density_change_percent: Decimal | None


def assess_choi(
    *,
    baseline_mm: Decimal,
    size_mm: Decimal | None,
    baseline_hu: Decimal | None,
    density_hu: Decimal | None,
    new_lesion: bool = False,
) -> ChoiResponse:
    """Assess a visit by Choi's criteria, in exact arithmetic.

    CR: gone. PR: 10 % smaller or more, or 15 % less dense or more, and nothing new. PD: 10 % larger
    or more without PR by density, or a new lesion. SD: neither. Densities are of contrast-enhanced
    CT of one phase; the criteria were made for GIST under imatinib and are a description here. Of a
    baseline below 20 HU no share is taken (a choice of ours): its density counts as not known.

    Parameters
    ----------
    baseline_mm, size_mm : Decimal or None
        Sum of the longest diameters, mm; None where it was not measured.
    baseline_hu, density_hu : Decimal or None
        Mean density under the outline, HU; None where it was not measured.
    new_lesion : bool

    Returns
    -------
    ChoiResponse

    Raises
    ------
    TrialError
        A baseline of 0 mm, or a negative size.

    References
    ----------
    Choi H et al. J Clin Oncol 2007;25:1753, table 3.

    Examples
    --------
    >>> assess_choi(baseline_mm=Decimal(50), size_mm=Decimal(49), baseline_hu=Decimal(60),
    ...             density_hu=Decimal(51)).category
    'PR'
    """
    if baseline_mm <= 0 or (size_mm is not None and size_mm < 0):
        raise TrialError(
            "a size for Choi's criteria",
            got=f"{baseline_mm} mm at baseline, {size_mm} mm now",
            allowed="above 0 mm at baseline, 0 or more now",
            remedy="correct it",
        )
    size = _change(size_mm, baseline_mm)
    usable = baseline_hu is not None and baseline_hu >= LEAST_BASELINE_HU
    density = _change(density_hu, baseline_hu if usable else None)
    category, reason = _category(size_mm, size, density, new_lesion=new_lesion)
    return ChoiResponse(
        category=category,
        reason=reason,
        size_change_percent=size,
        density_change_percent=density,
    )


def _change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else (now - before) * 100 / before


def _category(
    size_mm: Decimal | None, size: Decimal | None, density: Decimal | None, *, new_lesion: bool
) -> tuple[str, str]:
    if new_lesion:
        return "PD", "a new lesion"
    if size_mm == 0:
        return "CR", "gone"
    if size is not None and size <= -_SIZE_PERCENT:
        return "PR", f"{size:+.1f} % in size"
    if density is not None and density <= -_DENSITY_PERCENT:
        return "PR", f"{density:+.1f} % in density"
    if size is None:
        return "NE", "the size was not measured"
    if size >= _SIZE_PERCENT:
        if density is None:
            return (
                "NE",
                f"{size:+.1f} % in size, and the density, which could make it PR, is not known",
            )
        return "PD", f"{size:+.1f} % in size, {density:+.1f} % in density"
    if density is None:
        return "NE", f"{size:+.1f} % in size; {_UNKNOWN}"
    return "SD", f"{size:+.1f} % in size, {density:+.1f} % in density"
