"""Images: values on a grid in the patient, and what can be done with them."""

from hevesy.images.grid import Grid
from hevesy.images.volume import Quantity, Region, Volume

__all__ = ["Grid", "Quantity", "Region", "Volume"]
