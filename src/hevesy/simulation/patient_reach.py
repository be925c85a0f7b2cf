"""How far a patient reaches towards the camera."""

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import ViewGeometry, attenuation_map
from hevesy.images import Volume, resample_activity
from hevesy.simulation.scatter_source import water_per_mm

__all__ = ["patient_reach_mm"]

_KEV = 200.0
_COUCH_MM = 15.0


def patient_reach_mm(activity: Volume, ct: Volume, geometry: ViewGeometry) -> NDArray[np.float64]:
    """Distance from the axis to the patient's foremost point, for each view.

    The patient is what is denser than half of water and joined to activity, without what is
    thinner than 15 mm (the couch), and all activity, where the detector is.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML or BQ.
    ct : Volume
        HU.
    geometry : ViewGeometry
        Its radii do not count.

    Returns
    -------
    ndarray of float64, shape (views,)
        mm.

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((10, 20, 20), spacing_mm=(10, 10, 10), origin_mm=(-95, -95, -45))
    >>> ball = np.where(np.hypot(*np.indices((20, 20)) - 9.5) < 8, 0, -1000) + np.zeros((10, 1, 1))
    >>> hot = np.zeros(grid.shape)
    >>> hot[5, 10, 10] = 1.0
    >>> camera = get_camera("siemens-symbia-he")
    >>> reach = patient_reach_mm(Volume(values=hot, grid=grid, quantity=Quantity.BQ),
    ...     Volume(values=ball, grid=grid, quantity=Quantity.HU), camera.orbit(2, radius_mm=1.0))
    >>> [70 < r < 90 for r in reach.tolist()]
    [True, True]
    """
    from scipy import ndimage

    grid = geometry.grid()
    body = attenuation_map(ct, _KEV, grid=grid).values > 0.5 * float(water_per_mm(_KEV))
    steps = max(round(_COUCH_MM / 2 / grid.spacing_mm[1]), 1)
    held = resample_activity(activity, grid).values > 0
    thick = ndimage.binary_opening(body, iterations=steps) | (body & held)
    labels, _ = ndimage.label(thick)
    joined = np.isin(labels, np.unique(labels[held & (labels > 0)])) & (labels > 0)
    rows, columns = np.nonzero((joined | held).any(axis=0))
    if not rows.size:
        return np.zeros(geometry.view_count)
    x = grid.origin_mm[0] + columns * grid.spacing_mm[2] - geometry.axis_mm[0]
    y = grid.origin_mm[1] + rows * grid.spacing_mm[1] - geometry.axis_mm[1]
    angle = np.radians(geometry.angles_deg)
    reach = x[:, None] * np.sin(angle) + y[:, None] * np.cos(angle)
    return np.asarray(reach.max(axis=0))
