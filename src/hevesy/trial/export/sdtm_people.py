"""DM, DS and IE: who was screened, what became of them, which criteria they did not meet."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from hevesy.protocol import StudyProtocol
from hevesy.trial.eligibility import judge_eligibility
from hevesy.trial.export.draft import GENERATED, Draft, Qualifier
from hevesy.trial.export.subjects import Subject, Subjects, iso
from hevesy.trial.rows import InclusionRow, StudyRows

__all__ = ["draft_criteria", "draft_demographics", "draft_disposition"]

_SEXES = {"F": "F", "M": "M"}
_MOST_BYTES = 200
_DECODED = {
    "lost to follow-up": "LOST TO FOLLOW-UP",
    "refused": "WITHDRAWAL BY SUBJECT",
    "withdrawn": "WITHDRAWAL BY SUBJECT",
    "dead": "DEATH",
    "died": "DEATH",
    "death": "DEATH",
    "completed": "COMPLETED",
}


def draft_demographics(
    subjects: Subjects,
    protocol: StudyProtocol,
    moments: Mapping[str, tuple[datetime, datetime]],
) -> Iterator[Draft]:
    """Draft DM: every subject who was screened, screening failures among them.

    Parameters
    ----------
    subjects : Subjects
    protocol : StudyProtocol
    moments : mapping of str to (datetime, datetime)
        Start and end of each administration.

    Yields
    ------
    Draft
        With the person's name and, where it can't be said in SEX, the sex as recorded.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> moments = {one.administration: (one.given_at, one.given_at) for one in rows.administrations}
    >>> found = draft_demographics(made.subjects, protocol, moments)
    >>> [draft.cells["ARMNRS"] for draft in found]
    [None, None, None, 'SCREEN FAILURE']
    """
    for subject in subjects.all:
        lead, patient = subject.lead, subject.patient
        given = [moments[dose.administration] for dose in subject.administrations]
        start = iso(min((first for first, _ in given), default=None))
        end = iso(max((last for _, last in given), default=None))
        gone = subject.departure
        left = None if gone is None else iso(gone.left_on)
        yield Draft(
            source=("subject", subject.subjid),
            cells={
                "USUBJID": subject.usubjid,
                "SUBJID": subject.subjid,
                "RFSTDTC": start,
                "RFENDTC": end,
                "RFXSTDTC": start,
                "RFXENDTC": end,
                "RFICDTC": iso(lead.consent_on),
                "RFPENDTC": left,
                "DTHDTC": left if subject.died else None,
                "DTHFL": "Y" if subject.died else None,
                "SITEID": patient.site,
                "BRTHDTC": None if patient.birth_year is None else f"{patient.birth_year:04d}",
                "AGE": lead.age_years,
                "AGEU": None if lead.age_years is None else "YEARS",
                "SEX": _SEXES.get(patient.sex, "U"),
                **_arms(subject, protocol),
                "DMDTC": iso(lead.screened_on),
                "DMDY": subject.day(lead.screened_on),
            },
            qualifiers=(
                Qualifier(name="PERSONID", label="Identifier of the Person", value=patient.patient),
                Qualifier(
                    name="SEXREC",
                    label="Sex as Recorded",
                    value="" if patient.sex in {"F", "M", ""} else patient.sex,
                ),
                Qualifier(name="PRIMTUM", label="Primary Tumor", value=lead.primary_tumour),
                Qualifier(name="TRTDSITE", label="Treated Site", value=lead.treated_site),
                Qualifier(name="PRLINES", label="Number of Prior Lines of Therapy",
                          value="" if lead.prior_lines is None else str(lead.prior_lines)),
                Qualifier(name="ECOGBL", label="ECOG Performance Status at Inclusion",
                          value="" if lead.ecog is None else str(lead.ecog)),
                *([GENERATED] if any(row.generated for row in subject.inclusions) else []),
            ),
        )  # fmt: skip


def _arms(subject: Subject, protocol: StudyProtocol) -> dict[str, str | None]:
    arm, code = protocol.agent, "TREATED"
    if subject.administrations:
        return {"ARMCD": code, "ARM": arm, "ACTARMCD": code, "ACTARM": arm, "ARMNRS": None}
    if any(row.eligible for row in subject.inclusions):
        return {"ARMCD": code, "ARM": arm, "ARMNRS": "ASSIGNED, NOT TREATED"}
    return {"ARMNRS": "SCREEN FAILURE"}


def draft_disposition(rows: StudyRows, subjects: Subjects) -> Iterator[Draft]:
    """Draft DS: consent and enrolment, screening failures, departures with their reason.

    "refused" and "withdrawn" are both WITHDRAWAL BY SUBJECT; DSTERM keeps the recorded words.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects

    Yields
    ------
    Draft
        Several of one inclusion, each with the kind of its milestone in its source.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [d.cells["DSDECOD"] for d in draft_disposition(rows, made.subjects)][:1]
    ['INFORMED CONSENT OBTAINED']
    """
    treated = rows.treated
    for row in rows.inclusions:
        milestones = []
        if row.consent_on is not None:
            said = f"informed consent, {row.consent_version}" if row.consent_version else ""
            milestones.append(
                ("INFORMED CONSENT OBTAINED", said or "informed consent", row.consent_on)
            )
        if row.eligible or row.inclusion in treated:
            milestones.append(("ENROLLED", "enrolled", row.included_on))
        else:
            reason = row.failure_reason or "no reason recorded"
            milestones.append(("SCREEN FAILURE", reason, row.included_on))
        for decoded, term, day in milestones:
            yield _disposition(subjects, row.inclusion, ("inclusion", row.inclusion, decoded),
                               decoded, term, day, generated=row.generated)  # fmt: skip
    for gone in rows.departures:
        term = f"{gone.kind}: {gone.reason}" if gone.reason else gone.kind
        yield _disposition(subjects, gone.inclusion, ("departure", gone.departure),
                           _DECODED.get(gone.kind, gone.kind.upper()), term, gone.left_on,
                           generated=gone.generated)  # fmt: skip


def _disposition(
    subjects: Subjects,
    inclusion: str,
    source: tuple[str, ...],
    decoded: str,
    term: str,
    day: date,
    *,
    generated: bool,
) -> Draft:
    subject = subjects.of(inclusion, source[1])
    milestone = decoded in {"INFORMED CONSENT OBTAINED", "ENROLLED"}
    return Draft(
        source=source,
        cells={
            "USUBJID": subject.usubjid,
            "DSSPID": source[1],
            "DSTERM": term,
            "DSDECOD": decoded,
            "DSCAT": "PROTOCOL MILESTONE" if milestone else "DISPOSITION EVENT",
            "DSSTDTC": iso(day),
            "DSSTDY": subject.day(day),
        },
        qualifiers=(GENERATED,) if generated else (),
    )


def draft_criteria(rows: StudyRows, subjects: Subjects, protocol: StudyProtocol) -> Iterator[Draft]:
    """Draft IE: criteria that were answered and not met, waived ones with their reason.

    A criterion whose words are longer than a transport file's text is named by its short name.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects
    protocol : StudyProtocol

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["IETEST"] for one in draft_criteria(rows, made.subjects, protocol)]
    ['a lesion of 10 mm or more']
    """
    codes: dict[str, str] = {}
    for include, prefix in ((True, "INCL"), (False, "EXCL")):
        own = [one.name for one in protocol.criteria if one.include is include]
        codes |= {name: f"{prefix}{n:02d}" for n, name in enumerate(own, start=1)}
    for row in rows.inclusions:
        subject = subjects.of(row.inclusion, row.inclusion)
        verdict = judge_eligibility(protocol.criteria, row.criteria, row.waivers)
        for criterion in protocol.criteria:
            name = criterion.name
            if name not in {*verdict.unmet, *verdict.waived} or name not in row.criteria:
                continue
            answer = "Y" if row.criteria[name] else "N"
            short = len(criterion.words.encode()) > _MOST_BYTES
            yield Draft(
                source=("inclusion", row.inclusion, name),
                cells={
                    "USUBJID": subject.usubjid,
                    "IESPID": row.inclusion,
                    "IETESTCD": codes[name],
                    "IETEST": name if short else criterion.words,
                    "IECAT": "INCLUSION" if criterion.include else "EXCLUSION",
                    "IEORRES": answer,
                    "IESTRESC": answer,
                    "IEDTC": iso(_screened(row)),
                    "IEDY": subject.day(_screened(row)),
                },
                qualifiers=(
                    Qualifier(name="WAIVER", label="Reason of the Waiver",
                              value=row.waivers.get(name, "")),
                    *([GENERATED] if row.generated else []),
                ),
            )  # fmt: skip


def _screened(row: InclusionRow) -> date:
    return row.screened_on or row.included_on
