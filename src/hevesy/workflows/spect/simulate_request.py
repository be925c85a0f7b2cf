"""What `hevesy spect simulate` is asked for, and the views that follow from it."""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import Camera, EnergyWindow, ViewGeometry
from hevesy.errors import InputError, TimeError
from hevesy.images import Grid, Volume

__all__ = ["ACTIVITY_UNITS", "SIMULATION_METHODS", "ScanPlan", "SimulateRequest", "plan_scan"]

SIMULATION_METHODS = ("model", "monte-carlo")
ACTIVITY_UNITS = {"Bq/mL": 1.0, "kBq/mL": 1e3, "MBq/mL": 1e6}
_OVERLAP_SHARE = 0.2  # of a bed's field that the next one sees too
_LEAST_SHARE = 1e-4  # of the greatest concentration, which the beds are laid to cover
_MOST_BEDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateRequest:
    """Everything that a simulated scan depends on.

    Parameters
    ----------
    activity : Path
        NIfTI or NRRD, at the start of the scan.
    ct : Path
        HU, NIfTI or NRRD, in the same frame.
    camera, nuclide : str
        By name.
    seconds_per_view : float
        s, in whole ms.
    seed : int
        0 or more.
    unit : {"Bq/mL", "kBq/mL", "MBq/mL"}
        Of `activity`.
    views : int
        Of all heads together.
    heads : {1, 2}
        Two stand opposite each other, and each takes half of the views.
    radius_mm : float or None
        Axis to collimator; None: 20 mm from the patient.
    start_deg : float
        First angle of the first head, DICOM's.
    direction : {"CC", "CW"}
        CC: angles grow.
    windows : tuple of EnergyWindow or None
        The peak first; None: the nuclide's usual ones.
    beds : int or None
        None: as many as cover the activity.
    pixels : int
        Of each side of the matrix; it covers what the camera's usual one covers.
    start_time : datetime or None
        Aware; None: now.
    dead_time_s : float or None
        None: the camera's.
    background_per_s : float
        In each pixel of the peak.
    method : {"model", "monte-carlo"}
    histories : int
        Of Monte Carlo, for each bed.
    kvp : float
        The CT's tube voltage, kV.
    threads : int or None

    Raises
    ------
    InputError
        A number out of its range, or an unknown word.
    TimeError
        A start without a zone.

    Examples
    --------
    >>> SimulateRequest(activity=Path("a.nii.gz"), ct=Path("ct.nii.gz"),
    ...     camera="siemens-symbia-he", nuclide="Re-188", seconds_per_view=20.0, seed=1).views
    60
    """

    activity: Path
    ct: Path
    camera: str
    nuclide: str
    seconds_per_view: float
    seed: int
    unit: str = "Bq/mL"
    views: int = 60
    heads: int = 1
    radius_mm: float | None = None
    start_deg: float = 0.0
    direction: str = "CC"
    windows: tuple[EnergyWindow, ...] | None = None
    beds: int | None = None
    pixels: int = 128
    start_time: datetime | None = None
    dead_time_s: float | None = None
    background_per_s: float = 0.0
    method: str = "model"
    histories: int = 10_000_000
    kvp: float = 120.0
    threads: int | None = None

    def __post_init__(self) -> None:
        _require_word(self.unit, tuple(ACTIVITY_UNITS), "--unit")
        _require_word(self.direction, ("CC", "CW"), "--direction")
        _require_word(self.method, SIMULATION_METHODS, "--method")
        _require_whole(self.views, 1, 720, "--views")
        _require_whole(self.heads, 1, 2, "--heads")
        _require_whole(self.pixels, 16, 512, "--matrix")
        _require_whole(self.seed, 0, 2**32 - 1, "--seed")
        if self.beds is not None:
            _require_whole(self.beds, 1, _MOST_BEDS, "--beds")
        if self.views % self.heads:
            raise InputError(
                "two heads can't share the views evenly",
                got=f"{self.views} views",
                remedy="give an even number with --views",
            )
        _require_number(self.seconds_per_view, "--seconds-per-view", above=True)
        whole = round(self.seconds_per_view * 1000)
        if abs(whole / 1000 - self.seconds_per_view) > 1e-9 or whole < 1:
            raise InputError(
                "a view's duration is not in whole ms, which is all that DICOM holds",
                got=f"{self.seconds_per_view:g} s",
                remedy="correct --seconds-per-view",
            )
        _require_number(self.background_per_s, "--background")
        if self.radius_mm is not None:
            _require_number(self.radius_mm, "--radius", above=True)
        if self.dead_time_s is not None:
            _require_number(self.dead_time_s, "--dead-time")
        if not math.isfinite(self.start_deg):
            raise InputError(
                "--start is not an angle", got=f"{self.start_deg:g}", remedy="give degrees"
            )
        if self.windows is not None:
            _require_apart(self.windows)
        if self.start_time is not None and self.start_time.tzinfo is None:
            raise TimeError(
                "--start-time has no zone",
                got=self.start_time.isoformat(),
                remedy="write it as 2024-05-06T10:15:30+02:00",
            )

    @property
    def bed_seconds(self) -> float:
        """How long a bed takes, s."""
        return self.seconds_per_view * (self.views // self.heads)


def _require_word(got: str, allowed: tuple[str, ...], option: str) -> None:
    if got not in allowed:
        raise InputError(
            f"{option} is unknown", got=got, allowed=", ".join(allowed), remedy=f"correct {option}"
        )


def _require_whole(got: int, least: int, most: int, option: str) -> None:
    if not least <= got <= most:
        raise InputError(
            f"{option} is out of range",
            got=got,
            allowed=f"{least} to {most}",
            remedy=f"correct {option}",
        )


def _require_number(got: float, option: str, *, above: bool = False) -> None:
    if not (0 <= got < math.inf) or (above and got == 0):
        raise InputError(
            f"{option} is out of range",
            got=f"{got:g}",
            allowed="above 0" if above else "0 or more",
            remedy=f"correct {option}",
        )


def _require_apart(windows: tuple[EnergyWindow, ...]) -> None:
    if not windows:
        raise InputError("--windows names none", remedy="write it as --windows 139.5:170.5")
    for number, window in enumerate(windows):
        for other in windows[:number]:
            if window.overlaps(other):
                raise InputError(
                    "two energy windows overlap: an event in both would be drawn twice",
                    got=f"{other.lower_kev:g}:{other.upper_kev:g} and "
                    f"{window.lower_kev:g}:{window.upper_kev:g} keV",
                    allowed="windows that share no more than a border",
                    remedy="correct --windows",
                )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanPlan:
    """The beds' views, and when they are taken.

    Parameters
    ----------
    beds : tuple of ViewGeometry
        From the feet up.
    view_seconds, view_starts_s : ndarray of float64, shape (views,)
        Of each bed, s; starts are after the bed's own.
    bed_seconds : float
        From one bed's start to the next one's, s.

    Examples
    --------
    See `plan_scan`.
    """

    beds: tuple[ViewGeometry, ...]
    view_seconds: NDArray[np.float64]
    view_starts_s: NDArray[np.float64]
    bed_seconds: float


def plan_scan(
    request: SimulateRequest, camera: Camera, activity: Volume, ct: Grid, radius_mm: float
) -> ScanPlan:
    """Lay beds over the activity, and views around the middle of the CT.

    Beds overlap by a fifth of the camera's field, at a whole number of pixels. They are moved so
    that the CT covers them, where it can.

    Parameters
    ----------
    request : SimulateRequest
    camera : Camera
    activity : Volume
    ct : Grid
    radius_mm : float

    Returns
    -------
    ScanPlan

    Examples
    --------
    >>> from hevesy.camera import get_camera
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((100, 4, 4), spacing_mm=(5, 5, 5))
    >>> held = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> request = SimulateRequest(activity=Path("a.nii"), ct=Path("c.nii"), camera="",
    ...     nuclide="", seconds_per_view=20.0, seed=1, heads=2)
    >>> plan = plan_scan(request, get_camera("siemens-symbia-he"), held, grid, 200.0)
    >>> len(plan.beds), plan.bed_seconds, plan.beds[0].angles_deg[30].item()
    (2, 600.0, 180.0)
    """
    values = np.asarray(activity.values)
    low, high = _ends_mm(activity.grid, values > _LEAST_SHARE * float(values.max()))
    body = _ends_mm(ct, np.ones(ct.shape, dtype=bool))
    axial_mm, across_mm = (
        n * mm / request.pixels for n, mm in zip(camera.matrix, camera.pixel_mm, strict=True)
    )
    field = camera.field_mm[0]
    step = math.floor((1 - _OVERLAP_SHARE) * field / axial_mm) * axial_mm
    count = request.beds
    if count is None:
        count = 1 + max(math.ceil((high[2] - low[2] - field) / step - 1e-9), 0)
        count = min(count, _MOST_BEDS)
    middle, span = 0.5 * float(low[2] + high[2]), field + (count - 1) * step
    if span <= body[1][2] - body[0][2]:
        middle = float(np.clip(middle, body[0][2] + span / 2, body[1][2] - span / 2))
    each = request.views // request.heads
    turn = (360.0 / request.heads / each) * (-1.0 if request.direction == "CW" else 1.0)
    angles = np.concatenate(
        [request.start_deg + 180.0 * head + turn * np.arange(each) for head in range(request.heads)]
    )
    first = ViewGeometry(
        angles_deg=angles,
        radii_mm=np.full(request.views, radius_mm),
        shape=(request.pixels, request.pixels),
        pixel_mm=(axial_mm, across_mm),
        axis_mm=(0.5 * float(body[0][0] + body[1][0]), 0.5 * float(body[0][1] + body[1][1])),
    )
    return ScanPlan(
        beds=tuple(
            replace(first, axial_centre_mm=middle + (number - (count - 1) / 2) * step)
            for number in range(count)
        ),
        view_seconds=np.full(request.views, request.seconds_per_view),
        view_starts_s=np.tile(np.arange(each) * request.seconds_per_view, request.heads),
        bed_seconds=request.bed_seconds,
    )


def _ends_mm(
    grid: Grid, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper corner of the box that holds a mask, world mm."""
    inside = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    ends = [(float(index[0]) - 0.5, float(index[-1]) + 0.5) for index in inside]
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
    world = grid.to_world_mm(corners)
    return world.min(axis=0), world.max(axis=0)
