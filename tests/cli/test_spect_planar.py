"""`hevesy spect planar`: files in, activities out, and every refusal in one line."""

import json
import subprocess
import sys

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import write_volume
from hevesy.images import Volume
from tests.dicom.planar_cases import head, write_planar
from tests.quantification.test_planar import (
    COLUMNS,
    DECAY_PER_S,
    PER_BQ_S,
    PIXEL,
    ROWS,
    TRUTH,
    phantom,
    projected,
)

TOP = -117.0 + (ROWS - 0.5) * PIXEL
HEADS = [head("Anterior"), head("Posterior")]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planar")
    ct, regions, body = phantom()
    activity = np.zeros(ct.grid.shape)
    labels = np.zeros(ct.grid.shape, dtype=np.int16)
    rest = body.mask.copy()
    for number, region in enumerate(regions, start=1):
        labels[region.mask] = number
        activity[region.mask] += TRUTH[region.name] / np.count_nonzero(region.mask)
        rest &= ~region.mask
    activity[rest] += TRUTH["rest of body"] / np.count_nonzero(rest)
    counts = np.random.default_rng(4).poisson(projected(ct, activity))
    counts = counts[:, ::-1].copy()  # a camera writes the head first,
    counts[1] = counts[1, :, ::-1].copy()  # and the posterior view from behind
    write_planar(folder / "both.dcm", counts[None], HEADS)
    write_planar(folder / "front.dcm", counts[None, :1], HEADS[:1])
    write_planar(folder / "back.dcm", counts[None, 1:], HEADS[1:])
    write_volume(folder / "ct.nii.gz", ct)
    write_volume(
        folder / "labels.nii.gz", Volume(values=labels, grid=ct.grid, quantity=ct.quantity)
    )
    return folder


def arguments(study, out, views=("both.dcm",), **more):
    given = {
        "--ct": study / "ct.nii.gz", "--regions": study / "labels.nii.gz",
        "--sensitivity": PER_BQ_S, "--sensitivity-uncertainty": "3%", "--top": TOP, "--centre": 0,
        "--placement": "2mm", "--scatter": "none", "--energy": 155, "--nuclide": "Re-188",
        "--administered": "600MBq", "--hours": 4.2, "--out": out, **more,
    }  # fmt: skip
    pairs = [str(word) for pair in given.items() if pair[1] is not None for word in pair]
    return ["spect", "planar", *(str(study / view) for view in views), *pairs, "--quiet"]


def run(words, capsys):
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err


def test_files_in_activities_out(study, tmp_path):
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", *arguments(study, out)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Not a medical device" in done.stdout
    result = json.loads((out / "result.json").read_text())
    assert sorted(p.name for p in out.iterdir()) == ["result.json", "views.png"]
    truth = dict(zip(("1", "2", "3"), TRUTH.values(), strict=False))
    by_place = list(zip(result["regions"], TRUTH.values(), strict=True))
    assert len(by_place) == len(truth) + 1
    for region, expected in by_place:
        # counting as stated (four deviations), and the model's 3 % of test_planar
        off = abs(region["activity_bq"] - expected)
        assert off < 4 * region["random_uncertainty_bq"] + 0.03 * expected
        assert (
            region["uncertainty_bq"] > 0.03 * region["activity_bq"]
        )  # the sensitivity's, at least
    body = result["whole_body"]
    expected = 600e6 * np.exp(-DECAY_PER_S * 4.2 * 3600)
    assert body["ratio"] == pytest.approx(sum(TRUTH.values()) / expected, rel=0.01)
    assert body["whole"]
    assert "Secret" not in (out / "result.json").read_text()


def test_two_files_are_as_good_as_one(study, tmp_path, capsys):
    results = []
    for name, views in (("a", ("both.dcm",)), ("b", ("back.dcm", "front.dcm"))):
        code, out, err = run([*arguments(study, tmp_path / name, views), "--json"], capsys)
        assert code == 0, err
        results.append(json.loads(out)["regions"])
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("views", "more", "said"),
    [
        (("front.dcm",), {}, "one anterior and one posterior view"),
        (("both.dcm",), {"--nuclide": None}, "do not say their nuclide"),
        (("both.dcm",), {"--top": 5000}, "CT does not lie under the planar views"),
        (("both.dcm",), {"--scatter": "tew"}, "no scatter window below the peak"),
        (("both.dcm",), {"--background": "air"}, "unknown background"),
        (("both.dcm",), {"--hours": None}, "the activity given and the hours since"),
        (("both.dcm",), {"--peak": "100:120"}, "was not recorded"),
        (("both.dcm",), {"--sensitivity": -1}, "sensitivity must be above 0"),
        (("both.dcm",), {"--placement": "3"}, "placement"),
        (("both.dcm",), {"--dead-time": "x"}, "--dead-time is not numbers"),
        (("none.dcm",), {}, "can't be opened"),
    ],
)
def test_one_line_and_nothing_written(study, tmp_path, capsys, views, more, said):
    out = tmp_path / "out"
    code, _, err = run(arguments(study, out, views, **more), capsys)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not out.exists()


def test_scatter_is_taken_off_with_its_uncertainty(study, tmp_path, capsys):
    ct, regions, _ = phantom()
    lesion = np.where(regions[0].mask, TRUTH["lesion"] / np.count_nonzero(regions[0].mask), 0.0)
    counts = projected(ct, lesion)[:, ::-1].copy()
    counts[1] = counts[1, :, ::-1].copy()
    under = 0.3 * counts  # scatter under the peak, 31 keV wide; the windows beside it, 16 keV
    stack = np.rint([under * 16 / 31, counts + under, under * 16 / 31])
    windows = ((123.5, 139.5), (139.5, 170.5), (170.5, 186.5))
    path = write_planar(tmp_path / "three.dcm", stack, HEADS, windows=windows)
    words = arguments(
        study, tmp_path / "out",
        **{"--scatter": "tew", "--peak": "139.5:170.5", "--scatter-uncertainty": "10%"},
    )  # fmt: skip
    words[2] = str(path)
    code, out, err = run([*words, "--json"], capsys)
    assert code == 0, err
    found = json.loads(out)["regions"][0]
    assert found["activity_bq"] == pytest.approx(TRUTH["lesion"], rel=0.01)
    # a tenth of 0.3 of the net counts, of which the conjugate view keeps the share
    assert found["scatter_uncertainty_bq"] == pytest.approx(0.03 * TRUTH["lesion"], rel=0.02)


def test_a_scan_over_the_body_needs_its_detectors_length(study, tmp_path, capsys):
    def passing(header):
        header.ScanVelocity = "2.0"

    counts = np.full((1, 2, ROWS, COLUMNS), 30)
    path = write_planar(tmp_path / "wb.dcm", counts, HEADS, kind="WHOLE BODY", change=passing)
    words = arguments(study, tmp_path / "out")
    words[2] = str(path)
    code, _, err = run(words, capsys)
    assert code == 2
    assert "--field-length" in err
    code, out, err = run([*words, "--field-length", "400mm", "--json"], capsys)
    assert code == 0, err
    assert json.loads(out)["exposure_s"] == pytest.approx(200.0)


def test_lossy_views_are_refused(study, tmp_path, capsys):
    def lossy(header):
        header.LossyImageCompression = "01"

    path = write_planar(tmp_path / "l.dcm", np.full((1, 2, ROWS, COLUMNS), 30), HEADS, change=lossy)
    words = arguments(study, tmp_path / "out")
    words[2] = str(path)
    code, _, err = run(words, capsys)
    assert code == 2
    assert "lossy" in err
