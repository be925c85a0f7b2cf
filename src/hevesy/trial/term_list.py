"""A version's list of adverse events, as a site imported it: which terms, classes and grades."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from hevesy.errors import TrialError

__all__ = ["ListedTerm", "TermList"]

_OTHER = "other, specify"
_NEAR = 0.6  # likeness from which a term is proposed
_PROPOSED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTerm:
    """One term of a list.

    Parameters
    ----------
    code : str
        MedDRA's, as the list has it.
    term, organ_class : str
    grades : tuple of int
        Those that exist for the term, ascending.

    Raises
    ------
    TrialError
        An empty term or class, or grades that are none.

    Examples
    --------
    >>> ListedTerm(code="1", term="Made-up ache", organ_class="Made-up class", grades=(1, 2)).term
    'Made-up ache'
    """

    code: str
    term: str
    organ_class: str
    grades: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.term or not self.organ_class:
            raise TrialError("a listed term needs a term and a class", remedy="fill in both")
        if not self.grades or self.grades != tuple(sorted(set(self.grades) & {1, 2, 3, 4, 5})):
            raise TrialError(
                "the grades of a listed term",
                got=str(self.grades),
                allowed="some of 1 to 5, ascending",
                remedy="import the workbook again",
            )

    @property
    def is_other(self) -> bool:
        """A term that asks for words of its own: "... - Other, specify"."""
        return _plain(self.term).endswith(_OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermList:
    """The terms of one version of CTCAE.

    Parameters
    ----------
    version : str
        Such as "5.0".
    terms : tuple of ListedTerm
        In the order of the list.
    source_sha256 : str
        Of the workbook that it was read from.

    Raises
    ------
    TrialError
        No terms, or one that is twice in its class.

    References
    ----------
    National Cancer Institute, Common Terminology Criteria for Adverse Events: the workbooks of
    v5.0 and v6.0, of which no term is shipped.

    Examples
    --------
    >>> ache = ListedTerm(code="1", term="Made-up ache", organ_class="Made-up class", grades=(1, 2))
    >>> found = TermList(version="5.0", terms=(ache,), source_sha256="").fit("made-up  ACHE", "", 2)
    >>> found
    ('Made-up ache', 'Made-up class')
    """

    version: str
    terms: tuple[ListedTerm, ...]
    source_sha256: str
    _by_term: Mapping[str, tuple[ListedTerm, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.terms:
            raise TrialError("a list of terms has none", remedy="import the workbook again")
        found: dict[str, list[ListedTerm]] = {}
        for one in self.terms:
            same = found.setdefault(_plain(one.term), [])
            if any(_plain(other.organ_class) == _plain(one.organ_class) for other in same):
                raise TrialError(
                    "a term is twice in its class",
                    got=one.term[:80],
                    remedy="take the workbook as NCI publishes it",
                )
            same.append(one)
        by_term = MappingProxyType({key: tuple(same) for key, same in found.items()})
        object.__setattr__(self, "_by_term", by_term)

    def fit(self, term: str, organ_class: str, grade: int | None) -> tuple[str, str]:
        """Return term and class as the list writes them; case and blanks don't count.

        A term "... - Other, specify" takes the reporter's words after a colon, and keeps them.

        Parameters
        ----------
        term : str
        organ_class : str
            Empty: that of the term.
        grade : int or None
            None is not checked.

        Returns
        -------
        (str, str)

        Raises
        ------
        TrialError
            The term is not in the list (the nearest are named), is of another class, or has no
            such grade.

        Examples
        --------
        >>> other = ListedTerm(code="2", term="Made-up class - Other, specify",
        ...                    organ_class="Made-up class", grades=(1, 2, 3, 4, 5))
        >>> terms = TermList(version="5.0", terms=(other,), source_sha256="")
        >>> terms.fit("made-up class - other, specify: blue nails", "", 1)[0]
        'Made-up class - Other, specify: blue nails'
        """
        listed, words = self._find(term)
        if organ_class:
            fitting = [one for one in listed if _plain(one.organ_class) == _plain(organ_class)]
        else:
            fitting = list(listed) if len(listed) == 1 else []
        if not fitting:
            raise TrialError(
                f"`organ_class` is not that of the term in CTCAE {self.version}",
                got=organ_class[:80] or "none, and the term is in several",
                allowed=" or ".join(one.organ_class for one in listed),
                remedy="correct the class or the term; a class left out is filled in",
            )
        found = fitting[0]
        if grade is not None and grade not in found.grades:
            raise TrialError(
                f"`grade` does not exist for this term in CTCAE {self.version}",
                got=f"grade {grade} of {found.term}",
                allowed=", ".join(str(one) for one in found.grades),
                remedy="correct the grade, or take the term that was meant",
            )
        return (f"{found.term}: {words}" if words else found.term), found.organ_class

    def _find(self, term: str) -> tuple[tuple[ListedTerm, ...], str]:
        """The rows of a term, and the words of an "Other, specify"."""
        listed = self._by_term.get(_plain(term))
        if listed is not None and not listed[0].is_other:
            return listed, ""
        head, _, words = term.partition(":")
        other = self._by_term.get(_plain(head))
        if other is not None and other[0].is_other:
            if not words.strip():
                raise TrialError(
                    '`term` is "Other, specify", and nothing is specified',
                    got=term.strip()[:80],
                    remedy=f'write what it was behind a colon: "{other[0].term}: ..."',
                )
            return other, " ".join(words.split())
        near = get_close_matches(_plain(term), list(self._by_term), n=_PROPOSED, cutoff=_NEAR)
        said = "; ".join(self._by_term[key][0].term for key in near)
        raise TrialError(
            f"`term` is not in the list of CTCAE {self.version}",
            got=term.strip()[:80],
            allowed=said or 'a term of the list, or "CLASS - Other, specify: WORDS"',
            remedy=("did you mean one of these? Else " if said else "")
            + 'write "CLASS - Other, specify: WORDS"',
        )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
