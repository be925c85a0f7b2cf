"""`hevesy trial import`: tables from elsewhere."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.identity import PASSPHRASE_FILE, STUDY, USER, acting_user, passphrase

if TYPE_CHECKING:
    from hevesy.workflows.trial_import import ImportReport

__all__ = ["import_"]

_SHOWN = 50
_MAP = typer.Option("--map", metavar="MAP", help="TOML: which record a row becomes.")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, .xlsx, Dataset-JSON, XPT.")],
    study: Annotated[Path, STUDY],
    mapping: Annotated[Path, _MAP],
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
    from hevesy.workflows.trial_import import import_table

    report = import_table(
        file,
        study,
        mapping,
        user=acting_user(user),
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
    return lines


def _word(value: object) -> str:
    return "nothing" if value is None else str(_plain(value))
