"""`hevesy dose-map` and `hevesy dose-media`: dose from images by any engine; its media."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.dose import OUT, QUIET, VERBOSE

__all__ = ["dose_map", "dose_media"]


def dose_map(
    out: Annotated[Path, OUT],
    nuclide: Annotated[str, typer.Option("--nuclide", help="Such as Re-188.")],
    unit: Annotated[
        str,
        typer.Option(
            "--unit",
            help="Of the voxels. TIA: Bq.s, MBq.h, Bq.s/mL, MBq.h/mL. Activity: Bq, MBq, Bq/mL, "
            "MBq/mL.",
        ),
    ],
    tia: Annotated[
        Path | None, typer.Option("--tia", help="Time-integrated activity (NIfTI or NRRD).")
    ] = None,
    activity: Annotated[
        Path | None,
        typer.Option("--activity", help="Activity at time zero, which stays until it has decayed."),
    ] = None,
    ct: Annotated[Path | None, typer.Option("--ct", help="CT in HU.")] = None,
    density: Annotated[
        Path | None, typer.Option("--density", help="Mass density in g/cm3, in place of a CT.")
    ] = None,
    hu_to_density: Annotated[
        Path | None,
        typer.Option("--hu-to-density", help="The scanner's CSV with hu,density_g_cm3."),
    ] = None,
    materials: Annotated[
        Path | None, typer.Option("--materials", help="Label map of media.")
    ] = None,
    materials_key: Annotated[
        Path | None,
        typer.Option("--materials-key", help="CSV with label,medium; see hevesy dose-media."),
    ] = None,
    region: Annotated[
        Path | None,
        typer.Option(
            "--region", help="Mask, or share of each voxel, whose mean dose and precision count."
        ),
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="monte-carlo, kernel, local or penelope.")
    ] = "monte-carlo",
    precision: Annotated[
        str | None,
        typer.Option(
            "--precision",
            help="Relative uncertainty of the hot voxels, such as 1%. Default 2% (Monte Carlo).",
        ),
    ] = None,
    histories: Annotated[
        int | None,
        typer.Option(
            "--histories",
            help="Primary electrons, instead of a precision (PENELOPE: of a batch, if with one).",
        ),
    ] = None,
    time_limit: Annotated[
        str | None, typer.Option("--time-limit", help="Stop at a batch's end after, such as 60s.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the random numbers.")] = 1,
    threads: Annotated[
        int | None, typer.Option("--threads", help="By default all that the process may use.")
    ] = None,
    to_water: Annotated[
        bool, typer.Option("--dose-to-water", help="In place of dose to the medium.")
    ] = False,
    allow_lung: Annotated[
        bool, typer.Option("--allow-lung", help="Kernels even where lung or air is near; warned.")
    ] = False,
    one_frame: Annotated[
        bool,
        typer.Option("--one-frame", help="CT and activity share coordinates: resample the CT."),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run in --out.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print result.json instead of a summary.")
    ] = False,
    quiet: Annotated[bool, QUIET] = False,
    verbose: Annotated[bool, VERBOSE] = False,
) -> None:
    """Compute a dose map from images of activity and tissue.

    Writes dose.nii.gz (Gy), uncertainty.nii.gz (relative, one standard deviation) and result.json:
    all of them, or nothing.

    Example: hevesy dose-map --tia tia.nii.gz --unit Bq.s --ct ct.nii.gz --nuclide Re-188
    --precision 1% --out results
    """
    with terminal_control(quiet=quiet, verbose=verbose) as control:
        from hevesy.units import parse_duration_s, parse_share
        from hevesy.workflows import DoseMapRequest, run_dose_map

        request = DoseMapRequest(
            nuclide=nuclide,
            unit=unit,
            tia=tia,
            activity=activity,
            ct=ct,
            density=density,
            hu_to_density=hu_to_density,
            materials=materials,
            materials_key=materials_key,
            region=region,
            method=method,
            precision=None if precision is None else parse_share(precision, "--precision"),
            histories=histories,
            time_limit_s=None
            if time_limit is None
            else parse_duration_s(time_limit, "--time-limit"),
            seed=seed,
            threads=threads,
            dose_to_water=to_water,
            allow_lung=allow_lung,
            one_frame=one_frame,
            resume=resume,
        )
        result = run_dose_map(request, out, control=control)
        control.finish()
        if as_json:
            typer.echo(json.dumps(result, indent=1))
        else:
            _print_summary(result, out)


def _print_summary(result: dict[str, Any], out: Path) -> None:
    mean, relative = result["mean_dose_gy"], result["relative_uncertainty"]
    said = "" if relative is None else f" ± {mean * relative:.2g} (statistical, k = 1)"
    typer.echo(f"{result['nuclide']}, {result['method_text']}")
    typer.echo(f"mean dose of the region ({result['region']}): {mean:.5g}{said} Gy")
    if result["histories"] is not None:
        typer.echo(
            f"{result['histories']} electrons, {result['photon_histories']} photons, "
            f"{result['histories_per_second']:.3g} electrons/s on {result['threads']} threads; "
            f"hot voxels {100 * result['precision']:.2g} %"
        )
        emitted = result["energy_emitted_mev"]
        typer.echo(
            f"energy: {100 * result['energy_deposited_mev'] / emitted:.2f} % deposited, "
            f"{100 * result['energy_escaped_mev'] / emitted:.2f} % left the image"
        )
    for note in result["notes"]:
        typer.echo(f"note: {note}")
    for warning in result["warnings"]:
        typer.echo(f"warning: {warning}")
    typer.echo(f"Results in {out}")
    typer.echo(result["intended_use"])


def dose_media(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the media that dose engines know.

    Example: hevesy dose-media
    """
    from hevesy.media import MEDIA

    if as_json:
        rows = [
            {
                "medium": medium.name,
                "density_g_per_cm3": medium.density_g_per_cm3,
                "mean_excitation_energy_ev": medium.mean_excitation_energy_ev,
                "mass_fractions": dict(medium.mass_fractions),
                "source": medium.source,
            }
            for medium in MEDIA
        ]
        typer.echo(json.dumps(rows, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="media of dose-map --materials-key")
    table.add_column("medium")
    table.add_column("density (g/cm3)", justify="right")
    table.add_column("I (eV)", justify="right")
    table.add_column("source")
    for medium in MEDIA:
        table.add_row(
            medium.name,
            f"{medium.density_g_per_cm3:g}",
            f"{medium.mean_excitation_energy_ev:g}",
            medium.source,
        )
    Console().print(table)
