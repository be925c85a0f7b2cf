"""What a camera's head counts of photons of one energy: through its holes, and through its lead."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import Camera, EnergyWindow, angular_response, crystal_response
from hevesy.errors import InputError
from hevesy.media import LEAD, linear_attenuation_per_mm

__all__ = ["SEPTAL_SIGMAS", "HeadResponse", "has_open_holes", "head_response"]

SEPTAL_SIGMAS = (0.05, 0.12, 0.25, 0.5, 1.0)
"""Standard deviations of the Gaussians that make up what lead passes, in tan(angle)."""

_WIDEST_TANGENT = 2.7  # 70 degrees: what lies beyond falls outside any field
_LEAST_KEV, _MOST_KEV = 25.0, 3000.0
_NODES = 480  # of energy: 1 % steps
_OPEN_SHARE = 0.4  # of the holes' length that must be left for a closed-form resolution
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadResponse:
    """Counts of a head for photons that come evenly from all directions, by their energy.

    Made by `head_response`. All are counts for a photon per steradian, in sr: over 4 pi they are
    counts for a photon of an isotropic source.

    Parameters
    ----------
    windows : tuple of EnergyWindow
    energy_kev : ndarray of float64, shape (energies,)
        In equal ratios.
    holes_sr : ndarray of float64, shape (energies, windows)
        Through the holes, within their reach.
    septa_sr : ndarray of float64, shape (energies, windows, Gaussians)
        Through lead, as Gaussians of the standard deviations `SEPTAL_SIGMAS`.

    Raises
    ------
    InputError
        Arrays that do not fit each other.

    Examples
    --------
    See `head_response`.
    """

    windows: tuple[EnergyWindow, ...]
    energy_kev: Numbers
    holes_sr: Numbers
    septa_sr: Numbers

    def __post_init__(self) -> None:
        wanted = (self.energy_kev.size, len(self.windows))
        if self.holes_sr.shape != wanted or self.septa_sr.shape[:2] != wanted:
            raise InputError(
                "a head's response has arrays that do not fit each other",
                got=f"{self.holes_sr.shape}, {self.septa_sr.shape}",
                allowed=str(wanted),
                remedy="make it with head_response",
            )
        for name in ("energy_kev", "holes_sr", "septa_sr"):
            getattr(self, name).setflags(write=False)

    def at(self, energy_kev: Numbers) -> tuple[Numbers, Numbers]:
        """Holes, shape (n, windows), and septa, shape (n, windows, Gaussians), at n energies, sr.

        Linear between the nodes.
        """
        place = np.log(np.asarray(energy_kev) / self.energy_kev[0])
        place = place / math.log(self.energy_kev[1] / self.energy_kev[0])
        low = np.clip(place.astype(np.int64), 0, self.energy_kev.size - 2)
        part = np.clip(place - low, 0.0, 1.0)
        holes = self.holes_sr[low] * (1 - part)[:, None] + self.holes_sr[low + 1] * part[:, None]
        weight = part[:, None, None]
        septa = self.septa_sr[low] * (1 - weight) + self.septa_sr[low + 1] * weight
        return holes, septa


def has_open_holes(camera: Camera, energy_kev: float) -> bool:
    """Whether a collimator forms an image of these photons, or is as good as transparent.

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> has_open_holes(get_camera("siemens-symbia-lehr"), 155.0)
    True
    >>> has_open_holes(get_camera("siemens-symbia-lehr"), 931.0)
    False
    """
    length = camera.collimator.length_mm
    lead = 2.0 / float(linear_attenuation_per_mm(LEAD, energy_kev))
    return length - lead >= _OPEN_SHARE * length


@lru_cache(maxsize=8)
def head_response(
    camera: Camera, windows: tuple[EnergyWindow, ...], *, crystal_histories: int = 6000
) -> HeadResponse:
    """Put a collimator's angular response and its crystal's shares together.

    What the collimator passes within the holes' reach, less what it passes at that reach's edge,
    is the holes' part; it is imaged with `Camera.point_spread`. The rest, through lead, is written
    as a sum of Gaussians in the tangent of the angle (least squares, none negative). Where lead
    stops so few photons that the holes' effective length falls under 0.4 of their own, all of it is
    taken as the septa's.

    Parameters
    ----------
    camera : Camera
    windows : tuple of EnergyWindow
    crystal_histories : int
        As in `hevesy.camera.crystal_response`.

    Returns
    -------
    HeadResponse

    References
    ----------
    Metz CE, Atkins FB, Beck RN. Phys Med Biol 1980;25:1059. Frey EC, Tsui BMW. Modeling the
    scatter response function in inhomogeneous scattering media for SPECT. IEEE Trans Nucl Sci
    1994;41:1585 (Gaussians for what falls beside the holes).

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> camera, peak = get_camera("siemens-symbia-he"), EnergyWindow.around(155.0, percent=10)
    >>> seen = head_response(camera, (peak,), crystal_histories=200)
    >>> holes, septa = seen.at(np.array([155.0, 478.0]))
    >>> bool(holes[0, 0] > 10 * septa[0].sum()), bool(septa[1].sum() > holes[1, 0])
    (True, True)
    """
    angular = angular_response(camera.collimator)
    crystal = crystal_response(camera.detector, windows, histories=crystal_histories)
    energies = np.geomspace(_LEAST_KEV, _MOST_KEV, _NODES)
    mu = linear_attenuation_per_mm(LEAD, energies)
    scale = np.log(angular.mu_per_mm)
    place = np.clip((np.log(mu) - scale[0]) / (scale[1] - scale[0]), 0.0, scale.size - 1.0001)
    low = place.astype(np.int64)
    part = (place - low)[:, None]
    passed = angular.transmission[low] * (1 - part) + angular.transmission[low + 1] * part
    cosine = 0.5 * (angular.cosine_edges[1:] + angular.cosine_edges[:-1])
    solid_sr = -2.0 * math.pi * np.diff(angular.cosine_edges)
    reach = int(np.argmin(np.abs(np.arccos(angular.cosine_edges) - angular.reach_rad)))
    rows = np.rint((np.log(1e-3 * energies) - crystal.grid[0]) * crystal.grid[1]).astype(int)
    rows = np.clip(rows, 0, crystal.share.shape[0] - 1)
    columns = np.rint(cosine * (crystal.share.shape[1] - 1)).astype(int)
    share = crystal.share[rows][:, columns, :]  # (energies, bands, windows)
    core = np.zeros_like(passed)
    core[:, :reach] = np.maximum(passed[:, :reach] - passed[:, reach : reach + 1], 0.0)
    transparent = [not has_open_holes(camera, float(e)) for e in energies]
    core[transparent] = 0.0
    holes = np.einsum("eb,b,ebw->ew", core, solid_sr, share)
    beside = (passed - core)[:, :, None] * solid_sr[None, :, None] * share
    return HeadResponse(
        windows=windows,
        energy_kev=energies,
        holes_sr=holes,
        septa_sr=_as_gaussians(beside, np.tan(np.arccos(angular.cosine_edges))),
    )


def _as_gaussians(beside: Numbers, tangent: Numbers) -> Numbers:
    """Amplitudes of the Gaussians, shape (energies, windows, Gaussians), of the bands' counts."""
    from scipy.optimize import nnls

    used = tangent[1:] <= _WIDEST_TANGENT
    sigma = np.array(SEPTAL_SIGMAS)
    beyond = np.exp(-0.5 * np.square(tangent[:, None] / sigma))
    matrix = (beyond[:-1] - beyond[1:])[used]
    counts = beside[:, used]
    found = np.zeros((counts.shape[0], counts.shape[2], sigma.size))
    for e in range(counts.shape[0]):
        for w in range(counts.shape[2]):
            most = float(counts[e, :, w].max())
            if most > 0:
                found[e, w] = most * nnls(matrix, counts[e, :, w] / most)[0]
                inside = float((matrix @ found[e, w]).sum())
                found[e, w] *= float(counts[e, :, w].sum()) / inside
    return found
