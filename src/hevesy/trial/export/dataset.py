"""Data sets of a standard as values, and the table of variables that they are made by."""

import csv
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from types import MappingProxyType

from hevesy.errors import TrialError

__all__ = [
    "STANDARDS",
    "VARIABLE_TYPES",
    "Cell",
    "DataSet",
    "Variable",
    "codelists",
    "dataset_template",
]

STANDARDS = ("sdtm", "adam", "rows")
VARIABLE_TYPES = ("text", "integer", "float", "date", "datetime", "numdate", "boolean")
"""date and datetime are ISO 8601 texts; numdate is ADaM's numeric date."""

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A column of a data set, as define.xml describes it.

    Parameters
    ----------
    name : str
    label : str
    kind : str
        One of `VARIABLE_TYPES`.
    length : int
        Most bytes of a text.
    origin : str
        Where its values come from: Collected, Derived, Assigned, Protocol, Predecessor.
    codelist : str
        Name of the terms that it may hold; empty for any.
    core : str
        Req, Exp or Perm: a required variable is never empty.
    key : int or None
        Place among the keys, from 1.

    Raises
    ------
    TrialError
        Another type.

    Examples
    --------
    >>> Variable(name="AGE", label="Age", kind="integer").length
    200
    """

    name: str
    label: str
    kind: str
    length: int = 200
    origin: str = "Collected"
    codelist: str = ""
    core: str = "Perm"
    key: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in VARIABLE_TYPES:
            raise TrialError(
                f"the variable {self.name} has an unknown type",
                got=self.kind,
                allowed=", ".join(VARIABLE_TYPES),
                remedy="correct the table of variables",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A data set: its description and its rows.

    Parameters
    ----------
    name : str
    standard : str
        One of `STANDARDS`.
    label : str
    group : str
        Its class in the standard.
    structure : str
    variables : tuple of Variable
    rows : tuple of tuples
        In the order of the keys; a cell is None where nothing is recorded.
    note : str
        Stands in define.xml.

    Raises
    ------
    TrialError
        A row of another width.

    Examples
    --------
    >>> age = Variable(name="AGE", label="Age", kind="integer")
    >>> made = DataSet(name="XX", standard="sdtm", label="A", group="FINDINGS", structure="One",
    ...                variables=(age,), rows=((61,),))
    >>> made.column("AGE"), list(made.records())
    ((61,), [{'AGE': 61}])
    """

    name: str
    standard: str
    label: str
    group: str
    structure: str
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        width = len(self.variables)
        if any(len(row) != width for row in self.rows):
            raise TrialError(
                f"a row of {self.name} has another width than its variables",
                remedy="give a cell for each variable",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(variable.name for variable in self.variables)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key variables, in their order."""
        keyed = [(v.key, v.name) for v in self.variables if v.key is not None]
        return tuple(name for _, name in sorted(keyed))

    def column(self, name: str) -> tuple[Cell, ...]:
        """Give the cells of one variable."""
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)

    def records(self) -> Iterator[dict[str, Cell]]:
        """Give each row with the names of its variables."""
        names = self.names
        for row in self.rows:
            yield dict(zip(names, row, strict=True))


def _table(name: str) -> Iterator[dict[str, str]]:
    file = resources.files("hevesy.trial").joinpath(f"data/{name}.csv")
    yield from csv.DictReader(file.read_text("utf-8").splitlines())


@functools.cache
def codelists() -> Mapping[str, tuple[str, ...]]:
    """Give the controlled terms, by the name of their list.

    References
    ----------
    NCI Enterprise Vocabulary Services, CDISC Controlled Terminology; attributions, response groups
    and lesion states are the sponsor's.

    Examples
    --------
    >>> codelists()["SEX"]
    ('F', 'M', 'U')
    """
    found: dict[str, list[str]] = {}
    for row in _table("export_terms"):
        found.setdefault(row["codelist"], []).append(row["term"])
    return MappingProxyType({name: tuple(terms) for name, terms in found.items()})


@functools.cache
def _variables() -> Mapping[str, tuple[Variable, ...]]:
    found: dict[str, list[Variable]] = {}
    for row in _table("export_variables"):
        found.setdefault(row["dataset"], []).append(
            Variable(
                name=row["name"],
                label=row["label"],
                kind=row["type"],
                length=int(row["length"]),
                origin=row["origin"],
                codelist=row["codelist"],
                core=row["core"],
                key=int(row["key"]) if row["key"] else None,
            )
        )
    return {name: tuple(own) for name, own in found.items()}


@functools.cache
def dataset_template(name: str) -> DataSet:
    """Give a data set without rows, as the packaged table of variables describes it.

    Parameters
    ----------
    name : str
        Such as ``"DM"``; ``"SUPPAE"`` is made from the template of all supplemental qualifiers.

    Returns
    -------
    DataSet

    Raises
    ------
    TrialError
        It is not described.

    References
    ----------
    CDISC, SDTM Implementation Guide 3.4; ADaM Implementation Guide 1.3.

    Examples
    --------
    >>> dataset_template("DM").keys
    ('STUDYID', 'USUBJID')
    >>> dataset_template("SUPPAE").label
    'Supplemental Qualifiers for AE'
    """
    wanted = "SUPP" if name.startswith("SUPP") else name
    for row in _table("export_datasets"):
        if row["dataset"] == wanted:
            label = row["label"] + (f" for {name[4:]}" if wanted == "SUPP" else "")
            return DataSet(
                name=name,
                standard=row["standard"],
                label=label,
                group=row["class"],
                structure=row["structure"],
                variables=_variables()[wanted],
                note=row["note"],
            )
    raise TrialError(
        "this data set is not described",
        got=name[:20],
        remedy="add it to the packaged tables of data sets and variables",
    )
