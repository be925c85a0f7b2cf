"""`hevesy trial bundle` and `rebuild`: a report's data in one file, and the report from it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.identity import STUDY

if TYPE_CHECKING:
    from hevesy.workflows.study_bundle import Compared

__all__ = ["register"]

_JSON = typer.Option("--json", help="Print JSON.")
_WORDS = {
    "different": "different",
    "missing": "in the bundle alone",
    "new": "made now alone",
}
_RESEARCH = "Research use only. Not a medical device."


def register(app: typer.Typer) -> None:
    """Put these commands on `hevesy trial`."""
    app.command()(bundle)
    app.command()(rebuild)


def bundle(
    study: Annotated[Path, STUDY],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="The file to write.")],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="The report's date, with a zone; else now."),
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Put a study's report into one file as data, from which it can be made again.

    Rows, the report's tables as CSV with the records behind each number, each figure as SVG and
    as CSV with a line for each mark, a script that draws them again without hevesy, protocol,
    versions, hashes of results and images, and the SHA-256 of every file. No images, no names of
    accounts' owners. Pseudonyms and dates are those of the study: it is no copy to publish.

    Example: hevesy trial bundle --study mystudy --out mystudy-report.zip
    """
    from hevesy.files import read_moment
    from hevesy.workflows.study_bundle import bundle_study
    from hevesy.workflows.trial_tables import TableRequest

    moment = None if at is None else read_moment(at, None, "--at")
    made = bundle_study(study, out, request=TableRequest(), made_at=moment)
    if as_json:
        answer = {"file": str(out), "study": made.study, "tables": made.tables,
                  "figures": made.figures, "rows": made.rows, "sha256": made.sha256}  # fmt: skip
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    typer.echo(
        f"{made.study}: {made.tables} tables, {made.figures} figures and {made.rows} rows in {out}"
    )
    typer.echo(f"SHA-256 {made.sha256}")
    typer.echo(_RESEARCH)


def rebuild(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="From `trial bundle`.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Make a study's report again from its bundle alone, and say whether it is equal.

    Writes study-report.html, report-tables/*.csv, and each figure as report-figures/*.csv and
    .svg. A bundle in which a file was altered is refused. Exit code 1 if a table, a figure's data
    or, drawn by the same matplotlib, a figure's picture differs by a byte from the bundle's.

    Example: hevesy trial rebuild mystudy-report.zip --out again
    """
    from hevesy.workflows.study_bundle import rebuild_report

    made = rebuild_report(file, out)
    if as_json:
        answer = {
            "study": made.report.study,
            "made_by": made.made_by,
            "same": made.same,
            **_lists(made.tables),
            "figures": {"data": _lists(made.data), "pictures": _lists(made.pictures),
                        "why_pictures_may_differ": made.why},
            "files": [str(out / name) for name in made.report.files],
        }  # fmt: skip
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{made.report.study}: bundle of hevesy {made.made_by}")
        for what, compared in (
            ("tables", made.tables), ("figures' data", made.data),
            ("figures' pictures", made.pictures),
        ):  # fmt: skip
            found = _lists(compared)
            typer.echo(f"{len(found.pop('equal'))} {what} are equal, byte by byte")
            for words, names in found.items():
                if names:
                    typer.echo(f"{what}, {_WORDS[words]}: {', '.join(names)}")
        if made.pictures.different and made.why:
            typer.echo(f"pictures may differ whose data are equal: {made.why}")
        typer.echo(f"{len(made.report.files)} files in {out}")
        typer.echo(_RESEARCH)
    if not made.same:
        raise typer.Exit(1)


def _lists(compared: "Compared") -> dict[str, list[str]]:
    names = ("equal", "different", "missing", "new")
    return {name: list(getattr(compared, name)) for name in names}
