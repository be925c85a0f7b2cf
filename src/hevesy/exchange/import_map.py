"""The mapping file of an import: which records a table's rows become."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hevesy.errors import TrialError
from hevesy.exchange.source_table import TableOptions

__all__ = [
    "DATE_FORMS",
    "ImportMap",
    "RecordMap",
    "ValueMap",
    "parse_import_map",
    "read_import_map",
]

DATE_FORMS = ("iso", "excel", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DDMMMYYYY")
"""How a column's days are written; ``excel`` are a spreadsheet's serial numbers."""

_MOST_FAULTS = 25
_LARGEST_BYTES = 1_000_000
_PLACE = re.compile(r"\{([^{}]*)\}")
_TABLE = {
    "encoding": str, "separator": str, "decimal": str, "sheet": str, "heading_row": int,
    "missing": list, "identifying": list,
}  # fmt: skip
_RECORD = {
    "kind": str, "name": str, "when": dict, "unless": dict, "repeats": bool, "values": dict,
}  # fmt: skip
_VALUE = {
    "column": str, "text": str, "constant": str, "codes": dict, "date": str, "partial": str,
    "unit": str,
}  # fmt: skip
_WORD = {str: "a text", int: "a whole number", list: "a list of texts", dict: "a table",
         bool: "true or false"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMap:
    """Where one value of a record comes from.

    Parameters
    ----------
    template : str
        Text with ``{column}`` where a cell's text stands; without braces a constant.
    codes : mapping of str to str
        What a text of the table means; empty takes it as it is. A text that is not listed is
        refused.
    date : str
        One of `DATE_FORMS`.
    partial : str
        ``"first-day"``: a date without its day, or month, is the first one; else it is refused.
    unit : str
        Of the numbers in the column.

    Examples
    --------
    >>> ValueMap(template="{site}-{subject}").columns
    ('site', 'subject')
    """

    template: str
    codes: Mapping[str, str] = field(default_factory=dict)
    date: str = "iso"
    partial: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", MappingProxyType(dict(self.codes)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it needs."""
        return tuple(_PLACE.findall(self.template))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMap:
    """One record that a row becomes.

    Parameters
    ----------
    kind : str
    name : ValueMap
    values : mapping of str to ValueMap
        By the keys that `hevesy trial record --set` takes.
    when, unless : mapping of str to tuple of str
        The row becomes this record only if each column of `when` has one of the texts, and none
        of `unless` has.
    repeats : bool
        Rows may give the same record again, with the same values.

    Examples
    --------
    >>> name = ValueMap(template="{subject}")
    >>> RecordMap(kind="patient", name=name, values={}, when={"status": ("1",)}).columns
    frozenset({...})
    """

    kind: str
    name: ValueMap
    values: Mapping[str, ValueMap]
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: bool = False

    def __post_init__(self) -> None:
        for name in ("values", "when", "unless"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def columns(self) -> frozenset[str]:
        """All columns that it needs."""
        needed = {*self.name.columns, *self.when, *self.unless}
        return frozenset(needed.union(*(value.columns for value in self.values.values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMap:
    """What a table's rows become.

    Parameters
    ----------
    name : str
        Of the file.
    table : TableOptions
    records : tuple of RecordMap

    Examples
    --------
    >>> ImportMap(name="m.toml", table=TableOptions(), records=()).records
    ()
    """

    name: str
    table: TableOptions
    records: tuple[RecordMap, ...]


def read_import_map(path: Path) -> ImportMap:
    """Read a mapping file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ImportMap

    Raises
    ------
    TrialError
        Missing, or see `parse_import_map`.

    Examples
    --------
    >>> read_import_map(Path("no-such.toml"))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: the map could not be read: got 'no-such.toml: No such file ...
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise TrialError(
                "the map is too large", got=path.name, allowed="1 MB", remedy="is it the table?"
            )
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise TrialError(
            "the map could not be read", got=f"{path.name}: {why}", remedy="check its name"
        ) from error
    return parse_import_map(text, name=path.name)


def parse_import_map(text: str, *, name: str) -> ImportMap:
    """Turn a mapping file's text into its value.

    Parameters
    ----------
    text : str
        TOML: ``[table]``, and a ``[[record]]`` for each record that a row becomes.
    name : str
        Of the file, for messages.

    Returns
    -------
    ImportMap

    Raises
    ------
    TrialError
        All faults at once, each with its place.

    Examples
    --------
    >>> text = '''
    ... [[record]]
    ... kind = "patient"
    ... name = "{subject}"
    ... values = { site = { constant = "S1" }, sex = { column = "SEX", codes = { 1 = "F" } } }
    ... '''
    >>> parse_import_map(text, name="m.toml").records[0].values["sex"].template
    '{SEX}'
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TrialError(f"{name} is not valid TOML", got=str(error), remedy="correct it") from None
    faults: list[str] = []
    found = _known(given, {"table": dict, "record": list}, "", faults)
    table = _options(found.get("table", {}), faults)
    records = []
    for number, entry in enumerate(found.get("record", []), start=1):
        where = f"record[{number}]"
        if not isinstance(entry, dict):
            faults.append(f"{where} must be a table: write [[record]]")
            continue
        records.append(_record(entry, where, faults))
    if not found.get("record") and not faults:
        faults.append("no [[record]]: say what a row becomes")
    if faults:
        more = len(faults) - _MOST_FAULTS
        said = "; ".join(faults[:_MOST_FAULTS]) + (f"; and {more} more" if more > 0 else "")
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise TrialError(f"{name}: {count}: {said}", remedy="correct the map")
    return ImportMap(name=name, table=table, records=tuple(one for one in records if one))


def _known(
    given: Mapping[str, Any], shape: Mapping[str, type], where: str, faults: list[str]
) -> dict[str, Any]:
    """The keys that exist, of the right type."""
    found = {}
    for key, value in given.items():
        place = f"{where}.{key}" if where else key
        if key not in shape:
            near = get_close_matches(key, shape, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(shape)}"
            faults.append(f"{place} is unknown ({hint})")
        elif not isinstance(value, shape[key]) or (
            isinstance(value, int) and shape[key] is int and (value is True or value < 1)
        ):
            faults.append(f"{place} must be {_WORD[shape[key]]}")
        else:
            found[key] = value
    return found


def _texts(value: object, where: str, faults: list[str]) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        faults.append(f"{where} must be texts, in quotation marks")
        return ()
    return tuple(str(one).strip() for one in values)


def _options(given: Mapping[str, Any], faults: list[str]) -> TableOptions:
    found = _known(given, _TABLE, "table", faults)
    if found.get("decimal", ".") not in (".", ","):
        faults.append('table.decimal must be "." or ","')
    if len(found.get("separator", ",")) != 1:
        faults.append("table.separator must be one character")
    return TableOptions(
        encoding=found.get("encoding", ""),
        separator=found.get("separator", ""),
        decimal_comma=found.get("decimal") == ",",
        sheet=found.get("sheet", ""),
        heading_row=found.get("heading_row", 1),
        missing=_texts(found.get("missing", []), "table.missing", faults),
        identifying=_texts(found.get("identifying", []), "table.identifying", faults),
    )


def _record(given: Mapping[str, Any], where: str, faults: list[str]) -> RecordMap | None:
    found = _known(given, _RECORD, where, faults)
    lacking = [key for key in ("kind", "name", "values") if key not in given]
    faults += [f"{where}.{key} is missing" for key in lacking]
    values = {}
    for key, value in found.get("values", {}).items():
        made = _value(value, f"{where}.values.{key}", faults)
        if made is not None:
            values[key] = made
    conditions = {
        word: {
            str(column): _texts(texts, f"{where}.{word}.{column}", faults)
            for column, texts in found.get(word, {}).items()
        }
        for word in ("when", "unless")
    }
    name = found.get("name", "")
    if name and not _PLACE.search(name):
        faults.append(f"{where}.name needs a column in braces, such as {{subject}}")
    if lacking or not name:
        return None
    return RecordMap(
        kind=found.get("kind", ""),
        name=ValueMap(template=name),
        values=values,
        when=conditions["when"],
        unless=conditions["unless"],
        repeats=found.get("repeats", False),
    )


def _value(given: object, where: str, faults: list[str]) -> ValueMap | None:
    if isinstance(given, str):
        template = given if _PLACE.search(given) else f"{{{given}}}"
        return ValueMap(template=template)
    if not isinstance(given, dict):
        faults.append(f"{where} must be a column's name, or a table with column, text or constant")
        return None
    found = _known(given, _VALUE, where, faults)
    sources = [word for word in ("column", "text", "constant") if word in found]
    if len(sources) != 1:
        faults.append(f"{where} needs one of column, text, constant")
        return None
    codes = found.get("codes", {})
    if not all(isinstance(word, str) for word in codes.values()):
        faults.append(f"{where}.codes must give texts, in quotation marks")
        codes = {}
    if found.get("date", "iso") not in DATE_FORMS:
        faults.append(f"{where}.date must be one of {', '.join(DATE_FORMS)}")
    if found.get("partial", "first-day") != "first-day":
        faults.append(f'{where}.partial can only be "first-day"')
    source = found[sources[0]]
    if sources[0] == "constant" and _PLACE.search(source):
        faults.append(f"{where}.constant has braces; write text = ...")
    return ValueMap(
        template=f"{{{source}}}" if sources[0] == "column" else source,
        codes=codes,
        date=found.get("date", "iso"),
        partial=found.get("partial", ""),
        unit=found.get("unit", ""),
    )
