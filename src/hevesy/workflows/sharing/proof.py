"""The tables of a copy read again from their files, for anything of the source that is left."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hevesy.trial import StudyRows
from hevesy.trial.sharing import Identifiers, PatientClock, SharingKey, column_rules
from hevesy.workflows.sharing.material import ShareMaterial

__all__ = ["TableProof", "check_tables", "table_proof"]

_CODE = re.compile(r"[A-Z]-[0-9A-HJKMNP-TV-Z]{10}")
_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")
_LEAST_SIGNS = 5
_TEXTS = {".csv", ".json", ".toml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProof:
    """What a copy's tables are held against.

    Parameters
    ----------
    patients : Identifiers
        Looked for everywhere.
    staff : Identifiers
        Looked for in the rows, from which all other tables are made: these have words of a
        standard in them, and a name may be such a word.
    patient_of : mapping of str to str
        New codes of records to the patient's own new code.
    days : mapping of str to frozenset of date
        By the patient's new code: the source's.
    clocks : mapping of str to PatientClock
        By the patient's new code.
    """

    patients: Identifiers = field(repr=False)
    staff: Identifiers = field(repr=False)
    patient_of: Mapping[str, str] = field(repr=False)
    days: Mapping[str, frozenset[date]] = field(repr=False)
    clocks: Mapping[str, PatientClock] = field(repr=False)


def check_tables(folder: Path, proof: TableProof) -> tuple[str, ...]:
    """Read every table of a copy: no identifier, and only days of the source, shifted.

    Parameters
    ----------
    folder : Path
    proof : TableProof

    Returns
    -------
    tuple of str
        What is wrong, in words that hold none of it.
    """
    faults: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_relative_to(folder / "dicom"):
            continue
        name = path.relative_to(folder).as_posix()
        if path.suffix in _TEXTS:
            standard = {"sdtm", "adam"} & set(path.relative_to(folder).parts)
            known = proof.patients if standard else proof.patients.together(proof.staff)
            faults += [f"{name}: {fault}" for fault in _rows_faults(path, proof, known)]
        else:
            faults += [f"{name}: {fault}" for fault in _byte_faults(path.read_bytes(), proof)]
    return tuple(dict.fromkeys(faults))


def _rows(path: Path) -> Iterator[list[str]]:
    """Give what a table says, without its headings; of a case file all its values as one row."""
    text = path.read_text("utf-8")
    if path.suffix == ".csv":
        reader = csv.reader(io.StringIO(text))
        next(reader, None)
        yield from reader
    elif path.suffix == ".json":
        for row in json.loads(text).get("rows", ()):
            yield ["" if cell is None else str(cell) for cell in row]
    else:
        yield list(_values(tomllib.loads(text)))


def _values(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    else:
        yield str(value)


def _rows_faults(path: Path, proof: TableProof, known: Identifiers) -> Iterable[str]:
    for row in _rows(path):
        whole = " ".join(row)
        owners = {
            proof.patient_of[code] for code in _CODE.findall(whole) if code in proof.patient_of
        }
        for cell in row:
            if not _NUMBER.fullmatch(cell) and known.found_in(cell):
                yield "a known identifier is left"
            for match in _DAY.finditer(cell):
                if len(owners) != 1 or not _belongs(match[0], owners, proof):
                    yield "a day is none of the source's, shifted"


def _belongs(text: str, owners: set[str], proof: TableProof) -> bool:
    try:
        copied = date.fromisoformat(text)
    except ValueError:
        return False
    (owner,) = owners
    back = copied - timedelta(days=proof.clocks[owner].shift_days)
    near = (back, back - timedelta(days=1), back + timedelta(days=1))
    return any(day in proof.days[owner] for day in near)


def _byte_faults(content: bytes, proof: TableProof) -> Iterable[str]:
    """Of a binary table or a document: patients' names and numbers, as whole words."""
    names = Identifiers(
        word
        for word in proof.patients.words
        if any(sign.isdigit() for sign in word)
        and len(re.sub(r"[\W_]", "", word)) >= _LEAST_SIGNS
        and not word.isdigit()
    )
    if names.found_in(content.decode("utf-8", "replace")):
        yield "a known identifier is left"


def table_proof(
    rows: StudyRows,
    material: ShareMaterial,
    key: SharingKey,
    clocks: Mapping[str, PatientClock],
    patients: Identifiers,
) -> TableProof:
    """Gather each person's days and codes from the rows as they were.

    Parameters
    ----------
    rows : StudyRows
        Of the study.
    material : ShareMaterial
    key : SharingKey
    clocks : mapping of str to PatientClock
        By patient.
    patients : Identifiers

    Returns
    -------
    TableProof
    """
    days: dict[str, set[date]] = {}
    patient_of: dict[str, str] = {}
    whose_inclusion = {row.inclusion: row.patient for row in rows.inclusions}
    whose = {row.administration: whose_inclusion[row.inclusion] for row in rows.administrations}

    def owner(row: Any) -> str:
        if hasattr(row, "patient"):
            return str(row.patient)
        return whose_inclusion[row.inclusion] if hasattr(row, "inclusion") else whose[
            row.administration
        ]  # fmt: skip

    for rule in column_rules().values():
        for row in getattr(rows, rule.table):
            value, patient = getattr(row, rule.column), owner(row)
            if isinstance(value, datetime):
                value = value.astimezone(material.zones[material.patient_of_site[patient]]).date()
            if isinstance(value, date):
                days.setdefault(patient, set()).add(value)
            elif rule.action == "code" and rule.kind != "site" and isinstance(value, str) and value:
                patient_of[key.code(rule.kind, value)] = key.code("patient", patient)
    for scan in material.scans:
        zone = material.zones[material.patient_of_site[scan.patient]]
        days.setdefault(scan.patient, set()).add(scan.at.astimezone(zone).date())
        patient_of[key.code("scan", scan.scan)] = key.code("patient", scan.patient)
    for one in material.cases:
        for sample in () if one.case is None else one.case.urine:
            moments = (sample.start, sample.end, sample.measured_at)
            days[one.patient] |= {at.date() for at in moments if at is not None}
    return TableProof(
        patients=patients,
        staff=material.staff,
        patient_of=patient_of,
        days={key.code("patient", who): frozenset(found) for who, found in days.items()},
        clocks={key.code("patient", who): clock for who, clock in clocks.items()},
    )
