"""What counting leaves uncertain of a region that shows nothing."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.quantification.delineation import sphere_diameter_mm

__all__ = ["CountingFloor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingFloor:
    """The least counting uncertainty of a region's activity in a reconstruction.

    An image that can't be negative shows a cold region as zero however its counts are drawn, so
    repeats spread too little there. But the region's shadow in the views holds counts of what lies
    before and behind it, N of them, and sqrt(N) is what a source there could hide in (Currie 1968,
    Anal Chem 40:586: 1.645 of it is the decision limit). The shadow is a sphere's of the region's
    volume, and N its share of all counts by area.

    Parameters
    ----------
    counts_per_mm2 : float
        Counts of the peak window, all views together, for each mm2 of the patient's shadow; 0 or
        more.
    activity_per_count_bq : float
        Activity that adds one count to all views together, attenuation included, Bq, above 0.

    Raises
    ------
    InputError
        A number out of its range.

    Examples
    --------
    >>> floor = CountingFloor(counts_per_mm2=0.2, activity_per_count_bq=150.0)
    >>> round(floor.deviation_bq(250.0))
    4647
    """

    counts_per_mm2: float
    activity_per_count_bq: float

    def __post_init__(self) -> None:
        if not (0 <= self.counts_per_mm2 < math.inf and 0 < self.activity_per_count_bq < math.inf):
            raise InputError(
                "a counting floor needs counts of 0 or more, and an activity for each above 0",
                got=f"{self.counts_per_mm2:g} per mm2, {self.activity_per_count_bq:g} Bq",
                remedy="give what the views hold",
            )

    def deviation_bq(self, volume_ml: float) -> float:
        """One standard deviation for a region of this volume, Bq; one count at least."""
        across_mm = sphere_diameter_mm(volume_ml)
        shadow = self.counts_per_mm2 * math.pi / 4.0 * across_mm**2
        return self.activity_per_count_bq * math.sqrt(max(shadow, 1.0))
