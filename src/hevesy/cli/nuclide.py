"""`hevesy nuclide`: show one, let it decay, compare several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli.command_group import CommandGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hevesy.nuclides import EmissionLines, Nuclide, NuclideComparison

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="nuclide",
    help="Radionuclides: half-lives, emissions, decay, and a comparison for therapy (ICRP-107).",
    no_args_is_help=True,
)

_NAME = typer.Argument(metavar="NUCLIDE", help="Such as Re-188, 188Re or re188.")
_JSON = typer.Option("--json", help="Print JSON instead of a table.")


def _half_life_text(seconds: float) -> str:
    for size, unit, below in ((60.0, "min", 7200.0), (3600.0, "h", 4 * 86400.0)):
        if seconds < below:
            return f"{seconds / size:.5g} {unit}"
    if seconds < 2 * 365.2422 * 86400.0:
        return f"{seconds / 86400.0:.5g} d"
    return f"{seconds / (365.2422 * 86400.0):.5g} y"


def _lines_json(lines: EmissionLines, min_yield: float) -> list[dict[str, Any]]:
    rows = zip(lines.energy_mev, lines.yield_per_decay, lines.kinds, strict=True)
    return [
        {"kind": kind, "energy_kev": round(float(energy) * 1e3, 6), "yield_percent": 100 * float(y)}
        for energy, y, kind in sorted(rows, key=lambda row: -row[1])
        if y >= min_yield
    ]


def _show_json(nuclide: Nuclide, min_yield: float) -> dict[str, Any]:
    return {
        "nuclide": nuclide.name,
        "half_life_s": nuclide.half_life_s,
        "half_life_h": nuclide.half_life_s / 3600.0,
        "decay_per_s": nuclide.decay_per_s,
        "beta_yield": nuclide.beta_yield,
        "beta_mean_energy_mev": nuclide.beta_mean_energy_mev,
        "beta_max_energy_mev": nuclide.beta_max_energy_mev,
        "electron_energy_mev": nuclide.electron_energy_mev,
        "photon_energy_mev": nuclide.photon_energy_mev,
        "heavy_energy_mev": nuclide.heavy_energy_mev,
        "electrons": _lines_json(nuclide.electrons, min_yield),
        "photons": _lines_json(nuclide.photons, min_yield),
        "data_set": {
            "name": nuclide.data_set.name,
            "version": nuclide.data_set.version,
            "source": nuclide.data_set.source,
        },
    }


@app.command()
def show(
    name: Annotated[str, _NAME],
    min_yield: Annotated[
        str, typer.Option(metavar="SHARE", help="Leave out weaker lines; per decay.")
    ] = "0.1 %",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show half-life, mean energies and emission lines of a nuclide.

    Example: hevesy nuclide show Re-188 --min-yield "1 %"
    """
    from hevesy.nuclides import get_nuclide
    from hevesy.units import parse_share

    least = parse_share(min_yield, "the least yield")
    nuclide = get_nuclide(name)
    if as_json:
        typer.echo(json.dumps(_show_json(nuclide, least), indent=2))
        return
    _print_nuclide(nuclide, least)


def _print_nuclide(nuclide: Nuclide, min_yield: float) -> None:
    from rich.console import Console
    from rich.table import Table

    facts = Table(title=nuclide.name, show_header=False, title_justify="left")
    facts.add_column()
    facts.add_column(justify="right")
    facts.add_row("half-life", _half_life_text(nuclide.half_life_s))
    if nuclide.beta_yield > 0:
        facts.add_row("betas per decay", f"{nuclide.beta_yield:.4f}")
        facts.add_row("mean beta energy", f"{nuclide.beta_mean_energy_mev:.4f} MeV")
        facts.add_row("greatest beta energy", f"{nuclide.beta_max_energy_mev:.4f} MeV")
    facts.add_row("electrons per decay", f"{nuclide.electron_energy_mev:.5f} MeV")
    facts.add_row("photons per decay", f"{nuclide.photon_energy_mev:.5f} MeV")
    if nuclide.heavy_energy_mev > 0:
        facts.add_row("alphas and other heavy", f"{nuclide.heavy_energy_mev:.4f} MeV")
    lines = Table(title=f"lines of {100 * min_yield:g} % and more", title_justify="left")
    lines.add_column("kind")
    lines.add_column("energy (keV)", justify="right")
    lines.add_column("per 100 decays", justify="right")
    shown = _lines_json(nuclide.photons, min_yield) + _lines_json(nuclide.electrons, min_yield)
    for line in shown:
        lines.add_row(line["kind"], f"{line['energy_kev']:.2f}", f"{line['yield_percent']:.3f}")
    console = Console()
    console.print(facts)
    if shown:
        console.print(lines)
    console.print(f"{nuclide.data_set.name}: {nuclide.data_set.source}", soft_wrap=True)


@app.command(context_settings={"ignore_unknown_options": True})
def decay(
    name: Annotated[str, _NAME],
    activity: Annotated[str, typer.Argument(help='At the start, such as "1000 MBq" or "30 mCi".')],
    elapsed: Annotated[str, typer.Argument(help='Time passed, such as "2 h" or "90 min".')],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Tell the activity that is left after some time; daughters that are radioactive too.

    Example: hevesy nuclide decay Re-188 "1000 MBq" "2 h"
    """
    from hevesy.nuclides import (
        decay_activity_bq,
        decay_chain_activities_bq,
        get_nuclide,
        radioactive_progeny,
    )
    from hevesy.units import MBQ_PER_MCI, parse_activity_bq, parse_duration_s

    nuclide = get_nuclide(name)
    start_bq = parse_activity_bq(activity)
    elapsed_s = parse_duration_s(elapsed, "the time passed")
    left_mbq = decay_activity_bq(nuclide, start_bq, elapsed_s) / 1e6
    progeny_mbq: dict[str, float] = {}
    if radioactive_progeny(nuclide.name):
        chain = decay_chain_activities_bq(nuclide.name, start_bq, elapsed_s)
        progeny_mbq = {key: bq / 1e6 for key, bq in chain.items() if key != nuclide.name}
    if as_json:
        answer: dict[str, Any] = {
            "nuclide": nuclide.name,
            "elapsed_h": elapsed_s / 3600.0,
            "activity_mbq": left_mbq,
            "activity_mci": left_mbq / MBQ_PER_MCI,
        }
        if progeny_mbq:
            answer["progeny_mbq"] = progeny_mbq
        typer.echo(json.dumps(answer, indent=2))
        return
    for key, mbq in {nuclide.name: left_mbq, **progeny_mbq}.items():
        typer.echo(f"{key}: {mbq:.6g} MBq ({mbq / MBQ_PER_MCI:.6g} mCi)")


@app.command()
def compare(
    names: Annotated[list[str], typer.Argument(metavar="NUCLIDE...", help="One or more.")],
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it: .png, .pdf or .svg.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Compare nuclides for therapy: half-life, energy, range, energy per GBq, photons.

    Example: hevesy nuclide compare Re-188 Y-90 Ho-166 Lu-177 I-131 --figure nuclides.pdf
    """
    from hevesy.nuclides import compare_nuclides

    rows = compare_nuclides(names)
    if figure is not None:
        from hevesy.report.nuclide_figure import write_nuclide_comparison

        write_nuclide_comparison(rows, figure)
    if as_json:
        typer.echo(json.dumps({"nuclides": [_row_json(row) for row in rows]}, indent=2))
        return
    _print_comparison(rows)


_POWER_HOURS = (0, 24, 72, 168)


def _power(row: NuclideComparison) -> list[float]:
    import numpy as np

    return [float(mw) for mw in row.electron_power_mw_per_gbq(np.array(_POWER_HOURS) * 3600.0)]


def _row_json(row: NuclideComparison) -> dict[str, Any]:
    return {
        "nuclide": row.nuclide.name,
        "half_life_h": row.half_life_s / 3600.0,
        "beta_mean_energy_mev": row.beta_mean_energy_mev,
        "beta_max_energy_mev": row.beta_max_energy_mev,
        "csda_range_of_mean_energy_mm": row.mean_range_mm,
        "csda_range_of_max_energy_mm": row.max_range_mm,
        "electron_energy_j_per_gbq": row.electron_energy_j_per_gbq,
        "electron_power_mw_per_gbq": [
            {"hours": hours, "power_mw": power}
            for hours, power in zip(_POWER_HOURS, _power(row), strict=True)
        ],
        "imaging_photons": [
            {"energy_kev": round(energy * 1e3, 6), "yield_percent": 100 * share}
            for energy, share in row.imaging_photons
        ],
    }


def _print_comparison(rows: Sequence[NuclideComparison]) -> None:
    from rich.console import Console
    from rich.table import Table

    def mm(reach: float | None) -> str:
        return "-" if reach is None else f"{reach:.2f}"

    def strongest(row: NuclideComparison) -> str:
        found = [line for line in row.imaging_photons if line[1] >= 1e-3][:2]
        return "\n".join(f"{1e3 * energy:.0f} ({100 * y:.2g})" for energy, y in found) or "-"

    columns: list[tuple[str, list[str]]] = [
        ("half-life", [_half_life_text(row.half_life_s) for row in rows]),
        ("mean beta (MeV)", [f"{row.beta_mean_energy_mev:.4f}" for row in rows]),
        ("greatest beta (MeV)", [f"{row.beta_max_energy_mev:.4f}" for row in rows]),
        ("range, mean beta (mm)", [mm(row.mean_range_mm) for row in rows]),
        ("range, greatest (mm)", [mm(row.max_range_mm) for row in rows]),
        ("energy (J/GBq)", [f"{row.electron_energy_j_per_gbq:.2f}" for row in rows]),
        *(
            (f"mW/GBq at {hours} h", [f"{_power(row)[i]:.3g}" for row in rows])
            for i, hours in enumerate(_POWER_HOURS)
        ),
        ("gammas keV (per 100)", [strongest(row) for row in rows]),
    ]
    table = Table()
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row.nuclide.name, justify="right")
    for label, cells in columns:
        table.add_row(label, *cells)
    console = Console()
    console.print(table)
    console.print(
        "Energy and power are those of betas, conversion and Auger electrons; daughters are not "
        "included. Ranges are CSDA path lengths in water (NIST ESTAR). Gammas: 70 to 400 keV. "
        f"{rows[0].nuclide.data_set.name}: {rows[0].nuclide.data_set.source}",
        soft_wrap=True,
    )
