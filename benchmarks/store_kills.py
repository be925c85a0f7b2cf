"""A writer is killed at random instants: nothing acknowledged is lost, nothing is half there.

python -m benchmarks.store_kills            500 times on SQLite, about two minutes
"""

import multiprocessing
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from hevesy.store import Store, check_audit, connect, create_store, open_store
from hevesy.store.connection import read_transaction
from hevesy.store.tables import Account, Batch, BatchComponent, Site, Study

NOW = datetime(2026, 1, 9, 10, 30, tzinfo=UTC)
PASSPHRASE = "correct horse battery"


def clock() -> datetime:
    """A clock that stands still."""
    return NOW


def make(address: str | Path) -> None:
    """A study in which one person may do everything that follows."""
    roles = ["administrator", "pharmacist", "investigator", "physicist"]
    founder = Account(id="ada", full_name="Ada", roles=roles, passphrase_hash="")
    study = Study(id="study", name="A", protocol={}, protocol_sha256="0")
    store = create_store(address, clock=clock, study=study, founder=founder, passphrase=PASSPHRASE)
    with store.writing("ada") as writer:
        writer.add(Site(id="S1", name="Hospital", timezone="UTC"))
    store.close()


def write_forever(address: str | Path, acknowledge: int, first: int) -> None:
    """Write batches, each with its component in one transaction; say so after each."""
    store = open_store(address, clock=clock)
    number = first
    while True:
        add_batch(store, number)
        os.write(acknowledge, f"{number}\n".encode())
        number += 1


def add_batch(store: Store, number: int) -> None:
    """Two records, one transaction."""
    with store.writing("ada") as writer:
        writer.add(Batch(
            id=f"B{number}", site="S1", agent="a", nuclide="Re-188", started_at=NOW,
            performed_by="ada",
        ))  # fmt: skip
        writer.add(BatchComponent(id=f"C{number}", batch=f"B{number}", name="vial B", lot="1"))


def run(
    address: str | Path,
    times: int,
    *,
    seed: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, int]:
    """Kill a writer so many times; count what was acknowledged, lost and half there.

    The instants are drawn so that some fall into the opening of the database and most into writes.
    """
    random = Random(seed)
    fork = multiprocessing.get_context("fork")
    found = {"kills": 0, "acknowledged": 0, "unacknowledged_kept": 0, "lost": 0, "half": 0}
    for kill in range(times):
        first = kill * 100_000
        reading, writing = os.pipe()
        child = fork.Process(target=write_forever, args=(address, writing, first), daemon=True)
        child.start()
        os.close(writing)
        if kill % 4:  # most instants fall between and into writes, the rest into the opening
            select.select([reading], [], [], 30.0)
        time.sleep(random.uniform(0.0, 0.1))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        with os.fdopen(reading) as pipe:
            said = [int(line) for line in pipe.read().splitlines()]
        found["kills"] += 1
        _count(address, first, said, found)
        if kill % 50 == 49:
            say(f"{kill + 1} kills, {found['acknowledged']} acknowledged")
    engine = connect(address)
    with read_transaction(engine) as connection:
        found["faults"] = len(check_audit(connection).faults)
    engine.dispose()
    return found


def _count(address: str | Path, first: int, said: list[int], found: dict[str, int]) -> None:
    store = open_store(address, clock=clock)
    with store.reading() as reader:
        number = first
        while (batch := reader.find(Batch, f"B{number}")) is not None:
            found["half"] += reader.find(BatchComponent, f"C{number}") is None
            found["unacknowledged_kept"] += number not in said
            assert batch.audit
            number += 1
    found["acknowledged"] += len(said)
    found["lost"] += sum(wanted >= number for wanted in said)
    store.close()


def main(times: int = 500) -> None:
    """Run it on SQLite; a loss, a half record or a fault of the audit ends it with exit code 1."""
    folder = Path(tempfile.mkdtemp(prefix="hevesy-kills-"))
    try:
        make(folder / "study.db")
        found = run(folder / "study.db", times, say=print)
        print(found, flush=True)
        if found["lost"] or found["half"] or found["faults"]:
            raise SystemExit(1)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
