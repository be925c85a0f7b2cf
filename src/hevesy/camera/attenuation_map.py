"""How a CT weakens photons of one energy: attenuation from CT numbers."""

from dataclasses import dataclass

import numpy as np

from hevesy.errors import GridError, InputError
from hevesy.images import Grid, Quantity, RigidTransform, Volume
from hevesy.images.overlap import index_matrix, mean_in_voxels
from hevesy.media import get_medium, mass_attenuation_cm2_per_g

__all__ = ["CtCoverage", "attenuation_map", "cortical_bone_hu", "measure_ct_coverage"]

_CARNEY_KVP = (80.0, 100.0, 110.0, 120.0, 130.0, 140.0)
_CARNEY_SLOPE = (3.64e-5, 4.43e-5, 4.92e-5, 5.10e-5, 5.51e-5, 5.64e-5)  # /cm per HU at 511 keV
_MM_PER_CM = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CtCoverage:
    """How much of a bed a CT covers.

    Parameters
    ----------
    axial_share : float
        Share of the bed's axial length that lies within the CT, 0 to 1.
    across_share : float
        Share of the field's circle that lies within the CT's slices, 0 to 1; a CT's own field is
        often smaller than the camera's.
    missing_feet_mm, missing_head_mm : float
        Length of the bed without CT at its foot and head end, mm.

    Raises
    ------
    InputError
        Shares that are not 0 to 1.

    Examples
    --------
    >>> CtCoverage(axial_share=0.5, across_share=1.0, missing_feet_mm=200.0,
    ...            missing_head_mm=0.0).axial_share
    0.5
    """

    axial_share: float
    across_share: float
    missing_feet_mm: float
    missing_head_mm: float

    def __post_init__(self) -> None:
        if not (0 <= self.axial_share <= 1 and 0 <= self.across_share <= 1):
            raise InputError(
                "a share of coverage is not a share",
                got=f"{self.axial_share:g} and {self.across_share:g}",
                allowed="0 to 1",
                remedy="take it from measure_ct_coverage",
            )


def _linear_attenuation_per_cm(medium: str, energy_kev: float) -> float:
    found = get_medium(medium)
    return float(mass_attenuation_cm2_per_g(found, energy_kev / 1000.0)) * found.density_g_per_cm3


def cortical_bone_hu(kvp: float) -> float:
    """CT number of ICRU cortical bone (1.92 g/cm3) at a tube voltage.

    The number at which Carney's scale for 511 keV reaches cortical bone's attenuation; between
    his voltages straight.

    Parameters
    ----------
    kvp : float
        Tube voltage, 80 to 140 kV.

    Returns
    -------
    float
        HU.

    Raises
    ------
    InputError
        A voltage outside the table.

    References
    ----------
    Carney JPJ, Townsend DW, Rappoport V, Bendriem B. Method for transforming CT images for
    attenuation correction in PET/CT imaging. Med Phys 2006;33:976, 10.1118/1.2174132, table I.

    Examples
    --------
    >>> round(cortical_bone_hu(120.0), -1), round(cortical_bone_hu(80.0), -1)
    (1480.0, 2080.0)
    """
    if not _CARNEY_KVP[0] <= kvp <= _CARNEY_KVP[-1]:
        raise InputError(
            "no scale from CT numbers to attenuation is known at this tube voltage",
            got=f"{kvp:g} kV",
            allowed=f"{_CARNEY_KVP[0]:g} to {_CARNEY_KVP[-1]:g} kV",
            remedy="give the voltage of the CT's header, or the nearest that is allowed",
        )
    slope = float(np.interp(kvp, _CARNEY_KVP, _CARNEY_SLOPE))
    rise = _linear_attenuation_per_cm("cortical-bone", 511.0) - _linear_attenuation_per_cm(
        "water", 511.0
    )
    return rise / slope


def attenuation_map(
    ct: Volume, energy_kev: float, *, kvp: float = 120.0, grid: Grid | None = None
) -> Volume:
    """Linear attenuation coefficient of each voxel, for photons of one energy.

    A voxel at or below 0 HU is taken as water and nothing, above as water and cortical bone; both
    lines meet at water. Coefficients are XCOM's at the energy itself, coherent scattering
    included (a narrow beam: what is scattered is for the scatter correction to deal with). Metal
    and contrast medium count as bone.

    Parameters
    ----------
    ct : Volume
        HU.
    energy_kev : float
        Of the photons, 10 to 3000 keV.
    kvp : float
        The CT's tube voltage, 80 to 140 kV.
    grid : Grid, optional
        Of the result, such as the views': each of its voxels gets the mean over its box, and 0
        where the CT does not reach (see `measure_ct_coverage`). By default the CT's own.

    Returns
    -------
    Volume
        float32, ATTENUATION_PER_MM.

    Raises
    ------
    InputError
        An energy or a voltage outside the tables.
    GridError
        CT and `grid` do not meet.

    References
    ----------
    Bai C, Shao L, Da Silva AJ, Zhao Z. A generalized model for the conversion from CT numbers to
    linear attenuation coefficients. IEEE Trans Nucl Sci 2003;50:1510, 10.1109/TNS.2003.817281
    (water-air below and water-bone above 0 HU). Carney et al. 2006: see `cortical_bone_hu`.

    Examples
    --------
    >>> lattice = Grid.from_spacing((1, 1, 3), spacing_mm=(1, 1, 1))
    >>> ct = Volume(values=np.array([[[-1000, 0, 1000]]]), grid=lattice, quantity=Quantity.HU)
    >>> [round(float(mu), 5) for mu in attenuation_map(ct, 155.0).values.ravel()]
    [0.0, 0.0149, 0.02374]
    """
    ct.require(Quantity.HU)
    if not 10.0 <= energy_kev <= 3000.0:
        raise InputError(
            "attenuation is not known at this photon energy",
            got=f"{energy_kev:g} keV",
            allowed="10 to 3000 keV",
            remedy="give the energy of the line that is imaged, keV",
        )
    water = _linear_attenuation_per_cm("water", energy_kev) / _MM_PER_CM
    bone = _linear_attenuation_per_cm("cortical-bone", energy_kev) / _MM_PER_CM
    slope = (bone - water) / cortical_bone_hu(kvp)
    mu = np.empty(ct.grid.shape, dtype=np.float32)
    for z in range(ct.grid.shape[0]):  # a slice at a time: less memory
        hu = ct.values[z].astype(np.float32)
        below = np.clip(hu, -1000.0, 0.0)
        mu[z] = water * (1.0 + below / 1000.0) + slope * np.clip(hu, 0.0, None)
    result = ct.with_values(mu, Quantity.ATTENUATION_PER_MM)
    if grid is None or grid.matches(ct.grid):
        return result
    matrix = index_matrix(ct.grid, grid, RigidTransform.identity())
    values = mean_in_voxels(mu, matrix, grid.shape)
    if not values.any():
        raise GridError(
            "the CT does not reach the views' field",
            got="no attenuation in it",
            remedy="give the CT of this bed, in the same frame of reference",
        )
    return Volume(
        values=values,
        grid=grid,
        quantity=Quantity.ATTENUATION_PER_MM,
        frame_of_reference=ct.frame_of_reference,
    )


def measure_ct_coverage(ct_grid: Grid, grid: Grid) -> CtCoverage:
    """How much of a bed's field lies within a CT.

    Parameters
    ----------
    ct_grid : Grid
        The CT's; its slices are across the bed (to a few degrees).
    grid : Grid
        The views'.

    Returns
    -------
    CtCoverage

    Examples
    --------
    >>> bed = Grid.from_spacing((10, 8, 8), spacing_mm=(4, 4, 4))
    >>> ct = Grid.from_spacing((5, 32, 32), spacing_mm=(4, 1, 1), origin_mm=(-1.5, -1.5, 0))
    >>> measure_ct_coverage(ct, bed)
    CtCoverage(axial_share=0.5, across_share=1.0, missing_feet_mm=0.0, missing_head_mm=20.0)
    """
    matrix = index_matrix(ct_grid, grid, RigidTransform.identity())
    half = np.array([-0.5, 0.0, 0.0])
    ends = [(-0.5, n - 0.5) for n in ct_grid.shape]
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
    heights = grid.to_index(ct_grid.to_world_mm(corners))[:, 0] - half[0]
    low, high = float(heights.min()), float(heights.max())
    rows, thick_mm = grid.shape[0], grid.spacing_mm[0]
    feet = min(max(low, 0.0), float(rows))
    head = min(max(rows - high, 0.0), float(rows))
    covered = max(rows - feet - head, 0.0)
    if covered < 1e-9:
        return CtCoverage(
            axial_share=0.0,
            across_share=0.0,
            missing_feet_mm=round(feet * thick_mm, 6),
            missing_head_mm=round(head * thick_mm, 6),
        )
    middle = np.array((feet + rows - head) / 2 - 0.5)
    y, x = np.indices(grid.shape[1:])
    across = np.hypot(y - (grid.shape[1] - 1) / 2, x - (grid.shape[2] - 1) / 2)
    circle = across <= grid.shape[2] / 2
    index = np.stack([np.full(y.shape, middle), y, x], axis=-1)[circle]
    place = index @ matrix[:3, :3].T + matrix[:3, 3]
    inside = ((place >= -0.5) & (place <= np.asarray(ct_grid.shape) - 0.5)).all(axis=1)
    return CtCoverage(
        axial_share=covered / rows,
        across_share=float(inside.mean()),
        missing_feet_mm=round(feet * thick_mm, 6),
        missing_head_mm=round(head * thick_mm, 6),
    )
