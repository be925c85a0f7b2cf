"""The page on two real scans, where their data are beside the checkout."""

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.case import Case, Closure, RegionResult
from hevesy.files import read_case
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.progress import SILENT
from hevesy.provenance import Provenance
from hevesy.report.style import (
    BLUE,
    GREY,
    VERMILLION,
    drawing,
    new_figure,
    place,
    to_png,
    to_svg,
)
from hevesy.timeactivity import TimeActivityFit
from hevesy.workflows.compute import compute_case
from hevesy.workflows.curves import fit_courses
from hevesy.workflows.frames import bring_into_one_frame
from hevesy.workflows.measure import measure_case
from hevesy.workflows.read_sessions import read_sessions
from hevesy.workflows.region_plan import plan_regions

__all__ = ["DATA", "Lesion", "compute", "draw", "page", "write"]

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "intevo16_lu177_spect"
CASE = ROOT / "examples" / "intevo16_lu177" / "case.toml"
PAGE, FIGURE = "intevo.md", "intevo.svg"
LAST_H = 300.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesion:
    """A lesion's figures and its curve."""

    result: RegionResult
    fit: TimeActivityFit


def write(folder: Path) -> None:
    """Write page and figure, or say that the data are missing."""
    if not DATA.is_dir():
        print("two real scans: no data beside the checkout (../shared/data); page left as it is")
        return
    case, closure, lesions = compute()
    (folder / PAGE).write_text(page(case, closure, lesions), encoding="utf-8")
    (folder / FIGURE).write_bytes(draw(lesions))


def compute() -> tuple[Case, Closure, tuple[Lesion, ...]]:
    """Unpack the scans, and run the example's case over them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for packed in sorted(DATA.glob("SCAN_*.zip")):
            with zipfile.ZipFile(packed) as file:
                file.extractall(folder / packed.name[:8])
        shutil.copy(CASE, folder / "case.toml")
        case = read_case(folder / "case.toml")
        nuclide = get_nuclide(case.nuclide)
        sessions = read_sessions(case, nuclide, control=SILENT)
    nothing = Provenance(inputs=(), options={}, data_sets=())
    result = compute_case(case, sessions, nuclide, nothing)
    fits = _fits(case, sessions, nuclide)
    assert result.closure is not None
    lesions = tuple(Lesion(result=r, fit=fits[r.name]) for r in result.regions)
    return case, result.closure, lesions


def _fits(case: Case, sessions: Any, nuclide: Nuclide) -> dict[str, TimeActivityFit]:
    """The curves themselves: the result holds them to the last scan only."""
    frames = bring_into_one_frame(sessions, control=SILENT)
    planned = plan_regions(case, sessions, frames)
    measured, _ = measure_case(case, sessions, frames, planned, nuclide, control=SILENT)
    return {
        region.name: fit_courses(case, sessions, measured, nuclide, region.name, region.kind).fits[
            1
        ]
        for region in planned
    }


def page(case: Case, closure: Closure, lesions: Sequence[Lesion]) -> str:
    """The page, with every figure as computed."""
    given = case.administrations[0]
    options = case.options
    rows = []
    for lesion in lesions:
        found = lesion.result
        first, second = found.scans
        low, high = (v / 3.6e9 for v in lesion.fit.tia_interval68_bq_s)
        rows.append(
            f"| {found.name} | {found.volume_ml:.3g} "
            f"| {_with(first.activity_mbq, first.activity_uncertainty_mbq)} "
            f"| {_with(second.activity_mbq, second.activity_uncertainty_mbq)} "
            f"| {_with(found.tia_mbq_h, found.tia_uncertainty_mbq_h)} | {_two(low)} to {_two(high)} "
            f"| {_with(found.mean_dose_gy, found.mean_dose_uncertainty_gy)} |"
        )
    hours = [scan.hours_after_administration for scan in lesions[0].result.scans]
    said = "\n".join(f"> {lesion.result.name}: {lesion.fit.warnings[0]}.\n" for lesion in lesions)
    budget = "\n".join(
        f"| {lesion.result.name} | "
        + ", ".join(
            f"{share.source} {100 * share.relative_uncertainty:.0f} %"
            for share in lesion.result.shares
        )
        + " |"
        for lesion in lesions
    )
    return f"""\
# Two real scans: Symbia Intevo 16, 177Lu

One 177Lu-DOTATATE patient ({given.activity_bq / 1e9:.3f} GBq), on the camera model of the \
188Re-ImDendrim trial: two SPECT scans at {hours[0]:.1f} and {hours[1]:.1f} h, two liver lesions \
as RTSTRUCT (Dewaraja and Van 2021, [10.7302/0n8e-rz46](https://doi.org/10.7302/0n8e-rz46); \
CC BY-NC 4.0, not part of this project). `hevesy dose examples/intevo16_lu177/case.toml` computes \
it; this page is written by `make validate` where the data are beside the checkout. There is no \
truth to compare with: what can be checked is that real files pass through the whole chain, and \
that the result says how little two scans tell.

| lesion | volume (mL) | at {hours[0]:.2f} h (MBq) | at {hours[1]:.2f} h (MBq) | TIA (MBq h) \
| TIA, 68 % by the curve alone | mean dose (Gy) |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![Both lesions' activity at two scans and the curve's band to {LAST_H:.0f} h]({FIGURE})

*Points: activity in each scan, with its standard uncertainty (mostly the volume's, which moves \
both points together). Line: the curve that is integrated. Band: 68 %. What is known is left of \
the dotted line, the last scan.*

## What two scans, of which the second is higher, can't tell

Both lesions hold **more** at the second scan than at the first. That is no error: a receptor \
ligand is taken up over hours. But then

- **how fast activity leaves** is not in the data at all. No point lies on the way down. An \
exponential through the two points would grow for ever; a fit that is forced down invents its \
half-life. hevesy takes the straight line between the scans and, after the last one, the middle \
between two limits: a clearance as fast as is plausible, and physical decay alone. In its words:

{said}
- **how high the peak was, and when**, is not in them either. Were it before the second scan, the \
straight line would miss its top; were it after, the tail starts too low.
- **the uptake before the first scan** is an extension of that straight line back to time zero. It \
is a small part of the integral here.

More than four fifths of the integral lies after the last scan, so the curve alone is uncertain \
by {100 * lesions[0].fit.tia_uncertainty_bq_s / lesions[0].fit.tia_bq_s:.0f} %. No better method \
helps; a third scan at four days or later would. The original data set has such scans; they are \
not in the copy used here.

{_parts(case, closure, lesions)}

## Where the uncertainty comes from

| lesion | dose's relative standard uncertainty by source |
|---|---|
{budget}

**Volume.** The regions were drawn on the SPECT. By the EANM's chain a border on an image of \
{options.resolution_fwhm_mm:g} mm FWHM makes the large lesion's volume uncertain by half, and the \
small one's by more than its value, where first-order propagation is no more than a rough guide. \
Volume moves activity and mass the same way, so the dose suffers less than either.

**Not given by the data set, and assumed in the case file:** the calibration's uncertainty \
({100 * (options.calibration_relative_uncertainty or 0.0):g} %), the resolution \
({options.resolution_fwhm_mm:g} mm), the density ({options.density_g_cm3:g} g/cm3; there is no \
CT). **Not included:** counting (neither sensitivity nor repeats are known) and partial volume: \
what blur takes away is not in these figures, and the lesion of 3 mL, under two FWHM across, may \
lose most of its activity so.

**Decay.** The DICOM says `DecayCorrection` ADMIN and `DecayFactor` 1, which contradict each \
other. Without `decay_corrected_to` in the case file hevesy stops and names the line to add. Taken \
as ADMIN the second scan would be \
{100 * (1 - np.exp(-hours[1] * 3600 * get_nuclide(case.nuclide).decay_per_s)):.0f} % lower.

**Registration.** Each scan has regions of its own, which are used as drawn. For the dose map the \
scans are registered SPECT to SPECT.
"""


def _parts(case: Case, closure: Closure, lesions: Sequence[Lesion]) -> str:
    """What part of the injected activity is where, and what of that can't be known."""
    hours = [scan.hours_after_administration for scan in lesions[0].result.scans]
    rows = []
    for lesion in lesions:
        cells = [
            _with(part, spread)
            for scan in lesion.result.percent_ia
            for part, spread in (
                (scan.percent, scan.percent_uncertainty),
                (scan.decay_corrected_percent, scan.decay_corrected_percent_uncertainty),
            )
        ]
        rows.append(f"| {lesion.result.name} | " + " | ".join(cells) + " |")
    balance = "\n".join(
        f"| {scan.hours_after_administration:.2f} | {scan.measured_mbq:.0f} "
        f"| {scan.expected_mbq:.0f} | {_with(scan.ratio, scan.ratio_stated_uncertainty)} "
        f"| {scan.verdict}: {scan.reason} |"
        for scan in closure.per_scan
    )
    held = sum(lesion.result.scans[0].activity_mbq for lesion in lesions)
    least = 100 * held / closure.per_scan[0].measured_mbq
    small = lesions[-1].result.percent_ia[0]
    return f"""\
## Part of the injected activity

As it is at each scan, and with decay taken out (dc), % IA:

| lesion | {hours[0]:.2f} h | {hours[0]:.2f} h, dc | {hours[1]:.2f} h | {hours[1]:.2f} h, dc |
|---|---|---|---|---|
{chr(10).join(rows)}

| at (h) | whole image (MBq) | given, decayed (MBq) | ratio | verdict |
|---|---|---|---|---|
{balance}

What can't be known of these parts:

- **The injected activity.** The data set gives it gross: what stayed in syringe and line was not \
measured, so each part above is the least that it can be (blur, which is not corrected here, \
takes from it too), and the \
{100 * (case.administrations[0].activity_relative_uncertainty or 0.0):g} % that the case states are \
assumed.
- **Where the rest is.** The image holds {100 * closure.per_scan[0].ratio:.0f} % of what was given \
and decayed at the first scan, and the field is too short for an adult. No CT outlines the body, so \
it can't be said how much of the body lies outside; urine was not collected. What is missing may be \
outside the field, excreted, or an error of the calibration: closure is no test of the \
calibration here. Of what the image does hold the two lesions have {least:.0f} %.
- **The calibration.** Its uncertainty is not in the data set; 5 % is assumed, and is common to all \
figures. Were it wrong by more, every part would be wrong alike, and nothing here would show it.
- **The small lesion**: {_with(small.percent, small.percent_uncertainty)} % is a figure that can't \
be told from nothing by its uncertainty (the volume's). That it is there is seen in the image, but \
the counts are not known, so there is no detection limit to say so.
- **How long it stays.** Both lesions rise: no half-life is given, effective or biological; a \
residence time is \
{", ".join(_residence(lesion.result) for lesion in lesions)} (activity after the last scan is most \
of it, see above)."""


def _residence(region: RegionResult) -> str:
    found = region.kinetics[0]
    return f"{_with(found.residence_time_h, found.residence_time_uncertainty_h)} h"


def _two(value: float) -> str:
    """Two significant digits, with a space at thousands."""
    return f"{float(f'{value:.2g}'):,.6g}".replace(",", " ")


def _with(value: float, uncertainty: float) -> str:
    """The value with its uncertainty of two significant digits."""
    digits = max(0, 1 - int(np.floor(np.log10(uncertainty))))
    step = 10.0 ** (int(np.floor(np.log10(uncertainty))) - 1)
    rounded, spread = (round(v / step) * step for v in (value, uncertainty))
    return f"{rounded:,.{digits}f} ± {spread:,.{digits}f}".replace(",", " ")


def draw(lesions: Sequence[Lesion]) -> bytes:
    """Draw both curves as SVG."""
    with drawing():
        return to_svg(_figure(lesions))


def draw_png(lesions: Sequence[Lesion]) -> bytes:
    """Draw the same as PNG, to be looked at."""
    with drawing():
        return to_png(_figure(lesions))


def _figure(lesions: Sequence[Lesion]) -> Any:
    figure = new_figure(178, 66, fitted=False)
    hours = np.concatenate([np.linspace(0, 30, 61), np.linspace(31, LAST_H, 110)])
    for n, lesion in enumerate(lesions):
        axes = place(figure, left_mm=14 + n * 88, top_mm=7, width_mm=72, height_mm=47)
        colour = (VERMILLION, BLUE)[n % 2]
        low, high = lesion.fit.band(hours * 3600.0)
        axes.fill_between(hours, low / 1e6, high / 1e6, color=colour, alpha=0.18, linewidth=0)
        axes.plot(hours, lesion.fit.curve.activity_bq(hours * 3600.0) / 1e6, color=colour)
        scans = lesion.result.scans
        axes.errorbar(
            [s.hours_after_administration for s in scans],
            [s.activity_mbq for s in scans],
            yerr=[s.activity_uncertainty_mbq for s in scans],
            fmt="os"[n % 2], color=colour, markersize=4.5, elinewidth=1.0, capsize=2.0,
        )  # fmt: skip
        axes.axvline(
            scans[-1].hours_after_administration, color=GREY, linewidth=0.9,
            linestyle=(0, (1.2, 1.6)),
        )  # fmt: skip
        axes.set_xlim(0, LAST_H)
        axes.set_ylim(0, None)
        axes.set_title(f"{lesion.result.name}, {lesion.result.volume_ml:.3g} mL")
        axes.set_xlabel("time after administration (h)")
        axes.set_ylabel("activity (MBq)")
    return figure


if __name__ == "__main__":
    write(ROOT / "docs" / "validation")
