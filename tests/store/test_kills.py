"""A writer that is killed at any instant loses nothing acknowledged and leaves no half record.

`make validate` does it 500 times.
"""

from collections.abc import Callable
from pathlib import Path

from benchmarks.store_kills import make, run


def test_killed_writers(place: Callable[..., str | Path]) -> None:
    address = place()
    make(address)
    found = run(address, 30 if isinstance(address, Path) else 10)
    assert found["acknowledged"] > 0
    assert (found["lost"], found["half"], found["faults"]) == (0, 0, 0), found
