"""What every voxel is made of: a medium and a density."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media.medium import Medium, get_medium

__all__ = ["TissueMap", "classify_tissue", "uniform_tissue"]

_MEDIA_BY_DENSITY = ("air", "lung", "adipose", "soft-tissue", "cortical-bone")
# Edges of Schneider 2000, table 6: air ends at -950, lung at -120, marrow and bone begin at 120.
# Between, adipose ends where its mixtures hold less carbon than oxygen by mass, at -22 HU.
_EDGES_HU = (-950.0, -120.0, -22.0, 120.0)
# The same on the default curve; for bone its highest soft-tissue value (100 HU), as it isn't
# monotonic there.
_EDGES_G_PER_CM3 = (0.0527, 0.9078, 0.9984, 1.12)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TissueMap:
    """Mass density and medium of each voxel.

    Parameters
    ----------
    density : Volume
        DENSITY_G_PER_CM3, above 0 everywhere.
    labels : ndarray of uint8, shape ``density.grid.shape``
        Index into `media`. Read-only.
    media : tuple of Medium

    Raises
    ------
    GridError
        The labels do not have the density's shape.
    QuantityError
        A density that is not above 0, or a label without a medium.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(1, 1, 1))
    >>> uniform_tissue(grid, "water").media[0].name
    'water'
    """

    density: Volume
    labels: NDArray[np.uint8]
    media: tuple[Medium, ...]

    def __post_init__(self) -> None:
        self.density.require(Quantity.DENSITY_G_PER_CM3)
        labels = np.ascontiguousarray(self.labels, dtype=np.uint8)
        if labels.shape != self.density.grid.shape:
            raise GridError(
                "the labels of media do not have the density's shape",
                got=labels.shape,
                allowed=str(self.density.grid.shape),
                remedy="give both on one grid",
            )
        if int(labels.max()) >= len(self.media):
            raise QuantityError(
                "a voxel's label names no medium",
                got=int(labels.max()),
                allowed=f"0 to {len(self.media) - 1}",
                remedy="give every label its medium",
            )
        least = float(self.density.values.min())
        if least <= 0:
            raise QuantityError(
                "a voxel's density must be above 0",
                got=f"{least:g} g/cm3",
                allowed="air is 0.0012 g/cm3",
                remedy="check the unit of the density and the calibration of the CT",
            )
        labels.setflags(write=False)
        object.__setattr__(self, "labels", labels)


def classify_tissue(density: Volume, ct: Volume | None = None) -> TissueMap:
    """Give each voxel one of five media by fixed edges of its CT number, or of its density.

    Air, lung, adipose, soft tissue and cortical bone: edges at -950, -120, -22 and 120 HU, or
    0.0527, 0.9078, 0.9984 and 1.12 g/cm3. An edge's own value belongs to the denser medium.
    Contrast medium above 120 HU and metal count as bone, gas in the gut as air or lung.

    Parameters
    ----------
    density : Volume
        DENSITY_G_PER_CM3.
    ct : Volume, optional
        HU on the same grid; the edges are then those of CT numbers.

    Returns
    -------
    TissueMap

    Raises
    ------
    GridError
        CT and density are not on one grid.

    References
    ----------
    Schneider, Bortfeld, Schlegel. Phys Med Biol 2000;45:459, table 6 (edges).

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(1, 1, 1))
    >>> rho = Volume(values=np.array([[[0.3, 1.05, 1.6]]]), grid=grid,
    ...              quantity=Quantity.DENSITY_G_PER_CM3)
    >>> tissue = classify_tissue(rho)
    >>> [tissue.media[k].name for k in tissue.labels.ravel()]
    ['lung', 'soft-tissue', 'cortical-bone']
    """
    density.require(Quantity.DENSITY_G_PER_CM3)
    if ct is not None:
        ct.require(Quantity.HU)
        if not ct.grid.matches(density.grid):
            raise GridError(
                "CT and density are not on one grid",
                got=ct.grid.shape,
                allowed=str(density.grid.shape),
                remedy="make the density from this CT",
            )
    image = density if ct is None else ct
    edges = np.asarray(_EDGES_G_PER_CM3 if ct is None else _EDGES_HU, dtype=np.float32)
    labels = np.empty(density.grid.shape, dtype=np.uint8)
    for z in range(labels.shape[0]):
        labels[z] = np.searchsorted(edges, image.values[z], side="right")
    return TissueMap(
        density=density,
        labels=labels,
        media=tuple(get_medium(name) for name in _MEDIA_BY_DENSITY),
    )


def uniform_tissue(grid: Grid, medium: str, density_g_per_cm3: float | None = None) -> TissueMap:
    """Fill a grid with one medium.

    Parameters
    ----------
    grid : Grid
    medium : str
        A name of `MEDIA`.
    density_g_per_cm3 : float, optional
        The medium's nominal density by default.

    Returns
    -------
    TissueMap

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(1, 1, 1))
    >>> round(float(uniform_tissue(grid, "lung").density.values[0, 0, 0]), 2)
    0.26
    """
    found = get_medium(medium)
    rho = found.density_g_per_cm3 if density_g_per_cm3 is None else density_g_per_cm3
    return TissueMap(
        density=Volume(
            values=np.full(grid.shape, rho, dtype=np.float32),
            grid=grid,
            quantity=Quantity.DENSITY_G_PER_CM3,
        ),
        labels=np.zeros(grid.shape, dtype=np.uint8),
        media=(found,),
    )
