"""Where water sends scattered photons towards a camera: the effective scatter source of a point."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import Camera, EnergyWindow
from hevesy.media import get_medium, mass_attenuation_cm2_per_g
from hevesy.nuclides import Nuclide
from hevesy.simulation.head_response import HeadResponse, head_response
from hevesy.simulation.photon_source import photon_source

__all__ = ["ScatterPart", "emitted_bands", "scatter_parts", "water_per_mm"]

_ELECTRON_MEV = 0.51099895
_MOST_EVENTS = 40  # of one photon
_TURNS = 8  # of an event about the camera's direction, by symmetry
_BAND_RATIO = 1.5  # of scattered energy
_LEAST_SHARE = 0.01  # of a window's scatter; smaller parts are given to the others
_QUANTILES = 256
_SUB_BANDS = 4  # of a band of bremsstrahlung
_SEED = 20_188
Numbers = NDArray[np.float64]


class EmittedBands(NamedTuple):
    """Photons per decay at energies."""

    energy_kev: Numbers
    per_decay: Numbers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScatterPart:
    """Scattered photons of one band of energy, as one window counts them.

    Parameters
    ----------
    window : int
    energy_kev : float
        Mean energy after the last scatter, by counts, keV.
    kernel : ndarray of float32, shape (n, n, n)
        Counts per decay for each cell, without attenuation on the way out: axes are the camera's
        axial one, depth (rising towards it) and transaxial one; the point is in the middle.
    holes_share : float
        The part of these counts that comes through the holes.
    septa_share : ndarray of float64, shape (Gaussians,)
        The rest, by `SEPTAL_SIGMAS`.

    Examples
    --------
    See `scatter_parts`.
    """

    window: int
    energy_kev: float
    kernel: NDArray[np.float32]
    holes_share: float
    septa_share: Numbers


def water_per_mm(energy_kev: Numbers | float) -> Numbers:
    """Attenuation of water without coherent scattering, which hardly turns photons, 1/mm.

    Examples
    --------
    >>> round(float(water_per_mm(155.0)), 5)
    0.01467
    """
    mev = 1e-3 * np.asarray(energy_kev, dtype=np.float64)
    water = get_medium("water")
    whole = mass_attenuation_cm2_per_g(water, mev)
    coherent = mass_attenuation_cm2_per_g(water, mev, "coherent")
    return np.asarray(0.1 * water.density_g_per_cm3 * (whole - coherent))


def emitted_bands(nuclide: Nuclide, *, least_kev: float) -> EmittedBands:
    """Lines and bremsstrahlung above an energy; bands of bremsstrahlung are cut in four.

    Parameters
    ----------
    nuclide : Nuclide
    least_kev : float
        keV.

    Returns
    -------
    EmittedBands

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> found = emitted_bands(get_nuclide("Tc-99m"), least_kev=100.0)
    >>> round(float(found.energy_kev[found.per_decay.argmax()]), 1)
    140.5
    """
    source = photon_source(nuclide, least_kev=least_kev)
    places = (np.arange(_SUB_BANDS) + 0.5) / _SUB_BANDS
    energies, shares = [], []
    for lower, upper, share in zip(
        source.lower_mev, source.upper_mev, source.per_decay, strict=True
    ):
        at = places if upper > lower else np.array([0.5])
        energies.append(1e3 * lower * (upper / lower) ** at)
        shares.append(np.full(at.size, share / at.size))
    return EmittedBands(np.concatenate(energies), np.concatenate(shares))


def _differential(energy_mev: Numbers, cosine: Numbers) -> Numbers:
    """Klein and Nishina's cross section over its constants, for free electrons at rest."""
    ratio = 1.0 / (1.0 + energy_mev / _ELECTRON_MEV * (1.0 - cosine))
    return np.asarray(ratio * ratio * (ratio + 1.0 / ratio - 1.0 + cosine * cosine))


def _turn_table(energies: Numbers) -> tuple[Numbers, Numbers]:
    """Quantiles of the cosine, shape (energies, quantiles), and the integral over the sphere."""
    cosine = np.linspace(-1.0, 1.0, 1001)
    density = _differential(energies[:, None], cosine[None, :])
    steps = 0.5 * (density[:, 1:] + density[:, :-1]) * np.diff(cosine)
    running = np.concatenate([np.zeros((energies.size, 1)), np.cumsum(steps, axis=1)], axis=1)
    wanted = np.linspace(0.0, 1.0, _QUANTILES)
    table = np.stack([np.interp(wanted, row / row[-1], cosine) for row in running])
    return table, 2.0 * math.pi * running[:, -1]


class _Photons(NamedTuple):
    place: Numbers  # (n, 3), mm: axial, depth, transaxial
    direction: Numbers
    energy: Numbers  # MeV
    weight: Numbers


def _emit(
    bands: EmittedBands, head: HeadResponse, count: int, random: np.random.Generator
) -> _Photons:
    """Half by yield, half by energy times yield: hard photons scatter often before they are lost.

    Weights are photons per decay, over the histories.
    """
    share = bands.per_decay / bands.per_decay.sum()
    holes, septa = head.at(bands.energy_kev)
    seen = share * (holes.sum(axis=1) + septa.sum(axis=(1, 2)))
    hard = share * bands.energy_kev
    drawn = 0.4 * share + 0.3 * seen / seen.sum() + 0.3 * hard / hard.sum()
    drawn /= drawn.sum()
    number = np.searchsorted(np.cumsum(drawn), random.random(count) * (1 - 1e-12))
    number = np.minimum(number, drawn.size - 1)
    cosine, turn = 2.0 * random.random(count) - 1.0, 2.0 * math.pi * random.random(count)
    sine = np.sqrt(1.0 - cosine * cosine)
    return _Photons(
        place=np.zeros((count, 3)),
        direction=np.stack([sine * np.cos(turn), cosine, sine * np.sin(turn)], axis=1),
        energy=1e-3 * bands.energy_kev[number],
        weight=bands.per_decay[number] / (drawn[number] * count),
    )


def _turned(direction: Numbers, cosine: Numbers, turn: Numbers) -> Numbers:
    """Directions at an angle to the old ones."""
    sine = np.sqrt(np.maximum(1.0 - cosine * cosine, 0.0))
    other = np.where(np.abs(direction[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    first = np.cross(direction, other)
    first /= np.linalg.norm(first, axis=1)[:, None]
    second = np.cross(direction, first)
    across = np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second
    return np.asarray(cosine[:, None] * direction + sine[:, None] * across)


class _Sums:
    """Counts of each window and band, in cells, and what is needed for their means."""

    def __init__(self, head: HeadResponse, cells: int, cell_mm: float, least_kev: float) -> None:
        self.head, self.cells, self.cell_mm = head, cells, cell_mm
        top = math.log(float(head.energy_kev[-1]) / least_kev) / math.log(_BAND_RATIO)
        self.least_kev, self.bands = least_kev, math.ceil(top)
        windows, gaussians = len(head.windows), head.septa_sr.shape[2]
        self.counts = np.zeros((windows, self.bands, cells**3))
        self.energy = np.zeros((windows, self.bands))
        self.holes = np.zeros((windows, self.bands))
        self.septa = np.zeros((windows, self.bands, gaussians))

    def add(
        self, place: Numbers, kev: Numbers, weight: Numbers, random: np.random.Generator
    ) -> None:
        """Score events that send `weight` photons per steradian towards the camera."""
        holes, septa = self.head.at(kev)
        band = (np.log(kev / self.least_kev) / math.log(_BAND_RATIO)).astype(np.int64)
        band = np.clip(band, 0, self.bands - 1)
        across = np.hypot(place[:, 0], place[:, 2])
        cells = []
        for _ in range(_TURNS):
            turn = 2.0 * math.pi * random.random(kev.size)
            at = np.stack([across * np.cos(turn), place[:, 1], across * np.sin(turn)], axis=1)
            # the point lies anywhere in its cell
            at = np.rint(at / self.cell_mm + random.random(at.shape) - 0.5).astype(np.int64)
            at += self.cells // 2
            inside = ((at >= 0) & (at < self.cells)).all(axis=1)
            flat = (at[:, 0] * self.cells + at[:, 1]) * self.cells + at[:, 2]
            cells.append(np.where(inside, band * self.cells**3 + flat, -1))
        for w in range(len(self.head.windows)):
            counted = weight * (holes[:, w] + septa[:, w].sum(axis=1))
            for flat in cells:
                kept = flat >= 0
                found = np.bincount(
                    flat[kept], counted[kept] / _TURNS, minlength=self.bands * self.cells**3
                )
                self.counts[w] += found.reshape(self.bands, -1)
            self.energy[w] += np.bincount(band, counted * kev, minlength=self.bands)
            self.holes[w] += np.bincount(band, weight * holes[:, w], minlength=self.bands)
            for k in range(septa.shape[2]):
                passed = weight * septa[:, w, k]
                self.septa[w, :, k] += np.bincount(band, passed, minlength=self.bands)


def _follow(photons: _Photons, sums: _Sums, random: np.random.Generator) -> None:
    """Let photons scatter in endless water; score each event towards the camera."""
    nodes = np.geomspace(1e-3 * sums.least_kev, 3.0, 200)
    table, sphere = _turn_table(nodes)
    step = math.log(nodes[1] / nodes[0])
    water = get_medium("water")
    scattered = mass_attenuation_cm2_per_g(water, nodes, "incoherent")
    scattered = 0.1 * water.density_g_per_cm3 * scattered
    whole = water_per_mm(1e3 * nodes)
    reach = 0.5 * sums.cells * sums.cell_mm
    for _ in range(_MOST_EVENTS):
        place, direction, energy, weight = photons
        if energy.size == 0:
            return
        mu = np.interp(energy, nodes, whole)
        weight = weight * np.interp(energy, nodes, scattered) / mu
        place = place + direction * (-np.log1p(-random.random(energy.size)) / mu)[:, None]
        cosine = direction[:, 1]
        towards = _differential(energy, cosine) / np.interp(energy, nodes, sphere)
        left = energy / (1.0 + energy / _ELECTRON_MEV * (1.0 - cosine))
        seen = 1e3 * left > sums.least_kev
        sums.add(place[seen], 1e3 * left[seen], (weight * towards)[seen], random)
        row = np.rint(np.log(energy / nodes[0]) / step).astype(np.int64)
        at = random.random(energy.size) * (_QUANTILES - 1)
        low = at.astype(np.int64)
        part = at - low
        turned = table[row, low] * (1.0 - part) + table[row, low + 1] * part
        direction = _turned(direction, turned, 2.0 * math.pi * random.random(energy.size))
        energy = energy / (1.0 + energy / _ELECTRON_MEV * (1.0 - turned))
        near = (np.abs(place) < 1.5 * reach).all(axis=1)
        kept = (1e3 * energy > sums.least_kev) & near
        photons = _Photons(place[kept], direction[kept], energy[kept], weight[kept])


@lru_cache(maxsize=4)
def scatter_parts(
    nuclide: Nuclide,
    camera: Camera,
    windows: tuple[EnergyWindow, ...],
    *,
    least_kev: float,
    cell_mm: float,
    reach_mm: float,
    histories: int = 150_000,
    crystal_histories: int = 6000,
) -> tuple[ScatterPart, ...]:
    """Counts that a point in endless water sends to each window after one scatter or more.

    Photons of the nuclide are followed through water (Klein and Nishina, photoelectric effect;
    free electrons, no coherent scattering); at each event the counts that it would give in the
    direction of the camera, without attenuation from there on, are added up by its place and by
    the photon's energy. The result always rests on the same random numbers.

    Parameters
    ----------
    nuclide : Nuclide
    camera : Camera
    windows : tuple of EnergyWindow
    least_kev : float
        Softer photons are not followed, keV.
    cell_mm : float
        Edge of the kernels' cubic cells, mm.
    reach_mm : float
        Kernels end there, mm.
    histories : int
        Photons.
    crystal_histories : int
        As in `hevesy.camera.crystal_response`.

    Returns
    -------
    tuple of ScatterPart
        Those that make up 1 % or more of a window's scatter.

    References
    ----------
    Frey EC, Tsui BMW. A new method for modeling the spatially-variant, object-dependent scatter
    response function in SPECT. IEEE Nucl Sci Symp Conf Rec 1996;2:1082 (effective source scatter
    estimation).

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> from hevesy.nuclides import get_nuclide
    >>> peak = EnergyWindow.around(140.5, percent=10)
    >>> parts = scatter_parts(get_nuclide("Tc-99m"), get_camera("siemens-symbia-lehr"), (peak,),
    ...     least_kev=110.0, cell_mm=20.0, reach_mm=150.0, histories=2000, crystal_histories=200)
    >>> 120 < parts[-1].energy_kev < 140, parts[-1].kernel.shape
    (True, (15, 15, 15))
    """
    head = head_response(camera, windows, crystal_histories=crystal_histories)
    random = np.random.default_rng(_SEED)
    cells = 2 * int(reach_mm / cell_mm) + 1
    sums = _Sums(head, cells, cell_mm, least_kev)
    bands = emitted_bands(nuclide, least_kev=least_kev)
    _follow(_emit(bands, head, histories, random), sums, random)
    found = []
    for w in range(len(windows)):
        total = sums.holes[w] + sums.septa[w].sum(axis=1)
        kept = np.flatnonzero(total >= _LEAST_SHARE * total.sum())
        scale = total.sum() / total[kept].sum()
        found += [
            ScatterPart(
                window=w,
                energy_kev=float(sums.energy[w, b] / total[b]),
                kernel=(scale * sums.counts[w, b]).astype(np.float32).reshape(cells, cells, cells),
                holes_share=float(sums.holes[w, b] / total[b]),
                septa_share=sums.septa[w, b] / total[b],
            )
            for b in kept
        ]
    return tuple(found)
