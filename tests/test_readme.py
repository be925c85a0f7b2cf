"""The README's Python example is run."""

import doctest
from pathlib import Path


def test_example() -> None:
    readme = Path(__file__).resolve().parents[1] / "README.md"
    found = doctest.testfile(str(readme), module_relative=False)
    assert found.attempted >= 3
    assert found.failed == 0
