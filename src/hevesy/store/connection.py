"""One engine for both databases, and their errors in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from hevesy.errors import OutputError, RecordError, StudyError

__all__ = ["connect", "database_errors", "read_transaction", "write_transaction"]

BUSY_S = 15.0
"""How long a writer waits for another one, s."""

_DRIVER = "postgresql+psycopg"
_WRITES = "hevesy_writes"


def connect(address: str | Path) -> Engine:
    """Make the engine of a study's database; nothing is opened yet.

    Parameters
    ----------
    address : str or Path
        The file of a SQLite database, or ``postgresql+psycopg://user@host/name``.

    Returns
    -------
    Engine

    Raises
    ------
    StudyError
        The address is of another kind of database.

    Examples
    --------
    >>> connect(Path("study.db")).dialect.name
    'sqlite'
    >>> connect("mysql://host/study")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: the database's address is not one that hevesy knows: ...
    """
    if isinstance(address, Path):
        return _sqlite(URL.create("sqlite", database=str(address)))
    try:
        url = make_url(address)
    except (ArgumentError, NoSuchModuleError, ValueError):
        url = None
    if url is not None and url.drivername in {_DRIVER, "postgresql"}:
        options = f"-c lock_timeout={int(BUSY_S * 1000)} -c timezone=UTC"
        return create_engine(
            url.set(drivername=_DRIVER),
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",  # a writer that waited sees what the other wrote
            connect_args={"connect_timeout": 10, "options": options},
        )
    raise StudyError(
        "the database's address is not one that hevesy knows",
        got=url.drivername if url is not None else "no address",  # never the whole: passwords
        allowed="postgresql+psycopg://user@host/name; nothing for study.db",
        remedy="correct [store] url in study.toml",
    )


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin on its own
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",  # REPLACE would slip past a delete trigger
            f"busy_timeout={int(BUSY_S * 1000)}",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose work is kept as a whole, or not at all.

    Parameters
    ----------
    engine : Engine

    Yields
    ------
    Connection

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     engine = connect(Path(folder) / "study.db")
    ...     with write_transaction(engine) as connection:
    ...         connection.exec_driver_sql("SELECT 1").scalar()
    ...     engine.dispose()
    1
    """
    with database_errors(engine), engine.connect() as plain:
        connection = plain.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees the database as it is now, whatever others write meanwhile.

    Parameters
    ----------
    engine : Engine

    Yields
    ------
    Connection

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     engine = connect(Path(folder) / "study.db")
    ...     with read_transaction(engine) as connection:
    ...         connection.exec_driver_sql("SELECT 2").scalar()
    ...     engine.dispose()
    2
    """
    with database_errors(engine), engine.connect() as plain:
        if engine.dialect.name == "postgresql":
            plain = plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with plain.begin():
            yield plain


@contextmanager
def database_errors(engine: Engine) -> Iterator[None]:
    """Turn a database's errors into one line each; nothing of a failed transaction is kept.

    Parameters
    ----------
    engine : Engine
        For its place in messages, without user and password.

    Raises
    ------
    OutputError
        The disk is full, or the database can't be written to.
    RecordError
        A rule of the tables was broken.
    StudyError
        The database can't be reached or read.

    Examples
    --------
    >>> engine = connect(Path("no/such/folder/study.db"))
    >>> with read_transaction(engine):
    ...     pass
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: the database can't be opened: got 'study.db'; ...
    """
    try:
        yield
    except DBAPIError as error:
        raise _translated(engine, error) from error
    except sqlite3.Error as error:  # from the pragmas of a new connection
        raise _translated(engine, error) from error


_FULL = ("disk is full", "No space left", "disk I/O error")
_CLOSED = ("readonly", "read-only")
_OPEN = (
    "unable to open",
    "connection failed",
    "connection refused",
    "could not connect",
    "connection is bad",
    "does not exist",
    "server closed",
    "terminating connection",
)


def _translated(engine: Engine, error: Exception) -> OutputError | RecordError | StudyError:
    said = str(getattr(error, "orig", error))
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    place = Path(engine.url.database or "").name
    if state == "53100" or any(words in said for words in _FULL):
        return OutputError(
            "the record was not kept: the disk of the database is full",
            got=place,
            remedy="make room; nothing of it is half written",
        )
    if state == "25006" or any(words in said for words in _CLOSED):
        return OutputError(
            "the record was not kept: the database can't be written to",
            got=place,
            remedy="ask for the right to write to it",
        )
    if state == "42501":
        return StudyError(
            "the database's user may not do this, and nothing was kept",
            got=place,
            allowed="a user who may read and write its tables",
            remedy="have the database's owner grant it, or name another user in [store]",
        )
    if state == "55P03" or "locked" in said:
        return OutputError(
            "the record was not kept: another program holds the database",
            got=place,
            remedy="try again when it has ended",
        )
    rule = next((line for line in said.splitlines() if "hevesy: " in line), "")
    if rule:
        return RecordError(rule.split("hevesy: ", 1)[1].strip(), remedy="add a correction instead")
    if isinstance(error, IntegrityError):
        return _rule_broken(said)
    if any(words in said for words in _OPEN):
        return StudyError(
            "the database can't be opened",
            got=place,
            remedy="check that its folder or server is there and may be written to, and [store] in "
            "study.toml",
        )
    return StudyError(
        f"the database refused ({type(getattr(error, 'orig', error)).__name__})",
        got=place,
        remedy="check that the file is this study's, or restore a backup",
    )


def _rule_broken(said: str) -> RecordError:
    if "FOREIGN KEY" in said or "foreign key" in said:
        return RecordError(
            "it refers to a record that is not there", remedy="enter that record first"
        )
    if "UNIQUE" in said or "unique" in said:
        return RecordError("this record is there already", remedy="correct it instead")
    return RecordError("a value breaks a rule of its table", remedy="correct it")
