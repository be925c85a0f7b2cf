"""Which revision a database is of, and how it gets to another: Alembic over packaged SQL."""

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from hevesy.errors import StudyError
from hevesy.store.triggers import function_names

__all__ = [
    "HEAD",
    "check_revision",
    "current_revision",
    "downgrade",
    "drop_tables",
    "known_revisions",
    "list_triggers",
    "run_sql",
    "upgrade",
]

HEAD = "0007"
"""The revision that this version of hevesy works with."""


def _script() -> ScriptDirectory:
    folder = str(Path(str(files("hevesy.store"))) / "migrations")
    return ScriptDirectory(folder, version_locations=[folder])


def known_revisions() -> tuple[str, ...]:
    """Revisions that this version of hevesy knows, oldest first.

    Examples
    --------
    >>> known_revisions()[0], known_revisions()[-1] == HEAD
    ('0001', True)
    """
    return tuple(reversed([item.revision for item in _script().walk_revisions()]))


def current_revision(connection: Connection) -> str | None:
    """Revision of a database; None where hevesy has made nothing in it.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     current_revision(connection)
    """
    return MigrationContext.configure(connection).get_current_revision()


def check_revision(connection: Connection) -> None:
    """Refuse a database that is not of this version of hevesy.

    Raises
    ------
    StudyError
        It is empty, older, or newer.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     check_revision(connection)
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: the database holds no study: ...
    """
    found = current_revision(connection)
    if found == HEAD:
        return
    if found is None:
        raise StudyError(
            "the database holds no study",
            got="no tables of hevesy's",
            remedy="make one by `hevesy trial init`, or correct [store] in study.toml",
        )
    older = found in known_revisions()
    raise StudyError(
        f"the database is of {'an older' if older else 'a newer'} version",
        got=found,
        allowed=HEAD,
        remedy="run `hevesy trial upgrade` on the study" if older else "use a newer hevesy",
    )


def _move(connection: Connection, target: str, direction: str) -> None:
    script = _script()

    def steps(revision: Any, context: Any) -> Any:
        if direction == "up":
            return script._upgrade_revs(target, revision)
        return script._downgrade_revs(target, revision)

    run: Callable[..., Any] = steps
    with EnvironmentContext(Config(), script, fn=run) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Bring a database up to a revision, within the connection's transaction.

    Parameters
    ----------
    connection : Connection
        In a transaction, which the caller ends.
    target : str
        A revision; the newest by default.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     current_revision(connection) == HEAD
    True
    """
    _move(connection, target, "up")


def downgrade(connection: Connection, target: str) -> None:
    """Take a database down to a revision, or to ``"base"``; what later ones hold is lost.

    Parameters
    ----------
    connection : Connection
        In a transaction, which the caller ends.
    target : str
        A revision.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     downgrade(connection, "0001")
    ...     current_revision(connection)
    '0001'
    """
    _move(connection, target, "down")


def _sql(name: str) -> str:
    dialect = op.get_bind().dialect.name
    return (files("hevesy.store") / "migrations" / f"{name}.{dialect}.sql").read_text("utf-8")


def run_sql(name: str) -> None:
    """Run a revision's SQL, within a migration; see `upgrade`.

    Examples
    --------
    >>> (files("hevesy.store") / "migrations" / "0001_records.sqlite.sql").is_file()
    True
    """
    bind = op.get_bind()
    percent = "%%" if bind.dialect.name == "postgresql" else "%"  # psycopg reads % as a parameter
    for statement in _sql(name).split("\n--;\n"):
        bind.exec_driver_sql(statement.replace("%", percent))


def drop_tables(name: str) -> None:
    """Drop what a revision's SQL made, last first, within a migration; see `downgrade`.

    Examples
    --------
    >>> (files("hevesy.store") / "migrations" / "0001_records.sqlite.sql").is_file()
    True
    """
    made = _sql(name)
    for table in reversed(re.findall(r"^CREATE TABLE (\w+)", made, re.MULTILINE)):
        op.get_bind().exec_driver_sql(f"DROP TABLE {table}")
    for function in function_names(op.get_bind().dialect.name):
        if f"CREATE FUNCTION {function}" in made:
            op.get_bind().exec_driver_sql(f"DROP FUNCTION {function}()")


def list_triggers(connection: Connection) -> tuple[str, ...]:
    """Names of all triggers that a database has and that are switched on, sorted.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     list_triggers(connection)
    ()
    """
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') "
            "AND relnamespace = current_schema()::regnamespace"
        )
    return tuple(sorted(str(name) for name in connection.scalars(text(query))))
