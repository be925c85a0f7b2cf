"""A study's list of CTCAE terms, a record of it, and adverse events held against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hevesy.errors import HevesyError, RecordError, StudyError, TrialError
from hevesy.exchange import KNOWN_WORKBOOKS, read_ctcae_workbook, require_file
from hevesy.files import (
    StudyFile,
    parse_term_list,
    record_input,
    term_list_to_json,
)
from hevesy.protocol import Action
from hevesy.store import Store, record_values
from hevesy.store.tables import AdverseEvent, StudyTerms
from hevesy.trial import TermList
from hevesy.workflows.study import open_study, permit

__all__ = [
    "TermImport",
    "event_terms",
    "fit_event",
    "import_ctcae",
    "read_study_terms",
]

_NAME = "CTCAE"
_FILE_OF_OLD = "ctcae-terms.json"  # where the list lay before it was a record


@dataclass(frozen=True, slots=True, kw_only=True)
class TermImport:
    """What an import of a workbook did.

    Parameters
    ----------
    terms : TermList
    written : bool
        False where the study had this list already.
    warnings : tuple of str
    unfit : tuple of (str, str)
        Events on record that don't fit the list, and why.
    """

    terms: TermList
    written: bool
    warnings: tuple[str, ...]
    unfit: tuple[tuple[str, str], ...]


def import_ctcae(
    workbook: Path, folder: Path, *, user: str, replace: bool = False, reason: str = ""
) -> TermImport:
    """Record the terms of NCI's workbook; the study's events are held against them from now on.

    The list is a record like any other: audited, with the workbook's hash, and in each backup.

    Parameters
    ----------
    workbook : Path
        As NCI publishes it; nothing of its definitions is kept.
    folder : Path
        The study's. Its `[events] ctcae` must pin the workbook's version.
    user : str
        Who may amend the protocol.
    replace : bool
        Take the place of another list, as a correction of it.
    reason : str
        Needed for that.

    Returns
    -------
    TermImport

    Raises
    ------
    StudyError
        The study pins no version, another version, or has another list already.
    RecordError
        Another list would take its place without a reason.

    Examples
    --------
    >>> import_ctcae(Path("w.xlsx"), Path("no-such-folder"), user="ada")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (study, store):
        permit(store, user, Action.AMEND_PROTOCOL)
        store.require_protocol()
        _require_a_version(study)
        require_file(workbook)
        digest = record_input("workbook", workbook).sha256
        terms = read_ctcae_workbook(workbook, sha256=digest)
        _require_pinned(terms, study)
        kept = _kept(store)
        old = None if kept is None else parse_term_list(kept.content)
        if old is not None and old != terms and not replace:
            raise StudyError(
                "the study has another list of CTCAE terms already",
                got=f"sha256 {digest}, version {terms.version}",
                allowed=f"sha256 {old.source_sha256}, version {old.version}",
                remedy="events were held against that one; to change it: --replace and --reason",
            )
        with store.reading() as reader:
            unfit = []
            for event in reader.each(AdverseEvent):
                try:
                    fit_event(record_values(event), terms)
                except HevesyError as error:
                    unfit.append((event.id, error.problem))
        if old != terms:
            _record(store, terms, kept, user=user, reason=reason)
    (folder / _FILE_OF_OLD).unlink(missing_ok=True)
    warnings = []
    if digest != KNOWN_WORKBOOKS[terms.version]:
        warnings.append(
            f"this workbook of version {terms.version} is not the one that was seen: sha256 "
            f"{digest}, seen {KNOWN_WORKBOOKS[terms.version]}"
        )
    return TermImport(
        terms=terms, written=old != terms, warnings=tuple(warnings), unfit=tuple(unfit)
    )


def _kept(store: Store) -> StudyTerms | None:
    with store.reading() as reader:
        return reader.find(StudyTerms, _NAME)


def _record(
    store: Store, terms: TermList, kept: StudyTerms | None, *, user: str, reason: str
) -> None:
    values = {
        "ctcae": terms.version,
        "workbook_sha256": terms.source_sha256,
        "content": term_list_to_json(terms),
    }
    with store.writing(user, reason=reason) as writer:
        if kept is None:
            writer.add(StudyTerms(id=_NAME, **values))
        else:
            writer.correct(StudyTerms, _NAME, expected_version=kept.version, **values)


def _require_a_version(study: StudyFile) -> None:
    if not study.protocol.events.ctcae:
        raise StudyError(
            "the study pins no version of CTCAE",
            remedy='set ctcae = "5.0" (or "6.0") in [events] of study.toml, and amend',
        )


def _require_pinned(terms: TermList, study: StudyFile) -> None:
    _require_a_version(study)
    if terms.version != study.protocol.events.ctcae:
        raise StudyError(
            "the list of CTCAE terms is not of the version that the study pins",
            got=terms.version,
            allowed=study.protocol.events.ctcae,
            remedy="versions do not mix: import the workbook of the study's version",
        )


def read_study_terms(store: Store, folder: Path, study: StudyFile) -> TermList | None:
    """Read the list of terms of a study.

    Parameters
    ----------
    store : Store
    folder : Path
        The study's; an earlier hevesy kept the list there.
    study : StudyFile

    Returns
    -------
    TermList or None
        None where none was imported.

    Raises
    ------
    StudyError
        It is of another version than the study pins, or lies beside the study still.

    Examples
    --------
    >>> read_study_terms.__name__
    'read_study_terms'
    """
    kept = _kept(store)
    if kept is None:
        if (folder / _FILE_OF_OLD).exists():
            raise StudyError(
                "the study's list of CTCAE terms is a file of an earlier hevesy, and no record",
                got=_FILE_OF_OLD,
                remedy="import the workbook again: hevesy trial ctcae import WORKBOOK.xlsx",
            )
        return None
    terms = parse_term_list(kept.content)
    _require_pinned(terms, study)
    return terms


def event_terms(kind: str, store: Store, folder: Path, study: StudyFile) -> TermList | None:
    """Give the list that records of a kind are held against; None for all but adverse events.

    Parameters
    ----------
    kind : str
    store : Store
    folder : Path
        The study's.
    study : StudyFile

    Returns
    -------
    TermList or None

    Examples
    --------
    >>> event_terms.__name__
    'event_terms'
    """
    return read_study_terms(store, folder, study) if kind == "adverse_event" else None


def fit_event(values: Mapping[str, Any], terms: TermList | None) -> dict[str, Any]:
    """Give an adverse event's values with term and class as the list writes them.

    Parameters
    ----------
    values : mapping of str to object
        Of the record, by column; a class of None is filled in.
    terms : TermList or None
        None leaves the values as they are.

    Returns
    -------
    dict of str to object

    Raises
    ------
    RecordError
        The term is not in the list, is of another class, has no such grade, or the event is graded
        by another version.

    Examples
    --------
    >>> fit_event({"term": "Fever"}, None)
    {'term': 'Fever'}
    """
    found = dict(values)
    if terms is None or not found.get("term"):
        return found
    if found.get("ctcae") != terms.version:
        raise RecordError(
            "`ctcae` is not the version of the study's list of terms",
            got=found.get("ctcae") or "none",
            allowed=terms.version,
            remedy="versions do not mix: grade the event by the study's",
        )
    try:
        found["term"], found["organ_class"] = terms.fit(
            found["term"], found.get("organ_class") or "", found.get("grade")
        )
    except TrialError as error:
        raise RecordError(
            error.problem, got=error.got, allowed=error.allowed, remedy=error.remedy
        ) from error
    return found
