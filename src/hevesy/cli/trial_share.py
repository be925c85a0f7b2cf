"""`hevesy trial share`: a de-identified copy of a study's rows and images."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.console import terminal_control
from hevesy.cli.identity import STUDY, USER, acting_user

if TYPE_CHECKING:
    from hevesy.workflows.sharing.study import WrittenShare

__all__ = ["share"]


def share(
    study: Annotated[Path, STUDY],
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="A new folder: the copy, whole or not.")
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="The secret key, made where it is not there; "
                     "else HEVESY_SHARING_KEY. Never in the copy."),
    ] = None,
    user: Annotated[str, USER] = "",
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="COLUMN", help="A free text that stays, such as "
                     "inclusions.primary_tumour; may be given several times."),
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of csv, dataset-json, xpt.")
    ] = "csv,dataset-json",
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="With the scans' files, or without.")
    ] = True,
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="A subject is an inclusion or a person; else as study.toml."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Make a de-identified copy: rows, SDTM, ADaM, the scans' DICOM, and case files to dose again.

    Each person's days move back by one secret number, in records and DICOM alike; UIDs, codes and
    names are new, texts go. The copy is read again before it gets its name. No guarantee of
    anonymity: read report.md before it goes out.

    Example: hevesy trial share --study mystudy --out copy --key sharing.key --as cora
    """
    from hevesy.workflows.sharing.study import share_study

    with terminal_control() as control:
        made = share_study(
            study,
            out,
            user=acting_user(user),
            key_file=key,
            keep=keep or [],
            formats=[name.strip() for name in formats.split(",") if name.strip()],
            images=images,
            unit=unit,
            control=control,
        )
        control.finish()
    if as_json:
        typer.echo(json.dumps(_answer(made), indent=2, ensure_ascii=False))
        return
    typer.echo(
        f"{made.study}: {made.patients} patients, {made.rows} records, {made.images} image files, "
        f"{made.cases} case files; key {made.key_fingerprint}"
    )
    for who, why, times in made.left_out:
        typer.echo(f"LEFT OUT {who}: {why} ({times})")
    if made.faces:
        typer.echo(f"LOOK AT the images of {', '.join(made.faces)}: they may show a face")
    typer.echo(f"{made.files} files in {out}, read again: nothing of the source was found.")
    typer.echo("No guarantee of anonymity: read report.md before the copy goes out.")
    typer.echo("Research use only. Not a medical device.")


def _answer(made: "WrittenShare") -> dict[str, object]:
    return {
        "study": made.study,
        "patients": made.patients,
        "records": made.rows,
        "image_files": made.images,
        "case_files": made.cases,
        "key_fingerprint": made.key_fingerprint,
        "left_out": [
            {"patient": who, "why": why, "files": times} for who, why, times in made.left_out
        ],
        "may_show_a_face": list(made.faces),
        "counts": [
            {"where": one.where, "what": one.what, "action": one.action, "times": one.times}
            for one in made.counts
        ],
        "files": made.files,
        "manifest_sha256": made.sha256,
    }
