"""The page on the virtual patient's repeats, made from what is stored."""

import json
import math
from pathlib import Path
from typing import Any

from scipy.stats import beta

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
HEAD = """# The virtual patient, in repeats

`make validate` computes the virtual patient again and again. In each repeat, what its case states as uncertain really varies as stated: calibration 3 % (common to all scans), resolution 16 mm ± 0.5 mm, borders ± 0.5 mm, Poisson noise. The case always states the nominal values. Seeds and figures are stored in `virtual-patient.json` beside this page, and this page is made from it.

"""
NOTE = """
"Within 1 u" is the share of repeats in which the truth lies within the stated standard uncertainty (68 % if it were exact and the errors normal), with the 95 % Clopper-Pearson interval of the count; "within 2 u" likewise (95 %). "Uncorrected" is the mean difference without partial-volume correction: what blur takes from (or gives to) a region.

The mean is what the method does by itself; the scatter is what the stated uncertainties bring. The mean TIA of every region of 20 mL and more is to lie within 5 % of the truth. The liver is the hard one: it holds a quarter of the activity of a lesion in its middle that is 200 times as concentrated, so the lesion's spill-out is more than the liver's own signal, and its figure follows the stated resolution closely. The small lesion (3 mL) loses three quarters of its activity to blur; the transfer matrix gives it back only as far as its drawn shape and uniformity hold.

Where it falls short: the lungs' stated uncertainty is too small (44 % within 1 u where 68 % are due), because most of what the lungs show spills in from elsewhere and a border moved towards the liver takes in more than the chain's single slope says; and the liver's tails are a little heavy (84 % within 2 u).

The virtual patient's lesion is nearly uniform. A depot that is much hotter in its middle shifts lesion and liver further ([virtual patient](../methods/virtual-patient.md)).
"""


def interval(hits: int, count: int) -> str:
    """Share in per cent with its 95 % Clopper-Pearson interval."""
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, count - hits + 1))
    high = 1.0 if hits == count else float(beta.ppf(0.975, hits + 1, count - hits))
    return f"{100 * hits / count:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def table(repeats: list[dict[str, Any]]) -> str:
    """Mean, scatter and coverage of each region's TIA and dose."""
    count = len(repeats)
    rows = [
        "| region | volume (mL) | TIA: mean difference | scatter | TIA within 1 u | within 2 u |"
        " dose within 1 u | within 2 u | uncorrected |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in repeats[0]["regions"]:
        found = [repeat["regions"][name] for repeat in repeats]
        apart = [f["tia_mbq_h"] / f["true_tia_mbq_h"] - 1 for f in found]
        mean = sum(apart) / count
        scatter = math.sqrt(sum((a - mean) ** 2 for a in apart) / (count - 1))
        plain = sum(f["uncorrected_tia_mbq_h"] / f["true_tia_mbq_h"] - 1 for f in found) / count
        tia = [
            abs(f["tia_mbq_h"] - f["true_tia_mbq_h"]) / f["tia_uncertainty_mbq_h"] for f in found
        ]
        dose = [
            abs(f["mean_dose_gy"] - f["true_mean_dose_gy"]) / f["mean_dose_uncertainty_gy"]
            for f in found
        ]
        hits = [interval(sum(z <= k for z in zs), count) for zs in (tia, dose) for k in (1, 2)]
        volume = sum(f["volume_ml"] for f in found) / count
        rows.append(
            f"| {name} | {volume:.3g} | {100 * mean:+.1f} ± {100 * scatter / math.sqrt(count):.1f} %"
            f" | {100 * scatter:.1f} % | {hits[0]} | {hits[1]} | {hits[2]} | {hits[3]}"
            f" | {100 * plain:+.0f} % |"
        )
    return "\n".join(rows)


def page(stored: dict[str, Any]) -> str:
    """The whole page."""
    return (
        f"{HEAD}hevesy {stored['version']}, {stored['date']}.\n\n"
        f"## {len(stored['repeats'])} repeats, the patient lying still\n\n"
        f"{table(stored['repeats'])}\n{NOTE}\n"
        f"## {len(stored['moved'])} repeats with the patient lying anew at each scan\n\n"
        "Each scan's CT is registered to the first scan's.\n\n"
        f"{table(stored['moved'])}\n"
    )


def write_page() -> Path:
    """Write the page from the stored repeats."""
    path = PAGES / "virtual-patient.md"
    stored = json.loads((PAGES / "virtual-patient.json").read_text(encoding="utf-8"))
    path.write_text(page(stored), encoding="utf-8")
    return path


if __name__ == "__main__":
    write_page()
