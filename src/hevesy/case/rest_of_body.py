"""The rest of the body: what a case says of it, and what is said of it in the result."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hevesy.errors import CaseError, TimeError

__all__ = [
    "BloodSample",
    "BodyDose",
    "EffectiveDoseResult",
    "EnergyAccount",
    "MarrowDose",
    "PhotonDose",
    "RestOfBody",
    "RestOfBodyResult",
    "UnmeasuredDose",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodSample:
    """Activity in whole blood at a moment, not corrected for decay.

    Parameters
    ----------
    time : datetime
        Aware; held in UTC.
    concentration_bq_per_ml : float
        Above 0.
    relative_uncertainty : float
        One standard deviation as a share, above 0.

    Raises
    ------
    TimeError
        `time` has no zone.
    CaseError
        A concentration or uncertainty that is not above 0.

    Examples
    --------
    >>> BloodSample(time=datetime(2024, 3, 4, tzinfo=UTC), concentration_bq_per_ml=1200.0,
    ...             relative_uncertainty=0.03).concentration_bq_per_ml
    1200.0
    """

    time: datetime
    concentration_bq_per_ml: float
    relative_uncertainty: float

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise TimeError(
                "a blood sample's time has no zone",
                got=self.time.isoformat(),
                remedy="set `timezone` in the case, or give the time with an offset",
            )
        object.__setattr__(self, "time", self.time.astimezone(UTC))
        for value, what in (
            (self.concentration_bq_per_ml, "concentration"),
            (self.relative_uncertainty, "uncertainty"),
        ):
            if not 0 < value < float("inf"):
                raise CaseError(
                    f"a blood sample's {what} must be above 0",
                    got=f"{value:g}",
                    remedy="correct it in [[blood]], or leave the sample out",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestOfBody:
    """What the case says of patient, blood, marrow and organs.

    Parameters
    ----------
    body_mass_g : float or None
    sex : str or None
        ``"male"`` or ``"female"``.
    hematocrit_share : float or None
    blood : tuple of BloodSample
        In order of time.
    marrow_region : str or None
        Region whose activity is that of its marrow.
    marrow_share : float or None
        Share of the body's active marrow in that region.
    unmeasured : tuple of str
        Regions that show no activity of their own: they are dosed from outside only.
    tissues : tuple of (str, str)
        Region and the tissue of ICRP 103 that it stands for, or ``"none"``.

    Raises
    ------
    CaseError
        Blood without hematocrit or with one sample; a marrow region without what its method needs.

    Examples
    --------
    >>> RestOfBody(body_mass_g=72000.0).blood
    ()
    """

    body_mass_g: float | None = None
    sex: str | None = None
    hematocrit_share: float | None = None
    blood: tuple[BloodSample, ...] = ()
    marrow_region: str | None = None
    marrow_share: float | None = None
    unmeasured: tuple[str, ...] = ()
    tissues: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.blood, key=lambda sample: sample.time))
        object.__setattr__(self, "blood", ordered)
        if self.blood and self.hematocrit_share is None:
            raise CaseError(
                "[[blood]] is given without a hematocrit, so marrow's share of it is not known",
                got=f"{len(self.blood)} samples",
                remedy='set hematocrit = "42 %" in [rest_of_body], as measured',
            )
        if len(self.blood) == 1:
            raise CaseError(
                "one blood sample can't tell how fast activity leaves the blood",
                got="1 sample",
                allowed="2 or more",
                remedy="add a [[blood]], or leave it out",
            )
        if self.marrow_region is None:
            return
        for value, key in (
            (self.marrow_share, 'marrow_share = "12 %"'),
            (self.sex, 'sex = "male"'),
            (self.body_mass_g, 'body_mass = "72 kg"'),
        ):
            if value is None:
                raise CaseError(
                    f"rest_of_body.marrow_region needs {key.split()[0]}",
                    got=self.marrow_region,
                    remedy=f"set {key} in [rest_of_body], or leave marrow_region out",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyAccount:
    """Where the emitted energy goes, J.

    Parameters
    ----------
    emitted_j, in_body_j, elsewhere_j, escaped_j : float
        Emitted by all decays in the images; absorbed in the body within the CT; in couch and air;
        not absorbed.
    beyond_ct_j, beyond_ct_uncertainty_j : float
        Absorbed in the body beyond the CT's ends, by a cylinder in its place.
    """

    emitted_j: float
    in_body_j: float
    beyond_ct_j: float
    beyond_ct_uncertainty_j: float
    elsewhere_j: float
    escaped_j: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyDose:
    """Mean dose to a body, or to the part of it that the CT shows.

    Parameters
    ----------
    mass_g : float
    mean_dose_gy, uncertainty_gy : float
        Energy imparted over mass.
    true_dose_gy : float or None
        Of a virtual patient.
    """

    mass_g: float
    mean_dose_gy: float
    uncertainty_gy: float
    true_dose_gy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmeasuredDose:
    """A region that shows no activity: dose from outside it.

    Parameters
    ----------
    name : str
    volume_ml, mass_g : float
    mean_dose_gy, uncertainty_gy, statistical_uncertainty_gy : float
        From the decays outside all such regions.
    shown_dose_gy : float
        What the decays that the map shows within it would add, were they real.
    """

    name: str
    volume_ml: float
    mass_g: float
    mean_dose_gy: float
    uncertainty_gy: float
    statistical_uncertainty_gy: float
    shown_dose_gy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotonDose:
    """A measured region's photon dose, where the dose engine leaves photons out.

    Parameters
    ----------
    name : str
    photon_dose_gy, photon_uncertainty_gy : float
        From all decays' gammas and X rays, by Monte Carlo.
    total_dose_gy, total_uncertainty_gy : float
        The engine's mean dose and this.
    """

    name: str
    photon_dose_gy: float
    photon_uncertainty_gy: float
    total_dose_gy: float
    total_uncertainty_gy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowDose:
    """Red marrow's dose by one method.

    Parameters
    ----------
    method : str
        ``"blood"`` or ``"image"``.
    mean_dose_gy, uncertainty_gy : float
    self_dose_gy, self_uncertainty_gy : float
        From electrons of its own activity.
    cross_dose_gy, cross_uncertainty_gy : float
        From decays outside it, by Monte Carlo.
    source : str
        The method in words, cited.
    """

    method: str
    mean_dose_gy: float
    uncertainty_gy: float
    self_dose_gy: float
    self_uncertainty_gy: float
    cross_dose_gy: float
    cross_uncertainty_gy: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveDoseResult:
    """Effective dose, with what it covers and its caveat.

    Parameters
    ----------
    at_least_sv, uncertainty_sv : float or None
        None where too little of the tissue weight is known.
    weight_share, least_weight_share : float
        Known share of the weights; the least for a figure.
    tissues : tuple of (str, float, float)
        Known tissue, its weight, its equivalent dose, Sv.
    caveat : str
    """

    at_least_sv: float | None
    uncertainty_sv: float | None
    weight_share: float
    least_weight_share: float
    tissues: tuple[tuple[str, float, float], ...]
    caveat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestOfBodyResult:
    """What else got dose.

    Parameters
    ----------
    body_in_ct : BodyDose
    whole_body : BodyDose or None
        None where mass or activity beyond the CT can't be told.
    whole_body_reason : str
        Why it is None, or how it was made.
    energy : EnergyAccount
    injected_tia_mbq_h, in_images_tia_mbq_h, in_regions_tia_mbq_h : float
        Decays of the administered activity if all of it stayed; in the images; in the regions.
    photons : tuple of PhotonDose
        Of the measured regions; empty where the engine follows photons.
    unmeasured : tuple of UnmeasuredDose
    marrow : tuple of MarrowDose
        Each method by itself.
    effective : EffectiveDoseResult
    notes : tuple of str
        What is to be known of these figures.
    """

    body_in_ct: BodyDose
    whole_body: BodyDose | None
    whole_body_reason: str
    energy: EnergyAccount
    injected_tia_mbq_h: float
    in_images_tia_mbq_h: float
    in_regions_tia_mbq_h: float
    photons: tuple[PhotonDose, ...]
    unmeasured: tuple[UnmeasuredDose, ...]
    marrow: tuple[MarrowDose, ...]
    effective: EffectiveDoseResult
    notes: tuple[str, ...] = ()
