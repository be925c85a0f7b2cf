"""A study's folder: made, opened, checked, amended."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hevesy.errors import AccessError, OutputError, StudyError
from hevesy.files import StudyFile, parse_study, read_study, study_template
from hevesy.protocol import Action, Role, check_permission
from hevesy.store import Store, check_audit, create_store, open_store, read_backup
from hevesy.store.tables import Account, Study
from hevesy.workflows.overdue_events import overdue_reports
from hevesy.workflows.study_heads import known_heads

__all__ = [
    "StudyCheck",
    "amend_study",
    "check_study",
    "init_study",
    "new_folder",
    "open_study",
    "permit",
    "study_address",
    "with_address",
]


def _clock() -> datetime:
    return datetime.now(UTC)


def study_address(folder: Path, study: StudyFile) -> str | Path:
    """Give the place of a study's database, as `hevesy.store.connect` takes it.

    Parameters
    ----------
    folder : Path
    study : StudyFile

    Returns
    -------
    str or Path
    """
    return folder / "study.db" if study.url is None else study.url


@contextmanager
def open_study(folder: Path, *, any_protocol: bool = False) -> Iterator[tuple[StudyFile, Store]]:
    """Open a study's folder: its protocol and its database.

    Parameters
    ----------
    folder : Path
    any_protocol : bool
        Let records be written though study.toml is not the protocol that is recorded.

    Yields
    ------
    StudyFile, Store
    """
    study = read_study(folder / "study.toml")
    store = open_store(
        study_address(folder, study),
        clock=_clock,
        protocol_sha256=None if any_protocol else study.sha256,
    )
    try:
        yield study, store
    finally:
        store.close()


def permit(store: Store, user: str, action: Action) -> None:
    """Refuse a person who is unknown, or may not do what is not a record.

    Parameters
    ----------
    store : Store
    user : str
    action : Action

    Raises
    ------
    AccessError
    """
    with store.reading() as reader:
        found = reader.find(Account, user)
    if found is None:
        raise AccessError(
            "nobody of this name is in the study",
            got=user[:60],
            remedy="give --as the name that `hevesy user list` shows",
        )
    check_permission(user, tuple(Role(word) for word in found.roles), action)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder that becomes `folder` when the block ends well; else it is taken away.

    Parameters
    ----------
    folder : Path
        Not there yet, or empty.

    Yields
    ------
    Path

    Raises
    ------
    OutputError
        There is something already, or it can't be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            "there is something already", got=str(folder), remedy="give a new or an empty folder"
        )
    hidden: Path | None = None
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".hevesy-", dir=folder.absolute().parent))
        hidden.chmod(0o750)
        yield hidden
        os.replace(hidden, folder)  # noqa: PTH105 - Path.replace refuses no more than this does
    except OSError as error:
        raise OutputError(
            f"the study could not be made: {error.strerror}",
            got=str(folder),
            remedy="make room or choose another folder; nothing was left",
        ) from error
    finally:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)


def with_address(text: str, url: str | None) -> str:
    """Give a study.toml another database: `url`, or study.db where it is None.

    Parameters
    ----------
    text : str
        A study.toml.
    url : str or None

    Returns
    -------
    str
    """
    lines, inside = [], False
    for line in text.splitlines():
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            inside = bare == "[store]"
        if inside and (bare == "[store]" or bare.startswith("url")):
            continue
        lines.append(line)
    if url is not None:
        lines += ["", "[store]", f"url = {_quoted(url)}"]
    return "\n".join(lines).rstrip() + "\n"


def _quoted(text: str) -> str:
    if any(c in text for c in '"\\') or not text.isprintable():
        raise StudyError(
            "the database's address has a quote or a backslash", remedy="write it as %22 or %5C"
        )
    return f'"{text}"'


def init_study(
    folder: Path,
    *,
    template: str,
    user: str,
    full_name: str,
    passphrase: str,
    url: str | None = None,
    text: str | None = None,
) -> StudyFile:
    """Make a study's folder from a template; the person who makes it is its administrator.

    Parameters
    ----------
    folder : Path
        Not there yet, or empty: gets study.toml, the database, ``dicom/`` and ``derived/``.
    template : str
        One of `hevesy.files.STUDY_TEMPLATES`.
    user, full_name : str
        The administrator.
    passphrase : str
        Theirs.
    url : str or None
        Of a PostgreSQL database, in place of study.db.
    text : str or None
        Of study.toml, in place of the template's own.

    Returns
    -------
    StudyFile

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     made = init_study(
    ...         Path(parent) / "trial", template="imdendrim", user="ada", full_name="Ada",
    ...         passphrase="correct horse battery",
    ...     )
    ...     check_study(Path(parent) / "trial", audit=True).faults
    ()
    """
    text = with_address(text or study_template(template), url)
    study = parse_study(text)
    with new_folder(folder) as hidden:
        (hidden / "study.toml").write_text(text, "utf-8")
        for name in ("dicom", "derived"):
            (hidden / name).mkdir()
        founder = Account(
            id=user, full_name=full_name, roles=[Role.ADMINISTRATOR.value], passphrase_hash=""
        )
        create_store(
            study_address(hidden, study),
            clock=_clock,
            study=_record(study),
            founder=founder,
            passphrase=passphrase,
        ).close()
    return study


def _record(study: StudyFile) -> Study:
    return Study(
        id="study",
        name=study.protocol.name,
        protocol=study.content,
        protocol_sha256=study.sha256,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCheck:
    """What a check of a study found.

    Parameters
    ----------
    name : str
    records, rows : int or None
        Audit records read and rows compared; None without the audit.
    head : str or None
        Hash of the last audit record.
    backups : int
        Heads of earlier backups that the audit was held against.
    faults : tuple of str
    overdue : tuple of str
        Serious events whose report is overdue.
    """

    name: str
    records: int | None
    rows: int | None
    head: str | None
    backups: int
    faults: tuple[str, ...]
    overdue: tuple[str, ...]


def check_study(folder: Path, *, audit: bool, backup: Path | None = None) -> StudyCheck:
    """Check a study's folder and, if asked, prove its audit.

    Parameters
    ----------
    folder : Path
    audit : bool
        Recompute the chain and compare every audited row.
    backup : Path or None
        A backup whose head the chain must still have, besides those that the folder knows of.

    Returns
    -------
    StudyCheck

    Examples
    --------
    >>> check_study(Path("no-such-folder"), audit=False)
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    faults = []
    records = rows = head = None
    heads = known_heads(folder)
    if backup is not None:
        manifest = read_backup(backup)
        heads = (*heads, (manifest.head_seq, manifest.head_hash))
    with open_study(folder) as (study, store), store.reading() as reader:
        try:
            recorded = reader.find(Study, "study")
            if recorded is None or recorded.protocol_sha256 != study.sha256:
                faults.append("study.toml is not the protocol that is recorded")
        except StudyError as error:  # an altered row: the proof says which
            faults.append(error.problem)
        if audit:
            proof = check_audit(reader.connection, known_heads=heads)
            records, rows, head = proof.records, proof.rows, proof.head
            faults += proof.faults
            if proof.more:
                faults.append(f"and {proof.more} more")
        try:
            overdue = overdue_reports(reader, study.protocol.events, now=_clock())
        except StudyError as error:
            overdue = ()
            faults.append(f"overdue reports can't be told: {error.problem}")
    if not (folder / "dicom").is_dir():
        faults.append("the folder dicom/ is missing")
    return StudyCheck(
        name=study.protocol.name,
        records=records,
        rows=rows,
        head=head,
        backups=len(heads),
        faults=tuple(faults),
        overdue=overdue,
    )


def amend_study(folder: Path, *, user: str, passphrase: str, reason: str) -> Study:
    """Record the study.toml in the folder as the protocol in force, signed, with a reason.

    Parameters
    ----------
    folder : Path
    user, passphrase : str
    reason : str

    Returns
    -------
    Study

    Examples
    --------
    >>> amend_study(Path("no-such-folder"), user="ada", passphrase="x", reason="y")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with (
        open_study(folder) as (study, store),
        store.writing(user, reason=reason, passphrase=passphrase, amends=True) as writer,
    ):
        return writer.correct(
            Study,
            "study",
            expected_version=writer.get(Study, "study").version,
            meaning="protocol in force",
            name=study.protocol.name,
            protocol=study.content,
            protocol_sha256=study.sha256,
        )
