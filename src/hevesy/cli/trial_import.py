"""`hevesy trial import`: tables from elsewhere."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.identity import PASSPHRASE_FILE, USER, acting_user, passphrase
from hevesy.errors import StudyError

if TYPE_CHECKING:
    from hevesy.exchange import TableSource
    from hevesy.workflows.trial_import import ImportReport

__all__ = ["import_"]

_SHOWN = 50
_TOKEN = "HEVESY_REDCAP_TOKEN"
_FILE = typer.Argument(metavar="FILE", help="CSV, .xlsx, Dataset-JSON (.json, .ndjson) or .xpt.")
_STUDY = typer.Option("--study", metavar="DIR", help="The study's folder.")
_MAP = typer.Option("--map", metavar="MAP", help="TOML: which record a row becomes.")
_REDCAP = typer.Option(
    "--redcap", metavar="URL", help=f"The records of a REDCap project; its token in {_TOKEN}."
)
_DRAFT = typer.Option(
    "--draft-map", help="FILE is REDCap's data dictionary: print a draft of a map."
)


def import_(
    file: Annotated[Path | None, _FILE] = None,
    study: Annotated[Path | None, _STUDY] = None,
    mapping: Annotated[Path | None, _MAP] = None,
    redcap: Annotated[str | None, _REDCAP] = None,
    draft: Annotated[bool, _DRAFT] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; write nothing.")
    ] = False,
    user: Annotated[str, USER] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; needed if records change.")] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import a table into a study, by a map.

    Rows are checked as typed records are, all of them; one that is wrong, and nothing is imported.
    New records are added, those that differ are corrected, the others stay as they are. A signed
    record that changes needs the passphrase, by --passphrase-file.

    Example: hevesy trial import events.csv --map events.toml --study mystudy --dry-run --as cora
    """
    if draft:
        from hevesy.workflows.import_draft import draft_map

        typer.echo(draft_map(_given(file, "FILE, REDCap's data dictionary")), nl=False)
        return
    folder, toml = _given(study, "--study DIR"), _given(mapping, "--map MAP")
    from hevesy.workflows.trial_import import import_table

    name = acting_user(user)
    report = import_table(
        _source(file, redcap),
        folder,
        toml,
        user=name,
        reason=reason,
        passphrase=None if passphrase_file is None else passphrase(passphrase_file),
        dry_run=dry_run,
    )
    if as_json:
        typer.echo(json.dumps(_entries(report), indent=2, ensure_ascii=False))
        return
    for line in _lines(report):
        typer.echo(line)
    typer.echo("Written." if report.written else "Nothing was written.")


def _given(path: Path | None, what: str) -> Path:
    if path is None:
        raise StudyError(f"an import needs {what}", remedy="add it, see --help")
    return path


def _source(file: Path | None, url: str | None) -> "Path | TableSource":
    if url is None:
        return _given(file, "FILE or --redcap URL")
    if file is not None:
        raise StudyError("an import has one source", remedy="give FILE or --redcap URL")
    from hevesy.exchange import redcap_source

    return redcap_source(url, os.environ.get(_TOKEN, "").strip())


def _entries(report: "ImportReport") -> dict[str, object]:
    return {
        "written": report.written,
        "rows": report.rows,
        "rows_left_out": report.rows_left_out,
        "days_imputed": report.imputed,
        "new": {kind: list(names) for kind, names in report.new.items()},
        "changed": [
            {
                "kind": change.kind,
                "name": change.name,
                "row": change.row,
                "values": {
                    column: {"old": _plain(old), "new": _plain(new)}
                    for column, (old, new) in change.values.items()
                },
            }
            for change in report.changed
        ],
        "same": dict(report.same),
        "findings": None
        if report.findings is None
        else [
            {
                "check": one.check,
                "words": one.words,
                "records": [{"kind": kind, "name": name} for kind, name in one.records],
            }
            for one in report.findings
        ],
    }


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | dict | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _lines(report: "ImportReport") -> list[str]:
    changed = [change.kind for change in report.changed]
    lines = [f"{report.rows} rows"]
    for kind in report.kinds:
        counts = len(report.new.get(kind, ())), changed.count(kind), report.same.get(kind, 0)
        lines.append(f"{kind}: {counts[0]} new, {counts[1]} changed, {counts[2]} the same")
    for change in report.changed[:_SHOWN]:
        said = "; ".join(
            f"{column} {_word(old)} -> {_word(new)}" for column, (old, new) in change.values.items()
        )
        lines.append(f"  row {change.row}, {change.kind} {change.name}: {said}")
    if len(report.changed) > _SHOWN:
        lines.append(f"  and {len(report.changed) - _SHOWN} more: see --json")
    if report.rows_left_out:
        lines.append(f"{report.rows_left_out} rows became no record, by the map's conditions.")
    if report.imputed:
        lines.append(f"{report.imputed} days were made the first of their month or year.")
    found = report.findings
    if found is None:
        lines.append("Too many records to check here: hevesy trial check DIR --data does it.")
        return lines
    lines += [
        f"CHECK {one.check}: {one.words} ({', '.join(name for _, name in one.records)})"
        for one in found[:_SHOWN]
    ]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more findings: see --json")
    return lines


def _word(value: object) -> str:
    return "nothing" if value is None else str(_plain(value))
