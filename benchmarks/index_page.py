"""The first page of the validation: what is held against what, and the accuracy in short."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.repeat_statistics import TIA, agreement
from benchmarks.virtual_patient_page import ORDER
from hevesy.workflows.verify import verify

__all__ = ["page", "write"]

PAGE = "index.md"

Stored = Mapping[str, Any]


def write(stored: Stored, folder: Path) -> None:
    """Write the page."""
    (folder / PAGE).write_text(page(stored), encoding="utf-8")


def page(stored: Stored) -> str:
    """The page, with counts and figures as computed."""
    # what PENELOPE adds where it is installed is no published number
    checks = [check for check in verify() if "run now" not in check.source]
    passed = sum(check.passed for check in checks)
    return f"""\
# Validation

| what | against what | where |
|---|---|---|
| half-lives, energies, J/GBq of 188Re, 90Y, 166Ho, 186Re, 177Lu, 131I | ICRP-107 and published \
figures | `hevesy verify`, `tests/nuclides` |
| left kidney, 177Lu: 7593.75 MBq h | SNMMI 2021 dosimetry challenge, bi-exponential with B = -A, \
unweighted | `hevesy verify` |
| left kidney of 233.6 g: 2.773 ± 0.001 Gy | the same curve by local deposition of all electrons | \
`hevesy verify` |
| BED with the true dose rate | Dale's closed form | `hevesy verify`, `tests/dose` |
| curves | closed forms, scipy, simulated coverage | `tests/timeactivity` |
| uncertainty chain | 20,000 samples of its inputs; other contours and resolutions through the \
whole transfer matrix | `tests/dose`, `tests/quantification` |
| transfer matrix | analytically blurred spheres, even and with a gradient | \
`tests/quantification` |
| RTSTRUCT, SEG, RTDOSE round trips | exact to the format's resolution, on oblique anisotropic \
grids; highdicom and SimpleITK as independent readers; `dciodvfy` | `tests/dicom` |
| electrons in tissue, lung, bone, air | [PENELOPE on thirteen phantoms](monte-carlo.md); ESTAR, point \
kernels, voxel values, spheres | `hevesy verify dose`, `make validate`, `tests/transport` |
| the whole chain | [a virtual patient in repeats](virtual-patient.md) | `make validate` |
| 188Re SPECT from raw projections: spheres, totals, dead time | [photons transported one by one]\
(spect.md), calibrated with phantoms of their own; a real bed; PyTomography | `make validate`, \
`tests/validation` |
| closure, parts of the injected activity, half-lives, leakage, running dose, organs | [six kinds of \
virtual patients](patients.md), the truth beside each figure; doses by Monte Carlo over the true \
activity | `make validate`, `tests/validation` |
| the running dose's 90 % intervals | [200 virtual patients](monitor.md) under right, study, wide and \
wrong priors; quadrature and closed forms | `make validate`, `tests/timeactivity` |
| a dose threshold and its 95 % interval | [1,000 simulated studies](evidence.md) with a known one; \
logistf, lifelines, statsmodels | `make validate`, `tests/evidence` |
| 3+3, BOIN, CRM | [published operating characteristics](designs.md) of each; a chain over every \
state | `make validate`, `tests/evidence` |
| a study's records: activity, release, audit | [random histories](store.md) beside a ledger and a \
model of the rules of their own, on SQLite and PostgreSQL; values altered one at a time; killed \
writers | `make validate`, `tests/store` |
| a published study's figures | [its own tables, recomputed](paper-study.md): what agrees, what \
differs, what can't be recomputed | `hevesy trial replay`, `tests/trial` |
| two real scans | [Symbia Intevo 16, 177Lu](intevo.md) | `hevesy dose` |

`hevesy verify` prints reference, measured figure, difference and tolerance of each published number; \
{passed} of {len(checks)} agree in this version.

## The virtual patient in short

{len(stored["repeats"])} repeats with calibration, resolution, borders and counts varied as the \
case states; TIA against the truth.

| region | volume (mL) | mean difference (%) | spread (%) | stated (%) | covered, k = 1 | k = 2 |
|---|---|---|---|---|---|---|
{_rows(stored)}

[All of it](virtual-patient.md), dose and causes included.

## What is not validated yet

No phantom measurement, and no other program, has been held against the whole chain. Local \
deposition is wrong where density changes within the electrons' range, in lung most: see \
[dose](../methods/dose.md).
"""


def _rows(stored: Stored) -> str:
    rows = []
    for name in ORDER:
        found = agreement(stored["repeats"], name, TIA)
        volume = stored["no_errors"][0]["regions"][name]["volume_ml"]
        rows.append(
            f"| {name} | {volume:.0f} | {found.bias:+.1f} ± {found.bias_uncertainty:.1f} "
            f"| {found.spread:.1f} | {found.stated:.1f} | {100 * found.once.share:.0f} % "
            f"| {100 * found.twice.share:.0f} % |"
        )
    return "\n".join(rows)
