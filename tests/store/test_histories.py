"""Random histories: whatever happened, the audit proves it, and one altered value is found."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hevesy.errors import HevesyError
from hevesy.protocol import Role, is_allowed
from hevesy.store import check_audit, open_store
from hevesy.store import tables as t
from tests.store.conftest import Clock
from tests.store.study import PASSPHRASE, PEOPLE
from tests.store.test_proof import faults, tampering

VALUES = st.one_of(
    st.floats(min_value=0, max_value=1e12, allow_subnormal=True), st.just(0.0), st.just(-0.0)
)
WORDS = st.text(max_size=12)
STEP = st.tuples(
    st.sampled_from(["add", "correct", "sign"]),
    st.sampled_from([*PEOPLE, "nobody"]),
    st.sampled_from(["V1", "V2", "V3"]),
    VALUES,
    WORDS,
    st.booleans(),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=12), where=st.integers(min_value=0, max_value=10_000))
def test_histories(
    filled: Callable[[str], Path], steps: list[tuple[object, ...]], where: int
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "study.db"
        shutil.copy(filled("sqlite"), path)
        store = open_store(path, clock=Clock())
        versions, signed = {"V1": 1}, set()
        for action, user, name, value, words, secret in steps:
            roles = [Role(PEOPLE[user])] if user in PEOPLE else []
            may = is_allowed(roles, t.Vial.__action__)
            clean = all(ord(c) >= 32 or c in "\t\n\r" for c in words)
            expected = {
                "add": may and clean and name not in versions,
                "correct": may and clean and name in versions and bool(words.strip())
                and (name not in signed or secret),
                "sign": bool(roles) and clean and secret and name in versions,
            }[action]  # fmt: skip
            try:
                with store.writing(
                    user, reason=words, passphrase=PASSPHRASE if secret else None
                ) as writer:
                    if action == "add":
                        writer.add(t.Vial(
                            id=name, batch="B1", container=f"vial {words}", volume_ml=value,
                            activity_bq=1e9, measured_at=Clock().now, performed_by="paul",
                        ))  # fmt: skip
                    elif action == "correct":
                        seen = versions.get(name, 1)
                        writer.correct(
                            t.Vial, name, expected_version=seen, volume_ml=value,
                            activity_bq=1e9 + seen,
                        )  # fmt: skip
                    else:
                        writer.sign(t.Vial, name, meaning="checked")
                done = True
            except HevesyError:
                done = False
            assert done is bool(expected), (action, user, name)
            if done and action != "sign":
                versions[name] = versions.get(name, 0) + 1
            if done and action == "sign":
                signed.add(name)
        with store.reading() as reader:
            for name, version in versions.items():
                found = reader.history(t.Vial, name)
                assert [vial.version for vial in found] == list(range(1, version + 1))
            proof = check_audit(reader.connection)
            assert proof.faults == ()
        with tampering(store) as connection:
            seq = where % proof.records + 1
            connection.execute(
                text("UPDATE audit SET new = new || ' ' WHERE seq = :seq"), {"seq": seq}
            )
            assert faults(connection)
        store.close()
