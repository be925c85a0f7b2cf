"""Which dose engine fits a case, and why."""

import math

from hevesy.dose.kernel import electron_reach_mm, near_low_density_share
from hevesy.images import Volume
from hevesy.media import TissueMap
from hevesy.nuclides import Nuclide, csda_range_mm

__all__ = ["choose_method"]

_LOW_G_PER_CM3 = 0.6
_SHARE = 0.01
_BLUR_RATIO = 3.0
_SLOWEST_MEV = 0.01  # where the table of ranges begins


def choose_method(
    tia: Volume, tissue: TissueMap, nuclide: Nuclide, *, resolution_fwhm_mm: float | None
) -> tuple[str, str]:
    """Choose between local deposition and Monte Carlo.

    Monte Carlo where more than 1 % of the decays lie within the electrons' range of lung, or where
    the image is sharp against that range; else local deposition, which in soft tissue is nearer to
    the truth than any transport of an image that blur has spread further than electrons go.

    Parameters
    ----------
    tia : Volume
        BQ_S: decays in each voxel.
    tissue : TissueMap
        On the same grid.
    nuclide : Nuclide
    resolution_fwhm_mm : float or None
        Of the image; None where unknown.

    Returns
    -------
    str
        ``"local"`` or ``"monte-carlo"``.
    str
        The reason.

    References
    ----------
    Ljungberg & Sjogreen-Gleisner 2011, Acta Oncol 50:981. d'Andrea et al. 2024 (90Y in lung).

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.images import Grid, Quantity
    >>> from hevesy.media import uniform_tissue
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((3, 3, 3), spacing_mm=(5, 5, 5))
    >>> tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    >>> choose_method(tia, uniform_tissue(grid, "lung"), get_nuclide("Re-188"),
    ...               resolution_fwhm_mm=16.0)[0]
    'monte-carlo'
    """
    reach_mm = electron_reach_mm(nuclide)
    share = near_low_density_share(tia, tissue.density, reach_mm=reach_mm, air_counts=False)
    if share > _SHARE:
        return "monte-carlo", (
            f"{100 * share:.1f} % of the decays lie within {reach_mm:.0f} mm (the electrons' range "
            f"in water) of tissue under {_LOW_G_PER_CM3:g} g/cm3"
        )
    mean_mm = csda_range_mm(max(nuclide.beta_mean_energy_mev, _SLOWEST_MEV))
    blur_mm = math.inf if resolution_fwhm_mm is None else resolution_fwhm_mm
    if blur_mm < _BLUR_RATIO * mean_mm:
        return "monte-carlo", (
            f"the image's resolution of {blur_mm:.3g} mm is sharp against the electrons' mean "
            f"range of {mean_mm:.2g} mm"
        )
    said = "unknown" if resolution_fwhm_mm is None else f"{resolution_fwhm_mm:.3g} mm"
    return "local", (
        f"no lung is near, and the image's resolution ({said}) is coarse against the electrons' "
        f"mean range of {mean_mm:.2g} mm"
    )
