"""Leakage of the virtual patient beside its truth: repeats with errors, stored, and their figure.

python -m benchmarks.injection_repeats            the repeats anew (some minutes)
python -m benchmarks.injection_repeats --resume   go on with what was interrupted
python -m benchmarks.injection_repeats --page     only the figure, from what is stored

Each repeat has an error of calibration, resolution, borders, net activity and counting, of the
size that its case states (see `virtual_repeats`), and the needle's way as it was recorded.
"""

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.stored import write_stored
from benchmarks.virtual_repeats import draw_errors, drawn_regions, simulate_sessions, virtual_case
from hevesy import __version__
from hevesy.case import Case, InjectionRegionOptions
from hevesy.provenance import Provenance
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PURPLE,
    VERMILLION,
    drawing,
    new_figure,
    place,
    to_svg,
)
from hevesy.simulation import SCAN_HOURS, build_virtual_patient
from hevesy.simulation.anatomy import LESION
from hevesy.workflows.compute import compute_case

__all__ = ["draw", "run_repeat"]

DOCS = Path(__file__).resolve().parents[1] / "docs"
STORED = DOCS / "validation" / "injection.json"
FIGURE = DOCS / "methods" / "injection-regions.svg"
REPEATS = 3
ENTRY_MM = (-152.0, -70.0, 35.0)  # where the virtual patient's tract ends at the skin
NET_SHARE = 0.02


def _case(case: Case, error: float) -> Case:
    """With the needle's way, and a net activity that is out as the case states."""
    given = case.administrations[0]
    parts = tuple(
        replace(
            part,
            activity_bq=part.activity_bq * error,
            tracks_mm=((ENTRY_MM, LESION.centre_mm),) if part.lesion == "lesion" else (),
        )
        for part in given.injections
    )
    return replace(
        case,
        administrations=(
            replace(
                given,
                activity_bq=given.activity_bq * error,
                activity_relative_uncertainty=NET_SHARE,
                injections=parts,
            ),
        ),
        options=replace(case.options, injection_regions=InjectionRegionOptions()),
    )


def run_repeat(repeat: int) -> dict[str, Any]:
    """Simulate and compute one repeat: found share, uncertainty and truth of each part and scan."""
    patient = build_virtual_patient(seed=repeat, lung_lesion_activity_bq=None)
    errors = draw_errors(repeat)
    regions = drawn_regions(patient, errors)
    sessions = simulate_sessions(patient, errors, regions, seed=repeat, moved=False)
    error = 1.0 + NET_SHARE * float(np.random.default_rng([repeat, 21]).standard_normal())
    case = _case(virtual_case(patient), error)
    nothing = Provenance(inputs=(), options={}, data_sets=())
    found = compute_case(case, sessions, patient.nuclide, nothing).injection
    if found is None:
        raise RuntimeError("the case makes no injection regions")
    (course,) = found.leakage
    lesions = tuple(patient.injected_bq)
    rows = []
    for point in course.points:
        seconds = 3600.0 * point.hours_after_administration
        grown = math.exp(patient.nuclide.decay_per_s * seconds) / patient.net_activity_bq
        true = {n: float(c.activity_bq(seconds)) * grown for n, c in patient.curves.items()}
        retained = math.fsum(true[name] for name in lesions)
        parts = {p.name: [p.share, p.uncertainty_share] for p in point.parts}
        rows.append(
            {
                "hours": point.hours_after_administration,
                "leaked": [point.leaked_share, point.leaked_uncertainty_share, 1.0 - retained],
                "tract": [*parts["lesion: needle tract"], true["needle tract"]],
                "rest": [
                    point.rest_share,
                    point.rest_uncertainty_share,
                    1.0 - retained - math.fsum(v for n, v in true.items() if n in _MEASURED),
                ],
            }
        )
    return {
        "repeat": repeat,
        "extravasation_percent": course.extravasation_percent,
        "extravasation_uncertainty_percent": course.extravasation_uncertainty_percent,
        "deposits": [[d.name, d.volume_ml, d.resolved] for d in found.deposits],
        "scans": rows,
    }


_MEASURED = ("needle tract", "liver", "lungs", "left kidney", "right kidney", "bladder")


def deviations(stored: dict[str, Any], part: str) -> list[float]:
    """Found less true, in stated standard deviations, of all repeats and scans."""
    return [
        (scan[part][0] - scan[part][2]) / scan[part][1]
        for repeat in stored["repeats"]
        for scan in repeat["scans"]
    ]


def draw(stored: dict[str, Any]) -> bytes:
    """Each part's share over time, found and true."""
    with drawing():
        figure = new_figure(178.0, 66.0, fitted=False)
        titles = {
            "leaked": ("not in the lesions", BLUE),
            "tract": ("needle tract", VERMILLION),
            "rest": ("in no region", PURPLE),
        }
        for n, (part, (title, colour)) in enumerate(titles.items()):
            axes = place(figure, left_mm=13 + 58 * n, top_mm=6, width_mm=44, height_mm=46)
            for number, repeat in enumerate(stored["repeats"]):
                hours = [s["hours"] + 0.9 * (2 * number - 2) for s in repeat["scans"]]
                axes.errorbar(
                    hours, [100 * s[part][0] for s in repeat["scans"]],
                    yerr=[100 * s[part][1] for s in repeat["scans"]], fmt="o", ms=2.4,
                    color=colour, elinewidth=0.7, capsize=1.2, alpha=0.8,
                    label="found" if number == 0 else None,
                )  # fmt: skip
            first = stored["repeats"][0]["scans"]
            axes.plot(
                [s["hours"] for s in first], [100 * s[part][2] for s in first], color=INK, lw=1.2,
                marker="_", ms=7, label="true",
            )  # fmt: skip
            axes.axhline(0.0, color=GREY, lw=0.6)
            axes.set_title(title, fontsize=7.5)
            axes.set_xlabel("hours after the injection", fontsize=7)
            if n == 0:
                axes.set_ylabel("of the injected activity (%)", fontsize=7)
            axes.legend(loc="best", fontsize=6.5)
        return to_svg(figure)


def main() -> None:
    """Run or only draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="only the figure")
    parser.add_argument("--resume", action="store_true", help="keep what is stored")
    asked = parser.parse_args()
    if not asked.page:
        repeats = json.loads(STORED.read_text(encoding="utf-8"))["repeats"] if asked.resume else []
        for number in range(len(repeats) + 1, REPEATS + 1):
            repeats.append(run_repeat(number))
            stored = {
                "what": "leakage of the virtual patient: found, its uncertainty (k = 1), truth",
                "hevesy_version": __version__,
                "scan_hours": list(SCAN_HOURS),
                "repeats": repeats,
            }
            write_stored(STORED, stored, digits=5)
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    FIGURE.write_bytes(draw(stored))
    for part in ("leaked", "tract", "rest"):
        z = np.array(deviations(stored, part))
        print(f"{part}: within 1 sd {np.mean(abs(z) < 1):.2f}, within 2 {np.mean(abs(z) < 2):.2f}, "
              f"rms {np.sqrt(np.mean(z**2)):.2f}, mean {z.mean():.2f} (n = {z.size})")  # fmt: skip


if __name__ == "__main__":
    main()
