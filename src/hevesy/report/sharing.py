"""The report of a de-identified copy: what was done, what was left out, what it is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hevesy._version import __version__
from hevesy.trial.sharing import OLDEST_SHARED_AGE_YEARS, SharingCount

__all__ = ["SharingFacts", "render_sharing_page", "render_sharing_text"]

_RULES = (
    "Each person's days and moments are moved back by one number of whole days, from 1 to 365, "
    "drawn from a secret key; the same in records and in DICOM, so that every interval stays.",
    "All clocks are written as UTC: they show what the site's showed at the first treatment.",
    "Patients, sites and all records have new codes; UIDs are mapped, for each person apart.",
    f"Birth dates and years are removed; ages over {OLDEST_SHARED_AGE_YEARS - 1} years are "
    f"written as {OLDEST_SHARED_AGE_YEARS}.",
    "Generators, elutions, batches, calibrations and devices are left out, for patients share "
    "them: of a batch only its age at the injection, in whole hours, is said.",
    "DICOM: Basic Application Level Confidentiality Profile (PS3.15 Annex E, 2026c) with the "
    "options Clean Descriptors (113105), Retain Longitudinal Temporal Information with Modified "
    "Dates (113107) and Retain Patient Characteristics (113108: sex, age, size, weight). The "
    "camera's maker and model stay; its serial number and station name do not.",
    "Every file was read again, by itself: no known identifier, no UID of the source, and no day "
    "but the source's, shifted, was found.",
)
_LIMITS = (
    "It is no guarantee of anonymity: who knows one true date of a person, or a rare course, may "
    "find the person again; weekdays and holidays narrow a shift down where many dates of a person "
    "are seen. Groups may be small; none was merged or hidden for that.",
    "Pixels are as they were: text burnt into an image that does not say so is not found, and a "
    "CT or MR of the head can show the face.",
    "Words that were kept (terms, organs, results) were looked through for known identifiers and "
    "dates alone. Read the copy before it goes out.",
    "Whoever has the key can undo the shift and the codes: it is no part of the copy.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingFacts:
    """What the report says.

    Parameters
    ----------
    study : str
    patients, records, images, cases : int
    key_fingerprint : str
    kept : tuple of str
        Free texts that were asked to stay.
    counts : tuple of SharingCount
    left_out : tuple of (str, str, int)
        Patient's new code, reason, how many.
    faces : tuple of str
        New codes of patients whose images may show a face.
    rare : tuple of str
        New codes of patients whom few are like.
    data_sha256 : str
        Of the list of all other files and their hashes.
    """

    study: str
    patients: int
    records: int
    images: int
    cases: int
    key_fingerprint: str
    kept: tuple[str, ...]
    counts: tuple[SharingCount, ...]
    left_out: tuple[tuple[str, str, int], ...]
    faces: tuple[str, ...]
    rare: tuple[str, ...]
    data_sha256: str


def _head(facts: SharingFacts) -> list[str]:
    kept = ", ".join(facts.kept) or "none"
    return [
        f"{facts.patients} patients, {facts.records} records, {facts.images} image files, "
        f"{facts.cases} case files; hevesy {__version__}; key {facts.key_fingerprint} (a "
        "fingerprint: the key can not be told from it).",
        f"Free texts that were asked to stay: {kept}.",
        f"SHA-256 of the list of all files but the reports: {facts.data_sha256}",
    ]


def _faces(facts: SharingFacts) -> list[str]:
    if not facts.faces:
        return ["No CT or MR says that it shows the head, and none leaves open what it shows."]
    return [
        "CT or MR of these patients show the head, the neck or the whole body, or do not say what "
        f"they show; look at them before they go out: {', '.join(facts.faces)}."
    ]


def _rare(facts: SharingFacts) -> list[str]:
    if not facts.rare:
        return ["At least three patients share each site and sex, and nobody is over 89."]
    return [
        f"Fewer than three share site and sex, or the age is over 89; judge whether these "
        f"{len(facts.rare)} of {facts.patients} may go out as they are: {', '.join(facts.rare)}."
    ]


def _tables(
    facts: SharingFacts,
) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    left: Sequence[tuple[str, str, int]] = facts.left_out
    return [
        ("Left out", ("patient", "why", "files"), [(who, why, str(n)) for who, why, n in left]),
        (
            "What was done",
            ("where", "what", "action", "times"),
            [(one.where, one.what, one.action, str(one.times)) for one in facts.counts],
        ),
    ]


def render_sharing_text(facts: SharingFacts) -> str:
    """Write the report as Markdown.

    Parameters
    ----------
    facts : SharingFacts

    Returns
    -------
    str

    Examples
    --------
    >>> facts = SharingFacts(study="A", patients=1, records=2, images=0, cases=0,
    ...     key_fingerprint="0", kept=(), counts=(), left_out=(), faces=(), rare=(),
    ...     data_sha256="0")
    >>> render_sharing_text(facts).splitlines()[0]
    '# A: de-identified sharing copy'
    """
    lines = [
        f"# {facts.study}: de-identified sharing copy",
        "",
        "Research use only, not a medical device.",
        "",
    ]
    for words in _head(facts):
        lines += [words, ""]
    for title, said in (
        ("What holds", _RULES), ("What it is not", _LIMITS), ("Faces", _faces(facts)),
        ("Few alike", _rare(facts)),
    ):  # fmt: skip
        lines += [f"## {title}", "", *(f"- {words}" for words in said), ""]
    for title, names, rows in _tables(facts):
        lines += [f"## {title}", ""]
        if not rows:
            lines += ["Nothing.", ""]
            continue
        lines += [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def render_sharing_page(facts: SharingFacts) -> str:
    """Write the report as a page that needs nothing but itself.

    Parameters
    ----------
    facts : SharingFacts

    Returns
    -------
    str

    Examples
    --------
    >>> facts = SharingFacts(study="A < B", patients=1, records=2, images=0, cases=0,
    ...     key_fingerprint="0", kept=(), counts=(), left_out=(), faces=(), rare=(),
    ...     data_sha256="0")
    >>> "A &lt; B: de-identified sharing copy" in render_sharing_page(facts)
    True
    """
    title = f"{escape(facts.study)}: de-identified sharing copy"
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:15px/1.45 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2rem .5rem;"
        "text-align:left}.use{font-weight:bold}</style></head><body>"
        f'<h1>{title}</h1><p class="use">Research use only, not a medical device.</p>'
    ]
    parts += [f"<p>{escape(words)}</p>" for words in _head(facts)]
    for heading, said in (
        ("What holds", _RULES), ("What it is not", _LIMITS), ("Faces", _faces(facts)),
        ("Few alike", _rare(facts)),
    ):  # fmt: skip
        items = "".join(f"<li>{escape(words)}</li>" for words in said)
        parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
    for heading, names, rows in _tables(facts):
        parts.append(f"<h2>{heading}</h2>")
        if not rows:
            parts.append("<p>Nothing.</p>")
            continue
        top = "".join(f"<th>{name}</th>" for name in names)
        cells = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        parts.append(f"<table><thead><tr>{top}</tr></thead><tbody>{cells}</tbody></table>")
    return "\n".join([*parts, "</body></html>"]) + "\n"
