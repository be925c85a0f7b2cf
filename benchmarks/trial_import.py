"""A made-up trial of 5,000 patients, imported: 50,000 events, 100,000 laboratory values.

python -m benchmarks.trial_import
"""

import csv
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hevesy.protocol import Role
from hevesy.store import open_store, tables
from hevesy.workflows.people import add_user
from hevesy.workflows.study import check_study, init_study
from hevesy.workflows.trial_import import import_table

PATIENTS, EVENTS, MEASUREMENTS = 5_000, 50_000, 100_000
SEED = 188
_PASSPHRASE = "correct horse battery"
_FIRST = date(2020, 1, 6)
_TERMS = [(f"Term {n}", f"Class {n % 12}") for n in range(120)]
_TESTS = (
    ("neutrophils", "10^9/L", 4.0), ("platelets", "10^9/L", 220.0), ("haemoglobin", "g/L", 130.0),
    ("creatinine", "umol/L", 80.0), ("bilirubin", "umol/L", 12.0),
)  # fmt: skip
_AGENT = ("", "unrelated", "unlikely", "possible", "probable", "definite")

MAPS = {
    "patients": """
[[record]]
kind = "patient"
name = "{subject}"
values = { site = "site", sex = "sex", birth_year = "born" }
[[record]]
kind = "inclusion"
name = "{subject}-1"
values = { patient = "subject", at = { text = "{included}T09:00" }, eligible = { constant = "no" }, ecog = "ecog" }
""",
    "events": """
[[record]]
kind = "adverse_event"
name = "{subject}-AE{nr}"
[record.values]
inclusion = "{subject}-1"
term = "term"
organ_class = "class"
grade = "grade"
began_on = "began"
ended_on = "ended"
related_agent = "agent"
related_procedure = "procedure"
""",
    "measurements": """
[[record]]
kind = "measurement"
name = "{subject}-{visit}-{test}"
[record.values]
inclusion = "{subject}-1"
visit = "visit"
measured_on = "day"
test = "test"
value = "value"
unit = "unit"
lower_normal = "low"
upper_normal = "high"
""",
}


def rows_of(
    table: str, *, seed: int = SEED, patients: int = PATIENTS, count: int
) -> Iterator[tuple[object, ...]]:
    """Made-up rows of one table, the heading first; the same seed, the same rows."""
    draw = random.Random(f"{seed} {table}")
    if table == "patients":
        yield "subject", "site", "sex", "born", "included", "ecog"
        for n in range(count):
            day = _FIRST + timedelta(days=n % 1000)
            yield f"P{n:05d}", "S1", draw.choice("FM"), draw.randint(1935, 2000), day, n % 3
    elif table == "events":
        yield "subject", "nr", "term", "class", "grade", "began", "ended", "agent", "procedure"
        for n in range(count):
            day = _FIRST + timedelta(days=1000 + draw.randint(0, 180))
            end = day + timedelta(days=draw.randint(0, 20)) if draw.random() < 0.9 else ""
            grade = min(4, 1 + int(draw.expovariate(1.2)))
            words = draw.choice(_TERMS)
            yield (f"P{draw.randrange(patients):05d}", n, *words, grade, day, end,
                   draw.choice(_AGENT), draw.choice(_AGENT))  # fmt: skip
    else:
        yield "subject", "visit", "day", "test", "value", "unit", "low", "high"
        for n in range(count):
            visit, rest = divmod(n, patients * len(_TESTS))
            subject, kind = divmod(rest, len(_TESTS))
            test, unit, mean = _TESTS[kind]
            value = f"{mean * draw.lognormvariate(0.0, 0.25):.2f}"
            day = _FIRST + timedelta(days=1000 + 7 * visit)
            yield (f"P{subject:05d}", f"week-{visit}", day, test, value, unit,
                   f"{0.6 * mean:.1f}", f"{1.5 * mean:.1f}")  # fmt: skip


def make_study(folder: Path) -> None:
    """A study with a site and a coordinator."""
    init_study(folder, template="imdendrim", user="ada", full_name="Ada", passphrase=_PASSPHRASE)
    add_user(
        folder, "cora", full_name="Cora", roles=(Role.COORDINATOR,), new_passphrase=_PASSPHRASE,
        user="ada", passphrase=_PASSPHRASE,
    )  # fmt: skip
    store = open_store(folder / "study.db", clock=lambda: datetime.now(UTC))
    with store.writing("ada") as writer:
        writer.add(tables.Site(id="S1", name="Shanghai Xinhua Hospital", timezone="Asia/Shanghai"))
    store.close()


def fill(folder: Path, sizes: dict[str, int], *, seed: int = SEED) -> dict[str, float]:
    """Import the three tables into a study; seconds of each."""
    seconds = {}
    for table, count in sizes.items():
        file, mapping = folder.parent / f"{table}.csv", folder.parent / f"{table}.toml"
        mapping.write_text(MAPS[table])
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows(
                rows_of(table, seed=seed, patients=sizes["patients"], count=count)
            )
        begin, cpu = time.perf_counter(), time.process_time()
        report = import_table(file, folder, mapping, user="cora")
        seconds[f"{table}_s"] = time.perf_counter() - begin
        seconds[f"{table}_cpu_s"] = time.process_time() - cpu
        if report.rows != count or not report.written:
            raise SystemExit(f"{table}: {report.rows} rows")
    return seconds


def run(scale: float = 1.0) -> dict[str, float]:
    """Import, import again, prove the audit."""
    sizes = {"patients": PATIENTS, "events": EVENTS, "measurements": MEASUREMENTS}
    sizes = {table: int(scale * count) for table, count in sizes.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        make_study(folder)
        found = fill(folder, sizes)
        begin = time.perf_counter()
        for table in sizes:
            parent = folder.parent
            again = import_table(
                parent / f"{table}.csv", folder, parent / f"{table}.toml", user="cora"
            )
            if again.written:
                raise SystemExit(f"{table} changed by a second import")
        found["again_s"] = time.perf_counter() - begin
        proof = check_study(folder, audit=True)
    if proof.faults or proof.records is None or proof.records < sum(sizes.values()):
        raise SystemExit(proof.faults)
    found["import_s"] = sum(found[f"{table}_s"] for table in sizes)
    found["import_cpu_s"] = sum(found[f"{table}_cpu_s"] for table in sizes)
    found["memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return found


if __name__ == "__main__":
    print(json.dumps(run()))
