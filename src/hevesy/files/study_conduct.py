"""What study.toml says of the patients' course, as the values of `hevesy.protocol`."""

from typing import Any

from hevesy.files.case_quantities import activity_bq, duration_s
from hevesy.files.study_models import EventsModel, StudyModel
from hevesy.protocol import (
    ActivityCohort,
    AnalysisUnits,
    EventRules,
    ListedDeparture,
    PlannedVisit,
    ResponseProtocol,
)

__all__ = ["LATER_TABLES", "study_conduct"]

LATER_TABLES = ("cohort", "visit", "events", "response", "screening", "departure", "units")
"""Tables that the first study.toml files did not know: no part of the content where left out."""


def study_conduct(model: StudyModel) -> dict[str, Any]:
    """Give cohorts, visits, events' rules, response, listed reasons and units of analysis.

    Parameters
    ----------
    model : StudyModel

    Returns
    -------
    dict of str to object
        Arguments of `hevesy.protocol.StudyProtocol`.

    Examples
    --------
    >>> site = {"name": "A", "timezone": "UTC"}
    >>> model = StudyModel(name="A", nuclide="Re-188", agent="B", route="intratumoral", site=[site])
    >>> study_conduct(model)["events"].susar_other_s / 86400
    15.0
    """
    response = model.response
    return {
        "cohorts": tuple(
            ActivityCohort(
                name=cohort.name,
                low_bq=_activity_bq(cohort.low, f"cohort[{n}].low"),
                high_bq=_activity_bq(cohort.high, f"cohort[{n}].high"),
            )
            for n, cohort in enumerate(model.cohort or (), start=1)
        ),
        "visits": tuple(PlannedVisit(**visit.model_dump()) for visit in model.visit or ()),
        "events": _event_rules(model.events),
        "response": None if response is None else ResponseProtocol(**response.model_dump()),
        "screen_failures": tuple(model.screening.failures) if model.screening else (),
        "departures": tuple(ListedDeparture(**one.model_dump()) for one in model.departure or ()),
        "units": AnalysisUnits(**model.units.model_dump()) if model.units else AnalysisUnits(),
    }


def _activity_bq(text: str | None, what: str) -> float | None:
    return None if text is None else activity_bq(text, what)


def _event_rules(model: EventsModel | None) -> EventRules:
    if model is None:
        return EventRules()
    usual = EventRules()
    return EventRules(
        ctcae=model.ctcae,
        sae_report_s=duration_s(model.sae_report, "events.sae_report") or usual.sae_report_s,
        susar_fatal_s=duration_s(model.susar_fatal, "events.susar_fatal") or usual.susar_fatal_s,
        susar_other_s=duration_s(model.susar_other, "events.susar_other") or usual.susar_other_s,
    )
