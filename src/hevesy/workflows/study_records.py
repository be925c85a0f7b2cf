"""`hevesy trial record`, `correct` and `show`: the records that people type."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hevesy.errors import RecordError
from hevesy.files import StudyFile, nearest
from hevesy.store import (
    Reader,
    Record,
    Writer,
    record_fields,
    record_kinds,
    record_values,
    references,
)
from hevesy.store.tables import Account, Scan, Site
from hevesy.workflows.ctcae_terms import event_terms, fit_event
from hevesy.workflows.excreta_reading import hold_sample
from hevesy.workflows.record_rules import check_record
from hevesy.workflows.record_text import field_keys, parse_pairs, parse_record
from hevesy.workflows.scan_files import require_identity
from hevesy.workflows.scan_record import PLAIN_SCAN_KEYS, SCAN_KEYS, scan_values
from hevesy.workflows.study import open_study, permit
from hevesy.workflows.study_case import scan_keys

__all__ = [
    "RECORD_NAME",
    "TYPED_KINDS",
    "correct_record",
    "protocol_values",
    "record_keys",
    "record_zone",
    "show_records",
    "type_record",
]

TYPED_KINDS = (
    "site", "device", "device_factor", "device_check", "patient", "inclusion", "lesion",
    "administration", "scan", "region_volume", "screening", "visit", "departure", "adverse_event",
    "measurement", "lesion_assessment", "excreta_sample",
)  # fmt: skip
"""Kinds of record that are typed; the others come by commands with rules of their own."""

RECORD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
"""What a record may be called."""
_TOWARDS_SITE = ("site", "device", "patient", "inclusion", "administration", "scan")
_TABLES = ("criteria", "evidence", "waivers")


def record_keys(kind: str) -> tuple[str, ...]:
    """Give the keys that `--set` takes for a kind of record.

    Examples
    --------
    >>> record_keys("lesion")
    ('patient', 'organ', 'description', 'longest_diameter')
    """
    if kind == "scan":
        return SCAN_KEYS
    return tuple(field_keys(record_fields(_kind(kind))))


def _kind(word: str, allowed: Sequence[str] = TYPED_KINDS) -> type[Record]:
    if word in allowed:
        return record_kinds()[word]
    near = nearest(word, allowed)
    known = word in record_kinds()
    raise RecordError(
        "this kind of record is not typed" if known else "there is no such kind of record",
        got=word[:60],
        allowed=", ".join(allowed),
        remedy=f'did you mean "{near}"?' if near and not known else "name one of these",
    )


def type_record(
    folder: Path,
    kind: str,
    name: str | None,
    pairs: Sequence[str],
    *,
    user: str,
    reason: str = "",
    unusual: bool = False,
) -> Record:
    """Add a record as it was typed.

    Parameters
    ----------
    folder : Path
        The study's.
    kind : str
        One of `TYPED_KINDS`.
    name : str or None
        The record's; None makes one of its kind and a number.
    pairs : sequence of str
        ``key=value``, see `record_keys`.
    user, reason : str
    unusual : bool
        An activity outside of the protocol's range is meant; needs a reason.

    Returns
    -------
    Record

    Raises
    ------
    RecordError
        A name, key or value can't be used; see `check_record`.

    Examples
    --------
    >>> type_record(Path("no-such-folder"), "patient", "P01", ["sex=F"], user="cora")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    table = _kind(kind)
    if name is not None and not RECORD_NAME.fullmatch(name):
        raise RecordError(
            f"a {_word(kind)}'s name can't be used",
            got=ascii(name)[:60],
            allowed="up to 60 letters, digits, dots, dashes; a letter or digit first",
            remedy="choose another",
        )
    _need_reason(unusual, reason)
    with open_study(folder) as (study, store):
        permit(store, user, table.__action__)
        given = parse_pairs(pairs, record_keys(kind), _word(kind))
        terms = event_terms(kind, store, folder, study)
        with store.reading() as reader:  # files are hashed before others have to wait
            typed = _values(kind, given, {}, reader, study, folder)
        values = fit_event({**protocol_values(kind, study), **typed}, terms)
        _require_all(kind, values)
        complete = {field.name: values.get(field.name) for field in record_fields(table)}
        with store.writing(user, reason=reason) as writer:
            chosen = name or _free_name(writer, table)
            if kind == "excreta_sample":
                complete = _held(complete, writer, study, reason if unusual else "")
            _check(kind, chosen, complete, writer, study, unusual)
            return writer.add(table(id=chosen, **complete))


def correct_record(
    folder: Path,
    kind: str,
    name: str,
    pairs: Sequence[str],
    *,
    user: str,
    reason: str,
    version: int | None = None,
    passphrase: str | None = None,
    unusual: bool = False,
) -> Record:
    """Add a corrected version of a record.

    Parameters
    ----------
    folder : Path
        The study's.
    kind, name : str
    pairs : sequence of str
        What changes; an empty value takes one away.
    user, reason : str
    version : int or None
        The version that was seen; None is the one that holds now.
    passphrase : str or None
        Where the record is signed.
    unusual : bool
        An activity outside of the protocol's range is meant.

    Returns
    -------
    Record

    Examples
    --------
    >>> correct_record(
    ...     Path("no-such-folder"), "lesion", "L1", ["organ=lung"], user="cora", reason="typo"
    ... )
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    table = _kind(kind)
    _need_reason(True, reason)
    with open_study(folder) as (study, store):
        permit(store, user, table.__action__)
        given = parse_pairs(pairs, record_keys(kind), _word(kind))
        terms = event_terms(kind, store, folder, study)
        with store.reading() as reader:
            old = reader.get(table, name)
            known = record_values(old)
            values = _values(kind, given, known, reader, study, folder, old=old)
        if terms is not None:  # another term has another class, unless one was typed
            others = {"organ_class": None} if "term" in values else {}
            fitted = fit_event({**known, **others, **values}, terms)
            values |= {key: fitted[key] for key in ("term", "organ_class")}
        with store.writing(user, reason=reason, passphrase=passphrase) as writer:
            if kind == "excreta_sample":
                said = reason if unusual else ""
                values = _held({**known, **values}, writer, study, said, old=old)
            _check(kind, name, {**known, **values}, writer, study, unusual)
            return writer.correct(
                table,
                name,
                expected_version=old.version if version is None else version,
                **values,
            )


def show_records(
    folder: Path, kind: str, name: str | None = None, *, history: bool = False
) -> tuple[dict[str, Any], ...]:
    """Give the records of a kind, or one of them, or all its versions.

    Parameters
    ----------
    folder : Path
        The study's.
    kind : str
        Any kind of record.
    name : str or None
        None gives all that hold now.
    history : bool
        Every version of the one record, with who made it, when and why.

    Returns
    -------
    tuple of dict

    Raises
    ------
    RecordError
        The kind or the record is unknown; a history without a name.

    Examples
    --------
    >>> show_records(Path("no-such-folder"), "patient")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    table = _kind(kind, tuple(record_kinds()))
    if history and name is None:
        raise RecordError("--history is of one record", remedy=f"name the {_word(kind)}")
    with open_study(folder, any_protocol=True) as (_, store), store.reading() as reader:
        if name is None:
            return tuple(_shown(record) for record in reader.each(table))
        reader.get(table, name)
        if not history:
            return (_shown(reader.get(table, name)),)
        trail = {entry.seq: entry for entry in reader.trail(table, name)}
        return tuple(
            {
                **_shown(record),
                "written": {
                    "at": trail[record.audit].at,
                    "by": trail[record.audit].who,
                    "reason": trail[record.audit].reason,
                },
            }
            for record in reader.history(table, name)
        )


def _shown(record: Record) -> dict[str, Any]:
    hidden = {"passphrase_hash"} if isinstance(record, Account) else set()
    values = {key: value for key, value in record_values(record).items() if key not in hidden}
    # `name` is that of the record, unless the kind has a name of its own (site, visit)
    return {"record": record.id, "name": record.id, "version": record.version, **values}


def _word(kind: str) -> str:
    return kind.replace("_", " ")


def _need_reason(needed: bool, reason: str) -> None:
    if needed and not reason.strip():
        raise RecordError("this needs a reason", remedy="give it by --reason")


def _free_name(reader: Reader, table: type[Record]) -> str:
    number = reader.count(table) + 1
    while reader.find(table, f"{table.__tablename__}-{number}") is not None:
        number += 1
    return f"{table.__tablename__}-{number}"


def protocol_values(kind: str, study: StudyFile) -> dict[str, Any]:
    """Give what the protocol says of every record of a kind.

    Parameters
    ----------
    kind : str
    study : StudyFile

    Returns
    -------
    dict of str to object
        By column.

    Examples
    --------
    >>> from hevesy.files import parse_study, study_template
    >>> protocol_values("lesion", parse_study(study_template("blank")))
    {}
    """
    protocol = study.protocol
    if kind == "adverse_event" and protocol.events.ctcae:
        return {"ctcae": protocol.events.ctcae}
    if kind != "administration":
        return {}
    return {"agent": protocol.agent, "nuclide": protocol.nuclide, "route": protocol.route}


def _require_all(kind: str, values: Mapping[str, Any]) -> None:
    keys = field_keys(record_fields(_kind(kind)))
    for key, field in keys.items():
        if field.required and values.get(field.name) is None and field.name != "files_sha256":
            raise RecordError(
                f"a {_word(kind)} needs `{key}`", remedy=f"add --set {key}=..., see --help"
            )


def _check(
    kind: str, name: str, values: Mapping[str, Any], writer: Writer, study: StudyFile, unusual: bool
) -> None:
    for column, other in references(_kind(kind)).items():
        if values[column] is not None:
            writer.get(record_kinds()[other], values[column])
    if kind == "scan":
        identity = (values["options"] or {}).get("identity")
        require_identity(writer, name, values["administration"], identity)
    check_record(
        kind,
        name,
        values,
        reader=writer,
        protocol=study.protocol,
        unusual=unusual,
        now=writer.now(),
    )


def _held(
    values: dict[str, Any], writer: Writer, study: StudyFile, unusual: str,
    *, old: Record | None = None,
) -> dict[str, Any]:  # fmt: skip
    for column in ("administration", "device"):
        if values[column] is not None:
            writer.get(record_kinds()[column], values[column])
    return hold_sample(writer, study.protocol, values, old=old, unusual=unusual)


def _values(
    kind: str,
    given: Mapping[str, list[str]],
    known: Mapping[str, Any],
    reader: Reader,
    study: StudyFile,
    folder: Path,
    *,
    old: Record | None = None,
) -> dict[str, Any]:
    fields = record_fields(_kind(kind))
    plain = {key: texts for key, texts in given.items() if kind != "scan" or key in PLAIN_SCAN_KEYS}
    words = [field for field in fields if field.type != "time"]
    times = {field.name for field in fields if field.type == "time"}
    zero = ("activity_bq",) if kind == "excreta_sample" else ()
    plain_words = {k: v for k, v in plain.items() if k not in times}
    values = parse_record(plain_words, words, None, zero=zero)
    zone = record_zone(kind, {**known, **values}, reader, study)
    values |= parse_record({k: v for k, v in plain.items() if k in times}, fields, zone)
    for key in _TABLES:
        table = values.get(key)
        if isinstance(table, dict):  # an empty text takes an entry away
            merged = {**(known.get(key) or {}), **table}
            values[key] = {name: entry for name, entry in merged.items() if entry != ""}
    if kind == "scan":
        earlier = scan_keys(old) if isinstance(old, Scan) else {}
        values |= scan_values(given, earlier, {**known, **values}, folder)
    return values


def record_zone(
    kind: str, values: Mapping[str, Any], reader: Reader, study: StudyFile
) -> str | None:
    """Give the zone of the record's own site; else of the study's sites where they have one.

    Parameters
    ----------
    kind : str
    values : mapping of str to object
        Of the record, by column; the names of those that it refers to are among them.
    reader : Reader
    study : StudyFile

    Returns
    -------
    str or None
        IANA name; None where the sites have several.

    Examples
    --------
    >>> from hevesy.files import parse_study, study_template
    >>> from hevesy.store import Reader
    >>> record_zone("site", {}, Reader(None), parse_study(study_template("imdendrim")))
    'Asia/Shanghai'
    """
    table: type[Record] | None = _kind(kind)
    known: Mapping[str, Any] = values
    while table is not None:
        up = next(
            (
                (column, other)
                for column, other in references(table).items()
                if other in _TOWARDS_SITE and known.get(column)
            ),
            None,
        )
        if up is None:
            break
        table = record_kinds()[up[1]]
        record = reader.get(table, str(known[up[0]]))
        if isinstance(record, Site):
            return record.timezone
        known = record_values(record)
    zones = {site.timezone for site in study.protocol.sites}
    return zones.pop() if len(zones) == 1 else None
