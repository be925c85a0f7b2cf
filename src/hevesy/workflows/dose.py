"""`hevesy dose`: read a case, compute it, write everything or nothing."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from enum import Enum
from importlib.metadata import version
from pathlib import Path

from hevesy.case import Case, CaseOptions, CaseResult
from hevesy.errors import OutputError
from hevesy.files import (
    read_case,
    read_hu_table,
    read_kinetics_prior,
    record_input,
    result_to_json,
    staged_output,
    write_volume,
)
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.progress import SILENT, Control
from hevesy.provenance import InputRecord, Provenance
from hevesy.workflows.compute import compute_case
from hevesy.workflows.read_sessions import read_sessions
from hevesy.workflows.seen_then import as_seen_then
from hevesy.workflows.session import Session

__all__ = ["OUTPUTS", "compute_into", "gather_provenance", "run_dose", "write_results"]

OUTPUTS = (
    "result.json", "report.html", "report.pdf", "dose.nii.gz", "rtdose.dcm", "seg.dcm",
    "injection.dcm",
)  # fmt: skip
_PACKAGES = ("numpy", "scipy", "numba", "SimpleITK", "pydicom", "highdicom")


def run_dose(
    case_path: Path, out_dir: Path, *, scans: int | None = None, control: Control = SILENT
) -> CaseResult:
    """Compute the patient of a case file and write the results.

    Parameters
    ----------
    case_path : Path
        The case file.
    out_dir : Path
        Gets `OUTPUTS`: all of them, or, where anything fails, nothing.
    scans : int or None
        Stop after so many of the case's scans, as a site would see it then.
    control : Control

    Returns
    -------
    CaseResult

    Examples
    --------
    >>> run_dose(Path("no-such-case.toml"), Path("out"))
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: ...
    """
    control.stage("reading the case")
    case = read_case(case_path, scans=scans)
    with staged_output(out_dir, owned=OUTPUTS) as stage:
        return compute_into(case, case_path, stage.folder, control=control)


def compute_into(
    case: Case,
    source: Path | InputRecord,
    folder: Path,
    *,
    check: Callable[[tuple[Session, ...]], None] | None = None,
    control: Control = SILENT,
) -> CaseResult:
    """Compute a case and write its results into a folder that nobody looks at yet.

    Parameters
    ----------
    case : Case
    source : Path or InputRecord
        Where the case stands: its file, or what is known of the records it was built from.
    folder : Path
        Gets the files of `OUTPUTS`.
    check : callable or None
        Told of the scans as read; refuses them by an error.
    control : Control

    Returns
    -------
    CaseResult
    """
    nuclide = get_nuclide(case.nuclide)
    stated = case.options.prior_file
    expected = None if stated is None else read_kinetics_prior(stated)
    control.stage("reading the scans")
    sessions = read_sessions(case, nuclide, control=control)
    if check is not None:
        check(sessions)
    case = as_seen_then(case, sessions)
    provenance = gather_provenance(case, source, nuclide)
    table = case.options.hu_to_density
    result = compute_case(
        case,
        sessions,
        nuclide,
        provenance,
        hu_table=None if table is None else read_hu_table(table),
        prior=expected,
        control=control,
    )
    return write_results(result, sessions, folder, control=control)


def write_results(
    result: CaseResult, sessions: tuple[Session, ...], folder: Path, *, control: Control
) -> CaseResult:
    """Write a result's files into a folder.

    Parameters
    ----------
    result : CaseResult
    sessions : tuple of Session
        Where the DICOM files' patient and study come from.
    folder : Path
        Gets the files of `OUTPUTS`; without RTDOSE and SEG where there is no DICOM frame.
    control : Control

    Returns
    -------
    CaseResult
        With the warnings that writing brought.
    """
    from hevesy.dicom import write_rtdose, write_seg
    from hevesy.report import html_to_pdf, render_report

    control.stage("writing the dose map")
    written_at = datetime.now(UTC)
    write_volume(folder / "dose.nii.gz", result.dose)
    contexts = [
        context
        for session in sessions
        for context in (session.ct_context, session.spect_context)
        if context is not None
        and context.frame_of_reference is not None
        and context.grid.matches(result.dose.grid)
    ]
    if contexts:
        write_rtdose(folder / "rtdose.dcm", result.dose, contexts[0], written_at=written_at)
        write_seg(folder / "seg.dcm", result.masks, contexts[0], written_at=written_at)
        if result.injection_masks:
            write_seg(
                folder / "injection.dcm",
                result.injection_masks,
                contexts[0],
                written_at=written_at,
                label="INJECTION",
            )
    else:
        result = _with_warning(
            result,
            "no RTDOSE and no SEG were written: neither the CT nor the SPECT is DICOM with a frame "
            "of reference on the dose grid",
        )
    control.stage("writing the report")
    html = render_report(result).html
    control.advance(1, 3)
    try:
        (folder / "report.pdf").write_bytes(html_to_pdf(html))
    except OutputError as error:
        result = _with_warning(result, f"no PDF was written: {error}")
        html = render_report(result).html
    control.advance(2, 3)
    (folder / "report.html").write_text(html, encoding="utf-8")
    (folder / "result.json").write_text(result_to_json(result), encoding="utf-8")
    control.advance(3, 3)  # the last moment to stop: from here the files get their names
    return result


def _with_warning(result: CaseResult, text: str) -> CaseResult:
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return CaseResult(**{**values, "warnings": (*result.warnings, text)})


def gather_provenance(
    case: Case,
    source: Path | InputRecord,
    nuclide: Nuclide,
    *,
    more: Mapping[str, Path] | None = None,
) -> Provenance:
    """Hash the inputs, note options, versions and data sets.

    Parameters
    ----------
    case : Case
    source : Path or InputRecord
        The case file, or what is known of the records it was built from.
    nuclide : Nuclide
        For its data set.
    more : Mapping of str to Path, optional
        Further inputs by role.

    Returns
    -------
    Provenance
    """
    inputs: list[InputRecord] = [
        source if isinstance(source, InputRecord) else record_input("case file", source)
    ]
    for number, scan in enumerate(case.scans, start=1):
        if scan.spect is not None:
            inputs.append(record_input(f"scan {number} SPECT", scan.spect))
        for bed, path in enumerate(scan.projections, start=1):
            inputs.append(record_input(f"scan {number} bed {bed}", path))
        if scan.calibration is not None:
            inputs.append(record_input(f"scan {number} calibration", scan.calibration))
        if scan.ct is not None:
            inputs.append(record_input(f"scan {number} CT", scan.ct))
        if scan.structures:
            inputs.append(record_input(f"scan {number} structures", scan.structures))
    for given in case.administrations:
        for part in given.injections:
            inputs += [record_input("needle track", path) for path in part.track_files]
    if case.options.hu_to_density is not None:
        inputs.append(record_input("CT calibration", case.options.hu_to_density))
    if case.options.prior_file is not None:
        inputs.append(record_input("kinetics prior", case.options.prior_file))
    inputs += [record_input(role, path) for role, path in (more or {}).items()]
    return Provenance(
        inputs=tuple(inputs),
        options=_plain_options(case.options),
        data_sets=(nuclide.data_set,),
        packages={
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        seed=case.options.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _plain_options(options: CaseOptions) -> dict[str, object]:
    def plain(value: object) -> object:
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, Path):
            return value.name
        return value

    return {name: plain(value) for name, value in asdict(options).items()}
