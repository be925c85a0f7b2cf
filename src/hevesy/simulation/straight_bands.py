"""Photons that are not scattered in the patient, in bands of energy, as windows count them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import Camera, EnergyWindow
from hevesy.nuclides import Nuclide
from hevesy.simulation.head_response import head_response
from hevesy.simulation.scatter_source import emitted_bands

__all__ = ["StraightBand", "sharp_bands", "straight_bands"]

_BAND_RATIO = 1.25
_SHARP_SHARE = 0.04  # of a window's counts through holes; smaller bands join a sharp one
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StraightBand:
    """Photons of one band of energy, as the windows count them in air.

    Parameters
    ----------
    energy_kev : float
        Mean energy, keV.
    holes_counts : ndarray of float64, shape (windows,)
        Counts per decay through the holes.
    septa_counts : ndarray of float64, shape (windows, Gaussians)
        Counts per decay through lead, by `SEPTAL_SIGMAS`.

    Examples
    --------
    >>> StraightBand(energy_kev=478.0, holes_counts=np.zeros(1),
    ...              septa_counts=np.zeros((1, 5))).energy_kev
    478.0
    """

    energy_kev: float
    holes_counts: Numbers
    septa_counts: Numbers


def straight_bands(
    nuclide: Nuclide,
    camera: Camera,
    windows: tuple[EnergyWindow, ...],
    *,
    least_kev: float,
    crystal_histories: int,
) -> tuple[StraightBand, ...]:
    """Sort a nuclide's photons into bands of energy a quarter wide.

    Parameters
    ----------
    nuclide : Nuclide
    camera : Camera
    windows : tuple of EnergyWindow
    least_kev : float
        Softer photons are left out, keV.
    crystal_histories : int
        As in `hevesy.camera.crystal_response`.

    Returns
    -------
    tuple of StraightBand

    Examples
    --------
    The holes' part is intensity times geometric efficiency times the crystal's share:

    >>> from hevesy.camera import get_camera
    >>> from hevesy.nuclides import get_nuclide
    >>> camera, peak = get_camera("siemens-symbia-lehr"), EnergyWindow.around(140.5, percent=10)
    >>> bands = straight_bands(get_nuclide("Tc-99m"), camera, (peak,), least_kev=110.0,
    ...                        crystal_histories=200)
    >>> counts = float(sum(band.holes_counts[0] for band in bands))
    >>> 0.8 < counts / (0.89 * camera.collimator.geometric_efficiency(140.5)) < 0.9
    True
    """
    head = head_response(camera, windows, crystal_histories=crystal_histories)
    emitted = emitted_bands(nuclide, least_kev=least_kev)
    per_decay = emitted.per_decay / (4.0 * math.pi)
    holes, septa = head.at(emitted.energy_kev)
    holes, septa = holes * per_decay[:, None], septa * per_decay[:, None, None]
    number = (np.log(emitted.energy_kev / least_kev) / math.log(_BAND_RATIO)).astype(int)
    counted = holes.sum(axis=1) + septa.sum(axis=(1, 2))
    found = []
    for band in np.unique(number):
        inside = number == band
        if counted[inside].sum() > 0:
            mean = np.average(emitted.energy_kev[inside], weights=counted[inside])
            found.append(
                StraightBand(
                    energy_kev=float(mean),
                    holes_counts=holes[inside].sum(axis=0),
                    septa_counts=septa[inside].sum(axis=0),
                )
            )
    return tuple(found)


def sharp_bands(bands: tuple[StraightBand, ...]) -> tuple[StraightBand, ...]:
    """Pick the bands that are imaged one by one; what others give through holes joins the next.

    A window's total through the holes is kept.

    Parameters
    ----------
    bands : tuple of StraightBand

    Returns
    -------
    tuple of StraightBand
        Each makes up 4 % or more of a window's counts through the holes.

    Examples
    --------
    >>> bands = tuple(StraightBand(energy_kev=kev, holes_counts=np.array([counts]),
    ...                            septa_counts=np.zeros((1, 5)))
    ...               for kev, counts in ((155.0, 0.98), (478.0, 0.02)))
    >>> [float(band.holes_counts[0]) for band in sharp_bands(bands)]
    [1.0]
    """
    total = sum(band.holes_counts for band in bands)
    share = np.stack([band.holes_counts / np.maximum(total, 1e-300) for band in bands])
    kept = np.flatnonzero(share.max(axis=1) >= _SHARP_SHARE)
    energies = np.log([bands[i].energy_kev for i in kept])
    sums = {int(i): np.zeros_like(bands[0].holes_counts) for i in kept}
    for band in bands:
        nearest = int(kept[np.abs(energies - math.log(band.energy_kev)).argmin()])
        sums[nearest] = sums[nearest] + band.holes_counts
    return tuple(
        StraightBand(
            energy_kev=bands[i].energy_kev,
            holes_counts=sums[i],
            septa_counts=bands[i].septa_counts,
        )
        for i in sums
    )
