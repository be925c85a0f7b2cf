"""Regions read from a file, and what was met on the way."""

from dataclasses import dataclass

from hevesy.errors import RegionError
from hevesy.images import Region

__all__ = ["StructureSet"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StructureSet:
    """The regions of one RTSTRUCT or SEG.

    Parameters
    ----------
    regions : tuple of Region
        In the file's order.
    kind : str
        ``"RTSTRUCT"`` or ``"SEG"``.
    warnings : tuple of str
        What was left out or decided, for people to read.

    Raises
    ------
    RegionError
        Two regions of one name.

    Examples
    --------
    >>> StructureSet(regions=(), kind="SEG").names
    ()
    """

    regions: tuple[Region, ...]
    kind: str
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.names:
            if self.names.count(name) > 1:
                raise RegionError(
                    "two regions have one name",
                    got=name,
                    remedy="rename one of them, or choose the regions by name",
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The regions' names, in the file's order."""
        return tuple(region.name for region in self.regions)

    def __getitem__(self, name: str) -> Region:
        """Return the region of that name.

        Raises
        ------
        RegionError
            There is none.
        """
        for region in self.regions:
            if region.name == name:
                return region
        raise RegionError(
            "no such region",
            got=name,
            allowed=", ".join(self.names),
            remedy="choose one that the file has",
        )
