"""188Re SPECT against the independent Monte Carlo: spheres and totals. Stored with seeds; a page.

python -m benchmarks.spect_validation          all of it (the Monte Carlo's runs are kept in out/)
python -m benchmarks.spect_validation --page   only the page and figures, from what is stored
"""

import argparse
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import spect_bed, spect_page
from benchmarks.spect_calibration import (
    DOSE_CALIBRATOR,
    PHANTOM_BQ,
    Record,
    calibrate,
    find_share,
    measure_dead_time,
    totals,
)
from benchmarks.spect_chain import (
    DECAY_PER_S,
    EVENT_DEAD_S,
    Expected,
    Protocol,
    Reading,
    contrast_weights,
    load,
    losses,
    quadrature,
    read_weights,
    reconstruct,
    scan,
)
from benchmarks.spect_spheres import (
    events_per_peak,
    save,
    simulate_spheres,
    sphere_phantom,
)
from benchmarks.stored import write_stored
from hevesy import __version__
from hevesy.camera import measurable_after_s
from hevesy.errors import InputError
from hevesy.quantification import sphere_volume_ml
from hevesy.reconstruction import bootstrap_region_totals

__all__ = ["main", "run"]

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "out"
PAGES = ROOT / "docs" / "validation"
STORED = PAGES / "spect.json"
RUNS = {  # file, seed, million histories
    "calibration": (("spect_calibration.npz", 11, 7),),
    "cylinder": (("spect_cylinder.npz", 12, 2),),
    "test": (("spect_spheres.npz", 1, 10), ("spect_spheres_2.npz", 2, 10)),
}
TIMES = [
    *((3e9, h) for h in (1, 6, 24, 48, 72, 96)),
    (6e9, 1),
    (7e9, 1),
    *((12.5e9, h) for h in (1, 6, 12, 24)),
]
REPEATED = ((3e9, 1), (3e9, 24), (3e9, 96))
REPEATS, RECORDS, REPLICATES, MC_DRAWS = 24, 6, 12, 8
Row = dict[str, Any]


@dataclass(frozen=True)
class Noise:
    """Counting's uncertainties at one activity, over the true activities, from the bootstrap."""

    total: float
    by_recovery: tuple[float, ...]
    by_spill_out: tuple[float, ...]


def run() -> None:
    """Compute everything and store it."""
    test, cylinder, spheres = (_phantom(name) for name in ("test", "cylinder", "calibration"))
    share, ratios = find_share(cylinder, spheres, seed=100)
    protocol = Protocol(scatter=f"tew:{share:g}")
    print(f"share {share:g}: {ratios}", flush=True)
    records = _records(cylinder, spheres, protocol)
    found: Row = {
        "what": "188Re SPECT of the Monte Carlo's spheres, reconstructed and calibrated; k = 1",
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": {name: [list(run[1:]) for run in runs] for name, runs in RUNS.items()},
        "events_per_peak": {
            name: e.events_per_peak
            for name, e in (("test", test), ("cylinder", cylinder), ("calibration", spheres))
        },
        "event_dead_s": EVENT_DEAD_S,
        "protocol": {
            "scatter": protocol.scatter, "iterations": protocol.iterations,
            "subsets": protocol.subsets, "smooth_mm": protocol.smooth_mm,
            "dose_calibrator": DOSE_CALIBRATOR, "phantom_bq": PHANTOM_BQ,
        },
        "share": ratios,
        "record": _record_figures(records[0]),
        "exact": [
            row
            for scatter in ("tew", protocol.scatter)
            for row in _exact(scatter, test, cylinder, spheres)
        ],
        "monte_carlo": _own_error(test, records[0], protocol),
    }  # fmt: skip
    found["times"] = [_at_time(test, records[0], protocol, *when) for when in TIMES]
    found["repeats"] = []
    for given, hours in REPEATED:
        found["repeats"] += _repeats(test, records, protocol, given, hours)
        print(f"repeats {given / 1e9:g} GBq, {hours} h", flush=True)
    found["slices"] = _slices(test, records[0], protocol)
    _store(found)


def _phantom(layout: str) -> Expected:
    """The stored Monte Carlo runs of a phantom; those that are missing are made now."""
    for name, seed, millions in RUNS[layout]:
        if not (KEPT / name).exists():
            phantom = sphere_phantom(layout=layout)
            made = simulate_spheres(phantom, histories=millions * 1_000_000, seed=seed)
            save(made, phantom, KEPT / name)
    events = KEPT / "spect_events.json"
    known: dict[str, float] = json.loads(events.read_text()) if events.exists() else {}
    if layout not in known:
        known[layout] = events_per_peak(layout)
        events.write_text(json.dumps(known))
    paths = [KEPT / name for name, _, _ in RUNS[layout]]
    return load(paths, events_per_peak=known[layout])


def _records(cylinder: Expected, spheres: Expected, protocol: Protocol) -> list[Record]:
    found = []
    for seed in range(RECORDS):
        dead_time = measure_dead_time(spheres, protocol.scatter, seed=1000 * (seed + 1)).dead_time
        found.append(calibrate(cylinder, spheres, protocol, dead_time, seed=500 + seed))
    return found


def _record_figures(record: Record) -> Row:
    return {
        "counts_per_bq_s": record.counts_per_bq_s,
        "relative_uncertainty": record.relative_uncertainty,
        "reduced_chi2": record.reduced_chi2,
        "spill_out_spread": record.spill_out_spread,
        "cylinder": record.cylinder.counts_per_bq_s,
        "spheres": [f.counts_per_bq_s for f in record.spheres],
        "recovery": [list(point) for point in record.points],
        "curve": record.curve.parameters.tolist(),
        "curve_covariance": record.curve.covariance.tolist(),
        "dead_time_s": record.dead_time.dead_time_s,
        "dead_time_uncertainty_s": record.dead_time.uncertainty_s,
    }


def read(expected: Expected, seen: Reading, record: Record, k: float) -> Row:
    """Total, and each sphere by recovery and by spill-out, Bq at the scan's start.

    Spill-out regions take the factor of the calibration's own spill-out regions.
    """
    sums = totals(expected, seen.image.values) / (seen.counted_s * k)
    recovered, spilled = [], []
    for number, diameter in enumerate(expected.diameters_mm):
        mean, around, spill = sums[1 + 3 * number : 4 + 3 * number]
        volume = sphere_volume_ml(diameter)
        a, b = contrast_weights(volume, record.curve.at_volume(volume).recovery)
        recovered.append(float(a * mean + b * around))
        spilled.append(float(spill) * record.counts_per_bq_s / record.by_spheres.counts_per_bq_s)
    return {"total": float(sums[0]), "recovered": recovered, "spilled": spilled}


def _ratios(expected: Expected, found: Row, activity_bq: float) -> Row:
    """The same over the truth."""
    truth = [
        expected.sphere_bq(i) * activity_bq / expected.total_bq
        for i in range(len(expected.regions))
    ]
    return {
        "total": found["total"] / activity_bq,
        "recovered": [a / b for a, b in zip(found["recovered"], truth, strict=True)],
        "spilled": [a / b for a, b in zip(found["spilled"], truth, strict=True)],
    }


def _exact(scatter: str, test: Expected, cylinder: Expected, spheres: Expected) -> list[Row]:
    """Without noise or dead time: what scatter, resolution and calibration leave."""
    protocol = Protocol(scatter=scatter)
    dead_time = measure_dead_time(spheres, scatter, seed=1000).dead_time
    record = calibrate(cylinder, spheres, protocol, dead_time, seed=None)
    activity = test.total_bq
    clean = scan(test, activity_bq=activity, seed=None, dead=False)
    seen = reconstruct(clean, test, protocol)
    joint = _ratios(test, read(test, seen, record, record.counts_per_bq_s), activity)
    whole = _ratios(test, read(test, seen, record, record.cylinder.counts_per_bq_s), activity)
    return [
        {
            "scatter": scatter,
            "sphere_over_cylinder": record.sphere_over_cylinder,
            "relative_uncertainty": record.relative_uncertainty,
            "total_by_cylinder": whole["total"],
            "middle": _middle(test, seen),
            **joint,
        }
    ]


def _middle(test: Expected, seen: Reading) -> float:
    """Concentration in the body's middle (60 mm across, 120 mm long) over that of the whole."""
    grid = test.model.grid
    places = grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))
    inner = (np.hypot(places[..., 0], places[..., 1]) < 30.0) & (np.abs(places[..., 2]) < 60.0)
    per_bq = float(seen.image.values.sum(dtype=np.float64)) / test.total_bq
    mean = float(seen.image.values[inner].mean()) / grid.voxel_volume_ml
    return mean / (test.warm_bq_per_ml * per_bq)


def _own_error(test: Expected, record: Record, protocol: Protocol) -> Row:
    """Spread of the figures from the Monte Carlo's own uncertainty."""
    seen = test.projections
    drawn = []
    for seed in range(MC_DRAWS):
        noise = np.random.default_rng([77, seed]).normal(size=seen.counts.shape) * test.std_counts
        counts = np.maximum(seen.counts + noise, 0.0).astype(np.float32)
        varied = reconstruct(_with_counts(seen, counts), test, protocol)
        drawn.append(_ratios(test, read(test, varied, record, record.counts_per_bq_s),
                             test.total_bq))  # fmt: skip
    return {
        "total": float(np.std([d["total"] for d in drawn], ddof=1)),
        "recovered": np.std([d["recovered"] for d in drawn], axis=0, ddof=1).tolist(),
        "spilled": np.std([d["spilled"] for d in drawn], axis=0, ddof=1).tolist(),
    }


def _with_counts(seen: Any, counts: NDArray[np.float32]) -> Any:
    from hevesy.camera import Projections

    return Projections(
        counts=counts, windows=seen.windows, geometry=seen.geometry,
        view_seconds=seen.view_seconds, view_starts_s=seen.view_starts_s,
    )  # fmt: skip


def _noise(
    test: Expected, record: Record, protocol: Protocol, activity_bq: float, *, seed: int
) -> Noise:
    """Bootstrap of one scan's counts, all windows, through the whole reconstruction."""
    drawn = scan(test, activity_bq=activity_bq, seed=seed)
    first = reconstruct(drawn, test, protocol, record.dead_time, given_bq=activity_bq)
    live = None if first.loss is None else first.loss.live_fraction

    def again(counts: NDArray[np.float32]) -> NDArray[np.float32]:
        seen = reconstruct(_with_counts(drawn, counts), test, protocol, live=live)
        return np.asarray(seen.image.values)

    found = bootstrap_region_totals(
        drawn.counts, again, read_weights(test), replicates=REPLICATES, seed=seed
    )
    # counts to Bq, and over each sphere's true activity
    scale = first.counted_s * record.counts_per_bq_s * activity_bq / test.total_bq
    truth = scale * np.array([test.sphere_bq(i) for i in range(len(test.regions))])
    spread = []
    for number, diameter in enumerate(test.diameters_mm):
        volume = sphere_volume_ml(diameter)
        weights = np.zeros(found.totals.size)
        recovery = record.curve.at_volume(volume).recovery
        weights[1 + 3 * number : 3 + 3 * number] = contrast_weights(volume, recovery)
        variance = float(weights @ found.covariance @ weights)
        spread.append(math.sqrt(variance))
    return Noise(
        total=float(found.deviation[0]) / (scale * test.total_bq),
        by_recovery=tuple(float(a / b) for a, b in zip(spread, truth, strict=True)),
        by_spill_out=tuple(float(r) for r in found.deviation[3::3] / truth),
    )


def _stated(test: Expected, record: Record, noise: Noise, dead_relative: float, found: Row) -> Row:
    """Standard uncertainties of all figures, over the true activities as they are."""
    common = quadrature(record.relative_uncertainty, dead_relative)
    kind = quadrature(record.by_spheres.relative_uncertainty, dead_relative)
    curve = [
        record.curve.at_volume(sphere_volume_ml(d)).relative_uncertainty for d in test.diameters_mm
    ]
    return {
        "total": quadrature(common * found["total"], noise.total),
        "recovered": [
            quadrature(common * value, n, c * value)
            for value, n, c in zip(found["recovered"], noise.by_recovery, curve, strict=True)
        ],
        "spilled": [
            quadrature(kind * value, n, record.spill_out_spread * value)
            for value, n in zip(found["spilled"], noise.by_spill_out, strict=True)
        ],
    }


def _at_time(
    test: Expected, record: Record, protocol: Protocol, given_bq: float, hours: float
) -> Row:
    activity = given_bq * math.exp(-DECAY_PER_S * hours * 3600.0)
    live = losses(test, activity)
    row: Row = {
        "given_bq": given_bq, "hours": hours, "activity_bq": activity,
        "true_loss": float((-np.log(live)).max()), "least_live": float(live.min()),
    }  # fmt: skip
    try:
        seen = reconstruct(
            scan(test, activity_bq=activity, seed=int(hours)),
            test,
            protocol,
            record.dead_time,
            given_bq=activity,
        )
    except InputError as error:
        tau = record.dead_time.dead_time_s
        true_rate = row["true_loss"] / tau
        wait_s = measurable_after_s(true_rate, tau, decay_per_s=DECAY_PER_S)
        return row | {"refused": str(error),
                      "true_wait_h": wait_s / 3600.0}  # fmt: skip
    assert seen.loss is not None
    noise = _noise(test, record, protocol, activity, seed=int(hours))
    found = _ratios(test, read(test, seen, record, record.counts_per_bq_s), activity)
    return row | {
        "loss": float(seen.loss.loss_ratio.max()),
        "warned": bool(seen.loss.warnings),
        "found": found,
        "stated": _stated(test, record, noise, seen.loss.dead_time_relative, found),
        "counts": float(scan(test, activity_bq=activity, seed=None).counts[0].sum()),
    }


def _repeats(
    test: Expected, records: list[Record], protocol: Protocol, given_bq: float, hours: float
) -> list[Row]:
    """Noise, dose calibrator and calibration drawn anew."""
    activity = given_bq * math.exp(-DECAY_PER_S * hours * 3600.0)
    noise = _noise(test, records[0], protocol, activity, seed=900)
    rows = []
    for number in range(REPEATS):
        record = records[number % RECORDS]
        error = float(np.random.default_rng([31, int(hours), number]).normal(0, DOSE_CALIBRATOR))
        drawn = scan(test, activity_bq=activity, seed=10_000 + 100 * int(hours) + number)
        seen = reconstruct(drawn, test, protocol, record.dead_time, given_bq=activity)
        assert seen.loss is not None
        # an activity that was taken for (1 + e) times itself makes the factor 1/(1 + e) of itself
        k = record.counts_per_bq_s / (1.0 + error)
        found = _ratios(test, read(test, seen, record, k), activity)
        rows.append(
            {
                "given_bq": given_bq, "hours": hours, "repeat": number,
                "record": number % RECORDS, "dose_calibrator_error": error,
                "found": found,
                "stated": _stated(test, record, noise, seen.loss.dead_time_relative, found),
            }
        )  # fmt: skip
    return rows


def _slices(test: Expected, record: Record, protocol: Protocol) -> Row:
    """Middle slices in per cent of the spheres' true concentration, for the figure."""
    grid = test.model.grid
    middle = grid.shape[0] // 2
    rows: Row = {"pixel_mm": grid.spacing_mm[1], "images": []}
    for hours in (1.0, 24.0, 96.0):
        activity = 3e9 * math.exp(-DECAY_PER_S * hours * 3600.0)
        drawn = scan(test, activity_bq=activity, seed=int(hours))
        seen = reconstruct(drawn, test, protocol, record.dead_time, given_bq=activity)
        hot = test.hot_bq_per_ml * activity / test.total_bq * grid.voxel_volume_ml
        plane = seen.image.values[middle, 18:70, 11:77] / (
            hot * seen.counted_s * record.counts_per_bq_s
        )
        percent = np.rint(100 * plane).astype(int)
        rows["images"].append({"hours": hours, "percent": percent.tolist()})
    return rows


def _store(found: Row) -> None:
    """One row a line, so that a change can be read."""
    write_stored(STORED, found, digits=5)


def main(arguments: list[str] | None = None) -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.spect_validation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--page", action="store_true", help="write the page only")
    asked = parser.parse_args(arguments)
    if not asked.page:
        run()
        spect_bed.write(PAGES)

    spect_page.write(json.loads(STORED.read_text(encoding="utf-8")), PAGES)


if __name__ == "__main__":
    main()
