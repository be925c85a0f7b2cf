"""From any item of the chain to any other, read link by link; and what a recall concerns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
_Step = Callable[[Reader, str], Iterator[tuple[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What an item came of and what came of it.

    Parameters
    ----------
    start : CustodyItem
    items : tuple of CustodyItem
        In the chain's order; where an end was named, the way to it, both included.
    """

    start: CustodyItem
    items: tuple[CustodyItem, ...]


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
    """

    start: CustodyItem
    entries: tuple[RecallEntry, ...]
    sites: tuple[str, ...]
    standings: tuple[Standing, ...]


def _below_elution(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    yield from (("batch", row.batch) for row in reader.all(t.BatchElution, elution=name))


def _below_injection(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    given = reader.get(t.Administration, reader.get(t.Injection, name).administration)
    yield "patient", reader.get(t.Inclusion, given.inclusion).patient
    yield from (("scan", row.id) for row in reader.all(t.Scan, administration=given.id))


def _administrations(reader: Reader, patient: str) -> Iterator[str]:
    for inclusion in reader.all(t.Inclusion, patient=patient):
        yield from (row.id for row in reader.all(t.Administration, inclusion=inclusion.id))


def _below_patient(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    for given in _administrations(reader, name):
        yield from (("scan", row.id) for row in reader.all(t.Scan, administration=given))


def _above_patient(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    for given in _administrations(reader, name):
        rows = reader.all(t.Injection, administration=given)
        yield from (("injection", row.id) for row in rows)


def _above_scan(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    given = reader.get(t.Administration, reader.get(t.Scan, name).administration)
    yield "patient", reader.get(t.Inclusion, given.inclusion).patient
    rows = reader.all(t.Injection, administration=given.id)
    yield from (("injection", row.id) for row in rows)


def _above_injection(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    syringe = reader.get(t.Injection, name).syringe
    if syringe is not None:
        yield "syringe", syringe


def _above_batch(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    yield from (("elution", row.elution) for row in reader.all(t.BatchElution, batch=name))


def _nothing(reader: Reader, name: str) -> Iterator[tuple[str, str]]:
    yield from ()


_DOWN: dict[str, _Step] = {
    "generator": lambda r, n: iter([("elution", e.id) for e in r.all(t.Elution, generator=n)]),
    "elution": _below_elution,
    "batch": lambda r, n: iter([("vial", v.id) for v in r.all(t.Vial, batch=n)]),
    "vial": lambda r, n: iter([("syringe", s.id) for s in r.all(t.Syringe, vial=n)]),
    "syringe": lambda r, n: iter([("injection", i.id) for i in r.all(t.Injection, syringe=n)]),
    "injection": _below_injection,
    "patient": _nothing,  # of another batch's scans, a recall says nothing
    "scan": _nothing,
}
_UP: dict[str, _Step] = {
    "generator": _nothing,
    "elution": lambda r, n: iter([("generator", r.get(t.Elution, n).generator)]),
    "batch": _above_batch,
    "vial": lambda r, n: iter([("batch", r.get(t.Vial, n).batch)]),
    "syringe": lambda r, n: iter([("vial", r.get(t.Syringe, n).vial)]),
    "injection": _above_injection,
    "patient": _above_patient,
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
    seen, waiting = {start}, [start]
    while waiting:
        item = waiting.pop()
        step = _DOWN[item.kind] if down else _UP[item.kind]
        if down and item is start and item.kind == "patient":
            step = _below_patient
        for kind, name in step(reader, item.identifier):
            found = CustodyItem(kind=kind, identifier=name)
            links.add((item, found) if down else (found, item))
            if found not in seen:
                seen.add(found)
                waiting.append(found)
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

    Raises
    ------
    CustodyError
        Neither came of the other.
    """
    with open_study(folder) as (_, store), store.reading() as reader:
        start = _item(reader, item)
        end = None if to is None else _item(reader, to)
        links = custody_links(reader, start, down=True) | custody_links(reader, start, down=False)
    if not links:
        return Trace(start=start, items=() if end is None else (start,) * (end == start))
    graph = CustodyGraph(links=tuple(links))
    if end is None:
        return Trace(start=start, items=walk(graph, start))
    known = {found for link in links for found in link}
    path = find_path(graph, start, end) if end in known else ()
    if not path:
        raise CustodyError(
            f"no way leads from this {start.kind} to that {end.kind}",
            remedy="neither came of the other; `trace` each to see its chain",
        )
    return Trace(start=start, items=path)


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
    return Recall(start=start, entries=entries, sites=tuple(sites), standings=standings)


def _alone(start: CustodyItem) -> tuple[RecallEntry, ...]:
    """An item of which nothing came: its own line of a list with something above it."""
    above = CustodyItem(kind=KINDS[max(0, KINDS.index(start.kind) - 1)], identifier="-")
    if above.kind == start.kind:
        return (RecallEntry(item=start, what_to_do="elute no more from it"),)
    return recall_list(CustodyGraph(links=((above, start),)), start)
