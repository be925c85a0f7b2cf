"""Regions made around an injection: written as SEG, read back, edited, and used as edited."""

import json
from pathlib import Path
from typing import Any

import pytest

from hevesy.dicom import read_ct, read_structures, write_seg
from hevesy.segmentation import dilate
from tests.refusals.command import OUTPUTS, run_here
from tests.refusals.patient import TIME_ZERO, edit_text

INJECTED = """route = "intratumoral"
[[administration.injection]]
lesion = "lesion"
activity = "190 MBq"
entry_mm = [40.0, -60.0, 0.0]
target_mm = [40.0, 0.0, 0.0]
"""
OPTIONS = """resolution = "10 mm"
partial_volume = "gtm"
[options.injection_regions]
rim_mm = 8
tract_radius_mm = 7
"""


def volumes(out: Path) -> dict[str, float]:
    found: dict[str, Any] = json.loads((out / "result.json").read_text())
    return {region["name"]: region["volume_ml"] for region in found["injection_regions"]}


def test_seg_is_written_edited_and_read_back(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = patient / "case.toml"
    edit_text(case, ('route = "intravenous"\n', INJECTED))
    case.write_text(case.read_text() + OPTIONS)
    first = patient / "first"
    assert run_here(case, first, capsys).returncode == 0
    assert {path.name for path in first.iterdir()} == {*OUTPUTS, "injection.dcm"}
    made = volumes(first)
    assert {"lesion: depot", "lesion: needle tract", "lesion: rim"} <= set(made)

    context = read_ct(patient / "scan_1" / "ct").context
    found = read_structures(first / "injection.dcm", context)
    read = {region.name: region for region in found.regions}
    assert {name: region.volume_ml for name, region in read.items()} == pytest.approx(made)
    total = sum(region.mask.astype(int) for region in read.values())
    assert total.max() == 1  # no two overlap

    tract = dilate(read["lesion: needle tract"], 6.0)
    write_seg(
        patient / "scan_1" / "edited.dcm", [tract], context, written_at=TIME_ZERO, label="EDITED"
    )
    edit_text(case, ('["scan_1/regions.dcm"]', '["scan_1/regions.dcm", "scan_1/edited.dcm"]'))
    second = patient / "second"
    assert run_here(case, second, capsys).returncode == 0
    edited = volumes(second)
    lesion = read["lesion: depot"].mask | (
        read["lesion: rest"].mask if "lesion: rest" in read else read["lesion: depot"].mask
    )
    own = tract.mask & ~lesion  # the lesion goes before the tract
    assert edited["lesion: needle tract"] == pytest.approx(own.sum() * tract.grid.voxel_volume_ml)
    assert edited["lesion: needle tract"] > made["lesion: needle tract"]
    names = [
        region["name"] for region in json.loads((second / "result.json").read_text())["regions"]
    ]
    assert sorted(names) == ["lesion", "liver"]  # what was edited is no region of its own
