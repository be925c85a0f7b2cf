"""Samples of excreta held against the factor and constancy of the device that they name."""

import json
from pathlib import Path

import pytest

from tests.store.commands import Run, refused
from tests.store.dose_study import sets

SAMPLE = {
    "administration": "A1", "kind": "urine", "started_at": "2024-03-05T10:00",
    "ended_at": "2024-03-05T15:50", "activity": "60 MBq", "activity_uncertainty": "3 MBq",
    "measured_at": "2024-03-05T15:55", "volume": "310 mL", "device": "D8", "container": "bottle",
}  # fmt: skip
CHECKED = {"source": "Cs-137", "expected": "5 MBq", "performed_by": "yann"}


def do(run: Run, trial: Path, verb: str, name: str, *more: str, who: str = "physicist",
       **values: str) -> tuple[int, str, str]:  # fmt: skip
    kind = {"X": "excreta_sample", "D": "device", "F": "device_factor"}[name[0]]
    return run("trial", verb, kind, name, "--study", trial, "--as", who, *sets(**values), *more)


def shown(run: Run, trial: Path, name: str = "X1") -> dict[str, object]:
    out = run("trial", "show", "excreta_sample", name, "--study", trial, "--json")[1]
    return json.loads(out)["records"][0]  # type: ignore[no-any-return]


@pytest.fixture
def equipped(run: Run, trial: Path) -> Path:
    site = json.loads(run("trial", "show", "patient", "P01", "--study", trial, "--json")[1])
    assert do(run, trial, "record", "D8", kind="dose calibrator",
              site=site["records"][0]["site"])[0] == 0  # fmt: skip
    assert do(run, trial, "record", "F8", device="D8", nuclide="Re-188", container="bottle",
              volume="300 mL", volume_low="100 mL", volume_high="500 mL", factor="1.25",
              relative_uncertainty="4 %", traceable_to="LNHB", valid_from="2024-01-01T00:00Z",
              valid_until="2024-12-31T00:00Z")[0] == 0  # fmt: skip
    return trial


def test_the_factor_joins_the_uncertainty(run: Run, equipped: Path) -> None:
    assert do(run, equipped, "record", "X1", **SAMPLE)[0] == 0
    kept = shown(run, equipped)
    # 3 MBq of the measurement, 4 % of 60 MBq of the factor: by hand
    assert kept["activity_bq"] == 60e6
    assert kept["activity_uncertainty_bq"] == pytest.approx((3e6**2 + 2.4e6**2) ** 0.5, rel=1e-12)
    how = kept["calibration"]
    assert isinstance(how, dict)
    assert (how["entered"], how["entered_uncertainty_bq"]) == ("activity", 3e6)
    assert (how["factor_record"], how["factor_version"], how["factor"]) == ("F8", 1, 1.25)
    # another activity: the measurement's own 3 MBq, not the joined ones, and the factor again
    why = ("--reason", "misread")
    assert do(run, equipped, "correct", "X1", *why, activity="30 MBq")[0] == 0
    assert shown(run, equipped)["activity_uncertainty_bq"] == pytest.approx(
        (3e6**2 + 1.2e6**2) ** 0.5, rel=1e-12
    )
    # another word of it: nothing of the measurement changes
    before = shown(run, equipped)
    assert do(run, equipped, "correct", "X1", *why, kind="other")[0] == 0
    after = shown(run, equipped)
    assert (before["calibration"], before["activity_uncertainty_bq"]) == (
        after["calibration"], after["activity_uncertainty_bq"],
    )  # fmt: skip
    done = do(run, equipped, "correct", "F8", *why, factor="1.3")
    assert done[0] == 0
    assert "excreta_sample X1" in done[1]  # what rests on it is listed
    # an uncertainty that is typed anew is that of the measurement
    assert do(run, equipped, "correct", "X1", *why, activity_uncertainty="2 MBq",
              measured_at="2024-03-05T15:56")[0] == 0  # fmt: skip
    empty = {**SAMPLE, "activity": "0 MBq", "started_at": "2024-03-05T15:50",
             "ended_at": "2024-03-05T15:54"}  # fmt: skip
    assert do(run, equipped, "record", "X2", **empty)[0] == 0
    assert shown(run, equipped, "X2")["activity_uncertainty_bq"] == 3e6
    free = {key: text for key, text in SAMPLE.items() if key != "device"} | {"kind": "faeces"}
    assert do(run, equipped, "record", "X3", **free)[0] == 0
    assert shown(run, equipped, "X3")["calibration"] is None
    assert run("trial", "check", equipped, "--audit")[0] == 0


REFUSED = [
    ({"volume": ""}, ("depends on the volume",)),
    ({"container": ""}, ("depends on the container", "bottle")),
    ({"container": "bag"}, ("--unusual",)),
    ({"volume": "600 mL"}, ("--unusual",)),
    ({"calibration": "x"}, ("calibration", "excreta sample")),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_without_a_factor_it_is_refused(
    run: Run, equipped: Path, change: dict[str, str], words: tuple[str, ...]
) -> None:
    values = {key: text for key, text in {**SAMPLE, **change}.items() if text}
    refused(do(run, equipped, "record", "X1", **values), *words)
    listed = run("trial", "show", "excreta_sample", "--study", equipped, "--json")[1]
    assert json.loads(listed)["records"] == []


def test_an_exception_that_is_meant(run: Run, equipped: Path) -> None:
    meant = ("--unusual", "--reason", "the only bottle")
    bag = {**SAMPLE, "container": "bag"}
    assert do(run, equipped, "record", "X1", *meant, **bag)[0] == 0
    how = shown(run, equipped)["calibration"]
    assert isinstance(how, dict)
    assert (how["unusual"], "factor" in how) == ("the only bottle", False)
    assert shown(run, equipped)["activity_uncertainty_bq"] == 3e6
