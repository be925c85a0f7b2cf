"""From expected counts to recorded ones: background, dead time, Poisson's noise."""

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import EnergyWindow, Projections
from hevesy.errors import InputError
from hevesy.kinetics import frame_mean_factor
from hevesy.simulation.camera_photons import draw_counts

__all__ = [
    "add_background",
    "decayed_seconds",
    "expected_loss_ratios",
    "net_peak_per_s",
    "record_counts",
]

_MOST_GAP_SHARE = 0.5  # of the peak's width: windows further away are no neighbours
_ABUT_SHARE = 0.02
Numbers = NDArray[np.float64]


def decayed_seconds(view_seconds: Numbers, view_starts_s: Numbers, decay_per_s: float) -> Numbers:
    """Seconds that each view is worth at the activity of time 0.

    Parameters
    ----------
    view_seconds, view_starts_s : ndarray of float64, shape (views,)
        Duration and start of each, s after time 0.
    decay_per_s : float
        The nuclide's decay constant, 1/s.

    Returns
    -------
    ndarray of float64, shape (views,)
        s.

    Examples
    --------
    >>> decayed_seconds(np.ones(2), np.array([0.0, 1e4]), math.log(2) / 1e4).round(3).tolist()
    [1.0, 0.5]
    """
    means = [frame_mean_factor(decay_per_s, float(t)) for t in view_seconds]
    return np.asarray(view_seconds * np.array(means) * np.exp(-decay_per_s * view_starts_s))


def _with_counts(projections: Projections, counts: NDArray[np.floating]) -> Projections:
    return Projections(
        counts=counts,
        windows=projections.windows,
        geometry=projections.geometry,
        view_seconds=projections.view_seconds,
        view_starts_s=projections.view_starts_s,
    )


def _neighbour(gaps: list[tuple[float, EnergyWindow]], width_kev: float) -> EnergyWindow | None:
    near = [
        (max(gap, 0.0), window.width_kev, window)
        for gap, window in gaps
        if -_ABUT_SHARE * width_kev <= gap <= _MOST_GAP_SHARE * width_kev
    ]
    return min(near)[2] if near else None


def net_peak_per_s(projections: Projections, peak: EnergyWindow | None = None) -> Numbers:
    """Rate of each view's scatter-corrected peak over the whole detector.

    The peak less the trapezoid of its neighbours on both sides, where both were recorded (TEW); a
    neighbour is at most half the peak's width away. Otherwise the peak as it is.

    Parameters
    ----------
    projections : Projections
    peak : EnergyWindow, optional
        The first window by default.

    Returns
    -------
    ndarray of float64, shape (views,)
        1/s, 0 or more.

    References
    ----------
    Ogawa K et al. IEEE Trans Med Imaging 1991;10:408.

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> peak, lower, upper = (EnergyWindow(lower_kev=a, upper_kev=b)
    ...                       for a, b in ((140.0, 170.0), (130.0, 140.0), (170.0, 180.0)))
    >>> seen = Projections(counts=np.array([400.0, 60.0, 20.0]).reshape(3, 1, 1, 1),
    ...     windows=(peak, lower, upper), geometry=views, view_seconds=np.full(1, 10.0),
    ...     view_starts_s=np.zeros(1))
    >>> net_peak_per_s(seen).tolist()
    [28.0]
    """
    peak = projections.windows[0] if peak is None else peak
    net = projections.in_window(peak).sum(axis=(1, 2), dtype=np.float64)
    others = [window for window in projections.windows if window != peak]
    width = peak.width_kev
    lower = _neighbour([(peak.lower_kev - window.upper_kev, window) for window in others], width)
    upper = _neighbour([(window.lower_kev - peak.upper_kev, window) for window in others], width)
    if lower is not None and upper is not None:
        for window in (lower, upper):
            beside = projections.in_window(window).sum(axis=(1, 2), dtype=np.float64)
            net = net - beside / window.width_kev * width / 2.0
    return np.asarray(np.maximum(net, 0.0) / projections.view_seconds)


def expected_loss_ratios(
    expected: Projections, dead_time_s: float, *, peak: EnergyWindow | None = None
) -> Numbers:
    """N tau of each view: rate of the scatter-corrected peak times the dead time.

    Parameters
    ----------
    expected : Projections
        Counts without losses.
    dead_time_s : float
        Paralysable dead time for that rate, s, 0 or more.
    peak : EnergyWindow, optional
        The first window by default.

    Returns
    -------
    ndarray of float64, shape (views,)

    Raises
    ------
    InputError
        A dead time below 0.

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> seen = Projections(counts=np.full((1, 1, 1, 1), 1e6), windows=(EnergyWindow.around(155,
    ...     percent=10),), geometry=views, view_seconds=np.full(1, 10.0), view_starts_s=np.zeros(1))
    >>> expected_loss_ratios(seen, 5e-6).tolist()
    [0.5]
    """
    if not 0 <= dead_time_s < math.inf:
        raise InputError(
            "a dead time must be 0 or more",
            got=f"{dead_time_s:g} s",
            remedy="give the camera's, such as 4.6e-6 s",
        )
    return net_peak_per_s(expected, peak) * dead_time_s


def add_background(
    expected: Projections,
    background_per_s: float,
    *,
    peak: EnergyWindow | None = None,
    field: NDArray[np.floating] | None = None,
) -> Projections:
    """Add counts of the room, even over the detector and over energy.

    Parameters
    ----------
    expected : Projections
    background_per_s : float
        Counts a second in each pixel of the peak, 0 or more; other windows get it by their width.
    peak : EnergyWindow, optional
        The first window by default.
    field : ndarray, shape (axial, transaxial), optional
        Share of each pixel over the crystal (`field_share`); all by default.

    Returns
    -------
    Projections

    Raises
    ------
    InputError
        A background below 0.

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 2),
    ...                      pixel_mm=(4.8, 4.8))
    >>> dark = Projections(counts=np.zeros((1, 1, 1, 2)), windows=(EnergyWindow.around(155,
    ...     percent=10),), geometry=views, view_seconds=np.full(1, 10.0), view_starts_s=np.zeros(1))
    >>> add_background(dark, 0.5, field=np.array([[1.0, 0.0]])).counts.ravel().tolist()
    [5.0, 0.0]
    """
    if not 0 <= background_per_s < math.inf:
        raise InputError(
            "a background must be 0 or more",
            got=f"{background_per_s:g} /s in a pixel",
            remedy="give counts a second in each pixel of the peak",
        )
    if background_per_s == 0.0:
        return expected
    width = (expected.windows[0] if peak is None else peak).width_kev
    shares = np.array([window.width_kev / width for window in expected.windows])
    place = np.ones(expected.geometry.shape) if field is None else np.asarray(field)
    rate = background_per_s * shares[:, None, None, None] * place
    counts = expected.counts + rate * expected.view_seconds[:, None, None]
    return _with_counts(expected, counts.astype(np.float32))


def record_counts(
    expected: Projections,
    *,
    seed: int,
    dead_time_s: float = 0.0,
    peak: EnergyWindow | None = None,
    background_per_s: float = 0.0,
    field: NDArray[np.floating] | None = None,
) -> Projections:
    """Draw what a camera records of expected counts.

    Background comes first; then each view of each head loses counts to a paralysable dead time at
    the rate of its own scatter-corrected peak, all windows by the same factor exp(-n tau), as
    `hevesy.quantification.correct_dead_time` takes it; then Poisson.

    Parameters
    ----------
    expected : Projections
        Of `simulate_projections` or `simulate_camera_photons`.
    seed : int
        0 or more.
    dead_time_s : float
        For the rate of the scatter-corrected peak, s.
    peak : EnergyWindow, optional
        The first window by default.
    background_per_s : float
        As in `add_background`.
    field : ndarray, shape (axial, transaxial), optional
        As in `add_background`.

    Returns
    -------
    Projections
        Whole counts, int32.

    References
    ----------
    EJNMMI Phys 2018, doi:10.1186/s40658-017-0202-7 (dead time of the scatter-corrected photopeak).

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(10, 10),
    ...                      pixel_mm=(4.8, 4.8))
    >>> seen = Projections(counts=np.full((1, 1, 10, 10), 1e4), windows=(EnergyWindow.around(155,
    ...     percent=10),), geometry=views, view_seconds=np.full(1, 10.0), view_starts_s=np.zeros(1))
    >>> drawn = record_counts(seen, seed=1, dead_time_s=5e-6)
    >>> bool(abs(drawn.counts.sum() / (1e6 * math.exp(-0.5)) - 1) < 0.01)
    True
    """
    with_room = add_background(expected, background_per_s, peak=peak, field=field)
    live = np.exp(-expected_loss_ratios(with_room, dead_time_s, peak=peak))
    counts = np.asarray(with_room.counts, dtype=np.float64) * live[None, :, None, None]
    return draw_counts(_with_counts(with_room, counts), seed=seed)
