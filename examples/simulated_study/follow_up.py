"""What became of the patients, as a coordinator's tables, and the maps that import them."""

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from commands import run
from truth import VISITS, Person

MAPS = {
    "screenings": (
        "screening", "{inclusion}-SC",
        ("inclusion", "screened_on", "age_years", "primary_tumour", "treated_site", "prior_lines",
         "consent_version", "failure_reason"),
    ),
    "visits": ("visit", "{inclusion}-{short}", ("inclusion", "name", "visited_on", "ecog")),
    "events": (
        "adverse_event", "{inclusion}-AE{number}",
        ("inclusion", "administration", "term", "organ_class", "grade", "began_on",
         "related_agent", "related_procedure", "serious", "seriousness"),
    ),
    "laboratory": (
        "measurement", "{inclusion}-{test}-{visit}",
        ("inclusion", "visit", "measured_on", "test", "value", "unit", "lower_normal",
         "upper_normal"),
    ),
    "lesions": (
        "lesion_assessment", "{lesion}-{visit}",
        ("inclusion", "lesion", "visit", "assessed_on", "role", "status", "diameter_mm",
         "density_hu", "injected"),
    ),
    "departures": ("departure", "{inclusion}-OUT", ("inclusion", "kind", "left_on")),
}  # fmt: skip
SHORT = {"baseline": "V0", "week 6": "V1", "month 3": "V2"}


def write_map(folder: Path, table: str) -> Path:
    """A map whose columns are called as hevesy's keys are."""
    kind, name, keys = MAPS[table]
    lines = ["[[record]]", f'kind = "{kind}"', f'name = "{name}"', "", "[record.values]"]
    for key in keys:
        lines.append(f'{key} = "{key}"')
    path = folder / f"{table}.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def write_table(folder: Path, table: str, rows: Iterable[Sequence[object]], *more: str) -> Path:
    """A CSV with the map's keys, and further columns that only its names need."""
    path = folder / f"{table}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*MAPS[table][2], *more])
        writer.writerows(rows)
    return path


def enter(folder: Path, table: str, rows: Iterable[Sequence[object]], *more: str) -> None:
    """Look at what would change, then import."""
    place = folder / "tables-in"
    place.mkdir(exist_ok=True)
    file, mapping = write_table(place, table, rows, *more), write_map(place, table)
    run("trial", "import", file, "--study", folder, "--map", mapping, "--as", "cora",
        "--reason", "coordinator's tables", shown=True)  # fmt: skip


def enter_screenings(folder: Path, people: Sequence[Person], on: str) -> None:
    """Of everybody, those who failed too."""
    enter(
        folder, "screenings",
        [(f"{p.name}-1", on, p.age, p.tumour, p.organ, p.lines, "1.0", p.failure) for p in people],
    )  # fmt: skip


def enter_follow_up(folder: Path, people: Sequence[Person]) -> None:
    """Visits, events, laboratory, sizes and departures of those who were treated."""
    treated = [person for person in people if not person.failure]
    enter(folder, "visits", [
        (f"{p.name}-1", name, _on(p, day), p.ecog, SHORT[name]) for p in treated
        for name, day in VISITS if not (p.lost and name == "month 3")
    ], "short")  # fmt: skip
    enter(folder, "events", [
        (f"{p.name}-1", f"A-{p.name}", e.term, e.organ_class, e.grade, _on(p, e.day), e.agent,
         e.procedure, "yes" if e.grade > 2 else "no", "medically important" if e.grade > 2 else "",
         number)
        for p in treated for number, e in enumerate(p.events, start=1)
    ], "number")  # fmt: skip
    enter(folder, "laboratory", [
        (f"{p.name}-1", "before" if day < 0 else "day-14", _on(p, day), test, value, unit, low,
         high)
        for p in treated for test, unit, value, low, high, day in p.laboratory
    ])  # fmt: skip
    enter(folder, "lesions", [
        (f"{p.name}-1", lesion.name, SHORT[name], _on(p, day), "target", "present", size, hu, "yes")
        for p in treated for lesion in p.lesions
        for (name, day), size, hu in zip(VISITS, lesion.sizes_mm, lesion.densities_hu, strict=True)
        if not (p.lost and name == "month 3")
    ])  # fmt: skip
    lost = [(f"{p.name}-1", "lost to follow-up", _on(p, 60)) for p in treated if p.lost]
    if lost:
        enter(folder, "departures", lost)


def _on(person: Person, day: int) -> str:
    return (person.injected_at.date() + timedelta(days=day)).isoformat()
