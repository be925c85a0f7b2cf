"""Known identifiers, and whether a text holds one of them."""

import re
from collections.abc import Iterable

__all__ = ["Identifiers", "holds_date"]

_LEAST = 3
_LEAST_DIGITS = 5
_NO_NAMES = {
    "removed", "anonymous", "anonymized", "anonymised", "none", "unknown", "patient", "hospital",
    "name", "phantom", "test", "yes", "other",
    # what departments and stations are often called; they are words of images and records, too
    "spect", "spect-ct", "spect/ct", "spectct", "pet", "pet-ct", "pet/ct", "petct", "dicom", "scan",
    "scanner", "image", "images", "structures", "projections", "calibration", "dose", "case",
    "nuclear medicine", "radiology", "gamma camera", "camera",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"(?<!\d)(?:(?:19|20)\d\d([-/.]?)[01]\d\1[0-3]\d"
    rf"|[0-3]?\d([./-])[01]?\d\2(?:19|20)?\d\d)(?!\d)"
    rf"|(?<![^\W_])(?:[0-3]?\d(?:st|nd|rd|th)?\.? +(?:of +)?{_MONTH}|{_MONTH}\.? +[0-3]?\d(?!\d))",
    re.IGNORECASE,
)


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
        self._single = frozenset(word for word in self.words if _WORD.fullmatch(word))
        self._longer: dict[str, list[re.Pattern[str]]] = {}
        for word in sorted(self.words - self._single):
            first = _WORD.findall(word)[0]
            whole = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])")
            self._longer.setdefault(first, []).append(whole)

    def __repr__(self) -> str:
        return f"Identifiers({len(self.words)} of them)"

    def found_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        folded = text.casefold()
        for word in _WORD.findall(folded):
            if word in self._single:
                return True
            if any(whole.search(folded) for whole in self._longer.get(word, ())):
                return True
        return False

    def together(self, *others: "Identifiers") -> "Identifiers":
        """Give those of all."""
        return Identifiers(self.words.union(*(other.words for other in others)))


def holds_date(text: str) -> bool:
    """Whether a text seems to hold a date, in digits or with an English month.

    Examples
    --------
    >>> [holds_date(t) for t in ("on 2024-03-05", "5/3/24", "1 March", "week 12", "V1.2")]
    [True, True, True, False, False]
    """
    return bool(_DATE.search(text))


def _counts(word: str) -> bool:
    signs = re.sub(r"[\W_]", "", word)
    if word in _NO_NAMES or len(signs) < _LEAST:
        return False
    return not signs.isdigit() or len(signs) >= _LEAST_DIGITS
