"""Random histories of the chain, held against a ledger and a model of the rules kept apart.

python -m benchmarks.chain_histories           all of it anew, on SQLite and PostgreSQL
python -m benchmarks.chain_histories --page    only the page, from what is stored

Each history is of one seed. Afterwards values are altered in its database, one at a time.
"""

import argparse
import functools
import json
import math
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import argon2
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError
from tests.store.chain_protocol import PROTOCOL
from tests.store.cluster import cluster, run_on, why_missing

from benchmarks import chain_page
from benchmarks.chain_ledger import ALLOWED, USABLE, Ledger, to_start
from benchmarks.chain_steps import PASSPHRASE, PEOPLE, Steps
from benchmarks.stored import write_stored
from hevesy import __version__
from hevesy.errors import HevesyError
from hevesy.files import read_study
from hevesy.store import Reader, connect, record_kinds
from hevesy.store import tables as t
from hevesy.store.audit import chain_head
from hevesy.store.triggers import expected_triggers
from hevesy.workflows.custody.standing import read_vial
from hevesy.workflows.people import add_user
from hevesy.workflows.study import amend_study, check_study, init_study, open_study, with_address
from hevesy.workflows.study_heads import remember_head

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
STORED, PAGE = PAGES / "store.json", PAGES / "store.md"
SEED = 20260109
HISTORIES = {"sqlite": 50, "postgresql": 15}
STEPS, ALTERED = 60, 10
CLOSE = (
    1e-9  # sums of some tens of doubles, and times kept to the microsecond: 1e-11 of a half-life
)
STUDY = PROTOCOL.replace("A study", "Histories")


class BrokenRuleError(Exception):
    """What was seen is not what the ledger, or the rules, say."""


def require(holds: bool, what: str) -> None:
    """Say what does not hold."""
    if not holds:
        raise BrokenRuleError(what)


def make_base(folder: Path, url: str | None = None) -> None:
    """A study with its people and two patients, one of them not eligible."""
    init_study(
        folder, template="blank", user="root", full_name="Root", passphrase=PASSPHRASE, url=url
    )
    (folder / "study.toml").write_text(with_address(STUDY, url), "utf-8")
    amend_study(folder, user="root", passphrase=PASSPHRASE, reason="the protocol")
    for name, role in PEOPLE.items():
        add_user(
            folder, name, full_name=name, roles=(role,), new_passphrase=PASSPHRASE, user="root",
            passphrase=PASSPHRASE,
        )  # fmt: skip
    with open_study(folder) as (_, store):
        with store.writing("root") as writer:
            for name in ("Workshop", "Hospital"):
                writer.add(t.Site(id=name, name=name, timezone="Europe/Warsaw"))
        with store.writing("ines") as writer:
            for person in ("P1", "P2"):
                writer.add(t.Patient(id=person, site="Hospital"))
                writer.add(t.Inclusion(id=f"{person}-1", patient=person, eligible=person == "P1",
                                       at=datetime(2024, 3, 1, tzinfo=UTC)))  # fmt: skip
            for lesion in "LM":
                writer.add(t.Lesion(id=f"P1-{lesion}", patient="P1", organ="liver"))


def engine_of(folder: Path) -> Engine:
    """The database of a study, past hevesy's own way in."""
    url = read_study(folder / "study.toml").url
    return connect(folder / "study.db" if url is None else url)


def play(folder: Path, random: Random, steps: int) -> tuple[Ledger, Counter[str]]:
    """Try so many steps; each passes or is refused as the model says, and a refusal leaves nothing.

    Raises
    ------
    BrokenRuleError
        One was not.
    """
    drawn, counts = Steps(folder, random), Counter[str]()
    engine = engine_of(folder)
    try:
        for _ in range(steps):
            step = drawn.draw()
            before = _length(engine)
            try:
                step.do()
            except HevesyError as error:
                passed, said = False, str(error)
                require(_length(engine) == before, f"{step.what} was refused and left a row")
            else:
                passed, said = True, "it passed"
                step.keep()
                require(_length(engine) > before, f"{step.what} passed and left no row")
            require(step.lawful in {None, passed}, f"{step.what}, lawful {step.lawful}: {said}")
            counts[f"{step.what.split()[0]} {'passed' if passed else 'refused'}"] += 1
    finally:
        engine.dispose()
    return drawn.ledger, counts


def _length(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT max(seq) FROM audit")).scalar_one())


def check(folder: Path, ledger: Ledger) -> float:
    """Hold the records against the ledger; give the largest relative difference.

    Raises
    ------
    BrokenRuleError
        Activity is not conserved, or a state was reached against the rules.
    """
    with open_study(folder) as (_, store), store.reading() as reader:
        found = _shares(reader)
        _check_states(reader, ledger)
        worst = _check_injections(reader, ledger)
        generators = _check_columns(reader, ledger)
    whole = max(ledger.eluted, 1.0)
    kept = ledger.shares()
    for name, bq in kept.items():
        off = abs(found[name] - bq) / whole
        require(off < CLOSE, f"{name}: {found[name]:.9g} Bq on record, {bq:.9g} Bq in the ledger")
        worst = max(worst, off)
    for what, total in (("ledger", sum(kept.values())), ("records", sum(found.values()))):
        off = abs(total - ledger.eluted) / whole
        require(off < CLOSE, f"{what}: eluted {ledger.eluted:.9g} Bq, accounted for {total:.9g} Bq")
        worst = max(worst, off)
    require(check_study(folder, audit=True).faults == (), "the audit is not proved")
    return max(worst, generators)


def _shares(reader: Reader) -> dict[str, float]:
    """Where the eluted activity is by the records, decayed to one time."""
    eluted = math.fsum(to_start(r.activity_bq, r.measured_at) for r in reader.all(t.Elution))
    used = math.fsum(to_start(r.activity_bq, r.measured_at) for r in reader.all(t.BatchElution))
    vials = reader.all(t.Vial)
    held = math.fsum(to_start(row.activity_bq, row.measured_at) for row in vials)
    left = 0.0
    for row in vials:
        books = read_vial(reader, row, "Re-188")
        at = max([row.measured_at, *(draw.drawn_at for draw in books.draws)])
        left += to_start(books.activity_left_bq(at), at)  # hevesy's own reckoning of what is left
    drawn = {"sample": 0.0, "waste": 0.0, "residual": 0.0}
    for one in reader.all(t.Withdrawal):
        drawn[one.purpose] += to_start(one.activity_bq, one.measured_at)
    return {
        "eluates": eluted - used,
        "labelling": used - held,
        "vials": left,
        "dispensed": math.fsum(
            to_start(row.activity_bq, row.measured_at) for row in reader.all(t.Syringe)
        ),
        "samples": drawn["sample"],
        "waste": drawn["waste"],
    }


def _check_states(reader: Reader, ledger: Ledger) -> None:
    decided: dict[str, list[t.ReleaseDecision]] = {name: [] for name in ledger.batches}
    for row in sorted(reader.all(t.ReleaseDecision), key=lambda row: row.audit):
        before = decided[row.batch]
        state = before[-1].state if before else "quarantine"
        require(row.state in ALLOWED[state], f"{row.batch}: {row.state} after {state}")
        require(len(reader.signatures(t.ReleaseDecision, row.id)) == 1, f"{row.id} is not signed")
        before.append(row)
    for name, batch in ledger.batches.items():
        last = decided[name][-1].state if decided[name] else "quarantine"
        require(last == batch.state, f"{name} is {last}, and should be {batch.state}")
    for vial in reader.all(t.Vial):
        for syringe in reader.all(t.Syringe, vial=vial.id):
            shots = reader.all(t.Injection, syringe=syringe.id)
            for at in (syringe.measured_at, *(shot.started_at for shot in shots)):
                then = [row.state for row in decided[vial.batch] if row.at <= at]
                require(bool(then) and then[-1] in USABLE, f"{syringe.id} of an unreleased batch")
                require(at < ledger.batches[vial.batch].expires_at, f"{syringe.id} past its expiry")


def _check_injections(reader: Reader, ledger: Ledger) -> float:
    """What each syringe put into lesions: pre-measurement less residual less reflux."""
    worst, given = 0.0, dict.fromkeys(ledger.injected, 0.0)
    for row in reader.all(t.Injection):
        given[str(row.syringe)] += to_start(row.net_bq, row.started_at)
    for name, bq in ledger.injected.items():
        off = abs(given[name] - bq) / bq
        require(off < CLOSE, f"{name}: {given[name]:.9g} Bq injected, {bq:.9g} Bq in the ledger")
        worst = max(worst, off)
    return worst


def _check_columns(reader: Reader, ledger: Ledger) -> float:
    """What stayed on each column after its last elution, by Bateman's equation."""
    worst = 0.0
    for name, column in ledger.columns.items():
        rows = sorted(reader.all(t.Elution, generator=name), key=lambda row: row.at)
        if rows:
            off = abs((rows[-1].left_bq or 0.0) - column.daughter_bq) / column.parent_bq
            require(off < CLOSE, f"{name}: {rows[-1].left_bq} Bq left, not {column.daughter_bq}")
            worst = max(worst, off)
    return worst


@contextmanager
def _unguarded(engine: Engine) -> Iterator[Connection]:
    """What somebody with the file, or the database's password, can do."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.exec_driver_sql("COMMIT")  # pragmas do nothing within a transaction
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql("BEGIN")
            for table in ("audit", *record_kinds()):
                for name in expected_triggers(table, "sqlite"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        yield connection
        connection.commit()


def _altered(value: Any, kind: str, random: Random) -> Any:
    if kind in {"Number", "Whole", "Flag"}:
        if value is None:
            return 1
        if kind == "Number":
            return random.choice([math.nextafter(value, math.inf), -value or 1.0, value + 1.0])
        return random.choice([value + 1, -value - 1])
    if not value:
        return "x"
    at = random.randrange(len(value))
    other = "x" if value[at] != "x" else "y"
    return random.choice([value[:at] + other + value[at + 1 :], value + " ", value[:-1] + "Z9"])


def alter(folder: Path, random: Random, times: int) -> Counter[str]:
    """Alter single values of any column of any audited row; each is found, and put back.

    Raises
    ------
    BrokenRuleError
        One was not found by `hevesy trial check --audit`.
    """
    counts: Counter[str] = Counter()
    engine = engine_of(folder)
    columns = [
        (name, column)
        for name, table in {**record_kinds(), "audit": t.Audit}.items()
        for column in table.__table__.columns
    ]
    try:
        while counts["found"] < times:
            name, column = random.choice(columns)
            key = _key(name, column.name)
            with engine.connect() as connection:
                rows = connection.execute(text(f"SELECT {key} FROM {name} ORDER BY {key}")).all()
                if not rows:
                    continue
                at = random.choice(rows)[0]
                query = text(f"SELECT {column.name} FROM {name} WHERE {key} = :at")
                old = connection.execute(query, {"at": at}).scalar_one()
            new = _altered(old, type(column.type).__name__, random)
            try:
                _set(engine, name, column.name, at, new)
            except IntegrityError:  # PostgreSQL keeps its checks and keys whatever is switched off
                counts["refused by the database"] += 1
                continue
            what = f"{name}.{column.name}: {old!r} became {new!r}"
            require(bool(faults(folder)), f"{what}, and was not found")
            counts["found"] += 1
            _set(engine, name, column.name, at, old)
        require(faults(folder) == [], "all was put back, and is not proved")
    finally:
        engine.dispose()
    return counts


def _key(table: str, altered: str) -> str:
    """What names a row while one of its columns is altered."""
    if table == "audit":
        return "hash" if altered == "seq" else "seq"
    return "(id || '/' || version)" if altered == "audit" else "audit"


def _set(engine: Engine, table: str, column: str, at: object, value: object) -> None:
    with _unguarded(engine) as connection:
        statement = text(f"UPDATE {table} SET {column} = :value WHERE {_key(table, column)} = :at")
        connection.execute(statement, {"value": value, "at": at})


def faults(folder: Path) -> list[str]:
    """What the check finds, but for the triggers that were taken away here."""
    found = check_study(folder, audit=True).faults
    return [fault for fault in found if "the database's rule" not in fault and "more" not in fault]


def cut_off(folder: Path, random: Random) -> None:
    """Take the last audit records and their rows away; only a head kept elsewhere tells.

    Raises
    ------
    BrokenRuleError
        It did not.
    """
    engine = engine_of(folder)
    with engine.connect() as connection:
        seq, head = chain_head(connection)
    remember_head(folder, name="kept.zip", created="", seq=seq, head=head)
    first = random.randrange(max(2, seq - 9), seq + 1)
    with _unguarded(engine) as connection:
        for table in reversed(record_kinds()):
            connection.execute(text(f"DELETE FROM {table} WHERE audit >= :first"), {"first": first})
        connection.execute(text("DELETE FROM audit WHERE seq >= :first"), {"first": first})
    engine.dispose()
    found = faults(folder)
    require(any("its end was cut off" in fault for fault in found), f"a cut-off end: {found}")


@contextmanager
def cheap_passphrases() -> Iterator[None]:
    """Argon2 with its least costs, for this process and this block only."""
    kept = argon2.PasswordHasher
    cheap = functools.partial(kept, time_cost=1, memory_cost=8, parallelism=1)
    argon2.PasswordHasher = cheap  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        argon2.PasswordHasher = kept  # type: ignore[misc]


def run_history(folder: Path, random: Random, *, steps: int, altered: int) -> dict[str, Any]:
    """Play a history on a study of its own, check it, and alter it."""
    ledger, counts = play(folder, random, steps)
    worst = check(folder, ledger)
    found = alter(folder, random, altered)
    cut_off(folder, random)
    return {"counts": counts, "altered": found, "worst": worst}


def run(dialect: str, address: str = "") -> dict[str, Any]:
    """Play the histories of one database; what does not hold is kept with its seed."""
    counts, altered, broken, worst = Counter[str](), Counter[str](), list[str](), 0.0
    begin = time.perf_counter()
    with cheap_passphrases(), tempfile.TemporaryDirectory(prefix="hevesy-histories-") as parent:
        base = Path(parent) / "base"
        if address:
            run_on(address, "CREATE DATABASE base TEMPLATE template0")
        make_base(base, f"{address}/base" if address else None)
        for number in range(HISTORIES[dialect]):
            folder, seed = Path(parent) / "study", SEED + number
            shutil.copytree(base, folder)
            if address:
                run_on(address, f"CREATE DATABASE h{number} TEMPLATE base")
                toml = (folder / "study.toml").read_text("utf-8")
                (folder / "study.toml").write_text(with_address(toml, f"{address}/h{number}"))
            try:
                found = run_history(folder, Random(seed), steps=STEPS, altered=ALTERED)
            except BrokenRuleError as error:
                broken.append(f"seed {seed}: {error}")
            else:
                counts += found["counts"]
                altered += found["altered"]
                worst = max(worst, found["worst"])
            shutil.rmtree(folder)
            if address:
                run_on(address, f"DROP DATABASE h{number}")
            if number % 20 == 19:
                took = time.perf_counter() - begin
                print(f"{dialect}: {number + 1} histories, {took:.0f} s", flush=True)
    return {
        "histories": HISTORIES[dialect],
        "first_seed": SEED,
        "steps": dict(sorted(counts.items())),
        "altered": dict(altered),
        "cut_off_found": HISTORIES[dialect] - len(broken),
        "worst_relative_difference": worst,
        "broken": broken,
    }


def main(arguments: list[str] | None = None) -> None:
    """Run and store; anything that did not hold ends it with exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chain_histories",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--page", action="store_true", help="write the page only")
    if not parser.parse_args(arguments).page:
        with ProcessPoolExecutor(2) as pool:
            local = pool.submit(run, "sqlite")
            found = {}
            if reason := why_missing():
                print(f"not on PostgreSQL: {reason}")
            else:
                with cluster() as address:
                    found["PostgreSQL"] = pool.submit(run, "postgresql", address).result()
            found = {"SQLite": local.result(), **found}
        date = datetime.now(UTC).date().isoformat()
        write_stored(STORED, {"version": __version__, "date": date, "databases": found}, digits=3)
    stored = json.loads(STORED.read_text("utf-8"))
    PAGE.write_text(chain_page.page(stored, steps=STEPS, close=CLOSE), "utf-8")
    broken = [line for one in stored["databases"].values() for line in one["broken"]]
    if broken:
        print("\n".join(broken))
        raise SystemExit(1)


if __name__ == "__main__":
    main()
