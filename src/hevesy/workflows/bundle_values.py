"""A study's values as JSON and back: dataclasses, decimals, dates, times, tuples, mappings."""

import dataclasses
import math
import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hevesy.errors import HevesyError, StudyError

__all__ = ["from_plain", "to_plain"]


def to_plain(value: Any) -> Any:
    """Give a value as what JSON holds; nothing is rounded.

    Dates and times in ISO 8601, decimals in their digits, tuples as lists; a float that is not
    finite as its name.

    Parameters
    ----------
    value : dataclass, or what a dataclass here holds

    Returns
    -------
    dict, list, str, int, float, bool or None
    """
    if dataclasses.is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(inner) for inner in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def from_plain(kind: Any, plain: Any) -> Any:
    """Read a value back as the type that it was.

    Parameters
    ----------
    kind : type
        A dataclass, or a type that a dataclass here holds.
    plain : dict, list, str, int, float, bool or None
        From `to_plain`.

    Returns
    -------
    object
        Equal to the value that was written.

    Raises
    ------
    StudyError
        It is not of that type.
    """
    try:
        return _read(kind, plain)
    except (TypeError, ValueError, KeyError, AttributeError, InvalidOperation) as error:
        raise StudyError(
            "the bundle's values are not of this version's form",
            got=type(error).__name__,
            remedy="make the bundle again by `hevesy trial bundle` of this version",
        ) from None
    except HevesyError as error:
        raise StudyError(
            f"the bundle's values can't be: {error.problem}", remedy="make the bundle again"
        ) from None


def _read(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _read_union(get_args(kind), plain)
    if origin is tuple:
        return _read_tuple(get_args(kind), plain)
    if origin is not None and issubclass(origin, Mapping):
        of = get_args(kind)[1]
        return {key: _read(of, inner) for key, inner in plain.items()}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], inner) for name, inner in plain.items()})
    return _read_leaf(kind, plain)


def _read_union(kinds: tuple[Any, ...], plain: Any) -> Any:
    if plain is None:
        return None
    (kind,) = (one for one in kinds if one is not type(None))
    return _read(kind, plain)


def _read_tuple(kinds: tuple[Any, ...], plain: Any) -> Any:
    if not isinstance(plain, list):
        raise TypeError
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], inner) for inner in plain)
    return tuple(_read(of, inner) for of, inner in zip(kinds, plain, strict=True))


def _read_leaf(kind: Any, plain: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(plain)
    if kind is date:
        return date.fromisoformat(plain)
    if kind is Decimal:
        return Decimal(plain)
    if kind is float and isinstance(plain, (str, int, float)) and not isinstance(plain, bool):
        return float(plain)
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise TypeError
    return plain
