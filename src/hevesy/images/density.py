"""Mass density from CT numbers."""

from dataclasses import dataclass

import numpy as np

from hevesy.errors import QuantityError
from hevesy.images.volume import Quantity, Volume

__all__ = ["HuDensityTable", "hu_to_density"]

_LEAST_DENSITY_G_PER_CM3 = 1e-4
_MOST_DENSITY_G_PER_CM3 = 23.0  # denser than any metal in a patient: g/cm3 was not meant


@dataclass(frozen=True, slots=True, kw_only=True)
class HuDensityTable:
    """Points of a CT number to mass density curve, straight between them, flat beyond.

    Parameters
    ----------
    hu : tuple of float
        CT numbers, strictly rising, two or more.
    density_g_per_cm3 : tuple of float
        Mass density at each, g/cm3.
    source : str
        Where the points come from: a publication, or the scanner and the phantom's date.

    Raises
    ------
    QuantityError
        Fewer than two points, unequal numbers, HU not rising, a density that can't be in g/cm3,
        or no source.

    Examples
    --------
    >>> table = HuDensityTable(hu=(-1000, 0, 1000), density_g_per_cm3=(0.0012, 1.0, 1.6),
    ...                        source="scanner A, phantom of 2024-02-01")
    >>> table.hu
    (-1000.0, 0.0, 1000.0)
    """

    hu: tuple[float, ...]
    density_g_per_cm3: tuple[float, ...]
    source: str

    def __post_init__(self) -> None:
        hu = np.asarray(self.hu, dtype=np.float64)
        density = np.asarray(self.density_g_per_cm3, dtype=np.float64)
        if hu.ndim != 1 or hu.shape != density.shape or hu.size < 2:
            raise QuantityError(
                "a CT number to density table needs two points or more, with one density each",
                got=f"{hu.size} CT numbers, {density.size} densities",
                remedy="give both lists with the same length",
            )
        if not np.isfinite(hu).all() or (np.diff(hu) <= 0).any():
            raise QuantityError(
                "the CT numbers of a density table must rise from point to point",
                got=hu.tolist(),
                remedy="sort the points, and give each CT number once",
            )
        if not ((density >= _LEAST_DENSITY_G_PER_CM3) & (density <= _MOST_DENSITY_G_PER_CM3)).all():
            raise QuantityError(
                "a density in a CT number to density table can't be in g/cm3",
                got=density.tolist(),
                allowed=f"{_LEAST_DENSITY_G_PER_CM3:g} to {_MOST_DENSITY_G_PER_CM3:g} g/cm3",
                remedy="give densities in g/cm3 (water is 1, not 1000)",
            )
        if not self.source.strip():
            raise QuantityError(
                "a CT number to density table does not say where it comes from",
                remedy="name its publication, or the scanner and the phantom's date",
            )
        object.__setattr__(self, "hu", tuple(hu.tolist()))
        object.__setattr__(self, "density_g_per_cm3", tuple(density.tolist()))

    @classmethod
    def schneider_2000(cls) -> "HuDensityTable":
        """Give the default curve, of Schneider, Bortfeld and Schlegel.

        0.00121 at -1000 HU, 0.930 at -98, 1.018 + 0.893e-3 H to 14 HU, 1.03 to 23,
        1.003 + 1.169e-3 H to 100, 1.017 + 0.592e-3 H above. The step down from 100 to 101 HU is
        the paper's: connective tissue below, bone with marrow above. Tissue that contrast medium
        brings to 100 HU gets up to 6 % too much.
        """
        return cls(
            hu=(-1000, -98, 14, 23, 100, 101, 1600, 3000),
            density_g_per_cm3=(
                0.00121, 0.930486, 1.030502, 1.029887, 1.1199, 1.076792, 1.9642, 2.793,
            ),
            source="Schneider, Bortfeld, Schlegel, Phys Med Biol 2000;45:459 (up to 1600 HU; its"
            " last line extended to 3000 HU)",
        )  # fmt: skip


def hu_to_density(ct: Volume, table: HuDensityTable | None = None) -> Volume:
    """Mass density from CT numbers, straight between a table's points.

    Below the first point (padding, -1024 and less) the first density holds, above the last the
    last: metal therefore gets too little, and streaks beside it what they show. The curve depends
    on tube voltage and scanner; give the scanner's own where the dose in lung or bone matters.

    Parameters
    ----------
    ct : Volume
        CT in HU; integers or floats.
    table : HuDensityTable, optional
        By default `HuDensityTable.schneider_2000()`.

    Returns
    -------
    Volume
        float32, g/cm3, on the CT's grid and frame.

    References
    ----------
    Schneider W, Bortfeld T, Schlegel W. Correlation between CT numbers and tissue parameters
    needed for Monte Carlo simulations of clinical dose distributions. Phys Med Biol 2000;45:459.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(1, 1, 1))
    >>> ct = Volume(values=np.array([[[-2000, 0, 400]]]), grid=grid, quantity=Quantity.HU)
    >>> hu_to_density(ct).values.round(4).tolist()
    [[[0.0012..., 1.0180..., 1.2538...]]]
    """
    ct.require(Quantity.HU)
    table = table or HuDensityTable.schneider_2000()
    density = np.empty(ct.grid.shape, dtype=np.float32)
    for z in range(ct.grid.shape[0]):  # a slice at a time: interp works in float64
        density[z] = np.interp(ct.values[z], table.hu, table.density_g_per_cm3)
    return ct.with_values(density, Quantity.DENSITY_G_PER_CM3)
