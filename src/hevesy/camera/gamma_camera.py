"""A camera head: collimator, crystal, field of view; and a few that are known."""

import difflib
import math
from dataclasses import dataclass

import numpy as np

from hevesy.camera.collimator import Collimator, get_collimator
from hevesy.camera.detector import Detector
from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import PointSpread
from hevesy.errors import InputError

__all__ = ["Camera", "camera_names", "get_camera"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A collimator before a crystal.

    Parameters
    ----------
    name : str
    maker : str
    collimator : Collimator
    detector : Detector
    gap_mm : float
        From the collimator's back to the crystal, mm, 0 or more.
    field_mm : tuple of float
        The crystal's useful field, (axial, transaxial), mm.
    matrix : tuple of int
        Usual pixels, (axial, transaxial).
    pixel_mm : tuple of float
        Their spacing, mm.

    Raises
    ------
    InputError
        A gap below 0, or a field that is not above 0.

    Examples
    --------
    >>> camera = get_camera("siemens-symbia-he")
    >>> camera.collimator.name, round(float(camera.point_spread(155.0).fwhm_mm(200.0)), 1)
    ('siemens-he', 18.2)
    """

    name: str
    maker: str
    collimator: Collimator
    detector: Detector
    gap_mm: float = 0.3
    field_mm: tuple[float, float] = (387.0, 533.0)
    matrix: tuple[int, int] = (128, 128)
    pixel_mm: tuple[float, float] = (4.8, 4.8)

    def __post_init__(self) -> None:
        if not (0 <= self.gap_mm < math.inf and min(self.field_mm) > 0):
            raise InputError(
                f"the camera {self.name} has a gap below 0, or no field of view",
                got=f"{self.gap_mm:g} mm, {self.field_mm} mm",
                remedy="give gap_mm of 0 or more and field_mm above 0",
            )

    def point_spread(self, energy_kev: float) -> PointSpread:
        """Resolution by distance: the collimator's closed form and the crystal's blur.

        Photons are stopped at their mean depth in the crystal.
        """
        return self.collimator.resolution(
            energy_kev,
            intrinsic_mm=self.detector.intrinsic_fwhm_mm(energy_kev),
            plane_mm=self.gap_mm + self.detector.mean_depth_mm(energy_kev),
        )

    def orbit(
        self, view_count: int, *, radius_mm: float, start_deg: float = 0.0, arc_deg: float = 360.0
    ) -> ViewGeometry:
        """Views in equal steps on a circle, with the camera's usual pixels.

        Parameters
        ----------
        view_count : int
        radius_mm : float
            Axis to the collimator's face, mm.
        start_deg, arc_deg : float
            First angle, and angle of all views together (negative: the other way round).

        Returns
        -------
        ViewGeometry
        """
        return ViewGeometry(
            angles_deg=np.asarray(
                start_deg + arc_deg / view_count * np.arange(view_count), dtype=np.float64
            ),
            radii_mm=np.full(view_count, radius_mm),
            shape=self.matrix,
            pixel_mm=self.pixel_mm,
        )


_SYMBIA = ("lehr", "leap", "me", "he")
_GE = ("lehr", "elegp", "megp", "hegp")
_MEDISO = ("lehr", "megp", "hegp")


def _cameras() -> dict[str, Camera]:
    """Siemens: field and gap of OpenGATE's siemens_intevo; dead time of 10.1186/s40658-017-0202-7.

    GE and Mediso: fields of the makers' data sheets (540 x 400, 545 x 407 mm).
    """
    found = [
        Camera(
            name=f"siemens-symbia-{kind}",
            maker="Siemens",
            collimator=get_collimator(f"siemens-{kind}"),
            detector=Detector(intrinsic_mm=3.8, energy_resolution_percent=9.9, dead_time_s=4.6e-6),
        )
        for kind in _SYMBIA
    ]
    found += [
        Camera(
            name=f"ge-discovery-{kind}",
            maker="GE",
            collimator=get_collimator(f"ge-{kind}"),
            detector=Detector(intrinsic_mm=3.9, energy_resolution_percent=9.8),
            field_mm=(400.0, 540.0),
            pixel_mm=(4.42, 4.42),
        )
        for kind in _GE
    ]
    found += [
        Camera(
            name=f"mediso-anyscan-{kind}",
            maker="Mediso",
            collimator=get_collimator(f"mediso-{kind}"),
            detector=Detector(intrinsic_mm=3.8, energy_resolution_percent=9.8),
            field_mm=(407.0, 545.0),
        )
        for kind in _MEDISO
    ]
    return {camera.name: camera for camera in found}


def camera_names() -> tuple[str, ...]:
    """Name every camera that is known.

    Examples
    --------
    >>> "ge-discovery-megp" in camera_names()
    True
    """
    return tuple(_cameras())


def get_camera(name: str) -> Camera:
    """Get a camera with one of its collimators by name.

    Resolutions are typical ones of the kind; a site's own measurements go into a `Camera` of its
    own (``dataclasses.replace``).

    Parameters
    ----------
    name : str
        As `camera_names` has it; case and blanks do not matter.

    Returns
    -------
    Camera

    Raises
    ------
    InputError
        No camera has that name; the nearest is named.

    Examples
    --------
    >>> get_camera("Siemens Symbia ME").collimator.septum_mm
    1.14
    """
    known = _cameras()
    wanted = name.strip().lower().replace(" ", "-").replace("_", "-")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.0)[0]
        raise InputError(
            "unknown camera", got=name, allowed=", ".join(known), remedy=f"write '{near}'"
        )
    return known[wanted]
