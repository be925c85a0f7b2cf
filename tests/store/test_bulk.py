"""Many records at once are what they would be one by one; a preview answers as the study will."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hevesy.errors import AccessError, RecordError
from hevesy.store import Preview, Store, check_audit, open_store
from hevesy.store import tables as t
from tests.store.study import PASSPHRASE

MANY = 1_203  # three statements, the last one short
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def measurements(count: int = MANY) -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            f"X{number}",
            {
                "inclusion": "P01-1",
                "visit": "week 6",
                "measured_on": date(2026, 2, 20),
                "test": "platelets",
                "value": Decimal(f"{number}.50"),
                "unit": "10^9/L",
            },
        )
        for number in range(count)
    ]


def rows_of(store: Store, table: str) -> list[tuple[Any, ...]]:
    with store.reading() as reader:
        order = "seq" if table == "audit" else "id, version"
        found = reader.connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}"))
        return [tuple(row) for row in found]


def test_as_one_by_one(place: Callable[..., str | Path]) -> None:
    """The same tables and the same chain, to the last hash, as `add` makes."""
    stores = [open_store(place(filled=True), clock=lambda: NOW) for _ in range(2)]
    with stores[0].writing("cora", reason="import") as writer:
        assert writer.add_many(t.Measurement, measurements()) == MANY
    with stores[1].writing("cora", reason="import") as writer:
        for name, values in measurements():
            writer.add(t.Measurement(id=name, **values))
    for table in ("audit", "measurement"):
        assert rows_of(stores[0], table) == rows_of(stores[1], table)
    with stores[0].reading() as reader:
        proof = check_audit(reader.connection)
    assert proof.proved
    assert proof.faults == ()
    for store in stores:
        store.close()


def test_all_or_none(store: Store) -> None:
    before = rows_of(store, "audit")
    taken = [*measurements(3), ("M1", measurements(1)[0][1])]
    with pytest.raises(RecordError, match="there already"), store.writing("cora") as writer:
        writer.add_many(t.Measurement, taken)
    twice = [*measurements(3), measurements(1)[0]]
    with pytest.raises(RecordError, match="there already"), store.writing("cora") as writer:
        writer.add_many(t.Measurement, twice)
    stray = [("X1", {**measurements(1)[0][1], "inclusion": "P77-1"})]
    with pytest.raises(RecordError, match="refers to a record"), store.writing("cora") as writer:
        writer.add_many(t.Measurement, [*measurements(1), *stray])
    lacking = [("X1", {**measurements(1)[0][1], "unit": None})]
    without = "unit of a measurement is missing"
    with pytest.raises(RecordError, match=without), store.writing("cora") as writer:
        writer.add_many(t.Measurement, lacking)
    unknown = [("X1", {**measurements(1)[0][1], "units": "g"})]
    with pytest.raises(RecordError, match="no such value"), store.writing("cora") as writer:
        writer.add_many(t.Measurement, unknown)
    with pytest.raises(AccessError), store.writing("stan") as writer:
        writer.add_many(t.Measurement, measurements(1))
    person = [("eve", {"full_name": "Eve", "roles": [], "passphrase_hash": ""})]
    signed = store.writing("ada", passphrase=PASSPHRASE)
    with pytest.raises(RecordError, match="alone"), signed as writer:
        writer.add_many(t.Account, person)
    assert rows_of(store, "audit") == before
    with store.writing("cora") as writer:
        assert writer.add_many(t.Measurement, []) == 0


def test_a_preview_answers_as_the_study_will(store: Store) -> None:
    with store.writing("cora", reason="typing error") as writer:
        writer.correct(t.Measurement, "M1", expected_version=1, visit="week 12")
    new = dict(measurements(2))
    moved = {**new["X0"], "visit": "week 12"}
    with store.reading() as reader:
        preview = Preview(reader.connection)
        assert preview.get(t.Measurement, "M1").visit == "week 12"
        assert preview.get(t.Measurement, "M1").version == 2
        assert preview.stored(t.Measurement, "X0") is None
        assert preview.stored(t.Measurement, "M1")[0] == 2  # type: ignore[index]
        assert [m.id for m in preview.each(t.Measurement, visit="week 6")] == []
        for name, values in new.items():
            preview.stage(t.Measurement, name, values)
        assert [m.id for m in preview.each(t.Measurement, visit="week 6")] == ["X0", "X1"]
        preview.stage(t.Measurement, "X0", moved)
        staged = {
            "visits": [[m.id for m in preview.all(t.Measurement, visit=v)] for v in ("week 6",
                       "week 12")],
            "all": [m.id for m in preview.all(t.Measurement)],
            "two": [m.id for m in preview.all(t.Measurement, visit="week 12", unit="10^9/L")],
            "id": [m.id for m in preview.all(t.Measurement, id="X1")],
            "among": [m.id for m in preview.among(t.Measurement, "visit", ["week 12", "x"])],
            "count": preview.count(t.Measurement),
            "has": [preview.has(t.Measurement, name) for name in ("X1", "X2")],
            "value": preview.get(t.Measurement, "X1").value,
        }  # fmt: skip
        with pytest.raises(RecordError, match="no such measurement"):
            preview.get(t.Measurement, "X2")
    with store.writing("cora") as writer:
        writer.add_many(t.Measurement, [("X0", moved), ("X1", new["X1"])])
    with store.reading() as reader:
        assert staged == {
            "visits": [[m.id for m in reader.all(t.Measurement, visit=v)] for v in ("week 6",
                       "week 12")],
            "all": [m.id for m in reader.all(t.Measurement)],
            "two": [m.id for m in reader.all(t.Measurement, visit="week 12", unit="10^9/L")],
            "id": [m.id for m in reader.all(t.Measurement, id="X1")],
            "among": [m.id for m in reader.among(t.Measurement, "visit", ["week 12", "x"])],
            "count": reader.count(t.Measurement),
            "has": [True, False],
            "value": reader.get(t.Measurement, "X1").value,
        }  # fmt: skip
