"""A made-up study that fills every domain, for examples."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hevesy.protocol import Criterion, PlannedVisit, ProtocolSite, StudyProtocol
from hevesy.trial.export.sdtm import Tabulation, build_sdtm
from hevesy.trial.rows import (
    DepartureRow,
    DoseRow,
    InjectionRow,
    LesionPlace,
    MeasurementRow,
    StudyRows,
)
from hevesy.trial.tables.sample import sample_rows

__all__ = ["sample_study", "sample_tabulation"]

_GIVEN = date(2026, 1, 10)


def sample_study() -> tuple[StudyRows, StudyProtocol]:
    """Three treated inclusions and a screening failure, with a row for every domain.

    Examples
    --------
    >>> rows, protocol = sample_study()
    >>> len(rows.injections), len(rows.doses), protocol.agent
    (4, 1, 'ImDendrim')
    """
    rows = sample_rows()
    protocol = StudyProtocol(
        name="A made-up study",
        nuclide="Re-188",
        agent="ImDendrim",
        route="intratumoral",
        sites=(ProtocolSite(name="S", timezone="UTC"),),
        criteria=(Criterion(name="size", words="a lesion of 10 mm or more"),),
        visits=(PlannedVisit(name="V0", day=-5), PlannedVisit(name="V1", day=41)),
    )
    inclusions = tuple(
        replace(
            row,
            consent_on=date(2026, 1, 4),
            consent_version="2",
            criteria={"size": row.eligible},
            failure_reason="" if row.eligible else "no appropriate lesion",
        )
        for row in rows.inclusions
    )
    named = replace(rows.events[0], administration="A1", ended_on=date(2026, 1, 12))
    made = replace(
        rows,
        inclusions=inclusions,
        lesions=tuple(
            LesionPlace(lesion=name, patient=f"P{name[1]}", organ="liver")
            for name in ("L1", "L1b", "L2", "L3", "L4")
        ),
        injections=(
            _injection("J1", "A1", "L1", 700.0),
            _injection("J2", "A1", "L1b", 410.0),
            _injection("J3", "A2", "L2", 2220.0),
            _injection("J4", "A3", "L3", 3700.0),
        ),
        departures=(
            DepartureRow(departure="D1", inclusion="I2", kind="dead", left_on=date(2026, 5, 2)),
        ),
        events=(named, *rows.events[1:]),
        measurements=(
            _measurement("M1", date(2026, 1, 5), "ALT", "31.50", "U/L"),
            _measurement("M2", date(2026, 2, 20), "ALT", "48", "U/L"),
            _measurement("M3", date(2026, 1, 10), "weight", "70.5", "kg"),
        ),
        doses=(
            DoseRow(
                dose="Q1", administration="A1", region="lesion 1", method="monte-carlo",
                mean_dose_gy=181.25, mean_dose_uncertainty_gy=22.0, lesion="L1", volume_ml=12.5,
                mass_g=13.0, metrics={"d70_gy": 120.0, "v100_share": 0.75},
            ),
        ),
    )  # fmt: skip
    return made, protocol


def sample_tabulation() -> tuple[StudyRows, StudyProtocol, Tabulation]:
    """Give the made-up study with its tabulated domains.

    Examples
    --------
    >>> rows, protocol, made = sample_tabulation()
    >>> len(rows.inclusions), len(made.subjects.all)
    (4, 4)
    """
    rows, protocol = sample_study()
    return rows, protocol, build_sdtm(rows, protocol)


def _injection(name: str, administration: str, lesion: str, net_mbq: float) -> InjectionRow:
    return InjectionRow(
        injection=name,
        administration=administration,
        lesion=lesion,
        started_at=datetime(2026, 1, 10, 8, 50, tzinfo=UTC),
        ended_at=datetime(2026, 1, 10, 9, tzinfo=UTC),
        net_mbq=net_mbq,
        net_uncertainty_mbq=net_mbq / 20,
        lot="B1",
    )


def _measurement(name: str, day: date, test: str, value: str, unit: str) -> MeasurementRow:
    limits = (Decimal(10), Decimal(40)) if unit == "U/L" else (None, None)
    return MeasurementRow(
        measurement=name,
        inclusion="I1",
        visit={5: "V0", 20: "V1"}.get(day.day, "treatment"),
        measured_on=day,
        test=test,
        value=Decimal(value),
        unit=unit,
        lower_normal=limits[0],
        upper_normal=limits[1],
    )
