"""Every N that a study report states, as its page says it, beside what it must be."""

import html
import re
from collections.abc import Mapping

__all__ = ["check_counts", "stated_counts"]


def stated_counts(page: str) -> dict[str, list[tuple[str, int]]]:
    """What is counted, with each place's N: captions of tables and figures, and columns' heads.

    A unit reads "administrations, N = 4, to 4 inclusions; values: results, N = 3".
    """
    found: dict[str, list[tuple[str, int]]] = {}
    empty = re.findall(r'<p class="said" id=.*?</p>', page, re.DOTALL)  # a table without rows
    for part in (*re.findall(r"<figure\b.*?</figure>", page, re.DOTALL), *empty):
        text = html.unescape(re.sub(r"<[^>]*>", "\n", part)).replace("\u202f", " ")
        name = re.search(r'id="([^"]*)"', part)
        place = name[1] if name else text.strip().splitlines()[0]
        for unit in re.findall(r"Unit: ([^\n]*)", text):
            for what, n in re.findall(r"(?:^|; )([^;,]*?), N = (\d+)", unit):
                found.setdefault(what, []).append((place, int(n)))
        of = "lesions, " if place in {"lesions", "density"} else ""
        for column, n in re.findall(r"([^\n(]*?) \(N = (\d+)\)", text):
            found.setdefault(f"column {of}{column}", []).append((place, int(n)))
    return found


def check_counts(page: str, expected: Mapping[str, int]) -> int:
    """Each stated N is the expected one; one that nobody expects is a fault. Gives how many."""
    found = stated_counts(page)
    assert set(found) <= set(expected), set(found) - set(expected)
    wrong = {
        (what, place, n): expected[what]
        for what, places in found.items()
        for place, n in places
        if n != expected[what]
    }
    assert not wrong
    return sum(map(len, found.values()))
