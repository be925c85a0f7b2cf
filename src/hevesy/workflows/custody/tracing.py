"""From any item of the chain to any other, read link by link; and what a recall concerns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hevesy.errors import CustodyError
from hevesy.pharmacy import (
    KINDS,
    CustodyGraph,
    CustodyItem,
    RecallEntry,
    find_path,
    recall_list,
    walk,
)
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.store.record import Record
from hevesy.workflows.custody.dispensing import label_subject
from hevesy.workflows.custody.standing import Standing, read_standing, whereabouts
from hevesy.workflows.study import open_study

__all__ = ["Recall", "Trace", "custody_links", "find_recall", "trace"]

_TABLES: dict[str, type[Record]] = {
    "generator": t.Generator,
    "elution": t.Elution,
    "batch": t.Batch,
    "vial": t.Vial,
    "syringe": t.Syringe,
    "injection": t.Injection,
    "patient": t.Patient,
    "scan": t.Scan,
}
_RECALLED = KINDS[: KINDS.index("syringe") + 1]
_Links = Iterator[tuple[str, str, str]]
_Step = Callable[[Reader, Sequence[str]], _Links]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What an item came of and what came of it.

    Parameters
    ----------
    start : CustodyItem
    items : tuple of CustodyItem
        In the chain's order; where an end was named, the way to it, both included.
    notes : dict of str to str
        By injection: needles, where they are known.
    """

    start: CustodyItem
    items: tuple[CustodyItem, ...]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What a recall concerns.

    Parameters
    ----------
    start : CustodyItem
    entries : tuple of RecallEntry
        `start` first.
    sites : tuple of str
        Where its vials are, or are on their way to.
    standings : tuple of Standing
        Of each batch, in the order of the entries.
    labelled : tuple of (str, str)
        Syringe and patient: labelled for the patient, and no injection of it is on record.
    """

    start: CustodyItem
    entries: tuple[RecallEntry, ...]
    sites: tuple[str, ...]
    standings: tuple[Standing, ...]
    labelled: tuple[tuple[str, str], ...] = ()


def _named(table: type[Record], column: str, kind: str, found: str = "id") -> _Step:
    """A step to the records whose `column` names what was reached; `found` names the next."""

    def step(reader: Reader, names: Sequence[str]) -> _Links:
        for row in reader.among(table, column, names):
            above, below = getattr(row, column), getattr(row, found)
            if above is not None and below is not None:
                yield above, kind, below

    return step


def _below_injection(reader: Reader, names: Sequence[str]) -> _Links:
    shots = reader.among(t.Injection, "id", names)
    courses = sorted({shot.administration for shot in shots})
    patients = _patients(reader, courses)
    scans = reader.among(t.Scan, "administration", courses)
    for shot in shots:
        yield shot.id, "patient", patients[shot.administration]
        yield from (
            (shot.id, "scan", scan.id)
            for scan in scans
            if scan.administration == shot.administration
        )


def _patients(reader: Reader, courses: Sequence[str]) -> dict[str, str]:
    """Whose each administration is."""
    given = reader.among(t.Administration, "id", courses)
    rows = reader.among(t.Inclusion, "id", sorted({row.inclusion for row in given}))
    inclusions = {row.id: row.patient for row in rows}
    return {row.id: inclusions[row.inclusion] for row in given}


def _of_patient(table: type[Record], kind: str) -> _Step:
    """A step from patients to what belongs to their administrations."""

    def step(reader: Reader, names: Sequence[str]) -> _Links:
        included = {row.id: row.patient for row in reader.among(t.Inclusion, "patient", names)}
        given = reader.among(t.Administration, "inclusion", sorted(included))
        patients = {row.id: included[row.inclusion] for row in given}
        for course, _, name in _named(table, "administration", kind)(reader, sorted(patients)):
            yield patients[course], kind, name

    return step


def _above_scan(reader: Reader, names: Sequence[str]) -> _Links:
    for scan in reader.among(t.Scan, "id", names):
        yield scan.id, "patient", _patients(reader, [scan.administration])[scan.administration]
        for shot in reader.among(t.Injection, "administration", [scan.administration]):
            yield scan.id, "injection", shot.id


_DOWN: dict[str, _Step] = {
    "generator": _named(t.Elution, "generator", "elution"),
    "elution": _named(t.BatchElution, "elution", "batch", "batch"),
    "batch": _named(t.Vial, "batch", "vial"),
    "vial": _named(t.Syringe, "vial", "syringe"),
    "syringe": _named(t.Injection, "syringe", "injection"),
    "injection": _below_injection,
    # of a patient's other scans, a recall says nothing: only a walk that starts there does
}
_UP: dict[str, _Step] = {
    "elution": _named(t.Elution, "id", "generator", "generator"),
    "batch": _named(t.BatchElution, "batch", "elution", "elution"),
    "vial": _named(t.Vial, "id", "batch", "batch"),
    "syringe": _named(t.Syringe, "id", "vial", "vial"),
    "injection": _named(t.Injection, "id", "syringe", "syringe"),
    "patient": _of_patient(t.Injection, "injection"),
    "scan": _above_scan,
}


def custody_links(
    reader: Reader, start: CustodyItem, *, down: bool
) -> set[tuple[CustodyItem, CustodyItem]]:
    """Read the links that lead down, or up, from an item; no others.

    Parameters
    ----------
    reader : Reader
    start : CustodyItem
    down : bool

    Returns
    -------
    set of (CustodyItem, CustodyItem)
        From what came first to what came of it.
    """
    links: set[tuple[CustodyItem, CustodyItem]] = set()
    reached: dict[str, set[str]] = {kind: set() for kind in KINDS}
    reached[start.kind].add(start.identifier)
    for kind in KINDS if down else reversed(KINDS):  # each kind once: links lead one way
        step = (_DOWN if down else _UP).get(kind)
        if down and kind == start.kind == "patient":
            step = _of_patient(t.Scan, "scan")
        names = sorted(reached[kind])
        if step is None or not names:
            continue
        for name, other, found in step(reader, names):
            ends = (
                CustodyItem(kind=kind, identifier=name),
                CustodyItem(kind=other, identifier=found),
            )
            links.add(ends if down else (ends[1], ends[0]))
            reached[other].add(found)
    return links


def _item(reader: Reader, text: str) -> CustodyItem:
    """The item that a name, or ``kind:name``, means."""
    kind, colon, name = text.partition(":")
    if colon and kind in _TABLES:
        reader.get(_TABLES[kind], name)
        return CustodyItem(kind=kind, identifier=name)
    kinds = [kind for kind, table in _TABLES.items() if reader.find(table, text) is not None]
    if len(kinds) == 1:
        return CustodyItem(kind=kinds[0], identifier=text)
    shots = [] if kinds else reader.all(t.Injection, administration=text)
    if shots:
        raise CustodyError(
            "an administration is traced from its injections",
            got=text,
            allowed=", ".join(row.id for row in shots),
            remedy="name one of them, or the patient",
        )
    raise CustodyError(
        "several items of the chain have this name"
        if kinds
        else "nothing in the chain is so named",
        got=text[:60] if kinds else None,
        allowed=", ".join(f"{kind}:NAME" for kind in kinds or KINDS),
        remedy="say which, as kind:name" if kinds else "check the name",
    )


def trace(folder: Path, item: str, *, to: str | None = None) -> Trace:
    """Walk the chain from an item to both ends, or to another item.

    Parameters
    ----------
    folder : Path
    item : str
        Its name, or ``kind:name``.
    to : str or None

    Returns
    -------
    Trace
    """
    with open_study(folder) as (_, store), store.reading() as reader:
        start = _item(reader, item)
        end = None if to is None else _item(reader, to)
        links = custody_links(reader, start, down=True) | custody_links(reader, start, down=False)
        items = _walked(links, start, end)
        shots = [found.identifier for found in items if found.kind == "injection"]
        notes = {row.id: _needles(row) for row in reader.among(t.Injection, "id", shots)}
    return Trace(start=start, items=items, notes={k: v for k, v in notes.items() if v})


def _needles(row: t.Injection) -> str:
    tracks = len(row.needle_tracks or ())
    words = [f"needle {row.needle_gauge}"] if row.needle_gauge else []
    if tracks:
        words.append(f"{tracks} track{'s' if tracks > 1 else ''}")
    return ", ".join(words)


def _walked(
    links: set[tuple[CustodyItem, CustodyItem]], start: CustodyItem, end: CustodyItem | None
) -> tuple[CustodyItem, ...]:
    if not links:
        return () if end is None else (start,) * (end == start)
    graph = CustodyGraph(links=tuple(links))
    if end is None:
        return walk(graph, start)
    known = {found for link in links for found in link}
    path = find_path(graph, start, end) if end in known else ()
    if not path:
        raise CustodyError(
            f"no way leads from this {start.kind} to that {end.kind}",
            remedy="neither came of the other; `trace` each to see its chain",
        )
    return path


def find_recall(folder: Path, item: str) -> Recall:
    """List what a recall of a generator, elution, batch, vial or syringe concerns.

    Parameters
    ----------
    folder : Path
    item : str
        Its name, or ``kind:name``.

    Returns
    -------
    Recall
    """
    with open_study(folder) as (study, store), store.reading() as reader:
        start = _item(reader, item)
        links = custody_links(reader, start, down=True) if start.kind in _RECALLED else set()
        alone = not links and start.kind in _RECALLED
        entries = _alone(start) if alone else recall_list(CustodyGraph(links=tuple(links)), start)
        vials = [e.item.identifier for e in entries if e.item.kind == "vial"]
        sites: dict[str, None] = {}
        for name in vials:
            place, under_way = whereabouts(reader, reader.get(t.Vial, name))
            sites[place] = None
            if under_way is not None:
                sites[under_way.to_site] = None
        standings = tuple(
            read_standing(reader, study.protocol, entry.item.identifier)
            for entry in entries
            if entry.item.kind == "batch"
        )
        syringes = [e.item.identifier for e in entries if e.item.kind == "syringe"]
        labelled = tuple(_labelled_only(reader, syringes))
    return Recall(
        start=start, entries=entries, sites=tuple(sites), standings=standings, labelled=labelled
    )


def _labelled_only(reader: Reader, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Syringes that name a patient on the label and were not injected, as far as is on record."""
    injected = {shot.syringe for shot in reader.among(t.Injection, "syringe", names)}
    for syringe in reader.among(t.Syringe, "id", names):
        subject = label_subject(syringe)
        if subject is not None and syringe.id not in injected:
            yield syringe.id, subject


def _alone(start: CustodyItem) -> tuple[RecallEntry, ...]:
    """An item of which nothing came: its own line of a list with something above it."""
    above = CustodyItem(kind=KINDS[max(0, KINDS.index(start.kind) - 1)], identifier="-")
    if above.kind == start.kind:
        return (RecallEntry(item=start, what_to_do="elute no more from it"),)
    return recall_list(CustodyGraph(links=((above, start),)), start)
