"""`hevesy dose-map` and `dose-media`: what they write, every refusal, interruption and resuming."""

import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from hevesy.nuclides import get_nuclide
from hevesy.penelope import has_penelope
from tests.cli.dose_map_inputs import (
    OUTPUTS,
    SHAPE,
    Inputs,
    decays,
    density,
    hounsfield,
    run_here,
    run_process,
)

PROMISED = (
    "mean_dose_gy", "relative_uncertainty", "precision", "decays", "histories",
    "histories_per_second", "energy_emitted_mev", "energy_deposited_mev", "energy_escaped_mev",
    "seed", "threads", "provenance",
)  # fmt: skip


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return Inputs(tmp_path)


def array(path: Path) -> np.ndarray:
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))


def test_the_real_command_writes_dose_uncertainty_and_result(inputs: Inputs) -> None:
    done = run_process(inputs.command())
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Research use only" in done.stdout
    assert sorted(p.name for p in inputs.out.iterdir()) == sorted(OUTPUTS)
    result = json.loads((inputs.out / "result.json").read_text())
    assert not [key for key in PROMISED if key not in result]
    assert result["decays"] == pytest.approx(decays().sum(), rel=1e-6)
    assert (result["histories"], result["seed"], result["threads"]) == (3000, 1, 2)
    accounted = result["energy_deposited_mev"] + result["energy_escaped_mev"]
    assert accounted == pytest.approx(result["energy_emitted_mev"], rel=1e-9)
    assert {record["role"] for record in result["provenance"]["inputs"]} == {"tia", "ct"}
    assert len(result["provenance"]["data_sets"]) == 3
    dose, relative = (array(inputs.out / name) for name in OUTPUTS[:2])
    assert dose.shape == relative.shape == SHAPE
    assert dose.min() >= 0
    mask = decays() > 0
    assert dose[mask].mean() == pytest.approx(result["mean_dose_gy"], rel=1e-3)
    assert 0.01 < np.median(relative[mask]) < 0.5
    image = SimpleITK.ReadImage(str(inputs.out / "dose.nii.gz"))
    assert image.GetSpacing() == pytest.approx((3, 3, 4))


def numbers(inputs: Inputs, capsys: pytest.CaptureFixture[str], *flags: str, **changed) -> dict:
    code, out, err = run_here(inputs.arguments("--json", *flags, **changed), capsys)
    assert code == 0, err
    return json.loads(out)


def test_units_and_activity_say_the_same(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    """1e9 Bq s in a voxel of 36 mm3, in every unit."""
    first = numbers(inputs, capsys)["mean_dose_gy"]
    per_s = get_nuclide("Re-188").decay_per_s
    cases = {
        "MBq.h": ("tia", 1 / 3.6e9),
        "Bq.s/mL": ("tia", 1 / 0.036),
        "MBq.h/mL": ("tia", 1 / 3.6e9 / 0.036),
        "MBq": ("activity", per_s / 1e6),
        "Bq/mL": ("activity", per_s / 0.036),
    }
    for unit, (option, factor) in cases.items():
        path = inputs.image("other", decays() * factor)
        given = {"tia": None, option: path, "unit": unit}
        assert numbers(inputs, capsys, **given)["mean_dose_gy"] == pytest.approx(first, rel=1e-6)


def test_density_and_materials_in_place_of_a_ct(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    rho = inputs.image("density", density())
    by_density = numbers(inputs, capsys, ct=None, density=rho)["mean_dose_gy"]
    assert by_density == pytest.approx(numbers(inputs, capsys)["mean_dose_gy"], rel=0.15)
    labels = inputs.image("labels", np.where(density() > 1, 7, np.where(density() < 0.1, 2, 3)))
    key = inputs.folder / "key.csv"
    key.write_text("label,medium\n7,muscle\n3,Lung\n2,air\n")
    media = {"ct": None, "density": rho, "materials": labels, "materials_key": str(key)}
    assert numbers(inputs, capsys, **media)["mean_dose_gy"] == pytest.approx(by_density, rel=0.05)
    water = numbers(inputs, capsys, "--dose-to-water", **media)
    assert water["mean_dose_gy"] > numbers(inputs, capsys, **media)["mean_dose_gy"]
    key.write_text("label,medium\n7,muscle\n3,lungs\n2,air\n")
    refused(inputs, capsys, "unknown medium", "write 'lung'", **media)
    key.write_text("label,medium\n7,muscle\n3,lung\n")
    refused(inputs, capsys, "no meaning in the key", **media)
    key.write_text("a,b\n7,muscle\n")
    refused(inputs, capsys, "columns label,medium", **media)
    refused(inputs, capsys, "belong together", ct=None, density=rho, materials=labels)


def test_a_region_and_other_methods(inputs: Inputs, capsys: pytest.CaptureFixture[str]) -> None:
    mask = np.zeros(SHAPE)
    mask[:, :, 6:] = 1
    lung = numbers(inputs, capsys, region=inputs.image("mask", mask))
    assert lung["region"] == "mask"
    assert 0 < lung["mean_dose_gy"] < numbers(inputs, capsys)["mean_dose_gy"]
    local = numbers(inputs, capsys, method="local", histories=None, threads=None)
    assert local["histories"] is None
    assert local["relative_uncertainty"] is None
    assert sorted(p.name for p in inputs.out.iterdir()) == ["dose.nii.gz", "result.json"]
    refused(inputs, capsys, "option of Monte Carlo", method="local")


def test_a_kernels_region_may_be_shares_of_voxels(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    """A half voxel at each side belongs to it: mass by the shares, mean dose by the outline."""
    shares = np.zeros(SHAPE)
    shares[3:5, 3:6, 4] = 1.0
    shares[3:5, 3:6, [3, 5]] = 0.5
    values = 1e9 * shares
    given = {
        "tia": inputs.image("tia", values), "ct": None,
        "density": inputs.image("density", np.ones(SHAPE)),
        "region": inputs.image("shares", shares), "histories": None,
    }  # fmt: skip
    found = numbers(inputs, capsys, method="kernel", **given)
    assert found["region_volume_ml"] == pytest.approx(12 * 0.036, rel=1e-6)
    assert found["mean_dose_gy"] > 1.1 * found["voxel_mean_dose_gy"]
    whole = shares.sum() * 1e9 * get_nuclide("Re-188").electron_energy_mev * 1.602176634e-13
    kept = found["mean_dose_gy"] * found["region_mass_g"] * 1e-3 / whole
    assert 0.45 < kept < 0.7  # 0.43 mL: a ball of it keeps 0.65
    simulated = numbers(inputs, capsys, **{**given, "histories": "3000"})
    assert simulated["mean_dose_gy"] == simulated["voxel_mean_dose_gy"]


def refused(
    inputs: Inputs, capsys: pytest.CaptureFixture[str], *words: str, flags=(), **changed
) -> None:
    """Exit 2, one line, nothing new under a final name."""
    before = {p.name: p.read_bytes() for p in inputs.out.glob("*")}
    code, out, err = run_here(inputs.arguments(*flags, **changed), capsys)
    assert (code, out) == (2, ""), err
    assert err.startswith("hevesy: error: "), err
    assert err.count("\n") == 1, err
    assert "; " in err, "it says what to do"
    for word in words:
        assert word in err, err
    assert {p.name: p.read_bytes() for p in inputs.out.glob("*")} == before


def spoiled(value: float) -> np.ndarray:
    values = decays()
    values[4, 4, 4] = value
    return values


@pytest.mark.parametrize(
    ("tia", "words"),
    [
        (spoiled(np.nan), ()),
        (spoiled(np.inf), ()),
        (spoiled(-1.0), ("negative",)),
        (np.zeros(SHAPE), ("empty",)),
        (np.ones(SHAPE), ("in air", "9.9 %")),
        (np.ones((8, 9, 9)), ("different grids",)),
    ],
    ids=["nan", "infinite", "negative", "zero", "air", "grid"],
)
def test_bad_activity(
    inputs: Inputs, capsys: pytest.CaptureFixture[str], tia: np.ndarray, words: tuple[str, ...]
) -> None:
    ct = hounsfield()
    ct[:, :, 9] = -1000.0
    if tia.min() > 0 and tia.shape == SHAPE:
        ct[0, 0, :] = 40.0  # a tenth of the voxels is air
    changed = {"tia": inputs.image("bad", tia), "ct": inputs.image("other_ct", ct)}
    refused(inputs, capsys, *words, **changed)


def test_a_little_activity_in_air_is_left_out_and_reported(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    tia = decays()
    tia[0, 0, 4] = 0.03 * tia.sum() / 0.97
    found = numbers(inputs, capsys, tia=inputs.image("little", tia))
    assert found["decays"] == pytest.approx(decays().sum(), rel=1e-5)
    assert "3 % of the decays lie in air" in found["warnings"][0]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"unit": "MBq"}, ("the unit does not fit --tia", "Bq.s")),
        ({"unit": "Ci"}, ("unit",)),
        ({"nuclide": "Re-199"}, ("unknown nuclide",)),
        ({"nuclide": "Ac-225"}, ("alphas",)),
        ({"method": "montecarlo"}, ("unknown dose method", "monte-carlo")),
        ({"tia": None}, ("neither",)),
        ({"ct": None}, ("needs a CT or a density",)),
        ({"tia": "nowhere.nii.gz"}, ("nowhere.nii.gz",)),
        ({"histories": "10"}, ("too few histories",)),
        ({"histories": None, "precision": "0%"}, ("precision",)),
        ({"precision": "1%"}, ("both a precision and a number of histories",)),
        ({"histories": None, "precision": "fast"}, ("--precision",)),
        ({"time_limit": "soon"}, ("--time-limit",)),
        ({"threads": "0"}, ("thread",)),
        ({"seed": "-1"}, ("seed",)),
    ],
    ids=str,
)
def test_bad_options(
    inputs: Inputs, capsys: pytest.CaptureFixture[str], changed: dict, words: tuple[str, ...]
) -> None:
    refused(inputs, capsys, *words, **changed)


def test_bad_tissue(inputs: Inputs, capsys: pytest.CaptureFixture[str]) -> None:
    shifted = inputs.image("shifted", hounsfield() + 1100)
    refused(inputs, capsys, "no calibration to density", ct=shifted)
    zero = inputs.image("zero", 0 * density())
    refused(inputs, capsys, "g/cm3", ct=None, density=zero)
    large = inputs.image("large", 1000 * density())
    refused(inputs, capsys, "water is 1", ct=None, density=large)
    coarse = inputs.image("coarse", np.full((4, 5, 5), 40.0), spacing_mm=(6.0, 6.0, 8.0))
    refused(inputs, capsys, "different grids", "--one-frame", ct=coarse)
    empty = inputs.image("empty", np.zeros(SHAPE))
    refused(inputs, capsys, "the region is empty", region=empty)


def test_a_ct_on_another_grid_in_one_frame(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = inputs.image(
        "fine", np.kron(hounsfield(), np.ones((1, 2, 2))), spacing_mm=(1.5, 1.5, 4.0)
    )
    found = numbers(inputs, capsys, "--one-frame", ct=fine)
    assert found["mean_dose_gy"] == pytest.approx(numbers(inputs, capsys)["mean_dose_gy"], rel=0.1)


def test_a_precision_out_of_reach_says_what_was_reached(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    """An earlier run's files stay as they are."""
    numbers(inputs, capsys)
    refused(
        inputs, capsys, "not reached in the time given", "allowed: 0.05 %", "histories in 2 s",
        histories=None, precision="0.05%", time_limit="2s",
    )  # fmt: skip


@pytest.mark.skipif(not has_penelope(), reason="pyPenred is not installed")
def test_penelope_has_a_precision_and_a_time_limit(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    """Batches of 400; an easy goal takes one, and none reaches the other before the time is up."""
    given = {"method": "penelope", "histories": "400", "nuclide": "Y-90"}
    found = numbers(inputs, capsys, **given, precision="40%")
    assert (found["histories"], found["batches"]) == (400, 1)
    assert found["precision"] < 0.4
    told = "0.05 %; give more time", "with 400 histories in 0.01 s"
    refused(inputs, capsys, *told, **given, precision="0.05%", time_limit="0.01s")


def test_a_time_limit_alone_gives_what_was_done(
    inputs: Inputs, capsys: pytest.CaptureFixture[str]
) -> None:
    """The histories it records give the same bits when asked for by number."""
    timed = numbers(inputs, capsys, histories=None, time_limit="1.5s")
    bits = [(inputs.out / name).read_bytes() for name in OUTPUTS[:2]]
    again = numbers(inputs, capsys, histories=str(timed["histories"]), threads="1")
    assert again["mean_dose_gy"] == timed["mean_dose_gy"]
    assert [array_bytes(b, inputs) for b in bits] == [
        array_bytes((inputs.out / name).read_bytes(), inputs) for name in OUTPUTS[:2]
    ]


def array_bytes(content: bytes, inputs: Inputs) -> bytes:
    """Voxels of a NIfTI file, without what gzip writes of its time."""
    path = inputs.folder / "again.nii.gz"
    path.write_bytes(content)
    return array(path).tobytes()


def test_interrupted_and_resumed(inputs: Inputs, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C keeps the sums; --resume ends with the bits of an uninterrupted run."""
    process = subprocess.Popen(
        inputs.command("--verbose", histories="3000000"), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "dose: Monte Carlo" in line:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    assert process.wait(120) == 2, said
    assert "which are kept; go on with --resume" in said
    kept = sorted(p.name for p in inputs.out.iterdir())
    assert kept == [".hevesy-monte-carlo.npz"]
    refused(inputs, capsys, "another one", flags=("--resume",), histories="3000000", seed="2")
    resumed = numbers(inputs, capsys, "--resume", histories="3000000")
    assert sorted(p.name for p in inputs.out.iterdir()) == sorted(OUTPUTS)
    bits = [array(inputs.out / name).tobytes() for name in OUTPUTS[:2]]
    whole = numbers(inputs, capsys, histories="3000000", threads="1")
    assert [array(inputs.out / name).tobytes() for name in OUTPUTS[:2]] == bits
    for key in (
        "mean_dose_gy", "relative_uncertainty", "precision", "histories", "photon_histories",
        "energy_emitted_mev", "energy_deposited_mev", "energy_escaped_mev",
    ):  # fmt: skip
        assert resumed[key] == whole[key], key
    refused(inputs, capsys, "no interrupted run", flags=("--resume",))


def test_dose_media(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run_here(["dose-media", "--json"], capsys)
    media = json.loads(out)
    assert code == 0
    names = "air,lung,adipose,soft-tissue,muscle,liver,cartilage,cortical-bone,water"
    assert ",".join(row["medium"] for row in media) == names
    assert all(sum(row["mass_fractions"].values()) == pytest.approx(1) for row in media)
    code, out, _ = run_here(["dose-media"], capsys)
    assert code == 0
    assert "cortical-bone" in out
