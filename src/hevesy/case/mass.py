"""A lesion's mass from scan to scan, and the dose with a mass that changes."""

from dataclasses import dataclass

__all__ = ["LesionMass", "MassPoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MassPoint:
    """A region's volume and mass as drawn on one scan.

    Parameters
    ----------
    scan : int
    hours_after_administration : float
        Of the course that the scan follows.
    volume_ml, volume_uncertainty_ml : float
    mass_g, mass_uncertainty_g : float
    """

    scan: int
    hours_after_administration: float
    volume_ml: float
    volume_uncertainty_ml: float
    mass_g: float
    mass_uncertainty_g: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionMass:
    """A region that was drawn on several scans.

    Parameters
    ----------
    region : str
    points : tuple of MassPoint
        In order of time.
    effective_mass_g, effective_mass_uncertainty_g : float
        Mean over the decays of all courses.
    mean_dose_gy : float
        With the mass of one scan, as among the regions.
    changing_mean_dose_gy, changing_mean_dose_uncertainty_gy : float
        Each interval's decays over its own mass; the uncertainty is that of the fixed one with the
        masses' own beside it.
    """

    region: str
    points: tuple[MassPoint, ...]
    effective_mass_g: float
    effective_mass_uncertainty_g: float
    mean_dose_gy: float
    changing_mean_dose_gy: float
    changing_mean_dose_uncertainty_gy: float
