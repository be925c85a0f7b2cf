"""A virtual patient who is injected again while something of the first injection is left."""

import math
from dataclasses import replace

import numpy as np

from hevesy.errors import TimeError
from hevesy.kinetics import ExponentialCurve
from hevesy.simulation.patient import VirtualPatient

__all__ = ["treat_again"]


def treat_again(patient: VirtualPatient, again: VirtualPatient, *, gap_s: float) -> VirtualPatient:
    """Patient after a second injection, with what the first one left.

    Time zero of the result is the end of the second injection. Kinetics are linear: each
    compartment holds the sum of both courses.

    Parameters
    ----------
    patient : VirtualPatient
        The first course.
    again : VirtualPatient
        The second by itself: same seed, other activities or lesions.
    gap_s : float
        From the end of the first injection to the end of the second, s, above 0.

    Returns
    -------
    VirtualPatient
        `again`, whose curves hold both; `injected_bq` is the second injection's.

    Raises
    ------
    TimeError
        The second injection is not after the first.

    Examples
    --------
    >>> from hevesy.simulation import build_virtual_patient
    >>> first = build_virtual_patient(seed=1)
    >>> both = treat_again(first, first, gap_s=72 * 3600.0)
    >>> lesion = first.curves["lesion"]
    >>> left_bq = float(lesion.activity_bq(72 * 3600.0))
    >>> found_bq = float(both.curves["lesion"].activity_bq(0.0))
    >>> abs(found_bq - left_bq - float(lesion.activity_bq(0.0))) < 1.0
    True
    """
    if not 0 < gap_s < math.inf:
        raise TimeError(
            "a second injection comes after the first",
            got=f"{gap_s:g} s",
            allowed="above 0 s",
            remedy="give the time between the two",
        )
    curves = {}
    for name in {**patient.curves, **again.curves}:
        parts = []
        if name in patient.curves:
            old = patient.curves[name]
            parts.append((old.amplitudes_bq * np.exp(-old.rates_per_s * gap_s), old.rates_per_s))
        if name in again.curves:
            new = again.curves[name]
            parts.append((new.amplitudes_bq, new.rates_per_s))
        curves[name] = ExponentialCurve(
            amplitudes_bq=np.concatenate([amplitudes for amplitudes, _ in parts]),
            rates_per_s=np.concatenate([rates for _, rates in parts]),
        )
    labels = again.labels if len(again.curves) >= len(curves) else patient.labels
    return replace(again, curves=curves, labels=labels)
