"""Raw beds and CT read for a reconstruction, and refused where they do not fit each other."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import (
    CtCoverage,
    EnergyWindow,
    Projections,
    attenuation_map,
    measure_ct_coverage,
)
from hevesy.dicom import RawBed, Supplied, read_ct, read_projections, require_same_patient
from hevesy.errors import GridError, InputError
from hevesy.files import is_volume_file, read_volume, record_input
from hevesy.images import Quantity, Volume
from hevesy.provenance import InputRecord
from hevesy.quantification import view_weights
from hevesy.reconstruction import (
    ScatterEstimate,
    ScatterMethod,
    choose_windows,
    counting_rows,
    crop_rows,
    estimate_scatter,
    pad_rows,
    truncated_share,
)
from hevesy.simulation import scattered_only_share
from hevesy.workflows.spect.request import ReconstructRequest

__all__ = [
    "PreparedBed",
    "estimate_bed_scatter",
    "find_peak",
    "prepare_bed",
    "read_beds",
    "read_ct_volume",
    "refuse_truncated",
    "weigh_views",
]

_WINDOW_KEV = 0.6  # limits are written with one decimal, or as a share of the peak
_UNCOVERED_MM = 10.0  # of the field, at either end, without CT: within the resolution
_MARGIN_MM = 40.0  # twice the resolution in the middle of a body
_TRUNCATED = 0.25  # edge columns to hottest columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedBed:
    """One bed, ready to be reconstructed.

    Parameters
    ----------
    raw : RawBed
    projections : Projections
        Rows within the detector's field only.
    rows : slice
        Which of the file's (from the feet) they are.
    peak : EnergyWindow
    scatter : ScatterEstimate
    padded : Projections
        The same with rows that were not measured at both ends, on which the image goes on.
    row_weights : ndarray of float64, shape (axial,)
        Of `padded`: 1 for a measured row, else 0.
    attenuation : Volume or None
        ATTENUATION_PER_MM on the grid of `padded`.
    coverage : CtCoverage or None
    """

    raw: RawBed
    projections: Projections
    rows: slice
    peak: EnergyWindow
    scatter: ScatterEstimate
    padded: Projections
    row_weights: NDArray[np.float64]
    attenuation: Volume | None
    coverage: CtCoverage | None

    @property
    def margin(self) -> int:
        """Rows of `padded` at each end that were not measured."""
        return int(np.argmax(self.row_weights > 0))

    @property
    def peak_counts(self) -> NDArray[np.generic]:
        """Counts of the peak window, shape (views, axial, transaxial)."""
        return self.projections.in_window(self.peak)


def read_beds(
    request: ReconstructRequest,
) -> tuple[tuple[RawBed, ...], tuple[InputRecord, ...]]:
    """Read all beds; refuse those of two patients, of two frames, or one file twice.

    Parameters
    ----------
    request : ReconstructRequest

    Returns
    -------
    beds : tuple of RawBed
        In the order given.
    inputs : tuple of InputRecord

    Raises
    ------
    InputError
        The same file twice, or beds of two cameras' windows.
    GridError
        Beds in different frames of reference.
    IdentityError
        Beds of two patients.
    """
    supplied = Supplied(
        radius_mm=request.radius_mm,
        start_deg=request.start_deg,
        seconds=request.seconds,
        direction=request.direction,
        rows_from=request.rows_from,
        axial_centre_mm=request.axial_centre_mm,
    )
    beds, inputs = [], []
    for number, path in enumerate(request.beds, start=1):
        beds.append(read_projections(path, supplied=supplied, heads_in_one=request.heads_in_one,
                                     zone=request.zone))  # fmt: skip
        inputs.append(record_input(f"bed {number}", path))
    if len({record.sha256 for record in inputs}) < len(inputs):
        raise InputError("a bed was given twice", remedy="give each bed's file once")
    for number, bed in enumerate(beds[1:], start=2):
        require_same_patient(beds[0].patient_key, bed.patient_key, what=f"beds 1 and {number}")
        if beds[0].frame_of_reference != bed.frame_of_reference:
            raise GridError(
                f"beds 1 and {number} lie in different frames of reference",
                remedy="give the beds of one session, or reconstruct them apart",
            )
    return tuple(beds), tuple(inputs)


def read_ct_volume(request: ReconstructRequest, first: RawBed) -> Volume | None:
    """Read the CT; a DICOM one must be the patient's and lie in the beds' frame.

    Parameters
    ----------
    request : ReconstructRequest
    first : RawBed
        To compare with.

    Returns
    -------
    Volume or None
        HU; None where the request does without.

    Raises
    ------
    InputError
        Neither a CT nor the word that there is none.
    GridError
        CT and beds in different frames.
    IdentityError
        The CT of another patient.
    """
    if request.ct is None:
        if not request.no_attenuation:
            raise InputError(
                "a reconstruction needs a CT for the attenuation",
                remedy="give one with --ct, or say --no-attenuation",
            )
        return None
    if is_volume_file(request.ct):
        return read_volume(request.ct, quantity=Quantity.HU)
    found = read_ct(request.ct)
    require_same_patient(first.patient_key, found.patient_key, what="the beds and the CT")
    if found.frame_of_reference != first.frame_of_reference:
        raise GridError(
            "the beds and the CT lie in different frames of reference",
            remedy="give the CT of the same session",
        )
    return found.volume


def find_peak(projections: Projections, wanted: tuple[float, float] | None) -> EnergyWindow:
    """Find the recorded window that is meant.

    Parameters
    ----------
    projections : Projections
    wanted : tuple of float or None
        Lower and upper limit, keV; limits may differ by 0.6 keV from the file's. None: the only
        one.

    Returns
    -------
    EnergyWindow

    Raises
    ------
    InputError
        It was not recorded, or several were and none is named.

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.camera import ViewGeometry
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.0, 4.0))
    >>> seen = Projections(counts=np.zeros((1, 1, 1, 1)), windows=(EnergyWindow(lower_kev=139.5,
    ...     upper_kev=170.5),), geometry=views, view_seconds=np.ones(1), view_starts_s=np.zeros(1))
    >>> find_peak(seen, (140.0, 170.0)).width_kev
    31.0
    """
    windows = projections.windows
    listed = ", ".join(f"{w.lower_kev:g}:{w.upper_kev:g}" for w in sorted(windows))
    if wanted is None:
        if len(windows) == 1:
            return windows[0]
        raise InputError(
            "several energy windows were recorded, and none is named as the peak",
            allowed=listed,
            remedy="name one with --peak LO:HI (keV)",
        )
    lower, upper = wanted
    for window in windows:
        if max(abs(window.lower_kev - lower), abs(window.upper_kev - upper)) <= _WINDOW_KEV:
            return window
    raise InputError(
        "the peak window was not recorded",
        got=f"{lower:g}:{upper:g} keV",
        allowed=listed,
        remedy="name a recorded window with --peak",
    )


def prepare_bed(
    raw: RawBed, number: int, ct: Volume | None, request: ReconstructRequest
) -> PreparedBed:
    """Cut a bed to its field, estimate its scatter, lay the CT over it.

    Parameters
    ----------
    raw : RawBed
    number : int
        Of the bed, for messages.
    ct : Volume or None
        HU.
    request : ReconstructRequest

    Returns
    -------
    PreparedBed

    Raises
    ------
    InputError
        A window that was not recorded, or a patient who is cut off at the sides.
    GridError
        A CT that does not cover the bed.
    """
    rows = counting_rows(raw.projections)
    projections = crop_rows(raw.projections, rows)
    peak = find_peak(projections, request.peak_kev)
    scatter = estimate_bed_scatter(projections, peak, request)
    margin = math.ceil(_MARGIN_MM / projections.geometry.pixel_mm[0]) if request.point_spread else 0
    padded, row_weights = pad_rows(projections, margin)
    attenuation, coverage = _attenuation(projections, padded, number, ct, request, peak)
    bed = PreparedBed(
        raw=raw,
        projections=projections,
        rows=rows,
        peak=peak,
        scatter=scatter,
        padded=padded,
        row_weights=row_weights,
        attenuation=attenuation,
        coverage=coverage,
    )
    if ScatterMethod.parse(request.scatter).camera is None:
        refuse_truncated(bed, scatter, number, request)
    return bed


def refuse_truncated(
    bed: PreparedBed, scatter: ScatterEstimate, number: int, request: ReconstructRequest
) -> None:
    """Refuse a patient who is cut off at the sides; background that lies everywhere is none.

    Parameters
    ----------
    bed : PreparedBed
    scatter : ScatterEstimate
        Taken off first.
    number : int
        Of the bed, for messages.
    request : ReconstructRequest

    Raises
    ------
    InputError
        The columns at the edge hold more than a quarter of the hottest columns' counts.
    """
    share = truncated_share(bed.peak_counts.astype(np.float64) - scatter.expected_counts)
    if share > _TRUNCATED and not request.allow_truncated:
        raise InputError(
            f"the patient is cut off at the sides of bed {number}'s field of view",
            got=f"{100 * share:.0f} % of the hottest columns' counts at the edge",
            allowed=f"{100 * _TRUNCATED:g} %",
            remedy="acquire with the patient in the middle, or say --allow-truncated",
        )


def estimate_bed_scatter(
    projections: Projections, peak: EnergyWindow, request: ReconstructRequest
) -> ScatterEstimate:
    """Scatter of a bed within its field, by the request's method, as far as its windows tell.

    With a model the triple window's estimate is kept where both windows were recorded (the dead
    time's rate is that of the peak less it), else none.

    Parameters
    ----------
    projections : Projections
    peak : EnergyWindow
    request : ReconstructRequest

    Returns
    -------
    ScatterEstimate
    """
    windows = choose_windows(projections.windows, peak)
    smooth, method = request.scatter_smoothing_mm, request.scatter
    if ScatterMethod.parse(method).camera is not None:
        method = "none" if windows.lower is None or windows.upper is None else "tew"
    return estimate_scatter(projections, windows, method=method, smooth_fwhm_mm=smooth)


def _attenuation(
    projections: Projections,
    padded: Projections,
    number: int,
    ct: Volume | None,
    request: ReconstructRequest,
    peak: EnergyWindow,
) -> tuple[Volume | None, CtCoverage | None]:
    if ct is None:
        return None, None
    coverage = measure_ct_coverage(ct.grid, projections.geometry.grid())
    missing = max(coverage.missing_feet_mm, coverage.missing_head_mm)
    if missing > _UNCOVERED_MM or coverage.axial_share == 0.0:
        raise GridError(
            f"the CT does not cover bed {number}",
            got=f"{coverage.missing_head_mm:.0f} mm missing at the head, "
            f"{coverage.missing_feet_mm:.0f} mm at the feet",
            allowed=f"{_UNCOVERED_MM:g} mm",
            remedy="give a CT of the whole bed, in the same frame",
        )
    energy = request.energy_kev if request.energy_kev is not None else peak.centre_kev
    found = attenuation_map(ct, energy, kvp=request.kvp, grid=padded.geometry.grid())
    if ScatterMethod.parse(request.scatter).camera is not None:
        # the model counts coherently scattered photons as straight
        share = np.float32(scattered_only_share(energy))
        found = found.with_values(found.values * share, found.quantity)
    return found, coverage


def weigh_views(
    beds: tuple[PreparedBed, ...],
    decay_per_s: float | None,
    live: tuple[NDArray[np.float64], ...] | None = None,
) -> tuple[tuple[NDArray[np.float64], ...], float, bool]:
    """What each view is worth: seconds, times decay since the first bed's start, times live share.

    Parameters
    ----------
    beds : tuple of PreparedBed
    decay_per_s : float or None
        None: the nuclide is not known, and seconds alone count.
    live : tuple of ndarray, shape (views,) each, or None
        Each view's live fraction, by which its worth is multiplied.

    Returns
    -------
    weights : tuple of ndarray, shape (views,) each
        Over their mean, which makes the image one of counts in a mean view.
    mean_s : float
        That mean, s.
    referred : bool
        Whether all beds are referred to the first one's start: where the nuclide is known, and
        for several beds their starts.

    Examples
    --------
    >>> weigh_views((), None)
    ((), nan, False)
    """
    starts = [bed.raw.started_at for bed in beds]
    known = [start for start in starts if start is not None]
    first = min(known) if len(known) == len(starts) and known else None
    raw = []
    for bed, start in zip(beds, starts, strict=True):
        seen = bed.projections
        if decay_per_s is None:
            raw.append(seen.view_seconds)
            continue
        late = 0.0 if first is None or start is None else (start - first).total_seconds()
        raw.append(
            view_weights(seen.view_starts_s + late, seen.view_seconds, decay_per_s=decay_per_s)
        )
    if live is not None:
        raw = [worth * share for worth, share in zip(raw, live, strict=True)]
    mean_s = float(np.mean(np.concatenate(raw))) if raw else math.nan
    referred = decay_per_s is not None and (len(beds) == 1 or first is not None)
    return tuple(weight / mean_s for weight in raw), mean_s, referred
