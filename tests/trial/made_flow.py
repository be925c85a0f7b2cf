"""Rows made for the tests of a study's conduct."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hevesy.protocol import Criterion, EventRules, ListedDeparture, ProtocolSite, StudyProtocol
from hevesy.trial import AdministrationRow, DepartureRow, InclusionRow, PatientRow, StudyRows

DAY = date(2024, 3, 1)


def protocol(**changes: Any) -> StudyProtocol:
    """A protocol with the paper's listed reasons, an ECOG criterion and CTCAE 5.0."""
    return StudyProtocol(
        **{
            "name": "made", "nuclide": "Re-188", "agent": "A", "route": "intratumoral",
            "sites": (ProtocolSite(name="S", timezone="UTC"),),
            "criteria": (
                Criterion(name="ECOG", words="2 or less", measure="ecog", highest_value=2),
                Criterion(name="age", words="18 or older", measure="age_years", lowest_value=18),
            ),
            "screen_failures": ("no appropriate lesion", "ineligible examination results",
                                "consent withdrawn by the family"),
            "departures": (ListedDeparture(kind="lost to follow-up"),
                           ListedDeparture(kind="refused",
                                           reason="refused subsequent treatment"),
                           ListedDeparture(kind="dead")),
            "events": EventRules(ctcae="5.0"),
            **changes,
        }
    )  # fmt: skip


def inclusion(number: int, **changes: Any) -> InclusionRow:
    values: dict[str, Any] = {
        "inclusion": f"I{number}", "patient": f"P{number}", "included_on": DAY, "eligible": True,
        "screened_on": DAY - timedelta(days=3), "criteria": {"ECOG": True, "age": True}, "ecog": 1,
        "age_years": 60,
    }  # fmt: skip
    return InclusionRow(**{**values, **changes})


def given(number: int, **changes: Any) -> AdministrationRow:
    day = DAY + timedelta(days=4)
    values: dict[str, Any] = {
        "administration": f"A{number}", "inclusion": f"I{number}", "given_on": day,
        "given_at": datetime(day.year, day.month, day.day, 10, tzinfo=UTC),
        "activity_mbq": 1500.0,
    }  # fmt: skip
    return AdministrationRow(**{**values, **changes})


def gone(number: int, kind: str, reason: str = "", days: int = 60) -> DepartureRow:
    return DepartureRow(departure=f"D{number}", inclusion=f"I{number}", kind=kind, reason=reason,
                        left_on=DAY + timedelta(days=days))  # fmt: skip


def rows(inclusions: Sequence[InclusionRow], **more: Any) -> StudyRows:
    patients = {row.patient: PatientRow(patient=row.patient, site="S") for row in inclusions}
    return StudyRows(
        study="made", as_of=DAY + timedelta(days=365), inclusions=tuple(inclusions),
        patients=tuple(patients.values()), **more,
    )  # fmt: skip


def paper() -> StudyRows:
    """The counts of Jin et al. 2025, Figure 1: 51; 4, 4, 1; 42; 4, 2; 36."""
    failures = (
        ["no appropriate lesion"] * 4
        + ["ineligible examination results"] * 4
        + ["consent withdrawn by the family"]
    )
    failed = [
        inclusion(43 + n, eligible=False, failure_reason=reason, criteria={})
        for n, reason in enumerate(failures)
    ]
    left = [gone(n, "lost to follow-up") for n in range(1, 5)]
    left += [gone(n, "refused", "refused subsequent treatment") for n in (5, 6)]
    return rows(
        [inclusion(n) for n in range(1, 43)] + failed,
        administrations=tuple(given(n) for n in range(1, 43)),
        departures=tuple(left),
    )
