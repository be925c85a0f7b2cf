"""A made-up study of 300 patients with 600 lesions, from its rows to Dataset-JSON and XPT.

python -m benchmarks.trial_export           from rows
python -m benchmarks.trial_export folder    from a study's folder: reading the database included
"""

import random
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tests.trial.filled_study import fill_study

from benchmarks import trial_report
from hevesy.protocol import PlannedVisit, ProtocolSite, StudyProtocol
from hevesy.store import tables as t
from hevesy.trial import (
    AdministrationRow,
    AssessmentRow,
    DepartureRow,
    DoseRow,
    EventRow,
    InclusionRow,
    InjectionRow,
    LesionPlace,
    MeasurementRow,
    PatientRow,
    StudyRows,
)
from hevesy.workflows.study import open_study
from hevesy.workflows.trial_export import export_folder, make_datasets, write_export

PATIENTS, LESIONS_EACH, EVENTS_EACH = 300, 2, 5
SEED = 188
LIMIT_S = 30.0
_FIRST = date(2024, 1, 8)
_VISITS = (("baseline", -7), ("week 6", 42), ("month 3", 91), ("month 6", 182))
_TESTS = (("neutrophils", "10^9/L", 4.0), ("platelets", "10^9/L", 220.0),
          ("haemoglobin", "g/L", 130.0), ("creatinine", "umol/L", 80.0),
          ("ALT", "U/L", 30.0), ("weight", "kg", 70.0))  # fmt: skip

PROTOCOL = StudyProtocol(
    name="A made-up study", nuclide="Re-188", agent="ImDendrim", route="intratumoral",
    sites=(ProtocolSite(name="S", timezone="UTC"),),
    visits=tuple(PlannedVisit(name=name, day=day) for name, day in _VISITS),
)  # fmt: skip


def make_rows() -> StudyRows:
    """Rows of everybody, drawn from one seed."""
    draw = random.Random(SEED)
    parts: dict[str, list[object]] = {
        name: [] for name in ("patients", "inclusions", "lesions", "administrations", "injections",
                              "departures", "events", "measurements", "assessments", "doses")
    }  # fmt: skip
    for n in range(1, PATIENTS + 1):
        _patient(parts, n, draw)
    return StudyRows(
        study=PROTOCOL.name,
        as_of=date(2026, 1, 1),
        **{name: tuple(own) for name, own in parts.items()},  # type: ignore[arg-type]
    )


def _patient(parts: dict[str, list[object]], n: int, draw: random.Random) -> None:
    day = _FIRST + timedelta(days=n)
    start = day + timedelta(days=7)
    name, given = f"I{n}", f"A{n}"
    end = datetime(start.year, start.month, start.day, 10, tzinfo=UTC)
    parts["patients"].append(PatientRow(patient=f"P{n}", site="S1", sex="FM"[n % 2]))
    parts["inclusions"].append(
        InclusionRow(inclusion=name, patient=f"P{n}", included_on=day, eligible=True,
                     screened_on=day, age_years=40 + n % 40, ecog=n % 3, consent_on=day)
    )  # fmt: skip
    lesions = tuple(f"L{n}-{k}" for k in range(1, LESIONS_EACH + 1))
    parts["administrations"].append(
        AdministrationRow(administration=given, inclusion=name, given_at=end, given_on=start,
                          activity_mbq=1500.0 * len(lesions), lesions=lesions)
    )  # fmt: skip
    for lesion in lesions:
        parts["lesions"].append(LesionPlace(lesion=lesion, patient=f"P{n}", organ="liver"))
        parts["injections"].append(
            InjectionRow(injection=f"J{lesion}", administration=given, lesion=lesion,
                         started_at=end - timedelta(minutes=9), ended_at=end, net_mbq=1500.0)
        )  # fmt: skip
        dose_gy = draw.uniform(20.0, 400.0)
        parts["doses"].append(
            DoseRow(dose=f"D{lesion}", administration=given, region=lesion, method="monte-carlo",
                    mean_dose_gy=dose_gy, mean_dose_uncertainty_gy=dose_gy / 8, lesion=lesion,
                    volume_ml=12.0, mass_g=12.6,
                    metrics={"d98_gy": dose_gy / 3, "d70_gy": dose_gy / 2, "d2_gy": dose_gy * 2,
                             "eud_gy": dose_gy / 2, "bed_gy": dose_gy * 1.2})
        )  # fmt: skip
        size = draw.uniform(15.0, 60.0)
        for visit, after in _VISITS:
            size *= draw.uniform(0.8, 1.1)
            parts["assessments"].append(
                AssessmentRow(assessment=f"S{lesion}-{after}", inclusion=name, lesion=lesion,
                              visit=visit, assessed_on=start + timedelta(days=after),
                              role="target", status="present", organ="liver", injected=True,
                              diameter_mm=Decimal(f"{size:.1f}"), density_hu=Decimal("45"))
            )  # fmt: skip
    for visit, after in _VISITS:
        for test, unit, middle in _TESTS:
            parts["measurements"].append(
                MeasurementRow(measurement=f"M{n}-{after}-{test}", inclusion=name, visit=visit,
                               measured_on=start + timedelta(days=after), test=test, unit=unit,
                               value=Decimal(f"{middle * draw.uniform(0.7, 1.3):.1f}"))
            )  # fmt: skip
    for k in range(EVENTS_EACH):
        began = start + timedelta(days=draw.randrange(0, 90))
        parts["events"].append(
            EventRow(event=f"E{n}-{k}", inclusion=name, term=f"Term {draw.randrange(40)}",
                     organ_class="Class", grade=1 + k % 3, began_on=began, administration=given,
                     related_agent="possible", related_procedure="unlikely", ctcae="5.0")
        )  # fmt: skip
    if n % 5 == 0:
        parts["departures"].append(
            DepartureRow(departure=f"X{n}", inclusion=name, kind="dead",
                         left_on=start + timedelta(days=200))
        )  # fmt: skip


def run() -> dict[str, float]:
    """Seconds of making with its checks, and of writing; rows; GB of this process."""
    rows = make_rows()
    begin = time.perf_counter()
    made = make_datasets(rows, PROTOCOL, standards=["sdtm", "adam"])
    between = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_export(made, Path(folder) / "out", formats=["dataset-json", "xpt"],
                     agent=PROTOCOL.agent, stated_on=date(2026, 1, 1))  # fmt: skip
    end = time.perf_counter()
    return {
        "made_s": between - begin,
        "written_s": end - between,
        "rows": float(sum(len(one.rows) for one in made.datasets)),
        "findings": float(len(made.findings)),
        "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def fill_folder(folder: Path) -> StudyRows:
    """A study's database: 300 patients and more treated, 6 scans and a result each, 24 values each.

    Not timed. Terms as they are typed, without the blanks at the end that a transport file refuses.
    """
    rows = trial_report.study_rows()
    rows = replace(rows, events=tuple(replace(one, term=one.term.strip()) for one in rows.events))
    fill_study(folder, rows)
    trial_report.add_results(folder, rows)
    draw = random.Random(SEED)
    with open_study(folder) as (_, store), store.writing("ines") as writer:
        for one in rows.inclusions:
            for visit, after in _VISITS:
                for test, unit, middle in _TESTS:
                    writer.add(
                        t.Measurement(
                            id=f"{one.inclusion}-{after}-{test}", inclusion=one.inclusion,
                            visit=visit, measured_on=one.included_on + timedelta(days=7 + after),
                            test=test, unit=unit,
                            value=Decimal(f"{middle * draw.uniform(0.7, 1.3):.1f}"),
                        )
                    )  # fmt: skip
    return rows


def run_folder() -> dict[str, float]:
    """Seconds of wall and of CPU from the study's folder to Dataset-JSON and XPT."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "study"
        rows = fill_folder(folder)
        wall, cpu = time.perf_counter(), time.process_time()
        done = export_folder(folder, Path(place) / "out", formats=["dataset-json", "xpt"],
                             standards=["sdtm", "adam"])  # fmt: skip
        return {
            "folder_s": time.perf_counter() - wall,
            "folder_cpu_s": time.process_time() - cpu,
            "administrations": float(len(rows.administrations)),
            "lesions": float(len(rows.lesions)),
            "scans": float(trial_report.SCANS * len(rows.administrations)),
            "rows": float(sum(len(one.rows) for one in done.made.datasets)),
            "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        }


if __name__ == "__main__":
    for key, value in (run_folder() if sys.argv[1:] == ["folder"] else run()).items():
        print(f"{key:16s} {value:.2f}")
