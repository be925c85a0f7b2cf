"""REDCap's data dictionary: the fields of a project, as its export has them."""

from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.exchange.cells import CellFault, cell_text
from hevesy.exchange.csv_table import read_csv_table
from hevesy.exchange.source_table import SourceTable, TableOptions

__all__ = ["DictionaryField", "read_data_dictionary"]

_COLUMNS = {
    "name": "Variable / Field Name",
    "form": "Form Name",
    "type": "Field Type",
    "label": "Field Label",
    "choices": "Choices, Calculations, OR Slider Labels",
    "validation": "Text Validation Type OR Show Slider Number",
    "identifier": "Identifier?",
}
_TYPES = ("text", "notes", "dropdown", "radio", "checkbox", "calc", "file", "yesno", "truefalse",
          "slider", "descriptive", "sql", "signature")  # fmt: skip
_CODED = ("dropdown", "radio", "checkbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryField:
    """One field of a project.

    Parameters
    ----------
    name, form, type, label : str
        As the dictionary has them.
    choices : tuple of (str, str)
        Codes and their labels.
    validation : str
        ``"date_ymd"``, ``"number"``, ...
    identifier : bool
        The project marks it as identifying.

    Examples
    --------
    >>> DictionaryField(name="r", form="f", type="checkbox", label="Races",
    ...                 choices=(("1", "a"), ("-2", "b"))).columns
    ('r___1', 'r____2')
    """

    name: str
    form: str
    type: str
    label: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    validation: str = ""
    identifier: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in an export: a checkbox has one for each choice, with 0 or 1."""
        if self.type in ("descriptive",):
            return ()
        if self.type != "checkbox":
            return (self.name,)
        return tuple(f"{self.name}___{code.lower().replace('-', '_')}" for code, _ in self.choices)


def read_data_dictionary(path: Path) -> tuple[DictionaryField, ...]:
    """Read a data dictionary as REDCap exports it.

    Branching logic and calculations are ignored: an export holds their outcome.

    Parameters
    ----------
    path : Path
        CSV.

    Returns
    -------
    tuple of DictionaryField
        The first one names the records.

    Raises
    ------
    TrialError
        No data dictionary; unknown types and choices that can't be read: all at once.

    References
    ----------
    REDCap, "Data Dictionary": its eighteen columns.

    Examples
    --------
    >>> read_data_dictionary(Path("no-such.csv"))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a table could not be read: got 'no-such.csv: No such file...
    """
    table = read_csv_table(path, TableOptions())
    places = {column.casefold(): number for number, column in enumerate(table.columns)}
    lacking = [
        title for key, title in _COLUMNS.items()
        if title.casefold() not in places and key != "identifier"
    ]  # fmt: skip
    if lacking:
        raise TrialError(
            f"{path.name} is not REDCap's data dictionary",
            got=f"no column {', '.join(repr(title) for title in lacking)}",
            remedy="download it from the project's page Data Dictionary",
        )
    fields, faults = _fields(table, places)
    if faults or not fields:
        raise TrialError(
            f"{path.name} can't be read as a data dictionary",
            got="; ".join(faults[:25]) or "no fields",
            remedy="download it again",
        )
    return tuple(fields)


def _fields(table: SourceTable, places: dict[str, int]) -> tuple[list[DictionaryField], list[str]]:
    fields: list[DictionaryField] = []
    faults: list[str] = []
    for number, cells in table.rows:
        found = {}
        for key, title in _COLUMNS.items():
            place = places.get(title.casefold(), len(cells))
            cell = cells[place] if place < len(cells) else ""
            found[key] = "" if isinstance(cell, CellFault) else cell_text(cell)
        if found["type"] not in _TYPES:
            faults.append(f"row {number}: field type {found['type'][:20]!r}")
            continue
        choices: list[tuple[str, str]] = []
        if found["type"] in _CODED:
            for part in filter(str.strip, found["choices"].split("|")):
                code, comma, label = part.partition(",")
                if not comma or not code.strip():
                    faults.append(f"row {number}: a choice without its code")
                choices.append((code.strip(), label.strip()))
        fields.append(
            DictionaryField(
                name=found["name"], form=found["form"], type=found["type"],
                label=" ".join(found["label"].split()), choices=tuple(choices),
                validation=found["validation"], identifier=found["identifier"].lower() == "y",
            )
        )  # fmt: skip
    return fields, faults
