"""Whatever one value of a row or of an audit record becomes, the proof finds it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from hevesy.store import Store, check_audit, record_kinds
from hevesy.store import tables as t
from hevesy.store.audit import AUDIT_FIELDS, audit_hash, chain_head
from hevesy.store.triggers import expected_triggers


@contextmanager
def tampering(store: Store) -> Iterator[Connection]:
    """Do what somebody with the file, or the database's password, can; all is taken back."""
    with store.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.exec_driver_sql("COMMIT")  # these pragmas do nothing within a transaction
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql("BEGIN")
            for table in ("audit", *record_kinds()):
                for name in expected_triggers(table, "sqlite"):
                    connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        connection.rollback()


def faults(connection: Connection, **known: object) -> list[str]:
    """What is found, but for the triggers that this test took away."""
    heads = known.get("heads", ())
    found = check_audit(connection, known_heads=heads).faults  # type: ignore[arg-type]
    return [fault for fault in found if "the database's rule" not in fault]


def altered(value: object, kind: str) -> object:
    if value is None:
        return 1 if kind in {"Number", "Whole", "Flag"} else "x"
    if isinstance(value, str):
        return value + " "
    if isinstance(value, float):
        return value * (1 + 2**-52)  # the next number that there is
    return int(str(value)) + 1


def test_any_single_altered_value_is_found(store: Store) -> None:
    """Every column of a row of every table, and of an audit record."""
    tried = 0
    with tampering(store) as connection:
        assert faults(connection) == []
        for name, table in {**record_kinds(), "audit": t.Audit}.items():
            key = "seq" if name == "audit" else "audit"
            query = text(f"SELECT * FROM {name} ORDER BY {key} DESC LIMIT 1")
            row = connection.execute(query).mappings().one()
            columns = list(table.__table__.columns)
            # the comparison is the same code on both: PostgreSQL, the slower, gets every fourth
            for column in columns[:: 1 if connection.dialect.name == "sqlite" else 4]:
                new = altered(row[column.name], type(column.type).__name__)
                step = connection.begin_nested()
                tried += 1
                try:
                    connection.execute(
                        text(f"UPDATE {name} SET {column.name} = :new WHERE {key} = :key"),
                        {"new": new, "key": row[key]},
                    )
                except IntegrityError:  # a check that can't be switched off
                    assert column.name == "first_version"
                else:
                    assert faults(connection), (name, column.name)
                step.rollback()
    assert tried > 60
    with store.reading() as reader:
        assert check_audit(reader.connection).proved


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM dose", "rows were taken away"),
        ("DELETE FROM audit WHERE seq = 7", "audit record 7 is missing"),
        ("DELETE FROM audit WHERE kind = 'dose'", "has no audit record of its own"),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 3", "3 was altered"),
    ],
)
def test_what_was_taken_away_is_found(store: Store, statement: str, words: str) -> None:
    with tampering(store) as connection:
        connection.execute(text(statement))
        assert any(words in fault for fault in faults(connection))


def test_a_row_that_was_slipped_in_is_found(store: Store) -> None:
    with tampering(store) as connection:
        columns = [column.name for column in t.Dose.__table__.columns]
        picked = ", ".join("'DO2'" if name == "id" else name for name in columns)
        statement = f"INSERT INTO dose ({', '.join(columns)}) SELECT {picked} FROM dose"
        connection.execute(text(statement))
        assert any("dose 'DO2'" in fault for fault in faults(connection))


def test_a_cut_off_tail_is_found_by_a_head_kept_elsewhere(store: Store) -> None:
    with store.reading() as reader:
        head = chain_head(reader.connection)
    with tampering(store) as connection:
        last = connection.scalar(text("SELECT kind FROM audit ORDER BY seq DESC LIMIT 1"))
        connection.execute(text(f"DELETE FROM {last}"))
        connection.execute(text(f"DELETE FROM audit WHERE kind = '{last}'"))
        assert faults(connection) == []  # the chain alone can't tell
        assert any("its end was cut off" in f for f in faults(connection, heads=(head,)))


def test_a_chain_written_anew_is_found_by_a_head_kept_elsewhere(store: Store) -> None:
    """Somebody changes a record and computes all hashes after it again."""
    with store.reading() as reader:
        head = chain_head(reader.connection)
    with tampering(store) as connection:
        previous = "0" * 64
        for row in list(connection.execute(text("SELECT * FROM audit ORDER BY seq")).mappings()):
            fields = {name: row[name] for name in AUDIT_FIELDS} | {"previous": previous}
            if row["seq"] == 20:
                fields["reason"] = "nothing happened"
            previous = audit_hash(fields)
            connection.execute(
                text("UPDATE audit SET reason=:reason, previous=:previous, hash=:hash "
                     "WHERE seq=:seq"),
                {**fields, "hash": previous},
            )  # fmt: skip
        assert faults(connection) == []
        assert any("not the one" in fault for fault in faults(connection, heads=(head,)))


def test_a_missing_trigger_is_found(store: Store) -> None:
    with store.engine.connect() as connection:
        on = " ON batch" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER batch_no_delete{on}"))
        assert check_audit(connection).faults == (
            "the database's rule batch_no_delete is missing or switched off",
        )
        connection.rollback()
