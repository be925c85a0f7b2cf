"""Known identifiers, and whether a text holds one of them."""

import re
from collections.abc import Iterable

__all__ = ["Identifiers"]

_LEAST = 3
_LEAST_DIGITS = 5
_NO_NAMES = {
    "removed", "anonymous", "anonymized", "anonymised", "none", "unknown", "patient", "hospital",
    "name", "phantom",
}  # fmt: skip
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"


class Identifiers:
    """Texts that must not stand in a copy; whole words are compared, without regard to case.

    What is shorter than three signs, or a number of fewer than five digits, is not looked for: it
    would be found everywhere. Such values go because their attributes and columns go.

    Parameters
    ----------
    texts : iterable of str
        Names, numbers, places, as they are in the source.
    people : iterable of str
        Names of persons: each part of three signs or more counts for itself, too.

    Examples
    --------
    >>> known = Identifiers(["P-0017"], people=["Doe^Jane"])
    >>> [known.found_in(text) for text in ("scan of doe", "p-0017_ct", "does", "liver")]
    [True, True, False, False]
    """

    def __init__(self, texts: Iterable[str] = (), people: Iterable[str] = ()) -> None:
        words = {text.strip().strip("^").casefold() for text in texts}
        for name in people:
            words.add(name.strip().strip("^").casefold())
            words.update(part.casefold() for part in re.split(r"[\^=,;\s]+", name))
        self.words = frozenset(word for word in words if _counts(word))
        joined = "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
        self._pattern = re.compile(f"{_BEFORE}(?:{joined}){_AFTER}") if self.words else None

    def __repr__(self) -> str:
        return f"Identifiers({len(self.words)} of them)"

    def found_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return self._pattern is not None and bool(self._pattern.search(text.casefold()))

    def together(self, other: "Identifiers") -> "Identifiers":
        """Give those of both."""
        return Identifiers(self.words | other.words)


def _counts(word: str) -> bool:
    signs = re.sub(r"[\W_]", "", word)
    if word in _NO_NAMES or len(signs) < _LEAST:
        return False
    return not signs.isdigit() or len(signs) >= _LEAST_DIGITS
