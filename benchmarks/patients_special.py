"""What is particular to the leaking and to the dead-time limited patient, in words and tables."""

from collections.abc import Sequence

from benchmarks.patients_numbers import Stored, named, plus_minus

__all__ = ["leak_verdict", "leakage", "remainder", "views"]


def leak_verdict(leaking: Stored) -> str:
    """Why a loss of a tenth is called partial."""
    first = leaking["closure"]["scans"][0]
    found, spread, true = first["ratio"]
    missing, outside = 100 * (1 - found), first["outside_percent"]
    return (
        f"**The leaking patient.** {missing:.1f} ± {100 * spread:.1f} % are missing at the first scan "
        f"({100 * (1 - true):.1f} % truly: 10 % lost, the rest by then in no compartment), "
        f"{missing / (100 * spread):.1f} standard uncertainties: the loss is seen, and its size is "
        f"right. It is not called `does not close`, because up to {outside:.1f} % may lie outside "
        f"the field, and the other {missing - outside:.1f} % are "
        f"{(missing - outside) / (100 * spread):.1f} uncertainties, fewer than two. Were the body "
        "seen from head to foot, the same loss would fail closure; with this field it can only be "
        "`partial`, and the true cause, a lost part of the syringe, stands second among the "
        "explanations."
    )


def leakage(patient: Stored) -> str:
    """Where the injection went, and what an undrawn tract does to the liver."""
    rows = [
        "Where the injection went (% of the injected, decay taken out):",
        "",
        "| at (h) | not in the lesion | needle's tract | rim of 5 mm | liver, less tract and rim "
        "| in no region |",
        "|---|---|---|---|---|---|",
    ]
    for point in patient["leakage"]:
        cells = (plus_minus(point[n]) for n in ("leaked", "needle tract", "rim", "liver", "rest"))
        rows.append(f"| {point['hours']:g} | " + " | ".join(cells) + " |")
    first = patient["leakage"][0]["needle tract"]
    tia = patient["tract_tia"]
    return "\n".join(
        [
            *rows,
            "",
            f"Extravasation at the first scan: {plus_minus(patient['extravasation'])} % (true: the "
            f"tract). TIA of the tract: {plus_minus(tia)} MBq h. Its share is "
            f"{100 * (first[0] / first[2] - 1):.0f} % high at the first scan (a cylinder of 5 mm "
            "radius around a tract of 3 mm, beside a lesion), and its TIA "
            f"{100 * (tia[0] / tia[2] - 1):.0f} %, for retention goes straight from scan to scan "
            "where it truly curves. In no region lies also what was lost.",
            "",
            _undrawn(patient),
        ]
    )


def _undrawn(patient: Stored) -> str:
    liver, drawn = named(patient, "liver")["tia"], patient["tract_drawn"]
    excess, tract = liver[0] - liver[2], patient["tract_tia"][2]
    mended = 100 * (drawn["liver"][0] / drawn["liver"][2] - 1)
    early = named(patient, "liver")["percent"][0]
    return (
        f"**The liver is {100 * excess / liver[2]:+.0f} % off** in the tables above "
        f"({plus_minus(liver)} MBq h, {excess / liver[1]:.1f} u; at the first scan "
        f"{(early[0] - early[2]) / early[1]:.1f} u). It is the tract, {tract:.0f} MBq h that no "
        "reader drew: the transfer matrix takes what lies in no region for even over the rest of "
        "the body, so the tract's blur within the liver's outline becomes the liver's "
        f"({100 * excess / tract:.0f} % of the tract's activity). The stated uncertainty does not "
        "hold a source that was not drawn. Along the needle's record the tract is measured as a "
        "region, and the liver's share in the table of leakage is right; the drawn liver's own "
        "figures don't change by that, by design. Drawn as a region of its own, the tract mends "
        f"them: liver {plus_minus(drawn['liver'])} MBq h ({mended:+.1f} %), tract "
        f"{plus_minus(drawn['tract'])} MBq h. Where a tract is seen, draw it."
    )


def remainder(patient: Stored) -> str:
    """What an error of the first course's half-life does to the second."""
    lesion = named(patient, "lesion")
    first = lesion["half_lives"][0]["effective"]
    last = lesion["percent"][-1]
    return (
        f"The first course's half-life in the lesion, from four scans to 48 h, is "
        f"{plus_minus(first)} h: less of it is taken off later images than is left, and the second "
        f"course's share of the lesion drifts up, to {plus_minus(last)} % at the last scan "
        f"({(last[0] - last[2]) / last[1]:+.1f} u). Each course's dose is right within its interval."
    )


def views(patient: Stored) -> str:
    """What the detector recorded at each time, and what was refused."""
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
    return [
        "The ± is the dead time's; counting adds up to 0.002.",
        "",
        "**Simulated** are the views of one bed (2 heads, 6 angles each, peak and two windows "
        "beside, by the effective camera model), their losses by the rate of the scatter-corrected "
        "peak (dead time 10.26 µs, as the calibration on [the SPECT page](spect.md) found it), and "
        "noise; the site's record says 10.38 ± 0.12 µs. hevesy estimates scatter, tells the branch "
        "and corrects. **Not simulated**: a reconstruction (the images are the effective camera's, "
        'times "peak found over true"), and losses by events outside the peak, which the SPECT '
        "page has. The bound for the branch is the activity given times 22 counts/s per MBq.",
        "",
        f"Refused at {' and '.join(when)} h; of the times tried the patient can be measured from "
        f"{measured[0]:g} h on. `hevesy dose` ends with exit code 2 at such a scan, and the site "
        f"leaves it out of the case. At {when[0]} h it says: *{refused[0]['refused']}*.",
        "",
        "No more counts are lost than can be corrected (n tau up to 0.7): what forbids it is that as "
        "few counts could come from *more* activity, on the far side of the camera's maximum, and "
        "nothing in the scan tells. The first of the two times is safe whatever is there, and late; "
        "the second is that of the lower rate, which is the true one here. "
        f"The first scan of the case, at {first['hours']:g} h, comes after the first "
        "voidings, so closure is not tested: the ratio is what is left in the body. What happened "
        "before it is extrapolated, and that is where this patient's figures are worst (organs with "
        "an uptake phase, below).",
    ]
