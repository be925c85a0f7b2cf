"""`hevesy trial bundle` and `rebuild`: a report's data in one file, and the report made from it."""

import csv
import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from hevesy._version import __version__
from hevesy.errors import HevesyError, StudyError
from hevesy.files import atomic_write_bytes
from hevesy.report.figure_files import list_figure_files
from hevesy.report.study_report.assemble import assemble_sections, report_csv
from hevesy.report.study_report.material import StudyMaterial
from hevesy.report.study_report.section import Section
from hevesy.trial import StudyRows
from hevesy.trial.tables import TableOptions
from hevesy.workflows.bundle_values import from_plain, to_plain
from hevesy.workflows.study_report import (
    WrittenReport,
    read_material,
    write_report,
)
from hevesy.workflows.trial_tables import TableRequest

__all__ = [
    "Compared",
    "Rebuilt",
    "WrittenBundle",
    "bundle_study",
    "read_bundle",
    "rebuild_report",
]

_MANIFEST, _VALUES, _TABLES, _ROWS = "manifest.json", "material.json", "tables/", "rows/"
_FIGURES, _REDRAW = "figures/", "redraw.py"
_FORM = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 2_000_000_000  # unpacked: a study of thousands has a tenth of it
_README = """A study's report as data, by hevesy. Research use only, not a medical device.

manifest.json   versions, the report's date and options, the SHA-256 of every file here
material.json   everything that the report is made from, as hevesy reads it back; with the protocol
rows/*.csv      the same rows, a file for each kind
tables/*.csv    the report's tables, a line for each cell, with the records behind it
figures/*.svg   the report's figures
figures/*.csv   each figure as data: a line for each mark that is drawn
redraw.py       draws figures/*.csv again with pandas and matplotlib alone; no hevesy is needed
inputs.csv      hashes of the results and of the images that they rest on

Columns of figures/*.csv
panel           which axes of the figure
series          marks that look alike, as the legend names them
kind            point: a place with its limits; line, band: points of one curve or area, in order;
                bar: from 0 to y; span: along x, from x_low to x; rule: a line across at x or at y;
                number: y written at x; note: words in the panel
label           lesion, patient, batch, cut; points of one line have one
x_is, y_is      the axis' quantity with its unit
x, x_low, x_high, y, y_low, y_high
                where it is, with its limits; points of a line may have limits that are not drawn
y_word          what stands on the axis at y, where y is a place and no quantity
x_scale         linear or log
record          kind:name of each record behind it

Marks that would hide each other are shifted a little in the picture, not in the data.
Draw them again:       python redraw.py          (pandas {pandas}, matplotlib {matplotlib})
Make the report again: hevesy trial rebuild FILE.zip --out FOLDER
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBundle:
    """What was written: how many tables, figures and rows, and the bundle's SHA-256."""

    study: str
    tables: int
    figures: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Files that were made again, beside those of the bundle.

    Parameters
    ----------
    equal, different, missing, new : tuple of str
        The same bytes; others; in the bundle alone; made now alone.

    Examples
    --------
    >>> Compared(equal=("dose",)).same
    True
    """

    equal: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Every one is as it was."""
        return not (self.different or self.missing or self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A report made from a bundle, and how its tables and figures compare with those in it.

    Parameters
    ----------
    report : WrittenReport
    made_by : str
        Version of hevesy that made the bundle.
    tables : Compared
    data, pictures : Compared
        The figures' marks, and their SVG.
    why : str
        Why pictures may differ whose marks are equal: another matplotlib. Empty where it is the
        same.
    """

    report: WrittenReport
    made_by: str
    tables: Compared
    data: Compared
    pictures: Compared
    why: str = ""

    @property
    def same(self) -> bool:
        """Every table and figure is as it was; pictures only where matplotlib is the same."""
        alike = self.pictures.same or bool(self.why)
        return self.tables.same and self.data.same and alike


def bundle_study(
    folder: Path, out: Path, *, request: TableRequest, made_at: datetime | None = None
) -> WrittenBundle:
    """Write a study's report as data into one zip file.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path
        The file.
    request : TableRequest
    made_at : datetime or None
        The report's date; None: now.

    Returns
    -------
    WrittenBundle
    """
    material, options = read_material(folder, request=request, made_at=made_at)
    sections = assemble_sections(material, options=options)
    tables, figures = _tables(sections), _figures(sections)
    rows = dict(_rows_csv(material.rows))
    parts: dict[str, bytes] = {
        "README.txt": _README.format(**_drawn_with()).encode(),
        _REDRAW: files("hevesy.report.study_report").joinpath(_REDRAW).read_bytes(),
        _VALUES: _json({"material": to_plain(material), "options": to_plain(options)}),
        "inputs.csv": _inputs_csv(material).encode(),
    }
    parts |= {f"{_TABLES}{name}": content for name, content in tables.items()}
    parts |= {f"{_FIGURES}{name}": content for name, content in figures.items()}
    parts |= {f"{_ROWS}{name}.csv": text.encode() for name, text in rows.items()}
    manifest = {
        "form": _FORM,
        "hevesy": __version__,
        "packages": {**dict(material.packages), **_drawn_with()},
        "study": material.rows.study,
        "made_at": material.made_at.isoformat(),
        "protocol_sha256": material.proof.protocol_sha256,
        "audit_head": material.proof.audit_head,
        "sha256": {name: hashlib.sha256(parts[name]).hexdigest() for name in sorted(parts)},
    }
    packed = _pack({_MANIFEST: _json(manifest), **parts})
    atomic_write_bytes(out, packed)
    return WrittenBundle(
        study=material.rows.study,
        tables=len(tables),
        figures=len(figures) // 2,
        rows=sum(text.count("\n") - 1 for text in rows.values()),
        sha256=hashlib.sha256(packed).hexdigest(),
    )


def _tables(sections: Sequence[Section]) -> dict[str, bytes]:
    return {
        f"{table.name}.csv": report_csv(table).encode()
        for section in sections
        for table in section.tables
    }


def _figures(sections: Sequence[Section]) -> dict[str, bytes]:
    return list_figure_files(one for section in sections for one in section.figures)


def _drawn_with() -> dict[str, str]:
    return {name: version(name) for name in ("pandas", "matplotlib")}


def _json(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _rows_csv(rows: StudyRows) -> list[tuple[str, str]]:
    """Each kind of row as a table; a field that holds more than one value is JSON."""
    found = []
    for field in dataclasses.fields(StudyRows):
        own = getattr(rows, field.name)
        if not isinstance(own, tuple):
            continue
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        if own:
            names = [one.name for one in dataclasses.fields(own[0])]
            writer.writerow(names)
            for row in own:
                plain = to_plain(row)
                writer.writerow(
                    json.dumps(plain[name], ensure_ascii=False)
                    if isinstance(plain[name], (dict, list))
                    else plain[name]
                    for name in names
                )
        found.append((field.name, buffer.getvalue() or "\n"))
    return found


def _inputs_csv(material: StudyMaterial) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("result", "administration", "input", "sha256"))
    for one in material.results:
        writer.writerow((one.result, one.administration, "result.json", one.content_sha256))
        for role, digest in one.inputs:
            writer.writerow((one.result, one.administration, role, digest))
    return buffer.getvalue()


def _pack(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, date_time=_EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(part, content)
    return buffer.getvalue()


def read_bundle(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a bundle's manifest and files; every file must have the hash that the manifest states.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict, dict of str to bytes

    Raises
    ------
    StudyError
        It is no bundle, is too large, or a file was altered.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_BYTES:
                raise StudyError(
                    "the bundle is too large",
                    allowed=f"{_MOST_BYTES / 1e9:g} GB unpacked",
                    remedy="give a file that `hevesy trial bundle` made",
                )
            parts = {name: packed.read(name) for name in packed.namelist()}
        manifest = json.loads(parts.pop(_MANIFEST))
        stated, form = dict(manifest["sha256"]), manifest["form"]
    except HevesyError:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise StudyError(
            "this is no bundle of a study",
            got=f"{path.name}: {type(error).__name__}",
            remedy="give a file that `hevesy trial bundle` made",
        ) from None
    if form != _FORM:
        raise StudyError(
            "the bundle has another form", got=form, allowed=str(_FORM),
            remedy=f"rebuild it by hevesy {manifest.get('hevesy', 'of its version')}",
        )  # fmt: skip
    for name in sorted(stated.keys() | parts.keys()):
        found = hashlib.sha256(parts.get(name, b"")).hexdigest()
        if name not in parts or found != stated.get(name):
            raise StudyError(
                "a file of the bundle is not as it was written",
                got=name,
                remedy="get the bundle again from who made it",
            )
    return manifest, parts


def rebuild_report(path: Path, out: Path) -> Rebuilt:
    """Make a report from a bundle alone; compare its tables and figures with those in the bundle.

    Parameters
    ----------
    path : Path
        The bundle.
    out : Path
        Where study-report.html, the tables and the figures go: all of them, or none.

    Returns
    -------
    Rebuilt

    Raises
    ------
    StudyError
        It is no bundle (raised by its reading), or its values are not there.
    """
    manifest, parts = read_bundle(path)
    try:
        values = json.loads(parts[_VALUES])
        plain, choices = values["material"], values["options"]
    except (KeyError, ValueError, TypeError):
        raise StudyError(
            "the bundle has no values to make a report from", got=_VALUES,
            remedy="give a file that `hevesy trial bundle` made",
        ) from None  # fmt: skip
    material = from_plain(StudyMaterial, plain)
    options = from_plain(TableOptions, choices)
    report = write_report(material, out, options=options, formats=("html", "csv"))
    made, figures = _tables(report.sections), _figures(report.sections)
    return Rebuilt(
        report=report,
        made_by=str(manifest.get("hevesy", "")),
        tables=_compare(parts, _TABLES, made, ".csv"),
        data=_compare(parts, _FIGURES, figures, ".csv"),
        pictures=_compare(parts, _FIGURES, figures, ".svg"),
        why=_why(dict(manifest.get("packages", {})).get("matplotlib", "an unknown one")),
    )


def _compare(
    parts: Mapping[str, bytes], folder: str, made: Mapping[str, bytes], ending: str
) -> Compared:
    """Files of a folder and an ending, by their names without them."""
    kept = {
        name.removeprefix(folder).removesuffix(ending): content
        for name, content in parts.items()
        if name.startswith(folder) and name.endswith(ending)
    }
    now = {
        name.removesuffix(ending): content
        for name, content in made.items()
        if name.endswith(ending)
    }
    both = [name for name in now if name in kept]
    return Compared(
        equal=tuple(name for name in both if now[name] == kept[name]),
        different=tuple(name for name in both if now[name] != kept[name]),
        missing=tuple(sorted(kept.keys() - now.keys())),
        new=tuple(sorted(now.keys() - kept.keys())),
    )


def _why(before: str) -> str:
    own = version("matplotlib")
    if before == own:
        return ""
    return f"the bundle's pictures were drawn by matplotlib {before}, these by {own}"
