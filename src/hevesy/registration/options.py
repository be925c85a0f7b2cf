"""What a rigid registration may do, and when it counts as failed."""

import math
from dataclasses import dataclass
from typing import Literal

from hevesy.errors import RegistrationError

__all__ = ["RegistrationOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOptions:
    """How two images are brought together, and the limits beyond which that has failed.

    Parameters
    ----------
    metric : {"auto", "mutual-information", "correlation"}
        What is made best. Automatic: correlation for two SPECT images, mutual information else.
    working_spacing_mm : float
        Both images are first averaged to cubes of this size (never finer than they are).
    samples : int
        Working voxels that the metric looks at, at each resolution, at most.
    seed : int
        Of that choice of voxels.
    largest_translation_mm : float
        Beyond this shift of the fixed image's centre the registration has failed.
    largest_rotation_deg : float
        Beyond this turn it has failed: a patient on a couch doesn't turn further.
    least_overlap_share : float
        Of the smaller of the two fields, by volume.
    least_merit : float
        Limit of the figure of merit for two images of one kind.
    least_information_share : float
        Limit of the figure of merit for images of two kinds.

    Raises
    ------
    RegistrationError
        A number out of its range.

    Examples
    --------
    >>> RegistrationOptions(largest_rotation_deg=5.0).working_spacing_mm
    4.0
    """

    metric: Literal["auto", "mutual-information", "correlation"] = "auto"
    working_spacing_mm: float = 4.0
    samples: int = 20_000
    seed: int = 1
    largest_translation_mm: float = 250.0
    largest_rotation_deg: float = 20.0
    least_overlap_share: float = 0.3
    least_merit: float = 0.7
    least_information_share: float = 0.05

    def __post_init__(self) -> None:
        if self.metric not in ("auto", "mutual-information", "correlation"):
            raise RegistrationError(
                "an unknown registration metric was asked for",
                got=str(self.metric),
                allowed="auto, mutual-information, correlation",
                remedy="choose one of them",
            )
        ranges = {
            "working_spacing_mm": (0.5, 20.0),
            "samples": (1000, 10**9),
            "seed": (1, 2**31 - 1),
            "largest_translation_mm": (0.0, 2000.0),
            "largest_rotation_deg": (0.0, 180.0),
            "least_overlap_share": (0.01, 1.0),
            "least_merit": (-1.0, 1.0),
            "least_information_share": (0.0, 1.0),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise RegistrationError(
                    f"registration option {name} is out of range",
                    got=value,
                    allowed=f"{low:g} to {high:g}",
                    remedy="give a value within the range, or leave it out",
                )
