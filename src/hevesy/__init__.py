"""hevesy: intratumoral radionuclide therapy, from the generator to the evidence.

Research software, not a medical device.
"""

from hevesy._version import __version__

__all__ = ["__version__"]
