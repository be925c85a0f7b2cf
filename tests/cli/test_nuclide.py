"""`hevesy nuclide`: what its commands print and refuse."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hevesy.cli.nuclide import app
from hevesy.errors import HevesyError, NuclideError, OutputError, UnitError

RUNNER = CliRunner()


def run_json(*arguments: str) -> Any:
    result = RUNNER.invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_decay_json() -> None:
    answer = run_json("decay", "Re-188", "1000 MBq", "2 h")
    # 1000 x 2^(-2/17.004)
    assert answer["activity_mbq"] == pytest.approx(1000 * 2 ** (-2 / 17.004), rel=1e-12)
    assert answer["activity_mci"] == pytest.approx(answer["activity_mbq"] / 37)
    assert answer["nuclide"] == "Re-188"
    assert answer["elapsed_h"] == 2.0
    assert set(answer) == {"nuclide", "elapsed_h", "activity_mbq", "activity_mci"}


def test_decay_of_a_generator_shows_the_daughter() -> None:
    answer = run_json("decay", "W-188", "1 GBq", "60 d")
    parent, daughter = math.log(2) / 69.78, math.log(2) / (17.004 / 24)
    grown = daughter / (daughter - parent) * (math.exp(-parent * 60) - math.exp(-daughter * 60))
    assert answer["progeny_mbq"]["Re-188"] == pytest.approx(1000 * grown, rel=1e-6)


def test_decay_text_shows_both_units() -> None:
    result = RUNNER.invoke(app, ["decay", "188Re", "37 mCi", "0 h"], catch_exceptions=False)
    assert result.stdout == "Re-188: 1369 MBq (37 mCi)\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["decay", "Re-18", "1 GBq", "2 h"], NuclideError),
        (["decay", "Re-188", "1 GBq", "-2 h"], UnitError),
        (["decay", "Re-188", "1000", "2 h"], UnitError),
        (["decay", "Re-188", "-5 MBq", "2 h"], UnitError),
        (["decay", "Re-188", "5 MBq", "2 hours"], UnitError),
        (["show", "Rhenium"], NuclideError),
        (["show", "Re-188", "--min-yield", "0.1"], UnitError),
        (["compare", "Re-188", "188Re"], NuclideError),
    ],
)
def test_refusals(arguments: list[str], error: type[HevesyError]) -> None:
    with pytest.raises(error) as caught:
        RUNNER.invoke(app, arguments, catch_exceptions=False)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_show() -> None:
    answer = run_json("show", "re188")
    assert answer["half_life_h"] == pytest.approx(17.004)
    assert answer["electron_energy_mev"] == pytest.approx(0.77935, abs=1.5e-5)
    gammas = [line for line in answer["photons"] if line["kind"] == "gamma"]
    assert gammas[0]["energy_kev"] == pytest.approx(155.04, abs=0.005)
    assert min(line["yield_percent"] for line in answer["photons"]) >= 0.1
    assert answer["data_set"]["name"] == "ICRP-107"
    text = RUNNER.invoke(app, ["show", "Re-188"], catch_exceptions=False).stdout
    assert "17.004 h" in text
    assert "155.04" in text


def test_show_without_betas() -> None:
    text = RUNNER.invoke(app, ["show", "Ac-225"], catch_exceptions=False).stdout
    assert "alphas" in text
    assert "beta" not in text


def test_compare() -> None:
    rows = run_json("compare", "Re-188", "Y-90", "Ho-166", "Lu-177", "I-131")["nuclides"]
    energies = [row["electron_energy_j_per_gbq"] for row in rows]
    assert energies == pytest.approx([11.03, 49.77, 15.53, 19.64, 30.73], abs=0.0051)
    result = RUNNER.invoke(app, ["compare", "Re-188", "Y-90"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "11.03" in result.stdout


@pytest.mark.parametrize(
    ("name", "magic"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]
)
def test_compare_draws(tmp_path: Path, name: str, magic: bytes) -> None:
    file = tmp_path / name
    run_json("compare", "Re-188", "Y-90", "--figure", str(file))
    assert file.read_bytes().startswith(magic)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.gif", "a", "missing/a.png"])
def test_compare_refuses_a_file_it_cannot_write(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError):
        RUNNER.invoke(
            app, ["compare", "Re-188", "--figure", str(tmp_path / name)], catch_exceptions=False
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["show", "decay", "compare"])
def test_help_has_an_example(command: str) -> None:
    result = RUNNER.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"hevesy nuclide {command}" in " ".join(result.stdout.split())


def test_import_is_light() -> None:
    code = (
        "import sys, hevesy.cli.nuclide; print([m for m in ('numpy', 'scipy', 'matplotlib', "
        "'radioactivedecay', 'hevesy.nuclides') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
