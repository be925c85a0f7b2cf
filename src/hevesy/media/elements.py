"""Elements of tissue: weights and electron shells."""

from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["ELEMENTS", "Element", "get_element"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element.

    Parameters
    ----------
    symbol : str
    atomic_number : int
    atomic_weight : float
        Standard atomic weight (IUPAC, abridged).
    shells : tuple of (float, float)
        Electrons in each subshell and its binding energy in eV, from the innermost.

    Examples
    --------
    >>> sum(electrons for electrons, _ in get_element("O").shells)
    8.0
    """

    symbol: str
    atomic_number: int
    atomic_weight: float
    shells: tuple[tuple[float, float], ...]


def _element(
    symbol: str, atomic_number: int, atomic_weight: float, *shells: tuple[float, float]
) -> Element:
    return Element(
        symbol=symbol, atomic_number=atomic_number, atomic_weight=atomic_weight, shells=shells
    )


# Binding energies: inner subshells from the X-ray Data Booklet (Lawrence Berkeley Laboratory,
# 2001), table 1-1; outer ones are those of free atoms (Carlson, Photoelectron and Auger
# Spectroscopy, 1975; NIST ionisation energies), as Sternheimer's density effect wants them.
ELEMENTS: tuple[Element, ...] = (
    _element("H", 1, 1.008, (1.0, 13.60)),
    _element("C", 6, 12.011, (2.0, 288.0), (2.0, 16.59), (2.0, 11.26)),
    _element("N", 7, 14.007, (2.0, 403.0), (2.0, 20.33), (3.0, 14.53)),
    _element("O", 8, 15.999, (2.0, 538.0), (2.0, 28.48), (4.0, 13.62)),
    _element("Na", 11, 22.990, (2.0, 1072.1), (2.0, 63.3), (6.0, 31.1), (1.0, 5.1)),
    _element("Mg", 12, 24.305, (2.0, 1305.0), (2.0, 89.4), (6.0, 51.4), (2.0, 7.6)),
    _element("P", 15, 30.974, (2.0, 2145.5), (2.0, 189.3), (6.0, 135.6), (2.0, 16.2), (3.0, 10.49)),
    _element("S", 16, 32.06, (2.0, 2472.0), (2.0, 229.2), (6.0, 164.6), (2.0, 20.2), (4.0, 10.36)),
    _element("Cl", 17, 35.45, (2.0, 2822.4), (2.0, 270.2), (6.0, 200.5), (2.0, 24.5), (5.0, 12.97)),
    _element("Ar", 18, 39.95, (2.0, 3206.0), (2.0, 326.3), (6.0, 249.3), (2.0, 29.2), (6.0, 15.76)),
    _element(
        "K", 19, 39.098, (2.0, 3607.4), (2.0, 377.1), (6.0, 294.5), (2.0, 33.9), (6.0, 17.8),
        (1.0, 4.3),
    ),
    _element(
        "Ca", 20, 40.078, (2.0, 4038.1), (2.0, 437.8), (6.0, 347.6), (2.0, 43.7), (6.0, 25.4),
        (2.0, 6.1),
    ),
)  # fmt: skip


def get_element(symbol: str) -> Element:
    """Get an element of tissue by its symbol.

    Parameters
    ----------
    symbol : str

    Returns
    -------
    Element

    Raises
    ------
    InputError
        An element that is not in the table.

    Examples
    --------
    >>> get_element("Ca").atomic_number
    20
    """
    for element in ELEMENTS:
        if element.symbol == symbol:
            return element
    raise InputError(
        "an element without data",
        got=symbol,
        allowed=", ".join(element.symbol for element in ELEMENTS),
        remedy="leave trace elements out, and share their mass among the others",
    )
