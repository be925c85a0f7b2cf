"""`hevesy trial record`, `correct`, `show`: the records that people type."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.identity import PASSPHRASE_FILE, STUDY, USER, acting_user, passphrase

__all__ = ["correct", "record", "show"]

_KIND = typer.Argument(
    metavar="KIND",
    help="site, device, device_factor, device_check, patient, inclusion, lesion, administration, "
    "screening, visit, departure, adverse_event, measurement, lesion_assessment, "
    "scan, region_volume or excreta_sample.",
)
_SET = typer.Option(
    "--set", metavar="KEY=VALUE", help="A value; quantities with their unit. Several times."
)
_REASON = typer.Option("--reason", help="Why.")
_UNUSUAL = typer.Option(
    "--unusual", help="An activity outside of the study's range is meant; needs a reason."
)
_JSON = typer.Option("--json", help="Print JSON.")


def record(
    kind: Annotated[str, _KIND],
    study: Annotated[Path, STUDY],
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Else one is made, such as lesion-3.")
    ] = None,
    values: Annotated[list[str] | None, _SET] = None,
    user: Annotated[str, USER] = "",
    reason: Annotated[str, _REASON] = "",
    unusual: Annotated[bool, _UNUSUAL] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Add a record to a study.

    An unknown key is answered with those that the kind has. Times need an offset, or are local to
    the record's site. A scan's files lie in the study's dicom/ and are hashed; its keys are those
    of [[scan]] in a case file, and lesions.ID=REGION where a region's name is not the lesion's.

    Example: hevesy trial record lesion L1 --set patient=P01 --set organ=liver
    --set "longest_diameter=31 mm" --study mystudy --as cora
    """
    from hevesy.workflows.study_records import type_record

    made = type_record(
        study, kind, name, values or [], user=acting_user(user), reason=reason, unusual=unusual
    )
    _said(kind, made.id, made.version, as_json=as_json)


def correct(
    kind: Annotated[str, _KIND],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The record.")],
    study: Annotated[Path, STUDY],
    reason: Annotated[str, _REASON],
    values: Annotated[list[str] | None, _SET] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="The version you saw; refused if it is old."),
    ] = None,
    user: Annotated[str, USER] = "",
    unusual: Annotated[bool, _UNUSUAL] = False,
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Add a corrected version of a record; the old one stays.

    KEY= takes a value away. A scan's files are hashed anew, all of them. A signed record needs
    the passphrase, by --passphrase-file. Of a dose calibrator's factor or check, the measurements
    are listed that rest on it: they stay as they are until they are corrected themselves.

    Example: hevesy trial correct lesion L1 --set organ=lung --reason "read again"
    --study mystudy --as cora
    """
    from hevesy.workflows.custody.resting import measurements_of
    from hevesy.workflows.study_records import correct_record

    made = correct_record(
        study,
        kind,
        name,
        values or [],
        user=acting_user(user),
        reason=reason,
        version=version,
        passphrase=None if passphrase_file is None else passphrase(passphrase_file),
        unusual=unusual,
    )
    rest = measurements_of(study, kind, made.id)
    _said(kind, made.id, made.version, as_json=as_json, rest=rest)


def show(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Any kind of record.")],
    study: Annotated[Path, STUDY],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One record.")] = None,
    history: Annotated[
        bool, typer.Option("--history", help="All its versions: who, when, why.")
    ] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show the records of a kind, or one of them.

    Example: hevesy trial show administration A1 --history --study mystudy
    """
    from hevesy.workflows.study_records import show_records

    found = show_records(study, kind, name, history=history)
    if as_json:
        typer.echo(json.dumps({"kind": kind, "records": found}, indent=2, default=_plain))
        return
    for entry in found:
        typer.echo(_line(entry, whole=name is not None))
    if not found:
        typer.echo(f"No {kind}.")


def _said(kind: str, name: str, version: int, *, as_json: bool, rest: Sequence[str] = ()) -> None:
    if as_json:
        said: dict[str, Any] = {"kind": kind, "name": name, "version": version}
        typer.echo(json.dumps(said | ({"rest_on_it": list(rest)} if rest else {}), indent=2))
        return
    typer.echo(f"{kind} {name}, version {version}")
    for one in rest:
        typer.echo(f"rests on it, unchanged: {one} (hevesy pharmacy correct {one})")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _line(entry: Mapping[str, Any], *, whole: bool) -> str:
    words = [f"{entry['record']}, version {entry['version']}"]
    for key, value in entry.items():
        said = key == "name" and value == entry["record"]
        if said or key in {"record", "version", "written"} or value is None:
            continue
        text = json.dumps(value, default=_plain, ensure_ascii=False).strip('"')
        words.append(f"{key}={text if whole or len(text) < 60 else text[:57] + '...'}")
    written = entry.get("written")
    if written:
        words.append(f"({written['by']}, {_plain(written['at'])}: {written['reason'] or 'new'})")
    return "  ".join(words)
