"""Random histories of the chain: conserved activity, no forbidden state, a proved audit."""

import contextlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hevesy.errors import HevesyError
from hevesy.files.batch_record import parse_batch_file
from hevesy.pharmacy import InjectionPart, SyringeMeasurement
from hevesy.store import check_audit
from hevesy.store import tables as t
from hevesy.workflows.custody.dispensing import dispense, withdraw
from hevesy.workflows.custody.injections import InjectionRequest, inject
from hevesy.workflows.custody.labelling import label_batch
from hevesy.workflows.custody.release import DECISIONS, add_test, decide
from hevesy.workflows.custody.supply import VialReading
from hevesy.workflows.study import open_study
from tests.store.chain_study import RECORD
from tests.store.study import PASSPHRASE
from tests.store.test_proof import faults, tampering

START = datetime(2024, 3, 7, 8, tzinfo=UTC)
HALF_S = 17.0040 * 3600  # 188Re, ICRP-107
ALLOWED = {  # written out once more, from the page and not from the code
    "quarantine": {"conditionally released", "released", "rejected", "recalled"},
    "conditionally released": {"released", "rejected", "recalled"},
    "released": {"recalled"},
    "rejected": set(),
    "recalled": set(),
}
STEP = st.tuples(
    st.sampled_from(["label", "test", "decide", "draw", "draw", "sample", "inject"]),
    st.sampled_from(["B1", "B2", "B5"]),
    st.floats(min_value=0.2, max_value=3.0),  # mL
    st.floats(min_value=0.5, max_value=1.5),  # of the share that the volume should have
    st.sampled_from([("pH", 6.0), ("pH", 9.0), ("radio-TLC", 90.0), ("radio-TLC", 84.9),
                     ("sterility", "no growth"), ("sterility", "growth")]),
    st.sampled_from(list(DECISIONS)),
    st.sampled_from(["dana", "ada", "cleo"]),
    st.integers(min_value=0, max_value=90),  # minutes since the step before
)  # fmt: skip


def fading(later: datetime, earlier: datetime) -> float:
    return float(2 ** (-(later - earlier).total_seconds() / HALF_S))


def act(study: Path, step: tuple[object, ...], number: int, now: datetime) -> None:
    """Try one step; the rules may refuse it."""
    action, batch, volume_ml, off, (test, found), decision, user, _ = step  # type: ignore[misc]
    vial = batch.replace("B", "V")
    activity_bq = volume_ml / 5 * 3.4e9 * fading(now, START - timedelta(hours=1)) * off
    reading = VialReading(activity_bq=activity_bq, relative_uncertainty=0.03, measured_at=now)
    if action == "label":
        record = RECORD.format(volume=off, used=2 * off, held=1.8 * off, gas="CO", vial=vial)
        label_batch(study, batch, parse_batch_file(record), user="ada")
    elif action == "test":
        number_of = found if isinstance(found, float) else None
        add_test(study, batch, test, user="cleo", sampled_at=now, result_at=now,
                 number=number_of, words=None if number_of else found)  # fmt: skip
    elif action == "decide":
        decide(study, batch, decision, user=user, passphrase=PASSPHRASE, reason="x", at=now)
    elif action == "draw":
        dispense(study, f"S{number + 10}", vial=vial, user="yann", container="s", shield="W",
                 volume_ml=volume_ml, reading=reading)  # fmt: skip
    elif action == "sample":
        withdraw(study, vial, user="yann", purpose="sample", volume_ml=volume_ml, reading=reading)
    else:
        with open_study(study) as (_, store), store.reading() as reader:
            syringe = reader.all(t.Syringe)[-1]
        full_bq = syringe.activity_bq * fading(now, syringe.measured_at)
        request = InjectionRequest(
            administration="A1", inclusion="P1-1", syringe=syringe.id,
            parts=(InjectionPart(lesion="P1-L", share=1.0, needle_passes=1),),
            before=SyringeMeasurement(activity_bq=full_bq, measured_at=now),
            after=SyringeMeasurement(activity_bq=0.1 * full_bq, measured_at=now),
            started_at=now, ended_at=now, calibrator_uncertainty_fraction=0.03,
        )  # fmt: skip
        inject(study, request, user="ines", confirmed=True)


def state_at(decisions: list[t.ReleaseDecision], at: datetime) -> str:
    reached = [row.state for row in decisions if row.at <= at]
    return reached[-1] if reached else "quarantine"


def check(study: Path) -> None:
    """What must hold whatever happened, reckoned from the rows alone."""
    with open_study(study) as (_, store), store.reading() as reader:
        decided: dict[str, list[t.ReleaseDecision]] = {}
        for row in sorted(reader.all(t.ReleaseDecision), key=lambda row: row.audit):
            before = decided.setdefault(row.batch, [])
            assert row.state in ALLOWED[before[-1].state if before else "quarantine"]
            assert not before or before[-1].at <= row.at
            assert reader.signatures(t.ReleaseDecision, row.id)
            if "released" in row.state:
                assert row.decided_by not in {"ada", "cleo"}  # who made and who tested
            before.append(row)
        for vial in reader.all(t.Vial):
            batch = reader.get(t.Batch, vial.batch)
            syringes = reader.all(t.Syringe, vial=vial.id)
            draws = [*syringes, *reader.all(t.Withdrawal, vial=vial.id)]
            for syringe in syringes:
                usable = {"conditionally released", "released"}
                assert state_at(decided.get(batch.id, []), syringe.measured_at) in usable
                assert syringe.measured_at < batch.expires_at  # type: ignore[operator]
                for shot in reader.all(t.Injection, syringe=syringe.id):
                    assert state_at(decided.get(batch.id, []), shot.started_at) in usable
                    assert shot.ended_at < batch.expires_at  # type: ignore[operator]
            assert sum(row.volume_ml for row in draws) <= vial.volume_ml * (1 + 1e-9)
            back = [row.activity_bq / fading(row.measured_at, vial.measured_at) for row in draws]
            # each reading has 3 % of itself; two standard deviations are the grace
            sigma = 0.03 * (vial.activity_bq**2 + sum(bq**2 for bq in back)) ** 0.5
            assert sum(back) <= vial.activity_bq + 2 * sigma + 1.0
        given = reader.find(t.Administration, "A1")
        if given is not None:
            shots = reader.all(t.Injection, administration="A1")
            total = sum(shot.net_bq * fading(given.at, shot.started_at) for shot in shots)
            assert abs(given.activity_bq - total) < 1e-5 * total  # half-life to 1e-5
        proof = check_audit(reader.connection)
        assert proof.faults == ()


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=4, max_size=14), where=st.integers(0, 10_000))
def test_histories_of_the_chain(
    chained: Callable[[str], Path], steps: list[tuple[object, ...]], where: int
) -> None:
    with TemporaryDirectory() as place:
        study = Path(place) / "s"
        shutil.copytree(chained("sqlite"), study)
        now = START
        for number, step in enumerate(steps):
            now += timedelta(minutes=int(step[-1]))  # type: ignore[call-overload]
            with contextlib.suppress(HevesyError):  # the rules may refuse it
                act(study, step, number, now)
        check(study)
        with open_study(study) as (_, store):
            rows = ("injection", "net_bq"), ("syringe", "activity_bq"), ("batch", "activity_bq")
            table, column = rows[where % 3]
            with tampering(store) as connection:
                query = f"UPDATE {table} SET {column} = {column} * 1.0000000001"
                if connection.execute(text(query)).rowcount:
                    assert faults(connection)
