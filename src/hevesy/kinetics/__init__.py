"""Curves of activity over time: value, integral, dose rate, decay within a frame."""

from hevesy.kinetics.average import AverageCurve, average_curves
from hevesy.kinetics.curve import Curve, ExponentialCurve
from hevesy.kinetics.decay import effective_half_life_s, frame_mean_factor
from hevesy.kinetics.retention import RetentionCurve
from hevesy.kinetics.trapezoid import TrapezoidCurve

__all__ = [
    "AverageCurve",
    "Curve",
    "ExponentialCurve",
    "RetentionCurve",
    "TrapezoidCurve",
    "average_curves",
    "effective_half_life_s",
    "frame_mean_factor",
]
