"""The running dose through the real command: entries, priors, planned scans, refusals."""

import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import prior_to_toml, read_kinetics_prior, write_volume
from hevesy.images import Grid, Quantity, Volume
from hevesy.timeactivity import wide_prior

GRID = Grid.from_spacing((10, 12, 14), spacing_mm=(5, 5, 5))
HOURS = (2.0, 24.0, 50.0)
HALF_LIFE_H = 15.0
GIVEN_MBQ, KEPT = 200.0, 0.7
HEAD = """patient = "P01"
nuclide = "Re-188"
agent = "test"
timezone = "UTC"
[administration]
activity = "200 MBq"
activity_uncertainty = "3 %"
kind = "net"
time = 2024-03-05T10:00:00
route = "intratumoral"
[[administration.injection]]
lesion = "lesion"
activity = "200 MBq"
"""
SCAN = """[[scan]]
spect = "spect{number}.nii.gz"
structures = ["labels.nrrd"]
structure_names = {{ 1 = "lesion" }}
time = {time}
unit = "kBq/mL"
decay_corrected_to = "acquisition"
"""
OPTIONS = """[options]
method = "local"
density_g_cm3 = 1.0
count_uncertainty = "2 %"
calibration_uncertainty = "3 %"
contour_uncertainty = "0.5 mm"
effective_half_life = "15 h"
effective_half_life_uncertainty = "2 h"
"""


def write(folder: Path, *, scans: int = 3, options: str = "") -> Path:
    """A uniform block of which 70 % stay at first and leave with 15 h."""
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[3:7, 3:9, 3:10] = 1
    volume_ml = 0.125 * float(labels.sum())
    write_volume(
        folder / "labels.nrrd", Volume(values=labels, grid=GRID, quantity=Quantity.RELATIVE)
    )
    text = HEAD
    for number, hours in enumerate(HOURS[:scans]):
        kbq_per_ml = GIVEN_MBQ * KEPT * 1e3 / volume_ml * 0.5 ** (hours / HALF_LIFE_H)
        image = Volume(values=kbq_per_ml * labels, grid=GRID, quantity=Quantity.BQ_PER_ML)
        write_volume(folder / f"spect{number}.nii.gz", image)
        time = datetime(2024, 3, 5, 10) + timedelta(hours=hours)  # noqa: DTZ001 (a TOML local time)
        text += SCAN.format(number=number, time=time.isoformat())
    (folder / "case.toml").write_text(text + OPTIONS + options)
    return folder / "case.toml"


def run(case: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(case.parent / "out")])
    return int(ended.value.code or 0)


def lesion(folder: Path) -> dict:
    (found,) = json.loads((folder / "out" / "result.json").read_text())["regions"]
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    assert run(write(folder)) == 0
    return folder


def test_the_running_dose_meets_the_closed_form_and_the_final_fit(whole):
    region = lesion(whole)
    entries = region["monitor"]
    assert [entry["after_scan"] for entry in entries] == [1, 2, 3]
    assert [entry["hours"] for entry in entries] == pytest.approx(HOURS)
    mean_life_h = HALF_LIFE_H / math.log(2.0)
    # 188Re: 0.7780 MeV of electrons a decay (ICRP-107), all of it stays; 0.3 % for its rounding
    gy_per_mbq_h = 3.6e9 * 0.778 * 1.602176634e-13 / (region["mass_g"] * 1e-3)
    final = GIVEN_MBQ * KEPT * mean_life_h * gy_per_mbq_h
    for entry in entries:
        low, high = entry["final_dose_interval90_gy"]
        assert low < final < high
        so_far = final * (1 - 0.5 ** (entry["hours"] / HALF_LIFE_H))
        assert abs(entry["dose_so_far_gy"] - so_far) < 2 * entry["dose_so_far_uncertainty_gy"]
    last = entries[-1]
    # common errors are the same in both; what differs is the curve's part, which is under 3 %
    assert last["final_dose_gy"] == pytest.approx(region["mean_dose_gy"], rel=0.03)
    assert last["final_dose_uncertainty_gy"] == pytest.approx(
        region["mean_dose_uncertainty_gy"], rel=0.3
    )
    widths = [b - a for a, b in (entry["final_dose_interval90_gy"] for entry in entries)]
    assert widths[0] > 1.5 * widths[1]
    assert {entry["prior"] for entry in entries} == {"wide"}


def test_what_is_planned_is_the_trials_schedule_and_not_the_scans_that_came(whole):
    entries = lesion(whole)["monitor"]
    assert [scan["hours"] for scan in entries[0]["further_scans"]] == [6, 24, 48, 72, 96]
    assert [scan["hours"] for scan in entries[1]["further_scans"]] == [48, 72, 96]
    for entry in entries:
        low, high = entry["final_dose_interval90_gy"]
        assert entry["expected_interval90_width_gy"] < 1.15 * (high - low)


def test_after_two_scans_nothing_of_the_third_is_known(whole, tmp_path):
    """Local deposition has no statistics, so all figures are the same but for the last digits."""
    assert run(write(tmp_path, scans=2)) == 0
    assert lesion(tmp_path)["monitor"] == lesion(whole)["monitor"][:2]


def test_a_prior_from_a_file_and_other_planned_scans(tmp_path, whole):
    prior = wide_prior()
    text = prior_to_toml(prior).replace('name = "wide"', 'name = "our study"')
    (tmp_path / "prior.toml").write_text(text)
    read = read_kinetics_prior(tmp_path / "prior.toml")
    assert read.mean == pytest.approx(prior.mean, rel=1e-9)
    assert read.covariance == pytest.approx(prior.covariance, rel=1e-9)
    options = 'prior = "prior.toml"\nplanned_scans = ["24 h", "30 h"]\n'
    assert run(write(tmp_path, scans=1, options=options)) == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    (entry,) = result["regions"][0]["monitor"]
    assert entry["prior"] == "our study"
    assert [scan["hours"] for scan in entry["further_scans"]] == [24, 30]
    assert "kinetics prior" in {item["role"] for item in result["provenance"]["inputs"]}
    report = (tmp_path / "out" / "report.html").read_text()
    assert "prior: our study" in report
    assert "The dose while it was being given" in report


BAD_PRIORS = {
    "no TOML": "name = ",
    "unknown key": prior_to_toml(wide_prior()) + "colour = 1\n",
    "no mean": 'name = "a"\nsource = "b"\ncovariance = []\n',
    "not square": 'name = "a"\nsource = "b"\nmean = [0.0]\ncovariance = [[1.0, 2.0]]\n',
    "size": 'name = "a"\nsource = "b"\nmean = [0.0]\ncovariance = [[1.0]]\n',
    "nan": prior_to_toml(wide_prior()).replace("0.85", "nan"),
}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('prior = "cited:nobody"\n', "cited:re188-lipiodol"),
        ('prior = "broad"\n', "neither a known prior nor a prior file"),
        ('prior = "absent.toml"\n', "does not exist"),
        ('planned_scans = ["24 h", "6 h"]\n', "must rise"),
        ('planned_scans = ["6 MBq"]\n', "planned_scans"),
        *((f'prior = "{key}.toml"\n', "prior file") for key in BAD_PRIORS),
    ],
)
def test_refused_in_one_line(tmp_path, capsys, options, words):
    for key, text in BAD_PRIORS.items():
        (tmp_path / f"{key}.toml").write_text(text)
    case = write(tmp_path, scans=1, options=options)
    before = set(tmp_path.rglob("*"))
    assert run(case) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert words in captured.err
    assert captured.out == ""
    assert set(tmp_path.rglob("*")) == before
