"""Page of the six kinds of virtual patients: what hevesy found, and what is true."""

from pathlib import Path

from benchmarks import patients_figure
from benchmarks.patients_numbers import (
    Stored,
    beyond,
    held,
    named,
    of_kind,
    plus_minus,
    pulls,
)
from benchmarks.patients_special import leak_verdict, leakage, remainder, views
from hevesy.simulation import read_transported_truth

__all__ = ["PAGE", "page", "write"]

PAGE = "patients.md"

_STORIES = {
    "liver": "Two lesions in the liver, of 35 and 3 mL.",
    "lung": "One lesion of 26 mL in the left lung.",
    "bone": "One lesion of 5 mL in a vertebra, with little activity.",
    "leaking": "One lesion in the liver. 10 % of what left the syringe came out of the body, and "
    "no record tells; 8 % of what stayed ran back along the needle. The case gives the needle's "
    "points and asks for [injection regions](../methods/injection-regions.md).",
    "twice": "Two lesions in the liver, injected again after 72 h. The first course's scans end "
    "before; what it left is in every image of the second.",
    "dead-time": "One lesion in the liver, and more activity than the camera can count at first.",
}


def write(stored: Stored, folder: Path) -> None:
    """Write the page and its figure."""
    (folder / PAGE).write_text(page(stored), encoding="utf-8")
    (folder / patients_figure.FIGURE).write_bytes(patients_figure.draw(stored))


def page(stored: Stored) -> str:
    """The page, with every number from what is stored."""
    parts = [
        _head(stored),
        _short(stored),
        _closure(stored),
        *(_patient(patient) for patient in stored["patients"]),
        _foot(stored),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _head(stored: Stored) -> str:
    return f"""\
# Six kinds of patients

The [virtual patient](../methods/virtual-patient.md) in six kinds, each through the whole \
calculation as a site would run it: does the activity [add up](../methods/closure.md), where is it, \
how long does it stay, what did each scan say of the [final dose](../methods/monitor.md), what else \
[got dose](../methods/organ-dose.md)? The truth stands beside each figure.

**Simulated.** Images of an effective camera (blur of 16 mm FWHM, Poisson counts; no reconstruction) \
at the trial's scan times, lying still; regions as a perfect reader draws them on the CT. The case \
states 3 % for the calibration, 2 % for the injected activity, 0.5 mm for the resolution and 0.5 mm \
for borders, but **no such error is drawn here**: calibration, activity, resolution and borders are \
as stated, and only counts vary. So differences should be well within the uncertainties; whether \
these are of the right size, [repeats with errors](virtual-patient.md) and \
[200 running doses](monitor.md) tell. Each kind is one patient.

**True.** Activities and half-lives in closed form; a half-life is that of a curve's slowest term. \
Doses: hevesy's own Monte Carlo over the true, unblurred activity and the CT without noise, with \
other random numbers and {stored["true_dose_histories"] / 1e6:g} million primary electrons. It \
shares its physics with the calculation, so these truths test measurement, curves, regions and \
blur, not transport. Transport is held against [PENELOPE](monte-carlo.md); here too:

{_penelope(stored)}"""


def _penelope(stored: Stored) -> str:
    """The lesions that the demo's stored PENELOPE run has too, by their decays."""
    known = read_transported_truth(1)
    assert known is not None
    rows = [
        "| lesion | here (Gy) | PENELOPE, stored (Gy) | difference (%) |",
        "|---|---|---|---|",
    ]
    for kind, name, scale in (("lung", "lung lesion", 8.0 / 3.0), ("liver", "lesion", 1.0),
                              ("liver", "small lesion", 1.0)):  # fmt: skip
        here = named(of_kind(stored, kind), name)["dose"][2]
        there = known.mean_dose_gy[name] * scale
        rows.append(
            f"| {kind}: {name} | {here:.2f} | {there:.2f} | {100 * (here / there - 1):+.2f} |"
        )
    return "\n".join(
        [
            *rows,
            "",
            "The PENELOPE run is of the demo's patient, who has all three lesions: the same "
            "activity in the liver's, 3/8 of it in the lung's (scaled by decays, which is linear). "
            "Photons from lesions that a patient here does not have are in it: under 0.01 Gy (some "
            "0.5 J of photons, 200 mm away).",
        ]
    )


def _short(stored: Stored) -> str:
    patients = stored["patients"]
    rows = [
        "## In short",
        "",
        f"![Closure, lesions and running dose of six patients]({patients_figure.FIGURE})",
        "",
        "*One row a patient. Left: the whole body over what was injected and decayed; middle: parts "
        "of the injected activity in the lesions, decay taken out; points with one standard "
        "uncertainty, crosses: true. Right: the final dose as known after each scan over the true "
        "one (line), with its 90 % interval. A second course's times count from its own "
        "injection.*",
        "",
        "| figure | how many | within 1 u (%) | within 2 u (%) | largest, in u |",
        "|---|---|---|---|---|",
    ]
    for name, found in pulls(patients).items():
        off = [z for _, _, z in found]
        within = [100.0 * sum(abs(z) <= k for z in off) / len(off) for k in (1.0, 2.0)]
        worst = max(off, key=abs)
        rows.append(f"| {name} | {len(off)} | {within[0]:.0f} | {within[1]:.0f} | {worst:+.1f} |")
    inside, every = held(patients)
    return "\n".join(
        [
            *rows,
            "",
            f"u is the stated standard uncertainty. Of the running dose's {every} intervals of 90 % "
            f"{inside} hold the truth (those of one patient are not independent, and calibration and "
            "borders are right here: too many is what should be).",
            "",
            "Beyond 2 u:",
            "",
            *(f"- {line}" for line in beyond(patients, 2.0)),
            "",
            "Three causes, beside chance. **A tract that was not drawn** (leaking: liver, and the lungs beside it). "
            "**Nothing before 24 h** (dead-time limited): where an organ takes up for hours, a curve "
            "from 24 h on is extrapolated back, and the stated uncertainty does not cover what the "
            "model of that phase can be wrong by. **Half-lives**: their uncertainty is the fit's, so "
            "it holds counts and scatter, not the model (a lesion's fast term that is nearly but not "
            "quite gone; four scans to 48 h for the first of two courses) and not what blur from a "
            "neighbour with other kinetics adds. Effective half-lives are off by "
            f"{_worst_effective(stored):.0f} % at most, and the lesions' doses are right all the "
            "same; a biological half-life many times the physical one is little more than a sign "
            "that most stays.",
        ]
    )


def _worst_effective(stored: Stored) -> float:
    return max(
        100 * abs(half["effective"][0] / half["effective"][2] - 1)
        for patient in stored["patients"]
        for region in patient["regions"]
        for half in region["half_lives"]
        if half["effective"][0] is not None
    )


def _closure(stored: Stored) -> str:
    rows = [
        "## Does it add up?",
        "",
        "| patient | scan | at (h) | whole body over expected | truly there | may lie outside the "
        "field, at most | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for patient in stored["patients"]:
        several = len(patient["injected_mbq"]) > 1
        for scan in patient["closure"]["scans"]:
            found, spread, true = scan["ratio"]
            course = f", course {scan['course']}" if several else ""
            rows.append(
                f"| {patient['title']}{course} | {scan['scan']} | {scan['hours']:g} "
                f"| {found:.3f} ± {spread:.3f} | {true:.3f} "
                f"| {scan['outside_percent']:.1f} % | {scan['verdict']} |"
            )
    rows += [
        "",
        "Expected is the injected activity with decay alone. What is truly there falls below 1 by "
        "what has left the body, which was not collected, so later scans test nothing; the first is "
        "before the first voiding. The CT cuts this body above and below the trunk: nothing lies "
        "there, but neither the camera nor hevesy can know, and the bound is what it would be if "
        "the rest were filled as the cut ends are.",
        "",
        "| patient | verdict | because | first explanations |",
        "|---|---|---|---|",
    ]
    for patient in stored["patients"]:
        closure = patient["closure"]
        causes = "; ".join(f"{c['cause']} ({c['strength']})" for c in closure["explanations"][:3])
        rows.append(
            f"| {patient['title']} | {closure['verdict']} | {closure['reason']} | {causes or 'none'} |"
        )
    return "\n".join([*rows, "", leak_verdict(of_kind(stored, "leaking"))])


def _patient(patient: Stored) -> str:
    given = " and ".join(f"{mbq:g}" for mbq in patient["injected_mbq"])
    several = len(patient["injected_mbq"]) > 1
    rows = [
        f"## {patient['title']}",
        "",
        f"{_STORIES[patient['kind']]} {given} MBq net. All cells: found ± u / true.",
        "",
    ]
    if "views" in patient:
        rows += [views(patient), ""]
    heads = [
        f"{s['hours']:g} h" + (f" (course {s['course']})" if several else "")
        for s in patient["closure"]["scans"]
    ]
    rows += [
        "Part of the course's injected activity, decay taken out (%):",
        "",
        "| region | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for region in patient["regions"]:
        rows.append(
            f"| {region['name']} | " + " | ".join(map(plus_minus, region["percent"])) + " |"
        )
    rows += ["", *_half_lives(patient), "", *_doses(patient), "", *_running(patient)]
    if several:
        rows += ["", remainder(patient)]
    if "leakage" in patient:
        rows += ["", leakage(patient)]
    return "\n".join(rows)


def _half_lives(patient: Stored) -> list[str]:
    rows = [
        "| region | course | effective half-life (h) | biological half-life (h) |",
        "|---|---|---|---|",
    ]
    for region in patient["regions"]:
        for half in region["half_lives"]:
            biological = plus_minus(half["biological"])
            if half["biological"][0] is None and half["biological_at_least_h"] is not None:
                least, true = half["biological_at_least_h"], half["biological"][2]
                biological = f"{least:.3g} at least / {true:.3g}"
            rows.append(
                f"| {region['name']} | {half['course']} | {plus_minus(half['effective'])} "
                f"| {biological} |"
            )
    return rows


def _doses(patient: Stored) -> list[str]:
    rows = ["| region | TIA (MBq h) | mean dose (Gy) |", "|---|---|---|"]
    for region in patient["regions"]:
        rows.append(
            f"| {region['name']} | {plus_minus(region['tia'])} | {plus_minus(region['dose'])} |"
        )
    return [*rows, f"| body in the CT | | {plus_minus(patient['body'])} |"]


def _running(patient: Stored) -> list[str]:
    lesions = [region for region in patient["regions"] if region["monitor"]]
    rows = [
        "The final dose as known after each scan (Gy): median (90 % interval) / true, of the course.",
        "",
        "| after scan | course | at (h) | " + " | ".join(r["name"] for r in lesions) + " |",
        "|---" * (3 + len(lesions)) + "|",
    ]
    for steps in zip(*(region["monitor"] for region in lesions), strict=True):
        cells = []
        for step in steps:
            low, high = step["interval90_gy"]
            out = "" if low <= step["true_gy"] <= high else " **outside**"
            cells.append(
                f"{step['median_gy']:.1f} ({low:.1f} to {high:.1f}) / {step['true_gy']:.1f}{out}"
            )
        rows.append(
            f"| {steps[0]['after_scan']} | {steps[0]['course']} | {steps[0]['hours']:g} | "
            + " | ".join(cells)
            + " |"
        )
    return rows


def _foot(stored: Stored) -> str:
    return f"""\
## What falls short

- One patient of each kind, and no errors drawn but counts: this page shows that the figures are \
right where the case is, and where they are not; not how often uncertainties hold.
- Stated uncertainties of half-lives are too small, and so is an organ's TIA whose uptake was not \
scanned: see above.
- A true dose is hevesy's own transport.
- The dead-time limited patient has no reconstructed images.
- No urine is collected here: cumulative excretion is the balance.

## Again

```console
$ make validate
```

makes all of it anew, stores it in [patients.json](patients.json) and writes this page; this one is of \
hevesy {stored["version"]}, {stored["date"]} ({stored["seeds"]}). `make test` runs one of the patients \
again, and fails if it differs or if this page is not what the stored patients give.
"""
