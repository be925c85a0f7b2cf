"""`hevesy prior`: from patients' results to a prior file, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import read_kinetics_prior, result_to_json
from hevesy.timeactivity import wide_prior
from tests.files.result_values import result

HOURS = (1.0, 6.0, 24.0, 48.0)
HALF_LIFE_H = 17.005  # 188Re


def write_patient(folder: Path, number: int, *, lesion: bool = True, agent: str = "test") -> Path:
    """A lesion that keeps about half and loses it with a biological half-life of about 80 h."""
    rng = np.random.default_rng(number)
    kept, half_life_h = (
        0.5 + 0.03 * rng.standard_normal(),
        80.0 * np.exp(0.2 * rng.standard_normal()),
    )
    data = json.loads(result_to_json(result()))
    data["nuclide"], data["agent"] = "Re-188", agent
    region = data["regions"][0]
    region["name"], region["monitor"] = "lesion", []
    data["regions"] = [region]
    data["administrations"][0] |= {
        "course": 1, "activity_mbq": 600.0, "activity_uncertainty_mbq": 12.0, "kind": "net",
        "injections": [{"lesion": "lesion" if lesion else "another", "activity_mbq": 600.0}],
    }  # fmt: skip
    scan = region["scans"][0]
    region["scans"] = []
    for at, hours in enumerate(HOURS, start=1):
        activity = 600.0 * kept * 0.5 ** (hours / HALF_LIFE_H + hours / half_life_h)
        activity *= 1 + 0.02 * rng.standard_normal()
        region["scans"].append(
            scan
            | {
                "scan": at, "course": 1, "hours_after_administration": hours,
                "activity_mbq": activity, "activity_uncertainty_mbq": 0.04 * activity,
                "random_uncertainty_mbq": 0.02 * activity,
            }
        )  # fmt: skip
    path = folder / f"patient{number}.json"
    path.write_text(json.dumps(data))
    return path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["prior", *(str(argument) for argument in arguments)])
    return int(ended.value.code or 0)


def test_a_prior_of_six_patients_knows_what_they_kept(tmp_path, capsys):
    """Shares of 0.5 +- 0.03 and half-lives of 80 h +- 20 %; the floor of 0.35 is what is wider."""
    patients = [write_patient(tmp_path, number) for number in range(1, 7)]
    out = tmp_path / "study.toml"
    assert run(*patients, "--out", out, "--name", "ours") == 0
    assert "6 lesions" in capsys.readouterr().out
    prior = read_kinetics_prior(out)
    assert prior.name == "ours"
    sds = np.sqrt(np.diag(prior.covariance))
    wide = np.sqrt(np.diag(wide_prior().covariance))
    kept = 1 / (1 + np.exp(-prior.mean[0]))
    assert 0.4 < kept < 0.62
    assert sds[0] < 0.6 * wide[0]
    half_life_h = np.log(2) / np.exp(prior.mean[3]) / 3600
    assert 40 < half_life_h < 200
    assert sds[3] < wide[3]


def test_refused_in_one_line_and_nothing_written(tmp_path, capsys):
    patients = [write_patient(tmp_path, number) for number in range(1, 7)]
    other = write_patient(tmp_path, 8, agent="another agent")
    foreign = tmp_path / "foreign.json"
    foreign.write_text('{"patient": "P01"}')
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    organs = [write_patient(tmp_path, number, lesion=False) for number in range(20, 26)]
    out = tmp_path / "out.toml"
    for given, code, words in (
        (patients[:3], 1, "too few lesions"),
        (organs, 1, "too few lesions"),
        ([*patients, patients[0]], 2, "given twice"),
        ([*patients, other], 2, "several agents"),
        ([foreign], 2, "missing in foreign.json"),
        ([broken], 2, "not valid JSON"),
        ([tmp_path / "absent.json"], 2, "can't be read"),
    ):
        assert run(*given, "--out", out) == code, words
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert words in captured.err
        assert captured.out == ""
        assert not out.exists()
