"""`hevesy spect quantify`: counts of a reconstructed image, to becquerels, by a record."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from hevesy._version import __version__
from hevesy.errors import InputError
from hevesy.files import (
    read_calibration,
    read_label_map,
    read_scan_protocol,
    read_volume,
    record_input,
    staged_output,
    write_volume,
)
from hevesy.images import Quantity, Region
from hevesy.quantification import (
    CalibrationRecord,
    QuantifiedImage,
    check_protocol,
    to_bq_per_ml,
)

__all__ = ["SPECT_QUANTIFY_OUTPUTS", "run_spect_quantify"]

SPECT_QUANTIFY_OUTPUTS = ("activity.nii.gz", "result.json")


def run_spect_quantify(
    image_path: Path,
    *,
    calibration: Path,
    protocol: Path,
    out_dir: Path,
    regions: Path | None = None,
) -> dict[str, Any]:
    """Write a reconstructed image in Bq/mL, and its regions' activities.

    Parameters
    ----------
    image_path : Path
        Counts in the voxel (NIfTI or NRRD).
    calibration : Path
        The record (JSON).
    protocol : Path
        The scan's protocol (TOML).
    out_dir : Path
        Gets activity.nii.gz and result.json, both or nothing.
    regions : Path, optional
        Label map on the image's grid.

    Returns
    -------
    dict
        What result.json holds.

    Raises
    ------
    InputError
        The image's voxels are not the protocol's.

    Examples
    --------
    >>> run_spect_quantify(Path("spect.nii"), calibration=Path("none.json"),
    ...                    protocol=Path("scan.toml"), out_dir=Path("out"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the calibration record can't be read ...
    """
    record = read_calibration(calibration)
    scan = read_scan_protocol(protocol)
    check_protocol(record, scan.protocol, on=scan.day)
    image = read_volume(image_path, quantity=Quantity.COUNTS)
    wanted = scan.protocol.reconstruction.voxel_mm
    if not np.allclose(image.grid.spacing_mm, wanted, rtol=0.01):
        raise InputError(
            "the image's voxels are not those of its protocol",
            got=" x ".join(f"{s:g}" for s in image.grid.spacing_mm) + " mm",
            allowed=" x ".join(f"{s:g}" for s in wanted) + " mm (z, y, x)",
            remedy="correct `voxel` of the protocol, or give the image it belongs to",
        )
    found = to_bq_per_ml(image, record, duration_s=scan.duration_s, counted_s=scan.counted_s)
    drawn = () if regions is None else read_label_map(regions, [])
    inputs = [("image", image_path), ("calibration record", calibration), ("protocol", protocol)]
    inputs += [] if regions is None else [("regions", regions)]
    result = {
        "statement": "Research use only. Not a medical device.",
        "hevesy_version": __version__,
        "calibration_version": record.version,
        "counts_per_bq_s": record.counts_per_bq_s,
        "calibration_relative_uncertainty": found.calibration_relative_uncertainty,
        "total_bq": float(found.image.values.sum()) * image.grid.voxel_volume_ml,
        "regions": [_region(region, found, record) for region in drawn],
        "inputs": [
            {"role": r.role, "sha256": r.sha256}
            for r in (record_input(role, path) for role, path in inputs)
        ],
    }
    with staged_output(out_dir, owned=SPECT_QUANTIFY_OUTPUTS) as stage:
        write_volume(stage.path("activity.nii.gz"), found.image)
        text = json.dumps(result, indent=1, allow_nan=False) + "\n"
        stage.path("result.json").write_text(text, encoding="utf-8")
    return result


def _region(region: Region, found: QuantifiedImage, record: CalibrationRecord) -> dict[str, Any]:
    if not region.grid.matches(found.image.grid):
        raise InputError(
            f"region '{region.name}' is not on the image's grid",
            got=region.grid.shape,
            allowed=str(found.image.grid.shape),
            remedy="draw it on the reconstructed image",
        )
    measured = float(found.image.values[region.mask].sum()) * found.image.grid.voxel_volume_ml
    counting = found.counting.relative(measured) or 0.0
    entry: dict[str, Any] = {
        "name": region.name,
        "volume_ml": region.volume_ml,
        "measured_bq": measured,
        "counting_relative_uncertainty": counting,
    }
    recovered, recovery_share = measured, 0.0
    if record.recovery is not None:
        at = record.recovery.at_volume(region.volume_ml)
        recovered, recovery_share = at.correct(measured), at.relative_uncertainty
        entry["recovery"] = at.recovery
        entry["recovery_relative_uncertainty"] = recovery_share
    # the region's volume, which moves both counts and recovery, belongs to the dose's chain
    entry["activity_bq"] = recovered
    entry["activity_relative_uncertainty"] = math.hypot(
        counting, recovery_share, found.calibration_relative_uncertainty
    )
    return entry
