"""`hevesy spect hybrid`: planar results joined with a SPECT by the real command."""

import json
import subprocess
import sys

import numpy as np
import pytest

from hevesy.cli import main

HOURS = (1.0, 24.0, 48.0, 72.0)


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "hevesy", "spect", "hybrid", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def results(tmp_path):
    paths = []
    for number, hours in enumerate(HOURS):
        activity = 1.4 * 300e6 * 2 ** (-hours / 14.0)  # planar reads 1.4 times too much
        region = {
            "name": "liver", "activity_bq": activity, "random_uncertainty_bq": 0.01 * activity,
            "placement_uncertainty_bq": 0.01 * activity, "conjugate_view": True,
        }  # fmt: skip
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps({"nuclide": "Re-188", "regions": [region]}))
        paths.append(path)
    return paths


def options(**more):
    given = {
        "--hours": "1,24,48,72", "--region": "liver", "--spect-hours": 24,
        "--spect-activity": f"{300 * 2 ** (-24 / 14.0):.6f}MBq", "--spect-uncertainty": "6%",
        **more,
    }  # fmt: skip
    return [word for pair in given.items() for word in pair]


def test_the_integral_of_the_truth_comes_out(results):
    done = command(*results, *options(), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # points on a mono-exponential; averaging with the bi-exponential stays on it: 0.5 %
    assert found["tia_mbq_h"] == pytest.approx(300 * 14.0 / np.log(2), rel=5e-3)
    assert found["scale_ratio"] == pytest.approx(1 / 1.4, rel=5e-3)
    share = found["tia_uncertainty_mbq_h"] / found["tia_mbq_h"]
    assert share == pytest.approx(np.hypot(0.06, found["shape_relative_uncertainty"]))
    assert found["scaled_activity_mbq"][0] == pytest.approx(300 * 2 ** (-1 / 14.0), rel=5e-3)


@pytest.mark.parametrize(
    ("more", "said", "code"),
    [
        ({"--hours": "1,24"}, "each planar result needs its time", 2),
        ({"--hours": "one"}, "--hours is not numbers", 2),
        ({"--region": "spleen"}, "does not have the region", 2),
        ({"--spect-hours": 96}, "outside the times of the planar scans", 1),
    ],
)
def test_refusals_are_one_line(results, more, said, code, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["spect", "hybrid", *map(str, (*results, *options(**more)))])
    lines = capsys.readouterr().err.strip().splitlines()
    assert ended.value.code == code
    assert said in lines[0]
    assert len(lines) == 1


def test_another_file_is_no_planar_result(results, tmp_path, capsys):
    other = tmp_path / "other.json"
    other.write_text('{"regions": [{"name": "liver"}], "nuclide": "Re-188"}')
    with pytest.raises(SystemExit) as ended:
        main(["spect", "hybrid", *map(str, (other, *results[1:], *options()))])
    assert ended.value.code == 2
    assert "no planar result" in capsys.readouterr().err
