"""How sure a region's activity is from its counts alone."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["CountingNoise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingNoise:
    """The random part of an activity's uncertainty, independent from scan to scan.

    One of two ways, or neither: Poisson from the number of counts, where the camera's sensitivity
    is known; a relative uncertainty that the site states. Poisson is a lower bound: reconstruction
    correlates voxels and lets counts from along each ray into the region, so the spread of
    repeated scans is larger, most for small regions in a hot body. The spread between voxels of
    one image is not offered: it holds uptake, edges and ringing, not only noise.

    Parameters
    ----------
    counts_per_bq : float or None
        Counts in the frame for each Bq at its start (sensitivity times effective duration).
    relative_uncertainty : float or None
        As a share, of any region's activity; used where `counts_per_bq` is None.

    Raises
    ------
    InputError
        A value that is not above 0 (a relative uncertainty may be 0).

    References
    ----------
    Gear et al. 2018, Eur J Nucl Med Mol Imaging 45:2456, doi:10.1007/s00259-018-4136-7, section on
    count rate.

    Examples
    --------
    >>> noise = CountingNoise(counts_per_bq=0.01)
    >>> round(noise.relative(1e6), 6)
    0.01
    >>> CountingNoise().relative(1e6) is None
    True
    """

    counts_per_bq: float | None = None
    relative_uncertainty: float | None = None

    def __post_init__(self) -> None:
        if self.counts_per_bq is not None and not 0 < self.counts_per_bq < math.inf:
            raise InputError(
                "the camera's sensitivity must be above 0",
                got=self.counts_per_bq,
                remedy="correct `counts_per_bq_s` in [options]",
            )
        stated = self.relative_uncertainty
        if stated is not None and not 0 <= stated < math.inf:
            raise InputError(
                "a relative uncertainty can't be negative",
                got=stated,
                remedy="correct `count_uncertainty` in [options]",
            )

    @classmethod
    def of_frame(
        cls,
        *,
        counts_per_bq_s: float | None,
        frame_duration_s: float | None,
        decay_per_s: float,
        relative_uncertainty: float | None = None,
    ) -> "CountingNoise":
        """Noise of a frame: counts = A(start) (1 - exp(-lambda T)) / lambda times sensitivity."""
        if counts_per_bq_s is None or frame_duration_s is None:
            return cls(relative_uncertainty=relative_uncertainty)
        effective_s = -math.expm1(-decay_per_s * frame_duration_s) / decay_per_s
        return cls(
            counts_per_bq=counts_per_bq_s * effective_s, relative_uncertainty=relative_uncertainty
        )

    @property
    def source(self) -> str:
        """``"Poisson"``, ``"stated"`` or ``"unknown"``."""
        if self.counts_per_bq is not None:
            return "Poisson"
        return "unknown" if self.relative_uncertainty is None else "stated"

    def relative(self, activity_bq: float) -> float | None:
        """Relative standard uncertainty of an activity; None where nothing is known."""
        if self.counts_per_bq is None:
            return self.relative_uncertainty
        # under one count Poisson's relative uncertainty has no meaning; 1 is its value at one
        return 1.0 / math.sqrt(max(abs(activity_bq) * self.counts_per_bq, 1.0))
