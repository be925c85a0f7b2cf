"""Published tables and statements, as data: figures with the rules that recompute them."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from hevesy.errors import TrialError

__all__ = ["REPLAY_TEMPLATES", "Publication", "PublishedStatement", "read_publication"]

REPLAY_TEMPLATES = ("imdendrim",)
COMPARISONS = ("equal", "at least", "at most")
_TABLES = ("patients", "events", "facts", "sites", "flow")
_OWN = {"id", "where", "what", "published", "compare", "rule"}
_SOURCES = {
    "imdendrim": "Jin W. et al., J Clinical Research and Reports 2025;21(1), "
    "doi:10.31579/2690-1919/568 (CC BY 4.0)"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedStatement:
    """One published figure.

    Parameters
    ----------
    name : str
    where, what : str
        Its place, and what it says.
    published : str
        As printed: its decimals are those to which it is compared.
    compare : str
        "equal", or "at least" and "at most" where a bound is published.
    rule : str
        How it is recomputed.
    arguments : mapping
        Of the rule.

    Raises
    ------
    TrialError
        An unknown comparison.

    Examples
    --------
    >>> PublishedStatement(name="n", where="Abstract", what="patients", published="36",
    ...                    compare="equal", rule="count", arguments={"table": "patients"}).rule
    'count'
    """

    name: str
    where: str
    what: str
    published: str
    compare: str
    rule: str
    arguments: Mapping[str, object]

    def __post_init__(self) -> None:
        if self.compare not in COMPARISONS:
            raise TrialError(
                f"statement {self.name}: this comparison is unknown",
                got=self.compare,
                allowed=", ".join(COMPARISONS),
                remedy="correct the statement",
            )
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A publication's statements and the tables that it gives.

    Parameters
    ----------
    source : str
    statements : tuple of PublishedStatement
    tables : mapping of str to tuple of mapping
        Rows, with their cells as text.

    Raises
    ------
    TrialError
        Two statements of one name.

    Examples
    --------
    >>> Publication(source="x", statements=(), tables={"patients": ()}).tables["patients"]
    ()
    """

    source: str
    statements: tuple[PublishedStatement, ...]
    tables: Mapping[str, tuple[Mapping[str, str], ...]]

    def __post_init__(self) -> None:
        names = [statement.name for statement in self.statements]
        if len(names) != len(set(names)):
            raise TrialError("two statements have one name", remedy="rename one")
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))


def read_publication(template: str) -> Publication:
    """Read a packaged publication.

    Parameters
    ----------
    template : str
        One of `REPLAY_TEMPLATES`.

    Returns
    -------
    Publication

    Raises
    ------
    TrialError
        An unknown template.

    Examples
    --------
    >>> len(read_publication("imdendrim").tables["patients"])
    36
    """
    if template not in REPLAY_TEMPLATES:
        raise TrialError(
            "this template is unknown",
            got=template,
            allowed=", ".join(REPLAY_TEMPLATES),
            remedy="give one of them",
        )
    folder = resources.files("hevesy.trial") / "data"
    text = (folder / f"{template}_statements.toml").read_text(encoding="utf-8")
    tables = {}
    for name in _TABLES:
        lines = (folder / f"{template}_{name}.csv").read_text(encoding="utf-8").splitlines()
        tables[name] = tuple(MappingProxyType(row) for row in csv.DictReader(lines))
    return Publication(
        source=_SOURCES[template],
        statements=tuple(
            PublishedStatement(
                name=entry["id"],
                where=entry["where"],
                what=entry["what"],
                published=entry["published"],
                compare=entry.get("compare", "equal"),
                rule=entry["rule"],
                arguments={key: value for key, value in entry.items() if key not in _OWN},
            )
            for entry in tomllib.loads(text)["statement"]
        ),
        tables=tables,
    )
