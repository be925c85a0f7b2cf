"""A study's rows for a copy: new codes, shifted days, no birth years, no free texts."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hevesy.errors import TrialError
from hevesy.trial.rows import StudyRows
from hevesy.trial.sharing.codes import OLDEST_SHARED_AGE_YEARS, SharingKey
from hevesy.trial.sharing.identifiers import Identifiers, holds_date
from hevesy.trial.sharing.patient_clock import PatientClock
from hevesy.trial.sharing.regions import share_region
from hevesy.trial.sharing.row_rules import FREE_TEXTS, ColumnRule, column_rules
from hevesy.trial.sharing.tally import SharingCount, Tally

__all__ = ["SharedRows", "share_rows"]

_GONE = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRows:
    """Rows for a copy, and what was done to them.

    Parameters
    ----------
    rows : StudyRows
    counts : tuple of SharingCount
    """

    rows: StudyRows
    counts: tuple[SharingCount, ...]


def share_rows(
    rows: StudyRows,
    *,
    key: SharingKey,
    clocks: Mapping[str, PatientClock],
    known: Identifiers,
    keep: Collection[str] = (),
    listed: Collection[str] = (),
) -> SharedRows:
    """De-identify a study's rows.

    Each person's days and moments move together, so that what is counted from intervals stays;
    every record has a new code, and rows are in the order of these. A column or a table without a
    rule is removed.

    Parameters
    ----------
    rows : StudyRows
    key : SharingKey
    clocks : mapping of str to PatientClock
        By patient, from `patient_clocks`.
    known : Identifiers
        A word or kept text that holds one, or a date, is removed.
    keep : collection of str
        Of `FREE_TEXTS`: those that stay.
    listed : collection of str
        Texts of the protocol itself: they stay.

    Returns
    -------
    SharedRows

    Raises
    ------
    TrialError
        A column to be kept is unknown; two records would get one code.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> from hevesy.trial.sharing.patient_clock import patient_clocks
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> rows, key = sample_rows(), SharingKey(secret=bytes(32))
    >>> clocks = patient_clocks(rows, key, {p.site: ZoneInfo("UTC") for p in rows.patients})
    >>> shared = share_rows(rows, key=key, clocks=clocks, known=Identifiers()).rows
    >>> len(shared.patients) == len(rows.patients), shared.patients[0].birth_year
    (True, None)
    """
    unknown = sorted(set(keep) - set(FREE_TEXTS))
    if unknown:
        raise TrialError(
            "a text to be kept is no free text of the records",
            got=", ".join(unknown)[:200],
            allowed=", ".join(FREE_TEXTS),
            remedy="name columns of this list",
        )
    made = _Copy(rows, key, clocks, known, frozenset(keep), frozenset(listed))
    tables: dict[str, Any] = {
        field.name: made.table(field.name, getattr(rows, field.name))
        for field in dataclasses.fields(StudyRows)
        if isinstance(getattr(rows, field.name), tuple)
    }
    return SharedRows(rows=dataclasses.replace(rows, **tables), counts=made.tally.counts())


class _Copy:
    """One run over all rows."""

    def __init__(
        self,
        rows: StudyRows,
        key: SharingKey,
        clocks: Mapping[str, PatientClock],
        known: Identifiers,
        keep: frozenset[str],
        listed: frozenset[str],
    ) -> None:
        self.tally = Tally()
        self._key, self._clocks, self._known = key, clocks, known
        self._keep, self._listed = keep, listed
        self._of_inclusion = {row.inclusion: row.patient for row in rows.inclusions}
        self._of_administration = {
            row.administration: self._of_inclusion[row.inclusion] for row in rows.administrations
        }
        self._lesions: dict[str, dict[str, str]] = {}
        for row in rows.lesions:
            own = self._lesions.setdefault(row.patient, {})
            own[row.lesion] = key.code("lesion", row.lesion)
        self._actions: Mapping[str, Callable[[ColumnRule, Any, str], Any]] = {
            "code": self._code,
            "day": lambda rule, day, who: self._moved(rule, clocks[who].day(day)),
            "moment": lambda rule, at, who: self._moved(rule, clocks[who].moment(at)),
            "keep": lambda rule, value, who: value,
            "word": self._word,
            "text": self._text,
            "texts": self._texts,
            "age": self._age,
            "drop": self._drop,
            "region": self._region,
        }

    def table(self, name: str, rows: tuple[Any, ...]) -> tuple[Any, ...]:
        if not any(table == name for table, _ in column_rules()):
            self.tally.add("records", name, "removed", len(rows))
            return ()
        made = [self._row(name, row) for row in rows]
        if not made:
            return ()
        first = dataclasses.fields(made[0])[0].name
        if len({getattr(row, first) for row in made}) != len(made):
            raise TrialError(
                "two records would get the same code",
                got=name,
                remedy="take another key: this one can't be used for this study",
            )
        return tuple(sorted(made, key=lambda row: str(getattr(row, first))))

    def _row(self, table: str, row: Any) -> Any:
        who = self._patient(row)
        rules = column_rules()
        changed = {}
        for field in dataclasses.fields(row):
            value = getattr(row, field.name)
            if value is None or (isinstance(value, str) and not value):
                continue
            rule = rules.get((table, field.name))
            if rule is None:  # a column that nobody has judged goes
                changed[field.name] = _nothing(field)
                self.tally.add("records", f"{table}.{field.name}", "removed")
                continue
            changed[field.name] = self._actions[rule.action](rule, value, who)
        return dataclasses.replace(row, **changed)

    def _patient(self, row: Any) -> str:
        if hasattr(row, "patient"):
            return str(row.patient)
        if hasattr(row, "inclusion"):
            return self._of_inclusion[row.inclusion]
        return self._of_administration[row.administration]

    def _count(self, rule: ColumnRule, action: str) -> None:
        self.tally.add("records", f"{rule.table}.{rule.column}", action)

    def _code(self, rule: ColumnRule, value: Any, who: str) -> Any:
        self._count(rule, "replaced by codes")
        if isinstance(value, tuple):
            return tuple(sorted(self._key.code(rule.kind, one) for one in value))
        return self._key.code(rule.kind, value)

    def _moved(self, rule: ColumnRule, value: Any) -> Any:
        self._count(rule, "shifted")
        return value

    def _word(self, rule: ColumnRule, value: str, who: str) -> str:
        return _GONE if self._told(rule, value) else value

    def _told(self, rule: ColumnRule, value: str) -> bool:
        for found, why in (
            (self._known.found_in(value), "removed: holds an identifier"),
            (holds_date(value), "removed: holds a date"),
        ):
            if found:
                self._count(rule, why)
                return True
        return False

    def _text(self, rule: ColumnRule, value: str, who: str) -> str:
        wanted = f"{rule.table}.{rule.column}" in self._keep
        if not wanted and value not in self._listed:
            self._count(rule, "removed")
            return _GONE
        if self._told(rule, value):
            return _GONE
        self._count(rule, "kept, as asked" if wanted else "kept: words of the protocol")
        return value

    def _texts(self, rule: ColumnRule, value: Mapping[str, str], who: str) -> dict[str, str]:
        return {name: self._text(rule, text, who) if text else text for name, text in value.items()}

    def _age(self, rule: ColumnRule, value: int, who: str) -> int:
        if value < OLDEST_SHARED_AGE_YEARS:
            return value
        self._count(rule, f"written as {OLDEST_SHARED_AGE_YEARS}")
        return OLDEST_SHARED_AGE_YEARS

    def _drop(self, rule: ColumnRule, value: Any, who: str) -> Any:
        self._count(rule, "removed")
        return "" if isinstance(value, str) else None

    def _region(self, rule: ColumnRule, value: str, who: str) -> str:
        lesions = self._lesions.get(who, {})
        made = share_region(value, key=self._key, patient=who, lesions=lesions, known=self._known)
        if made != value:
            self._count(rule, "replaced by codes")
        return made


def _nothing(field: dataclasses.Field[Any]) -> Any:
    """What a row says that says nothing in a column."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default
