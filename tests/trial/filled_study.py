"""A study's folder with the records of made-up rows, written through the store."""

from datetime import UTC, datetime, time
from pathlib import Path

from hevesy.store import tables as t
from hevesy.trial import StudyRows
from hevesy.workflows.study import init_study, open_study

PASSPHRASE = "correct horse battery"


def fill_study(folder: Path, rows: StudyRows) -> None:
    """Write rows as records; days are those of UTC."""
    init_study(folder, template="blank", user="ada", full_name="Ada", passphrase=PASSPHRASE)
    noon = time(12, tzinfo=UTC)
    with open_study(folder) as (_, store):
        with store.writing("ada", passphrase=PASSPHRASE) as writer:
            roles = ["investigator", "coordinator", "physicist", "pharmacist"]
            writer.add(t.Account(id="ines", full_name="I", roles=roles, passphrase_hash=""))
            writer.add(t.Site(id="S1", name="Hospital", timezone="UTC"))
        with store.writing("ines") as writer:
            for p in rows.patients:
                writer.add(t.Patient(id=p.patient, site="S1", sex=p.sex or None))
            for i in rows.inclusions:
                writer.add(
                    t.Inclusion(
                        id=i.inclusion, patient=i.patient, ecog=i.ecog, eligible=i.eligible,
                        at=datetime.combine(i.included_on, noon),
                    )
                )  # fmt: skip
                writer.add(
                    t.Screening(
                        id=f"{i.inclusion}-S", inclusion=i.inclusion,
                        screened_on=i.screened_on or i.included_on, age_years=i.age_years,
                        primary_tumour=i.primary_tumour or None,
                        treated_site=i.treated_site or None, prior_lines=i.prior_lines,
                    )
                )  # fmt: skip
            for place in rows.lesions:
                writer.add(t.Lesion(id=place.lesion, patient=place.patient, organ=place.organ))
            for a in rows.administrations:
                writer.add(
                    t.Administration(
                        id=a.administration, inclusion=a.inclusion, agent="a", nuclide="Re-188",
                        route="intratumoral", at=a.given_at, kind=a.kind, operator="ines",
                        activity_bq=a.activity_mbq * 1e6,
                    )
                )  # fmt: skip
            for e in rows.events:
                writer.add(
                    t.AdverseEvent(
                        id=e.event, inclusion=e.inclusion, term=e.term, grade=e.grade,
                        organ_class=e.organ_class, began_on=e.began_on,
                        related_agent=e.related_agent or None,
                        related_procedure=e.related_procedure or None,
                        generated=e.generated or None,
                    )
                )  # fmt: skip
            for s in rows.assessments:
                if s.role != "new":
                    writer.add(
                        t.LesionAssessment(
                            id=s.assessment, inclusion=s.inclusion, lesion=s.lesion, visit=s.visit,
                            assessed_on=s.assessed_on, role=s.role, status=s.status,
                            diameter_mm=s.diameter_mm, injected=s.injected,
                        )
                    )  # fmt: skip
            for d in rows.departures:
                writer.add(
                    t.Departure(
                        id=d.departure, inclusion=d.inclusion, kind=d.kind, left_on=d.left_on
                    )
                )
