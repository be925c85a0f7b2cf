"""The packaged ICRP-107 data: names, half-lives and emissions, as they are published.

The files come with the package ``icrp107-database``. They are read here as they stand and not
through its reader, whose docstring names the nuclides wrongly and which opens the file once for
each kind of emission.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources

from hevesy.errors import NuclideError
from hevesy.provenance import DataSet

__all__ = ["Icrp107Record", "icrp107_data_set", "icrp107_names", "read_icrp107"]

_PACKAGE = "icrp107_database"
_FOLDER = "icrp107"

# The year is the tropical one, as in ICRP-107's own files (and in radioactivedecay).
_SECONDS = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "y": 365.2422 * 86400.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Icrp107Record:
    """One nuclide's file.

    Parameters
    ----------
    name : str
        With the dash: ``"Re-188"``.
    half_life_s : float
        Physical half-life, s.
    emissions : Mapping of str to tuple of (float, float)
        For each kind of emission its ``(energy in MeV, yield per decay)``; for ``"b-spectra"``
        ``(energy in MeV, electrons per MeV and decay)``.

    Examples
    --------
    >>> read_icrp107("Re-188").half_life_s / 3600
    17.004
    """

    name: str
    half_life_s: float
    emissions: Mapping[str, tuple[tuple[float, float], ...]]


@cache
def icrp107_names() -> frozenset[str]:
    """Names of all nuclides of ICRP-107, with the dash.

    Examples
    --------
    >>> "Re-188" in icrp107_names(), len(icrp107_names())
    (True, 1252)
    """
    folder = resources.files(_PACKAGE) / _FOLDER
    return frozenset(
        entry.name.removesuffix(".json")
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    )


@cache
def icrp107_data_set() -> DataSet:
    """The data set's name, version and source, for a result's provenance.

    Examples
    --------
    >>> icrp107_data_set().name
    'ICRP-107'
    """
    version = metadata.version("icrp107-database")
    return DataSet(
        name="ICRP-107",
        version=f"icrp107-database {version}",
        source="ICRP Publication 107, Nuclear Decay Data for Dosimetric Calculations, "
        "Ann. ICRP 38(3), 2008",
    )


def read_icrp107(name: str) -> Icrp107Record:
    """Read one nuclide's half-life and emissions.

    Parameters
    ----------
    name : str
        With the dash: ``"Re-188"``.

    Raises
    ------
    NuclideError
        ICRP-107 does not hold that nuclide.

    References
    ----------
    ICRP Publication 107, Ann. ICRP 38(3), 2008.

    Examples
    --------
    >>> max(read_icrp107("Re-188").emissions["gamma"], key=lambda line: line[1])
    (0.155041, 0.1561)
    """
    if name not in icrp107_names():
        raise NuclideError(
            "unknown nuclide",
            got=name,
            allowed="nuclides of ICRP-107",
            remedy='write it with the dash, as "Re-188"',
        )
    file = resources.files(_PACKAGE) / _FOLDER / f"{name}.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(data, str):  # in version 0.0.3 the JSON object is itself stored as a JSON string
        data = json.loads(data)
    return Icrp107Record(
        name=data["name"],
        half_life_s=float(data["half_life"]) * _SECONDS[data["time_unit"]],
        emissions={
            kind: tuple((float(energy), float(share)) for energy, share in lines)
            for kind, lines in data["emissions"].items()
        },
    )
