"""What becomes of each column of a study's rows in a copy: one table of data."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from hevesy.errors import TrialError

__all__ = ["FREE_TEXTS", "ColumnRule", "column_rules"]

ACTIONS = (
    "code", "day", "moment", "keep", "word", "text", "texts", "age", "drop", "region",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What is done to a column.

    Parameters
    ----------
    table, column : str
        As in `hevesy.trial.StudyRows`.
    action : str
        ``"code"`` (a new name), ``"day"``, ``"moment"`` (shifted), ``"keep"``, ``"word"`` (kept
        unless it holds an identifier), ``"text"`` and ``"texts"`` (removed unless it is asked to
        be kept; of a mapping the keys stay), ``"age"``, ``"drop"``, ``"region"``.
    kind : str
        Whose code; empty otherwise.

    Raises
    ------
    TrialError
        There is no such action.
    """

    table: str
    column: str
    action: str
    kind: str = ""

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise TrialError(
                "there is no such action on a column",
                got=self.action,
                allowed=", ".join(ACTIONS),
                remedy="correct the table of columns",
            )


@functools.cache
def column_rules() -> Mapping[tuple[str, str], ColumnRule]:
    """Give every column's rule, by table and column.

    References
    ----------
    45 CFR 164.514(b)(2): the identifiers that the safe harbour method removes.

    Examples
    --------
    >>> column_rules()["events", "narrative"].action
    'text'
    """
    file = resources.files("hevesy.trial").joinpath("data/sharing_columns.csv")
    return MappingProxyType(
        {
            (row["table"], row["column"]): ColumnRule(
                table=row["table"], column=row["column"], action=row["action"], kind=row["kind"]
            )
            for row in csv.DictReader(file.read_text("utf-8").splitlines())
        }
    )


FREE_TEXTS = tuple(
    f"{rule.table}.{rule.column}"
    for rule in column_rules().values()
    if rule.action in {"text", "texts"}
)
"""Columns of free text that a copy leaves out unless they are named."""
