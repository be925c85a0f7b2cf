"""Quantities as people write them, turned into the canonical units.

An allow-list: a general unit library would turn Bq into Hz and Gy into Sv in silence.
"""

import math
import re
from collections.abc import Mapping

from hevesy.errors import UnitError

__all__ = [
    "MBQ_PER_MCI",
    "parse_activity_bq",
    "parse_concentration_bq_per_ml",
    "parse_duration_s",
    "parse_fraction",
    "parse_length_mm",
    "parse_mass_g",
    "parse_share",
    "parse_volume_ml",
]

MBQ_PER_MCI = 37.0  # exact: 1 Ci = 3.7e10 Bq

_ACTIVITY = {
    "Bq": 1.0, "kBq": 1e3, "MBq": 1e6, "GBq": 1e9,
    "uCi": 3.7e4, "µCi": 3.7e4, "μCi": 3.7e4, "mCi": 3.7e7, "Ci": 3.7e10,
}  # fmt: skip
_DURATION = {
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3,
    "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0,
}  # fmt: skip
_LENGTH = {"mm": 1.0, "cm": 10.0}
_SHARE = {"%": 0.01}
_CONCENTRATION = {"Bq/mL": 1.0, "kBq/mL": 1e3, "MBq/mL": 1e6}
_VOLUME = {"mL": 1.0, "ml": 1.0, "L": 1000.0, "l": 1000.0}
_MASS = {"g": 1.0, "kg": 1e3}
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)\s*")


def _parse(text: str, units: Mapping[str, float], what: str, example: str) -> float:
    match = _NUMBER.fullmatch(text)
    allowed = ", ".join(dict.fromkeys(u.replace("μ", "µ") for u in units))
    if match is None or match.group(2) not in units:
        raise UnitError(
            f"{what} needs a number and a unit",
            got=text.strip(),
            allowed=allowed,
            remedy=f'write it as "{example}"',
        )
    value = float(match.group(1)) * units[match.group(2)]
    if not math.isfinite(value) or value < 0:
        raise UnitError(
            f"{what} can't be negative or infinite",
            got=text.strip(),
            remedy=f'write it as "{example}"',
        )
    return value


def parse_activity_bq(text: str, what: str = "an activity") -> float:
    """Activity in Bq from a text such as ``"7.210 GBq"`` or ``"30 mCi"``.

    Raises
    ------
    UnitError
        No number, a negative one, or a unit other than Bq, kBq, MBq, GBq, µCi, mCi, Ci.

    Examples
    --------
    >>> parse_activity_bq("30 mCi")
    1110000000.0
    """
    return _parse(text, _ACTIVITY, what, "1000 MBq")


def parse_duration_s(text: str, what: str = "a duration") -> float:
    """Duration in s from a text such as ``"2 h"``.

    Raises
    ------
    UnitError
        No number, a negative one, or a unit other than µs (us), ms, s, min, h, d.

    Examples
    --------
    >>> parse_duration_s("2 h")
    7200.0
    """
    return _parse(text, _DURATION, what, "2 h")


def parse_fraction(text: str, what: str = "a share") -> float:
    """Share from 0 to 1, from a text such as ``"0.8"`` or ``"80 %"``.

    Raises
    ------
    UnitError
        No number, or one outside 0 to 1 (0 to 100 %).

    Examples
    --------
    >>> parse_fraction("0.8"), parse_fraction("80 %")
    (0.8, 0.8)
    """
    match = _NUMBER.fullmatch(text)
    value = math.nan
    if match is not None and match.group(2) in {"", "%"}:
        value = float(match.group(1)) / (100 if match.group(2) else 1)
    if not 0 <= value <= 1:
        raise UnitError(
            f"{what} must be a share",
            got=text.strip(),
            allowed="0 to 1, or 0 to 100 %",
            remedy='write it as 0.8, or as "80 %"',
        )
    return value


def parse_length_mm(text: str, what: str = "a length") -> float:
    """Length in mm from a text such as ``"1.6 cm"``.

    Raises
    ------
    UnitError
        No number, a negative one, or a unit other than mm, cm.

    Examples
    --------
    >>> parse_length_mm("1.6 cm")
    16.0
    """
    return _parse(text, _LENGTH, what, "16 mm")


def parse_share(text: str, what: str = "an uncertainty") -> float:
    """Share from a text in per cent, such as ``"2 %"``.

    Raises
    ------
    UnitError
        No number, a negative one, or no ``%``.

    Examples
    --------
    >>> parse_share("2 %")
    0.02
    """
    return _parse(text, _SHARE, what, "2 %")


def parse_concentration_bq_per_ml(text: str, what: str = "a concentration") -> float:
    """Activity concentration in Bq/mL from a text such as ``"1.2 kBq/mL"``.

    Raises
    ------
    UnitError
        No number, a negative one, or a unit other than Bq/mL, kBq/mL, MBq/mL.

    Examples
    --------
    >>> parse_concentration_bq_per_ml("1.2 kBq/mL")
    1200.0
    """
    return _parse(text, _CONCENTRATION, what, "1.2 kBq/mL")


def parse_mass_g(text: str, what: str = "a mass") -> float:
    """Mass in g from a text such as ``"72 kg"``.

    Raises
    ------
    UnitError
        No number, a negative one, or a unit other than g, kg.

    Examples
    --------
    >>> parse_mass_g("72 kg")
    72000.0
    """
    return _parse(text, _MASS, what, "72 kg")


def parse_volume_ml(text: str, what: str = "a volume") -> float:
    """Volume in mL from a text such as ``"320 mL"``.

    Raises
    ------
    UnitError
        No number, a negative one, or a unit other than mL, L.

    Examples
    --------
    >>> parse_volume_ml("1.2 L")
    1200.0
    """
    return _parse(text, _VOLUME, what, "320 mL")
