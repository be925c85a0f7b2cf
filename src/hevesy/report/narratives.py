"""Narratives of serious adverse events as a document: HTML, or Word."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hevesy.report.trial_page import report_environment
from hevesy.report.trial_tables import GENERATED_MARK
from hevesy.report.trial_word import fix_properties, pack_without_times
from hevesy.trial import EventNarrative
from hevesy.units import MBQ_PER_MCI

__all__ = ["narrative_facts", "narrative_lead", "render_narratives_page", "render_narratives_word"]

_NOT_RECORDED = "not recorded"
_SEXES = {"F": "woman", "M": "man", "other": "person"}
_TITLE = "narratives of serious adverse events"
_BANNER = "Research use only, not a medical device."
_RULE = (
    "Put together from the study's records; what was not recorded is said to be so. Days since the "
    "injection count from its day, the duration includes the first and the last day."
)
_MADE_UP = f"{GENERATED_MARK} marks events that are generated: made up to fit published margins."


def narrative_lead(told: EventNarrative) -> str:
    """Say in a sentence who had what, and when.

    Examples
    --------
    >>> from datetime import date
    >>> from hevesy.trial import EventRow
    >>> event = EventRow(event="E", inclusion="I", term="Fever", organ_class="General", grade=3,
    ...                  began_on=date(2026, 1, 9))
    >>> narrative_lead(EventNarrative(event=event, inclusion=None, patient=None,
    ...     administration=None, injection_number=None, days_since_injection=None,
    ...     duration_days=None, cohort="", deadlines=(), departure=None))
    'A person (inclusion I) had Fever, grade 3, from 2026-01-09 on; no injection before it is on
    record.'
    """
    event, age = told.event, told.inclusion.age_years if told.inclusion else None
    person = _SEXES.get(told.patient.sex if told.patient else "", "person")
    who = f"{person} of {age} years" if age is not None else person
    days, number = told.days_since_injection, told.injection_number
    if days is None:
        since = "; no injection before it is on record."
    elif days < 0:
        since = f"; it is attributed to injection {number}, {_days(-days)} later."
    else:
        since = f", {_days(days)} after injection {number}."
    return (
        f"A {who} (inclusion {event.inclusion}) had {event.term}, grade {event.grade}, "
        f"from {event.began_on} on{since}"
    )


def _serious(count: int) -> str:
    return f"{count} serious event{'' if count == 1 else 's'}"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def narrative_facts(told: EventNarrative) -> tuple[tuple[str, str], ...]:
    """Give what is on record of a serious event: each matter and what is said of it.

    Parameters
    ----------
    told : EventNarrative

    Returns
    -------
    tuple of (str, str)
        "not recorded" where nothing is.

    Examples
    --------
    >>> from datetime import date
    >>> from hevesy.trial import EventRow
    >>> event = EventRow(event="E", inclusion="I", term="Fever", organ_class="General", grade=3,
    ...                  began_on=date(2026, 1, 9), ctcae="5.0")
    >>> told = EventNarrative(event=event, inclusion=None, patient=None, administration=None,
    ...     injection_number=None, days_since_injection=None, duration_days=None, cohort="",
    ...     deadlines=(), departure=None)
    >>> dict(narrative_facts(told))["Grade"], dict(narrative_facts(told))["Outcome"]
    ('3, CTCAE 5.0', 'not recorded')
    """
    event = told.event
    facts = [
        ("Event", f"{event.term} ({event.organ_class}), record {event.event}"),
        ("Grade", f"{event.grade}, CTCAE {event.ctcae or 'version not recorded'}"),
        ("Seriousness", event.seriousness),
        ("Began, ended", _span(told)),
        ("Outcome", event.outcome),
        ("Related to the agent", event.related_agent),
        ("Related to the procedure", event.related_procedure),
        ("Expected", _yes(event.expected)),
        ("Action taken", event.action_taken),
        *_patient_facts(told),
        *_injection_facts(told),
        ("Known to the site", _moment(event.aware_at)),
        *((one.report, _deadline(one.state, one.due_at, one.reported_at))
          for one in told.deadlines),
        ("Left the study", _departure(told)),
    ]  # fmt: skip
    return tuple((what, " ".join(said.split()) or _NOT_RECORDED) for what, said in facts)


def _span(told: EventNarrative) -> str:
    event = told.event
    if event.ended_on is None or told.duration_days is None:
        return f"{event.began_on}, end {_NOT_RECORDED}"
    return f"{event.began_on} to {event.ended_on} ({_days(told.duration_days)})"


def _patient_facts(told: EventNarrative) -> list[tuple[str, str]]:
    seen, patient = told.inclusion, told.patient
    if seen is None:
        return [("Patient", "")]
    site = f", site {patient.site}" if patient is not None else ""
    parts = [
        ("ECOG", "" if seen.ecog is None else str(seen.ecog)),
        ("prior lines", "" if seen.prior_lines is None else str(seen.prior_lines)),
        ("tumour", seen.primary_tumour),
        ("treated", seen.treated_site),
    ]
    known = [f"{what} {said}" for what, said in parts if said]
    return [
        ("Patient", f"{seen.patient}{site}, included {seen.included_on}"),
        ("At inclusion", "; ".join(known)),
    ]


def _injection_facts(told: EventNarrative) -> list[tuple[str, str]]:
    given = told.administration
    if given is None:
        return [("Injection", "none before the event is on record")]
    spread = given.activity_uncertainty_mbq
    activity = f"{given.activity_mbq:.5g}"
    if spread is not None:
        activity = f"{given.activity_mbq:.5g} ± {spread:.2g}"
    passes = "" if given.needle_passes is None else f", {given.needle_passes} needle passes"
    lesions = f"lesions {', '.join(given.lesions)}" if given.lesions else "lesions not recorded"
    facts = [
        ("Injection", f"{given.administration}, number {told.injection_number}, {given.given_on}"),
        ("Activity", f"{activity} MBq ({given.activity_mbq / MBQ_PER_MCI:.4g} mCi), {given.kind}"),
        ("Injected", f"{lesions}{passes}"),
    ]
    return [*facts, ("Activity cohort", told.cohort)] if told.cohort else facts


def _deadline(state: str, due_at: datetime | None, reported_at: datetime | None) -> str:
    due = "" if due_at is None else f", due {_moment(due_at)}"
    done = "" if reported_at is None else f", reported {_moment(reported_at)}"
    return f"{state.upper() if state == 'overdue' else state}{due}{done}"


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(sep=" ", timespec="minutes")


def _yes(answer: bool | None) -> str:
    return "" if answer is None else "yes" if answer else "no"


def _departure(told: EventNarrative) -> str:
    gone = told.departure
    if gone is None:
        return "no departure on record"
    return f"{gone.left_on}: {gone.kind}" + (f" ({gone.reason})" if gone.reason else "")


def _heading(number: int, told: EventNarrative) -> str:
    mark = f" {GENERATED_MARK}" if told.generated else ""
    return f"{number}. {told.event.term}, grade {told.event.grade}: {told.event.inclusion}{mark}"


def _words(told: EventNarrative) -> list[str]:
    """The recorded narrative, by paragraph."""
    lines = [" ".join(line.split()) for line in told.event.narrative.splitlines()]
    return [line for line in lines if line] or ["No narrative is on record."]


def _notes(narratives: Sequence[EventNarrative], as_of: datetime) -> list[str]:
    notes = [f"{_serious(len(narratives))}, as on record {_moment(as_of)}. {_RULE}"]
    if any(told.generated for told in narratives):
        notes.append(_MADE_UP)
    return notes


def render_narratives_page(
    study: str, narratives: Sequence[EventNarrative], *, as_of: datetime
) -> str:
    """Render the narratives as one page of HTML that needs nothing but itself.

    Parameters
    ----------
    study : str
        Its name.
    narratives : sequence of EventNarrative
    as_of : datetime
        Aware: when the records were read.

    Returns
    -------
    str

    Examples
    --------
    >>> from datetime import UTC
    >>> page = render_narratives_page("A study", [], as_of=datetime(2026, 2, 1, tzinfo=UTC))
    >>> "0 serious events, as on record 2026-02-01 00:00+00:00" in page
    True
    """
    return str(
        report_environment()
        .get_template("narratives.html.j2")
        .render(
            study=study,
            banner=_BANNER,
            notes=_notes(narratives, as_of),
            told=[
                (_heading(i, one), narrative_lead(one), narrative_facts(one), _words(one))
                for i, one in enumerate(narratives, 1)
            ],
        )
    )


def render_narratives_word(
    study: str, narratives: Sequence[EventNarrative], *, as_of: datetime
) -> bytes:
    """Render the narratives as .docx; the same records and moment give the same bytes.

    Parameters
    ----------
    study : str
        Its name.
    narratives : sequence of EventNarrative
    as_of : datetime
        Aware: when the records were read.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from datetime import UTC
    >>> render_narratives_word("A study", [], as_of=datetime(2026, 2, 1, tzinfo=UTC))[:2]
    b'PK'
    """
    import docx
    from docx.shared import Mm, Pt

    document = docx.Document()
    document.styles["Normal"].font.size = Pt(10)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(page, side, Mm(20))
    document.add_heading(f"{study}: {_TITLE}", 0)
    for note in (_BANNER, *_notes(narratives, as_of)):
        document.add_paragraph(note)
    for i, told in enumerate(narratives, 1):
        document.add_heading(_heading(i, told), 1)
        document.add_paragraph(narrative_lead(told))
        _add_facts(document, narrative_facts(told))
        document.add_heading("As recorded", 2)
        for words in _words(told):
            document.add_paragraph(words)
    fix_properties(document, f"{study}: {_TITLE}")
    buffer = io.BytesIO()
    document.save(buffer)
    return pack_without_times(buffer.getvalue())


def _add_facts(document: Any, facts: Sequence[tuple[str, str]]) -> None:
    from docx.shared import Mm

    drawn = document.add_table(rows=len(facts), cols=2)
    drawn.style = "Light List Accent 1"
    drawn.autofit = False
    for (what, said), row in zip(facts, drawn.rows, strict=True):
        for text, width_mm, cell in zip((what, said), (48, 122), row.cells, strict=True):
            cell.width = Mm(width_mm)
            cell.paragraphs[0].add_run(text).bold = text == what
