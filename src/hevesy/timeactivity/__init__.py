"""Curves of activity over time, fitted to a region's scans."""

from hevesy.timeactivity.fit import fit_time_activity
from hevesy.timeactivity.options import FitOptions
from hevesy.timeactivity.result import ModelCandidate, TimeActivityFit

__all__ = ["FitOptions", "ModelCandidate", "TimeActivityFit", "fit_time_activity"]
