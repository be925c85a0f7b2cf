"""The installed code against numbers that were published by others."""

import math
from collections.abc import Callable

import numpy as np

from hevesy.dose import LocalDeposition, biologically_effective_dose, mean_region_dose
from hevesy.errors import InputError
from hevesy.images import Grid, Quantity, Volume
from hevesy.kinetics import ExponentialCurve
from hevesy.media import uniform_tissue
from hevesy.nuclides import Nuclide, compare_nuclides, decay_chain_activities_bq, get_nuclide
from hevesy.timeactivity import FitOptions, fit_time_activity
from hevesy.workflows.check import Check, check_of
from hevesy.workflows.verify_pharmacy import pharmacy_rows
from hevesy.workflows.verify_transport import transport_rows

__all__ = ["Check", "verify"]

_ICRP = "ICRP Publication 107 (2008)"
_DORN = "half-life in the contact-restriction program dorn"
_SNMMI = "SNMMI 2021 177Lu dosimetry challenge, left kidney"
_MBQ_H = 3.6e9  # Bq s
_KIDNEY_HOURS = (3.7411, 27.7253, 103.0942, 123.9836)
_KIDNEY_MBQ = (98.5614, 73.5994, 25.3957, 19.0466)
_KIDNEY_MBQ_H = 7593.7526
_KIDNEY_G = 233.6


def verify(topic: str | None = None) -> tuple[Check, ...]:
    """Compute every number for which a reference is known, and compare.

    Parameters
    ----------
    topic : str or None
        One of `TOPICS`; None is all of them.

    Returns
    -------
    tuple of Check

    Raises
    ------
    InputError
        An unknown topic.

    Examples
    --------
    >>> all(check.passed for check in verify("nuclides"))
    True
    """
    if topic is not None and topic not in TOPICS:
        raise InputError(
            "unknown topic", got=topic, allowed=", ".join(TOPICS), remedy="or leave it out for all"
        )
    wanted = TOPICS if topic is None else (topic,)
    return tuple(check for name in wanted for check in _CHECKS[name]())


def _nuclides() -> list[Check]:
    rhenium, tungsten = get_nuclide("Re-188"), get_nuclide("W-188")
    rows: list[tuple[str, float, float, float, str, str]] = [
        ("188Re half-life", 17.005, rhenium.half_life_s / 3600, 0.005, "h", _DORN),
        ("188Re mean beta energy per decay", 0.7626, _beta_mev(rhenium), 5e-5, "MeV", _ICRP),
        ("188Re beta end point", 2.1204, rhenium.beta_max_energy_mev, 1e-4, "MeV", _ICRP),
        ("188Re electrons per decay", 0.77935, rhenium.electron_energy_mev, 1e-5, "MeV", _ICRP),
        ("188Re photons per decay", 0.06125, rhenium.photon_energy_mev, 1e-5, "MeV", _ICRP),
        ("188Re 155 keV gammas", 15.61, _yield_percent(rhenium, 155.04), 0.01, "%", _ICRP),
        ("188W half-life", 69.78, tungsten.half_life_s / 86400, 0.01, "d", _ICRP),
        ("188W 290.7 keV gammas", 0.402, _yield_percent(tungsten, 290.67), 0.001, "%", _ICRP),
        ("188W 227.1 keV gammas", 0.221, _yield_percent(tungsten, 227.09), 0.001, "%", _ICRP),
    ]
    energies = {"Re-188": 11.03, "Y-90": 49.77, "Ho-166": 15.53, "Re-186": 24.97,
                "Lu-177": 19.64, "I-131": 30.73}  # fmt: skip
    for found in compare_nuclides(list(energies)):
        name = found.nuclide.name
        title = f"{name} electrons, full decay"
        measured = found.electron_energy_j_per_gbq
        rows.append((title, energies[name], measured, 0.0051, "J/GBq", _ICRP))
    chain = decay_chain_activities_bq("W-188", 1e9, 60 * 86400.0)
    ratio = tungsten.half_life_s / (tungsten.half_life_s - rhenium.half_life_s)
    rows.append(("188Re over 188W in equilibrium", ratio, chain["Re-188"] / chain["W-188"], 1e-6,
                 "1", "Bateman 1910, t much longer than 17 h"))  # fmt: skip
    return [check_of("nuclides", row) for row in rows]


def _beta_mev(nuclide: Nuclide) -> float:
    return nuclide.beta_mean_energy_mev * nuclide.beta_yield


def _yield_percent(nuclide: Nuclide, energy_kev: float) -> float:
    """Per cent of the photon line nearest to an energy."""
    lines = nuclide.photons
    nearest = int(np.argmin(np.abs(np.asarray(lines.energy_mev) * 1e3 - energy_kev)))
    return 100 * float(lines.yield_per_decay[nearest])


def _time_activity() -> list[Check]:
    lutetium = get_nuclide("Lu-177")
    rows = [
        ("left kidney, bi-exponential B = -A", _KIDNEY_MBQ_H, _kidney_mbq_h("bi-uptake"), 0.01,
         "MBq h", _SNMMI + ", unweighted"),
        ("left kidney, mono-exponential", 7745.7, _kidney_mbq_h("mono"), 0.1, "MBq h",
         _SNMMI + ", unweighted"),
    ]  # fmt: skip
    hours = np.array([1.0, 6.0, 24.0, 48.0, 72.0, 96.0])
    activity = 1e8 * (0.4 * np.exp2(-hours / 5.0) + 0.6 * np.exp2(-hours / 100.0))
    fit = fit_time_activity(
        hours * 3600, activity, 0.02 * activity, decay_per_s=lutetium.decay_per_s,
        options=FitOptions(models=("bi",)), name="two phases",
    )  # fmt: skip
    exact = 100 * (0.4 * 5.0 + 0.6 * 100.0) / math.log(2)
    rows.append(("two phases of 5 h and 100 h, six scans", exact, fit.tia_bq_s / _MBQ_H,
                 1e-4 * exact, "MBq h", "closed form, sum of A T / ln 2"))  # fmt: skip
    return [check_of("time-activity", row) for row in rows]


def _kidney_mbq_h(model: str) -> float:
    activity_bq = np.array(_KIDNEY_MBQ) * 1e6
    fit = fit_time_activity(
        np.array(_KIDNEY_HOURS) * 3600,
        activity_bq,
        0.05 * activity_bq,
        decay_per_s=get_nuclide("Lu-177").decay_per_s,
        options=FitOptions(models=(model,), weighting="uniform"),
        name="left kidney",
    )
    return fit.tia_bq_s / _MBQ_H


def _dose() -> list[Check]:
    lutetium, yttrium = get_nuclide("Lu-177"), get_nuclide("Y-90")
    kidney = mean_region_dose(
        _KIDNEY_MBQ_H * _MBQ_H, volume_ml=_KIDNEY_G, density_g_per_cm3=1.0, nuclide=lutetium
    )
    grid = Grid.from_spacing((4, 4, 4), spacing_mm=(4.0, 3.0, 2.0))
    per_voxel = _KIDNEY_MBQ_H * _MBQ_H / _KIDNEY_G * grid.voxel_volume_ml
    tia = Volume(values=np.full(grid.shape, per_voxel), grid=grid, quantity=Quantity.BQ_S)
    water = uniform_tissue(grid, "water")
    dose_map = LocalDeposition().compute(tia, water, lutetium)
    gigabecquerel = mean_region_dose(
        1e9 / yttrium.decay_per_s, volume_ml=1000.0, density_g_per_cm3=1.0, nuclide=yttrium
    )
    decay_per_s, repair_per_s = math.log(2) / 43_200, math.log(2) / 5400
    curve = ExponentialCurve(amplitudes_bq=np.array([1e8]), rates_per_s=np.array([decay_per_s]))
    bed = biologically_effective_dose(
        100.0, curve=curve, alpha_per_gy=0.35, alpha_beta_gy=10.0, repair_half_time_s=5400.0
    )
    dale = 100.0 * (1 + 100.0 * decay_per_s / (repair_per_s + decay_per_s) / 10.0)
    rows = [
        ("left kidney of 233.6 g, mean dose", 2.773, kidney.mean_dose_gy, 0.001, "Gy",
         _SNMMI + ", local deposition of all electrons"),
        ("left kidney, voxels of a dose map", 2.773, float(np.mean(dose_map.dose.values)), 0.001,
         "Gy", _SNMMI + ", local deposition of all electrons"),
        ("90Y, 1 GBq in 1 kg of tissue", 50.0, gigabecquerel.mean_dose_gy, 0.5, "Gy",
         "Kao et al. 2013, doi:10.1007/s00270-013-0783-z, rounded there"),
        ("BED of 100 Gy, T = 12 h, repair 1.5 h", dale, bed.bed_gy, 1e-6 * dale, "Gy",
         "Dale 1985, Br J Radiol 58:515, closed form"),
    ]  # fmt: skip
    return [check_of("dose", row) for row in (*rows, *transport_rows())]


def _pharmacy() -> list[Check]:
    return [check_of("pharmacy", row) for row in pharmacy_rows()]


_CHECKS: dict[str, Callable[[], list[Check]]] = {
    "nuclides": _nuclides,
    "time-activity": _time_activity,
    "dose": _dose,
    "pharmacy": _pharmacy,
}
TOPICS = tuple(_CHECKS)
