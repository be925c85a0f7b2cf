"""Images: values on a grid in the patient, and what can be done with them."""

from hevesy.images.coverage import coverage_share
from hevesy.images.density import (
    HuDensityTable,
    hu_to_density,
)
from hevesy.images.grid import Grid
from hevesy.images.resample import activity_inside_share, resample, resample_activity
from hevesy.images.transform import RigidTransform
from hevesy.images.volume import Quantity, Region, Volume

__all__ = [
    "Grid",
    "HuDensityTable",
    "Quantity",
    "Region",
    "RigidTransform",
    "Volume",
    "activity_inside_share",
    "coverage_share",
    "hu_to_density",
    "resample",
    "resample_activity",
]
