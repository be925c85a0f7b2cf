"""What a region's uncertain border does to its volume and its activity."""

import math

from hevesy.errors import InputError, RegionError

__all__ = [
    "border_uncertainty_mm",
    "boundary_count_share",
    "sphere_diameter_mm",
    "volume_relative_uncertainty",
]

_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


def sphere_diameter_mm(volume_ml: float) -> float:
    """Diameter of the sphere of a volume, mm.

    Raises
    ------
    RegionError
        The volume is not above 0.

    Examples
    --------
    >>> round(sphere_diameter_mm(4.18879), 3)
    20.0
    """
    if not 0 < volume_ml < math.inf:
        raise RegionError(
            "a region's volume must be above 0",
            got=f"{volume_ml:g} mL",
            remedy="draw the region on this image, or leave it out",
        )
    return float((6000.0 * volume_ml / math.pi) ** (1.0 / 3.0))


def border_uncertainty_mm(
    *, voxel_mm: float, fwhm_mm: float, stated_mm: float | None = None
) -> float:
    """Standard uncertainty of where a region's border lies, mm.

    The border lies somewhere in a voxel of size a (variance a^2/12) and within the blur of the
    image it was drawn on, of FWHM w (variance w^2/(8 ln 2)). Where it is known (observers
    compared) that replaces both.

    Parameters
    ----------
    voxel_mm : float
        Voxel size of the image the region was drawn on, mm.
    fwhm_mm : float
        Resolution of the image the region was drawn on (CT's where drawn on CT), mm.
    stated_mm : float or None
        The border's own standard uncertainty, mm.

    Returns
    -------
    float

    Raises
    ------
    InputError
        A length that is negative or not finite.

    References
    ----------
    Gear et al. 2018, Eur J Nucl Med Mol Imaging 45:2456, doi:10.1007/s00259-018-4136-7,
    section on the volume of interest.

    Examples
    --------
    >>> round(border_uncertainty_mm(voxel_mm=4.42, fwhm_mm=0.0), 3)
    1.276
    """
    for length in (voxel_mm, fwhm_mm, stated_mm or 0.0):
        if not 0 <= length < math.inf:
            raise InputError(
                "a length can't be negative or infinite", got=f"{length:g} mm", remedy="correct it"
            )
    if stated_mm is not None:
        return stated_mm
    return math.hypot(voxel_mm / math.sqrt(12.0), fwhm_mm / _FWHM_PER_SIGMA)


def volume_relative_uncertainty(
    volume_ml: float, *, border_mm: float, border_area_mm2: float = 0.0
) -> float:
    """Relative standard uncertainty of a drawn volume, u(v)/v.

    Opposite borders err independently, so that the diameter's variance is u(d)^2 = 2 u(border)^2
    and a sphere's u(v)/v = 3 u(d)/d: its border is out by u(border)/sqrt(2) everywhere at once. The
    same for any shape is u(v) = S u(border)/sqrt(2), with S the area of its border; no shape has
    less of it than the sphere of its volume.

    Parameters
    ----------
    volume_ml : float
        Volume, mL.
    border_mm : float
        Standard uncertainty of the border, mm.
    border_area_mm2 : float
        Area of the region's border, mm2; the sphere's where it is less.

    Returns
    -------
    float
        As a share. Over about 0.3 the linear propagation that follows is a rough guide.

    References
    ----------
    Gear et al. 2018, Eur J Nucl Med Mol Imaging 45:2456, doi:10.1007/s00259-018-4136-7,
    section on the volume of interest (the sphere).

    Examples
    --------
    >>> border = border_uncertainty_mm(voxel_mm=4.42, fwhm_mm=0.0)
    >>> round(volume_relative_uncertainty(33.51, border_mm=border), 4)
    0.1353
    """
    sphere_mm2 = math.pi * sphere_diameter_mm(volume_ml) ** 2
    area_mm2 = max(border_area_mm2, sphere_mm2)
    return area_mm2 * border_mm / math.sqrt(2.0) / (1000.0 * volume_ml)


def boundary_count_share(volume_ml: float, *, fwhm_mm: float) -> float:
    """phi: twice the blurred intensity at the border of a uniform sphere, over its true one.

    phi = erf(2 r / (s sqrt 2)) - 2 s / (r sqrt(2 pi)) (1 - exp(-2 r^2 / s^2)), s the PSF's sigma.
    With it, u(C)/C = phi / (2 R) u(v)/v: what a shift of the border does to the counts inside it.

    Parameters
    ----------
    volume_ml : float
        Volume of the sphere, mL.
    fwhm_mm : float
        Resolution, mm; 0 gives 1.

    Returns
    -------
    float
        Between 0 and 1.

    References
    ----------
    Gear et al. 2018, doi:10.1007/s00259-018-4136-7, the equation for phi under "count rate". It is
    the exact profile of a Gaussian-blurred sphere at its radius.

    Examples
    --------
    >>> round(boundary_count_share(1000.0, fwhm_mm=10.0), 3)
    0.945
    """
    if fwhm_mm <= 0:
        return 1.0
    radius, sigma = sphere_diameter_mm(volume_ml) / 2.0, fwhm_mm / _FWHM_PER_SIGMA
    near = 2.0 * sigma / (radius * math.sqrt(2.0 * math.pi))
    return math.erf(2.0 * radius / (sigma * math.sqrt(2.0))) - near * -math.expm1(
        -2.0 * radius**2 / sigma**2
    )
