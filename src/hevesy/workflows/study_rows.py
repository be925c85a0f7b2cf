"""A study's records as rows: what its tables, figures, checks and exports are made from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hevesy.store import Reader, Record
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
    VisitRow,
)

__all__ = ["read_study_rows"]

_BQ_PER_MBQ = 1e6
_SAME_IN_BOTH: Mapping[type[Any], tuple[str, ...]] = {
    VisitRow: ("inclusion", "name", "visited_on", "ecog"),
    DepartureRow: ("inclusion", "kind", "left_on", "reason"),
    EventRow: (
        "inclusion", "term", "organ_class", "grade", "began_on", "administration", "ctcae",
        "ended_on", "outcome", "related_agent", "related_procedure", "serious", "seriousness",
        "expected", "aware_at", "reported_at", "authority_reported_at", "action_taken", "narrative",
    ),
    MeasurementRow: (
        "inclusion", "visit", "measured_on", "test", "value", "unit", "lower_normal",
        "upper_normal",
    ),
    AssessmentRow: (
        "inclusion", "lesion", "visit", "assessed_on", "role", "status", "diameter_mm", "too_small",
        "node", "injected", "density_hu", "blood_supply",
    ),
}  # fmt: skip


def read_study_rows(reader: Reader, *, study: str, as_of: date) -> StudyRows:
    """Read a study's rows as they hold now.

    Days and moments are those of the patient's site. Doses are those of each administration's
    newest result; withdrawn or corrected records show as their last version.

    Parameters
    ----------
    reader : Reader
    study : str
        Its name.
    as_of : date
        Today, at the study.

    Returns
    -------
    StudyRows

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from hevesy.workflows.study import init_study, open_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder) / "trial"
    ...     _ = init_study(place, template="blank", user="ada", full_name="Ada",
    ...                    passphrase="a long passphrase")
    ...     with open_study(place) as (file, store), store.reading() as reader:
    ...         read_study_rows(reader, study="A study", as_of=date(2026, 1, 9)).patients
    ()
    """
    zones = {site.id: ZoneInfo(site.timezone) for site in reader.each(t.Site)}
    patients = reader.all(t.Patient)
    zone_of_patient = {row.id: zones[row.site] for row in patients}
    inclusions = reader.all(t.Inclusion)
    zone_of = {row.id: zone_of_patient[row.patient] for row in inclusions}
    lesions = reader.all(t.Lesion)
    organs = {row.id: row.organ for row in lesions}
    return StudyRows(
        study=study,
        as_of=as_of,
        patients=tuple(
            PatientRow(patient=row.id, site=row.site, sex=row.sex or "", birth_year=row.birth_year)
            for row in patients
        ),
        inclusions=_inclusions(reader, inclusions, zone_of),
        lesions=tuple(
            LesionPlace(
                lesion=row.id,
                patient=row.patient,
                organ=row.organ,
                longest_diameter_mm=row.longest_diameter_mm,
            )
            for row in lesions
        ),
        administrations=_administrations(reader, zone_of),
        injections=_injections(reader, zone_of),
        visits=tuple(_rows(reader, t.Visit, VisitRow, "visit")),
        departures=tuple(_rows(reader, t.Departure, DepartureRow, "departure")),
        events=tuple(_rows(reader, t.AdverseEvent, EventRow, "event")),
        measurements=tuple(_rows(reader, t.Measurement, MeasurementRow, "measurement")),
        assessments=tuple(
            _rows(reader, t.LesionAssessment, AssessmentRow, "assessment", organs=organs)
        ),
        doses=_doses(reader),
    )


def _rows(
    reader: Reader,
    table: type[Record],
    kind: type[Any],
    key: str,
    *,
    organs: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """Records that have the same columns as their row; what was not given keeps its default."""
    columns = _SAME_IN_BOTH[kind]
    for record in reader.each(table):
        found = {name: getattr(record, name) for name in columns}
        values = {name: value for name, value in found.items() if value is not None}
        if organs is not None:
            values["organ"] = organs[values["lesion"]]
        yield kind(
            **{key: record.id}, **values, generated=bool(getattr(record, "generated", False))
        )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _inclusions(
    reader: Reader, inclusions: tuple[t.Inclusion, ...], zone_of: Mapping[str, ZoneInfo]
) -> tuple[InclusionRow, ...]:
    screenings = {row.inclusion: row for row in reader.each(t.Screening)}
    return tuple(_inclusion(row, screenings.get(row.id), zone_of[row.id]) for row in inclusions)


def _inclusion(row: t.Inclusion, seen: t.Screening | None, zone: ZoneInfo) -> InclusionRow:
    consent = row.consent_at
    known: dict[str, Any] = {}
    if seen is not None:
        for name in (
            "screened_on", "waivers", "evidence", "failure_reason", "age_years", "prior_lines",
            "primary_tumour", "treated_site", "consent_version", "board_on", "board_decision",
            "generated",
        ):  # fmt: skip
            value = getattr(seen, name)
            if value is not None:
                known[name] = value
    return InclusionRow(
        inclusion=row.id,
        patient=row.patient,
        included_on=_day(row.at, zone),
        eligible=row.eligible,
        criteria=row.criteria or {},
        ecog=row.ecog,
        violation=row.violation or "",
        consent_on=None if consent is None else _day(consent, zone),
        **known,
    )


def _administrations(
    reader: Reader, zone_of: Mapping[str, ZoneInfo]
) -> tuple[AdministrationRow, ...]:
    injected: dict[str, list[str]] = {}
    passes: dict[str, list[int | None]] = {}
    for injection in reader.each(t.Injection):
        passes.setdefault(injection.administration, []).append(injection.needle_passes)
        lesions = injected.setdefault(injection.administration, [])
        if injection.lesion not in lesions:
            lesions.append(injection.lesion)
    return tuple(
        AdministrationRow(
            administration=row.id,
            inclusion=row.inclusion,
            given_at=row.at.astimezone(zone_of[row.inclusion]),
            given_on=_day(row.at, zone_of[row.inclusion]),
            activity_mbq=row.activity_bq / _BQ_PER_MBQ,
            activity_uncertainty_mbq=_mbq(row.activity_uncertainty_bq),
            prescribed_mbq=_mbq(row.prescribed_bq),
            kind=row.kind,
            lesions=tuple(injected.get(row.id, ())),
            needle_passes=_sum(passes.get(row.id, [])),
            generated=bool(row.generated),
        )
        for row in reader.each(t.Administration)
    )


def _sum(passes: Sequence[int | None]) -> int | None:
    known = [count for count in passes if count is not None]
    return sum(known) if known and len(known) == len(passes) else None


def _injections(reader: Reader, zone_of: Mapping[str, ZoneInfo]) -> tuple[InjectionRow, ...]:
    zones = {row.id: zone_of[row.inclusion] for row in reader.each(t.Administration)}
    vials = {row.id: row.batch for row in reader.each(t.Vial)}
    batches = {row.id: vials.get(row.vial, "") for row in reader.each(t.Syringe)}
    return tuple(
        InjectionRow(
            injection=row.id,
            administration=row.administration,
            lesion=row.lesion,
            started_at=row.started_at.astimezone(zones[row.administration]),
            ended_at=row.ended_at.astimezone(zones[row.administration]),
            net_mbq=row.net_bq / _BQ_PER_MBQ,
            net_uncertainty_mbq=_mbq(row.net_uncertainty_bq),
            lot=batches.get(row.syringe or "", ""),
        )
        for row in reader.each(t.Injection)
    )


def _mbq(activity_bq: float | None) -> float | None:
    return None if activity_bq is None else activity_bq / _BQ_PER_MBQ


def _doses(reader: Reader) -> tuple[DoseRow, ...]:
    newest: dict[str, tuple[datetime, str]] = {}
    metrics: dict[tuple[str, str], dict[str, float]] = {}
    for result in reader.each(t.Result):
        if result.kind != "dose":
            continue
        at, _ = newest.get(result.administration, (None, ""))
        if at is None or result.computed_at > at:
            newest[result.administration] = (result.computed_at, result.id)
    chosen = {name for _, name in newest.values()}
    for name in sorted(chosen):
        content = reader.get(t.Result, name).content
        for region, found in _metrics(json.loads(content)):
            metrics[name, region] = found
    return tuple(
        DoseRow(
            dose=row.id,
            administration=row.administration,
            region=row.region,
            method=row.method,
            mean_dose_gy=row.mean_dose_gy,
            mean_dose_uncertainty_gy=row.mean_dose_uncertainty_gy,
            lesion=row.lesion or "",
            volume_ml=row.volume_ml,
            mass_g=row.mass_g,
            metrics=metrics.get((row.result, row.region), {}),
        )
        for row in reader.each(t.Dose)
        if row.result in chosen
    )


def _metrics(result: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, float]]]:
    """Figures of each region beyond its mean dose; a histogram that does not hold gives none."""
    for region in result.get("regions", ()):
        found: dict[str, float] = {}
        dvh = region.get("dvh")
        if dvh is not None and dvh["valid"]:
            found |= {key: dvh[key] for key in ("d98_gy", "d70_gy", "d50_gy", "d2_gy")}
            for at in dvh["volume_shares_at"]:
                found[f"v{at['dose_gy']:g}_share"] = at["volume_share"]
        if region.get("eud_gy") is not None:
            found["eud_gy"] = region["eud_gy"]
        for bed in region.get("beds", ()):
            found.setdefault("bed_gy", bed["bed_gy"])
        yield region["name"], found
