"""What of a study goes into a sharing copy, read from its records before anything is changed."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hevesy.case import Case
from hevesy.dicom import read_dicom_source, why_not_shared
from hevesy.errors import HevesyError, ImageFileError, TrialError
from hevesy.files import StudyFile
from hevesy.protocol import Role, StudyProtocol
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.trial import StudyRows
from hevesy.trial.sharing import Identifiers
from hevesy.workflows.scan_files import require_unchanged
from hevesy.workflows.study_case import read_study_case, scan_keys
from hevesy.workflows.study_rows import read_study_rows

__all__ = ["RecordedCase", "RecordedScan", "ShareMaterial", "read_material"]

_CUSTODY = (t.Device, t.Generator, t.Elution, t.Batch, t.Vial, t.Dispatch, t.Syringe, t.Injection)
_LEAST_NAME = 4  # letters of a user's name that is looked for: shorter ones are words


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedScan:
    """A scan's record: whose it is, when it began, what it names."""

    scan: str
    patient: str
    administration: str
    at: datetime
    keys: Mapping[str, object]
    lesions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCase:
    """An administration's case, or why there is none."""

    administration: str
    patient: str
    case: Case | None
    scans: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareMaterial:
    """A study's rows, scans and cases, and what must not stand in a copy of them.

    Parameters
    ----------
    rows : StudyRows
    study : StudyFile
    zones : mapping of str to ZoneInfo
        By site.
    known : Identifiers
        Of the records: patients, places, numbers.
    staff : Identifiers
        Who works on the study.
    scans : tuple of RecordedScan
    cases : tuple of RecordedCase
    labelled_at : mapping of str to datetime
        By injection: when its batch was labelled.
    """

    rows: StudyRows
    study: StudyFile
    zones: Mapping[str, ZoneInfo]
    known: Identifiers = field(repr=False)
    staff: Identifiers = field(repr=False)
    scans: tuple[RecordedScan, ...]
    cases: tuple[RecordedCase, ...]
    labelled_at: Mapping[str, datetime]

    @property
    def protocol(self) -> StudyProtocol:
        """The study's protocol."""
        return self.study.protocol

    @property
    def patient_of_site(self) -> Mapping[str, str]:
        """Site of each patient."""
        return {row.patient: row.site for row in self.rows.patients}


def read_material(reader: Reader, study: StudyFile, folder: Path, *, images: bool) -> ShareMaterial:
    """Read it.

    Parameters
    ----------
    reader : Reader
    study : StudyFile
    folder : Path
        The study's.
    images : bool
        With the scans, whose files must be those that were recorded.

    Returns
    -------
    ShareMaterial

    Raises
    ------
    TrialError
        Nobody is included.
    ImageFileError
        A scan's file is not there, or another one (from its check).
    """
    rows = read_study_rows(reader, study=study.protocol.name, as_of=date.max)
    if not rows.inclusions:
        raise TrialError(
            "there is nothing to share: nobody is included",
            remedy="enter the records first",
        )
    sites = reader.all(t.Site)
    known, staff = _known(reader, rows, sites), _staff(reader)
    if not images:  # records may hold the names that only images know
        known = known.together(_named_in_images(reader, folder))
    if known.together(staff).found_in(study.protocol.name):
        name = "A study"
        rows = dataclasses.replace(rows, study=name)
    patient_of = {row.inclusion: row.patient for row in rows.inclusions}
    whose = {row.administration: patient_of[row.inclusion] for row in rows.administrations}
    recorded = reader.all(t.Scan) if images else ()
    for row in recorded:
        require_unchanged(folder, row)
    scans = tuple(
        RecordedScan(
            scan=row.id,
            patient=whose[row.administration],
            administration=row.administration,
            at=row.at,
            keys=scan_keys(row),
            lesions=(row.options or {}).get("lesions", {}),
        )
        for row in recorded
    )
    with_scans = sorted({scan.administration for scan in scans})
    return ShareMaterial(
        rows=rows,
        study=study,
        zones={row.id: ZoneInfo(row.timezone) for row in sites},
        known=known,
        staff=staff,
        scans=scans,
        cases=tuple(_case(reader, study, folder, name, whose[name]) for name in with_scans),
        labelled_at=_labelled(reader),
    )


def _known(reader: Reader, rows: StudyRows, sites: tuple[t.Site, ...]) -> Identifiers:
    texts = [row.patient for row in rows.patients]
    texts += [row.inclusion for row in rows.inclusions]
    texts += [row.name for row in sites]
    texts += [row.serial for row in reader.each(t.Device) if row.serial]
    made = [row.id for row in sites]
    made += [row.lot for row in reader.each(t.Generator)]
    made += [row.lot for row in reader.each(t.BatchComponent)]
    for kind in _CUSTODY:
        made += [row.id for row in reader.each(kind)]
    # those without a number may be words ("east", "not stated")
    numbered = (text for text in made if any(sign.isdigit() for sign in text))
    return Identifiers([*texts, *numbered])


def _named_in_images(reader: Reader, folder: Path) -> Identifiers:
    """What the first file of each recorded image says of its patient; damaged ones say nothing."""
    found = Identifiers()
    for row in reader.all(t.Scan):
        for value in scan_keys(row).values():
            texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
            for path in (folder / text for text in texts if isinstance(text, str) and text):
                inside = sorted(path.iterdir()) if path.is_dir() else [path]
                first = next((file for file in inside if not why_not_shared(file)), None)
                if first is not None:
                    with suppress(ImageFileError):
                        found = found.together(read_dicom_source([first]).known)
    return found


def _staff(reader: Reader) -> Identifiers:
    """Names of those who work on the study, but for those that are words for a role."""
    accounts = reader.all(t.Account)
    roles = {role.value for role in Role}
    return Identifiers(
        [row.id for row in accounts if len(row.id) >= _LEAST_NAME and row.id not in roles],
        people=[row.full_name for row in accounts if row.full_name not in roles],
    )


def _labelled(reader: Reader) -> dict[str, datetime]:
    batches = {row.id: row.labelled_at for row in reader.each(t.Batch)}
    vials = {row.id: batches.get(row.batch) for row in reader.each(t.Vial)}
    syringes = {row.id: vials.get(row.vial) for row in reader.each(t.Syringe)}
    found = {row.id: syringes.get(row.syringe or "") for row in reader.each(t.Injection)}
    return {name: at for name, at in found.items() if at is not None}


def _case(reader: Reader, study: StudyFile, folder: Path, name: str, patient: str) -> RecordedCase:
    try:
        found = read_study_case(reader, study, folder, name, hash_again=False)
    except HevesyError as error:
        return RecordedCase(
            administration=name, patient=patient, case=None, why_not=_plain(error.problem)
        )
    return RecordedCase(
        administration=name,
        patient=patient,
        case=found.case,
        scans=tuple(scan for scan, _ in found.scans),
    )


def _plain(problem: str) -> str:
    """Why a case can't be built, without the names of records in it."""
    for words, why in (
        ("has no scan", "it has no scan"),
        ("injections", "its injections are not on record"),
        ("what stayed in the syringe", "an activity is gross"),
    ):
        if words in problem:
            return why
    return "its records contradict each other, or miss something"
