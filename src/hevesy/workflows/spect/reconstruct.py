"""`hevesy spect reconstruct`: raw beds and a CT in, one image of the body out."""

import json
import platform
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hevesy._version import __version__
from hevesy.dicom import NmAcquisition, write_nm_spect
from hevesy.files import staged_output, write_volume
from hevesy.progress import SILENT, Control
from hevesy.workflows.spect.request import ReconstructRequest
from hevesy.workflows.spect.scan import ReconstructedScan, reconstruct_scan, scan_warnings

__all__ = ["SPECT_OUTPUTS", "run_spect_reconstruct"]

SPECT_OUTPUTS = ("spect.nii.gz", "spect.dcm", "result.json")


def run_spect_reconstruct(
    request: ReconstructRequest, out_dir: Path, *, control: Control = SILENT
) -> dict[str, Any]:
    """Reconstruct raw beds and put them together.

    The image's voxel holds the counts that it would add to a mean view without attenuation,
    referred to the first bed's start where the nuclide is known; with a calibration record, Bq/mL.

    Parameters
    ----------
    request : ReconstructRequest
    out_dir : Path
        Gets spect.nii.gz, spect.dcm and result.json, all or nothing.
    control : Control

    Returns
    -------
    dict
        What result.json holds.

    Raises
    ------
    NuclideError
        The request's nuclide is not the files'.
    Interrupted
        The user stopped the work.

    Examples
    --------
    >>> run_spect_reconstruct(ReconstructRequest(beds=(Path("no-such-bed.dcm"),)), Path("out"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    wall, cpu = time.perf_counter(), time.process_time()
    found = reconstruct_scan(request, control=control)
    figures = _figures(request, found)
    with staged_output(out_dir, owned=SPECT_OUTPUTS) as stage:
        write_volume(stage.path("spect.nii.gz"), found.image)
        created = datetime.now(request.zone or UTC)
        write_nm_spect(
            stage.path("spect.dcm"),
            found.image,
            _acquisition(request, found),
            identity=found.prepared[0].raw.context,
            created=created,
            series_number=100,
            description="hevesy reconstruction",
        )
        figures["created"] = created.isoformat(timespec="seconds")
        figures["seconds"] = time.perf_counter() - wall
        figures["cpu_seconds"] = time.process_time() - cpu
        figures["peak_memory_mb"] = _peak_memory_mb()
        stage.path("result.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


def _peak_memory_mb() -> float:
    """Of the process so far; the system counts in kB, or in bytes (macOS)."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


def _figures(request: ReconstructRequest, found: ReconstructedScan) -> dict[str, Any]:
    totals = {
        name: sum(bed.figures[name] for bed in found.beds)
        for name in ("counts_in", "counts_scatter", "counts_expected", "counts_reconstructed")
    }
    first = found.prepared[0]
    return {
        "unit": str(found.image.quantity),
        **totals,
        "mean_view_seconds": found.mean_s,
        "referred_to": "start of the first bed" if found.referred else "each bed's own frame",
        "nuclide": None if found.nuclide is None else found.nuclide.name,
        "peak_kev": [first.peak.lower_kev, first.peak.upper_kev],
        "scatter": found.beds[0].scatter.method,
        "updates": found.beds[0].state.updates,
        "calibration": found.activity,
        "beds": [bed.figures for bed in found.beds],
        "warnings": scan_warnings(request, found),
        "provenance": {
            "hevesy_version": __version__,
            "inputs": [asdict(record) for record in found.inputs],
            "options": _options(request),
            "packages": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("numpy", "scipy", "numba", "pydicom")},
            },
        },
        "intended_use": "Research use only. Not a medical device.",
    }


def _options(request: ReconstructRequest) -> Mapping[str, Any]:
    """Every option in force but the files, whose names may tell a patient's."""
    options = {
        k: v
        for k, v in asdict(request).items()
        if k not in {"beds", "ct", "calibration", "threads", "administered"}
    }
    options["day"] = None if request.day is None else request.day.isoformat()
    options["zone"] = None if request.zone is None else request.zone.key
    return options


def _acquisition(request: ReconstructRequest, found: ReconstructedScan) -> NmAcquisition:
    first, nuclide = found.prepared[0].raw, found.nuclide
    heads = max(1, first.heads)
    geometry = first.projections.geometry
    views = max(1, geometry.view_count // heads)
    step = abs(float(geometry.angles_deg[1] - geometry.angles_deg[0])) if views > 1 else 0.0
    peak = found.prepared[0].peak
    words = [
        *(("ATTN",) if request.ct is not None else ()),
        *(("SCAT",) if request.scatter != "none" else ()),
    ]
    return NmAcquisition(
        start=found.start,
        duration_s=found.duration_s,
        nuclide=None if nuclide is None else nuclide.name,
        half_life_s=None if nuclide is None else nuclide.half_life_s,
        administered_bq=first.agent.administered_bq,
        administered_at=first.agent.administration_time,
        decay_correction="START" if found.referred else "NONE",
        energy_window_kev=(peak.lower_kev, peak.upper_kev),
        corrections=tuple(words),
        manufacturer=first.manufacturer,
        model=first.model,
        collimator=first.collimator,
        heads=heads,
        views=views,
        scan_arc_deg=step * views,
    )
