"""What people type for a record, as the values that are kept: units, times, words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from hevesy.errors import RecordError, TimeError
from hevesy.files import nearest, read_moment
from hevesy.store import RecordField
from hevesy.units import parse_activity_bq, parse_length_mm, parse_share, parse_volume_ml

__all__ = ["field_keys", "parse_day", "parse_exact", "parse_pairs", "parse_record"]

_UNITS = {"_bq": parse_activity_bq, "_mm": parse_length_mm, "_ml": parse_volume_ml}
_SHARE = "relative_uncertainty"
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_MAY_BE_ZERO = ("uncertainty",)
_TEXT_TABLES = frozenset({"evidence", "waivers"})  # NAME=words; other tables are NAME=yes
_SIGNED = frozenset({"density_hu", "value"})
_EXACT = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")


def field_keys(fields: Sequence[RecordField]) -> dict[str, RecordField]:
    """Give the keys of `--set`, each with its column: the name without the unit, which is typed.

    Examples
    --------
    >>> field = RecordField(name="activity_bq", type="number", required=True, refers="")
    >>> list(field_keys([field]))
    ['activity']
    """
    keys = {}
    for field in fields:
        if field.name == "calibration" and field.type == "json":
            continue  # how hevesy applied a device's records; nobody types it
        unit = next((unit for unit in _UNITS if field.name.endswith(unit)), "")
        keys[field.name.removesuffix(unit) if field.type == "number" else field.name] = field
    return keys


def parse_pairs(pairs: Sequence[str], known: Sequence[str], what: str) -> dict[str, list[str]]:
    """Split ``key=value``; a key may come several times, or have a part after a dot.

    Parameters
    ----------
    pairs : sequence of str
    known : sequence of str
        Keys that this kind of record has.
    what : str
        The kind, for messages.

    Returns
    -------
    dict of str to list of str

    Raises
    ------
    RecordError
        No ``=``, or an unknown key.

    Examples
    --------
    >>> parse_pairs(["organ=liver"], ["patient", "organ"], "lesion")
    {'organ': ['liver']}
    """
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals:
            raise RecordError(
                "--set needs a key and a value", got=pair[:60], remedy="write it as --set key=value"
            )
        if key.partition(".")[0] not in known:
            near = nearest(key, known)
            raise RecordError(
                f"a {what} has no such value",
                got=key[:60],
                allowed=", ".join(known),
                remedy=f"did you mean `{near}`?" if near else "name one of these",
            )
        found.setdefault(key, []).append(value.strip())
    return found


def parse_record(
    given: Mapping[str, Sequence[str]],
    fields: Sequence[RecordField],
    zone: str | None,
    *,
    zero: Sequence[str] = (),
) -> dict[str, object]:
    """Turn the typed values of a record into those that are kept.

    Parameters
    ----------
    given : mapping of str to sequence of str
        From `parse_pairs`.
    fields : sequence of RecordField
        The record's.
    zone : str or None
        IANA name of the zone of times without an offset; None refuses them.
    zero : sequence of str
        Columns of numbers that may be 0.

    Returns
    -------
    dict of str to object
        By column. An empty text takes away a value that need not be there.

    Raises
    ------
    RecordError
        A key twice, or a value of another type.
    UnitError
        A quantity without a number or an allowed unit (from its unit's parser).
    TimeError
        No date and time, or none in the zone (from `read_moment`).

    Examples
    --------
    >>> field = RecordField(name="activity_bq", type="number", required=True, refers="")
    >>> parse_record({"activity": ["1.5 GBq"]}, [field], None)
    {'activity_bq': 1500000000.0}
    """
    keys = field_keys(fields)
    values: dict[str, object] = {}
    for key, texts in given.items():
        head, _, inner = key.partition(".")
        field = keys[head]
        if len(texts) != 1:
            raise RecordError(f"`{key}` is given twice", remedy="give it once")
        if inner and field.type == "json":
            table = values.setdefault(field.name, {})
            if isinstance(table, dict):
                table[inner] = texts[0] if head in _TEXT_TABLES else _flag(texts[0], key)
        elif inner or field.type == "json":
            raise RecordError(
                f"`{head}` is {'a table' if field.type == 'json' else 'one value'}",
                got=key,
                remedy=f"write --set {head}{_form(field)}",
            )
        elif not texts[0]:
            if field.required:
                raise RecordError(f"`{key}` must be given", remedy="give a value")
            values[field.name] = None
        else:
            values[field.name] = _value(texts[0], field, key, zone, field.name in zero)
    return values


def _form(field: RecordField) -> str:
    if field.type != "json":
        return "=VALUE"
    return ".NAME=WORDS" if field.name in _TEXT_TABLES else ".NAME=yes"


def _value(text: str, field: RecordField, key: str, zone: str | None, may_be_zero: bool) -> object:
    if field.type == "number":
        return _number(text, field, key, may_be_zero)
    if field.type == "whole":
        if not re.fullmatch(r"[+-]?\d{1,9}", text):
            raise RecordError(f"`{key}` must be a whole number", got=text[:60], remedy="correct it")
        return int(text)
    if field.type == "flag":
        return _flag(text, key)
    if field.type == "time":
        return _time(text, key, zone)
    if field.type == "day":
        return parse_day(text, key)
    if field.type == "exact":
        return parse_exact(text, key, signed=field.name in _SIGNED)
    return text


def parse_day(text: str, key: str) -> date:
    """Read a calendar day: ISO 8601 and nothing else.

    Parameters
    ----------
    text : str
    key : str
        For messages.

    Returns
    -------
    datetime.date

    Raises
    ------
    TimeError
        A spreadsheet's serial number, another order, or a day that the calendar does not have.

    Examples
    --------
    >>> parse_day("2026-02-28", "began_on")
    datetime.date(2026, 2, 28)
    """
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            why = "is a day that the calendar does not have"
    elif re.fullmatch(r"\d{5}([.,]\d+)?", text):
        why = "looks like a spreadsheet's serial number"
    elif re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        why = "is a day, without a time"
    else:
        why = "is not a day"
    raise TimeError(
        f"`{key}` {why}", got=text[:60], allowed="ISO 8601", remedy="write it as 2026-01-09"
    )


def parse_exact(text: str, key: str, *, signed: bool = False) -> Decimal:
    """Read a decimal number and keep the digits that were typed.

    Parameters
    ----------
    text : str
    key : str
        For messages.
    signed : bool
        It may be negative.

    Returns
    -------
    decimal.Decimal

    Raises
    ------
    RecordError
        A decimal comma, a unit, a "<", or a sign where there is none.

    Examples
    --------
    >>> parse_exact("49.0", "diameter_mm")
    Decimal('49.0')
    """
    if _EXACT.fullmatch(text) and (signed or not text.startswith("-")):
        return Decimal(text)
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        why = "has a decimal comma"
    elif text.startswith("-") and _EXACT.fullmatch(text):
        why = "can't be negative"
    else:
        why = "must be a plain decimal number, without its unit"
    raise RecordError(
        f"`{key}` {why}", got=text[:60], allowed="such as 49.0", remedy="write it with a point"
    )


def _number(text: str, field: RecordField, key: str, may_be_zero: bool) -> float:
    unit = next((unit for unit in _UNITS if field.name.endswith(unit)), None)
    if unit is not None:
        value = _UNITS[unit](text, f"`{key}`")
    elif field.name.endswith(_SHARE):
        value = parse_share(text, f"`{key}`")
    elif _NUMBER.fullmatch(text):
        value = float(text)
    else:
        raise RecordError(f"`{key}` must be a number", got=text[:60], remedy="correct it")
    zero_too = may_be_zero or field.name.removesuffix(unit or "").endswith(_MAY_BE_ZERO)
    if value < 0 or (value == 0 and not zero_too):
        raise RecordError(
            f"`{key}` must be {'0 or more' if zero_too else 'above 0'}",
            got=text,
            remedy="correct it",
        )
    return value


def _flag(text: str, key: str) -> bool:
    if text.lower() not in _FLAGS:
        raise RecordError(
            f"`{key}` is yes or no", got=text[:60], allowed="yes, no", remedy="write one of them"
        )
    return _FLAGS[text.lower()]


def _time(text: str, key: str, zone: str | None) -> datetime:
    if zone is None and _NAIVE.fullmatch(text):
        raise TimeError(
            f"`{key}` has no time zone, and the study's sites have several",
            got=text,
            allowed="a time with its offset from UTC",
            remedy="write it as 2026-01-09T10:30+01:00",
        )
    return read_moment(text, zone, f"`{key}`")
