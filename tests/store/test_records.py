"""Records are added, corrected by further versions, signed; nothing is changed or taken away."""

from contextlib import nullcontext
from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hevesy.errors import AccessError, RecordError, TimeError
from hevesy.protocol import PERMISSIONS, Role
from hevesy.store import Record, Store, check_audit, record_kinds
from hevesy.store import tables as t
from tests.store.study import PASSPHRASE, PEOPLE, hours, records


def columns_of(kind: type[Record]) -> list[str]:
    return [column.name for column in kind.__table__.columns]


def test_what_was_written_is_read_back(store: Store) -> None:
    kinds = {type(record) for _, record in records()}
    assert {cls.__name__ for cls in record_kinds().values()} - {k.__name__ for k in kinds} == {
        "Account", "Study", "Signature",
    }  # fmt: skip
    with store.reading() as reader:
        for _, record in records():
            found = reader.get(type(record), record.id)
            for column in columns_of(type(record)):
                if column not in {"audit", "version", "first_version"}:
                    assert getattr(found, column) == getattr(record, column), column
            assert found.version == 1
        assert [s.id for s in reader.all(t.Site)] == ["S1", "S2"]
        assert [s.id for s in reader.all(t.Scan, administration="A1")] == ["N1"]
        assert check_audit(reader.connection).faults == ()


def test_a_correction_is_a_further_version(store: Store) -> None:
    with store.writing("paul", reason="misread the display") as writer:
        new = writer.correct(t.Vial, "V1", expected_version=1, activity_bq=4.1e9)
        assert (new.version, new.activity_bq, new.volume_ml) == (2, 4.1e9, 2.5)
    with store.reading() as reader:
        assert [v.activity_bq for v in reader.history(t.Vial, "V1")] == [4.0e9, 4.1e9]
        assert [v.activity_bq for v in reader.all(t.Vial, batch="B1")] == [4.1e9]
        assert reader.all(t.Vial, activity_bq=4.0e9) == ()
        added, corrected = reader.trail(t.Vial, "V1")
        assert added.old is None
        assert corrected.old == added.new
        assert '"activity_bq":4100000000.0' in corrected.new
        assert (corrected.who, corrected.reason) == ("paul", "misread the display")
        assert corrected.software.startswith("hevesy ")
        assert corrected.at.utcoffset() is not None
        assert check_audit(reader.connection).proved


def test_refused_corrections(store: Store) -> None:
    with pytest.raises(RecordError, match="needs a reason"), store.writing("paul") as writer:
        writer.correct(t.Vial, "V1", expected_version=1, activity_bq=1.0)
    with store.writing("paul", reason="why") as writer:
        for words, changes in {
            "changes nothing": {"activity_bq": 4.0e9},
            "no such value": {"actvity_bq": 4.0},
        }.items():
            with pytest.raises(RecordError, match=words):
                writer.correct(t.Vial, "V1", expected_version=1, **changes)
        with pytest.raises(RecordError, match=r"meanwhile.*got 'version 1'"):
            writer.correct(t.Vial, "V1", expected_version=2, activity_bq=1.0)
        with pytest.raises(RecordError, match="no such vial"):
            writer.correct(t.Vial, "V9", expected_version=1, activity_bq=1.0)


def test_two_people_correct_the_same_batch_at_once(store: Store) -> None:
    said: list[str] = []
    start = Barrier(2)

    def correct(user: str, litres: float) -> None:
        start.wait()
        try:
            with store.writing(user, reason="reading") as writer:
                writer.correct(t.Batch, "B1", expected_version=1, volume_ml=litres)
            said.append("kept")
        except RecordError as error:
            said.append(str(error))

    threads = [Thread(target=correct, args=(n, i + 1.0)) for i, n in enumerate(("paul", "petra"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said)[0] == "kept"
    assert "changed meanwhile by somebody else" in sorted(said)[1]
    with store.reading() as reader:
        assert reader.get(t.Batch, "B1").version == 2
        assert check_audit(reader.connection).proved


def test_a_signed_record_changes_only_with_a_new_signature(store: Store) -> None:
    with store.writing("petra", passphrase=PASSPHRASE) as writer:
        signature = writer.sign(t.ReleaseDecision, "R1", meaning="released")
        assert (signature.signer, signature.record_version) == ("petra", 1)
    with (
        pytest.raises(AccessError, match=r"is signed.*new signature"),
        store.writing("petra", reason="expiry") as writer,
    ):
        writer.correct(t.ReleaseDecision, "R1", expected_version=1, expires_at=hours(10))
    with store.writing("petra", reason="expiry", passphrase=PASSPHRASE) as writer:
        writer.correct(t.ReleaseDecision, "R1", expected_version=1, expires_at=hours(10))
    with store.reading() as reader:
        found = reader.signatures(t.ReleaseDecision, "R1")
        assert [(s.record_version, s.meaning) for s in found] == [(1, "released"), (2, "corrected")]
        assert found[0].content_sha256 != found[1].content_sha256


def test_refused_signatures(store: Store) -> None:
    with pytest.raises(AccessError, match="passphrase of petra is wrong"):
        store.writing("petra", passphrase="wrong words here").__enter__()
    with store.writing("petra") as writer, pytest.raises(AccessError, match="needs the passphrase"):
        writer.sign(t.ReleaseDecision, "R1", meaning="released")
    with store.writing("petra", passphrase=PASSPHRASE) as writer:
        with pytest.raises(RecordError, match="meaning"):
            writer.sign(t.ReleaseDecision, "R1", meaning=" ")
        with pytest.raises(RecordError, match="no such release decision"):
            writer.sign(t.ReleaseDecision, "R9", meaning="released")
    with pytest.raises(AccessError, match="nobody of this name"):
        store.writing("zoe").__enter__()


def test_every_kind_of_record_as_every_role(store: Store) -> None:
    """The table of permissions is what the store does, cell by cell."""
    for user, role in {**PEOPLE, "ada": "administrator"}.items():
        fresh = []
        with store.writing(user) as writer:
            for _, record in records():
                kind = type(record)
                values = {
                    name: getattr(record, name)
                    for name in columns_of(kind)
                    if name not in {"audit", "version", "first_version", "id"}
                }
                allowed = Role(role) in PERMISSIONS[kind.__action__]
                refused = pytest.raises(AccessError, match=f"{user} may not")
                with nullcontext() if allowed else refused:
                    writer.add(kind(id=f"{record.id}-{user}", **values))
                fresh.append((kind, f"{record.id}-{user}", allowed))
        with store.reading() as reader:
            for kind, name, allowed in fresh:
                assert (reader.find(kind, name) is not None) is allowed, (user, kind)


def test_people_change_only_with_a_signature(store: Store) -> None:
    new = {"full_name": "Max", "roles": ["monitor"], "passphrase_hash": "x"}
    with store.writing("ada") as writer, pytest.raises(AccessError, match="only with a signature"):
        writer.add(t.Account(id="max", **new))
    with (
        store.writing("paul", passphrase=PASSPHRASE) as writer,
        pytest.raises(AccessError, match="paul may not add users"),
    ):
        writer.add(t.Account(id="max", **new))
    with store.writing("paul", passphrase=PASSPHRASE, reason="new words") as writer:
        with pytest.raises(AccessError, match="paul may not add users"):
            writer.correct(t.Account, "paul", expected_version=1, roles=["administrator"])
        writer.correct(t.Account, "paul", expected_version=1, passphrase_hash="y")
        with pytest.raises(AccessError, match="paul may not add users"):
            writer.correct(t.Account, "petra", expected_version=1, passphrase_hash="y")


@pytest.mark.parametrize(
    ("error", "words", "record"),
    [
        (TimeError, "no zone", lambda: t.Patient(id="P", site="S1", sex=None, birth_year=None)),
        (RecordError, "not finite", lambda: t.Lesion(id="L9", patient="P01", organ="liver",
                                                      longest_diameter_mm=float("nan"))),
        (RecordError, "is missing", lambda: t.Lesion(id="L9", patient="P01", organ=None)),
        (RecordError, "control characters", lambda: t.Lesion(id="L9", patient="P01", organ="a\0")),
        (RecordError, "must be a text", lambda: t.Lesion(id="L9", patient="P01", organ=3)),
        (RecordError, "breaks a rule", lambda: t.Lesion(id="", patient="P01", organ="liver")),
        (RecordError, "not there; enter", lambda: t.Lesion(id="L9", patient="P99", organ="x")),
        (RecordError, "is there already", lambda: t.Lesion(id="L1", patient="P01", organ="x")),
    ],
)  # fmt: skip
def test_values_that_are_refused(
    store: Store, error: type[Exception], words: str, record: object
) -> None:
    made = record()
    if error is TimeError:
        made = t.Inclusion(id="P01-2", patient="P01", at=datetime(2026, 1, 1), eligible=True)  # noqa: DTZ001
    with pytest.raises(error, match=words), store.writing("cora") as writer:
        writer.add(made)
    with store.reading() as reader:
        assert check_audit(reader.connection).proved


def test_the_database_itself_refuses(store: Store) -> None:
    for kind in (*record_kinds(), "audit"):
        key = "seq" if kind == "audit" else "id"
        again = f"INTO {kind} SELECT * FROM {kind} LIMIT 1"
        statements = [f"UPDATE {kind} SET {key} = {key}", f"DELETE FROM {kind}"]
        if store.engine.dialect.name == "postgresql":
            statements += [f"TRUNCATE {kind} CASCADE", f"INSERT {again}"]
        else:
            statements += [f"INSERT OR REPLACE {again}", f"INSERT OR IGNORE {again}"]
        if kind != "audit":  # a row without an audit record of its own
            columns = columns_of(record_kinds()[kind])
            picked = ", ".join("'other'" if name == "id" else name for name in columns)
            statements.append(
                f"INSERT INTO {kind} ({', '.join(columns)}) SELECT {picked} FROM {kind} LIMIT 1"
            )
        with store.engine.connect() as connection:
            for statement in statements:
                with pytest.raises(DBAPIError, match=r"hevesy: |duplicate key"):
                    connection.execute(text(statement))
                connection.rollback()
