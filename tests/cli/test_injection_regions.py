"""Regions around an injection and its leakage through the real command, against known shares.

The image is noiseless and its blur is the stated one, so what is left is voxels: the tract's
cylinder is drawn by the same rule as the truth; the deposit is the ball. Tolerances are the
result's own stated uncertainties, of which none is above the bounds asserted beside them.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import write_volume
from hevesy.images import Quantity, Volume
from tests.cli.injection_case import (
    GRID,
    HALF_LIFE_H,
    HOURS,
    LESION_RADIUS_MM,
    MIDDLE,
    NET_MBQ,
    RADIUS_MM,
    SHARES,
    places,
    write,
)

BALL_ML = 4 / 3 * 3.14159265 * RADIUS_MM**3 / 1000


def run(case: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(case.parent / "out"), "-q"])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("injection")
    assert run(write(folder)) == 0
    found: dict[str, Any] = json.loads((folder / "out" / "result.json").read_text())
    found["html"] = (folder / "out" / "report.html").read_text()
    return found


def test_regions_are_disjoint_parts_beside_the_drawn(result: dict[str, Any]) -> None:
    names = [region["name"] for region in result["injection_regions"]]
    assert names == [
        "lesion: depot", "lesion: rest", "lesion: needle tract", "lesion: border of liver",
        "lesion: rim",
    ]  # fmt: skip
    assert [region["name"] for region in result["regions"]] == ["lesion", "liver"]
    volumes = {r["name"]: r["volume_ml"] for r in result["injection_regions"]}
    lesion = result["regions"][0]
    assert volumes["lesion: depot"] + volumes["lesion: rest"] == pytest.approx(lesion["volume_ml"])
    (deposit,) = result["deposits"]
    assert deposit["resolved"]
    # by the theory of the method page the fixed point is the ball; 12 % is one third of a voxel
    assert deposit["volume_ml"] == pytest.approx(BALL_ML, rel=0.12)
    assert deposit["inside_share"] > 0.9


def test_leakage_is_the_truth_within_its_uncertainty(result: dict[str, Any]) -> None:
    (course,) = result["leakage"]
    assert course["net_injected_mbq"] == NET_MBQ
    assert [p["hours_after_administration"] for p in course["points"]] == pytest.approx(HOURS)
    for n, point in enumerate(course["points"]):
        assert point["leaked_share"] == pytest.approx(1 - point["retained_share"])
        assert point["retained_uncertainty_share"] < 0.05
        assert (
            abs(point["retained_share"] - SHARES["lesion"][n]) < point["retained_uncertainty_share"]
        )
        parts = {p["name"]: p for p in point["parts"]}
        tract = parts["lesion: needle tract"]
        assert tract["uncertainty_share"] < 0.01
        assert abs(tract["share"] - SHARES["tract"][n]) < 2 * tract["uncertainty_share"]
        # what the partition leaves of the liver: the made regions hold the rest of it
        liver = sum(
            parts[name]["share"] for name in ("liver", "lesion: rim", "lesion: border of liver")
        )
        assert liver == pytest.approx(SHARES["liver"][n], abs=0.03)
        everything = point["retained_share"] + sum(p["share"] for p in point["parts"])
        assert everything + point["rest_share"] == pytest.approx(1.0, abs=1e-9)
        missing = 1 - sum(share[n] for share in SHARES.values())
        assert abs(point["rest_share"] - missing) < 2 * point["rest_uncertainty_share"]
    assert course["extravasation_percent"] == pytest.approx(
        100 * SHARES["tract"][0], abs=2 * course["extravasation_uncertainty_percent"]
    )


def test_the_parts_of_the_lesion_add_up(result: dict[str, Any]) -> None:
    parts = {r["name"]: r for r in result["injection_regions"]}
    for n in range(len(HOURS)):
        both = sum(
            parts[name]["scans"][n]["activity_mbq"] for name in ("lesion: depot", "lesion: rest")
        )
        left = NET_MBQ * 2.0 ** (-HOURS[n] / 17.0040)
        assert both == pytest.approx(SHARES["lesion"][n] * left, rel=0.03)
    dose = parts["lesion: depot"]
    assert dose["mean_dose_gy"] > parts["lesion: rim"]["mean_dose_gy"] > 0
    assert dose["mean_dose_uncertainty_gy"] > 0
    assert any("local engine" in text for text in dose["warnings"])


def test_the_report_shows_where_it_went(result: dict[str, Any]) -> None:
    assert "Where the injection went" in result["html"]
    assert "lesion: needle tract" in result["html"]
    assert "Extravasation" in result["html"]


SECOND = """spect = "spect1.nii.gz"
structures = ["second.nrrd"]
structure_names = { 1 = "lesion" }
"""
SHRUNK_MM = 19.0
SHIFT_VOXELS = (2.0, 0.0, -1.0)  # along z, y, x


def test_an_image_sharper_than_stated_is_named(
    tmp_path: Path, result: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No blur at all, and the case says 10 mm: the rim is left with less than nothing."""
    monkeypatch.setattr("hevesy.report.html_to_pdf", lambda html: b"%PDF-1.4\n%%EOF\n")
    words = "less than nothing was found in"
    assert not any(words in text for text in result["warnings"])
    case = write(tmp_path, ('partial_volume = "gtm"', 'partial_volume = "none"'))
    lesion = np.linalg.norm(places() - MIDDLE, axis=-1) <= LESION_RADIUS_MM
    ml = np.count_nonzero(lesion) * GRID.voxel_volume_ml
    for scan, hours in enumerate(HOURS):
        kbq = NET_MBQ * 1e3 * 2.0 ** (-hours / HALF_LIFE_H)
        # a little in the liver, for a drawn region without any activity is refused
        sharp = Volume(values=(lesion + 1e-3) * kbq / ml, grid=GRID, quantity=Quantity.BQ_PER_ML)
        write_volume(tmp_path / f"spect{scan}.nii.gz", sharp)
    assert run(case) == 0
    found = json.loads((tmp_path / "out" / "result.json").read_text())
    (rim,) = (p for p in found["leakage"][0]["points"][0]["parts"] if p["name"] == "lesion: rim")
    assert rim["share"] < -2.0 * rim["uncertainty_share"]
    (said,) = (text for text in found["warnings"] if words in text)
    assert "lesion: rim (-" in said


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything lies off by two voxels, the lesion is smaller at the second scan, and breathes."""
    folder = tmp_path_factory.mktemp("moved")
    seconds = np.linalg.norm(places() - MIDDLE, axis=-1) <= SHRUNK_MM
    write_volume(
        folder / "second.nrrd",
        Volume(values=seconds.astype(np.uint8), grid=GRID, quantity=Quantity.RELATIVE),
    )
    case = write(
        folder,
        ('spect = "spect1.nii.gz"\n', SECOND + 'mismatch = "estimate"\n'),
        ('spect = "spect0.nii.gz"\n', 'spect = "spect0.nii.gz"\nbreathing = "15 mm"\n'),
        shift=SHIFT_VOXELS,
    )
    assert run(case) == 0
    found: dict[str, Any] = json.loads((folder / "out" / "result.json").read_text())
    return found


def test_a_displaced_image_is_seen(moved: dict[str, Any]) -> None:
    """To a quarter of a voxel, as the estimate's own test has it."""
    z, y, x = (3.0 * n for n in SHIFT_VOXELS)
    assert len(moved["offsets"]) == len(HOURS)
    for found in moved["offsets"]:
        assert np.abs(np.subtract(found["offset_mm"], (x, y, z))).max() <= 0.75


def test_breathing_and_mismatch_are_in_the_budget(
    moved: dict[str, Any], result: dict[str, Any]
) -> None:
    sources = {s["source"] for s in moved["regions"][0]["uncertainty_shares"]}
    assert {"breathing", "mismatch"} <= sources
    still = {s["source"] for s in result["regions"][0]["uncertainty_shares"]}
    assert not {"breathing", "mismatch"} & still
    scan = moved["regions"][0]["scans"][0]
    left = NET_MBQ * 2.0 ** (-HOURS[0] / 17.0040) * SHARES["lesion"][0]
    # displaced by 6.7 mm, of which its budget knows of breathing over 15 mm: within two of it
    assert abs(scan["activity_mbq"] - left) < 2 * scan["activity_uncertainty_mbq"]


def test_mass_by_scan_and_the_dose_with_it(moved: dict[str, Any]) -> None:
    (mass,) = moved["masses"]
    first, last = mass["points"]
    # density 1: grams are millilitres; a ball by its voxels, to h^2 sqrt(S/12) x 4
    for point, radius_mm in ((first, LESION_RADIUS_MM), (last, SHRUNK_MM)):
        lattice = 4 * 9 * float(np.sqrt(4 * np.pi * radius_mm**2 / 12)) / 1000
        assert point["mass_g"] == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, abs=lattice)
        # u(v)/v = 3 u(border) sqrt(2) / (2 R), the border stated as 0.5 mm
        assert point["mass_uncertainty_g"] / point["mass_g"] == pytest.approx(
            3 * 0.5 / np.sqrt(2) / radius_mm, rel=0.02
        )
    assert last["mass_g"] < mass["effective_mass_g"] < first["mass_g"]
    changed = mass["changing_mean_dose_gy"] * mass["effective_mass_g"]
    assert changed == pytest.approx(mass["mean_dose_gy"] * first["mass_g"], rel=1e-9)
    assert mass["changing_mean_dose_uncertainty_gy"] > 0


REFUSALS = [
    (("entry_mm = [0.0, -60.0, 0.0]", "entry_mm = [0.0, -600.0, 0.0]"), "outside the image"),
    (("entry_mm = [0.0, -60.0, 0.0]", "entry_mm = [0.0, -60.0]"), "entry_mm"),
    (("entry_mm = [0.0, -60.0, 0.0]\n", ""), "entry_mm is missing"),
    (("entry_mm = [0.0, -60.0, 0.0]", "entry_mm = [0.0, 6.0, 0.0]"), "two different points"),
    (("entry_mm = [0.0, -60.0, 0.0]", "entry_mm = [0.0, 6e7, 0.0]"), "no places in a scanner"),
    (("target_mm = [0.0, 6.0, 0.0]", 'tracks = ["n.csv"]'), "target_mm is missing"),
    (('lesion = "lesion"', 'lesion = "lesoin"'), "lesoin"),
    (("rim_mm = 5", "rim_mm = 500"), "rim_mm is out of range"),
    (("rim_mm = 5", 'capsule_of = ["livre"]'), 'did you mean "liver"'),
    (("rim_mm = 5", "rimm_mm = 5"), "did you mean `rim_mm`"),
    (('resolution = "10 mm"\nresolution_uncertainty = "0.2 mm"\n', ""), "resolution"),
    (('2 = "liver" }', '2 = "lesion: liver" }'), "name of one that is made"),
    (('unit = "kBq/mL"', 'unit = "kBq/mL"\nmismatch = "estmate"'), "mismatch"),
    (('unit = "kBq/mL"', 'unit = "kBq/mL"\nbreathing = "15"'), "breathing"),
    (('1 = "lesion", 2', '3 = "lesion", 2'), "no voxel with the label of region 'lesion'"),
]


@pytest.mark.parametrize(("change", "words"), REFUSALS)
def test_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], words: str
) -> None:
    (tmp_path / "n.csv").write_text("x_mm,y_mm,z_mm\n0,0,0\n0,1,1\n")
    case = write(tmp_path, change)
    before = set(tmp_path.rglob("*"))
    assert run(case) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert words in said.err
    assert said.out == ""
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no heading"),
        ("x,y,z\n0,0,0\n", "no heading"),
        ("x_mm,y_mm,z_mm\n0,0,0\n", "two different points"),
        ("x_mm,y_mm,z_mm\n0,0,0\n0,a,0\n", "line 3"),
        ("x_mm,y_mm,z_mm\n0,0,0\n0,0\n", "line 3"),
        ("x_mm,y_mm,z_mm\n0,0,0\n0,nan,0\n", "line 3"),
        ("x_mm,y_mm,z_mm\n0,6,0\n0,-600,0\n", "outside the image"),
    ],
)
def test_tracks_from_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "n.csv").write_text(text)
    ends = "entry_mm = [0.0, -60.0, 0.0]\ntarget_mm = [0.0, 6.0, 0.0]"
    case = write(tmp_path, (ends, 'tracks = ["n.csv"]'))
    if not text:
        (tmp_path / "n.csv").write_text("\n")
    assert run(case) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_track_that_serves_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the file that it was read from is among the inputs."""
    ends = "entry_mm = [0.0, -60.0, 0.0]\ntarget_mm = [0.0, 6.0, 0.0]"
    (tmp_path / "n.csv").write_text("x_mm,y_mm,z_mm\n0,-60,0\n0,6,0\n")
    case = write(tmp_path, (ends, 'tracks = ["n.csv"]'))
    text = case.read_text()
    case.write_text(text[: text.index("[options.injection_regions]")])
    assert run(case) == 0
    assert "needle tracks are not used" in capsys.readouterr().out
    found = json.loads((tmp_path / "out" / "result.json").read_text())
    assert "needle track" in [item["role"] for item in found["provenance"]["inputs"]]
    assert found["injection_regions"] == []


def test_an_intravenous_case_has_no_injection_regions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write(tmp_path)
    text = case.read_text().replace('"intratumoral"', '"intravenous"')
    start, end = text.index("[[administration.injection]]"), text.index("[[scan]]")
    case.write_text(text[:start] + text[end:])
    assert run(case) == 2
    assert "that were injected" in capsys.readouterr().err
