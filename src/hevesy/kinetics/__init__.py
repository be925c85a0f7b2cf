"""Curves of activity over time: value, integral, dose rate, decay within a frame."""

from hevesy.kinetics.curve import Curve, ExponentialCurve

__all__ = ["Curve", "ExponentialCurve"]
