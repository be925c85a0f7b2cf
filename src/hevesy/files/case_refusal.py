"""What the case file's shape lacks, said in one line with the key's name."""

import json
import re
import typing
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from hevesy.errors import CaseError
from hevesy.files.case_models import CaseModel

__all__ = ["nearest", "refusal"]

_KINDS = {
    "string_type": "a text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "datetime_type": "a date and time without quotes",
    "finite_number": "a finite number",
}
_TABLES = {"administration": "[administration]", "scan": "[[scan]]", "options": "[options]",
           "urine": "[[urine]]",
           "injection": "[[administration.injection]]",
           "radiobiology": "[[options.radiobiology]]",
           "injection_regions": "[options.injection_regions]"}  # fmt: skip
_NEAR = 0.55  # of 1: below, a guess would mislead
_UNFINISHED = 0.08  # of 1: how much less near a name is of which only the beginning is there
_SECRET = ("patient",)  # its value is never repeated in a message


def nearest(word: str, allowed: Sequence[str]) -> str:
    """Return the nearest of `allowed` to `word`, or an empty text where none is near.

    Examples
    --------
    >>> nearest("activty", ["activity", "agent"])
    'activity'
    """
    wanted = word.strip().lower()

    def likeness(name: str) -> float:
        # `densty` is meant for `density_g_cm3`: a key's beginning counts, its units may be missing
        parts = re.split("([_-])", name.lower())
        *heads, whole = ["".join(parts[: i + 1]) for i in range(0, len(parts), 2)]
        begun = max((SequenceMatcher(None, wanted, head).ratio() for head in heads), default=0.0)
        short, long = sorted((wanted, whole), key=len)
        contained = len(short) > 2 and long.startswith(short)  # `admin`, `mono-exponential`
        return max(
            SequenceMatcher(None, wanted, whole).ratio(),
            begun - _UNFINISHED,  # `structure` is nearer to `structures` than to `structure_names`
            1.0 - 1.5 * _UNFINISHED if contained else 0.0,
        )

    best = max(allowed, key=likeness, default="")
    return best if best and likeness(best) >= _NEAR else ""


def refusal(error: ValidationError, *, one_administration: bool) -> CaseError:
    """Turn pydantic's list of faults into one error about the most telling of them.

    An unknown key goes first: where a key is misspelt, its right name is missing as well.

    Parameters
    ----------
    error : pydantic.ValidationError
        From `CaseModel`.
    one_administration : bool
        Whether the file has ``[administration]`` rather than ``[[administration]]``: its keys
        are then named without a number.

    Returns
    -------
    CaseError

    Examples
    --------
    >>> try:
    ...     CaseModel.model_validate({"pateint": "P01"})
    ... except ValidationError as fault:
    ...     print(refusal(fault, one_administration=True))
    unknown key in the case file: got 'pateint'; did you mean `patient`?
    """
    faults = error.errors(include_url=False)
    first = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    loc = first["loc"]
    if first["type"] == "extra_forbidden":
        return _unknown_key(loc, one_administration)
    where = _dotted(loc, one_administration)
    field = _field_at(loc)
    example = _example(field)
    if first["type"] == "missing":
        return CaseError(f"{where} is missing", remedy=_add(loc, example))
    got = None if loc[-1] in _SECRET else _shown(first["input"])
    kind, allowed = _what_is_wanted(first)
    if first["type"] == "list_type" and loc[-1] in _TABLES:
        name = _TABLES[str(loc[-1])]
        return CaseError(f"{where} must be {kind}", remedy=f"write it as {name} with its keys")
    own = isinstance(loc[-1], str) and field is _exact_field(loc)
    remedy = f"write it as {loc[-1]} = {example}" if example and own else ""
    if first["type"] == "literal_error":
        near = nearest(str(first["input"]), _quoted(first))
        # an example would be a guess at what was meant
        remedy = f'did you mean "{near}"?' if near else "write one of them"
    return CaseError(
        f"{where} must be {kind}", got=got, allowed=allowed, remedy=remedy or "correct its value"
    )


def _what_is_wanted(fault: ErrorDetails) -> tuple[str, str]:
    context = fault.get("ctx", {})
    bounds = {"greater_than": ("above", "gt"), "greater_than_equal": ("at least", "ge"),
              "less_than_equal": ("at most", "le"), "less_than": ("below", "lt")}  # fmt: skip
    if fault["type"] in bounds:
        words, key = bounds[fault["type"]]
        return f"{words} {context[key]:g}", ""
    if fault["type"] == "literal_error":
        return "one of the allowed values", ", ".join(f'"{name}"' for name in _quoted(fault))
    if fault["type"] in {"string_too_short", "too_short"}:
        return "given, not empty", ""
    return _KINDS.get(fault["type"], f"right ({fault['msg'].lower()})"), ""


def _quoted(fault: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", fault.get("ctx", {}).get("expected", ""))


def _unknown_key(loc: tuple[int | str, ...], one_administration: bool) -> CaseError:
    key = str(loc[-1])
    model = _model_at(loc[:-1])
    names = list(model.model_fields) if model else []
    near = nearest(key, names)
    elsewhere = [t for t, names_of in _keys_by_table().items() if key in names_of]
    if elsewhere:
        remedy = f"it belongs in {' or '.join(elsewhere)}"
    elif near:
        remedy = f"did you mean `{near}`?"
    else:
        remedy = f"known here: {', '.join(names)}"
    where = _dotted(loc, one_administration)
    return CaseError("unknown key in the case file", got=where, remedy=remedy)


def _keys_by_table() -> dict[str, list[str]]:
    tables = {"the top of the file, before any [table]": list(CaseModel.model_fields)}
    for name, heading in _TABLES.items():
        above = ("administration",) if name == "injection" else ()
        above = ("options",) if name in {"radiobiology", "injection_regions"} else above
        model = _model_at((*above, name))
        tables[heading] = list(model.model_fields) if model else []
    return tables


def _dotted(loc: tuple[int | str, ...], one_administration: bool) -> str:
    text = ""
    for i, part in enumerate(loc):
        if isinstance(part, int):
            if not (one_administration and i == 1 and loc[0] == "administration"):
                text += f"[{part + 1}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text


def _model_at(loc: Sequence[int | str]) -> type[BaseModel] | None:
    model: type[BaseModel] | None = CaseModel
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        model = _model_in(field.annotation) if field else None
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in inner if model), None)


def _field_at(loc: Sequence[int | str]) -> FieldInfo | None:
    names = [part for part in loc if isinstance(part, str)]
    for end in range(len(names), 0, -1):
        model = _model_at(names[: end - 1])
        if model and names[end - 1] in model.model_fields:
            return model.model_fields[names[end - 1]]
    return None


def _exact_field(loc: Sequence[int | str]) -> FieldInfo | None:
    model = _model_at(loc[:-1])
    return model.model_fields.get(str(loc[-1])) if model else None


def _example(field: FieldInfo | None) -> str:
    if field is None or not field.examples:
        return ""
    return _toml(field.examples[0])


def _toml(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _add(loc: tuple[int | str, ...], example: str) -> str:
    key = str(loc[-1])
    if key in _TABLES:
        return f"add {_TABLES[key]} with its keys"
    if key == "timezone":
        return f"add the IANA name of the site's zone, e.g. timezone = {example}"
    if key == "time":
        return f"add the end of the injection, which is time zero, e.g. time = {example}"
    return f"add it, e.g. {key} = {example}" if example else "add it"


def _shown(value: object) -> object:
    """The value as the file has it; only a text is put in quotes by the message."""
    if isinstance(value, str):
        return value if len(value) <= 60 else value[:57] + "..."
    text = "a table" if isinstance(value, Mapping) else str(value)
    text = _toml(value) if isinstance(value, bool) else text
    return _Bare(text if len(text) <= 60 else text[:57] + "...")


class _Bare:
    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text
