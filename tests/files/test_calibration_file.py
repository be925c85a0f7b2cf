"""A calibration record survives its file; its schema and keys are documented."""

import dataclasses
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from pydantic import BaseModel

from hevesy.errors import CaseError, InputError
from hevesy.files import (
    CALIBRATION_FORMAT,
    calibration_models,
    calibration_schema,
    read_calibration,
    record_input,
    write_calibration,
)
from hevesy.quantification import QualityControl, fit_recovery
from tests.quantification.test_calibration import MADE, RECORD, factor

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"
FULL = dataclasses.replace(
    RECORD,
    inputs=(record_input("calibration plan", Path(__file__)),),
    recovery=fit_recovery([2.6, 5.6, 11.5, 26.5], [0.35, 0.62, 0.73, 0.81], [0.02] * 4),
    measurements=(factor(8e-6, 0.01), factor(8.2e-6, 0.02, kind="sphere")),
    quality_control=(QualityControl(test="uniformity", on=MADE, value=2.9, unit="%", passed=True),),
)


@pytest.mark.parametrize("record", [RECORD, FULL], ids=["least", "full"])
def test_what_is_written_is_read(record, tmp_path):
    found = read_calibration(write_calibration(tmp_path / "record.json", record))
    for field in dataclasses.fields(record):
        if field.name != "recovery":
            assert getattr(found, field.name) == getattr(record, field.name), field.name
    if record.recovery is None:
        assert found.recovery is None
        return
    assert found.recovery.model == record.recovery.model
    np.testing.assert_array_equal(found.recovery.parameters, record.recovery.parameters)
    np.testing.assert_array_equal(found.recovery.covariance, record.recovery.covariance)
    assert found.recovery.at_volume(9.0) == record.recovery.at_volume(9.0)


def test_it_fits_its_schema_which_is_the_documented_one(tmp_path):
    schema = calibration_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    written = json.loads(write_calibration(tmp_path / "record.json", FULL).read_text())
    jsonschema.validate(written, schema)
    assert written["format_version"] == CALIBRATION_FORMAT
    stored = json.loads((DOCS / "calibration.schema.json").read_text())
    assert stored == schema, "run scripts/generate_cli_docs.py"


def spoiled(tmp_path: Path, **changes: object) -> Path:
    path = write_calibration(tmp_path / "record.json", FULL)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def test_numbers_that_contradict_each_other_are_refused(tmp_path):
    curve = {"model": "log-logistic", "parameters": [1.0, 1.0], "smallest_ml": 1.0,
             "largest_ml": 2.0}  # fmt: skip
    with pytest.raises(CaseError, match="must be square"):
        read_calibration(spoiled(tmp_path, recovery=curve | {"covariance": [[1.0], [1.0, 2.0]]}))
    with pytest.raises(InputError, match="their covariance"):
        read_calibration(spoiled(tmp_path, recovery=curve | {"covariance": [[1.0]]}))
    bad = curve | {"covariance": [[1.0]], "model": "spline"}
    with pytest.raises(InputError, match="unknown model"):
        read_calibration(spoiled(tmp_path, recovery=bad))
    with pytest.raises(CaseError, match="counts_per_bq_s of the calibration record is wrong"):
        read_calibration(spoiled(tmp_path, counts_per_bq_s=-1.0))
    with pytest.raises(CaseError, match=r"expires of the calibration record"):
        read_calibration(spoiled(tmp_path, expires="someday"))


def test_every_key_of_the_plan_is_documented():
    page = (DOCS / "calibration.md").read_text(encoding="utf-8")
    for name in calibration_models.__all__:
        model = getattr(calibration_models, name)
        assert issubclass(model, BaseModel)
        for key in model.model_fields:
            assert f"`{key}`" in page or f"[{key}]" in page or f".{key}]" in page, f"{name}.{key}"
