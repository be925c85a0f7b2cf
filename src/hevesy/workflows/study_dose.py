"""`hevesy dose --study`: an administration's dose, computed as a job and filed."""

import hashlib
import math
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.case import CaseResult
from hevesy.errors import OutputError, RecordError, TimeError
from hevesy.files import staged_output
from hevesy.progress import SILENT, Control
from hevesy.protocol import Action
from hevesy.store import JobTable, Writer
from hevesy.store.tables import Dose, Result
from hevesy.workflows.dose import OUTPUTS, compute_into
from hevesy.workflows.job_control import JobControl
from hevesy.workflows.session import Session
from hevesy.workflows.study import open_study, permit
from hevesy.workflows.study_backup import run_job
from hevesy.workflows.study_case import StudyCase, read_study_case

__all__ = ["FiledDose", "run_study_dose"]

_CLOCKS_S = 120.0  # a record's start is written to the minute, and cameras' clocks are off
_BQ_S_PER_MBQ_H = 1e6 * 3600.0
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FiledDose:
    """A dose that was filed in a study.

    Parameters
    ----------
    result : CaseResult
    name : str
        Of the filed result.
    folder : Path
        Where its files are.
    courses : tuple of str
        The administrations that the doses are of, together.
    """

    result: CaseResult
    name: str
    folder: Path
    courses: tuple[str, ...]


def run_study_dose(
    folder: Path,
    administration: str,
    *,
    user: str,
    out: Path | None = None,
    scans: int | None = None,
    control: Control = SILENT,
) -> FiledDose:
    """Compute the dose of a study's administration, as a job, and file it.

    The files get their names and the records are kept together, or neither.

    Parameters
    ----------
    folder : Path
        The study's.
    administration : str
    user : str
        Who asks; they may compute doses.
    out : Path or None
        For the files; None is ``derived/ADMINISTRATION/RESULT`` in the study's folder.
    scans : int or None
        Stop after so many of the administration's scans.
    control : Control

    Returns
    -------
    FiledDose

    Raises
    ------
    RecordError
        A record is missing, contradicts another, or was changed meanwhile.

    Examples
    --------
    >>> run_study_dose(Path("no-such-folder"), "A1", user="yann")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (study, store):
        permit(store, user, Action.COMPUTE)
        store.require_protocol()
        control.stage("reading the records")
        with store.reading() as reader:
            found = read_study_case(reader, study, folder, administration, scans=scans)
        request = {"administration": administration, "scans": scans}
        place = _working_place(folder, administration, out)
        with (
            run_job(store, "dose", request, user=user) as job,
            tempfile.TemporaryDirectory(prefix=".hevesy-", dir=place) as hidden,
        ):
            result = compute_into(
                found.case,
                found.source,
                Path(hidden),
                check=lambda sessions: _require_starts(found, sessions),
                control=JobControl(JobTable(store), job, control),
            )
            with store.writing(user, reason=f"computed by {job}") as writer:
                now = read_study_case(
                    writer, study, folder, administration, scans=scans, hash_again=False
                )
                if now.source != found.source:
                    raise RecordError(
                        "the records were changed while the dose was computed",
                        got=administration,
                        remedy="compute it again; nothing was filed",
                    )
                return _file(writer, found, result, Path(hidden), folder=folder, out=out, job=job)


def _working_place(folder: Path, administration: str, out: Path | None) -> Path:
    """Where results grow: on the disk where they will stay."""
    if out is not None:
        place = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
        if place.is_dir():
            return place
        raise OutputError("the output folder is a file", got=str(out), remedy="choose another")
    if not _FOLDER_NAME.fullmatch(administration):
        raise OutputError(
            "this administration's name can't be a folder's", got=administration[:60],
            remedy="give --out",
        )  # fmt: skip
    place = folder / "derived"
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the study's derived/ can't be made: {error.strerror}", remedy="give --out"
        ) from error
    return place


def _require_starts(found: StudyCase, sessions: Sequence[Session]) -> None:
    """DICOM says itself when a scan began: the record, by which scans are judged, says the same."""
    for session in sessions:
        name, at = found.scans[session.scan - 1]
        if abs((session.start - at).total_seconds()) > _CLOCKS_S:
            raise TimeError(
                f"the files of scan {name} say another start than its record",
                got=session.start.isoformat(),
                allowed=f"within {_CLOCKS_S:g} s of {at.isoformat()}",
                remedy="correct the record by `hevesy trial correct scan`, or check the files",
            )


def _file(
    writer: Writer,
    found: StudyCase,
    result: CaseResult,
    hidden: Path,
    *,
    folder: Path,
    out: Path | None,
    job: str,
) -> FiledDose:
    administration = found.courses[-1]
    number = writer.count(Result) + 1
    while writer.find(Result, f"result-{number}") is not None:
        number += 1
    name = f"result-{number}"
    target = out or folder / "derived" / administration / name
    content = (hidden / "result.json").read_text("utf-8")
    several = len(found.courses) > 1
    writer.add(
        Result(
            id=name,
            administration=administration,
            kind="dose of several courses" if several else "dose",
            computed_at=writer.now(),
            content=content,
            content_sha256=hashlib.sha256(content.encode()).hexdigest(),
            folder=None if out else target.relative_to(folder).as_posix(),
            job=job,
        )
    )
    for row in _doses(found, result, name):
        writer.add(row)
    with staged_output(target, owned=OUTPUTS) as stage:
        for file in sorted(hidden.iterdir()):
            shutil.move(file, stage.path(file.name))
    return FiledDose(result=result, name=name, folder=target, courses=found.courses)


def _doses(found: StudyCase, result: CaseResult, name: str) -> list[Dose]:
    """A row for each drawn region; those made around injections lie within them, and stay out."""
    lesions = dict(found.lesions)
    courses = f", sum of {', '.join(found.courses)}" if len(found.courses) > 1 else ""
    return [
        Dose(
            id=f"{name}-{number}",
            result=name,
            administration=found.courses[-1],
            region=region.name,
            lesion=lesions.get(region.name),
            method=f"{result.method}{courses}",
            volume_ml=_finite(region.volume_ml),
            mass_g=_finite(region.mass_g),
            tia_bq_s=_finite(region.tia_mbq_h * _BQ_S_PER_MBQ_H),
            tia_uncertainty_bq_s=_finite(region.tia_uncertainty_mbq_h * _BQ_S_PER_MBQ_H),
            mean_dose_gy=region.mean_dose_gy,
            mean_dose_uncertainty_gy=_finite(region.mean_dose_uncertainty_gy),
        )
        for number, region in enumerate(result.regions, start=1)
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
