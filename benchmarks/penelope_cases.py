"""Cases that PENELOPE and hevesy's own engine are run on, as plain arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.media import Medium, get_medium
from hevesy.nuclides import get_nuclide
from hevesy.penelope import Spectrum, electron_spectrum

__all__ = ["PeerCase", "interface_case", "lung_case", "peer_case"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeerCase:
    """Voxels, source and spectrum; arrays are (z, y, x)."""

    name: str
    spacing_mm: tuple[float, float, float]
    density_g_per_cm3: NDArray[np.float64]
    labels: NDArray[np.int64]
    media: tuple[Medium, ...]
    source: NDArray[np.float64]  # births in each voxel; they sum to 1
    spectrum: Spectrum  # electrons of 188Re: betas, and lines of 10 keV and more


def _case(
    name: str, labels: NDArray[np.int64], media: tuple[Medium, ...], source: NDArray[np.bool_],
    spacing_mm: float,
) -> PeerCase:  # fmt: skip
    density = np.array([medium.density_g_per_cm3 for medium in media])[labels]
    return PeerCase(
        name=name,
        spacing_mm=(spacing_mm, spacing_mm, spacing_mm),
        density_g_per_cm3=density,
        labels=labels,
        media=media,
        source=source / source.sum(),
        spectrum=electron_spectrum(get_nuclide("Re-188")),
    )


def peer_case() -> PeerCase:
    """2.5 mm voxels, soft tissue of 1.06 g/cm3 (x < 25 mm) and lung of 0.26; 188Re in the tissue.

    The source is 6 x 6 x 3 voxels of tissue that touch the lung.
    """
    labels = np.zeros((20, 20, 20), dtype=np.int64)
    labels[:, :, 10:] = 1
    source = np.zeros(labels.shape, dtype=bool)
    source[7:13, 7:13, 7:10] = True
    return _case("peer", labels, (get_medium("soft-tissue"), get_medium("lung")), source, 2.5)


def lung_case() -> PeerCase:
    """A sphere of soft tissue of 20 mm radius in lung, 40^3 voxels of 3 mm, 188Re all over it."""
    at = (np.arange(40) - 19.5) * 3.0
    squared = at[:, None, None] ** 2 + at[None, :, None] ** 2 + at[None, None, :] ** 2
    sphere = squared <= 20.0**2
    labels = np.where(sphere, 0, 1)
    return _case("lung", labels, (get_medium("soft-tissue"), get_medium("lung")), sphere, 3.0)


def interface_case(other: str) -> PeerCase:
    """Soft tissue (x < 30 mm) and another medium, 20^3 voxels of 3 mm, 188Re beside the edge."""
    labels = np.zeros((20, 20, 20), dtype=np.int64)
    labels[:, :, 10:] = 1
    source = np.zeros(labels.shape, dtype=bool)
    source[8:12, 8:12, 7:10] = True
    return _case(other, labels, (get_medium("soft-tissue"), get_medium(other)), source, 3.0)
