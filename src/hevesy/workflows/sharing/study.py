"""`hevesy trial share`: a study's rows and images as a de-identified copy, whole or not at all."""

import csv
import dataclasses
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hevesy.errors import OutputError
from hevesy.files import StagedOutput, staged_output
from hevesy.progress import SILENT, Control
from hevesy.protocol import Action, ProtocolSite
from hevesy.report.sharing import SharingFacts, render_sharing_page, render_sharing_text
from hevesy.store import JobTable
from hevesy.trial import StudyRows
from hevesy.trial.sharing import (
    Identifiers,
    SharingCount,
    SharingKey,
    Tally,
    patient_clocks,
    rare_people,
    share_region,
    share_rows,
)
from hevesy.workflows.job_control import JobControl
from hevesy.workflows.sharing.cases import case_text, why_no_case
from hevesy.workflows.sharing.images import (
    ImagePlan,
    SharedImages,
    named_files,
    plan_images,
    share_images,
)
from hevesy.workflows.sharing.key import sharing_key
from hevesy.workflows.sharing.material import ShareMaterial, read_material
from hevesy.workflows.sharing.proof import check_tables, table_proof
from hevesy.workflows.study import open_study, permit
from hevesy.workflows.study_backup import run_job
from hevesy.workflows.trial_export import last_day, make_datasets, write_export

__all__ = ["SHARED_FORMATS", "WrittenShare", "share_study"]

SHARED_FORMATS = ("csv", "dataset-json", "xpt")
_STANDARDS = ("sdtm", "adam", "rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenShare:
    """A copy that was written and proved.

    Parameters
    ----------
    study : str
        Its name in the copy.
    patients, rows, images, cases : int
    left_out : tuple of (str, str, int)
        Patient's new code, reason, how many files.
    faces : tuple of str
        New codes of patients whose images may show a face.
    counts : tuple of SharingCount
        What was done.
    key_fingerprint : str
    files : int
    sha256 : str
        Of manifest.csv, which has the hash of each file.
    """

    study: str
    patients: int
    rows: int
    images: int
    cases: int
    left_out: tuple[tuple[str, str, int], ...]
    faces: tuple[str, ...]
    counts: tuple[SharingCount, ...]
    key_fingerprint: str
    files: int
    sha256: str


def share_study(
    folder: Path,
    out: Path,
    *,
    user: str,
    key_file: Path | None,
    keep: Sequence[str] = (),
    formats: Sequence[str] = ("csv", "dataset-json"),
    images: bool = True,
    unit: str | None = None,
    control: Control = SILENT,
) -> WrittenShare:
    """Make a de-identified copy of a study.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path
        A new folder; it is there whole, proved, or not at all.
    user : str
        Who makes it.
    key_file : Path or None
        The secret; made where it is not there. None takes the environment's.
    keep : sequence of str
        Of `hevesy.trial.sharing.FREE_TEXTS`: those that stay.
    formats : sequence of str
        Of `SHARED_FORMATS`.
    images : bool
        With the scans' files.
    unit : str or None
        ``"inclusion"`` or ``"person"``, as in an export.
    control : Control

    Returns
    -------
    WrittenShare

    Raises
    ------
    OutputError
        There is something already, or something of the source was found in what was written.

    Examples
    --------
    >>> share_study(Path("no-study"), Path("copy"), user="ada", key_file=Path("key"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    _require_new(folder, out, formats)
    with open_study(folder) as (study, store):
        permit(store, user, Action.SHARE)
        control.stage("reading the records")
        with store.reading() as reader:
            material = read_material(reader, study, folder, images=images)
        with sharing_key(key_file, out=out) as key:
            request = {"to": out.name, "key": key.fingerprint, "keep": list(keep),
                       "images": images}  # fmt: skip
            with staged_output(out) as stage, run_job(store, "share", request, user=user) as job:
                told = JobControl(JobTable(store), job, control)
                made = _Making(material, folder, key, stage, told)
                return made.run(keep=keep, formats=formats, images=images, unit=unit)


def _require_new(folder: Path, out: Path, formats: Sequence[str]) -> None:
    if out.exists() or out.is_symlink():
        raise OutputError(
            "there is something already", got=str(out), remedy="give --out a new folder"
        )
    if out.resolve().is_relative_to(folder.resolve()):
        raise OutputError(
            "the copy would lie in the study's folder",
            got=str(out),
            remedy="give --out a folder elsewhere: a copy goes out, the study stays",
        )
    unknown = [name for name in formats if name not in SHARED_FORMATS]
    if unknown or not formats:
        raise OutputError(
            "a copy has no such format",
            got=", ".join(unknown) or "none",
            allowed=", ".join(SHARED_FORMATS),
            remedy="give one or several, with commas between",
        )


class _Making:
    """One copy while it is made."""

    def __init__(
        self,
        material: ShareMaterial,
        folder: Path,
        key: SharingKey,
        stage: StagedOutput,
        control: Control,
    ) -> None:
        self._control = control
        self._material, self._folder, self._key, self._stage = material, folder, key, stage
        self._rows = material.rows
        self._clocks = patient_clocks(self._rows, key, material.zones)
        self._tally = Tally()
        self._lesions: dict[str, dict[str, str]] = {}
        for row in self._rows.lesions:
            own = self._lesions.setdefault(row.patient, {})
            own[row.lesion] = key.code("lesion", row.lesion)

    def run(
        self, *, keep: Sequence[str], formats: Sequence[str], images: bool, unit: str | None
    ) -> WrittenShare:
        material, key = self._material, self._key
        self._control.stage("looking at the images")
        none = ImagePlan(files={}, places={}, sources={}, left_out={})
        plan = plan_images(material, self._folder, key) if images else none
        patients = material.known.together(plan.known)
        known = patients.together(material.staff)
        shared = share_rows(
            self._rows,
            key=key,
            clocks=self._clocks,
            known=known,
            keep=keep,
            listed=[one.reason for one in material.protocol.departures],
        )
        self._tally.take(shared.counts)
        self._control.stage("writing the tables")
        self._write_tables(shared.rows, formats, unit)
        self._control.stage("writing and proving the images")
        written = share_images(
            plan,
            self._stage.folder,
            material=material,
            key=key,
            clocks=self._clocks,
            known=known,
            region=lambda patient, name: self._region(patient, name, known),
            tally=self._tally,
            control=self._control,
        )
        cases, no_case = self._write_cases(plan, written.incomplete, known) if images else (0, {})
        left_out = {**written.left_out, **no_case}
        self._control.stage("proving the tables")
        self._prove(written, patients)
        return self._finish(shared.rows, written, cases, left_out, keep)

    def _region(self, patient: str, name: str, known: Identifiers) -> str:
        lesions = self._lesions.get(patient, {})
        return share_region(name, key=self._key, patient=patient, lesions=lesions, known=known)

    def _write_tables(self, rows: StudyRows, formats: Sequence[str], unit: str | None) -> None:
        protocol = self._material.protocol
        places = (ProtocolSite(name="a site", timezone="UTC"),)
        named = dataclasses.replace(protocol, name=rows.study, sites=places)
        made = make_datasets(rows, named, standards=_STANDARDS, unit=unit)
        write_export(
            made,
            self._stage.path("tables"),
            formats=list(formats),
            agent=protocol.agent,
            stated_on=last_day(rows),
        )
        self._write_csv("tables/scans.csv", self._scan_rows())
        self._write_csv("tables/product_age.csv", self._age_rows())

    def _scan_rows(self) -> list[tuple[str, ...]]:
        key = self._key
        rows = [
            (
                key.code("scan", scan.scan),
                key.code("patient", scan.patient),
                key.code("administration", scan.administration),
                self._clocks[scan.patient].moment(scan.at).isoformat(),
            )
            for scan in self._material.scans
        ]
        return [("scan", "patient", "administration", "started_at"), *sorted(rows)]

    def _age_rows(self) -> list[tuple[str, ...]]:
        """How old the product was: all that is said of a batch, which several patients share.

        In whole hours: by the minute, the time of day of the labelling would tell which patients
        had the same batch, and so the difference of their shifts.
        """
        rows = []
        for row in self._rows.injections:
            labelled = self._material.labelled_at.get(row.injection)
            if labelled is not None:
                hours = (row.started_at - labelled).total_seconds() / 3600
                rows.append((self._key.code("injection", row.injection), f"{hours:.0f}"))
        return [("injection", "hours_from_labelling"), *sorted(rows)]

    def _write_csv(self, name: str, rows: Sequence[Sequence[str]]) -> None:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        path = self._stage.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(buffer.getvalue(), "utf-8")

    def _write_cases(
        self, plan: ImagePlan, incomplete: frozenset[tuple[str, str]], known: Identifiers
    ) -> tuple[int, dict[tuple[str, str], int]]:
        scans = {scan.scan: scan for scan in self._material.scans}
        study = self._material.study
        left_out: dict[tuple[str, str], int] = {}
        written = 0
        for one in self._material.cases:
            own = tuple(scans[name] for name in one.scans)
            why = one.why_not
            if one.case is not None:
                why = why_no_case(one.case, study, own)
            paths = {(one.patient, text) for scan in own for _, text in named_files(scan)}
            if paths & incomplete:
                why = "an image of its scans is left out"
            if one.case is None or why:
                said = one.patient, f"no case file: {why}"
                left_out[said] = left_out.get(said, 0) + 1
                continue
            places = {
                text: f"../{place}" for (who, text), place in plan.places.items()
                if who == one.patient
            }  # fmt: skip
            text = case_text(
                one.case,
                study,
                own,
                code=self._key.code("patient", one.patient),
                clock=self._clocks[one.patient],
                region=self._region_of(one.patient, known),
                places=places,
            )
            path = self._stage.path(
                f"cases/{self._key.code('administration', one.administration)}.toml"
            )
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            written += 1
        return written, left_out

    def _region_of(self, patient: str, known: Identifiers) -> Callable[[str], str]:
        return lambda name: self._region(patient, name, known)

    def _prove(self, images: SharedImages, patients: Identifiers) -> None:
        proof = table_proof(self._rows, self._material, self._key, self._clocks, patients)
        faults = [*images.faults, *check_tables(self._stage.folder, proof)]
        if faults:
            raise OutputError(
                "something of the source was found in the copy, which was taken away",
                got="; ".join(faults[:3])[:300],
                remedy="leave out what was asked to be kept, or the images; report it as a fault "
                "of hevesy",
            )

    def _finish(
        self,
        rows: StudyRows,
        images: SharedImages,
        cases: int,
        left_out: Mapping[tuple[str, str], int],
        keep: Sequence[str],
    ) -> WrittenShare:
        folder, key = self._stage.folder, self._key
        counts = self._tally.counts()
        out = tuple(
            sorted((key.code("patient", who), why, n) for (who, why), n in left_out.items())
        )
        self._write_csv("removed.csv", [
            ("where", "what", "action", "times"),
            *((one.where, one.what, one.action, str(one.times)) for one in counts),
        ])  # fmt: skip
        facts = SharingFacts(
            study=rows.study,
            patients=len(rows.patients),
            records=_count(rows),
            images=images.files,
            cases=cases,
            key_fingerprint=key.fingerprint,
            kept=tuple(keep),
            counts=counts,
            left_out=out,
            faces=images.faces,
            rare=rare_people(rows),
            data_sha256=_manifest(folder)[1],
        )
        self._stage.path("report.md").write_text(render_sharing_text(facts), "utf-8")
        self._stage.path("report.html").write_text(render_sharing_page(facts), "utf-8")
        manifest, sha256 = _manifest(folder)
        self._stage.path("manifest.csv").write_text(manifest, "utf-8")
        return WrittenShare(
            study=rows.study,
            patients=len(rows.patients),
            rows=_count(rows),
            images=images.files,
            cases=cases,
            left_out=out,
            faces=images.faces,
            counts=counts,
            key_fingerprint=key.fingerprint,
            files=manifest.count("\n"),
            sha256=sha256,
        )


def _count(rows: StudyRows) -> int:
    tables: list[Any] = [getattr(rows, field.name) for field in dataclasses.fields(rows)]
    return sum(len(table) for table in tables if isinstance(table, tuple))


def _manifest(folder: Path) -> tuple[str, str]:
    """Hash every file; give the list, and its own hash."""
    lines = ["file,sha256"]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            lines.append(f"{path.relative_to(folder).as_posix()},{digest}")
    text = "\n".join(lines) + "\n"
    return text, hashlib.sha256(text.encode()).hexdigest()
