"""`hevesy trial export`: a study's rows as data sets of a standard, checked, in a folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from hevesy import __version__
from hevesy.errors import TrialError
from hevesy.exchange import (
    csv_bytes,
    dataset_json_bytes,
    define_xml_bytes,
    excel_bytes,
    parquet_bytes,
    write_transport_file,
)
from hevesy.files import StagedOutput, staged_output
from hevesy.protocol import StudyProtocol
from hevesy.trial import StudyRows
from hevesy.trial.export import (
    STANDARDS,
    ConformanceFinding,
    DataSet,
    build_adam,
    build_sdtm,
    check_datasets,
    tabulate_rows,
)
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows

__all__ = [
    "EXPORT_FORMATS",
    "MadeDataSets",
    "WrittenExport",
    "export_folder",
    "last_day",
    "make_datasets",
    "write_export",
]

EXPORT_FORMATS = ("dataset-json", "xpt", "csv", "xlsx", "parquet")
_FINDINGS = "conformance.csv"
_ENDINGS = {"dataset-json": "json", "xpt": "xpt", "csv": "csv", "parquet": "parquet"}
_NAMES = {
    "sdtm": ("DM", "DS", "IE", "EX", "PR", "AE", "TU", "TR", "RS", "VS", "LB", "XD", "RELREC"),
    "adam": ("ADSL", "ADAE", "ADTR", "ADRS", "ADTTE", "ADDOSE"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeDataSets:
    """Data sets and what is wrong with them.

    Parameters
    ----------
    study : str
    unit : str
        What a subject is: ``"inclusion"`` or ``"person"``.
    datasets : tuple of DataSet
    findings : tuple of ConformanceFinding
    empty : tuple of str
        Data sets that were asked for and have no row.
    """

    study: str
    unit: str
    datasets: tuple[DataSet, ...]
    findings: tuple[ConformanceFinding, ...]
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenExport:
    """What was made, and the files that were written.

    Parameters
    ----------
    made : MadeDataSets
    stated_on : date
        The day that the files state.
    files : tuple of str
        Within the folder; empty where only the checks were run.
    """

    made: MadeDataSets
    stated_on: date
    files: tuple[str, ...]


def _require(given: Sequence[str], allowed: Sequence[str], what: str) -> None:
    unknown = [name for name in given if name not in allowed]
    if unknown or not given:
        raise TrialError(
            f"this {what} of data sets is unknown",
            got=", ".join(unknown) or "none",
            allowed=", ".join(allowed),
            remedy="give one or several, with commas between",
        )


def export_folder(
    folder: Path,
    out: Path | None,
    *,
    formats: Sequence[str],
    standards: Sequence[str],
    unit: str | None = None,
    stated_on: date | None = None,
) -> WrittenExport:
    """Export a study's folder.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path or None
        Where the files go: all of them, or none. None runs the checks alone.
    formats : sequence of str
        Of `EXPORT_FORMATS`.
    standards : sequence of str
        Of `hevesy.trial.export.STANDARDS`.
    unit : str or None
        ``"inclusion"`` or ``"person"``; None takes what the protocol's flow counts.
    stated_on : date or None
        The only date of making in the files; None takes the last day of the rows.

    Returns
    -------
    WrittenExport

    Examples
    --------
    >>> export_folder(Path("no-study"), None, formats=["csv"], standards=["rows"])
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    _require(formats, EXPORT_FORMATS, "format")
    _require(standards, STANDARDS, "standard")
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        rows = read_study_rows(reader, study=study.protocol.name, as_of=date.max)
    made = make_datasets(rows, study.protocol, standards=standards, unit=unit)
    day = stated_on or last_day(rows)
    files: tuple[str, ...] = ()
    if out is not None:
        files = write_export(made, out, formats=formats, agent=study.protocol.agent, stated_on=day)
    return WrittenExport(made=made, stated_on=day, files=files)


def make_datasets(
    rows: StudyRows,
    protocol: StudyProtocol,
    *,
    standards: Sequence[str],
    unit: str | None = None,
) -> MadeDataSets:
    """Make and check the data sets of a study's rows.

    The checks always see SDTM with ADaM, whichever of them is wanted.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    standards : sequence of str
    unit : str or None

    Returns
    -------
    MadeDataSets

    Examples
    --------
    >>> from hevesy.protocol import ProtocolSite
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> make_datasets(sample_rows(), protocol, standards=["sdtm"]).empty
    ('IE', 'VS', 'LB', 'XD')
    """
    tabulation = build_sdtm(rows, protocol, unit=unit)
    analysis = build_adam(rows, protocol, tabulation)
    checked = (*tabulation.datasets, *analysis)
    plain = tabulate_rows(rows) if "rows" in standards else ()
    names = {one.name for one in checked}
    return MadeDataSets(
        study=rows.study,
        unit=tabulation.subjects.unit,
        datasets=(*(one for one in checked if one.standard in standards), *plain),
        findings=check_datasets(checked),
        empty=tuple(
            name for standard in standards for name in _NAMES.get(standard, ()) if name not in names
        ),
    )


def last_day(rows: StudyRows) -> date:
    """Give the last day that a study's rows name; there is one inclusion at least."""
    days = [row.included_on for row in rows.inclusions]
    days += [row.given_on for row in rows.administrations]
    days += [row.visited_on for row in rows.visits]
    days += [row.left_on for row in rows.departures]
    days += [row.ended_on or row.began_on for row in rows.events]
    days += [row.measured_on for row in rows.measurements]
    days += [row.assessed_on for row in rows.assessments]
    return max(days)


def write_export(
    made: MadeDataSets, out: Path, *, formats: Sequence[str], agent: str, stated_on: date
) -> tuple[str, ...]:
    """Write data sets: a folder for each standard, define.xml beside SDTM and ADaM.

    What the checks found stands in conformance.csv. Transport files take SDTM and ADaM alone: a
    plain row's column names are too long for them.

    Parameters
    ----------
    made : MadeDataSets
    out : Path
    formats : sequence of str
    agent : str
        Stands in define.xml.
    stated_on : date

    Returns
    -------
    tuple of str
        The files, within `out`.

    Raises
    ------
    TrialError
        A data set does not fit into a transport file (from `write_transport_file`); nothing is
        written then.
    """
    at = datetime.combine(stated_on, time(tzinfo=UTC))
    written: list[str] = []
    with staged_output(out, owned=_owned()) as stage:
        for standard in STANDARDS:
            own = [one for one in made.datasets if one.standard == standard]
            if own:
                written += _standard(stage, standard, own, made.study, agent, formats, at)
        path = stage.path(_FINDINGS)
        path.write_text(_findings(made.findings), encoding="utf-8")
        written.append(_FINDINGS)
    return tuple(written)


def _standard(
    stage: StagedOutput,
    standard: str,
    datasets: Sequence[DataSet],
    study: str,
    agent: str,
    formats: Sequence[str],
    at: datetime,
) -> list[str]:
    software = ("hevesy", __version__)
    define = "" if standard == "rows" else "define.xml"
    writers: Mapping[str, Callable[[DataSet], bytes]] = {
        "dataset-json": lambda one: dataset_json_bytes(
            one, study=study, made_at=at, software=software, metadata=define
        ),
        "csv": csv_bytes,
        "parquet": parquet_bytes,
    }
    written = []
    for one in datasets:
        for kind in formats:
            if kind == "xlsx" or (kind == "xpt" and standard == "rows"):
                continue
            name = f"{standard}/{one.name.lower()}.{_ENDINGS[kind]}"
            path = stage.path(name)
            path.parent.mkdir(exist_ok=True)
            if kind == "xpt":
                write_transport_file(one, path, made_at=at)
            else:
                path.write_bytes(writers[kind](one))
            written.append(name)
    whole: dict[str, bytes] = {}
    if "xlsx" in formats:
        whole[f"{standard}/{standard}.xlsx"] = excel_bytes(datasets, made_at=at)
    if define:
        ending = next((_ENDINGS[one] for one in ("xpt", *formats) if one in formats
                       and one in _ENDINGS), "xlsx")  # fmt: skip
        whole[f"{standard}/{define}"] = define_xml_bytes(
            datasets, study=study, protocol=agent, made_at=at, software=software, ending=ending
        )
    stage.write_all(whole)
    return [*written, *whole]


def _owned() -> tuple[str, ...]:
    """Every name that an export may write: an earlier run's files must not stay beside it."""
    found = [_FINDINGS]
    for standard in STANDARDS:
        names = list(_NAMES.get(standard, ()))
        names += [f"SUPP{name}" for name in names if standard == "sdtm"]
        if standard == "rows":
            names = [one.name for one in tabulate_rows(StudyRows(study="", as_of=date.max))]
        found += [f"{standard}/{n.lower()}.{end}" for n in names for end in _ENDINGS.values()]
        found += [f"{standard}/{standard}.xlsx", f"{standard}/define.xml"]
    return tuple(found)


def _findings(findings: Sequence[ConformanceFinding]) -> str:
    lines = ["check,dataset,row,words"]
    lines += [f'{one.check},{one.dataset},{one.row},"{one.words}"' for one in findings]
    return "\n".join(lines) + "\n"
