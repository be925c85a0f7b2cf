"""`hevesy trial import`: a table's rows become a study's records, all of them or none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hevesy.errors import AccessError, RecordError
from hevesy.exchange import ImportMap, TableSource, file_source, read_import_map
from hevesy.files import StudyFile, record_input
from hevesy.protocol import Action, Role, check_permission
from hevesy.store import Preview, Reader, Store, Writer, record_kinds
from hevesy.store.tables import Account, Signature
from hevesy.trial import DataFinding, TermList, check_rows
from hevesy.workflows.ctcae_terms import event_terms
from hevesy.workflows.import_binding import IMPORTED_KINDS, bind_map
from hevesy.workflows.import_plan import Change, ImportPlan, plan_import
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows

__all__ = ["ImportReport", "import_table"]

_HASH_DIGITS = 12
_CHECKED_AT_MOST = 20_000  # records: more would take longer than the import
_COUNTED = ("inclusion", "visit", "adverse_event", "measurement", "lesion_assessment")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do.

    Parameters
    ----------
    new : mapping of str to tuple of str
        Names of the records that were not there, by kind.
    changed : tuple of Change
        Records that are corrected, with old and new values.
    same : mapping of str to int
        Records that stay as they are, by kind.
    rows, rows_left_out : int
        Rows of the table, and those that became no record by the map's conditions.
    imputed : int
        Days that the map made the first of their month or year.
    findings : tuple of DataFinding or None
        What the data checks find with these records, and did not find without them; None where
        the study has too many records to run them here.
    written : bool
        False for a dry run, and where nothing was to be written.

    Examples
    --------
    >>> ImportReport(new={}, changed=(), same={"lesion": 2}, rows=2, rows_left_out=0, imputed=0,
    ...              findings=(), written=False).kinds
    ('lesion',)
    """

    new: Mapping[str, tuple[str, ...]]
    changed: tuple[Change, ...]
    same: Mapping[str, int]
    rows: int
    rows_left_out: int
    imputed: int
    findings: tuple[DataFinding, ...] | None
    written: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of record that the table has, in the order of their entering."""
        found = {*self.new, *self.same, *(change.kind for change in self.changed)}
        return tuple(kind for kind in record_kinds() if kind in found)


def import_table(
    source: Path | TableSource,
    folder: Path,
    mapping: Path,
    *,
    user: str,
    reason: str = "",
    passphrase: str | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Import a table into a study, by a map.

    Every record is parsed and checked as a typed one is. New records are added, those that differ
    get a corrected version, the others stay; all in one transaction, each with its audit record,
    whose reason names the hashes of table and map.

    Parameters
    ----------
    source : Path or TableSource
        The table: a file, or `redcap_source`.
    folder : Path
        The study's.
    mapping : Path
        The map, TOML.
    user, reason : str
    passphrase : str or None
        Where a record that changes is signed.
    dry_run : bool
        Say what would change, and write nothing.

    Returns
    -------
    ImportReport

    Raises
    ------
    RecordError
        Records would change and no reason was given.
    AccessError
        A record that would change is signed, and no passphrase was given.

    Examples
    --------
    >>> import_table(Path("e.csv"), Path("no-such-folder"), Path("no-such.toml"), user="cora")
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: the map could not be read: got 'no-such.toml: No such file ...
    """
    given = read_import_map(mapping)
    with open_study(folder) as (study, store):
        store.require_protocol()
        _permit(store, user, given)
        table = file_source(source) if isinstance(source, Path) else source
        map_sha256 = record_input("map", mapping).sha256
        sources = f"table sha256 {table.sha256[:_HASH_DIGITS]}, map {map_sha256[:_HASH_DIGITS]}"
        events = any(spec.kind == "adverse_event" for spec in given.records)
        terms = event_terms("adverse_event", store, folder, study) if events else None
        with store.reading() as reader:
            head = reader.head()
            plan, preview = _plan(table, given, reader, study, store.clock(), terms)
            _require_signed(plan, reader, passphrase)
            findings = _new_findings(plan, reader, preview, study, store.clock())
        if not dry_run and plan.changed and not reason.strip():
            raise RecordError(
                f"{len(plan.changed)} records would change, and a correction needs a reason",
                remedy="look at --dry-run, then give --reason",
            )
        written = not dry_run and bool(plan.new or plan.changed)
        if written:
            words = f"{reason.strip() or 'import'} (import: {sources})"
            with store.writing(user, reason=words, passphrase=passphrase) as writer:
                if writer.head() != head:  # somebody wrote meanwhile
                    plan, _ = _plan(table, given, writer, study, writer.now(), terms)
                    _require_signed(plan, writer, passphrase)
                _write(plan, writer)
    return ImportReport(
        new={kind: tuple(records) for kind, records in plan.new.items()},
        changed=tuple(plan.changed),
        same=dict(plan.same),
        rows=plan.rows,
        rows_left_out=plan.rows_left_out,
        imputed=plan.imputed,
        findings=findings,
        written=written,
    )


def _permit(store: Store, user: str, given: ImportMap) -> None:
    with store.reading() as reader:
        found = reader.find(Account, user)
    if found is None:
        raise AccessError(
            "nobody of this name is in the study",
            got=user[:60],
            remedy="give --as the name that `hevesy user list` shows",
        )
    roles = tuple(Role(word) for word in found.roles)
    kinds = record_kinds()
    check_permission(user, roles, Action.READ)
    for spec in given.records:
        if spec.kind in IMPORTED_KINDS:
            check_permission(user, roles, kinds[spec.kind].__action__)


def _plan(
    source: TableSource,
    given: ImportMap,
    reader: Reader,
    study: StudyFile,
    now: datetime,
    terms: TermList | None,
) -> tuple[ImportPlan, Preview]:
    table = source.open(given.table)
    preview = Preview(reader.connection)
    bound = bind_map(given, table)
    if terms is not None:  # an empty class is that of the term
        for value in (value for one in bound for value in one.values):
            if value.target.name == "organ_class":
                value.target = replace(value.target, required=False)
    plan = plan_import(
        table.rows,
        bound,
        table=table.name,
        columns=len(table.columns),
        reader=preview,
        study=study,
        now=now,
        terms=terms,
    )
    return plan, preview


def _new_findings(
    plan: ImportPlan, before: Reader, after: Reader, study: StudyFile, now: datetime
) -> tuple[DataFinding, ...] | None:
    if not plan.new and not plan.changed:
        return ()
    kinds = record_kinds()
    if sum(after.count(kinds[kind]) for kind in _COUNTED) > _CHECKED_AT_MOST:
        return None
    known, found = (
        check_rows(
            read_study_rows(reader, study=study.protocol.name, as_of=now.date()),
            study.protocol,
            now=now,
        )
        for reader in (before, after)
    )
    old = set(known)
    return tuple(finding for finding in found if finding not in old)


def _require_signed(plan: ImportPlan, reader: Reader, passphrase: str | None) -> None:
    if passphrase is not None or not plan.changed:
        return
    signed = {(one.kind, one.record) for one in reader.each(Signature)}
    rows = [one.row for one in plan.changed if (one.kind, one.name) in signed]
    if rows:
        raise AccessError(
            f"{len(rows)} records that would change are signed",
            got=f"row {', '.join(map(str, rows[:25]))}{', ...' if len(rows) > 25 else ''}",
            remedy="a change needs a new signature: give the passphrase by --passphrase-file",
        )


def _write(plan: ImportPlan, writer: Writer) -> None:
    kinds: dict[str, Any] = record_kinds()
    for kind in kinds:
        if kind in plan.new:
            writer.add_many(kinds[kind], plan.new[kind].items())
    for change in plan.changed:
        new: dict[str, Any] = {column: value for column, (_, value) in change.values.items()}
        writer.correct(
            kinds[change.kind],
            change.name,
            expected_version=change.version,
            **new,
        )
