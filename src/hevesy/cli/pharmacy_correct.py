"""`hevesy pharmacy correct`: a further version of a record of the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.identity import PASSPHRASE_FILE, STUDY, USER, acting_user, passphrase
from hevesy.cli.pharmacy_study import JSON, READING, YES_UNIT, say

__all__ = ["correct"]


def correct(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="generator, elution, batch, batch_elution, batch_component, batch_step, vial, "
            "withdrawal, dispatch, receipt, syringe or injection.",
        ),
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The record: B-1-S2, S-1-I1.")],
    study: Annotated[Path, STUDY],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Quantities with their unit."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="The version you saw; refused if it is old."),
    ] = None,
    reading: Annotated[bool, READING] = False,
    unusual: Annotated[
        bool, typer.Option("--unusual", help="Without a factor or check that holds.")
    ] = False,
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Correct a record of the chain; the old version stays.

    The rules of its entry are run again, on it and on all that rests on it: what would become
    impossible is named, and nothing is changed. Sums, labels and net activities follow.

    Example: hevesy pharmacy correct injection S-1-I1 --set "post=95 MBq"
    --set post_at=2024-03-07T10:15+01:00 --reason "residual found" --study mystudy --as ines
    """
    from hevesy.workflows.custody.correcting import correct_chain

    done = correct_chain(
        study,
        kind,
        name,
        values or [],
        user=acting_user(user),
        reason=reason,
        version=version,
        passphrase=None if passphrase_file is None else passphrase(passphrase_file),
        is_reading=reading,
        unusual=unusual,
        confirmed=yes_unit,
    )
    answer: dict[str, Any] = {
        "kind": kind,
        "name": done.record.id,
        "version": done.record.version,
        "followed": list(done.also),
    }
    label = getattr(done.record, "label", None)
    lines = [f"{kind} {done.record.id}, version {done.record.version}"]
    lines += [f"followed: {words}" for words in done.also]
    if label is not None:
        answer["label"] = label.splitlines()
        lines += ["its label now reads:", *answer["label"]]
    say(answer, lines, as_json=as_json)
