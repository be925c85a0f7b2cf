"""Known identifiers, and whether a text holds one of them."""

import re
import unicodedata
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
_LEAST_IDEOGRAMS = 2
_IDEOGRAM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LONG_NUMBER = re.compile(r"\d{6,}")  # of an identifier: it may be quoted without its letters
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[eé]v(?:r(?:ier)?)?|mar(?:ch|s)?|mär(?:z)?|mrz"
    r"|apr(?:il)?|avr(?:il)?|may|mai|june?|juni|juin|july?|juli|juil(?:let)?|aug(?:ust)?|août"
    r"|sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember)?"
    r"|d[eé]c(?:embre)?)"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}[01]\d[0-3]\d(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?|{_YEAR}([-/.])[01]?\d\1[0-3]?\d"
    rf"|[0-3]?\d([./-])[01]?\d\2(?:{_YEAR}|\d\d)|[01]?\d([./-])[0-3]\d\3(?:{_YEAR}|\d\d)"
    rf"|{_YEAR}[-/][01]\d|[01]?\d[/.]{_YEAR})(?!\d)"
    rf"|(?<!\d){_YEAR}[-. ]?w[0-5]\d"  # a week (ISO 8601)
    rf"|(?<![^\W_]){_DAY}(?:[-./ ]| +of +|\. *)*{_MONTH}(?![^\W\d_])"
    rf"|(?<![^\W_]){_MONTH}[-./, ]*(?:{_YEAR}|{_DAY})(?![^\W_])"
    rf"|(?<!\d){_YEAR}[-./, ]*{_MONTH}(?![^\W\d_])"
    r"|\d{4} ?年|\d{1,2} ?月 ?\d{1,2} ?日",
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
        words = set[str]()
        for text in texts:
            words |= _forms(text) | set(_LONG_NUMBER.findall(text))
        for name in people:
            whole = re.sub(r"[\^ ]+", "", name)  # as it is written in ideograms, group by group
            for part in (name, *re.split(r"[\^=,;\s]+", name), *whole.split("=")):
                words.update(_forms(part))
        self.words = frozenset(word for word in words if _counts(word))
        glued = {word for word in self.words if _IDEOGRAM.search(word)}
        self._glued = re.compile("|".join(re.escape(word) for word in sorted(glued)) or r"(?!)")
        self._single = frozenset(word for word in self.words if _WORD.fullmatch(word)) - glued
        self._longer: dict[str, list[re.Pattern[str]]] = {}
        for word in sorted(self.words - self._single - glued):
            first = _WORD.findall(word)[0]
            whole_word = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])")
            self._longer.setdefault(first, []).append(whole_word)

    def __repr__(self) -> str:
        return f"Identifiers({len(self.words)} of them)"

    def found_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        folded = _plain(text)
        if self._glued.search(folded):
            return True
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
    """Whether a text seems to hold a date or a month of a year.

    In digits, with a month's name in English, German or French, or as in Chinese and Japanese.

    Examples
    --------
    >>> [holds_date(t) for t in ("on 2024-03-05", "5/3/24", "1 March", "05MAR2024", "3/2024")]
    [True, True, True, True, True]
    >>> [holds_date(t) for t in ("week 12", "V1.2", "Marker 3", "1.5/2.5 mm", "may recur")]
    [False, False, False, False, False]
    """
    return bool(_DATE.search(unicodedata.normalize("NFC", text)))


def _plain(text: str) -> str:
    """Fold case, and leave accents out."""
    if text.isascii():
        return text.casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).casefold()


def _forms(text: str) -> set[str]:
    """A text as it is looked for; with umlauts as two letters, too."""
    bare = text.strip().strip("^")
    written = unicodedata.normalize("NFC", bare).casefold().translate(_UMLAUTS)
    return {_plain(bare), _plain(written)}


def _counts(word: str) -> bool:
    signs = re.sub(r"[\W_]", "", word)
    if _IDEOGRAM.search(signs):
        return len(signs) >= _LEAST_IDEOGRAMS
    if word in _NO_NAMES or len(signs) < _LEAST:
        return False
    return not signs.isdigit() or len(signs) >= _LEAST_DIGITS
