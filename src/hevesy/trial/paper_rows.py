"""The published patients as rows of tables, and made-up ones that fit the published margins."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources

import numpy as np

from hevesy.errors import TrialError
from hevesy.trial.published import Publication

__all__ = ["PaperTables", "paper_tables"]

_FIRST, _LAST = date(2023, 6, 1), date(2024, 2, 28)  # Methods: June 2023 to February 2024
_LOW_MBQ, _HIGH_MBQ = 30 * 37.0, 337 * 37.0  # Methods: 30 to 337 mCi
_ECOG_LIMIT = 2
_SEXES = {"female": "F", "male": "M"}
_CRITERIA = (
    "age", "histology", "site of the tumour", "size", "earlier treatment", "ECOG", "survival",
)  # fmt: skip
_NOT_MET = {"no appropriate lesion": "size", "ineligible examination results": "survival"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTables:
    """Tables of text, each with its heading, as a coordinator would hand them over.

    Parameters
    ----------
    patients, inclusions, screenings, lesions, administrations, departures, events : tuple
        Rows; the first one names the columns by the keys of `hevesy trial record`, and `name`.

    Examples
    --------
    >>> from hevesy.trial import read_publication
    >>> tables = paper_tables(read_publication("imdendrim"), seed=1)
    >>> len(tables.patients) - 1, len(tables.administrations) - 1
    (51, 42)
    """

    patients: tuple[tuple[str, ...], ...]
    inclusions: tuple[tuple[str, ...], ...]
    screenings: tuple[tuple[str, ...], ...]
    lesions: tuple[tuple[str, ...], ...]
    administrations: tuple[tuple[str, ...], ...]
    departures: tuple[tuple[str, ...], ...]
    events: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    name: str
    day: date
    row: dict[str, str] | None  # of Table 1; None for somebody made up
    failure: str = ""
    departure: tuple[str, str] | None = None

    @property
    def treated(self) -> bool:
        return not self.failure

    @property
    def beyond_limit(self) -> bool:
        """ECOG above the criterion's limit: treated all the same, and no waiver is published."""
        return self.row is not None and int(self.row["ecog"]) > _ECOG_LIMIT

    @property
    def eligible(self) -> bool:
        return self.treated and not self.beyond_limit


def paper_tables(publication: Publication, *, seed: int) -> PaperTables:
    """Turn a publication's tables into a study's rows.

    Real are Table 1's rows: age, sex, primary tumour, treated site, ECOG. Made up are all days, the
    activities (uniform within the published range), the persons of whom only the count is
    published, and who had which event: the events' margins are Table 2's, everybody has one or
    more, and two persons have a grade 3. What is made up is marked `generated`.

    Parameters
    ----------
    publication : Publication
        With the tables "patients", "events", "facts" and "flow".
    seed : int

    Returns
    -------
    PaperTables

    Examples
    --------
    >>> from hevesy.trial import read_publication
    >>> tables = paper_tables(read_publication("imdendrim"), seed=1)
    >>> tables.screenings[1][:5]
    ('P01-1-SC', 'P01-1', '...', '60', 'Colon cancer')
    """
    draw = np.random.default_rng(seed)
    people = _people(publication, draw)
    treated = [person for person in people if person.treated]
    return PaperTables(
        patients=(("name", "site", "sex"), *(
            (p.name, "published", "" if p.row is None else _SEXES[p.row["sex"]]) for p in people
        )),
        inclusions=_inclusions(people),
        screenings=_screenings(people),
        lesions=(("name", "patient", "organ"), *(
            (f"{p.name}-L1", p.name, p.row["treated_site"].lower()) for p in treated if p.row
        )),
        administrations=_administrations(treated, draw),
        departures=(("name", "inclusion", "kind", "left_on", "reason", "generated"), *(
            (f"{p.name}-1-OUT", f"{p.name}-1", p.departure[0], _after(p, 30), p.departure[1], "yes")
            for p in treated if p.departure is not None
        )),
        events=_events(publication, [p for p in treated if p.row is not None], draw),
    )  # fmt: skip


def _after(person: _Person, days: int) -> str:
    return (person.day + timedelta(days=days)).isoformat()


def _people(publication: Publication, draw: np.random.Generator) -> list[_Person]:
    facts = {row["fact"]: row["value"] for row in publication.tables["facts"]}
    span = (_LAST - _FIRST).days

    def day() -> date:
        return _FIRST + timedelta(days=int(draw.integers(span)))

    people = [
        _Person(name=f"P{int(row['patient']):02d}", day=day(), row=dict(row))
        for row in publication.tables["patients"]
    ]
    ways = {"lost to follow-up": ("lost to follow-up", "")}
    for row in publication.tables["flow"]:
        if not row["reason"]:
            continue
        failed = row["stage"] == "Screened"
        reason = row["reason"].replace("by family", "by the family")
        for _ in range(int(facts[row["fact"]])):
            people.append(
                _Person(
                    name=f"P{len(people) + 1:02d}", day=day(), row=None,
                    failure=reason if failed else "",
                    departure=None if failed else ways.get(reason, ("refused", reason)),
                )
            )  # fmt: skip
    return people


def _inclusions(people: Sequence[_Person]) -> tuple[tuple[str, ...], ...]:
    head = ("name", "patient", "at", "eligible", "ecog", "note",
            *(f"criteria.{name}" for name in _CRITERIA))  # fmt: skip
    rows = []
    for person in people:
        unmet = _NOT_MET.get(person.failure, "ECOG" if person.beyond_limit else "")
        note = "published, but for the day" if person.row is not None else "made up"
        rows.append((
            f"{person.name}-1", person.name, f"{person.day.isoformat()}T09:00",
            "yes" if person.eligible else "no", "" if person.row is None else person.row["ecog"],
            note, *("no" if name == unmet else "yes" for name in _CRITERIA),
        ))  # fmt: skip
    return (head, *rows)


def _screenings(people: Sequence[_Person]) -> tuple[tuple[str, ...], ...]:
    head = ("name", "inclusion", "screened_on", "age_years", "primary_tumour", "treated_site",
            "failure_reason", "generated")  # fmt: skip
    rows = []
    for person in people:
        found = person.row or {}
        rows.append((
            f"{person.name}-1-SC", f"{person.name}-1", person.day.isoformat(),
            found.get("age_years", ""), found.get("primary_tumour", ""),
            found.get("treated_site", ""), person.failure, "" if person.row else "yes",
        ))  # fmt: skip
    return (head, *rows)


def _administrations(
    treated: Sequence[_Person], draw: np.random.Generator
) -> tuple[tuple[str, ...], ...]:
    head = ("name", "inclusion", "at", "kind", "activity", "operator", "generated")
    rows = []
    for person in treated:
        activity_mbq = round(draw.uniform(_LOW_MBQ, _HIGH_MBQ), 1)
        rows.append((
            f"A-{person.name}", f"{person.name}-1", f"{_after(person, 7)}T10:00", "gross",
            f"{activity_mbq} MBq", "published", "yes",
        ))  # fmt: skip
    return (head, *rows)


def _events(
    publication: Publication, people: Sequence[_Person], draw: np.random.Generator
) -> tuple[tuple[str, ...], ...]:
    """Events with Table 2's margins; nobody is left without one."""
    head = ("name", "inclusion", "administration", "term", "organ_class", "grade", "began_on",
            "generated")  # fmt: skip
    rows: list[tuple[str, ...]] = []
    waiting = _mixed(people, draw)
    severe: set[str] = set()
    classes = _classes(publication)
    for row in publication.tables["events"]:
        count, grade_3 = int(row["all_grades_n"]), int(row["grade_3_or_more_n"])
        chosen = waiting[:count]
        waiting = waiting[count:]
        others = [person for person in people if person not in chosen]
        order = draw.permutation(len(others))[: count - len(chosen)]
        chosen += [others[int(place)] for place in order]
        for place, person in enumerate(_worst_last(chosen, severe, draw)):
            worst = place >= count - grade_3
            if worst:
                severe.add(person.name)
            rows.append((
                f"{person.name}-AE{len(rows) + 1}", f"{person.name}-1", f"A-{person.name}",
                row["event"], classes[row["event"]],
                "3" if worst else str(draw.integers(1, 3)),
                _after(person, 7 + int(draw.integers(8))), "yes",
            ))  # fmt: skip
    return (head, *rows)


def _classes(publication: Publication) -> dict[str, str]:
    """Event classes of our own: the paper gives none."""
    folder = resources.files("hevesy.trial") / "data"
    lines = (folder / "imdendrim_classes.csv").read_text(encoding="utf-8").splitlines()
    found = {row["event"]: row["class"] for row in csv.DictReader(lines)}
    for row in publication.tables["events"]:
        if row["event"] not in found:
            raise TrialError(
                "a published event has no class",
                got=row["event"],
                allowed=", ".join(found),
                remedy="add it to imdendrim_classes.csv",
            )
    return found


def _worst_last(
    chosen: Sequence[_Person], severe: set[str], draw: np.random.Generator
) -> list[_Person]:
    """In random order, those without a grade 3 so far at the end: two persons had one each."""
    return sorted(_mixed(chosen, draw), key=lambda person: person.name not in severe)


def _mixed(people: Sequence[_Person], draw: np.random.Generator) -> list[_Person]:
    return [people[int(place)] for place in draw.permutation(len(people))]
