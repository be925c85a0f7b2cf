"""What is true of the kinds of virtual patients: doses by transport, half-lives, what the body holds.

A dose's truth is hevesy's own Monte Carlo, not another code: over the true activity (no camera, no
blur, no region drawn, no curve fitted), the CT without noise, random numbers of its own and many
more histories. So it tests all but the transport, which is held against PENELOPE elsewhere.
"""

import math
from collections.abc import Sequence
from typing import Any

from benchmarks.patient_kinds import Course, alone
from hevesy.dose import MonteCarlo
from hevesy.images import hu_to_density
from hevesy.media import classify_tissue
from hevesy.simulation import (
    VirtualPatient,
    patient_regions,
    region_curves,
    render_ct,
    true_tia,
)

__all__ = ["HISTORIES", "SEED", "course_truths", "true_doses", "true_half_lives"]

HISTORIES, SEED = 4_000_000, 7_000
BODY = "body in the CT"


def true_doses(
    patient: VirtualPatient, *, seed: int = SEED, histories: int = HISTORIES
) -> dict[str, list[float]]:
    """Mean dose and its statistical uncertainty (Gy) of each drawn region and of the body."""
    ct = render_ct(patient, seed=0, noise_hu=0.0)
    density = hu_to_density(ct)
    masks = {region.name: region.mask for region in patient_regions(patient)}
    found = MonteCarlo(precision=None, histories=histories, seed=seed).compute(
        true_tia(patient),
        classify_tissue(density),
        patient.nuclide,
        regions={**masks, BODY: patient.labels > 0},
    )
    assert found.statistics is not None
    wanted = {*masks, BODY}
    return {name: [dose, sd] for name, dose, sd in found.statistics.regions if name in wanted}


def true_half_lives(patient: VirtualPatient) -> dict[str, list[float]]:
    """Effective and biological half-life (h) of the slowest term of each drawn region's curve."""
    physical = patient.nuclide.decay_per_s
    found = {}
    for name, curve in region_curves(patient).items():
        rate = float(curve.rates_per_s.min())
        found[name] = [math.log(2.0) / rate / 3600.0, math.log(2.0) / (rate - physical) / 3600.0]
    return found


def course_truths(courses: Sequence[Course]) -> list[dict[str, Any]]:
    """Doses and half-lives of each course by itself."""
    rows = []
    for number in range(len(courses)):
        patient = alone(courses, number)
        rows.append(
            {"doses_gy": true_doses(patient, seed=SEED + number),
             "half_lives_h": true_half_lives(patient)}
        )  # fmt: skip
    return rows
