"""`result.json` has the names that others build on, fits its schema, and holds no NaN."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from hevesy.errors import QuantityError
from hevesy.files import result_schema, result_to_json
from tests.files.result_values import lesion, result

ROOT = Path(__file__).resolve().parents[2]


def test_the_names_that_others_build_on() -> None:
    written = json.loads(result_to_json(result()))
    assert {"nuclide", "method", "provenance", "warnings", "regions"} <= set(written)
    region, organ = written["regions"]
    assert {
        "name", "volume_ml", "mass_g", "tia_mbq_h", "tia_uncertainty_mbq_h", "mean_dose_gy",
        "mean_dose_uncertainty_gy",
    } <= set(region)  # fmt: skip
    assert {"d98_gy", "d70_gy", "d50_gy", "d2_gy"} <= set(region["dvh"])
    (scan,) = region["scans"]
    assert {
        "hours_after_administration", "activity_mbq", "activity_uncertainty_mbq",
    } <= set(scan)  # fmt: skip
    assert {"tia_mbq_h": 7600.0, "mean_dose_gy": 2.77}.items() <= region["truth"].items()
    assert {
        "after_scan", "dose_so_far_gy", "final_dose_gy", "final_dose_interval90_gy",
    } <= set(region["monitor"][0])  # fmt: skip
    assert "truth" not in organ
    assert organ["dvh"] is None
    assert "Research use only" in written["statement"]


def test_figures_come_back_to_the_last_bit() -> None:
    written = json.loads(result_to_json(result()))["regions"][0]
    region = lesion()
    assert written["tia_mbq_h"] == region.tia_mbq_h
    assert written["scans"][0]["hours_after_administration"] == 3.7411
    assert region.dvh is not None
    # samples of drawn curves have seven digits: half a unit in the last is 5e-7 of 1
    for name in ("dose_gy", "volume_share"):
        assert written["dvh"][name] == pytest.approx(getattr(region.dvh, name), rel=5e-7)
    assert written["curves"][0]["hours"] == pytest.approx(region.curves[0].hours, rel=5e-7)


def test_it_fits_the_schema() -> None:
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    written = json.loads(result_to_json(result()))
    jsonschema.validate(written, schema)
    del written["regions"][0]["mean_dose_gy"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema)


def test_the_schema_in_the_documentation_is_current() -> None:
    documented = json.loads((ROOT / "docs/reference/result.schema.json").read_text())
    assert documented == result_schema(), "run scripts/generate_cli_docs.py"


def test_folders_may_name_a_patient() -> None:
    text = result_to_json(result())
    assert "DOE_JOHN" not in text
    assert json.loads(text)["provenance"]["options"]["hu_to_density"] == "scanner.csv"


def test_it_is_for_reading() -> None:
    lines = result_to_json(result()).splitlines()
    assert max(len(line) for line in lines) <= 110
    assert len(lines) < 680


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_nan(value: float) -> None:
    broken = replace(result(), regions=(replace(lesion(), mean_dose_gy=value),))
    with pytest.raises(QuantityError, match="region 'lesion 1', mean_dose_gy"):
        result_to_json(broken)


def test_no_negative_uncertainty() -> None:
    broken = replace(result(), regions=(replace(lesion(), mean_dose_uncertainty_gy=-1.0),))
    with pytest.raises(QuantityError, match="mean_dose_uncertainty_gy"):
        result_to_json(broken)
