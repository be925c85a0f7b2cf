"""Decays in air: they hold no tissue to get a dose."""

import numpy as np

from hevesy.images import Volume
from hevesy.media import TissueMap

__all__ = ["leave_out_air"]

_AIR_G_PER_CM3 = 0.05


def leave_out_air(decays: Volume, tissue: TissueMap) -> tuple[Volume, float]:
    """Set decays in voxels under 0.05 g/cm3 to 0.

    Parameters
    ----------
    decays : Volume
        BQ_S.
    tissue : TissueMap
        On the same grid.

    Returns
    -------
    Volume
        Without them; the same one where there are none.
    float
        Their share.
    """
    values = np.asarray(decays.values)
    air = np.asarray(tissue.density.values) < _AIR_G_PER_CM3
    total = float(values.sum(dtype=np.float64))
    lost = float(values[air].sum(dtype=np.float64))
    if lost <= 0 or total <= 0:
        return decays, 0.0
    return decays.with_values(np.where(air, values.dtype.type(0), values)), lost / total
