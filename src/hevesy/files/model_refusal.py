"""What a small file's shape lacks, said in one line with the key's name."""

import typing

from pydantic import BaseModel, ValidationError

from hevesy.errors import CaseError
from hevesy.files.case_refusal import nearest

__all__ = ["refuse_shape"]

_KINDS = {
    "string_type": "a text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a table",
    "date_type": "a date, such as 2026-01-09",
    "datetime_type": "a date and time, such as 2026-01-09T10:30:00",
    "finite_number": "a finite number",
}


def refuse_shape(error: ValidationError, model: type[BaseModel], what: str) -> CaseError:
    """Turn pydantic's faults into one error about the most telling: an unknown key goes first.

    Parameters
    ----------
    error : pydantic.ValidationError
        From `model`.
    model : type of BaseModel
        The file's shape.
    what : str
        The file, for the message: ``"the calibration record"``.

    Returns
    -------
    CaseError

    Examples
    --------
    >>> class Small(BaseModel, extra="forbid"):
    ...     scanner: str
    >>> try:
    ...     Small.model_validate({"scaner": "room 2"})
    ... except ValidationError as fault:
    ...     print(refuse_shape(fault, Small, "the record"))
    unknown key in the record: got 'scaner'; did you mean `scanner`?
    """
    faults = error.errors(include_url=False)
    first = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    where = _dotted(first["loc"])
    kind = first["type"]
    if kind == "extra_forbidden":
        known = _keys_at(model, first["loc"][:-1])
        near = nearest(str(first["loc"][-1]), known)
        remedy = f"did you mean `{near}`?" if near else f"known here: {', '.join(known)}"
        return CaseError(f"unknown key in {what}", got=where, remedy=remedy)
    if kind == "missing":
        return CaseError(f"{where} is missing in {what}", remedy="add it")
    if kind == "json_invalid":
        return CaseError(f"{what} is not valid JSON", remedy="restore it, or make it again")
    wanted = _KINDS.get(kind, "")
    problem = f"{where} of {what} must be {wanted}" if wanted else f"{where} of {what} is wrong"
    got = first["input"]
    return CaseError(
        problem,
        got=got if isinstance(got, str) and len(got) < 60 else str(got)[:60],
        allowed="" if wanted else first["msg"].lower(),
        remedy="correct its value",
    )


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    found: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, str) and found is not None:
            field = found.model_fields.get(part)
            found = _model_in(field.annotation) if field else None
    return list(found.model_fields) if found else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in inner if model), None)
