"""Six kinds of virtual patients, found beside true: stored with their seed; a page and a figure.

python -m benchmarks.patients_validation          all of it anew (a few minutes)
python -m benchmarks.patients_validation --page   only the page and figure, from what is stored
python -m benchmarks.patients_validation --kind leaking     some kinds anew, the others as stored
"""

import argparse
import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import dead_time_patient, patients_page
from benchmarks.patient_kinds import KINDS, Course, run_kind
from benchmarks.patient_truth import HISTORIES, SEED, course_truths
from benchmarks.stored import write_stored
from hevesy import __version__
from hevesy.case import Case, InjectionRegionOptions
from hevesy.images import Region
from hevesy.simulation import ANATOMY, Capsule, VirtualPatient

__all__ = ["DEAD_TIME", "condense", "follow_needle", "load", "main", "run_stored"]

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
STORED = PAGES / "patients.json"
DEAD_TIME = "dead-time"
SEED_OF_PATIENT = 1
_TRACT = next(part for part in ANATOMY if part.name == "needle tract")
Row = dict[str, Any]


def load(path: Path = STORED) -> Row:
    """Read what is stored."""
    found: Row = json.loads(path.read_text(encoding="utf-8"))
    return found


def follow_needle(case: Case) -> Case:
    """The same case with the needle's record, and regions made along it."""
    (capsule,) = _TRACT.solids
    assert isinstance(capsule, Capsule)
    track = (capsule.end_mm, capsule.start_mm)  # entry, tip

    def noted(given: Any) -> Any:
        return replace(
            given, injections=tuple(replace(i, tracks_mm=(track,)) for i in given.injections)
        )

    return replace(
        case,
        administrations=tuple(noted(given) for given in case.administrations),
        options=replace(case.options, injection_regions=InjectionRegionOptions()),
    )


def tract_region(patient: VirtualPatient) -> Region:
    """The needle's tract as a perfect reader would draw it; no kind's reader does."""
    number = 1 + next(n for n, part in enumerate(ANATOMY) if part is _TRACT)
    return Region(
        name="tract",
        mask=patient.labels == number,
        grid=patient.grid,
        frame_of_reference=patient.frame_of_reference,
    )


def run_stored(name: str, seed: int = SEED_OF_PATIENT) -> Row:
    """Run a kind, and keep what the page shows: found, uncertainty, true."""
    if name == DEAD_TIME:
        found = dead_time_patient.run_dead_time(seed)
        hours = tuple(row["hours_after_administration"] for row in found["result"]["scans"])
        courses = dead_time_patient.courses(seed, hours)
        title = "Dead-time limited"
    else:
        courses = KINDS[name].courses(seed)
        title = KINDS[name].title
        found = run_kind(name, seed, case_of=follow_needle if name == "leaking" else None)
    row = condense(found, courses, course_truths(courses))
    row["title"] = title
    if name == "leaking":
        row["tract_drawn"] = _with_tract(courses, seed)
    return row


def _with_tract(courses: Sequence[Course], seed: int) -> Row:
    """The leaking patient once more, the tract drawn as a region beside the others."""
    tract = tract_region(courses[0].patient)
    found = run_kind(
        "leaking",
        seed,
        session_of=lambda s: replace(s, structures=(*s.structures, tract) if s.structures else ()),
    )
    regions = {region["name"]: region for region in found["result"]["regions"]}
    curve = courses[0].patient.curves["needle tract"]
    return {
        "liver": _figure(regions["liver"], "tia", found["truth"]["regions"]["liver"]["tia_mbq_h"]),
        "tract": _figure(regions["tract"], "tia", curve.tia_bq_s() / 3.6e9),
    }


def condense(found: Mapping[str, Any], courses: Sequence[Course], truths: Sequence[Row]) -> Row:
    """What the page shows of one kind; figures are [found, standard uncertainty, true].

    Parameters
    ----------
    found : Mapping
        Of `run_kind`.
    courses : sequence of Course
    truths : sequence of dict
        Of `course_truths`.

    Returns
    -------
    dict
    """
    result, truth = found["result"], found["truth"]
    retained = truth["retained_percent_ia"]
    row: Row = {
        "kind": found["kind"],
        "seed": found["seed"],
        "injected_mbq": [given["activity_mbq"] for given in result["administrations"]],
        "method": result["method"],
        "closure": _closure(result["closure"], retained),
        "regions": [
            _region(region, truth["regions"][region["name"]], truths)
            for region in result["regions"]
        ],
        "body": _body(result["rest_of_body"]["body_in_ct"], truths),
        "warnings": result["warnings"],
    }
    if result["leakage"]:
        row |= _leakage(result, truth, courses[0])
    if "views" in found:
        row["views"] = found["views"]
    return row


def _closure(found: Mapping[str, Any], retained: Sequence[float]) -> Row:
    return {
        **{k: found[k] for k in ("ratio", "ratio_uncertainty", "verdict", "reason", "explanations")},
        "scans": [
            {
                "scan": scan["scan"],
                "course": scan["course"],
                "hours": scan["hours_after_administration"],
                "ratio": [scan["ratio"], scan["ratio_uncertainty"], true / 100.0],
                "outside_percent": 100.0 * (scan["outside_at_most_mbq"] or 0.0)
                / scan["expected_mbq"],
                "verdict": scan["verdict"],
            }
            for scan, true in zip(found["per_scan"], retained, strict=True)
        ],
    }  # fmt: skip


def _figure(region: Mapping[str, Any], name: str, true: float | None) -> list[float | None]:
    names = {
        "tia": ("tia_mbq_h", "tia_uncertainty_mbq_h"),
        "dose": ("mean_dose_gy", "mean_dose_uncertainty_gy"),
        "percent": ("decay_corrected_percent", "decay_corrected_percent_uncertainty"),
        "effective": ("effective_half_life_h", "effective_half_life_uncertainty_h"),
        "biological": ("biological_half_life_h", "biological_half_life_uncertainty_h"),
    }[name]
    return [region[names[0]], region[names[1]], true]


def _region(region: Mapping[str, Any], truth: Mapping[str, Any], truths: Sequence[Row]) -> Row:
    name = region["name"]
    doses = [course["doses_gy"].get(name, [0.0, 0.0]) for course in truths]
    halves = [course["half_lives_h"].get(name) for course in truths]
    return {
        "name": name,
        "kind": region["kind"],
        "tia": _figure(region, "tia", truth["tia_mbq_h"]),
        "dose": _figure(region, "dose", sum(dose for dose, _ in doses)),
        "true_dose_statistical_gy": sum(spread**2 for _, spread in doses) ** 0.5,
        "percent": [
            _figure(scan, "percent", true)
            for scan, true in zip(region["biodistribution"], truth["percent_ia"], strict=True)
        ],
        "half_lives": [
            {
                "course": course["course"],
                "effective": _figure(course, "effective", true[0]),
                "biological": _figure(course, "biological", true[1]),
                "biological_at_least_h": course["biological_half_life_at_least_h"],
            }
            for course in region["kinetics"]
            if (true := halves[course["course"] - 1]) is not None
        ],
        "monitor": [
            {
                "after_scan": step["after_scan"],
                "course": step["course"],
                "hours": step["hours"],
                "median_gy": step["final_dose_gy"],
                "interval90_gy": step["final_dose_interval90_gy"],
                "true_gy": doses[step["course"] - 1][0],
            }
            for step in region["monitor"]
            if region["kind"] == "lesion"
        ],
    }


def _body(found: Mapping[str, Any], truths: Sequence[Row]) -> list[float]:
    true = sum(course["doses_gy"]["body in the CT"][0] for course in truths)
    return [found["mean_dose_gy"], found["uncertainty_gy"], true]


def _leakage(result: Mapping[str, Any], truth: Mapping[str, Any], course: Course) -> Row:
    """Shares in per cent of the injected, decay taken out; the tract's from its own curve."""
    (leak,) = result["leakage"]
    decay = course.patient.nuclide.decay_per_s
    tract = course.patient.curves["needle tract"]
    injected_bq = course.patient.net_activity_bq
    points = []
    for n, point in enumerate(leak["points"]):
        seconds = 3600.0 * point["hours_after_administration"]
        in_tract = tract.activity_bq(seconds) / injected_bq * math.exp(decay * seconds)
        known = {
            "needle tract": 100.0 * float(in_tract),
            "liver": truth["regions"]["liver"]["percent_ia"][n],
        }
        parts = {part["name"].removeprefix("lesion: "): part for part in point["parts"]}
        points.append(
            {
                "hours": point["hours_after_administration"],
                "leaked": [
                    100.0 * point["leaked_share"], 100.0 * point["leaked_uncertainty_share"],
                    100.0 - truth["regions"]["lesion"]["percent_ia"][n],
                ],
                **{
                    name: [
                        100.0 * parts[name]["share"], 100.0 * parts[name]["uncertainty_share"],
                        known.get(name),
                    ]
                    for name in ("needle tract", "rim", "border of liver", "liver")
                },
                "rest": [
                    100.0 * point["rest_share"], 100.0 * point["rest_uncertainty_share"], None,
                ],
            }
        )  # fmt: skip
    made = {r["name"].removeprefix("lesion: "): r for r in result["injection_regions"]}
    return {
        "leakage": points,
        "extravasation": [
            leak["extravasation_percent"], leak["extravasation_uncertainty_percent"],
            points[0]["needle tract"][2],
        ],
        "tract_tia": _figure(made["needle tract"], "tia", tract.tia_bq_s() / 3.6e9),
    }  # fmt: skip


def run(names: Sequence[str] = ()) -> None:
    """Run these kinds, or every one, and store all."""
    found: Row = {
        "what": "six kinds of virtual patients; figures are [found, k = 1, true]",
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": f"patient and noise {SEED_OF_PATIENT}; true doses {SEED} and on",
        "true_dose_histories": HISTORIES,
    }
    every = (*KINDS, DEAD_TIME)
    kept = {row["kind"]: row for row in load()["patients"]} if names else {}
    begin = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for row in pool.map(run_stored, names or every):
            kept[row["kind"]] = row
            print(f"patient '{row['kind']}': {time.perf_counter() - begin:.0f} s", flush=True)
    found["patients"] = [kept[name] for name in every]
    write_stored(STORED, found, digits=5)


def main(arguments: list[str] | None = None) -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.patients_validation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--page", action="store_true", help="write the page only")
    parser.add_argument("--kind", nargs="*", default=[], choices=(*KINDS, DEAD_TIME))
    asked = parser.parse_args(arguments)
    if not asked.page:
        run(asked.kind)
    patients_page.write(load(), PAGES)


if __name__ == "__main__":
    main()
