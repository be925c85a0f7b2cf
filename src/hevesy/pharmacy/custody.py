"""The chain of custody as a graph: walked both ways, and what a recall concerns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hevesy.errors import CustodyError
from hevesy.pharmacy.amounts import require_text

__all__ = [
    "KINDS",
    "CustodyGraph",
    "CustodyItem",
    "RecallEntry",
    "find_path",
    "recall_list",
    "walk",
]

KINDS = ("generator", "elution", "batch", "vial", "syringe", "injection", "patient", "scan")
"""Kinds of items, from the generator down; a link leads from an earlier to a later one."""

_ORDER = {kind: n for n, kind in enumerate(KINDS)}
_WHAT_TO_DO = {
    "elution": "label nothing more from it; keep what is left apart",
    "batch": "mark as recalled; dispense nothing more",
    "vial": "block it and keep it for investigation",
    "syringe": "if not injected: do not inject, keep it apart and return it",
    "injection": "note the recall in the record; assess as a possible deviation",
    "patient": "inform the investigator at once; follow the patient up as the protocol says",
    "scan": "keep it; note the recall where its results are used",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CustodyItem:
    """One thing in the chain.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    identifier : str
        The study's own number; of a patient its code, never a name.

    Raises
    ------
    CustodyError
        An unknown kind.

    Examples
    --------
    >>> CustodyItem(kind="batch", identifier="B-1").identifier
    'B-1'
    """

    kind: str
    identifier: str

    def __post_init__(self) -> None:
        require_text(self.identifier, f"the number of a {self.kind}")
        if self.kind not in KINDS:
            raise CustodyError(
                "unknown kind in the chain of custody",
                got=self.kind,
                allowed=", ".join(KINDS),
                remedy="name one of them",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustodyGraph:
    """All links of a study, or of a part of it.

    Parameters
    ----------
    links : tuple of (CustodyItem, CustodyItem)
        From what came first to what came of it.

    Raises
    ------
    CustodyError
        A link that leads up the chain, or to its own kind.

    Examples
    --------
    >>> batch = CustodyItem(kind="batch", identifier="B-1")
    >>> syringe = CustodyItem(kind="syringe", identifier="S-1")
    >>> len(CustodyGraph(links=((batch, syringe),)).links)
    1
    """

    links: tuple[tuple[CustodyItem, CustodyItem], ...]

    def __post_init__(self) -> None:
        for above, below in self.links:
            if _ORDER[above.kind] >= _ORDER[below.kind]:
                raise CustodyError(
                    "a link of the chain of custody leads the wrong way",
                    got=f"{above.kind} to {below.kind}",
                    allowed=f"down the chain: {', '.join(KINDS)}",
                    remedy="correct the record",
                )

    def neighbours(self, *, down: bool) -> dict[CustodyItem, list[CustodyItem]]:
        """Each item's direct successors, or predecessors."""
        found: dict[CustodyItem, list[CustodyItem]] = {}
        for above, below in self.links:
            key, value = (above, below) if down else (below, above)
            found.setdefault(key, []).append(value)
            found.setdefault(value, [])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallEntry:
    """One item that a recall concerns.

    Parameters
    ----------
    item : CustodyItem
    what_to_do : str

    Examples
    --------
    >>> RecallEntry(item=CustodyItem(kind="vial", identifier="V-1"), what_to_do="block it"
    ...             ).what_to_do
    'block it'
    """

    item: CustodyItem
    what_to_do: str


def _refuse_unknown(item: CustodyItem, known: Iterable[CustodyItem]) -> None:
    if item not in known:
        shown = "" if item.kind == "patient" else item.identifier  # a message names no patient
        raise CustodyError(
            f"no such {item.kind} is linked in the chain of custody",
            got=shown or None,
            remedy="check its number, or record where it belongs",
        )


def walk(
    graph: CustodyGraph, start: CustodyItem, direction: Literal["down", "up", "both"] = "both"
) -> tuple[CustodyItem, ...]:
    """Everything that came of an item, that it came of, or both.

    Both is down from the item and up from it; not the other branches of what it came of.

    Parameters
    ----------
    graph : CustodyGraph
    start : CustodyItem
    direction : {"down", "up", "both"}

    Returns
    -------
    tuple of CustodyItem
        Without `start`, in the chain's order, then by number.

    Raises
    ------
    CustodyError
        `start` is not in the graph.

    Examples
    --------
    >>> batch = CustodyItem(kind="batch", identifier="B-1")
    >>> syringe = CustodyItem(kind="syringe", identifier="S-1")
    >>> [item.identifier for item in walk(CustodyGraph(links=((batch, syringe),)), syringe, "up")]
    ['B-1']
    """
    seen: set[CustodyItem] = set()
    for down in {"down": (True,), "up": (False,), "both": (True, False)}[direction]:
        neighbours = graph.neighbours(down=down)
        _refuse_unknown(start, neighbours)
        waiting = list(neighbours[start])
        while waiting:
            item = waiting.pop()
            if item not in seen:
                seen.add(item)
                waiting += neighbours[item]
    return tuple(sorted(seen, key=lambda item: (_ORDER[item.kind], item.identifier)))


def find_path(
    graph: CustodyGraph, first: CustodyItem, second: CustodyItem
) -> tuple[CustodyItem, ...]:
    """The shortest way down the chain that joins two items, whichever is named first.

    Parameters
    ----------
    graph : CustodyGraph
    first, second : CustodyItem

    Returns
    -------
    tuple of CustodyItem
        From `first` to `second`, both included; empty where neither came of the other.

    Raises
    ------
    CustodyError
        One is not in the graph.

    Examples
    --------
    >>> batch = CustodyItem(kind="batch", identifier="B-1")
    >>> syringe = CustodyItem(kind="syringe", identifier="S-1")
    >>> path = find_path(CustodyGraph(links=((batch, syringe),)), syringe, batch)
    >>> [item.identifier for item in path]
    ['S-1', 'B-1']
    """
    down = _ORDER[first.kind] <= _ORDER[second.kind]
    neighbours = graph.neighbours(down=down)
    for item in (first, second):
        _refuse_unknown(item, neighbours)
    came_from: dict[CustodyItem, CustodyItem | None] = {first: None}
    waiting: list[CustodyItem] = [first]
    for item in waiting:  # grows while it is walked: breadth first
        for below in sorted(neighbours[item]):
            if below not in came_from:
                came_from[below] = item
                waiting.append(below)
    if second not in came_from:
        return ()
    path: list[CustodyItem] = []
    step: CustodyItem | None = second
    while step is not None:
        path.append(step)
        step = came_from[step]
    return tuple(reversed(path))


def recall_list(graph: CustodyGraph, start: CustodyItem) -> tuple[RecallEntry, ...]:
    """Everything downstream of an item that must be recalled, with what to do.

    Parameters
    ----------
    graph : CustodyGraph
    start : CustodyItem
        The generator, elution, batch, vial or syringe that failed; it stands first in the list.

    Returns
    -------
    tuple of RecallEntry
        In the chain's order.

    Raises
    ------
    CustodyError
        A kind that is not recalled.

    Examples
    --------
    >>> batch = CustodyItem(kind="batch", identifier="B-1")
    >>> syringe = CustodyItem(kind="syringe", identifier="S-1")
    >>> [entry.item.kind for entry in recall_list(CustodyGraph(links=((batch, syringe),)), batch)]
    ['batch', 'syringe']
    """
    recalled = KINDS[: _ORDER["syringe"] + 1]
    if start.kind not in recalled:
        raise CustodyError(
            f"a {start.kind} is not recalled",
            allowed=", ".join(recalled),
            remedy="name what failed",
        )
    items: Sequence[CustodyItem] = (start, *walk(graph, start, "down"))
    first = "elute no more from it" if start.kind == "generator" else ""
    return tuple(
        RecallEntry(item=item, what_to_do=_WHAT_TO_DO.get(item.kind, first)) for item in items
    )
