"""Page of the six kinds of virtual patients: what hevesy found, and what is true."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import patients_figure
from hevesy.simulation import read_transported_truth

__all__ = ["PAGE", "page", "pulls", "write"]

PAGE = "patients.md"
WITHIN_SIGMAS = 2.0
Stored = Mapping[str, Any]
Figure = Sequence[float | None]

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


def pulls(patients: Sequence[Stored]) -> dict[str, list[float]]:
    """(Found - true) / stated uncertainty, of every figure that has all three."""

    def of(pick: Callable[[Stored], Iterator[Figure]]) -> list[float]:
        return [
            (found - true) / spread
            for patient in patients
            for found, spread, true in pick(patient)
            if found is not None and true is not None and spread
        ]

    regions = "regions"
    return {
        "whole body over expected": of(lambda p: (s["ratio"] for s in p["closure"]["scans"])),
        "% of the injected": of(lambda p: (f for r in p[regions] for f in r["percent"])),
        "time-integrated activity": of(lambda p: (r["tia"] for r in p[regions])),
        "effective half-life": of(
            lambda p: (h["effective"] for r in p[regions] for h in r["half_lives"])
        ),
        "biological half-life": of(
            lambda p: (h["biological"] for r in p[regions] for h in r["half_lives"])
        ),
        "mean dose, lesions": of(
            lambda p: (r["dose"] for r in p[regions] if r["kind"] == "lesion")
        ),
        "mean dose, organs": of(lambda p: (r["dose"] for r in p[regions] if r["kind"] != "lesion")),
        "mean dose, body in the CT": of(lambda p: iter([p["body"]])),
    }


def _held(patients: Sequence[Stored]) -> tuple[int, int]:
    """Truths within the running dose's 90 % intervals, of how many."""
    steps = [s for p in patients for r in p["regions"] for s in r["monitor"]]
    inside = [s["interval90_gy"][0] <= s["true_gy"] <= s["interval90_gy"][1] for s in steps]
    return sum(inside), len(inside)


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
as stated. So differences should be well within the uncertainties; whether these are of the right \
size, [repeats with errors](virtual-patient.md) and [200 running doses](monitor.md) tell. Each kind is \
one patient.

**True.** Activities and half-lives in closed form. A curve's half-life is that of its slowest \
term. Doses: hevesy's own Monte Carlo over the true, unblurred activity and the CT without noise, \
with other random numbers and {stored["true_dose_histories"] / 1e6:g} million primary electrons. It \
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
        here = _region(_of(stored, kind), name)["dose"][2]
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


def _of(stored: Stored, kind: str) -> Stored:
    return next(patient for patient in stored["patients"] if patient["kind"] == kind)


def _region(patient: Stored, name: str) -> Stored:
    return next(region for region in patient["regions"] if region["name"] == name)


def _short(stored: Stored) -> str:
    patients = stored["patients"]
    rows = [
        "## In short",
        "",
        f"![Closure, lesions and running dose of six patients]({patients_figure.FIGURE})",
        "",
        "*One row a patient. Left: the whole body over what was injected and decayed; middle: parts "
        "of the injected activity in the lesions, decay taken out; points with one standard "
        "uncertainty, lines and crosses: true. Right: the final dose as known after each scan over "
        "the true one, with its 90 % interval. A second course's times go on from its own "
        "injection.*",
        "",
        "| figure | how many | within 1 u (%) | within 2 u (%) | largest, in u |",
        "|---|---|---|---|---|",
    ]
    for name, found in pulls(patients).items():
        within = [100.0 * sum(abs(z) <= k for z in found) / len(found) for k in (1.0, 2.0)]
        worst = max(found, key=abs)
        rows.append(f"| {name} | {len(found)} | {within[0]:.0f} | {within[1]:.0f} | {worst:+.1f} |")
    inside, of = _held(patients)
    return "\n".join(
        [
            *rows,
            "",
            f"u is the stated standard uncertainty. Of the running dose's {of} intervals of 90 % "
            f"{inside} hold the truth (those of one patient are not independent).",
        ]
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
        for scan in patient["closure"]["scans"]:
            found, spread, true = scan["ratio"]
            rows.append(
                f"| {patient['title']}, course {scan['course']} | {scan['scan']} "
                f"| {scan['hours']:g} | {found:.3f} ± {spread:.3f} | {true:.3f} "
                f"| {scan['outside_percent']:.1f} % | {scan['verdict']} |"
            )
    rows += [
        "",
        "Expected is the injected activity with decay alone. What is truly there falls below 1 by "
        "excretion, which was not collected, so later scans test nothing; the first is before the "
        "first voiding. The CT cuts this body at head and thighs: nothing lies there, but neither "
        "the camera nor hevesy can know, and the bound is what it would be if the rest were filled "
        "as the cut ends are.",
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
    return "\n".join([*rows, "", _leak_verdict(_of(stored, "leaking"))])


def _leak_verdict(leaking: Stored) -> str:
    first = leaking["closure"]["scans"][0]
    found, spread, true = first["ratio"]
    missing, outside = 100 * (1 - found), first["outside_percent"]
    return (
        f"**The leaking patient.** {missing:.1f} ± {100 * spread:.1f} % are missing at the first scan "
        f"({100 * (1 - true):.1f} % truly: 10 % lost, the rest beyond the compartments), "
        f"{missing / (100 * spread):.1f} standard uncertainties: the loss is seen, and its size is right. "
        f"It is not called `does not close`, because up to {outside:.1f} % may lie outside "
        f"the field, and the other {missing - outside:.1f} % are "
        f"{(missing - outside) / (100 * spread):.1f} uncertainties, fewer than two. With a CT and a "
        "field from head to thigh this loss would fail closure; with these it can only be `partial`, "
        "and the true cause, a lost part of the syringe, stands second among the explanations."
    )


def _pm(figure: Figure, digits: int = 3) -> str:
    """Found with its uncertainty, at the uncertainty's second digit; then the truth."""
    found, spread, true = figure
    if found is None:
        return "not told" if true is None else f"not told / {true:.{digits}g}"
    if not spread:
        return f"{found:.{digits}g}" + ("" if true is None else f" / {true:.{digits}g}")
    places = _places(spread)
    text = f"{found:.{places}f} ± {spread:.{places}f}"
    return text if true is None else f"{text} / {true:.{places}f}"


def _places(spread: float) -> int:
    """Decimals that show two digits of it, at most four."""
    return max(0, min(4, 1 - int(f"{spread:e}".split("e")[1])))


def _patient(patient: Stored) -> str:
    given = " and ".join(f"{mbq:g}" for mbq in patient["injected_mbq"])
    scans = patient["closure"]["scans"]
    rows = [
        f"## {patient['title']}",
        "",
        f"{_STORIES[patient['kind']]} {given} MBq net. All cells: found ± u / true.",
        "",
    ]
    if "views" in patient:
        rows += [_views(patient), ""]
    heads = [
        f"{s['hours']:g} h"
        + (f" (course {s['course']})" if len(patient["injected_mbq"]) > 1 else "")
        for s in scans
    ]
    rows += [
        "Part of the course's injected activity, decay taken out (%):",
        "",
        "| region | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for region in patient["regions"]:
        rows.append(f"| {region['name']} | " + " | ".join(map(_pm, region["percent"])) + " |")
    rows += ["", *_half_lives(patient), "", *_doses(patient), "", *_running(patient)]
    if "leakage" in patient:
        rows += ["", _leakage(patient)]
    return "\n".join(rows)


def _half_lives(patient: Stored) -> list[str]:
    rows = [
        "| region | course | effective half-life (h) | biological half-life (h) |",
        "|---|---|---|---|",
    ]
    for region in patient["regions"]:
        for half in region["half_lives"]:
            biological = _pm(half["biological"])
            if half["biological"][0] is None and half["biological_at_least_h"] is not None:
                least, true = half["biological_at_least_h"], half["biological"][2]
                biological = f"{least:.3g} at least / {true:.3g}"
            rows.append(
                f"| {region['name']} | {half['course']} | {_pm(half['effective'])} | {biological} |"
            )
    return rows


def _doses(patient: Stored) -> list[str]:
    rows = ["| region | TIA (MBq h) | mean dose (Gy) |", "|---|---|---|"]
    for region in patient["regions"]:
        rows.append(f"| {region['name']} | {_pm(region['tia'])} | {_pm(region['dose'])} |")
    return [*rows, f"| body in the CT | | {_pm(patient['body'])} |"]


def _running(patient: Stored) -> list[str]:
    rows = [
        "The final dose as known after each scan (Gy): median (90 % interval) / true, of the course.",
        "",
    ]
    lesions = [region for region in patient["regions"] if region["monitor"]]
    rows += [
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


def _leakage(patient: Stored) -> str:
    rows = [
        "Where the injection went (% of the injected, decay taken out):",
        "",
        "| at (h) | not in the lesion | needle's tract | rim of 5 mm | liver, less tract and rim "
        "| in no region |",
        "|---|---|---|---|---|---|",
    ]
    for point in patient["leakage"]:
        cells = (_pm(point[n]) for n in ("leaked", "needle tract", "rim", "liver", "rest"))
        rows.append(f"| {point['hours']:g} | " + " | ".join(cells) + " |")
    liver, drawn = _region(patient, "liver")["tia"], patient["tract_drawn"]
    excess = liver[0] - liver[2]
    percent = 100 * excess / liver[2]
    tract = patient["tract_tia"][2]
    mended = 100 * (drawn["liver"][0] / drawn["liver"][2] - 1)
    return "\n".join(
        [
            *rows,
            "",
            f"Extravasation at the first scan: {_pm(patient['extravasation'])} % (tract alone); TIA "
            f"of the tract: {_pm(patient['tract_tia'])} MBq h. In no region lie the lost 10 % too.",
            "",
            f"**The liver is {percent:+.0f} % off** in the tables above ({_pm(liver)} MBq h), "
            f"{excess / liver[1]:.1f} of its uncertainties. It is the tract, {tract:.0f} MBq h that "
            f"no reader drew: the transfer matrix spreads over the rest of the body what it knows of "
            f"no region, so it takes the tract's blur within the liver's outline for the liver's: "
            f"{100 * excess / tract:.0f} % of the tract. The stated uncertainty does not hold an "
            "undrawn source. With regions along the needle the tract is measured as one of them, and "
            "the liver's share in *this* table is right. The drawn liver's own figures don't change "
            "by that (they never do); when the tract is drawn as a region of its own, they do: liver "
            f"{_pm(drawn['liver'])} ({mended:+.1f} %), tract {_pm(drawn['tract'])} MBq h. So where a "
            "tract is seen, draw it.",
        ]
    )


def _views(patient: Stored) -> str:
    rows = [
        "| at (h) | there at most (GBq) | true n tau, most | n tau found | peak found over true | |",
        "|---|---|---|---|---|---|",
    ]
    refused = []
    for row in patient["views"]:
        if "refused" in row:
            refused.append(row)
            found = "| | | refused |"
        else:
            said = "; warned" if row["warnings"] else ""
            found = (
                f"| {row['loss_ratio']:.3f} | {row['recovered']:.4f} ± "
                f"{row['dead_time_relative']:.4f} | measured{said} |"
            )
        rows.append(
            f"| {row['hours']:g} | {row['given_mbq'] / 1e3:.2f} | {row['true_loss_ratio']:.3f} {found}"
        )
    return "\n".join([*rows, "", *_refusal(patient, refused)])


def _refusal(patient: Stored, refused: Sequence[Stored]) -> list[str]:
    measured = [row["hours"] for row in patient["views"] if "refused" not in row]
    first = patient["closure"]["scans"][0]
    when = [f"{row['hours']:g}" for row in refused]
    said = [f"At {row['hours']:g} h: *{row['refused']}*." for row in refused[:1]]
    return [
        "Simulated are the views of one bed (2 heads, 6 angles each, peak and two windows beside, "
        "by the effective camera model), their losses by the rate of the scatter-corrected peak "
        "(dead time 10.26 µs, as the calibration on [the SPECT page](spect.md) found it) and noise; "
        "the site's record says 10.38 ± 0.12 µs. hevesy estimates scatter, tells the branch and "
        "corrects. **Not simulated**: a reconstruction (the images are the effective camera's, "
        'times "peak found over true"), and losses by events outside the peak, which the SPECT '
        "page has. The bound for the branch is the activity given times 22 counts/s per MBq.",
        "",
        f"Refused at {' and '.join(when)} h; the patient can be "
        f"measured from {measured[0]:g} h on (of the times tried). *Refused* is `hevesy dose`'s "
        "exit code 2: the site leaves those scans out of the case. " + " ".join(said),
        "",
        "Fewer counts are lost at first than would forbid a correction (n tau up to 0.7 is "
        "allowed): what forbids it is that as few counts could come from *more* activity on the "
        "far side of the camera's maximum, and nothing in the scan tells. The advice, to wait until "
        "*all* of the activity given could be measured, is safe and late: the branch is told as "
        "soon as the activity given is too little for the far side. The first scan that is "
        f"measured, at {first['hours']:g} h, comes after the first voidings, so closure can't be "
        "tested: its ratio is what is left in the body.",
    ]


def _foot(stored: Stored) -> str:
    return f"""\
## What falls short

- One patient of each kind, no errors drawn: this page shows that the figures are right where the \
case is, not how often uncertainties hold.
- A true dose is hevesy's own transport. The regions here are also those the truth is taken over.
- The dead-time limited patient has no reconstructed images.
- What is excreted is nowhere in these patients: no urine is collected, and cumulative excretion is \
the balance.

## Again

```console
$ make validate
```

makes all of it anew, stores it in [patients.json](patients.json) and writes this page; this one is of \
hevesy {stored["version"]}, {stored["date"]} ({stored["seeds"]}). `make test` runs one of the patients \
again, and fails if it differs or if this page is not what the stored patients give.
"""
