"""`hevesy trial bundle` and `rebuild`: a report's data in one file, and the report made from it."""

import csv
import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hevesy._version import __version__
from hevesy.errors import HevesyError, StudyError
from hevesy.files import atomic_write_bytes
from hevesy.report.study_report.assemble import assemble_sections, report_csv
from hevesy.report.study_report.material import StudyMaterial
from hevesy.trial import StudyRows
from hevesy.trial.tables import TableOptions
from hevesy.workflows.bundle_values import from_plain, to_plain
from hevesy.workflows.study_report import WrittenReport, read_material, write_report
from hevesy.workflows.trial_tables import TableRequest

__all__ = ["Rebuilt", "WrittenBundle", "bundle_study", "read_bundle", "rebuild_report"]

_MANIFEST, _VALUES, _TABLES, _ROWS = "manifest.json", "material.json", "tables/", "rows/"
_FORM = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 2_000_000_000  # unpacked: a study of thousands has a tenth of it
_README = """A study's report as data, by hevesy. Research use only, not a medical device.

manifest.json   versions, the report's date and options, the SHA-256 of every file here
material.json   everything that the report is made from, as hevesy reads it back; with the protocol
rows/*.csv      the same rows, a file for each kind
tables/*.csv    the report's tables, a line for each cell, with the records behind it
inputs.csv      hashes of the results and of the images that they rest on

Make the report again: hevesy trial rebuild FILE.zip --out FOLDER
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBundle:
    """What was written: how many tables and rows, and the bundle's SHA-256."""

    study: str
    tables: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A report made from a bundle, and how its tables compare with those in it.

    Parameters
    ----------
    report : WrittenReport
    made_by : str
        Version of hevesy that made the bundle.
    equal, different, missing, new : tuple of str
        Tables: the same bytes; others; in the bundle alone; made now alone.
    """

    report: WrittenReport
    made_by: str
    equal: tuple[str, ...]
    different: tuple[str, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Every table is as it was."""
        return not (self.different or self.missing or self.new)


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
    tables = _tables(material, options)
    rows = dict(_rows_csv(material.rows))
    parts: dict[str, bytes] = {
        "README.txt": _README.encode(),
        _VALUES: _json({"material": to_plain(material), "options": to_plain(options)}),
        "inputs.csv": _inputs_csv(material).encode(),
    }
    parts |= {f"{_TABLES}{name}.csv": text.encode() for name, text in tables.items()}
    parts |= {f"{_ROWS}{name}.csv": text.encode() for name, text in rows.items()}
    manifest = {
        "form": _FORM,
        "hevesy": __version__,
        "packages": dict(material.packages),
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
        rows=sum(text.count("\n") - 1 for text in rows.values()),
        sha256=hashlib.sha256(packed).hexdigest(),
    )


def _tables(material: StudyMaterial, options: TableOptions) -> dict[str, str]:
    sections = assemble_sections(material, options=options, drawn=False)
    return {table.name: report_csv(table) for section in sections for table in section.tables}


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
    """Make a report from a bundle alone, and compare its tables with those in the bundle.

    Parameters
    ----------
    path : Path
        The bundle.
    out : Path
        Where study-report.html and the tables go: all of them, or none.

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
    made = {
        table.name: report_csv(table).encode() for part in report.sections for table in part.tables
    }
    kept = {
        name.removeprefix(_TABLES).removesuffix(".csv"): content
        for name, content in parts.items()
        if name.startswith(_TABLES)
    }
    both = [name for name in made if name in kept]
    return Rebuilt(
        report=report,
        made_by=str(manifest.get("hevesy", "")),
        equal=tuple(name for name in both if made[name] == kept[name]),
        different=tuple(name for name in both if made[name] != kept[name]),
        missing=tuple(sorted(kept.keys() - made.keys())),
        new=tuple(sorted(made.keys() - kept.keys())),
    )
