"""Where a result comes from: versions, inputs, options, data sets, seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hevesy._version import __version__

__all__ = ["DataSet", "InputRecord", "Provenance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """One input, by its role and content; never by a name that may identify a patient.

    Parameters
    ----------
    role : str
        What it was used as, e.g. ``"scan 1 SPECT"``.
    sha256 : str
        Hash of the content; of a folder, of its files' hashes in sorted order.
    files : int
        How many files it consists of.
    size_bytes : int
        Their total size.

    Examples
    --------
    >>> InputRecord(role="case file", sha256="0" * 64, files=1, size_bytes=812).files
    1
    """

    role: str
    sha256: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A published data set that a number rests on.

    Parameters
    ----------
    name, version, source : str
        Its name, the version in use, and where it is published.

    Examples
    --------
    >>> DataSet(name="ICRP-107", version="0.0.3", source="Ann. ICRP 38(3), 2008").name
    'ICRP-107'
    """

    name: str
    version: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything needed to make a result again.

    Parameters
    ----------
    inputs : tuple of InputRecord
        What was read.
    options : Mapping of str to object
        Every option in force, defaults included.
    data_sets : tuple of DataSet
        Published data used.
    packages : Mapping of str to str
        Versions of the libraries that compute.
    seed : int or None
        The random seed, where one was used.
    created : str
        When, ISO 8601 in UTC; given by the workflow, for the core reads no clock.
    hevesy_version : str
        Version of this software.

    Examples
    --------
    >>> Provenance(inputs=(), options={"method": "local"}, data_sets=()).options["method"]
    'local'
    """

    inputs: tuple[InputRecord, ...]
    options: Mapping[str, object]
    data_sets: tuple[DataSet, ...]
    packages: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    created: str = ""
    hevesy_version: str = __version__

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
        object.__setattr__(self, "packages", MappingProxyType(dict(self.packages)))
