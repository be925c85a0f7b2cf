"""To which moment an image's values were decay-corrected, and back to the frame's start."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError, TimeError

__all__ = ["DecayResolution", "DecayTags", "resolve_decay", "view_weights"]

_DECLARABLE = ("acquisition", "administration", "none")
_TOLERANCE = 0.005  # DecayFactor is often written with 3 to 5 digits
_HALF_LIFE_TOLERANCE = 0.01  # vendors' half-lives differ from ICRP-107's by up to about 1 %
_HARMLESS = 0.02  # a START image with DecayFactor 1: within this, either reading will do


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayTags:
    """What a DICOM image says about its own decay correction.

    Parameters
    ----------
    decay_correction : str or None
        Decay Correction (0054,1102): ``"NONE"``, ``"START"`` or ``"ADMIN"``; None if absent.
    decay_factor : float or None
        Decay Factor (0054,1321): the factor that was applied to the image; None if absent.
    corrected_for_decay : bool or None
        Whether Corrected Image (0028,0051) holds DECY; None if the attribute is absent.
    frame_reference_time_s : float or None
        Frame Reference Time (0054,1300) since the series' start, s; None if absent.
    modality : str
        ``"NM"`` or ``"PT"``.

    Raises
    ------
    InputError
        A Decay Correction that DICOM does not know, or a Decay Factor that is not above 0.

    Examples
    --------
    >>> tags = DecayTags(decay_correction="START", modality="PT")
    >>> tags.decay_factor is None
    True
    """

    decay_correction: str | None = None
    decay_factor: float | None = None
    corrected_for_decay: bool | None = None
    frame_reference_time_s: float | None = None
    modality: str = "NM"

    def __post_init__(self) -> None:
        word = (self.decay_correction or "").strip().upper() or None
        if word not in {None, "NONE", "START", "ADMIN"}:
            raise InputError(
                "the SPECT's Decay Correction is not one that DICOM defines",
                got=word,
                allowed="NONE, START, ADMIN",
                remedy=_add_line(),
            )
        if self.decay_factor is not None and not 0 < self.decay_factor < math.inf:
            raise InputError(
                "the SPECT's Decay Factor must be above 0",
                got=self.decay_factor,
                remedy="mend the file; hevesy can't tell how it was corrected",
            )
        object.__setattr__(self, "decay_correction", word)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayResolution:
    """How to bring an image to the physical activity at its frame's start.

    Parameters
    ----------
    factor_to_frame_start : float
        Multiply the image by it.
    reference : str
        To what the values refer: ``"acquisition"``, ``"administration"`` or ``"none"`` (the mean
        over the frame).
    note : str
        What was taken and why, for the report.

    Examples
    --------
    >>> DecayResolution(factor_to_frame_start=1.0, reference="acquisition", note="").reference
    'acquisition'
    """

    factor_to_frame_start: float
    reference: str
    note: str


def resolve_decay(
    tags: DecayTags | None,
    *,
    declared: str | None,
    decay_per_s: float,
    frame_duration_s: float | None,
    seconds_since_administration: float,
    where: str,
) -> DecayResolution:
    """Find the factor from an image's values to the physical activity at the frame's start.

    ==============  ==========================  ======================================
    reference       values are                  factor (lambda: decay, T: frame, t: age)
    ==============  ==========================  ======================================
    administration  corrected to time zero      exp(-lambda t)
    acquisition     corrected to frame's start  1
    none            the mean over the frame     lambda T / (1 - exp(-lambda T))
    ==============  ==========================  ======================================

    What the case declares wins over the file. Otherwise Decay Correction, Decay Factor and
    Corrected Image must agree: Decay Factor is the factor already applied, so it must be near
    exp(lambda t) for ADMIN, near the frame's own decay for START and 1 for NONE (within 0.5 %, and
    1 % of lambda t for another half-life). The mean over a frame is taken to fall by physical decay
    alone; a biological half-life of 2 h in a frame of 30 min adds 9 % to that factor.

    Parameters
    ----------
    tags : DecayTags or None
        What the file says; None for a file that can say nothing (NIfTI).
    declared : str or None
        ``"acquisition"``, ``"administration"`` or ``"none"`` from the case, or None.
    decay_per_s : float
        The nuclide's decay constant, 1/s.
    frame_duration_s : float or None
        Duration of the frame, s; needed for ``none``.
    seconds_since_administration : float
        From time zero to the frame's start, s.
    where : str
        Which scan, for messages.

    Returns
    -------
    DecayResolution

    Raises
    ------
    TimeError
        The scan began before the administration.
    InputError
        The file is silent or contradicts itself and nothing is declared; the frame's duration is
        needed and missing; a declared word is unknown.

    References
    ----------
    DICOM PS3.3 C.8.9.1 (PET Series, Decay Correction), C.8.9.4 (PET Image, Decay Factor, Frame
    Reference Time), C.8.4.9 (NM Image, Corrected Image).

    Examples
    --------
    >>> tags = DecayTags(decay_correction="START", decay_factor=1.0, modality="PT")
    >>> resolve_decay(tags, declared=None, decay_per_s=1.2e-6, frame_duration_s=1500.0,
    ...               seconds_since_administration=13500.0, where="scan 1").factor_to_frame_start
    1.0
    """
    if seconds_since_administration < 0:
        raise TimeError(
            f"{where} began before the administration",
            got=f"{seconds_since_administration / 3600:.2f} h",
            allowed="0 h and later",
            remedy="correct `time` in [administration], or the scan's, and their zones",
        )
    if not 0 < decay_per_s < math.inf:
        raise InputError(
            "a decay constant must be above 0", got=decay_per_s, remedy="give the nuclide's own"
        )
    if frame_duration_s is not None and not 0 < frame_duration_s < math.inf:
        raise InputError(
            f"{where}: the frame's duration must be above 0 s",
            got=f"{frame_duration_s:g} s",
            remedy='write it in that [[scan]], e.g. `duration = "25 min"`',
        )
    if declared is not None:
        word = str(declared)
        if word not in _DECLARABLE:
            raise InputError(
                f"{where}: decay_corrected_to is unknown",
                got=word,
                allowed=", ".join(_DECLARABLE),
                remedy=_add_line(),
            )
        offset_s = 0.0
        why = f"declared in the case; {_said(tags)}"
    else:
        word, offset_s, why = _from_file(
            tags, decay_per_s, frame_duration_s, seconds_since_administration, where
        )
    factor = {
        "administration": lambda: math.exp(-decay_per_s * seconds_since_administration),
        "acquisition": lambda: math.exp(-decay_per_s * offset_s),
        "none": lambda: _frame_mean_factor(decay_per_s, frame_duration_s, where),
    }[word]()
    return DecayResolution(
        factor_to_frame_start=factor,
        reference=word,
        note=f"{_MEANING[word]} ({why}); multiplied by {factor:.6g} to the frame's start",
    )


def view_weights(
    view_starts_s: ArrayLike, view_seconds: ArrayLike, *, decay_per_s: float
) -> NDArray[np.float64]:
    """Seconds that each view is worth, in terms of the activity at the scan's start.

    w = T exp(-lambda t) (1 - exp(-lambda T)) / (lambda T), with t the view's start and T its
    duration: expected counts for each Bq at the start are w times the sensitivity. Handed to the
    reconstruction as weights of the views, they bring the image to the scan's start, whatever the
    order and the durations of the views; multiplied by the live fraction, dead time as well.

    Parameters
    ----------
    view_starts_s : array_like of float, shape (views,)
        When each view began, s after the scan's start (for a later bed: the *first* bed's start).
    view_seconds : array_like of float, shape (views,)
        How long each was counted, s, above 0.
    decay_per_s : float
        The nuclide's decay constant, 1/s.

    Returns
    -------
    ndarray of float64, shape (views,)
        s.

    Raises
    ------
    InputError
        Numbers of starts and durations differ, a duration or the decay constant is not above 0.

    Examples
    --------
    >>> half_life_s = 61214.4
    >>> view_weights([0.0, half_life_s], [1.0, 1.0], decay_per_s=math.log(2) / half_life_s).round(4)
    array([1. , 0.5])
    """
    starts, seconds = (np.asarray(a, dtype=np.float64) for a in (view_starts_s, view_seconds))
    fit = starts.shape == seconds.shape and bool(np.isfinite(starts).all())
    if not (fit and 0 < decay_per_s < math.inf and seconds.size and (seconds > 0).all()):
        raise InputError(
            "views need a start, a duration above 0 and a decay constant above 0",
            got=f"{starts.size} starts, {seconds.size} durations, {decay_per_s:g} /s",
            remedy="give one start and one duration for each view, s",
        )
    return np.exp(-decay_per_s * starts) * -np.expm1(-decay_per_s * seconds) / decay_per_s


_MEANING = {
    "administration": "values are corrected to the administration",
    "acquisition": "values are corrected to the start of the acquisition",
    "none": "values are the mean over the frame, not corrected",
}


def _add_line(words: tuple[str, ...] = _DECLARABLE) -> str:
    others = " or ".join(f'"{word}"' for word in words[1:])
    return f'add the line `decay_corrected_to = "{words[0]}"` (or {others}) to that [[scan]]'


def _said(tags: DecayTags | None) -> str:
    if tags is None:
        return "the file can't say"
    said = [
        f"DecayCorrection {tags.decay_correction or 'absent'}",
        "DecayFactor " + ("absent" if tags.decay_factor is None else f"{tags.decay_factor:g}"),
        "CorrectedImage "
        + {True: "with DECY", False: "without DECY", None: "absent"}[tags.corrected_for_decay],
    ]
    return f"the {tags.modality} file says {', '.join(said)}"


def _from_file(
    tags: DecayTags | None,
    decay_per_s: float,
    duration_s: float | None,
    age_s: float,
    where: str,
) -> tuple[str, float, str]:
    """The reference, the frame's offset from the series' start in s, and why."""
    contradiction = _contradiction(tags, decay_per_s, duration_s, age_s)
    if contradiction:
        raise InputError(
            f"{where}: can't tell to when the image is decay-corrected ({contradiction})",
            got=_said(tags),
            remedy=_add_line(),
        )
    if tags is None:  # unreachable: silence is a contradiction; kept for the type
        raise InputError(f"{where} says nothing of decay", remedy=_add_line())
    if tags.decay_correction == "ADMIN":
        return "administration", 0.0, _said(tags)
    if tags.decay_correction == "START":
        return "acquisition", _frame_offset_s(tags, decay_per_s, duration_s), _said(tags)
    return "none", 0.0, _said(tags)


def _contradiction(
    tags: DecayTags | None, decay_per_s: float, duration_s: float | None, age_s: float
) -> str:
    """What keeps the tags from giving one answer, in words; empty where nothing does."""
    if tags is None:
        return "the file's format has no place for it"
    word, factor, corrected = tags.decay_correction, tags.decay_factor, tags.corrected_for_decay
    if word is None:
        if corrected is None:
            return "the file is silent"
        if corrected:
            return "DECY says that it is, not to when"
        if tags.modality == "PT":
            return "Decay Correction is missing, which a PT image must have"
    if word in {None, "NONE"}:
        if corrected:
            return "NONE and DECY contradict each other"
        if factor is not None and abs(factor - 1.0) > _TOLERANCE:
            return f"not corrected, yet a Decay Factor of {factor:g} was applied"
        return ""
    if corrected is False:
        return f"{word}, yet Corrected Image lacks DECY"
    if factor is None:
        return ""
    within = _frame_decay(decay_per_s, duration_s)
    if word == "ADMIN":
        expected = math.exp(decay_per_s * age_s)
        slack = _TOLERANCE + _HALF_LIFE_TOLERANCE * decay_per_s * age_s
        # with or without the decay within the frame: both are met
        if not expected * (1 - slack) <= factor <= expected * within * (1 + slack):
            return (
                f"ADMIN needs a Decay Factor of about {expected * within:.4g} at "
                f"{age_s / 3600:.1f} h, the file's is {factor:g}"
            )
        return ""
    offset_s = _frame_offset_s(tags, decay_per_s, duration_s)
    expected = math.exp(decay_per_s * offset_s) * within
    slack = _TOLERANCE + _HALF_LIFE_TOLERANCE * decay_per_s * offset_s
    harmless = abs(factor - 1.0) <= _TOLERANCE and expected - 1.0 <= _HARMLESS
    if not harmless and abs(factor / expected - 1.0) > slack:
        return (
            f"START needs a Decay Factor of about {expected:.4g} for this frame, "
            f"the file's is {factor:g}"
        )
    return ""


def _frame_decay(decay_per_s: float, duration_s: float | None) -> float:
    """Activity at a frame's start over its mean, lambda T / (1 - exp(-lambda T))."""
    if duration_s is None:
        return 1.0
    x = decay_per_s * duration_s
    return x / -math.expm1(-x)


def _frame_offset_s(tags: DecayTags, decay_per_s: float, duration_s: float | None) -> float:
    """From the series' start to this frame's, s: START refers to the series, not to the frame.

    Frame Reference Time is when the activity equals its mean over the frame. An
    offset below a twentieth of the frame is the writer's rounding (some give the frame's middle).
    """
    if tags.frame_reference_time_s is None or duration_s is None:
        return 0.0
    mean_s = math.log(_frame_decay(decay_per_s, duration_s)) / decay_per_s
    offset_s = tags.frame_reference_time_s - mean_s
    return offset_s if offset_s > 0.05 * duration_s else 0.0


def _frame_mean_factor(decay_per_s: float, duration_s: float | None, where: str) -> float:
    if duration_s is None:
        raise InputError(
            f"{where} is not decay-corrected and its frame's duration is unknown",
            remedy='add the frame\'s duration to that [[scan]], e.g. `duration = "25 min"`',
        )
    return _frame_decay(decay_per_s, duration_s)
