"""Phantoms on which hevesy's Monte Carlo is held against PENELOPE; arrays are (z, y, x)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.penelope_cases import PeerCase, interface_case, lung_case, peer_case
from hevesy.media import Medium, get_medium
from hevesy.nuclides import get_nuclide
from hevesy.penelope import electron_spectrum

__all__ = ["CASES", "airway_case", "pleura_case", "random_case", "sphere_case"]

_TISSUE_G_PER_CM3 = 1.06
_REACH_MM = 12.0  # of 188Re's electrons in tissue


def _case(
    name: str, density: NDArray[np.float64], labels: NDArray[np.int64], media: tuple[str, ...],
    source: NDArray[np.bool_], spacing_mm: float,
) -> PeerCase:  # fmt: skip
    kinds: tuple[Medium, ...] = tuple(get_medium(medium) for medium in media)
    return PeerCase(
        name=name, spacing_mm=(spacing_mm,) * 3, density_g_per_cm3=density, labels=labels,
        media=kinds, source=source / source.sum(), spectrum=electron_spectrum(get_nuclide("Re-188")),
    )  # fmt: skip


def _centres(count: int, spacing_mm: float) -> tuple[NDArray[np.float64], ...]:
    at = (np.arange(count) - (count - 1) / 2) * spacing_mm
    return at[:, None, None], at[None, :, None], at[None, None, :]


def _of_media(labels: NDArray[np.int64], media: tuple[str, ...]) -> NDArray[np.float64]:
    return np.array([get_medium(name).density_g_per_cm3 for name in media])[labels]


def sphere_case(mass_g: float) -> PeerCase:
    """A sphere of 188Re in soft tissue; the voxel is about a seventh of its radius."""
    radius_mm = 10.0 * (3.0 * mass_g / _TISSUE_G_PER_CM3 / (4.0 * np.pi)) ** (1.0 / 3.0)
    spacing = round(float(np.clip(radius_mm / 7.0, 0.8, 4.0)), 1)
    count = 2 * int(np.ceil((radius_mm + _REACH_MM) / spacing)) + 1
    z, y, x = _centres(count, spacing)
    source = z**2 + y**2 + x**2 <= radius_mm**2
    labels = np.zeros(source.shape, dtype=np.int64)
    media = ("soft-tissue",)
    return _case(f"sphere {mass_g:g} g", _of_media(labels, media), labels, media, source, spacing)


def pleura_case() -> PeerCase:
    """A lesion of 8 mm radius in lung that touches the chest wall: muscle, then a rib of bone."""
    z, y, x = _centres(28, 3.0)
    wall = 12.0  # x of the pleura, mm
    source = z**2 + y**2 + (x - wall + 8.0) ** 2 <= 8.0**2
    labels = np.broadcast_to(np.where(x > wall, 1, 0), source.shape).copy()
    labels[np.broadcast_to((x > wall + 6.0) & (x < wall + 18.0) & (abs(z) < 7.0), source.shape)] = 2
    labels[source] = 3
    media = ("lung", "muscle", "cortical-bone", "soft-tissue")
    return _case("pleura", _of_media(labels, media), labels, media, source, 3.0)


def airway_case() -> PeerCase:
    """A lesion of 18 mm radius in lung with an airway of 4 mm radius along z through it."""
    z, y, x = _centres(28, 3.0)
    airway = np.broadcast_to(y**2 + (x - 1.5) ** 2 <= 4.0**2, (28, 28, 28))
    source = (z**2 + y**2 + x**2 <= 18.0**2) & ~airway
    labels = np.where(source, 1, 0)
    labels[airway] = 2
    media = ("lung", "soft-tissue", "air")
    return _case("airway", _of_media(labels, media), labels, media, source, 3.0)


def random_case(seed: int) -> PeerCase:
    """Blocks of 3 x 3 x 3 voxels of 4 mm: any tissue at one of three densities; 188Re in some."""
    random = np.random.default_rng(seed)
    media = ("lung", "adipose", "soft-tissue", "cortical-bone")
    blocks = random.integers(0, len(media), (5, 5, 5))
    share = random.choice([0.8, 1.0, 1.15], blocks.shape)
    labels, factor = (np.kron(part, np.ones((3, 3, 3))) for part in (blocks, share))
    kinds = labels.astype(np.int64)
    source = np.zeros(kinds.shape, dtype=bool)
    source[5:10, 5:10, 5:10] = random.random((5, 5, 5)) < 0.5
    density = np.round(_of_media(kinds, media) * factor, 4)
    return _case(f"random {seed}", density, kinds, media, source, 4.0)


CASES: dict[str, tuple[Callable[[], PeerCase], int]] = {
    "sphere 0.1 g": (lambda: sphere_case(0.1), 300_000),
    "sphere 1 g": (lambda: sphere_case(1.0), 300_000),
    "sphere 10 g": (lambda: sphere_case(10.0), 300_000),
    "sphere 100 g": (lambda: sphere_case(100.0), 300_000),
    "sphere 300 g": (lambda: sphere_case(300.0), 300_000),
    "pleura": (pleura_case, 500_000),
    "airway": (airway_case, 500_000),
    "random 1": (lambda: random_case(1), 1_200_000),
    "random 2": (lambda: random_case(2), 1_000_000),
    "tissue/bone": (lambda: interface_case("cortical-bone"), 1_500_000),
    "tissue/air": (lambda: interface_case("air"), 1_500_000),
    "tissue/lung": (peer_case, 8_000_000),
    "lesion in lung": (lung_case, 4_000_000),
}
"""Each phantom, and PENELOPE's histories."""
