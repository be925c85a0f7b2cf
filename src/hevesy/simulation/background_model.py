"""Scatter and penetration of an image in its own peak window, fast enough for each update."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import FWHM_PER_SIGMA, Camera, EnergyWindow, ViewGeometry, attenuation_map
from hevesy.compiled import run_batches
from hevesy.errors import GridError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import get_medium, mass_attenuation_cm2_per_g
from hevesy.nuclides import Nuclide
from hevesy.simulation.coarse_cells import (
    CELL_MM,
    cell_grid,
    electrons_in_cells,
    turn_electrons,
    turn_shares,
)
from hevesy.simulation.detector_plane import (
    CellConvolution,
    DetectorPlane,
    holes_sigma_mm,
    septal_sigma_mm,
)
from hevesy.simulation.head_response import SEPTAL_SIGMAS
from hevesy.simulation.scatter_source import ScatterPart, scatter_parts, water_per_mm
from hevesy.simulation.straight_bands import StraightBand, sharp_bands, straight_bands
from hevesy.simulation.wide_views import septal_slant

__all__ = ["BackgroundModel", "build_background_model", "scattered_only_share"]

_SIGMAS = 4.0  # of energy below the window, where photons are left out
_LEAST_KEV = 25.0
_KERNEL_MM = 300.0
_POOL_RATIO = 2.0  # of energies of scatter that are convolved as one
_POOLED_SIGMAS = ((0, 1), (2,), (3,), (4,))  # the narrowest two make up 3 % of 188Re's penetration
_ELECTRONS_KEV = 200.0  # where a CT's attenuation over water's is its electrons' share
_LEAST_COUNTS = 1e-4  # of the straight ones: bands below are left out
Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]


def scattered_only_share(energy_kev: float) -> float:
    """Water's attenuation without coherent scattering, which hardly turns photons, over the whole.

    A model that counts coherently scattered photons as straight needs its attenuation without.

    Examples
    --------
    >>> round(scattered_only_share(155.0), 3)
    0.985
    """
    water = get_medium("water")
    whole = 0.1 * float(mass_attenuation_cm2_per_g(water, 1e-3 * energy_kev))
    return float(water_per_mm(energy_kev)) / (whole * water.density_g_per_cm3)


class _Terms(NamedTuple):
    """What is counted, over the straight counts through the holes of the line that is imaged.

    Term 0 goes through the holes, the others through lead, by `sigmas`.
    """

    kernels: tuple[Floats, ...]  # scatter, by energy
    kernel_mu: tuple[float, ...]
    shares: Numbers  # (kernels, terms)
    straight: Numbers  # (bands, terms)
    straight_mu: tuple[float, ...]
    sigmas: tuple[float, ...]  # of the terms through lead, tan(angle)
    energies_kev: tuple[float, ...]  # of each term, for its blur


class _View(NamedTuple):
    turn: Any
    electrons: Floats
    water_mm: Floats
    widths_mm: tuple[Numbers, ...]  # of each term, by depth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BackgroundModel:
    """Expected scatter and penetration of an image, view by view; made by `build_background_model`.

    An image's voxel holds the counts that it would add to a mean view through the holes, straight
    and without attenuation. No absolute sensitivity is in it: everything is over those counts.

    Parameters
    ----------
    grid : Grid
        The coarse cells; what lies outside them adds nothing.
    geometry : ViewGeometry
        Views and pixels.
    electrons_share : ndarray of float32, shape ``grid.shape``
        Electrons of each cell over water's.
    terms, plane, convolution, views, across
        Tables of the model.

    Raises
    ------
    GridError
        Electrons that are not on the grid.

    Examples
    --------
    See `build_background_model`.
    """

    grid: Grid
    geometry: ViewGeometry
    electrons_share: Floats
    terms: _Terms
    plane: DetectorPlane
    convolution: CellConvolution
    views: tuple[_View, ...]
    across: Floats

    def __post_init__(self) -> None:
        if self.electrons_share.shape != self.grid.shape:
            raise GridError(
                "the background model's electrons are not on its grid",
                got=self.electrons_share.shape,
                allowed=str(self.grid.shape),
                remedy="make it with build_background_model",
            )
        self.electrons_share.setflags(write=False)

    def cells(self, image: NDArray[Any], grid: Grid) -> Floats:
        """An image of counts, on a grid with the world's axes, summed into cells by overlap."""
        along, down, over = _overlaps(grid, self.grid)
        rows = along @ np.ascontiguousarray(image, dtype=np.float32).reshape(image.shape[0], -1)
        planes = rows.reshape(self.grid.shape[0], *image.shape[1:])
        found = np.empty(self.grid.shape, dtype=np.float32)
        for number, plane in enumerate(planes):
            found[number] = (over @ (down @ plane).T).T
        return found

    def project(
        self,
        cells: Floats,
        views: NDArray[np.integer[Any]] | None = None,
        *,
        threads: int | None = None,
    ) -> Floats:
        """Expected counts of a view of weight 1, shape (views, axial, transaxial)."""
        numbers = np.arange(len(self.views)) if views is None else np.asarray(views)
        rows = cells.shape[0]
        flat = np.ascontiguousarray(cells.reshape(rows, -1).T)
        found = run_batches(
            lambda n: self._one(flat, self.views[int(numbers[n])]), numbers.size, threads=threads
        )
        return np.stack(found)

    def _one(self, flat: Floats, view: _View) -> Floats:
        terms, plane = self.terms, self.plane
        shape = view.electrons.shape
        turned = np.ascontiguousarray((view.turn @ flat).T).reshape(shape)
        planes = np.zeros((len(view.widths_mm), *shape), dtype=np.float32)
        for mu, shares in zip(terms.straight_mu, terms.straight, strict=True):
            weakened = np.exp(np.float32(-mu) * view.water_mm)
            for t in np.flatnonzero(shares):
                planes[t] += np.float32(shares[t]) * weakened
        planes *= turned
        sources = self.convolution.sources(turned)
        for mu, shares, source in zip(terms.kernel_mu, terms.shares, sources, strict=True):
            source *= np.exp(np.float32(-mu) * view.water_mm)
            source *= view.electrons
            for t in np.flatnonzero(shares):
                planes[t] += np.float32(shares[t]) * source
        total = np.zeros((plane.turns_z.size, plane.turns_u.size), dtype=np.complex64)
        for cells, width_mm in zip(planes, view.widths_mm, strict=True):
            total += plane.blurred(plane.transform(cells), width_mm)
        return plane.pixels(total).astype(np.float32) * self.across


def _overlaps(fine: Grid, coarse: Grid) -> tuple[Any, ...]:
    """Share of each fine voxel in each coarse cell along each axis: three sparse matrices."""
    from scipy.sparse import csr_array

    found = []
    for axis in range(3):
        world = 2 - axis
        step, wide = fine.spacing_mm[axis], coarse.spacing_mm[axis]
        low = float(fine.origin_mm[world]) + (np.arange(fine.shape[axis]) - 0.5) * step
        edges = float(coarse.origin_mm[world]) + (np.arange(coarse.shape[axis]) - 0.5) * wide
        shared = np.minimum(low + step, (edges + wide)[:, None]) - np.maximum(low, edges[:, None])
        found.append(csr_array((np.maximum(shared, 0.0) / step).astype(np.float32)))
    return tuple(found)


def build_background_model(
    ct: Volume,
    camera: Camera,
    nuclide: Nuclide,
    geometry: ViewGeometry,
    peak: EnergyWindow,
    *,
    kvp: float = 120.0,
    crystal_histories: int = 6000,
) -> BackgroundModel:
    """Tables for the scatter and penetration of images that these views see.

    The physics is `model_projections`'s (effective scatter sources; penetration as Gaussians), in
    the peak window alone, over the counts that come straight through the holes. To be fast, all
    that has nearly one width is summed before it is blurred, and scatter of like energies is
    convolved as one.

    Parameters
    ----------
    ct : Volume
        HU, in the views' frame.
    camera : Camera
    nuclide : Nuclide
    geometry : ViewGeometry
        Rows and columns to be filled; only the field's width is cut off.
    peak : EnergyWindow
    kvp : float
        The CT's tube voltage, kV.
    crystal_histories : int
        As in `hevesy.camera.crystal_response`.

    Returns
    -------
    BackgroundModel

    References
    ----------
    Frey EC, Tsui BMW. IEEE Nucl Sci Symp Conf Rec 1996;2:1082 (effective source scatter
    estimation). Kadrmas DJ et al. Fast implementations of reconstruction-based scatter
    compensation in fully 3D SPECT image reconstruction. Phys Med Biol 1998;43:857.

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(10, 10, 10), origin_mm=(-40, -40, -40))
    >>> water = Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU)
    >>> camera = get_camera("siemens-symbia-lehr")
    >>> model = build_background_model(water, camera, get_nuclide("Tc-99m"),
    ...     camera.orbit(2, radius_mm=100), EnergyWindow.around(140.5, percent=10),
    ...     crystal_histories=200)
    >>> image = np.zeros(grid.shape)
    >>> image[4, 4, 4] = 1000.0
    >>> seen = model.project(model.cells(image, grid)).sum(axis=(1, 2))
    >>> bool(100 < seen[0] < 400), bool(abs(seen[1] / seen[0] - 1) < 0.01)
    (True, True)
    """
    sigma = camera.detector.energy_fwhm_kev(peak.lower_kev) / FWHM_PER_SIGMA
    least_kev = max(peak.lower_kev - _SIGMAS * sigma, _LEAST_KEV)
    bands = straight_bands(
        nuclide, camera, (peak,), least_kev=least_kev, crystal_histories=crystal_histories
    )
    parts = scatter_parts(
        nuclide, camera, (peak,), least_kev=least_kev, cell_mm=CELL_MM, reach_mm=_KERNEL_MM,
        crystal_histories=crystal_histories,
    )  # fmt: skip
    terms = _terms(bands, parts)
    water = 0.1 * float(mass_attenuation_cm2_per_g(get_medium("water"), 1e-3 * _ELECTRONS_KEV))
    mu = attenuation_map(ct, _ELECTRONS_KEV, kvp=kvp)
    electrons = mu.with_values(mu.values / np.float32(water), Quantity.RELATIVE)
    length_mm = geometry.shape[0] * geometry.pixel_mm[0]
    grid = cell_grid((electrons,), geometry, axial_field_mm=length_mm)
    inside = electrons_in_cells(electrons, grid)
    edges = (np.arange(geometry.shape[1] + 1) - geometry.shape[1] / 2) * geometry.pixel_mm[1]
    half = camera.field_mm[1] / 2
    across = np.diff(np.clip(edges, -half, half)) / geometry.pixel_mm[1]
    return BackgroundModel(
        grid=grid,
        geometry=geometry,
        electrons_share=inside,
        terms=terms,
        plane=DetectorPlane(grid, camera, geometry),
        convolution=CellConvolution(terms.kernels, grid.shape),
        views=tuple(
            _view(inside, float(angle), float(radius), terms, camera)
            for angle, radius in zip(geometry.angles_deg, geometry.radii_mm, strict=True)
        ),
        across=across.astype(np.float32),
    )


def _view(
    electrons: Floats, angle_deg: float, radius_mm: float, terms: _Terms, camera: Camera
) -> _View:
    turned = turn_electrons(electrons, angle_deg)
    ahead = np.cumsum(turned[:, ::-1], axis=1)[:, ::-1] - 0.5 * turned
    cells = turned.shape[1]
    depth = (np.arange(cells) - (cells - 1) / 2) * CELL_MM
    face = np.maximum(radius_mm - depth, 0.0)
    widths = [holes_sigma_mm(camera, face, terms.energies_kev[0])]
    for sigma, kev in zip(terms.sigmas, terms.energies_kev[1:], strict=True):
        widths += septal_sigma_mm(camera, face, kev, (sigma,))
    return _View(
        turn=turn_shares(cells, angle_deg),
        electrons=turned,
        water_mm=(CELL_MM * ahead).astype(np.float32),
        widths_mm=tuple(widths),
    )


def _terms(bands: tuple[StraightBand, ...], parts: tuple[ScatterPart, ...]) -> _Terms:
    """Everything over the counts through the holes of the line that is imaged."""
    sharp = sharp_bands(bands)
    imaged = max(sharp, key=lambda band: float(band.holes_counts[0]))
    unit = float(imaged.holes_counts[0])
    sigmas, shares = _pooled_sigmas(bands)
    terms = 1 + len(sigmas)
    straight, straight_mu, energies = [], [], []
    for band in sharp:
        if band is not imaged:
            straight.append(np.array([band.holes_counts[0] / unit, *np.zeros(terms - 1)]))
            straight_mu.append(float(water_per_mm(band.energy_kev)))
    for band, share in zip(bands, shares, strict=True):
        if share.sum() > _LEAST_COUNTS * unit:
            straight.append(np.array([0.0, *(share / unit)]))
            slant = septal_slant(band.septa_counts.sum(axis=0))
            straight_mu.append(slant * float(water_per_mm(band.energy_kev)))
    pooled = _pooled_parts(parts)
    counts = np.array([float(part.kernel.sum()) for part in pooled])
    through = np.stack(
        [[p.holes_share, *(p.septa_share[list(g)].sum() for g in _POOLED_SIGMAS)] for p in pooled]
    )
    kept = through * counts[:, None]
    logs = np.log([part.energy_kev for part in pooled])
    for t in range(terms):
        weights, values = list(kept[:, t] + 1e-30), list(logs)
        if t > 0:
            weights += list(shares[:, t - 1])
            values += [math.log(band.energy_kev) for band in bands]
        energies.append(math.exp(float(np.average(values, weights=weights))))
    return _Terms(
        kernels=tuple(part.kernel for part in pooled),
        kernel_mu=tuple(float(water_per_mm(part.energy_kev)) for part in pooled),
        shares=np.where(kept > _LEAST_COUNTS * unit, through, 0.0) / unit,
        straight=np.stack(straight) if straight else np.zeros((0, terms)),
        straight_mu=tuple(straight_mu),
        sigmas=sigmas,
        energies_kev=tuple(energies),
    )


def _pooled_sigmas(bands: Sequence[StraightBand]) -> tuple[tuple[float, ...], Numbers]:
    """Widths of pooled Gaussians, of their mean variance, and each band's counts in them."""
    counts = np.stack([band.septa_counts[0] for band in bands])
    total, square = counts.sum(axis=0), np.square(SEPTAL_SIGMAS)
    widths = []
    for group in _POOLED_SIGMAS:
        held = total[list(group)] + 1e-30
        widths.append(math.sqrt(float(np.average(square[list(group)], weights=held))))
    return tuple(widths), np.stack([counts[:, list(g)].sum(axis=1) for g in _POOLED_SIGMAS], axis=1)


def _pooled_parts(parts: Sequence[ScatterPart]) -> list[ScatterPart]:
    """Parts of like energy as one: kernels added, energies and ways by their counts."""
    groups: list[list[ScatterPart]] = []
    for part in sorted(parts, key=lambda p: p.energy_kev):
        if groups and part.energy_kev < _POOL_RATIO * groups[-1][0].energy_kev:
            groups[-1].append(part)
        else:
            groups.append([part])
    found = []
    for group in groups:
        counts = np.array([float(part.kernel.sum()) for part in group])
        energies = [part.energy_kev for part in group]
        found.append(
            ScatterPart(
                window=0,
                energy_kev=float(np.average(energies, weights=counts)),
                kernel=np.sum([part.kernel for part in group], axis=0, dtype=np.float32),
                holes_share=float(np.average([p.holes_share for p in group], weights=counts)),
                septa_share=np.average([p.septa_share for p in group], axis=0, weights=counts),
            )
        )
    return found
