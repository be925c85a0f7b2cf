"""Drives PenRed from a folder of files. A process of its own; nothing of hevesy is imported.

``python -P worker.py materials FOLDER`` makes the material files that ``job.json`` lists.
``python -P worker.py simulate FOLDER`` runs ``config.in`` and writes ``dose.npy``, ``sigma.npy``
and ``result.json``. ``progress`` holds the histories done; what PenRed prints goes to standard
output. pyPenred is AGPL-3.0: this file is the only one that imports it, and only when it is run.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["main"]

_POLL_S = 0.1


def _make_materials(job: dict[str, Any]) -> None:
    from pyPenred.simulation import materials

    for item in job["materials"]:
        composition = [(int(z), float(share)) for z, share in item["composition"]]
        materials.create(item["name"], item["density"], composition, item["file"])


def _write(name: str, text: str) -> None:
    """Write in one step, so that a reader never sees half."""
    Path(name + ".new").write_text(text, encoding="ascii")
    Path(name + ".new").replace(name)


def _watch(simulator: Any, parent: int) -> int:
    """Wait for the end; return the histories done. Leaves when the parent has gone."""
    done = 0
    while simulator.isSimulating():
        time.sleep(_POLL_S)
        if os.getppid() != parent:
            os._exit(3)
        done = max(done, sum(int(pair[0]) for pair in simulator.simulated()))
        _write("progress", str(done))
    return done


def _simulate(job: dict[str, Any]) -> None:
    import numpy as np
    from pyPenred import simulation

    parent = os.getppid()
    simulator = simulation.create()
    begin, begin_cpu = time.perf_counter(), time.process_time()
    simulator.configFromFile("config.in")
    simulator.simulate(True)  # returns when everything is set up and the histories have begun
    ready, ready_cpu = time.perf_counter(), time.process_time()
    _watch(simulator, parent)
    end, end_cpu = time.perf_counter(), time.process_time()
    results = simulator.getResults(["dose", "body"])
    values, sigmas = results["dose"][0].data()[:2]
    shape = tuple(job["shape"])
    np.save("dose.npy", np.asarray(values, dtype=np.float64).reshape(shape))
    np.save("sigma.npy", np.asarray(sigmas, dtype=np.float64).reshape(shape))
    body, body_sigma = results["body"][0].data()[:2]
    result = {
        "body_ev": [float(v) for v in np.ravel(body)],
        "body_sigma_ev": [float(v) for v in np.ravel(body_sigma)],
        "setup_s": ready - begin,
        "setup_cpu_s": ready_cpu - begin_cpu,
        "run_s": end - ready,
        "run_cpu_s": end_cpu - ready_cpu,
    }
    _write("result.json", json.dumps(result))


def main(arguments: list[str]) -> int:
    """Run one task in a folder.

    Parameters
    ----------
    arguments : list of str
        ``materials`` or ``simulate``, and the folder.

    Returns
    -------
    int
        0, or 2 for an unknown task.

    Examples
    --------
    >>> main(["nothing", "."])
    2
    """
    tasks = {"materials": _make_materials, "simulate": _simulate}
    if len(arguments) != 2 or arguments[0] not in tasks:
        return 2
    os.chdir(arguments[1])
    tasks[arguments[0]](json.loads(Path("job.json").read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
