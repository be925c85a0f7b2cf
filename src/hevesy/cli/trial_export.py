"""`hevesy trial export`: a study as SDTM, ADaM and plain tables."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.identity import STUDY

if TYPE_CHECKING:
    from hevesy.workflows.trial_export import WrittenExport

__all__ = ["export"]

_SHOWN = 20


def export(
    study: Annotated[Path, STUDY],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where the files go.")
    ] = None,
    formats: Annotated[
        str,
        typer.Option("--format", metavar="LIST", help="Of dataset-json, xpt, csv, xlsx, parquet."),
    ] = "dataset-json,xpt",
    standards: Annotated[
        str, typer.Option("--standard", metavar="LIST", help="Of sdtm, adam, rows.")
    ] = "sdtm,adam",
    check: Annotated[
        bool, typer.Option("--check", help="Run the conformance checks alone; write nothing.")
    ] = False,
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="A subject is an inclusion or a person; else as study.toml."),
    ] = None,
    stated_on: Annotated[
        str | None,
        typer.Option("--date", metavar="YYYY-MM-DD", help="The date that the files state; else "
                     "the last day of the records."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Export a study's records as SDTM and ADaM, with define.xml, or as plain tables.

    Every run checks the data sets: controlled terms, keys, required values, lengths, pairs, units,
    dates, study days, references, traceability, populations. The files are written all the same,
    with conformance.csv; exit code 1 if anything was found. The same records give the same bytes.

    Example: hevesy trial export --study mystudy --out export --format dataset-json,xpt
    """
    from hevesy.errors import TrialError
    from hevesy.workflows.trial_export import export_folder

    if (out is None) != check:
        raise TrialError(
            "an export needs a folder, and the checks alone need none",
            allowed="--out FOLDER, or --check",
            remedy="give one of them",
        )
    made = export_folder(
        study,
        out,
        formats=[name.strip() for name in formats.split(",") if name.strip()],
        standards=[name.strip() for name in standards.split(",") if name.strip()],
        unit=unit,
        stated_on=None if stated_on is None else _date(stated_on),
    )
    found = made.made
    if as_json:
        typer.echo(json.dumps(_answer(made, out), indent=2, ensure_ascii=False))
    else:
        _say(made, out)
    if found.findings:
        raise typer.Exit(1)


def _answer(made: "WrittenExport", out: Path | None) -> dict[str, object]:
    found = made.made
    return {
        "study": found.study,
        "unit": found.unit,
        "date": made.stated_on.isoformat(),
        "datasets": {
            one.name: {"standard": one.standard, "rows": len(one.rows)} for one in found.datasets
        },
        "empty": list(found.empty),
        "findings": [
            {"check": one.check, "dataset": one.dataset, "row": one.row, "words": one.words}
            for one in found.findings
        ],
        "files": [] if out is None else [str(out / name) for name in made.files],
    }


def _say(made: "WrittenExport", out: Path | None) -> None:
    found = made.made
    article = "an" if found.unit == "inclusion" else "a"
    typer.echo(f"{found.study}: a subject is {article} {found.unit}")
    for data in found.datasets:
        typer.echo(f"  {data.name:16s} {len(data.rows):7d} rows  {data.label}")
    if found.empty:
        typer.echo(f"  without rows, not written: {', '.join(found.empty)}")
    for one in found.findings[:_SHOWN]:
        where = f"row {one.row}" if one.row else "as a whole"
        typer.echo(f"FOUND {one.check}: {one.dataset}, {where}: {one.words}")
    if len(found.findings) > _SHOWN:
        counts = Counter(one.check for one in found.findings)
        typer.echo("all: " + ", ".join(f"{name} {n}" for name, n in sorted(counts.items())))
    if out is not None:
        typer.echo(f"{len(made.files)} files in {out}, dated {made.stated_on.isoformat()}")
    typer.echo(f"{len(found.findings)} findings of the conformance checks.")
    typer.echo("Research use only. Not a medical device.")


def _date(text: str) -> date:
    from hevesy.errors import TrialError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TrialError(
            "--date is no day",
            got=text[:40],
            allowed="YYYY-MM-DD",
            remedy="write it so",
        ) from None
