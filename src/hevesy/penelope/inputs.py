"""The files that PenRed reads: voxels, source, spectrum, configuration.

PenRed's world is in cm with the grid's corner as its origin, x fastest. A margin of 10 um around
the grid is the enclosure that it asks for; what leaves the grid has escaped.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.penelope.density_bins import VoxelMaterials
from hevesy.penelope.spectrum import Spectrum

__all__ = [
    "SEED_PAIRS",
    "EvenSource",
    "Particle",
    "TransportOptions",
    "bounding_box",
    "configuration",
    "find_even_source",
    "source_text",
    "spectrum_text",
    "voxels_text",
]

Particle = Literal["electron", "gamma", "positron"]

_SOURCE = "sources/generic/decays"
SEED_PAIRS = 1001  # PenRed knows this many pairs of seeds
_ENCLOSURE_CM = 1e-3
_MOST_TABULATED = 10_000  # bins of a source; PenRed's table takes a time in their square
_SAME = 1e-6  # float32 of an image of decays


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """PENELOPE's parameters of transport, the same in every medium.

    Parameters
    ----------
    elastic_c1, elastic_c2 : float
        C1 (mean deflection) and C2 (greatest mean energy loss) between hard elastic collisions,
        0 to 0.2.
    hard_collision_ev, hard_bremsstrahlung_ev : float
        WCC and WCR: energy losses above are simulated one by one, eV.
    electron_cutoff_ev, photon_cutoff_ev : float
        Below, a particle deposits its energy where it is, eV.
    longest_step_mm : float
        DSMAX.

    Raises
    ------
    InputError
        A parameter outside PENELOPE's range.

    Examples
    --------
    >>> TransportOptions(elastic_c1=0.1, elastic_c2=0.1).electron_cutoff_ev
    20000.0
    """

    elastic_c1: float = 0.05
    elastic_c2: float = 0.05
    hard_collision_ev: float = 5e3
    hard_bremsstrahlung_ev: float = 1e3
    electron_cutoff_ev: float = 2e4
    photon_cutoff_ev: float = 1e3
    longest_step_mm: float = 1e36

    def __post_init__(self) -> None:
        if not (0 <= self.elastic_c1 <= 0.2 and 0 <= self.elastic_c2 <= 0.2):
            raise InputError(
                "C1 and C2 of PENELOPE must lie between 0 and 0.2",
                got=f"{self.elastic_c1:g}, {self.elastic_c2:g}",
                remedy="use 0.05",
            )
        least = min(
            self.electron_cutoff_ev, self.photon_cutoff_ev, self.hard_collision_ev,
            self.hard_bremsstrahlung_ev,
        )  # fmt: skip
        if not (50 <= least < 1e9) or not self.longest_step_mm > 0:
            raise InputError(
                "PENELOPE's cut-offs must be 50 eV or more, and its longest step above 0",
                got=f"{least:g} eV, {self.longest_step_mm:g} mm",
                remedy="use the defaults",
            )


def voxels_text(materials: VoxelMaterials, spacing_mm: tuple[float, float, float]) -> str:
    """Voxel geometry: size, spacing, and the material (from 1) of each voxel.

    Parameters
    ----------
    materials : VoxelMaterials
    spacing_mm : tuple of float
        Along (z, y, x).

    Returns
    -------
    str

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> from hevesy.penelope.density_bins import bin_densities
    >>> seen = bin_densities(np.ones((1, 1, 2)), np.zeros((1, 1, 2), int), [get_medium("water")])
    >>> voxels_text(seen, (3, 2, 1)).splitlines()
    ['2 1 1', '0.1 0.2 0.3', '1 1', '1 1']
    """
    nz, ny, nx = materials.index.shape
    dz, dy, dx = (size / 10.0 for size in spacing_mm)
    words = np.array([f"{k + 1} 1" for k in range(len(materials.materials))])
    body = "\n".join(words[materials.index.ravel()])
    return f"{nx} {ny} {nz}\n{dx:.10g} {dy:.10g} {dz:.10g}\n{body}\n"


def source_text(weights: NDArray[np.floating], spacing_mm: tuple[float, float, float]) -> str:
    """Source: the weight of each voxel, in which births are uniform; only the box that holds any.

    Parameters
    ----------
    weights : ndarray of float64, shape (z, y, x)
        0 or above, not all 0; relative.
    spacing_mm : tuple of float
        Along (z, y, x).

    Returns
    -------
    str
        In the form in which PenRed writes and reads measurements.

    Raises
    ------
    InputError
        A weight below 0, or none above.

    Examples
    --------
    >>> text = source_text(np.array([[[0.0, 2.0]]]), (3.0, 2.0, 1.0))
    >>> print(text)
    # Dimensions:
    # 3
    # Number of bins:
    # 1 1 1
    # Limits [low,top):
    #     1.000000000E-01     2.000000000E-01  x
    #     0.000000000E+00     2.000000000E-01  y
    #     0.000000000E+00     3.000000000E-01  z
    # Printed sigmas:
    # 2
    #             weight |   Uncertainty |
    1.000000000E+00 0
    <BLANKLINE>
    """
    values = np.asarray(weights, dtype=np.float64)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() <= 0:
        raise InputError(
            "a source must have activity, and none below 0",
            got=f"{values.min():.4g} to {values.max():.4g}",
            remedy="check the image of decays",
        )
    box = bounding_box(values > 0)
    inside = values[box] / values.max()
    limits = [
        (part.start * size / 10.0, part.stop * size / 10.0)
        for part, size in zip(box, spacing_mm, strict=True)
    ]
    nz, ny, nx = inside.shape
    head = ["# Dimensions:", "# 3", "# Number of bins:", f"# {nx} {ny} {nz}", "# Limits [low,top):"]
    head += [
        f"#     {low:.9E}     {top:.9E}  {axis}"
        for (low, top), axis in zip(limits[::-1], "xyz", strict=True)
    ]
    head += ["# Printed sigmas:", "# 2", "#             weight |   Uncertainty |"]
    return "\n".join(head + [f"{value:.9E} 0" for value in inside.ravel()]) + "\n"


def bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    """Slices of the smallest box that holds all true voxels.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        True somewhere.

    Returns
    -------
    tuple of slice

    Examples
    --------
    >>> bounding_box(np.array([[[False, True, True]]]))[2]
    slice(1, 3, None)
    """
    found = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        along = np.flatnonzero(mask.any(axis=others))
        found.append(slice(int(along[0]), int(along[-1]) + 1))
    return (found[0], found[1], found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenSource:
    """Births uniform over all voxels of one material within a box.

    Parameters
    ----------
    material : int
        PenRed's number, from 1.
    box : tuple of slice
        Voxels along (z, y, x).

    Examples
    --------
    >>> EvenSource(material=1, box=(slice(0, 1), slice(0, 1), slice(0, 2))).material
    1
    """

    material: int
    box: tuple[slice, slice, slice]


def find_even_source(
    weights: NDArray[np.floating], materials: VoxelMaterials, *, most: int = _MOST_TABULATED
) -> EvenSource | None:
    """Find whether a large source is even over the voxels of one material.

    PenRed's table of a measured source takes a time that grows with the square of its bins: hours
    for a million. Points in a box, drawn anew until they lie in the material, take none.

    Parameters
    ----------
    weights : ndarray, shape (z, y, x)
        0 or above, not all 0.
    materials : VoxelMaterials
    most : int
        Sources of no more bins are left to the table.

    Returns
    -------
    EvenSource or None
        None for a source that is small, uneven, or in several materials.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> from hevesy.penelope.density_bins import bin_densities
    >>> seen = bin_densities(np.array([[[1.0, 1.0, 2.0]]]), np.zeros((1, 1, 3), int),
    ...                      [get_medium("water")])
    >>> find_even_source(np.array([[[3.0, 3.0, 0.0]]]), seen, most=1).material
    1
    >>> find_even_source(np.array([[[3.0, 2.0, 0.0]]]), seen, most=1) is None
    True
    """
    values = np.asarray(weights, dtype=np.float64)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() <= 0:
        return None  # refused as a measured source
    box = bounding_box(values > 0)
    inside, index = values[box], materials.index[box]
    if inside.size <= most:
        return None
    material = int(index[inside > 0][0])
    born = inside[index == material]
    if (inside[index != material] > 0).any() or born.min() < (1.0 - _SAME) * born.max():
        return None
    return EvenSource(material=material + 1, box=box)


def spectrum_text(spectrum: Spectrum) -> str:
    """Spectrum: lower edge (eV) and share of each bin; a last, negative share ends it.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    str

    Examples
    --------
    >>> print(spectrum_text(Spectrum.from_parts(lines=[(1.0, 0.5)])), end="")
    1.0000000000E+06 1.0000000000E+00
    1.0000000000E+06 -1
    """
    shares = spectrum.per_decay / spectrum.per_decay.sum()
    rows = [
        f"{1e6 * energy:.10E} {share:.10E}"
        for energy, share in zip(spectrum.energy_mev[:-1], shares, strict=True)
    ]
    return "\n".join([*rows, f"{1e6 * spectrum.energy_mev[-1]:.10E} -1"]) + "\n"


def configuration(
    *,
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    material_files: list[str],
    particle: Particle,
    histories: int,
    seed: int,
    threads: int,
    options: TransportOptions,
    even: EvenSource | None = None,
) -> str:
    """PenRed's configuration, with an isotropic source.

    Parameters
    ----------
    shape : tuple of int
        Voxels along (z, y, x).
    spacing_mm : tuple of float
        Along (z, y, x).
    material_files : list of str
        In the order of their numbers.
    particle : str
        ``"electron"``, ``"gamma"`` or ``"positron"``.
    histories : int
    seed : int
        Any; PenRed has 1001 pairs of seeds, and takes the remainder.
    threads : int
    options : TransportOptions
    even : EvenSource, optional
        Takes the place of the measured source.

    Returns
    -------
    str

    Examples
    --------
    >>> text = configuration(shape=(1, 2, 3), spacing_mm=(3, 2, 1), material_files=["1.mat"],
    ...                      particle="electron", histories=10, seed=1002, threads=1,
    ...                      options=TransportOptions())
    >>> [line for line in text.splitlines() if "seed" in line or "tallies/dose/xmax" in line]
    ['simulation/seedPair 1', 'tallies/dose/xmax 0.3']
    """
    source = _SOURCE
    lines = [
        f"{source}/nhist {float(histories):.15g}",
        f'{source}/kpar "{particle}"',
        f'{source}/direction/type "SOLID_ANGLE"',
        *(f"{source}/direction/{axis} {value}" for axis, value in (("u", 0), ("v", 0), ("w", 1))),
        f"{source}/direction/theta0 0.0",
        f"{source}/direction/theta1 180.0",
        f"{source}/direction/phi0 0.0",
        f"{source}/direction/dphi 360.0",
        f'{source}/energy/type "FILE_SPECTRUM"',
        f'{source}/energy/filename "spectrum.txt"',
        *_spatial_lines(even, spacing_mm),
        'tallies/dose/type "SPATIAL_DOSE_DISTRIB"',
        'tallies/body/type "EDEP_BODY"',
        f"tallies/body/nBody {len(material_files) + 1}",
        'geometry/type "VOXEL"',
        'geometry/filename "voxels.txt"',
        "geometry/ascii true",
        f"geometry/enclosure-margin {_ENCLOSURE_CM}",
        "geometry/enclosure-material 1",
        f"simulation/threads {threads}",
        f"simulation/seedPair {seed % SEED_PAIRS}",
        "simulation/finalDump false",
    ]
    for axis, count, size in zip("zyx", shape, spacing_mm, strict=True):
        lines += [
            f"tallies/dose/{axis}min 0.0",
            f"tallies/dose/{axis}max {count * size / 10.0:.10g}",
            f"tallies/dose/n{axis} {count}",
        ]
    for number, name in enumerate(material_files, start=1):
        lines.append(f"geometry/dsmax/{number} {options.longest_step_mm / 10.0:.10g}")
        lines += _material_lines(number, name, options)
    return "\n".join(lines) + "\n"


def _spatial_lines(even: EvenSource | None, spacing_mm: tuple[float, float, float]) -> list[str]:
    key = f"{_SOURCE}/spatial"
    if even is None:
        return [f'{key}/type "3D_MEASURE"', f'{key}/filename "source.dat"']
    lines = [f'{key}/type "BOX"', f"{_SOURCE}/source-material {even.material}"]
    for axis, part, size_mm in zip("zyx", even.box, spacing_mm, strict=True):
        low, high = part.start * size_mm / 10.0, part.stop * size_mm / 10.0
        lines.append(f"{key}/position/{axis} {0.5 * (low + high):.10g}")
        lines.append(f"{key}/size/d{axis} {high - low:.10g}")
    return lines


def _material_lines(number: int, name: str, options: TransportOptions) -> list[str]:
    values = {
        "number": number,
        "eabs/electron": options.electron_cutoff_ev,
        "eabs/positron": options.electron_cutoff_ev,
        "eabs/gamma": options.photon_cutoff_ev,
        "C1": options.elastic_c1,
        "C2": options.elastic_c2,
        "WCC": options.hard_collision_ev,
        "WCR": options.hard_bremsstrahlung_ev,
    }
    key = f"materials/m{number}"
    return [f"{key}/{item} {value:.10g}" for item, value in values.items()] + [
        f'{key}/filename "{name}"'
    ]
