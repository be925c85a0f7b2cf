"""What a planar quantification needs, read and checked: views, CT, regions."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from hevesy.camera import DeadTime, EnergyWindow
from hevesy.camera.planar_pair import PlanarPair
from hevesy.dicom import require_same_patient
from hevesy.dicom.planar_read import PLANAR_VIEWS, PlanarFile, read_planar
from hevesy.errors import GridError, InputError, NuclideError, QuantityError
from hevesy.images import Region, Volume
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.workflows.ct_files import CtFile, read_ct_file, read_outlines

__all__ = ["PlanarInput", "PlanarRequest", "read_planar_input"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanarRequest:
    """What `hevesy spect planar` was asked.

    Parameters
    ----------
    views : tuple of Path
        One file with both views, or the anterior's and the posterior's.
    ct : Path
        DICOM folder, NIfTI or NRRD.
    regions : tuple of Path
        RTSTRUCT, SEG or label maps, in the CT's frame.
    counts_per_bq_s : float
        Sensitivity in air of each view.
    sensitivity_relative_uncertainty : float
        As a share.
    nuclide : str or None
        Where the files don't say, and as a check where they do.
    top_mm, centre_mm : float
        Where the views lie in the CT's frame: z of their head-side edge, x of their middle, mm.
    placement_mm : float
        Standard uncertainty of both, mm.
    peak_kev : tuple of float or None
        Window to take; None where there is one only.
    energy_kev : float or None
        For the attenuation; None: the peak's middle.
    kvp : float
        Of the CT, kV.
    scatter : str
        As `prepare_planar` takes it.
    background : str
        ``body``, ``ring`` or ``none``.
    fwhm_mm : float
        Of the views' blur, mm; 0: not modelled.
    attenuation_relative_uncertainty : float
        Of the attenuation coefficients, as a share.
    scatter_relative_uncertainty : float
        Of the scatter taken off, as a share.
    dead_time : DeadTime or None
        For the scatter-corrected peak.
    duration_s : float or None
        Of the scan, where the file is silent, s.
    field_mm : float or None
        The detector's length along the patient, for a scan over the body, mm.
    view_names : tuple of str or None
        Of each head, for files that do not say.
    administered_bq : float or None
        For the check of the whole body, Bq.
    hours : float or None
        From the administration to the scan's start.
    zone : ZoneInfo or None
    """

    views: tuple[Path, ...]
    ct: Path
    regions: tuple[Path, ...]
    counts_per_bq_s: float
    sensitivity_relative_uncertainty: float
    nuclide: str | None = None
    top_mm: float
    centre_mm: float
    placement_mm: float
    peak_kev: tuple[float, float] | None = None
    energy_kev: float | None = None
    kvp: float = 120.0
    scatter: str = "tew"
    background: str = "body"
    fwhm_mm: float = 0.0
    attenuation_relative_uncertainty: float = 0.03
    scatter_relative_uncertainty: float = 0.2
    dead_time: DeadTime | None = None
    duration_s: float | None = None
    field_mm: float | None = None
    view_names: tuple[str, ...] | None = None
    administered_bq: float | None = None
    hours: float | None = None
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanarInput:
    """What was read.

    Parameters
    ----------
    pair : PlanarPair
    peak : EnergyWindow
    nuclide : Nuclide
    ct : Volume
    regions : tuple of Region
    warnings : tuple of str
    """

    pair: PlanarPair
    peak: EnergyWindow
    nuclide: Nuclide
    ct: Volume
    regions: tuple[Region, ...]
    warnings: tuple[str, ...]


def read_planar_input(request: PlanarRequest) -> PlanarInput:
    """Read views, CT and regions of a planar quantification, and refuse what does not fit."""
    files = _files(request)
    nuclide = _nuclide(request, files)
    ct = read_ct_file(request.ct)
    if ct.patient_key is not None:
        require_same_patient(
            files[0].patient_key, ct.patient_key, what="the planar views and the CT"
        )
    regions, notes = _regions(request, ct)
    pair = _pair(request, files)
    peak = _peak(request, pair)
    said = [text for file in files for text in file.warnings]
    return PlanarInput(
        pair=pair,
        peak=peak,
        nuclide=nuclide,
        ct=ct.volume,
        regions=regions,
        warnings=tuple(dict.fromkeys([*said, *ct.warnings, *notes])),
    )


def _files(request: PlanarRequest) -> list[PlanarFile]:
    names, files = request.view_names, []
    for number, path in enumerate(request.views):
        own = names
        if names is not None and len(request.views) > 1:
            own = names[number : number + 1]
        files.append(read_planar(path, views=own, zone=request.zone))
    views = [name for file in files for name in file.views]
    if sorted(views) != sorted(PLANAR_VIEWS):
        raise InputError(
            "a conjugate view needs one anterior and one posterior view",
            got=", ".join(views),
            allowed=", ".join(PLANAR_VIEWS),
            remedy="give both heads' views, in one file or in two",
        )
    first = files[0]
    for other in files[1:]:
        require_same_patient(
            first.patient_key, other.patient_key, what="the anterior and the posterior view"
        )
        same = (
            first.counts.shape[2:] == other.counts.shape[2:]
            and np.allclose(first.pixel_mm, other.pixel_mm, rtol=1e-3)
            and first.windows == other.windows
            and first.whole_body == other.whole_body
        )
        if not same:
            raise GridError(
                "the anterior and the posterior view are not of one acquisition",
                got="other pixels, windows or kind of scan",
                remedy="give both views of the same scan",
            )
    if any(file.lossy for file in files):
        raise QuantityError(
            "the planar views went through lossy compression: they are counts no more",
            remedy="export them uncompressed from the camera",
        )
    return files


def _nuclide(request: PlanarRequest, files: list[PlanarFile]) -> Nuclide:
    said = next((file.agent.radionuclide for file in files if file.agent.radionuclide), None)
    if request.nuclide is None and said is None:
        raise NuclideError(
            "the planar files do not say their nuclide", remedy="give it with --nuclide Re-188"
        )
    found = get_nuclide(request.nuclide or said or "")
    if said is not None and get_nuclide(said).name != found.name:
        raise NuclideError(
            "the nuclide is not the one of the planar files",
            got=found.name,
            allowed=said,
            remedy="correct --nuclide, or give the views of that nuclide",
        )
    return found


def _regions(request: PlanarRequest, ct: CtFile) -> tuple[tuple[Region, ...], list[str]]:
    regions: list[Region] = []
    notes: list[str] = []
    for path in request.regions:
        found, warnings = read_outlines(path, ct, instead="the regions as a label map")
        regions += found
        notes += warnings
    names = [region.name for region in regions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            "two regions have the same name", got=twice, remedy="name each region once"
        )
    return tuple(regions), notes


def _pair(request: PlanarRequest, files: list[PlanarFile]) -> PlanarPair:
    first = files[0]
    by_name = {name: file.counts[:, n] for file in files for n, name in enumerate(file.views)}
    counts = np.stack([by_name[name] for name in PLANAR_VIEWS], axis=1)
    scan_s = request.duration_s or first.duration_s
    if scan_s is None:
        raise InputError(
            "the planar files do not say how long the scan lasted",
            remedy="give it, such as --duration 20min",
        )
    exposure_s, field_mm = scan_s, None
    if first.whole_body:
        if request.field_mm is None or first.speed_mm_per_s is None:
            raise InputError(
                "a scan over the body needs its speed and the detector's length",
                got="no speed in the file" if first.speed_mm_per_s is None else "no length",
                remedy="give the detector's length along the patient, such as --field-length "
                "400mm, and files with Scan Velocity",
            )
        field_mm = request.field_mm
        exposure_s = min(field_mm / first.speed_mm_per_s, scan_s)
    if not first.windows and (request.peak_kev is None or counts.shape[0] > 1):
        raise InputError(
            "the planar files do not say their energy windows",
            got=f"{counts.shape[0]} windows",
            remedy="export them with Energy Window Information, or give the one window with --peak",
        )
    windows = first.windows
    if not windows and request.peak_kev is not None:
        windows = (EnergyWindow(lower_kev=request.peak_kev[0], upper_kev=request.peak_kev[1]),)
    rows, columns = counts.shape[2:]
    high, wide = first.pixel_mm
    return PlanarPair(
        counts=counts,
        windows=windows,
        pixel_mm=first.pixel_mm,
        corner_mm=(
            request.top_mm - (rows - 0.5) * high,
            request.centre_mm - (columns - 1) / 2 * wide,
        ),
        exposure_s=exposure_s,
        scan_s=scan_s,
        field_mm=field_mm,
    )


def _peak(request: PlanarRequest, pair: PlanarPair) -> EnergyWindow:
    if request.peak_kev is None:
        if len(pair.windows) > 1:
            raise InputError(
                "the views have several energy windows",
                got=", ".join(f"{w.lower_kev:g}-{w.upper_kev:g} keV" for w in pair.windows),
                remedy="name the one to take, such as --peak 139.5:170.5",
            )
        return pair.windows[0]
    low, high = request.peak_kev
    for window in pair.windows:
        if abs(window.lower_kev - low) < 0.6 and abs(window.upper_kev - high) < 0.6:
            return window
    raise InputError(
        "the peak window was not recorded",
        got=f"{low:g}-{high:g} keV",
        allowed=", ".join(f"{w.lower_kev:g}-{w.upper_kev:g}" for w in pair.windows),
        remedy="name a recorded window as the peak",
    )
