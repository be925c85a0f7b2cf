"""The store with 10,000 batches and 100,000 audit records, on SQLite.

python -m benchmarks.store_speed
"""

import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import store_commands
from benchmarks.store_kills import NOW, clock
from hevesy.pharmacy import CustodyItem
from hevesy.store import Store, check_audit, open_store
from hevesy.store import tables as t
from hevesy.store.record import Record
from hevesy.store.tables import Batch, BatchComponent
from hevesy.workflows import people
from hevesy.workflows.custody.tracing import custody_links

BATCHES = 10_000
PER_BATCH = 9  # components of each: with the batch, 100,000 audit records
SINGLE = 200
COMMANDS = 21
FIRST = 1000  # names from there on are not taken
TRACES = 21
ALL = "all"  # somebody with every role that is needed here


def run(batches: int = BATCHES, commands: int = COMMANDS) -> dict[str, Any]:
    """Fill the store; time single writes, each kind of command, traces and the proof."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "study"
        store_commands.make_study(folder)
        people.add_user(
            folder, ALL, full_name=ALL, roles=("pharmacist", "physicist", "investigator"),
            new_passphrase=store_commands.PASSPHRASE, user="root",
            passphrase=store_commands.PASSPHRASE,
        )  # fmt: skip
        store = open_store(folder / "study.db", clock=clock)
        with store.writing(ALL) as writer:
            writer.add(t.Site(id="S1", name="Hospital", timezone="UTC"))
        begin = time.perf_counter()
        for first in range(0, batches, 100):
            with store.writing(ALL) as writer:
                for number in range(first, first + 100):
                    _batch(writer.add, number)
        filled = time.perf_counter() - begin
        singles = []
        for number in range(SINGLE):
            begin = time.perf_counter()
            with store.writing(ALL) as writer:
                writer.add(BatchComponent(id=f"S{number}", batch="B7", name="gas", lot="2"))
            singles.append(time.perf_counter() - begin)
        traced = _trace(store)
        store_commands.run(folder, range(FIRST, FIRST + 1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        kinds = store_commands.run(folder, range(FIRST + 1, FIRST + 1 + commands))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin, cpu = time.perf_counter(), time.process_time()
        with store.reading() as reader:
            proof = check_audit(reader.connection)
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        store.close()
    if not proof.proved:
        raise SystemExit(proof.faults)
    return {
        "records": proof.records,
        "fill_s": filled,
        "single_write_ms": 1e3 * statistics.median(singles),
        "commands": kinds,
        "commands_memory_mb": grown / 1e3,
        **traced,
        "proof_s": seconds,
        "proof_cpu_s": cpu,
        "proof_memory_mb": (after - before) / 1e3,
    }


def _trace(store: Store) -> dict[str, float]:
    """One batch from its generator to its patient, and a generator of a hundred elutions."""
    with store.writing(ALL) as writer:
        _chain(writer.add)
    found = {}
    for kind, name in (("batch", "B7"), ("patient", "P1"), ("generator", "G1")):
        times = []
        for _ in range(TRACES):
            begin = time.perf_counter()
            with store.reading() as reader:
                item = CustodyItem(kind=kind, identifier=name)
                for down in (True, False):
                    custody_links(reader, item, down=down)
            times.append(time.perf_counter() - begin)
        found[f"trace_{kind}_ms"] = 1e3 * statistics.median(times)
    return found


def _batch(add: object, number: int) -> None:
    add(Batch(  # type: ignore[operator]
        id=f"B{number}", site="S1", agent="a", nuclide="Re-188", started_at=NOW,
        performed_by=ALL,
    ))  # fmt: skip
    for part in range(PER_BATCH):
        add(BatchComponent(  # type: ignore[operator]
            id=f"C{number}-{part}", batch=f"B{number}", name="vial", lot="1"
        ))  # fmt: skip


def _chain(add: Callable[[Record], Record]) -> None:
    who, bq = {"performed_by": ALL}, {"activity_bq": 1e9, "volume_ml": 1.0, "measured_at": NOW}
    add(t.Generator(id="G1", site="S1", parent_nuclide="W-188", daughter_nuclide="Re-188",
                    lot="1", calibrated_at=NOW, parent_bq=1e10))  # fmt: skip
    for number in range(100):
        add(t.Elution(id=f"E{number}", generator="G1", at=NOW, **bq, **who))
        add(t.BatchElution(id=f"BE{number}", batch=f"B{number}", elution=f"E{number}", **bq))
        add(t.Vial(id=f"V{number}", batch=f"B{number}", container="vial", **bq, **who))
        add(t.Syringe(id=f"Y{number}", vial=f"V{number}", container="syringe", **bq, **who))
    add(t.Patient(id="P1", site="S1"))
    add(t.Inclusion(id="P1-1", patient="P1", at=NOW, eligible=True))
    add(t.Lesion(id="L1", patient="P1", organ="liver"))
    add(t.Administration(
        id="A1", inclusion="P1-1", agent="a", nuclide="Re-188", route="intratumoral", at=NOW,
        kind="net", activity_bq=1e9, operator=ALL,
    ))  # fmt: skip
    add(t.Injection(
        id="I1", administration="A1", lesion="L1", syringe="Y7", started_at=NOW, ended_at=NOW,
        pre_bq=1e9, pre_at=NOW, net_bq=1e9, kind="net", operator=ALL,
    ))  # fmt: skip
    add(t.Scan(id="N1", administration="A1", at=NOW, files_sha256="0" * 64))


if __name__ == "__main__":
    print(json.dumps(run()))
