"""How people write a nuclide, turned into the name ICRP-107 uses."""

import difflib
import re
from collections.abc import Iterator
from functools import cache

from hevesy.errors import NuclideError
from hevesy.nuclides.icrp107 import icrp107_names

__all__ = ["normalise_nuclide_name"]

# Re-188, Tc-99m; then 188Re, 99mTc. The isomer's letter is matched lazily, so that "52Mn" is first
# read as manganese-52 and not as an isomer of nitrogen.
_SYMBOL_FIRST = re.compile(r"([A-Za-z]{1,2})[-\s]?(\d{1,3})([mnMN]?)")
_MASS_FIRST = re.compile(r"(\d{1,3})([mnMN]??)[-\s]?([A-Za-z]{1,2})")
_ISOMER_MASS_FIRST = re.compile(r"(\d{1,3})([mnMN])[-\s]?([A-Za-z]{1,2})")


def _readings(text: str) -> Iterator[str]:
    """Yield every name that the text may stand for, the likeliest first."""
    if match := _SYMBOL_FIRST.fullmatch(text):
        symbol, mass, isomer = match.groups()
        yield f"{symbol.capitalize()}-{mass}{isomer.lower()}"
    for pattern in (_MASS_FIRST, _ISOMER_MASS_FIRST):
        if match := pattern.fullmatch(text):
            mass, isomer, symbol = match.groups()
            yield f"{symbol.capitalize()}-{mass}{isomer.lower()}"


@cache
def normalise_nuclide_name(text: str) -> str:
    """Name of a nuclide as ICRP-107 writes it, from any usual spelling.

    ``"Re-188"``, ``"Re188"``, ``"188Re"``, ``"re-188"`` and ``"[188Re]"`` are one nuclide; an
    isomer keeps its letter (``"99mTc"`` is ``"Tc-99m"``).

    Parameters
    ----------
    text : str
        The nuclide as it was written.

    Returns
    -------
    str
        The name with the dash.

    Raises
    ------
    NuclideError
        The text is no nuclide's name, or ICRP-107 does not hold that nuclide.

    Examples
    --------
    >>> normalise_nuclide_name("188Re"), normalise_nuclide_name("99mtc")
    ('Re-188', 'Tc-99m')
    """
    stripped = text.strip().strip("[]").replace("^", "").strip()
    readings = list(_readings(stripped))
    known = icrp107_names()
    for name in readings:
        if name in known:
            return name
    wanted = readings[0] if readings else stripped
    nearest = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    raise NuclideError(
        "unknown nuclide" if readings else "this is not the name of a nuclide",
        got=text,
        allowed="nuclides of ICRP-107, such as Re-188, Y-90, Ho-166, Lu-177, I-131",
        remedy=f"did you mean {' or '.join(nearest)}?" if nearest else 'write it as "Re-188"',
    )
