"""The store with 10,000 batches and 100,000 audit records, on SQLite.

python -m benchmarks.store_speed
"""

import json
import resource
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.store_kills import NOW, clock, make
from hevesy.store import check_audit, open_store
from hevesy.store.tables import Batch, BatchComponent

BATCHES = 10_000
PER_BATCH = 9  # components of each: with the batch, 100,000 audit records
SINGLE = 200


def run(batches: int = BATCHES) -> dict[str, float]:
    """Fill the store; time single writes and the proof."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.db"
        make(path)
        store = open_store(path, clock=clock)
        begin = time.perf_counter()
        for first in range(0, batches, 100):
            with store.writing("ada") as writer:
                for number in range(first, first + 100):
                    _batch(writer.add, number)
        filled = time.perf_counter() - begin
        singles = []
        for number in range(SINGLE):
            begin = time.perf_counter()
            with store.writing("ada") as writer:
                writer.add(BatchComponent(id=f"S{number}", batch="B7", name="gas", lot="2"))
            singles.append(time.perf_counter() - begin)
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
        "proof_s": seconds,
        "proof_cpu_s": cpu,
        "proof_memory_mb": (after - before) / 1e3,
    }


def _batch(add: object, number: int) -> None:
    add(Batch(  # type: ignore[operator]
        id=f"B{number}", site="S1", agent="a", nuclide="Re-188", started_at=NOW,
        performed_by="ada",
    ))  # fmt: skip
    for part in range(PER_BATCH):
        add(BatchComponent(  # type: ignore[operator]
            id=f"C{number}-{part}", batch=f"B{number}", name="vial", lot="1"
        ))  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run()))
