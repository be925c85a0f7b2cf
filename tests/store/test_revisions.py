"""The database's revisions go up and down on both databases, and keep their rules."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from hevesy.errors import StudyError
from hevesy.store import check_audit, connect, open_store, record_kinds
from hevesy.store.connection import write_transaction
from hevesy.store.record import Base, tables_in_order
from hevesy.store.revisions import (
    HEAD,
    current_revision,
    downgrade,
    known_revisions,
    list_triggers,
    upgrade,
)
from hevesy.store.triggers import expected_triggers


def expected(connection: Connection) -> tuple[str, ...]:
    dialect = connection.dialect.name
    found = set(inspect(connection).get_table_names())
    tables = [table for table in ("audit", *record_kinds()) if table in found]
    return tuple(sorted(name for t in tables for name in expected_triggers(t, dialect)))


def test_up_and_down_and_the_triggers_afterwards(place: Callable[..., str | Path]) -> None:
    engine = connect(place())
    assert known_revisions()[-1] == HEAD
    for _ in range(2):
        for revision in known_revisions():
            with write_transaction(engine) as connection:
                upgrade(connection, revision)
                assert current_revision(connection) == revision
                assert list_triggers(connection) == expected(connection)
        with write_transaction(engine) as connection:
            assert set(inspect(connection).get_table_names()) == {
                *tables_in_order(), "alembic_version",
            }  # fmt: skip
        for revision in (*reversed(known_revisions()[:-1]), "base"):
            with write_transaction(engine) as connection:
                downgrade(connection, revision)
                if revision != "base":
                    assert list_triggers(connection) == expected(connection)
        with write_transaction(engine) as connection:
            assert list_triggers(connection) == ()
            assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_rows_live_through_the_revisions(place: Callable[..., str | Path]) -> None:
    """Down to the second revision and up again: all rows that it knows, to the letter."""
    engine = connect(place(filled=True))

    def rows() -> dict[str, list[str]]:
        found = {}
        with engine.connect() as connection:
            for name in record_kinds():
                query = text(f"SELECT * FROM {name} ORDER BY id, version")
                found[name] = [
                    str(sorted(row.items())) for row in connection.execute(query).mappings()
                ]
        return found

    before = rows()
    for _ in range(2):
        with write_transaction(engine) as connection:
            downgrade(connection, "0002")
            there = set(inspect(connection).get_table_names())
        with write_transaction(engine) as connection:
            upgrade(connection)
            assert list_triggers(connection) == expected(connection)
            proof = check_audit(connection)
        lost = set(before) - there
        assert {"withdrawal", "injection"} <= there
        assert "excreta_sample" in lost
        after = rows()
        assert {name: after[name] for name in there & set(before)} == {
            name: before[name] for name in there & set(before)
        }
        # what went with its table, and nothing else
        assert {fault.split()[0] for fault in proof.faults} == lost
    engine.dispose()


def test_the_tables_are_those_of_the_code(place: Callable[..., str | Path]) -> None:
    engine = connect(place())
    with write_transaction(engine) as connection:
        upgrade(connection)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        if engine.dialect.name == "sqlite":
            found = connection.exec_driver_sql("PRAGMA table_list").mappings()
            strict = {row["name"] for row in found if row["strict"]}
            assert strict == set(tables_in_order())
    engine.dispose()


@pytest.mark.parametrize(
    ("revision", "words"),
    [("0001", "of an older version: got '0001'.*trial upgrade"),
     ("9999", "of a newer version: got '9999'.*use a newer hevesy")],
)  # fmt: skip
def test_another_version_is_refused(
    place: Callable[..., str | Path], revision: str, words: str
) -> None:
    address = place(filled=True)
    engine = connect(address)
    with write_transaction(engine) as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    engine.dispose()
    with pytest.raises(StudyError, match=words):
        open_store(address, clock=lambda: datetime.now(UTC))


def test_a_migration_that_fails_leaves_nothing(place: Callable[..., str | Path]) -> None:
    engine = connect(place())
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE batch (a INTEGER)")  # in the way
    with pytest.raises(StudyError), write_transaction(engine) as connection:
        upgrade(connection)
    with write_transaction(engine) as connection:
        assert inspect(connection).get_table_names() == ["batch"]
    engine.dispose()
