"""`make bench`: measured seconds and memory against the limits that were set.

python -m benchmarks
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import (
    kernel_dose,
    monte_carlo,
    pytomography_peer,
    rtstruct,
    store_speed,
    trial_export,
    trial_import,
    voxel_curves,
)

PYTHON = [sys.executable, "-m", "hevesy"]


def child(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, and the largest child's memory in GB so far."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, after.ru_maxrss / 1e6


def six_scans() -> dict[str, float]:
    """Seconds and GB of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.six_scans"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def row(name: str, measured: float, limit: float, unit: str) -> None:
    """Print one measurement, its limit and their ratio."""
    print(f"{name:58s} {measured:8.2f} {unit:3s} limit {limit:6.1f}  ratio {measured / limit:.2f}")


def main() -> None:
    """Measure all of it."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before: seconds of wall, ratio below 1 is met")
    child([*PYTHON, "--help"])
    row("hevesy --help", min(child([*PYTHON, "--help"])[0] for _ in range(3)), 0.4, "s")
    with tempfile.TemporaryDirectory() as folder:
        seconds, cpu, memory = child([*PYTHON, "demo", "--out", str(Path(folder) / "demo")])
    row("hevesy demo, whole run", seconds, 60.0, "s")
    row("hevesy demo, seconds of CPU", cpu, 120.0, "s")
    row("hevesy demo, memory", memory, 2.0, "GB")
    row("RTSTRUCT of 40 regions on 512x512x200", rtstruct.run()["read_40_regions_s"], 10.0, "s")
    row("curves of 10^6 voxels x 6 scans", voxel_curves.run(large=False)["1e6_voxels_s"], 60.0, "s")
    found = six_scans()
    row("6 x 256x256x200, registration, voxel curves", found["wall_s"], 240.0, "s")
    row("6 x 256x256x200, seconds of CPU", found["cpu_s"], 480.0, "s")
    row("6 x 256x256x200, memory", found["memory_gb"], 4.0, "GB")
    kernel = kernel_dose.run()
    for size, limit in kernel_dose.TARGET_S.items():
        plain = kernel[f"{size}_scipy_s"]
        name = f"kernel dose of {size}^3 (scipy's fftconvolve: {plain:.2f} s)"
        row(name, kernel[f"{size}_s"], limit, "s")
    _store()
    _import()
    _trial_export()
    _trial_tables()
    _monte_carlo()
    _reconstruction()


def _trial_export() -> None:
    """A study's rows as SDTM and ADaM."""
    found = trial_export.run()
    name = f"export of 300 patients, {found['rows']:.0f} rows"
    row(f"{name}, made and checked", found["made_s"], trial_export.LIMIT_S, "s")
    row(f"{name}, with files", found["made_s"] + found["written_s"], trial_export.LIMIT_S, "s")
    row(f"{name}, memory", found["memory_gb"], 2.0, "GB")
    found = trial_export.run_folder()
    name = f"export of a folder, {found['scans']:.0f} scans, {found['rows']:.0f} rows"
    row(f"{name}, database read", found["folder_s"], trial_export.LIMIT_S, "s")
    row(f"{name}, s of CPU", found["folder_cpu_s"], trial_export.LIMIT_S, "s")


def _trial_tables() -> None:
    """Tables and figures of a large study, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.trial_tables"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    row("trial tables, 50,000 events: all formats, s of CPU", found["all_cpu_s"], 60.0, "s")
    row("trial tables: the responses behind them, s of CPU", found["prepare_cpu_s"], 10.0, "s")
    row("trial tables: the slowest one, s of CPU", found["slowest_table_cpu_s"], 2.0, "s")
    row("trial tables, memory", found["memory_gb"], 2.0, "GB")


def _store() -> None:
    """A study's store on SQLite."""
    found = store_speed.run()
    name = f"store of {found['records']:.0f} audit records"
    row(f"{name}, single write, median", found["single_write_ms"], 20.0, "ms")
    for kind, took in found["commands"].items():
        row(f"  {kind}, median", took["ms"], 20.0, "ms")
    signed = [took["passphrase_ms"] for took in found["commands"].values() if took["passphrase_ms"]]
    print(f"  (a signature's passphrase by argon2id, not in these: {min(signed):.0f} ms)")
    row(
        f"{name}, memory of {store_speed.COMMANDS * len(found['commands'])} writes",
        found["commands_memory_mb"],
        100.0,  # argon2id takes 64 MB for a signature, and gives them back
        "MB",
    )
    for kind in ("batch", "patient", "generator"):
        row(f"{name}, trace of a {kind}, median", found[f"trace_{kind}_ms"], 200.0, "ms")
    row(f"{name}, proof of the audit", found["proof_s"], 10.0, "s")
    row(f"{name}, proof, seconds of CPU", found["proof_cpu_s"], 10.0, "s")
    row(f"{name}, memory of the proof", found["proof_memory_mb"], 50.0, "MB")


def _import() -> None:
    """A table's rows as a study's records on SQLite."""
    found = trial_import.run()
    name = "import of 5,000 patients, 50,000 events, 100,000 values"
    row(name, found["import_s"], 30.0, "s")
    row(f"{name}, CPU", found["import_cpu_s"], 30.0, "s")
    row(f"{name}, once more", found["again_s"], 30.0, "s")
    row(f"{name}, memory", found["memory_gb"], 1.0, "GB")


def _reconstruction() -> None:
    """OSEM beside PyTomography; says so where the data or the peer are missing."""
    found = pytomography_peer.run()
    if found is None:
        return
    row("OSEM 2 x 10 of a real bed, seconds of CPU", found["hevesy_cpu_s"], 6.0, "s")
    if "cpu_ratio" not in found:
        return
    row("OSEM, memory", found["hevesy_memory_mb"], found["pytomography_memory_mb"], "MB")
    row("OSEM, hot region beside PyTomography's", abs(found["hot_region_percent"]), 1.0, "%")
    print("goals, met where the ratio is above 1:")
    row("OSEM, CPU time of PyTomography over hevesy's", found["cpu_ratio"], 20.0, "x")
    row("OSEM, correlation of the images", found["correlation"], 0.999, "")


def _monte_carlo() -> None:
    """Monte Carlo beside PENELOPE in one run; the last rows are goals, to be passed."""
    found = monte_carlo.run()
    row("Monte Carlo, lesion of 4 cm in lung, 128^3, 2 %", found["lung_lesion_s"], 60.0, "s")
    row("Monte Carlo, memory", found["memory_gb"], 2.0, "GB")
    row("Monte Carlo, cold start", found["cold_start_s"], 20.0, "s")
    row("Monte Carlo, warm start", found["warm_start_s"], 1.0, "s")
    print("goals, met where the ratio is above 1:")
    row("Monte Carlo, 1 to 2 threads", found["threads_1_to_2"], 1.85, "x")
    if "efficiency_ratio" in found:
        row("Monte Carlo, efficiency over PENELOPE's", found["efficiency_ratio"], 20.0, "x")


if __name__ == "__main__":
    main()
