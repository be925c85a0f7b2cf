"""`result.json`: every figure of a case's result, by fixed names, checked before it is written."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np
from pydantic import ValidationError

from hevesy.case import CaseResult, CourseCurve, DvhResult, RegionResult
from hevesy.errors import QuantityError
from hevesy.files.rest_models import rest_of_body_entries
from hevesy.files.result_models import STATEMENT, ResultModel
from hevesy.provenance import Provenance

__all__ = ["result_schema", "result_to_json"]

_LINE = 96  # lists of numbers fill lines; everything else has a line of its own


def result_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of `result.json`.

    Examples
    --------
    >>> "regions" in result_schema()["required"]
    True
    """
    schema = ResultModel.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def result_to_json(result: CaseResult) -> str:
    """Text of `result.json`, which fits `result_schema`.

    Parameters
    ----------
    result : CaseResult
        A finished case. Images and pictures are left out.

    Returns
    -------
    str
        JSON (RFC 8259: no NaN, no infinity) with a newline at its end.

    Raises
    ------
    QuantityError
        A figure is NaN, infinite or out of its range.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity, Volume
    >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(1, 1, 1))
    >>> dose = Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.GY)
    >>> empty = CaseResult(
    ...     patient="P01", nuclide="Re-188", agent="ImDendrim", timezone="UTC", method="local",
    ...     administrations=(), regions=(), dose=dose, anatomy=None, activity=dose, masks=(),
    ...     registrations=(), pictures=(), warnings=(),
    ...     provenance=Provenance(inputs=(), options={}, data_sets=()),
    ... )
    >>> json.loads(result_to_json(empty))["statement"]
    'Research use only. Not a medical device.'
    """
    entries = _result(result)
    try:
        model = ResultModel.model_validate(entries)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise QuantityError(
            f"a figure of the result can't be written: {_where(fault['loc'], result)}",
            got=str(fault["input"])[:60],
            allowed=fault["msg"].lower(),
            remedy="this is a fault in the computation: please report it",
        ) from None
    return _dump(model.model_dump(exclude_unset=True)) + "\n"


def _where(loc: tuple[int | str, ...], result: CaseResult) -> str:
    if len(loc) > 1 and loc[0] == "regions" and isinstance(loc[1], int):
        name = result.regions[loc[1]].name
        return f"region '{name}', {'.'.join(map(str, loc[2:]))}"
    return ".".join(map(str, loc))


def _result(result: CaseResult) -> dict[str, Any]:
    return {
        "statement": STATEMENT,
        **_fields(result, "patient nuclide agent timezone method method_reason resolution_fwhm_mm"),
        "method_notes": list(result.method_notes),
        "administrations": [
            {
                **_fields(item, "course activity_mbq activity_uncertainty_mbq kind route"),
                "time": _utc(item.time),
                "injections": [{"lesion": n, "activity_mbq": float(a)} for n, a in item.lesions],
            }
            for item in result.administrations
        ],
        "scans": [
            {
                **_fields(
                    item, "scan course hours_after_administration total_activity_mbq decay_note"
                ),
                "start": _utc(item.start),
            }
            for item in result.pictures
        ],
        "closure": None if result.closure is None else _all(result.closure),
        "regions": [_region(item) for item in result.regions],
        "engines": _engines(result),
        "rest_of_body": rest_of_body_entries(_plain(result.rest_of_body)),
        "registrations": [
            {
                **_fields(item, "scan method rotation_deg figure_of_merit figure_of_merit_before"),
                "translation_mm": _numbers(item.translation_mm),
            }
            for item in result.registrations
        ],
        "injection_regions": [_region(item) for item in result.injection_regions],
        "deposits": [_all(d) for d in result.injection.deposits] if result.injection else [],
        "offsets": [_all(o) for o in result.injection.offsets] if result.injection else [],
        "masses": [_all(m) for m in result.masses],
        "leakage": [_all(c) for c in result.injection.leakage] if result.injection else [],
        "warnings": list(result.warnings),
        "provenance": _provenance(result.provenance),
    }


def _engines(result: CaseResult) -> list[dict[str, Any]]:
    found = result.comparison
    if found is None:
        return []
    return [
        {
            **_fields(row, "method note gamma_pass_share"),
            "regions": [
                {"name": name, "mean_dose_gy": float(dose)}
                for name, dose in zip(found.regions, row.mean_dose_gy, strict=True)
            ],
        }
        for row in found.rows
    ]


def _region(region: RegionResult) -> dict[str, Any]:
    names = (
        "name kind volume_ml mass_g density_g_cm3 tia_mbq_h tia_uncertainty_mbq_h mean_dose_gy "
        "mean_dose_uncertainty_gy voxel_mean_dose_gy eud_gy"
    )
    return {
        **_fields(region, names),
        "dvh": None if region.dvh is None else _dvh(region.dvh),
        "scans": [_all(scan) for scan in region.scans],
        "curves": [_curve(curve) for curve in region.curves],
        "percent_ia": [part.percent for part in region.percent_ia],
        "biodistribution": [_all(part) for part in region.percent_ia],
        **_half_life(region),
        "kinetics": [_all(item) for item in region.kinetics],
        "beds": [_all(bed) for bed in region.beds],
        "uncertainty_shares": [_all(share) for share in region.shares],
        "monitor": [_all(entry) for entry in region.monitor],
        "warnings": list(region.warnings),
        **({} if region.truth is None else {"truth": _all(region.truth)}),
    }


def _half_life(region: RegionResult) -> dict[str, Any]:
    """Of the first course: the others are under `kinetics`."""
    names = "effective_half_life_h effective_half_life_uncertainty_h"
    if not region.kinetics:
        return dict.fromkeys(names.split())
    return _fields(region.kinetics[0], names)


def _dvh(dvh: DvhResult) -> dict[str, Any]:
    return {
        **_fields(dvh, "d98_gy d70_gy d50_gy d2_gy valid reason"),
        "volume_shares_at": [
            {"dose_gy": float(dose), "volume_share": float(share)}
            for dose, share in dvh.volume_shares_at
        ],
        "dose_gy": _samples(dvh.dose_gy),
        "volume_share": _samples(dvh.volume_share),
    }


def _curve(curve: CourseCurve) -> dict[str, Any]:
    samples = ("hours", "activity_mbq", "low_mbq", "high_mbq")
    return {
        **_fields(curve, "course model tia_mbq_h tia_uncertainty_mbq_h effective_half_life_h"),
        **{name: _samples(getattr(curve, name)) for name in samples},
    }


def _provenance(provenance: Provenance) -> dict[str, Any]:
    return {
        **_fields(provenance, "hevesy_version created seed"),
        "inputs": [_all(item) for item in provenance.inputs],
        "options": _plain(provenance.options),
        "data_sets": [_all(item) for item in provenance.data_sets],
        "packages": dict(provenance.packages),
    }


def _fields(value: object, names: str) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in names.split()}


def _all(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _numbers(values: Any) -> list[float]:
    return [float(value) for value in values]


def _samples(values: Any) -> list[float]:
    """Points of a curve that is there to be drawn: seven digits are more than enough."""
    return [float(f"{float(value):.7g}") for value in values]


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _plain(value: object) -> Any:
    """Give the value as JSON has it; of a path only the name, for folders may name a patient."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return _utc(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.name
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _all(value)
    if isinstance(value, np.ndarray | Sequence | set | frozenset):
        return [_plain(item) for item in value]
    raise QuantityError(
        "a value of the result has no form in JSON",
        got=type(value).__name__,
        remedy="this is a fault in hevesy: please report it",
    )


def _dump(value: Any, depth: int = 0) -> str:
    """JSON with an indent, in which a list of numbers fills lines instead of standing in one."""
    pad = "  " * (depth + 1)
    end = "\n" + "  " * depth
    if isinstance(value, dict) and value:
        lines = [f"{pad}{_text(key)}: {_dump(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + end + "}"
    if isinstance(value, list) and value:
        if all(isinstance(item, int | float) for item in value):
            return "[" + _filled([_text(item) for item in value], pad) + "]"
        return "[\n" + ",\n".join(pad + _dump(item, depth + 1) for item in value) + end + "]"
    return _text(value)


def _filled(words: list[str], pad: str) -> str:
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > _LINE - len(pad):
            lines.append(line + ",")
            line = word
        else:
            line = f"{line}, {word}" if line else word
    return f"\n{pad}".join([*lines, line])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
